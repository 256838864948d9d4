//! Trust policies and callers from a seed, and the requests that tell whether one lets the other in.
//!
//! What is known of a caller, what it can choose and what nobody knows stands here a second time, so that one list can be
//! wrong without the other.

use std::collections::{BTreeMap, BTreeSet};

use landgrant::audit::{Caller, TrustPolicy};
use landgrant::model::Holds;
use serde_json::{Map, Value, json};

const HUB: &str = "111111111111";
const OTHER: &str = "222222222222";
const STRANGER: &str = "999999999999";

/// Requests of one case at most: so many choices of the caller, each with so many states of what nobody knows.
const CHOICES: usize = 64;
const STATES: usize = 4;

/// A condition key with what a policy may ask of it.
struct Key {
    name: &'static str,
    kind: Kind,
    known: Known,
    values: &'static [&'static str],
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Text,
    Arn,
    Bool,
    Number,
    Date,
    Ip,
}

/// Who knows the value of a key.
#[derive(Clone, Copy, PartialEq)]
enum Known {
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
    key("aws:PrincipalAccount", Kind::Text, Known::Fact, &[HUB, STRANGER, "1111*", "*", "${aws:PrincipalAccount}", "${aws:ResourceAccount}", "1?1111111111"]),
    key("aws:PrincipalArn", Kind::Arn, Known::Fact, &["arn:aws:iam::111111111111:user/svc-micetro", "ARN:aws:iam::111111111111:USER/svc-micetro", "arn:aws:iam::*:user/*", "arn:aws:iam::111111111111:*", "arn:aws:iam::111111111111:user/vendor/*", "arn:aws:iam::111111111111:role/ci", "${aws:PrincipalArn}", "arn:aws:iam::${aws:PrincipalAccount}:user/${aws:username}", "arn:aws:iam::999999999999:user/${aws:username}", "*"]),
    key("aws:username", Kind::Text, Known::Fact, &["svc-micetro", "SVC-Micetro", "svc-*", "*", "s?c-micetro", "other", "${aws:username}"]),
    key("aws:PrincipalType", Kind::Text, Known::Fact, &["User", "AssumedRole", "user", "*"]),
    key("aws:userid", Kind::Text, Known::Fact, &["AIDAEXAMPLE0000000000", "AIDA*", "AROA*", "*:session"]),
    key("aws:PrincipalTag/team", Kind::Text, Known::Fact, &["dns", "DNS", "d*", "${aws:PrincipalTag/team}", "*", "${aws:PrincipalTag/other, 'dns'}"]),
    key("aws:PrincipalTag/other", Kind::Text, Known::Fact, &["dns", "*"]),
    key("aws:PrincipalIsAWSService", Kind::Bool, Known::Fact, &["true", "false"]),
    key("aws:SecureTransport", Kind::Bool, Known::Fact, &["true", "false"]),
    key("aws:SourceAccount", Kind::Text, Known::Fact, &[HUB, "*"]),
    key("aws:SourceArn", Kind::Arn, Known::Fact, &["arn:aws:s3:::b", "arn:aws:*:*:*:*"]),
    key("aws:ResourceAccount", Kind::Text, Known::Fact, &[HUB, OTHER, "${aws:PrincipalAccount}"]),
    key("sts:ExternalId", Kind::Text, Known::Chosen, &["acme", "ac*", "*", "ACME", "a?me"]),
    key("sts:RoleSessionName", Kind::Text, Known::Sent, &["s1", "${aws:username}", "*", "s*"]),
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

const TEXTS: &[&str] = &[
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
];
const ARNS: &[&str] = &["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"];
const NUMBERS: &[&str] = &[
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericGreaterThanEquals",
];

/// A principal that a policy may let in.
pub(crate) struct Who {
    /// As the audit knows it.
    pub(crate) known: Caller,
    /// As the simulator is told.
    pub(crate) simulated: &'static str,
    facts: BTreeMap<&'static str, &'static str>,
    /// Whether nothing is known of its tags and its id.
    is_vague: bool,
}

impl Who {
    pub(crate) fn account(&self) -> &str {
        self.known.account()
    }
}

/// A policy, a caller, and the requests that are tried.
pub(crate) struct Case {
    pub(crate) policy: Value,
    pub(crate) caller: Who,
    /// The account of the role.
    pub(crate) account: &'static str,
    /// By what the caller chooses to send: the condition keys of each request.
    pub(crate) choices: Vec<Vec<Map<String, Value>>>,
}

impl Case {
    /// What the audit says of it.
    pub(crate) fn said(&self) -> Holds {
        let policy = TrustPolicy::parse(&self.policy).unwrap();
        policy.lets_in(&self.caller.known, self.account)
    }

    /// Why the simulator may say otherwise, where it departs from what AWS documents.
    pub(crate) fn departure(&self) -> Option<&'static str> {
        let conditions = |statement: &Value| statement["Condition"].clone();
        let statements = self.policy["Statement"].as_array().unwrap();
        let mut conditions: Vec<Value> = statements.iter().map(conditions).collect();
        // "IAM policy elements: Variables and tags": without the version 2012-10-17, `${` stands for itself.
        let has_variable = conditions.iter().any(|one| one.to_string().contains("${"));
        if self.policy["Version"] == "2008-10-17" && has_variable {
            return Some("variables of the version 2008-10-17");
        }
        // The same page: variables work with the operators for ARNs, in every part. The simulator splits an ARN at the
        // colons in the names of its variables.
        let arns = conditions.iter_mut().filter_map(Value::as_object_mut);
        let mut arns = arns
            .flatten()
            .filter(|(operator, _)| operator.contains("Arn"));
        arns.any(|(_, keys)| keys.to_string().contains(":iam::${"))
            .then_some("variables in the account of an ARN")
    }
}

/// Makes cases from a seed.
pub(crate) struct Generator(u64);

impl Generator {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.max(1))
    }

    /// A number below another: xorshift64*.
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let mixed = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(mixed).unwrap() % limit
    }

    fn one_in(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let index = self.below(from.len());
        &from[index]
    }

    pub(crate) fn case(&mut self) -> Case {
        let caller = self.caller();
        let account = match self.one_in(4) {
            true => HUB,
            false => OTHER,
        };
        let mut statements = vec![self.statement("Allow", &caller)];
        while self.one_in(3) {
            let effect = *self.pick(&["Allow", "Deny"]);
            statements.push(self.statement(effect, &caller));
        }
        let version = match self.one_in(20) {
            true => "2008-10-17",
            false => "2012-10-17",
        };
        let policy = json!({"Version": version, "Statement": statements});
        let choices = self.choices(&policy, &caller, account);
        Case {
            policy,
            caller,
            account,
            choices,
        }
    }

    fn caller(&mut self) -> Who {
        let arns = [
            "arn:aws:iam::111111111111:user/svc-micetro",
            "arn:aws:iam::111111111111:user/vendor/svc-micetro",
            "arn:aws:iam::111111111111:role/ci",
        ];
        let arn = *self.pick(&arns);
        let mut known = Caller::new(arn).unwrap();
        let mut facts = BTreeMap::from([
            ("aws:PrincipalArn", arn),
            ("aws:PrincipalAccount", HUB),
            ("aws:PrincipalIsAWSService", "false"),
            ("aws:SecureTransport", "true"),
        ]);
        let is_role = arn.contains(":role/");
        let is_vague = is_role || self.one_in(3);
        match is_role {
            true => {
                facts.extend([
                    ("aws:PrincipalType", "AssumedRole"),
                    ("aws:userid", "AROAEXAMPLE0000000000:session"),
                ]);
            }
            false => {
                facts.extend([
                    ("aws:PrincipalType", "User"),
                    ("aws:username", "svc-micetro"),
                    ("aws:userid", "AIDAEXAMPLE0000000000"),
                ]);
            }
        }
        if !is_vague {
            facts.insert("aws:PrincipalTag/team", "dns");
            known.id = Some("AIDAEXAMPLE0000000000".to_owned());
            known.tags = Some(BTreeMap::from([("team".to_owned(), "dns".to_owned())]));
        }
        Who {
            known,
            simulated: arn,
            facts,
            is_vague,
        }
    }

    fn statement(&mut self, effect: &str, caller: &Who) -> Value {
        let own = caller.simulated;
        let everyone = [json!("*"), json!({"AWS": "*"})];
        let principals = [
            json!({"AWS": HUB}),
            json!({"AWS": "arn:aws:iam::111111111111:root"}),
            json!({"AWS": [own, "arn:aws:iam::999999999999:root"]}),
            json!({"AWS": own}),
            json!({"AWS": "arn:aws:iam::111111111111:user/svc-micetro"}),
            json!({"AWS": "arn:aws:iam::111111111111:role/ci"}),
            json!({"AWS": "arn:aws:iam::999999999999:root"}),
            json!({"AWS": ["AIDADELETED000000000", STRANGER]}),
            json!({"Service": "ec2.amazonaws.com"}),
            json!({"Federated": "arn:aws:iam::222222222222:saml-provider/x", "AWS": OTHER}),
        ];
        let principal = match self.one_in(2) {
            true => self.pick(&everyone).clone(),
            false => self.pick(&principals).clone(),
        };
        let actions = [
            json!("sts:AssumeRole"),
            json!(["sts:TagSession", "sts:assumerole"]),
            json!("sts:*"),
            json!("sts:Assume*"),
            json!("sts:AssumeRole?"),
        ];
        let action = match self.one_in(3) {
            true => self.pick(&actions).clone(),
            false => json!("sts:AssumeRole"),
        };
        let mut statement = json!({"Effect": effect, "Action": action});
        let element = match effect == "Deny" && principal.is_object() && self.one_in(3) {
            true => "NotPrincipal",
            false => "Principal",
        };
        statement[element] = principal;
        let mut conditions = json!({});
        for _ in 0..self.below(3) {
            let key = self.pick(KEYS);
            let operator = self.operator(
                key.kind,
                [Known::Something, Known::Nobody].contains(&key.known),
            );
            let count = 1 + self.below(2);
            let mut values: BTreeSet<&str> = (0..count).map(|_| *self.pick(key.values)).collect();
            if operator == "Null" {
                values = BTreeSet::from([*self.pick(&["true", "false"])]);
            }
            let name = match self.one_in(6) {
                true => key.name.to_lowercase(),
                false => key.name.to_owned(),
            };
            conditions[operator][name] = match values.len() {
                1 => json!(values.first()),
                _ => json!(values),
            };
        }
        if conditions != json!({}) {
            statement["Condition"] = conditions;
        }
        statement
    }

    fn operator(&mut self, kind: Kind, unknown: bool) -> String {
        if self.one_in(9) {
            return "Null".to_owned();
        }
        let base = match kind {
            Kind::Text => *self.pick(TEXTS),
            Kind::Arn => match self.one_in(2) {
                true => *self.pick(ARNS),
                false => *self.pick(TEXTS),
            },
            Kind::Bool => "Bool",
            Kind::Number => *self.pick(NUMBERS),
            Kind::Date => *self.pick(&["DateLessThan", "DateGreaterThan"]),
            Kind::Ip => *self.pick(&["IpAddress", "NotIpAddress"]),
        };
        let prefix = match unknown {
            true => "",
            false => *self.pick(&["", "", "", "ForAllValues:", "ForAnyValue:"]),
        };
        let suffix = *self.pick(&["", "", "", "IfExists"]);
        format!("{prefix}{base}{suffix}")
    }

    /// The requests: what the caller may choose, times some states of what nobody knows.
    fn choices(
        &mut self,
        policy: &Value,
        caller: &Who,
        account: &str,
    ) -> Vec<Vec<Map<String, Value>>> {
        let text = policy.to_string().to_lowercase();
        let mut facts: Map<String, Value> = Map::new();
        for (key, value) in &caller.facts {
            facts.insert((*key).to_owned(), json!(value));
        }
        facts.insert("aws:ResourceAccount".to_owned(), json!(account));
        let mut chosen = vec![facts];
        let mut unknown: Vec<(&str, Vec<Option<Value>>)> = Vec::new();
        for key in KEYS
            .iter()
            .filter(|key| text.contains(&key.name.to_lowercase()))
        {
            let vague = caller.is_vague && key.name.starts_with("aws:PrincipalTag/");
            let known = match vague {
                true => Known::Nobody,
                false => key.known,
            };
            if known == Known::Fact {
                continue;
            }
            let may_lack = [Known::Chosen, Known::Nobody].contains(&known);
            let values = values(key, caller, policy, may_lack);
            if [Known::Something, Known::Nobody].contains(&known) {
                unknown.push((key.name, values));
                continue;
            }
            let all = chosen.iter().flat_map(|context| {
                values
                    .iter()
                    .map(move |value| with(context, key.name, value.as_ref()))
            });
            chosen = all.collect();
        }
        // All of them where that is few.
        while chosen.len() > CHOICES {
            let index = self.below(chosen.len());
            chosen.swap_remove(index);
        }
        let states = match unknown.is_empty() {
            true => 1,
            false => STATES,
        };
        chosen
            .into_iter()
            .map(|context| {
                let state = |_| {
                    let mut context = context.clone();
                    for (name, values) in &unknown {
                        let value = self.pick(values).clone();
                        context = with(&context, name, value.as_ref());
                    }
                    context
                };
                (0..states).map(state).collect()
            })
            .collect()
    }
}

/// What a key may be in a request: what the policy asks of it, near it, and not at all.
fn values(key: &Key, caller: &Who, policy: &Value, may_lack: bool) -> Vec<Option<Value>> {
    let text = policy.to_string();
    let mut values: Vec<Value> = match key.kind {
        Kind::Bool => vec![json!("true"), json!("false")],
        Kind::Ip => ["10.1.1.1", "203.0.113.7", "198.51.100.1"]
            .map(Value::from)
            .to_vec(),
        Kind::Date => [
            "2019-06-01T00:00:00Z",
            "2026-11-24T00:00:00Z",
            "2031-01-01T00:00:00Z",
        ]
        .map(Value::from)
        .to_vec(),
        Kind::Number => ["899", "900", "901", "3600", "3601", "7"]
            .map(Value::from)
            .to_vec(),
        Kind::Text | Kind::Arn => {
            let asked = key
                .values
                .iter()
                .filter(|value| text.contains(&format!("\"{value}\"")));
            let mut values = vec![json!("0-something-else")];
            for value in asked {
                let mut filled = (*value).to_owned();
                for (name, fact) in &caller.facts {
                    filled = filled.replace(&format!("${{{name}}}"), fact);
                }
                // To an operator without wildcards, a star is a star.
                values.push(json!(filled));
                values.push(json!(filled.replace('*', "").replace('?', "c")));
            }
            values.retain(|value| value != "");
            values.dedup();
            values
        }
    };
    if key.name == "aws:TagKeys" {
        values = values.into_iter().map(|value| json!([value])).collect();
        values.extend([json!(["team", "other"]), json!(["team", "no"])]);
    }
    let mut values: Vec<Option<Value>> = values.into_iter().map(Some).collect();
    if may_lack {
        values.push(None);
    }
    values
}

fn with(context: &Map<String, Value>, key: &str, value: Option<&Value>) -> Map<String, Value> {
    let mut context = context.clone();
    if let Some(value) = value {
        context.insert(key.to_owned(), value.clone());
    }
    context
}
