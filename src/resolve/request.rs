//! What a condition is judged for: what is asked for, by whom and where; and which values such a request never has.

use std::collections::BTreeSet;

use super::caller::{Caller, Lack, Lacks, Shown};
use super::form::{is_region, may_be};
use super::verdict::Condition;
use super::verdict::Verdict;
use super::verdict::explained;
use super::verdict::is_of_identity_provider;
use super::verdict::own_key;
use crate::diag::Severity;
use crate::model::{Action, ArnPattern, Effect, Partition, overlap, shown};
use crate::reference::Reference;

/// What a condition is judged for.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The actions, which are judged together.
    pub actions: &'a [Action],
    /// What they are granted on.
    pub resources: &'a [ArnPattern],
    /// Whether they are allowed or denied.
    pub effect: Effect,
    /// Who makes it.
    pub caller: Caller<'a>,
    /// The deployment's partition; a catalog is for all of them.
    pub partition: Option<Partition>,
    /// What AWS knows of actions and keys.
    pub reference: &'a Reference,
}

impl Request<'_> {
    /// Why nothing is ever filled in for a policy variable: the sentence, and what to do. Where the reference does not know the
    /// variable, that is a fault of its own. A session brings keys of other services and of identity providers with it, such as
    /// `datazone:userId`, which AWS lists for no action.
    fn never_filled(&self, key: &str) -> Option<(String, String)> {
        let variable = shown(&format!("${{{key}}}"));
        let lack = self.caller.lack(key, self.reference);
        if let Some(Lack { who, help, .. }) = lack.filter(|lack| lack.how == Lacks::Never) {
            let what = format!("nothing is filled in for {variable}: {who} {}", shown(key));
            return Some((what, help));
        }
        let listed =
            self.reference.is_of_tags(key) || own_key(key, self.actions, self.reference).is_some();
        let first = self.actions.first()?;
        let mut facts = self
            .actions
            .iter()
            .flat_map(|action| self.reference.expand(action.as_str()))
            .peekable();
        let lacking = listed
            && facts.peek().is_some()
            && !is_of_identity_provider(key, self.reference)
            && facts.all(|facts| !facts.has_key(key, self.resources, self.reference));
        lacking.then(|| {
            (
                format!("nothing is filled in for {variable}: no request of {first} has it"),
                explained(first),
            )
        })
    }

    /// The first of some Regions, and the deployment's partition, if all of them are of another one.
    fn all_elsewhere<'a>(&self, regions: &'a [String]) -> Option<(&'a String, Partition)> {
        let deployed = self.partition?;
        let elsewhere = |region: &String| {
            let mut partitions = Partition::ALL.into_iter();
            !deployed.has_region(region) && partitions.any(|other| other.has_region(region))
        };
        let first = regions.first()?;
        regions.iter().all(elsewhere).then_some((first, deployed))
    }

    /// What is wrong with resources: a Region of another partition in all of them, or a policy variable that stands for
    /// nothing. Of several variables in one resource, the first.
    pub(super) fn judge_resources(&self) -> Vec<Verdict> {
        let mut told = BTreeSet::new();
        let mut verdicts = Vec::new();
        let (severity, why) = match self.effect {
            Effect::Allow => (
                Severity::Warning,
                "AWS never compares it with anything, so it allows nothing and misleads the reader",
            ),
            Effect::Deny => (
                Severity::Error,
                "AWS never compares it with anything, so nothing is denied on it",
            ),
        };
        let patterns = self.resources.iter().map(|arn| arn.text().pattern());
        let regions: Vec<String> = patterns
            .map(|arn| arn.split(':').nth(3).unwrap_or_default().to_owned())
            .collect();
        verdicts.extend(self.all_elsewhere(&regions).map(|(region, partition)| Verdict {
            code: "unsupported-resource",
            severity,
            key: String::new(),
            value: None,
            message: format!(
                "{} is not a Region of {partition}, so the resource with it matches nothing",
                shown(region)
            ),
            why: "no resource of one partition is in a Region of another".to_owned(),
            help: "write a Region of the deployment's partition, or `*`".to_owned(),
        }));
        for resource in self.resources {
            let pattern = resource.text().pattern();
            let fault = variables(&pattern).find_map(|key| self.never_filled(key));
            if let Some((what, help)) = fault.filter(|(what, _)| told.insert(what.clone())) {
                verdicts.push(Verdict {
                    code: "unsupported-resource",
                    severity,
                    key: String::new(),
                    value: None,
                    message: format!("{what}, so the resource with it matches nothing"),
                    why: why.to_owned(),
                    help,
                });
            }
        }
        verdicts
    }
}

impl Condition<'_> {
    /// What is wrong with the values for those who send the request, what they ask for and where.
    pub(super) fn judge_request(&self, request: Request<'_>) -> Vec<Verdict> {
        let mut verdicts = self.judge_variables(request);
        verdicts.extend(self.judge_regions(request));
        verdicts.extend(self.judge_caller(request));
        verdicts
    }

    /// What is wrong with policy variables in the values: the request never has what would be filled in.
    fn judge_variables(&self, request: Request<'_>) -> Vec<Verdict> {
        if !self.operator.takes_variables() {
            return Vec::new();
        }
        let mut verdicts = Vec::new();
        for (index, value) in self.values.iter().enumerate() {
            let fault = variables(value).find_map(|key| request.never_filled(key));
            if let Some((message, help)) = fault {
                let (severity, why) = self.without_equal(request.effect);
                verdicts.push(Verdict {
                    code: "unsupported-condition",
                    severity,
                    key: self.key.to_owned(),
                    value: Some(index),
                    message: match severity {
                        Severity::Error => message,
                        _ => format!("{message}, so the value with it matches nothing"),
                    },
                    why: why.to_owned(),
                    help,
                });
            }
        }
        verdicts
    }

    /// What is wrong with Regions that are all of another partition than the deployment's. Beside one of its own, they are for
    /// other deployments.
    fn judge_regions(&self, request: Request<'_>) -> Option<Verdict> {
        let elsewhere = request.all_elsewhere(self.values);
        let (region, partition) = elsewhere.filter(|_| is_region(self.key))?;
        let (severity, why) = self.without_equal(request.effect);
        Some(Verdict {
            code: "impossible-value",
            severity: match request.effect {
                Effect::Allow => Severity::Warning,
                Effect::Deny => severity,
            },
            key: self.key.to_owned(),
            value: None,
            message: format!(
                "{} is never {}: that is not a Region of {partition}",
                shown(self.key),
                shown(region)
            ),
            why: why.to_owned(),
            help: "write a Region of the deployment's partition".to_owned(),
        })
    }

    /// What is wrong with what the caller is compared with, if all of it is of others: of users where a role sends the request,
    /// or the other way round.
    fn judge_caller(&self, request: Request<'_>) -> Option<Verdict> {
        let (caller, arn, kind) = match request.caller {
            Caller::Role
            | Caller::Assumes {
                with: Shown::Role, ..
            } => ("a role", "arn:*:iam::*:role/*", "AssumedRole"),
            Caller::User
            | Caller::Assumes {
                with: Shown::User, ..
            } => ("an IAM user", "arn:*:iam::*:user/*", "User"),
            Caller::Assumes { .. } => return None,
        };
        let first = self.values.first()?;
        let fits = |value: &String| match self.key.to_ascii_lowercase().as_str() {
            // Of whoever assumes a role, more is known.
            "aws:principalarn" => request.caller.assumes() || may_be(arn, value),
            "aws:principaltype" if self.operator.takes_wildcards() => overlap(kind, value),
            "aws:principaltype" => value.contains("${") || kind.eq_ignore_ascii_case(value),
            _ => true,
        };
        let told = |value: &String| self.judge_form(value, request.effect).is_some();
        let others = self.operator.takes_variables()
            && !self.values.iter().any(|value| fits(value) || told(value));
        others.then(|| {
            let (severity, why) = self.without_equal(request.effect);
            Verdict {
                code: "impossible-value",
                severity,
                key: self.key.to_owned(),
                value: Some(0),
                message: format!(
                    "{} is never {} here: {caller} sends the request",
                    shown(self.key),
                    shown(first)
                ),
                why: why.to_owned(),
                help: format!("compare with a value that {caller} has, or leave the condition out"),
            }
        })
    }

    /// What comes of a value that nothing equals: a negated condition lets through what it was to keep out, and so does a
    /// Deny that never applies.
    pub(super) fn without_equal(&self, effect: Effect) -> (Severity, &'static str) {
        match (effect, self.operator.negated) {
            (Effect::Allow, true) => (
                Severity::Error,
                "nothing equals the value, so the condition keeps nothing out by it",
            ),
            (Effect::Allow, false) => (
                Severity::Warning,
                "nothing equals the value, so the condition lets nothing through by it",
            ),
            (Effect::Deny, true) => (
                Severity::Warning,
                "nothing equals the value, so nothing is spared by it",
            ),
            (Effect::Deny, false) => (
                Severity::Error,
                "nothing equals the value, so nothing is denied by it",
            ),
        }
    }
}

/// The keys of the policy variables in a text. What has a default value is never without one.
fn variables(text: &str) -> impl Iterator<Item = &str> {
    text.split("${")
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .map(|(name, _)| name)
        .filter(|name| name.contains(':') && !name.contains(','))
}
