//! Permissions to create roles without the related actions.

use crate::lint::{Context, Finding, Rule};
use crate::model::LintLevel;

pub(super) const RULE: Rule = Rule {
    code: "incomplete-role",
    level: LintLevel::Note,
    summary: "roles can be created that can do nothing, or cannot be deleted",
    page: include_str!("incomplete_role.md"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for principal in context.principals() {
        let has = |actions: &[&str]| actions.iter().any(|action| principal.has(action));
        let mut missing = Vec::new();
        if !has(&["iam:AttachRolePolicy", "iam:PutRolePolicy"]) {
            missing.push("give them permissions");
        }
        if !has(&["iam:DeleteRole"]) {
            missing.push("delete them");
        }
        let making = principal
            .grants
            .iter()
            .filter(|granted| granted.grants("iam:CreateRole"));
        for granted in making.filter(|_| !missing.is_empty()) {
            findings.push(granted.finding(
                format!(
                    "roles can be created, but nothing can {}",
                    missing.join(" or ")
                ),
                "a role without permissions is useless, and one that nobody can delete remains",
                "ask the vendor whether the list is complete, or what the role is for",
            ));
        }
    }
    findings
}
