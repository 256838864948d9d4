//! What a deployment denies: decided request by request in each format, read back, reviewed, and put where it holds.

use std::fs;

use landgrant::model::{IdentityKind, PolicyKind};
use landgrant::readback::{cloudformation_access, terraform_access, verify};

use crate::support::evaluate::{Context, Decision, Reason, Request, World};
use crate::support::pipeline::{self, Built};
use crate::support::repository::Repository;

const ALLOWED: Decision = Decision::Allowed;
const DENIED: Decision = Decision::Denied(Reason::ExplicitDeny);
const NOT_GRANTED: Decision = Decision::Denied(Reason::NotGranted);

/// Somebody, an action, a resource, what is known of the request, and what becomes of it.
type Row<'a> = (
    &'a str,
    &'a str,
    &'a str,
    &'a [(&'a str, &'a str)],
    Decision,
);

fn check(built: &Built, rows: &[Row<'_>]) {
    for access in [
        terraform_access(&built.plan, &built.files),
        cloudformation_access(&built.plan, &built.files),
    ] {
        let access = access.expect("the text is understood");
        let world = World::new(&access);
        for (principal, action, resource, context, expected) in rows {
            let request = Request {
                principal,
                action,
                resource,
                context: Context::new(context),
            };
            let decision = world.decide(&request);
            assert_eq!(decision, *expected, "{principal} {action} {context:?}");
        }
    }
}

#[test]
fn a_denial_prevails_in_the_roles_and_the_hub_that_it_is_said_of_and_nowhere_else() {
    let zone = "arn:aws:route53:::hostedzone/Z0123456789EXAMPLE";
    let dns = "arn:aws:sts::222222222222:assumed-role/MicetroAccess/s";
    let monitoring = "arn:aws:sts::222222222222:assumed-role/CloudWatchAccess/s";
    let user = "arn:aws:iam::111111111111:user/svc-micetro";
    let inside: &[(&str, &str)] = &[
        ("aws:SourceIp", "203.0.113.7"),
        ("aws:ViaAWSService", "false"),
    ];
    let outside: &[(&str, &str)] = &[
        ("aws:SourceIp", "198.51.100.7"),
        ("aws:ViaAWSService", "false"),
    ];
    let by_aws: &[(&str, &str)] = &[
        ("aws:SourceIp", "198.51.100.7"),
        ("aws:ViaAWSService", "true"),
    ];
    check(
        &pipeline::fixture("fence"),
        &[
            (monitoring, "cloudwatch:ListMetrics", "*", inside, ALLOWED),
            (monitoring, "cloudwatch:ListMetrics", "*", outside, DENIED),
            (monitoring, "cloudwatch:ListMetrics", "*", by_aws, ALLOWED),
            // What the other role is denied is not said of this one.
            (dns, "route53:ListHostedZones", "*", outside, ALLOWED),
            (user, "route53:ListHostedZones", "*", outside, ALLOWED),
            // The deployment denies it everywhere, whatever else would allow it.
            (dns, "iam:CreateUser", "*", inside, DENIED),
            (dns, "organizations:LeaveOrganization", "*", inside, DENIED),
            (monitoring, "iam:PutRolePolicy", "*", inside, DENIED),
            (user, "iam:CreateAccessKey", user, inside, DENIED),
            (user, "iam:GetUser", user, inside, ALLOWED),
            (dns, "route53:DeleteHostedZone", zone, inside, DENIED),
            (
                dns,
                "route53:DeleteHostedZone",
                "arn:aws:route53:::hostedzone/ZOTHER",
                inside,
                NOT_GRANTED,
            ),
        ],
    );
    let key = "arn:aws:iam::111111111111:user/other";
    check(
        &pipeline::fixture("fence-user"),
        &[(user, "iam:DeleteAccessKey", key, &[], DENIED)],
    );
    let inventory = "arn:aws:sts::333333333333:assumed-role/InventoryAccessProd/s";
    check(
        &pipeline::fixture("fence-split"),
        &[
            (inventory, "ec2:DescribeInstanceAttribute", "*", &[], DENIED),
            (inventory, "ssm:GetParametersByPath", "*", &[], DENIED),
            (inventory, "ec2:DescribeVpcs", "*", &[], ALLOWED),
        ],
    );
}

#[test]
fn limits_refuse_other_regions_and_addresses_and_no_global_service() {
    let dns = "arn:aws:sts::222222222222:assumed-role/MicetroAccess/s";
    let compliance = "arn:aws:sts::222222222222:assumed-role/ComplianceAccess/s";
    let user = "arn:aws:iam::111111111111:user/svc-micetro";
    let in_region = |region: &'static str| [("aws:RequestedRegion", region)];
    let (frankfurt, ireland) = (in_region("eu-central-1"), in_region("eu-west-1"));
    let virginia = in_region("us-east-1");
    let from = |region: &'static str, address: &'static str, via: &'static str| {
        [
            ("aws:RequestedRegion", region),
            ("aws:SourceIp", address),
            ("aws:ViaAWSService", via),
        ]
    };
    let inside = from("eu-central-1", "203.0.113.9", "false");
    let inside_6 = from("eu-central-1", "2001:db8::9", "false");
    let outside = from("eu-central-1", "198.51.100.9", "false");
    let by_aws = from("eu-central-1", "198.51.100.9", "true");
    let elsewhere = from("eu-west-1", "203.0.113.9", "false");
    let global = from("us-east-1", "203.0.113.9", "false");
    let object = "arn:aws:s3:::amzn-s3-demo-bucket/private/a";
    check(
        &pipeline::fixture("limits"),
        &[
            (dns, "ec2:DescribeRegions", "*", &frankfurt, ALLOWED),
            (dns, "ec2:DescribeRegions", "*", &ireland, ALLOWED),
            (dns, "ec2:DescribeRegions", "*", &virginia, DENIED),
            (dns, "route53:ListHostedZones", "*", &virginia, ALLOWED),
            (user, "sts:GetCallerIdentity", "*", &virginia, ALLOWED),
            (user, "ec2:DescribeRegions", "*", &virginia, DENIED),
            (compliance, "ec2:DescribeInstances", "*", &inside, ALLOWED),
            (compliance, "ec2:DescribeInstances", "*", &inside_6, ALLOWED),
            (compliance, "ec2:DescribeInstances", "*", &outside, DENIED),
            (compliance, "ec2:DescribeInstances", "*", &by_aws, ALLOWED),
            // The role has limits of its own in place of the deployment's.
            (compliance, "ec2:DescribeInstances", "*", &elsewhere, DENIED),
            (compliance, "iam:ListUsers", "*", &global, ALLOWED),
            // What the catalog demands, but for what the deployment leaves out.
            (
                compliance,
                "rds:DownloadDBLogFilePortion",
                "*",
                &inside,
                DENIED,
            ),
            (
                compliance,
                "datapipeline:EvaluateExpression",
                "*",
                &inside,
                DENIED,
            ),
            (
                compliance,
                "datapipeline:QueryObjects",
                "*",
                &inside,
                NOT_GRANTED,
            ),
            (compliance, "s3:GetObject", object, &inside, DENIED),
        ],
    );
}

/// The same text with every `from` as `to`, in every file.
fn edited(built: &Built, from: &str, to: &str) -> Built {
    let mut files = built.files.clone();
    let mut changed = 0;
    for (path, text) in &built.files {
        if text.contains(from) {
            files.insert(path.to_owned(), text.replace(from, to));
            changed += 1;
        }
    }
    assert!(changed > 0, "nothing has {from}");
    Built {
        plan: built.plan.clone(),
        files,
    }
}

#[test]
fn read_back_refuses_a_denial_that_is_missing_narrower_or_more() {
    let built = pipeline::fixture("fence");
    assert!(verify(&built.plan, &built.files).is_ok());
    for (from, to) in [
        ("Effect   = \"Deny\"", "Effect   = \"Allow\""),
        ("Effect: Deny", "Effect: Allow"),
        ("\"organizations:*\",", "\"organizations:List*\","),
        ("- \"organizations:*\"", "- \"organizations:List*\""),
        ("\"iam:Put*\",", "\"iam:*\","),
        ("hostedzone/Z0123456789EXAMPLE", "hostedzone/Z0123456789"),
        ("203.0.113.0/24", "203.0.112.0/23"),
        ("role/break-glass/*", "role/*"),
    ] {
        let planted = edited(&built, from, to);
        let refused = verify(&planted.plan, &planted.files);
        assert!(refused.is_err(), "{from} as {to} is not seen");
    }
    // A policy that is not attached denies nothing.
    let attachment = "resource \"aws_iam_group_policy_attachment\" \"fence\" {\n  group      = \
                      aws_iam_group.access[\"1\"].name\n  policy_arn = aws_iam_policy.fence.arn\n}\n";
    let loose = edited(&built, attachment, "");
    assert!(verify(&loose.plan, &loose.files).is_err());
}

#[test]
fn without_a_user_the_fence_is_around_every_group() {
    let mut text = String::from(
        "schema: landgrant/deployment/v1
name: people
hub: {account: \"111111111111\", group: tools-access}
products:
  - {catalog: multitool@1, features: [cloudwatch]}
role: {name: MultiToolReadAccessOfTheToolsThatPeopleUse}
trust: {principal: account, restrict_to_user: false}
deny:
  - actions: \"*\"
    conditions:
      Bool: {\"aws:MultiFactorAuthPresent\": \"false\"}
    reason: People sign in with a second factor.
targets:
",
    );
    for number in 0..90 {
        text += &format!("  - {{account: \"2222222222{number:02}\", name: n{number}}}\n");
    }
    let built = pipeline::build_text(&text).unwrap();
    verify(&built.plan, &built.files).unwrap();
    for access in [
        terraform_access(&built.plan, &built.files).unwrap(),
        cloudformation_access(&built.plan, &built.files).unwrap(),
    ] {
        let groups = access.identities.values();
        let groups: Vec<_> = groups
            .filter(|one| one.kind == IdentityKind::Group)
            .collect();
        assert!(groups.len() > 1, "{}", groups.len());
        let key = (PolicyKind::Managed, "tools-access-fence".to_owned());
        for group in groups {
            assert!(
                group.policies.contains_key(&key),
                "{:?}",
                group.policies.keys()
            );
        }
    }
}

#[test]
fn a_review_tells_a_denial_that_goes_as_more_and_one_that_comes_as_less() {
    let repository = Repository::empty();
    fs::copy(
        "fixtures/render/fence/landgrant.yaml",
        repository.path("landgrant.yaml"),
    )
    .unwrap();
    assert!(repository.landgrant(&["render"]).status.success());
    repository.git(&["init", "-q", "-b", "main"]);
    repository.commit("rendered");
    let zone = "    resources: arn:${partition}:route53:::hostedzone/Z0123456789EXAMPLE\n";
    for (from, to, is_more, told) in [
        (
            "iam:Put*, organizations:*]",
            "iam:Put*]",
            true,
            "denied: organizations:*",
        ),
        (
            zone,
            "    resources: arn:${partition}:route53:::hostedzone/ZOTHER\n",
            true,
            "denied: route53:DeleteHostedZone",
        ),
        (zone, "", false, "denied: route53:DeleteHostedZone"),
        (
            "iam:Put*, organizations:*]",
            "iam:Put*, organizations:*, account:*]",
            false,
            "denied: account:*",
        ),
    ] {
        repository.edit("landgrant.yaml", from, to);
        assert!(repository.landgrant(&["render"]).status.success());
        let review = |format: &str| {
            let (old, new) = ("main:landgrant.yaml", "landgrant.yaml");
            repository.landgrant(&[
                "review",
                old,
                new,
                "--format",
                format,
                "--fail-on",
                "widened",
            ])
        };
        for format in ["human", "markdown", "json"] {
            let output = review(format);
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            assert_eq!(output.status.success(), !is_more, "{to}: {text}");
            match format {
                "json" => assert!(text.contains("\"effect\": \"Deny\""), "{text}"),
                _ => assert!(text.replace('`', "").contains(told), "{format}: {text}"),
            }
        }
        repository.git(&["checkout", "-q", "."]);
    }
}

#[test]
fn a_rule_takes_a_denial_into_account_only_where_it_is_certain() {
    let repository = Repository::empty();
    let findings = |deny: &str| {
        let text = format!(
            "schema: landgrant/deployment/v1
name: acme
products:
  - {{catalog: multitool@1, features: [iam, lambda]}}
role: {{name: MultiToolDeploy}}
trust: {{principal: \"arn:aws:iam::111111111111:role/ci\"}}
targets:
  - {{account: \"222222222222\", name: dev}}
{deny}"
        );
        fs::write(repository.path("landgrant.yaml"), text).unwrap();
        let output = repository.landgrant(&["lint", "--format", "json"]);
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        report.to_string().matches("escalation-path").count()
    };
    let all = findings("");
    assert!(all > 0);
    let deny = |more: &str| {
        let actions =
            "deny:\n  - actions: [\"iam:*\", \"lambda:*\", \"sts:*\"]\n    reason: None of them.\n";
        findings(&format!("{actions}{more}"))
    };
    assert_eq!(deny(""), 0);
    let condition = "    conditions:\n      Bool: {\"aws:SecureTransport\": \"false\"}\n";
    assert_eq!(deny(condition), all);
    assert_eq!(
        deny("    resources: \"arn:aws:iam::*:role/other/*\"\n"),
        all
    );
}
