//! ARN patterns for `Resource`, and ARNs of principals for trust policies.

use std::collections::BTreeMap;

use super::{Partition, Refusal, Segment, Text, shown};

/// The longest ARN that AWS gives out (botocore, `arnType`).
const LONGEST: usize = 2_048;

/// A resource that a statement names: `*`, or an ARN in which wildcards may stand. Its partition, where
/// it is not a wildcard, is a place: the same grant in another partition is written with that one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ArnPattern(Text);

impl ArnPattern {
    /// `*`.
    pub fn any() -> Self {
        Self(Text::literal("*"))
    }

    /// Checks an ARN pattern. `partition` is the deployment's, and must be the one that the pattern names,
    /// if it names one.
    ///
    /// # Errors
    ///
    /// When the text is not `*` or six parts of an ARN, or is one of another partition.
    pub fn parse(text: &Text, partition: Option<Partition>) -> Result<Self, Refusal> {
        let pattern = text.pattern();
        if pattern == "*" {
            return Ok(Self::any());
        }
        let refuse = |help: String| {
            Err(Refusal::new(
                format!("{} is not an ARN", shown(&pattern)),
                "IAM refuses a policy whose resource is neither `*` nor an ARN",
                help,
            ))
        };
        let example = "write it as `arn:${partition}:service:region:account:resource`, with `*` where anything will do";
        if pattern.len() > LONGEST {
            return refuse(format!("shorten it to {LONGEST} characters"));
        }
        if let Some(odd) = pattern.chars().find(|c| !is_policy_character(*c)) {
            return refuse(format!(
                "leave out {}: policies take printable Latin-1 characters only",
                shown(&odd.to_string())
            ));
        }
        if without_variables(&pattern).contains(' ') {
            return refuse("leave out the blanks".to_owned());
        }
        if has_early_variable(&pattern) {
            return Err(Refusal::new(
                format!(
                    "{} has a policy variable before its last part",
                    shown(&pattern)
                ),
                "IAM fills in variables behind the fifth colon only, so this would name nothing",
                "write the Region and the account themselves, `${account}`, or `*`",
            ));
        }
        let parts: Vec<&str> = pattern.splitn(6, ':').collect();
        let &[arn, in_partition, service, region, account, resource] = parts.as_slice() else {
            return refuse(example.to_owned());
        };
        let word = |text: &str| {
            text.bytes().all(|byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-*?".contains(&byte)
            })
        };
        let wild = service.contains(['*', '?']);
        if arn != "arn" || resource.is_empty() || service.is_empty() || wild || !word(service) {
            return refuse(example.to_owned());
        }
        if !word(region) {
            return refuse(format!(
                "{} is not a Region; leave it empty, or write `*`",
                shown(region)
            ));
        }
        let account_fits = account.is_empty()
            || account == "${account}"
            || account == "aws"
            || account.contains(['*', '?'])
            || (account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()));
        if !account_fits {
            return refuse(format!(
                "{} is not an account; write 12 digits, `${{account}}`, `*`, or nothing where the service has none",
                shown(account)
            ));
        }
        match in_partition {
            "${partition}" => return Ok(Self(text.clone())),
            "*" => return Ok(Self(text.clone())),
            _ => {}
        }
        match (Partition::parse(in_partition), partition) {
            (None, _) => refuse(format!(
                "partitions are {}; `${{partition}}` stands for the deployment's",
                Partition::ALL.map(|one| format!("`{one}`")).join(", ")
            )),
            (Some(_), None) => Err(Refusal::new(
                format!("{} names one partition", shown(&pattern)),
                "the same grant in AWS GovCloud (US) or China would name nothing, and silently deny",
                "write `arn:${partition}:…`; the deployment says which partition it is",
            )),
            (Some(named), Some(deployed)) if named != deployed => Err(Refusal::new(
                format!(
                    "{} is in partition {named}, the deployment in {deployed}",
                    shown(&pattern)
                ),
                "no account of one partition can reach a resource of another, so the grant would allow nothing",
                format!("write `arn:{deployed}:…`, or `arn:${{partition}}:…`"),
            )),
            _ => {
                // The literal partition becomes a place. It is the first thing after `arn:`, all literal.
                let mut placed = Text::literal("arn:");
                placed.push(Segment::Partition);
                let mut dropped = "arn:".len() + in_partition.len();
                for segment in text.segments() {
                    match segment {
                        Segment::Literal(literal) if dropped > 0 => {
                            let cut = dropped.min(literal.len());
                            placed.push_literal(&literal[cut..]);
                            dropped -= cut;
                        }
                        other => placed.push(other.clone()),
                    }
                }
                Ok(Self(placed))
            }
        }
    }

    /// The pattern as text with places.
    pub fn text(&self) -> &Text {
        &self.0
    }

    /// Whether every resource that `other` stands for is one that this stands for too.
    pub fn covers(&self, other: &ArnPattern) -> bool {
        super::glob::covers(&self.0.pattern(), &other.0.pattern())
    }
}

impl From<Text> for ArnPattern {
    /// For ARNs that Landgrant itself puts together.
    fn from(text: Text) -> Self {
        Self(text)
    }
}

/// A pattern without its policy variables: a default, as in `${aws:PrincipalTag/team, 'none'}`, stands behind a blank.
fn without_variables(pattern: &str) -> String {
    let mut plain = String::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once("${") {
        plain.push_str(before);
        rest = after.split_once('}').map_or("", |(_, rest)| rest);
    }
    plain + rest
}

/// Whether a policy variable, which holds a colon itself, stands before the fifth colon of an ARN.
fn has_early_variable(pattern: &str) -> bool {
    let mut before = pattern;
    if let Some((fifth, _)) = pattern.match_indices(':').nth(4) {
        before = &pattern[..fifth];
    }
    before
        .rfind("${")
        .is_some_and(|start| match before[start..].split_once('}') {
            Some((inside, _)) => inside.contains(':'),
            None => true,
        })
}

/// Characters that the IAM API takes in a policy document (botocore, `policyDocumentType`).
pub(super) fn is_policy_character(character: char) -> bool {
    matches!(character, ' '..='\u{ff}')
}

/// Checks the ARN of a principal that exists already, for a trust policy: an account's root, a user, or a role.
///
/// # Errors
///
/// When it is not such an ARN, holds a wildcard, or is one of another partition.
pub fn check_principal_arn(text: &str, partition: Partition) -> Result<ArnPattern, Refusal> {
    let refuse = |why: &str, help: &str| {
        Err(Refusal::new(
            format!("{} cannot be trusted as a principal", shown(text)),
            why,
            help,
        ))
    };
    let example = "write `account`, `user`, or the ARN of a role or a user: `arn:aws:iam::111111111111:role/ci`";
    if text.contains(['*', '?']) {
        return refuse(
            "AWS accepts no wildcard in the ARN of a principal",
            "name each principal in full",
        );
    }
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let &["arn", in_partition, "iam", "", account, resource] = parts.as_slice() else {
        return refuse(
            "AWS accepts the ARN of an account, a user or a role here",
            example,
        );
    };
    let resource_fits = resource == "root"
        || ["role/", "user/"].iter().any(|kind| {
            resource.strip_prefix(kind).is_some_and(|name| {
                !name.is_empty()
                    && !name.ends_with('/')
                    && name
                        .bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || b"+=,.@-_/".contains(&byte))
            })
        });
    if !resource_fits {
        let why = if resource.starts_with("group/") {
            "a group is not a principal: AWS refuses it in a trust policy"
        } else {
            "AWS accepts the ARN of an account, a user or a role here"
        };
        return refuse(why, example);
    }
    super::AccountId::parse(account)?;
    // The account was found to be digits and the name to hold no `$`, so `${partition}` is the only place there can be.
    let placed = Text::parse(text, &BTreeMap::new()).unwrap_or_else(|_| Text::literal(text));
    ArnPattern::parse(&placed, Some(partition)).map_err(|refusal| match in_partition {
        _ if Partition::parse(in_partition).is_some_and(|named| named != partition) => {
            Refusal::new(
                refusal.what,
                "roles cannot be assumed across partitions",
                refusal.help,
            )
        }
        _ => refusal,
    })
}

/// Checks the ARN of a policy that serves as a permissions boundary. `${account}` may stand for the account.
///
/// # Errors
///
/// When it is not the ARN of one policy, or is one of another partition.
pub fn check_boundary_arn(text: &Text, partition: Partition) -> Result<ArnPattern, Refusal> {
    const EXAMPLE: &str = "write it as `arn:aws:iam::${account}:policy/boundary`";
    const WHY: &str =
        "a permissions boundary is one managed policy of the account or of AWS itself";
    let checked = ArnPattern::parse(text, Some(partition)).map_err(|refusal| {
        let elsewhere = text.pattern().starts_with("arn:aws");
        let help = if elsewhere {
            refusal.help
        } else {
            EXAMPLE.to_owned()
        };
        Refusal::new(refusal.what, WHY, help)
    })?;
    let pattern = checked.text().pattern();
    let parts: Vec<&str> = pattern.splitn(6, ':').collect();
    let fits = match parts.as_slice() {
        ["arn", "${partition}", "iam", "", account, resource] => {
            !account.is_empty()
                && resource.strip_prefix("policy/").is_some_and(|name| {
                    !name.is_empty()
                        && !name.ends_with('/')
                        && name
                            .bytes()
                            .all(|byte| byte.is_ascii_alphanumeric() || b"+=,.@-_/".contains(&byte))
                })
        }
        _ => false,
    };
    if fits && !pattern.contains(['*', '?']) {
        return Ok(checked);
    }
    Err(Refusal::new(
        format!("{} is not the ARN of a policy", shown(&text.pattern())),
        WHY,
        EXAMPLE,
    ))
}

#[cfg(test)]
mod tests {
    use super::{ArnPattern, Partition, Text, check_principal_arn};

    #[test]
    fn a_literal_partition_becomes_a_place() {
        let arn = Text::literal("arn:aws:route53:::hostedzone/Z1");
        let checked = ArnPattern::parse(&arn, Some(Partition::Aws)).unwrap();
        assert_eq!(
            checked.text().pattern(),
            "arn:${partition}:route53:::hostedzone/Z1"
        );
        assert!(ArnPattern::parse(&arn, Some(Partition::AwsCn)).is_err());
        assert!(ArnPattern::parse(&arn, None).is_err());
    }

    #[test]
    fn what_is_not_an_arn_is_refused() {
        for text in [
            "",
            "arn",
            "arn:aws:s3",
            "hostedzone/Z1",
            "arn:aws:ec2:*:12345:vpc/*",
            "arn:aws:s3:::a b",
        ] {
            assert!(
                ArnPattern::parse(&Text::literal(text), Some(Partition::Aws)).is_err(),
                "{text}"
            );
        }
    }

    #[test]
    fn the_partition_of_a_principal_may_be_a_place() {
        for text in [
            "arn:aws:iam::111111111111:role/ci",
            "arn:${partition}:iam::111111111111:role/ci",
        ] {
            let arn = check_principal_arn(text, Partition::Aws).unwrap();
            assert_eq!(arn.text().segments().len(), 3, "{text}");
        }
    }

    #[test]
    fn principals_are_accounts_users_and_roles() {
        for text in [
            "arn:aws:iam::111111111111:root",
            "arn:aws:iam::111111111111:role/a/ci",
        ] {
            assert!(check_principal_arn(text, Partition::Aws).is_ok(), "{text}");
        }
        for text in [
            "arn:aws:iam::111111111111:group/x",
            "arn:aws:iam::111111111111:role/*",
            "arn:aws:iam::1:role/x",
            "arn:aws-cn:iam::111111111111:role/x",
            "111111111111",
        ] {
            assert!(check_principal_arn(text, Partition::Aws).is_err(), "{text}");
        }
    }
}
