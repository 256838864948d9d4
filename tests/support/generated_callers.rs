//! Who asks in generated requests to assume a role: what is known of them, what they can choose, and what nobody knows.
//!
//! It stands here a second time, so that one list can be wrong without the other.

use std::collections::{BTreeMap, BTreeSet};

use landgrant::audit::{Bearers, Caller, TrustPolicy};
use landgrant::model::{Access, Effect, Holds, IdentityKind, Trust, TrustedBy};
use serde_json::{Value, json};

pub(super) const HUB: &str = "111111111111";
pub(super) const OTHER: &str = "222222222222";
const STRANGER: &str = "999999999999";
const USER: &str = "arn:aws:iam::111111111111:user/svc-micetro";
const ROLE: &str = "arn:aws:iam::111111111111:role/ci";
/// A provider that every account has. Policies name others by an ARN, in whose account the simulator looks for them.
const PROVIDER: &str = "accounts.google.com";
const PLANNED_PROVIDER: &str = "arn:aws:iam::222222222222:oidc-provider/accounts.google.com";
/// What the ARN of every trust anchor of the account begins with.
pub(super) const ANCHORS: &str = "arn:aws:rolesanywhere:eu-central-1:222222222222:trust-anchor/";
const ANCHOR: &str = "arn:aws:rolesanywhere:eu-central-1:222222222222:trust-anchor/one";

/// A condition key with what a policy may ask of it.
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) known: Known,
    pub(super) values: &'static [&'static str],
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Text,
    Arn,
    Bool,
    Number,
    Date,
    Ip,
}

/// Who knows the value of a key.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Known {
    /// It is a fact of the caller, be it that it is absent.
    Fact,
    /// The caller sends it.
    Chosen,
    /// The caller sends it, and cannot leave it out.
    Sent,
    /// Nobody, but that there is one.
    Something,
    /// Nobody, be it that there is none.
    Nobody,
}

const fn key(name: &'static str, kind: Kind, known: Known, values: &'static [&'static str]) -> Key {
    Key {
        name,
        kind,
        known,
        values,
    }
}

#[rustfmt::skip] // One key, one line.
const KEYS: &[Key] = &[
    key("aws:PrincipalAccount", Kind::Text, Known::Fact, &[HUB, STRANGER, "1111*", "*", "*1*1*", "????????????", "0111111111111", "${aws:PrincipalAccount}", "${aws:ResourceAccount}", "1?1111111111"]),
    key("aws:PrincipalArn", Kind::Arn, Known::Fact, &["arn:aws:iam::111111111111:user/svc-micetro", "ARN:aws:iam::111111111111:USER/svc-micetro", "arn:aws:iam::*:user/*", "arn:aws:iam::111111111111:*", "arn:aws:iam::111111111111:user/vendor/*", "arn:aws:iam::111111111111:role/ci", "${aws:PrincipalArn}", "arn:aws:iam::${aws:PrincipalAccount}:user/${aws:username}", "arn:aws:iam::999999999999:user/${aws:username}", "*", "arn:aws:iam::11*:user/*", "arn:*:*:*:*:*", "arn:aws:*", "arn:aws:iam::?11111111111:user/svc-${*}", "${aws:PrincipalTag/none}"]),
    key("aws:username", Kind::Text, Known::Fact, &["svc-micetro", "SVC-Micetro", "svc-*", "*", "s?c-micetro", "other", "${aws:username}", "${*}", "s${?}c-micetro", "svc-micetr${", "${aws:PrincipalTag/none}", "${aws:PrincipalTag/none, 'svc-micetro'}", "${AWS:UserName}", "svc-*o*", "*-micetro*"]),
    key("aws:PrincipalType", Kind::Text, Known::Fact, &["User", "AssumedRole", "user", "*"]),
    key("aws:userid", Kind::Text, Known::Fact, &["AIDAEXAMPLE0000000000", "AIDA*", "AROA*", "*:session"]),
    key("aws:PrincipalTag/team", Kind::Text, Known::Fact, &["dns", "DNS", "d*", "${aws:PrincipalTag/team}", "*", "${aws:PrincipalTag/other, 'dns'}", "${aws:PrincipalTag/other, '*'}", "d??", "?*s", "${aws:username}"]),
    key("aws:PrincipalTag/other", Kind::Text, Known::Fact, &["dns", "*"]),
    key("aws:PrincipalIsAWSService", Kind::Bool, Known::Fact, &["true", "false"]),
    key("aws:SecureTransport", Kind::Bool, Known::Fact, &["true", "false"]),
    key("aws:SourceAccount", Kind::Text, Known::Fact, &[HUB, "*"]),
    key("aws:SourceArn", Kind::Arn, Known::Fact, &["arn:aws:s3:::b", "arn:aws:*:*:*:*"]),
    key("aws:ResourceAccount", Kind::Text, Known::Fact, &[HUB, OTHER, "${aws:PrincipalAccount}"]),
    key("sts:ExternalId", Kind::Text, Known::Chosen, &["acme", "ac*", "*", "ACME", "a?me", "${aws:username}-x", "~", "????", "ac${*}"]),
    key("sts:RoleSessionName", Kind::Text, Known::Sent, &["s1", "${aws:username}", "*", "s*", "~~~~~~~~", "~~~~~~~~~", "??", "${sts:RoleSessionName}", "?*"]),
    key("sts:SourceIdentity", Kind::Text, Known::Chosen, &["ops", "o*"]),
    key("aws:SourceIdentity", Kind::Text, Known::Chosen, &["ops", "${aws:username}"]),
    key("aws:RequestTag/team", Kind::Text, Known::Chosen, &["dns", "${aws:PrincipalTag/team}"]),
    key("aws:TagKeys", Kind::Text, Known::Chosen, &["team", "other", "t*"]),
    key("sts:DurationSeconds", Kind::Number, Known::Nobody, &["3600", "900"]),
    key("aws:PrincipalOrgID", Kind::Text, Known::Nobody, &["o-a1b2c3d4e5", "o-*", "*"]),
    key("aws:SourceVpc", Kind::Text, Known::Nobody, &["vpc-1", "*"]),
    key("aws:MultiFactorAuthPresent", Kind::Bool, Known::Nobody, &["true", "false"]),
    key("aws:MultiFactorAuthAge", Kind::Number, Known::Nobody, &["3600", "7"]),
    key("aws:SourceIp", Kind::Ip, Known::Nobody, &["10.0.0.0/8", "203.0.113.7/32"]),
    key("aws:CurrentTime", Kind::Date, Known::Something, &["2020-01-01T00:00:00Z", "2030-01-01T00:00:00Z"]),
    key("aws:ViaAWSService", Kind::Bool, Known::Nobody, &["true", "false"]),
];

#[rustfmt::skip] // One key, one line.
const OF_TOKENS: &[Key] = &[
    key("accounts.google.com:sub", Kind::Text, Known::Fact, &["job:main", "job:*", "JOB:main", "job:other", "*", "${accounts.google.com:sub}"]),
    key("accounts.google.com:aud", Kind::Text, Known::Sent, &["sts.amazonaws.com", "sts.*", "other"]),
    key("accounts.google.com:google/organization_number", Kind::Text, Known::Nobody, &["octocat", "*"]),
    key("cognito-identity.amazonaws.com:sub", Kind::Text, Known::Fact, &["job:main", "*"]),
    key("sts:RoleSessionName", Kind::Text, Known::Sent, &["s1", "${accounts.google.com:sub}", "*", "s*"]),
    key("aws:RequestTag/team", Kind::Text, Known::Nobody, &["dns", "*"]),
    key("sts:DurationSeconds", Kind::Number, Known::Nobody, &["3600", "900"]),
    key("aws:SourceIp", Kind::Ip, Known::Nobody, &["10.0.0.0/8", "203.0.113.7/32"]),
    key("aws:SecureTransport", Kind::Bool, Known::Fact, &["true", "false"]),
    key("aws:PrincipalAccount", Kind::Text, Known::Nobody, &[OTHER, "*"]),
];

#[rustfmt::skip] // One key, one line.
const OF_CERTIFICATES: &[Key] = &[
    key("aws:PrincipalTag/x509Subject/CN", Kind::Text, Known::Fact, &["ci.example.com", "*.example.com", "CI.example.com", "db.example.com", "*"]),
    key("aws:PrincipalTag/x509Subject/O", Kind::Text, Known::Nobody, &["Example", "*"]),
    key("aws:SourceArn", Kind::Arn, Known::Sent, &[ANCHOR, "arn:aws:rolesanywhere:*:222222222222:trust-anchor/*", "arn:aws:rolesanywhere:eu-central-1:222222222222:trust-anchor/two", "arn:aws:rolesanywhere:eu-central-1:999999999999:trust-anchor/one", "*"]),
    key("aws:SourceAccount", Kind::Text, Known::Fact, &[OTHER, STRANGER, "2222*"]),
    key("sts:RoleSessionName", Kind::Text, Known::Nobody, &["s1", "*"]),
    key("sts:SourceIdentity", Kind::Text, Known::Nobody, &["ci.example.com", "*"]),
    key("aws:SecureTransport", Kind::Bool, Known::Fact, &["true", "false"]),
    key("aws:PrincipalIsAWSService", Kind::Bool, Known::Nobody, &["true", "false"]),
];

/// Somebody whom a policy may let in.
pub(crate) struct Who {
    /// As the audit knows it.
    known: Asking,
    /// As the simulator is told.
    pub(crate) simulated: &'static str,
    pub(super) facts: BTreeMap<&'static str, &'static str>,
    /// Whether nothing is known of its tags and its id.
    pub(super) is_vague: bool,
    /// What its requests are asked for.
    pub(super) keys: &'static [Key],
    /// How it assumes roles.
    pub(crate) action: &'static str,
}

enum Asking {
    Caller(Caller),
    Bearers(Bearers),
}

impl Who {
    /// The account, if it is an IAM principal.
    pub(crate) fn account(&self) -> Option<&str> {
        match &self.known {
            Asking::Caller(caller) => Some(caller.account()),
            Asking::Bearers(_) => None,
        }
    }

    /// Whether the audit knows only that it is one of an account.
    pub(crate) fn is_anyone(&self) -> bool {
        matches!(&self.known, Asking::Caller(caller) if caller.arn().ends_with(":root"))
    }

    pub(super) fn said(&self, policy: &TrustPolicy, account: &str) -> Holds {
        match &self.known {
            Asking::Caller(caller) => policy.lets_in(caller, account),
            Asking::Bearers(bearers) => bearers.lets_in(policy, account),
        }
    }

    /// A user or a role; `is_vague` if its tags and its id are not known, `is_anyone` if only its account is.
    pub(super) fn principal(arn: &'static str, is_vague: bool, is_anyone: bool) -> Self {
        let mut known = Caller::new(match is_anyone {
            true => "arn:aws:iam::111111111111:root",
            false => arn,
        })
        .unwrap();
        let mut facts = BTreeMap::from([
            ("aws:PrincipalArn", arn),
            ("aws:PrincipalAccount", HUB),
            ("aws:PrincipalIsAWSService", "false"),
            ("aws:SecureTransport", "true"),
        ]);
        let is_role = arn.contains(":role/");
        facts.extend(match is_role {
            true => vec![
                ("aws:PrincipalType", "AssumedRole"),
                ("aws:userid", "AROAEXAMPLE0000000000:session"),
            ],
            false => vec![
                ("aws:PrincipalType", "User"),
                ("aws:username", "svc-micetro"),
                ("aws:userid", "AIDAEXAMPLE0000000000"),
            ],
        });
        let is_vague = is_role || is_vague || is_anyone;
        if !is_vague {
            facts.insert("aws:PrincipalTag/team", "dns");
            known.id = Some("AIDAEXAMPLE0000000000".to_owned());
            known.tags = Some(BTreeMap::from([("team".to_owned(), "dns".to_owned())]));
        }
        Self {
            known: Asking::Caller(known),
            simulated: arn,
            facts,
            is_vague,
            keys: KEYS,
            action: "sts:AssumeRole",
        }
    }

    /// Who has tokens that a planned role trusts.
    pub(super) fn with_token() -> Self {
        let conditions = [
            ("StringEquals", "accounts.google.com:sub", "job:main"),
            (
                "StringEquals",
                "accounts.google.com:aud",
                "sts.amazonaws.com",
            ),
            // What the bearer chooses, and could choose otherwise.
            ("StringLike", "sts:RoleSessionName", "planned-*"),
        ];
        let action = "sts:AssumeRoleWithWebIdentity";
        Self {
            known: bearers("Federated", PLANNED_PROVIDER, action, &conditions),
            simulated: PROVIDER,
            facts: BTreeMap::from([
                ("accounts.google.com:sub", "job:main"),
                ("aws:SecureTransport", "true"),
            ]),
            is_vague: false,
            keys: OF_TOKENS,
            action,
        }
    }

    /// Who has certificates that a planned role trusts.
    pub(super) fn with_certificate() -> Self {
        let service = "rolesanywhere.amazonaws.com";
        let conditions = [
            (
                "StringEquals",
                "aws:PrincipalTag/x509Subject/CN",
                "ci.example.com",
            ),
            ("ArnEquals", "aws:SourceArn", ANCHOR),
        ];
        let action = "sts:AssumeRole";
        Self {
            known: bearers("Service", service, action, &conditions),
            simulated: service,
            facts: BTreeMap::from([
                ("aws:PrincipalTag/x509Subject/CN", "ci.example.com"),
                ("aws:SourceAccount", OTHER),
                ("aws:SecureTransport", "true"),
            ]),
            is_vague: false,
            keys: OF_CERTIFICATES,
            action,
        }
    }

    /// Elements `Principal` of policies that may be about it.
    pub(super) fn principals(&self) -> Vec<Value> {
        let own = self.simulated;
        let mut all = vec![
            json!({"Service": "ec2.amazonaws.com"}),
            json!({"Service": "*"}),
            json!({"Federated": "*"}),
            json!({"Federated": "arn:aws:iam::222222222222:saml-provider/x", "AWS": OTHER}),
        ];
        all.extend(match self.known {
            Asking::Caller(_) => vec![
                json!({"AWS": HUB}),
                json!({"AWS": "arn:aws:iam::111111111111:root"}),
                json!({"AWS": own}),
                json!({"AWS": [own, "arn:aws:iam::999999999999:root"]}),
                json!({"AWS": USER}),
                json!({"AWS": [USER, HUB]}),
                json!({"AWS": ROLE}),
                json!({"AWS": "arn:aws:sts::111111111111:assumed-role/ci/session"}),
                json!({"AWS": "arn:aws:iam::999999999999:root"}),
                json!({"AWS": ["AIDADELETED000000000", STRANGER]}),
                json!({"AWS": "AROADELETED000000000"}),
            ],
            Asking::Bearers(_) => vec![
                json!({"AWS": USER}),
                json!({"Federated": PROVIDER}),
                json!({"Federated": [PROVIDER, "cognito-identity.amazonaws.com"]}),
                json!({"Federated": "arn:aws:iam::222222222222:oidc-provider/gitlab.com"}),
                json!({"Service": "rolesanywhere.amazonaws.com"}),
                json!({"Service": ["rolesanywhere.amazonaws.com", "ec2.amazonaws.com"], "Federated": PROVIDER}),
            ],
        });
        all
    }
}

/// The identities whom a role trusts by one statement.
fn bearers(kind: &str, value: &str, action: &str, conditions: &[(&str, &str, &str)]) -> Asking {
    let mut access = Access::default();
    let role = access.identity("arn:aws:iam::222222222222:role/planned", IdentityKind::Role);
    let mut all: BTreeMap<String, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    for (operator, key, value) in conditions {
        let keys = all.entry((*operator).to_owned()).or_default();
        keys.insert((*key).to_owned(), BTreeSet::from([(*value).to_owned()]));
    }
    role.trust.insert(Trust {
        effect: Effect::Allow,
        principal: TrustedBy {
            kind: kind.to_owned(),
            value: value.to_owned(),
        },
        action: action.to_owned(),
        conditions: all,
    });
    Asking::Bearers(Bearers::new(&access))
}
