//! Whom each kind of trust lets in, decided request by request in each format: the identity that is meant, and those that
//! are near it and must stay out.

use landgrant::model::{Effect, Grant, Grants};
use landgrant::readback::{cloudformation_access, terraform_access};

use crate::support::evaluate::{Assumption, Context, Decision, Reason, World};
use crate::support::pipeline;

/// A call that assumes a role.
#[derive(Debug, Clone)]
struct Call {
    caller: String,
    role: &'static str,
    external_id: Option<&'static str>,
    context: Vec<(String, String)>,
}

impl Call {
    fn of(caller: &str, role: &'static str) -> Self {
        Self {
            caller: caller.to_owned(),
            role,
            external_id: None,
            context: Vec::new(),
        }
    }

    fn sending(mut self, id: &'static str) -> Self {
        self.external_id = Some(id);
        self
    }

    /// With a key that has this value instead of any other.
    fn with(mut self, key: &str, value: &str) -> Self {
        self = self.without(key);
        self.context.push((key.to_owned(), value.to_owned()));
        self
    }

    fn without(mut self, key: &str) -> Self {
        self.context.retain(|(known, _)| known != key);
        self
    }

    fn from(mut self, caller: &str) -> Self {
        self.caller = caller.to_owned();
        self
    }
}

/// Decides every call against what each format of the case grants. Whoever calls from IAM may do anything there, so that the
/// trust policy alone decides.
fn check(case: &str, let_in: &[Call], kept_out: &[Call]) {
    let built = pipeline::fixture(case);
    assert!(!kept_out.is_empty());
    for (format, access) in [
        ("Terraform", terraform_access(&built.plan, &built.files)),
        (
            "CloudFormation",
            cloudformation_access(&built.plan, &built.files),
        ),
    ] {
        let access = access.expect("the text is understood");
        let mut world = World::new(&access);
        for arn in CALLERS {
            world = world.with_outsider(arn, anything());
        }
        let calls = let_in.iter().map(|call| (call, Decision::Allowed));
        let refused = Decision::Denied(Reason::NotTrusted);
        for (call, expected) in calls.chain(kept_out.iter().map(|call| (call, refused))) {
            let pairs: Vec<(&str, &str)> = call
                .context
                .iter()
                .map(|(key, value)| (key.as_str(), value.as_str()))
                .collect();
            let decision = world.assume_role(&Assumption {
                caller: &call.caller,
                role: call.role,
                external_id: call.external_id,
                seconds: 3600,
                context: Context::new(&pairs),
            });
            assert_eq!(decision, expected, "{case}, {format}: {call:?}");
        }
    }
}

fn anything() -> Grants {
    let grant = Grant {
        effect: Effect::Allow,
        action: "*".to_owned(),
        resource: "*".to_owned(),
        conditions: Default::default(),
    };
    [grant].into_iter().collect()
}

/// Principals of IAM that exist.
const CALLERS: [&str; 6] = [
    "arn:aws:iam::111111111111:role/ci",
    "arn:aws:iam::111111111111:role/ci2",
    "arn:aws:iam::222222222222:user/admin",
    "arn:aws:iam::444444444444:role/ci",
    "arn:aws:iam::444444444444:user/collector",
    "arn:aws:iam::777777777777:role/collector",
];
const VENDOR: &str = "arn:aws:sts::777777777777:assumed-role/collector/s";
const CI: &str = "arn:aws:sts::111111111111:assumed-role/ci/s";
const ADMIN: &str = "arn:aws:iam::222222222222:user/admin";

/// Callers that no role here trusts.
fn strangers(role: &'static str) -> Vec<Call> {
    [
        ADMIN,
        "arn:aws:iam::444444444444:user/collector",
        "arn:aws:iam::222222222222:oidc-provider/accounts.example.com",
        "arn:aws:iam::222222222222:saml-provider/Other",
        "s3.amazonaws.com",
    ]
    .map(|caller| Call::of(caller, role))
    .to_vec()
}

#[test]
fn a_vendor_gets_in_with_the_external_id_of_the_target() {
    let (dev, prod) = (
        "arn:aws:iam::222222222222:role/AcmeMonitor",
        "arn:aws:iam::333333333333:role/AcmeMonitor",
    );
    let call = |role| Call::of(VENDOR, role);
    let mut kept_out = vec![
        call(dev),
        call(dev).sending("prod-9a7d0c8f"),
        call(prod).sending("dev-3f1c2f4e"),
        call(dev).sending("DEV-3F1C2F4E"),
        call(dev).sending("dev-3f1c2f4*"),
        call(dev)
            .sending("dev-3f1c2f4e")
            .from("arn:aws:sts::444444444444:assumed-role/ci/s"),
        call(dev).sending("dev-3f1c2f4e").from(ADMIN),
        // No session tags were asked for.
        call(dev)
            .sending("dev-3f1c2f4e")
            .with("aws:RequestTag/team", "dns"),
    ];
    kept_out.extend(strangers(dev));
    check(
        "trust-vendor",
        &[
            call(dev).sending("dev-3f1c2f4e"),
            call(prod).sending("prod-9a7d0c8f"),
        ],
        &kept_out,
    );
}

#[test]
fn nobody_gets_in_while_the_principal_is_not_known() {
    let role = "arn:aws:iam::222222222222:role/AcmeMonitor";
    let mut kept_out = strangers(role);
    kept_out.extend([
        Call::of(VENDOR, role).sending("dev-3f1c2f4e"),
        Call::of("ec2.amazonaws.com", role),
    ]);
    check("trust-pending", &[], &kept_out);
}

/// A token of a provider that the target's account knows.
fn token(role: &'static str, host: &str, audience: &str, subject: &str) -> Call {
    Call::of(
        &format!("arn:aws:iam::222222222222:oidc-provider/{host}"),
        role,
    )
    .with(&format!("{host}:aud"), audience)
    .with(&format!("{host}:sub"), subject)
}

/// What is near a token and must stay out: other providers, other audiences, no subject, other ways to call.
fn near(token: &Call, host: &str) -> Vec<Call> {
    let (audience, subject) = (format!("{host}:aud"), format!("{host}:sub"));
    let call = || token.clone();
    vec![
        call().with(&audience, "https://example.com"),
        call().without(&audience),
        call().with(&subject, "*"),
        call().without(&subject),
        call().with("aws:RequestTag/team", "dns"),
        call().from("arn:aws:iam::222222222222:oidc-provider/accounts.example.com"),
        call().from(&format!("arn:aws:iam::222222222222:oidc-provider/{host}/x")),
        call().from(&format!("arn:aws:iam::444444444444:oidc-provider/{host}")),
        call().from(&format!(
            "arn:aws-cn:iam::222222222222:oidc-provider/{host}"
        )),
        call().from(&format!("arn:aws:iam::222222222222:saml-provider/{host}")),
        call().from(ADMIN),
        call().from("ec2.amazonaws.com"),
    ]
}

#[test]
fn jobs_of_github_get_in_by_repository_and_branch_or_environment() {
    let host = "token.actions.githubusercontent.com";
    let job = |subject: &str| {
        token(
            "arn:aws:iam::222222222222:role/CiDeploy",
            host,
            "sts.amazonaws.com",
            subject,
        )
    };
    let let_in = [
        "repo:acme/infra:ref:refs/heads/main",
        "repo:acme/infra:ref:refs/heads/release/1.2",
        "repo:acme/infra:environment:production",
        "repo:acme@123456/infra@456789:ref:refs/heads/main",
        "repo:acme@123456/infra@456789:environment:production",
    ]
    .map(job);
    let mut kept_out = [
        "repo:acme/infra2:ref:refs/heads/main",
        "repo:acme2/infra:ref:refs/heads/main",
        "repo:Acme/infra:ref:refs/heads/main",
        "repo:acme/infra:ref:refs/heads/main2",
        "repo:acme/infra:ref:refs/heads/feature/main",
        "repo:acme/infra:ref:refs/heads/release",
        "repo:acme/infra:ref:refs/tags/main",
        "repo:acme/infra:pull_request",
        "repo:acme/infra:environment:staging",
        "repo:acme/infra:environment:production2",
        "repo:acme@654321/infra@456789:ref:refs/heads/main",
        "repo:acme@123456/infra@987654:ref:refs/heads/main",
        "repo:acme@123456/infra:ref:refs/heads/main",
    ]
    .map(job)
    .to_vec();
    kept_out.extend(near(&let_in[0], host));
    kept_out.extend(strangers("arn:aws:iam::222222222222:role/CiDeploy"));
    check("trust-github", &let_in, &kept_out);
}

#[test]
fn a_service_account_gets_in_by_the_issuer_of_its_cluster() {
    let host = "oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B716D3041E";
    let pod = |subject: &str| {
        token(
            "arn:aws:iam::222222222222:role/Velero",
            host,
            "sts.amazonaws.com",
            subject,
        )
    };
    let own = pod("system:serviceaccount:velero:velero-server");
    let mut kept_out = [
        "system:serviceaccount:velero:velero-server2",
        "system:serviceaccount:velero:default",
        "system:serviceaccount:velero2:velero-server",
        "system:serviceaccount:default:velero-server",
    ]
    .map(pod)
    .to_vec();
    kept_out.extend(near(&own, host));
    let other = "arn:aws:iam::222222222222:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE0000000000000000000000000";
    kept_out.push(own.clone().from(other));
    check("trust-eks", &[own], &kept_out);
}

#[test]
fn a_service_account_gets_in_by_the_tags_that_eks_passes() {
    let role = "arn:aws:iam::222222222222:role/Velero";
    let pod = Call::of("pods.eks.amazonaws.com", role)
        .with("aws:SourceAccount", "222222222222")
        .with(
            "aws:SourceArn",
            "arn:aws:eks:eu-central-1:222222222222:cluster/backup",
        )
        .with("aws:RequestTag/kubernetes-namespace", "velero")
        .with("aws:RequestTag/kubernetes-service-account", "velero-server")
        .with(
            "aws:RequestTag/eks-cluster-arn",
            "arn:aws:eks:eu-central-1:222222222222:cluster/backup",
        )
        .with("aws:RequestTag/kubernetes-pod-name", "velero-1");
    let but = |key: &str, value: &str| pod.clone().with(key, value);
    let mut kept_out = strangers(role);
    kept_out.extend([
        but("aws:RequestTag/kubernetes-namespace", "default"),
        but("aws:RequestTag/kubernetes-service-account", "default"),
        but(
            "aws:RequestTag/eks-cluster-arn",
            "arn:aws:eks:eu-central-1:222222222222:cluster/other",
        ),
        but(
            "aws:RequestTag/eks-cluster-arn",
            "arn:aws:eks:eu-central-1:444444444444:cluster/backup",
        ),
        but("aws:SourceAccount", "444444444444"),
        pod.clone().without("aws:SourceAccount"),
        pod.clone().without("aws:RequestTag/kubernetes-namespace"),
        pod.clone().from("ec2.amazonaws.com"),
        pod.clone().from(ADMIN),
    ]);
    check("trust-pod-identity", &[pod], &kept_out);
}

#[test]
fn services_get_in_and_ecs_for_its_own_account_only() {
    let role = "arn:aws:iam::222222222222:role/Tool";
    let service = |name: &str| Call::of(name, role);
    let task = service("ecs-tasks.amazonaws.com")
        .with("aws:SourceAccount", "222222222222")
        .with(
            "aws:SourceArn",
            "arn:aws:ecs:eu-central-1:222222222222:task/backup/1",
        );
    let but = |key: &str, value: &str| task.clone().with(key, value);
    let mut kept_out = strangers(role);
    kept_out.extend([
        service("ecs-tasks.amazonaws.com"),
        but("aws:SourceAccount", "444444444444"),
        task.clone().without("aws:SourceAccount"),
        but(
            "aws:SourceArn",
            "arn:aws:ecs:eu-west-1:222222222222:task/backup/1",
        ),
        but(
            "aws:SourceArn",
            "arn:aws:ecs:eu-central-1:444444444444:task/backup/1",
        ),
        task.clone().without("aws:SourceArn"),
        service("ecs.amazonaws.com"),
        service("pods.eks.amazonaws.com"),
        service("lambda.amazonaws.com").with("aws:RequestTag/team", "dns"),
    ]);
    check(
        "trust-services",
        &[
            service("ec2.amazonaws.com"),
            service("lambda.amazonaws.com"),
            task,
        ],
        &kept_out,
    );
}

#[test]
fn people_get_in_by_their_saml_provider_and_the_tag_of_their_department() {
    let role = "arn:aws:iam::222222222222:role/Tool";
    let provider = "arn:aws:iam::222222222222:saml-provider/Okta";
    let person = Call::of(provider, role)
        .with("SAML:aud", "https://signin.aws.amazon.com/saml")
        .with("SAML:sub", "anna")
        .with("aws:RequestTag/department", "network");
    let but = |key: &str, value: &str| person.clone().with(key, value);
    let mut kept_out = strangers(role);
    kept_out.extend([
        but("SAML:aud", "https://example.com/saml"),
        person.clone().without("SAML:aud"),
        but("aws:RequestTag/department", "sales"),
        person.clone().without("aws:RequestTag/department"),
        person
            .clone()
            .from("arn:aws:iam::222222222222:saml-provider/okta"),
        person
            .clone()
            .from("arn:aws:iam::444444444444:saml-provider/Okta"),
        person
            .clone()
            .from("arn:aws:iam::222222222222:oidc-provider/Okta"),
        // A source identity was not asked for.
        but("sts:SourceIdentity", "anna"),
        person.clone().from(ADMIN),
    ]);
    check("trust-saml", &[person], &kept_out);
}

#[test]
fn certificates_get_in_by_their_fields_and_the_trust_anchor() {
    let role = "arn:aws:iam::222222222222:role/Tool";
    let anchor = "arn:aws:rolesanywhere:eu-central-1:222222222222:trust-anchor/11112222-3333-4444-5555-666677778888";
    let (name, unit) = (
        "aws:PrincipalTag/x509Subject/CN",
        "aws:PrincipalTag/x509Subject/OU",
    );
    // IAM Roles Anywhere passes the fields as session tags, and the common name as the source identity.
    let holder = Call::of("rolesanywhere.amazonaws.com", role)
        .with("aws:SourceArn", anchor)
        .with(name, "tool-1.example.com")
        .with(unit, "network-eu")
        .with("aws:RequestTag/x509Subject/CN", "tool-1.example.com")
        .with("sts:SourceIdentity", "CN=tool-1.example.com");
    let but = |key: &str, value: &str| holder.clone().with(key, value);
    let mut kept_out = strangers(role);
    kept_out.extend([
        but(name, "tool-3.example.com"),
        but(name, "tool-1.example.com.example.net"),
        but(unit, "sales"),
        holder.clone().without(name),
        holder.clone().without(unit),
        but(
            "aws:SourceArn",
            "arn:aws:rolesanywhere:eu-central-1:222222222222:trust-anchor/99992222-3333-4444-5555-666677778888",
        ),
        but(
            "aws:SourceArn",
            "arn:aws:rolesanywhere:eu-central-1:444444444444:trust-anchor/11112222-3333-4444-5555-666677778888",
        ),
        holder.clone().without("aws:SourceArn"),
        holder.clone().from("ec2.amazonaws.com"),
        holder.clone().from(ADMIN),
    ]);
    check(
        "trust-roles-anywhere",
        &[but(name, "tool-2.example.com"), holder],
        &kept_out,
    );
}

#[test]
fn each_of_several_principals_gets_in_on_its_own_terms_only() {
    let role = "arn:aws:iam::222222222222:role/CiDeploy";
    let ci = |id| {
        Call::of(CI, role)
            .sending(id)
            .with("aws:PrincipalOrgID", "o-a1b2c3d4e5")
    };
    let gitlab = |subject: &str| token(role, "gitlab.com", "https://gitlab.com", subject);
    let run = |subject: &str| {
        let audience = "aws.workload.identity";
        token(role, "app.terraform.io", audience, subject)
    };
    let realm = "login.example.com/realms/acme";
    let backup = |subject: &str| token(role, realm, "landgrant", subject);
    let let_in = [
        ci("acme-2025"),
        ci("acme-2026"),
        ci("acme-2026").with("aws:RequestTag/team", "dns"),
        gitlab("project_path:acme/infra:ref_type:branch:ref:main"),
        gitlab("project_path:acme/infra:ref_type:tag:ref:v1.2"),
        run("organization:acme:project:Network:workspace:dns:run_phase:apply"),
        run("organization:acme:project:Network:workspace:vpc-eu:run_phase:apply"),
        backup("service:backup"),
    ];
    let mut kept_out = strangers(role);
    kept_out.extend([
        ci("acme-2024"),
        Call::of(CI, role).with("aws:PrincipalOrgID", "o-a1b2c3d4e5"),
        ci("acme-2026").with("aws:PrincipalOrgID", "o-zzzzzzzzzz"),
        ci("acme-2026").without("aws:PrincipalOrgID"),
        ci("acme-2026").from("arn:aws:sts::111111111111:assumed-role/ci2/s"),
        ci("acme-2026").from("arn:aws:sts::444444444444:assumed-role/ci/s"),
        gitlab("project_path:acme/infra:ref_type:branch:ref:v1.2"),
        gitlab("project_path:acme/infra:ref_type:tag:ref:main"),
        gitlab("project_path:acme/infra2:ref_type:branch:ref:main"),
        run("organization:acme:project:Network:workspace:dns:run_phase:plan"),
        run("organization:acme:project:Other:workspace:dns:run_phase:apply"),
        run("organization:acme2:project:Network:workspace:dns:run_phase:apply"),
        backup("service:backup2"),
        // What one provider says counts for none of the others.
        token(
            role,
            realm,
            "landgrant",
            "project_path:acme/infra:ref_type:branch:ref:main",
        ),
        gitlab("service:backup"),
    ]);
    kept_out.extend(near(&let_in[3], "gitlab.com"));
    kept_out.extend(near(&let_in[5], "app.terraform.io"));
    kept_out.extend(near(&let_in[7], realm));
    check("trust-several", &let_in, &kept_out);
}

/// Whoever edits a rendered trust policy, in either format, is found out before it is written or reviewed.
#[test]
fn no_edit_of_a_rendered_trust_policy_is_taken() {
    let mut edits = 0;
    for (case, from, to) in [
        ("trust-vendor", "777777777777", "444444444444"),
        ("trust-vendor", "sts:ExternalId", "sts:externalId2"),
        ("trust-pending", "Deny", "Allow"),
        ("trust-github", "infra:environment", "*:environment"),
        ("trust-github", "\"sts.amazonaws.com\"", "\"*\""),
        ("trust-github", "StringLike", "StringNotLike"),
        ("trust-github", "Federated", "AWS"),
        (
            "trust-eks",
            "system:serviceaccount:velero:",
            "system:serviceaccount:*:",
        ),
        ("trust-eks", "sts:AssumeRoleWithWebIdentity", "sts:*"),
        (
            "trust-eks",
            "EXAMPLED539D4633E53DE1B716D3041E:sub",
            "EXAMPLED539D4633E53DE1B716D3041E:aud",
        ),
        ("trust-pod-identity", "aws:SourceAccount", "aws:SourceVpc"),
        (
            "trust-pod-identity",
            "sts:TagSession",
            "sts:SetSourceIdentity",
        ),
        (
            "trust-services",
            "lambda.amazonaws.com",
            "glue.amazonaws.com",
        ),
        (
            "trust-services",
            "ecs-tasks.amazonaws.com",
            "ec2.amazonaws.com",
        ),
        ("trust-saml", "saml-provider/Okta", "saml-provider/Other"),
        ("trust-saml", "department", "departments"),
        ("trust-roles-anywhere", "trust-anchor/1", "trust-anchor/2"),
        ("trust-roles-anywhere", "tool-2", "tool-*"),
        ("trust-roles-anywhere", "PrincipalTag", "RequestTag"),
        ("trust-several", "acme-2025", "acme-2024"),
        ("trust-several", "run_phase:apply", "run_phase:*"),
        ("trust-several", "o-a1b2c3d4e5", "o-zzzzzzzzzz"),
    ] {
        let built = pipeline::fixture(case);
        for (path, text) in &built.files {
            let is_role = ["modules/target-role/main.tf", "cloudformation/target.yaml"]
                .iter()
                .any(|end| path.as_str().ends_with(end));
            // What is behind the trust policy is no part of it.
            let end = text
                .find("Policies:")
                .or(text.find("\n}\n"))
                .unwrap_or(text.len());
            if !is_role || !text[..end].contains(from) {
                continue;
            }
            edits += 1;
            let mut files = built.files.clone();
            let edited = format!("{}{}", text[..end].replace(from, to), &text[end..]);
            files.insert(path.as_str(), edited);
            let read = landgrant::readback::verify(&built.plan, &files);
            assert!(read.is_err(), "{case}: {from} became {to} in {path}");
        }
    }
    assert!(edits > 30, "{edits} edits");
}
