//! Golden files: every deployment under `fixtures/render` is rendered by the built binary and compared with its
//! `expected` folder, both ways. `UPDATE_GOLDEN=1 cargo test --test it golden::` rewrites them; then read the difference as
//! the reviewer who has to approve it. What the command line prints is compared with `fixtures/cli` and
//! `fixtures/catalog-show` in the same way.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::golden;
use crate::support::golden::{compare_folder, compare_text};

/// Fewer cases than this mean that the walk went wrong.
const FEWEST_CASES: usize = 12;

/// A name, the arguments, the exit code.
const CASES: &[(&str, &[&str], i32)] = &[
    ("help", &["--help"], 0),
    ("help-render", &["render", "--help"], 0),
    ("help-adopt", &["adopt", "--help"], 0),
    ("help-audit", &["audit", "--help"], 0),
    ("help-catalog", &["catalog", "--help"], 0),
    ("help-init", &["init", "--help"], 0),
    ("help-kit", &["kit", "--help"], 0),
    ("help-explain", &["explain", "--help"], 0),
    ("help-lint", &["lint", "--help"], 0),
    ("explain-rules", &["explain"], 0),
    ("explain-rule", &["explain", "escalation-path"], 0),
    (
        "explain-rule-json",
        &["explain", "expired-allow", "--format", "json"],
        0,
    ),
    ("explain-check-rule", &["explain", "edited-output"], 0),
    ("audit-of-nothing", &["audit"], 2),
    ("explain-audit-rule", &["explain", "foreign-member"], 0),
    ("explain-unknown-rule", &["explain", "escalation-paths"], 2),
    ("version", &["--version"], 0),
    ("version-verbose", &["--version", "--verbose"], 0),
    ("verbose-alone", &["--verbose"], 2),
    ("no-command", &[], 2),
    ("unknown-command", &["rendr"], 2),
    ("catalog-list", &["catalog", "list"], 0),
    (
        "catalog-list-own",
        &["catalog", "list", "--catalogs", "fixtures/catalogs"],
        0,
    ),
    (
        "catalog-show-own",
        &[
            "catalog",
            "show",
            "acme-archive@2026.1",
            "--catalogs",
            "fixtures/catalogs",
        ],
        0,
    ),
    (
        "catalog-show-vendor",
        &[
            "catalog",
            "show",
            "acme-monitor@1",
            "--catalogs",
            "fixtures/catalogs",
        ],
        0,
    ),
    (
        "catalog-show-vendor-json",
        &[
            "catalog",
            "show",
            "acme-monitor@1",
            "--catalogs",
            "fixtures/catalogs",
            "--format",
            "json",
        ],
        0,
    ),
    (
        "catalog-show-prerequisites",
        &[
            "catalog",
            "show",
            "acme-collector@1",
            "--catalogs",
            "fixtures/catalogs",
        ],
        0,
    ),
    (
        "catalog-show-prerequisites-json",
        &[
            "catalog",
            "show",
            "acme-collector@1",
            "--catalogs",
            "fixtures/catalogs",
            "--format",
            "json",
        ],
        0,
    ),
    (
        "catalog-show-unknown",
        &["catalog", "show", "micetro@10.3"],
        2,
    ),
    (
        "catalog-show-no-version",
        &["catalog", "show", "micetro"],
        2,
    ),
    (
        "catalogs-folder-missing",
        &["catalog", "list", "--catalogs", "nowhere"],
        2,
    ),
    ("help-templates", &["templates", "--help"], 0),
    ("help-templates-eject", &["templates", "eject", "--help"], 0),
    ("templates-list", &["templates", "list"], 0),
    (
        "templates-context",
        &["templates", "context", "terraform/target/main.tf"],
        0,
    ),
    (
        "templates-context-unknown",
        &["templates", "context", "terraform/target/mian.tf"],
        2,
    ),
    (
        "templates-folder-missing",
        &[
            "render",
            "fixtures/render/micetro-two-targets/landgrant.yaml",
            "--templates",
            "nowhere",
        ],
        2,
    ),
    ("render-file-missing", &["render", "nowhere.yaml"], 2),
    (
        "targets-matrix-single-root",
        &[
            "targets",
            "fixtures/render/shape-single-root/landgrant.yaml",
            "--format",
            "matrix",
        ],
        2,
    ),
    (
        "targets-matrix-stackset",
        &[
            "targets",
            "fixtures/render/shape-stackset/landgrant.yaml",
            "--format",
            "matrix",
        ],
        2,
    ),
    (
        "targets-matrix-tofu",
        &[
            "targets",
            "fixtures/render/shape-tofu/landgrant.yaml",
            "--format",
            "matrix",
        ],
        2,
    ),
];

#[test]
fn every_deployment_renders_to_its_expected_files() {
    let cases = golden::folders("fixtures/render");
    assert!(cases.len() >= FEWEST_CASES, "only {} cases", cases.len());
    let mut faults = Vec::new();
    for case in &cases {
        let out = tempfile::tempdir().unwrap();
        let out = out.path().join("out");
        let summary = render(case, &out);
        // The lock repeats what the files say already.
        assert!(out.join("landgrant.lock").is_file(), "{}", case.display());
        fs::remove_file(out.join("landgrant.lock")).unwrap();
        faults.extend(compare_folder(&out, &case.join("expected")));
        faults.extend(compare_text(&summary, &case.join("summary.txt")));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_second_render_writes_nothing() {
    for case in golden::folders("fixtures/render") {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        render(&case, &out);
        let summary = render(&case, &out);
        assert!(summary.contains(" unchanged\n"), "{summary}");
        for mark in [" new", " changed", " deleted"] {
            let files = summary
                .lines()
                .find(|line| line.contains("files: "))
                .unwrap();
            assert!(!files.contains(mark), "{summary}");
        }
    }
}

#[test]
fn every_built_in_catalog_shows_as_expected() {
    for id in ["micetro@10.2", "micetro@11.0", "multitool@1"] {
        for (format, extension) in [("human", "txt"), ("json", "json")] {
            let shown = landgrant(&["catalog", "show", id, "--format", format]);
            let expected = format!("fixtures/catalog-show/{}.{extension}", id.replace('@', "-"));
            let faults = compare_text(&shown, Path::new(&expected));
            assert!(faults.is_empty(), "{}", faults.join("\n"));
        }
    }
}

#[test]
fn the_schemas_in_docs_are_those_of_the_code() {
    for format in ["deployment", "catalog", "account-list", "reference-overlay"] {
        let schema = landgrant(&["schema", format]);
        let faults = compare_text(
            &schema,
            Path::new(&format!("docs/schema/{format}.schema.json")),
        );
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
    let contexts = landgrant(&["templates", "context"]);
    let faults = compare_text(&contexts, Path::new("docs/schema/templates.schema.json"));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn texts_and_exit_codes_are_as_expected() {
    let mut faults = Vec::new();
    for (name, arguments, code) in CASES {
        let output = Command::new(env!("CARGO_BIN_EXE_landgrant"))
            .args(*arguments)
            .output()
            .unwrap();
        if output.status.code() != Some(*code) {
            faults.push(format!(
                "{name}: exit code {:?}, not {code}",
                output.status.code()
            ));
        }
        let text = format!(
            "{}{}",
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap()
        );
        faults.extend(compare_text(
            &text,
            Path::new(&format!("fixtures/cli/{name}.txt")),
        ));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn no_text_is_left_without_its_case() {
    for entry in fs::read_dir("fixtures/cli").unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            CASES
                .iter()
                .any(|(case, _, _)| name == format!("{case}.txt")),
            "{name}"
        );
    }
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_landgrant"))
        .args(["schema", "deployment"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert!(child.wait().unwrap().success());
}

/// Renders a case and gives the summary, with the folder's name replaced.
fn render(case: &Path, out: &Path) -> String {
    let summary = landgrant(&[
        "render",
        case.join("landgrant.yaml").to_str().unwrap(),
        "--catalogs",
        "fixtures/catalogs",
        "--out",
        out.to_str().unwrap(),
    ]);
    summary.replace(out.to_str().unwrap(), "OUT")
}

fn landgrant(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_landgrant"))
        .args(arguments)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{arguments:?}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}
