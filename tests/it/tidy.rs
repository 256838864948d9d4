//! Rules of the repository that a compiler does not check.

use std::fs;
use std::path::{Path, PathBuf};

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
