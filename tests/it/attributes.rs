//! What stands between a commit and who applies it: attributes of Git, a Git that cannot tell, a lock that names something
//! elsewhere, a state that only Terraform reads.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const DEPLOYMENT: &str = "fixtures/render/micetro-two-targets/landgrant.yaml";
const MAIN: &str = "terraform/targets/222222222222/main.tf";

struct Repository(TempDir);

impl Repository {
    /// The sample deployment, rendered and committed.
    fn new() -> Self {
        let repository = Self(tempfile::tempdir().unwrap());
        fs::create_dir(repository.path("")).unwrap();
        fs::copy(DEPLOYMENT, repository.path("landgrant.yaml")).unwrap();
        repository.git(&["init", "-q", "-b", "main"]);
        repository.landgrant(&["render"], 0);
        repository.commit();
        repository
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join("repository").join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.path("")).args(arguments);
        command
    }

    fn git(&self, arguments: &[&str]) {
        let identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com"];
        let arguments = [&identity[..], arguments].concat();
        let output = self.command("git", &arguments).output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {output:?}");
    }

    fn commit(&self) {
        self.git(&["add", "-A", "--force"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", "x"]);
    }

    fn landgrant(&self, arguments: &[&str], expected: i32) -> String {
        self.landgrant_with(arguments, &[], expected)
    }

    /// Everything that it says in an environment, as one line.
    fn landgrant_with(
        &self,
        arguments: &[&str],
        environment: &[(&str, &str)],
        expected: i32,
    ) -> String {
        let mut command = self.command(env!("CARGO_BIN_EXE_landgrant"), arguments);
        let output = command.envs(environment.iter().copied()).output().unwrap();
        let said = said(&output);
        assert_eq!(
            output.status.code(),
            Some(expected),
            "{arguments:?}: {said}"
        );
        said.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The findings of a check as `code path`.
    fn check(&self) -> Vec<String> {
        let arguments = ["check", "--format", "json"];
        let mut command = self.command(env!("CARGO_BIN_EXE_landgrant"), &arguments);
        let output = command.output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let text = |finding: &Value, key: &str| finding[key].as_str().unwrap().to_owned();
        let findings = report["findings"].as_array().unwrap().iter();
        findings
            .map(|finding| format!("{} {}", text(finding, "code"), text(finding, "subject")))
            .collect()
    }

    /// The paths of edits that a review tells, with what is wrong with them.
    fn edits(&self, old: &str, new: &str) -> Vec<(String, String)> {
        let review = self.landgrant(&["review", old, new, "--format", "json"], 0);
        let review: Value = serde_json::from_str(&review).unwrap();
        let edits = review["edits"].as_array().unwrap().iter();
        let text = |edit: &Value, key: &str| edit[key].as_str().unwrap().to_owned();
        edits
            .map(|edit| (text(edit, "path"), text(edit, "what")))
            .collect()
    }

    /// A folder with a `git` of a few lines of shell, in front of the PATH.
    fn with_git(&self, script: &str) -> String {
        let folder = self.0.path().join("bin");
        fs::create_dir_all(&folder).unwrap();
        let path = std::env::var("PATH").unwrap();
        let script = format!("#!/bin/sh\n{script}\nPATH='{path}' exec git \"$@\"\n");
        fs::write(folder.join("git"), script).unwrap();
        fs::set_permissions(folder.join("git"), fs::Permissions::from_mode(0o755)).unwrap();
        format!("{}:{path}", folder.display())
    }
}

fn said(output: &Output) -> String {
    let said = [&output.stdout[..], &output.stderr].concat();
    String::from_utf8(said).unwrap()
}

#[test]
fn what_git_gives_out_other_than_it_is_committed_is_told() {
    let repository = Repository::new();
    for (line, name) in [
        (format!("rendered/{MAIN} export-subst"), "export-subst"),
        (format!("rendered/{MAIN} export-ignore"), "export-ignore"),
        (format!("rendered/{MAIN} ident"), "ident"),
        (format!("rendered/{MAIN} filter=theirs"), "filter"),
        (
            format!("rendered/{MAIN} working-tree-encoding=UTF-16"),
            "working-tree-encoding",
        ),
        (
            "[attr]text-file ident\n/rendered/**/222222222222/main.tf text-file".to_owned(),
            "ident",
        ),
        // Where file systems ignore case, Git does so in patterns.
        ("RENDERED/**/222222222222/*.TF ident".to_owned(), "ident"),
    ] {
        repository.git(&["reset", "-q", "--hard", "main"]);
        repository.write(".gitattributes", &format!("{line}\n"));
        assert_eq!(
            repository.check(),
            [format!("git-attribute rendered/{MAIN}")],
            "{line}"
        );
        repository.git(&["add", ".gitattributes"]);
        repository.git(&["switch", "-q", "--orphan", "other"]);
        repository.git(&["checkout", "-q", "main", "--", "."]);
        repository.write(".gitattributes", &format!("{line}\n"));
        // Another encoding would be made into UTF-8 here.
        repository.git(&["add", ".gitattributes"]);
        repository.git(&["commit", "-q", "-m", "x"]);
        for path in ["landgrant.yaml", "rendered"] {
            let (old, new) = (format!("main:{path}"), format!("other:{path}"));
            let edits = repository.edits(&old, &new);
            let [(path, what)] = edits.as_slice() else {
                panic!("{line}: {edits:?}");
            };
            assert_eq!(path, &format!("other:rendered/{MAIN}"), "{line}");
            assert!(what.contains(&format!("attribute {name},")), "{what}");
            let said = repository.landgrant(&["review", &old, &new, "--fail-on", "widened"], 1);
            assert!(said.contains("Not known"), "{said}");
            assert_eq!(repository.edits(&new, &old).len(), 1);
        }
        repository.git(&["switch", "-q", "--force", "main"]);
        repository.git(&["branch", "-q", "-D", "other"]);
    }
}

#[test]
fn a_folder_that_an_archive_lacks_is_told_with_all_in_it() {
    let repository = Repository::new();
    repository.write(
        ".gitattributes",
        "rendered/terraform/targets/ export-ignore\n",
    );
    let found = repository.check();
    assert_eq!(found.len(), 2, "{found:?}");
    for finding in found {
        let expected = "git-attribute rendered/terraform/targets/";
        assert!(finding.starts_with(expected), "{finding}");
    }
    repository.write(".gitattributes", "rendered export-ignore\n");
    let all = "git-attribute rendered/landgrant.lock".to_owned();
    assert!(repository.check().contains(&all));
    repository.commit();
    let edits = repository.edits("main~:rendered", "main:rendered");
    assert!(edits.len() > 15, "{edits:?}");
}

#[test]
fn an_input_that_git_gives_out_other_than_it_is_committed_is_told() {
    let repository = Repository::new();
    for name in ["filter=theirs", "ident", "working-tree-encoding=UTF-16"] {
        repository.write(".gitattributes", &format!("landgrant.yaml {name}\n"));
        assert_eq!(repository.check(), ["git-attribute landgrant.yaml"]);
    }
}

#[test]
fn a_review_tells_such_an_input_of_a_revision_and_of_the_work_tree() {
    let repository = Repository::new();
    repository.write(".gitattributes", "landgrant.yaml ident\n");
    repository.commit();
    for (new, input) in [
        ("main:landgrant.yaml", "main:landgrant.yaml"),
        ("main:rendered", "main:landgrant.yaml"),
        ("landgrant.yaml", "landgrant.yaml"),
        ("rendered", "landgrant.yaml"),
    ] {
        let old = new.replace("main:", "");
        let old = format!("main~:{old}");
        let edits = repository.edits(&old, new);
        let [(path, what)] = edits.as_slice() else {
            panic!("{new}: {edits:?}");
        };
        assert_eq!(path, input, "{new}");
        assert!(what.contains("attribute ident,"), "{what}");
        assert_eq!(repository.edits(new, &old).len(), 1, "{new}");
    }
    repository.git(&["rm", "-q", "-r", "rendered"]);
    repository.commit();
    let edits = repository.edits("main:landgrant.yaml", "main:landgrant.yaml");
    assert_eq!(edits[0].0, "main:landgrant.yaml", "{edits:?}");
}

#[test]
fn attributes_that_change_no_byte_are_not_told() {
    let repository = Repository::new();
    let lines = "* filter=theirs ident\nrendered/** -filter -ident text eol=lf linguist-generated\n\
        rendered/landgrant.lock merge=union\n*.yaml export-subst -filter -ident\n\
        rendered/cloudformation/** !export-subst\n";
    repository.write(".gitattributes", lines);
    assert_eq!(repository.check(), [""; 0]);
    repository.commit();
    assert_eq!(repository.edits("main~:rendered", "main:rendered"), []);
    // What is on this machine only is nobody else's.
    fs::create_dir_all(repository.path(".git/x")).unwrap();
    repository.write(".git/x/attributes", "* ident\n");
    let file = repository.path(".git/x/attributes");
    repository.git(&["config", "core.attributesFile", file.to_str().unwrap()]);
    assert_eq!(repository.check(), [""; 0]);
}

#[test]
fn a_git_that_cannot_read_attributes_of_a_revision_is_refused_where_there_are_some() {
    let repository = Repository::new();
    let old = "for a in \"$@\"; do case $a in --source=*) echo \"error: unknown option \\`source'\" >&2; exit 129;; esac; done";
    let path = repository.with_git(old);
    let review = ["review", "main:rendered", "main:rendered"];
    repository.landgrant_with(&review, &[("PATH", &path)], 0);
    repository.write(".gitattributes", "*.md text\n");
    repository.landgrant_with(&["check"], &[("PATH", &path)], 0);
    repository.commit();
    let said = repository.landgrant_with(&review, &[("PATH", &path)], 2);
    assert!(said.contains("Git 2.40 or later"), "{said}");
}

#[test]
fn a_git_that_cannot_tell_what_it_has_is_no_clean_check() {
    let repository = Repository::new();
    repository.write("rendered/terraform/hub/.terraform/providers/x", "program\n");
    repository.commit();
    assert_eq!(
        repository.check(),
        ["foreign-file rendered/terraform/hub/.terraform"]
    );
    let empty = repository.0.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let other_owner = ("GIT_TEST_ASSUME_DIFFERENT_OWNER", "true");
    let no_git = ("PATH", empty.to_str().unwrap());
    for (variable, why) in [
        (other_owner, "dubious ownership"),
        (no_git, "cannot be run"),
    ] {
        let said = repository.landgrant_with(&["check"], &[variable], 2);
        assert!(said.contains("git cannot say what it has"), "{said}");
        assert!(said.contains(why), "{said}");
        let review = ["review", "nothing", "rendered"];
        let said = repository.landgrant_with(&review, &[variable], 2);
        assert!(said.contains(why), "{said}");
    }
    // Where no repository is, there is nothing to ask.
    fs::remove_dir_all(repository.path(".git")).unwrap();
    repository.landgrant_with(&["check"], &[no_git], 0);
}

#[test]
fn a_lock_names_no_deployment_outside_of_the_repository() {
    let repository = Repository::new();
    let outside = repository.0.path().join("outside.yaml");
    fs::write(outside, "secret: AKIAIOSFODNN7EXAMPLE\n").unwrap();
    let lock = repository.path("rendered/landgrant.lock");
    let text = fs::read_to_string(&lock).unwrap();
    let source = "source ../landgrant.yaml\n";
    assert!(text.contains(source), "{text}");
    fs::write(&lock, text.replace(source, "source ../../outside.yaml\n")).unwrap();
    let said = repository.landgrant(&["review", "nothing", "rendered"], 0);
    assert!(!said.contains("AKIA"), "{said}");
    assert!(said.contains("svc-micetro"), "{said}");
}

#[test]
fn a_state_that_only_terraform_reads_is_not_accepted() {
    let repository = Repository::new();
    let path = "rendered/terraform/hub/notes.json";
    for more in [
        "\"\\ud800\"",
        "1e999",
        &format!("{}1{}", "[".repeat(200), "]".repeat(200)),
    ] {
        let state = format!("{{\"version\": 4, \"x\": {more}, \"resources\": []}}\n");
        repository.write(path, &state);
        let said = repository.landgrant(&["render", "--accept", path], 2);
        assert!(said.contains("state"), "{said}");
    }
}
