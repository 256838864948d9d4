//! One side of a review, read from whatever the user named.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, anyhow};
use camino::{Utf8Path, Utf8PathBuf};
use time::Date;

use super::super::{stages, ui};
use crate::lint::{self, Context, Level, Levels, RULES};
use crate::load::{self, CatalogId, Origin, Subject};
use crate::model::{
    Access, AccountId, Effect, FileSet, Grant, IdentityKind, LOCK, Partition, PolicyKind,
    name_in_account,
};
use crate::plan::{self, Placement};
use crate::reference::Reference;
use crate::resolve::{Catalog, Entry, EntryResource, GrantTo, Level as Listing, Product};
use crate::review::{Acceptance, CatalogState, Finding, Findings, Listed, Side};
use crate::{readback, resolve, write};

/// What both sides are read with.
pub(super) struct Reader<'a> {
    pub(super) catalogs: Option<&'a Utf8Path>,
    pub(super) out: &'a Utf8Path,
    pub(super) reference: &'a Reference,
    pub(super) today: Date,
}

impl Reader<'_> {
    /// Reads a side. Nothing, where it has faults, which are printed.
    pub(super) fn read(&self, name: &str) -> anyhow::Result<Option<Side>> {
        let (origin, subject) = Origin::of(name)?;
        let side = match subject {
            Subject::Deployment(path) => self.deployment(&origin, &path)?,
            Subject::Folder(path) => Some(folder(&origin, &path)?),
            Subject::Catalog(id) => self.catalog(&origin, &id)?,
            Subject::Nothing => Some(Side {
                access: BTreeMap::from([(String::new(), Access::default())]),
                findings: Some(Findings::new()),
                quotas: Some(Vec::new()),
                ..Side::default()
            }),
        };
        Ok(side.map(|side| Side {
            name: name.to_owned(),
            ..side
        }))
    }

    fn deployment(&self, origin: &Origin, path: &Utf8Path) -> anyhow::Result<Option<Side>> {
        let (loaded, mut diagnostics) = load::load_from(origin, &[path.to_owned()], self.catalogs)?;
        let (resolved, faults) = resolve::resolve(&loaded, self.reference);
        diagnostics.extend(faults);
        let mut side = None;
        for resolved in &resolved {
            let (levels, faults) = Levels::of_deployment(&resolved.lint);
            diagnostics.extend(faults);
            let before = self.placement(origin, &resolved.name)?;
            let (plan, faults) = plan::plan(resolved, &before);
            diagnostics.extend(faults);
            let Some(plan) = plan else { continue };
            let context = Context {
                reference: self.reference,
                resolved,
                plan: &plan,
                today: self.today,
            };
            let (findings, accepted) = findings(&context, &levels);
            let formats = [
                ("Terraform", plan.terraform),
                ("CloudFormation", plan.cloudformation.is_some()),
            ];
            side = Some(Side {
                access: BTreeMap::from([(String::new(), plan::access(&plan))]),
                formats: Some(
                    formats
                        .into_iter()
                        .filter(|(_, rendered)| *rendered)
                        .map(|(format, _)| format.to_owned())
                        .collect(),
                ),
                findings: Some(findings),
                accepted,
                levels: RULES
                    .iter()
                    .map(|rule| (rule.code, levels.of(rule)))
                    .collect(),
                quotas: Some(plan::budget(&plan)),
                account_names: account_names(&plan),
                catalogs: resolved.products.iter().map(selected).collect(),
                listed: resolved
                    .products
                    .iter()
                    .flat_map(|product| listed(&product.catalog))
                    .collect(),
                ..Side::default()
            });
        }
        Ok(match ui::diagnose(&loaded.sources, &mut diagnostics) {
            true => None,
            false => side,
        })
    }

    /// The places of targets, by the lock of the folder that the deployment was rendered into: alone, or among several.
    fn placement(&self, origin: &Origin, deployment: &str) -> anyhow::Result<Placement> {
        for deployments in 1..=2 {
            let path = stages::folder(self.out, deployment, deployments).join(LOCK);
            let Some(text) = origin.read_here(&path)? else {
                continue;
            };
            if let Some(last) = write::last_in(deployment, &path, &text)? {
                return Ok(stages::placement(last.targets));
            }
        }
        Ok(Placement::new())
    }

    fn catalog(&self, origin: &Origin, id: &CatalogId) -> anyhow::Result<Option<Side>> {
        let (loaded, mut diagnostics) = load::load_one_catalog(origin, id, self.catalogs)?;
        let Some(document) = loaded.catalogs.get(id) else {
            if ui::diagnose(&loaded.sources, &mut diagnostics) {
                return Ok(None);
            }
            anyhow::bail!(
                "there is no catalog {id}; `landgrant catalog list` shows those there are"
            );
        };
        let (catalog, faults) = resolve::check_catalog(document, self.reference);
        diagnostics.extend(faults);
        let faulty = ui::diagnose(&loaded.sources, &mut diagnostics);
        Ok(catalog.filter(|_| !faulty).map(|catalog| Side {
            access: BTreeMap::from([(String::new(), catalog_access(&catalog))]),
            listed: listed(&catalog),
            catalogs: BTreeMap::from([state(&catalog, |_| true)]),
            ..Side::default()
        }))
    }
}

/// What lint finds, and what the deployment accepts of it. Rules that the deployment switches off are asked all the same:
/// a change under review does not choose what it is asked.
fn findings(context: &Context<'_>, levels: &Levels) -> (Findings, BTreeMap<Finding, Acceptance>) {
    let mut findings = Findings::new();
    let mut accepted: BTreeMap<Finding, Acceptance> = BTreeMap::new();
    let off: BTreeSet<&str> = RULES
        .iter()
        .filter(|rule| levels.of(rule) == Level::Allow)
        .map(|rule| rule.code)
        .collect();
    for found in lint::run(context, &levels.at_least_default()) {
        let reason = match off.contains(found.diagnostic.code) {
            true => Some("the level of the rule is allow".to_owned()),
            false => found.accepted,
        };
        let finding = Finding {
            code: found.diagnostic.code.to_owned(),
            subject: found.subject,
            message: found.diagnostic.message,
        };
        let accounts = found.accounts.iter().map(AccountId::to_string);
        match reason {
            None => findings.entry(finding).or_default().extend(accounts),
            Some(reason) => {
                let acceptance = accepted.entry(finding).or_default();
                acceptance.reason = reason;
                acceptance.principals.extend(accounts);
            }
        }
    }
    (findings, accepted)
}

fn account_names(plan: &plan::Plan) -> BTreeMap<String, String> {
    let targets = plan.targets.iter();
    targets
        .map(|target| (target.account.to_string(), target.name.clone()))
        .collect()
}

/// A product's catalog, with the features that a deployment selects.
fn selected(product: &Product) -> (String, CatalogState) {
    let chosen = |name: &str| product.features.iter().any(|feature| feature.name == name);
    state(&product.catalog, chosen)
}

fn state(catalog: &Catalog, selected: impl Fn(&str) -> bool) -> (String, CatalogState) {
    let features = catalog.features.keys();
    let state = CatalogState {
        version: catalog.id.version.clone(),
        features: features
            .map(|name| (name.clone(), selected(name)))
            .collect(),
    };
    (catalog.id.product.clone(), state)
}

/// Rendered files; those of several deployments, if each has a folder of its own in this one.
fn folder(origin: &Origin, path: &Utf8Path) -> anyhow::Result<Side> {
    let is_wanted = |path: &Utf8Path| readback::is_read(path) || is_lock(path);
    let files = origin.folder(path, is_wanted)?;
    let mut access: BTreeMap<String, Access> = BTreeMap::new();
    for (part, files) in by_deployment(files) {
        let folder = match part.as_str() {
            // Nothing joined to a path would end it with a slash.
            "" => path.to_owned(),
            part => path.join(part),
        };
        for read in read(&folder, files)? {
            let all = access.entry(read.format.to_owned()).or_default();
            if let Some(arn) = shared(all, &read.access) {
                anyhow::bail!("cannot tell what {path} grants: two deployments in it make {arn}");
            }
            all.identities.extend(read.access.identities);
            all.managed_policies.extend(read.access.managed_policies);
            all.auto_deployed.extend(read.access.auto_deployed);
        }
    }
    Ok(Side {
        formats: Some(access.keys().cloned().collect()),
        access,
        ..Side::default()
    })
}

fn is_lock(path: &Utf8Path) -> bool {
    path.file_name() == Some(LOCK) && path.components().count() <= 2
}

/// The files of each deployment by the folder that it has; one for all where they have none.
fn by_deployment(mut files: FileSet) -> BTreeMap<Utf8PathBuf, FileSet> {
    let mut parts = BTreeMap::new();
    let locks = files.keys().filter(|path| is_lock(path));
    let folders: BTreeSet<Utf8PathBuf> = locks
        .filter_map(Utf8Path::parent)
        .map(Utf8Path::to_owned)
        .collect();
    if !folders.contains(Utf8Path::new("")) {
        for folder in folders {
            let own = files.below(&folder).filter_map(|(path, text)| {
                let path = path.strip_prefix(&folder).ok()?;
                Some((path.to_owned(), text.to_owned()))
            });
            parts.insert(folder.clone(), own.collect());
            files.retain(|path, _| !path.starts_with(&folder));
        }
        // What lies beside them would be deployed too.
        if !parts.is_empty() {
            retain_acting(&mut files, |_| false);
        }
    }
    if parts.is_empty() || !files.is_empty() {
        parts.insert(Utf8PathBuf::new(), files);
    }
    parts
}

/// Something that both make.
fn shared<'a>(one: &'a Access, other: &'a Access) -> Option<&'a String> {
    let made = |access: &'a Access| {
        access
            .identities
            .keys()
            .chain(access.managed_policies.keys())
    };
    let taken: BTreeSet<String> = made(one).map(|arn| name_in_account(arn)).collect();
    let mut arns = made(other).filter(|arn| taken.contains(&name_in_account(arn)));
    let sets = other.auto_deployed.keys();
    let mut sets = sets.filter(|set| one.auto_deployed.contains_key(*set));
    arns.next().or_else(|| sets.next())
}

/// Leaves files that are listed, and those that make something or change what others make.
fn retain_acting(files: &mut FileSet, is_listed: impl Fn(&Utf8Path) -> bool) {
    let makes = |path: &Utf8Path, text: &str| {
        is_listed(path) || readback::declares(path, text, &|_| false).is_some()
    };
    let is_rendered = |path: &Utf8Path| files.get(path).is_some_and(|text| makes(path, text));
    let acting: BTreeSet<Utf8PathBuf> = files
        .iter()
        .filter(|(path, text)| {
            makes(path, text) || readback::declares(path, text, &is_rendered).is_some()
        })
        .map(|(path, _)| path.to_owned())
        .collect();
    files.retain(|path, _| acting.contains(path));
}

/// What the rendered files of one deployment grant.
fn read(path: &Utf8Path, mut files: FileSet) -> anyhow::Result<Vec<readback::Read>> {
    let lock = files.remove(LOCK);
    files.retain(|path, _| !is_lock(path));
    let accounts = match lock {
        Some(text) => {
            let accounts = write::accounts(&path.join(LOCK), &text)?;
            // What was rendered is read to the letter; of the rest, what would be deployed.
            retain_acting(&mut files, |path| accounts.files.contains(path));
            accounts
        }
        None => write::Accounts::default(),
    };
    let partition = |name: String| {
        Partition::parse(&name)
            .with_context(|| format!("{} names no partition: {name}", path.join(LOCK)))
    };
    let account = |id: String| {
        AccountId::parse(&id).map_err(|_| anyhow!("{} names no account: {id}", path.join(LOCK)))
    };
    let known = readback::Known {
        partition: accounts.partition.map(partition).transpose()?,
        hub: accounts.hub.map(account).transpose()?,
        stack_sets: accounts.stack_sets.map(account).transpose()?,
    };
    readback::read_folder(&files, &known)
        .map_err(|error| anyhow::anyhow!("cannot tell what {path} grants: {error}"))
}

/// What a catalog would grant if every feature and level were selected: what the hub account gets, and each target.
fn catalog_access(catalog: &Catalog) -> Access {
    let mut access = Access::default();
    for (place, to) in [
        ("in the hub account", GrantTo::Hub),
        ("in each target account", GrantTo::Target),
    ] {
        for (name, feature) in &catalog.features {
            if feature.entries.is_empty() || !feature.grant_to.contains(&to) {
                continue;
            }
            let identity = access.identity(
                &format!("{}, {place}", catalog.id.product),
                IdentityKind::Role,
            );
            let policy = (PolicyKind::Inline, name.clone());
            let grants = feature.entries.iter().flat_map(grants).collect();
            identity.policies.insert(policy, grants);
        }
    }
    access
}

fn grants(entry: &Entry) -> BTreeSet<Grant> {
    let resources = match &entry.resource {
        EntryResource::OwnUser => vec!["own-user".to_owned()],
        EntryResource::OwnGroups => vec!["own-groups".to_owned()],
        EntryResource::Arns(arns) => arns.clone(),
    };
    let conditions: BTreeMap<String, BTreeMap<String, BTreeSet<String>>> = entry
        .conditions
        .iter()
        .map(|(operator, keys)| {
            let keys = keys
                .iter()
                .map(|(key, values)| (key.clone(), values.as_slice().iter().cloned().collect()))
                .collect();
            (operator.clone(), keys)
        })
        .collect();
    resources
        .into_iter()
        .map(|resource| Grant {
            effect: Effect::Allow,
            action: entry.action.to_string(),
            resource,
            conditions: conditions.clone(),
        })
        .collect()
}

fn listed(catalog: &Catalog) -> BTreeMap<(String, String), BTreeSet<Listed>> {
    let mut listed: BTreeMap<(String, String), BTreeSet<Listed>> = BTreeMap::new();
    for (name, feature) in &catalog.features {
        for entry in &feature.entries {
            listed
                .entry((catalog.id.product.clone(), entry.action.to_string()))
                .or_default()
                .insert(Listed {
                    feature: name.clone(),
                    level: match entry.level {
                        Listing::Required => "required",
                        Listing::Recommended => "recommended",
                    }
                    .to_owned(),
                });
        }
    }
    listed
}
