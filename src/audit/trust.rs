//! Evaluates the trust policies of an account: whether they let a caller in is yes, no, or depends.
//!
//! Across accounts, only the trust policy is evaluated: the caller also needs a permission, but administrators of the
//! hub account can grant it. In the role's own account, a policy that names the caller needs no permission, and one
//! that trusts the account leaves the decision to the permissions of its principals.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::caller::{Caller, Named};
use crate::model::{
    ConditionMap, Effect, Fact, Facts, Holds, Request, Trust, TrustedBy, conditions, holds, matches,
};

/// The action for assuming a role, in lower case.
pub(super) const ACTION: &str = "sts:assumerole";

/// The maximum length of a trust policy without blanks. IAM takes half of it at most, and the time to evaluate one grows
/// with the square of its length.
const MOST_CHARACTERS: usize = 16_384;

/// A trust policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustPolicy {
    pub(super) statements: Vec<Statement>,
    /// Whether its version supports policy variables.
    pub(super) variables: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Statement {
    pub(super) effect: Effect,
    pub(super) principals: Listed<TrustedBy>,
    pub(super) actions: Listed<String>,
    pub(super) conditions: ConditionMap,
}

/// `Principal` or `NotPrincipal`, `Action` or `NotAction`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Listed<T> {
    These(Vec<T>),
    AllBut(Vec<T>),
}

/// The result of evaluating a trust policy for a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WayIn {
    /// Whether the caller is let in.
    pub(super) holds: Holds,
    /// The matching statements, as far as grants can express them.
    pub(super) trusts: BTreeSet<Trust>,
    /// The rest of the matching statements, in words.
    pub(super) others: BTreeSet<String>,
}

impl TrustPolicy {
    /// Reads a trust policy.
    ///
    /// # Errors
    ///
    /// Describes what is not understood.
    pub fn parse(document: &Value) -> Result<Self, String> {
        if document.to_string().len() > MOST_CHARACTERS {
            return Err(format!("it has more than {MOST_CHARACTERS} characters"));
        }
        let document = document.as_object().ok_or("a policy must be an object")?;
        refuse_unknown(document, &["Version", "Id", "Statement"], "a policy")?;
        let statements = match document.get("Statement") {
            Some(Value::Array(statements)) => statements.iter().collect(),
            Some(one @ Value::Object(_)) => vec![one],
            _ => return Err("the policy has no statements".to_owned()),
        };
        Ok(Self {
            statements: statements
                .into_iter()
                .map(Statement::parse)
                .collect::<Result<_, _>>()?,
            variables: document.get("Version").and_then(Value::as_str) == Some("2012-10-17"),
        })
    }

    /// Whether a caller can assume a role of this account. In the caller's own account, permissions of the caller are
    /// not considered.
    pub fn lets_in(&self, caller: &Caller, role_account: &str) -> Holds {
        self.way_in(caller, role_account, false).holds
    }

    /// The same, with the statements that let the caller in, for a caller that may have a permission to assume the
    /// role.
    pub(super) fn way_in(&self, caller: &Caller, role_account: &str, permitted: bool) -> WayIn {
        let mut way = WayIn {
            holds: Holds::No,
            trusts: BTreeSet::new(),
            others: BTreeSet::new(),
        };
        let asking = Asking {
            is_meant: &|statement| statement.names(caller),
            fact: &|key| caller.fact(key, role_account),
        };
        for (allowed, holds) in self.allowing(asking) {
            if caller.account() == role_account && !permitted && !allowed.is_for(caller) {
                continue;
            }
            allowed.describe(caller, &mut way);
            way.holds = way.holds.or(holds);
        }
        way
    }

    /// The statements that let somebody in whom no other one denies, and whether they do so for sure.
    pub(super) fn allowing<'a>(&'a self, asking: Asking<'_>) -> Vec<(&'a Statement, Holds)> {
        let with_effect = |effect| {
            let statements = self.statements.iter();
            statements.filter(move |statement: &&Statement| {
                statement.effect == effect && (asking.is_meant)(statement) != Holds::No
            })
        };
        let denials: Vec<&Statement> = with_effect(Effect::Deny).collect();
        let judged = with_effect(Effect::Allow).map(|allowed| {
            let uses = keys_in(denials.iter().copied().chain([allowed]));
            let fact = |key: &str| {
                let fact = (asking.fact)(key);
                // If several conditions depend on the same choice of the caller, none of them decides on its own.
                let uses = uses
                    .iter()
                    .filter(|(other, _)| are_chosen_together(key, other));
                match fact.chosen && uses.map(|(_, uses)| uses).sum::<usize>() > 1 {
                    true => Fact {
                        chosen: false,
                        ..fact
                    },
                    false => fact,
                }
            };
            let speaks = |statement: &Statement, wanted: bool| {
                let request = Request {
                    facts: &fact,
                    wanted,
                    variables: self.variables,
                };
                (asking.is_meant)(statement).and(holds(&statement.conditions, request))
            };
            let denied = denials
                .iter()
                .fold(Holds::No, |any, denial| any.or(speaks(denial, false)));
            (allowed, speaks(allowed, true).and(denied.negated()))
        });
        judged.filter(|(_, holds)| *holds != Holds::No).collect()
    }
}

/// Somebody who asks to assume a role.
#[derive(Clone, Copy)]
pub(super) struct Asking<'a> {
    /// Whether a statement is about them, and about how they assume roles.
    pub(super) is_meant: &'a dyn Fn(&Statement) -> Holds,
    /// What is known about their requests.
    pub(super) fact: Facts<'a>,
}

/// How often the statements use each condition key, in lower case, including policy variables.
fn keys_in<'a>(statements: impl Iterator<Item = &'a Statement>) -> BTreeMap<String, usize> {
    let mut uses = BTreeMap::new();
    for (key, values) in statements.flat_map(|statement| statement.conditions.values().flatten()) {
        *uses.entry(key.to_lowercase()).or_default() += 1;
        let variables = values.iter().flat_map(|value| value.split("${").skip(1));
        for variable in variables {
            let name = variable.split(['}', ',']).next().unwrap_or_default();
            *uses.entry(name.trim().to_lowercase()).or_default() += 1;
        }
    }
    uses
}

/// Whether a caller that chooses the value of one key, in lower case, chooses that of the other one with it: whoever
/// passes a session tag passes its key too.
fn are_chosen_together(key: &str, other: &str) -> bool {
    const LISTS: [&str; 2] = ["aws:tagkeys", "sts:transitivetagkeys"];
    let is_tag = |key: &str| key.starts_with("aws:requesttag/") || LISTS.contains(&key);
    let is_identity = |key: &str| key.ends_with(":sourceidentity");
    let is_list = LISTS.contains(&key) || LISTS.contains(&other);
    key == other
        || is_list && is_tag(key) && is_tag(other)
        || is_identity(key) && is_identity(other)
}

impl Statement {
    fn parse(statement: &Value) -> Result<Self, String> {
        let fields = statement
            .as_object()
            .ok_or("a statement must be an object")?;
        let elements = [
            "Sid",
            "Effect",
            "Principal",
            "NotPrincipal",
            "Action",
            "NotAction",
            "Condition",
        ];
        refuse_unknown(fields, &elements, "a statement")?;
        let effect = match fields.get("Effect").and_then(Value::as_str) {
            Some("Allow") => Effect::Allow,
            Some("Deny") => Effect::Deny,
            _ => return Err("`Effect` must be `Allow` or `Deny`".to_owned()),
        };
        Ok(Self {
            effect,
            principals: match (fields.get("Principal"), fields.get("NotPrincipal")) {
                (Some(these), None) => Listed::These(principals(these)?),
                (None, Some(but)) => Listed::AllBut(principals(but)?),
                _ => {
                    return Err(
                        "a statement must have either `Principal` or `NotPrincipal`".to_owned()
                    );
                }
            },
            actions: match (fields.get("Action"), fields.get("NotAction")) {
                (Some(these), None) => Listed::These(texts(these)?),
                (None, Some(but)) => Listed::AllBut(texts(but)?),
                _ => return Err("a statement must have either `Action` or `NotAction`".to_owned()),
            },
            conditions: match fields.get("Condition") {
                Some(conditions) => read_conditions(conditions)?,
                None => ConditionMap::new(),
            },
        })
    }

    /// Whether the statement is about the caller and about assuming roles.
    fn names(&self, caller: &Caller) -> Holds {
        let any = |principals: &[TrustedBy], account: Holds, somebody: Holds| {
            principals.iter().fold(Holds::No, |any, principal| {
                any.or(match named(caller, principal) {
                    Named::It(holds) => holds,
                    Named::Account => account.clone(),
                    Named::Somebody => somebody.clone(),
                })
            })
        };
        let somebody = Holds::on("aws:PrincipalArn");
        let principal = match (&self.principals, self.effect) {
            // If one principal of the account is let in, the account is.
            (Listed::These(principals), Effect::Allow) => any(principals, Holds::Yes, Holds::Yes),
            (Listed::These(principals), Effect::Deny) => any(principals, Holds::Yes, somebody),
            // To exclude a principal, `NotPrincipal` has to name its account too.
            (Listed::AllBut(principals), _) => {
                let account = |one| named(caller, one) == Named::Account;
                let listed = any(principals, Holds::No, somebody);
                match (listed, principals.iter().any(account)) {
                    (Holds::No, false) => Holds::Yes,
                    (Holds::Yes, true) => Holds::No,
                    _ => Holds::on("NotPrincipal"),
                }
            }
        };
        Holds::from(self.is_about(ACTION)).and(principal)
    }

    /// Whether the statement is about an action, in lower case.
    pub(super) fn is_about(&self, action: &str) -> bool {
        let is_it = |one: &String| matches(&one.to_lowercase(), action);
        match &self.actions {
            Listed::These(actions) => actions.iter().any(is_it),
            Listed::AllBut(actions) => !actions.iter().any(is_it),
        }
    }

    /// Whether, in the caller's own account, the statement is about the caller. If it trusts the account, the policies
    /// of the account's principals decide, unless its conditions select some of them.
    fn is_for(&self, caller: &Caller) -> bool {
        let Listed::These(principals) = &self.principals else {
            return true;
        };
        let mut keys = self.conditions.values().flat_map(BTreeMap::keys);
        keys.any(|key| Caller::is_told_by(&key.to_lowercase()))
            || principals.iter().any(|principal| {
                let named = named(caller, principal);
                named != Named::Account && named != Named::It(Holds::No)
            })
    }

    /// Reports the parts of this statement that are about the caller.
    fn describe(&self, caller: &Caller, way: &mut WayIn) {
        let (principals, actions) = match (&self.principals, &self.actions) {
            (Listed::These(principals), Listed::These(actions)) => (principals, actions),
            (principals, actions) => {
                let principals = match principals {
                    Listed::These(principals) => list(principals, TrustedBy::in_words),
                    Listed::AllBut(but) => format!("all but {}", list(but, TrustedBy::in_words)),
                };
                let actions = match actions {
                    Listed::These(_) => String::new(),
                    Listed::AllBut(but) => format!(" for all but {}", list(but, String::clone)),
                };
                let conditions = conditions(&self.conditions);
                way.others
                    .insert(format!("trusts {principals}{actions}{conditions}"));
                return;
            }
        };
        let about = principals
            .iter()
            .filter(|one| named(caller, one) != Named::It(Holds::No));
        for principal in about {
            let assumes = actions
                .iter()
                .filter(|action| matches(&action.to_lowercase(), ACTION));
            let value = match named(caller, principal) {
                Named::Account => caller.root(),
                _ => principal.value.clone(),
            };
            way.trusts.extend(assumes.map(|action| Trust {
                effect: self.effect,
                principal: TrustedBy {
                    kind: principal.kind.clone(),
                    value: value.clone(),
                },
                action: action.clone(),
                conditions: self.conditions.clone(),
            }));
        }
    }
}

/// How a principal of any type relates to a caller.
fn named(caller: &Caller, principal: &TrustedBy) -> Named {
    match principal.kind.to_ascii_lowercase().as_str() {
        "aws" | "*" => caller.named_by(&principal.value),
        _ => Named::It(Holds::No),
    }
}

fn list<T>(items: &[T], text: impl Fn(&T) -> String) -> String {
    let texts: Vec<String> = items.iter().map(text).collect();
    texts.join(", ")
}

fn refuse_unknown(fields: &Map<String, Value>, known: &[&str], of: &str) -> Result<(), String> {
    match fields.keys().find(|key| !known.contains(&key.as_str())) {
        Some(odd) => Err(format!("`{odd}` in {of} is not understood")),
        None => Ok(()),
    }
}

fn principals(value: &Value) -> Result<Vec<TrustedBy>, String> {
    let trusted_by = |kind: &str, value: String| TrustedBy {
        kind: kind.to_owned(),
        value,
    };
    if value == "*" {
        return Ok(vec![trusted_by("*", "*".to_owned())]);
    }
    let kinds = value
        .as_object()
        .ok_or("a principal must be a type with its values")?;
    let mut principals = Vec::new();
    for (kind, values) in kinds {
        principals.extend(
            texts(values)?
                .into_iter()
                .map(|value| trusted_by(kind, value)),
        );
    }
    Ok(principals)
}

fn read_conditions(value: &Value) -> Result<ConditionMap, String> {
    let failed = "a condition must be an operator with its keys and values";
    let mut read = ConditionMap::new();
    for (operator, keys) in value.as_object().ok_or(failed)? {
        let mut by_key = BTreeMap::new();
        for (key, values) in keys.as_object().ok_or(failed)? {
            by_key.insert(key.clone(), texts(values)?.into_iter().collect());
        }
        read.insert(operator.clone(), by_key);
    }
    Ok(read)
}

/// A string or a list. IAM accepts Booleans and numbers as their text.
fn texts(value: &Value) -> Result<Vec<String>, String> {
    match value {
        Value::String(text) => Ok(vec![text.clone()]),
        Value::Bool(_) | Value::Number(_) => Ok(vec![value.to_string()]),
        Value::Array(items) => {
            let texts: Result<Vec<Vec<String>>, String> = items.iter().map(texts).collect();
            Ok(texts?.concat())
        }
        _ => Err("a value must be a string or a list of strings".to_owned()),
    }
}
