//! Roles that an outsider assumes without an external id.

use crate::lint::{Context, Finding, Rule};
use crate::model::{ExternalIdSupport, LintLevel};

pub(super) const RULE: Rule = Rule {
    code: "missing-external-id",
    level: LintLevel::Warn,
    summary: "a third party is trusted without an external id",
    page: include_str!("missing_external_id.md"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let resolved = context.resolved;
    let Some(principal) = context.plan.trusted_existing() else {
        return Vec::new();
    };
    let can_send = resolved
        .products
        .iter()
        .all(|product| product.catalog.access.external_id != ExternalIdSupport::Unsupported);
    if !can_send || !principal.is_elsewhere {
        return Vec::new();
    }
    let account = &principal.account;
    resolved
        .targets
        .iter()
        .filter(|target| target.external_id.is_none())
        .map(|target| Finding {
            span: target.span,
            asked: None,
            subject: target.account.to_string(),
            limits: String::new(),
            accounts: Vec::new(),
            message: format!("{} trusts {account} without an external id", target.account),
            why: "if that account acts for others too, one of them can have it act here (the confused deputy)".to_owned(),
            help: "if the account is another company's, add `external_id:` to the deployment, under `trust`, with the value that its product shows".to_owned(),
        })
        .collect()
}
