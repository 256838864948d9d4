//! Review: what a change means in permissions, principal by principal. Text that changed and grants nothing else is no
//! change here.
//!
//! 1. A [`Side`] is what one state grants, wherever it was read: a deployment, a catalog, a folder of rendered files.
//! 2. `grants` and `identity` hold one principal against itself, by the `difference` of two sets.
//! 3. `principals` tells those with the same changes together, such as the roles of a thousand accounts.
//! 4. `edits` are files that no plan knows of: edited by hand, not rendered, accepted.
//! 5. `settings` are what catalogs say besides what they grant.
//! 6. `ways` are findings that appear and vanish.
//!
//! What derives `Serialize` is a part of `landgrant/review/v1`, so its fields keep their names and their order there.

mod difference;
mod edits;
mod grants;
mod identity;
mod inventory;
mod joining;
mod kind;
mod lines;
mod principals;
mod settings;
mod side;
mod tags;
mod ways;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

pub use edits::{AcceptedChange, AcceptedFile, Edit, On, Told};
pub use grants::{GrantChange, compare as compare_grants, is_of_many_services};
pub use identity::{Around, compare as compare_identities};
pub use kind::{Kind, Reach};
pub use lines::diff;
pub use principals::parts;
pub use settings::{Setting, SettingChange};
use side::by_format;
pub use side::{Acceptance, CatalogState, Finding, Findings, Listed, Side};
pub use ways::ways;

use crate::model::LintLevel;
use crate::reference::Reference;

/// Lines around a change in a file that say where it is.
pub const CONTEXT: usize = 3;

/// A catalog of another version, or another selection of its features.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CatalogChange {
    pub product: String,
    /// The role that it is for, if roles have names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// What it was; none where the product is new.
    pub before: Option<CatalogState>,
    /// What it is; none where the product is gone.
    pub after: Option<CatalogState>,
}

/// A finding that is accepted now, and was not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Accepted {
    /// The finding.
    #[serde(flatten)]
    pub found: Found,
    /// The reason that the deployment gives.
    pub reason: String,
}

/// A rule of lint that has another level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LevelChange {
    pub rule: &'static str,
    pub before: LintLevel,
    /// Its level now.
    pub after: LintLevel,
}

/// A finding that appears or vanishes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Found {
    /// The finding.
    #[serde(flatten)]
    pub finding: Finding,
    /// The ARNs of the principals, or the accounts, for which it is news.
    pub principals: BTreeSet<String>,
}

/// A change that is not of a grant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Fact {
    /// The direction.
    #[serde(rename = "change")]
    pub kind: Kind,
    /// What that lets through. A denial that goes lets more through.
    #[serde(flatten)]
    pub reach: Reach,
    /// What is so now.
    pub text: String,
    /// Whether it lets in somebody whom nothing let in before, on whatever terms.
    #[serde(skip)]
    pub lets_in: bool,
}

/// Principals with the same changes. Where they are in several accounts, `ACCOUNT` stands for each one's own in every text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Changed {
    /// Whether they are new, gone, or there before and after.
    pub kind: Kind,
    /// What they are: `role`, `managed policy`; empty for the side of a catalog.
    pub what: String,
    /// The first one, by name.
    pub name: String,
    /// The accounts they are in; empty for the side of a catalog.
    pub accounts: Vec<String>,
    /// The formats that it is so in, where the others differ; empty if it is so in all.
    pub formats: Vec<String>,
    /// A principal that is there before and after and has exactly what a new one gets.
    pub like: Option<String>,
    pub grants: Vec<GrantChange>,
    /// Other changes.
    pub facts: Vec<Fact>,
}

impl Changed {
    /// Whether more can be done than before.
    pub fn is_more(&self) -> bool {
        self.reaches(Reach::More)
    }

    /// Whether less can be done than before.
    pub fn is_less(&self) -> bool {
        self.reaches(Reach::Less)
    }

    fn reaches(&self, reach: Reach) -> bool {
        self.grants.iter().any(|change| change.reach == reach)
            || self.facts.iter().any(|fact| fact.reach == reach)
    }
}

/// An action that a catalog lists elsewhere now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Move {
    pub product: String,
    pub action: String,
    /// Where it was listed.
    pub before: BTreeSet<Listed>,
    /// Where it is listed.
    pub after: BTreeSet<Listed>,
    /// Whether a selection of features and levels of a catalog grants it now and did not before. What a deployment selects is
    /// told by what it grants.
    #[serde(rename = "more")]
    pub is_more: bool,
}

/// A quota of which more or less is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QuotaChange {
    /// What is limited, for a person.
    pub what: String,
    /// What was used, in `unit`; none where it did not apply.
    pub before: Option<usize>,
    /// What is used; none where it does not apply any more.
    pub after: Option<usize>,
    /// What AWS allows.
    pub limit: usize,
    /// `characters`, or what is counted.
    pub unit: &'static str,
}

/// A target that came, went, or is in another group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TargetChange {
    /// The role's ARN.
    pub role: String,
    /// The groups whose members could assume it.
    #[serde(rename = "groups_before")]
    pub before: Option<BTreeSet<String>>,
    /// The groups whose members can.
    #[serde(rename = "groups_after")]
    pub after: Option<BTreeSet<String>>,
}

/// Formats that are rendered on one side only.
#[derive(Debug, Clone, Default, Serialize)]
pub struct FormatChanges {
    /// They are rendered now, and were not.
    pub appeared: BTreeSet<String>,
    /// They were rendered, and are not now.
    pub vanished: BTreeSet<String>,
}

/// Findings of one side only.
#[derive(Debug, Clone, Default, Serialize)]
pub struct FindingChanges {
    /// They appear.
    pub appeared: Vec<Found>,
    /// They vanish.
    pub vanished: Vec<Found>,
    /// They are accepted now, and were not.
    pub accepted: Vec<Accepted>,
}

/// What a change means in permissions.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Review {
    /// What is edited by hand or not rendered. What it grants is not counted in anything else.
    #[serde(skip)]
    pub edits: Vec<Told>,
    /// The rendered folder of the new deployment, where there is none on either side: what is granted is known by the plan alone.
    #[serde(skip)]
    pub uncompared: Option<String>,
    /// Accepted files that came, went or changed.
    #[serde(skip)]
    pub accepted_files: Vec<AcceptedChange>,
    /// Whether a way to more permissions appears, accepted or not.
    #[serde(skip)]
    pub escalation: bool,
    /// Principals that changed.
    #[serde(skip)]
    pub principals: Vec<Changed>,
    /// What the accounts are called that are.
    pub account_names: BTreeMap<String, String>,
    /// Catalogs of another version, or with another selection.
    pub catalogs: Vec<CatalogChange>,
    /// Actions that a catalog lists elsewhere now.
    pub moves: Vec<Move>,
    /// What a catalog says otherwise besides what it grants.
    pub settings: Vec<SettingChange>,
    /// Formats that are rendered on one side only.
    pub formats: FormatChanges,
    /// What lint finds on one side only.
    pub findings: FindingChanges,
    /// Rules of lint that have another level.
    pub levels: Vec<LevelChange>,
    /// Targets that came, went or moved.
    pub targets: Vec<TargetChange>,
    /// Quotas of which more or less is used.
    pub quotas: Vec<QuotaChange>,
}

impl Review {
    /// Whether anything can do more than before, as far as that is known.
    pub fn is_more(&self) -> bool {
        self.principals.iter().any(Changed::is_more)
            || self.accepted_files.iter().any(|change| change.is_more)
            || self.settings.iter().any(|change| change.is_more)
            || self.moves.iter().any(|moved| moved.is_more)
    }

    /// Whether anything can do less than before.
    pub fn is_less(&self) -> bool {
        self.principals.iter().any(Changed::is_less)
    }

    /// Whether nothing at all changed.
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
            && self.uncompared.is_none()
            && self.accepted_files.is_empty()
            && self.principals.is_empty()
            && self.moves.is_empty()
            && self.settings.is_empty()
            && self.formats.appeared.is_empty()
            && self.formats.vanished.is_empty()
            && self.findings.appeared.is_empty()
            && self.findings.vanished.is_empty()
            && self.findings.accepted.is_empty()
            && self.levels.is_empty()
    }
}

/// Holds two states against each other, each with its reference.
pub fn review(old: &Side, new: &Side, references: &[&Reference]) -> Review {
    let (appeared, vanished) = ways::findings(old, new);
    let formats = |side: &Side, other: &Side| match (&side.formats, &other.formats) {
        (Some(formats), Some(others)) => formats.difference(others).cloned().collect(),
        _ => BTreeSet::new(),
    };
    Review {
        edits: edits::edits(old, new),
        uncompared: edits::uncompared(old, new),
        accepted_files: edits::accepted(old, new),
        principals: principals::principals(old, new, references),
        account_names: old
            .account_names
            .iter()
            .chain(&new.account_names)
            .map(|(account, name)| (account.clone(), name.clone()))
            .collect(),
        catalogs: inventory::catalogs(old, new),
        moves: inventory::moves(old, new),
        settings: settings::settings(old, new),
        formats: FormatChanges {
            appeared: formats(new, old),
            vanished: formats(old, new),
        },
        escalation: ways::escalation(old, new, &appeared),
        findings: FindingChanges {
            appeared,
            vanished,
            accepted: ways::accepted(old, new),
        },
        levels: inventory::levels(old, new),
        quotas: inventory::quotas(old, new),
        targets: inventory::targets(old, new),
    }
}
