//! Access that was built by hand and is then adopted: `landgrant render`, `landgrant adopt`, and Terraform has nothing to
//! do but to import.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::case::Root;
use crate::moto::{self, Moto};

/// Builds it.
pub(crate) fn build(moto: &Moto, accounts: &[(String, Value)], folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    for (account, wanted) in accounts {
        let file = folder.join(format!("{account}.wanted.json"));
        fs::write(&file, wanted.to_string()).unwrap();
        call(moto, "build", account, &file);
    }
}

/// Saves what each account tells of itself. Gives the snapshots.
pub(crate) fn save(
    moto: &Moto,
    accounts: &[(String, Value)],
    folder: &Path,
) -> Vec<(String, PathBuf)> {
    fs::create_dir_all(folder).unwrap();
    accounts
        .iter()
        .map(|(account, _)| {
            let snapshot = folder.join(format!("{account}.json"));
            call(moto, "save", account, &snapshot);
            (account.clone(), snapshot)
        })
        .collect()
}

fn call(moto: &Moto, command: &str, account: &str, file: &Path) {
    let done: String = moto::call(
        moto,
        "by_hand.py",
        [command.as_ref(), account.as_ref(), file.as_os_str()],
    );
    assert_eq!(done, account);
}

/// Runs `landgrant adopt` for a folder and gives what it prints.
pub(crate) fn adopt(name: &str, snapshots: &[(String, PathBuf)], out: &Path) -> String {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut command = Command::new(env!("CARGO_BIN_EXE_landgrant"));
    command
        .arg("adopt")
        .arg(fixtures.join("render").join(name).join("landgrant.yaml"))
        .arg("--catalogs")
        .arg(fixtures.join("catalogs"))
        .arg("--out")
        .arg(out);
    for (account, path) in snapshots {
        command
            .arg("--snapshot")
            .arg(format!("{account}={}", path.display()));
    }
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// What a Terraform plan does: address, actions, and whether the resource is imported, sorted.
pub(crate) fn changes(planned: &Value) -> Vec<(String, String, bool)> {
    let changes = planned["resource_changes"].as_array().unwrap();
    let mut changes: Vec<_> = changes
        .iter()
        .map(|change| {
            let actions: Vec<&str> = change["change"]["actions"]
                .as_array()
                .unwrap()
                .iter()
                .map(|action| action.as_str().unwrap())
                .collect();
            (
                change["address"].as_str().unwrap().to_owned(),
                actions.join(","),
                change["change"].get("importing").is_some(),
            )
        })
        .collect();
    changes.sort();
    changes
}

/// Asserts that a plan does nothing but import.
pub(crate) fn assert_only_imports(root: &Root, planned: &Value) {
    let changes = changes(planned);
    assert!(!changes.is_empty());
    for (address, actions, imported) in changes {
        assert_eq!(
            (actions.as_str(), imported),
            ("no-op", true),
            "{address} of {}: {:#}",
            root.account,
            planned["resource_changes"]
        );
    }
}
