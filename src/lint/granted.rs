//! The grants of a deployment for rules to iterate over: each entry once, and all grants of each principal.

use std::collections::{BTreeMap, BTreeSet};

use super::{Context, Finding, Holder};
use crate::diag::Span;
use crate::model::{Action, ArnPattern, ConditionMap, Conditions, Effect, Grant, Partition, Text};
use crate::reference::{ActionFacts, ManagedPolicy, allowed};
use crate::resolve::{
    Caller, Denial, GrantResource, Product, Request, SelectedGrant, SelectedManaged, Target,
    Trusted, judge_conditions,
};

/// A catalog entry that is granted.
#[derive(Debug, Clone, Copy)]
pub struct Granted<'a> {
    /// The grant.
    pub grant: &'a SelectedGrant,
    /// The product that asks for it.
    pub product: &'a Product,
    /// Who has it.
    pub holder: Holder,
    /// What that principal is denied.
    pub denials: &'a [Denial],
}

/// A managed policy of AWS that is attached for a catalog entry.
#[derive(Debug, Clone, Copy)]
pub struct Attached<'a> {
    pub policy: &'static ManagedPolicy,
    /// Where the catalog asks for it.
    pub span: Span,
    /// The product that asks for it.
    pub product: &'a Product,
    /// Who has it.
    pub holder: Holder,
}

/// All grants of a principal: the hub's user with its groups, or the role of some targets.
#[derive(Debug)]
pub struct Principal<'a> {
    /// The grants, in the order of the catalogs.
    pub grants: Vec<Granted<'a>>,
    /// What it is denied.
    pub denials: &'a [Denial],
    /// Who it is.
    pub holder: Holder,
    /// The managed policies of AWS that it has besides, each once.
    pub attached: Vec<Attached<'a>>,
    /// Whether it has a permissions boundary in all accounts.
    pub bounded: bool,
    /// Whether it is a role; otherwise it is an IAM user.
    pub is_role: bool,
}

impl<'a> Context<'a> {
    /// The grants of each principal: the hub's first, then each kind of role.
    pub fn principals(&self) -> Vec<Principal<'a>> {
        let resolved = self.resolved;
        let granted = |grants: &'a [SelectedGrant], denials: &'a [Denial], holder: Holder| {
            let with_product = |grant: &'a SelectedGrant| Granted {
                grant,
                product: &resolved.products[grant.origin.product],
                holder,
                denials,
            };
            grants.iter().map(with_product).collect()
        };
        let attached = |policies: &'a [SelectedManaged], holder: Holder| {
            let mut attached: Vec<Attached<'a>> = Vec::new();
            for one in policies {
                if !attached
                    .iter()
                    .any(|known| known.policy.name == one.policy.name)
                {
                    attached.push(Attached {
                        policy: one.policy,
                        span: one.span,
                        product: &resolved.products[one.origin.product],
                        holder,
                    });
                }
            }
            attached
        };
        let hub = Principal {
            grants: granted(&resolved.hub_grants, &resolved.hub_denials, Holder::Hub),
            attached: attached(&resolved.hub_managed, Holder::Hub),
            denials: &resolved.hub_denials,
            holder: Holder::Hub,
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
                let denials = &resolved.roles[targets.first()?.role].denials;
                let holder = Holder::GrantSet(number);
                Some(Principal {
                    grants: granted(&set.grants, denials, holder),
                    attached: attached(&set.managed, holder),
                    denials,
                    holder,
                    bounded: targets
                        .iter()
                        .all(|target| target.permissions_boundary.is_some()),
                    is_role: true,
                })
            });
        std::iter::once(hub)
            .chain(roles)
            .filter(|one| {
                !one.grants.is_empty() || !one.attached.is_empty() || !one.denials.is_empty()
            })
            .collect()
    }

    /// A finding for each listed action that an entry grants, by name or with a wildcard, with the list's description, and one
    /// for each managed policy of AWS that grants any: `which` is what they do. The first help is for grants on all resources.
    pub fn listed(
        &self,
        list: &[(&str, &str)],
        which: &str,
        why: &str,
        help: [&str; 2],
    ) -> Vec<Finding> {
        let mut findings = Vec::new();
        for attached in self.attached() {
            let allowed = allowed(attached.policy.granted(), self.reference);
            let listed = list.iter().map(|(action, _)| (*action).to_owned());
            let listed: Vec<String> = listed
                .filter(|action| allowed.contains_key(action))
                .collect();
            findings.extend(attached.including(&listed, which, why));
        }
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

    /// A finding for each condition that is judged with this code, of what is granted and of who may assume the roles.
    pub fn of_conditions(&self, code: &str) -> Vec<Finding> {
        let mut findings = Vec::new();
        for principal in self.principals() {
            for granted in &principal.grants {
                let grant = granted.grant;
                let request = Request {
                    actions: std::slice::from_ref(&grant.action),
                    resources: grant.resource.arns(),
                    effect: Effect::Allow,
                    caller: match principal.is_role {
                        true => Caller::Role,
                        false => Caller::User,
                    },
                    partition: Some(self.plan.partition),
                    reference: self.reference,
                };
                for (_, verdict) in judge_conditions(request, &grant.conditions) {
                    if verdict.code == code {
                        let finding = granted.finding(verdict.message, verdict.why, verdict.help);
                        findings.push(finding);
                    }
                }
            }
        }
        for (number, trusted) in self.trusted() {
            let anything = [ArnPattern::any()];
            let request = trusted.request(&anything, self.plan.partition, self.reference);
            for (operator, verdict) in judge_conditions(request, &trusted.written) {
                let at = (operator.unwrap_or_default(), verdict.key);
                if verdict.code == code {
                    findings.push(Finding {
                        span: *trusted.written_at.get(&at).unwrap_or(&trusted.span),
                        asked: Vec::new(),
                        subject: at.1,
                        holders: BTreeSet::from([Holder::Role(number)]),
                        message: verdict.message,
                        limits: String::new(),
                        why: verdict.why,
                        help: verdict.help,
                    });
                }
            }
        }
        findings
    }

    /// Whom the roles trust, with the number of the role.
    pub fn trusted(&self) -> impl Iterator<Item = (usize, &'a Trusted)> {
        let roles = self.resolved.roles.iter().enumerate();
        roles.flat_map(|(number, role)| role.trust.iter().map(move |one| (number, one)))
    }

    /// The managed policies of AWS that are attached, principal by principal.
    pub fn attached(&self) -> Vec<Attached<'a>> {
        let principals = self.principals().into_iter();
        principals
            .flat_map(|principal| principal.attached)
            .collect()
    }

    /// All granted catalog entries, principal by principal.
    pub fn granted(&self) -> Vec<Granted<'a>> {
        let principals = self.principals().into_iter();
        principals.flat_map(|principal| principal.grants).collect()
    }
}

impl Principal<'_> {
    /// Whether anything grants an action, such as `iam:PassRole`, by name or with a wildcard.
    pub fn has(&self, action: &str) -> bool {
        let action_of_policy = || Action::parse(action).ok();
        self.grants.iter().any(|granted| granted.grants(action))
            || !self.attached.is_empty()
                && action_of_policy().is_some_and(|action| {
                    self.attached.iter().any(|one| one.policy.allows(&action))
                })
    }
}

impl Attached<'_> {
    /// A finding about the policy, which is its subject. The help is to take out what is not needed, where that can be done.
    pub fn finding(&self, message: impl Into<String>, why: impl Into<String>) -> Finding {
        let help = match self.policy.is_plain() {
            true => {
                "write `expand: managed` for the product and omit what it does not need, or omit the policy if the product works without"
            }
            false => "omit the policy if the product works without",
        };
        Finding {
            span: self.span,
            asked: vec![self.product.span],
            subject: self.policy.name.to_owned(),
            holders: BTreeSet::from([self.holder]),
            message: message.into(),
            limits: String::new(),
            why: why.into(),
            help: help.to_owned(),
        }
    }

    /// A finding about actions of the policy, if there are any: `which` is what they do.
    pub fn including(&self, actions: &[String], which: &str, why: &str) -> Option<Finding> {
        let message = format!(
            "{} includes {}, which {which}",
            self.dated(),
            named(actions)
        );
        (!actions.is_empty()).then(|| self.finding(message, why))
    }

    /// The policy with its version.
    fn dated(&self) -> String {
        format!("{} ({})", self.policy.name, self.policy.attached().dated())
    }
}

/// The first names, and the number of the others.
pub(super) fn named(actions: &[String]) -> String {
    const MOST: usize = 5;
    let named = actions[..actions.len().min(MOST)].join(", ");
    match actions.len().saturating_sub(MOST) {
        0 => named,
        more => format!("{named} and {more} more"),
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
            asked: vec![self.product.span],
            subject: self.grant.action.to_string(),
            holders: BTreeSet::from([self.holder]),
            message: message.into(),
            limits: String::new(),
            why: why.into(),
            help: help.into(),
        }
    }

    /// Selects the help: the first if the entry grants on all resources, or all of a type; otherwise the second.
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

    /// The actions that the entry's action matches.
    pub fn actions(&self, context: &Context<'a>) -> Vec<ActionFacts<'a>> {
        context.reference.expand(self.grant.action.as_str())
    }

    /// Whether the entry grants an action, such as `iam:PassRole`, by name or with a wildcard.
    pub fn grants(&self, action: &str) -> bool {
        let own = &self.grant.action;
        own.as_str().eq_ignore_ascii_case(action)
            || (own.has_wildcard() && Action::parse(action).is_ok_and(|action| own.covers(&action)))
    }

    /// Whether the entry can allow an action. A wildcard does not allow actions on resources that they do not support;
    /// an action that is granted by name always counts, and so does one that is not in the reference. One that is denied
    /// for certain is not allowed.
    pub fn reaches(&self, context: &Context<'_>, action: &str) -> bool {
        let takes = |facts: ActionFacts<'_>| match &self.grant.resource {
            GrantResource::Arns(arns) => arns.iter().any(|arn| facts.takes(arn)),
            GrantResource::OwnUser => facts.takes(&written(Self::OWN_USER)),
            GrantResource::OwnGroups => facts.takes(&written(Self::OWN_GROUPS)),
        };
        let supported = || context.reference.action(action).is_none_or(takes);
        !self.is_denied(action) && (!self.grant.action.has_wildcard() || supported())
    }

    /// Whether an action is denied for certain on all that the entry grants it on.
    pub fn is_denied(&self, action: &str) -> bool {
        let Ok(action) = Action::parse(action) else {
            return false;
        };
        let denied = |arn: &ArnPattern| {
            let mut denials = self.denials.iter();
            denials.any(|denial| denial.always_denies(&action, arn))
        };
        match &self.grant.resource {
            GrantResource::Arns(arns) => !arns.is_empty() && arns.iter().all(denied),
            GrantResource::OwnUser => denied(&written(Self::OWN_USER)),
            GrantResource::OwnGroups => denied(&written(Self::OWN_GROUPS)),
        }
    }

    /// The resource for the hub's own user.
    pub const OWN_USER: &'static str = "arn:${partition}:iam::${account}:user/${own}";
    /// The resource for the hub's own groups.
    pub const OWN_GROUPS: &'static str = "arn:${partition}:iam::${account}:group/${own}";

    /// The grants of the entry, as in every account of the principal.
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

    /// The conditions as text.
    pub fn conditions(&self, written: &dyn Fn(&Text) -> String) -> ConditionMap {
        concrete(&self.grant.conditions, written)
    }

    /// Whether the entry is limited to the hub's own user and groups.
    pub fn is_own(&self) -> bool {
        !matches!(self.grant.resource, GrantResource::Arns(_))
    }

    /// The listed actions that the entry grants.
    pub fn granted_among<'l>(&self, list: &[&'l str]) -> Vec<&'l str> {
        list.iter()
            .copied()
            .filter(|action| self.grants(action))
            .collect()
    }
}

/// What a principal is denied, as in every account of it.
pub(super) fn denied(denials: &[Denial], partition: Partition) -> Vec<Grant> {
    let anywhere = |text: &Text| text.anywhere(partition);
    let mut denied = Vec::new();
    for denial in denials {
        let conditions = concrete(&denial.conditions, &anywhere);
        for action in &denial.actions {
            denied.extend(denial.resources.iter().map(|resource| Grant {
                effect: Effect::Deny,
                action: action.to_string(),
                resource: anywhere(resource.text()),
                conditions: conditions.clone(),
            }));
        }
    }
    denied
}

fn concrete(conditions: &Conditions, written: &dyn Fn(&Text) -> String) -> ConditionMap {
    let keys = |keys: &BTreeMap<String, BTreeSet<Text>>| {
        let all = keys.iter().map(|(key, values)| {
            let values = values.iter().map(written);
            (key.clone(), values.collect())
        });
        all.collect()
    };
    let operators = conditions.iter();
    operators
        .map(|(operator, by_key)| (operator.clone(), keys(by_key)))
        .collect()
}

fn written(arn: &str) -> ArnPattern {
    ArnPattern::from(Text::literal(arn))
}
