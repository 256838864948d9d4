//! What the rendered text lets each principal do, decided request by request: what the product needs is allowed, and
//! everything else is refused, in each format.

use std::collections::BTreeSet;

use camino::Utf8Path;
use landgrant::model::{Access, Effect, Grant, Grants, IdentityKind, PolicyKind};
use landgrant::readback::{cloudformation_access, terraform_access};
use serde_yaml::Value as Yaml;

use crate::support::evaluate::{Assumption, Context, Decision, Reason, Request, World};
use crate::support::pipeline;

/// The vendor's actions for DNS management and cloud network management, as its guide spells them.
const MICETRO_WORK: &str = "route53:ListHostedZones route53:GetHostedZoneCount route53:ListHealthChecks \
    route53:GetHostedZone route53:ListHostedZonesByName route53:CreateHostedZone route53:DeleteHostedZone \
    route53:ListResourceRecordSets route53:ChangeResourceRecordSets ec2:DescribeRegions ec2:DescribeSubnets \
    ec2:DescribeVPCs ec2:CreateVpc ec2:DeleteVpc ec2:CreateSubnet ec2:DeleteSubnet ec2:DescribeInstances \
    ec2:CreateTags ec2:DeleteTags";

/// Well-known actions that no catalog of a Micetro case lists; the worst and the most tempting among them.
const OTHER: &str = "iam:AddRoleToInstanceProfile iam:AddUserToGroup iam:AttachGroupPolicy iam:AttachRolePolicy \
    iam:AttachUserPolicy iam:ChangePassword iam:CreateAccessKey iam:CreateGroup iam:CreateInstanceProfile \
    iam:CreateLoginProfile iam:CreateOpenIDConnectProvider iam:CreatePolicy iam:CreatePolicyVersion iam:CreateRole \
    iam:CreateSAMLProvider iam:CreateServiceLinkedRole iam:CreateUser iam:DeactivateMFADevice iam:DeleteAccessKey \
    iam:DeleteAccountPasswordPolicy iam:DeleteGroup iam:DeleteGroupPolicy iam:DeletePolicy iam:DeleteRole \
    iam:DeleteRolePermissionsBoundary iam:DeleteRolePolicy iam:DeleteUser iam:DeleteUserPermissionsBoundary \
    iam:DeleteUserPolicy iam:DetachGroupPolicy iam:DetachRolePolicy iam:DetachUserPolicy iam:EnableMFADevice \
    iam:GenerateCredentialReport iam:GetAccountAuthorizationDetails iam:GetPolicy iam:GetPolicyVersion iam:GetRole \
    iam:GetRolePolicy iam:GetUserPolicy iam:ListAccessKeys iam:ListAttachedGroupPolicies iam:ListAttachedRolePolicies \
    iam:ListAttachedUserPolicies iam:ListGroups iam:ListPolicies iam:ListRolePolicies iam:ListRoles \
    iam:ListUserPolicies iam:ListUsers iam:PassRole iam:PutGroupPolicy iam:PutRolePermissionsBoundary \
    iam:PutRolePolicy iam:PutUserPermissionsBoundary iam:PutUserPolicy iam:RemoveUserFromGroup \
    iam:SetDefaultPolicyVersion iam:SimulatePrincipalPolicy iam:TagRole iam:TagUser iam:UpdateAccessKey \
    iam:UpdateAssumeRolePolicy iam:UpdateLoginProfile iam:UpdateRole iam:UpdateUser iam:UploadSSHPublicKey \
    sts:AssumeRoleWithSAML sts:AssumeRoleWithWebIdentity sts:GetFederationToken sts:GetSessionToken sts:TagSession \
    sts:SetSourceIdentity organizations:CreateAccount organizations:DeletePolicy organizations:DescribeOrganization \
    organizations:DetachPolicy organizations:LeaveOrganization organizations:ListAccounts \
    organizations:MoveAccount organizations:UpdatePolicy account:CloseAccount account:GetAlternateContact \
    sso:CreatePermissionSet sso:CreateAccountAssignment kms:CreateGrant kms:Decrypt kms:DescribeKey \
    kms:DisableKey kms:Encrypt kms:GenerateDataKey kms:ListKeys kms:PutKeyPolicy kms:ScheduleKeyDeletion \
    s3:CreateBucket s3:DeleteBucket s3:DeleteBucketPolicy s3:DeleteObject s3:GetBucketPolicy s3:GetObject \
    s3:ListAllMyBuckets s3:ListBucket s3:PutBucketAcl s3:PutBucketPolicy s3:PutBucketPublicAccessBlock s3:PutObject \
    s3:PutObjectAcl secretsmanager:GetSecretValue secretsmanager:ListSecrets secretsmanager:PutSecretValue \
    ssm:GetParameter ssm:GetParametersByPath ssm:PutParameter ssm:SendCommand ssm:StartSession \
    ec2:AssociateIamInstanceProfile ec2:AttachVolume ec2:AuthorizeSecurityGroupIngress ec2:CreateImage \
    ec2:CreateInternetGateway ec2:CreateKeyPair ec2:CreateNatGateway ec2:CreateRoute ec2:CreateSecurityGroup \
    ec2:CreateSnapshot ec2:CreateVolume ec2:CreateVpcEndpoint ec2:CreateVpcPeeringConnection \
    ec2:DeleteNetworkInterface ec2:DeleteRoute ec2:DeleteSecurityGroup ec2:DeleteSnapshot ec2:DescribeImages \
    ec2:DescribeNetworkInterfaces ec2:DescribeSecurityGroups ec2:DescribeSnapshots ec2:DescribeVolumes \
    ec2:DescribeVpcAttribute ec2:GetConsoleOutput ec2:GetPasswordData ec2:ModifyInstanceAttribute \
    ec2:ModifySubnetAttribute ec2:ModifyVpcAttribute ec2:RebootInstances ec2:RunInstances ec2:StartInstances \
    ec2:StopInstances ec2:TerminateInstances route53:AssociateVPCWithHostedZone route53:ChangeTagsForResource \
    route53:CreateHealthCheck route53:CreateVPCAssociationAuthorization route53:DeleteHealthCheck \
    route53:DisableHostedZoneDNSSEC route53:GetChange route53:GetHealthCheck route53:ListTagsForResource \
    route53:UpdateHealthCheck route53domains:RegisterDomain route53domains:TransferDomain \
    route53resolver:CreateResolverRule lambda:AddPermission lambda:CreateFunction lambda:GetFunction \
    lambda:InvokeFunction lambda:ListFunctions lambda:UpdateFunctionCode dynamodb:DeleteTable dynamodb:GetItem \
    dynamodb:PutItem dynamodb:Scan rds:CreateDBInstance rds:DeleteDBInstance rds:DescribeDBInstances \
    rds:ModifyDBInstance sqs:ReceiveMessage sqs:SendMessage sns:Publish sns:Subscribe cloudformation:CreateStack \
    cloudformation:UpdateStack cloudtrail:DeleteTrail cloudtrail:LookupEvents cloudtrail:StopLogging \
    config:StopConfigurationRecorder guardduty:DeleteDetector logs:DeleteLogGroup logs:FilterLogEvents \
    logs:PutLogEvents events:PutRule ecr:GetAuthorizationToken ecs:RunTask eks:CreateCluster eks:DescribeCluster \
    codebuild:StartBuild glue:CreateDevEndpoint sagemaker:CreateNotebookInstance elasticloadbalancing:CreateRule \
    autoscaling:CreateLaunchConfiguration cloudfront:CreateDistribution waf:DeleteWebACL budgets:ModifyBudget \
    aws-portal:ModifyBilling support:CreateCase backup:DeleteBackupVault ses:SendEmail";

/// One request, and what must become of it.
struct Row {
    who: String,
    ask: Ask,
    context: Vec<(&'static str, &'static str)>,
    expected: Decision,
}

enum Ask {
    Do {
        action: String,
        resource: String,
    },
    Assume {
        role: String,
        external_id: Option<&'static str>,
        seconds: u32,
    },
    /// Is the action granted on any resource, on any terms? Never, where the row is to pass.
    Ever {
        action: String,
    },
}

fn row(who: &str, ask: Ask, expected: Decision) -> Row {
    Row {
        who: who.to_owned(),
        ask,
        context: Vec::new(),
        expected,
    }
}

fn may(who: &str, action: &str, resource: &str) -> Row {
    let (action, resource) = (action.to_owned(), resource.to_owned());
    row(who, Ask::Do { action, resource }, Decision::Allowed)
}

fn may_not(who: &str, action: &str, resource: &str) -> Row {
    Row {
        expected: Decision::Denied(Reason::NotGranted),
        ..may(who, action, resource)
    }
}

fn never(who: &str, actions: impl IntoIterator<Item = String>) -> impl Iterator<Item = Row> {
    actions.into_iter().map(move |action| {
        let ask = Ask::Ever { action };
        row(who, ask, Decision::Denied(Reason::NotGranted))
    })
}

fn assumes(who: &str, role: &str) -> Row {
    let ask = Ask::Assume {
        role: role.to_owned(),
        external_id: None,
        seconds: 3600,
    };
    row(who, ask, Decision::Allowed)
}

fn cannot_assume(who: &str, role: &str, reason: Reason) -> Row {
    Row {
        expected: Decision::Denied(reason),
        ..assumes(who, role)
    }
}

impl Row {
    fn given(mut self, context: &[(&'static str, &'static str)]) -> Self {
        self.context.extend(context);
        self
    }

    fn sending(mut self, id: &'static str) -> Self {
        if let Ask::Assume { external_id, .. } = &mut self.ask {
            *external_id = Some(id);
        }
        self
    }

    fn lasting(mut self, wanted: u32) -> Self {
        if let Ask::Assume { seconds, .. } = &mut self.ask {
            *seconds = wanted;
        }
        self
    }

    fn but(mut self, reason: Reason) -> Self {
        self.expected = Decision::Denied(reason);
        self
    }
}

/// What a case takes besides its own principals.
#[derive(Default)]
struct Around {
    /// Principals that exist already, each with actions and resources that it is allowed.
    outsiders: Vec<(&'static str, &'static str, &'static str)>,
    /// Policies that serve as permissions boundaries, each with the actions that it allows.
    boundaries: Vec<(&'static str, &'static str)>,
    /// Users that somebody put into a group.
    members: Vec<(&'static str, &'static str)>,
}

/// Decides every row against what each format of the case grants.
fn check(case: &str, around: &Around, rows: Vec<Row>) {
    let built = pipeline::fixture(case);
    assert!(!rows.is_empty());
    for (format, access) in [
        ("Terraform", terraform_access(&built.plan, &built.files)),
        (
            "CloudFormation",
            cloudformation_access(&built.plan, &built.files),
        ),
    ] {
        let mut access = access.expect("the text is understood");
        for (user, group) in &around.members {
            let user = access.identity(user, IdentityKind::User);
            user.groups.insert((*group).to_owned());
        }
        let mut world = World::new(&access);
        for (arn, action, resource) in &around.outsiders {
            world = world.with_outsider(arn, grants(action, resource));
        }
        for (arn, action) in &around.boundaries {
            world = world.with_boundary(arn, grants(action, "*"));
        }
        for row in &rows {
            let (asked, decision) = decide(&world, row);
            assert_eq!(
                decision, row.expected,
                "{case}, {format}: {} {asked} {:?}",
                row.who, row.context
            );
        }
    }
}

fn decide(world: &World<'_>, row: &Row) -> (String, Decision) {
    let context = Context::new(&row.context);
    match &row.ask {
        Ask::Do { action, resource } => {
            let request = Request {
                principal: &row.who,
                action,
                resource,
                context,
            };
            (format!("{action} on {resource}"), world.decide(&request))
        }
        Ask::Assume {
            role,
            external_id,
            seconds,
        } => {
            let assumption = Assumption {
                caller: &row.who,
                role,
                external_id: *external_id,
                seconds: *seconds,
                context,
            };
            let asked = format!("assumes {role} with {external_id:?} for {seconds} s");
            (asked, world.assume_role(&assumption))
        }
        Ask::Ever { action } => {
            let decision = if world.ever_allows(&row.who, action) {
                Decision::Allowed
            } else {
                Decision::Denied(Reason::NotGranted)
            };
            (format!("{action} on anything"), decision)
        }
    }
}

fn grants(actions: &str, resource: &str) -> Grants {
    words(actions)
        .map(|action| Grant {
            effect: Effect::Allow,
            action,
            resource: resource.to_owned(),
            conditions: Default::default(),
        })
        .collect()
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split_whitespace().map(str::to_owned)
}

/// The actions of MultiTool, from what its own case grants; a wildcard stands for some action.
fn multitool() -> BTreeSet<String> {
    let built = pipeline::fixture("multitool-one-account");
    let access = landgrant::plan::access(&built.plan);
    let actions: BTreeSet<String> = access
        .identities
        .values()
        .flat_map(|identity| identity.policies.values().flatten())
        .map(|grant| grant.action.replace('*', "UpdateVpcLink"))
        .collect();
    assert_eq!(actions.len(), 95);
    actions
}

const U: &str = "arn:aws:iam::111111111111:user/svc-micetro";
const G: &str = "arn:aws:iam::111111111111:group/micetro-access";
const DEV: &str = "arn:aws:iam::222222222222:role/MicetroAccess";
const PROD: &str = "arn:aws:iam::333333333333:role/MicetroAccess";
const DEV_SESSION: &str = "arn:aws:sts::222222222222:assumed-role/MicetroAccess/s";
const PROD_SESSION: &str = "arn:aws:sts::333333333333:assumed-role/MicetroAccess/s";
const DEPLOYER: &str = "arn:aws:iam::111111111111:role/platform-deployer";
const DEPLOYER_SESSION: &str = "arn:aws:sts::111111111111:assumed-role/platform-deployer/s";

#[test]
fn managed_policies_of_aws_grant_what_they_say_to_those_who_have_them() {
    const USER: &str = "arn:aws:iam::111111111111:user/svc-posture";
    const DEV: &str = "arn:aws:sts::222222222222:assumed-role/AcmePosture/s";
    const PROD: &str = "arn:aws:sts::333333333333:assumed-role/AcmePosture/s";
    let report = |account: &str| format!("arn:aws:s3:::acme-reports-{account}/today.csv");
    let mut rows = vec![
        may(USER, "organizations:ListAccounts", "*"),
        may_not(USER, "organizations:CreateAccount", "*"),
        // What the roles have, the group has not.
        may_not(USER, "ec2:DescribeInstances", "*"),
        assumes(USER, "arn:aws:iam::222222222222:role/AcmePosture"),
        assumes(USER, "arn:aws:iam::333333333333:role/AcmePosture"),
        may(DEV, "s3:GetObject", &report("222222222222")),
        may_not(DEV, "s3:GetObject", &report("333333333333")),
        // ViewOnlyAccess alone allows it, and the variant omits that.
        may(DEV, "batch:ListJobs", "*"),
        may_not(PROD, "batch:ListJobs", "*"),
        // AWSSupportAccess belongs to a case that the deployment does not have.
        may_not(DEV, "support:CreateCase", "*"),
    ];
    for role in [DEV, PROD] {
        rows.extend([
            // SecurityAudit, by a wildcard, by name, and on the resources that it names.
            may(role, "ec2:DescribeInstances", "*"),
            may(role, "iam:GetAccountAuthorizationDetails", "*"),
            may(
                role,
                "apigateway:GET",
                "arn:aws:apigateway:eu-west-1::/restapis/a/stages",
            ),
            may_not(
                role,
                "apigateway:GET",
                "arn:aws:apigateway:eu-west-1::/usageplans/a/keys",
            ),
            may_not(
                role,
                "apigateway:DELETE",
                "arn:aws:apigateway:eu-west-1::/restapis/a",
            ),
            may(
                role,
                "ecr:BatchGetImage",
                "arn:aws:ecr:eu-west-1:222222222222:repository/a",
            ),
            may_not(role, "s3:PutObject", &report("222222222222")),
            may_not(
                role,
                "dynamodb:GetItem",
                "arn:aws:dynamodb:eu-west-1:222222222222:table/a",
            ),
            may_not(role, "secretsmanager:GetSecretValue", "*"),
            may_not(role, "iam:CreateAccessKey", "*"),
        ]);
    }
    check("managed-policies", &Around::default(), rows);
}

#[test]
fn an_expanded_managed_policy_grants_all_but_what_is_omitted() {
    const ROLE: &str = "arn:aws:sts::222222222222:assumed-role/AcmeAnalyzer/s";
    let rows = vec![
        may(ROLE, "access-analyzer:ListFindings", "*"),
        may(ROLE, "access-analyzer:ListAnalyzers", "*"),
        may_not(ROLE, "access-analyzer:GetGeneratedPolicy", "*"),
        may_not(ROLE, "access-analyzer:DeleteAnalyzer", "*"),
    ];
    check("managed-expanded", &Around::default(), rows);
}

#[test]
fn micetro_reads_itself_finds_its_roles_and_works_in_them_and_nothing_else() {
    let other_user = "arn:aws:iam::111111111111:user/svc-micetro2";
    let other_group = "arn:aws:iam::111111111111:group/admins";
    let stranger = "arn:aws:iam::444444444444:user/svc-micetro";
    let hub_role = "arn:aws:iam::111111111111:role/admin";
    let around = Around {
        outsiders: vec![
            (other_user, "*", "*"),
            (stranger, "*", "*"),
            (hub_role, "*", "*"),
        ],
        ..Around::default()
    };
    let mut rows = vec![
        may(U, "sts:GetCallerIdentity", "*"),
        may(U, "iam:GetUser", U),
        may(U, "iam:ListGroupsForUser", U),
        may_not(U, "iam:GetUser", other_user),
        may_not(U, "iam:ListGroupsForUser", other_user),
        may(U, "iam:GetGroup", G),
        may(U, "iam:ListGroupPolicies", G),
        may(U, "iam:GetGroupPolicy", G),
        may_not(U, "iam:GetGroup", other_group),
        may_not(U, "iam:GetGroupPolicy", other_group),
        may_not(U, "sts:AssumeRole", "arn:aws:iam::222222222222:role/Admin"),
        may_not(
            U,
            "sts:AssumeRole",
            "arn:aws:iam::444444444444:role/MicetroAccess",
        ),
    ];
    for (role, session) in [(DEV, DEV_SESSION), (PROD, PROD_SESSION)] {
        rows.extend([
            assumes(U, role),
            assumes(U, role).lasting(900),
            assumes(U, role).lasting(3601).but(Reason::SessionLength),
            cannot_assume(other_user, role, Reason::NotTrusted),
            cannot_assume(stranger, role, Reason::NotTrusted),
            cannot_assume(
                "arn:aws:sts::111111111111:assumed-role/admin/s",
                role,
                Reason::NotTrusted,
            ),
            cannot_assume("arn:aws:iam::111111111111:root", role, Reason::Root),
            cannot_assume(
                "arn:aws:iam::111111111111:user/nobody",
                role,
                Reason::UnknownCaller,
            ),
            cannot_assume(DEV_SESSION, PROD, Reason::NotTrusted),
            cannot_assume(PROD_SESSION, DEV, Reason::NotTrusted),
        ]);
        rows.extend(words(MICETRO_WORK).map(|action| may(session, &action, "*")));
        rows.extend(words(MICETRO_WORK).map(|action| may_not(U, &action, "*")));
        rows.extend(["sts:AssumeRole", "iam:GetUser"].map(|action| may_not(session, action, "*")));
    }
    for who in [U, DEV_SESSION, PROD_SESSION] {
        rows.extend(never(who, words(OTHER)));
        rows.extend(never(who, multitool()));
    }
    assert!(words(OTHER).count() >= 200, "{}", words(OTHER).count());
    check("micetro-two-targets", &around, rows);
}

#[test]
fn required_actions_alone_leave_the_recommended_ones_out() {
    let mut rows = vec![may(U, "iam:GetUser", U), may_not(U, "iam:GetGroup", G)];
    let required = "route53:ListHostedZones route53:GetHostedZoneCount route53:ListHealthChecks \
        ec2:DescribeRegions ec2:DescribeSubnets ec2:DescribeVpcs";
    rows.extend(words(required).map(|action| may(U, &action, "*")));
    let recommended = words(MICETRO_WORK)
        .filter(|action| !required.to_lowercase().contains(&action.to_lowercase()));
    rows.extend(never(
        U,
        recommended
            .chain(words(OTHER))
            .chain(["sts:AssumeRole".to_owned()]),
    ));
    check("micetro-required-only", &Around::default(), rows);
}

#[test]
fn what_a_deployment_omits_and_narrows_is_refused_per_target() {
    let user = "arn:aws:iam::111111111111:user/vendor/micetro/svc-micetro";
    let dev = "arn:aws:iam::222222222222:role/vendor/micetro/MicetroAccess";
    let prod = "arn:aws:iam::333333333333:role/vendor/MicetroProduction";
    let prod_session = "arn:aws:sts::333333333333:assumed-role/MicetroProduction/s";
    let zone = |id: &str| format!("arn:aws:route53:::hostedzone/{id}");
    let (common, first, second) = (
        zone("Z1D633PJN98FT9"),
        zone("Z2FDTNDATAQYW2"),
        zone("Z3M3LMPEXAMPLE"),
    );
    let change = "route53:ChangeResourceRecordSets";
    let delete = "route53:DeleteHostedZone";
    let rows = || {
        let mut rows = vec![
            may(user, "iam:GetUser", user),
            may(
                user,
                "iam:GetGroupPolicy",
                "arn:aws:iam::111111111111:group/vendor/micetro/micetro-access",
            ),
            may_not(user, "iam:GetUser", U),
            may(user, "ec2:DeleteSubnet", "*"),
            may(user, change, &common),
            may_not(user, change, &first),
            may_not(user, change, "*"),
            may(DEV_SESSION, "ec2:DeleteSubnet", "*"),
            may(DEV_SESSION, change, &common),
            may_not(DEV_SESSION, change, &first),
            may_not(DEV_SESSION, change, &zone("Z1D633PJN98FT9X")),
            may(DEV_SESSION, delete, &first),
            may(prod_session, change, &first),
            may(prod_session, change, &second),
            may_not(prod_session, change, &common),
            may(prod_session, delete, &first),
            may_not(prod_session, delete, &common),
            may(prod_session, "ec2:CreateSubnet", "*"),
            assumes(user, dev).lasting(7200),
            assumes(user, dev).lasting(7201).but(Reason::SessionLength),
            assumes(user, prod).lasting(5400),
            assumes(user, prod).lasting(7200).but(Reason::SessionLength),
            cannot_assume(user, PROD, Reason::NoSuchRole),
            cannot_assume(U, dev, Reason::UnknownCaller),
        ];
        let omitted = || ["ec2:DeleteVpc".to_owned()];
        rows.extend(never(user, omitted()).chain(never(DEV_SESSION, omitted())));
        rows.extend(never(
            prod_session,
            omitted().into_iter().chain(["ec2:DeleteSubnet".to_owned()]),
        ));
        rows.extend(never(prod_session, words(OTHER)));
        rows
    };
    let boundaries = |strict| {
        vec![
            ("arn:aws:iam::111111111111:policy/vendor-boundary", "*"),
            ("arn:aws:iam::222222222222:policy/vendor-boundary", "*"),
            ("arn:aws:iam::333333333333:policy/strict-boundary", strict),
        ]
    };
    let around = |strict| Around {
        boundaries: boundaries(strict),
        ..Around::default()
    };
    check("micetro-overrides", &around("*"), rows());
    // What the boundary leaves out is refused in that target, though the role's policy grants it.
    check(
        "micetro-overrides",
        &around("route53:*"),
        vec![
            may(prod_session, change, &first),
            may(prod_session, "ec2:CreateSubnet", "*").but(Reason::Boundary),
            may(DEV_SESSION, "ec2:CreateSubnet", "*"),
        ],
    );
}

#[test]
fn micetro_finds_its_roles_in_inline_policies_of_one_statement_and_one_role() {
    let cases = [
        "micetro-cn",
        "micetro-overrides",
        "micetro-two-targets",
        "micetro-us-gov",
        "partition-eusc",
        "two-products",
    ];
    for case in cases {
        let built = pipeline::fixture(case);
        let roles: BTreeSet<String> = landgrant::plan::access(&built.plan)
            .identities
            .into_iter()
            .filter(|(_, identity)| identity.kind == IdentityKind::Role)
            .map(|(arn, _)| arn)
            .collect();
        for access in [
            terraform_access(&built.plan, &built.files),
            cloudformation_access(&built.plan, &built.files),
        ] {
            assert_eq!(roles_found(&access.expect("understood")), roles, "{case}");
        }
        let template = &built.files[Utf8Path::new("cloudformation/hub.yaml")];
        assert_eq!(documented_policies(template), roles.len(), "{case}");
        assert_documented_shape_in_terraform(&built.files[Utf8Path::new("terraform/hub/main.tf")]);
    }
}

/// Walks as the product does: the user, its groups, their inline policies, the one role that each names.
fn roles_found(access: &Access) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let users = access
        .identities
        .values()
        .filter(|identity| identity.kind == IdentityKind::User);
    for group in users.flat_map(|user| &user.groups) {
        for ((kind, name), grants) in &access.identities[group].policies {
            if *kind == PolicyKind::Managed {
                continue;
            }
            let grants: Vec<&Grant> = grants.iter().collect();
            let [grant] = grants.as_slice() else {
                panic!("{name} grants more than one thing");
            };
            assert_eq!(
                (grant.effect, grant.action.as_str()),
                (Effect::Allow, "sts:AssumeRole")
            );
            assert!(grant.conditions.is_empty() && !grant.resource.contains(['*', '?', '$']));
            assert!(
                found.insert(grant.resource.clone()),
                "{name} repeats a role"
            );
        }
    }
    found
}

/// Counts the group policies of a template, each a single statement with a scalar action and a scalar role ARN.
fn documented_policies(template: &str) -> usize {
    let template: Yaml = serde_yaml::from_str(template).expect("YAML");
    let resources = template["Resources"].as_mapping().expect("resources");
    let policies = resources
        .values()
        .filter(|resource| resource["Type"] == "AWS::IAM::GroupPolicy");
    let mut count = 0;
    for policy in policies {
        let statements = policy["Properties"]["PolicyDocument"]["Statement"].as_sequence();
        let [statement] = statements.expect("a list").as_slice() else {
            panic!("more than one statement");
        };
        let keys: Vec<&str> = statement
            .as_mapping()
            .expect("a statement")
            .keys()
            .filter_map(Yaml::as_str)
            .collect();
        assert_eq!(keys, ["Effect", "Action", "Resource"]);
        assert_eq!(statement["Action"], "sts:AssumeRole");
        let Yaml::Tagged(arn) = &statement["Resource"] else {
            panic!("an ARN with the partition in it");
        };
        assert!(arn.tag == "!Sub" && arn.value.as_str().is_some_and(|arn| arn.contains(":role/")));
        count += 1;
    }
    count
}

fn assert_documented_shape_in_terraform(text: &str) {
    let body = hcl::parse(text).expect("HCL");
    let is_group_policy = |block: &&hcl::Block| {
        block
            .labels()
            .first()
            .is_some_and(|label| label.as_str() == "aws_iam_group_policy")
    };
    let blocks: Vec<&hcl::Block> = body.blocks().filter(is_group_policy).collect();
    let [block] = blocks.as_slice() else {
        panic!("the group's inline policies come from one block");
    };
    let policy = block
        .body()
        .attributes()
        .find(|attribute| attribute.key() == "policy");
    let policy: String = policy
        .map(|attribute| attribute.expr().to_string())
        .expect("a policy")
        .split_whitespace()
        .collect();
    // Quotes and blanks aside.
    let expected = "jsonencode({Version=2012-10-17,Statement=[{Effect=Allow,Action=sts:AssumeRole,Resource=each.value.role_arn}]})";
    assert_eq!(policy.replace('"', ""), expected);
}

#[test]
fn each_partition_names_itself_alone() {
    for (case, partition, role) in [
        ("micetro-us-gov", "aws-us-gov", "MicetroAccess"),
        ("micetro-cn", "aws-cn", "MicetroAccess"),
        ("partition-eusc", "aws-eusc", "MicetroAccess"),
    ] {
        let user = format!("arn:{partition}:iam::111111111111:user/svc-micetro");
        let role_arn = format!("arn:{partition}:iam::222222222222:role/{role}");
        let session = format!("arn:{partition}:sts::222222222222:assumed-role/{role}/s");
        let around = Around {
            outsiders: vec![(U, "*", "*")],
            ..Around::default()
        };
        let rows = vec![
            may(&user, "iam:GetUser", &user),
            may_not(&user, "iam:GetUser", U),
            assumes(&user, &role_arn),
            may_not(&user, "sts:AssumeRole", DEV),
            cannot_assume(U, &role_arn, Reason::NotTrusted),
            may(&session, "route53:ListHostedZones", "*"),
            may_not(&session, "iam:CreateUser", "*"),
        ];
        check(case, &around, rows);
        let built = pipeline::fixture(case);
        for (path, text) in &built.files {
            for arn in text.split("arn:").skip(1) {
                let own = arn.starts_with(&format!("{partition}:"))
                    || arn.starts_with("${AWS::Partition}:")
                    || arn.starts_with("aws[a-z-]*:");
                assert!(own, "{path} names another partition: arn:{arn:.20}");
            }
        }
    }
    let zone = "arn:aws-us-gov:route53:::hostedzone/Z1";
    let gov = "arn:aws-us-gov:sts::222222222222:assumed-role/MicetroAccess/s";
    let change = "route53:ChangeResourceRecordSets";
    let rows = vec![
        may(gov, change, zone),
        may_not(gov, change, "arn:aws:route53:::hostedzone/Z1"),
        may(gov, "iam:ListAccountAliases", "*"),
    ];
    check("micetro-us-gov", &Around::default(), rows);
}

#[test]
fn what_has_prerequisites_is_granted_where_they_hold() {
    let session = "arn:aws:sts::222222222222:assumed-role/AcmeCollector/s";
    let in_organization = |id| [("aws:ResourceOrgID", id)];
    let get = |object, id| may(session, "s3:GetObject", object).given(&in_organization(id));
    let not_get = |object, id| get(object, id).but(Reason::NotGranted);
    let one = "arn:aws:s3:::amzn-s3-demo-bucket1/log";
    let rows = vec![
        get(one, "o-a1b2c3d4e5"),
        get("arn:aws:s3:::amzn-s3-demo-bucket2/log", "o-f6g7h8i9j0"),
        not_get(one, "o-0000000000"),
        not_get("arn:aws:s3:::amzn-s3-demo-bucket3/log", "o-a1b2c3d4e5"),
        may_not(session, "s3:GetObject", one),
        may(
            session,
            "s3:ListBucket",
            "arn:aws:s3:::amzn-s3-demo-bucket2",
        ),
        may_not(session, "s3:ListBucket", "arn:aws:s3:::amzn-s3-demo-bucket"),
        may(
            session,
            "sqs:ReceiveMessage",
            "arn:aws:sqs:us-east-1:222222222222:logs",
        ),
        may_not(
            session,
            "sqs:ReceiveMessage",
            "arn:aws:sqs:eu-west-1:222222222222:logs",
        ),
        may(
            session,
            "kms:Decrypt",
            "arn:aws:kms:eu-central-1:222222222222:key/0a1b2c3d-1111-2222-3333-444455556666",
        ),
        may_not(
            session,
            "kms:Decrypt",
            "arn:aws:kms:eu-central-1:222222222222:key/other",
        ),
        may(session, "organizations:DescribeOrganization", "*"),
        may(session, "tag:GetResources", "*"),
        // Of a feature that excludes the selected one, of a case, of another partition.
        may_not(session, "tag:TagResources", "*"),
        may_not(
            session,
            "sns:Publish",
            "arn:aws:sns:eu-central-1:222222222222:alerts",
        ),
        may_not(
            session,
            "cloudfront:GetDistribution",
            "arn:aws:cloudfront::222222222222:distribution/E1",
        ),
    ];
    check("prerequisites", &Around::default(), rows);
}

#[test]
fn what_is_for_the_setup_ends_with_it() {
    let done = "arn:aws:sts::222222222222:assumed-role/AcmeCollector/s";
    let begun = "arn:aws:sts::222222222222:assumed-role/AcmeCollector2/s";
    let notify = "s3:PutBucketNotification";
    let one = "arn:aws:s3:::amzn-s3-demo-bucket1";
    let two = "arn:aws:s3:::amzn-s3-demo-bucket2";
    let queue = "arn:aws:sqs:eu-central-1:222222222222:acme-collector";
    let rows = vec![
        may(done, "s3:ListBucket", one),
        may_not(done, notify, one),
        may_not(done, "sqs:CreateQueue", queue),
        may(done, "tag:GetResources", "*"),
        may(begun, "s3:ListBucket", two),
        may(begun, notify, two),
        may_not(begun, notify, one),
        may(begun, "sqs:CreateQueue", queue),
        may(begun, "tag:GetResources", "*"),
    ];
    check("set-up", &Around::default(), rows);
}

#[test]
fn a_ci_role_gets_in_with_the_external_id_of_the_target_alone() {
    let deployer = "arn:aws:iam::111111111111:role/ci/deployer";
    let other = "arn:aws:iam::111111111111:role/ci/other";
    let session = "arn:aws:sts::111111111111:assumed-role/deployer/run";
    let staging = "arn:aws:iam::222222222222:role/MultiToolDeploy";
    let production = "arn:aws:iam::333333333333:role/MultiToolDeploy";
    let staging_id = "3f1c2f4e-6d5b-4f2a-9a7d-0c8f5e1b7a61";
    let production_id = "9b7a4d02-1e9c-4b1c-8f0e-5a2d6c3e8f17";
    let around = |allowed| Around {
        outsiders: vec![(deployer, allowed, "*"), (other, "*", "*")],
        ..Around::default()
    };
    let mut rows = Vec::new();
    for (role, right, wrong) in [
        (staging, staging_id, production_id),
        (production, production_id, staging_id),
    ] {
        let refused = || cannot_assume(session, role, Reason::NotTrusted);
        rows.extend([
            assumes(session, role).sending(right),
            assumes(session, role)
                .sending(right)
                .lasting(3601)
                .but(Reason::SessionLength),
            refused(),
            refused().sending(wrong),
            refused().sending("other-id"),
            cannot_assume(
                "arn:aws:sts::111111111111:assumed-role/other/run",
                role,
                Reason::NotTrusted,
            )
            .sending(right),
        ]);
    }
    let own = multitool();
    for account in ["222222222222", "333333333333"] {
        let session = format!("arn:aws:sts::{account}:assumed-role/MultiToolDeploy/s");
        rows.extend(own.iter().map(|action| may(&session, action, "*")));
        let others: Vec<String> = words(OTHER)
            .filter(|action| !own.contains(action))
            .collect();
        assert!(others.len() > 180);
        for action in others {
            rows.extend(never(&session, [action]));
        }
    }
    check("multitool-roles", &around("sts:AssumeRole"), rows);
    let ungranted = cannot_assume(session, staging, Reason::NotGranted).sending(staging_id);
    check("multitool-roles", &around("s3:*"), vec![ungranted]);
}

#[test]
fn whoever_joins_the_group_may_run_multitool_and_nobody_else() {
    let member = "arn:aws:iam::111111111111:user/member";
    let group = "arn:aws:iam::111111111111:group/multitool-operators";
    let around = Around {
        members: vec![(member, group)],
        ..Around::default()
    };
    let mut rows: Vec<Row> = multitool()
        .iter()
        .map(|action| may(member, action, "*"))
        .collect();
    rows.extend(never(
        member,
        words("s3:GetObject ec2:RunInstances iam:CreateUser iam:PutRolePolicy sts:AssumeRole"),
    ));
    rows.push(may(U, "lambda:InvokeFunction", "*").but(Reason::UnknownCaller));
    check("multitool-one-account", &around, rows);
}

#[test]
fn a_list_of_roles_is_one_policy_and_every_role_asks_for_the_external_id() {
    let user = "arn:aws:iam::111111111111:user/svc-multitool";
    let around = Around {
        boundaries: vec![(
            "arn:aws:iam::222222222222:policy/boundary",
            "cloudwatch:Get*",
        )],
        ..Around::default()
    };
    let id = "multitool:acme/2026";
    let session = |account: &str| format!("arn:aws:sts::{account}:assumed-role/MultiToolRead/s");
    let mut rows = vec![
        may(&session("222222222222"), "cloudwatch:GetMetricData", "*"),
        may(&session("222222222222"), "cloudwatch:PutMetricData", "*").but(Reason::Boundary),
        may(&session("333333333333"), "cloudwatch:PutMetricData", "*"),
    ];
    for account in ["222222222222", "333333333333"] {
        let role = format!("arn:aws:iam::{account}:role/MultiToolRead");
        rows.extend([
            assumes(user, &role).sending(id),
            cannot_assume(user, &role, Reason::NotTrusted),
            cannot_assume(user, &role, Reason::NotTrusted).sending("multitool:acme/2027"),
        ]);
        rows.extend(never(
            &session(account),
            words("lambda:InvokeFunction apigateway:GET iam:PassRole"),
        ));
    }
    check("role-list-json", &around, rows);
}

#[test]
fn two_products_in_one_role_are_granted_side_by_side() {
    let user = "arn:aws:iam::111111111111:user/svc-tools";
    let mut rows = Vec::new();
    for account in ["222222222222", "333333333333"] {
        let session = format!("arn:aws:sts::{account}:assumed-role/ToolsAccess/s");
        rows.push(assumes(
            user,
            &format!("arn:aws:iam::{account}:role/ToolsAccess"),
        ));
        rows.extend(
            words("ec2:CreateVpc cloudwatch:ListMetrics lambda:UpdateFunctionCode")
                .map(|action| may(&session, &action, "*")),
        );
        // Neither product was given these features.
        rows.extend(never(
            &session,
            words("route53:ListHostedZones apigateway:GET iam:PassRole iam:CreateAccessKey"),
        ));
    }
    rows.extend(never(
        user,
        words("ec2:CreateVpc cloudwatch:ListMetrics lambda:UpdateFunctionCode"),
    ));
    check("two-products", &Around::default(), rows);
}

#[test]
fn a_policy_variable_stands_for_whoever_asks() {
    let user = "arn:aws:iam::111111111111:user/svc-archive";
    let colleague = "arn:aws:iam::111111111111:user/colleague";
    let around = Around {
        members: vec![(colleague, "arn:aws:iam::111111111111:group/archive-access")],
        ..Around::default()
    };
    let object = |account: &str, key: &str| format!("arn:aws:s3:::acme-archive-{account}/{key}");
    let hub = |key: &str| object("111111111111", key);
    let bucket = "arn:aws:s3:::acme-archive-111111111111";
    let key = "arn:aws:kms:eu-west-1:111111111111:key/1";
    let alias = ("kms:ResourceAliases", "alias/acme-archive-111111111111");
    let frozen = ("aws:ResourceTag/frozen", "no");
    let mut rows = vec![
        may(user, "s3:GetObject", &hub("home/svc-archive/a")),
        may_not(user, "s3:GetObject", &hub("home/colleague/a")),
        may(colleague, "s3:GetObjectVersion", &hub("home/colleague/a")),
        may_not(colleague, "s3:PutObject", &hub("home/svc-archive/a")),
        may(user, "s3:PutObject", &hub("shared/a")),
        may_not(user, "s3:PutObject", &hub("other/a")),
        may_not(user, "s3:PutObjectAcl", &hub("shared/a")),
        may(user, "s3:DeleteObject", &hub("home/colleague/a")),
        may(user, "s3:ListBucket", bucket).given(&[("s3:prefix", "home/svc-archive/x")]),
        may(user, "s3:ListBucket", bucket).given(&[("s3:prefix", "shared/x")]),
        may_not(user, "s3:ListBucket", bucket).given(&[("s3:prefix", "home/colleague/x")]),
        may_not(user, "s3:ListBucket", bucket),
        may_not(user, "s3:ListBucket", bucket).given(&[("s3:prefix", "shared/x"), frozen]),
        may(user, "kms:Decrypt", key).given(&[alias, ("kms:ResourceAliases", "alias/other")]),
        may_not(user, "kms:Decrypt", key).given(&[("kms:ResourceAliases", "alias/other")]),
        may_not(user, "kms:Decrypt", key),
        may_not(
            user,
            "kms:Decrypt",
            "arn:aws:kms:eu-west-1:222222222222:key/1",
        )
        .given(&[alias]),
        may_not(user, "kms:Decrypt", key).given(&[alias, ("aws:PrincipalAccount", "222222222222")]),
    ];
    for (account, bucket) in [
        ("222222222222", "222222222222"),
        ("333333333333", "111111111111"),
    ] {
        let role = format!("arn:aws:iam::{account}:role/ArchiveAccess");
        let session = format!("arn:aws:sts::{account}:assumed-role/ArchiveAccess/s");
        rows.extend([
            assumes(user, &role).sending("archive-7f3b2c"),
            cannot_assume(user, &role, Reason::NotTrusted),
            may(&session, "s3:PutObject", &object(bucket, "shared/a")),
            may_not(
                &session,
                "s3:PutObject",
                &object("333333333333", "shared/a"),
            ),
            // A session has no user name for the variable to stand for.
            may_not(
                &session,
                "s3:PutObject",
                &object(bucket, "home/svc-archive/a"),
            ),
        ]);
        rows.extend(never(
            &session,
            words("textract:DetectDocumentText iam:GetUser"),
        ));
    }
    check("own-catalog", &around, rows);
}

#[test]
fn a_parameter_in_a_condition_key_tells_clusters_apart() {
    let around = Around {
        outsiders: vec![(DEPLOYER, "sts:AssumeRole", "*")],
        ..Around::default()
    };
    let dev = [
        (
            "aws:ResourceTag/kubernetes.io/cluster/platform-dev",
            "owned",
        ),
        ("aws:ResourceTag/karpenter.sh/nodepool", "default"),
    ];
    let prod = [
        (
            "aws:ResourceTag/kubernetes.io/cluster/platform-prod",
            "owned",
        ),
        ("aws:ResourceTag/karpenter.sh/nodepool", "default"),
    ];
    let mut rows = Vec::new();
    for (account, own, others) in [("222222222222", dev, prod), ("333333333333", prod, dev)] {
        let session = format!("arn:aws:sts::{account}:assumed-role/KarpenterController/s");
        let instance = |region: &str| format!("arn:aws:ec2:{region}:{account}:instance/i-1");
        let here = instance("eu-west-1");
        let terminate = "ec2:TerminateInstances";
        rows.extend([
            assumes(
                DEPLOYER_SESSION,
                &format!("arn:aws:iam::{account}:role/KarpenterController"),
            ),
            may(&session, terminate, &here).given(&own),
            may_not(&session, terminate, &here).given(&others),
            may_not(&session, terminate, &here).given(&own[..1]),
            may_not(&session, terminate, &here).given(&[(own[0].0, "shared"), own[1]]),
            may_not(&session, terminate, &here),
            may_not(&session, terminate, &instance("us-east-1")).given(&own),
            may(&session, "ec2:CreateTags", &here)
                .given(&own)
                .given(&[("aws:TagKeys", "Name")]),
            may(&session, "ec2:CreateTags", &here).given(&own),
            may_not(&session, "ec2:CreateTags", &here)
                .given(&own)
                .given(&[("aws:TagKeys", "Name"), ("aws:TagKeys", "owner")]),
            may_not(&session, "ec2:CreateTags", &here)
                .given(&own)
                .given(&[("aws:RequestTag/eks:eks-cluster-name", "another")]),
            may(&session, "ec2:DescribeImages", "*").given(&[("aws:RequestedRegion", "eu-west-1")]),
            may_not(&session, "ec2:DescribeImages", "*")
                .given(&[("aws:RequestedRegion", "us-east-1")]),
        ]);
        let cluster = if account == "222222222222" {
            "platform-dev"
        } else {
            "platform-prod"
        };
        let node = |name: &str| format!("arn:aws:iam::{account}:role/KarpenterNodeRole-{name}");
        let queue = |name: &str| format!("arn:aws:sqs:eu-west-1:{account}:{name}");
        rows.extend([
            may(&session, "iam:PassRole", &node(cluster))
                .given(&[("iam:PassedToService", "ec2.amazonaws.com")]),
            may_not(&session, "iam:PassRole", &node(cluster))
                .given(&[("iam:PassedToService", "lambda.amazonaws.com")]),
            may_not(&session, "iam:PassRole", &node("other"))
                .given(&[("iam:PassedToService", "ec2.amazonaws.com")]),
            may(&session, "sqs:ReceiveMessage", &queue(cluster)),
            may_not(&session, "sqs:ReceiveMessage", &queue("other")),
        ]);
        rows.extend(never(
            &session,
            words("iam:CreateUser s3:GetObject ec2:CreateVpc iam:CreateRole sqs:SendMessage"),
        ));
    }
    check("karpenter", &around, rows);
}

#[test]
fn null_conditions_ask_for_a_tag_or_for_its_absence() {
    let session = "arn:aws:sts::222222222222:assumed-role/LoadBalancerController/s";
    let owned = ("aws:ResourceTag/elbv2.k8s.aws/cluster", "prod");
    let requested = ("aws:RequestTag/elbv2.k8s.aws/cluster", "prod");
    let balancer = "arn:aws:elasticloadbalancing:eu-west-1:222222222222:loadbalancer/app/x/1";
    let rows = vec![
        may(session, "elasticloadbalancing:DeleteLoadBalancer", balancer).given(&[owned]),
        may_not(session, "elasticloadbalancing:DeleteLoadBalancer", balancer),
        may(session, "elasticloadbalancing:CreateLoadBalancer", balancer).given(&[requested]),
        may_not(session, "elasticloadbalancing:CreateLoadBalancer", balancer),
        may(session, "elasticloadbalancing:AddTags", balancer).given(&[owned]),
        may_not(session, "elasticloadbalancing:AddTags", balancer).given(&[owned, requested]),
    ];
    check("load-balancer-controller", &Around::default(), rows);
}

#[test]
fn a_backup_product_reaches_its_own_bucket() {
    let session = "arn:aws:sts::333333333333:assumed-role/VeleroBackup/s";
    let around = Around {
        outsiders: vec![(DEPLOYER, "*", "*"), (U, "*", "*")],
        ..Around::default()
    };
    let role = "arn:aws:iam::333333333333:role/VeleroBackup";
    let mut rows = vec![
        assumes(DEPLOYER_SESSION, role),
        cannot_assume(U, role, Reason::NotTrusted),
        may(
            session,
            "s3:PutObject",
            "arn:aws:s3:::amzn-s3-demo-bucket/a",
        ),
        may(
            session,
            "s3:PutObjectTagging",
            "arn:aws:s3:::amzn-s3-demo-bucket/a",
        ),
        may(session, "s3:ListBucket", "arn:aws:s3:::amzn-s3-demo-bucket"),
        may_not(
            session,
            "s3:PutObject",
            "arn:aws:s3:::amzn-s3-demo-bucket2/a",
        ),
        may_not(session, "s3:ListBucket", "arn:aws:s3:::other"),
        may(session, "ec2:CreateSnapshot", "*"),
    ];
    rows.extend(never(
        session,
        words("s3:DeleteBucket s3:PutBucketPolicy ec2:RunInstances iam:PassRole"),
    ));
    check("velero", &around, rows);
}
