//! Roles that trust a whole account.

use std::collections::BTreeSet;

use crate::lint::{Context, Finding, Holder, Rule};
use crate::model::LintLevel;
use crate::resolve::{Trusted, TrustedPrincipal};

pub(super) const RULE: Rule = Rule {
    code: "trust-without-restriction",
    level: LintLevel::Warn,
    summary: "more principals are trusted than necessary",
    page: include_str!("trust_without_restriction.md"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let resolved = context.resolved;
    let wide = |trusted: &&Trusted| {
        matches!(
            trusted.principal,
            TrustedPrincipal::Account {
                restrict_to_user: false
            }
        ) && !trusted.tells_apart()
            && !trusted.asks_for("aws:MultiFactorAuthPresent")
    };
    let Some(hub) = &resolved.hub else {
        return Vec::new();
    };
    let who = hub.account.to_string();
    let roles = resolved.roles.iter().enumerate();
    let wide = roles.filter_map(|(number, role)| Some((number, role.trust.iter().find(wide)?)));
    wide.map(|(number, wide)| Finding {
        span: wide.span,
        asked: Vec::new(),
        subject: who.clone(),
        limits: String::new(),
        holders: BTreeSet::from([Holder::Role(number)]),
        message: format!("every principal of {who} that may call sts:AssumeRole can assume the roles"),
        why: "whoever administers that account decides who can assume the roles, including users created later".to_owned(),
        help: "name the hub's `user`, and delete `restrict_to_user: false`".to_owned(),
    })
    .collect()
}
