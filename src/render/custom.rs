//! Templates of the user's own: in place of those in the binary, parts of them, and further files.
//!
//! What a template is, its name tells. One that has a name of [`super::TEMPLATES`] stands in its place. One below `files/` makes
//! a file of its own. Any other is a part, and one of the user's templates includes it.

use std::collections::{BTreeMap, BTreeSet};

use super::syntax::Syntax;
use super::templates::FILES;
use crate::diag::{FileId, Span};
use crate::plan::Plan;

/// What stands for a target's account in the path of a file that each target has.
pub(super) const ACCOUNT: &str = "{account}";

/// Templates of the user's own, by name; none for most users.
#[derive(Debug, Clone, Default)]
pub struct Custom {
    templates: BTreeMap<String, Own>,
}

/// A template of the user's own.
#[derive(Debug, Clone)]
struct Own {
    file: FileId,
    text: String,
}

impl FromIterator<(String, FileId, String)> for Custom {
    fn from_iter<I: IntoIterator<Item = (String, FileId, String)>>(templates: I) -> Self {
        let templates = templates.into_iter();
        Self {
            templates: templates
                .map(|(name, file, text)| (name, Own { file, text }))
                .collect(),
        }
    }
}

impl Custom {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.templates.is_empty()
    }

    /// The names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.templates.keys().map(String::as_str)
    }

    /// The names with their texts, sorted.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        let templates = self.templates.iter();
        templates.map(|(name, own)| (name.as_str(), own.text.as_str()))
    }

    /// Whether there is one of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.templates.contains_key(name)
    }

    /// The templates that make files of the user's own, each with the path that it has there.
    pub(super) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.names()
            .filter_map(|name| Some((name, name.strip_prefix(FILES)?)))
    }

    /// The paths of the files of the user's own, with `{account}` where each target has one.
    pub fn added_paths(&self) -> impl Iterator<Item = &str> {
        self.files().map(|(_, path)| path)
    }

    /// The paths of all files of the user's own.
    pub fn added(&self, plan: &Plan) -> BTreeSet<String> {
        let mut added = BTreeSet::new();
        for (_, path) in self.files() {
            if path.contains(ACCOUNT) {
                let targets = plan.targets.iter();
                added.extend(targets.map(|target| path.replace(ACCOUNT, target.account.as_str())));
            } else {
                added.insert(path.to_owned());
            }
        }
        added
    }

    /// A place in a template; its first line where none is known.
    pub(super) fn span(&self, name: &str, range: Option<std::ops::Range<usize>>) -> Option<Span> {
        let own = self.templates.get(name)?;
        let first = own.text.lines().next().map_or(0, str::len);
        let range = range
            .filter(|range| own.text.get(range.clone()).is_some())
            .unwrap_or(0..first);
        Some(Span {
            file: own.file,
            start: range.start,
            end: range.end,
        })
    }

    /// The text of a template.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.templates.get(name).map(|own| own.text.as_str())
    }

    /// The template to look at first where what a template made is wrong: itself, or a part that it may include.
    pub(super) fn suspect(&self, template: &str) -> Option<&str> {
        let itself = self.templates.get_key_value(template);
        let part = || {
            let alike =
                |name: &&String| Syntax::from_file_name(name) == Syntax::from_file_name(template);
            let parts = self.templates.keys().filter(alike);
            parts
                .map(String::as_str)
                .find(|name| !name.starts_with(FILES))
        };
        itself.map(|(name, _)| name.as_str()).or_else(part)
    }
}
