//! What people write in place of an action: an operation of an API, or the name of a client for a service prefix.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Kept by hand; its header says where its facts are from.
const OPERATIONS: &str = include_str!("../../reference/operations.txt");

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::parse(OPERATIONS));

/// An operation of an API that is no action itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// As AWS writes it, with the prefix of its service: `s3:HeadBucket`.
    pub name: &'static str,
    /// The actions that AWS checks for a call.
    pub checks: Vec<&'static str>,
    /// Whether the request decides which of them.
    pub by_request: bool,
}

/// By name in lower case.
#[derive(Debug, Default)]
struct Table {
    operations: BTreeMap<String, Operation>,
    prefixes: BTreeMap<&'static str, &'static str>,
}

impl Table {
    fn parse(text: &'static str) -> Table {
        let mut table = Table::default();
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        for line in lines {
            let words: Vec<&str> = line.split(' ').collect();
            match *words.as_slice() {
                ["service", name, prefix] => {
                    table.prefixes.insert(name, prefix);
                }
                [name, checks] => {
                    let operation = Operation {
                        name,
                        checks: checks.split(['+', '/']).collect(),
                        by_request: checks.contains('/'),
                    };
                    table.operations.insert(name.to_lowercase(), operation);
                }
                _ => {}
            }
        }
        table
    }
}

/// The operation with a name such as `s3:headbucket`.
pub(super) fn operation(name: &str) -> Option<&'static Operation> {
    TABLE.operations.get(&name.to_lowercase())
}

/// The prefix of the actions of a service that is known by another name: `elasticloadbalancing` for `elbv2`.
pub(super) fn prefix(name: &str) -> Option<&'static str> {
    TABLE.prefixes.get(name.to_lowercase().as_str()).copied()
}

/// Every operation, by name.
pub fn operations() -> impl Iterator<Item = &'static Operation> {
    TABLE.operations.values()
}

/// Every other name of a service, with the prefix of its actions.
pub fn service_names() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLE.prefixes.iter().map(|(name, prefix)| (*name, *prefix))
}
