//! What a pull request can bring: links out of the repository, things that are no files, a journal. Each is refused, ends,
//! and shows nothing of what it leads to.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::support::copy;

/// In what a link leads to.
const SECRET: &str = "ghs_16C7e42F292c6912E7710c838347Ae178B4a";

/// What an account holds that holds nothing.
const NOTHING_THERE: &str =
    r#"{"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}"#;

const RENDER: &[&str] = &["render", "--catalogs", "catalogs"];
const CHECK: &[&str] = &["check", "--catalogs", "catalogs"];
const DIFF: &[&str] = &["diff"];
const LINT: &[&str] = &["lint", "--reference", "overlay.yaml"];
const TARGETS: &[&str] = &["targets"];
const REVIEW: &[&str] = &[
    "review",
    "nothing",
    "landgrant.yaml",
    "--format",
    "markdown",
];
const REVIEW_FOLDER: &[&str] = &["review", "nothing", "rendered"];
const CATALOGS: &[&str] = &["catalog", "list", "--catalogs", "catalogs"];
const KIT: &[&str] = &["kit", "--out", "kit"];
const ADOPT: &[&str] = &["adopt", "--snapshot", "snapshots"];
const AUDIT: &[&str] = &["audit", "--snapshot", "snapshots", "--partial"];
const CREDENTIALS: &[&str] = &[
    "audit",
    "--partial",
    "--snapshot",
    "snapshots",
    "--credential-report",
    "111111111111=credentials.csv",
];
const PLAN: &[&str] = &[
    "audit",
    "--account",
    "111111111111",
    "--terraform-plan",
    "plan.json",
];

/// Files that a command opens, and commands that do.
const FILES: &[(&str, &[&[&str]])] = &[
    (
        "landgrant.yaml",
        &[
            RENDER, CHECK, DIFF, LINT, TARGETS, REVIEW, KIT, ADOPT, AUDIT,
        ],
    ),
    (
        "organization/accounts.json",
        &[
            RENDER, CHECK, DIFF, LINT, TARGETS, REVIEW, KIT, ADOPT, AUDIT,
        ],
    ),
    ("organization/units/ou-ab12-11111111.json", &[CHECK]),
    ("organization/tags/444444444444.json", &[CHECK]),
    ("catalogs/acme-inventory/1.yaml", &[CATALOGS]),
    ("templates/files/pipeline/list.csv.tera", &[RENDER, CHECK]),
    ("overlay.yaml", &[LINT]),
    ("logo.svg", &[KIT]),
    ("texts.yaml", &[KIT]),
    ("snapshots/444444444444.json", &[ADOPT, AUDIT]),
    ("credentials.csv", &[CREDENTIALS]),
    ("plan.json", &[PLAN]),
    ("rendered/landgrant.lock", &[RENDER, CHECK, REVIEW]),
    (
        "rendered/terraform/hub/main.tf",
        &[RENDER, CHECK, REVIEW_FOLDER],
    ),
    ("rendered/terraform/hub/notes.tf", &[CHECK, REVIEW_FOLDER]),
    ("rendered/.landgrant-render/journal", &[RENDER, CHECK]),
    ("rendered/.landgrant-render/busy", &[RENDER]),
];

const FOLDERS: &[(&str, &[&[&str]])] = &[
    ("organization", &[RENDER, CHECK, REVIEW]),
    ("organization/units", &[CHECK]),
    ("organization/tags", &[CHECK]),
    ("catalogs", &[CATALOGS]),
    ("catalogs/acme-inventory", &[CATALOGS]),
    ("templates", &[RENDER, CHECK]),
    ("snapshots", &[AUDIT]),
    ("rendered", &[RENDER, CHECK, REVIEW_FOLDER]),
    ("rendered/terraform/hub", &[RENDER, CHECK, REVIEW_FOLDER]),
];

/// A repository with a deployment and whatever a command reads, and a folder beside it.
struct Workspace {
    folder: TempDir,
}

impl Workspace {
    fn new() -> Self {
        let workspace = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let case = Path::new("fixtures/render/micetro-organization");
        copy::copy_folder(&case.join("organization"), &workspace.path("organization"));
        copy::copy_folder(Path::new("fixtures/catalogs"), &workspace.path("catalogs"));
        let git = ["init", "-q"];
        let mut git = Command::new("git")
            .args(git)
            .current_dir(workspace.path(""))
            .spawn()
            .unwrap();
        assert!(git.wait().unwrap().success());
        let deployment = fs::read_to_string(case.join("landgrant.yaml")).unwrap();
        let more = "kit: {logo: logo.svg, texts: texts.yaml}\ntemplates: templates\n";
        workspace.write("landgrant.yaml", &(deployment + more));
        workspace.write("templates/files/pipeline/list.csv.tera", "# {{ name }}\n");
        workspace.write("logo.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>");
        workspace.write(
            "texts.yaml",
            &ran(Command::new(LANDGRANT).args(["kit", "--texts"])).0,
        );
        workspace.write(
            "overlay.yaml",
            "schema: landgrant/reference-overlay/v1\nservices: {}\n",
        );
        for path in [
            "snapshots/444444444444.json",
            "credentials.csv",
            "plan.json",
        ] {
            workspace.write(path, NOTHING_THERE);
        }
        let (said, code) = workspace.run(RENDER);
        assert_eq!(code, 0, "{said}");
        workspace.write("rendered/terraform/hub/README.md", "# ours\n");
        workspace
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join("repository").join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Takes something out of the repository, and gives the place where it is.
    fn take_out(&self, path: &str) -> PathBuf {
        let outside = self.folder.path().join("outside");
        if self.path(path).exists() {
            fs::rename(self.path(path), &outside).unwrap();
        }
        outside
    }

    fn command(&self) -> Command {
        let mut command = Command::new(LANDGRANT);
        command.current_dir(self.path(""));
        command
    }

    fn run(&self, arguments: &[&str]) -> (String, i32) {
        ran(self.command().args(arguments))
    }
}

const LANDGRANT: &str = env!("CARGO_BIN_EXE_landgrant");

/// What a command prints, and its exit code. One that waits for something that never comes is ended.
fn ran(command: &mut Command) -> (String, i32) {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // What is printed may be more than a pipe takes.
    let (mut out, mut error) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let readers = [
        std::thread::spawn(move || read_all(&mut out)),
        std::thread::spawn(move || read_all(&mut error)),
    ];
    let begin = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if begin.elapsed() > Duration::from_secs(60) {
            child.kill().unwrap();
            panic!("{command:?} hangs");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let said = readers.map(|reader| reader.join().unwrap()).concat();
    (said, status.code().unwrap())
}

fn read_all(from: &mut impl std::io::Read) -> String {
    let mut bytes = Vec::new();
    from.read_to_end(&mut bytes).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// An input that is not read is an error. Among the rendered files it is a finding, or what a review cannot know.
fn is_told(path: &str, code: i32) -> bool {
    code == 2 || path.starts_with("rendered/")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn nothing_is_shown_of_what_a_link_leads_to_outside_of_the_repository() {
    let workspace = Workspace::new();
    let outside = workspace.folder.path().join("outside");
    for (path, commands) in FILES {
        let there = workspace.path(path);
        let kept = fs::read(&there).ok();
        fs::create_dir_all(there.parent().unwrap()).unwrap();
        let _ = fs::remove_file(&there);
        fs::write(&outside, format!("TOKEN={SECRET}\n{SECRET}: [\n")).unwrap();
        symlink(&outside, &there).unwrap();
        for command in *commands {
            let (said, code) = workspace.run(command);
            assert!(!said.contains(SECRET), "{path} {command:?}: {said}");
            assert!(is_told(path, code), "{path} {command:?}: {said}");
            let said = one_line(&said);
            assert!(
                said.contains("symbolic link") || said.contains("leads out of the repository"),
                "{path} {command:?}: {said}"
            );
        }
        fs::remove_file(&there).unwrap();
        match kept {
            Some(kept) => fs::write(&there, kept).unwrap(),
            None => drop(fs::remove_dir_all(
                workspace.path("rendered/.landgrant-render"),
            )),
        }
    }
    let (said, code) = workspace.run(CHECK);
    assert_eq!(code, 0, "{said}");
}

#[test]
fn no_folder_is_read_to_which_a_link_leads_out_of_the_repository() {
    for (path, commands) in FOLDERS {
        let workspace = Workspace::new();
        let outside = workspace.take_out(path);
        symlink(outside, workspace.path(path)).unwrap();
        for command in *commands {
            let (said, code) = workspace.run(command);
            assert!(is_told(path, code), "{path} {command:?}: {said}");
            let said = one_line(&said);
            assert!(
                said.contains("symbolic link") || said.contains("leads out of the repository"),
                "{path} {command:?}: {said}"
            );
        }
    }
}

#[test]
fn what_is_no_file_ends_every_command_at_once() {
    let workspace = Workspace::new();
    for (path, commands) in FILES {
        let there = workspace.path(path);
        let kept = fs::read(&there).ok();
        fs::create_dir_all(there.parent().unwrap()).unwrap();
        let _ = fs::remove_file(&there);
        let made = Command::new("mkfifo").arg(&there).status().unwrap();
        assert!(made.success());
        for command in *commands {
            let (said, code) = workspace.run(command);
            assert!(is_told(path, code), "{path} {command:?}: {said}");
            let said = one_line(&said);
            assert!(
                said.contains("only ordinary files are read")
                    || said.contains("is a special file")
                    || said.contains("is not a regular file")
                    || said.contains("No such device"),
                "{path} {command:?}: {said}"
            );
        }
        fs::remove_file(&there).unwrap();
        match kept {
            Some(kept) => fs::write(&there, kept).unwrap(),
            None => drop(fs::remove_dir_all(
                workspace.path("rendered/.landgrant-render"),
            )),
        }
    }
}

/// A link that stays in the repository, and a folder that a person names, are as good as any.
#[test]
fn what_stays_in_the_repository_or_is_named_by_hand_is_read() {
    let workspace = Workspace::new();
    for path in [
        "organization/accounts.json",
        "logo.svg",
        "organization/units",
    ] {
        let inner = workspace.path("shared");
        fs::rename(workspace.path(path), &inner).unwrap();
        symlink(&inner, workspace.path(path)).unwrap();
        for command in [RENDER, CHECK, KIT] {
            let (said, code) = workspace.run(command);
            assert_eq!(code, 0, "{path} {command:?}: {said}");
        }
        fs::remove_file(workspace.path(path)).unwrap();
        fs::rename(&inner, workspace.path(path)).unwrap();
    }
    let outside = workspace.take_out("catalogs");
    fs::rename(outside, workspace.folder.path().join("shared-catalogs")).unwrap();
    symlink(workspace.path(""), workspace.folder.path().join("link")).unwrap();
    let mut command = Command::new(LANDGRANT);
    command.current_dir(workspace.folder.path()).args([
        "render",
        "link/landgrant.yaml",
        "--catalogs",
        "repository/../shared-catalogs",
        "--out",
        "elsewhere",
    ]);
    let (said, code) = ran(&mut command);
    assert_eq!(code, 0, "{said}");
}

#[test]
fn outside_of_git_a_deployment_names_what_is_below_the_folder_above() {
    let workspace = Workspace::new();
    fs::remove_dir_all(workspace.path(".git")).unwrap();
    fs::rename(
        workspace.path("organization"),
        workspace.folder.path().join("organization"),
    )
    .unwrap();
    let text = fs::read_to_string(workspace.path("landgrant.yaml")).unwrap();
    let named = |from: &str| text.replace("organization/", &format!("{from}organization/"));
    workspace.write("landgrant.yaml", &named("../"));
    let (said, code) = workspace.run(RENDER);
    assert_eq!(code, 0, "{said}");
    workspace.write("landgrant.yaml", &named("../../"));
    let (said, code) = workspace.run(RENDER);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("error[outside-repository]"), "{said}");
}

/// The journal of a killed render is obeyed where it was written. One from a commit is told, and changes nothing.
#[test]
fn a_journal_from_a_commit_is_not_obeyed() {
    let workspace = Workspace::new();
    fs::remove_dir_all(workspace.path(".git")).unwrap();
    let git = |arguments: &[&str]| -> Output {
        let mut git = Command::new("git");
        git.current_dir(workspace.path("")).args(arguments);
        git.output().unwrap()
    };
    let planted = "# Generated by `landgrant render`\nresource \"x\" \"y\" {}\n";
    workspace.write("rendered/.landgrant-render/old/0", planted);
    workspace.write(
        "rendered/.landgrant-render/journal",
        "delete 0 - terraform/hub/zz_override.tf\n",
    );
    assert!(git(&["init", "--quiet"]).status.success());
    assert!(git(&["add", "--all"]).status.success());
    let (said, code) = workspace.run(CHECK);
    assert_eq!(code, 1, "{said}");
    let said = one_line(&said);
    assert!(
        said.contains("rendered/.landgrant-render is in Git"),
        "{said}"
    );
    assert!(said.contains("was not killed on this machine"), "{said}");
    let (said, code) = workspace.run(RENDER);
    assert_eq!(code, 2, "{said}");
    assert!(
        one_line(&said).contains("was not killed on this machine"),
        "{said}"
    );
    assert!(!said.contains("put back"), "{said}");
    assert!(
        !workspace
            .path("rendered/terraform/hub/zz_override.tf")
            .exists()
    );
    assert_eq!(
        fs::read_to_string(workspace.path("rendered/.landgrant-render/old/0")).unwrap(),
        planted
    );
}

/// GitHub takes a line of a log that begins with `::name::` for a command, whatever blanks stand before it, and `##[name]`
/// anywhere in a line.
#[test]
fn nothing_in_a_log_is_a_command() {
    let workspace = Workspace::new();
    let evil = "resource \"aws_iam_user\" \"x\" {\n";
    for name in [
        "a ::stop-commands::x.tf".to_owned(),
        format!("{} ::add-mask::x.tf", "b".repeat(60)),
        "c\n::error::x.tf".to_owned(),
        "d ##[add-mask]x.tf".to_owned(),
        "e\u{1b}[2J.tf".to_owned(),
    ] {
        workspace.write(&format!("rendered/terraform/hub/{name}"), evil);
    }
    let main = workspace.path("rendered/terraform/hub/main.tf");
    let text = fs::read_to_string(&main).unwrap();
    let edited = text.replacen('\n', "\n ::add-mask::y\n##[error]z\n::error::z\n", 1);
    fs::write(&main, edited).unwrap();
    for (arguments, expected) in [(CHECK, 1), (DIFF, 1), (RENDER, 2), (REVIEW_FOLDER, 0)] {
        let (said, code) = workspace.run(arguments);
        assert_eq!(code, expected, "{said}");
        assert!(said.contains("hub"), "{said}");
        for line in said.split(['\n', '\r']) {
            assert!(
                !line.trim_start().starts_with("::"),
                "{arguments:?}: {line}"
            );
            assert!(!line.contains("##["), "{arguments:?}: {line}");
            assert!(!line.contains('\u{1b}'), "{arguments:?}: {line}");
        }
    }
    let (said, _) = workspace.run(&["check", "--format", "github"]);
    let commands = said.lines().filter(|line| line.contains("::"));
    assert!(
        commands
            .clone()
            .all(|line| line.starts_with("::error file="))
            && commands.count() > 4,
        "{said}"
    );
}

/// The lock and every report name an input, a line each.
#[test]
fn an_input_has_a_name_of_one_line() {
    let workspace = Workspace::new();
    let text = fs::read_to_string(workspace.path("landgrant.yaml")).unwrap();
    for name in [
        "a\n::error::x.yaml",
        "a\u{1b}[2J.yaml",
        "a\u{202e}lmay.yaml",
    ] {
        workspace.write(name, &text);
        for command in ["render", "lint", "targets"] {
            let (said, code) = workspace.run(&[command, "--catalogs", "catalogs", name]);
            assert_eq!(code, 2, "{said}");
            assert!(said.contains("cannot be printed"), "{said}");
            let line = said.lines().find(|line| line.starts_with("::"));
            assert!(
                line.is_none() && !said.contains(['\u{1b}', '\u{202e}']),
                "{said}"
            );
        }
    }
}

/// What a change puts where a review is written is not written through.
#[test]
fn a_review_is_written_through_no_link() {
    let workspace = Workspace::new();
    fs::remove_dir_all(workspace.path(".git")).unwrap();
    let script = fs::canonicalize("integrations/review.sh").unwrap();
    let outside = workspace.folder.path().join("outside");
    fs::write(&outside, "precious").unwrap();
    symlink(&outside, workspace.path("body.md")).unwrap();
    let commands = "git init -q && git -c user.name=a -c user.email=a@example.com commit -q --allow-empty -m a && \
        \"$REVIEW\" HEAD body.md -x.yaml nothing";
    let program = Path::new(LANDGRANT).parent().unwrap().to_str().unwrap();
    let path = format!("{program}:{}", std::env::var("PATH").unwrap());
    let mut bash = Command::new("bash");
    bash.args(["-c", commands])
        .current_dir(workspace.path(""))
        .env("REVIEW", script)
        .env("PATH", path);
    let (said, code) = ran(&mut bash);
    assert_eq!(code, 2, "{said}");
    // The names are those of files, which are not there.
    assert!(said.contains("cannot read ./-x.yaml"), "{said}");
    assert_eq!(fs::read_to_string(outside).unwrap(), "precious");
    let body = fs::read_to_string(workspace.path("body.md")).unwrap();
    assert!(
        body.contains("from `nothing` to `./nothing` is not known"),
        "{body}"
    );
}

/// A folder that looks like a repository without `.git` is one to Git, with settings that name programs to run.
#[test]
fn no_program_runs_that_a_planted_repository_names() {
    let workspace = Workspace::new();
    let sentinel = workspace.folder.path().join("ran");
    let program = format!("#!/bin/sh\ntouch '{}'\n", sentinel.display());
    fs::remove_dir_all(workspace.path(".git")).unwrap();
    for folder in ["rendered", "organization"] {
        workspace.write(&format!("{folder}/evil.sh"), &program);
        let runs = fs::Permissions::from_mode(0o755);
        fs::set_permissions(workspace.path(&format!("{folder}/evil.sh")), runs).unwrap();
        let settings = format!(
            "[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = .\n\tfsmonitor = ./evil.sh\n\
             [protocol \"ext\"]\n\tallow = always\n[remote \"origin\"]\n\turl = ext::touch {}\n",
            sentinel.display()
        );
        workspace.write(&format!("{folder}/config"), &settings);
        workspace.write(&format!("{folder}/HEAD"), "ref: refs/heads/main\n");
        workspace.write(&format!("{folder}/refs/x"), "");
        workspace.write(&format!("{folder}/objects/x"), "");
    }
    let git = |folder: &str, arguments: &[&str]| {
        let mut git = Command::new("git");
        git.current_dir(workspace.path(folder)).args(arguments);
        git.output().unwrap()
    };
    assert!(git("", &["init", "--quiet"]).status.success());
    assert!(git("", &["add", "--all", "--force"]).status.success());
    git("rendered", &["ls-files"]);
    assert!(
        fs::remove_file(&sentinel).is_ok(),
        "the attack is none here"
    );
    for (folder, arguments) in [
        ("", &["check"][..]),
        ("", REVIEW_FOLDER),
        ("", RENDER),
        (
            "organization",
            &["check", "../landgrant.yaml", "--out", "../rendered"],
        ),
        (
            "organization",
            &["review", "HEAD:landgrant.yaml", "../landgrant.yaml"],
        ),
    ] {
        let (said, _) = ran(workspace
            .command()
            .current_dir(workspace.path(folder))
            .args(arguments));
        assert!(!sentinel.exists(), "{folder} {arguments:?}: {said}");
    }
    // The script of a pipeline fetches a base that a shallow clone lacks, and may be started in any folder.
    git("organization", &["fetch", "--quiet", "origin", "x"]);
    assert!(
        fs::remove_file(&sentinel).is_ok(),
        "the attack is none here"
    );
    let program = Path::new(LANDGRANT).parent().unwrap().to_str().unwrap();
    let (said, _) = ran(Command::new("bash")
        .arg(fs::canonicalize("integrations/review.sh").unwrap())
        .args(["0123456789012345678901234567890123456789", "body.md"])
        .arg("../landgrant.yaml")
        .current_dir(workspace.path("organization"))
        .env(
            "PATH",
            format!("{program}:{}", std::env::var("PATH").unwrap()),
        ));
    assert!(!sentinel.exists(), "{said}");
    fs::remove_file(workspace.path("organization/body.md")).unwrap();
    // What of Terraform's is in the index is found all the same.
    workspace.write("rendered/terraform/hub/.terraform/providers/x", "");
    assert!(git("", &["add", "--all", "--force"]).status.success());
    let (said, _) = workspace.run(CHECK);
    assert!(
        one_line(&said).contains("hub/.terraform is under version control"),
        "{said}"
    );
}
