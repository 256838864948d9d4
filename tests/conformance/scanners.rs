//! Security scanners over rendered files.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use landgrant::model::Site;
use serde::Deserialize;

use crate::case::Case;
use crate::tools::Missing;

/// checkov's checks for grants on `*` that could be narrower: writing without constraints, and restrictable actions.
const CHECKS: &str = "CKV_AWS_290,CKV_AWS_355";

/// A package with the JSON Schema of SARIF 2.1.0.
const SARIF_SCHEMA: &str = "@microsoft/jest-sarif@1.0.0-beta.0";

/// What checkov says of a folder.
#[derive(Debug, Deserialize)]
pub(crate) struct Scan {
    results: Results,
}

#[derive(Debug, Deserialize)]
struct Results {
    passed_checks: Vec<Check>,
    failed_checks: Vec<Check>,
}

#[derive(Debug, Deserialize)]
struct Check {
    check_id: String,
    resource: String,
}

impl Scan {
    /// Checks that failed on the roles, each with its resource.
    pub(crate) fn failed_on_roles(&self) -> Vec<String> {
        of_roles(&self.results.failed_checks)
    }

    /// Checks that passed on the roles.
    pub(crate) fn passed_on_roles(&self) -> Vec<String> {
        of_roles(&self.results.passed_checks)
    }
}

fn of_roles(checks: &[Check]) -> Vec<String> {
    checks
        .iter()
        .filter(|check| check.resource.contains("aws_iam_role_policy."))
        .map(|check| format!("{} {}", check.check_id, check.resource))
        .collect()
}

/// Runs checkov over the Terraform of a case.
pub(crate) fn checkov(python: &Path, case: &Case, home: &Path) -> Scan {
    let output = Command::new(python)
        .args(["-m", "checkov.main", "--framework", "terraform"])
        .args(["--skip-download", "--output", "json", "--soft-fail"])
        .args(["--check", CHECKS, "--directory"])
        .arg(case.folder.join("terraform"))
        .env("HOME", home)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let begin = text.find('{').unwrap_or_default();
    serde_json::from_str(&text[begin..]).unwrap_or_else(|error| {
        panic!("{error}: {text}{}", String::from_utf8_lossy(&output.stderr))
    })
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
