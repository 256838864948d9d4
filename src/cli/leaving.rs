//! The steps that remain for targets that were removed from the deployment: their roles still exist in AWS.

use camino::Utf8Path;

use super::shell;
use super::stages::Rendered;
use crate::model::{AccountId, CloudFormationShape, StackSetPermissions, TerraformShape};
use crate::plan::Plan;
use crate::render::{execution_role_stack, one_root_dir, stack_name, target_dir, template_of};
use crate::write::Report;

/// Steps, with a command if there is one. A target with files of its own is destroyed with these files; one that was
/// part of a root module or a stack set is destroyed by applying that.
pub(super) fn steps(one: &Rendered, report: &Report) -> Vec<(String, Option<String>)> {
    let (plan, out) = (&one.plan, &one.out);
    let (own, parts): (Vec<&AccountId>, Vec<&AccountId>) = one
        .removed
        .iter()
        .partition(|account| report.deleted.iter().any(|path| is_of(path, account)));
    let mut steps = Vec::new();
    if let Some(first) = own.first() {
        steps.push((
            format!(
                "Destroy the roles that are not rendered any more, with the files of the last commit; AWS still has them in: {}. The first:",
                list(&own)
            ),
            Some(destroy(one, first, report)),
        ));
    }
    steps.extend(removed_roles(one));
    if parts.is_empty() {
        return steps;
    }
    let accounts = list(&parts);
    match (plan.terraform, plan.terraform_shape) {
        (true, TerraformShape::SingleRoot) => {
            let root = out.join(one_root_dir());
            steps.push((
                format!(
                    "Keep the providers of the targets that left for one apply, or Terraform refuses it: copy each one's `provider` block from the last commit's providers.tf into {root}/leaving.tf. AWS still has their roles in: {accounts}. Delete leaving.tf when the apply of the next step is done."
                ),
                Some(format!("git show {}", shell::word(&format!("HEAD:./{root}/providers.tf")))),
            ));
        }
        (true, TerraformShape::Tofu) => {
            let ids: Vec<String> = parts.iter().map(|account| format!("\"{account}\"")).collect();
            let root = out.join(one_root_dir());
            let root = shell::word(root.as_str());
            steps.push((
                format!(
                    "Apply once with the variable that keeps the providers of the targets that left, or OpenTofu refuses it. AWS still has their roles in: {accounts}. Leave the variable out from then on."
                ),
                Some(format!(
                    "tofu -chdir={root} init && tofu -chdir={root} apply -var 'leaving_accounts=[{}]'",
                    ids.join(",")
                )),
            ));
        }
        _ if has_stack_sets(plan) => {
            let mut text = format!(
                "AWS still has the roles that are not rendered any more in: {accounts}. The step for the stack sets deletes their stacks."
            );
            let own_roles = plan.stack_sets.as_ref().is_some_and(|sets| {
                matches!(sets.permissions, StackSetPermissions::SelfManaged { .. })
            });
            if own_roles {
                text.push_str(&format!(
                    " When it is done, and not before, delete the stack {} in each.",
                    execution_role_stack(plan)
                ));
            }
            steps.push((text, None));
        }
        // The folder had no files of these targets, for example because they were deleted by hand.
        _ => steps.push((
            format!(
                "Destroy the roles that are not rendered any more, with the files of the commit that still had them; AWS still has them in: {accounts}."
            ),
            None,
        )),
    }
    steps
}

/// Roles that left accounts which stay. The root module of an account and a stack set destroy them; a stack of their own has
/// to be deleted.
fn removed_roles(one: &Rendered) -> Vec<(String, Option<String>)> {
    let plan = &one.plan;
    let own_stacks =
        plan.cloudformation.is_some() && plan.cloudformation_shape == CloudFormationShape::Stacks;
    let stays = |account: &&AccountId| !one.removed.contains(account);
    let roles = one.removed_roles.iter().filter(|_| own_stacks);
    let step = |(role, accounts): (&String, &Vec<AccountId>)| {
        let accounts: Vec<&AccountId> = accounts.iter().filter(stays).collect();
        accounts.first()?;
        let with = match plan.terraform {
            true => "With CloudFormation, delete",
            false => "Delete",
        };
        Some((
            format!(
                "{with} the stack of the role that is not rendered any more, in {}. AWS still has the role there:",
                list(&accounts)
            ),
            Some(delete_stack(plan, role)),
        ))
    };
    roles.filter_map(step).collect()
}

/// The command that deletes the stack of a role, by what the deployment called it.
fn delete_stack(plan: &Plan, role: &str) -> String {
    let stack = stack_name(&plan.name, Some(role).filter(|role| !role.is_empty()));
    format!("aws cloudformation delete-stack --stack-name {stack}")
}

fn has_stack_sets(plan: &Plan) -> bool {
    match plan.terraform {
        true => plan.terraform_shape == TerraformShape::Stackset,
        false => plan.cloudformation_shape == CloudFormationShape::Stackset,
    }
}

/// Whether a file belongs to the root module of an account, or has the parameters of its stack.
fn is_of(path: &Utf8Path, account: &AccountId) -> bool {
    let folder = path.parent().and_then(Utf8Path::file_name);
    let parameters = folder.and_then(template_of).is_some();
    path.starts_with(target_dir(account))
        || (parameters && path.file_stem() == Some(account.as_str()))
}

fn list(accounts: &[&AccountId]) -> String {
    let accounts: Vec<&str> = accounts.iter().map(|account| account.as_str()).collect();
    accounts.join(", ")
}

/// The step that destroys the role of a removed target. Its files exist only in the last commit.
fn destroy(one: &Rendered, account: &AccountId, report: &Report) -> String {
    let (plan, out) = (&one.plan, &one.out);
    let root = target_dir(account);
    let by_root = report.deleted.iter().any(|path| path.starts_with(&root));
    let root = out.join(root);
    let root = shell::word(root.as_str());
    match plan.terraform && by_root {
        true => format!(
            "git worktree add --detach ../before HEAD\n\
             cd \"../before/$(git rev-parse --show-prefix)\"{root}\n\
             terraform init && terraform destroy\n\
             cd - && git worktree remove --force ../before"
        ),
        false => {
            let roles = one.removed_roles.iter();
            let of_account = roles.filter(|(_, accounts)| accounts.contains(account));
            let stacks = of_account.map(|(role, _)| delete_stack(plan, role));
            stacks.collect::<Vec<_>>().join("\n")
        }
    }
}
