//! What a deployment needs beside its own units: what has to be there before, whom to let in afterwards, and how the role of
//! a target that leaves is taken away.

use std::collections::BTreeSet;

use super::step::{EACH, STEPS, Step};
use crate::model::{AccountId, CloudFormationShape, EC2, Saying, TerraformShape, TrustKind};
use crate::plan::{OutsideIdentity, Plan, TargetPlan, Trusted};

/// What has to be there before all else: the policies that are permissions boundaries. Nothing here makes them, so each
/// is looked up.
pub(super) fn boundary_steps(plan: &Plan) -> impl Iterator<Item = Step> {
    plan.boundaries().into_iter().map(|(arn, accounts)| {
        let arn = arn.text().anywhere(plan.partition);
        let in_each = arn.contains("${account}");
        let arn = arn.replace("${account}", EACH);
        Step {
            what: Saying::new(STEPS, "boundary").with("arn", &arn),
            place: match accounts.as_slice() {
                [one] if !in_each => Saying::new(STEPS, "in_account").with("account", one),
                _ => Saying::new(STEPS, "in_each_bounded"),
            },
            accounts,
            in_each,
            commands: vec![format!("aws iam get-policy --policy-arn {arn}")],
            undo: Vec::new(),
            notes: vec![Saying::new(STEPS, "note_boundary")],
        }
    })
}

/// The identity providers that the roles trust, which nothing here makes either.
pub(super) fn provider_steps(plan: &Plan) -> Vec<Step> {
    let made = plan.made_providers();
    let all: BTreeSet<&AccountId> = plan.targets.iter().map(|target| &target.account).collect();
    let federated = plan.trusted_outside().into_iter().filter_map(|identity| {
        let (_, kind) = identity.principal.rsplit_once(':')?;
        let command = match kind.split('/').next()? {
            "oidc-provider" => "get-open-id-connect-provider --open-id-connect-provider-arn",
            "saml-provider" => "get-saml-provider --saml-provider-arn",
            _ => return None,
        };
        let issuer = identity.principal.split_once(":oidc-provider/");
        let is_made = |account| issuer.is_some_and(|(_, one)| made.contains(&(account, one)));
        let arn = identity.principal.replace("${account}", EACH);
        let targets = plan.targets.iter().filter(|target| {
            let role = &plan.roles[target.role];
            let mut trusted = plan.trusted_by(role).into_iter();
            let trusts = trusted.any(
                |one| matches!(one, Trusted::Outside(one) if one.principal == identity.principal),
            );
            trusts && !is_made(&target.account)
        });
        let mut accounts: Vec<String> = targets.map(|target| target.account.to_string()).collect();
        accounts.dedup();
        if accounts.is_empty() {
            return None;
        }
        let place = match accounts.len() == all.len() {
            true => "in_each",
            false => "in_each_trusting",
        };
        Some(Step {
            what: Saying::new(STEPS, "provider").with("arn", &arn),
            place: Saying::new(STEPS, place),
            accounts,
            in_each: true,
            commands: vec![format!("aws iam {command} {arn}")],
            undo: Vec::new(),
            notes: ["note_provider"]
                .into_iter()
                .chain(issuer.map(|_| "note_provider_left"))
                .map(|note| Saying::new(STEPS, note))
                .collect(),
        })
    });
    let mut steps: Vec<Step> = Vec::new();
    for step in federated {
        if !steps.contains(&step) {
            steps.push(step);
        }
    }
    steps
}

/// What is left to do, so that whoever the roles trust gets in; nothing where naming it is enough.
pub fn admissions(plan: &Plan) -> Vec<String> {
    let identities = plan.trusted_outside();
    identities
        .iter()
        .filter_map(|identity| admission(plan, identity))
        .collect()
}

fn admission(plan: &Plan, identity: &OutsideIdentity) -> Option<String> {
    let OutsideIdentity {
        kind,
        principal,
        account,
        is_elsewhere,
    } = identity;
    match kind {
        TrustKind::Principal => principal_admission(plan, principal, account, *is_elsewhere),
        TrustKind::Vendor(title) => Some(format!(
            "Tell {title} the ARNs of the roles. Its vendor's account is trusted already: there is nothing to allow on your \
             side."
        )),
        TrustKind::Nobody => Some(
            "Nobody can assume the roles yet. Give the vendor their ARNs, then write the principal and the external id that it \
             shows under `trust`, render and deploy again."
                .to_owned(),
        ),
        TrustKind::Federated { provider, .. } => Some(format!(
            "Tell {provider} which role to assume, by its ARN. The role lets in what its trust policy names, and nobody has to \
             be allowed anything else."
        )),
        TrustKind::Service(name) if EC2.contains(&name.as_str()) => Some(
            "Start instances with the instance profile that has the role's name. Whoever does that needs iam:PassRole on the \
             role."
                .to_owned(),
        ),
        TrustKind::Service(name) => Some(format!(
            "Give the role to {name} where it is to work with it. Whoever does that needs iam:PassRole on the role."
        )),
        TrustKind::Certificate { .. } => Some(
            "Name the roles in a profile of IAM Roles Anywhere, which the holders of the certificates use.".to_owned(),
        ),
    }
}

fn principal_admission(
    plan: &Plan,
    arn: &str,
    account: &str,
    is_elsewhere: bool,
) -> Option<String> {
    if is_elsewhere {
        return Some(format!(
            "The roles trust {arn}, of the account {account}, which is none of this deployment's. If that is the vendor's \
             account, there is nothing to allow on your side: tell the vendor the ARNs of the roles. If it is one of yours, \
             allow the principal there to call sts:AssumeRole on the roles."
        ));
    }
    if arn.ends_with(":root") {
        return Some(format!(
            "Allow the principals of {account} that shall get in to call sts:AssumeRole on the roles, which trust that whole \
             account."
        ));
    }
    let own = |target: &TargetPlan| target.account.as_str() == account;
    if plan.targets.iter().all(own) {
        return None;
    }
    let beside = match plan.targets.iter().any(own) {
        true => format!(" The role in {account} names it, which is enough within an account."),
        false => String::new(),
    };
    Some(format!(
        "Allow {arn} to call sts:AssumeRole on the roles: a principal of another account needs it on both sides.{beside}"
    ))
}

/// How the role of a target is taken away that the deployment no longer has.
pub(super) fn leaving(plan: &Plan, format: &str) -> &'static str {
    const LAST: &str = "A target that the deployment no longer has is destroyed with the files of the commit that still had it.";
    const NEXT: &str = "The stack of a target that the deployment no longer has is deleted by the next step for the stack sets.";
    match (format, plan.terraform_shape, plan.cloudformation_shape) {
        ("Terraform", TerraformShape::Roots, _)
        | ("CloudFormation", _, CloudFormationShape::Stacks) => LAST,
        ("Terraform", TerraformShape::SingleRoot, _) => {
            "The role of a target that the deployment no longer has is destroyed by the next apply, which needs the target's \
             `provider` block for that: copy it from `terraform/root/providers.tf` of the commit that still had it into \
             `terraform/root/leaving.tf`, apply, and delete that file."
        }
        ("Terraform", TerraformShape::Tofu, _) => {
            "The role of a target that the deployment no longer has is destroyed by an apply with the variable \
             `leaving_accounts`, as said above."
        }
        _ => NEXT,
    }
}
