//! Policy documents, and their size as AWS counts it.

use std::fmt::{self, Write as _};

use serde_json::{Map, Value, json};

use super::{Action, ArnPattern, Conditions, Partition, Site, Text};

/// What a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// It allows.
    Allow,
    /// It denies, whatever else allows.
    Deny,
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Effect::Allow => "Allow",
            Effect::Deny => "Deny",
        })
    }
}

/// An identity policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyDocument {
    /// The statements, in the order they are written.
    pub statements: Vec<Statement>,
}

/// A statement that allows actions on resources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Letters and digits, unique in its document; absent where every character counts.
    pub sid: Option<String>,
    /// The actions, sorted, without repetitions.
    pub actions: Vec<Action>,
    /// The resources, sorted, without repetitions.
    pub resources: Vec<ArnPattern>,
    /// The conditions.
    pub conditions: Conditions,
    /// Whether AWS lets none of the actions be granted on anything but `*`.
    pub only_star: bool,
    /// Where the statement comes from, for the reader of the rendered file.
    pub origin: Vec<String>,
}

/// Who may assume a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustPolicy {
    /// The ARNs of the trusted principals that are the same in every target.
    pub principals: Vec<Text>,
    /// How the hub's user is trusted; which user differs per target. Not at all where the principals are all.
    pub user: Option<TrustedUser>,
    /// Whether the role asks for an external id; which one differs per target.
    pub external_id: bool,
}

/// How a role trusts one user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrustedUser {
    /// As a principal: by its id, once the role is made.
    Principal,
    /// By a condition on its ARN: as one of the principals of the trusted account.
    Condition,
}

/// The trust policy of a role that one principal of a type may assume, the same for every account.
pub fn trust_of_one(
    (kind, principal): (&str, &Text),
    conditions: &Conditions,
    partition: Partition,
) -> Value {
    let write = |text: &Text| text.anywhere(partition);
    let conditions = conditions_json(conditions, &write);
    trust(kind, Value::String(write(principal)), conditions)
}

/// What of a trust policy differs per target.
#[derive(Debug, Clone, Copy, Default)]
pub struct TrustDetails<'a> {
    /// The ARN of the trusted user, concrete.
    pub user: Option<&'a str>,
    /// The external id.
    pub external_id: Option<&'a str>,
}

/// The condition that narrows a trusted account to one user: operator and key.
pub const USER_CONDITION: (&str, &str) = ("ArnEquals", "aws:PrincipalArn");

impl PolicyDocument {
    /// The document as JSON, in the order Sid, Effect, Action, Resource, Condition.
    pub fn to_json(&self, site: Site<'_>) -> Value {
        self.written(&|text| text.at(site))
    }

    /// The same for every account: `${account}` stands where the account does.
    pub fn to_json_anywhere(&self, partition: Partition) -> Value {
        self.written(&|text| text.anywhere(partition))
    }

    fn written(&self, write: Write<'_>) -> Value {
        let statements = self.statements.iter();
        let statements: Vec<Value> = statements.map(|one| one.written(write)).collect();
        json!({"Version": "2012-10-17", "Statement": statements})
    }

    /// Characters as IAM counts them.
    pub fn size(&self, site: Site<'_>) -> usize {
        size(&self.to_json(site))
    }
}

impl Statement {
    fn written(&self, write: Write<'_>) -> Value {
        let mut statement = Map::new();
        if let Some(sid) = &self.sid {
            statement.insert("Sid".to_owned(), json!(sid));
        }
        statement.insert("Effect".to_owned(), json!("Allow"));
        let actions = self.actions.iter().map(|action| action.as_str().to_owned());
        statement.insert("Action".to_owned(), one_or_many(actions));
        let resources = self.resources.iter().map(|arn| write(arn.text()));
        statement.insert("Resource".to_owned(), one_or_many(resources));
        if !self.conditions.is_empty() {
            let conditions = conditions_json(&self.conditions, write);
            statement.insert("Condition".to_owned(), Value::Object(conditions));
        }
        Value::Object(statement)
    }
}

impl TrustPolicy {
    /// The document as JSON, in the order Effect, Principal, Action, Condition.
    pub fn to_json(&self, site: Site<'_>, details: TrustDetails<'_>) -> Value {
        self.written(&|text| text.at(site), details)
    }

    /// The same for every account: `${account}` stands where the account does.
    pub fn to_json_anywhere(&self, partition: Partition, details: TrustDetails<'_>) -> Value {
        self.written(&|text| text.anywhere(partition), details)
    }

    fn written(&self, write: Write<'_>, details: TrustDetails<'_>) -> Value {
        let user = details
            .user
            .filter(|_| self.user == Some(TrustedUser::Principal));
        let principals = self
            .principals
            .iter()
            .map(write)
            .chain(user.map(str::to_owned));
        let mut conditions = Map::new();
        if let (Some(TrustedUser::Condition), Some(user)) = (self.user, details.user) {
            let (operator, key) = USER_CONDITION;
            conditions.insert(operator.to_owned(), json!({key: user}));
        }
        if let Some(id) = details.external_id {
            conditions.insert("StringEquals".to_owned(), json!({"sts:ExternalId": id}));
        }
        trust("AWS", one_or_many(principals), conditions)
    }

    /// Characters as IAM counts them.
    pub fn size(&self, site: Site<'_>, details: TrustDetails<'_>) -> usize {
        size(&self.to_json(site, details))
    }
}

/// How the texts of a document are written.
type Write<'a> = &'a dyn Fn(&Text) -> String;

/// A trust policy for one type of principal.
fn trust(kind: &str, principals: Value, conditions: Map<String, Value>) -> Value {
    let mut statement = Map::new();
    statement.insert("Effect".to_owned(), json!("Allow"));
    statement.insert("Principal".to_owned(), json!({kind: principals}));
    statement.insert("Action".to_owned(), json!("sts:AssumeRole"));
    if !conditions.is_empty() {
        statement.insert("Condition".to_owned(), Value::Object(conditions));
    }
    json!({"Version": "2012-10-17", "Statement": [statement]})
}

fn conditions_json(conditions: &Conditions, write: Write<'_>) -> Map<String, Value> {
    let mut operators = Map::new();
    for (operator, keys) in conditions {
        let keys: Map<String, Value> = keys
            .iter()
            .map(|(key, values)| (key.clone(), one_or_many(values.iter().map(write))))
            .collect();
        operators.insert(operator.clone(), Value::Object(keys));
    }
    operators
}

/// A list of one is written as a scalar; to IAM they are the same.
fn one_or_many(items: impl Iterator<Item = String>) -> Value {
    let mut items: Vec<Value> = items.map(Value::String).collect();
    match items.len() {
        1 => items.swap_remove(0),
        _ => Value::Array(items),
    }
}

/// IAM counts the characters of a document without white space (GetAccountSummary: "non-whitespace characters").
/// Terraform's `jsonencode` writes `<`, `>` and `&` as six characters; the larger count is the safe one.
fn size(document: &Value) -> usize {
    struct Counter(usize);
    impl fmt::Write for Counter {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            let counted = text.chars().filter(|character| !character.is_whitespace());
            self.0 += counted
                .map(|character| if "<>&".contains(character) { 6 } else { 1 })
                .sum::<usize>();
            Ok(())
        }
    }
    let mut counter = Counter(0);
    // Counting cannot fail.
    let _ = write!(counter, "{document}");
    counter.0
}
