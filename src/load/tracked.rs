//! The Git status of files on disk: files in the index are in the next commit, others are not in any clone.

#![allow(clippy::disallowed_methods, reason = "load is the reader of files")]

use std::collections::HashSet;
use std::process::Stdio;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use super::revision::git;

/// The files in the index of the repository that contains the current folder, below the requested paths.
#[derive(Debug)]
pub struct Tracked {
    here: Utf8PathBuf,
    /// By path relative to the current folder, as `git ls-files` prints them.
    files: HashSet<String>,
}

/// Runs Git once for all paths. Returns `None` if that fails: no Git, no repository, or a path outside of it.
pub fn tracked<'a>(paths: impl IntoIterator<Item = &'a Utf8Path>) -> Option<Tracked> {
    let here = Utf8Path::new(".").canonicalize_utf8().ok()?;
    let paths = paths.into_iter().map(|path| from(&here, path));
    let paths: Vec<Utf8PathBuf> = paths.collect::<Option<_>>()?;
    let output = git()
        .args(["--literal-pathspecs", "ls-files", "-z", "--"])
        .args(paths.iter().map(|path| match path.as_str() {
            "" => ".",
            path => path,
        }))
        .stderr(Stdio::null())
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    let listed = String::from_utf8(output.stdout).ok()?;
    let files = listed.split('\0').filter(|path| !path.is_empty());
    Some(Tracked {
        files: files.map(str::to_owned).collect(),
        here,
    })
}

impl Tracked {
    /// Whether a file is in the index.
    pub fn has(&self, file: &Utf8Path) -> bool {
        from(&self.here, file).is_some_and(|file| self.files.contains(file.as_str()))
    }

    /// Whether a folder is in the index: a file in it, or a link or file in its place.
    pub fn has_in(&self, folder: &Utf8Path) -> bool {
        from(&self.here, folder).is_some_and(|folder| {
            let inner = format!("{folder}/");
            let mut files = self.files.iter();
            files.any(|file| *file == folder || file.starts_with(&inner))
        })
    }

    /// The files of a folder that are not in the index. Files of a submodule are excluded, since it has its own index.
    pub fn lacks<'a>(
        &self,
        folder: &Utf8Path,
        files: impl Iterator<Item = &'a Utf8Path>,
    ) -> Vec<&'a Utf8Path> {
        let Some(folder) = from(&self.here, folder).filter(|folder| {
            let mut above = folder.ancestors();
            above.all(|part| !self.files.contains(part.as_str()))
        }) else {
            return Vec::new();
        };
        files
            .filter(|file| !self.files.contains(folder.join(file).as_str()))
            .collect()
    }
}

/// The relative path of a file from a folder, which need not exist, without links. `None` if they have only the root in
/// common, because the path would depend on the machine.
pub fn way(folder: &Utf8Path, file: &Utf8Path) -> Option<String> {
    let here = Utf8Path::new(".").canonicalize_utf8().ok()?;
    let whole = |path: &Utf8Path| {
        let mut parts: Vec<String> = Vec::new();
        for part in here.join(path).components() {
            match part {
                Utf8Component::ParentDir => drop(parts.pop()),
                Utf8Component::Normal(part) => parts.push(part.to_owned()),
                _ => {}
            }
        }
        parts
    };
    let (folder, file) = (whole(folder), whole(file));
    let alike = folder.iter().zip(&file);
    let alike = alike.take_while(|(one, other)| one == other).count();
    let up = folder.iter().skip(alike).map(|_| "..");
    let down = file.iter().skip(alike).map(String::as_str);
    let way: Vec<&str> = up.chain(down).collect();
    (alike > 0).then(|| way.join("/"))
}

/// A path relative to a folder, after resolving links and dots in both.
fn from(here: &Utf8Path, path: &Utf8Path) -> Option<Utf8PathBuf> {
    // The last component is not resolved, because Git stores a link and not its target.
    let whole = match (path.parent(), path.file_name()) {
        (Some(folder), Some(name)) => {
            let folder = match folder.as_str() {
                "" => Utf8Path::new("."),
                _ => folder,
            };
            folder.canonicalize_utf8().ok()?.join(name)
        }
        _ => path.canonicalize_utf8().ok()?,
    };
    let alike = here.components().zip(whole.components());
    let alike = alike.take_while(|(one, other)| one == other).count();
    let up = here.components().skip(alike).map(|_| "..");
    let down = whole.components().skip(alike).map(|part| part.as_str());
    let path: Vec<&str> = up.chain(down).collect();
    // Git prints the current folder as `.`, and omits it in paths.
    Some(path.join("/").into())
}
