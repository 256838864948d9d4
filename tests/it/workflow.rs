//! What plugs Landgrant into a workflow: hooks of pre-commit, the GitHub Action, the GitLab job, completions and man
//! pages. Their own files are read, and what they say is run in a real Git repository.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const DEPLOYMENT: &str = "fixtures/render/micetro-two-targets/landgrant.yaml";

/// A Git repository with a deployment and what is rendered of it, and a folder with stand-ins for other programs.
struct Repository {
    folder: TempDir,
    programs: TempDir,
}

impl Repository {
    fn committed() -> Self {
        let repository = Self {
            folder: tempfile::tempdir().unwrap(),
            programs: tempfile::tempdir().unwrap(),
        };
        fs::copy(DEPLOYMENT, repository.path("landgrant.yaml")).unwrap();
        let review = fs::canonicalize("integrations/review.sh").unwrap();
        std::os::unix::fs::symlink(
            env!("CARGO_BIN_EXE_landgrant"),
            repository.programs.path().join("landgrant"),
        )
        .unwrap();
        std::os::unix::fs::symlink(review, repository.programs.path().join("landgrant-review"))
            .unwrap();
        repository.bash("landgrant render && git init -q -b main", &[]);
        repository.commit("rendered");
        repository
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn run(&self, script: &str, environment: &[(&str, &str)]) -> Output {
        let path = format!(
            "{}:{}",
            self.programs.path().display(),
            std::env::var("PATH").unwrap()
        );
        Command::new("bash")
            .current_dir(self.folder.path())
            .args(["-euo", "pipefail", "-c", script])
            .env("PATH", path)
            .envs(environment.iter().copied())
            .output()
            .unwrap()
    }

    fn bash(&self, script: &str, environment: &[(&str, &str)]) -> String {
        let output = self.run(script, environment);
        assert!(output.status.success(), "{script}: {}", said(&output));
        said(&output)
    }

    /// Writes a second deployment, whose names are all its own.
    fn add_other(&self) {
        let text = fs::read_to_string(self.path("landgrant.yaml")).unwrap();
        let other = text
            .replace("name: acme", "name: other")
            .replace("svc-micetro", "svc-other")
            .replace("micetro-access", "other-access")
            .replace("MicetroAccess", "OtherAccess");
        fs::write(self.path("other.yaml"), other).unwrap();
    }

    fn commit(&self, message: &str) {
        self.bash(
            "git add -A && git -c user.name=Test -c user.email=test@example.com commit -q -m \"$MESSAGE\"",
            &[("MESSAGE", message)],
        );
    }

    fn edit(&self, path: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(path)).unwrap();
        assert!(text.contains(from), "{from} is not in {path}");
        fs::write(self.path(path), text.replacen(from, to, 1)).unwrap();
    }

    /// A program that only writes down what it is given: one line for each argument.
    fn stand_in(&self, name: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt as _;
        let log = self.programs.path().join(format!("{name}.log"));
        let program = self.programs.path().join(name);
        fs::write(
            &program,
            format!("#!/bin/sh\nprintf '%s\\n' \"$@\" >>'{}'\n", log.display()),
        )
        .unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        log
    }
}

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

fn yaml(path: &str) -> Value {
    serde_yaml::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn hooks_fail_where_a_render_would_change_a_file_and_change_none() {
    let hooks = yaml(".pre-commit-hooks.yaml");
    let entries: BTreeMap<&str, &str> = hooks
        .as_array()
        .unwrap()
        .iter()
        .map(|hook| {
            assert_eq!(hook["language"], "rust");
            assert_eq!(hook["pass_filenames"], false);
            (
                hook["id"].as_str().unwrap(),
                hook["entry"].as_str().unwrap(),
            )
        })
        .collect();
    let ids: Vec<&&str> = entries.keys().collect();
    assert_eq!(ids, [&"landgrant-check", &"landgrant-lint"]);
    let repository = Repository::committed();
    // As pre-commit does: each hook is run, and no file may be another afterwards.
    let hook = format!(
        "#!/bin/sh\nset -e\n{}\n{}\ngit diff --exit-code\n",
        entries["landgrant-check"], entries["landgrant-lint"]
    );
    fs::write(repository.path(".git/hooks/pre-commit"), hook).unwrap();
    repository.bash("chmod +x .git/hooks/pre-commit", &[]);
    let commit =
        "git add -A && git -c user.name=Test -c user.email=test@example.com commit -q -m change";
    fs::write(repository.path("README.md"), "# Access\n").unwrap();
    repository.bash(commit, &[]);
    repository.edit("landgrant.yaml", "network-platform", "network");
    let output = repository.run(commit, &[]);
    assert!(!output.status.success());
    assert!(
        said(&output).contains("error[changed-output]"),
        "{}",
        said(&output)
    );
    repository.bash("landgrant render", &[]);
    repository.bash(commit, &[]);
    // What a reviewer would refuse.
    repository.edit(
        "landgrant.yaml",
        "micetro@10.2\n    features: [account, multi-account, dns, network]",
        "multitool@1\n    features: [iam]",
    );
    repository.bash("landgrant render", &[]);
    let output = repository.run(commit, &[]);
    assert!(!output.status.success());
    assert!(
        said(&output).contains("escalation-path"),
        "{}",
        said(&output)
    );
}

#[test]
fn the_github_action_comments_what_a_pull_request_changes() {
    let action = yaml("action.yml");
    let repository = Repository::committed();
    let log = repository.stand_in("gh");
    let comments = repository.programs.path().join("comments");
    let stand_in = repository.programs.path().join("gh");
    let program = fs::read_to_string(&stand_in).unwrap();
    let answer = format!(
        "case \"$*\" in *viewerDidAuthor*) cat '{}' 2>/dev/null || true;; esac\n",
        comments.display()
    );
    fs::write(&stand_in, program + &answer).unwrap();
    let base = repository.bash("git rev-parse HEAD", &[]);
    repository.edit(
        "landgrant.yaml",
        "targets:\n",
        "trust: {restrict_to_user: false}\ntargets:\n",
    );
    let run = |fail_on: &str| {
        let temporary = tempfile::tempdir().unwrap();
        let file = |name: &str| temporary.path().join(name).display().to_string();
        let action_path = fs::canonicalize(".").unwrap();
        let mut known: BTreeMap<String, String> = BTreeMap::from([
            (
                "github.action_path".to_owned(),
                action_path.display().to_string(),
            ),
            (
                "github.event.pull_request.html_url".to_owned(),
                "https://example.com/pull/1".to_owned(),
            ),
            ("inputs.base".to_owned(), base.trim().to_owned()),
            ("inputs.token".to_owned(), "none".to_owned()),
            ("inputs.fail-on".to_owned(), fail_on.to_owned()),
        ]);
        for (name, input) in action["inputs"].as_object().unwrap() {
            let default = input["default"].as_str().unwrap().to_owned();
            known.entry(format!("inputs.{name}")).or_insert(default);
        }
        let mut last = None;
        for step in action["runs"]["steps"].as_array().unwrap() {
            assert_eq!(step["shell"], "bash");
            let mut environment = vec![
                (
                    "RUNNER_TEMP".to_owned(),
                    temporary.path().display().to_string(),
                ),
                ("GITHUB_OUTPUT".to_owned(), file("output")),
                ("GITHUB_STEP_SUMMARY".to_owned(), file("summary")),
            ];
            for (name, value) in step["env"].as_object().unwrap() {
                environment.push((name.clone(), filled(value.as_str().unwrap(), &known)));
            }
            let environment: Vec<(&str, &str)> = environment
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            let script = step["run"].as_str().unwrap();
            // Nothing of the event is pasted into a script, where it would be code.
            assert!(!script.contains("${{"), "{script}");
            let output = repository.run(script, &environment);
            if let Ok(outputs) = fs::read_to_string(file("output")) {
                for (name, value) in outputs.lines().filter_map(|line| line.split_once('=')) {
                    known.insert(format!("steps.review.outputs.{name}"), value.to_owned());
                }
            }
            last = Some((output.status.code(), said(&output)));
            if !output.status.success() {
                break;
            }
        }
        let summary = fs::read_to_string(file("summary")).unwrap();
        (last.unwrap(), summary)
    };
    // The change is not rendered yet.
    let ((code, _), summary) = run("");
    assert_eq!(code, Some(1));
    assert!(
        summary.contains("### The rendered files are not what the deployment says"),
        "{summary}"
    );
    assert!(
        summary.contains("files edited by hand or not rendered.**")
            && summary.contains("**Apart from that: grants more than before.**"),
        "{summary}"
    );
    repository.bash("landgrant render", &[]);
    let ((code, text), summary) = run("");
    assert_eq!(code, Some(0), "{text}");
    assert!(summary.starts_with("### Permissions: "), "{summary}");
    assert_eq!(run("widened").0.0, Some(1));
    assert_eq!(run("escalation").0.0, Some(0));
    let calls = fs::read_to_string(&log).unwrap();
    assert!(
        calls.starts_with("api\ngraphql\n--paginate\n-f\nurl=https://example.com/pull/1\n"),
        "{calls}"
    );
    assert!(
        calls.contains("\npr\ncomment\nhttps://example.com/pull/1\n--body-file\n"),
        "{calls}"
    );
    // Whatever else was written with the token stays as it is.
    fs::remove_file(&log).unwrap();
    let theirs = "IC_1\t### Another workflow\nIC_2\t<!-- landgrant-review: other.yaml -->\n";
    fs::write(&comments, theirs).unwrap();
    assert_eq!(run("").0.0, Some(0));
    let calls = fs::read_to_string(&log).unwrap();
    assert!(
        calls.contains("\npr\ncomment\n") && !calls.contains("id=IC_"),
        "{calls}"
    );
    fs::remove_file(&log).unwrap();
    let ours = format!("{theirs}IC_3\t<!-- landgrant-review: landgrant.yaml -->\n");
    fs::write(&comments, ours).unwrap();
    assert_eq!(run("").0.0, Some(0));
    let calls = fs::read_to_string(&log).unwrap();
    assert!(
        calls.contains("\nid=IC_3\n-F\nbody=@") && !calls.contains("\npr\ncomment\n"),
        "{calls}"
    );
}

/// A value with `${{ … }}` filled in.
fn filled(value: &str, known: &BTreeMap<String, String>) -> String {
    let mut filled = String::new();
    let mut rest = value;
    while let Some((before, after)) = rest.split_once("${{") {
        let (name, after) = after.split_once("}}").unwrap();
        filled.push_str(before);
        filled.push_str(
            known
                .get(name.trim())
                .unwrap_or_else(|| panic!("{name} is not known")),
        );
        rest = after;
    }
    filled + rest
}

#[test]
fn the_gitlab_job_posts_a_note() {
    let file = yaml("integrations/gitlab.yml");
    let job = &file["landgrant-review"];
    let script: Vec<&str> = job["script"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line.as_str().unwrap())
        .collect();
    let repository = Repository::committed();
    let log = repository.stand_in("curl");
    let base = repository.bash("git rev-parse HEAD", &[]);
    repository.edit(
        "landgrant.yaml",
        "targets:\n",
        "trust: {restrict_to_user: false}\ntargets:\n",
    );
    repository.bash("landgrant render", &[]);
    let environment = [
        ("CI_MERGE_REQUEST_DIFF_BASE_SHA", base.trim()),
        ("CI_API_V4_URL", "https://gitlab.example.com/api/v4"),
        ("CI_PROJECT_ID", "1"),
        ("CI_MERGE_REQUEST_IID", "2"),
        (
            "LANDGRANT_DEPLOYMENTS",
            job["variables"]["LANDGRANT_DEPLOYMENTS"].as_str().unwrap(),
        ),
        ("LANDGRANT_TOKEN", "none"),
    ];
    repository.bash(&script.join("\n"), &environment);
    let body = fs::read_to_string(repository.path(job["artifacts"]["paths"][0].as_str().unwrap()))
        .unwrap();
    assert!(body.contains("**Grants more than before.**"), "{body}");
    let calls = fs::read_to_string(log).unwrap();
    assert!(calls.contains("\nbody@landgrant-review.md\nhttps://gitlab.example.com/api/v4/projects/1/merge_requests/2/notes\n"), "{calls}");
}

#[test]
fn a_new_deployment_is_compared_with_nothing() {
    let repository = Repository::committed();
    let base = repository.bash("git rev-parse HEAD", &[]);
    repository.add_other();
    repository.bash("landgrant render other.yaml --out rendered/other", &[]);
    let environment = [("BASE", base.trim()), ("LANDGRANT_OUT", "rendered/other")];
    repository.bash(
        "landgrant-review \"$BASE\" body.md other.yaml",
        &environment,
    );
    let body = fs::read_to_string(repository.path("body.md")).unwrap();
    assert!(
        body.contains("### Permissions: `nothing` → `other.yaml`"),
        "{body}"
    );
    assert!(
        body.contains("`user svc-other in 111111111111` | new"),
        "{body}"
    );
}

/// No deployment says what was edited by hand: it is shown, before anything else and not behind a click.
#[test]
fn a_hand_edit_is_shown_and_fails() {
    let repository = Repository::committed();
    let base = repository.bash("git rev-parse HEAD", &[]);
    let environment = [("BASE", base.trim()), ("LANDGRANT_FAIL_ON", "escalation")];
    let review = || {
        let output = repository.run("landgrant-review \"$BASE\" body.md", &environment);
        let body = fs::read_to_string(repository.path("body.md")).unwrap();
        (output.status.code(), body)
    };
    repository.edit(
        "rendered/terraform/modules/target-role/main.tf",
        "Action = [\n",
        "Action = [\n          \"iam:*\",\n",
    );
    let state = "terraform/hub/terraform.tfstate";
    fs::write(
        repository.path("rendered").join(state),
        "{\"version\": 4}\n",
    )
    .unwrap();
    let (code, body) = review();
    assert_eq!(code, Some(1), "{body}");
    for said in [
        "edited-output",
        "foreign-file",
        "**Not known: 2 files edited by hand or not rendered.**",
        "\n+          \"iam:*\",\n",
        "terraform.tfstate` is a Terraform state",
        "**Apart from that, no grant changes.**",
    ] {
        assert!(body.contains(said), "{said}: {body}");
    }
    assert!(
        !body.contains("<details>") && !body.contains("the same as before"),
        "{body}"
    );
    fs::remove_file(repository.path("rendered").join(state)).unwrap();
    // Without the deployment it is read, and what cannot be read is said and is no success.
    repository.edit(
        "rendered/terraform/modules/target-role/main.tf",
        "jsonencode(",
        "yamlencode(",
    );
    fs::remove_file(repository.path("landgrant.yaml")).unwrap();
    let (code, body) = review();
    assert_eq!(code, Some(2), "{body}");
    assert!(body.contains("to `rendered` is not known"), "{body}");
}

#[test]
fn a_review_without_a_base_says_how_it_is_called() {
    let repository = Repository::committed();
    for call in ["landgrant-review", "landgrant-review '' body.md"] {
        let output = repository.run(call, &[]);
        assert_eq!(output.status.code(), Some(2));
        assert!(said(&output).contains("usage: review.sh BASE BODY"));
    }
}

#[test]
fn a_deployment_that_goes_is_compared_with_what_is_left_of_it() {
    let repository = Repository::committed();
    let base = repository.bash("git rev-parse HEAD", &[]);
    let environment = [("BASE", base.trim())];
    let review = || {
        repository.bash("landgrant-review \"$BASE\" body.md", &environment);
        fs::read_to_string(repository.path("body.md")).unwrap()
    };
    fs::remove_file(repository.path("landgrant.yaml")).unwrap();
    // The rendered files are still there, and somebody could have edited them.
    repository.edit(
        "rendered/terraform/hub/main.tf",
        "\"sts:GetCallerIdentity\"",
        "\"sts:*\"",
    );
    let body = review();
    assert!(
        body.contains("→ `rendered`") && body.contains("Apart from that: grants more"),
        "{body}"
    );
    assert!(
        body.contains("`rendered/landgrant.lock` does not lead to a deployment"),
        "{body}"
    );
    fs::remove_dir_all(repository.path("rendered")).unwrap();
    let body = review();
    assert!(
        body.contains("→ `nothing`") && body.contains("**Grants less than before.**"),
        "{body}"
    );
    // What is in neither is misspelt.
    let output = repository.run(
        "landgrant-review \"$BASE\" body.md other.yaml",
        &environment,
    );
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
}

#[test]
fn of_several_deployments_one_can_go() {
    let repository = Repository::committed();
    repository.add_other();
    repository.bash(
        "rm -r rendered && landgrant render landgrant.yaml other.yaml",
        &[],
    );
    repository.commit("two");
    let base = repository.bash("git rev-parse HEAD", &[]);
    repository.bash("rm -r other.yaml rendered/other", &[]);
    repository.bash(
        "landgrant-review \"$BASE\" body.md landgrant.yaml other.yaml",
        &[("BASE", base.trim())],
    );
    let body = fs::read_to_string(repository.path("body.md")).unwrap();
    assert!(body.contains("**Grants the same as before.**"), "{body}");
    assert!(body.contains("→ `nothing`"), "{body}");
}

#[test]
fn a_review_runs_in_a_folder_of_a_monorepo() {
    let repository = Repository::committed();
    let catalog = fs::read_to_string("fixtures/catalogs/velero/1.13.0.yaml").unwrap();
    fs::create_dir_all(repository.path("envs/prod/catalogs/velero")).unwrap();
    fs::write(
        repository.path("envs/prod/catalogs/velero/1.yaml"),
        catalog.replace("\"1.13.0\"", "\"1\""),
    )
    .unwrap();
    fs::rename(
        repository.path("landgrant.yaml"),
        repository.path("envs/prod/landgrant.yaml"),
    )
    .unwrap();
    repository.edit(
        "envs/prod/landgrant.yaml",
        "role:\n",
        "  - catalog: velero@1\n    features: [backup-storage]\n    parameters: {bucket: amzn-s3-demo-bucket}\nrole:\n",
    );
    let environment = [("LANDGRANT_CATALOGS", "catalogs"), ("BASE", "HEAD")];
    repository.bash(
        "cd envs/prod && landgrant render --catalogs catalogs",
        &environment,
    );
    repository.commit("a monorepo");
    repository.edit(
        "envs/prod/landgrant.yaml",
        "targets:\n",
        "trust: {restrict_to_user: false}\ntargets:\n",
    );
    let script = "cd envs/prod && landgrant render --catalogs catalogs && landgrant-review \"$BASE\" ../../body.md";
    repository.bash(script, &environment);
    let body = fs::read_to_string(repository.path("body.md")).unwrap();
    assert!(body.contains("**Grants more than before.**"), "{body}");
    assert!(body.contains(":./landgrant.yaml` → "), "{body}");
}

#[test]
fn completions_and_man_pages_know_every_command() {
    let repository = Repository::committed();
    let help = repository.bash("landgrant --help", &[]);
    let commands: Vec<&str> = help
        .split("Commands:\n")
        .nth(1)
        .unwrap()
        .lines()
        .take_while(|line| line.starts_with("  "))
        // What begins further right goes on with the line above.
        .filter(|line| !line.starts_with("   "))
        .map(|line| line.split_whitespace().next().unwrap())
        .filter(|command| *command != "help")
        .collect();
    assert!(commands.len() > 8);
    repository.bash("landgrant man --out pages", &[]);
    for command in &commands {
        let page =
            fs::read_to_string(repository.path(&format!("pages/landgrant-{command}.1"))).unwrap();
        assert!(
            page.contains(".TH ") && page.contains(".SH OPTIONS"),
            "{command}"
        );
    }
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = repository.bash(&format!("landgrant completions {shell}"), &[]);
        for command in &commands {
            assert!(script.contains(command), "{shell} does not know {command}");
        }
    }
    // The real shell takes it, and completes a command.
    let completed = repository.bash(
        "source <(landgrant completions bash); COMP_WORDS=(landgrant rev); COMP_CWORD=1; _landgrant landgrant rev landgrant; echo \"${COMPREPLY[@]}\"",
        &[],
    );
    assert_eq!(completed.trim(), "review");
}
