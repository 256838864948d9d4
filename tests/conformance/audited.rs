//! What was deployed is tampered with: `landgrant audit` finds each change, and nothing else.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use camino::Utf8PathBuf;
use serde::Deserialize;
use serde_json::Value;

use crate::case::{self, Case, Root};
use crate::moto::{self, Moto};
use crate::tamperings::TAMPERINGS;
use crate::verified::Verified;

/// Renders the deployment of `fixtures/audit`.
pub(crate) fn render(out: &Path) -> Case {
    case::render_file(&deployment(), "audited", out)
}

/// Asserts what the audit finds in what Terraform plans for a root module: the rules, in order.
pub(crate) fn assert_planned(root: &Root, planned: &Value, rules: &[&str]) {
    let file = root.folder.join("planned.json");
    fs::write(&file, planned.to_string()).unwrap();
    let found = audit(&["--terraform-plan".as_ref(), file.as_os_str()]);
    assert_eq!(found, rules, "{planned:#}");
}

/// What `tamper.py` prints.
#[derive(Debug, Deserialize)]
pub(crate) struct Tampered {
    /// The day on which each folder is to be judged.
    days: BTreeMap<String, String>,
    /// What `verify.sh` says.
    pub(crate) verified: BTreeMap<String, Verified>,
}

/// Tampers with the accounts, and saves each time what there is and what `verify.sh` says of it.
pub(crate) fn tamper(moto: &Moto, case: &Case, kit: &Path) -> Tampered {
    let folder = tampered(case);
    let accounts = case.roots.iter().map(|root| OsStr::new(&root.account));
    let folders = [folder.as_os_str(), kit.as_os_str()];
    moto::call(moto, "tamper.py", folders.into_iter().chain(accounts))
}

/// Asserts what is found each time.
pub(crate) fn assert_each_is_found(case: &Case, tampered_with: &Tampered) {
    let days = &tampered_with.days;
    let hub = &case.roots[0].account;
    // What `verify.sh --collect` saved is judged like what was saved without it.
    let more = [
        ("collected-administrator", &["foreign-managed-policy"][..]),
        ("new-policy-version", &["extra-grant", "missing-grant"]),
        ("other-group", &["foreign-group"]),
    ];
    for (name, day) in days {
        let rule = TAMPERINGS.iter().find(|(known, _)| known == name);
        let rules = more.iter().find(|(known, _)| known == name);
        let rules = rules.map(|(_, rules)| *rules).unwrap_or_default();
        let expected: Vec<&str> = rule
            .map(|(_, rule)| rule)
            .into_iter()
            .chain(rules)
            .copied()
            .collect();
        // Either form of a credential report will do; the AWS CLI saves one of them.
        let report = match name.len() % 2 {
            0 if !name.starts_with("collected") => "credentials.csv",
            _ => "credentials.json",
        };
        let folder = tampered(case).join(name);
        let report = format!("{hub}={}", folder.join(report).display());
        let found = audit(&[
            "--snapshot".as_ref(),
            folder.as_os_str(),
            "--credential-report".as_ref(),
            report.as_ref(),
            "--today".as_ref(),
            day.as_ref(),
        ]);
        assert_eq!(found, expected, "{name}");
    }
    // The longest session of a role is in no snapshot.
    let nothing_found = ["as-planned", "collected", "longer-session", "restored"];
    assert!(nothing_found.iter().all(|name| days.contains_key(*name)));
    let folders = TAMPERINGS.len() + more.len() + nothing_found.len();
    assert_eq!(days.len(), folders);
}

fn tampered(case: &Case) -> PathBuf {
    case.folder.join("tampered")
}

/// Edits the rendered role, as somebody does who wants to get on.
pub(crate) fn widen(case: &Case) {
    let module = case.folder.join("terraform/modules/target-role/main.tf");
    let text = fs::read_to_string(&module).unwrap();
    let wide = text.replace(
        "\"route53:ChangeResourceRecordSets\"",
        "\"route53:Change*\"",
    );
    assert_ne!(text, wide);
    fs::write(&module, wide).unwrap();
}

fn deployment() -> Utf8PathBuf {
    case::fixtures().join("audit/landgrant.yaml")
}

/// Runs an audit and gives the rules of what it finds; the exit code must fit.
fn audit(arguments: &[&OsStr]) -> Vec<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_landgrant"))
        .args(["audit", deployment().as_str(), "--format", "json"])
        .args(arguments)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.is_empty(), "{said}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap();
    assert_eq!(
        output.status.code(),
        Some(if findings.is_empty() { 0 } else { 1 })
    );
    findings
        .iter()
        .map(|finding| finding["rule"].as_str().unwrap().to_owned())
        .collect()
}
