//! The script of a kit that verifies: what it says of accounts that are as planned, and of tampered ones.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use landgrant::kit::verification;
use serde::Deserialize;

use crate::case::Case;
use crate::tamperings::TAMPERINGS;

/// What a run of `verify.sh` gives.
#[derive(Debug, Deserialize)]
pub(crate) struct Verified {
    code: i32,
    /// The lines of its table.
    #[serde(default)]
    rows: Vec<Row>,
    /// What it prints, where it was asked for text.
    #[serde(default)]
    said: String,
}

#[derive(Debug, Deserialize)]
struct Row {
    account: String,
    result: String,
    what: String,
    why: String,
}

/// What `verify.sh` says of each tampering: the result, what it is about, and why. It does not look at access keys: how old
/// they are is the audit's.
const FOUND: [(&str, Option<[&str; 3]>); 15] = [
    (
        "extra-action",
        Some([
            "DIFFERENT",
            "role MicetroAccess: inline policy micetro",
            "not planned: iam:PassRole",
        ]),
    ),
    (
        "removed-policy",
        Some([
            "MISSING",
            "group micetro-access: inline policy assume-role-333333333333",
            "",
        ]),
    ),
    (
        "foreign-principal",
        Some([
            "DIFFERENT",
            "role MicetroAccess: trust",
            "not planned: AWS arn:aws:iam::999999999999:root",
        ]),
    ),
    (
        "trust-condition-removed",
        Some([
            "DIFFERENT",
            "role MicetroAccess: trust",
            "other actions or conditions than planned",
        ]),
    ),
    (
        "other-member",
        Some(["EXTRA", "group micetro-access: member alice", ""]),
    ),
    (
        "foreign-inline-policy",
        Some(["EXTRA", "group micetro-access: inline policy AssumeLab", ""]),
    ),
    (
        "managed-policy-on-role",
        Some([
            "EXTRA",
            "role MicetroAccess: attached policy arn:aws:iam::222222222222:policy/more",
            "",
        ]),
    ),
    (
        "boundary-removed",
        Some([
            "DIFFERENT",
            "role MicetroAccess: permissions boundary",
            "planned arn:aws:iam::222222222222:policy/boundary, there none",
        ]),
    ),
    (
        "narrowed-policy",
        Some([
            "DIFFERENT",
            "role MicetroAccess: inline policy micetro",
            "other resources, conditions or Sids than planned",
        ]),
    ),
    (
        "administrator",
        Some([
            "EXTRA",
            "user svc-micetro: attached policy arn:aws:iam::aws:policy/AdministratorAccess",
            "",
        ]),
    ),
    ("role-deleted", Some(["MISSING", "role MicetroAccess", ""])),
    (
        "longer-session",
        Some([
            "DIFFERENT",
            "role MicetroAccess: longest session in seconds",
            "planned 3600, there 43200",
        ]),
    ),
    (
        "new-policy-version",
        Some([
            "DIFFERENT",
            "policy micetro-access-micetro: text",
            "not planned: iam:CreateUser; missing: iam:GetGroup, iam:GetGroupPolicy, iam:GetUser and 3 more",
        ]),
    ),
    (
        "other-group",
        Some(["EXTRA", "user svc-micetro: in group operators", ""]),
    ),
    ("old-key", None),
];

/// Writes the part of a kit that verifies, as a customer gets it.
pub(crate) fn write_kit(case: &Case) -> PathBuf {
    let kit = case.folder.join("kit");
    for (path, text) in &verification(&case.plan) {
        let path = kit.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    kit
}

/// Asserts what `verify.sh` found each time, and that it found nothing else.
pub(crate) fn assert_each_is_found(verified: &BTreeMap<String, Verified>) {
    for (tampering, _) in TAMPERINGS {
        assert!(
            FOUND.iter().any(|(name, _)| *name == tampering),
            "{tampering}"
        );
    }
    for (name, found) in FOUND {
        let said = &verified[name];
        assert_eq!(said.not_ok(), Vec::from_iter(found), "{name}");
        assert_eq!(said.code, i32::from(found.is_some()), "{name}");
    }
    for name in ["as-planned", "restored"] {
        let said = &verified[name];
        let ok: Vec<_> = said
            .rows
            .iter()
            .map(|row| [&*row.account, &*row.what])
            .collect();
        let planned = [
            ["111111111111", "user svc-micetro"],
            ["111111111111", "group micetro-access"],
            ["111111111111", "policy micetro-access-micetro"],
            ["222222222222", "role MicetroAccess"],
            ["333333333333", "role MicetroAccess"],
        ];
        assert_eq!(
            (ok.as_slice(), said.not_ok().len(), said.code),
            (&planned[..], 0, 0),
            "{name}"
        );
    }
    let assumed = &verified["assume"];
    assert_eq!(
        (assumed.rows.len(), assumed.not_ok().len(), assumed.code),
        (2, 0, 0)
    );
    let refused = &verified["assume-without-a-policy"];
    let [role] = refused.not_ok()[..] else {
        panic!("{refused:?}");
    };
    assert_eq!(
        role[..2],
        ["DIFFERENT", "role MicetroAccess: cannot be assumed"]
    );
    assert!(
        role[2].contains("AccessDenied") && refused.code == 1,
        "{refused:?}"
    );
    // The product's user may not read IAM: nothing is ok then.
    let denied = &verified["as-the-product"];
    assert_eq!(
        (denied.rows.len(), denied.not_ok().len(), denied.code),
        (1, 1, 2)
    );
    assert!(denied.rows[0].why.contains("AccessDenied"), "{denied:?}");
    for name in ["collected", "collected-administrator"] {
        let collected = &verified[name];
        assert!(
            collected.code == 0 && collected.said.contains("4 ok"),
            "{collected:?}"
        );
    }
}

impl Verified {
    /// Result, what and why of what is not ok.
    fn not_ok(&self) -> Vec<[&str; 3]> {
        let rows = self.rows.iter().filter(|row| row.result != "ok");
        rows.map(|row| [&*row.result, &*row.what, &*row.why])
            .collect()
    }
}

/// Asserts that the script has no fault which can be found without running it, and that faults are found.
pub(crate) fn assert_sound(python: &Path) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/kit/verify.sh");
    let script = fs::read_to_string(script).unwrap();
    assert_eq!(shellcheck(python, &script), "");
    assert!(shellcheck(python, &script.replace("\"$region\"", "$region")).contains("SC2086"));
}

fn shellcheck(python: &Path, script: &str) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(&file, script).unwrap();
    let program = python.with_file_name(format!("shellcheck{}", std::env::consts::EXE_SUFFIX));
    said(
        Command::new(program)
            .args(["--format", "gcc"])
            .arg(file.path())
            .output()
            .unwrap(),
    )
}

/// What a program prints; it must have run.
fn said(output: Output) -> String {
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    String::from_utf8(output.stdout).unwrap()
}
