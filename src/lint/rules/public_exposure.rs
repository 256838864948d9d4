//! Actions that change resource policies or make resources public.

use crate::lint::sensitive::EXPOSURE;
use crate::lint::{Context, Finding, Rule};
use crate::model::LintLevel;

pub(super) const RULE: Rule = Rule {
    code: "public-exposure",
    level: LintLevel::Warn,
    summary: "can open resources to others",
    page: include_str!("public_exposure.md"),
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    context.listed(
        EXPOSURE,
        "can open resources to others",
        "access that is given to outsiders this way stands in no IAM policy of the account",
        [
            "limit it by a `scope`, or forbid outsiders by a policy of the organization",
            "omit it if the product works without, or forbid outsiders by a policy of the organization",
        ],
    )
}
