//! Lint reads a deployment, and review reads rendered files: both find the same ways to more permissions.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// A deployment whose role passes roles, and makes and calls functions of Lambda.
const CASE: &str = "fixtures/lint/escalation-path/fires";

fn run(folder: &Path, arguments: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_landgrant"))
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{arguments:?}: {said}"))
}

/// What each finding of a list says of ways.
fn ways(findings: &Value, rule: &str) -> BTreeSet<String> {
    let findings = findings.as_array().unwrap().iter();
    let ways = findings.filter(|finding| finding[rule] == "escalation-path");
    let messages = ways.map(|finding| finding["message"].as_str().unwrap());
    // Only lint says how far they reach.
    let way = |message: &str| message.split(" (").next().unwrap_or_default().to_owned();
    messages.map(way).collect()
}

#[test]
fn lint_and_review_find_the_same_ways() {
    let catalog = fs::read_to_string(format!("{CASE}/catalogs/tool/1.yaml")).unwrap();
    // This policy of AWS passes every role, whatever the catalog's own entry is limited to.
    let everything = "- managed: IAMFullAccess";
    let limited = catalog.replace(everything, "- managed: IAMReadOnlyAccess");
    assert_ne!(catalog, limited);
    for (operator, value, by_lambda) in [
        ("StringEquals", "lambda.amazonaws.com", true),
        ("StringEquals", "ec2.amazonaws.com", false),
        ("StringLike", "'*.amazonaws.com'", true),
        ("StringNotEquals", "ec2.amazonaws.com", true),
        ("StringNotEquals", "lambda.amazonaws.com", false),
        ("StringNotLike", "'lambda.*'", false),
        ("StringEqualsIfExists", "ec2.amazonaws.com", false),
        ("StringEqualsIgnoreCase", "LAMBDA.amazonaws.com", true),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        fs::create_dir_all(folder.join("catalogs/tool")).unwrap();
        fs::copy(
            format!("{CASE}/landgrant.yaml"),
            folder.join("landgrant.yaml"),
        )
        .unwrap();
        let entry = format!(
            "- {{action: iam:PassRole, resource: \"*\", conditions: {{{operator}: {{\"iam:PassedToService\": {value}}}}}}}"
        );
        let guarded = limited.replace("- iam:PassRole", &entry);
        fs::write(folder.join("catalogs/tool/1.yaml"), guarded).unwrap();
        let lint = run(
            folder,
            &["lint", "--catalogs", "catalogs", "--format", "json"],
        );
        let rendered = Command::new(env!("CARGO_BIN_EXE_landgrant"))
            .current_dir(folder)
            .args(["render", "--catalogs", "catalogs"])
            .output()
            .unwrap();
        assert!(rendered.status.success());
        let review = run(
            folder,
            &[
                "review",
                "nothing",
                "rendered",
                "--catalogs",
                "catalogs",
                "--format",
                "json",
            ],
        );
        let linted = ways(&lint["findings"], "code");
        let reviewed = ways(&review["findings"]["appeared"], "rule");
        assert_eq!(linted, reviewed, "{operator} {value}");
        let found = linted.iter().any(|way| way.contains("Lambda function"));
        assert_eq!(found, by_lambda, "{operator} {value}");
    }
}
