//! Who opens which roles, as boxes of a picture. What is too much to be drawn is counted.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::canvas::Label;
use crate::model::Texts;
use crate::render::kit_view::{HubView, KitView, PermissionView, PlaceView, TargetView, UserView};

/// As many boxes stand below one another; of more, the rest is counted.
const MOST: usize = 8;

/// The same of those whom roles trust from outside of the hub, who are whom the picture is about there.
const MOST_OUTSIDE: usize = 12;

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

/// Who opens which roles: principals of the hub; without a hub, whoever the role trusts.
pub(super) fn senders(kit: &KitView, texts: &Texts) -> Vec<Sender> {
    let Some(hub) = &kit.hub else {
        if kit.trusted.iter().any(|one| one.role.is_some()) {
            return Vec::new();
        }
        let label = match kit.trusted.as_slice() {
            [] => Label::many(texts.get("access", "people", &[]), ""),
            trusted => Label::one(
                trusted
                    .iter()
                    .map(|one| &*one.who)
                    .collect::<Vec<_>>()
                    .join(" "),
                "",
            ),
        };
        let roles = roles(kit, texts, |_| true);
        let ways = vec![Way { group: None, roles }];
        return vec![Sender { label, ways }];
    };
    if hub.users.is_empty() {
        let label = Label::many(texts.get("access", "people", &[]), "");
        let ways = if hub.groups.len() <= MOST {
            groups(kit, texts, hub, |_| true)
        } else {
            vec![counted(kit, texts, hub.groups.len(), |_| true)]
        };
        return vec![Sender { label, ways }];
    }
    let shown = match hub.users.len() {
        few if few <= MOST => few,
        _ => MOST - 1,
    };
    let own = granted_in_hub(kit);
    let small = match own {
        0 => texts.get("access", "user", &[]),
        own => count(texts, "permissions_hub", own),
    };
    let mut senders = Vec::new();
    for user in &hub.users[..shown] {
        let ways = if hub.groups.len() <= MOST {
            groups(kit, texts, hub, |group| {
                user.groups.iter().any(|name| name == group)
            })
        } else {
            let includes = |target: &TargetView| target.user.as_ref() == Some(&user.name);
            vec![counted(kit, texts, user.groups.len(), includes)]
        };
        senders.push(Sender {
            label: Label::one(&user.name, &small),
            ways,
        });
    }
    let rest = &hub.users[shown..];
    if !rest.is_empty() {
        let names: BTreeSet<&str> = rest.iter().map(|user| &*user.name).collect();
        let includes = |target: &TargetView| {
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
            label: Label::many(count(texts, "more_users", rest.len()), ""),
            ways: vec![counted(kit, texts, groups, includes)],
        });
    }
    senders
}

/// Of several roles, whom each lets in from outside of the hub.
pub(super) fn outsiders(kit: &KitView, texts: &Texts) -> Vec<Sender> {
    let outside = kit.trusted.iter().filter(|one| !one.is_of_hub);
    let mut by_role: IndexMap<&String, Vec<&str>> = IndexMap::new();
    for one in outside {
        if let Some(role) = &one.role {
            by_role.entry(role).or_default().push(&one.who);
        }
    }
    let shown = match by_role.len() {
        few if few <= MOST_OUTSIDE => few,
        _ => MOST_OUTSIDE - 1,
    };
    let rest = by_role.split_off(shown);
    let is_of = |target: &TargetView, role: &String| target.role_name.as_ref() == Some(role);
    let mut senders: Vec<Sender> = by_role
        .into_iter()
        .map(|(role, who)| Sender {
            label: {
                let role = texts.get("permissions", "role", &[("name", role)]);
                match who.as_slice() {
                    [one] => Label::one(*one, role),
                    several => Label::many(several.join(" "), role),
                }
            },
            ways: vec![Way {
                group: None,
                roles: roles(kit, texts, |target| is_of(target, role)),
            }],
        })
        .collect();
    if !rest.is_empty() {
        let includes = |target: &TargetView| rest.keys().any(|role| is_of(target, role));
        senders.push(Sender {
            label: Label::many(count(texts, "more_trusted", rest.len()), ""),
            ways: vec![Way {
                group: None,
                roles: roles(kit, texts, includes),
            }],
        });
    }
    senders
}

/// Each of the groups.
fn groups(
    kit: &KitView,
    texts: &Texts,
    hub: &HubView,
    includes: impl Fn(&str) -> bool,
) -> Vec<Way> {
    hub.groups
        .iter()
        .filter(|group| includes(&group.name))
        .map(|group| {
            let small = count(texts, "group_roles", group.targets);
            Way {
                group: Some(Label::one(&group.name, small)),
                roles: roles(kit, texts, |target| {
                    target.group.as_ref() == Some(&group.name)
                }),
            }
        })
        .collect()
}

/// Many groups as one box.
fn counted(
    kit: &KitView,
    texts: &Texts,
    groups: usize,
    includes: impl Fn(&TargetView) -> bool,
) -> Way {
    let targets = kit.targets.iter().filter(|target| includes(target)).count();
    Way {
        group: Some(Label::many(
            count(texts, "user_groups", groups),
            count(texts, "group_roles", targets),
        )),
        roles: roles(kit, texts, includes),
    }
}

/// The roles of some targets: each where there are few, else one box for all.
fn roles(kit: &KitView, texts: &Texts, includes: impl Fn(&TargetView) -> bool) -> Vec<Label> {
    let permissions = |variant: Option<&String>| count(texts, "permissions", granted(kit, variant));
    let mine: Vec<&TargetView> = kit
        .targets
        .iter()
        .filter(|target| includes(target))
        .collect();
    let is_one = mine.len() == 1 && mine[0].role_name.is_some();
    if kit.targets.len() <= MOST || is_one {
        let label = |target: &&TargetView| {
            Label::one(
                // What has no room is cut at its end, and an account id is never cut.
                format!("{} ({})", target.account, target.name),
                format!(
                    "{}, {}",
                    role_name(&target.role),
                    permissions(target.part.as_ref())
                ),
            )
        };
        return mine.iter().map(label).collect();
    }
    if mine.is_empty() {
        return Vec::new();
    }
    let names: BTreeSet<&str> = mine.iter().map(|target| role_name(&target.role)).collect();
    let names: Vec<&str> = names.into_iter().collect();
    let mut variants: Vec<Option<&String>> =
        mine.iter().map(|target| target.part.as_ref()).collect();
    variants.sort();
    variants.dedup();
    vec![Label::many(
        count(texts, "roles", mine.len()),
        match &variants[..] {
            [variant] => format!("{}, {}", names.join(", "), permissions(*variant)),
            _ => names.join(", "),
        },
    )]
}

/// How many actions are granted in the hub.
fn granted_in_hub(kit: &KitView) -> usize {
    actions(kit, |place| place.kind == "hub")
}

/// How many actions are granted in a target, of a variant or of none.
fn granted(kit: &KitView, variant: Option<&String>) -> usize {
    actions(kit, |place| match variant {
        None => place.kind == "targets",
        Some(_) => place.variant.as_ref() == variant,
    })
}

/// How many actions are granted in some places.
fn actions(kit: &KitView, wanted: impl Fn(&PlaceView) -> bool) -> usize {
    let here = |permission: &&PermissionView| permission.places.iter().any(&wanted);
    let granted = kit.permissions.iter().filter(here);
    let actions: BTreeSet<&String> = granted.map(|permission| &permission.action).collect();
    actions.len()
}

/// A text with a number.
fn count(texts: &Texts, name: &str, count: usize) -> String {
    texts.get("access", name, &[("count", &count.to_string())])
}

/// The name of a role in its ARN.
fn role_name(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}
