//! A rendered folder held against what its inputs render to, byte for byte.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::anyhow;
use camino::{Utf8Path, Utf8PathBuf};

use super::super::super::beside;
use crate::load::{Listing, Origin};
use crate::model::{Entry, FileSet, LOCK};
use crate::review::{AcceptedFile, Edit, Side};
use crate::write::{self, Locked, Part, Rendered};
use crate::{parts, readback};

/// Fewer files than this are not worth a thread.
const FEWEST_FILES: usize = 256;

/// The folder of one deployment.
pub(super) struct Folder {
    /// Its path in the folder that is looked at; nothing where it is that folder.
    pub(super) inner: String,
    pub(super) path: Utf8PathBuf,
    /// What its lock says.
    pub(super) locked: Locked,
    /// The text of the lock, if there is one.
    pub(super) lock: Option<String>,
}

impl Folder {
    pub(super) fn open(listing: &Listing, whole: &Utf8Path, inner: &str) -> anyhow::Result<Self> {
        // Nothing joined to a path would end it with a slash.
        let path = match inner {
            "" => whole.to_owned(),
            inner => whole.join(inner),
        };
        let lock = joined(inner, LOCK);
        let mut read = listing.contents(|path| path == lock)?;
        let lock = read.remove(&lock);
        let locked = match &lock {
            Some(lock) => write::locked(&path.join(LOCK), lock)?,
            None => Locked::default(),
        };
        Ok(Self {
            inner: inner.to_owned(),
            path,
            locked,
            lock: lock.map(|lock| String::from_utf8_lossy(&lock).into_owned()),
        })
    }
}

impl Folder {
    /// Has the files of its deployment counted from the folder that is looked at.
    pub(super) fn rename(&self, side: &mut Side) {
        if self.inner.is_empty() {
            return;
        }
        let path = |path: &str| joined(&self.inner, path);
        let rendered = side.rendered.iter();
        side.rendered = rendered
            .map(|(name, text)| (path(name.as_str()), text))
            .collect();
        side.accepted_files = std::mem::take(&mut side.accepted_files)
            .into_iter()
            .map(|(name, file)| (path(&name), file))
            .collect();
    }
}

/// What a folder is held against.
pub(super) struct Held<'a> {
    pub(super) folder: &'a Folder,
    /// The deployment with what it renders to; nothing where it is not at hand.
    pub(super) planned: Option<(&'a str, &'a FileSet)>,
}

/// The folder of a deployment in the one that it is rendered to: that one, or one of its name where there are several.
/// Without any lock it is the whole folder; among locks of others only, the deployment is not rendered.
pub(super) fn folder_of(
    listing: &Listing,
    out: &Utf8Path,
    deployment: &str,
) -> anyhow::Result<Option<Folder>> {
    let folders = beside::locked_folders(listing)?;
    // A lock of its name that is not understood is an error of its own.
    let has_lock = listing.entries.get(&joined(deployment, LOCK)) == Some(&Entry::File);
    let inner = match (has_lock, folders.contains("")) {
        (_, true) => "",
        (true, false) => deployment,
        (false, false) if folders.is_empty() => "",
        (false, false) => return Ok(None),
    };
    Folder::open(listing, out, inner).map(Some)
}

/// By what a folder is known as the same one.
pub(super) fn identity(origin: &Origin, path: &Utf8Path) -> String {
    let parts: Utf8PathBuf = path.components().collect();
    origin.name(parts.strip_prefix(".").unwrap_or(&parts))
}

/// Adds to a side what of a folder is not what it is held against.
pub(super) fn hold(
    origin: &Origin,
    listing: &Listing,
    held: &[Held<'_>],
    side: &mut Side,
) -> anyhow::Result<()> {
    for one in held {
        side.held.push(identity(origin, &one.folder.path));
        let theirs = one.folder.locked.deployment.as_deref();
        if let (Some((ours, _)), Some(theirs)) = (one.planned, theirs)
            && ours != theirs
        {
            side.edits.push(Edit {
                path: joined(&one.folder.inner, LOCK),
                what: format!("is the lock of the deployment {theirs}, and not of {ours}"),
                rendered: None,
                there: None,
            });
        }
        side.edits.extend(differing(listing, one)?);
    }
    let mut readable = BTreeSet::new();
    for one in held {
        if one.planned.is_none() && one.folder.lock.is_none() {
            readable.extend(
                read_back(listing, one.folder)?
                    .keys()
                    .map(|path| path.to_string()),
            );
        }
    }
    let looked_at = |folder: &str| {
        let mut held = held.iter();
        held.any(|one| one.folder.inner == folder || one.folder.inner.is_empty())
    };
    let others = beside::locked_folders(listing)?.into_iter();
    let others = others.filter(|folder| !looked_at(folder));
    side.others = others.map(str::to_owned).collect();
    let parts: Vec<Part<'_>> = held
        .iter()
        .map(|one| Part {
            folder: one.folder.inner.clone(),
            rendered: match (one.planned, &one.folder.lock) {
                (Some((_, files)), _) => Rendered::Files(files),
                (None, Some(_)) => Rendered::Paths(&one.folder.locked.files),
                (None, None) => Rendered::Paths(&readable),
            },
            accepted: &one.folder.locked.accepted,
        })
        .collect();
    let strangers = beside::strangers(listing, &parts)?;
    let strange: BTreeSet<&str> = strangers.iter().map(|one| one.path.as_str()).collect();
    for one in held {
        let accepted = &one.folder.locked.accepted;
        let is_accepted = |path: &Utf8Path| {
            let is_told =
                |inner: &str| accepted.contains_key(inner) || names_providers(Utf8Path::new(inner));
            inside(&one.folder.inner, path.as_str()).is_some_and(is_told)
                && !strange.contains(path.as_str())
        };
        for (path, content) in listing.contents(is_accepted)? {
            let text = write::text(&content);
            let file = AcceptedFile {
                is_backend: readback::is_backend(Utf8Path::new(&path), &text),
                names_state: readback::names_state(Utf8Path::new(&path), &text),
                names_providers: names_providers(Utf8Path::new(&path)),
                is_rendered: false,
                built_in: None,
                text,
            };
            side.accepted_files.insert(path, file);
        }
    }
    for one in held.iter().filter(|one| one.planned.is_none()) {
        side.unread.extend(unread(listing, one.folder, &strange)?);
    }
    let strangers = strangers.iter().map(|stranger| Edit {
        path: stranger.path.clone(),
        what: stranger.what.says(),
        rendered: None,
        there: stranger
            .what
            .is_file()
            .then(|| write::text(&stranger.content)),
    });
    side.edits.extend(strangers);
    let altered = beside::altered(listing)?.into_iter();
    side.edits.extend(altered.map(|(path, what)| Edit {
        path,
        what,
        rendered: None,
        there: None,
    }));
    side.edits.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(())
}

/// Has the paths of inputs counted from the folder that is looked at, as those of all that is in it are.
pub(super) fn count_from(folder: &Utf8Path, edits: &mut [Edit]) {
    let up = "../".repeat(folder.components().count());
    for edit in edits {
        edit.path.insert_str(0, &up);
    }
}

/// Has a side say of the files that it renders what is no grant in them, as one that is read back does.
pub(in crate::cli::review) fn tell_unread(side: &mut Side) {
    for (path, text) in side.rendered.iter() {
        let parts = readback::unread(path, text);
        side.unread.insert(path.to_string(), parts);
    }
}

/// What is no grant in the files of a folder that is read back, whatever its lock calls rendered.
fn unread(
    listing: &Listing,
    folder: &Folder,
    strange: &BTreeSet<&str>,
) -> anyhow::Result<BTreeMap<String, Vec<String>>> {
    let contents = listing.contents(|path| {
        let is_compared = |inner: &str| {
            let is_accepted = folder.locked.accepted.contains_key(inner);
            inner != LOCK
                && !is_accepted
                && !readback::is_note(Utf8Path::new(inner))
                && !names_providers(Utf8Path::new(inner))
        };
        inside(&folder.inner, path.as_str()).is_some_and(is_compared)
            && !strange.contains(path.as_str())
    })?;
    let parts = contents.into_iter().map(|(path, content)| {
        let inner = inside(&folder.inner, &path).unwrap_or(&path);
        let text = write::text(&content);
        // The same files are read for what they grant.
        let parts = match is_read_back(folder, inner) {
            true => readback::unread(Utf8Path::new(inner), &text),
            false => vec![text],
        };
        (path, parts)
    });
    Ok(parts.collect())
}

/// Rendered files that are missing, or not as they are rendered.
fn differing(listing: &Listing, held: &Held<'_>) -> anyhow::Result<Vec<Edit>> {
    let Some((_, files)) = held.planned else {
        return Ok(Vec::new());
    };
    let inner = held.folder.inner.as_str();
    let contents = listing.contents(|path| {
        inside(inner, path.as_str()).is_some_and(|path| files.contains_key(path))
    })?;
    let all: Vec<(&Utf8Path, &str)> = files.iter().collect();
    let edits = parts::in_parts(&all, FEWEST_FILES, |part| {
        let edits = part.iter().filter_map(|(path, rendered)| {
            let path = joined(inner, path.as_str());
            let (what, there) = match (listing.entries.get(&path), contents.get(&path)) {
                (None, _) => ("is not there", None),
                (Some(_), Some(content)) if !write::is_text(content, rendered) => {
                    ("differs from what is rendered", Some(write::text(content)))
                }
                // What is no file is told for what it is.
                (Some(_), _) => return None,
            };
            Some(Edit {
                path,
                what: what.to_owned(),
                rendered: Some((*rendered).to_owned()),
                there,
            })
        });
        Ok::<_, anyhow::Error>(edits.collect::<Vec<_>>())
    })?;
    Ok(edits.into_iter().flatten().collect())
}

/// The files of a folder that are read back where its deployment is not at hand. What somebody accepted, and a backend, is told
/// by itself.
pub(super) fn read_back(listing: &Listing, folder: &Folder) -> anyhow::Result<FileSet> {
    let locked = &folder.locked;
    let contents = listing.contents(|path| {
        inside(&folder.inner, path.as_str())
            .is_some_and(|inner| inner != LOCK && is_read_back(folder, inner))
    })?;
    let mut files = FileSet::new();
    for (whole, content) in contents {
        let inner = inside(&folder.inner, &whole).unwrap_or(&whole);
        let accepted = locked.accepted.get(inner);
        if accepted.is_some_and(|digests| digests.contains(&write::digest(&content))) {
            continue;
        }
        let text = String::from_utf8(content).map_err(|_| {
            let path = &folder.path;
            anyhow!("cannot tell what {path} grants: {whole} is not UTF-8")
        })?;
        if !readback::is_backend(Utf8Path::new(inner), &text) {
            files.insert(inner, text);
        }
    }
    Ok(files)
}

/// Whether a file says which programs Terraform runs as providers. It needs nobody to accept it.
fn names_providers(path: &Utf8Path) -> bool {
    path.file_name() == Some(PROVIDERS)
}

/// What `terraform init` writes of the providers that it took.
const PROVIDERS: &str = ".terraform.lock.hcl";

/// Whether a file is read for what it grants.
fn is_read_back(folder: &Folder, inner: &str) -> bool {
    readback::is_read(Utf8Path::new(inner)) || folder.locked.files.contains(inner)
}

/// A path as it is counted from a folder on; nothing where it is not in it.
pub(super) fn inside<'p>(folder: &str, path: &'p str) -> Option<&'p str> {
    match folder {
        "" => Some(path),
        folder => path.strip_prefix(folder)?.strip_prefix('/'),
    }
}

/// A path in a folder, which can be nothing.
pub(super) fn joined(folder: &str, path: &str) -> String {
    match folder {
        "" => path.to_owned(),
        folder => format!("{folder}/{path}"),
    }
}
