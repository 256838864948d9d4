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
mod joining;
mod kind;
mod lines;
mod principals;
mod settings;
mod tags;
mod ways;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Serialize, Serializer};

pub use edits::{AcceptedChange, AcceptedFile, Edit, On, Told};
pub use grants::{GrantChange, compare as compare_grants, is_of_many_services};
pub use identity::{Around, compare as compare_identities};
pub use kind::{Kind, Reach};
pub use lines::diff;
pub use principals::parts;
pub use settings::{Setting, SettingChange};

use crate::model::{Access, FileSet, IdentityKind, LintLevel};
use crate::plan::Budget;
use crate::reference::Reference;

/// Lines around a change in a file that say where it is.
pub const CONTEXT: usize = 3;

/// One state of permissions.
#[derive(Debug, Clone, Default)]
pub struct Side {
    /// What the user named.
    pub name: String,
    /// What is granted; by format where it was read from files, since an edit can make formats differ.
    pub access: BTreeMap<String, Access>,
    /// The formats that are rendered, where that is known.
    pub formats: Option<BTreeSet<String>>,
    /// What lint finds, where there is a deployment.
    pub findings: Option<Findings>,
    /// What it finds besides, and the deployment accepts: each with the reason.
    pub accepted: BTreeMap<Finding, Acceptance>,
    /// The level of each rule of lint, where there is a deployment.
    pub levels: BTreeMap<&'static str, LintLevel>,
    /// What is used of quotas, where there is a plan.
    pub quotas: Option<Vec<Budget>>,
    /// What accounts are called, where there is a deployment.
    pub account_names: BTreeMap<String, String>,
    /// The catalogs, by product.
    pub catalogs: BTreeMap<String, CatalogState>,
    /// Features and levels under which catalogs list an action, by product and action.
    pub listed: BTreeMap<(String, String), BTreeSet<Listed>>,
    /// What a catalog or a deployment says besides what it grants, by name, where the side is one.
    pub settings: Option<BTreeMap<String, Setting>>,
    /// What of its rendered folder is not what it renders to.
    pub edits: Vec<Edit>,
    /// Files beside the rendered ones that somebody accepted, by path in the folder.
    pub accepted_files: BTreeMap<String, AcceptedFile>,
    /// What it renders to, where that is known.
    pub rendered: FileSet,
    /// What the folder is called that the paths of these are counted from.
    pub folder: Option<String>,
    /// The rendered folders in it, by what they are known as the same ones.
    pub held: Vec<String>,
    /// What no reader takes for a grant, part by part, of each file of a folder that is read back.
    pub unread: BTreeMap<String, Vec<String>>,
    /// Where the rendered folder of a deployment would be, if there is none.
    pub lacks: Option<String>,
    /// Folders in it that belong to other deployments, which this side does not tell of.
    pub others: BTreeSet<String>,
}

impl Side {
    /// A path in the folder, as the user calls it.
    pub fn called(&self, path: &str) -> String {
        let Some(folder) = &self.folder else {
            return path.to_owned();
        };
        let (mut above, mut rest) = (format!("{folder}/"), path);
        while let Some(further) = rest.strip_prefix("../") {
            let end = above.trim_end_matches('/').rfind(['/', ':']);
            above.truncate(end.map_or(0, |end| end + 1));
            rest = further;
        }
        above + rest
    }
}

/// A catalog, and what is taken of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CatalogState {
    pub version: String,
    /// Its features, each with whether it is selected; all are where the catalog itself is reviewed.
    #[serde(flatten, serialize_with = "by_selection")]
    pub features: BTreeMap<String, bool>,
}

/// Features by whether they are selected.
fn by_selection<S: Serializer>(
    features: &BTreeMap<String, bool>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let (selected, not_selected): (Vec<_>, Vec<_>) = features.iter().partition(|(_, is)| **is);
    let names = |features: Vec<(&String, &bool)>| -> Vec<String> {
        features.into_iter().map(|(name, _)| name.clone()).collect()
    };
    let both = [
        ("selected", names(selected)),
        ("not_selected", names(not_selected)),
    ];
    serializer.collect_map(both)
}

/// A catalog of another version, or another selection of its features.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CatalogChange {
    pub product: String,
    /// What it was; none where the product is new.
    pub before: Option<CatalogState>,
    /// What it is; none where the product is gone.
    pub after: Option<CatalogState>,
}

/// A place in a catalog.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Listed {
    pub feature: String,
    pub level: String,
}

/// A finding of lint.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// The rule.
    #[serde(rename = "rule")]
    pub code: String,
    /// What it is about.
    pub subject: String,
    /// What is wrong.
    pub message: String,
}

/// Findings, each with the principals or accounts that it is about; with none, it is about the deployment.
pub type Findings = BTreeMap<Finding, BTreeSet<String>>;

/// Why a finding is accepted, and of whom.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Acceptance {
    /// The reason that the deployment gives.
    pub reason: String,
    /// The principals or accounts that the finding is about.
    pub principals: BTreeSet<String>,
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
        catalogs: catalogs(old, new),
        moves: moves(old, new),
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
        levels: levels(old, new),
        quotas: quotas(old, new),
        targets: targets(old, new),
    }
}

/// What both sides grant in each format. A side that has one format only, or none by name, stands for every format.
fn by_format<'a>(old: &'a Side, new: &'a Side) -> Vec<(String, &'a Access, &'a Access)> {
    static NOTHING: Access = Access {
        identities: BTreeMap::new(),
        managed_policies: BTreeMap::new(),
        identity_providers: BTreeMap::new(),
        auto_deployed: BTreeMap::new(),
    };
    let formats: BTreeSet<&String> = match (old.access.len(), new.access.len()) {
        (1, _) => new.access.keys().collect(),
        (_, 1) => old.access.keys().collect(),
        _ => old.access.keys().chain(new.access.keys()).collect(),
    };
    let of = |side: &'a Side, format: &String| {
        let only = side
            .access
            .values()
            .next()
            .filter(|_| side.access.len() == 1);
        side.access.get(format).or(only).unwrap_or(&NOTHING)
    };
    formats
        .into_iter()
        .map(|format| (format.clone(), of(old, format), of(new, format)))
        .collect()
}

/// Rules with another level, where both sides have a deployment.
fn levels(old: &Side, new: &Side) -> Vec<LevelChange> {
    let both = new.levels.iter().filter_map(|(rule, after)| {
        Some(LevelChange {
            rule,
            before: *old.levels.get(rule)?,
            after: *after,
        })
    });
    both.filter(|change| change.before != change.after)
        .collect()
}

/// Catalogs that differ, where both sides have any.
fn catalogs(old: &Side, new: &Side) -> Vec<CatalogChange> {
    if old.catalogs.is_empty() || new.catalogs.is_empty() {
        return Vec::new();
    }
    let products: BTreeSet<&String> = old.catalogs.keys().chain(new.catalogs.keys()).collect();
    products
        .into_iter()
        .map(|product| CatalogChange {
            product: product.clone(),
            before: old.catalogs.get(product).cloned(),
            after: new.catalogs.get(product).cloned(),
        })
        .filter(|change| change.before != change.after)
        .collect()
}

fn moves(old: &Side, new: &Side) -> Vec<Move> {
    old.listed
        .iter()
        .filter_map(|(key, before)| {
            let after = new.listed.get(key).filter(|after| *after != before)?;
            Some(Move {
                product: key.0.clone(),
                action: key.1.clone(),
                before: before.clone(),
                after: after.clone(),
            })
        })
        .collect()
}

/// Quotas by what they limit: which role is the largest can change.
fn quotas(old: &Side, new: &Side) -> Vec<QuotaChange> {
    let (Some(old), Some(new)) = (&old.quotas, &new.quotas) else {
        return Vec::new();
    };
    let used = |quota: Option<&Budget>| quota.map(|quota| quota.used);
    fn find<'q>(quotas: &'q [Budget], key: &str) -> Option<&'q Budget> {
        quotas.iter().find(|quota| quota.key == key)
    }
    let mut keys: Vec<&String> = Vec::new();
    for quota in new.iter().chain(old) {
        if !keys.contains(&&quota.key) {
            keys.push(&quota.key);
        }
    }
    keys.into_iter()
        .filter_map(|key| {
            let (before, after) = (find(old, key), find(new, key));
            let known = after.or(before)?;
            (used(before) != used(after)).then(|| QuotaChange {
                what: known.what.clone(),
                before: used(before),
                after: used(after),
                limit: known.limit,
                unit: known.unit,
            })
        })
        .collect()
}

/// Roles that came or went, and those that other groups may assume now.
fn targets(old: &Side, new: &Side) -> Vec<TargetChange> {
    let (old, new) = (roles(old), roles(new));
    let arns: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    arns.into_iter()
        .map(|arn| TargetChange {
            role: arn.clone(),
            before: old.get(arn).cloned(),
            after: new.get(arn).cloned(),
        })
        .filter(|target| target.before != target.after)
        .collect()
}

/// The groups whose inline policies name a role, by the role's ARN.
fn roles(side: &Side) -> BTreeMap<String, BTreeSet<String>> {
    let mut roles: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for access in side.access.values() {
        for (arn, identity) in &access.identities {
            if identity.kind == IdentityKind::Role && arn.starts_with("arn:") {
                roles.entry(arn.clone()).or_default();
            }
        }
        for (arn, identity) in &access.identities {
            let name = principals::parts(arn, None).1;
            for grant in identity.policies.values().flatten() {
                if grant.action == "sts:AssumeRole"
                    && let Some(groups) = roles.get_mut(&grant.resource)
                {
                    groups.insert(name.clone());
                }
            }
        }
    }
    roles
}
