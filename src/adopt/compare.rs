//! What a resource that is there has otherwise than planned.
//!
//! Lines are as Terraform draws them: `-` is there and goes, `+` is planned and comes, `~` is the same in other words.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::{State, state};
use crate::load::snapshot::{Boundary, Found, InlinePolicy, PolicyDetail, Tag, own_tags};
use crate::model::{Access, Grants, Identity, Partition, shown};
use crate::readback::{observed_grants, observed_trust, same_document};

/// The same grants in other statements.
const REWRITTEN: &str = "~ it grants the same; its statements or Sids are written differently";

/// What a principal is beside its policies.
pub(super) struct Attributes<'a> {
    pub(super) path: &'a str,
    pub(super) boundary: Option<&'a Boundary>,
    pub(super) tags: &'a [Tag],
}

/// Compares path, boundary and tags of a principal.
pub(super) fn attributes(
    arn: &str,
    planned: &Identity,
    planned_path: &str,
    found: &Attributes<'_>,
) -> Vec<String> {
    let mut lines = Vec::new();
    if found.path != planned_path {
        lines.push(format!("- has the path {}", found.path));
        lines.push(format!("+ has the path {planned_path}, and so another ARN"));
    }
    let mut there = Identity::new(planned.kind);
    there.permissions_boundary = found.boundary.map(|boundary| boundary.arn.clone());
    there.tags = own_tags(found.tags);
    let mut wanted = Identity::new(planned.kind);
    wanted.permissions_boundary = planned.permissions_boundary.clone();
    wanted.tags = planned.tags.clone();
    lines.extend(identities(arn, there, wanted));
    lines
}

/// Compares a trust policy.
pub(super) fn trust(
    arn: &str,
    partition: Partition,
    planned: &Identity,
    document: &Value,
    found: &Value,
) -> Vec<String> {
    let mut there = Identity::new(planned.kind);
    there.trust = match observed_trust(partition, found) {
        Ok(trust) => trust,
        Err(why) => return vec![not_understood("trust policy", &why)],
    };
    let mut wanted = Identity::new(planned.kind);
    wanted.trust = planned.trust.clone();
    let lines = identities(arn, there, wanted);
    match lines.is_empty() && !same_document(partition, found, document) {
        true => vec![REWRITTEN.replace("it grants", "it trusts")],
        false => lines,
    }
}

/// Compares a policy document.
pub(super) fn policy(
    partition: Partition,
    planned: &Grants,
    document: &Value,
    found: &Value,
) -> Vec<String> {
    const ARN: &str = "it";
    let there = match observed_grants(partition, found) {
        Ok(grants) => grants,
        Err(why) => return vec![not_understood("policy", &why)],
    };
    let with = |grants: Grants| Access {
        managed_policies: BTreeMap::from([(ARN.to_owned(), grants)]),
        ..Access::default()
    };
    let lines = differences(ARN, &with(there), &with(planned.clone()));
    match lines.is_empty() && !same_document(partition, found, document) {
        true => vec![REWRITTEN.to_owned()],
        false => lines,
    }
}

/// Looks an inline policy up and compares it.
pub(super) fn inline(
    partition: Partition,
    name: &str,
    planned: &Grants,
    document: &Value,
    found: &[InlinePolicy],
) -> State {
    match inline_policy(found, name) {
        None => State::Missing,
        Some(there) => {
            State::from_differences(policy(partition, planned, document, &there.document))
        }
    }
}

/// Looks a managed policy up and compares it.
pub(super) fn managed(
    partition: Partition,
    arn: &str,
    description: &str,
    planned: &Grants,
    document: &Value,
    found: Found<'_, PolicyDetail>,
) -> State {
    state(found, |there| {
        if there.arn != arn {
            return State::InTheWay(format!(
                "{} exists, and IAM neither accepts a second policy of this name nor changes a path: delete it first",
                there.arn
            ));
        }
        let mut lines = match there.document() {
            Some(found) => policy(partition, planned, document, found),
            None => vec!["~ the policy document is not in the snapshot".to_owned()],
        };
        if let Some(other) = &there.description
            && other != description
        {
            lines.push(format!(
                "~ its description is {}, which IAM cannot change: Terraform replaces the policy, CloudFormation refuses",
                shown(other)
            ));
        }
        State::from_differences(lines)
    })
}

/// The inline policy of this name.
pub(super) fn inline_policy<'a>(list: &'a [InlinePolicy], name: &str) -> Option<&'a InlinePolicy> {
    list.iter().find(|policy| policy.name == name)
}

fn identities(arn: &str, there: Identity, wanted: Identity) -> Vec<String> {
    let with = |identity| Access {
        identities: BTreeMap::from([(arn.to_owned(), Arc::new(identity))]),
        ..Access::default()
    };
    differences(arn, &with(there), &with(wanted))
}

/// The differences without the ARN, which is the same in all.
fn differences(arn: &str, there: &Access, wanted: &Access) -> Vec<String> {
    let flip = |line: String| match line.split_at_checked(2) {
        Some((mark, fact)) => {
            let fact = fact.strip_prefix(arn).unwrap_or(fact).trim_start();
            let mark = if mark == "- " { "-" } else { "+" };
            format!("{mark} {fact}")
        }
        None => line,
    };
    there.differences(wanted).into_iter().map(flip).collect()
}

fn not_understood(what: &str, why: &str) -> String {
    format!("~ the existing {what} is not understood ({why}); the planned one replaces it")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{REWRITTEN, policy};
    use crate::model::Partition;
    use crate::readback::observed_grants;

    #[test]
    fn grants_are_compared_and_then_their_form() {
        let planned = json!({"Version": "2012-10-17", "Statement": [
            {"Sid": "A", "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "*"},
        ]});
        let granted = observed_grants(Partition::Aws, &planned).unwrap();
        let differences = |found| policy(Partition::Aws, &granted, &planned, &found);
        let same = json!({"Statement": {"Resource": ["*"], "Sid": "A", "Effect": "Allow",
            "Action": ["s3:PutObject", "s3:GetObject"]}, "Version": "2012-10-17"});
        assert_eq!(differences(same), [] as [&str; 0]);
        let without_sid = json!({"Version": "2012-10-17", "Statement": [
            {"Sid": "", "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "*"},
        ]});
        assert_eq!(differences(without_sid), [REWRITTEN]);
        let other = json!({"Version": "2012-10-17", "Statement": [
            {"Sid": "A", "Effect": "Allow", "Action": ["s3:GetObject", "s3:*"], "Resource": "*"},
        ]});
        assert_eq!(
            differences(other),
            ["- Allow s3:* on *", "+ Allow s3:PutObject on *"]
        );
        let odd = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"},
        ]});
        assert!(differences(odd)[0].contains("not understood"));
    }
}
