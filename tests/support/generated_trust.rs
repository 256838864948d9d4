//! Trust policies and callers from a seed, and the requests that tell whether one lets the other in.

use std::collections::BTreeSet;

use landgrant::audit::TrustPolicy;
use landgrant::model::Holds;
use serde_json::{Map, Value, json};

use super::generated_callers::{ANCHORS, HUB, Key, Kind, Known, OTHER, Who};

/// Requests of one case at most: so many choices of the caller, each with so many states of what nobody knows.
const CHOICES: usize = 64;
const STATES: usize = 4;

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
        self.caller.said(&policy, self.account)
    }

    /// Whether the caller's own policies have to allow the request, so that the answer is the one of the trust policy. In
    /// the role's own account, a sure no is one that needs no look at them.
    pub(crate) fn is_permitted(&self, said: &Holds) -> bool {
        self.caller.account() != Some(self.account) || *said == Holds::Yes
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
pub(crate) struct Generator {
    state: u64,
    /// The number of the key that the statements of this case ask for more often than for others.
    favourite: usize,
}

impl Generator {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            state: seed.max(1),
            favourite: 0,
        }
    }

    /// A number below another: xorshift64*.
    fn below(&mut self, limit: usize) -> usize {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        let mixed = self.state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
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
        let account = match caller.account().is_some() && self.one_in(4) {
            true => HUB,
            false => OTHER,
        };
        self.favourite = self.below(caller.keys.len());
        let mut statements = vec![self.statement("Allow", &caller)];
        while self.one_in(2) {
            let effect = *self.pick(&["Allow", "Deny", "Deny"]);
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
        let arn = *self.pick(&[
            "arn:aws:iam::111111111111:user/svc-micetro",
            "arn:aws:iam::111111111111:user/vendor/svc-micetro",
            "arn:aws:iam::111111111111:role/ci",
        ]);
        match self.below(10) {
            0 | 1 => Who::with_token(),
            2 => Who::with_certificate(),
            3 => Who::principal(arn, true, true),
            _ => Who::principal(arn, self.one_in(3), false),
        }
    }

    fn statement(&mut self, effect: &str, caller: &Who) -> Value {
        let everyone = [json!("*"), json!({"AWS": "*"})];
        // Whether everybody is whoever has a token is not documented.
        let principal = match caller.account().is_some() && self.one_in(2) || self.one_in(9) {
            true => self.pick(&everyone).clone(),
            false => self.pick(&caller.principals()).clone(),
        };
        let actions = [
            json!("sts:AssumeRole"),
            json!(["sts:TagSession", "sts:assumerole"]),
            json!("sts:*"),
            json!("sts:Assume*"),
            json!("sts:AssumeRole?"),
            json!("sts:TagSession"),
            json!("sts:AssumeRoleWith*"),
        ];
        let but_for = [
            json!("sts:TagSession"),
            json!(["sts:AssumeRoleWithSAML", "iam:*"]),
            json!("sts:AssumeRole?*"),
            json!("STS:ASSUME*"),
        ];
        let action = match self.one_in(3) {
            true => self.pick(&actions).clone(),
            false => json!(caller.action),
        };
        let mut statement = json!({"Effect": effect});
        match self.one_in(8) {
            true => statement["NotAction"] = self.pick(&but_for).clone(),
            false => statement["Action"] = action,
        }
        let is_all_but = match effect {
            "Deny" => self.one_in(3),
            _ => self.one_in(8),
        };
        let element = match is_all_but && principal.is_object() {
            true => "NotPrincipal",
            false => "Principal",
        };
        statement[element] = principal;
        let mut conditions = json!({});
        for _ in 0..self.below(3) {
            let key = match self.one_in(2) {
                true => &caller.keys[self.favourite],
                false => self.pick(caller.keys),
            };
            let operator = self.operator(
                key.kind,
                [Known::Something, Known::Nobody].contains(&key.known),
            );
            let count = match key.known {
                Known::Chosen | Known::Sent => 1 + self.below(4),
                _ => 1 + self.below(2),
            };
            let mut values: BTreeSet<&str> = (0..count).map(|_| *self.pick(key.values)).collect();
            if operator == "Null" {
                values = BTreeSet::from([*self.pick(&["true", "false"])]);
            }
            let name = match self.one_in(6) {
                true => key.name.to_lowercase(),
                false => key.name.to_owned(),
            };
            // IAM refuses a key twice, in whichever case.
            let known = conditions[&operator].as_object().into_iter().flatten();
            if known
                .into_iter()
                .any(|(known, _)| *known != name && known.eq_ignore_ascii_case(&name))
            {
                continue;
            }
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
        for key in caller
            .keys
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
                values.push(json!(filled.replace("${*}", "*").replace("${?}", "?")));
                values.push(json!(filled.replace('*', "").replace('?', "c")));
            }
            if (key.kind, key.known) == (Kind::Arn, Known::Sent) {
                values.push(json!(format!("{ANCHORS}one")));
                let is_anchor = |value: &str| value.starts_with(ANCHORS) && !value.ends_with('/');
                values.retain(|value| is_anchor(value.as_str().unwrap()));
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
