//! Checks a catalog as written and gives it its types.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use regex_lite::Regex;

use super::denied::Denial;
use super::placeholder::Placeholders;
use crate::diag::Span;
use crate::load::catalog::{AccessDoc, OneOrMany, ParameterValue, SourceDoc};
use crate::model::{
    Action, CatalogId, GrantTo, Level, ParameterKind, Prerequisites, has_parameter,
};
use crate::reference::{ManagedPolicy, Reference};

/// One version of one product's permission list, checked.
#[derive(Debug, Clone)]
pub struct Catalog {
    /// Product and version.
    pub id: CatalogId,
    /// The product's name for people.
    pub title: String,
    /// Who publishes it.
    pub vendor: String,
    /// Where the list was read.
    pub sources: Vec<SourceDoc>,
    /// How the product signs in and assumes roles.
    pub access: AccessDoc,
    /// Values that a deployment fills in.
    pub parameters: IndexMap<String, Parameter>,
    /// The features, in the vendor's order.
    pub features: IndexMap<String, Feature>,
    /// What the vendor demands to be denied, each with the feature that it is for; without one, for all of them.
    pub denials: Vec<(Option<String>, Denial)>,
    /// Groups of features of which a deployment selects exactly one each.
    pub one_of: Vec<Vec<String>>,
}

/// A value that a deployment fills in.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// What kind of value it is.
    pub kind: ParameterKind,
    /// Whether it has a list of values.
    pub list: bool,
    /// What it means.
    pub description: String,
    /// The value where the deployment gives none.
    pub default: Option<ParameterValue>,
    /// What the whole value must match.
    pub pattern: Option<Regex>,
}

/// A part of a product.
#[derive(Debug, Clone)]
pub struct Feature {
    /// Its name for people.
    pub title: String,
    /// The accounts it works in.
    pub grant_to: BTreeSet<GrantTo>,
    /// What has to hold for it to be granted.
    pub needs: Prerequisites,
    /// Where the vendor lists its actions.
    pub source: Option<SourceRef>,
    /// Its permissions: the required ones, then the recommended ones, each in the vendor's order.
    pub entries: Vec<Entry>,
    /// What the vendor lists and what is never granted, in the same order.
    pub inert: Vec<Inert>,
    /// The managed policies of AWS that it asks for, in the same order.
    pub managed: Vec<ManagedEntry>,
}

/// A managed policy of AWS that a feature asks for.
#[derive(Debug, Clone)]
pub struct ManagedEntry {
    pub level: Level,
    pub policy: &'static ManagedPolicy,
    /// What has to hold for it to be attached, that of its feature included.
    pub needs: Prerequisites,
    /// What the product does with it.
    pub purpose: Option<String>,
    /// What stops working without it.
    pub without: Option<String>,
    /// Where the catalog asks for it.
    pub span: Span,
}

/// A place in a vendor document.
#[derive(Debug, Clone)]
pub struct SourceRef {
    /// The document's title.
    pub title: String,
    /// The heading.
    pub section: Option<String>,
}

/// One action with what guards it.
#[derive(Debug, Clone)]
pub struct Entry {
    pub level: Level,
    /// The action, in AWS's case.
    pub action: Action,
    /// The vendor's spelling, where it differs.
    pub written: Option<String>,
    /// What it is granted on; parameters are not filled in yet.
    pub resource: EntryResource,
    /// Conditions; parameters are not filled in yet.
    pub conditions: IndexMap<String, IndexMap<String, OneOrMany>>,
    /// What has to hold for it to be granted, that of its feature included.
    pub needs: Prerequisites,
    /// What the product does with it.
    pub purpose: Option<String>,
    /// What stops working without it.
    pub without: Option<String>,
    /// Where the catalog lists it.
    pub span: Span,
    /// Resources and values of conditions, long ones as several.
    pub(super) size: usize,
    /// Whether a list of values stands in it, so that it has them once for each.
    pub(super) repeats: bool,
}

/// An action that the vendor lists and that is never granted.
#[derive(Debug, Clone)]
pub struct Inert {
    pub level: Level,
    /// The action as the vendor spells it, whether it is one or not.
    pub action: String,
    /// Why it is never granted.
    pub reason: String,
    /// Whether AWS has an action of that name.
    pub known: bool,
    /// What the product does with it.
    pub purpose: Option<String>,
    /// What stops working without it.
    pub without: Option<String>,
}

impl Inert {
    /// Why it is never granted, in words.
    pub fn words(&self) -> String {
        match self.known {
            true => format!("without effect: {}", self.reason),
            false => format!("unknown to AWS: {}", self.reason),
        }
    }

    /// Whether it is this action, or one that stands for the other.
    pub fn is_about(&self, asked: &Action) -> bool {
        Action::parse(&self.action).is_ok_and(|own| own.covers(asked) || asked.covers(&own))
    }
}

/// What an entry may refer to.
pub(super) struct Known<'a> {
    /// The catalog's parameters.
    pub(super) parameters: &'a IndexMap<String, Parameter>,
    /// A value for each, to check the shape of what is built from it.
    pub(super) samples: BTreeMap<String, String>,
    /// What AWS knows of actions.
    pub(super) reference: &'a Reference,
    /// What the entries so far weigh.
    pub(super) weight: Cell<usize>,
}

impl Known<'_> {
    /// What texts of the catalog may refer to.
    pub(super) fn placeholders(&self) -> Placeholders<'_> {
        let region = self
            .parameters
            .iter()
            .find(|(_, parameter)| parameter.kind == ParameterKind::Region);
        Placeholders {
            parameters: &self.samples,
            region: region.map(|(name, _)| name.as_str()),
            in_catalog: true,
            variables: Some(self.reference),
        }
    }

    /// Whether a parameter stands in a text.
    pub(super) fn is_parametric(&self, text: &str) -> bool {
        let mut names = self.parameters.keys();
        names.any(|name| has_parameter(text, name))
    }
}

/// What an entry's action is granted on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryResource {
    /// The hub user itself.
    OwnUser,
    /// The groups of the hub user.
    OwnGroups,
    /// `*`, or ARN patterns with placeholders.
    Arns(Vec<String>),
}
