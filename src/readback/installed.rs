//! What `terraform init` noted of a root module: from which folder it takes each module that is called. An init that is
//! done again keeps the note, so that one that somebody else wrote sends Terraform elsewhere.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;

use super::ReadbackError;
use super::module::{Modules, called_dir};
use super::paths::join;
use crate::model::FileSet;

/// Where the note stands in a root module.
const NOTE: &str = ".terraform/modules/modules.json";

/// Terraform reads keys in any case, and this only as it writes them itself.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Note {
    #[serde(rename = "Modules", default)]
    modules: Vec<Noted>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Noted {
    /// The names of the calls that lead to it, from the root on.
    #[serde(rename = "Key")]
    key: String,
    /// Its folder, counted from the root module.
    #[serde(rename = "Dir")]
    dir: String,
    /// What the call said when it was noted.
    #[serde(rename = "Source", default)]
    _source: String,
    #[serde(rename = "Version", default)]
    _version: Option<String>,
}

/// The root module whose note a file is.
pub(super) fn noted_of(path: &Utf8Path) -> Option<&Utf8Path> {
    let root = path.as_str().strip_suffix(NOTE)?;
    match root {
        "" => Some(Utf8Path::new("")),
        root => root.strip_suffix('/').map(Utf8Path::new),
    }
}

/// Whether a file is such a note.
pub fn is_note(path: &Utf8Path) -> bool {
    noted_of(path).is_some()
}

/// The notes that send Terraform elsewhere than the module calls among the files do, each with what is wrong with it.
pub fn misleading_notes<'n>(
    files: &FileSet,
    notes: impl IntoIterator<Item = (&'n Utf8Path, &'n str)>,
) -> BTreeMap<Utf8PathBuf, String> {
    let modules = Modules::new(files);
    let notes = notes.into_iter().filter_map(|(path, text)| {
        let why = check_note(&modules, noted_of(path)?, text).err()?;
        Some((path.to_owned(), why))
    });
    notes.collect()
}

/// The files without the notes, each of which fits the module calls beside it.
pub(super) fn checked(files: &FileSet) -> Result<FileSet, ReadbackError> {
    let mut rest = files.clone();
    rest.retain(|path, _| noted_of(path).is_none());
    let modules = Modules::new(&rest);
    for (path, text) in files {
        if let Some(root) = noted_of(path) {
            check_note(&modules, root, text)
                .map_err(|why| ReadbackError::new(path.as_str(), why))?;
        }
    }
    Ok(rest)
}

/// Whether each module call of a root module is noted with the folder that it names.
pub(super) fn check_note(modules: &Modules<'_>, root: &Utf8Path, text: &str) -> Result<(), String> {
    let note: Note = serde_json::from_str(text)
        .map_err(|error| format!("it is not in Terraform's format: {error}"))?;
    for noted in note.modules {
        // What is called no more is not looked up.
        let Some(folder) = called(modules, root, &noted.key) else {
            continue;
        };
        let folder = folder?;
        let is_elsewhere = noted.dir.starts_with('/') || noted.dir.contains(['\\', ':']);
        if is_elsewhere || join(root, &noted.dir).as_ref() != Ok(&folder) {
            return Err(format!(
                "it has Terraform take the module `{}` from {}, and the call names another folder",
                noted.key, noted.dir
            ));
        }
    }
    Ok(())
}

/// The folder that calls lead to, one after the other; nothing where there is no such call.
fn called(
    modules: &Modules<'_>,
    root: &Utf8Path,
    key: &str,
) -> Option<Result<Utf8PathBuf, String>> {
    let mut folder = root.to_owned();
    for name in key.split('.').filter(|name| !name.is_empty()) {
        let module = modules.root(&folder).ok()?;
        let call = module
            .of_kind("module")
            .find(|call| call.label(0) == name)?;
        // A source that is no plain text fits nothing.
        let source = call.body.attribute("source");
        let source = source
            .and_then(|source| source.value.literal())
            .unwrap_or("..");
        folder = match called_dir(&folder, source) {
            Ok(folder) => folder,
            Err(why) => return Some(Err(why)),
        };
    }
    Some(Ok(folder))
}
