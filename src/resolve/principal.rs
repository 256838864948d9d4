//! What stands at `principal` of a trust: what is meant by a text that is no principal, and ARNs of whole accounts.

use super::Hub;
use super::sink::Sink;
use crate::diag::{Diagnostic, Span, did_you_mean};
use crate::model::{AccountId, ArnPattern, Partition, Text};

/// What is to be written instead of what stands at `principal` and is none.
pub(super) fn meant(text: &str, partition: Partition) -> Option<String> {
    if let Some(near) = did_you_mean(text, ["account", "user", "vendor", "pending"]) {
        return Some(format!("did you mean `{near}`?"));
    }
    let provider = |kind: &str| Some(text.split_once(kind)?.1);
    if AccountId::parse(text).is_ok() {
        Some(format!(
            "write the account as an ARN: `arn:{partition}:iam::{text}:root`"
        ))
    } else if text.ends_with(".amazonaws.com") {
        Some(format!("write `service: {text}` instead of `principal`"))
    } else if let Some(name) = provider(":saml-provider/") {
        Some(format!("write `saml: {name}` instead of `principal`"))
    } else if provider(":oidc-provider/").is_some() {
        Some("write `github`, `gitlab`, `terraform_cloud`, `eks` or `web_identity` instead of `principal`".to_owned())
    } else {
        None
    }
}

/// A whole account is trusted by `principal: account`, narrowed to its user; one of somebody else needs a second lock.
pub(super) fn refuse_whole_account(
    sink: &mut Sink,
    arn: &ArnPattern,
    hub: Option<&Hub>,
    locked: bool,
    span: Span,
) {
    if !arn.text().pattern().ends_with(":root") {
        return;
    }
    let own = hub.is_some_and(|hub| *arn.text() == Text::iam_arn(&hub.account, "root", "", ""));
    if own {
        sink.push(
            Diagnostic::error("whole-account", span, "this is the whole hub account")
                .why("every principal of it that is allowed to assume roles could take these")
                .help("write `principal: account`, which narrows it to the hub's user; `restrict_to_user: false` leaves it wide"),
        );
    } else if !locked {
        sink.push(
            Diagnostic::error(
                "whole-account",
                span,
                "the roles would trust a whole account, without an external id",
            )
            .why("every principal of it that is allowed to assume roles could take these")
            .help(
                "name one role or user of it; or ask for an external id with `trust.external_id`, if the product can send one",
            ),
        );
    }
}
