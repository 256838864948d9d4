//! Files in a folder beside the rendered ones. `check` and `review` report the same files.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8Path;

use crate::load::{Listing, LoadError};
use crate::model::{Entry, FileSet, LOCK};
use crate::readback;
use crate::write::{self, Part, Rendered, Stranger, What};

/// The folders that have a lock: the folder itself, or its subfolders. The lock of a subfolder counts only if a render
/// can have written it: a regular, valid file for the deployment that the subfolder is named after. Any other lock
/// hides nothing.
pub(super) fn locked_folders(listing: &Listing) -> Result<BTreeSet<&str>, LoadError> {
    if listing.entries.get(LOCK) == Some(&Entry::File) {
        return Ok(BTreeSet::from([""]));
    }
    let folder_of = |path: &'_ Utf8Path| -> Option<String> {
        let folder = path.as_str().strip_suffix(LOCK)?.strip_suffix('/')?;
        (!folder.contains('/')).then(|| folder.to_owned())
    };
    let locks = listing.contents(|path| folder_of(path).is_some())?;
    let of_deployments = listing.entries.keys().filter_map(|path| {
        let content = locks.get(path)?;
        let folder = path.strip_suffix(LOCK)?.strip_suffix('/')?;
        let locked = write::locked(Utf8Path::new(path), content).ok()?;
        (locked.deployment.as_deref() == Some(folder)).then_some(folder)
    });
    Ok(of_deployments.collect())
}

/// The folders of deployments that are not among the parts, but exist under the folder's name. A pull request can bring
/// a lock too, and nothing else checks a folder that belongs to no deployment.
fn folders_of_others<'l>(
    listing: &'l Listing,
    parts: &[Part<'_>],
) -> Result<BTreeSet<&'l str>, LoadError> {
    let mut others = locked_folders(listing)?;
    others.retain(|folder| !parts.iter().any(|part| part.folder == **folder));
    let locks: BTreeMap<String, &str> = others
        .iter()
        .map(|folder| (format!("{folder}/{LOCK}"), *folder))
        .collect();
    for (path, content) in listing.contents(|path| locks.contains_key(path.as_str()))? {
        let path = Utf8Path::new(&path);
        let source = write::locked(path, &content).ok();
        let source = source.and_then(|locked| locked.source);
        let deployment = match source {
            Some(source) => listing.deployment(path, &source)?,
            None => None,
        };
        let name = match deployment {
            Some(deployment) => listing.name_of(&deployment)?,
            None => None,
        };
        if let Some(folder) = locks.get(path.as_str())
            && name.as_deref() != Some(*folder)
        {
            others.remove(folder);
        }
    }
    Ok(others)
}

/// Files that no render wrote and nobody accepted, by path.
pub(super) fn strangers(listing: &Listing, parts: &[Part<'_>]) -> Result<Vec<Stranger>, LoadError> {
    let (notes, entries): (BTreeMap<_, _>, BTreeMap<_, _>) = listing
        .entries
        .iter()
        .map(|(path, entry)| (path.clone(), *entry))
        .partition(|(path, _)| readback::is_note(Utf8Path::new(path)));
    let others = folders_of_others(listing, parts)?;
    let mut found = write::strangers(&entries, parts, &others, |paths| {
        listing.contents(|path| paths.contains(path.as_str()))
    })?;
    let mut noted = listing.contents(|path| notes.contains_key(path.as_str()))?;
    let texts: Vec<(String, String)> = noted
        .iter()
        .map(|(path, content)| (path.clone(), String::from_utf8_lossy(content).into_owned()))
        .collect();
    let texts = texts
        .iter()
        .map(|(path, text)| (Utf8Path::new(path), text.as_str()));
    let rendered = match notes.is_empty() {
        true => FileSet::new(),
        false => together(parts),
    };
    for (path, why) in readback::misleading_notes(&rendered, texts) {
        found.push(Stranger {
            content: noted.remove(path.as_str()).unwrap_or_default(),
            path: path.into_string(),
            what: What::Note(why),
        });
    }
    let of_terraform = listing.of_terraform.iter().map(|path| Stranger {
        path: path.to_string(),
        what: What::OfTerraform,
        content: Vec::new(),
    });
    found.extend(of_terraform);
    let namesakes = listing.namesakes()?.into_iter();
    found.extend(namesakes.map(|path| Stranger {
        path,
        what: What::Namesake,
        content: Vec::new(),
    }));
    found.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(found)
}

/// Files whose content Git changes in a checkout or an archive, each with the cause.
pub(super) fn altered(listing: &Listing) -> Result<Vec<(String, String)>, LoadError> {
    let attributes = listing.attributes()?.into_iter();
    Ok(attributes
        .map(|(path, names)| (path, has_attributes(names)))
        .collect())
}

/// Describes the cause, as the end of a sentence that starts with the path.
pub(super) fn has_attributes(names: BTreeSet<&str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    format!(
        "has the Git attribute {}, with which a checkout or an archive need not hold what is committed",
        names.join(" and ")
    )
}

/// All rendered files, by their paths in the given folder.
fn together(parts: &[Part<'_>]) -> FileSet {
    let mut all = FileSet::new();
    for part in parts {
        if let Rendered::Files(files) = part.rendered {
            for (path, text) in files {
                all.insert(Utf8Path::new(&part.folder).join(path).into_string(), text);
            }
        }
    }
    all
}
