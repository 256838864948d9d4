//! Principals that got another name since the last render. Where AWS or the format cannot rename one, it is deleted and
//! another is made, and whoever renders has to want that.

use std::collections::BTreeMap;

use super::{HubPlan, Plan, TargetPlan};
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
    /// Whether it is deleted and made anew, in every format that is written or in one of them.
    pub replaced: bool,
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
}

impl Plan {
    /// What the principals are called, for the next render to compare with.
    pub fn principal_names(&self) -> PrincipalNames {
        let roles = self.targets.iter();
        PrincipalNames {
            hub: self.hub.as_ref().map(|hub| hub.account.to_string()),
            user: self.hub.as_ref().and_then(HubPlan::first_user_name),
            group: self.hub.as_ref().map(HubPlan::first_group_name),
            roles: roles
                .map(|target| (target.account.to_string(), target.role_path_and_name()))
                .collect(),
        }
    }
}

impl HubPlan {
    fn first_user_name(&self) -> Option<String> {
        self.users.first().map(|user| user.name.to_string())
    }

    fn first_group_name(&self) -> String {
        self.groups[0].name.to_string()
    }
}

impl TargetPlan {
    fn role_path_and_name(&self) -> String {
        match self.role_path.as_str() {
            "/" => self.role_name.to_string(),
            path => format!("{path}{}", self.role_name),
        }
    }
}

/// What is called otherwise than in the last render: the user, the group, then roles by name. A user that is new or gone
/// is not renamed, and neither is one in another account.
pub fn renamed(resolved: &Resolved, plan: &Plan, before: &PrincipalNames) -> Vec<Renamed> {
    let mut renamed = Vec::new();
    if let (Some(hub), Some(planned)) = (&resolved.hub, &plan.hub)
        && before.hub.as_deref() == Some(hub.account.as_str())
    {
        for (kind, from, to, span) in [
            (
                RenamedKind::User,
                before.user.clone(),
                planned.first_user_name(),
                hub.user_span,
            ),
            (
                RenamedKind::Group,
                before.group.clone(),
                Some(planned.first_group_name()),
                hub.group_span,
            ),
        ] {
            if let (Some(from), Some(to)) = (from, to)
                && from != to
            {
                renamed.push(Renamed {
                    kind,
                    from,
                    to,
                    accounts: vec![hub.account.clone()],
                    // Terraform renames both in place.
                    replaced: plan.cloudformation.is_some(),
                    span,
                });
            }
        }
    }
    let mut roles: BTreeMap<(&str, String), Renamed> = BTreeMap::new();
    for (target, written) in plan.targets.iter().zip(&resolved.targets) {
        let to = target.role_path_and_name();
        let Some(from) = before.roles.get(target.account.as_str()) else {
            continue;
        };
        if *from == to {
            continue;
        }
        let default = resolved
            .role
            .as_ref()
            .filter(|role| role.name == target.role_name && role.path == target.role_path);
        let role = roles
            .entry((from.as_str(), to.clone()))
            .or_insert_with(|| Renamed {
                kind: RenamedKind::Role,
                from: from.clone(),
                to,
                accounts: Vec::new(),
                replaced: true,
                span: default.map_or(written.span, |role| role.name_span),
            });
        role.accounts.push(target.account.clone());
    }
    renamed.extend(roles.into_values());
    renamed
}

impl Renamed {
    /// The error for what is deleted and made anew; nothing for what keeps its identity.
    pub fn refuse(&self) -> Option<Diagnostic> {
        if !self.replaced {
            return None;
        }
        let (from, to) = (&self.from, &self.to);
        let diagnostic = match self.kind {
            RenamedKind::User => Diagnostic::error(
                "replaced-user",
                self.span,
                format!("the user {from} is called {to} now, and CloudFormation cannot rename it"),
            )
            .why("its stack makes another user, without an access key, and then deletes the old one, which AWS refuses while that has a key. Terraform renames the user, and its keys stay"),
            RenamedKind::Group => Diagnostic::error(
                "replaced-group",
                self.span,
                format!("the group {from} is called {to} now, and CloudFormation cannot rename it"),
            )
            .why("its stack makes another group with all its policies, and deletes the old one. Terraform renames the group"),
            RenamedKind::Role => Diagnostic::error(
                "replaced-role",
                self.span,
                format!("the role {from} of {} is {to} now, and IAM renames no role and moves none", self.whose()),
            )
            .why("the next apply deletes it and makes another: sessions end, what names its ARN elsewhere has to change, and the product does not get in until both the role and the hub are applied"),
        };
        let keep = match self.kind {
            RenamedKind::Role => "keep its name and path",
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
