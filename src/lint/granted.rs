//! What a deployment grants, for rules to walk over: each entry once, and what each principal has together.

use std::collections::{BTreeMap, BTreeSet};

use super::{Context, Finding};
use crate::model::{AccountId, Action, ArnPattern, ConditionMap, Effect, Grant, Text};
use crate::reference::ActionFacts;
use crate::resolve::{
    Caller, GrantResource, Product, Request, SelectedGrant, Target, judge_conditions,
};

/// A catalog entry that is granted somewhere.
#[derive(Debug, Clone, Copy)]
pub struct Granted<'a> {
    /// What is granted.
    pub grant: &'a SelectedGrant,
    /// The product that asks for it.
    pub product: &'a Product,
}

/// Everything that one principal is granted: the hub's user and groups, or the role of some targets.
#[derive(Debug)]
pub struct Principal<'a> {
    /// What it is granted, in the order of catalogs.
    pub grants: Vec<Granted<'a>>,
    /// The accounts that it is in.
    pub accounts: Vec<AccountId>,
    /// Whether a permissions boundary caps all of them.
    pub bounded: bool,
    /// Whether it is a role; else it is an IAM user.
    pub is_role: bool,
}

impl<'a> Context<'a> {
    /// What each principal is granted: the hub's first, then each kind of role.
    pub fn principals(&self) -> Vec<Principal<'a>> {
        let resolved = self.resolved;
        let granted = |grants: &'a [SelectedGrant]| {
            let with_product = |grant: &'a SelectedGrant| Granted {
                grant,
                product: &resolved.products[grant.origin.product],
            };
            grants.iter().map(with_product).collect()
        };
        let hub = Principal {
            grants: granted(&resolved.hub_grants),
            accounts: resolved.hub.iter().map(|hub| hub.account.clone()).collect(),
            bounded: resolved
                .hub
                .as_ref()
                .is_some_and(|hub| hub.permissions_boundary.is_some()),
            is_role: false,
        };
        let roles = resolved
            .grant_sets
            .iter()
            .enumerate()
            .filter_map(|(number, set)| {
                let targets: Vec<&Target> = resolved
                    .targets
                    .iter()
                    .filter(|target| target.grant_set == number)
                    .collect();
                targets.first()?;
                Some(Principal {
                    grants: granted(&set.grants),
                    accounts: targets
                        .iter()
                        .map(|target| target.account.clone())
                        .collect(),
                    bounded: targets
                        .iter()
                        .all(|target| target.permissions_boundary.is_some()),
                    is_role: true,
                })
            });
        std::iter::once(hub)
            .chain(roles)
            .filter(|principal| !principal.grants.is_empty())
            .collect()
    }

    /// A finding for each action of a list, with what it does, that an entry grants by name or under a wildcard. Of what to
    /// do, the first holds where it is granted on everything.
    pub fn listed(&self, list: &[(&str, &str)], why: &str, help: [&str; 2]) -> Vec<Finding> {
        let mut findings = Vec::new();
        for granted in self.granted() {
            let under = match granted.grant.action.has_wildcard() {
                true => format!(" (under {})", granted.grant.action),
                false => String::new(),
            };
            let reached = list
                .iter()
                .filter(|(action, _)| granted.grants(action) && granted.reaches(self, action));
            for (action, does) in reached {
                let help = granted.help(self, help);
                let mut finding = granted.finding(format!("{action}{under} {does}"), why, help);
                finding.subject = (*action).to_owned();
                findings.push(finding);
            }
        }
        findings
    }

    /// A finding for each condition that is judged so.
    pub fn of_conditions(&self, code: &str) -> Vec<Finding> {
        let mut findings = Vec::new();
        for principal in self.principals() {
            for granted in &principal.grants {
                let grant = granted.grant;
                let request = Request {
                    actions: std::slice::from_ref(&grant.action),
                    resources: grant.resource.arns(),
                    caller: match principal.is_role {
                        true => Caller::Role,
                        false => Caller::User,
                    },
                    partition: Some(self.plan.partition),
                    reference: self.reference,
                };
                for verdict in judge_conditions(request, &grant.conditions) {
                    if verdict.code == code {
                        let finding = granted.finding(verdict.message, verdict.why, verdict.help);
                        findings.push(finding);
                    }
                }
            }
        }
        findings
    }

    /// Every catalog entry that is granted, once for each way in which it is granted.
    pub fn granted(&self) -> Vec<Granted<'a>> {
        let mut seen = BTreeSet::new();
        let mut granted: Vec<Granted<'a>> = self
            .principals()
            .into_iter()
            .flat_map(|principal| principal.grants)
            .collect();
        granted.retain(|one| {
            let way = (&one.grant.resource, &one.grant.conditions);
            seen.insert((one.grant.span, &one.grant.action, format!("{way:?}")))
        });
        granted
    }
}

impl<'a> Granted<'a> {
    /// A finding about this entry.
    pub fn finding(
        &self,
        message: impl Into<String>,
        why: impl Into<String>,
        help: impl Into<String>,
    ) -> Finding {
        Finding {
            span: self.grant.span,
            asked: Some(self.product.span),
            subject: self.grant.action.to_string(),
            accounts: Vec::new(),
            message: message.into(),
            limits: String::new(),
            why: why.into(),
            help: help.into(),
        }
    }

    /// What to do: the first where the entry grants on everything, or on all of a type; the second where it is limited.
    pub fn help<'h>(&self, context: &Context<'_>, [open, limited]: [&'h str; 2]) -> &'h str {
        let arns = self.grant.resource.arns();
        let is_all = |arn: &ArnPattern| arns.iter().any(|granted| granted.covers(arn));
        let facts = || context.reference.expand(self.grant.action.as_str());
        let has_all = || {
            facts()
                .iter()
                .any(|facts| facts.patterns().iter().any(is_all))
        };
        match arns.contains(&ArnPattern::any()) || has_all() {
            true => open,
            false => limited,
        }
    }

    /// The actions that the entry's action stands for.
    pub fn actions(&self, context: &Context<'a>) -> Vec<ActionFacts<'a>> {
        context.reference.expand(self.grant.action.as_str())
    }

    /// Whether the entry grants an action, such as `iam:PassRole`, be it by a wildcard.
    pub fn grants(&self, action: &str) -> bool {
        let own = &self.grant.action;
        own.as_str().eq_ignore_ascii_case(action)
            || (own.has_wildcard() && Action::parse(action).is_ok_and(|action| own.covers(&action)))
    }

    /// Whether AWS can find an action allowed by the entry. By a wildcard it allows no action on resources that the action
    /// never has; an action that it names is taken as meant, and so is one that the reference knows nothing of.
    pub fn reaches(&self, context: &Context<'_>, action: &str) -> bool {
        let takes = |facts: ActionFacts<'_>| match &self.grant.resource {
            GrantResource::Arns(arns) => arns.iter().any(|arn| facts.takes(arn)),
            GrantResource::OwnUser => facts.takes(&written(Self::OWN_USER)),
            GrantResource::OwnGroups => facts.takes(&written(Self::OWN_GROUPS)),
        };
        !self.grant.action.has_wildcard() || context.reference.action(action).is_none_or(takes)
    }

    /// What stands for the hub's own user as a resource.
    pub const OWN_USER: &'static str = "arn:${partition}:iam::${account}:user/${own}";
    /// What stands for the hub's own groups as a resource.
    pub const OWN_GROUPS: &'static str = "arn:${partition}:iam::${account}:group/${own}";

    /// What the entry grants, alike in every account of the principal.
    pub fn evaluated(&self, context: &Context<'_>) -> Vec<Grant> {
        let anywhere = |text: &Text| text.anywhere(context.plan.partition);
        let resources = match &self.grant.resource {
            GrantResource::Arns(arns) => arns.iter().map(|arn| anywhere(arn.text())).collect(),
            GrantResource::OwnUser => vec![Self::OWN_USER.to_owned()],
            GrantResource::OwnGroups => vec![Self::OWN_GROUPS.to_owned()],
        };
        let conditions = self.conditions(&anywhere);
        let grants = resources.into_iter().map(|resource| Grant {
            effect: Effect::Allow,
            action: self.grant.action.to_string(),
            resource,
            conditions: conditions.clone(),
        });
        grants.collect()
    }

    /// The conditions, with their texts written out.
    pub fn conditions(&self, written: &dyn Fn(&Text) -> String) -> ConditionMap {
        let keys = |keys: &BTreeMap<String, BTreeSet<Text>>| {
            let all = keys.iter().map(|(key, values)| {
                let values = values.iter().map(written);
                (key.clone(), values.collect())
            });
            all.collect()
        };
        let operators = self.grant.conditions.iter();
        operators
            .map(|(operator, by_key)| (operator.clone(), keys(by_key)))
            .collect()
    }

    /// Whether it is limited to the hub's own user and groups.
    pub fn is_own(&self) -> bool {
        !matches!(self.grant.resource, GrantResource::Arns(_))
    }

    /// Those of the actions in a list that the entry grants.
    pub fn granted_among<'l>(&self, list: &[&'l str]) -> Vec<&'l str> {
        list.iter()
            .copied()
            .filter(|action| self.grants(action))
            .collect()
    }
}

fn written(arn: &str) -> ArnPattern {
    ArnPattern::from(Text::literal(arn))
}
