//! The first hour with Landgrant: what it prints to be run next is run, and places that are taken are refused.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_landgrant"))
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap()
}

fn told(output: &Output) -> String {
    let said = [output.stdout.clone(), output.stderr.clone()].concat();
    String::from_utf8(said).unwrap()
}

#[test]
fn what_init_prints_can_be_run() {
    for arguments in [
        &["init"][..],
        &["init", "access"],
        &["init", "vendor", "--for", "vendor-account"],
        &["init", "github", "--for", "github"],
        &["init", "eks", "--for", "eks"],
        &["init", "ec2", "--for", "ec2"],
    ] {
        let folder = tempfile::tempdir().unwrap();
        let said = told(&run(folder.path(), arguments));
        assert!(
            said.lines().all(|line| line.chars().count() <= 80),
            "{said}"
        );
        let commands = said
            .lines()
            .filter_map(|line| line.strip_prefix("  landgrant "));
        let commands: Vec<&str> = commands.collect();
        assert_eq!(commands.len(), 2, "{said}");
        for command in commands {
            let arguments: Vec<&str> = command.split(' ').collect();
            let output = run(folder.path(), &arguments);
            assert!(output.status.success(), "{}", told(&output));
        }
        let beside = folder.path().join(arguments.get(1).unwrap_or(&"."));
        assert!(beside.join("rendered/landgrant.lock").is_file());
    }
}

#[test]
fn a_kit_is_put_neither_over_a_render_nor_over_the_deployment() {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &["init"]);
    assert!(run(folder.path(), &["render"]).status.success());
    for (arguments, said) in [
        (
            ["kit", "--out", "rendered"],
            "rendered holds rendered files; give the kit a folder of its own with --out",
        ),
        (
            ["kit", "--zip", "landgrant.yaml"],
            "landgrant.yaml is the deployment; give the ZIP file another name",
        ),
    ] {
        let output = run(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(2));
        assert!(told(&output).contains(said), "{}", told(&output));
    }
    assert!(!folder.path().join("kit").exists());
    assert!(run(folder.path(), &["kit"]).status.success());
    assert!(run(folder.path(), &["kit"]).status.success());
}

#[test]
fn man_pages_know_the_version_and_each_other() {
    let folder = tempfile::tempdir().unwrap();
    assert!(
        run(folder.path(), &["man", "--out", "man"])
            .status
            .success()
    );
    let pages = folder.path().join("man");
    let mut count = 0;
    for page in fs::read_dir(&pages).unwrap() {
        let text = fs::read_to_string(page.unwrap().path()).unwrap();
        let version = format!("landgrant {}", env!("CARGO_PKG_VERSION"));
        assert!(text.contains(&version), "{text}");
        assert!(text.contains("EXIT STATUS"), "{text}");
        // Every page that is told of is there.
        let text = text.replace('\\', "");
        for (end, _) in text.match_indices("(1)") {
            let name = text[..end].rsplit([' ', '\n']).next().unwrap();
            assert!(pages.join(format!("{name}.1")).is_file(), "{name}");
            count += 1;
        }
    }
    assert!(count > 40, "{count}");
}

#[test]
fn shells_complete_files_and_catalogs() {
    let here = Path::new(".");
    let bash = told(&run(here, &["completions", "bash"]));
    assert!(bash.contains("micetro@11.0 multitool@1"));
    let zsh = told(&run(here, &["completions", "zsh"]));
    assert!(zsh.contains(":DIR:_files -/"), "{zsh}");
    let help = told(&run(here, &["catalog", "show", "--help"]));
    assert!(!help.contains("possible values: micetro"), "{help}");
}
