//! Security scanners over rendered files.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use landgrant::model::Site;
use serde::Deserialize;

use crate::case::Case;
use crate::tools::{self, Missing};

/// The Python of a virtual environment that holds the packages of `tests/conformance/requirements-scanners.txt`.
pub(crate) fn python() -> Result<PathBuf, Missing> {
    static FOUND: OnceLock<Result<PathBuf, Missing>> = OnceLock::new();
    FOUND
        .get_or_init(|| tools::make_environment("requirements-scanners.txt", "scanners-venv"))
        .clone()
}

/// A package with the JSON Schema of SARIF 2.1.0.
const SARIF_SCHEMA: &str = "@microsoft/jest-sarif@1.0.0-beta.0";

/// What checkov says of one resource: the check, the file below the folder, the resource.
pub(crate) type Finding = (String, String, String);

/// What checkov says of a folder.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    pub(crate) passed: BTreeSet<Finding>,
    pub(crate) failed: BTreeSet<Finding>,
    /// What a marker makes it pass over.
    pub(crate) skipped: BTreeSet<Finding>,
}

#[derive(Debug, Deserialize)]
struct Report {
    results: Results,
}

#[derive(Debug, Deserialize)]
struct Results {
    passed_checks: Vec<Check>,
    failed_checks: Vec<Check>,
    skipped_checks: Vec<Check>,
}

#[derive(Debug, Deserialize)]
struct Check {
    check_id: String,
    file_path: String,
    resource: String,
}

impl Scan {
    /// The checks that failed.
    pub(crate) fn failed_checks(&self) -> BTreeSet<&str> {
        self.failed.iter().map(|(id, _, _)| id.as_str()).collect()
    }

    /// The checks that a marker makes it pass over.
    pub(crate) fn skipped_checks(&self) -> BTreeSet<&str> {
        self.skipped.iter().map(|(id, _, _)| id.as_str()).collect()
    }
}

/// Runs checkov over the Terraform and the CloudFormation of a folder.
pub(crate) fn checkov(python: &Path, folder: &Path, home: &Path) -> Scan {
    let output = Command::new(python)
        .args(["-m", "checkov.main"])
        .args(["--framework", "terraform", "cloudformation"])
        .args(["--skip-download", "--output", "json", "--soft-fail"])
        .arg("--directory")
        .arg(folder)
        .env("HOME", home)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let begin = text.find(['{', '[']).unwrap_or_default();
    // One report, or one for each format.
    let reports = serde_json::from_str(&text[begin..])
        .or_else(|_| serde_json::from_str(&text[begin..]).map(|report: Report| vec![report]));
    let reports: Vec<Report> = reports.unwrap_or_else(|error| {
        panic!("{error}: {text}{}", String::from_utf8_lossy(&output.stderr))
    });
    let mut scan = Scan::default();
    for Report { results } in reports {
        for (checks, into) in [
            (results.passed_checks, &mut scan.passed),
            (results.failed_checks, &mut scan.failed),
            (results.skipped_checks, &mut scan.skipped),
        ] {
            let findings = checks.into_iter();
            into.extend(findings.map(|check| (check.check_id, check.file_path, check.resource)));
        }
    }
    scan
}

/// Takes checkov's markers out of every file of a folder, and gives how many there were.
pub(crate) fn take_markers(folder: &Path) -> usize {
    let mut taken = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            taken += take_markers(&path);
        } else {
            let text = std::fs::read_to_string(&path).unwrap();
            let is_marker = |line: &&str| line.trim_start().starts_with("# checkov:skip=");
            let markers = text.lines().filter(is_marker).count();
            if markers > 0 {
                let rest = text.lines().filter(|line| !is_marker(line));
                let rest: String = rest.map(|line| format!("{line}\n")).collect();
                std::fs::write(&path, rest).unwrap();
            }
            taken += markers;
        }
    }
    taken
}

/// The checks of checkov in the rows of a table of `docs/scanners.md`, by the heading above it.
pub(crate) fn documented(heading: &str) -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/scanners.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (_, section) = text.split_once(&format!("## {heading}\n")).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let rows = section
        .lines()
        .filter(|line| line.starts_with("| checkov |"));
    let cells = rows.flat_map(|row| row.split('|').nth(2).unwrap().split(','));
    cells
        .map(|cell| cell.trim().trim_matches('`').to_owned())
        .collect()
}

/// What parliament finds in the permissions of every role of a case.
pub(crate) fn parliament(python: &Path, case: &Case) -> Vec<String> {
    let documents: Vec<serde_json::Value> = case
        .plan
        .targets
        .iter()
        .flat_map(|target| {
            let site = Site {
                partition: case.plan.partition,
                account: &target.account,
            };
            let role = &case.plan.roles[target.role];
            role.permissions
                .iter()
                .map(move |policy| policy.document.to_json(site))
        })
        .collect();
    assert!(!documents.is_empty());
    let mut child = Command::new(python)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/parliament_findings.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let text = serde_json::to_vec(&documents).unwrap();
    child.stdin.take().unwrap().write_all(&text).unwrap();
    let output = child.wait_with_output().unwrap();
    let found: Vec<Vec<String>> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found.len(), documents.len());
    found.concat()
}

/// Checks SARIF against the schema of the standard, as an npm package has it, and gives the faults.
pub(crate) fn sarif_faults(python: &Path, log: &Path, home: &Path) -> Result<String, Missing> {
    let fetched = Command::new("npm")
        .args(["pack", "--silent", SARIF_SCHEMA])
        .current_dir(home)
        .output();
    let package = match fetched {
        Ok(output) if output.status.success() => {
            String::from_utf8_lossy(&output.stdout).trim().to_owned()
        }
        _ => {
            return Err(Missing {
                what: format!("npm cannot fetch {SARIF_SCHEMA}"),
                install: "install Node.js; it has to run once, with the npm registry in reach"
                    .to_owned(),
            });
        }
    };
    let output = Command::new(python)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/sarif_faults.py"))
        .arg(home.join(package))
        .arg(log)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
