//! What has to hold for something of a catalog to be granted.

use std::collections::BTreeSet;

use super::Partition;

/// What has to hold for an entry or a feature of a catalog to be granted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prerequisites {
    /// Boolean parameters, all of which are `true`.
    pub when: Vec<String>,
    /// The partitions that it is for; every one if there is none.
    pub partitions: BTreeSet<Partition>,
    /// Whether it is needed for the setup only.
    pub setup: bool,
}

impl Prerequisites {
    /// In words, but for what is said already.
    pub fn words(&self, said: &Self) -> Vec<String> {
        let when: Vec<&str> = self
            .when
            .iter()
            .filter(|one| !said.when.contains(one))
            .map(String::as_str)
            .collect();
        let mut words = Vec::new();
        if !when.is_empty() {
            words.push(format!("only with {}", when.join(" and ")));
        }
        if !self.partitions.is_empty() && self.partitions != said.partitions {
            words.push(format!("only in {}", listed(&self.partitions)));
        }
        if self.setup && !said.setup {
            words.push("only for the setup".to_owned());
        }
        words
    }
}

/// Partitions in a sentence.
pub fn listed(partitions: &BTreeSet<Partition>) -> String {
    let names: Vec<&str> = partitions.iter().map(|one| one.as_str()).collect();
    names.join(", ")
}
