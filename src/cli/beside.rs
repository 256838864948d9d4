//! What stands in a folder beside rendered files, for `check` and `review`: what is told by the one is told by the other.

use std::collections::BTreeMap;

use camino::Utf8Path;

use crate::load::{Listing, LoadError};
use crate::model::FileSet;
use crate::readback;
use crate::write::{self, Part, Rendered, Stranger, What};

/// What no render wrote and nobody accepted, by path.
pub(super) fn strangers(listing: &Listing, parts: &[Part<'_>]) -> Result<Vec<Stranger>, LoadError> {
    let (notes, entries): (BTreeMap<_, _>, BTreeMap<_, _>) = listing
        .entries
        .iter()
        .map(|(path, entry)| (path.clone(), *entry))
        .partition(|(path, _)| readback::is_note(Utf8Path::new(path)));
    let mut found = write::strangers(&entries, parts, |paths| {
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
    found.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(found)
}

/// Files that Git gives out other than it has them: each path with what is wrong with it.
pub(super) fn altered(listing: &Listing) -> Result<Vec<(String, String)>, LoadError> {
    let attributes = listing.attributes()?.into_iter();
    let altered = attributes.map(|(path, names)| {
        let names: Vec<&str> = names.into_iter().collect();
        let says = format!(
            "has the Git attribute {}, with which a checkout or an archive need not hold what is committed",
            names.join(" and ")
        );
        (path, says)
    });
    Ok(altered.collect())
}

/// All rendered files, by their paths in the folder that is looked at.
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
