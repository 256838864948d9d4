//! Partitions: the groups of AWS Regions that share nothing with each other.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// AWS partitions: groups of Regions with accounts and ARNs of their own.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Deserialize,
    Serialize,
    JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Partition {
    /// The commercial Regions.
    #[default]
    Aws,
    /// AWS GovCloud (US).
    AwsUsGov,
    /// The China Regions.
    AwsCn,
    /// The AWS European Sovereign Cloud.
    AwsEusc,
    /// AWS Top Secret.
    AwsIso,
    /// AWS Secret.
    AwsIsoB,
    /// The isolated Regions with names that begin with `eu-isoe`.
    AwsIsoE,
    /// The isolated Regions with names that begin with `us-isof`.
    AwsIsoF,
}

/// What is known of a partition. Absent is what AWS does not publish.
struct Facts {
    name: &'static str,
    /// What names of Regions begin with, before a place and a number; any area where it is empty.
    regions: &'static str,
    iam_region: &'static str,
    dns_suffix: &'static str,
    console: Option<&'static str>,
    saml: Option<&'static str>,
}

impl Partition {
    /// Every partition.
    pub const ALL: [Partition; 8] = [
        Partition::Aws,
        Partition::AwsUsGov,
        Partition::AwsCn,
        Partition::AwsEusc,
        Partition::AwsIso,
        Partition::AwsIsoB,
        Partition::AwsIsoE,
        Partition::AwsIsoF,
    ];

    /// Names, Regions and DNS suffixes are those of botocore 1.44.8, `partitions.json`, and the Regions of IAM those of its
    /// `endpoint-rule-set-1.json`. Consoles: AWS General Reference, GovCloud (US), China and European Sovereign Cloud user
    /// guides. Audiences of SAML: AWS General Reference, "AWS sign-in endpoints"; the AWS CDK (`region-info`) and AWS's
    /// Landing Zone Accelerator for isolated ones. The European Sovereign Cloud has no global page, so it is its Region's.
    const fn facts(self) -> Facts {
        match self {
            Partition::Aws => Facts {
                name: "aws",
                regions: "",
                iam_region: "us-east-1",
                dns_suffix: "amazonaws.com",
                console: Some("console.aws.amazon.com"),
                saml: Some("https://signin.aws.amazon.com/saml"),
            },
            Partition::AwsUsGov => Facts {
                name: "aws-us-gov",
                regions: "us-gov-",
                iam_region: "us-gov-west-1",
                dns_suffix: "amazonaws.com",
                console: Some("console.amazonaws-us-gov.com"),
                saml: Some("https://signin.amazonaws-us-gov.com/saml"),
            },
            Partition::AwsCn => Facts {
                name: "aws-cn",
                regions: "cn-",
                iam_region: "cn-northwest-1",
                dns_suffix: "amazonaws.com.cn",
                console: Some("console.amazonaws.cn"),
                saml: Some("https://signin.amazonaws.cn/saml"),
            },
            Partition::AwsEusc => Facts {
                name: "aws-eusc",
                regions: "eusc-de-",
                iam_region: "eusc-de-east-1",
                dns_suffix: "amazonaws.eu",
                console: Some("console.amazonaws-eusc.eu"),
                saml: Some("https://eusc-de-east-1.signin.amazonaws-eusc.eu/saml"),
            },
            Partition::AwsIso => Facts {
                name: "aws-iso",
                regions: "us-iso-",
                iam_region: "us-iso-east-1",
                dns_suffix: "c2s.ic.gov",
                console: None,
                saml: Some("https://signin.c2shome.ic.gov/saml"),
            },
            Partition::AwsIsoB => Facts {
                name: "aws-iso-b",
                regions: "us-isob-",
                iam_region: "us-isob-east-1",
                dns_suffix: "sc2s.sgov.gov",
                console: None,
                saml: Some("https://signin.sc2shome.sgov.gov/saml"),
            },
            Partition::AwsIsoE => Facts {
                name: "aws-iso-e",
                regions: "eu-isoe-",
                iam_region: "eu-isoe-west-1",
                dns_suffix: "cloud.adc-e.uk",
                console: None,
                saml: None,
            },
            Partition::AwsIsoF => Facts {
                name: "aws-iso-f",
                regions: "us-isof-",
                iam_region: "us-isof-south-1",
                dns_suffix: "csp.hci.ic.gov",
                console: None,
                saml: Some("https://signin.csphome.hci.ic.gov/saml"),
            },
        }
    }

    /// The second part of an ARN.
    pub const fn as_str(self) -> &'static str {
        self.facts().name
    }

    /// The Region that IAM's own endpoint of the partition belongs to.
    pub const fn iam_region(self) -> &'static str {
        self.facts().iam_region
    }

    /// What the names of AWS's hosts end with, without a dot in front.
    pub const fn dns_suffix(self) -> &'static str {
        self.facts().dns_suffix
    }

    /// The host of the console, which a Region and a dot may stand before; absent if AWS publishes none.
    pub const fn console(self) -> Option<&'static str> {
        self.facts().console
    }

    /// The address that a SAML response for the console is sent to, which `SAML:aud` has; absent if AWS publishes none.
    pub const fn saml_audience(self) -> Option<&'static str> {
        self.facts().saml
    }

    /// Whether a name has the shape of this partition's Regions.
    pub fn has_region(self, name: &str) -> bool {
        let word = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase());
        let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let begin = self.facts().regions;
        let rest = match begin.is_empty() {
            // A Region of an area, such as `eu`, that AWS opens later is most likely of this partition.
            true => name
                .split_once('-')
                .filter(|(area, _)| *area != "cn" && word(area))
                .map(|(_, rest)| rest),
            false => name.strip_prefix(begin),
        };
        let place = rest.and_then(|rest| rest.split_once('-'));
        place.is_some_and(|(place, index)| word(place) && number(index))
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

#[cfg(test)]
mod tests {
    use super::Partition;

    #[test]
    fn a_region_is_of_one_partition() {
        for (region, partition) in [
            ("us-east-1", Partition::Aws),
            ("mx-central-1", Partition::Aws),
            ("us-gov-east-1", Partition::AwsUsGov),
            ("cn-north-1", Partition::AwsCn),
            ("eusc-de-east-1", Partition::AwsEusc),
            ("us-iso-west-1", Partition::AwsIso),
            ("us-isob-west-1", Partition::AwsIsoB),
            ("eu-isoe-west-1", Partition::AwsIsoE),
            ("us-isof-east-1", Partition::AwsIsoF),
        ] {
            let of: Vec<Partition> = Partition::ALL
                .into_iter()
                .filter(|partition| partition.has_region(region))
                .collect();
            assert_eq!(of, [partition], "{region}");
        }
        for other in [
            "",
            "us-east",
            "us--1",
            "us-east-",
            "cn-1",
            "aws-global",
            "US-EAST-1",
            "eusc-fr-east-1",
        ] {
            let is_of = |partition: Partition| partition.has_region(other);
            assert!(!Partition::ALL.into_iter().any(is_of), "{other}");
        }
    }

    #[test]
    fn a_partition_is_read_by_the_name_that_is_written() {
        for partition in Partition::ALL {
            assert_eq!(Partition::parse(partition.as_str()), Some(partition));
            assert!(partition.has_region(partition.iam_region()), "{partition}");
            let read: Partition = serde_json::from_str(&format!("\"{partition}\"")).unwrap();
            assert_eq!(read, partition);
        }
        assert_eq!(Partition::parse("aws-isob"), None);
    }
}
