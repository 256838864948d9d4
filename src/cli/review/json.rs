//! A review for a program: everything, nothing counted together.

use serde_json::{Value, json};

use super::edits::{self, Names};
use super::words;
use crate::model::Grant;
use crate::review::{CatalogState, Found, Listed, On, Reach, Review};

/// The format of the document; it changes when a field changes its meaning.
const SCHEMA: &str = "landgrant/review/v1";

pub(super) fn text((old, new): (&Names<'_>, &Names<'_>), review: &Review) -> String {
    let principals: Vec<Value> = review
        .principals
        .iter()
        .map(|changed| {
            json!({
                "change": match changed.kind {
                    crate::review::Kind::Other => "changed",
                    kind => kind.as_str(),
                },
                "kind": changed.what,
                "name": changed.name,
                "accounts": changed.accounts,
                "formats": changed.formats,
                "same_as": changed.like,
                "more": changed.is_more(),
                "less": changed.is_less(),
                "grants": changed.grants.iter().map(|change| json!({
                    "change": change.kind.as_str(),
                    "access_level": change.level.map(|level| level.to_string()),
                    "more": change.reach == Reach::More,
                    "less": change.reach == Reach::Less,
                    "before": change.before.iter().map(grant).collect::<Vec<Value>>(),
                    "after": change.after.iter().map(grant).collect::<Vec<Value>>(),
                })).collect::<Vec<Value>>(),
                "other": changed.facts.iter().map(|fact| json!({
                    "change": fact.kind.as_str(),
                    "more": fact.reach == Reach::More,
                    "less": fact.reach == Reach::Less,
                    "text": fact.text,
                })).collect::<Vec<Value>>(),
            })
        })
        .collect();
    let document = json!({
        "schema": SCHEMA,
        "old": old.side,
        "new": new.side,
        "edits": review.edits.iter().map(|told| json!({
            "path": match told.on {
                On::Old => old.path(&told.edit.path),
                On::New | On::Both => new.path(&told.edit.path),
            },
            "on": match told.on {
                On::Old => "old",
                On::New => "new",
                On::Both => "both",
            },
            "what": told.edit.what,
            "as_other_side": told.is_of_other_side,
            "diff": edits::diff(told),
        })).collect::<Vec<Value>>(),
        "uncompared": review.uncompared,
        "beside_plan": review.accepted_files.iter().map(|change| json!({
            "path": new.path(&change.path),
            "before": change.before.as_ref().map(|file| &file.text),
            "after": change.after.as_ref().map(|file| &file.text),
            "diff": edits::accepted_diff(change),
            "by_template": change.is_rendered,
            "more": change.is_more,
        })).collect::<Vec<Value>>(),
        "more": review.is_more(),
        "less": review.is_less(),
        "escalation": review.escalation,
        "principals": principals,
        "account_names": review.account_names,
        "catalogs": review.catalogs.iter().map(|change| json!({
            "product": change.product,
            "before": change.before.as_ref().map(catalog),
            "after": change.after.as_ref().map(catalog),
        })).collect::<Vec<Value>>(),
        "moves": review.moves.iter().map(|moved| json!({
            "product": moved.product,
            "action": moved.action,
            "before": moved.before.iter().map(listed).collect::<Vec<Value>>(),
            "after": moved.after.iter().map(listed).collect::<Vec<Value>>(),
        })).collect::<Vec<Value>>(),
        "settings": review.settings.iter().map(|change| json!({
            "name": change.name,
            "before": change.before,
            "after": change.after,
            "more": change.is_more,
        })).collect::<Vec<Value>>(),
        "formats": {
            "appeared": review.formats_come,
            "vanished": review.formats_gone,
        },
        "findings": {
            "appeared": review.appeared.iter().map(finding).collect::<Vec<Value>>(),
            "vanished": review.vanished.iter().map(finding).collect::<Vec<Value>>(),
            "accepted": review.accepted.iter().map(|accepted| {
                let mut finding = finding(&accepted.found);
                finding["reason"] = json!(accepted.reason);
                finding
            }).collect::<Vec<Value>>(),
        },
        "levels": review.levels.iter().map(|change| json!({
            "rule": change.rule,
            "before": change.before.as_str(),
            "after": change.after.as_str(),
        })).collect::<Vec<Value>>(),
        "targets": review.targets.iter().map(|target| json!({
            "role": target.role,
            "groups_before": target.before,
            "groups_after": target.after,
        })).collect::<Vec<Value>>(),
        "quotas": review.quotas.iter().map(|change| {
            let [what, ..] = words::quota(change);
            let known = change.after.as_ref().or(change.before.as_ref());
            json!({
                "what": what,
                "before": change.before.as_ref().map(|quota| quota.used),
                "after": change.after.as_ref().map(|quota| quota.used),
                "limit": known.map(|quota| quota.limit),
                "unit": known.map(|quota| quota.unit),
            })
        }).collect::<Vec<Value>>(),
    });
    format!("{document:#}\n")
}

/// A grant.
pub(in crate::cli) fn grant(grant: &Grant) -> Value {
    json!({
        "effect": grant.effect.to_string(),
        "action": grant.action,
        "resource": grant.resource,
        "conditions": grant.conditions,
    })
}

fn catalog(state: &CatalogState) -> Value {
    let features = |selected: bool| -> Vec<&String> {
        let features = state.features.iter();
        features
            .filter(|(_, is)| **is == selected)
            .map(|(name, _)| name)
            .collect()
    };
    json!({"version": state.version, "selected": features(true), "not_selected": features(false)})
}

fn listed(listed: &Listed) -> Value {
    json!({"feature": listed.feature, "level": listed.level})
}

fn finding(found: &Found) -> Value {
    json!({
        "rule": found.finding.code,
        "subject": found.finding.subject,
        "message": found.finding.message,
        "principals": found.principals,
    })
}
