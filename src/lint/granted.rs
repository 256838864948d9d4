//! What a deployment grants, for rules to walk over: each entry once, and what each principal has together.

use std::collections::{BTreeMap, BTreeSet};

use super::{Context, Finding};
use crate::model::{AccountId, Action, ConditionMap, Effect, Grant, Site, Text};
use crate::reference::ActionFacts;
use crate::resolve::{GrantResource, Product, Request, SelectedGrant, Target, judge_conditions};

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

    /// A finding for each action of a list, with what it does, that an entry grants by name or under a wildcard.
    pub fn listed(&self, list: &[(&str, &str)], why: &str, help: &str) -> Vec<Finding> {
        let mut findings = Vec::new();
        for granted in self.granted() {
            let under = match granted.grant.action.has_wildcard() {
                true => format!(" (under {})", granted.grant.action),
                false => String::new(),
            };
            for (action, does) in list.iter().filter(|(action, _)| granted.grants(action)) {
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
                    by_role: principal.is_role,
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
            why: why.into(),
            help: help.into(),
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

    /// What stands for the hub's own user and groups as a resource.
    pub const OWN: &'static str = "own";

    /// What the entry grants, as it is granted in the first account of the principal. It is alike in the others.
    pub fn evaluated(&self, context: &Context<'_>, principal: &Principal<'_>) -> Vec<Grant> {
        let Some(account) = principal.accounts.first() else {
            return Vec::new();
        };
        let site = Site {
            partition: context.plan.partition,
            account,
        };
        let resources = match &self.grant.resource {
            GrantResource::Arns(arns) => arns.iter().map(|arn| arn.text().at(site)).collect(),
            GrantResource::OwnUser | GrantResource::OwnGroups => vec![Self::OWN.to_owned()],
        };
        let conditions = self.conditions(&|text| text.at(site));
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

    /// Whether the entry names no single resources.
    pub fn is_open(&self) -> bool {
        match &self.grant.resource {
            GrantResource::Arns(arns) => {
                let mut patterns = arns.iter().map(|arn| arn.text().pattern());
                patterns.any(|pattern| pattern.contains('*'))
            }
            GrantResource::OwnUser | GrantResource::OwnGroups => false,
        }
    }

    /// Whether it is limited to the hub's own user and groups.
    pub fn is_own(&self) -> bool {
        !matches!(self.grant.resource, GrantResource::Arns(_))
    }

    /// Those of the actions in a list that the entry grants.
    pub fn of<'l>(&self, list: &[&'l str]) -> Vec<&'l str> {
        list.iter()
            .copied()
            .filter(|action| self.grants(action))
            .collect()
    }
}
