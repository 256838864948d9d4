//! What stands at `principal` of a trust: what is meant by a text that is no principal, and ARNs of whole accounts.

use super::Hub;
use super::bind::BoundProduct;
use super::sink::Sink;
use crate::diag::{Diagnostic, Span, did_you_mean};
use crate::model::{AccountId, ArnPattern, Family, Operator, Partition, Text};

/// What is to be written instead of what stands at `principal` and is none.
pub(super) fn meant(text: &str, partition: Partition, products: &[BoundProduct]) -> Option<String> {
    if let Some(near) = did_you_mean(text, ["account", "user", "vendor", "pending"]) {
        return Some(format!("did you mean `{near}`?"));
    }
    let provider = |kind: &str| Some(text.split_once(kind)?.1);
    let of_vendor = products.iter().find(|product| {
        let mut vendor = product.catalog.access.vendor.iter();
        vendor.any(|vendor| {
            let mut principals = vendor.in_partition(partition).iter();
            principals.any(|one| one == text || one.split(':').nth(4) == Some(text))
        })
    });
    if let Some(product) = of_vendor {
        Some(format!(
            "write `principal: vendor`: the catalog says that the vendor of {} works from this account",
            product.catalog.title
        ))
    } else if AccountId::parse(text).is_ok() {
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

/// Condition keys, in lower case, that tell who of an account it is, what only the right one knows, or where it comes from.
const TELLING: &[&str] = &[
    "aws:principalarn",
    "aws:sourceip",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "aws:username",
    "sts:externalid",
];

/// Operators for what tells callers apart.
const COMPARING: &[Family] = &[Family::Arn, Family::IpAddress, Family::String];

/// Whether conditions, each by operator, key and values, tell the principals of one account apart: one has to name such a
/// key, and hold for some of its values only.
pub(super) fn tell_apart<'a>(
    each: impl Iterator<Item = (&'a String, &'a String, Vec<String>)>,
) -> bool {
    ask_for(each, |key, family| {
        let tells = TELLING.contains(&key) || key.starts_with("aws:principaltag/");
        tells && COMPARING.contains(&family)
    })
}

/// Whether one of some conditions holds only for certain values of a wanted key, which is in lower case.
pub(super) fn ask_for<'a>(
    mut each: impl Iterator<Item = (&'a String, &'a String, Vec<String>)>,
    is_wanted: impl Fn(&str, Family) -> bool,
) -> bool {
    each.any(|(operator, key, values)| {
        let key = key.to_lowercase();
        Operator::parse(operator)
            .is_ok_and(|one| one.asks_for(&values) && is_wanted(&key, one.family))
            && !values.iter().any(|value| is_anybody(&key, value))
    })
}

/// Whether a value of such a key, in lower case, holds for everybody, or for all users or all roles.
fn is_anybody(key: &str, value: &str) -> bool {
    let is_open = |text: &str| !text.bytes().any(|byte| byte.is_ascii_alphanumeric());
    match key {
        "aws:principalarn" => match value.split_once('/') {
            Some((_, name)) => is_open(name),
            None => !value.ends_with(":root"),
        },
        // A kind of four letters and an id. What follows the colon is the session's name, which callers choose.
        "aws:userid" => {
            let id = value.split(':').next().unwrap_or_default();
            id.find(['*', '?']).unwrap_or(id.len()) <= 4
        }
        // A few ranges so wide are all addresses.
        "aws:sourceip" => value
            .rsplit_once('/')
            .is_some_and(|(_, bits)| bits.parse().is_ok_and(|bits: u8| bits < 8)),
        // An id is a random number: what begins so is anybody's.
        "aws:sourcevpc" | "aws:sourcevpce" => value.contains(['*', '?']),
        "aws:multifactorauthpresent" => value != "true",
        _ => is_open(value),
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
                "name one role or user of it; or ask for an external id with `trust.external_id`, if the product can send one; or add a condition that says who, such as `ArnLike` on `aws:PrincipalArn`",
            ),
        );
    }
}
