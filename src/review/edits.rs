//! What of rendered folders is not what their inputs render to, and what somebody accepted beside. What it grants is not
//! known here: it is told with its text.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;

use super::{Side, lines};
use crate::model::{FileSet, LOCK};

/// A file of a rendered folder that is edited by hand or not rendered, or something else in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// Its path in the folder.
    pub path: String,
    /// What is wrong with it, behind its path.
    pub what: String,
    /// What the inputs render to; nothing where they render no such file.
    pub rendered: Option<String>,
    /// What stands there; nothing where it is no file.
    pub there: Option<String>,
}

/// The sides that an edit is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum On {
    /// The state after the change only.
    New,
    /// The state before the change and the one after.
    Both,
    /// The state before the change only.
    Old,
}

/// An edit as it is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Told {
    /// The path of the file, as the user calls it.
    pub path: String,
    /// Where it is.
    pub on: On,
    /// What is wrong with it, behind its path.
    pub what: String,
    /// Whether the file is as the other side renders it: nobody's hand is in it, and it was not rendered again.
    #[serde(rename = "as_other_side")]
    pub is_of_other_side: bool,
    /// What was changed, from what is rendered to what stands there; nothing where that is no file.
    pub diff: Vec<String>,
}

impl Edit {
    fn told(&self, side: &Side, on: On, is_of_other_side: bool) -> Told {
        let rendered = self.rendered.as_deref().unwrap_or_default();
        let there = self.there.as_deref();
        let diff = there.map(|there| lines::diff(rendered, there, super::CONTEXT));
        Told {
            path: side.called(&self.path),
            on,
            what: self.what.clone(),
            is_of_other_side,
            diff: diff.unwrap_or_default(),
        }
    }
}

/// A file that no plan says anything of: a lock says that somebody accepted it, or a template of the user's own makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptedFile {
    /// What is in it.
    pub text: String,
    /// Whether it only says where the state is kept, by plain values.
    pub is_backend: bool,
    /// Whether it may say where a state is kept, beside whatever else it says.
    pub names_state: bool,
    /// Whether it says which release of a provider to take, and needs nobody to accept it.
    pub names_providers: bool,
    /// Whether a template of the user's own makes it.
    pub is_rendered: bool,
    /// What the templates in the binary make in its place; nothing where they make no such file.
    pub built_in: Option<String>,
}

impl AcceptedFile {
    /// What templates of the user's own change in it, wherever that stands in the file.
    fn departure(&self) -> Option<Vec<String>> {
        let built_in = self.built_in.as_ref()?;
        let lines = lines::diff(built_in, &self.text, CONTEXT).into_iter();
        Some(lines.filter(|line| !line.starts_with("@@")).collect())
    }

    /// Whether no more is to be told of it than of the other.
    fn is_as(&self, other: &Self) -> bool {
        let is_same_departure = || match (self.departure(), other.departure()) {
            (Some(one), Some(other)) => one == other,
            _ => false,
        };
        self.text == other.text || is_same_departure()
    }
}

/// Lines around a change that say where it is: more would take changes of the plan beside it for another one.
const CONTEXT: usize = 1;

/// A file that is accepted on one side, or holds something else on the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptedChange {
    /// Its path in the folder.
    pub path: String,
    /// What it was; nothing where it was not accepted.
    pub before: Option<AcceptedFile>,
    /// What it is; nothing where it is accepted no more.
    pub after: Option<AcceptedFile>,
    /// Whether a template of the user's own makes it, or did.
    pub is_rendered: bool,
    /// Whether it may let more through. Only the first backend of a root module does not: it says where the state is kept.
    /// Another one binds what is rendered to another state, and so to other resources, and what goes may have denied
    /// something. Nor does a lock of providers: the rendered modules say which provider it is, and the registry signs it.
    pub is_more: bool,
}

/// The edits of both sides, those of the new one first.
pub(super) fn edits(old: &Side, new: &Side) -> Vec<Told> {
    let before: &[Edit] = match is_same_folder(old, new) {
        true => &[],
        false => &old.edits,
    };
    let known: HashMap<&str, &Edit> = before
        .iter()
        .map(|edit| (edit.path.as_str(), edit))
        .collect();
    let is_rendered = |edit: &Edit, other: &FileSet| {
        let there = edit.there.as_deref();
        there.is_some() && other.get(&edit.path) == there
    };
    let mut both = BTreeSet::new();
    // What decides whether a folder is compared stands before what is in it.
    let mut all: Vec<Told> = other_sources(old, new)
        .iter()
        .map(|edit| edit.told(new, On::New, false))
        .collect();
    for edit in &new.edits {
        let is_known = known
            .get(edit.path.as_str())
            .is_some_and(|old| old.there == edit.there && old.what == edit.what);
        if is_known {
            both.insert(edit.path.as_str());
        }
        let on = if is_known { On::Both } else { On::New };
        all.push(edit.told(new, on, !is_known && is_rendered(edit, &old.rendered)));
    }
    let gone = before
        .iter()
        .filter(|edit| !both.contains(edit.path.as_str()));
    all.extend(gone.map(|edit| edit.told(old, On::Old, is_rendered(edit, &new.rendered))));
    let others = hidden(old, new).into_iter().chain(unread(old, new));
    all.extend(others.map(|edit| edit.told(new, On::New, false)));
    // What somebody wrote stands before what only has to be rendered again.
    all.sort_by_key(|told| (told.is_of_other_side, told.on));
    all
}

/// Locks that lead to no deployment, though the old side has one at hand, or to another one. A change that decides by a lock what
/// its folder is compared with could leave out the comparison.
fn other_sources(old: &Side, new: &Side) -> Vec<Edit> {
    let is_at_hand = !old.levels.is_empty() || old.sources.values().any(Option::is_some);
    let told = |(folder, source): (&String, &Option<String>)| {
        let before = old.sources.get(folder).and_then(Option::as_ref);
        let what = match (source, before) {
            (None, _) if is_at_hand => {
                "does not lead to a deployment, so its folder is not compared with what is rendered"
                    .to_owned()
            }
            (Some(source), Some(before)) if source != before => {
                format!("leads to another deployment, {source} in place of {before}")
            }
            _ => return None,
        };
        Some(Edit {
            path: match folder.as_str() {
                "" => LOCK.to_owned(),
                folder => format!("{folder}/{LOCK}"),
            },
            what,
            rendered: None,
            there: None,
        })
    };
    new.sources.iter().filter_map(told).collect()
}

/// What the new side does not tell of and the old one did, or did not have: its rendered folder, and folders of others.
fn hidden(old: &Side, new: &Side) -> Vec<Edit> {
    let told = |path: &str, what: &str| Edit {
        path: path.to_owned(),
        what: what.to_owned(),
        rendered: None,
        there: None,
    };
    let gone = new.lacks.iter().filter(|_| !old.held.is_empty());
    let gone = gone.map(|path| told(path, "is no longer a rendered folder of this deployment"));
    let known = |folder: &&String| old.folder.is_some() && !old.others.contains(*folder);
    let come = new.others.iter().filter(known);
    let what = "is the folder of another deployment, and new; what is in it is not compared here";
    gone.chain(come.map(|folder| told(folder, what))).collect()
}

/// The rendered folder of the new side, where it has none and the old side had none: nothing is hidden, and nothing looked at.
pub(super) fn uncompared(old: &Side, new: &Side) -> Option<String> {
    let path = new.lacks.as_ref().filter(|_| old.held.is_empty())?;
    Some(match &new.folder {
        Some(folder) => format!("{folder}/{path}"),
        None => path.clone(),
    })
}

/// What no reader takes for a grant, where the new side is read back and has it otherwise than the old one.
fn unread(old: &Side, new: &Side) -> Vec<Edit> {
    let has_old = !old.unread.is_empty();
    // A root module that is new, and says what others say, is told by what it grants.
    let of_modules = old.unread.iter().filter(|(path, _)| is_module(path));
    let mut known: BTreeSet<String> = of_modules
        .flat_map(|(_, parts)| parts.iter().map(|part| without_accounts(part)))
        .collect();
    let mut is_known = |path: &str, parts: &[String]| {
        let texts = parts.iter().map(|part| without_accounts(part));
        let texts: BTreeSet<String> = texts.collect();
        let is_known = is_module(path) && texts.is_subset(&known);
        // With nothing before, all is new: what many say is told once.
        if !has_old && is_module(path) {
            known.extend(texts);
        }
        is_known
    };
    let folder = |path: &str| path.rsplit_once('/').map(|(folder, _)| folder.to_owned());
    let folders: BTreeSet<Option<String>> = new.unread.keys().map(|path| folder(path)).collect();
    let paths: BTreeSet<&String> = new.unread.keys().chain(old.unread.keys()).collect();
    let differs = |path: &&String| match (old.unread.get(*path), new.unread.get(*path)) {
        _ if new.unread.is_empty() => false,
        (before, after) if before == after => false,
        (None, Some(after)) => !after.is_empty() && !is_known(path, after),
        (Some(before), None) => !before.is_empty() && folders.contains(&folder(path)),
        _ => true,
    };
    let text = |side: &Side, path: &str| side.unread.get(path).map(|parts| parts.join("\n\n"));
    let told = |path: &String| Edit {
        path: path.clone(),
        what: match (is_module(path), has_old) {
            (true, true) => "changes how it is applied, which no grant shows",
            (true, false) => "decides how it is applied, which no grant shows",
            (false, true) => "has changed, and is not read",
            (false, false) => "is not read",
        }
        .to_owned(),
        rendered: text(old, path),
        there: text(new, path),
    };
    let is_told = |path: &&String| !new.edits.iter().any(|edit| edit.path == **path);
    let differing = paths.into_iter().filter(differs);
    differing.filter(is_told).map(told).collect()
}

fn is_module(path: &str) -> bool {
    path.ends_with(".tf")
}

/// A text with one word for all account ids.
fn without_accounts(text: &str) -> String {
    let mut whole = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, digits) = rest.split_at(start);
        let end = digits.find(|c: char| !c.is_ascii_digit());
        let (digits, after) = digits.split_at(end.unwrap_or(digits.len()));
        whole.push_str(before);
        whole.push_str(if digits.len() == 12 {
            "ACCOUNT"
        } else {
            digits
        });
        rest = after;
    }
    whole + rest
}

/// Accepted files that differ between the sides.
pub(super) fn accepted(old: &Side, new: &Side) -> Vec<AcceptedChange> {
    let in_folder = match is_same_folder(old, new) {
        true => new,
        false => old,
    };
    let of_templates = old
        .accepted_files
        .iter()
        .filter(|(_, file)| file.is_rendered);
    let others = in_folder.accepted_files.iter();
    let before: BTreeMap<&String, &AcceptedFile> = others
        .filter(|(_, file)| !file.is_rendered)
        .chain(of_templates)
        .collect();
    let paths = before.keys().copied().chain(new.accepted_files.keys());
    let paths: BTreeSet<&String> = paths.collect();
    // The root modules that have a state said already.
    let with_state: BTreeSet<&str> = before
        .iter()
        .filter(|(_, file)| file.names_state)
        .map(|(path, _)| folder(path))
        .collect();
    let changes = paths.into_iter().filter_map(|path| {
        let (before, after) = (before.get(path).copied(), new.accepted_files.get(path));
        if let (Some(before), Some(after)) = (before, after)
            && before.is_as(after)
        {
            return None;
        }
        let is_first_backend = before.is_none()
            && after.is_some_and(|file| file.is_backend)
            && !with_state.contains(folder(path));
        let names_providers = after.or(before).is_some_and(|file| file.names_providers);
        Some(AcceptedChange {
            path: path.clone(),
            before: before.cloned(),
            after: after.cloned(),
            is_rendered: after.or(before).is_some_and(|file| file.is_rendered),
            is_more: !is_first_backend && !names_providers,
        })
    });
    changes.collect()
}

/// The folder that a file is in.
fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Whether one folder on the disk stands for both sides: it holds what was rendered last, and that is held against the new one.
fn is_same_folder(old: &Side, new: &Side) -> bool {
    !old.held.is_empty() && old.held == new.held
}
