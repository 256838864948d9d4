//! One side of a review: what one state grants, and what else is compared of it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Serialize, Serializer};

use super::{AcceptedFile, Edit, Setting};
use crate::model::{Access, FileSet, LintLevel};
use crate::plan::Budget;

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
    /// The catalogs, by product and the role that it is for; none where a deployment has one role without a name.
    pub catalogs: BTreeMap<(String, Option<String>), CatalogState>,
    /// Features and levels under which catalogs list an action, by product and action.
    pub listed: BTreeMap<(String, String), BTreeSet<Listed>>,
    /// What a catalog or a deployment says besides what it grants, by name; of a deployment that is not at hand, what its stack
    /// sets say.
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
    /// The `source` of the lock of each of them, if it leads to a deployment; only where a folder was named.
    pub sources: BTreeMap<String, Option<String>>,
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

/// What both sides grant in each format. A side that has one format only, or none by name, stands for every format.
pub(super) fn by_format<'a>(old: &'a Side, new: &'a Side) -> Vec<(String, &'a Access, &'a Access)> {
    static NOTHING: Access = Access {
        identities: BTreeMap::new(),
        managed_policies: BTreeMap::new(),
        identity_providers: BTreeMap::new(),
        tags: BTreeMap::new(),
        auto_deployed: BTreeMap::new(),
    };
    let formats: BTreeSet<&String> = match (old.access.len(), new.access.len()) {
        (1, _) => new.access.keys().collect(),
        (_, 1) => old.access.keys().collect(),
        _ => old.access.keys().chain(new.access.keys()).collect(),
    };
    let access_of = |side: &'a Side, format: &String| {
        let only = side
            .access
            .values()
            .next()
            .filter(|_| side.access.len() == 1);
        side.access.get(format).or(only).unwrap_or(&NOTHING)
    };
    formats
        .into_iter()
        .map(|format| {
            (
                format.clone(),
                access_of(old, format),
                access_of(new, format),
            )
        })
        .collect()
}
