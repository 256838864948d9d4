//! What Git has of a deployment, and what it lacks: files that no commit has, revisions that a clone is without, marks
//! that a merge left.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const DEPLOYMENT: &str = "fixtures/render/micetro-two-targets/landgrant.yaml";
const NEW: &str = "  - account: \"444444444444\"\n    name: new\n";

struct Repository(TempDir);

impl Repository {
    /// The sample deployment, rendered and committed.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::copy(DEPLOYMENT, folder.path().join("landgrant.yaml")).unwrap();
        let repository = Self(folder);
        repository.git(&["init", "-q", "-b", "main"]);
        repository.landgrant(&["render"], 0);
        repository.git(&["add", "-A"]);
        repository.commit(&[]);
        repository
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Output {
        Command::new(program)
            .current_dir(self.0.path())
            .args(arguments)
            .output()
            .unwrap()
    }

    fn git(&self, arguments: &[&str]) -> String {
        let identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com"];
        let output = self.run("git", &[&identity[..], arguments].concat());
        assert!(output.status.success(), "git {arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn commit(&self, more: &[&str]) {
        self.git(&[&["commit", "-q", "-m", "x"], more].concat());
    }

    /// Everything that it says, as one line.
    fn landgrant(&self, arguments: &[&str], expected: i32) -> String {
        let output = self.run(env!("CARGO_BIN_EXE_landgrant"), arguments);
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).unwrap();
        assert_eq!(
            output.status.code(),
            Some(expected),
            "landgrant {arguments:?}: {said}"
        );
        said.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn edit(&self, path: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(path)).unwrap();
        assert!(text.contains(from), "{from} is not in {path}");
        fs::write(self.path(path), text.replacen(from, to, 1)).unwrap();
    }

    /// The findings of a check as `code path`.
    fn findings(&self) -> Vec<String> {
        let output = self.run(
            env!("CARGO_BIN_EXE_landgrant"),
            &["check", "--format", "json"],
        );
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let findings = report["findings"].as_array().unwrap().iter();
        findings
            .map(|finding| {
                let text = |key: &str| finding[key].as_str().unwrap().to_owned();
                format!("{} {}", text("code"), text("subject"))
            })
            .collect()
    }
}

#[test]
fn a_rendered_file_that_no_commit_will_have_is_found() {
    let repository = Repository::new();
    assert_eq!(repository.findings(), Vec::<String>::new());
    repository.edit("landgrant.yaml", "\ntags:", &format!("\n{NEW}tags:"));
    repository.landgrant(&["render"], 0);
    let findings = repository.findings();
    let new = "untracked-output rendered/terraform/targets/444444444444/main.tf";
    assert!(findings.contains(&new.to_owned()), "{findings:?}");
    assert!(
        findings
            .iter()
            .all(|finding| finding.starts_with("untracked-output rendered/")),
        "{findings:?}"
    );
    let said = repository.landgrant(&["check"], 1);
    assert!(said.contains("`git add rendered`"), "{said}");
    // What a commit of known files takes with it is no new file, so the clone lacks some.
    repository.commit(&["-a"]);
    assert!(repository.findings().contains(&new.to_owned()));
    repository.git(&["clone", "-q", ".", "clone"]);
    let said = repository.landgrant(
        &["check", "clone/landgrant.yaml", "--out", "clone/rendered"],
        1,
    );
    assert!(
        said.contains("main.tf is missing (deleted, or never committed)"),
        "{said}"
    );
    // A file in the index is in the next commit; that is what a hook is asked about.
    repository.git(&["add", "rendered"]);
    assert_eq!(repository.findings(), Vec::<String>::new());
    // A file that .gitignore names is in no clone either.
    fs::write(repository.path(".gitignore"), "*.csv\nrendered/\n").unwrap();
    repository.git(&["rm", "-q", "--cached", "rendered/landgrant.lock"]);
    assert_eq!(
        repository.findings(),
        ["untracked-output rendered/landgrant.lock"]
    );
}

#[test]
fn a_hook_is_told_what_the_commit_has() {
    let repository = Repository::new();
    let landgrant = env!("CARGO_BIN_EXE_landgrant");
    let hook = repository.path(".git/hooks/pre-commit");
    fs::write(&hook, format!("#!/bin/sh\nexec '{landgrant}' check\n")).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    }
    repository.edit("landgrant.yaml", "\ntags:", &format!("\n{NEW}tags:"));
    repository.landgrant(&["render"], 0);
    let identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com"];
    let commit = [&identity[..], &["commit", "-q", "-a", "-m", "x"]].concat();
    assert!(!repository.run("git", &commit).status.success());
    repository.git(&["add", "rendered"]);
    repository.commit(&["-a"]);
    assert_eq!(repository.git(&["status", "--porcelain"]), "");
}

#[test]
fn a_deployment_that_is_not_in_git_is_not_judged() {
    let repository = Repository::new();
    fs::copy(DEPLOYMENT, repository.path("other.yaml")).unwrap();
    repository.landgrant(&["render", "other.yaml", "--out", "other"], 0);
    repository.landgrant(&["check", "other.yaml", "--out", "other"], 0);
    repository.git(&["add", "other.yaml"]);
    repository.landgrant(&["check", "other.yaml", "--out", "other"], 1);
}

#[test]
fn a_revision_that_the_clone_lacks_is_not_an_empty_one() {
    let repository = Repository::new();
    let absent = "1".repeat(40);
    let lacks = "this clone does not have that commit (shallow? `git fetch --unshallow`)";
    let said = repository.landgrant(&["targets", "--since", &absent], 2);
    assert!(said.contains(lacks), "{said}");
    let before = format!("{absent}:landgrant.yaml");
    let said = repository.landgrant(&["review", &before, "landgrant.yaml"], 2);
    assert!(said.contains(lacks), "{said}");
    // A forge writes zeros where a branch is new.
    let all = repository.landgrant(&["targets", "--since", &"0".repeat(40)], 0);
    assert!(all.contains("222222222222"), "{all}");
    let none = repository.landgrant(&["targets", "--since", "HEAD"], 0);
    assert_eq!(none, "no targets");
    // What somebody edits is applied, whatever the lock says was rendered.
    let root = "rendered/terraform/targets/222222222222/main.tf";
    let rendered = fs::read_to_string(repository.path(root)).unwrap();
    fs::write(repository.path(root), format!("{rendered}# more\n")).unwrap();
    let only = |revision: &str| {
        let said = repository.landgrant(&["targets", "--since", revision, "--format", "csv"], 0);
        assert!(
            said.contains("222222222222") && !said.contains("333333333333"),
            "{said}"
        );
    };
    only("HEAD");
    repository.commit(&["-a"]);
    fs::write(repository.path(root), rendered).unwrap();
    only("HEAD");
    repository.commit(&["-a"]);
    // A commit in which nothing was rendered yet has no target either.
    repository.git(&["rm", "-q", "-r", "--cached", "rendered"]);
    repository.commit(&[]);
    assert_eq!(
        repository.landgrant(&["targets", "--since", "HEAD"], 0),
        all
    );
}

#[test]
fn a_name_that_a_revision_does_not_have_is_taken_for_a_slip() {
    let repository = Repository::new();
    for (name, meant) in [
        ("main:landgrnt.yaml", "did you mean main:landgrant.yaml?"),
        (
            "main:access/landgrant.yaml",
            "did you mean main:landgrant.yaml?",
        ),
        ("main:render", "did you mean main:rendered?"),
        (
            "main",
            "`main` is a Git revision: say what to compare in it, `main:landgrant.yaml`",
        ),
    ] {
        let said = repository.landgrant(&["review", name, "landgrant.yaml"], 2);
        assert!(said.contains(meant), "{said}");
    }
}

/// Two branches add a target each; what the refusal of a render prints ends the merge.
#[test]
fn the_command_that_ends_a_merge_is_printed_once_with_the_paths() {
    let repository = Repository::new();
    for (branch, account) in [("one", "444444444444"), ("two", "555555555555")] {
        repository.git(&["switch", "-q", "-c", branch, "main"]);
        let target = format!("  - account: \"{account}\"\n    name: {branch}\n");
        let before = match branch {
            "one" => "  - account: \"222222222222\"",
            _ => "tags:",
        };
        repository.edit("landgrant.yaml", before, &format!("{target}{before}"));
        repository.landgrant(&["render"], 0);
        repository.git(&["add", "-A"]);
        repository.commit(&[]);
    }
    repository.git(&["switch", "-q", "main"]);
    repository.git(&["merge", "-q", "one"]);
    let identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com"];
    let merge = [&identity[..], &["merge", "-q", "-m", "x", "two"]].concat();
    assert!(!repository.run("git", &merge).status.success());
    let said = repository.landgrant(&["render"], 2);
    let command = "git checkout --ours -- rendered ':!rendered/landgrant.lock'";
    assert_eq!(said.matches(command).count(), 1, "{said}");
    assert_eq!(said.matches("landgrant render").count(), 1, "{said}");
    assert!(said.contains("rendered/terraform/hub/locals.tf"), "{said}");
    assert!(
        !said.contains("--force") && !said.contains("<<<<<<<"),
        "{said}"
    );
    assert!(repository.landgrant(&["check"], 1).contains(command));
    assert!(repository.run("sh", &["-c", command]).status.success());
    repository.landgrant(&["render"], 0);
    repository.landgrant(&["check"], 0);
    let lock = fs::read_to_string(repository.path("rendered/landgrant.lock")).unwrap();
    for account in ["444444444444", "555555555555"] {
        assert!(lock.contains(&format!("target {account} ")), "{lock}");
    }
}

#[test]
fn marks_of_a_merge_in_a_deployment_are_called_so() {
    let repository = Repository::new();
    repository.edit(
        "landgrant.yaml",
        "tags:",
        "<<<<<<< HEAD\ntags: {}\n=======\n>>>>>>> two\ntags:",
    );
    let text = fs::read_to_string(repository.path("landgrant.yaml")).unwrap();
    let mark = text.lines().position(|line| line.starts_with("<<<<<<<"));
    let expected = format!("line {} is a Git conflict mark", mark.unwrap() + 1);
    for command in ["render", "check", "lint"] {
        let said = repository.landgrant(&[command], 2);
        assert!(said.contains(&expected), "{said}");
        assert!(
            said.contains("resolve the merge of this file first") && said.contains("1 error"),
            "{said}"
        );
    }
}

#[test]
fn targets_that_left_are_listed_as_they_were() {
    let repository = Repository::new();
    let left = "  - account: \"333333333333\"\n    name: prod\n";
    repository.edit("landgrant.yaml", left, "");
    let said = repository.landgrant(&["render"], 0);
    for part in [
        "git worktree add --detach ../before HEAD",
        "\"rendered/terraform/targets/333333333333 terraform init",
        "&& terraform destroy",
    ] {
        assert!(said.contains(part), "{said}");
    }
    let list = |arguments: &[&str]| {
        let since = ["targets", "--since", "main", "--removed"];
        repository.landgrant(&[&since[..], arguments].concat(), 0)
    };
    let said = list(&[]);
    assert!(said.contains("333333333333 prod MicetroAccess"), "{said}");
    assert!(!said.contains("222222222222"), "{said}");
    let matrix: Value = serde_json::from_str(&list(&["--format", "matrix"])).unwrap();
    let root = "rendered/terraform/targets/333333333333";
    assert_eq!(matrix["include"][0]["root"], root);
    assert_eq!(matrix["include"].as_array().unwrap().len(), 1);
    // Nothing has left since there was nothing.
    let zeros = "0".repeat(40);
    let said = repository.landgrant(&["targets", "--since", &zeros, "--removed"], 0);
    assert_eq!(said, "no targets");
}

#[test]
fn a_key_is_made_once_and_a_render_that_changes_nothing_says_so() {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(DEPLOYMENT, folder.path().join("landgrant.yaml")).unwrap();
    let repository = Repository(folder);
    let key = "aws iam create-access-key";
    assert!(repository.landgrant(&["render"], 0).contains(key));
    let said = repository.landgrant(&["render"], 0);
    assert!(said.contains("Nothing changed"), "{said}");
    assert!(!said.contains(key) && !said.contains("Review"), "{said}");
    repository.edit("landgrant.yaml", "\ntags:", &format!("\n{NEW}tags:"));
    let said = repository.landgrant(&["render"], 0);
    assert!(!said.contains(key) && said.contains("Review"), "{said}");
    // A user that is made anew has none.
    repository.edit("landgrant.yaml", "svc-micetro", "svc-other");
    assert!(
        repository
            .landgrant(&["render", "--replace"], 0)
            .contains(key)
    );
}
