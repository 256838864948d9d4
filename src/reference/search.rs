//! Many actions at once: what a wildcard stands for, and what an unknown name may have meant.

use std::collections::BTreeSet;

use super::operations::{self, Operation, operation};
use super::typo::{misspelt, singular, words};
use super::{ActionFacts, Reference, Service};
use crate::diag::edits;
use crate::model;

/// Services that most lists of permissions name. A name of theirs with another prefix is a slip.
const WELL_KNOWN: &[&str] = &[
    "acm",
    "athena",
    "autoscaling",
    "backup",
    "ce",
    "cloudformation",
    "cloudfront",
    "cloudtrail",
    "cloudwatch",
    "cognito-idp",
    "config",
    "dynamodb",
    "ec2",
    "ecr",
    "ecs",
    "eks",
    "elasticache",
    "elasticfilesystem",
    "elasticloadbalancing",
    "elasticmapreduce",
    "events",
    "firehose",
    "glue",
    "guardduty",
    "iam",
    "inspector2",
    "kinesis",
    "kms",
    "lambda",
    "logs",
    "organizations",
    "rds",
    "redshift",
    "route53",
    "s3",
    "secretsmanager",
    "securityhub",
    "sns",
    "sqs",
    "ssm",
    "states",
    "sts",
    "tag",
    "wafv2",
];

impl Reference {
    /// The actions that a name stands for, by service and name: one or none without wildcards, as many as match with
    /// them. `*` stands for all, and only then every service is parsed.
    pub fn expand(&self, action: &str) -> Vec<ActionFacts<'_>> {
        if action == "*" {
            return self
                .services()
                .flat_map(|service| service.actions())
                .collect();
        }
        let Some((prefix, name)) = action.split_once(':') else {
            return Vec::new();
        };
        let Some(service) = self.service(prefix) else {
            return Vec::new();
        };
        if !name.contains(['*', '?']) {
            return service.action(name).into_iter().collect();
        }
        let pattern = name.to_ascii_lowercase();
        service
            .actions()
            .filter(|facts| model::matches(&pattern, &facts.name().to_ascii_lowercase()))
            .collect()
    }

    /// What a name that is no action may have meant. With or without a prefix, which may be wrong itself.
    pub fn meant(&self, written: &str) -> Meant {
        let (prefix, name) = match written.split_once(':') {
            Some((prefix, name)) => (Some(prefix), name),
            None => (None, written),
        };
        let service =
            prefix.and_then(|prefix| self.service(operations::prefix(prefix).unwrap_or(prefix)));
        if let Some(service) = service {
            if let Some(operation) = operation(&format!("{}:{name}", service.prefix())) {
                return Meant::Operation(operation);
            }
            if let Some(facts) = service.action(name) {
                return Meant::Actions(vec![facts.canonical()]);
            }
            let near = misspelt(service, name);
            if !near.is_empty() {
                return Meant::Actions(near.into_iter().map(ActionFacts::canonical).collect());
            }
        } else if let Some(prefix) = prefix {
            let near: Vec<String> = self
                .prefixes()
                .filter(|known| edits(prefix, known, 1).is_some())
                .filter_map(|known| Some(self.service(known)?.action(name)?.canonical()))
                .collect();
            if !near.is_empty() {
                return Meant::Actions(few(near));
            }
        }
        Meant::Actions(self.elsewhere(service, name).into_iter().collect())
    }

    /// The one action that has the name in another service. Many names mean something else there, so with a prefix it
    /// has to be a service that everybody works with, and the name has a noun that the service of the prefix never uses.
    fn elsewhere(&self, service: Option<&Service>, name: &str) -> Option<String> {
        let wanted = words(name);
        if wanted.len() < 2 {
            return None;
        }
        let named = self.named(name);
        let mut well_known = named.iter().filter(|facts| {
            let prefix = facts.service().prefix();
            facts.verified() && WELL_KNOWN.contains(&prefix)
        });
        let (first, second) = (well_known.next(), well_known.next());
        let foreign = service.is_none_or(|service| {
            let used: BTreeSet<String> = service
                .actions()
                .flat_map(|facts| words(facts.name()))
                .map(|word| singular(&word))
                .collect();
            wanted[1..]
                .iter()
                .any(|word| !used.contains(&singular(word)))
        });
        match (first, second) {
            (Some(only), None) if foreign && (service.is_none() || named.len() == 1) => {
                Some(only.canonical())
            }
            _ => None,
        }
    }

    /// The actions that have a name, of whatever service.
    fn named(&self, name: &str) -> Vec<ActionFacts<'_>> {
        // The text is searched first, so that services without the name are not parsed.
        self.blocks
            .iter()
            .filter(|block| block.text.is_empty() || mentions(block.text, name))
            .filter_map(|block| block.service().action(name))
            .collect()
    }
}

/// What somebody meant who wrote a name that is no action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meant {
    /// An operation of an API.
    Operation(&'static Operation),
    /// One of these actions, at most three; none where nothing is near enough.
    Actions(Vec<String>),
}

impl Meant {
    /// What to write instead, in a sentence; nothing where that is not known.
    pub fn hint(&self) -> Option<String> {
        let quoted = |names: &[&str], last: &str| {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            match names.split_last() {
                Some((end, [])) => end.clone(),
                Some((end, before)) => format!("{} {last} {end}", before.join(", ")),
                None => String::new(),
            }
        };
        match self {
            Meant::Operation(operation) => {
                let (last, which) = match operation.by_request {
                    true => ("or", ", depending on the request"),
                    false => ("and", ""),
                };
                Some(format!(
                    "`{}` is an API operation, not an action: for a call of it, AWS checks {}{which}",
                    operation.name,
                    quoted(&operation.checks, last)
                ))
            }
            Meant::Actions(near) if near.is_empty() => None,
            Meant::Actions(near) => {
                let near: Vec<&str> = near.iter().map(String::as_str).collect();
                Some(format!("did you mean {}?", quoted(&near, "or")))
            }
        }
    }
}

/// The names, if they are few enough to choose from.
fn few(names: Vec<String>) -> Vec<String> {
    const MOST: usize = 3;
    match names.len() <= MOST {
        true => names,
        false => Vec::new(),
    }
}

/// Whether a line of the block is about an action of this name.
fn mentions(block: &str, name: &str) -> bool {
    block.lines().any(|line| {
        let line = line.as_bytes();
        let end = 2 + name.len();
        line.get(2..end)
            .is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()))
            && matches!(line.get(end), None | Some(b'|'))
    })
}
