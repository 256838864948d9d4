//! Every folder under `fixtures/errors` holds a mistake and, in `expected.txt`, what the user who made it is told.
//!
//! A folder holds one or more deployments and, where the mistake is in a catalog, a folder `catalogs`; without one, the
//! catalogs of `fixtures/catalogs` are there. A `landgrant.lock` is what an earlier render left. `UPDATE_GOLDEN=1 cargo test --test it errors::` rewrites the expectations.

use std::collections::BTreeSet;
use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use landgrant::lint::Levels;
use landgrant::plan::{Placement, Renamed};
use landgrant::{diag, load, plan, render, resolve, write};
use regex_lite::Regex;

const CASES: &str = "fixtures/errors";
/// An empty walk must not pass.
const FEWEST_CASES: usize = 100;

#[test]
fn every_mistake_is_reported_as_expected() {
    let update = std::env::var("UPDATE_GOLDEN").is_ok_and(|value| value == "1");
    assert!(
        !(update && std::env::var("CI").is_ok()),
        "UPDATE_GOLDEN is refused in CI: review the change and commit it"
    );
    let cases = folders(Utf8Path::new(CASES));
    assert!(cases.len() >= FEWEST_CASES, "only {} cases", cases.len());
    let mut failures = Vec::new();
    for case in &cases {
        let expectation = case.join("expected.txt");
        let Some(told) = report(case) else {
            failures.push(format!("{case}: no deployment; delete the folder"));
            continue;
        };
        if !told.starts_with("error") && !told.contains("\nerror") {
            failures.push(format!("{case}: no error is reported:\n{told}"));
        }
        if update {
            fs::write(&expectation, &told).unwrap();
            continue;
        }
        let expected = fs::read_to_string(&expectation).unwrap_or_default();
        if expected.replace("\r\n", "\n") != told {
            let diff = similar::TextDiff::from_lines(&expected, &told);
            failures.push(format!(
                "{case}:\n{}",
                diff.unified_diff().header("expected", "told")
            ));
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {} cases fail; if they should, run UPDATE_GOLDEN=1 cargo test --test it errors::\n\n{}",
        failures.len(),
        cases.len(),
        failures.join("\n\n")
    );
}

/// Every code that a stage can report has a case that shows it. The command line's own codes have cases of their own.
#[test]
fn every_code_has_a_case() {
    let reported =
        Regex::new(r#"(?:Diagnostic::(?:error|warning|note)|sink\.take|take)\(\s*"([a-z0-9-]+)""#)
            .unwrap();
    let mut codes = BTreeSet::new();
    for source in files(Utf8Path::new("src")) {
        if source.starts_with("src/cli") {
            continue;
        }
        let text = fs::read_to_string(&source).unwrap();
        codes.extend(
            reported
                .captures_iter(&text)
                .map(|captures| captures[1].to_owned()),
        );
    }
    assert!(codes.len() > 30, "the search for codes is broken");
    let mut shown: String = folders(Utf8Path::new(CASES))
        .iter()
        .filter_map(|case| report(case))
        .collect();
    // Faults of an overlay of the service reference are shown by `explain`, whose texts are golden too.
    for explained in files(Utf8Path::new("fixtures/explain")) {
        shown += &fs::read_to_string(explained).unwrap();
    }
    // Faults of what was saved of accounts are shown by `adopt` and `audit`, those of templates by a render.
    for cases in ["fixtures/adopt", "fixtures/audit", "fixtures/templates"] {
        for case in folders(Utf8Path::new(cases)) {
            shown += &fs::read_to_string(case.join("expected.txt")).unwrap();
        }
    }
    let silent: Vec<&String> = codes
        .iter()
        .filter(|code| !shown.contains(&format!("[{code}]")))
        .collect();
    assert!(silent.is_empty(), "no case shows {silent:?}");
}

/// What `landgrant render` and `landgrant kit` tell about the deployments of a case, without styles, with paths from the case's folder.
fn report(case: &Utf8Path) -> Option<String> {
    let deployments: Vec<Utf8PathBuf> = files(case)
        .into_iter()
        .filter(|file| file.parent() == Some(case) && file.extension() == Some("yaml"))
        .collect();
    if deployments.is_empty() {
        return None;
    }
    let own = case.join("catalogs");
    let catalogs = if own.is_dir() {
        own
    } else {
        Utf8PathBuf::from("fixtures/catalogs")
    };
    let styled = match load::load(&deployments, Some(&catalogs)) {
        Err(error) => format!("error: {error}\n"),
        Ok((mut loaded, mut diagnostics)) => {
            for deployment in &loaded.deployments {
                match load::load_kit(&mut loaded.sources, deployment) {
                    Ok((_, faults)) => diagnostics.extend(faults),
                    Err(error) => return Some(format!("error: {error}\n")),
                }
            }
            let (resolved, faults) =
                resolve::resolve(&loaded, landgrant::reference::Reference::embedded());
            diagnostics.extend(faults);
            let mut planned = Vec::new();
            for resolved in &resolved {
                diagnostics.extend(Levels::of_deployment(&resolved.lint).1);
                let (plan, faults) = plan::plan(resolved, &Placement::new());
                diagnostics.extend(faults);
                let before = write::last(&resolved.name, case).unwrap().names;
                if let Some(plan) = &plan {
                    for names in &before {
                        let renamed = plan::renamed(resolved, plan, names);
                        diagnostics.extend(renamed.iter().filter_map(Renamed::refuse));
                    }
                }
                planned.extend(plan.map(|plan| (resolved, plan)));
            }
            let planned: Vec<_> = planned.iter().map(|(one, plan)| (*one, plan)).collect();
            diagnostics.extend(plan::refuse_shared(&planned));
            for (resolved, plan) in planned {
                let files = render::render(plan).unwrap();
                let templates = render::templates(plan, &files);
                diagnostics.extend(plan::refuse_long(resolved, plan, &templates));
            }
            diag::sort(&mut diagnostics);
            diag::sum_up(&loaded.sources, &mut diagnostics);
            diag::render_human(&loaded.sources, &diagnostics)
        }
    };
    let plain = anstream::adapter::strip_str(&styled).to_string();
    Some(plain.replace(&format!("{case}/"), ""))
}

fn folders(folder: &Utf8Path) -> Vec<Utf8PathBuf> {
    let mut folders: Vec<Utf8PathBuf> = entries(folder);
    folders.retain(|entry| entry.is_dir());
    folders
}

fn files(folder: &Utf8Path) -> Vec<Utf8PathBuf> {
    let mut files = Vec::new();
    for entry in entries(folder) {
        if entry.is_dir() {
            files.extend(self::files(&entry));
        } else {
            files.push(entry);
        }
    }
    files
}

/// What a folder holds, sorted, with `/` between the parts on every system.
fn entries(folder: &Utf8Path) -> Vec<Utf8PathBuf> {
    let mut entries: Vec<Utf8PathBuf> = folder
        .read_dir_utf8()
        .unwrap()
        .map(|entry| Utf8PathBuf::from(format!("{folder}/{}", entry.unwrap().file_name())))
        .collect();
    entries.sort();
    entries
}
