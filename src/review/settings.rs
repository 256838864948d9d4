//! What is said besides what is granted: by catalogs, how a product signs in and what a deployment fills in; by deployments,
//! how they are applied.

use std::collections::BTreeSet;

use serde::Serialize;

use super::Side;

/// A setting of a catalog or a deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// What it is, in words.
    pub text: String,
    /// How much it lets through, among all that it can be; nothing where that cannot be said.
    pub openness: Option<u8>,
}

/// A setting that is another one now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SettingChange {
    /// What it is called.
    pub name: String,
    /// What it was; nothing where there was none.
    pub before: Option<String>,
    /// What it is; nothing where there is none.
    pub after: Option<String>,
    /// Whether it may let more through. One that is new or gone does not: what uses it tells that.
    #[serde(rename = "more")]
    pub is_more: bool,
}

/// Settings that differ, where both sides are catalogs, or neither is; those that may let more through come first. A side that
/// is read back has few of them.
pub(super) fn settings(old: &Side, new: &Side) -> Vec<SettingChange> {
    let is_catalog = |side: &Side| side.formats.is_none();
    let is_read_back = |side: &Side| !is_catalog(side) && side.findings.is_none();
    let known_of_both = is_read_back(old) || is_read_back(new);
    let (true, Some(old), Some(new)) = (
        is_catalog(old) == is_catalog(new),
        &old.settings,
        &new.settings,
    ) else {
        return Vec::new();
    };
    let mut names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    names.retain(|name| !known_of_both || old.contains_key(*name) && new.contains_key(*name));
    let changes = names.into_iter().filter_map(|name| {
        let (before, after) = (old.get(name), new.get(name));
        let is_more = match (before, after) {
            (Some(before), Some(after)) => match (before.openness, after.openness) {
                (Some(before), Some(after)) => before < after,
                _ => true,
            },
            _ => false,
        };
        (before != after).then(|| SettingChange {
            name: name.clone(),
            before: before.map(|setting| setting.text.clone()),
            after: after.map(|setting| setting.text.clone()),
            is_more,
        })
    });
    let mut changes: Vec<SettingChange> = changes.collect();
    changes.sort_by_key(|change| !change.is_more);
    changes
}
