//! Reads files from a Git revision with the `git` command. Nothing is checked out.

#![allow(clippy::disallowed_methods, reason = "load is the reader of files")]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Command, Stdio};

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use super::LoadError;
use super::files::Wanted;
use crate::diag::did_you_mean;
use crate::model::Entry;
use crate::open;

/// Runs Git with English messages, which are parsed here, and only for repositories with a `.git` folder. A pull
/// request can bring a folder that looks like a bare repository, with settings that run programs.
pub(super) fn git() -> Command {
    let mut git = Command::new("git");
    git.args(["-c", "safe.bareRepository=explicit"]);
    // Git has to warn about an ambiguous ref name, whatever the user's settings are.
    git.args(["-c", "core.warnAmbiguousRefs=true"]);
    git.env("LC_ALL", "C");
    git
}

/// A folder on disk, relative to the repository that contains it.
pub(super) struct InRepository {
    folder: Utf8PathBuf,
    /// The folder with `.git`. Git runs there, because the given folder may come from a pull request.
    root: Utf8PathBuf,
}

impl InRepository {
    /// Returns `None` if no parent folder has a `.git`.
    pub(super) fn find(folder: &Utf8Path) -> Result<Option<Self>, LoadError> {
        let folder = open::inside(folder).map_err(|source| LoadError::List {
            path: folder.to_owned(),
            source,
        })?;
        let root = open::repository_of(&folder).map(Utf8Path::to_owned);
        Ok(root.map(|root| Self { folder, root }))
    }

    /// The path of the folder from the root of the repository.
    pub(super) fn inner(&self) -> &Utf8Path {
        self.folder
            .strip_prefix(&self.root)
            .unwrap_or(Utf8Path::new(""))
    }

    /// The folder with `.git`.
    pub(super) fn root(&self) -> &Utf8Path {
        &self.root
    }

    pub(super) fn git(&self) -> Command {
        let mut git = git();
        // In a hook, Git sets variables with paths that are relative to another folder.
        for name in ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_PREFIX"] {
            git.env_remove(name);
        }
        git.args(["--literal-pathspecs", "-C", self.root.as_str()]);
        git
    }

    pub(super) fn failed(&self, message: String) -> LoadError {
        LoadError::Git {
            path: self.folder.clone(),
            message,
        }
    }

    /// The output of `git ls-files`: each path relative to the folder, with the text before the tab.
    fn listed(&self, options: &[&str]) -> Result<Vec<(String, String)>, LoadError> {
        let mut git = self.git();
        git.args(["ls-files", "-z"]).args(options);
        let inner = match self.inner().as_str() {
            "" => ".",
            inner => inner,
        };
        let output = printed(git.args(["--", inner])).map_err(|message| self.failed(message))?;
        let listed = String::from_utf8_lossy(&output);
        let entries = listed.split('\0').filter(|entry| !entry.is_empty());
        let entries = entries.filter_map(|entry| {
            let (facts, path) = entry.split_once('\t').unwrap_or(("", entry));
            let path = self.root.join(path);
            let path = path.strip_prefix(&self.folder).ok()?;
            Some((facts.to_owned(), path.to_string()))
        });
        Ok(entries.collect())
    }
}

/// The output of a command, or the reason why it failed.
fn printed(git: &mut Command) -> Result<Vec<u8>, String> {
    let output = git
        .output()
        .map_err(|error| format!("git cannot be run: {error}"))?;
    match output.status.success() {
        true => Ok(output.stdout),
        false => Err(git_message(&output.stderr)),
    }
}

/// The error message of Git.
pub(super) fn git_message(stderr: &[u8]) -> String {
    let message = String::from_utf8_lossy(stderr);
    message.trim().trim_start_matches("fatal: ").to_owned()
}

/// The output of `git ls-files` below a folder on disk; empty outside of a repository. If Git fails inside one, that is
/// an error, because its files would seem to be untracked.
fn listed(folder: &Utf8Path, options: &[&str]) -> Result<Vec<(String, String)>, LoadError> {
    match InRepository::find(folder)? {
        Some(repository) => repository.listed(options),
        None => Ok(Vec::new()),
    }
}

/// The index entries below a folder on disk: each path with its mode.
pub(super) fn index(folder: &Utf8Path) -> Result<Vec<(String, String)>, LoadError> {
    let entries = listed(folder, &["--stage"])?.into_iter();
    let entries = entries.map(|(facts, path)| {
        let mode = facts.split(' ').next().unwrap_or_default();
        (mode.to_owned(), path)
    });
    Ok(entries.collect())
}

/// The untracked files below a folder on disk that Git ignores.
pub(super) fn ignored(folder: &Utf8Path) -> Result<Vec<String>, LoadError> {
    let options = ["--others", "--ignored", "--exclude-standard"];
    let files = listed(folder, &options)?.into_iter();
    Ok(files.map(|(_, path)| path).collect())
}

/// A revision of the repository that contains the current folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Revision(pub(super) String);

/// The kind of entry at a path in a revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Folder,
    Nothing,
}

/// The target of a link.
enum End {
    File(Vec<u8>),
    /// A folder, or a path outside of the repository.
    Elsewhere,
    Nothing,
}

impl Revision {
    /// The kind of entry at a path, which is relative to the root of the repository, or to the current folder if it
    /// starts with `./` or `../`. A link is an error, since Git stores its target and not a content.
    pub(super) fn kind(&self, path: &Utf8Path) -> Result<Kind, LoadError> {
        let path = self.whole_path(path)?;
        let name = self.object(&path)?;
        let output = self.git(&["cat-file", "-t", &name])?;
        Ok(match output.as_deref() {
            Some(b"blob\n") => {
                let list = ["--literal-pathspecs", "ls-tree", "--full-tree", &self.0];
                let entry = self.git(&[&list[..], &["--", path.as_str()]].concat())?;
                if entry.is_some_and(|entry| entry.starts_with(b"120000 ")) {
                    return Err(self.link(&path));
                }
                Kind::File
            }
            Some(b"tree\n") => Kind::Folder,
            _ => {
                self.refuse_absent()?;
                self.refuse_detour(&path)?;
                Kind::Nothing
            }
        })
    }

    /// Rejects a path that leads through a submodule or a link, since the revision does not contain what is behind it.
    fn refuse_detour(&self, path: &Utf8Path) -> Result<(), LoadError> {
        let list = [
            "--literal-pathspecs",
            "ls-tree",
            "--full-tree",
            &self.0,
            "--",
        ];
        let way = path.ancestors().filter(|part| !part.as_str().is_empty());
        for part in way {
            let entry = self.git(&[&list[..], &[part.as_str()]].concat())?;
            let entry = String::from_utf8_lossy(&entry.unwrap_or_default()).into_owned();
            match entry.split_once(' ').map(|(mode, _)| Entry::of_mode(mode)) {
                Some(Entry::Link) => return Err(self.link(part)),
                Some(Entry::Submodule) => {
                    return Err(LoadError::NotFollowed {
                        path: self.named(part),
                        what: "submodule",
                    });
                }
                Some(Entry::File | Entry::Special) | None => {}
            }
        }
        Ok(())
    }

    /// Whether the revision exists here with its files. Git accepts any 40 digits as an object name.
    pub(super) fn is_there(&self) -> Result<bool, LoadError> {
        let tree = format!("{}^{{tree}}", self.0);
        let is_name = !self.0.starts_with('-') && !self.0.is_empty();
        Ok(is_name
            && self
                .git(&["rev-parse", "--verify", "--quiet", &tree])?
                .is_some())
    }

    /// Rejects a revision that this clone does not have, because all of its paths would seem to be missing.
    fn refuse_absent(&self) -> Result<(), LoadError> {
        match self.is_there()? {
            true => Ok(()),
            false => Err(self.failed(
                "this clone does not have that commit (shallow? `git fetch --unshallow`)"
                    .to_owned(),
            )),
        }
    }

    /// Whether the revision has any of these files, with paths from the root.
    pub(super) fn has_any(
        &self,
        paths: impl Iterator<Item = Utf8PathBuf>,
    ) -> Result<bool, LoadError> {
        let paths: Vec<String> = paths.map(Utf8PathBuf::into_string).collect();
        let list = [
            "--literal-pathspecs",
            "ls-tree",
            "--full-tree",
            &self.0,
            "--",
        ];
        let paths = paths.iter().map(String::as_str);
        let arguments: Vec<&str> = list.into_iter().chain(paths).collect();
        Ok(self
            .git(&arguments)?
            .is_some_and(|listed| !listed.is_empty()))
    }

    /// Git, run in the root of the repository, which paths in a revision are relative to.
    pub(super) fn at_root(&self) -> Result<Command, LoadError> {
        let up = self.git(&["rev-parse", "--show-cdup"])?.unwrap_or_default();
        let mut git = git();
        git.args(["-C", String::from_utf8_lossy(&up).trim_end_matches('\n')]);
        Ok(git)
    }

    /// A path that the user may have meant if the revision does not have the given one: a similar path, or a file of
    /// the same name elsewhere.
    pub(super) fn near(&self, path: &Utf8Path) -> Result<Option<String>, LoadError> {
        let list = ["ls-tree", "-r", "-t", "-z", "--name-only", "--full-tree"];
        let listed = self.git(&[&list[..], &[&self.0]].concat())?;
        let listed = String::from_utf8(listed.unwrap_or_default()).unwrap_or_default();
        let paths = || listed.split('\0').filter(|path| !path.is_empty());
        let namesake = || {
            let name = path.file_name();
            paths().find(|known| Utf8Path::new(known).file_name() == name)
        };
        let near = did_you_mean(path.as_str(), paths());
        Ok(near.or_else(namesake).map(str::to_owned))
    }

    /// The names of the entries of a folder, given from the root of the repository.
    pub(super) fn names_in(&self, folder: &Utf8Path) -> Result<Vec<String>, LoadError> {
        let name = format!("{}:{folder}", self.0);
        let list = ["ls-tree", "-z", "--name-only", "--full-tree", &name];
        let listed = self.git(&list)?.unwrap_or_default();
        let listed = String::from_utf8_lossy(&listed).into_owned();
        let names = listed.split('\0').filter(|name| !name.is_empty());
        Ok(names.map(str::to_owned).collect())
    }

    /// The content of a file.
    pub(super) fn read(&self, path: &Utf8Path) -> Result<Vec<u8>, LoadError> {
        let name = self.object(&self.whole_path(path)?)?;
        self.git(&["cat-file", "blob", &name])?
            .ok_or_else(|| self.failed(format!("there is no file {name}")))
    }

    /// Everything below a folder in Git: each path in the folder with its mode and object name.
    pub(super) fn tree(
        &self,
        folder: &Utf8Path,
    ) -> Result<Vec<(String, String, String)>, LoadError> {
        let name = self.object(&self.whole_path(folder)?)?;
        // Without --full-tree, Git only lists files below the current folder.
        let listed = self
            .git(&["ls-tree", "-r", "-z", "--full-tree", &name])?
            .ok_or_else(|| self.failed(format!("there is no folder {name}")))?;
        let listed =
            String::from_utf8(listed).map_err(|_| self.failed("a path is not UTF-8".to_owned()))?;
        let entries = listed.split('\0').filter_map(|line| {
            let (facts, path) = line.split_once('\t')?;
            let mut facts = facts.split(' ');
            let (mode, _, id) = (facts.next()?, facts.next()?, facts.next()?);
            Some((mode.to_owned(), id.to_owned(), path.to_owned()))
        });
        Ok(entries.collect())
    }

    /// The selected files below a folder, by their paths in it. See [`Wanted`] for links.
    pub(super) fn files(
        &self,
        folder: &Utf8Path,
        wanted: &Wanted,
    ) -> Result<BTreeMap<Utf8PathBuf, Vec<u8>>, LoadError> {
        let folder = self.whole_path(folder)?;
        let mut blobs: Vec<(Utf8PathBuf, String)> = Vec::new();
        let mut followed = BTreeMap::new();
        for (mode, id, path) in self.tree(&folder)? {
            let path = Utf8PathBuf::from(path);
            if !wanted.enters(&path) {
                continue;
            }
            let whole = folder.join(&path);
            match Entry::of_mode(&mode) {
                Entry::Link => match (self.follow(&whole)?, wanted.takes(&path)) {
                    (End::File(content), true) => {
                        followed.insert(path, content);
                    }
                    (End::Elsewhere, _) | (End::Nothing, true) => return Err(self.link(&whole)),
                    (End::File(_) | End::Nothing, false) => {}
                },
                Entry::Submodule => {
                    return Err(LoadError::NotFollowed {
                        path: self.named(&whole),
                        what: "submodule",
                    });
                }
                Entry::File | Entry::Special if wanted.takes(&path) => blobs.push((path, id)),
                Entry::File | Entry::Special => {}
            }
        }
        let mut files = self.blobs(blobs)?;
        files.extend(followed);
        Ok(files)
    }

    /// The target of a link within the revision.
    fn follow(&self, path: &Utf8Path) -> Result<End, LoadError> {
        let failed = |error: std::io::Error| self.failed(error.to_string());
        let mut git = git()
            .args(["cat-file", "--batch", "--follow-symlinks"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        if let Some(mut input) = git.stdin.take() {
            writeln!(input, "{}", self.object(path)?).map_err(failed)?;
        }
        let said = git.wait_with_output().map_err(failed)?.stdout;
        let end = said.iter().position(|byte| *byte == b'\n');
        let (header, content) = said.split_at(end.unwrap_or(said.len()));
        let header = String::from_utf8_lossy(header);
        Ok(match header.split(' ').collect::<Vec<_>>().as_slice() {
            // The content is between two line ends.
            [_, "blob", _] => End::File(
                content
                    .get(1..content.len() - 1)
                    .unwrap_or_default()
                    .to_vec(),
            ),
            [_, "tree", _] | ["symlink", _] => End::Elsewhere,
            _ => End::Nothing,
        })
    }

    /// A path from the root of the repository.
    pub(super) fn whole_path(&self, path: &Utf8Path) -> Result<Utf8PathBuf, LoadError> {
        let told = |what| -> Result<Utf8PathBuf, LoadError> {
            let path = self.git(&["rev-parse", what])?.unwrap_or_default();
            let path = String::from_utf8(path)
                .map_err(|_| self.failed("the current folder is not UTF-8".to_owned()))?;
            Ok(path.trim_end_matches(['\n', '/']).into())
        };
        let mut whole = Utf8PathBuf::new();
        let mut path = path;
        let root;
        if path.is_absolute() {
            root = told("--show-toplevel")?;
            path = path.strip_prefix(&root).unwrap_or(path);
        } else if path.starts_with(".") || path.starts_with("..") {
            whole = told("--show-prefix")?;
        }
        for part in path.components() {
            match part {
                Utf8Component::CurDir => {}
                Utf8Component::ParentDir => {
                    if !whole.pop() {
                        return Err(self.failed(format!("{path} is outside the repository")));
                    }
                }
                part => whole.push(part),
            }
        }
        Ok(whole)
    }

    fn named(&self, path: &Utf8Path) -> String {
        format!("{}:{path}", self.0)
    }

    fn link(&self, path: &Utf8Path) -> LoadError {
        LoadError::NotFollowed {
            path: self.named(path),
            what: "symbolic link",
        }
    }

    /// The contents of many blobs, read by one process.
    pub(super) fn blobs(
        &self,
        blobs: Vec<(Utf8PathBuf, String)>,
    ) -> Result<BTreeMap<Utf8PathBuf, Vec<u8>>, LoadError> {
        let failed = |error: std::io::Error| self.failed(error.to_string());
        let mut git = git()
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
        // One request at a time, so that neither side blocks on a full pipe.
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
            // The content, followed by a line end.
            let mut content = vec![0; size + 1];
            output.read_exact(&mut content).map_err(failed)?;
            content.pop();
            files.insert(path, content);
        }
        drop(input);
        git.wait().map_err(failed)?;
        Ok(files)
    }

    /// `REVISION:PATH`, which is Git's name for a file in a revision.
    fn object(&self, path: &Utf8Path) -> Result<String, LoadError> {
        // An option is not a revision.
        if self.0.starts_with('-') || self.0.is_empty() {
            return Err(self.failed("this is not the name of a revision".to_owned()));
        }
        Ok(self.named(path))
    }

    /// The output of a command, or `None` if it fails because the object does not exist.
    fn git(&self, arguments: &[&str]) -> Result<Option<Vec<u8>>, LoadError> {
        let output = git()
            .args(arguments)
            .output()
            .map_err(|error| self.failed(format!("git cannot be run: {error}")))?;
        let said = git_message(&output.stderr);
        // Git prefers tags to branches, so anyone who pushes a tag with the name of the branch could choose what is
        // read.
        if said.contains("is ambiguous") {
            let name = &self.0;
            return Err(self.failed(format!(
                "several refs have this name: write which, such as refs/heads/{name} or refs/remotes/{name}, or a commit"
            )));
        }
        if output.status.success() {
            return Ok(Some(output.stdout));
        }
        let no_repository = said.contains("not a git repository");
        let no_revision = said.contains("invalid object name") || said.contains("bad revision");
        match no_repository || no_revision {
            true => Err(self.failed(said.to_owned())),
            false => Ok(None),
        }
    }

    pub(super) fn failed(&self, message: String) -> LoadError {
        LoadError::Revision {
            revision: self.0.clone(),
            message,
        }
    }
}
