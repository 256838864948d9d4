//! The AWS service reference: which actions exist, how AWS writes them, and what they can be granted on.
//!
//! 1. `reference/aws.txt` is in the binary. [`Reference::embedded`] notes where each service's block begins.
//! 2. A block is parsed when somebody asks for its service, and only then.
//! 3. An overlay adds actions that are newer than the data.
//! 4. AWS's managed policies are in the binary too, packed, and each is unpacked when somebody asks for it.
//!
//! Everything here is what the packages named by [`Reference::sources`] say of AWS; `reference/README.md` tells which
//! fact is from which of them. AWS itself ignores the case of service prefixes and actions, and so do all look-ups.

mod arn;
mod global_service;
mod key;
mod managed;
mod managed_policy;
mod near;
mod operations;
mod overlay;
mod parse;
mod search;
mod service;
mod service_principal;
mod typo;

use std::borrow::Cow;
use std::sync::{LazyLock, OnceLock};

pub use global_service::{GLOBAL_DATED, Takes, takes};
pub use key::{ConditionKey, KeyType, ValueType};
pub use managed::{
    AttachableTo, MANAGED_DATED, ManagedPolicy, managed_policies, managed_policy, managed_source,
    near_managed_policy,
};
pub use managed_policy::{Patterns, Statement, allowed};
pub use operations::{Operation, operations, service_names};
pub use overlay::{Overlay, check as check_overlay};
pub use search::Meant;
pub use service::{
    AccessLevel, ActionFacts, ActionResource, Dependents, Need, ResourceType, Service,
};
pub use service_principal::{SERVICES_DATED, service_principals};
pub use typo::misspelt_action;

/// Text out of the binary, or out of an overlay.
type Text = Cow<'static, str>;

static EMBEDDED: LazyLock<Reference> = LazyLock::new(|| Reference::parse(AWS));

/// Made by `reference/generate.py`.
const AWS: &str = include_str!("../../reference/aws.txt");

/// Every action that is known.
#[derive(Debug, Clone)]
pub struct Reference {
    sources: Vec<Source>,
    global_keys: Vec<ConditionKey>,
    /// By prefix.
    blocks: Vec<Block>,
}

/// A package that facts are from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    /// Its short name.
    pub name: &'static str,
    pub version: &'static str,
    /// The date of its data: `2026-09-26`, or a month where no more is known.
    pub date: &'static str,
    /// Its licence, as an SPDX identifier.
    pub licence: &'static str,
    /// The registry and its name there.
    pub package: &'static str,
    /// What is taken from it.
    pub gives: &'static str,
}

/// A service whose text may not have been looked at yet.
#[derive(Debug, Clone)]
struct Block {
    prefix: Text,
    text: &'static str,
    service: OnceLock<Service>,
}

impl Reference {
    /// The reference in the binary.
    pub fn embedded() -> &'static Reference {
        &EMBEDDED
    }

    /// The reference in the binary with what an overlay adds. Where both know an action, the overlay is right.
    pub fn with_overlay(overlay: &Overlay) -> Reference {
        let mut reference = Reference::parse(AWS);
        reference
            .global_keys
            .extend(overlay.global_keys().iter().cloned());
        for addition in overlay.services() {
            let found = reference
                .blocks
                .binary_search_by(|block| block.prefix.as_ref().cmp(addition.prefix()));
            let (index, mut service) = match found {
                Ok(index) => (index, reference.blocks[index].service().clone()),
                Err(index) => {
                    let block = Block {
                        prefix: Text::Owned(addition.prefix().to_owned()),
                        text: "",
                        service: OnceLock::new(),
                    };
                    reference.blocks.insert(index, block);
                    (index, addition.empty_service())
                }
            };
            addition.add_to(&mut service);
            reference.blocks[index].service = OnceLock::from(service);
        }
        reference
    }

    /// The packages that the facts are from.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// The prefixes of all services, sorted. Nothing is parsed for it.
    pub fn prefixes(&self) -> impl Iterator<Item = &str> {
        self.blocks.iter().map(|block| block.prefix.as_ref())
    }

    /// The service with a prefix such as `ec2`. No other service is parsed.
    pub fn service(&self, prefix: &str) -> Option<&Service> {
        let prefix = prefix.to_ascii_lowercase();
        let index = self
            .blocks
            .binary_search_by(|block| block.prefix.as_ref().cmp(&prefix))
            .ok()?;
        Some(self.blocks[index].service())
    }

    /// Every service. This parses all of them.
    pub fn services(&self) -> impl Iterator<Item = &Service> {
        self.blocks.iter().map(Block::service)
    }

    /// What is known of an action such as `ec2:describevpcs`; nothing for a name with wildcards.
    pub fn action(&self, action: &str) -> Option<ActionFacts<'_>> {
        let (prefix, name) = action.split_once(':')?;
        self.service(prefix)?.action(name)
    }

    fn parse(text: &'static str) -> Reference {
        let mut pieces = text.split("\n@");
        let header = pieces.next().unwrap_or_default();
        let sources = header.lines().filter_map(parse::source).collect();
        let global_keys = header.lines().filter_map(parse::global_key).collect();
        let blocks = pieces
            .map(|text| Block {
                prefix: Text::Borrowed(text.split(' ').next().unwrap_or_default()),
                text,
                service: OnceLock::new(),
            })
            .collect();
        Reference {
            sources,
            global_keys,
            blocks,
        }
    }
}

impl Block {
    fn service(&self) -> &Service {
        self.service.get_or_init(|| {
            parse::service(self.text).expect("a test parses every service of reference/aws.txt")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Reference;

    #[test]
    fn a_look_up_parses_no_other_service() {
        let reference = Reference::parse(super::AWS);
        assert!(reference.action("ec2:describevpcs").is_some());
        let parsed: Vec<&str> = reference
            .blocks
            .iter()
            .filter(|block| block.service.get().is_some())
            .map(|block| block.prefix.as_ref())
            .collect();
        assert_eq!(parsed, ["ec2"]);
    }
}
