//! Roles that a principal of another account can assume without an external id.

use std::collections::BTreeSet;

use crate::lint::{Context, Finding, Holder, Rule};
use crate::model::{ExternalIdSupport, LintLevel, TrustKind};
use crate::plan::OutsideIdentity;
use crate::resolve::{ExternalIds, Trusted};

pub(super) const RULE: Rule = Rule {
    code: "missing-external-id",
    level: LintLevel::Warn,
    summary: "a third party is trusted without an external id",
    page: include_str!("missing_external_id.md"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let resolved = context.resolved;
    let outside = context.plan.trusted_outside();
    let is_outsider = |one: &&OutsideIdentity| one.is_elsewhere && one.kind == TrustKind::Principal;
    let (Some(principal), 1) = (outside.iter().find(is_outsider), outside.len()) else {
        return Vec::new();
    };
    let can_send = resolved
        .products
        .iter()
        .all(|product| product.catalog.access.external_id != ExternalIdSupport::Unsupported);
    let in_trust = |trusted: &Trusted| matches!(&trusted.external_ids, ExternalIds::These(ids) if !ids.is_empty());
    if !can_send
        || resolved
            .roles
            .iter()
            .flat_map(|role| &role.trust)
            .any(in_trust)
    {
        return Vec::new();
    }
    let account = &principal.account;
    resolved
        .targets
        .iter()
        .enumerate()
        .filter(|(_, target)| target.external_id.is_none())
        .map(|(number, target)| Finding {
            span: target.span,
            asked: Vec::new(),
            subject: target.account.to_string(),
            limits: String::new(),
            holders: BTreeSet::from([Holder::Target(number)]),
            message: format!("{} trusts {account} without an external id", target.account),
            why: "if that account acts for others too, one of them can have it act here (the confused deputy)".to_owned(),
            help: "if the account is another company's, add `external_id:` to the deployment, under `trust`, with the value that its product shows".to_owned(),
        })
        .collect()
}
