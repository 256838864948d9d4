//! ARN formats as AWS documents them, and the ARN patterns of policies.

use std::collections::{BTreeMap, BTreeSet};

use super::{ActionFacts, ActionResource, ResourceType, Service};
use crate::model::{ArnPattern, Segment, Text, covers, overlap};

/// More patterns than this with one prefix become one pattern.
const MOST_OF_A_KIND: usize = 8;

/// Any account, as a pattern.
const ACCOUNT: &str = "????????????";

/// What AWS calls the account of a resource, where that is the account of the caller as a rule.
const OWN_ACCOUNT: [&str; 2] = ["${Account}", "${AccountId}"];

impl ResourceType {
    /// The ARN patterns that stand for every resource of the type in an account, one for each ARN format: the
    /// partition and the account are places, every other placeholder is `*`.
    ///
    /// Resources of other accounts are not among them, such as the policies that AWS manages
    /// (`arn:aws:iam::aws:policy/…`), though actions on them may be allowed by `*`.
    pub fn patterns(&self) -> impl Iterator<Item = ArnPattern> {
        self.arns().map(pattern)
    }
}

impl Service {
    /// Whether any resource of one of the service's types falls under an ARN pattern. `${account}` is an account, which a format
    /// without one never matches; other placeholders and policy variables in the pattern may stand for anything.
    pub fn accepts(&self, resource_type: &ResourceType, pattern: &ArnPattern) -> bool {
        let pattern = wildcards(&pattern.text().pattern().replace("${account}", ACCOUNT));
        resource_type.arns().any(|format| {
            arns_overlap(&wildcards(format), &pattern)
                && !self.lies_within(format, &pattern)
                && !(pattern.contains(':')
                    && account(&pattern).is_empty()
                    && self.needs_account(format))
        })
    }

    /// Whether resources of a format are always in an account. Of most services AWS has some that are in none, such as its own
    /// documents of Systems Manager, and does not list them. Where it lists its own under `aws`, all others have an account.
    fn needs_account(&self, format: &str) -> bool {
        let namespace = |arn: &str| arn.split(':').nth(2).unwrap_or_default().to_owned();
        let of_aws = |other: &str| account(other) == "aws" && namespace(other) == namespace(format);
        let mut formats = self.resource_types().iter().flat_map(ResourceType::arns);
        OWN_ACCOUNT.contains(&account(format)) && formats.any(of_aws)
    }

    /// Whether a pattern only stands for what lies within the resources of a format: for objects where the format is that of
    /// buckets. The last name in the format then has a slash, which resources of that format do not.
    ///
    /// A colon parts qualifiers as well: actions on functions take the ARN of a version, and those on log groups one that ends
    /// in `:*`.
    fn lies_within(&self, format: &str, pattern: &str) -> bool {
        let (resource, pattern) = (resource_part(format), resource_part(pattern));
        if !resource.ends_with('}') || slashes(pattern) <= slashes(resource) {
            return false;
        }
        let start = wildcards(format) + "/";
        let formats = self.resource_types().iter().flat_map(ResourceType::arns);
        formats
            .filter(|inner| slashes(inner) > slashes(format))
            .map(wildcards)
            .any(|inner| inner.starts_with(&start) && covers(resource_part(&inner), pattern))
    }
}

impl ActionResource<'_> {
    /// Whether any resource of the type falls under an ARN pattern.
    pub fn accepts(self, pattern: &ArnPattern) -> bool {
        self.service().accepts(self.resource_type(), pattern)
    }
}

impl ActionFacts<'_> {
    /// The ARN patterns of every resource type that the action takes, whether each call names one or only some do;
    /// none where it works on `*` alone.
    ///
    /// AWS's own managed policies are among them for actions on policies: they are in no account, and whoever may
    /// work on any policy works on those too.
    pub fn patterns(self) -> BTreeSet<ArnPattern> {
        let mut patterns: BTreeSet<ArnPattern> = self
            .resources()
            .flat_map(|resource| resource.resource_type().patterns())
            .collect();
        if self.service().prefix() == "iam" {
            let managed = self
                .resources()
                .any(|resource| resource.resource_type().name() == "policy");
            if managed {
                patterns.insert(pattern("arn:${Partition}:iam::aws:policy/*"));
            }
        }
        patterns
    }

    /// The same in as few patterns as say it: without those that another one covers; and more than eight that differ
    /// behind the last colon only as one. `ec2:CreateTags` takes about a hundred types, and a list of them would say
    /// no more than `arn:aws:ec2:*:222222222222:*`.
    pub fn patterns_in_short(self) -> Vec<ArnPattern> {
        shortest(self.patterns())
    }

    /// Whether AWS can find the action allowed by a statement on this resource: `*` always, an ARN pattern where a
    /// resource of some type falls under it. Of an action that is not [`ActionFacts::verified`] and has no types,
    /// nothing is known.
    pub fn takes(self, resource: &ArnPattern) -> bool {
        *resource == ArnPattern::any()
            || (!self.verified() && self.only_star())
            || self.resources().any(|listed| listed.accepts(resource))
    }
}

fn pattern(format: &str) -> ArnPattern {
    let mut text = Text::default();
    for (index, part) in format.splitn(6, ':').enumerate() {
        if index > 0 {
            text.push_literal(":");
        }
        match index {
            1 => text.push(Segment::Partition),
            4 if OWN_ACCOUNT.contains(&part) => text.push(Segment::Account),
            _ => text.push_literal(&wildcards(part)),
        }
    }
    ArnPattern::from(text)
}

/// Writes `*` for every `${…}`, and one `*` for several in a row.
fn wildcards(text: &str) -> String {
    let mut written = String::new();
    let mut push = |piece: &str| {
        for character in piece.chars() {
            if !(character == '*' && written.ends_with('*')) {
                written.push(character);
            }
        }
    };
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        push(before);
        push("*");
        rest = after.split_once('}').map_or("", |(_, rest)| rest);
    }
    push(rest);
    written
}

/// Whether some ARN falls under both patterns. Wildcards do not reach beyond the colons that part an ARN.
fn arns_overlap(one: &str, other: &str) -> bool {
    if one == "*" || other == "*" {
        return true;
    }
    let (mut ones, mut others) = (one.splitn(6, ':'), other.splitn(6, ':'));
    loop {
        match (ones.next(), others.next()) {
            (None, None) => return true,
            (Some(one), Some(other)) if overlap(one, other) => {}
            _ => return false,
        }
    }
}

/// What stands between the fourth and the fifth colon.
fn account(arn: &str) -> &str {
    arn.split(':').nth(4).unwrap_or_default()
}

/// What stands behind the fifth colon.
fn resource_part(arn: &str) -> &str {
    arn.splitn(6, ':').nth(5).unwrap_or_default()
}

fn slashes(text: &str) -> usize {
    text.matches('/').count()
}

/// Drops what another pattern covers, and joins what is too long a list.
fn shortest(patterns: BTreeSet<ArnPattern>) -> Vec<ArnPattern> {
    let mut by_prefix: BTreeMap<String, Vec<ArnPattern>> = BTreeMap::new();
    for arn in &patterns {
        let covered = patterns
            .iter()
            .any(|other| other != arn && other.covers(arn));
        if !covered {
            by_prefix.entry(prefix(arn)).or_default().push(arn.clone());
        }
    }
    let mut short: Vec<ArnPattern> = by_prefix
        .into_iter()
        .flat_map(|(prefix, patterns)| match patterns.len() {
            0..=MOST_OF_A_KIND => patterns,
            _ => joined(&prefix).map_or(patterns, |joined| vec![joined]),
        })
        .collect();
    short.sort();
    short
}

/// An ARN up to the colon before its resource.
fn prefix(arn: &ArnPattern) -> String {
    let pattern = arn.text().pattern();
    let parts: Vec<&str> = pattern.splitn(6, ':').take(5).collect();
    parts.join(":")
}

fn joined(prefix: &str) -> Option<ArnPattern> {
    let text = Text::parse(&format!("{prefix}:*"), &BTreeMap::new()).ok()?;
    Some(ArnPattern::from(text))
}

#[cfg(test)]
mod tests {
    use super::{arns_overlap, wildcards};

    #[test]
    fn wildcards_stay_between_the_colons_of_an_arn() {
        let format = "arn:*:ec2:*:*:vpc/*";
        assert!(arns_overlap(format, "*"));
        assert!(arns_overlap(format, "arn:aws:ec2:*:111111111111:*"));
        assert!(!arns_overlap(format, "arn:aws:s3:*:*:vpc/*"));
        assert!(!arns_overlap(format, "arn:aws:ec2:*:*:subnet/*"));
        assert!(!arns_overlap(format, "arn:aws:ec2:*"));
    }

    #[test]
    fn placeholders_in_a_row_are_one_wildcard() {
        assert_eq!(wildcards("a${B}${C}/${D}*"), "a*/*");
        assert_eq!(wildcards("${open"), "*");
    }
}
