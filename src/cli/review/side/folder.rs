//! A side that is a folder of rendered files: by the deployment that its lock names, or else by what can be read back.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, anyhow, bail};
use camino::{Utf8Path, Utf8PathBuf};

use super::super::super::beside;
use super::Reader;
use super::deployment::{Planned, policy_setting};
use super::held::{self, Folder, Held};
use crate::load::{Listing, Origin};
use crate::model::{Access, AccountId, LOCK, Partition, name_in_account};
use crate::readback;
use crate::review::{Findings, Setting, Side};

impl Reader<'_> {
    /// Rendered files; those of several deployments, if each has a folder of its own in this one.
    pub(super) fn folder(&self, origin: &Origin, path: &Utf8Path) -> anyhow::Result<Option<Side>> {
        let Some(listing) = origin.listing(path)? else {
            bail!("there is no folder {path}");
        };
        let mut inner = beside::locked_folders(&listing)?;
        if inner.is_empty() {
            inner.insert("");
        }
        let mut folders = Vec::new();
        let mut sources = BTreeMap::new();
        for inner in inner {
            let folder = Folder::open(&listing, path, inner)?;
            folder.locked.refuse_ambiguous(&folder.path.join(LOCK))?;
            let deployment = source(&listing, &folder)?;
            let source = folder.locked.source.clone();
            sources.insert(inner.to_owned(), source.filter(|_| deployment.is_some()));
            let planned = match deployment {
                None => None,
                Some(deployment) => {
                    let placed = |_: &str| Folder::open(&listing, path, inner).map(Some);
                    let Some(planned) = self.planned(origin, &deployment, &placed)? else {
                        return Ok(None);
                    };
                    Some(planned)
                }
            };
            folders.push((folder, planned));
        }
        let held: Vec<Held<'_>> = folders
            .iter()
            .map(|(folder, planned)| Held {
                folder,
                planned: planned
                    .as_ref()
                    .map(|planned| (planned.name.as_str(), &planned.files)),
            })
            .collect();
        let mut told = Side::default();
        held::hold(origin, &listing, &held, &mut told)?;
        let mut side = together(&listing, path, folders)?;
        held::count_from(path, &mut side.edits);
        side.edits.extend(told.edits);
        side.accepted_files.extend(told.accepted_files);
        side.held = told.held;
        side.unread = told.unread;
        side.others = told.others;
        side.sources = sources;
        side.folder = Some(held::identity(origin, path));
        Ok(Some(side))
    }
}

/// The deployment that a folder is rendered from, by its lock, if it is at hand.
fn source(listing: &Listing, folder: &Folder) -> anyhow::Result<Option<Utf8PathBuf>> {
    let Some(source) = &folder.locked.source else {
        return Ok(None);
    };
    let lock = held::joined(&folder.inner, LOCK);
    Ok(listing.deployment(Utf8Path::new(&lock), source)?)
}

/// What all folders grant: by the plan alone where each has one, and by format where a folder is read back.
fn together(
    listing: &Listing,
    path: &Utf8Path,
    mut folders: Vec<(Folder, Option<Planned>)>,
) -> anyhow::Result<Side> {
    if let [(folder, planned)] = folders.as_mut_slice()
        && let Some(planned) = planned.take()
    {
        let mut side = Side {
            rendered: planned.files,
            ..planned.side
        };
        folder.rename(&mut side);
        return Ok(side);
    }
    let several = folders.len() > 1;
    let by_plan = folders.iter().all(|(_, planned)| planned.is_some());
    let mut access: BTreeMap<String, Access> = BTreeMap::new();
    let mut side = Side::default();
    let mut formats = BTreeSet::new();
    let (mut settings, mut findings) = (BTreeMap::new(), Findings::new());
    for (folder, planned) in folders {
        let read: Vec<(String, Access)> = match planned {
            None => {
                let read = read(listing, &folder)?;
                let own = folder.locked.deployment.as_ref().filter(|_| several);
                let own = own.map(|name| format!("{name}: ")).unwrap_or_default();
                let policies = folder.locked.policies.iter();
                settings.extend(policies.map(|(name, dated)| {
                    let (name, setting) = policy_setting(name, dated.clone());
                    (format!("{own}{name}"), setting)
                }));
                let said = stack_set_settings(read.iter().map(|read| &read.settings));
                settings.extend(
                    said.into_iter()
                        .map(|(name, setting)| (format!("{own}{name}"), setting)),
                );
                read.into_iter()
                    .map(|read| (read.format.to_owned(), read.access))
                    .collect()
            }
            Some(planned) => {
                let mut own = Side {
                    rendered: planned.files,
                    ..planned.side
                };
                folder.rename(&mut own);
                side.rendered.extend(own.rendered);
                side.edits.extend(own.edits);
                side.accepted_files.extend(own.accepted_files);
                let own_settings = own.settings.into_iter().flatten();
                settings.extend(
                    own_settings
                        .map(|(name, setting)| (format!("{}: {name}", planned.name), setting)),
                );
                for (finding, principals) in own.findings.into_iter().flatten() {
                    findings.entry(finding).or_default().extend(principals);
                }
                for (finding, acceptance) in own.accepted {
                    let known = side.accepted.entry(finding).or_default();
                    known.reason = acceptance.reason;
                    known.principals.extend(acceptance.principals);
                }
                let of_plan = own.formats.unwrap_or_default();
                let all = own.access.into_values().next().unwrap_or_default();
                formats.extend(of_plan.clone());
                match by_plan {
                    true => vec![(String::new(), all)],
                    false => of_plan
                        .into_iter()
                        .map(|format| (format, all.clone()))
                        .collect(),
                }
            }
        };
        for (format, more) in read {
            let all = access.entry(format).or_default();
            if let Some(arn) = shared(all, &more) {
                bail!("cannot tell what {path} grants: two deployments in it make {arn}");
            }
            all.extend(more);
        }
    }
    formats.extend(access.keys().filter(|format| !format.is_empty()).cloned());
    side.formats = Some(formats);
    side.settings = Some(settings);
    side.findings = by_plan.then_some(findings);
    side.access = access;
    Ok(side)
}

/// What the stack sets of one deployment say in all formats besides what they grant, as its plan would.
fn stack_set_settings<'r>(
    read: impl Iterator<Item = &'r readback::Settings>,
) -> BTreeMap<&'static str, Setting> {
    let mut values: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (name, said) in read.flatten() {
        let all = values.entry(name).or_default();
        all.extend(said.iter().map(String::as_str));
    }
    let setting = |(name, values): (&'static str, BTreeSet<&str>)| {
        let openness = match name {
            "stack_set.account" => None,
            "stack_set.retain" => Some(u8::from(values.contains("true"))),
            _ => Some(0),
        };
        let text = values.into_iter().collect::<Vec<_>>().join(", ");
        (name, Setting { text, openness })
    };
    values.into_iter().map(setting).collect()
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
    let providers = other.identity_providers.keys();
    let mut providers = providers.filter(|arn| one.identity_providers.contains_key(*arn));
    let sets = other.auto_deployed.keys();
    let mut sets = sets.filter(|set| one.auto_deployed.contains_key(*set));
    arns.next()
        .or_else(|| providers.next())
        .or_else(|| sets.next())
}

/// What the rendered files of one deployment grant, without that deployment. What somebody accepted is told by itself.
fn read(listing: &Listing, folder: &Folder) -> anyhow::Result<Vec<readback::Read>> {
    let path = &folder.path;
    let locked = &folder.locked;
    let files = held::read_back(listing, folder)?;
    let partition = |name: &String| {
        Partition::parse(name)
            .with_context(|| format!("{} names no partition: {name}", path.join(LOCK)))
    };
    let account = |id: &String| {
        AccountId::parse(id).map_err(|_| anyhow!("{} names no account: {id}", path.join(LOCK)))
    };
    let known = readback::Known {
        partition: locked.partition.as_ref().map(partition).transpose()?,
        hub: locked.hub.as_ref().map(account).transpose()?,
        stack_sets: locked.stack_sets.as_ref().map(account).transpose()?,
    };
    readback::read_folder(&files, &known)
        .map_err(|error| anyhow!("cannot tell what {path} grants: {error}"))
}
