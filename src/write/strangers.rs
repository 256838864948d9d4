//! What stands beside rendered files and no render wrote. Nobody can list what a tool may read, so all of it is told but for
//! a few names, and files that a lock says somebody accepted.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8Path;

use super::digest::digest;
use crate::model::{Entry, FileSet, LOCK, is_state};

/// Files that say nothing to Terraform, OpenTofu or CloudFormation but which releases of providers to take.
const COMPANY: &[&str] = &["README", "README.md", ".gitignore", ".terraform.lock.hcl"];

/// Files by path, each with the digests that were accepted: several after a merge.
pub type Accepted = BTreeMap<String, BTreeSet<String>>;

/// The folder of one deployment.
#[derive(Debug)]
pub struct Part<'a> {
    /// Its path in the folder that is looked at: the name of the deployment, or nothing where it is that folder.
    pub folder: String,
    /// The rendered files.
    pub rendered: Rendered<'a>,
    /// Files that somebody accepted.
    pub accepted: &'a Accepted,
}

/// What is known of rendered files.
#[derive(Debug, Clone, Copy)]
pub enum Rendered<'a> {
    /// The files themselves.
    Files(&'a FileSet),
    /// Their paths, by the lock.
    Paths(&'a BTreeSet<String>),
}

impl Rendered<'_> {
    fn has(self, path: &str) -> bool {
        match self {
            Rendered::Files(files) => files.contains_key(path),
            Rendered::Paths(paths) => paths.contains(path),
        }
    }
}

/// Something that no render wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stranger {
    /// Its path in the folder that is looked at.
    pub path: String,
    /// What it is.
    pub what: What,
    /// What is in it, if it is a file.
    pub content: Vec<u8>,
}

/// Why something is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A file that nobody accepted.
    File,
    /// A file that was accepted when it held something else.
    Changed,
    /// A state of Terraform, which nobody can accept: it says which resources are whose.
    State,
    /// A symbolic link.
    Link,
    Submodule,
    /// A device, a pipe, a socket.
    Special,
    /// A folder of Terraform's own that is under version control.
    OfTerraform,
    /// What has the name of the folder, or of one above it, in other letters.
    Namesake,
    /// A note of Terraform's that sends it elsewhere.
    Note(String),
}

impl What {
    /// Whether it is a file, whose text is told.
    pub fn is_file(&self) -> bool {
        matches!(
            self,
            What::File | What::Changed | What::State | What::Note(_)
        )
    }

    /// What is wrong with it, behind its path.
    pub fn says(&self) -> String {
        match self {
            What::File => "is not rendered, and has not been accepted",
            What::Changed => "has changed since it was accepted",
            What::State => {
                "is a Terraform state, which decides which resources the next apply changes; it is not rendered, and cannot be accepted"
            }
            What::Link => "is a symbolic link, and its target is not read",
            What::Submodule => "is a submodule, and its content is not read",
            What::Special => "is not a regular file",
            What::OfTerraform => {
                "is under version control, but Terraform takes it for its own: it runs the programs in it, and reads module folders from it"
            }
            What::Namesake => {
                "has the name of the rendered folder in another spelling; a disk that does not distinguish the two puts its content into that folder"
            }
            What::Note(why) => return format!("is not as `terraform init` writes it: {why}"),
        }
        .to_owned()
    }
}

/// What no render wrote, by path. `locked` are the folders of deployments, which are looked at elsewhere where they are not
/// among the parts. What is in the files that are asked for is told by `read`.
///
/// # Errors
///
/// When `read` cannot tell.
pub fn strangers<E>(
    entries: &BTreeMap<String, Entry>,
    parts: &[Part<'_>],
    locked: &BTreeSet<&str>,
    read: impl FnOnce(&BTreeSet<&str>) -> Result<BTreeMap<String, Vec<u8>>, E>,
) -> Result<Vec<Stranger>, E> {
    let whole = parts.iter().find(|part| part.folder.is_empty());
    let parts: BTreeMap<&str, &Part<'_>> = parts
        .iter()
        .map(|part| (part.folder.as_str(), part))
        .collect();
    // Each deployment but the one that has the folder itself lies in a folder of its own, which has a lock.
    let is_other =
        |folder: &str| whole.is_none() && locked.contains(folder) && !parts.contains_key(folder);
    let mut unknown: BTreeMap<&str, (Entry, Option<&BTreeSet<String>>)> = BTreeMap::new();
    for (path, entry) in entries {
        let first = path.split_once('/');
        if first.is_some_and(|(folder, _)| is_other(folder)) {
            continue;
        }
        let of_part = first.and_then(|(folder, inner)| Some((*parts.get(folder)?, inner)));
        let (part, inner) = match (whole, of_part) {
            (Some(part), _) => (Some(part), path.as_str()),
            (None, Some((part, inner))) => (Some(part), inner),
            (None, None) => (None, path.as_str()),
        };
        let is_rendered = part.is_some_and(|part| inner == LOCK || part.rendered.has(inner));
        let is_company = || {
            let name = Utf8Path::new(path).file_name().unwrap_or_default();
            *entry == Entry::File && COMPANY.contains(&name)
        };
        // A link to a rendered file is not one, and says where another file is that may change unseen.
        if (is_rendered && *entry == Entry::File) || is_company() {
            continue;
        }
        let accepted = part.and_then(|part| part.accepted.get(inner));
        unknown.insert(path, (*entry, accepted));
    }
    let files = unknown
        .iter()
        .filter(|(_, (entry, _))| *entry == Entry::File);
    let mut contents = read(&files.map(|(path, _)| *path).collect())?;
    let strangers = unknown.into_iter().filter_map(|(path, (entry, accepted))| {
        let content = contents.remove(path).unwrap_or_default();
        let what = match (entry, accepted) {
            (Entry::Link, _) => What::Link,
            (Entry::Submodule, _) => What::Submodule,
            (Entry::Special, _) => What::Special,
            (Entry::File, _) if is_state(Utf8Path::new(path), &content) => What::State,
            (Entry::File, None) => What::File,
            (Entry::File, Some(digests)) => match digests.contains(&digest(&content)) {
                true => return None,
                false => What::Changed,
            },
        };
        Some(Stranger {
            path: path.to_owned(),
            what,
            content,
        })
    });
    Ok(strangers.collect())
}

/// Whether a file needs nobody to accept it.
pub(super) fn is_company(path: &Utf8Path) -> bool {
    COMPANY.contains(&path.file_name().unwrap_or_default())
}
