//! Looks actions up in the AWS service reference: their spelling, and the resources they can be granted on.

use super::catalog::EntryResource;
use super::sink::Sink;
use crate::diag::{Diagnostic, Span};
use crate::model::{Action, ArnPattern, Refusal, shown};
use crate::reference::{ActionFacts, Meant, Reference};

/// What to do about an action that AWS does not have, in a deployment and in a catalog.
pub(super) const NEWER: &str =
    "if it is newer than this release's data, add it with `--reference FILE`";
pub(super) const NEWER_OR_INERT: &str = "if it is newer than this release's data, add it with `--reference FILE`; if the vendor lists it and AWS does not have it, say why with `inert:`";

/// The action as AWS spells it, or nothing and a diagnostic where AWS has no such action. A name that only the newer
/// cross-check knows stays as it is written, since that source has no spelling.
pub(super) fn canonical(
    sink: &mut Sink,
    written: &str,
    span: Span,
    (reference, newer): (&Reference, &str),
) -> Option<Action> {
    let parsed = Action::parse(written).map_err(|refusal| with_prefix(refusal, written, reference));
    let action = sink.take("bad-action", span, parsed)?;
    if action.as_str() == "*" {
        return Some(action);
    }
    let known = reference.expand(action.as_str());
    let Some(first) = known.first() else {
        // Suggesting goes through the reference, and of too many faults none is told.
        if !sink.is_full() {
            sink.push(unknown(&action, span, (reference, newer)));
        }
        return None;
    };
    let text = match action.has_wildcard() {
        true => canonical_wildcard(&action, &known),
        false if first.verified() => first.canonical(),
        false => return Some(action),
    };
    Action::parse(&text).ok()
}

/// What to write instead of a name without a prefix, where one service has an action of that name.
fn with_prefix(mut refusal: Refusal, written: &str, reference: &Reference) -> Refusal {
    if let Some((prefix, name)) = written.split_once('.')
        && let Some(facts) = reference.action(&format!("{prefix}:{name}"))
    {
        refusal.help = format!("write `{}`", facts.canonical());
    } else if written.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && let Some(hint) = reference.meant(written).hint()
    {
        refusal.help = hint;
    }
    refusal
}

/// What stands before the first wildcard, as AWS spells it in every action that the wildcard stands for.
fn canonical_wildcard(action: &Action, known: &[ActionFacts<'_>]) -> String {
    let text = action.as_str();
    let end = text.find(['*', '?']).unwrap_or(text.len());
    let mut spellings = known
        .iter()
        .filter(|facts| facts.verified())
        .filter_map(|facts| facts.canonical().get(..end).map(str::to_owned));
    match spellings.next() {
        Some(first) if spellings.all(|other| other == first) => format!("{first}{}", &text[end..]),
        _ => text.to_owned(),
    }
}

fn unknown(action: &Action, span: Span, (reference, newer): (&Reference, &str)) -> Diagnostic {
    let diagnostic = if reference.service(action.service()).is_none() {
        Diagnostic::error(
            "unknown-action",
            span,
            format!(
                "AWS has no service with the prefix {}",
                shown(action.service())
            ),
        )
    } else if action.has_wildcard() {
        Diagnostic::error(
            "unknown-action",
            span,
            format!("no action of AWS matches {}", shown(action.as_str())),
        )
    } else {
        Diagnostic::error(
            "unknown-action",
            span,
            format!("AWS has no action {}", shown(action.as_str())),
        )
    };
    let meant = match action.has_wildcard() {
        true => Meant::Actions(Vec::new()),
        false => reference.meant(action.as_str()),
    };
    diagnostic
        .why("IAM accepts a policy with an action that does not exist, and it silently has no effect")
        .help(match (&meant, meant.hint()) {
            (Meant::Operation(_), Some(hint)) => hint,
            (_, Some(hint)) => format!("{hint} {newer}"),
            (_, None) => newer.to_owned(),
        })
}

/// The resources that an action can be granted on, if some of those asked for is one of them: `own-user` and
/// `own-groups` become whichever of the two the action takes. Otherwise a diagnostic, since the grant would never
/// allow anything.
pub(super) fn supported(
    sink: &mut Sink,
    action: &Action,
    resource: EntryResource,
    filled: &[ArnPattern],
    span: Span,
    reference: &Reference,
) -> EntryResource {
    let facts = reference.expand(action.as_str());
    if matches!(resource, EntryResource::OwnUser | EntryResource::OwnGroups) {
        let takes = |name: &str| {
            facts.iter().any(|facts| {
                facts.service().prefix() == "iam"
                    && facts
                        .resources()
                        .any(|resource| resource.resource_type().name() == name)
            })
        };
        return match (takes("user"), takes("group"), &resource) {
            (true, _, EntryResource::OwnUser) | (true, false, _) => EntryResource::OwnUser,
            (_, true, _) => EntryResource::OwnGroups,
            (false, false, _) => {
                sink.push(
                    Diagnostic::error(
                        "misplaced-resource",
                        span,
                        format!("{action} takes neither a user nor a group"),
                    )
                    .why("AWS would compare the user's ARN with a resource that the action never has, and silently deny")
                    .help(takes_help(&facts)),
                );
                resource
            }
        };
    }
    if let EntryResource::Arns(written) = &resource
        && let Some(refused) = refused(action, written, filled, &facts, span)
    {
        sink.push(refused);
    }
    resource
}

/// The fault of resources none of which any of the actions takes. They are named as they are `written`.
pub(super) fn refused(
    action: &Action,
    written: &[String],
    resources: &[ArnPattern],
    facts: &[ActionFacts<'_>],
    span: Span,
) -> Option<Diagnostic> {
    let fits = resources.is_empty()
        || facts.is_empty()
        || facts
            .iter()
            .any(|facts| resources.iter().any(|arn| facts.takes(arn)));
    if fits {
        return None;
    }
    let first = written.first()?;
    let what = if facts.iter().all(|facts| facts.only_star()) {
        format!("{action} works only on `*`, not on {}", shown(first))
    } else {
        format!("{action} takes no resource like {}", shown(first))
    };
    Some(
        Diagnostic::error("unsupported-resource", span, what)
            .why("AWS compares the request with a resource that this action never has, so it would silently deny")
            .help(takes_help(facts)),
    )
}

/// What to write instead of a resource that does not fit.
fn takes_help(facts: &[ActionFacts<'_>]) -> String {
    const MOST: usize = 4;
    let mut formats: Vec<String> = facts
        .iter()
        .flat_map(|facts| facts.patterns())
        .map(|arn| arn.text().pattern())
        .collect();
    formats.sort();
    formats.dedup();
    match formats.len() {
        0 => "write `\"*\"`, or leave the resource out: AWS knows no other for it".to_owned(),
        more if more > MOST => format!(
            "it takes: {}, and {} more; `landgrant explain` lists them",
            formats[..MOST].join(", "),
            more - MOST
        ),
        _ => format!("it takes: {}", formats.join(", ")),
    }
}
