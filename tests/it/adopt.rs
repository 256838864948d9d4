//! Every folder under `fixtures/adopt` holds snapshots of accounts, named by account, and what `landgrant adopt` makes of
//! them: `expected.txt` is what it prints, with the exit code, and `expected` what it writes.
//!
//! The deployment is that of a render case. `UPDATE_GOLDEN=1 cargo test --test it adopt::` rewrites the expectations.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::support::golden;

const CASES: &str = "fixtures/adopt";
const DEPLOYMENT: &str = "fixtures/render/micetro-two-targets/landgrant.yaml";
/// An empty walk must not pass.
const FEWEST_CASES: usize = 8;

#[test]
fn every_snapshot_is_adopted_as_expected() {
    let cases = golden::folders(CASES);
    assert!(cases.len() >= FEWEST_CASES, "only {} cases", cases.len());
    let mut faults = Vec::new();
    for case in &cases {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        render(&out);
        let rendered = golden::files(&out);
        let output = adopt(&snapshots(case), &out);
        // What comes on top is looked at.
        for file in rendered.keys() {
            fs::remove_file(out.join(file)).unwrap();
        }
        let told = told(&output, &out);
        if output.status.success() {
            let wide = told.lines().find(|line| line.chars().count() > 80);
            // A path or an ARN is not broken.
            if let Some(line) =
                wide.filter(|line| line.trim().contains(' ') && !line.contains("arn:"))
            {
                faults.push(format!("{}: wider than 80: {line}", case.display()));
            }
        }
        let told = format!("{told}\nexit code {}\n", output.status.code().unwrap());
        faults.extend(golden::compare_text(&told, &case.join("expected.txt")));
        faults.extend(golden::compare_folder(&out, &case.join("expected")));
        if !output.status.success() {
            assert!(golden::files(&out).is_empty(), "{}", case.display());
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn nothing_is_written_where_something_is_in_the_way() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    render(&out);
    let before = golden::files(&out);
    let output = adopt(&snapshots(&Path::new(CASES).join("in-the-way")), &out);
    let told = told(&output, &out);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("Clear what is in the way"), "{told}");
    assert_eq!(golden::files(&out), before);
    // With nothing in the way the same folder gets import files.
    let output = adopt(&snapshots(&Path::new(CASES).join("as-planned")), &out);
    assert!(output.status.success());
    assert_ne!(golden::files(&out), before);
}

#[cfg(unix)]
#[test]
fn import_files_are_not_written_through_a_link() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    render(&out);
    let elsewhere = folder.path().join("elsewhere");
    let hub = out.join("terraform/hub");
    fs::rename(&hub, &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &hub).unwrap();
    let before = golden::files(folder.path());
    let output = adopt(&snapshots(&Path::new(CASES).join("as-planned")), &out);
    let told = told(&output, &out);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(
        told.contains("OUT/terraform/hub is a symbolic link"),
        "{told}"
    );
    assert_eq!(golden::files(folder.path()), before);
}

#[test]
fn import_files_that_are_there_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let snapshots = snapshots(&Path::new(CASES).join("as-planned"));
    render(&out);
    let imports = out.join("terraform/targets/222222222222/imports.tf");
    fs::write(&imports, "# mine\n").unwrap();
    let output = adopt(&snapshots, &out);
    assert_eq!(output.status.code(), Some(2));
    assert!(told(&output, &out).contains("imports.tf already exists"));
    assert_eq!(fs::read_to_string(&imports).unwrap(), "# mine\n");
    assert!(!out.join("terraform/hub/imports.tf").exists());
    fs::remove_file(&imports).unwrap();
    assert!(adopt(&snapshots, &out).status.success());
}

#[test]
fn a_render_leaves_the_import_files_where_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    render(&out);
    let snapshots = snapshots(&Path::new(CASES).join("as-planned"));
    assert!(adopt(&snapshots, &out).status.success());
    render(&out);
    assert!(out.join("terraform/hub/imports.tf").is_file());
    assert!(
        out.join("cloudformation/import/111111111111.json")
            .is_file()
    );
}

#[test]
fn a_folder_that_was_never_rendered_gets_no_imports() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let output = adopt(&snapshots(&Path::new(CASES).join("as-planned")), &out);
    assert_eq!(output.status.code(), Some(2));
    let told = told(&output, &out);
    assert!(
        told.contains(&format!(
            "run `landgrant render {DEPLOYMENT} --out OUT` first"
        )),
        "{told}"
    );
    assert!(!out.exists());
}

#[test]
fn a_snapshot_is_given_as_account_and_file() {
    let file = "fixtures/adopt/as-planned/111111111111.json";
    for (given, said) in [
        (vec![file.to_owned()], "write ACCOUNT=FILE"),
        (vec!["111=x".to_owned()], "is not an account id"),
        (
            vec![format!("111111111111={file}"); 2],
            "two snapshots of account",
        ),
        (
            vec!["111111111111=nowhere.json".to_owned()],
            "cannot read the snapshot",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let output = adopt(&given, folder.path());
        assert_eq!(output.status.code(), Some(2));
        let told = told(&output, folder.path());
        assert!(told.contains(said), "{told}");
    }
}

/// The snapshots of a case, as the command line takes them.
fn snapshots(case: &Path) -> Vec<String> {
    let mut files: Vec<PathBuf> = fs::read_dir(case)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .collect();
    files.sort();
    files
        .iter()
        .map(|path| {
            let account = path.file_stem().unwrap().to_str().unwrap();
            format!("{account}={}", path.to_str().unwrap().replace('\\', "/"))
        })
        .collect()
}

fn render(out: &Path) {
    let output = Command::new(env!("CARGO_BIN_EXE_landgrant"))
        .args(["render", DEPLOYMENT, "--out"])
        .arg(out)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", told(&output, out));
}

fn adopt(snapshots: &[String], out: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_landgrant"));
    command.args(["adopt", DEPLOYMENT, "--out"]).arg(out);
    for snapshot in snapshots {
        command.args(["--snapshot", snapshot]);
    }
    command.output().unwrap()
}

fn told(output: &Output, out: &Path) -> String {
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    text.replace(out.to_str().unwrap(), "OUT")
}

/// A stack set makes its roles itself, and takes over none.
#[test]
fn a_role_of_a_stack_set_is_in_the_way_and_the_hub_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let deployment = "fixtures/render/shape-stackset/landgrant.yaml";
    let run = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_landgrant"))
            .args(arguments)
            .arg("--out")
            .arg(&out)
            .output()
            .unwrap()
    };
    assert!(run(&["render", deployment]).status.success());
    let snapshots = format!("{CASES}/as-planned");
    let output = run(&["adopt", deployment, "--snapshot", &snapshots]);
    assert_eq!(output.status.code(), Some(1));
    let told = told(&output, &out);
    assert!(told.contains("a stack set creates it"), "{told}");
    assert!(!out.join("terraform/hub/imports.tf").exists());
}

/// A profile of the planned name is taken over by either format with the role that it holds, whichever that is.
#[test]
fn an_instance_profile_is_taken_over_with_its_role() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let deployment = folder.path().join("landgrant.yaml");
    let text = fs::read_to_string("fixtures/render/trust-ec2/landgrant.yaml").unwrap();
    let (of_stacks, _) = text.split_once("cloudformation:").unwrap();
    fs::write(&deployment, of_stacks).unwrap();
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_landgrant"))
            .arg(arguments[0])
            .arg(&deployment)
            .arg("--out")
            .arg(&out)
            .args(&arguments[1..])
            .output()
            .unwrap();
        (output.status.code(), told(&output, &out))
    };
    assert_eq!(run(&["render"]).0, Some(0));
    let file = folder.path().join("222222222222.json");
    let snapshot = |role: &str, path: &str| {
        let role = json!({
            "RoleName": role, "Path": "/workers/", "Arn": format!("arn:aws:iam::222222222222:role/workers/{role}"),
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"},
            ]},
            "InstanceProfileList": [{"InstanceProfileName": "MultiToolWorker", "Path": path}],
        });
        let snapshot = json!({"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [role], "Policies": []});
        fs::write(&file, snapshot.to_string()).unwrap();
        format!("222222222222={}", file.to_str().unwrap())
    };
    let (code, said) = run(&["adopt", "--snapshot", &snapshot("MultiToolWorker", "/")]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("under the path /"), "{said}");
    let (code, said) = run(&["adopt", "--snapshot", &snapshot("Other", "/workers/")]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("- holds the role Other"), "{said}");
    let imports =
        fs::read_to_string(out.join("terraform/targets/222222222222/imports.tf")).unwrap();
    assert!(
        imports.contains("module.role.aws_iam_instance_profile.access"),
        "{imports}"
    );
    let template = out.join("cloudformation/import/222222222222.template.json");
    let template: Value = serde_json::from_str(&fs::read_to_string(template).unwrap()).unwrap();
    assert_eq!(
        template["Resources"]["InstanceProfile"]["Properties"],
        json!({"InstanceProfileName": "MultiToolWorker", "Path": "/workers/", "Roles": ["Other"]})
    );
}

/// Each role of an account is told apart, and one that nobody may assume yet is not laid over one that a vendor works with.
#[test]
fn roles_of_an_account_are_told_apart_and_a_pending_one_locks_out_nobody_unsaid() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let deployment = folder.path().join("landgrant.yaml");
    let role = |name: &str, trust: &str| {
        format!(
            "    name: {name}\n    products: [{{catalog: multitool@1, features: [cloudwatch]}}]\n    trust: {{{trust}}}\n"
        )
    };
    let ci = role("Ci", "principal: 'arn:aws:iam::111111111111:role/ci'");
    let text = format!(
        "schema: landgrant/deployment/v1\nname: acme\nroles:\n  ci:\n{ci}  vendor:\n{}targets:\n  - {{account: '222222222222', name: dev}}\n",
        role("Vendor", "principal: pending"),
    );
    fs::write(&deployment, text).unwrap();
    let role = |name: &str, principal: &str| {
        json!({
            "RoleName": name, "Path": "/", "Arn": format!("arn:aws:iam::222222222222:role/{name}"),
            "RoleId": format!("AROA{name}"), "InstanceProfileList": [], "RolePolicyList": [],
            "AttachedManagedPolicies": [], "Tags": [],
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole",
            }]},
        })
    };
    let snapshot = json!({"UserDetailList": [], "GroupDetailList": [], "Policies": [], "RoleDetailList": [
        role("Ci", "arn:aws:iam::111111111111:role/ci"), role("Vendor", "arn:aws:iam::123456789012:root"),
    ]});
    let file = folder.path().join("222222222222.json");
    fs::write(&file, snapshot.to_string()).unwrap();
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_landgrant"))
            .arg(arguments[0])
            .arg(&deployment)
            .arg("--out")
            .arg(&out)
            .args(&arguments[1..])
            .output()
            .unwrap();
        (output.status.code(), told(&output, &out))
    };
    assert_eq!(run(&["render"]).0, Some(0));
    let given = format!("222222222222={}", file.display());
    let (code, told) = run(&["adopt", "--snapshot", &given]);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.starts_with("acme in 1 account\n"), "{told}");
    for part in [
        "  account       name  role    as planned",
        "  222222222222  dev   vendor  ",
        "  222222222222 ci  role  Ci",
        "Locked out by the apply\n  222222222222 vendor role Vendor\n",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
    let imports = fs::read_to_string(out.join("terraform/targets/222222222222/imports.tf"));
    let imports = imports.unwrap();
    let head = imports.lines().take(2).collect::<String>();
    assert_eq!(head.matches("222222222222").count(), 1, "{imports}");
}

/// Adopts the accounts as they are planned, but for the role of one.
fn with_role(change: impl FnOnce(&mut Value)) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    render(&out);
    let text = fs::read_to_string(format!("{CASES}/as-planned/222222222222.json")).unwrap();
    let mut snapshot: Value = serde_json::from_str(&text).unwrap();
    let mut roles = snapshot["RoleDetailList"]
        .as_array_mut()
        .unwrap()
        .iter_mut();
    change(
        roles
            .find(|role| role["RoleName"] == "MicetroAccess")
            .unwrap(),
    );
    let file = folder.path().join("222222222222.json");
    fs::write(&file, snapshot.to_string()).unwrap();
    let output = adopt(&[format!("222222222222={}", file.display())], &out);
    (output.status.code(), told(&output, &out))
}

#[test]
fn an_unplanned_instance_profile_is_told() {
    let (code, said) = with_role(|role| {
        role["InstanceProfileList"] = json!([{"InstanceProfileName": "web", "Path": "/"}]);
    });
    assert_eq!(code, Some(0), "{said}");
    let (_, left) = said
        .split_once("Not planned, left as it is")
        .expect("it is listed");
    let line = "role MicetroAccess is in the instance profile web";
    assert!(left.contains(line), "{said}");
}

/// CloudFormation puts the value of a secret in its place.
#[test]
fn a_dynamic_reference_is_not_imported_into_a_stack() {
    let tag = |role: &mut Value| {
        role["Tags"] = json!([{"Key": "owner", "Value": "{{resolve:ssm:x}}"}]);
    };
    let policy = |role: &mut Value| {
        let documents = &mut role["RolePolicyList"][0]["PolicyDocument"];
        documents["Statement"][0]["Sid"] = json!("{{resolve:ssm:x}}");
    };
    for change in [tag as fn(&mut Value), policy] {
        let (code, said) = with_role(change);
        assert_eq!(code, Some(1), "{said}");
        let words: Vec<&str> = said.split_whitespace().collect();
        let words = words.join(" ");
        assert!(words.contains("it contains `{{resolve:`"), "{said}");
    }
}
