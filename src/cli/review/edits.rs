//! Hand edits and accepted files in words: those with the same edit are told together, with its text.

use std::collections::HashMap;

use similar::TextDiff;

use crate::review::{AcceptedChange, On, Review, Side, Told};

/// More lines of one text than this are counted, not shown; a program gets all of them.
pub(super) const MOST_LINES: usize = 400;

/// More files with the same edit than this are counted, not listed; a program gets all of them.
pub(super) const MOST_PATHS: usize = 40;

/// Where lines differ that many ways, they are told as replaced, and not searched for what they have in common.
const MOST_WAYS: usize = 4_000_000;

/// Files that are told together.
pub(super) struct Group {
    /// Their paths.
    pub(super) paths: Vec<String>,
    /// What is to be said of them, behind their paths.
    pub(super) says: String,
    /// What was changed, as the lines of a unified diff; none where nothing can be shown.
    pub(super) diff: Vec<String>,
}

/// What is edited by hand or not rendered; files that only have to be rendered again come last, without their text.
pub(super) fn edits((old, new): (&Names<'_>, &Names<'_>), review: &Review) -> Vec<Group> {
    let mut groups = Groups::default();
    for told in &review.edits {
        let (own, other) = match told.on {
            On::Old => (old, new),
            On::New | On::Both => (new, old),
        };
        let says = match (told.is_of_other_side, told.on) {
            (true, _) => format!("is as {} renders it: not rendered again", other.side),
            (false, On::Both) => format!("{}, as in {}", told.edit.what, other.side),
            (false, _) => told.edit.what.clone(),
        };
        let diff = match told.is_of_other_side {
            true => Vec::new(),
            false => diff(told),
        };
        groups.add(own.path(&told.edit.path), says, diff);
    }
    groups.all
}

/// Files that are accepted, and were not as they are.
pub(super) fn accepted((old, new): (&Names<'_>, &Names<'_>), review: &Review) -> Vec<Group> {
    let mut groups = Groups::default();
    for change in &review.accepted_files {
        let AcceptedChange { before, after, .. } = change;
        let whose = match change.is_rendered {
            true => "made by a template of your own",
            false => "accepted",
        };
        let (names, says) = match (before, after) {
            (None, _) if change.is_more => {
                (new, format!("is {whose}, and what it does is not known"))
            }
            (None, _) => (new, format!("is {whose}: it says where the state is kept")),
            (Some(_), None) => (old, format!("is {whose} no more")),
            (Some(_), Some(_)) => (new, format!("is {whose}, and holds something else")),
        };
        let before = before.as_deref().unwrap_or_default();
        let lines = lines_of(before, after.as_deref().unwrap_or_default());
        groups.add(names.path(&change.path), says, lines);
    }
    groups.all
}

/// What was changed, from what is rendered to what stands there.
pub(super) fn diff(told: &Told) -> Vec<String> {
    match &told.edit.there {
        None => Vec::new(),
        Some(there) => lines_of(told.edit.rendered.as_deref().unwrap_or_default(), there),
    }
}

/// How a side and the files of its folder are called.
pub(in crate::cli) struct Names<'a> {
    /// What the user named.
    pub(super) side: &'a str,
    /// The rendered folder.
    pub(super) folder: Option<&'a str>,
}

impl<'a> Names<'a> {
    /// The names of a side.
    pub(in crate::cli) fn of(side: &'a Side) -> Self {
        Self {
            side: &side.name,
            folder: side.folder.as_deref(),
        }
    }

    /// A path in the folder, as it is called.
    pub(super) fn path(&self, path: &str) -> String {
        match self.folder {
            None => path.to_owned(),
            Some(folder) => format!("{folder}/{path}"),
        }
    }
}

/// In how many files something is told.
pub(super) fn files(number: usize) -> String {
    match number {
        1 => "1 file".to_owned(),
        many => format!("{many} files"),
    }
}

#[derive(Default)]
struct Groups {
    all: Vec<Group>,
    known: HashMap<(String, Vec<String>), usize>,
}

impl Groups {
    fn add(&mut self, path: String, says: String, diff: Vec<String>) {
        let key = (says, diff);
        match self.known.get(&key) {
            Some(index) => self.all[*index].paths.push(path),
            None => {
                let (says, diff) = key.clone();
                self.known.insert(key, self.all.len());
                let paths = vec![path];
                self.all.push(Group { paths, says, diff });
            }
        }
    }
}

/// The lines of a unified diff, without its head.
fn lines_of(before: &str, after: &str) -> Vec<String> {
    // Whoever compares them takes each of these for the end of a line.
    let lines = |text: &str| -> Vec<String> {
        let lines = text.split_inclusive(['\n', '\r']);
        lines.map(|line| line.trim_end().to_owned()).collect()
    };
    let (old, new) = (lines(before), lines(after));
    let alike = old.iter().zip(&new);
    let head = alike.take_while(|(one, other)| one == other).count();
    let alike = old[head..].iter().rev().zip(new[head..].iter().rev());
    let tail = alike.take_while(|(one, other)| one == other).count();
    let (gone, come) = (&old[head..old.len() - tail], &new[head..new.len() - tail]);
    if before.is_empty() || after.is_empty() || gone.len() * come.len() > MOST_WAYS {
        let gone = gone.iter().map(|line| format!("-{line}"));
        return gone
            .chain(come.iter().map(|line| format!("+{line}")))
            .collect();
    }
    let difference = TextDiff::from_lines(before, after);
    let text = difference.unified_diff().context_radius(3).to_string();
    text.lines().map(str::to_owned).collect()
}
