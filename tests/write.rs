//! What a render does to a folder that is not empty: nothing of somebody else is lost.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

const DEPLOYMENT: &str = "fixtures/render/micetro-two-targets/landgrant.yaml";

/// A folder with a copy of the deployment, rendered once.
struct Workspace {
    folder: TempDir,
}

impl Workspace {
    fn rendered() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::copy(DEPLOYMENT, folder.path().join("landgrant.yaml")).unwrap();
        let workspace = Self { folder };
        workspace.render(&[]).expect_success();
        workspace
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn out(&self, path: &str) -> PathBuf {
        self.path("rendered").join(path)
    }

    fn edit_deployment(&self, from: &str, to: &str) {
        let path = self.path("landgrant.yaml");
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{from}");
        fs::write(path, text.replace(from, to)).unwrap();
    }

    fn without_prod(&self) {
        self.edit_deployment("  - account: \"333333333333\"\n    name: prod\n", "");
    }

    fn render(&self, flags: &[&str]) -> Ran {
        let output = Command::new(env!("CARGO_BIN_EXE_landgrant"))
            .current_dir(self.folder.path())
            .arg("render")
            .args(flags)
            .output()
            .unwrap();
        Ran(output)
    }
}

struct Ran(Output);

impl Ran {
    fn text(&self) -> String {
        format!(
            "{}{}",
            String::from_utf8_lossy(&self.0.stdout),
            String::from_utf8_lossy(&self.0.stderr)
        )
    }

    fn expect_success(&self) -> String {
        assert!(self.0.status.success(), "{}", self.text());
        self.text()
    }

    fn expect_refusal(&self) -> String {
        assert_eq!(self.0.status.code(), Some(2), "{}", self.text());
        self.text()
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

#[test]
fn a_file_edited_by_hand_is_named_and_kept() {
    let workspace = Workspace::rendered();
    let edited = workspace.out("terraform/hub/main.tf");
    fs::write(&edited, "# mine\n").unwrap();
    // Another file would change too, and must not: all or nothing.
    workspace.edit_deployment("network-platform", "network");
    let tags = read(&workspace.out("terraform/hub/locals.tf"));
    let text = workspace.render(&[]).expect_refusal();
    assert!(
        text.contains("terraform/hub/main.tf (edited by hand)"),
        "{text}"
    );
    assert_eq!(read(&edited), "# mine\n");
    assert_eq!(read(&workspace.out("terraform/hub/locals.tf")), tags);
    workspace.render(&["--force"]).expect_success();
    assert_ne!(read(&edited), "# mine\n");
}

#[test]
fn a_file_of_somebody_else_is_never_taken_over() {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(DEPLOYMENT, folder.path().join("landgrant.yaml")).unwrap();
    let workspace = Workspace { folder };
    fs::create_dir_all(workspace.out("terraform/hub")).unwrap();
    fs::write(workspace.out("terraform/hub/main.tf"), "# theirs\n").unwrap();
    let text = workspace.render(&[]).expect_refusal();
    assert!(
        text.contains("terraform/hub/main.tf (written by somebody else)"),
        "{text}"
    );
    assert_eq!(read(&workspace.out("terraform/hub/main.tf")), "# theirs\n");
    assert!(!workspace.out("cloudformation").exists());
}

#[test]
fn a_folder_belongs_to_one_deployment() {
    let workspace = Workspace::rendered();
    let before = read(&workspace.out("terraform/hub/main.tf"));
    workspace.edit_deployment("name: acme", "name: other");
    let text = workspace.render(&[]).expect_refusal();
    assert!(
        text.contains("rendered holds the deployment acme"),
        "{text}"
    );
    assert_eq!(read(&workspace.out("terraform/hub/main.tf")), before);
    workspace.render(&["--force"]).expect_success();
    workspace.render(&[]).expect_success();
}

#[test]
fn line_ends_of_a_checkout_are_no_edit() {
    let workspace = Workspace::rendered();
    let path = workspace.out("terraform/hub/locals.tf");
    fs::write(&path, read(&path).replace('\n', "\r\n")).unwrap();
    let text = workspace.render(&[]).expect_success();
    assert!(text.contains("24 unchanged"), "{text}");
    workspace.edit_deployment("network-platform", "network");
    workspace.render(&[]).expect_success();
    assert!(!read(&path).contains('\r'));
}

#[test]
fn files_of_a_removed_target_go_and_the_teams_own_stay() {
    let workspace = Workspace::rendered();
    let backend = workspace.out("terraform/targets/333333333333/backend.tf");
    fs::write(&backend, "terraform {\n  backend \"s3\" {}\n}\n").unwrap();
    workspace.without_prod();
    let text = workspace.render(&[]).expect_success();
    assert!(text.contains("6 deleted"), "{text}");
    assert!(
        text.contains("AWS still has them in: 333333333333."),
        "{text}"
    );
    assert!(backend.exists());
    assert!(
        !workspace
            .out("terraform/targets/333333333333/main.tf")
            .exists()
    );
    assert!(
        !workspace
            .out("cloudformation/parameters/333333333333.json")
            .exists()
    );
}

#[test]
fn a_stale_file_edited_by_hand_is_not_deleted() {
    let workspace = Workspace::rendered();
    let edited = workspace.out("terraform/targets/333333333333/main.tf");
    fs::write(&edited, "# mine\n").unwrap();
    workspace.without_prod();
    workspace.render(&[]).expect_refusal();
    assert_eq!(read(&edited), "# mine\n");
}

#[test]
fn an_added_target_changes_the_hub_and_its_own_files_only() {
    let workspace = Workspace::rendered();
    let before = read(&workspace.out("terraform/hub/locals.tf"));
    let module = read(&workspace.out("terraform/modules/target-role/main.tf"));
    workspace.edit_deployment(
        "targets:\n",
        "targets:\n  - account: \"444444444444\"\n    name: test\n",
    );
    let text = workspace.render(&[]).expect_success();
    assert!(text.contains("6 new, 2 changed"), "{text}");
    let after = read(&workspace.out("terraform/hub/locals.tf"));
    let kept: Vec<&str> = after.lines().filter(|line| before.contains(line)).collect();
    assert!(before.lines().all(|line| kept.contains(&line)));
    assert_eq!(
        read(&workspace.out("terraform/modules/target-role/main.tf")),
        module
    );
}

#[test]
fn several_deployments_get_a_folder_each_or_nothing_is_written() {
    let workspace = Workspace::rendered();
    let text = read(&workspace.path("landgrant.yaml"));
    fs::write(
        workspace.path("other.yaml"),
        text.replace("name: acme", "name: other")
            .replace("svc-micetro", "svc-other")
            .replace("micetro-access", "other-access")
            .replace("MicetroAccess", "OtherAccess"),
    )
    .unwrap();
    fs::write(workspace.path("same.yaml"), &text).unwrap();
    let arguments = ["landgrant.yaml", "other.yaml", "--out", "many"];
    workspace.render(&arguments).expect_success();
    assert!(workspace.path("many/acme/terraform/hub/main.tf").exists());
    assert!(workspace.path("many/other/terraform/hub/main.tf").exists());
    let refused = workspace
        .render(&["landgrant.yaml", "same.yaml", "--out", "none"])
        .expect_refusal();
    assert!(
        refused.contains("two deployments are named `acme`"),
        "{refused}"
    );
    assert!(!workspace.path("none").exists());
    // A file in the way of the second deployment keeps the first from being written too.
    let in_the_way = workspace.path("way/other/terraform/hub/main.tf");
    fs::create_dir_all(in_the_way.parent().unwrap()).unwrap();
    fs::write(&in_the_way, "# theirs\n").unwrap();
    let refused = workspace
        .render(&["landgrant.yaml", "other.yaml", "--out", "way"])
        .expect_refusal();
    assert!(
        refused.contains("way/other/terraform/hub/main.tf"),
        "{refused}"
    );
    assert!(!workspace.path("way/acme").exists());
}

#[test]
fn init_writes_a_deployment_that_renders_and_never_overwrites_one() {
    let folder = tempfile::tempdir().unwrap();
    let init = || {
        Ran(Command::new(env!("CARGO_BIN_EXE_landgrant"))
            .current_dir(folder.path())
            .arg("init")
            .output()
            .unwrap())
    };
    init().expect_success();
    let schema = read(&folder.path().join("landgrant.schema.json"));
    assert!(schema.contains("landgrant/deployment/v1"));
    let first_line = read(&folder.path().join("landgrant.yaml"));
    assert!(first_line.starts_with("# yaml-language-server: $schema=./landgrant.schema.json\n"));
    assert!(init().expect_refusal().contains("exists already"));
    let workspace = Workspace { folder };
    workspace.render(&[]).expect_success();
}

#[test]
fn a_lock_with_a_merge_conflict_is_refused_with_its_line() {
    let workspace = Workspace::rendered();
    let lock = workspace.out("landgrant.lock");
    fs::write(&lock, format!("<<<<<<< ours\n{}", read(&lock))).unwrap();
    let text = workspace.render(&[]).expect_refusal();
    assert!(text.contains("landgrant.lock:1: "), "{text}");
}

#[test]
fn a_lock_cannot_name_files_outside_the_folder() {
    let workspace = Workspace::rendered();
    let lock = workspace.out("landgrant.lock");
    fs::write(
        &lock,
        format!("{}file sha256:00 ../landgrant.yaml\n", read(&lock)),
    )
    .unwrap();
    workspace.render(&["--force"]).expect_refusal();
    assert!(workspace.path("landgrant.yaml").exists());
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_symbolic_link() {
    let workspace = Workspace::rendered();
    let elsewhere = tempfile::tempdir().unwrap();
    fs::remove_dir_all(workspace.out("terraform/hub")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), workspace.out("terraform/hub")).unwrap();
    let text = workspace.render(&[]).expect_refusal();
    assert!(text.contains("symbolic link"), "{text}");
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}
