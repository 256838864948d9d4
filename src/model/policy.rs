//! Policy documents, and their size as AWS counts it.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{AccountId, Action, ArnPattern, Conditions, Own, Partition, Site, Text};

/// What a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Effect {
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

/// A policy document, of whatever statements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document<S> {
    /// The statements, in the order they are written.
    pub statements: Vec<S>,
}

/// An identity policy.
pub type PolicyDocument = Document<Statement>;

/// Who may assume a role.
pub type TrustPolicy = Document<TrustStatement>;

impl<S> Default for Document<S> {
    fn default() -> Self {
        Self {
            statements: Vec::new(),
        }
    }
}

/// What a document is made of.
pub trait Written {
    /// The statement as JSON, with each text written in this way.
    fn written(&self, write: Write<'_>) -> Value;
}

/// A statement that allows actions on resources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// What it does.
    pub effect: Effect,
    /// Letters and digits, unique in its document; absent where every character counts.
    pub sid: Option<String>,
    /// The actions, sorted, without repetitions.
    pub actions: Vec<Action>,
    /// The resources, sorted, without repetitions.
    pub resources: Vec<ArnPattern>,
    pub conditions: Conditions,
    /// Whether AWS lets none of the actions be granted on anything but `*`.
    pub only_star: bool,
    /// Where the statement comes from, for the reader of the rendered file.
    pub origin: Vec<String>,
}

/// A statement that lets principals assume a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustStatement {
    /// What it does.
    pub effect: Effect,
    /// Whom it is about.
    pub principals: Vec<Principal>,
    /// How the role is assumed, and what may be passed on the way.
    pub actions: Vec<Action>,
    pub conditions: Conditions,
    /// Who that is in words, for the reader of the rendered file; absent where the principals say it.
    pub origin: Option<String>,
}

/// Whom a trust policy names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Principal {
    /// Everybody, whatever the account.
    Anyone,
    /// Every principal of an account that the account itself allows to assume the role.
    Account(AccountId),
    /// One IAM principal, by its ARN; AWS keeps its unique id.
    Arn(Text),
    /// An identity provider, by its ARN or domain.
    Federated(Text),
    /// A service of AWS, by its name.
    Service(Text),
}

impl Principal {
    /// The key of its type in a policy document.
    pub fn kind(&self) -> &'static str {
        match self {
            Principal::Anyone | Principal::Account(_) | Principal::Arn(_) => "AWS",
            Principal::Federated(_) => "Federated",
            Principal::Service(_) => "Service",
        }
    }

    /// What stands under the key.
    pub fn value(&self) -> Text {
        match self {
            Principal::Anyone => Text::literal("*"),
            Principal::Account(account) => Text::iam_arn(account, "root", "", ""),
            Principal::Arn(text) | Principal::Federated(text) | Principal::Service(text) => {
                text.clone()
            }
        }
    }
}

/// The principals of a statement by the key of their type, in the order in which they are written.
pub fn by_kind(principals: &[Principal]) -> BTreeMap<&'static str, Vec<Text>> {
    let mut kinds: BTreeMap<&'static str, Vec<Text>> = BTreeMap::new();
    for principal in principals {
        kinds
            .entry(principal.kind())
            .or_default()
            .push(principal.value());
    }
    kinds
}

impl<S: Written> Document<S> {
    /// The document as JSON, in the order Sid, Effect, Principal, Action, Resource, Condition.
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

impl Written for Statement {
    fn written(&self, write: Write<'_>) -> Value {
        let mut statement = Map::new();
        if let Some(sid) = &self.sid {
            statement.insert("Sid".to_owned(), json!(sid));
        }
        statement.insert("Effect".to_owned(), json!(self.effect.to_string()));
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

/// EC2 as a service principal; in China it has a name of its own beside.
pub const EC2: [&str; 2] = ["ec2.amazonaws.com", "ec2.amazonaws.com.cn"];

impl TrustPolicy {
    /// The policy for one target.
    #[must_use]
    pub fn of_target(&self, value: &impl Fn(Own) -> Option<Text>) -> Self {
        let filled = |principal: &Principal| match principal {
            Principal::Arn(arn) => Principal::Arn(arn.of_target(value)),
            other => other.clone(),
        };
        let statements = self.statements.iter().map(|statement| TrustStatement {
            principals: statement.principals.iter().map(filled).collect(),
            conditions: conditions_of_target(&statement.conditions, value),
            ..statement.clone()
        });
        Self {
            statements: statements.collect(),
        }
    }

    /// Whether instances of EC2 get to work with the role.
    pub fn trusts_ec2(&self) -> bool {
        let allowed = self
            .statements
            .iter()
            .filter(|one| one.effect == Effect::Allow);
        let mut principals = allowed.flat_map(|one| &one.principals);
        principals.any(|principal| match principal {
            Principal::Service(name) => EC2.iter().any(|ec2| *name == Text::from(*ec2)),
            _ => false,
        })
    }

    /// Whether a principal or a condition is a target's own.
    pub fn names(&self, own: Own) -> bool {
        self.names_principal(own) || self.has_condition_on(own)
    }

    /// Whether a principal is a target's own.
    pub fn names_principal(&self, own: Own) -> bool {
        let principals = self.statements.iter().flat_map(|one| &one.principals);
        principals
            .into_iter()
            .any(|principal| principal.value().names(own))
    }

    /// Whether a condition compares with what is a target's own.
    pub fn has_condition_on(&self, own: Own) -> bool {
        let keys = self
            .statements
            .iter()
            .flat_map(|one| one.conditions.values());
        keys.flat_map(BTreeMap::values)
            .flatten()
            .any(|value| value.names(own))
    }
}

impl Written for TrustStatement {
    fn written(&self, write: Write<'_>) -> Value {
        let mut statement = Map::new();
        statement.insert("Effect".to_owned(), json!(self.effect.to_string()));
        let principals: Map<String, Value> = by_kind(&self.principals)
            .into_iter()
            .map(|(kind, values)| (kind.to_owned(), one_or_many(values.iter().map(write))))
            .collect();
        statement.insert("Principal".to_owned(), Value::Object(principals));
        let actions = self.actions.iter().map(|action| action.as_str().to_owned());
        statement.insert("Action".to_owned(), one_or_many(actions));
        if !self.conditions.is_empty() {
            let conditions = conditions_json(&self.conditions, write);
            statement.insert("Condition".to_owned(), Value::Object(conditions));
        }
        Value::Object(statement)
    }
}

/// How the texts of a document are written.
type Write<'a> = &'a dyn Fn(&Text) -> String;

fn conditions_of_target(
    conditions: &Conditions,
    value: &impl Fn(Own) -> Option<Text>,
) -> Conditions {
    let mut filled = conditions.clone();
    for values in filled.values_mut().flat_map(BTreeMap::values_mut) {
        *values = values.iter().map(|text| text.of_target(value)).collect();
    }
    filled
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
