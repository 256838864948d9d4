//! AWS's managed policies: an index of all, and the current version of each, unpacked when somebody asks for it.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::sync::{LazyLock, OnceLock};

use flate2::read::DeflateDecoder;
use serde_json::Value;

use super::managed_policy::{Statement, allowed, statements};
use super::parse;
use super::{Reference, Source};
use crate::diag::did_you_mean;
use crate::model::{AwsPolicy, Grant, Partition};

/// Made by `reference/generate.py`, as is the other; `reference/README.md` describes both.
const INDEX: &str = include_str!("../../reference/managed.txt");
/// Blocks of deflated policies, each behind its length in four bytes.
const BLOCKS: &[u8] = include_bytes!("../../reference/managed.bin");

/// The date of the newest policy in the data.
pub const MANAGED_DATED: &str = "2026-08-26";

static POLICIES: LazyLock<Vec<ManagedPolicy>> = LazyLock::new(|| index(INDEX));

/// The package that they are from.
pub fn managed_source() -> Option<Source> {
    let mut lines = INDEX.lines().filter_map(|line| line.strip_prefix("# "));
    lines.find_map(parse::source)
}

/// A managed policy of AWS, in its current version.
#[derive(Debug)]
pub struct ManagedPolicy {
    /// Its path without slashes at the ends, such as `job-function`; mostly empty.
    pub path: &'static str,
    pub name: &'static str,
    /// The version, as IAM counts them: `v92`.
    pub version: &'static str,
    /// The day on which AWS changed it last: `2026-08-17`.
    pub date: &'static str,
    /// The number of its block, and where it is in there.
    block: usize,
    start: usize,
    length: usize,
    statements: OnceLock<Vec<Statement>>,
    granted: OnceLock<BTreeSet<Grant>>,
}

/// What a managed policy can be attached to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttachableTo {
    /// Users, groups and roles.
    Principals,
    /// Nothing but the service-linked roles that AWS makes.
    ServiceLinkedRoles,
    /// Nothing: it limits what sessions of a member account's root user can do.
    RootSessions,
}

/// Every managed policy, by name in the order of the alphabet. No policy is unpacked for it.
pub fn managed_policies() -> &'static [ManagedPolicy] {
    &POLICIES
}

/// The policy with a name such as `SecurityAudit`, which can have its path before it, or with an ARN in the partition `aws`.
/// Names are unique, whatever the path.
pub fn managed_policy(written: &str) -> Option<&'static ManagedPolicy> {
    let named = written.strip_prefix(ARN).unwrap_or(written);
    let (path, name) = match named.rsplit_once('/') {
        Some((path, name)) => (Some(path), name),
        None if named.len() < written.len() => (Some(""), named),
        None => (None, named),
    };
    let mut found = POLICIES.iter();
    found.find(|policy| policy.name == name && path.is_none_or(|path| policy.path == path))
}

/// The name, with its path, of the policy that somebody meant: one with another path or case, or one that is nearest.
pub fn near_managed_policy(written: &str) -> Option<String> {
    let name = written.rsplit('/').next().unwrap_or(written);
    let same = || {
        let mut all = POLICIES.iter();
        all.find(|policy| policy.name.eq_ignore_ascii_case(name))
    };
    let near = || {
        let near = did_you_mean(name, POLICIES.iter().map(|policy| policy.name))?;
        managed_policy(near)
    };
    Some(same().or_else(near)?.full_name())
}

/// What ARNs of these policies begin with in the partition that the data is of.
const ARN: &str = "arn:aws:iam::aws:policy/";

impl ManagedPolicy {
    /// The name with its path: `job-function/ViewOnlyAccess`.
    pub fn full_name(&self) -> String {
        match self.path {
            "" => self.name.to_owned(),
            path => format!("{path}/{}", self.name),
        }
    }

    /// The ARN in a partition.
    pub fn arn(&self, partition: Partition) -> String {
        format!("arn:{partition}:iam::aws:policy/{}", self.full_name())
    }

    /// What it can be attached to.
    pub fn attachable_to(&self) -> AttachableTo {
        match self.path {
            "aws-service-role" => AttachableTo::ServiceLinkedRoles,
            "root-task" => AttachableTo::RootSessions,
            _ => AttachableTo::Principals,
        }
    }

    /// The same, as it is attached.
    pub fn attached(&self) -> AwsPolicy {
        AwsPolicy {
            full_name: self.full_name(),
            version: self.version.to_owned(),
            date: self.date.to_owned(),
        }
    }

    /// What it grants in the partition `aws`, by the reference in the binary. It is worked out the first time.
    pub fn granted(&self) -> &BTreeSet<Grant> {
        let grants = || self.grants(Reference::embedded(), Partition::Aws);
        self.granted.get_or_init(grants)
    }

    /// What it says. It is unpacked the first time.
    ///
    /// # Panics
    ///
    /// A test unpacks every policy.
    pub fn statements(&self) -> &[Statement] {
        self.statements.get_or_init(|| {
            let document = serde_json::from_str(&self.text()).expect("a test parses every policy");
            statements(&document).expect("a test reads every policy")
        })
    }

    /// How many actions it can allow; those of wildcards are all that the reference in the binary knows.
    pub fn allowed_actions(&self) -> usize {
        allowed(self.granted(), Reference::embedded()).len()
    }

    /// The policy document, as JSON.
    ///
    /// # Panics
    ///
    /// A test unpacks every policy.
    pub fn document(&self) -> Value {
        serde_json::from_str(&self.text()).expect("a test parses every policy")
    }

    fn text(&self) -> String {
        let mut rest = BLOCKS;
        for _ in 0..self.block {
            rest = split(rest).1;
        }
        let mut unpacked = Vec::new();
        DeflateDecoder::new(split(rest).0)
            .take((self.start + self.length) as u64)
            .read_to_end(&mut unpacked)
            .expect("a test unpacks every policy");
        String::from_utf8(unpacked.split_off(self.start)).expect("JSON in ASCII")
    }
}

/// The first block, and those behind it.
fn split(blocks: &[u8]) -> (&[u8], &[u8]) {
    let (length, rest) = blocks.split_first_chunk().expect("the index counts blocks");
    rest.split_at(u32::from_le_bytes(*length) as usize)
}

fn index(text: &'static str) -> Vec<ManagedPolicy> {
    let mut policies = Vec::new();
    let (mut blocks, mut start) = (0, 0);
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let mut fields = line.split(' ');
        let (Some(named), Some(version), Some(date), Some(length)) =
            (fields.next(), fields.next(), fields.next(), fields.next())
        else {
            (blocks, start) = (blocks + 1, 0);
            continue;
        };
        let (path, name) = named.rsplit_once('/').unwrap_or(("", named));
        let length = length.parse().unwrap_or_default();
        policies.push(ManagedPolicy {
            path,
            name,
            version,
            date,
            block: blocks - 1,
            start,
            length,
            statements: OnceLock::new(),
            granted: OnceLock::new(),
        });
        start += length;
    }
    policies
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_policy_is_unpacked_and_read() {
        let all = index(INDEX);
        assert_eq!(all.len(), 1_594);
        let attachable = all
            .iter()
            .filter(|policy| policy.attachable_to() == AttachableTo::Principals);
        assert_eq!(attachable.count(), 1_232);
        for policy in &all {
            assert!(!policy.statements().is_empty(), "{}", policy.name);
        }
        let but = all
            .iter()
            .filter(|policy| policy.statements().iter().any(|one| one.actions.is_but));
        assert_eq!(but.count(), 14);
        assert_eq!(managed_source().unwrap().date, MANAGED_DATED);
        let newest = all.iter().map(|policy| policy.date).max();
        assert_eq!(newest, Some(MANAGED_DATED));
    }

    #[test]
    fn a_look_up_unpacks_no_policy() {
        let all = index(INDEX);
        assert!(all.iter().any(|policy| policy.name == "SecurityAudit"));
        assert!(all.iter().all(|policy| policy.statements.get().is_none()));
    }

    #[test]
    fn a_policy_is_found_by_name_path_and_arn() {
        for written in [
            "ViewOnlyAccess",
            "job-function/ViewOnlyAccess",
            "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess",
        ] {
            let found = managed_policy(written).map(ManagedPolicy::full_name);
            assert_eq!(
                found.as_deref(),
                Some("job-function/ViewOnlyAccess"),
                "{written}"
            );
        }
        for (unknown, near) in [
            (
                "service-role/ViewOnlyAccess",
                Some("job-function/ViewOnlyAccess"),
            ),
            (
                "arn:aws:iam::aws:policy/ViewOnlyAccess",
                Some("job-function/ViewOnlyAccess"),
            ),
            ("securityaudit", Some("SecurityAudit")),
            ("SecurtyAudit", Some("SecurityAudit")),
            (
                "arn:aws-cn:iam::aws:policy/SecurityAudit",
                Some("SecurityAudit"),
            ),
            ("job-function/Nothing", None),
        ] {
            assert!(managed_policy(unknown).is_none(), "{unknown}");
            assert_eq!(near_managed_policy(unknown).as_deref(), near, "{unknown}");
        }
    }
}
