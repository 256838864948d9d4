//! Files that are rendered, or were: texts by path.

use std::collections::{BTreeMap, btree_map};
use std::ops::{Bound, Index};
use std::sync::Arc;

use camino::Utf8Path;

/// The lock's file name: what a render writes beside its files.
pub const LOCK: &str = "landgrant.lock";

/// The folder in which a render has its new files, the old ones and its journal, until all are in their places.
pub const STAGING: &str = ".landgrant-render";

/// Texts by path. Paths are relative, with forward slashes, and in the order of their bytes: comparing them part by part
/// takes far longer. Files with the same text can share it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileSet(BTreeMap<String, Arc<str>>);

impl FileSet {
    /// No files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file, or gives it another text; tells the text that it had.
    pub fn insert(
        &mut self,
        path: impl Into<String>,
        text: impl Into<Arc<str>>,
    ) -> Option<Arc<str>> {
        self.0.insert(path.into(), text.into())
    }

    /// Takes a file away, and tells its text.
    pub fn remove(&mut self, path: impl AsRef<str>) -> Option<Arc<str>> {
        self.0.remove(path.as_ref())
    }

    /// The text of a file.
    pub fn get(&self, path: impl AsRef<str>) -> Option<&str> {
        self.0.get(path.as_ref()).map(|text| &**text)
    }

    /// Whether a file of this path is there.
    pub fn contains_key(&self, path: impl AsRef<str>) -> bool {
        self.0.contains_key(path.as_ref())
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The paths, sorted.
    pub fn keys(&self) -> impl Iterator<Item = &Utf8Path> {
        self.0.keys().map(|path| Utf8Path::new(path.as_str()))
    }

    /// The files, sorted by path.
    pub fn iter(&self) -> Iter<'_> {
        Iter(self.0.iter())
    }

    /// The files in a folder, those of its folders among them, sorted by path.
    pub fn below<'a>(&'a self, folder: &Utf8Path) -> impl Iterator<Item = (&'a Utf8Path, &'a str)> {
        let start = match folder.as_str() {
            "" => String::new(),
            folder => format!("{folder}/"),
        };
        let from = (Bound::Included(start.as_str()), Bound::Unbounded);
        self.0
            .range::<str, _>(from)
            .map(|(path, text)| (Utf8Path::new(path.as_str()), &**text))
            .take_while(move |(path, _)| path.as_str().starts_with(&start))
    }

    /// Adds files, and gives others of the same paths their texts.
    pub fn extend(&mut self, other: FileSet) {
        self.0.extend(other.0);
    }

    /// Keeps the files that fit.
    pub fn retain(&mut self, mut keep: impl FnMut(&Utf8Path, &str) -> bool) {
        self.0
            .retain(|path, text| keep(Utf8Path::new(path.as_str()), text));
    }
}

/// The files of a [`FileSet`], sorted by path.
#[derive(Debug, Clone)]
pub struct Iter<'a>(btree_map::Iter<'a, String, Arc<str>>);

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a Utf8Path, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let (path, text) = self.0.next()?;
        Some((Utf8Path::new(path.as_str()), text))
    }
}

impl<'a> IntoIterator for &'a FileSet {
    type Item = (&'a Utf8Path, &'a str);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<P: Into<String>, T: Into<Arc<str>>> FromIterator<(P, T)> for FileSet {
    fn from_iter<I: IntoIterator<Item = (P, T)>>(files: I) -> Self {
        let files = files.into_iter();
        Self(
            files
                .map(|(path, text)| (path.into(), text.into()))
                .collect(),
        )
    }
}

impl<P: AsRef<str> + ?Sized> Index<&P> for FileSet {
    type Output = str;

    fn index(&self, path: &P) -> &str {
        &self.0[path.as_ref()]
    }
}
