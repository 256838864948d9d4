//! `landgrant.lock`: what the last render wrote, and which group each target is in. One line for each file and target,
//! sorted, so that it merges line by line.

use std::collections::BTreeMap;
use std::fmt;

use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest, Sha256};

use super::{WriteError, read};

/// The lock's file name.
pub(super) const NAME: &str = "landgrant.lock";

/// More groups than an account can have, even where AWS raised the quota.
const MOST_GROUPS: usize = 500;

/// What the last render wrote, and where it put each target.
#[derive(Debug, Default)]
pub(super) struct Lock {
    /// The deployment that the folder belongs to; none where nothing was rendered yet.
    pub(super) deployment: Option<String>,
    files: BTreeMap<Utf8PathBuf, String>,
    /// Numbers of groups by account, from 1.
    pub(super) targets: BTreeMap<String, usize>,
}

impl Lock {
    /// The lock in a folder; an empty one where there is none.
    pub(super) fn read(out: &Utf8Path) -> Result<Self, WriteError> {
        let path = out.join(NAME);
        let Some(content) = read(&path)? else {
            return Ok(Self::default());
        };
        let failed = |line: usize, what| WriteError::Lock {
            path: path.clone(),
            line,
            what,
        };
        let text = String::from_utf8(content).map_err(|_| failed(1, "this is not text"))?;
        let mut lock = Self::default();
        let mut format_seen = false;
        for (index, line) in text.lines().enumerate() {
            let fields: Vec<&str> = line.splitn(3, ' ').collect();
            match fields.as_slice() {
                ["format", "1"] => format_seen = true,
                ["format", ..] => {
                    return Err(failed(
                        index + 1,
                        "another release of Landgrant wrote this lock",
                    ));
                }
                ["deployment", name] => lock.deployment = Some((*name).to_owned()),
                ["file", digest, path] if is_inside(path) => {
                    lock.files.insert((*path).into(), (*digest).to_owned());
                }
                ["file", _, _] => {
                    return Err(failed(index + 1, "this path leads out of the folder"));
                }
                ["target", account, number] => {
                    let number = number
                        .strip_prefix("group ")
                        .and_then(|number| number.parse().ok())
                        .filter(|number| (1..=MOST_GROUPS).contains(number))
                        .ok_or_else(|| failed(index + 1, "this names no group"))?;
                    if lock.targets.insert((*account).to_owned(), number).is_some() {
                        return Err(failed(
                            index + 1,
                            "this account has a place already; a merge conflict?",
                        ));
                    }
                }
                _ if line.is_empty() || line.starts_with('#') => {}
                _ => {
                    return Err(failed(
                        index + 1,
                        "this is not a line of a lock; a merge conflict?",
                    ));
                }
            }
        }
        if !format_seen {
            return Err(failed(1, "this is not a lock of Landgrant"));
        }
        Ok(lock)
    }

    /// The lock of a file set.
    pub(super) fn of(
        deployment: &str,
        files: &BTreeMap<Utf8PathBuf, String>,
        targets: &BTreeMap<String, usize>,
    ) -> Self {
        let files = files
            .iter()
            .map(|(path, text)| (path.clone(), digest(text.as_bytes())))
            .collect();
        Self {
            deployment: Some(deployment.to_owned()),
            files,
            targets: targets.clone(),
        }
    }

    /// The files, sorted.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Utf8PathBuf> {
        self.files.keys()
    }

    /// Whether the last render wrote a file of this name.
    pub(super) fn knows(&self, path: &Utf8Path) -> bool {
        self.files.contains_key(path)
    }

    /// Whether the last render wrote exactly this.
    pub(super) fn wrote(&self, path: &Utf8Path, content: &[u8]) -> bool {
        self.files
            .get(path)
            .is_some_and(|known| *known == digest(content))
    }
}

impl fmt::Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "# What `landgrant render` wrote here. Keep it in version control, and do not edit it."
        )?;
        writeln!(f, "format 1")?;
        if let Some(deployment) = &self.deployment {
            writeln!(f, "deployment {deployment}")?;
        }
        for (path, digest) in &self.files {
            writeln!(f, "file {digest} {path}")?;
        }
        for (account, group) in &self.targets {
            writeln!(f, "target {account} group {group}")?;
        }
        Ok(())
    }
}

/// The digest of a text with the line ends of a rendered file, whatever a checkout made of them.
fn digest(content: &[u8]) -> String {
    let content = super::unix_lines(content);
    let mut text = String::from("sha256:");
    for byte in Sha256::digest(content) {
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

fn is_inside(path: &str) -> bool {
    !path.is_empty()
        && Utf8Path::new(path)
            .components()
            .all(|part| matches!(part, camino::Utf8Component::Normal(_)))
}
