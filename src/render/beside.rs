//! What a deployment needs beside its own units: what has to be there before, whom to let in afterwards, and how the role of
//! a target that leaves is taken away.

use super::step::{EACH, STEPS, Step};
use crate::model::{CloudFormationShape, Saying, TerraformShape};
use crate::plan::{ExistingPrincipal, Plan, TargetPlan};

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

/// What is left to do, so that a principal which is there already gets in; nothing where the roles of its own account name
/// it, which is enough there.
pub fn admission(plan: &Plan) -> Option<String> {
    let ExistingPrincipal {
        arn,
        account,
        is_elsewhere,
    } = plan.trusted_existing()?;
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
