//! The principals that a finding is about: their ARNs, for reviews, and their roles, for people.

use std::collections::BTreeSet;

use super::Context;

/// How many roles are listed; the others are counted.
const MOST: usize = 3;

/// Principals that a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holder {
    /// The hub's user, or its groups if it has none.
    Hub,
    /// The roles of all targets with one of [`Resolved::grant_sets`](crate::resolve::Resolved::grant_sets).
    GrantSet(usize),
    /// One of [`Resolved::roles`](crate::resolve::Resolved::roles), in all targets.
    Role(usize),
    /// The role of one of [`Resolved::targets`](crate::resolve::Resolved::targets).
    Target(usize),
}

impl Context<'_> {
    /// The ARNs of principals.
    pub fn arns(&self, holders: &BTreeSet<Holder>) -> BTreeSet<String> {
        let plan = self.plan;
        let mut arns = BTreeSet::new();
        for number in self.targets_of(holders) {
            if let Some(target) = plan.targets.get(number) {
                arns.insert(target.role_arn().at(plan.site(&target.account)));
            }
        }
        if let Some(hub) = plan.hub.as_ref().filter(|_| holders.contains(&Holder::Hub)) {
            let site = plan.site(&hub.account);
            let user = plan.users().next().map(|user| user.holder().arn(site));
            let group = || plan.groups().next().map(|group| group.holder().arn(site));
            arns.extend(user.or_else(group));
        }
        arns
    }

    /// The roles that a finding is about, in parentheses behind its message, if the deployment has several.
    pub(super) fn of_roles(&self, holders: &BTreeSet<Holder>) -> String {
        let roles = &self.resolved.roles;
        if roles.len() < 2 || holders.is_empty() {
            return String::new();
        }
        let targets = &self.resolved.targets;
        let numbers: BTreeSet<usize> = self
            .targets_of(holders)
            .filter_map(|number| targets.get(number))
            .map(|target| target.role)
            .collect();
        let mut names: Vec<&str> = numbers
            .into_iter()
            .filter_map(|number| roles.get(number)?.name.as_deref())
            .collect();
        let more = names.len().saturating_sub(MOST);
        names.truncate(MOST);
        let more = match more {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let hub = holders.contains(&Holder::Hub).then(|| "hub".to_owned());
        let of_roles = match names.as_slice() {
            [] => None,
            [name] => Some(format!("role {name}")),
            names => Some(format!("roles {}{more}", names.join(", "))),
        };
        let all: Vec<String> = hub.into_iter().chain(of_roles).collect();
        match all.is_empty() {
            true => String::new(),
            false => format!(" ({})", all.join(", ")),
        }
    }

    /// The indices of the targets with one of these roles.
    fn targets_of(&self, holders: &BTreeSet<Holder>) -> impl Iterator<Item = usize> {
        let targets = self.resolved.targets.iter().enumerate();
        targets
            .filter(|(number, target)| {
                holders.contains(&Holder::Target(*number))
                    || holders.contains(&Holder::Role(target.role))
                    || holders.contains(&Holder::GrantSet(target.grant_set))
            })
            .map(|(number, _)| number)
    }
}
