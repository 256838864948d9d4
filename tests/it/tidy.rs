//! Rules of the repository that a compiler does not check.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use regex_lite::Regex;

/// What each part of the source may use of the others. The flow is one way: load, resolve, plan, render, write.
const LAYERS: &[(&str, &[&str])] = &[
    ("limits.rs", &[]),
    ("diag", &["diag", "limits"]),
    ("model", &["model", "diag"]),
    ("cfn", &["cfn", "limits"]),
    ("open.rs", &[]),
    ("parts.rs", &[]),
    ("hcl", &["hcl", "model", "limits"]),
    (
        "load",
        &["load", "model", "diag", "limits", "open", "parts", "cfn"],
    ),
    ("reference", &["reference", "load", "model", "diag"]),
    (
        "resolve",
        &["resolve", "reference", "load", "model", "diag", "limits"],
    ),
    ("plan", &["plan", "resolve", "model", "diag"]),
    (
        "lint",
        &["lint", "plan", "resolve", "reference", "model", "diag"],
    ),
    (
        "render",
        &["render", "plan", "model", "diag", "cfn", "parts", "limits"],
    ),
    (
        "readback",
        &["readback", "render", "plan", "model", "cfn", "hcl"],
    ),
    ("review", &["review", "lint", "plan", "reference", "model"]),
    (
        "adopt",
        &["adopt", "readback", "render", "plan", "load", "model"],
    ),
    (
        "audit",
        &[
            "audit",
            "adopt",
            "review",
            "readback",
            "resolve",
            "plan",
            "reference",
            "load",
            "model",
            "diag",
        ],
    ),
    (
        "kit",
        &[
            "kit",
            "lint",
            "render",
            "plan",
            "resolve",
            "reference",
            "load",
            "model",
            "diag",
        ],
    ),
    ("write", &["write", "model", "open", "parts"]),
];

/// The longest source file. One that grows beyond has become two things.
const MOST_LINES: usize = 600;

#[test]
fn the_flow_is_one_way() {
    let mut faults = Vec::new();
    for (layer, allowed) in LAYERS {
        let files = rust_files(&Path::new("src").join(layer));
        assert!(!files.is_empty(), "there is no {layer}");
        for file in files {
            let text = fs::read_to_string(&file).unwrap();
            for used in text.split("crate::").skip(1) {
                let name: String = used
                    .chars()
                    .take_while(|c| c.is_ascii_lowercase() || *c == '_')
                    .collect();
                if text.contains("pub use crate::") {
                    faults.push(format!(
                        "{}: what is of another layer is used from there, and not handed on",
                        file.display()
                    ));
                }
                if !allowed.contains(&name.as_str()) {
                    faults.push(format!(
                        "{}: {layer} may not use crate::{name}",
                        file.display()
                    ));
                }
            }
        }
    }
    let known = LAYERS
        .iter()
        .map(|(layer, _)| *layer)
        .chain(["cli", "lib.rs", "main.rs"]);
    let known: Vec<&str> = known.collect();
    for entry in fs::read_dir("src").unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(known.contains(&name.as_str()), "src/{name} has no layer");
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Files that may use each other in a circle, since what they read is recursive: the template of a stack set has resources
/// and makes stacks, which have templates.
const RECURSIVE: &[&str] = &[
    "readback/cloudformation",
    "readback/intrinsic",
    "readback/resource",
    "readback/stack_set",
];

#[test]
fn no_files_use_each_other_in_a_circle() {
    let root = Path::new("src");
    let files: BTreeMap<String, String> = rust_files(root)
        .into_iter()
        .map(|file| {
            let name = file.strip_prefix(root).unwrap().with_extension("");
            let name = name.to_str().unwrap().replace('\\', "/");
            let text = fs::read_to_string(&file).unwrap();
            (name, code(&text))
        })
        .collect();
    let uses: BTreeMap<&str, BTreeSet<&str>> = files
        .iter()
        .map(|(name, text)| (name.as_str(), used(name, text, &files)))
        .collect();
    assert!(uses.values().map(BTreeSet::len).sum::<usize>() > 500);
    let leads_back = |name: &&str| {
        let mut reached = BTreeSet::new();
        let mut open: Vec<&str> = uses[name].iter().copied().collect();
        while let Some(next) = open.pop() {
            if reached.insert(next) {
                open.extend(&uses[next]);
            }
        }
        reached.contains(name)
    };
    let circle: Vec<&str> = uses.keys().copied().filter(leads_back).collect();
    assert_eq!(circle, RECURSIVE);
}

/// A file without its comments and its tests.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]").next().unwrap();
    let lines = text.lines().map(|line| line.split("//").next().unwrap());
    lines.collect::<Vec<_>>().join("\n")
}

/// The files that a file names, as far as a path leads. A folder's `mod.rs` is left out: it holds what its files share.
fn used<'a>(name: &str, text: &str, files: &'a BTreeMap<String, String>) -> BTreeSet<&'a str> {
    let paths =
        Regex::new(r"\b((?:super::)+|crate::)(\w+(?:::\w+)*)?(?:::)?(?:\{([^;]*?)\};)?").unwrap();
    let first_word = Regex::new(r"\w+(?:::\w+)*").unwrap();
    let mut found = BTreeSet::new();
    for path in paths.captures_iter(text) {
        let ups = path[1].matches("super").count();
        let parts: Vec<&str> = name.split('/').collect();
        let base = match ups {
            0 => Vec::new(),
            ups => parts[..parts.len() - ups.min(parts.len())].to_vec(),
        };
        let head = path.get(2).map_or("", |head| head.as_str());
        let tails = path.get(3).map_or("", |tails| tails.as_str());
        let tails = first_word.find_iter(tails).map(|tail| tail.as_str());
        for tail in tails.chain([""]) {
            let mut path = base.clone();
            path.extend([head, tail].iter().flat_map(|part| part.split("::")));
            path.retain(|part| !part.is_empty());
            while !path.is_empty() {
                if let Some((known, _)) = files.get_key_value(&path.join("/")) {
                    if known != name {
                        found.insert(known.as_str());
                    }
                    break;
                }
                path.pop();
            }
        }
    }
    found
}

#[test]
fn only_load_write_and_the_terminal_touch_the_outside() {
    let outside = [
        "std::fs",
        "std::env",
        "std::process",
        "std::net",
        "SystemTime",
        "Instant::now",
    ];
    let allowed = [
        "src/open.rs",
        "src/load/attributes.rs",
        "src/load/files.rs",
        "src/load/revision.rs",
        "src/load/tracked.rs",
        "src/write/",
        "src/cli/outcome.rs",
        "src/main.rs",
    ];
    for file in rust_files(Path::new("src")) {
        let name = file.display().to_string();
        if allowed.iter().any(|allowed| name.starts_with(allowed)) {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        for word in outside {
            assert!(!text.contains(word), "{name} uses {word}");
        }
    }
}

#[test]
fn every_file_says_what_it_is_and_is_one_thing() {
    for file in rust_files(Path::new("src"))
        .iter()
        .chain(&rust_files(Path::new("tests")))
    {
        let text = fs::read_to_string(file).unwrap();
        assert!(
            text.starts_with("//!"),
            "{} does not open with its purpose",
            file.display()
        );
        if file.starts_with("src") {
            let lines = text.lines().count();
            assert!(lines <= MOST_LINES, "{} has {lines} lines", file.display());
        }
    }
}

#[test]
fn every_catalog_in_the_folder_is_built_in() {
    let mut found = Vec::new();
    for product in fs::read_dir("catalogs").unwrap() {
        let product = product.unwrap().path();
        for version in fs::read_dir(&product).unwrap() {
            let version = version.unwrap().path();
            assert_eq!(
                version.extension().unwrap(),
                "yaml",
                "{}",
                version.display()
            );
            found.push(format!(
                "{}@{}",
                product.file_name().unwrap().to_str().unwrap(),
                version.file_stem().unwrap().to_str().unwrap()
            ));
        }
    }
    found.sort();
    let built_in: Vec<String> = landgrant::load::builtin::BUILTIN_CATALOGS
        .iter()
        .map(|catalog| format!("{}@{}", catalog.product, catalog.version))
        .collect();
    assert_eq!(found, built_in);
}

#[test]
fn every_template_compiles_and_is_in_the_table() {
    landgrant::render::check_templates().unwrap();
    // The scripts of a kit are the same in every kit, and no templates.
    let mut files: Vec<String> = files_below(Path::new("templates"))
        .into_iter()
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "tera")
        })
        .map(|path| {
            path.strip_prefix("templates")
                .unwrap()
                .to_str()
                .unwrap()
                .trim_end_matches(".tera")
                .to_owned()
        })
        .collect();
    files.sort();
    let mut table: Vec<&str> = landgrant::render::TEMPLATES
        .iter()
        .map(|template| template.name)
        .collect();
    table.sort_unstable();
    assert_eq!(files, table);
}

#[test]
fn links_between_documents_lead_somewhere() {
    let documents = files_below(Path::new("docs"))
        .into_iter()
        .chain(["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(PathBuf::from))
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    let mut links = 0;
    for document in documents {
        let text = fs::read_to_string(&document).unwrap();
        for target in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let path = target.split('#').next().unwrap_or_default();
            if path.is_empty() || path.contains("://") {
                continue;
            }
            let full = document.parent().unwrap().join(path);
            assert!(full.exists(), "{} links to {target}", document.display());
            links += 1;
        }
    }
    assert!(links > 5, "only {links} links were looked at");
}

fn rust_files(path: &Path) -> Vec<PathBuf> {
    let mut files = files_below(path);
    files.retain(|file| file.extension().is_some_and(|extension| extension == "rs"));
    files
}

/// Every file below a folder, or the file itself.
fn files_below(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path).unwrap() {
        let entry = entry.unwrap().path();
        if entry.is_dir() {
            files.extend(files_below(&entry));
        } else {
            files.push(entry);
        }
    }
    files.sort();
    files
}
