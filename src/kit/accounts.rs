//! Who is who: the hub with its users and groups, the targets with their roles, and who may assume them.

use std::ops::Range;

use indexmap::IndexSet;

use super::Kit;
use crate::model::{AccountId, Site, Text, TrustKind};
use crate::plan::{Group, HubPlan, OutsideIdentity, RolePlan, Trusted, User};
use crate::render::kit_view::{
    ExcludedView, GroupView, HubView, TargetView, TrustedView, UserView,
};
use crate::resolve::Product;

/// A text as it is in an account.
pub(super) fn at(kit: &Kit<'_>, account: &AccountId, text: &Text) -> String {
    let partition = kit.plan.partition;
    text.at(Site { partition, account })
}

pub(super) fn hub(kit: &Kit<'_>) -> Option<HubView> {
    let hub = kit.plan.hub.as_ref()?;
    let site = kit.plan.site(&hub.account);
    let opened = kit.plan.opened_by();
    let opened = |groups: Range<usize>| {
        let by = opened.iter().flatten();
        by.filter(|group| groups.contains(&group.number)).count()
    };
    let user = |user: User<'_>| UserView {
        name: user.user.name.to_string(),
        arn: user.holder().arn(site),
        groups: user.joined().map(|group| group.name.to_owned()).collect(),
        targets: opened(user.user.groups.clone()),
        boundary: user
            .user
            .permissions_boundary
            .as_ref()
            .map(|arn| arn.text().at(site)),
    };
    let group = |group: Group<'_>| GroupView {
        name: group.group.name.to_string(),
        arn: group.holder().arn(site),
        targets: opened(group.number..group.number + 1),
    };
    let settings = kit.resolved.hub.as_ref();
    Some(HubView {
        account: hub.account.to_string(),
        users: kit.plan.users().map(user).collect(),
        groups: kit.plan.groups().map(group).collect(),
        policies: hub
            .permissions
            .iter()
            .map(|policy| policy.name.to_string())
            .collect(),
        key_days: settings.and_then(|hub| Some(u32::from(hub.access_key_max_age?.days()))),
    })
}

pub(super) fn targets(kit: &Kit<'_>) -> Vec<TargetView> {
    let targets = kit.plan.targets.iter().zip(kit.plan.opened_by());
    targets
        .map(|(target, group)| TargetView {
            account: target.account.to_string(),
            name: target.name.clone(),
            role: at(kit, &target.account, &target.role_arn()),
            group: group.map(|one| one.group.name.to_string()),
            user: group.and_then(|group| Some(group.member?.name.to_string())),
            variant: kit.plan.roles[target.role].variant.clone(),
            role_name: (kit.plan.roles[target.role].name.as_ref())
                .filter(|_| kit.plan.has_several_roles())
                .cloned(),
            part: kit.plan.roles[target.role].part.clone(),
            max_session: target.max_session.seconds(),
            external_id: target.external_id.is_some(),
            boundary: target
                .permissions_boundary
                .as_ref()
                .map(|arn| at(kit, &target.account, arn.text())),
        })
        .collect()
}

pub(super) fn excluded(kit: &Kit<'_>) -> Vec<ExcludedView> {
    let excluded = kit.resolved.excluded.iter();
    excluded
        .map(|excluded| ExcludedView {
            reason: excluded.reason.clone(),
            accounts: excluded.accounts.clone(),
        })
        .collect()
}

/// Who may assume the roles, in words; empty where there is no role.
pub(super) fn trusted(kit: &Kit<'_>) -> Vec<TrustedView> {
    let say = |name: &str, places: &[(&str, &str)]| kit.texts.get("trust", name, places);
    let of_hub = |name: &str, hub: &HubPlan| {
        let users = names(hub);
        say(
            name,
            &[("account", hub.account.as_str()), ("users", &users)],
        )
    };
    let several = kit.plan.has_several_roles();
    let trusted = kit.plan.trusted_by_role().into_iter();
    let said = trusted.map(|(role, trusted)| {
        let role = role.filter(|_| several);
        TrustedView {
            role: role.map(str::to_owned),
            which: match role {
                Some(role) => kit.texts.get("access", "role_trusts", &[("role", role)]),
                None => kit.texts.get("access", "trusted", &[]),
            },
            is_of_hub: !matches!(trusted, Trusted::Outside(_)),
            who: match trusted {
                Trusted::Users(hub) => of_hub("users", hub),
                Trusted::Account(hub) => of_hub("account", hub),
                Trusted::UsersById(hub) => of_hub("by_id", hub),
                Trusted::Outside(identity) => {
                    let sayings = identity.sayings();
                    let sayings: Vec<String> =
                        sayings.iter().map(|one| one.text(kit.texts)).collect();
                    sayings.join(" ")
                }
            },
        }
    });
    said.collect()
}

/// How the products come to what they may do, in words.
pub(super) fn how(kit: &Kit<'_>) -> String {
    let outside = kit.plan.trusted_outside();
    let several = kit.plan.has_several_roles();
    let roles = named_roles(kit, RolePlan::trusts_hub);
    let some_by_hub = several && !roles.is_empty();
    let name = match (&kit.plan.hub, kit.plan.targets.is_empty()) {
        (_, false) if several && !some_by_hub => "how_roles",
        (Some(hub), false) if several && hub.users.is_empty() => "how_members_and_several_roles",
        (Some(_), false) if several => "how_user_and_several_roles",
        (None, _) => how_outside(&outside),
        (Some(hub), true) if hub.users.is_empty() => "how_members",
        (Some(_), true) => "how_user",
        (Some(hub), false) if hub.users.is_empty() => "how_members_and_roles",
        (Some(_), false) => "how_user_and_roles",
    };
    let all = products(kit);
    let of_hub = titles(kit, |product| opened_by_hub(kit, product));
    let products = match some_by_hub {
        true => &of_hub,
        false => &all,
    };
    let roles = roles.join(", ");
    let groups = kit.plan.groups().map(|one| one.group.name.as_str());
    let groups = groups.collect::<Vec<_>>().join(", ");
    let mut accounts = outside.iter().filter(|one| one.is_elsewhere);
    let account = accounts.next().map_or("", |one| &one.account);
    let service = outside.iter().find_map(|one| match &one.kind {
        TrustKind::Service(name) => Some(name.as_str()),
        _ => None,
    });
    let provider = outside.iter().find_map(|one| match &one.kind {
        TrustKind::Federated { provider, .. } => Some(provider.as_str()),
        _ => None,
    });
    let places = [
        ("products", products.as_str()),
        ("roles", &roles),
        ("groups", &groups),
        ("account", account),
        ("service", service.unwrap_or_default()),
        ("provider", provider.unwrap_or_default()),
    ];
    let said = kit.texts.get("about", name, &places);
    let others = named_roles(kit, |role| !role.trusts_hub());
    match some_by_hub && !others.is_empty() {
        true => format!("{said} {}", kit.texts.get("about", "how_other_roles", &[])),
        false => said,
    }
}

/// The names of some roles in the deployment.
fn named_roles<'k>(kit: &Kit<'k>, wanted: impl Fn(&RolePlan) -> bool) -> Vec<&'k str> {
    let roles = kit.plan.roles.iter().filter(|role| wanted(role));
    // Variants of a role have one name.
    let mut names: Vec<&str> = roles.filter_map(|role| role.name.as_deref()).collect();
    names.dedup();
    names
}

/// Whether a product is for a role that principals of the hub assume.
pub(super) fn opened_by_hub(kit: &Kit<'_>, product: &Product) -> bool {
    let mut roles = kit.plan.roles.iter();
    roles.any(|role| role.of == product.role && role.trusts_hub())
}

/// The text about roles that somebody else assumes. Of several kinds of identity, the one that says least is right for all.
fn how_outside(outside: &[OutsideIdentity]) -> &'static str {
    let name = |identity: &OutsideIdentity| match &identity.kind {
        TrustKind::Nobody => "how_pending",
        TrustKind::Vendor(_) => "how_vendor",
        TrustKind::Principal if identity.is_elsewhere => "how_elsewhere",
        TrustKind::Principal => "how_existing",
        TrustKind::Federated { .. } => "how_federated",
        TrustKind::Service(_) => "how_service",
        TrustKind::Certificate { .. } => "how_certificate",
    };
    let mut names = outside.iter().map(name);
    match names.next() {
        Some(first) if names.all(|other| other == first) => first,
        _ => "how_several",
    }
}

/// The products by their names.
pub(super) fn products(kit: &Kit<'_>) -> String {
    titles(kit, |_| true)
}

/// Some of the products by their names, each once.
pub(super) fn titles(kit: &Kit<'_>, wanted: impl Fn(&Product) -> bool) -> String {
    let products = kit.resolved.products.iter().filter(|one| wanted(one));
    let titles: IndexSet<&str> = products.map(|one| one.catalog.title.as_str()).collect();
    titles.into_iter().collect::<Vec<_>>().join(", ")
}

fn names(hub: &HubPlan) -> String {
    let names: Vec<&str> = hub.users.iter().map(|user| user.name.as_str()).collect();
    names.join(", ")
}
