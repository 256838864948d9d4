//! Actions that return or create credentials.

use crate::lint::sensitive::CREDENTIALS;
use crate::lint::{Context, Finding, Rule};
use crate::model::LintLevel;

pub(super) const RULE: Rule = Rule {
    code: "credential-exposure",
    level: LintLevel::Warn,
    summary: "returns something to sign in with",
    page: include_str!("credential_exposure.md"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    context.listed(
        CREDENTIALS,
        "return something to sign in with",
        "what is handed out can be used elsewhere, and long after the product's own access has ended",
        [
            "omit it if the product works without, or limit it by a `scope`",
            "omit it if the product works without",
        ],
    )
}
