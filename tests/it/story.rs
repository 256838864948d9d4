//! A deployment lives in Git: the real `git` and the real binary, from the first commit over a hand-edit, a new
//! catalog and a merge of two branches, to a check that passes.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use tempfile::TempDir;

struct Repository(TempDir);

impl Repository {
    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    /// Runs a command; exit code and everything it says.
    fn run(&self, program: &str, arguments: &[&str]) -> (i32, String) {
        let output: Output = Command::new(program)
            .current_dir(self.0.path())
            .args(arguments)
            .output()
            .unwrap_or_else(|error| panic!("{program} is needed for this test: {error}"));
        let said = format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        (output.status.code().unwrap(), said)
    }

    fn landgrant(&self, arguments: &[&str], expected: i32) -> String {
        let (code, said) = self.run(env!("CARGO_BIN_EXE_landgrant"), arguments);
        assert_eq!(code, expected, "landgrant {arguments:?}: {said}");
        said
    }

    fn git(&self, arguments: &[&str]) -> String {
        let (code, said) = self.git_code(arguments);
        assert_eq!(code, 0, "git {arguments:?}: {said}");
        said
    }

    fn git_code(&self, arguments: &[&str]) -> (i32, String) {
        let identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com"];
        self.run("git", &[&identity[..], arguments].concat())
    }

    fn commit(&self, message: &str) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", message]);
    }

    fn edit(&self, path: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(path)).unwrap();
        assert!(text.contains(from), "{from} is not in {path}");
        fs::write(self.path(path), text.replacen(from, to, 1)).unwrap();
    }

    fn add_target(&self, before: &str, account: &str, name: &str) {
        let target = format!("  - account: \"{account}\"\n    name: {name}\n");
        self.edit("landgrant.yaml", before, &format!("{target}{before}"));
        self.landgrant(&["render"], 0);
        // A file that is in no commit is a finding.
        self.landgrant(&["check"], 1);
        self.git(&["add", "rendered"]);
        self.landgrant(&["check"], 0);
    }
}

#[test]
fn from_the_first_commit_to_a_merge() {
    let repository = Repository(tempfile::tempdir().unwrap());
    repository.git(&["init", "-q", "-b", "main"]);

    // The first commit.
    repository.landgrant(&["init"], 0);
    repository.landgrant(&["check"], 1);
    repository.landgrant(&["render"], 0);
    repository.landgrant(&["check"], 0);
    repository.commit("Access for Micetro");
    assert_eq!(repository.git(&["status", "--porcelain"]), "");

    // Somebody edits a rendered file.
    repository.git(&["switch", "-q", "-c", "hand-edit"]);
    let module = "rendered/terraform/modules/target-role/main.tf";
    let digest = || landgrant::write::digest(&fs::read(repository.path(module)).unwrap());
    let rendered = digest();
    repository.edit(module, "Action = [\n", "Action = [\n          \"iam:*\",\n");
    let said = repository.landgrant(&["check"], 1);
    assert!(
        said.contains("error[edited-output]") && said.contains(module),
        "{said}"
    );
    let said = repository.landgrant(&["render"], 2);
    assert!(said.contains("(edited by hand)"), "{said}");

    // And commits it with the lock made to fit.
    repository.edit("rendered/landgrant.lock", &rendered, &digest());
    repository.commit("A small fix");
    let said = repository.landgrant(&["check"], 1);
    assert!(
        said.contains("error[changed-output]") && said.contains(module),
        "{said}"
    );
    let said = repository.landgrant(&["diff"], 1);
    assert!(said.contains("\n-          \"iam:*\","), "{said}");
    let said = repository.landgrant(
        &[
            "review",
            "main:rendered",
            "rendered",
            "--fail-on",
            "escalation",
        ],
        1,
    );
    assert!(said.contains("Not known: 1 file edited by hand"), "{said}");
    assert!(said.contains("+          \"iam:*\","), "{said}");
    repository.landgrant(&["render"], 0);
    assert_eq!(digest(), rendered);
    repository.git(&["reset", "-q", "--hard"]);
    repository.git(&["switch", "-q", "main"]);
    repository.landgrant(&["check"], 0);

    // The vendor publishes a new list.
    repository.git(&["switch", "-q", "-c", "micetro-11"]);
    repository.edit(
        "landgrant.yaml",
        "catalog: micetro@10.2",
        "catalog: micetro@11.0",
    );
    let said = repository.landgrant(&["check"], 1);
    assert!(said.contains("landgrant render"), "{said}");
    repository.landgrant(&["render"], 0);
    repository.commit("Micetro 11.0");
    let said = repository.landgrant(&["review", "main:landgrant.yaml", "landgrant.yaml"], 0);
    assert!(said.contains("route53:ListHostedZonesByName"), "{said}");
    // What was rendered says the same as what it was rendered from.
    let said = repository.landgrant(
        &["review", "landgrant.yaml", "rendered", "--fail-on", "any"],
        0,
    );
    assert!(said.contains("Grants the same as before"), "{said}");
    repository.git(&["switch", "-q", "main"]);
    repository.git(&[
        "merge",
        "-q",
        "--no-ff",
        "-m",
        "Merge micetro-11",
        "micetro-11",
    ]);
    repository.landgrant(&["check"], 0);

    // Two branches add a target each.
    repository.git(&["switch", "-q", "-c", "one", "main"]);
    repository.add_target("  - account: \"222222222222\"", "444444444444", "one");
    repository.commit("Target one");
    repository.git(&["switch", "-q", "-c", "two", "main"]);
    repository.add_target("\ntags:", "555555555555", "two");
    repository.commit("Target two");
    repository.git(&["switch", "-q", "main"]);
    repository.git(&["merge", "-q", "--no-ff", "-m", "Merge one", "one"]);
    let (code, said) = repository.git_code(&["merge", "-q", "-m", "Merge two", "two"]);
    // Both changed the digests in the lock, and what lists all targets.
    assert_eq!(code, 1, "{said}");
    let conflicts = repository.git(&["diff", "--name-only", "--diff-filter=U"]);
    assert!(conflicts.contains("rendered/landgrant.lock"), "{conflicts}");
    assert!(
        !conflicts.lines().any(|file| file == "landgrant.yaml"),
        "{conflicts}"
    );
    // The lock stays as the merge left it; of rendered files with conflicts one side is taken. Then a render does it.
    for file in conflicts.lines().filter(|file| !file.ends_with(".lock")) {
        repository.git(&["checkout", "-q", "--ours", "--", file]);
    }
    repository.landgrant(&["render"], 0);
    repository.landgrant(&["check"], 0);
    repository.commit("Merge two");
    let lock = fs::read_to_string(repository.path("rendered/landgrant.lock")).unwrap();
    for account in [
        "222222222222",
        "333333333333",
        "444444444444",
        "555555555555",
    ] {
        assert!(
            lock.contains(&format!("\ntarget {account} group 1 role MicetroAccess\n")),
            "{lock}"
        );
    }
    assert!(!lock.contains("<<<<<<<"));
    let said = repository.landgrant(&["review", "one:landgrant.yaml", "main:landgrant.yaml"], 0);
    assert!(
        said.contains("role MicetroAccess in 555555555555"),
        "{said}"
    );
    assert!(!said.contains("in 444444444444"), "{said}");
    repository.landgrant(&["check"], 0);
}
