//! Who opens which roles, as boxes of a picture. What is too much to be drawn is counted.

use std::collections::BTreeSet;

use super::canvas::Label;
use super::view::{HubView, KitView, PermissionView, TargetView, UserView};
use super::words::Words;
use crate::render::RenderError;

/// As many boxes stand below one another; of more, the rest is counted.
const MOST: usize = 8;

/// A user, or whoever else takes on roles.
pub(super) struct Sender {
    /// Who that is.
    pub(super) label: Label,
    /// By way of which groups.
    pub(super) ways: Vec<Way>,
}

/// A group, and the roles that it opens.
pub(super) struct Way {
    /// The group; none where the roles trust somebody without one.
    pub(super) group: Option<Label>,
    /// The roles; one box for all where there are many.
    pub(super) roles: Vec<Label>,
}

/// Who opens which roles.
///
/// # Errors
///
/// When a text is missing.
pub(super) fn senders(kit: &KitView, words: &Words<'_>) -> Result<Vec<Sender>, RenderError> {
    let Some(hub) = &kit.hub else {
        let label = match &kit.trusted {
            Some(trusted) => Label::one(trusted, ""),
            None => Label::many(words.get("access", "people")?, ""),
        };
        let roles = roles(kit, words, |_| true)?;
        let ways = vec![Way { group: None, roles }];
        return Ok(vec![Sender { label, ways }]);
    };
    if hub.users.is_empty() {
        let label = Label::many(words.get("access", "people")?, "");
        let ways = if hub.groups.len() <= MOST {
            groups(kit, words, hub, |_| true)?
        } else {
            vec![counted(kit, words, hub.groups.len(), |_| true)?]
        };
        return Ok(vec![Sender { label, ways }]);
    }
    let shown = match hub.users.len() {
        few if few <= MOST => few,
        _ => MOST - 1,
    };
    let own = granted(kit, true);
    let small = match own {
        0 => words.get("access", "user")?.to_owned(),
        own => words.count("access", "permissions_hub", own)?,
    };
    let mut senders = Vec::new();
    for user in &hub.users[..shown] {
        let ways = if hub.groups.len() <= MOST {
            groups(kit, words, hub, |group| {
                user.groups.iter().any(|name| name == group)
            })?
        } else {
            let of = |target: &TargetView| target.user.as_ref() == Some(&user.name);
            vec![counted(kit, words, user.groups.len(), of)?]
        };
        senders.push(Sender {
            label: Label::one(&user.name, &small),
            ways,
        });
    }
    let rest = &hub.users[shown..];
    if !rest.is_empty() {
        let names: BTreeSet<&str> = rest.iter().map(|user| &*user.name).collect();
        let of = |target: &TargetView| {
            target
                .user
                .as_deref()
                .is_some_and(|user| names.contains(user))
        };
        let groups = rest
            .iter()
            .map(|UserView { groups, .. }| groups.len())
            .sum();
        senders.push(Sender {
            label: Label::many(words.count("access", "more_users", rest.len())?, ""),
            ways: vec![counted(kit, words, groups, of)?],
        });
    }
    Ok(senders)
}

/// Each of the groups.
fn groups(
    kit: &KitView,
    words: &Words<'_>,
    hub: &HubView,
    of: impl Fn(&str) -> bool,
) -> Result<Vec<Way>, RenderError> {
    hub.groups
        .iter()
        .filter(|group| of(&group.name))
        .map(|group| {
            let small = words.count("access", "group_roles", group.targets)?;
            Ok(Way {
                group: Some(Label::one(&group.name, small)),
                roles: roles(kit, words, |target| {
                    target.group.as_ref() == Some(&group.name)
                })?,
            })
        })
        .collect()
}

/// Many groups as one box.
fn counted(
    kit: &KitView,
    words: &Words<'_>,
    groups: usize,
    of: impl Fn(&TargetView) -> bool,
) -> Result<Way, RenderError> {
    let targets = kit.targets.iter().filter(|target| of(target)).count();
    Ok(Way {
        group: Some(Label::many(
            words.count("access", "user_groups", groups)?,
            words.count("access", "group_roles", targets)?,
        )),
        roles: roles(kit, words, of)?,
    })
}

/// The roles of some targets: each where there are few, else one box for all.
fn roles(
    kit: &KitView,
    words: &Words<'_>,
    of: impl Fn(&TargetView) -> bool,
) -> Result<Vec<Label>, RenderError> {
    let permissions = words.count("access", "permissions", granted(kit, false))?;
    let mine: Vec<&TargetView> = kit.targets.iter().filter(|target| of(target)).collect();
    if kit.targets.len() <= MOST {
        let label = |target: &&TargetView| {
            Label::one(
                format!("{} ({})", target.name, target.account),
                format!("{}, {permissions}", role_name(&target.role)),
            )
        };
        return Ok(mine.iter().map(label).collect());
    }
    if mine.is_empty() {
        return Ok(Vec::new());
    }
    let names: BTreeSet<&str> = mine.iter().map(|target| role_name(&target.role)).collect();
    let names: Vec<&str> = names.into_iter().collect();
    Ok(vec![Label::many(
        words.count("access", "roles", mine.len())?,
        format!("{}, {permissions}", names.join(", ")),
    )])
}

/// Permissions that are granted in the hub, or outside of it.
fn granted(kit: &KitView, in_hub: bool) -> usize {
    let here = |permission: &&PermissionView| {
        let mut places = permission.places.iter();
        places.any(|place| (place.kind == "hub") == in_hub)
    };
    kit.permissions.iter().filter(here).count()
}

/// The name of a role in its ARN.
fn role_name(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}
