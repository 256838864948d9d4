//! One deployment through load, resolve, plan and render, from a fixture or from text.

use landgrant::model::FileSet;
use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use landgrant::diag::{self, Diagnostic, SourceMap};
use landgrant::plan::Plan;
use landgrant::render::Custom;
use landgrant::resolve::Resolved;
use proptest::prop_assert;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};

/// A deployment that went through.
#[derive(Debug)]
pub(crate) struct Built {
    /// What was planned.
    pub(crate) plan: Plan,
    /// What was rendered.
    pub(crate) files: FileSet,
}

/// Takes the deployment at `path` through every stage but the last.
///
/// # Errors
///
/// The diagnostics, where any of them is an error.
pub(crate) fn build(path: &Utf8Path) -> Result<Built, Vec<Diagnostic>> {
    let (planned, diagnostics) = plan(path);
    match planned {
        Some((_, plan)) if !diag::has_errors(&diagnostics) => {
            let files = landgrant::render::render(&plan).expect("a plan renders");
            Ok(Built { plan, files })
        }
        _ => {
            assert!(
                diag::has_errors(&diagnostics),
                "nothing was planned, and no diagnostic says why"
            );
            Err(diagnostics)
        }
    }
}

/// Templates of a user's own, by name, without a fault.
pub(crate) fn custom(templates: &[(&str, &str)]) -> Custom {
    let mut sources = SourceMap::default();
    let (custom, faults) =
        landgrant::render::custom_templates(templates.iter().map(|(name, text)| {
            let file = sources.add(*name, *text);
            ((*name).to_owned(), file, (*text).to_owned())
        }));
    assert!(
        faults.is_empty(),
        "{}",
        diag::render_human(&sources, &faults)
    );
    custom
}

/// Takes the deployment at `path` as far as the plan.
pub(crate) fn plan(path: &Utf8Path) -> (Option<(Resolved, Plan)>, Vec<Diagnostic>) {
    let (loaded, mut diagnostics) =
        landgrant::load::load(&[path.to_owned()], Some(&catalogs())).expect("the files are there");
    let (resolved, faults) =
        landgrant::resolve::resolve(&loaded, landgrant::reference::Reference::embedded());
    diagnostics.extend(faults);
    let planned = resolved.into_iter().next().and_then(|resolved| {
        let (plan, faults) = landgrant::plan::plan(&resolved, &landgrant::plan::Placement::new());
        diagnostics.extend(faults);
        plan.map(|plan| (resolved, plan))
    });
    (planned, diagnostics)
}

/// Like [`build`], from the text of a deployment.
///
/// # Errors
///
/// The diagnostics, where any of them is an error.
pub(crate) fn build_text(text: &str) -> Result<Built, Vec<Diagnostic>> {
    build_with(text, &[])
}

/// Like [`build_text`], with files beside the deployment.
///
/// # Errors
///
/// The diagnostics, where any of them is an error.
pub(crate) fn build_with(text: &str, beside: &[(&str, &str)]) -> Result<Built, Vec<Diagnostic>> {
    let folder = tempfile::tempdir().expect("a folder for the deployment");
    let folder = Utf8Path::from_path(folder.path()).expect("a UTF-8 path");
    for (path, text) in beside {
        let path = folder.join(path);
        let parent = path.parent().expect("it is in the folder");
        fs::create_dir_all(parent).expect("the folder is made");
        fs::write(path, text).expect("the file is written");
    }
    let path = folder.join("landgrant.yaml");
    fs::write(&path, text).expect("the deployment is written");
    build(&path)
}

/// Runs a property with a fixed seed, so that a failure today is a failure tomorrow.
pub(crate) fn runner(cases: u32, seed: u64) -> TestRunner {
    TestRunner::new(Config {
        cases,
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        max_shrink_iters: 50,
        ..Config::default()
    })
}

/// Every old line is still there, in its order. A comma at the end of a line of JSON belongs to the next item.
///
/// # Errors
///
/// The line that is not.
pub(crate) fn only_more_lines(
    path: &Utf8Path,
    before: &str,
    after: &str,
) -> Result<(), TestCaseError> {
    let trim = |line: &str| match path.extension() {
        Some("json") => line.trim_end_matches(',').to_owned(),
        _ => line.to_owned(),
    };
    let mut now = after.lines().map(trim);
    for line in before.lines().map(trim) {
        prop_assert!(
            now.any(|other| other == line),
            "{}: `{}` is gone or moved",
            path,
            line
        );
    }
    Ok(())
}

/// A deployment under `fixtures/render`.
pub(crate) fn fixture(name: &str) -> Built {
    build(&deployment(name)).unwrap_or_else(|faults| panic!("{name} has faults: {faults:#?}"))
}

/// The text of a deployment under `fixtures/render`.
pub(crate) fn fixture_text(name: &str) -> String {
    fs::read_to_string(deployment(name)).expect("the fixture is there")
}

/// The lists of accounts beside a deployment under `fixtures/render`, by path.
pub(crate) fn fixture_lists(name: &str) -> Vec<(String, String)> {
    let case = root().join("fixtures/render").join(name);
    let mut folders = vec![case.join("organization")];
    let mut lists = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in folder.read_dir_utf8().into_iter().flatten() {
            let path = entry.expect("an entry").into_path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let inner = path.strip_prefix(&case).expect("it is in the case");
            let text = fs::read_to_string(&path).expect("the list is there");
            lists.push((inner.to_string(), text));
        }
    }
    lists
}

/// The names of all deployments under `fixtures/render`, sorted.
pub(crate) fn fixture_names() -> Vec<String> {
    let mut names: Vec<String> = root()
        .join("fixtures/render")
        .read_dir_utf8()
        .expect("the fixtures are there")
        .map(|entry| entry.expect("an entry").file_name().to_owned())
        .filter(|name| deployment(name).is_file())
        .collect();
    names.sort();
    names
}

/// Where a deployment under `fixtures/render` is.
pub(crate) fn deployment(name: &str) -> Utf8PathBuf {
    root()
        .join("fixtures/render")
        .join(name)
        .join("landgrant.yaml")
}

fn catalogs() -> Utf8PathBuf {
    root().join("fixtures/catalogs")
}

fn root() -> Utf8PathBuf {
    Utf8PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
