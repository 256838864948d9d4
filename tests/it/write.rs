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

    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_landgrant"));
        command.current_dir(self.folder.path()).arg(name);
        command
    }

    fn run(&self, name: &str, flags: &[&str]) -> Ran {
        Ran(self.command(name).args(flags).output().unwrap())
    }

    fn render(&self, flags: &[&str]) -> Ran {
        self.run("render", flags)
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

    fn expect_findings(&self) -> String {
        assert_eq!(self.0.status.code(), Some(1), "{}", self.text());
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
fn every_command_refuses_the_folder_of_another_deployment() {
    let workspace = Workspace::rendered();
    workspace.edit_deployment("name: acme", "name: other");
    for command in ["render", "check", "diff"] {
        let text = workspace.run(command, &[]).expect_refusal();
        assert!(
            text.contains("rendered holds the deployment acme") && !text.contains("+++"),
            "{command}: {text}"
        );
    }
}

#[test]
fn line_ends_of_a_checkout_are_no_edit() {
    let workspace = Workspace::rendered();
    let path = workspace.out("terraform/hub/locals.tf");
    fs::write(&path, read(&path).replace('\n', "\r\n")).unwrap();
    let text = workspace.render(&[]).expect_success();
    assert!(text.contains("19 unchanged"), "{text}");
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
    assert!(text.contains("2 deleted"), "{text}");
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
fn a_target_that_names_a_variant_now_keeps_its_role() {
    let workspace = Workspace::rendered();
    workspace.edit_deployment(
        "    name: prod\n",
        "    name: prod\n    variant: no-deletes\nvariants:\n  no-deletes:\n    omit:\n      - {action: ec2:DeleteSubnet, reason: By hand only.}\n",
    );
    let text = workspace.render(&[]).expect_success();
    assert!(text.contains("1 deleted"), "{text}");
    assert!(!text.contains("Destroy"), "{text}");
    assert!(
        workspace
            .out("cloudformation/parameters-no-deletes/333333333333.json")
            .exists()
    );
    // The folder alone says which template the parameters are for.
    let text = workspace.run("review", &["nothing", "rendered"]);
    let text = text.expect_success();
    assert!(text.contains("333333333333"), "{text}");
    let same = workspace.run("review", &["landgrant.yaml", "rendered"]);
    let same = same.expect_success();
    assert!(same.contains("Grants the same as before"), "{same}");
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
fn an_added_target_changes_the_hub_the_lists_and_its_own_files_only() {
    let workspace = Workspace::rendered();
    let before = read(&workspace.out("terraform/hub/locals.tf"));
    let module = read(&workspace.out("terraform/modules/target-role/main.tf"));
    workspace.edit_deployment(
        "targets:\n",
        "targets:\n  - account: \"444444444444\"\n    name: test\n",
    );
    let text = workspace.render(&[]).expect_success();
    assert!(text.contains("2 new, 4 changed"), "{text}");
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
    assert!(init().expect_refusal().contains("already exists"));
    let workspace = Workspace { folder };
    workspace.render(&[]).expect_success();
}

#[test]
fn a_lock_with_what_a_merge_left_is_mended_by_a_render() {
    let workspace = Workspace::rendered();
    let lock = workspace.out("landgrant.lock");
    let right = read(&lock);
    let line = right
        .lines()
        .find(|line| line.ends_with(" deployment"))
        .unwrap();
    let theirs = line.replace("sha256:", "sha256:0");
    let marks = format!("<<<<<<< HEAD\n{line}\n||||||| base\n=======\n{theirs}\n>>>>>>> branch\n");
    for merged in [
        right.replace(&format!("{line}\n"), &marks),
        format!("{right}{theirs}\n"),
        format!("{right}partition aws-cn\n"),
        format!("{right}stack-sets 999999999999\nstack-sets 888888888888\n"),
    ] {
        fs::write(&lock, merged).unwrap();
        let text = workspace.run("check", &[]).expect_findings();
        assert!(text.contains("error[stale-lock]"), "{text}");
        workspace.render(&[]).expect_success();
        assert_eq!(read(&lock), right);
    }
    fs::write(&lock, format!("{right}what is this\n")).unwrap();
    let text = workspace.render(&[]).expect_refusal();
    assert!(text.contains("this is not a line of a lock"), "{text}");
}

#[test]
fn a_name_that_a_merge_left_beside_the_right_one_is_a_name_of_the_last_render() {
    let workspace = Workspace::rendered();
    let lock = workspace.out("landgrant.lock");
    let right = read(&lock);
    for (ours, theirs, told) in [
        ("user svc-micetro", "user svc-ipam", "replaced-user"),
        ("group micetro-access", "group ipam", "replaced-group"),
        (
            "target 222222222222 group 1 role MicetroAccess",
            "target 222222222222 group 1 role Ipam",
            "replaced-role",
        ),
        ("hub 111111111111", "hub 999999999999", ""),
    ] {
        // Whichever of the two is the first.
        for lines in [format!("{ours}\n{theirs}\n"), format!("{theirs}\n{ours}\n")] {
            fs::write(&lock, right.replace(&format!("{ours}\n"), &lines)).unwrap();
            let text = workspace.run("check", &[]).expect_findings();
            assert!(text.contains("error[stale-lock]"), "{text}");
            assert!(text.contains("two lines for one entry"), "{text}");
            // Rendered files do not name the hub account; what the principals are called, they do.
            let review = workspace.run("review", &["landgrant.yaml", "rendered"]);
            match told.is_empty() {
                true => {
                    let text = review.expect_refusal();
                    assert!(text.contains("a line above it gives another"), "{text}");
                }
                false => drop(review.expect_success()),
            }
            // A deployment needs no more of the lock than the places.
            workspace
                .run("review", &["landgrant.yaml", "landgrant.yaml"])
                .expect_success();
            if !told.is_empty() {
                let text = workspace.render(&[]).expect_refusal();
                assert!(text.contains(&format!("error[{told}]")), "{text}");
                assert_eq!(text.matches("error[").count(), 1, "{text}");
            }
            workspace.render(&["--replace"]).expect_success();
            assert_eq!(read(&lock), right);
        }
    }
}

#[test]
fn a_lock_that_names_nothing_of_aws_is_refused_by_a_review() {
    let workspace = Workspace::rendered();
    let path = workspace.out("landgrant.lock");
    let lock = read(&path);
    // With the deployment at hand, nothing depends on what the lock says.
    fs::remove_file(workspace.path("landgrant.yaml")).unwrap();
    for (from, to, why) in [
        (
            "partition aws\n",
            "partition moon\n",
            "names no partition: moon",
        ),
        ("hub 111111111111\n", "hub 1111\n", "names no account: 1111"),
    ] {
        fs::write(&path, lock.replace(from, to)).unwrap();
        let text = workspace.run("review", &["nothing", "rendered"]);
        let text = text.expect_refusal();
        assert!(text.contains(why), "{text}");
    }
}

#[test]
fn a_rendered_file_with_a_merge_conflict_says_how_to_go_on() {
    let workspace = Workspace::rendered();
    let file = workspace.out("terraform/hub/locals.tf");
    fs::write(
        &file,
        format!("<<<<<<< HEAD\n{}=======\n>>>>>>> b\n", read(&file)),
    )
    .unwrap();
    let text = workspace.render(&[]).expect_refusal();
    assert!(text.contains("git checkout --ours"), "{text}");
}

#[test]
fn what_is_lost_is_shown_before_and_when_it_is_overwritten() {
    let workspace = Workspace::rendered();
    let file = workspace.out("terraform/hub/main.tf");
    fs::write(&file, format!("{}# precious\n", read(&file))).unwrap();
    let text = workspace.render(&[]).expect_refusal();
    assert!(text.contains("\n-# precious\n"), "{text}");
    let text = workspace.render(&["--force"]).expect_success();
    assert!(text.contains("\n-# precious\n"), "{text}");
    assert!(!read(&file).contains("precious"));
}

#[test]
fn the_lock_is_the_same_wherever_the_files_lie() {
    let (here, there) = (Workspace::rendered(), Workspace::rendered());
    let lock = read(&here.out("landgrant.lock"));
    assert_eq!(lock, read(&there.out("landgrant.lock")));
    for line in [
        "landgrant 0.1.0",
        "partition aws",
        "hub 111111111111",
        "user svc-micetro",
        "group micetro-access",
        "target 222222222222 group 1 role MicetroAccess",
    ] {
        assert!(lock.lines().any(|found| found == line), "{lock}");
    }
    let inputs: Vec<&str> = lock
        .lines()
        .filter_map(|line| line.strip_prefix("input sha256:"))
        .map(|line| &line[65..])
        .collect();
    assert_eq!(inputs, ["catalog micetro@10.2", "deployment"]);
    let mut sorted: Vec<&str> = lock
        .lines()
        .filter(|line| line.starts_with("file "))
        .map(|line| &line[77..])
        .collect();
    let listed = sorted.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, listed);
}

#[test]
fn nothing_is_written_when_nothing_changed() {
    let workspace = Workspace::rendered();
    let times = || {
        let mut times: Vec<(PathBuf, std::time::SystemTime)> = Vec::new();
        let mut folders = vec![workspace.path("rendered")];
        while let Some(folder) = folders.pop() {
            times.push((
                folder.clone(),
                fs::metadata(&folder).unwrap().modified().unwrap(),
            ));
            for entry in fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    times.push((
                        path.clone(),
                        fs::metadata(&path).unwrap().modified().unwrap(),
                    ));
                }
            }
        }
        times.sort();
        times
    };
    let before = times();
    assert!(before.len() > 24);
    workspace.render(&[]).expect_success();
    assert_eq!(times(), before);
}

/// The real binary, killed by the system at moments all over its run.
#[cfg(unix)]
#[test]
fn a_killed_render_leaves_the_old_tree_or_the_new_one() {
    let workspace = Workspace::rendered();
    let targets: String = (0..30)
        .map(|number| format!("  - account: \"4000000{number:05}\"\n    name: t{number}\n"))
        .collect();
    let few = read(&workspace.path("landgrant.yaml"));
    let many = few.replace("targets:\n", &format!("targets:\n{targets}"));
    let files = |text: &str| {
        let line = text.lines().find(|line| line.contains("files: "));
        line.unwrap().trim().to_owned()
    };
    fs::write(workspace.path("landgrant.yaml"), &many).unwrap();
    let begin = std::time::Instant::now();
    workspace.render(&[]).expect_success();
    let whole = begin.elapsed();
    // What a render of the few says that finds the tree of the many, and one that finds its own.
    fs::write(workspace.path("landgrant.yaml"), &few).unwrap();
    let from_new = files(&workspace.render(&[]).expect_success());
    let from_old = files(&workspace.render(&[]).expect_success());
    assert!(from_new.contains("60 deleted"), "{from_new}");
    assert_eq!(from_old, "files: 19 unchanged");
    let journal = workspace.out(".landgrant-render/journal");
    let mut interrupted = 0;
    for part in 0.. {
        let at_a_time = part < 12;
        if !at_a_time && interrupted > 2 {
            break;
        }
        assert!(part < 100, "no kill came while files were moved");
        fs::write(workspace.path("landgrant.yaml"), &few).unwrap();
        workspace.render(&[]).expect_success();
        fs::write(workspace.path("landgrant.yaml"), &many).unwrap();
        let mut render = workspace
            .command("render")
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        // Most of the time goes into planning; the writes are at the end. So some are killed as soon as they move files.
        if at_a_time {
            std::thread::sleep(whole * (8 + part) / 20);
        } else {
            while !journal.exists() && render.try_wait().unwrap().is_none() {}
        }
        render.kill().unwrap();
        render.wait().unwrap();
        let was_interrupted = journal.exists();
        if was_interrupted {
            interrupted += 1;
            let text = workspace.run("check", &[]).expect_findings();
            assert!(text.contains("error[interrupted-render]"), "{text}");
        }
        // What the next render of either deployment finds: it writes everything, or nothing.
        fs::write(workspace.path("landgrant.yaml"), &few).unwrap();
        let text = workspace.render(&[]).expect_success();
        match files(&text) {
            found if found == from_old => {}
            found if found == from_new => assert!(!was_interrupted, "{text}"),
            _ => panic!("a mixture: {text}"),
        }
        workspace.run("check", &[]).expect_success();
        assert!(!workspace.out(".landgrant-render").exists());
    }
    // How many of each depends on the machine; the unit tests of the transaction see every step.
}

#[test]
fn two_renders_at_once_leave_the_tree_of_one() {
    let workspace = Workspace::rendered();
    workspace.edit_deployment("network-platform", "network");
    let children: Vec<std::process::Child> = (0..6)
        .map(|_| {
            workspace
                .command("render")
                .stdout(std::process::Stdio::null())
                .stderr(std::process::Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    let done = children
        .into_iter()
        .map(|mut child| child.wait().unwrap())
        .filter(std::process::ExitStatus::success)
        .count();
    assert!(done >= 1);
    workspace.run("check", &[]).expect_success();
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

#[test]
fn a_role_that_would_be_made_anew_stops_the_render() {
    let workspace = Workspace::rendered();
    let lock = read(&workspace.out("landgrant.lock"));
    workspace.edit_deployment("name: MicetroAccess", "name: IpamAccess");
    let told = workspace.render(&[]).expect_refusal();
    assert!(told.contains("error[replaced-role]"), "{told}");
    assert!(
        told.contains("the role MicetroAccess of 2 accounts"),
        "{told}"
    );
    assert_eq!(lock, read(&workspace.out("landgrant.lock")));
    let told = workspace.render(&["--replace"]).expect_success();
    let said = "role MicetroAccess of 2 accounts → IpamAccess: deleted and recreated";
    assert!(told.contains(said), "{told}");
    // It was said once, and stands in the lock.
    let told = workspace.render(&[]).expect_success();
    assert!(!told.contains("IpamAccess: deleted"), "{told}");
}

#[test]
fn terraform_renames_users_and_groups_and_needs_no_word() {
    let workspace = Workspace::rendered();
    workspace.edit_deployment("partition: aws\n", "partition: aws\noutputs: [terraform]\n");
    workspace.render(&[]).expect_success();
    workspace.edit_deployment("user: svc-micetro", "user: svc-ipam");
    workspace.edit_deployment("group: micetro-access", "group: ipam-access");
    let told = workspace.render(&[]).expect_success();
    for said in [
        "user svc-micetro → svc-ipam: renamed in place; it keeps its access keys",
        "group micetro-access → ipam-access: renamed in place",
    ] {
        assert!(told.contains(said), "{told}");
    }
    let module = read(&workspace.out("terraform/hub/main.tf"));
    assert!(!module.contains("[\"svc-ipam\"]") && !module.contains("[\"ipam-access\"]"));
}

#[test]
fn a_hub_in_another_account_is_not_renamed() {
    let workspace = Workspace::rendered();
    workspace.edit_deployment("account: \"111111111111\"", "account: \"999999999999\"");
    workspace.edit_deployment("user: svc-micetro", "user: svc-ipam");
    let told = workspace.render(&[]).expect_success();
    assert!(!told.contains("Renamed"), "{told}");
}

#[test]
fn what_is_no_place_of_a_target_is_refused() {
    let workspace = Workspace::rendered();
    let path = workspace.out("landgrant.lock");
    let lock = read(&path);
    for (line, why) in [
        ("group 0 role MicetroAccess", "this names no group"),
        ("group one role MicetroAccess", "this names no group"),
        ("user svc", "this is not a line of a lock"),
        ("group 1 role", "this is not a line of a lock"),
        (
            "group 1 role MicetroAccess ",
            "this is not a line of a lock",
        ),
        (
            "group 1 role MicetroAccess more",
            "this is not a line of a lock",
        ),
    ] {
        fs::write(&path, lock.replacen("group 1 role MicetroAccess", line, 1)).unwrap();
        let told = workspace.render(&[]).expect_refusal();
        assert!(told.contains(why), "{line}: {told}");
    }
}

/// A lock and a journal can come with a pull request, and the file of a team's own with neither.
#[test]
fn a_lock_or_a_journal_deletes_nothing_of_the_teams_own() {
    let workspace = Workspace::rendered();
    let backend = workspace.out("terraform/hub/backend.tf");
    let text = "terraform {\n  backend \"s3\" {}\n}\n";
    fs::write(&backend, text).unwrap();
    let digest = landgrant::write::digest(text.as_bytes());
    let lock = read(&workspace.out("landgrant.lock"));
    fs::write(
        workspace.out("landgrant.lock"),
        format!("{lock}file {digest} terraform/hub/backend.tf\n"),
    )
    .unwrap();
    let said = workspace.render(&[]).expect_success();
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        said.contains("left as it is: terraform/hub/backend.tf. The lock lists"),
        "{said}"
    );
    assert_eq!(read(&backend), text);
    assert_eq!(read(&workspace.out("landgrant.lock")), lock);
    fs::create_dir(workspace.out(".landgrant-render")).unwrap();
    fs::write(
        workspace.out(".landgrant-render/journal"),
        format!("create 0 {digest} terraform/hub/backend.tf\n"),
    )
    .unwrap();
    let said = workspace.render(&[]).expect_refusal();
    assert!(said.contains("was not killed on this machine"), "{said}");
    assert_eq!(read(&backend), text);
}

#[test]
fn what_is_deleted_is_named_before_what_is_new() {
    let workspace = Workspace::rendered();
    let targets: String = (10..40)
        .map(|number| format!("  - account: \"4444444444{number}\"\n    name: t{number}\n"))
        .collect();
    workspace.without_prod();
    workspace.edit_deployment("targets:\n", &format!("targets:\n{targets}"));
    let said = workspace.render(&[]).expect_success();
    assert!(said.contains("terraform/targets/333333333333/"), "{said}");
    assert!(said.contains("-main.tf"), "{said}");
}
