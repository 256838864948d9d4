//! What some accounts of a list have different: what the list says, and the rules of the deployment over it.

use std::collections::BTreeMap;

use super::candidate::Candidate;
use super::candidate::Common;
use super::candidate::check_name;
use super::candidate::merged;
use super::candidate::printable;
use super::candidate::{Overrides, Said};
use super::overrides::{check_external_id, check_overrides};
use super::per_target::PerTarget;
use super::selector::{Facts, Selector, Selectors};
use super::sink::Sink;
use super::tags::count_tags;
use crate::load::Place;
use crate::load::lists::ListedAccount;
use crate::load::lists::doc::AccountListDoc;
use crate::model::{OrganizationalUnitId, RoleName};

/// The rules of `set`.
pub(super) struct Rules<'a> {
    place: Place<'a>,
    all: Vec<Overrides>,
    pub(super) selectors: Selectors<'a>,
    /// The rule of each selector.
    of_selector: Vec<usize>,
    /// Rules for all accounts.
    for_all: Vec<usize>,
    /// What comes of several rules together, by their numbers.
    together: BTreeMap<Vec<usize>, Overrides>,
    /// Whether a selector has a fault.
    pub(super) faulty: bool,
}

impl<'a> Rules<'a> {
    /// Checks every rule.
    pub(super) fn from_doc(
        sink: &mut Sink,
        common: &Common<'_>,
        doc: &'a AccountListDoc,
        place: Place<'a>,
    ) -> Self {
        let place = place.key("set");
        let mut rules = Self {
            place,
            all: Vec::new(),
            selectors: Selectors::new(Vec::new()),
            of_selector: Vec::new(),
            for_all: Vec::new(),
            together: BTreeMap::new(),
            faulty: false,
        };
        let mut selectors = Vec::new();
        for (number, rule) in doc.set.iter().enumerate() {
            let place = place.index(number);
            let said = Said {
                variant: rule.variant.as_ref(),
                role: rule.role.as_ref(),
                external_id: rule.external_id.as_ref(),
                tags: &rule.tags,
            };
            rules.all.push(check_overrides(sink, common, said, place));
            let Some(selector) = &rule.selector else {
                rules.for_all.push(number);
                continue;
            };
            match Selector::from_doc(sink, selector, place.key("where")) {
                Some(selector) => {
                    selectors.push(selector);
                    rules.of_selector.push(number);
                }
                None => rules.faulty = true,
            }
        }
        rules.selectors = Selectors::new(selectors);
        rules
    }

    /// The target that an account becomes.
    pub(super) fn candidate(
        &mut self,
        sink: &mut Sink,
        common: &Common<'_>,
        facts: &Facts<'_>,
    ) -> Candidate {
        let listed = facts.listed;
        let mut overrides = said_by_list(sink, common, listed);
        overrides.overlay(self.overrides_for(sink, common, facts));
        let name = listed
            .name
            .as_ref()
            .map(|name| (printable(&name.text), name.span));
        let (name, span) = name
            .filter(|(name, _)| !name.trim().is_empty())
            .unwrap_or_else(|| (listed.account.to_string(), listed.span));
        check_name(sink, &name, span);
        Candidate {
            account: listed.account.clone(),
            span: listed.span,
            name,
            units: units(facts),
            overrides,
        }
    }

    /// What the rules say of an account, put together once for all accounts with the same rules.
    fn overrides_for(
        &mut self,
        sink: &mut Sink,
        common: &Common<'_>,
        facts: &Facts<'_>,
    ) -> &Overrides {
        let meaning = self.selectors.meaning(facts);
        let mut numbers = self.for_all.clone();
        numbers.extend(
            meaning
                .into_iter()
                .map(|selector| self.of_selector[selector]),
        );
        numbers.sort_unstable();
        self.together.entry(numbers).or_insert_with_key(|numbers| {
            let mut overrides = Overrides::default();
            let mut tags = None;
            for &number in numbers {
                overrides.overlay(&self.all[number]);
                if !self.all[number].tags.is_empty() {
                    tags = Some(self.place.index(number).key("tags"));
                }
            }
            count_tags(sink, &merged(common.tags, &overrides.tags), tags);
            overrides
        })
    }
}

/// What a list itself says of an account.
fn said_by_list(sink: &mut Sink, common: &Common<'_>, listed: &ListedAccount) -> Overrides {
    let mut overrides = Overrides::default();
    if let Some(role) = &listed.role {
        let written = (role.text.as_str(), role.span);
        let name = PerTarget::parse(sink, written, "bad-name", RoleName::parse);
        overrides.role.name = Some(name);
    }
    if let Some(id) = &listed.external_id {
        let id = check_external_id(sink, common.products, &id.text, id.span);
        overrides.external_id = Some(id);
    }
    if let Some(variant) = &listed.variant {
        overrides.grant_set = common.variants.set(sink, Some(&variant.text), variant.span);
    }
    overrides
}

/// The units that an account is in, from the root down, where all of them are known.
fn units(facts: &Facts<'_>) -> Vec<OrganizationalUnitId> {
    match facts.listed.paths.first() {
        Some(path) => path
            .split('/')
            .filter_map(|part| OrganizationalUnitId::parse(part).ok())
            .collect(),
        // Nothing is above the root.
        None => facts
            .unit
            .filter(|unit| unit.is_root())
            .cloned()
            .into_iter()
            .collect(),
    }
}
