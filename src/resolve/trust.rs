//! Checks who may assume the roles.

use super::sink::Sink;
use super::{Hub, TrustedPrincipal};
use crate::diag::{Diagnostic, Span};
use crate::load::Place;
use crate::load::deployment::{DeploymentDoc, TrustDoc};
use crate::model::{ArnPattern, Partition, Text, check_principal_arn};

pub(super) fn check_trust(
    sink: &mut Sink,
    doc: &DeploymentDoc,
    root: Place<'_>,
    partition: Partition,
    hub: Option<&Hub>,
    own_external_ids: bool,
) -> Option<TrustedPrincipal> {
    let place = root.key("trust");
    let trust = doc.trust.clone().unwrap_or_default();
    if doc.targets.is_empty() {
        for (given, key) in [(doc.role.is_some(), "role"), (doc.trust.is_some(), "trust")] {
            if given {
                sink.push(
                    Diagnostic::warning(
                        "unused-field",
                        root.key(key).key_span(),
                        format!("`{key}` has no effect: there are no targets"),
                    )
                    .help(
                        "list the accounts that get a role under `targets`, or delete this field",
                    ),
                );
            }
        }
        return None;
    }
    let principal = trust.principal.as_deref();
    match (principal, doc.hub.is_some()) {
        (None | Some("account"), true) => account_trust(sink, &trust, doc, hub, place),
        (Some("user"), true) => {
            if doc.hub.as_ref().is_some_and(|hub| hub.user.is_none()) {
                sink.push(
                    Diagnostic::error(
                        "missing-user",
                        place.key("principal").span(),
                        "`user` trusts the hub's user, and the hub names none",
                    )
                    .help("name it in `hub.user`, or trust the ARN of a principal that exists"),
                );
                return None;
            }
            refuse_restrict(sink, &trust, place);
            Some(TrustedPrincipal::User)
        }
        (None | Some("account" | "user"), false) => {
            let span = match principal {
                Some(_) => place.key("principal").span(),
                None => root.key("targets").key_span(),
            };
            sink.push(
                Diagnostic::error("missing-hub", span, "the roles would trust nobody: there is no hub")
                    .help("add `hub:`, or name a principal that exists: trust: {principal: \"arn:aws:iam::111111111111:role/ci\"}"),
            );
            None
        }
        (Some(arn), _) => {
            let span = place.key("principal").span();
            let arn = sink.take("bad-principal", span, check_principal_arn(arn, partition))?;
            refuse_restrict(sink, &trust, place);
            let common = trust.external_id.is_some();
            refuse_whole_account(sink, &arn, hub, common || own_external_ids, span);
            if let Some(Hub {
                user: Some((user, path)),
                account,
                ..
            }) = hub
                && !arn.text().pattern().ends_with(":root")
            {
                let own = Text::iam_arn(account, "user", path.as_str(), user.as_str());
                sink.push(if *arn.text() == own {
                    Diagnostic::error("untrusted-user", span, "this is the hub's own user, named as an existing principal")
                        .why("for an existing principal, no policy is rendered that lets it assume the roles")
                        .help("write `principal: user`, or `principal: account`, which still works after the user is recreated")
                } else {
                    Diagnostic::error("untrusted-user", span, format!("the roles would not trust the hub's user {user}"))
                        .why("the product signs in as that user, and every role would refuse it")
                        .help("write `principal: account` or `principal: user`, or delete `hub.user`")
                });
            }
            Some(TrustedPrincipal::Existing(arn))
        }
    }
}

/// A whole account is trusted by `principal: account`, narrowed to its user; one of somebody else needs a second lock.
fn refuse_whole_account(
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
                .why("every principal of it that is allowed to assume roles could assume these")
                .help("write `principal: account`, which narrows it to the hub's user; `restrict_to_user: false` leaves it wide"),
        );
    } else if !locked {
        sink.push(
            Diagnostic::error(
                "whole-account",
                span,
                "the roles would trust a whole account, without an external id",
            )
            .why("every principal of it that is allowed to assume roles could assume these")
            .help(
                "name one role or user of it; or ask for an external id with `trust.external_id`, if the product can send one",
            ),
        );
    }
}

fn account_trust(
    sink: &mut Sink,
    trust: &TrustDoc,
    doc: &DeploymentDoc,
    hub: Option<&Hub>,
    place: Place<'_>,
) -> Option<TrustedPrincipal> {
    let restrict_to_user = trust.restrict_to_user.unwrap_or(true);
    let no_user = doc.hub.as_ref().is_some_and(|hub| hub.user.is_none());
    if restrict_to_user && no_user {
        let span = match (&trust.restrict_to_user, hub) {
            (Some(_), _) => place.key("restrict_to_user").span(),
            (None, Some(hub)) => hub.span,
            (None, None) => place.key_span(),
        };
        sink.push(
            Diagnostic::error("missing-user", span, "the roles trust the hub account narrowed to its user, and the hub names no user")
                .why("without the narrowing, every principal of the hub account that is allowed to assume roles can assume these")
                .help("name the user in `hub.user`, trust the ARN of a role that exists, or accept it with `trust: {restrict_to_user: false}`"),
        );
        return None;
    }
    Some(TrustedPrincipal::Account { restrict_to_user })
}

fn refuse_restrict(sink: &mut Sink, trust: &TrustDoc, place: Place<'_>) {
    if trust.restrict_to_user.is_some() {
        sink.push(
            Diagnostic::error(
                "unused-field",
                place.key("restrict_to_user").key_span(),
                "`restrict_to_user` has a meaning only where the account is trusted",
            )
            .help("delete it: this principal is one user or role already"),
        );
    }
}
