//! Files as a Git revision has them, read by the `git` command. Nothing is checked out.

#![allow(clippy::disallowed_methods, reason = "load is the reader of files")]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Command, Stdio};

use camino::{Utf8Path, Utf8PathBuf};

use super::LoadError;

/// A revision of the repository that the current folder is in.
#[derive(Debug, Clone)]
pub(super) struct Revision(pub(super) String);

/// What a path is in a revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Folder,
    Nothing,
}

impl Revision {
    /// What a path is; it is counted from the root of the repository, or from the current folder if it begins with
    /// `./` or `../`.
    pub(super) fn kind(&self, path: &Utf8Path) -> Result<Kind, LoadError> {
        let name = self.object(path)?;
        let output = self.git(&["cat-file", "-t", &name])?;
        Ok(match output.as_deref() {
            Some(b"blob\n") => Kind::File,
            Some(b"tree\n") => Kind::Folder,
            _ => Kind::Nothing,
        })
    }

    /// The content of a file.
    pub(super) fn read(&self, path: &Utf8Path) -> Result<Vec<u8>, LoadError> {
        let name = self.object(path)?;
        self.git(&["cat-file", "blob", &name])?
            .ok_or_else(|| self.failed(format!("there is no file {name}")))
    }

    /// Every file below a folder, by its path in the folder. Links and submodules are left out.
    pub(super) fn files(
        &self,
        folder: &Utf8Path,
        wanted: impl Fn(&Utf8Path) -> bool,
    ) -> Result<BTreeMap<Utf8PathBuf, Vec<u8>>, LoadError> {
        let name = self.object(folder)?;
        let listed = self
            .git(&["ls-tree", "-r", "-z", &name])?
            .ok_or_else(|| self.failed(format!("there is no folder {name}")))?;
        let listed =
            String::from_utf8(listed).map_err(|_| self.failed("a path is not UTF-8".to_owned()))?;
        let mut blobs: Vec<(Utf8PathBuf, String)> = Vec::new();
        for line in listed.split('\0').filter(|line| !line.is_empty()) {
            let Some((facts, path)) = line.split_once('\t') else {
                continue;
            };
            let facts: Vec<&str> = facts.split(' ').collect();
            if let ["100644" | "100755", "blob", id] = facts.as_slice()
                && wanted(Utf8Path::new(path))
            {
                blobs.push((path.into(), (*id).to_owned()));
            }
        }
        self.blobs(blobs)
    }

    /// The contents of many blobs by one process.
    fn blobs(
        &self,
        blobs: Vec<(Utf8PathBuf, String)>,
    ) -> Result<BTreeMap<Utf8PathBuf, Vec<u8>>, LoadError> {
        let failed = |error: std::io::Error| self.failed(error.to_string());
        let mut git = Command::new("git")
            .args(["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let (Some(mut input), Some(output)) = (git.stdin.take(), git.stdout.take()) else {
            return Err(self.failed("git has no input and output".to_owned()));
        };
        let mut output = BufReader::new(output);
        let mut files = BTreeMap::new();
        // One question at a time: neither side waits with a full pipe.
        for (path, id) in blobs {
            writeln!(input, "{id}")
                .and_then(|()| input.flush())
                .map_err(failed)?;
            let mut header = String::new();
            output.read_line(&mut header).map_err(failed)?;
            let size: usize = header
                .trim_end()
                .rsplit(' ')
                .next()
                .and_then(|size| size.parse().ok())
                .ok_or_else(|| self.failed(format!("git says {header:?} of {path}")))?;
            // The content, and a line end of its own.
            let mut content = vec![0; size + 1];
            output.read_exact(&mut content).map_err(failed)?;
            content.pop();
            files.insert(path, content);
        }
        drop(input);
        git.wait().map_err(failed)?;
        Ok(files)
    }

    /// `REVISION:PATH`, as Git names what is in a revision.
    fn object(&self, path: &Utf8Path) -> Result<String, LoadError> {
        // An option is no revision.
        if self.0.starts_with('-') || self.0.is_empty() {
            return Err(self.failed("this is not the name of a revision".to_owned()));
        }
        let path = path.as_str().trim_end_matches('/');
        Ok(format!(
            "{}:{}",
            self.0,
            if path == "." { "./" } else { path }
        ))
    }

    /// What a command prints; nothing where it fails because there is no such object.
    fn git(&self, arguments: &[&str]) -> Result<Option<Vec<u8>>, LoadError> {
        let output = Command::new("git")
            .args(arguments)
            .output()
            .map_err(|error| self.failed(format!("git cannot be run: {error}")))?;
        if output.status.success() {
            return Ok(Some(output.stdout));
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let no_repository = said.contains("not a git repository");
        let no_revision = said.contains("invalid object name") || said.contains("bad revision");
        match no_repository || no_revision {
            true => Err(self.failed(said.trim().trim_start_matches("fatal: ").to_owned())),
            false => Ok(None),
        }
    }

    fn failed(&self, message: String) -> LoadError {
        LoadError::Revision {
            revision: self.0.clone(),
            message,
        }
    }
}
