//! Managed policies of AWS's own, as roles and groups have them attached.

use super::{Segment, Text};

/// A managed policy of AWS, in the version that is known of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AwsPolicy {
    /// The name with its path: `job-function/ViewOnlyAccess`.
    pub full_name: String,
    /// The version: `v92`.
    pub version: String,
    /// The day on which AWS changed it last: `2026-08-17`.
    pub date: String,
}

impl AwsPolicy {
    /// The name without its path, which is unique too.
    pub fn name(&self) -> &str {
        let name = self.full_name.rsplit('/').next();
        name.unwrap_or(&self.full_name)
    }

    /// The version with its date, for people.
    pub fn dated(&self) -> String {
        format!("{} of {}", self.version, self.date)
    }

    /// The ARN, which has no account.
    pub fn arn(&self) -> Text {
        let mut arn = Text::literal("arn:");
        arn.push(Segment::Partition);
        arn.push_literal(&format!("{OWNER}{}", self.full_name));
        arn
    }

    /// The name with its path, from an ARN of such a policy in any partition.
    pub fn named_in(arn: &str) -> Option<&str> {
        let (partition, name) = arn.strip_prefix("arn:")?.split_once(OWNER)?;
        (!partition.contains(':')).then_some(name)
    }
}

/// What stands between partition and name in the ARNs.
const OWNER: &str = ":iam::aws:policy/";
