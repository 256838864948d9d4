//! Roles that a principal of another account can assume without an external id.

use std::collections::BTreeSet;

use crate::lint::{Context, Finding, Holder, Rule};
use crate::model::{ExternalIdSupport, LintLevel, TrustKind};
use crate::resolve::ExternalIds;

pub(super) const RULE: Rule = Rule {
    code: "missing-external-id",
    level: LintLevel::Warn,
    summary: "a third party is trusted without an external id",
    page: include_str!("missing_external_id.md"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let targets = context.resolved.targets.iter().enumerate();
    let found = targets.flat_map(|(number, target)| {
        let role = &context.resolved.roles[target.role];
        let products = context.resolved.products.iter();
        let can_send = products
            .filter(|product| product.role == target.role)
            .all(|one| one.catalog.access.external_id != ExternalIdSupport::Unsupported);
        let without = role.trust.iter().filter(|trusted| match &trusted.external_ids {
            _ if trusted.asks_for("sts:ExternalId") => false,
            ExternalIds::OfTarget => target.external_id.is_none(),
            ExternalIds::These(ids) => ids.is_empty(),
        });
        let accounts: BTreeSet<String> = without
            .filter(|_| can_send)
            .flat_map(|trusted| context.plan.outside(trusted))
            .filter(|one| one.is_elsewhere)
            .filter(|one| matches!(one.kind, TrustKind::Principal | TrustKind::Vendor(_)))
            .map(|one| one.account)
            .collect();
        accounts.into_iter().map(move |account| Finding {
            span: target.span,
            asked: Vec::new(),
            subject: target.account.to_string(),
            limits: String::new(),
            holders: BTreeSet::from([Holder::Target(number)]),
            message: format!("{} trusts {account} without an external id", target.account),
            why: "if that account acts for others too, one of them can have it act here (the confused deputy)".to_owned(),
            help: "if the account is another company's, add `external_id:` to the deployment, under `trust`, with the value that its product shows".to_owned(),
        })
    });
    found.collect()
}
