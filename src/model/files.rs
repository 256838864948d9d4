//! Rendered files: texts by path.

use std::collections::{BTreeMap, btree_map};
use std::ops::{Bound, Index};
use std::sync::Arc;

use camino::Utf8Path;

/// The file name of the lock.
pub const LOCK: &str = "landgrant.lock";

/// The folder for new files, old files and the journal during a render, until all files are in place.
pub const STAGING: &str = ".landgrant-render";

/// Texts by path. Paths are relative, with forward slashes, and sorted by bytes, since comparing components is much
/// slower. Files with the same text can share it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileSet(BTreeMap<String, Arc<str>>);

impl FileSet {
    /// No files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds or replaces a file, and returns its previous text.
    pub fn insert(
        &mut self,
        path: impl Into<String>,
        text: impl Into<Arc<str>>,
    ) -> Option<Arc<str>> {
        self.0.insert(path.into(), text.into())
    }

    /// Removes a file, and returns its text.
    pub fn remove(&mut self, path: impl AsRef<str>) -> Option<Arc<str>> {
        self.0.remove(path.as_ref())
    }

    /// The text of a file.
    pub fn get(&self, path: impl AsRef<str>) -> Option<&str> {
        self.0.get(path.as_ref()).map(|text| &**text)
    }

    /// Whether a file with this path exists.
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

    /// The files in a folder and its subfolders, sorted by path.
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

    /// Adds files, and replaces those with the same paths.
    pub fn extend(&mut self, other: FileSet) {
        self.0.extend(other.0);
    }

    /// Keeps the matching files.
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
