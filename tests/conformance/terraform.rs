//! Runs Terraform in root modules, with nothing of the user's own configuration.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::case::Root;
use crate::tools;

/// Terraform with a configuration of the tests' own.
#[derive(Debug)]
pub(crate) struct Terraform {
    program: PathBuf,
    home: PathBuf,
    config: PathBuf,
}

/// Keys of an account, as environment variables, and where AWS is played.
pub(crate) type Credentials = Vec<(String, String)>;

/// Sets Terraform up to take the AWS provider from the mirror and from nowhere else.
pub(crate) fn set_up(tool: &tools::Terraform, home: &Path) -> Terraform {
    let config = home.join("terraform.rc");
    let text = format!(
        "disable_checkpoint = true\n\nprovider_installation {{\n  filesystem_mirror {{\n    path = {}\n  }}\n}}\n",
        Value::from(tool.mirror.to_str().unwrap()),
    );
    fs::write(&config, text).unwrap();
    Terraform {
        program: tool.program.clone(),
        home: home.to_owned(),
        config,
    }
}

/// Asserts that `terraform fmt` would leave every file of the folder as it is.
pub(crate) fn assert_formatted(terraform: &Terraform, folder: &Path) {
    let output = run(
        terraform,
        folder,
        &[],
        &["fmt", "-check", "-recursive", "-diff", "-no-color"],
    );
    assert_success("terraform fmt", &output);
}

/// Asserts that `terraform validate` has nothing to say, not even a warning.
pub(crate) fn assert_valid(terraform: &Terraform, root: &Root) {
    init(terraform, root);
    let output = run(
        terraform,
        &root.folder,
        &[],
        &["validate", "-json", "-no-color"],
    );
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["valid"], true, "{report:#}");
    assert_eq!(report["diagnostics"], Value::Array(Vec::new()));
}

/// Makes what the root module says, and gives how many resources were made, changed and destroyed.
pub(crate) fn apply(terraform: &Terraform, root: &Root, credentials: &Credentials) -> String {
    init(terraform, root);
    let output = run(
        terraform,
        &root.folder,
        credentials,
        &["apply", "-auto-approve", "-input=false", "-no-color"],
    );
    assert_success("terraform apply", &output);
    let said = String::from_utf8_lossy(&output.stdout);
    let done = said
        .lines()
        .find_map(|line| line.strip_prefix("Apply complete! Resources: "));
    done.unwrap().trim_end_matches('.').to_owned()
}

/// What Terraform would do, as `terraform show -json` tells it.
pub(crate) fn plan(terraform: &Terraform, root: &Root, credentials: &Credentials) -> Value {
    init(terraform, root);
    let output = run(
        terraform,
        &root.folder,
        credentials,
        &["plan", "-out=planned", "-input=false", "-no-color"],
    );
    assert_success("terraform plan", &output);
    let output = run(
        terraform,
        &root.folder,
        credentials,
        &["show", "-json", "planned"],
    );
    assert_success("terraform show", &output);
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Asserts that there is nothing left to change.
pub(crate) fn assert_no_change(terraform: &Terraform, root: &Root, credentials: &Credentials) {
    let output = run(
        terraform,
        &root.folder,
        credentials,
        &["plan", "-detailed-exitcode", "-input=false", "-no-color"],
    );
    // 0 is no change, 1 a failure, 2 a change.
    assert_success("the second terraform plan", &output);
}

/// Asserts that Terraform refuses to do anything, and says why.
pub(crate) fn assert_refused(
    terraform: &Terraform,
    root: &Root,
    credentials: &Credentials,
    why: &str,
) {
    init(terraform, root);
    let output = run(
        terraform,
        &root.folder,
        credentials,
        &["apply", "-auto-approve", "-input=false", "-no-color"],
    );
    assert!(!output.status.success(), "{}", shown(&output));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains(why), "{}", shown(&output));
}

/// Takes everything away again.
pub(crate) fn destroy(terraform: &Terraform, root: &Root, credentials: &Credentials) {
    let output = run(
        terraform,
        &root.folder,
        credentials,
        &["destroy", "-auto-approve", "-input=false", "-no-color"],
    );
    assert_success("terraform destroy", &output);
}

fn init(terraform: &Terraform, root: &Root) {
    root.initialized.get_or_init(|| {
        let output = run(
            terraform,
            &root.folder,
            &[],
            &["init", "-backend=false", "-input=false", "-no-color"],
        );
        assert_success("terraform init", &output);
    });
}

fn run(
    terraform: &Terraform,
    folder: &Path,
    environment: &[(String, String)],
    arguments: &[&str],
) -> Output {
    Command::new(&terraform.program)
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", &terraform.home)
        .env("TF_CLI_CONFIG_FILE", &terraform.config)
        .env("TF_IN_AUTOMATION", "1")
        .env("CHECKPOINT_DISABLE", "1")
        // A provider lives for seconds; collecting garbage would be a quarter of its work.
        .env("GOGC", "400")
        .envs(environment.iter().cloned())
        .output()
        .unwrap()
}

fn assert_success(what: &str, output: &Output) {
    assert!(output.status.success(), "{what} failed:\n{}", shown(output));
}

fn shown(output: &Output) -> String {
    format!(
        "{}\n{}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}
