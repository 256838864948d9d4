//! Values that a key never has, where AWS documents what all of its values look like.

use super::verdict::Condition;
use super::verdict::Verdict;
use crate::diag::Severity;
use crate::model::{Effect, Family, overlap, shown};

/// What all values of a key look like.
#[derive(Debug, Clone, Copy)]
enum Form {
    /// The number of an account.
    Account,
    /// The id of an organization.
    Organization,
    /// The name of a Region.
    Region,
    /// The host name of a service.
    Service,
    /// The name of an API action, without its service.
    Action,
    /// `false`, where no service sends the request as itself.
    False,
    /// An id that begins so, and what has it.
    Id(&'static str, &'static str),
    /// An address of the internet.
    Public,
    /// An ARN of one of these kinds, and what those are.
    Arn(&'static [&'static str], &'static str),
}

const CALLERS: [&str; 4] = [
    "arn:*:iam::*:role/*",
    "arn:*:iam::*:user/*",
    "arn:*:iam::*:root",
    "arn:*:sts::*:federated-user/*",
];

const OF_CALLER: &str = "the ARN of a user or a role, and of a role's session that of its role";

const POLICIES: [&str; 1] = ["arn:*:iam::*:policy/*"];

/// Keys by their names in lower case, with what the IAM User Guide and the Service Authorization Reference say of their
/// values. Of a role's session `aws:PrincipalArn` is the ARN of the role.
const FORMS: &[(&str, Form)] = &[
    ("aws:calledvia", Form::Service),
    ("aws:calledviafirst", Form::Service),
    ("aws:calledvialast", Form::Service),
    ("aws:principalaccount", Form::Account),
    ("aws:principalarn", Form::Arn(&CALLERS, OF_CALLER)),
    ("aws:principalisawsservice", Form::False),
    ("aws:principalorgid", Form::Organization),
    ("aws:requestedregion", Form::Region),
    ("aws:resourceaccount", Form::Account),
    ("aws:resourceorgid", Form::Organization),
    ("aws:sourceaccount", Form::Account),
    ("aws:sourceorgid", Form::Organization),
    ("aws:sourceip", Form::Public),
    ("aws:sourcevpc", Form::Id("vpc-", "the id of a VPC")),
    (
        "aws:sourcevpce",
        Form::Id("vpce-", "the id of a VPC endpoint"),
    ),
    ("aws:vpceaccount", Form::Account),
    ("aws:vpceorgid", Form::Organization),
    ("ec2:createaction", Form::Action),
    ("ec2:region", Form::Region),
    (
        "ec2:sourceinstancearn",
        Form::Arn(&["arn:*:ec2:*:*:instance/*"], "the ARN of an instance"),
    ),
    (
        "ec2:subnet",
        Form::Arn(&["arn:*:ec2:*:*:subnet/*"], "the ARN of a subnet"),
    ),
    (
        "ec2:vpc",
        Form::Arn(&["arn:*:ec2:*:*:vpc/*"], "the ARN of a VPC"),
    ),
    ("ecs:createaction", Form::Action),
    ("elasticfilesystem:createaction", Form::Action),
    ("elasticloadbalancing:createaction", Form::Action),
    ("iam:awsservicename", Form::Service),
    ("iam:passedtoservice", Form::Service),
    (
        "iam:permissionsboundary",
        Form::Arn(&POLICIES, "the ARN of a policy"),
    ),
    ("iam:policyarn", Form::Arn(&POLICIES, "the ARN of a policy")),
    ("kms:calleraccount", Form::Account),
    ("kms:viaservice", Form::Service),
    (
        "lambda:functionarn",
        Form::Arn(&["arn:*:lambda:*:*:function:*"], "the ARN of a function"),
    ),
];

/// Ranges of addresses that are not on the internet, by how they begin and how many bits of them are the same.
const PRIVATE: &[(&str, u8)] = &[("10.", 8), ("127.", 8), ("169.254.", 16), ("192.168.", 16)];

/// Whether an address, or all of a range, is not on the internet.
fn is_private(text: &str) -> bool {
    let (address, bits) = text.split_once('/').unwrap_or((text, "32"));
    let bits = bits.parse().unwrap_or(0_u8);
    PRIVATE
        .iter()
        .any(|(start, same)| address.starts_with(start) && bits >= *same)
        || (16..32).any(|second| address.starts_with(&format!("172.{second}.")) && bits >= 12)
}

/// What the names of Regions say of where they are.
const PLACES: [&str; 9] = [
    "central",
    "east",
    "north",
    "northeast",
    "northwest",
    "south",
    "southeast",
    "southwest",
    "west",
];

impl Form {
    fn of_key(key: &str) -> Option<Form> {
        let key = key.to_ascii_lowercase();
        let (_, form) = FORMS.iter().find(|(known, _)| *known == key)?;
        Some(*form)
    }

    /// Whether a text without wildcards has the form. Of an ARN, patterns are compared too.
    fn fits(self, text: &str) -> bool {
        let lower = |text: &str| {
            text.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        match self {
            Form::Account => text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()),
            Form::Organization => text
                .strip_prefix("o-")
                .is_some_and(|id| (10..=32).contains(&id.len()) && lower(id)),
            Form::Region => match text.rsplitn(3, '-').collect::<Vec<_>>()[..] {
                [number, place, area] => {
                    !number.is_empty()
                        && number.bytes().all(|byte| byte.is_ascii_digit())
                        && PLACES.contains(&place)
                        && !area.is_empty()
                }
                _ => false,
            },
            Form::Service => text.contains('.') && !text.contains([':', '/']),
            Form::Action => !text.contains(':'),
            Form::False => !text.eq_ignore_ascii_case("true"),
            Form::Id(start, _) => text.starts_with(start),
            Form::Public => !is_private(text),
            Form::Arn(kinds, _) => kinds.iter().any(|kind| may_be(kind, text)),
        }
    }

    /// What a value is, and how one is written.
    fn described(self) -> (&'static str, String) {
        let (what, help) = match self {
            Form::Account => ("the id of an account", "write its twelve digits"),
            Form::Organization => ("the id of an organization", "write it as `o-a1b2c3d4e5`"),
            Form::Region => ("a Region", "write one such as `eu-central-1`"),
            Form::Service => (
                "the name of a service",
                "write it in full, as in `ec2.amazonaws.com`",
            ),
            Form::Action => (
                "the name of an action without its service",
                "write it as `RunInstances`",
            ),
            Form::False => (
                "false for users and roles",
                "leave the condition out: it is for the policies of resources",
            ),
            Form::Id(start, what) => {
                return (what, format!("write it as `{start}0a1b2c3d4e5f67890`"));
            }
            Form::Public => (
                "an address of the internet",
                "write the public address; `aws:VpcSourceIp` has the private one of requests through a VPC endpoint",
            ),
            Form::Arn(kinds, what) => {
                let kind = kinds.first().copied().unwrap_or_default();
                let kind = kind.replacen("arn:*", "arn:${partition}", 1);
                return (what, format!("write one such as `{kind}`"));
            }
        };
        (what, help.to_owned())
    }
}

/// Whether the values of a key are Regions.
pub(super) fn is_region(key: &str) -> bool {
    matches!(Form::of_key(key), Some(Form::Region))
}

/// Whether some ARN of a kind is one that a text stands for. An ARN of these kinds has five colons, and where the text has as
/// many, nothing in it stands for another one.
pub(super) fn may_be(kind: &str, text: &str) -> bool {
    match text.matches(':').count() {
        5 if !text.contains("${") => kind
            .split(':')
            .zip(text.split(':'))
            .all(|(kind, part)| overlap(kind, part)),
        _ => overlap(kind, text),
    }
}

impl Condition<'_> {
    /// What is wrong with a value that the key never has, whoever sends the request.
    pub(super) fn judge_form(&self, value: &str, effect: Effect) -> Option<Verdict> {
        let form = Form::of_key(self.key)?;
        let compares = match form {
            Form::False => matches!(self.operator.family, Family::Bool | Family::String),
            Form::Public => self.operator.family == Family::IpAddress,
            _ => matches!(self.operator.family, Family::String | Family::Arn),
        };
        let open =
            value.contains("${") || (self.operator.takes_wildcards() && value.contains(['*', '?']));
        let undecided = open && !matches!(form, Form::Arn(..));
        if !compares || undecided || form.fits(value) {
            return None;
        }
        let (severity, why) = match form {
            // Lists of all own addresses have private ones, which harm nobody.
            Form::Public => (Severity::Warning, "nothing equals the value"),
            _ => self.without_equal(effect),
        };
        let (what, help) = form.described();
        Some(Verdict {
            code: "impossible-value",
            severity,
            key: self.key.to_owned(),
            value: None,
            message: format!(
                "{} is never {}: it is {what}",
                shown(self.key),
                shown(value)
            ),
            why: why.to_owned(),
            help,
        })
    }
}
