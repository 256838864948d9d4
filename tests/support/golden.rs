//! Comparison with files in the repository, and their rewriting on request.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Whether expected files are to be rewritten. Never in CI: there a difference is a failure.
fn updating() -> bool {
    let asked = env::var_os("UPDATE_GOLDEN").is_some();
    assert!(
        !(asked && env::var_os("CI").is_some()),
        "UPDATE_GOLDEN is refused in CI"
    );
    asked
}

/// The folders in a folder, sorted.
pub(crate) fn folders(parent: &str) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = fs::read_dir(parent)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders
}

/// The differences between a folder and the expected one: missing, extra and changed files.
pub(crate) fn compare_folder(actual: &Path, expected: &Path) -> Vec<String> {
    let actual = files(actual);
    if updating() {
        if expected.exists() {
            fs::remove_dir_all(expected).unwrap();
        }
        for (path, text) in &actual {
            let path = expected.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }
    let wanted = files(expected);
    let mut faults = Vec::new();
    for (path, text) in &wanted {
        let path_there = expected.join(path);
        match actual.get(path) {
            None => faults.push(format!("{} was not rendered", path_there.display())),
            Some(found) => faults.extend(difference(text, found, &path_there)),
        }
    }
    for path in actual.keys().filter(|path| !wanted.contains_key(*path)) {
        faults.push(format!("{} is not expected", expected.join(path).display()));
    }
    faults
}

/// The difference between a text and an expected file.
pub(crate) fn compare_text(actual: &str, expected: &Path) -> Vec<String> {
    if updating() {
        fs::create_dir_all(expected.parent().unwrap()).unwrap();
        fs::write(expected, actual).unwrap();
    }
    match fs::read_to_string(expected) {
        Ok(text) => difference(&text, actual, expected).into_iter().collect(),
        Err(error) => vec![format!("{}: {error}", expected.display())],
    }
}

fn difference(expected: &str, actual: &str, path: &Path) -> Option<String> {
    (expected != actual).then(|| {
        let diff = similar::TextDiff::from_lines(expected, actual);
        let name = path.display().to_string();
        diff.unified_diff().header(&name, "now").to_string()
    })
}

/// Every file below a folder, by relative path.
pub(crate) fn files(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(current) = folders.pop() {
        let Ok(entries) = fs::read_dir(&current) else {
            continue;
        };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let relative = path.strip_prefix(folder).unwrap().to_owned();
                found.insert(relative, fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}
