//! Checks whom the roles of a deployment trust, one principal after the other and then together.

use super::sink::Sink;
use super::trust_entry::{Deployed, Entry, listed};
use super::trust_external_id::with_own_external_ids;
use super::{Hub, Trusted, TrustedPrincipal};
use crate::diag::Diagnostic;
use crate::load::trust_doc::TrustsDoc;
use crate::model::{Principal, Text, TrustKind};

/// Checks whom the roles trust. What has a fault is left out.
pub(super) fn check_trust(sink: &mut Sink, deployed: &Deployed<'_>) -> Vec<Trusted> {
    let Deployed { doc, root, .. } = *deployed;
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
        return Vec::new();
    }
    let listed = listed(doc);
    if listed.is_empty() {
        sink.push(
            Diagnostic::error(
                "empty-list",
                root.key("trust").key_span(),
                "the roles would trust nobody",
            )
            .why("AWS takes no role without a principal")
            .help("name one; `principal: pending` is a role that nobody can assume yet"),
        );
    }
    let entries = listed.iter().enumerate().map(|(index, trust)| Entry {
        deployed,
        trust,
        place: root.key("trust").index(index),
        span: match doc.trust {
            Some(TrustsDoc::Many(_)) => root.key("trust").index(index).span(),
            Some(TrustsDoc::One(_)) => root.key("trust").key_span(),
            None => root.key("targets").key_span(),
        },
        has_own_external_ids: with_own_external_ids(doc) == Some(index),
    });
    let trusted: Vec<Trusted> = entries.filter_map(|entry| entry.check(sink)).collect();
    if listed.len() > 1
        && let Some(pending) = trusted.iter().find(|one| {
            matches!(
                one.principal,
                TrustedPrincipal::Outside(TrustKind::Nobody, _)
            )
        })
    {
        sink.push(
            Diagnostic::error("unused-field", pending.span, "`pending` locks out the other principals too")
                .why("the role denies everybody until its principal is known, and a denial counts more than a trust")
                .help("leave out the principal that is not known yet"),
        );
    }
    refuse_duplicates(sink, &trusted);
    refuse_untrusted_user(sink, deployed, &trusted);
    trusted
}

fn refuse_duplicates(sink: &mut Sink, trusted: &[Trusted]) {
    let terms = |of: &'_ Trusted| {
        (
            of.actions.clone(),
            of.external_ids.clone(),
            of.conditions.clone(),
        )
    };
    for (index, one) in trusted.iter().enumerate() {
        let mut earlier = trusted[..index].iter();
        let same =
            |known: &&Trusted| known.principal == one.principal && terms(known) == terms(one);
        if let Some(first) = earlier.find(same) {
            sink.push(
                Diagnostic::error(
                    "duplicate-principal",
                    one.span,
                    "this principal is trusted twice, on the same terms",
                )
                .label("again here")
                .related(first.span, "first here")
                .why("one of them has no effect, and a reviewer would look for the difference")
                .help("delete one of them, or write what it was meant to be"),
            );
        }
    }
}

/// The product signs in as the hub's user, if there is one.
fn refuse_untrusted_user(sink: &mut Sink, deployed: &Deployed<'_>, trusted: &[Trusted]) {
    let Some(Hub {
        user: Some((user, path)),
        account,
        ..
    }) = deployed.hub
    else {
        return;
    };
    if trusted.iter().any(Trusted::is_of_hub) {
        return;
    }
    let own = Text::iam_arn(account, "user", path.as_str(), user.as_str());
    for one in trusted {
        let (kind, principals) = match &one.principal {
            TrustedPrincipal::Outside(kind, principals) if *kind != TrustKind::Nobody => {
                (kind, principals)
            }
            _ => continue,
        };
        let values: Vec<Text> = principals.iter().map(Principal::value).collect();
        if values
            .iter()
            .any(|value| value.pattern().ends_with(":root"))
        {
            continue;
        }
        // Other roles of the deployment are the user's then.
        let is_own = values.contains(&own);
        if !is_own && deployed.doc.hub.is_none() {
            continue;
        }
        let span = match &deployed.doc.trust {
            Some(TrustsDoc::One(_)) if *kind == TrustKind::Principal => {
                deployed.root.key("trust").key("principal").span()
            }
            _ => one.span,
        };
        sink.push(if is_own {
            Diagnostic::error("untrusted-user", span, "this is the hub's own user, named as an existing principal")
                .why("for an existing principal, no policy is rendered that lets it assume the roles")
                .help("write `principal: user`, or `principal: account`, which still works after the user is recreated")
        } else {
            Diagnostic::error("untrusted-user", span, format!("the roles would not trust the hub's user {user}"))
                .why("the product signs in as that user, and every role would refuse it")
                .help("write `principal: account` or `principal: user`, or delete `hub.user`")
        });
    }
}
