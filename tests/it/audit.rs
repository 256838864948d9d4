//! Every folder under `fixtures/audit` holds what was saved of accounts, and what `landgrant audit` says of it.
//!
//! A folder holds what differs from `as-planned`: snapshots by account, `credentials.csv`, a `landgrant.yaml`; or a
//! `plan.json` of Terraform, which stands for itself. `expected.txt` is what is printed, with the exit code.
//! `UPDATE_GOLDEN=1 cargo test --test it audit::` rewrites the expectations.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use base64::Engine as _;
use landgrant::audit::RULES;
use serde_json::{Value, json};

use crate::support::{golden, tamperings};

const CASES: &str = "fixtures/audit";
const AS_PLANNED: &str = "fixtures/audit/as-planned";
const HUB: &str = "111111111111";
const ACCOUNTS: [&str; 3] = [HUB, "222222222222", "333333333333"];
/// An empty walk must not pass.
const FEWEST_CASES: usize = 25;
/// Cases that are printed in every form.
const IN_EVERY_FORM: [&str; 3] = ["as-planned", "accepted", "many"];

#[test]
fn every_case_is_audited_as_expected() {
    let cases = golden::folders(CASES);
    assert!(cases.len() >= FEWEST_CASES, "only {} cases", cases.len());
    let mut faults = Vec::new();
    for case in &cases {
        let output = audit(&arguments(case, "human"));
        let told = told(&output);
        let code = output.status.code().unwrap();
        if code < 2 {
            // An ARN is not broken.
            let wide = |line: &&str| line.chars().count() > 80 && !line.contains("arn:");
            if let Some(line) = told.lines().find(wide) {
                faults.push(format!("{}: wider than 80: {line}", case.display()));
            }
        }
        let told = format!("{told}\nexit code {code}\n");
        faults.extend(golden::compare_text(&told, &case.join("expected.txt")));
        let name = case.file_name().unwrap().to_str().unwrap();
        if IN_EVERY_FORM.contains(&name) {
            for (format, extension) in [("markdown", "md"), ("json", "json"), ("sarif", "sarif")] {
                let output = audit(&arguments(case, format));
                assert_eq!(output.status.code(), Some(code));
                let expected = case.join(format!("expected.{extension}"));
                let text = String::from_utf8(output.stdout).unwrap();
                faults.extend(golden::compare_text(&text, &expected));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn each_tampering_is_found_and_nothing_else() {
    let as_planned = findings(&arguments(Path::new(AS_PLANNED), "json"), 0);
    assert_eq!(as_planned, [] as [String; 0]);
    for (case, rule) in tamperings::TAMPERINGS {
        let found = findings(&arguments(&Path::new(CASES).join(case), "json"), 1);
        assert_eq!(found, [rule], "{case}");
    }
}

/// The name of each role of `trusts` and `trusted-tokens` begins with what its trust policy does: `In` lets in whom the
/// planned roles do, `May` does so or not, which cannot be known, and `Out` does not.
#[test]
fn each_way_in_is_found() {
    for (case, fewest) in [("trusts", 50), ("trusted-tokens", 30)] {
        let case = Path::new(CASES).join(case);
        let mut names = Vec::new();
        for account in [HUB, "222222222222"] {
            let Ok(text) = fs::read_to_string(case.join(format!("{account}.json"))) else {
                continue;
            };
            let snapshot: Value = serde_json::from_str(&text).unwrap();
            let roles = snapshot["RoleDetailList"].as_array().unwrap();
            let roles = roles
                .iter()
                .map(|role| role["RoleName"].as_str().unwrap().to_owned());
            names.extend(roles.filter(|name| name != "MicetroAccess"));
        }
        assert!(names.len() > fewest);
        let report = report(&arguments(&case, "json"), 1);
        let said = |name: &String| {
            let findings = report["findings"].as_array().unwrap().iter();
            let mut of_role = findings.filter(|finding| finding["name"] == name.as_str());
            let said = of_role.next().map(|finding| {
                assert_eq!(finding["rule"], "foreign-role");
                finding["message"].as_str().unwrap().to_owned()
            });
            assert!(of_role.next().is_none());
            said
        };
        for name in &names {
            let found = said(name);
            let as_named = match &found {
                None => name.starts_with("Out"),
                Some(said) if said.starts_with(&format!("role {name} may trust ")) => {
                    assert!(said.contains(", depending on "), "{name}: {said}");
                    name.starts_with("May")
                }
                Some(_) => name.starts_with("In"),
            };
            assert!(as_named, "{name}: {found:?}");
        }
    }
}

#[test]
fn the_document_lists_every_rule() {
    let document = fs::read_to_string("docs/audit.md").unwrap();
    let listed: Vec<&str> = document
        .lines()
        .filter(|line| line.starts_with("| `"))
        .collect();
    let rows: Vec<String> = RULES
        .iter()
        .map(|rule| {
            let level = format!("{:?}", rule.severity).to_lowercase();
            format!("| `{}` | {level} | {} |", rule.code, rule.summary)
        })
        .collect();
    let first = listed.iter().position(|line| *line == rows[0]).unwrap();
    assert_eq!(listed[first..], rows);
}

/// Each kind of finding is in some expectation.
#[test]
fn every_rule_has_a_case() {
    let mut told = String::new();
    for case in golden::folders(CASES) {
        told += &fs::read_to_string(case.join("expected.txt")).unwrap();
    }
    let without: Vec<&str> = RULES
        .iter()
        .map(|rule| rule.code)
        .filter(|code| !told.contains(&format!("[{code}]")))
        .collect();
    // What is missing is shown by tests of their own.
    assert_eq!(without, ["no-snapshot", "unknown-key-age"]);
}

#[test]
fn snapshots_come_in_a_folder_too() {
    let folder = tempfile::tempdir().unwrap();
    for account in ACCOUNTS {
        let file = format!("{account}.json");
        fs::copy(Path::new(AS_PLANNED).join(&file), folder.path().join(&file)).unwrap();
    }
    let snapshots = folder.path().to_str().unwrap().to_owned();
    let run = |more: &[&str]| {
        let given = ["--snapshot", &snapshots, "--partial"];
        audit(&[&given[..], more].concat())
    };
    // What is none of the deployment's is passed over.
    fs::write(folder.path().join("444444444444.json"), "nonsense").unwrap();
    fs::write(folder.path().join("notes.txt"), "nonsense").unwrap();
    assert_eq!(run(&[]).status.code(), Some(0));
    // Once more by name is once too often.
    let again = format!("{HUB}={AS_PLANNED}/{HUB}.json");
    let output = run(&["--snapshot", &again]);
    assert_eq!(output.status.code(), Some(2));
    assert!(told(&output).contains("two snapshots of account 111111111111"));
    fs::remove_file(folder.path().join("222222222222.json")).unwrap();
    let output = run(&[]);
    assert_eq!(output.status.code(), Some(0));
    assert!(
        told(&output).contains("note[no-snapshot]"),
        "{}",
        told(&output)
    );
    assert!(told(&output).contains("Everything that was looked at is as planned"));
}

#[test]
fn what_was_not_looked_at_is_a_finding_unless_asked_for() {
    let hub = format!("{HUB}={AS_PLANNED}/{HUB}.json");
    assert_eq!(
        findings(&["--snapshot", &hub, "--format", "json"], 1),
        ["no-snapshot", "no-snapshot", "unknown-key-age"]
    );
    let partial = ["--snapshot", &hub, "--format", "json", "--partial"];
    let report = report(&partial, 0);
    assert_eq!(report["clean"], true);
    assert_eq!(report["summary"]["notes"], 3);
    assert_eq!(report["accounts"][1]["state"], "no-snapshot");
}

#[test]
fn a_credential_report_is_what_the_cli_prints_or_the_csv_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let csv = fs::read_to_string(Path::new(CASES).join("old-key/credentials.csv")).unwrap();
    let content = base64::engine::general_purpose::STANDARD.encode(&csv);
    let printed = json!({"Content": content, "ReportFormat": "text/csv", "GeneratedTime": "2026-11-24T08:00:00+00:00"});
    let file = folder.path().join("credentials.json");
    let with_report = |text: &str, today: &str| {
        fs::write(&file, text).unwrap();
        let mut arguments = snapshots_of(Path::new(AS_PLANNED));
        let report = format!("{HUB}={}", file.display());
        let more = ["--credential-report", &report, "--today", today];
        arguments.extend(more.map(str::to_owned));
        let output = audit(&arguments);
        // Lines are broken wherever they are full.
        let said = told(&output)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        (output.status.code().unwrap(), said)
    };
    let text = printed.to_string();
    let (code, said) = with_report(&text, "2026-11-24");
    assert_eq!(code, 1);
    assert!(
        said.contains("access key 1, which is 91 days old"),
        "{said}"
    );
    assert!(!said.contains("access key 2"), "{said}");
    assert_eq!(with_report(&csv, "2026-11-24").0, 1);
    // On its ninetieth day it is allowed.
    assert_eq!(with_report(&text, "2026-11-23").0, 0);
    for (broken, what) in [
        (
            text.replace(&content, "%%%"),
            "its Content is not text in Base64",
        ),
        ("{}".to_owned(), "it is not what the AWS CLI prints"),
        (
            csv.replace("true,2026-08-25T23:59:59+00:00", "true,N/A"),
            "how old access key 1",
        ),
        (
            csv.replace(",false,N/A,false,N/A\n", "\n"),
            "another number of fields",
        ),
        (csv.lines().skip(1).collect(), "it has no column arn"),
    ] {
        let (code, said) = with_report(&broken, "2026-11-24");
        assert_eq!(code, 2, "{said}");
        assert!(said.contains(what), "{said}");
    }
    // A user that is not in the report, such as one that was made after it.
    let without: String = csv
        .lines()
        .filter(|line| !line.starts_with("svc"))
        .map(|line| format!("{line}\n"))
        .collect();
    let (code, said) = with_report(&without, "2026-11-24");
    assert_eq!(code, 1);
    assert!(said.contains("does not have the user"), "{said}");
}

#[test]
fn command_lines_that_make_no_sense_are_refused() {
    let hub = format!("{HUB}={AS_PLANNED}/{HUB}.json");
    let plan = format!("{CASES}/terraform-as-planned/plan.json");
    let credentials = format!("{AS_PLANNED}/credentials.csv");
    let of = |account: &str, file: &str| format!("{account}={file}");
    for (given, said) in [
        (vec![], "required"),
        (
            vec!["--snapshot".to_owned(), "nowhere".to_owned()],
            "nowhere is not there",
        ),
        (
            vec!["--snapshot".to_owned(), "src".to_owned()],
            "there is no snapshot in src",
        ),
        (
            vec!["--snapshot".to_owned(), of("222222222222", "nowhere.json")],
            "cannot read the snapshot nowhere.json",
        ),
        (
            vec!["--snapshot".to_owned(), of("444444444444", "x.json")],
            "444444444444 is not an account of the deployment acme",
        ),
        (
            vec![
                "--snapshot".to_owned(),
                hub.clone(),
                "--terraform-plan".to_owned(),
                plan.clone(),
            ],
            "cannot be used with",
        ),
        (
            vec![
                "--snapshot".to_owned(),
                hub.clone(),
                "--credential-report".to_owned(),
                of("222222222222", &credentials),
            ],
            "no user of the deployment is in 222222222222",
        ),
        (
            vec![
                "--terraform-plan".to_owned(),
                plan.clone(),
                "--account".to_owned(),
                "222222222222".to_owned(),
            ],
            "is a plan of account 111111111111, not of 222222222222",
        ),
        (
            vec![
                "--snapshot".to_owned(),
                hub,
                "--account".to_owned(),
                HUB.to_owned(),
            ],
            "cannot be used with",
        ),
    ] {
        let output = audit(&given);
        assert_eq!(output.status.code(), Some(2), "{given:?}");
        let told = told(&output);
        assert!(told.contains(said), "{given:?}: {told}");
    }
}

#[test]
fn a_plan_says_its_account_or_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plan.json");
    let path = file.to_str().unwrap();
    let plan = fs::read_to_string(Path::new(CASES).join("terraform-as-planned/plan.json")).unwrap();
    let mut plan: Value = serde_json::from_str(&plan).unwrap();
    let mut with_allowed = |allowed: Option<Value>, variable: Value| {
        let provider = &mut plan["configuration"]["provider_config"]["aws"]["expressions"];
        let provider = provider.as_object_mut().unwrap();
        provider.remove("allowed_account_ids");
        if let Some(allowed) = allowed {
            provider.insert("allowed_account_ids".to_owned(), allowed);
        }
        plan["variables"]["account"] = json!({"value": variable});
        fs::write(&file, plan.to_string()).unwrap();
    };
    let run = |more: &[&str]| {
        let output = audit(&[&["--terraform-plan", path], more].concat());
        (output.status.code().unwrap(), told(&output))
    };
    with_allowed(None, Value::Null);
    let (code, said) = run(&[]);
    assert_eq!(code, 2);
    assert!(said.contains("add --account"), "{said}");
    assert_eq!(run(&["--account", HUB]).0, 0);
    // What an expression takes beside what it refers to, a plan does not tell.
    for variable in [json!(HUB), json!([HUB])] {
        with_allowed(Some(json!({"references": ["var.account"]})), variable);
        assert_eq!(run(&[]).0, 2);
        assert_eq!(run(&["--account", HUB]).0, 0);
    }
    with_allowed(
        Some(json!({"constant_value": [HUB, "222222222222"]})),
        Value::Null,
    );
    // Of the other nothing is planned, and it can be left out.
    assert_eq!(run(&[]).0, 1);
    assert_eq!(run(&["--account", HUB]).0, 0);
    // An alias whose provider says nothing, as in a plan of OpenTofu.
    with_allowed(Some(json!({"references": ["each.key"]})), Value::Null);
    plan_with_second_provider(&file);
    let (code, said) = run(&[]);
    assert_eq!(code, 1);
    assert!(
        said.contains("does not say which account it is in"),
        "{said}"
    );
    // A saved plan that nobody has shown is an archive.
    fs::write(&file, b"PK\x03\x04\xff\xfe").unwrap();
    let (code, said) = run(&[]);
    assert_eq!(code, 2);
    assert!(said.contains("terraform show -json"), "{said}");
}

#[test]
fn hundreds_of_targets_with_one_fault_are_told_in_a_few_lines() {
    let folder = tempfile::tempdir().unwrap();
    let mut deployment = fs::read_to_string(format!("{CASES}/landgrant.yaml")).unwrap();
    let (before, after) = deployment.split_once("targets:\n").unwrap();
    let tags = &after[after.find("tags:").unwrap()..];
    let mut targets = String::new();
    let snapshot = fs::read_to_string(format!("{CASES}/extra-action/222222222222.json")).unwrap();
    for number in 0..300 {
        let account = format!("2222222{number:05}");
        targets.push_str(&format!(
            "  - {{account: \"{account}\", name: t{number}}}\n"
        ));
        let text = snapshot.replace("222222222222", &account);
        fs::write(folder.path().join(format!("{account}.json")), text).unwrap();
    }
    deployment = format!("{before}targets:\n{targets}{tags}outputs: [terraform]\n");
    let file = folder.path().join("landgrant.yaml");
    fs::write(&file, deployment).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_landgrant"))
        .args([
            "audit",
            file.to_str().unwrap(),
            "--partial",
            "--out",
            "nowhere",
            "--snapshot",
        ])
        .arg(folder.path())
        .output()
        .unwrap();
    let told = told(&output);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(
        told.contains("the same in 222222200001, 222222200002, 222222200003 and 296"),
        "{told}"
    );
    assert!(told.lines().count() < 60, "{told}");
}

/// Gives a plan another provider, which says its account while the first does not.
fn plan_with_second_provider(file: &Path) {
    let mut plan: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    plan["configuration"]["provider_config"]["aws.second"] = json!({
        "name": "aws",
        "expressions": {"allowed_account_ids": {"constant_value": [HUB]}},
    });
    fs::write(file, plan.to_string()).unwrap();
}

/// What a case is audited with.
fn arguments(case: &Path, format: &str) -> Vec<String> {
    let own = case.join("landgrant.yaml");
    let mut arguments = Vec::new();
    if own.is_file() {
        arguments.push(slashed(&own));
    }
    let plan = case.join("plan.json");
    if plan.is_file() {
        arguments.extend(["--terraform-plan".to_owned(), slashed(&plan)]);
    } else {
        arguments.extend(snapshots_of(case));
        let credentials = of_case(case, "credentials.csv");
        let report = format!("{HUB}={}", slashed(&credentials));
        arguments.extend(["--credential-report".to_owned(), report]);
    }
    arguments.extend(["--format", format, "--today", "2026-11-24"].map(str::to_owned));
    arguments
}

fn snapshots_of(case: &Path) -> Vec<String> {
    ACCOUNTS
        .iter()
        .flat_map(|account| {
            let file = of_case(case, &format!("{account}.json"));
            [
                "--snapshot".to_owned(),
                format!("{account}={}", slashed(&file)),
            ]
        })
        .collect()
}

/// A file of the case, or that of the deployment as it was planned.
fn of_case(case: &Path, name: &str) -> PathBuf {
    let own = case.join(name);
    match own.is_file() {
        true => own,
        false => Path::new(AS_PLANNED).join(name),
    }
}

fn slashed(path: &Path) -> String {
    path.to_str().unwrap().replace('\\', "/")
}

/// Runs an audit of the deployment of the fixtures, unless the arguments name another.
fn audit(arguments: &[impl AsRef<str>]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_landgrant"));
    command.args(["audit", "--out", "nowhere"]);
    let arguments: Vec<&str> = arguments.iter().map(AsRef::as_ref).collect();
    if !arguments
        .first()
        .is_some_and(|first| first.ends_with(".yaml"))
    {
        command.arg(format!("{CASES}/landgrant.yaml"));
    }
    command.args(arguments).output().unwrap()
}

fn told(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

fn report(arguments: &[impl AsRef<str>], code: i32) -> Value {
    let output = audit(arguments);
    assert_eq!(output.status.code(), Some(code), "{}", told(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The rules of all findings.
fn findings(arguments: &[impl AsRef<str>], code: i32) -> Vec<String> {
    let report = report(arguments, code);
    let findings = report["findings"].as_array().unwrap();
    findings
        .iter()
        .map(|finding| finding["rule"].as_str().unwrap().to_owned())
        .collect()
}
