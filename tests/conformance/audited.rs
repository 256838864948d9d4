//! What was deployed is tampered with: `landgrant audit` finds each change, and nothing else.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use camino::Utf8PathBuf;
use serde_json::Value;

use crate::case::{self, Case, Root};
use crate::moto::{self, Moto};
use crate::tamperings::TAMPERINGS;

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

/// Tampers with the accounts, and asserts what is found each time.
pub(crate) fn assert_each_is_found(moto: &Moto, case: &Case) {
    let folder = case.folder.join("tampered");
    let mut arguments = vec![folder.as_os_str()];
    arguments.extend(
        case.roots
            .iter()
            .map(|root| std::ffi::OsStr::new(&root.account)),
    );
    let days: BTreeMap<String, String> = moto::call(moto, "tamper.py", arguments);
    assert_eq!(days.len(), TAMPERINGS.len() + 2);
    let hub = &case.roots[0].account;
    for (name, day) in &days {
        let rule = TAMPERINGS.iter().find(|(known, _)| known == name);
        let expected: Vec<&str> = rule.map(|(_, rule)| *rule).into_iter().collect();
        // Either form of a credential report will do.
        let report = match name.len() % 2 {
            0 => "credentials.csv",
            _ => "credentials.json",
        };
        let folder = folder.join(name);
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
    let planned = ["as-planned", "restored"];
    assert!(planned.iter().all(|name| days.contains_key(*name)));
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
fn audit(arguments: &[&std::ffi::OsStr]) -> Vec<String> {
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
