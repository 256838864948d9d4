//! Git attributes that make a checkout or an archive differ from the commit.

#![allow(clippy::disallowed_methods, reason = "load is the reader of files")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write as _};
use std::process::{Command, Output, Stdio};

use camino::{Utf8Path, Utf8PathBuf};

use super::revision::{InRepository, Revision, git_message};
use super::{LoadError, Origin};

/// The attributes that change the content of a file, and the one that excludes it from archives.
const NAMES: &[&str] = &[
    "export-subst",
    "filter",
    "ident",
    "working-tree-encoding",
    LEAVES_OUT,
];

/// The attribute that also applies to a folder with everything in it.
const LEAVES_OUT: &str = "export-ignore";

/// The attributes by path, relative to a folder.
pub(super) type Attributes = BTreeMap<String, BTreeSet<&'static str>>;

/// The attributes of paths in a folder, from the `.gitattributes` files of the repository; empty outside of a
/// repository.
pub(super) fn look_up<'a>(
    origin: &Origin,
    folder: &Utf8Path,
    paths: impl Iterator<Item = &'a str>,
) -> Result<Attributes, LoadError> {
    let paths: BTreeSet<&str> = paths.collect();
    match origin {
        Origin::Disk => {
            let Some(repository) = InRepository::find(folder)? else {
                return Ok(Attributes::new());
            };
            let gits = [repository.git(), repository.git()];
            ask(gits, &[], repository.inner(), &paths).map_err(|message| repository.failed(message))
        }
        Origin::Revision(revision) => in_revision(revision, folder, &paths),
    }
}

fn in_revision(
    revision: &Revision,
    folder: &Utf8Path,
    paths: &BTreeSet<&str>,
) -> Result<Attributes, LoadError> {
    let folder = revision.whole_path(folder)?;
    // If Git cannot evaluate attributes, that is only an error if there are any.
    let are_here = paths
        .iter()
        .any(|path| Utf8Path::new(path).file_name() == Some(FILE));
    let above = folder.ancestors().map(|folder| folder.join(FILE));
    if !are_here && !revision.has_any(above)? {
        return Ok(Attributes::new());
    }
    let source = format!("--source={}", revision.0);
    let gits = [revision.at_root()?, revision.at_root()?];
    ask(gits, &[&source], &folder, paths).map_err(|message| {
        revision.failed(match message.contains("unknown option") {
            true => format!("it has {FILE} files, which are read with Git 2.40 or later"),
            false => message,
        })
    })
}

/// The attributes of files that were read, with their names in diagnostics, by path: their content in the work tree may
/// differ from the commit. It does not matter whether an archive lacks an input or changes it.
pub fn of_inputs<'a>(
    origin: &Origin,
    names: impl Iterator<Item = &'a str>,
) -> Result<Vec<(Utf8PathBuf, BTreeSet<&'static str>)>, LoadError> {
    let paths = names.map(|name| (name, origin.path(name)));
    // With a revision, some inputs are still read from disk.
    let paths = paths.filter(|(name, path)| origin.name(path) == *name);
    let paths: Vec<Utf8PathBuf> = paths.map(|(_, path)| path).collect();
    let mut folders: BTreeMap<&Utf8Path, BTreeSet<&str>> = BTreeMap::new();
    for path in &paths {
        if let (Some(folder), Some(name)) = (path.parent(), path.file_name()) {
            folders.entry(folder).or_default().insert(name);
        }
    }
    let mut found = Vec::new();
    for (folder, names) in folders {
        for (name, mut given) in look_up(origin, folder, names.into_iter())? {
            given.retain(|attribute| !attribute.starts_with("export-"));
            if !given.is_empty() {
                found.push((folder.join(name), given));
            }
        }
    }
    Ok(found)
}

/// Where attributes are read from.
const FILE: &str = ".gitattributes";

/// Asks Git in the root of a repository twice, for all paths: patterns match in any case where file systems do so.
fn ask(
    gits: [Command; 2],
    options: &[&str],
    folder: &Utf8Path,
    paths: &BTreeSet<&str>,
) -> Result<Attributes, String> {
    let mut all = Attributes::new();
    for (git, ignores_case) in gits.into_iter().zip([false, true]) {
        for (path, given) in ask_once(git, ignores_case, options, folder, paths)? {
            all.entry(path).or_default().extend(given);
        }
    }
    Ok(all)
}

fn ask_once(
    mut git: Command,
    ignores_case: bool,
    options: &[&str],
    folder: &Utf8Path,
    paths: &BTreeSet<&str>,
) -> Result<Attributes, String> {
    // Attributes of the user or the system only apply to this machine.
    git.args(["-c", "core.attributesFile="])
        .args(["-c", &format!("core.ignoreCase={ignores_case}")])
        .env("GIT_ATTR_NOSYSTEM", "1")
        .env_remove("GIT_ATTR_SOURCE")
        .args(["check-attr", "--stdin", "-z"])
        .args(options)
        .args(NAMES);
    let folders: BTreeSet<&Utf8Path> = paths
        .iter()
        .flat_map(|path| Utf8Path::new(path).ancestors().skip(1))
        .filter(|folder| !folder.as_str().is_empty())
        .collect();
    let joined = |path: &str| folder.join(path).into_string();
    let above = folder
        .ancestors()
        .filter(|above| !above.as_str().is_empty());
    // Paths are relative to the root of the repository.
    let asked: Vec<String> = paths
        .iter()
        .map(|path| joined(path))
        .chain(
            folders
                .iter()
                .map(|inner| format!("{}/", joined(inner.as_str()))),
        )
        .chain(above.map(|above| format!("{above}/")))
        .collect();
    let mut input = String::new();
    for path in &asked {
        input.push_str(path);
        input.push('\0');
    }
    let output =
        fed(&mut git, input.as_bytes()).map_err(|error| format!("git cannot be run: {error}"))?;
    if !output.status.success() {
        return Err(git_message(&output.stderr));
    }
    let answers = String::from_utf8_lossy(&output.stdout);
    // Path, attribute and value, in the order of the input.
    let values: Vec<&str> = answers.split_terminator('\0').skip(2).step_by(3).collect();
    if values.len() != asked.len() * NAMES.len() {
        return Err("git check-attr did not answer for every path".to_owned());
    }
    let given = |values: &[&str]| -> BTreeSet<&'static str> {
        let all = NAMES.iter().zip(values);
        let given = all.filter(|(_, value)| !["unspecified", "unset"].contains(value));
        given.map(|(name, _)| *name).collect()
    };
    let of_all: BTreeMap<&str, BTreeSet<&'static str>> = asked
        .iter()
        .zip(values.chunks(NAMES.len()))
        .map(|(path, values)| (path.as_str(), given(values)))
        .collect();
    let is_left_out = |folder: &Utf8Path| {
        let given = of_all.get(format!("{folder}/").as_str());
        given.is_some_and(|given| given.contains(LEAVES_OUT))
    };
    let attributes = paths.iter().filter_map(|path| {
        let whole = folder.join(path);
        let mut given = of_all.get(whole.as_str()).cloned().unwrap_or_default();
        let mut above = whole.ancestors().skip(1);
        if above.any(is_left_out) {
            given.insert(LEAVES_OUT);
        }
        (!given.is_empty()).then(|| ((*path).to_owned(), given))
    });
    Ok(attributes.collect())
}

/// Runs a command, and writes and reads concurrently so that neither side blocks on a full pipe.
fn fed(command: &mut Command, input: &[u8]) -> io::Result<Output> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let pipe = child.stdin.take();
    std::thread::scope(|scope| {
        // If the command ends early, its exit code is reported.
        scope.spawn(move || pipe.map(|mut pipe| pipe.write_all(input)));
        child.wait_with_output()
    })
}
