//! Principals that got another name since the last render. Where AWS or the format cannot rename one, it is deleted and
//! another is made, and whoever renders has to want that.

use std::collections::BTreeMap;

use super::{Plan, TargetPlan};
use crate::diag::{Diagnostic, Span};
use crate::model::{AccountId, PrincipalNames};
use crate::resolve::Resolved;

/// A principal with another name than in the last render.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renamed {
    /// What it is.
    pub kind: RenamedKind,
    /// What it was called; of a role, its path and name.
    pub from: String,
    /// What it is called now.
    pub to: String,
    /// The accounts that it is in, sorted.
    pub accounts: Vec<AccountId>,
    /// Whether it is deleted and recreated, in every format that is written or in one of them.
    pub replaced: bool,
    /// Whether a policy of the hub names it.
    is_named_by_hub: bool,
    span: Span,
}

/// What can get another name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RenamedKind {
    /// The hub's user, with those that are named after it.
    User,
    /// The hub's group, with those that are named after it.
    Group,
    /// The role of targets.
    Role,
    /// What a deployment calls one of its roles.
    Key,
}

impl Plan {
    /// What the principals are called, for the next render to compare with.
    pub fn principal_names(&self) -> PrincipalNames {
        let path_and_name = |target: &TargetPlan| match target.role_path.as_str() {
            "/" => target.role_name.to_string(),
            path => format!("{path}{}", target.role_name),
        };
        let roles = self.targets.iter();
        PrincipalNames {
            hub: self.hub.as_ref().map(|hub| hub.account.to_string()),
            user: self.users().next().map(|user| user.user.name.to_string()),
            group: self.groups().next().map(|one| one.group.name.to_string()),
            roles: roles
                .map(|target| (target.key.clone(), path_and_name(target)))
                .collect(),
        }
    }
}

/// What is called otherwise than in the last render: the user, the group, then roles by name. A user that is new or gone
/// is not renamed, and neither is one in another account.
pub fn renamed(resolved: &Resolved, plan: &Plan, before: &PrincipalNames) -> Vec<Renamed> {
    let mut renamed = Vec::new();
    let now = plan.principal_names();
    if let Some(hub) = &resolved.hub
        && before.hub == now.hub
    {
        for (kind, from, to, span) in [
            (RenamedKind::User, &before.user, &now.user, hub.user_span),
            (
                RenamedKind::Group,
                &before.group,
                &now.group,
                hub.group_span,
            ),
        ] {
            if let (Some(from), Some(to)) = (from, to)
                && from != to
            {
                renamed.push(Renamed {
                    kind,
                    from: from.clone(),
                    to: to.clone(),
                    accounts: vec![hub.account.clone()],
                    // Terraform renames both in place.
                    replaced: plan.cloudformation.is_some(),
                    is_named_by_hub: false,
                    span,
                });
            }
        }
    }
    let mut roles: BTreeMap<(&str, &str), Renamed> = BTreeMap::new();
    let targets = plan.targets.iter().zip(&resolved.targets);
    for ((target, written), group) in targets.zip(plan.opened_by()) {
        let key = &target.key;
        let (Some(from), Some(to)) = (before.roles.get(key), now.roles.get(key)) else {
            continue;
        };
        if from == to {
            continue;
        }
        let default = resolved.roles[written.role]
            .defaults
            .as_ref()
            .filter(|role| {
                role.name.as_ref() == Some(&target.role_name) && role.path == target.role_path
            });
        let role = roles.entry((from, to)).or_insert_with(|| Renamed {
            kind: RenamedKind::Role,
            from: from.clone(),
            to: to.clone(),
            accounts: Vec::new(),
            replaced: true,
            is_named_by_hub: false,
            span: default.map_or(written.span, |role| role.name_span),
        });
        role.is_named_by_hub |= group.is_some();
        role.accounts.push(target.account.clone());
    }
    renamed.extend(roles.into_values());
    renamed.extend(renamed_keys(resolved, plan, before, &now));
    renamed
}

/// Roles that keep their name and are another one of the deployment now. Modules and stacks are named after what the
/// deployment calls a role, so that another one would be made before this one is gone.
fn renamed_keys(
    resolved: &Resolved,
    plan: &Plan,
    before: &PrincipalNames,
    now: &PrincipalNames,
) -> Vec<Renamed> {
    let mut gone: BTreeMap<&str, Vec<(&String, &String)>> = BTreeMap::new();
    for (key, name) in &before.roles {
        if !now.roles.contains_key(key) {
            let account = key.get(..ACCOUNT_DIGITS).unwrap_or_default();
            gone.entry(account).or_default().push((key, name));
        }
    }
    let mut all: BTreeMap<(String, String), Renamed> = BTreeMap::new();
    for (target, written) in plan.targets.iter().zip(&resolved.targets) {
        if before.roles.contains_key(&target.key) {
            continue;
        }
        let role = now.roles.get(&target.key);
        let mut gone = gone.get(target.account.as_str()).into_iter().flatten();
        let Some((from, _)) = gone.find(|(_, name)| Some(*name) == role) else {
            continue;
        };
        let (from, to) = (called(from), called(&target.key));
        let defaults = resolved.roles[written.role].defaults.as_ref();
        let one = all
            .entry((from.clone(), to.clone()))
            .or_insert_with(|| Renamed {
                kind: RenamedKind::Key,
                from,
                to,
                accounts: Vec::new(),
                replaced: true,
                is_named_by_hub: false,
                span: defaults.map_or(written.span, |role| role.name_span),
            });
        one.accounts.push(target.account.clone());
    }
    all.into_values().collect()
}

/// The digits of an account id, with which the key of a target begins.
const ACCOUNT_DIGITS: usize = 12;

/// What a deployment calls the role of a target, by the target's key.
fn called(key: &str) -> String {
    match key.get(ACCOUNT_DIGITS + 1..) {
        None | Some("") => "the one role".to_owned(),
        Some(name) => format!("`{name}`"),
    }
}

impl Renamed {
    /// The error for what is deleted and recreated; nothing for what keeps its identity.
    pub fn refuse(&self) -> Option<Diagnostic> {
        if !self.replaced {
            return None;
        }
        let (from, to) = (&self.from, &self.to);
        let diagnostic = match self.kind {
            RenamedKind::User => Diagnostic::error(
                "replaced-user",
                self.span,
                format!("the user {from} is now called {to}, and CloudFormation cannot rename it"),
            )
            .why("its stack creates another user, without an access key, and then deletes the old one, which AWS refuses while it has a key. Terraform renames the user, which keeps its keys"),
            RenamedKind::Group => Diagnostic::error(
                "replaced-group",
                self.span,
                format!("the group {from} is now called {to}, and CloudFormation cannot rename it"),
            )
            .why("its stack creates another group with all its policies, and deletes the old one. Terraform renames the group"),
            RenamedKind::Role => Diagnostic::error(
                "replaced-role",
                self.span,
                format!("the role {from} of {} is now {to}, and IAM cannot rename or move a role", self.whose()),
            )
            .why(format!(
                "the next apply deletes it and creates another: sessions end, references to its ARN elsewhere have to change, and {}",
                match self.is_named_by_hub {
                    true => "the product has no access until both the role and the hub are applied",
                    false => "nobody gets in until it is applied and whoever assumes it has its new ARN",
                }
            )),
            RenamedKind::Key => Diagnostic::error(
                "replaced-role",
                self.span,
                format!("the role of {} that was {from} of the deployment is {to} now, and keeps its name in IAM", self.whose()),
            )
            .why("modules and stacks are named after what the deployment calls a role: Terraform and CloudFormation would create the role again before the old one is gone, and IAM has the name already"),
        };
        if self.kind == RenamedKind::Key {
            return Some(diagnostic.help("keep what the deployment calls the role. If it is meant to change, render once with `--replace`; then move each role's addresses in the state with `terraform state mv`, or delete its stack before you deploy the new one"));
        }
        let keep = match self.kind {
            RenamedKind::Key | RenamedKind::Role => "keep its name and path",
            RenamedKind::User | RenamedKind::Group => {
                "keep the name, write `outputs: [terraform]` if nobody deploys the templates"
            }
        };
        Some(diagnostic.help(format!(
            "{keep}, or render once with `--replace` if it is meant to be replaced"
        )))
    }

    /// The account, or how many accounts.
    pub fn whose(&self) -> String {
        match self.accounts.as_slice() {
            [one] => format!("account {one}"),
            many => format!("{} accounts", many.len()),
        }
    }
}
