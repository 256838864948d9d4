//! Describes hand edits and accepted files. Files with the same edit are merged, and its text is shown once.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::diag::plural;
use crate::review::{self, AcceptedChange, AcceptedFile, On, Review, Side};

/// If a text has more lines than this, only the first and last ones are shown. JSON output has all of them.
const MOST_LINES: usize = 400;

/// If a line has more characters than this, only the first and last ones are shown.
const MOST_CHARACTERS: usize = 400;

/// How many files with the same edit are listed; the others are counted. JSON output has all of them.
const MOST_PATHS: usize = 40;

/// Files with the same edit.
pub(in crate::cli) struct Group {
    /// The number of files.
    pub(super) number: usize,
    /// The listed paths.
    pub(super) paths: Vec<String>,
    /// The text after the paths: the number of other files, and whether the description applies to each file.
    pub(super) behind: String,
    /// The description of the edit.
    pub(super) says: String,
    /// The edit as the lines of a unified diff; empty if it cannot be shown.
    pub(super) diff: Vec<String>,
}

/// Files that were edited by hand or not rendered. Files that only have to be rendered again come last, without text.
pub(super) fn edits((old, new): (&Side, &Side), review: &Review) -> Vec<Group> {
    let mut groups = Groups::default();
    for told in &review.edits {
        let other = match told.on {
            On::Old => new,
            On::New | On::Both => old,
        };
        let says = match (told.is_of_other_side, told.on) {
            (true, _) => format!("is as {} renders it: not rendered again", other.name),
            (false, On::Both) => format!("{}, as in {}", told.what, other.name),
            (false, _) => told.what.clone(),
        };
        let diff = match told.is_of_other_side {
            true => Vec::new(),
            false => told.diff.clone(),
        };
        groups.add(told.path.clone(), (says, diff.clone()), diff);
    }
    groups.all
}

/// Files that are newly accepted in their current state.
pub(super) fn accepted((old, new): (&Side, &Side), review: &Review) -> Vec<Group> {
    let mut groups = Groups::default();
    for change in &review.accepted_files {
        let AcceptedChange { before, after, .. } = change;
        let is_built_in = after.as_ref().or(before.as_ref()).is_some_and(has_built_in);
        let whose = match (is_built_in, change.is_rendered) {
            (true, _) => "changed by your own template",
            (false, true) => "created by your own template",
            (false, false) => "accepted",
        };
        let names_providers = after.as_ref().or(before.as_ref());
        let names_providers = names_providers.is_some_and(|file| file.names_providers);
        let (side, says) = match (before, after) {
            (Some(_), None) if names_providers => (
                old,
                "was deleted: it selected the provider that Terraform runs".to_owned(),
            ),
            (before, _) if names_providers => {
                let other = if before.is_some() {
                    ", and now another"
                } else {
                    ""
                };
                (new, format!("says which provider Terraform runs{other}"))
            }
            (None, _) if change.is_more => {
                (new, format!("is {whose}, and what it does is not known"))
            }
            (None, _) => (new, format!("is {whose}: it says where the state is kept")),
            (Some(_), None) => (old, format!("is no longer {whose}")),
            (Some(_), Some(_)) if is_built_in => (new, format!("is {whose} in another way")),
            (Some(_), Some(_)) => (new, format!("is {whose}, and holds something else")),
        };
        // Equal edits of several files are merged even if their context lines differ.
        let key = diff_within(change, 0);
        let shown = accepted_diff(change);
        groups.add(side.called(&change.path), (says, key), shown);
    }
    groups.all
}

/// The change of a file that is in no plan: added, removed or modified.
pub(super) fn accepted_diff(change: &AcceptedChange) -> Vec<String> {
    diff_within(change, review::CONTEXT)
}

/// The change of acceptance; for a rendered file, what custom templates change in it.
fn diff_within(change: &AcceptedChange, context: usize) -> Vec<String> {
    fn text(file: Option<&AcceptedFile>) -> &str {
        file.map_or("", |file| &file.text)
    }
    fn built_in(file: &AcceptedFile) -> &str {
        file.built_in.as_deref().unwrap_or_default()
    }
    match (&change.before, &change.after) {
        (_, Some(after)) if has_built_in(after) => {
            review::diff(built_in(after), &after.text, context)
        }
        (Some(before), None) if has_built_in(before) => {
            review::diff(&before.text, built_in(before), context)
        }
        (before, after) => review::diff(text(before.as_ref()), text(after.as_ref()), context),
    }
}

fn has_built_in(file: &AcceptedFile) -> bool {
    file.built_in.is_some()
}

/// The shown part of a long text: the first and last lines, so that a long beginning cannot hide the end.
pub(super) struct Excerpt {
    /// The first lines.
    pub(super) head: Vec<String>,
    /// The number of lines between them.
    pub(super) left_out: usize,
    /// The last lines.
    pub(super) tail: Vec<String>,
}

impl Excerpt {
    /// Selects at most [`MOST_LINES`] lines whose output by `write` fits into `room` bytes.
    pub(super) fn new(lines: &[String], room: usize, write: impl Fn(&str) -> String) -> Self {
        let mut lines_left = MOST_LINES;
        let mut room = room;
        let mut head = take(lines.iter(), &write, (MOST_LINES / 2, room / 2));
        lines_left -= head.len();
        room -= size(&head);
        let rest = &lines[head.len()..];
        let mut tail = take(rest.iter().rev(), &write, (lines_left, room));
        lines_left -= tail.len();
        room -= size(&tail);
        let rest = &rest[..rest.len() - tail.len()];
        let more = take(rest.iter(), &write, (lines_left, room));
        let left_out = rest.len() - more.len();
        head.extend(more);
        tail.reverse();
        Self {
            head,
            left_out,
            tail,
        }
    }

    /// The number of bytes shown.
    pub(super) fn size(&self) -> usize {
        size(&self.head) + size(&self.tail)
    }
}

fn size(lines: &[String]) -> usize {
    lines.iter().map(String::len).sum()
}

fn take<'a>(
    lines: impl Iterator<Item = &'a String>,
    write: impl Fn(&str) -> String,
    (most, mut room): (usize, usize),
) -> Vec<String> {
    let shown = lines.take(most).map(|line| write(&cut(line)));
    let fitting = shown.take_while(|line| {
        let fits = line.len() <= room;
        room = room.saturating_sub(line.len());
        fits
    });
    fitting.collect()
}

/// A line; if it is too long, only its first and last characters, with the number of those between.
fn cut(line: &str) -> Cow<'_, str> {
    let number = line.chars().count();
    if number <= MOST_CHARACTERS {
        return Cow::Borrowed(line);
    }
    let half = MOST_CHARACTERS / 2;
    let head: String = line.chars().take(half).collect();
    let tail: String = line.chars().skip(number - half).collect();
    let left_out = number - 2 * half;
    Cow::Owned(format!("{head} … {left_out} characters left out … {tail}"))
}

#[derive(Default)]
struct Groups {
    all: Vec<Group>,
    known: HashMap<(String, Vec<String>), usize>,
}

impl Groups {
    /// Adds a file to those with the same key. The first one is shown.
    fn add(&mut self, path: String, key: (String, Vec<String>), diff: Vec<String>) {
        match self.known.get(&key) {
            Some(index) => {
                let group = &mut self.all[*index];
                group.number += 1;
                if group.paths.len() < MOST_PATHS {
                    group.paths.push(path);
                }
                group.behind = match group.number - group.paths.len() {
                    0 => ": each".to_owned(),
                    further => format!(" and {} more: each", plural(further, "file")),
                };
            }
            None => {
                let says = key.0.clone();
                self.known.insert(key, self.all.len());
                self.all.push(Group {
                    number: 1,
                    paths: vec![path],
                    behind: String::new(),
                    says,
                    diff,
                });
            }
        }
    }
}
