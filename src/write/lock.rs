//! `landgrant.lock`: what the last render wrote and from what, and which group each target is in. One line for each
//! input, file, accepted file and target, sorted, so that it merges line by line.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use camino::Utf8Path;

use super::content::{read_if_present, refuse_outside};
use super::digest::digest;
use super::strangers::Accepted;
use super::{Output, WriteError};
use crate::model::{LOCK, PrincipalNames};

/// More groups than an account can have, even where AWS raised the quota.
const MOST_GROUPS: usize = 500;

/// More sides than a merge has, one merge after the other.
const MOST_MERGED: usize = 100;

/// What Git leaves where both sides changed the same lines.
const CONFLICT_MARKS: &[&str] = &["<<<<<<<", "|||||||", "=======", ">>>>>>>"];

/// What an input is called that is a managed policy of AWS. In place of a digest it has its version and date.
const POLICY: &str = "managed policy ";

/// The input that a managed policy of AWS is, with its version: `v92 of 2026-08-17`.
pub fn policy_input(name: &str, dated: &str) -> (String, String) {
    (format!("{POLICY}{name}"), dated.replace(" of ", "_"))
}

/// What the last render wrote and from what, and where it put each target.
///
/// After a merge there can be two lines for one thing, one of each side: both renders happened, and nobody knows which was
/// applied. The next render writes one again.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Lock {
    /// The versions of Landgrant that wrote it.
    releases: BTreeSet<String>,
    /// The deployment that the folder belongs to; none where nothing was rendered yet.
    pub(super) deployment: Option<String>,
    /// Where that deployment stands, counted from the folder.
    pub(super) source: Option<String>,
    /// The partition of all accounts.
    pub(super) partition: Option<String>,
    /// The account that the stack sets are in, which a template does not name either.
    pub(super) stack_sets: Option<String>,
    inputs: BTreeMap<String, BTreeSet<String>>,
    /// By path, in the order of its bytes: comparing paths part by part takes far longer.
    files: BTreeMap<String, BTreeSet<String>>,
    /// Files that no render wrote, each with the digest that somebody accepted.
    pub(super) accepted: Accepted,
    /// Numbers of groups by account, from 1.
    pub(super) targets: BTreeMap<String, usize>,
    /// What the principals are called, and the hub account, which a template does not name.
    pub(super) names: PrincipalNames,
    /// What further lines call those that have a name already.
    other_names: Vec<PrincipalNames>,
    /// The first line that names another partition or account than one above it.
    pub(super) ambiguous: Option<usize>,
    /// Whether a merge left its marks.
    marked: bool,
}

impl Lock {
    /// The lock in a folder; an empty one where there is none.
    pub(super) fn read(out: &Utf8Path) -> Result<Self, WriteError> {
        refuse_outside(out)?;
        let path = out.join(LOCK);
        match read_if_present(&path)? {
            Some(content) => Self::parse(&path, content),
            None => Ok(Self::default()),
        }
    }

    /// The lock in a text; `path` is where it stands.
    pub(super) fn parse(path: &Utf8Path, content: Vec<u8>) -> Result<Self, WriteError> {
        let failed = |line: usize, what| WriteError::Lock {
            path: path.to_owned(),
            line,
            what,
        };
        let text = String::from_utf8(content).map_err(|_| failed(1, "this is not text"))?;
        let mut lock = Self::default();
        let mut format_seen = false;
        for (index, line) in text.lines().enumerate() {
            let failed = |what| failed(index + 1, what);
            let mut is_second = false;
            let fields: Vec<&str> = line.splitn(3, ' ').collect();
            match fields.as_slice() {
                ["format", "1"] => format_seen = true,
                ["format", ..] => {
                    return Err(failed("another release of Landgrant wrote this lock"));
                }
                ["landgrant", version] => {
                    lock.releases.insert((*version).to_owned());
                }
                ["deployment", name] => {
                    if lock.deployment.as_ref().is_some_and(|known| known != name) {
                        return Err(failed(
                            "a lock belongs to one deployment, and this line names a second",
                        ));
                    }
                    lock.deployment = Some((*name).to_owned());
                }
                ["source", ..] => {
                    let path = line.split_once(' ').map_or("", |(_, path)| path);
                    if !is_beside(path) {
                        return Err(failed("this is not the path of a deployment from here"));
                    }
                    lock.source.get_or_insert_with(|| path.to_owned());
                }
                ["partition", partition] => is_second = say(&mut lock.partition, partition),
                ["stack-sets", account] => is_second = say(&mut lock.stack_sets, account),
                ["hub", account] => is_second = lock.call(|names| say(&mut names.hub, account)),
                ["user", name] => drop(lock.call(|names| say(&mut names.user, name))),
                ["group", name] => drop(lock.call(|names| say(&mut names.group, name))),
                ["input", digest, input] => {
                    let digests = lock.inputs.entry((*input).to_owned()).or_default();
                    digests.insert((*digest).to_owned());
                }
                ["file", digest, path] if is_inside(path) => {
                    let digests = lock.files.entry((*path).to_owned()).or_default();
                    digests.insert((*digest).to_owned());
                }
                ["accept", digest, path] if is_inside(path) => {
                    let digests = lock.accepted.entry((*path).to_owned()).or_default();
                    digests.insert((*digest).to_owned());
                }
                ["file" | "accept", _, _] => {
                    return Err(failed("this path leads out of the folder"));
                }
                ["target", account, rest] => {
                    lock.target(account, rest).map_err(failed)?;
                }
                _ if line.is_empty() || line.starts_with('#') => {}
                [mark, ..] if CONFLICT_MARKS.contains(mark) => lock.marked = true,
                _ => return Err(failed("this is not a line of a lock")),
            }
            if lock.other_names.len() > MOST_MERGED {
                return Err(failed(
                    "a merge does not leave this many names for one entry",
                ));
            }
            if is_second {
                lock.ambiguous.get_or_insert(index + 1);
            }
        }
        if !format_seen {
            return Err(failed(1, "this is not a Landgrant lock"));
        }
        Ok(lock)
    }

    /// Reads a line of a target from behind the account: `group 1 role MicetroAccess`, or one of the two.
    fn target(&mut self, account: &str, rest: &str) -> Result<(), &'static str> {
        let mut fields = rest.split(' ');
        while let Some(key) = fields.next() {
            match (key, fields.next()) {
                ("group", Some(value)) => {
                    let number = value.parse().ok();
                    let number: usize = number
                        .filter(|number| (1..=MOST_GROUPS).contains(number))
                        .ok_or("this names no group")?;
                    // Where a merge gives it two places, either is as good; the plan sees whether there is room.
                    let place = self.targets.entry(account.to_owned()).or_insert(number);
                    *place = number.min(*place);
                }
                ("role", Some(role)) => {
                    self.call(|names| {
                        let known = names.roles.entry(account.to_owned());
                        known.or_insert_with(|| role.to_owned()) != role
                    });
                }
                _ => return Err("this is not a line of a lock"),
            }
        }
        Ok(())
    }

    /// The versions of the managed policies of AWS that were attached, by name.
    pub(super) fn policies(&self) -> BTreeMap<String, String> {
        let inputs = self.inputs.iter();
        let policies = inputs.filter_map(|(input, versions)| {
            let name = input.strip_prefix(POLICY)?;
            let version = versions.first()?.replace('_', " of ");
            Some((name.to_owned(), version))
        });
        policies.collect()
    }

    /// Lets a name be said in the first of all names that has no other in its place. Tells whether that is not the first.
    fn call(&mut self, is_other: impl Fn(&mut PrincipalNames) -> bool) -> bool {
        if !is_other(&mut self.names) {
            return false;
        }
        if self.other_names.iter_mut().all(&is_other) {
            let mut names = PrincipalNames::default();
            is_other(&mut names);
            self.other_names.push(names);
        }
        true
    }

    /// The lock of what is rendered.
    pub(super) fn from_output(output: &Output<'_>) -> Self {
        let one = |digest: String| BTreeSet::from([digest]);
        Self {
            releases: one(env!("CARGO_PKG_VERSION").to_owned()),
            deployment: Some(output.deployment.to_owned()),
            source: output.source.map(str::to_owned),
            partition: Some(output.partition.to_owned()),
            stack_sets: output.stack_sets.map(str::to_owned),
            inputs: output
                .inputs
                .iter()
                .map(|(input, digest)| (input.clone(), one(digest.clone())))
                .collect(),
            files: {
                // Thousands of root modules share some of their texts.
                let mut known: HashMap<&str, String> = HashMap::new();
                let mut digest_of = |text| {
                    let known = known.entry(text);
                    known.or_insert_with(|| digest(text.as_bytes())).clone()
                };
                let files = output.files.iter();
                files
                    .map(|(path, text)| (path.to_string(), one(digest_of(text))))
                    .collect()
            },
            accepted: Accepted::new(),
            targets: output.targets.clone(),
            names: output.names.clone(),
            other_names: Vec::new(),
            ambiguous: None,
            marked: false,
        }
    }

    /// In what this lock is not `right`, in words.
    pub(super) fn stale(&self, right: &Lock) -> Vec<String> {
        let mut reasons = Vec::new();
        let mut reason = |holds: bool, text: &str| {
            if holds {
                reasons.push(text.to_owned());
            }
        };
        reason(self.deployment.is_none(), "there is no lock");
        let twice = |digests: &BTreeSet<String>| digests.len() > 1;
        let merged = self.marked
            || self.ambiguous.is_some()
            || !self.other_names.is_empty()
            || self.inputs.values().any(twice)
            || self.files.values().any(twice)
            || self.accepted.values().any(twice);
        reason(
            merged,
            "a merge left two lines for one entry, or conflict markers",
        );
        if self.deployment.is_some() && !merged {
            if self.releases != right.releases {
                let wrote = self.releases.iter().next().map_or("none", String::as_str);
                reasons.push(format!(
                    "it was written by Landgrant {wrote}, and this is {}",
                    env!("CARGO_PKG_VERSION")
                ));
            }
            let inputs: BTreeSet<&String> = self.inputs.keys().chain(right.inputs.keys()).collect();
            reasons.extend(
                inputs
                    .into_iter()
                    .filter(|input| self.inputs.get(*input) != right.inputs.get(*input))
                    .map(|input| format!("the {input} has changed since the last render")),
            );
            if self.files != right.files {
                reasons.push("its digests do not match the rendered files".to_owned());
            }
            let gone = |path: &&String| !right.accepted.contains_key(*path);
            if let Some(path) = self.accepted.keys().find(gone) {
                reasons.push(format!("it accepts {path}, which is not among the files"));
            }
            if self.source != right.source {
                reasons.push("it names another file as the deployment".to_owned());
            }
            let accounts = (&self.partition, &self.stack_sets, &self.targets);
            let rightly = (&right.partition, &right.stack_sets, &right.targets);
            if accounts != rightly || self.names != right.names {
                reasons.push(
                    "the accounts and names in it are not those of the deployment".to_owned(),
                );
            }
        }
        reasons
    }

    /// What the principals were called in the last render: in each of them, after a merge.
    pub(super) fn all_names(self) -> Vec<PrincipalNames> {
        let mut all = vec![self.names];
        for mut names in self.other_names {
            let first = all[0].clone();
            match names.hub {
                None => names.hub = first.hub,
                // In the other account they may be called as in the first.
                Some(_) => {
                    names.user = names.user.or(first.user);
                    names.group = names.group.or(first.group);
                }
            }
            all.push(names);
        }
        all
    }

    /// The files, sorted.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Utf8Path> {
        self.files.keys().map(|path| Utf8Path::new(path.as_str()))
    }

    /// The paths of the files.
    pub(super) fn into_paths(self) -> BTreeSet<String> {
        self.files.into_keys().collect()
    }

    /// The digest of a rendered file; an empty text for any other.
    pub(super) fn digest_of(&self, path: &Utf8Path) -> &str {
        let digests = self.files.get(path.as_str());
        digests.and_then(BTreeSet::first).map_or("", String::as_str)
    }

    /// Whether the last render wrote a file of this name.
    pub(super) fn knows(&self, path: &Utf8Path) -> bool {
        self.files.contains_key(path.as_str())
    }

    /// Whether the last render wrote a file of this name with this digest.
    pub(super) fn wrote(&self, path: &Utf8Path, digest: &str) -> bool {
        let known = self.files.get(path.as_str());
        known.is_some_and(|known| known.contains(digest))
    }
}

impl fmt::Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "# What `landgrant render` wrote here, and from what. Keep it in version control, and do not edit it."
        )?;
        writeln!(f, "format 1")?;
        for release in &self.releases {
            writeln!(f, "landgrant {release}")?;
        }
        for (key, value) in [
            ("deployment", &self.deployment),
            ("source", &self.source),
            ("partition", &self.partition),
            ("hub", &self.names.hub),
            ("user", &self.names.user),
            ("group", &self.names.group),
            ("stack-sets", &self.stack_sets),
        ] {
            if let Some(value) = value {
                writeln!(f, "{key} {value}")?;
            }
        }
        for (input, digests) in &self.inputs {
            for digest in digests {
                writeln!(f, "input {digest} {input}")?;
            }
        }
        for (path, digests) in &self.files {
            for digest in digests {
                writeln!(f, "file {digest} {path}")?;
            }
        }
        for (path, digests) in &self.accepted {
            for digest in digests {
                writeln!(f, "accept {digest} {path}")?;
            }
        }
        let accounts: BTreeSet<&String> =
            self.targets.keys().chain(self.names.roles.keys()).collect();
        for account in accounts {
            write!(f, "target {account}")?;
            if let Some(group) = self.targets.get(account) {
                write!(f, " group {group}")?;
            }
            if let Some(role) = self.names.roles.get(account) {
                write!(f, " role {role}")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

/// Gives a value to what has none. Tells whether it has another.
fn say(place: &mut Option<String>, value: &str) -> bool {
    place.get_or_insert_with(|| value.to_owned()) != value
}

/// Whether a path leads to a file from the folder on, up first if at all.
fn is_beside(path: &str) -> bool {
    let mut parts = Utf8Path::new(path)
        .components()
        .skip_while(|part| matches!(part, camino::Utf8Component::ParentDir))
        .peekable();
    parts.peek().is_some() && parts.all(|part| matches!(part, camino::Utf8Component::Normal(_)))
}

pub(super) fn is_inside(path: &str) -> bool {
    !path.is_empty()
        && Utf8Path::new(path)
            .components()
            .all(|part| matches!(part, camino::Utf8Component::Normal(_)))
}
