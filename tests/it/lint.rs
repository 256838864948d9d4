//! Every rule finds what it is for, and nothing where it has nothing to find; the reports on the two vendor documents.
//!
//! `fixtures/lint/RULE/fires` and `.../quiet` hold a deployment with its catalogs, and what `landgrant lint` says of it
//! on one day. `UPDATE_GOLDEN=1 cargo test --test it lint::` rewrites the latter.

use landgrant::model::LintLevel;
use std::fs;
use std::path::Path;
use std::process::Command;

use landgrant::lint::{FAULTS, RULES};
use serde_json::Value;

use crate::support::golden::compare_text;

/// The day on which the fixtures are looked at.
const TODAY: &str = "2026-11-24";

/// Runs `landgrant lint` in a folder; what it says, and its exit code.
fn lint(folder: &Path, day: &str, arguments: &[&str]) -> (String, i32) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_landgrant"));
    command
        .current_dir(folder)
        .args(["lint", "--today", day])
        .args(arguments);
    if folder.join("catalogs").is_dir() {
        command.args(["--catalogs", "catalogs"]);
    }
    if folder.join("second.yaml").is_file() {
        command.args(["landgrant.yaml", "second.yaml"]);
    }
    let output = command.output().unwrap();
    let text =
        String::from_utf8(output.stderr).unwrap() + &String::from_utf8(output.stdout).unwrap();
    (text, output.status.code().unwrap())
}

fn codes(folder: &Path, day: &str, arguments: &[&str]) -> Vec<String> {
    let (text, _) = lint(folder, day, &[&["--format", "json"], arguments].concat());
    let found: Value = serde_json::from_str(&text).unwrap();
    let found = found["findings"].as_array().unwrap();
    let open = found.iter().filter(|finding| finding["accepted"].is_null());
    open.map(|finding| finding["code"].as_str().unwrap().to_owned())
        .collect()
}

/// Every code that has a page.
fn looked_up() -> Vec<&'static str> {
    let faults = FAULTS.iter().map(|fault| fault.code);
    RULES.iter().map(|rule| rule.code).chain(faults).collect()
}

#[test]
fn every_rule_fires_and_is_quiet() {
    let mut faults = Vec::new();
    for code in looked_up() {
        for kind in ["fires", "quiet"] {
            let folder = Path::new("fixtures/lint").join(code).join(kind);
            // The data of a release is never half a year old on the day of its own fixtures.
            let day = match (code, kind) {
                ("stale-reference", "fires") => "2027-11-24",
                _ => TODAY,
            };
            let fires = codes(&folder, day, &[]).iter().any(|found| found == code);
            if fires != (kind == "fires") {
                faults.push(format!("{code} in {kind}: {fires}"));
            }
            let (text, exit) = lint(&folder, day, &[]);
            assert!(text.lines().all(|line| !line.ends_with(' ')), "{text}");
            let text = format!("{text}exit code {exit}\n");
            faults.extend(compare_text(&text, &folder.join("expected.txt")));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_fixture_is_of_a_rule() {
    for entry in fs::read_dir("fixtures/lint").unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(looked_up().contains(&name.as_str()), "{name}");
    }
}

#[test]
fn rules_are_sorted_and_described() {
    let codes: Vec<&str> = RULES.iter().map(|rule| rule.code).collect();
    assert!(codes.is_sorted());
    let faults = FAULTS.iter().map(|fault| (fault.code, fault.page));
    let rules = RULES.iter().map(|rule| (rule.code, rule.page));
    for (code, page) in rules.chain(faults) {
        assert!(page.starts_with(&format!("# {code}\n")));
        for heading in [
            "What it does",
            "Why it matters",
            "Example",
            "Use instead",
            "How to allow",
        ] {
            assert!(
                page.contains(&format!("\n## {heading}\n\n")),
                "{code} {heading}"
            );
        }
    }
}

#[test]
fn the_reports_on_the_vendor_documents_are_as_expected() {
    let mut faults = Vec::new();
    for name in ["micetro", "multitool"] {
        let folder = Path::new("fixtures/reports").join(name);
        for (format, extension) in [
            ("human", "txt"),
            ("json", "json"),
            ("sarif", "sarif"),
            ("github", "github"),
        ] {
            let (text, _) = lint(&folder, TODAY, &["--format", format]);
            let expected = folder.join(format!("expected.{extension}"));
            faults.extend(compare_text(&text, &expected));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn multitool_raises_what_is_wrong_with_its_list() {
    let folder = Path::new("fixtures/reports/multitool");
    let (text, code) = lint(folder, TODAY, &["--format", "json"]);
    assert_eq!(code, 1);
    let report: Value = serde_json::from_str(&text).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let of = |code: &str| -> Vec<&Value> {
        let of = findings.iter().filter(|finding| finding["code"] == code);
        of.collect()
    };
    let subjects = |code: &str| -> Vec<&str> {
        of(code)
            .iter()
            .map(|finding| finding["subject"].as_str().unwrap())
            .collect()
    };
    // `apigateway:*` includes 13 listed actions and grants 31 more.
    assert_eq!(of("redundant-action").len(), 13);
    let wildcard = of("wildcard-action")[0]["message"].as_str().unwrap();
    assert!(wildcard.contains("44 actions: 13 that the catalog lists, and 31 more"));
    // All but the 19 that work on `*` alone, and the wildcard.
    assert_eq!(of("unscoped-resource").len(), 75);
    assert_eq!(
        subjects("escalation-path"),
        [
            "iam:CreateAccessKey",
            "iam:PassRole",
            "lambda:UpdateFunctionCode",
            "lambda:UpdateFunctionConfiguration"
        ]
    );
    let passing = of("escalation-path")[1]["message"].as_str().unwrap();
    for action in [
        "InvokeFunction",
        "CreateEventSourceMapping",
        "AddPermission",
    ] {
        assert!(passing.contains(action), "{passing}");
    }
    assert_eq!(subjects("pass-role-without-service"), ["iam:PassRole"]);
    // 12 by name, and the wildcard.
    assert_eq!(of("permissions-management").len(), 13);
    assert_eq!(subjects("deprecated-action"), ["lambda:InvokeAsync"]);
    assert_eq!(subjects("incomplete-role"), ["iam:CreateRole"]);
    assert_eq!(of("other-prefix").len(), 4);
    assert_eq!(
        subjects("missing-dependent-action"),
        ["lambda:CreateFunction"]
    );
    for action in ["iam:CreateAccessKey", "iam:UpdateAccessKey"] {
        assert!(subjects("credential-exposure").contains(&action));
    }
    for action in ["lambda:AddPermission", "lambda:CreateFunctionUrlConfig"] {
        assert!(subjects("public-exposure").contains(&action));
    }
}

#[test]
fn levels_come_from_the_command_line_last() {
    let folder = Path::new("fixtures/lint/deprecated-action/fires");
    for (arguments, exit) in [
        (&[][..], 0),
        (&["-D", "deprecated-action"], 1),
        (&["-D", "warnings"], 1),
        (&["-D", "warnings", "-A", "all"], 0),
        (&["-D", "no-such-rule"], 2),
    ] {
        let (text, code) = lint(folder, TODAY, arguments);
        assert_eq!(code, exit, "{arguments:?}\n{text}");
    }
    assert!(codes(folder, TODAY, &["-A", "all"]).is_empty());
}

#[test]
fn every_place_is_in_a_file_that_the_reader_has() {
    let folder = Path::new("fixtures/reports/multitool");
    let (text, _) = lint(folder, TODAY, &["--format", "sarif"]);
    let log: Value = serde_json::from_str(&text).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert!(results.len() > 100);
    for result in results {
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "landgrant.yaml");
        let said = result["message"]["text"].as_str().unwrap();
        assert!(said.contains("builtin:multitool/1.yaml, line "), "{said}");
    }
}

#[test]
fn the_pages_in_docs_are_those_of_the_code() {
    let faults = FAULTS
        .iter()
        .map(|fault| (fault.code, "always", fault.summary, fault.page));
    let rules = RULES.iter().map(|rule| {
        let level = match rule.level {
            LintLevel::Deny => "deny",
            LintLevel::Warn => "warn",
            LintLevel::Note => "note",
            LintLevel::Allow => "allow",
        };
        (rule.code, level, rule.summary, rule.page)
    });
    let mut pages: Vec<(&str, &str, &str, &str)> = rules.chain(faults).collect();
    pages.sort_unstable();
    let mut index = String::from(
        "# Rules\n\nWhat `landgrant lint` finds. `landgrant explain RULE` prints the same pages; they are made from the code.\n\n\
         | rule | level | finds |\n| --- | --- | --- |\n",
    );
    let mut differences = Vec::new();
    for (code, level, summary, page) in &pages {
        index.push_str(&format!("| [{code}]({code}.md) | {level} | {summary} |\n"));
        let path = format!("docs/rules/{code}.md");
        differences.extend(compare_text(page, Path::new(&path)));
    }
    differences.extend(compare_text(&index, Path::new("docs/rules/README.md")));
    for entry in fs::read_dir("docs/rules").unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let known = pages.iter().any(|(code, ..)| name == format!("{code}.md"));
        assert!(known || name == "README.md", "{name}");
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
