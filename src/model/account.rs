//! Account ids and partitions.

use std::fmt;

use super::{Refusal, shown};

/// An AWS account id: 12 digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(String);

impl AccountId {
    /// Parses an account id.
    ///
    /// # Errors
    ///
    /// When the text is not 12 ASCII digits (botocore, `accountIdType`).
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(Self(text.to_owned()));
        }
        let help = match text.replace(['-', ' '], "") {
            digits if digits.len() == 12 && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                format!("write the digits alone: \"{digits}\"")
            }
            _ => "write the 12 digits in quotes, leading zeros included".to_owned(),
        };
        Err(Refusal::new(
            format!("{} is not an account id", shown(text)),
            "an AWS account id has exactly 12 digits",
            help,
        ))
    }

    /// The 12 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A group of AWS Regions with accounts and ARNs of its own (botocore, `partitions.json`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Partition {
    /// The commercial Regions.
    Aws,
    /// AWS GovCloud (US).
    AwsUsGov,
    /// The China Regions.
    AwsCn,
}

impl Partition {
    /// Every partition that Landgrant writes for.
    pub const ALL: [Partition; 3] = [Partition::Aws, Partition::AwsUsGov, Partition::AwsCn];

    /// The second part of an ARN.
    pub fn as_str(self) -> &'static str {
        match self {
            Partition::Aws => "aws",
            Partition::AwsUsGov => "aws-us-gov",
            Partition::AwsCn => "aws-cn",
        }
    }

    /// The Region that IAM's own endpoint of the partition belongs to.
    pub fn iam_region(self) -> &'static str {
        match self {
            Partition::Aws => "us-east-1",
            Partition::AwsUsGov => "us-gov-west-1",
            Partition::AwsCn => "cn-northwest-1",
        }
    }

    /// The partition that an ARN names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|partition| partition.as_str() == text)
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
