//! `landgrant check` and `landgrant diff`: every way in which a folder can differ from its inputs, and the company
//! that is expected.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const DEPLOYMENT: &str = "fixtures/render/micetro-two-targets/landgrant.yaml";

/// Files that may stand beside rendered ones unasked.
const COMPANY: &[(&str, &str)] = &[
    ("README.md", "# Ours\n"),
    ("terraform/hub/README", "ours\n"),
    (".gitignore", ".terraform/\n"),
    ("terraform/hub/.terraform.lock.hcl", "provider \"x\" {}\n"),
    (
        "terraform/hub/.terraform/modules/x/main.tf",
        "resource \"a\" \"b\" {}\n",
    ),
    (
        "terraform/targets/222222222222/.terraform/modules/modules.json",
        "{\"Modules\":[{\"Key\":\"\",\"Source\":\"\",\"Dir\":\".\"},{\"Key\":\"role\",\"Source\":\"../../modules/target-role\",\"Dir\":\"../../modules/target-role\"}]}",
    ),
    (
        "terraform/hub/.terraform/modules/modules.json",
        "{\"Modules\":[{\"Key\":\"\",\"Source\":\"\",\"Dir\":\".\"},{\"Key\":\"gone\",\"Source\":\"./x\",\"Dir\":\"x\"}]}",
    ),
];

/// A backend that names somebody's state, the team's own or another.
const BACKEND: &str =
    "terraform {\n  backend \"s3\" {\n    bucket = \"amzn-s3-demo-bucket\"\n  }\n}\n";

/// A role that stays when its stack is gone, with everything that it can be given.
const RETAINED_ADMIN: &str = "{\"Resources\": {\"R\": {\"Type\": \"AWS::IAM::Role\", \"DeletionPolicy\": \"Retain\", \"Properties\": {\"ManagedPolicyArns\": [\"arn:aws:iam::aws:policy/AdministratorAccess\"]}}}}";

/// Files that would be applied or deployed with the rendered ones.
const FOREIGN: &[(&str, &str)] = &[
    ("terraform/hub/backend.tf", BACKEND),
    (
        "terraform/hub/cloud.tf",
        "terraform {\n  cloud {\n    organization = \"theirs\"\n  }\n}\n",
    ),
    ("terraform/hub/backend.tofu", BACKEND),
    (
        "terraform/hub/state.tf.json",
        "{\"terraform\": [{\"backend\": {\"s3\": {}}}]}",
    ),
    (
        "terraform/hub/theirs.tf",
        "data \"terraform_remote_state\" \"x\" {\n  backend = \"http\"\n  config  = { address = \"https://example.com\" }\n}\n",
    ),
    (
        "terraform/hub/terraform.tfstate",
        "{\"version\": 4, \"resources\": [{}]}",
    ),
    (
        "terraform/hub/state.json",
        "{\"version\": 4, \"resources\": []}",
    ),
    ("terraform/hub/terraform.tfvars", "region = \"eu-west-1\"\n"),
    ("terraform/hub/ours.auto.tfvars", "region = \"eu-west-1\"\n"),
    ("terraform/hub/.terraformrc", "plugin_cache_dir = \"x\"\n"),
    // An empty heredoc, after which not every parser sees the resource.
    (
        "terraform/hub/notes.tf",
        "locals {\n  a = <<E\nE\n}\nresource \"aws_iam_user_policy_attachment\" \"x\" {\n  user       = \"svc-micetro\"\n  policy_arn = \"arn:aws:iam::aws:policy/AdministratorAccess\"\n}\nlocals {\n  b = <<E\nE\n}\n",
    ),
    ("terraform/hub/notes", "anything\n"),
    (
        "cloudformation/hub.YAML",
        "Resources: {A: {Type: AWS::IAM::User}}\n",
    ),
    (
        "cloudformation/hub.txt",
        "Resources: {A: {Type: AWS::IAM::User}}\n",
    ),
    (
        "cloudformation/import/222222222222.template.json",
        RETAINED_ADMIN,
    ),
    ("cloudformation/import/222222222222.json", "[]"),
    (
        "terraform/hub/who.tf",
        "data \"aws_caller_identity\" \"this\" {}\n",
    ),
    ("ci.yml", "image: {{ x }}\n"),
    ("pipeline/list.json", "{\"targets\": []}"),
    (
        "terraform/hub/.extra.tf",
        "resource \"aws_iam_user\" \"x\" {\n  name = \"x\"\n}\n",
    ),
    (
        "terraform/hub/imports.tf",
        "import {\n  to = aws_iam_group.access[\"1\"]\n  id = \"micetro-access\"\n}\n",
    ),
    ("other/landgrant.lock", "format 1\n"),
    (
        "terraform/hub/extra.tf.json",
        "[{\"resource\": {\"aws_iam_user\": {\"x\": {\"name\": \"x\"}}}}]",
    ),
    (
        "terraform/hub/run.tf",
        "data \"external\" \"x\" {\n  program = [\"sh\", \"-c\", \"id\"]\n}\n",
    ),
    (
        "terraform/hub/run.tf.json",
        "{\"data\": [{\"external\": [{\"x\": {\"program\": [\"id\"]}}]}]}",
    ),
    (
        "terraform/hub/check.tf",
        "check \"x\" {\n  data \"http\" \"x\" {\n    url = \"https://example.com\"\n  }\n}\n",
    ),
    (
        "terraform/hub/source.tf",
        "terraform {\n  required_providers {\n    aws = { source = \"example/aws\" }\n  }\n}\n",
    ),
    (
        "terraform/hub/twice.tf.json",
        "{\"data\": {\"external\": {}}, \"data\": {\"aws_caller_identity\": {}}}",
    ),
    (
        "cloudformation/twice.json",
        "{\"Resources\": {\"A\": {}}, \"Resources\": {}}",
    ),
    // OpenTofu reads them in the place of the rendered ones.
    ("terraform/hub/locals.tofu", ""),
    ("terraform/hub/main.tofu.json", "{}"),
    (
        "terraform/hub/extra.tofu",
        "resource \"aws_iam_user\" \"x\" {}\n",
    ),
    ("extra.tf", "resource \"aws_iam_user\" \"x\" {}\n"),
    ("extra.yaml", "Resources: {A: {Type: AWS::IAM::User}}\n"),
    (
        "cloudformation/numbers.yaml",
        "Mappings: {A: {1: {B: c}}}\nResources: {A: {Type: AWS::IAM::User}}\n",
    ),
    (
        "cloudformation/broken.yaml",
        "Resources:\n  A: {Type: AWS::IAM::User\n",
    ),
    (
        "cloudformation/included.yaml",
        "Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://b/k}}\n",
    ),
    (
        "cloudformation/extra.cfn",
        "Resources: {A: {Type: AWS::IAM::User}}\n",
    ),
    (
        "cloudformation/extra.cform",
        "Resources: {A: {Type: AWS::IAM::User}}\n",
    ),
    (
        "cloudformation/yaml.json",
        "Resources: {A: {Type: AWS::IAM::User}}\n",
    ),
    ("cloudformation/parameters/444444444444.json", "[]"),
    (
        "terraform/hub/adopted.tf",
        "import {\n  to = aws_iam_group.access[\"1\"]\n  id = \"Administrators\"\n}\n",
    ),
    (
        "terraform/hub/adopted.tf",
        "import {\n  to = aws_iam_group.access[\"2\"]\n  id = \"micetro-access\"\n}\n",
    ),
    (
        "terraform/hub/adopted.tf",
        "import {\n  to = aws_iam_user_group_membership.product[\"1\"]\n  id = \"svc-micetro/Administrators\"\n}\n",
    ),
    (
        "terraform/hub/adopted.tf",
        "locals {\n  who = \"micetro-access\"\n}\nimport {\n  to = aws_iam_group.access[\"1\"]\n  id = local.who\n}\n",
    ),
    (
        "terraform/targets/222222222222/adopted.tf",
        "import {\n  to = module.role.aws_iam_role.access\n  id = \"Administrator\"\n}\n",
    ),
    (
        "terraform/modules/target-role/adopted.tf",
        "import {\n  to = aws_iam_role.access\n  id = \"MicetroAccess\"\n}\n",
    ),
    (
        "terraform/hub/adopted.tofu",
        "import {\n  to = aws_iam_group.access[\"1\"]\n  id = \"Administrators\"\n}\n",
    ),
    (
        "terraform/hub/adopted.tf.json",
        "{\"import\": [{\"to\": \"aws_iam_group.access[\\\"1\\\"]\", \"id\": \"Administrators\"}]}",
    ),
    (
        "terraform/hub/moved.tf",
        "moved {\n  from = aws_iam_group.admins\n  to   = aws_iam_group.access[\"1\"]\n}\n",
    ),
    (
        "terraform/hub/removed.tf",
        "removed {\n  from = aws_iam_user.old\n  lifecycle {\n    destroy = false\n  }\n}\n",
    ),
    (
        "terraform/targets/333333333333/.terraform/modules/modules.json",
        "{\"Modules\":[{\"Key\":\"role\",\"Source\":\"../../modules/target-role\",\"Dir\":\"../../modules/other-role\"}]}",
    ),
    (
        "terraform/targets/333333333333/.terraform/modules/modules.json",
        "{\"Modules\":[{\"Key\":\"role\",\"Source\":\"../../modules/target-role\",\"Dir\":\"../../../../terraform/modules/target-role\"}]}",
    ),
    (
        "terraform/targets/333333333333/.terraform/modules/modules.json",
        "{\"Modules\":[{\"Key\":\"role\",\"Source\":\"../../modules/target-role\",\"Dir\":\"/terraform/modules/target-role\"}]}",
    ),
    (
        "terraform/targets/333333333333/.terraform/modules/modules.json",
        "{\"modules\":[{\"key\":\"role\",\"source\":\"../../modules/target-role\",\"dir\":\"../../modules/other-role\"}]}",
    ),
    (
        "extra/main.tf",
        "resource \"aws_iam_user\" \"x\" {\n  name = \"x\"\n}\n",
    ),
    (
        "extra/deep/hub.yaml",
        "Resources: {A: {Type: AWS::IAM::User}}\n",
    ),
];

/// The files of [`FOREIGN`] in as few rounds as have each path once.
fn rounds() -> Vec<BTreeMap<&'static str, &'static str>> {
    let mut rounds: Vec<BTreeMap<&str, &str>> = Vec::new();
    for (path, text) in FOREIGN {
        match rounds.iter_mut().find(|round| !round.contains_key(path)) {
            Some(round) => drop(round.insert(path, text)),
            None => rounds.push(BTreeMap::from([(*path, *text)])),
        }
    }
    rounds
}

struct Workspace(TempDir);

impl Workspace {
    fn rendered() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::copy(DEPLOYMENT, folder.path().join("landgrant.yaml")).unwrap();
        let workspace = Self(folder);
        assert!(workspace.run(&["render"]).status.success());
        workspace
    }

    fn out(&self, path: &str) -> PathBuf {
        self.0.path().join("rendered").join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.out(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn append(&self, path: &str, text: &str) {
        let old = fs::read_to_string(self.out(path)).unwrap();
        self.write(path, &format!("{old}{text}"));
    }

    fn edit_deployment(&self, from: &str, to: &str) {
        let path = self.0.path().join("landgrant.yaml");
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{from}");
        fs::write(path, text.replace(from, to)).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_landgrant"))
            .current_dir(self.0.path())
            .args(arguments)
            .output()
            .unwrap()
    }

    /// Exit code and findings as `code path`.
    fn check(&self) -> (i32, Vec<String>) {
        let output = self.run(&["check", "--format", "json"]);
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let findings = report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|finding| {
                let text = |key: &str| finding[key].as_str().unwrap().to_owned();
                assert!(!finding["help"].as_str().unwrap().is_empty());
                format!("{} {}", text("code"), text("subject"))
            })
            .collect();
        (output.status.code().unwrap(), findings)
    }
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn an_unchanged_folder_and_a_few_names_are_right() {
    let workspace = Workspace::rendered();
    assert_eq!(workspace.check(), (0, vec![]));
    for (path, text) in COMPANY {
        workspace.write(path, text);
    }
    assert_eq!(workspace.check(), (0, vec![]));
    let said = text(&workspace.run(&["check"]));
    assert_eq!(said, "rendered matches landgrant.yaml: 19 files\n");
    assert_eq!(text(&workspace.run(&["diff"])), "");
}

#[test]
fn each_way_to_differ_is_found() {
    let finding = |change: &dyn Fn(&Workspace)| {
        let workspace = Workspace::rendered();
        change(&workspace);
        let (code, findings) = workspace.check();
        assert_eq!(code, 1);
        findings
    };
    assert_eq!(
        finding(&|w| w.append("terraform/hub/main.tf", "# mine\n")),
        ["edited-output rendered/terraform/hub/main.tf"]
    );
    assert_eq!(
        finding(&|w| fs::remove_file(w.out("cloudformation/hub.yaml")).unwrap()),
        ["missing-output rendered/cloudformation/hub.yaml"]
    );
    assert_eq!(
        finding(&|w| w.edit_deployment("network-platform", "network"))[0],
        "changed-output rendered/cloudformation/hub.yaml"
    );
    assert_eq!(
        finding(&|w| w.edit_deployment("  - account: \"333333333333\"\n    name: prod\n", ""))
            .iter()
            .filter(|finding| finding.starts_with("extra-output"))
            .count(),
        2
    );
    // Only a comment: what is rendered stays, what it was rendered from does not.
    assert_eq!(
        finding(&|w| w.edit_deployment("name: acme", "name: acme # the customer")),
        ["stale-lock rendered/landgrant.lock"]
    );
    assert_eq!(
        finding(&|w| fs::remove_file(w.out("landgrant.lock")).unwrap()),
        ["stale-lock rendered/landgrant.lock"]
    );
    // A new file, which `git diff` does not show.
    assert_eq!(
        finding(&|w| w.write(
            "terraform/hub/extra.tf",
            "resource \"aws_iam_user\" \"x\" {}\n"
        )),
        ["foreign-file rendered/terraform/hub/extra.tf"]
    );
    assert_eq!(
        finding(&|w| w.write(
            "cloudformation/x.yaml",
            "Resources: {A: {Type: AWS::IAM::User}}\n"
        )),
        ["foreign-file rendered/cloudformation/x.yaml"]
    );
    // A new root module beside the others.
    assert_eq!(
        finding(&|w| w.write(
            "terraform/other/main.tf",
            "module \"x\" {\n  source = \"./y\"\n}\n"
        )),
        ["foreign-file rendered/terraform/other/main.tf"]
    );
    assert_eq!(
        finding(&|w| w.write(".landgrant-render/journal", "")),
        ["interrupted-render rendered"]
    );
}

#[test]
fn whatever_would_be_deployed_beside_is_found() {
    let workspace = Workspace::rendered();
    for round in rounds() {
        for (path, text) in &round {
            workspace.write(path, text);
        }
        let expected = round
            .keys()
            .map(|path| format!("foreign-file rendered/{path}"));
        assert_eq!(workspace.check(), (1, expected.collect()));
        for path in round.keys() {
            fs::remove_file(workspace.out(path)).unwrap();
        }
    }
    let elsewhere = workspace.0.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    fs::write(elsewhere.join("main.tf"), "resource \"a\" \"b\" {}\n").unwrap();
    std::os::unix::fs::symlink(&elsewhere, workspace.out("terraform/targets/444444444444"))
        .unwrap();
    assert_eq!(
        workspace.check(),
        (
            1,
            vec!["foreign-file rendered/terraform/targets/444444444444".to_owned()]
        )
    );
}

/// Terraform runs the programs in its folder and goes where the files in it lead, so that nobody may commit there.
#[test]
fn what_terraform_takes_for_its_own_is_not_under_version_control() {
    let workspace = Workspace::rendered();
    let git = |arguments: &[&str]| {
        let output = Command::new("git")
            .current_dir(workspace.0.path())
            .args(["-c", "user.name=Test", "-c", "user.email=test@example.com"])
            .args(arguments)
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    };
    git(&["init", "-q", "-b", "main"]);
    git(&["add", "-A"]);
    git(&["commit", "-q", "-m", "rendered"]);
    let program = "terraform/hub/.terraform/providers/x/terraform-provider-aws";
    workspace.write(program, "#!/bin/sh\n");
    let review = |new: &str| {
        let output = workspace.run(&["review", "main:rendered", new, "--fail-on", "any"]);
        (output.status.code(), text(&output))
    };
    assert_eq!(workspace.check(), (0, vec![]));
    assert_eq!(review("rendered").0, Some(0));
    git(&["add", "-Af"]);
    let expected = vec!["foreign-file rendered/terraform/hub/.terraform".to_owned()];
    assert_eq!(workspace.check(), (1, expected));
    // As a hook of a commit is run.
    let in_hook = Command::new(env!("CARGO_BIN_EXE_landgrant"))
        .current_dir(workspace.0.path())
        .env("GIT_INDEX_FILE", ".git/index")
        .arg("check")
        .output()
        .unwrap();
    assert_eq!(in_hook.status.code(), Some(1), "{in_hook:?}");
    let (code, said) = review("rendered");
    assert_eq!(code, Some(1));
    assert!(
        said.contains("rendered/terraform/hub/.terraform is under version control"),
        "{said}"
    );
    git(&["commit", "-q", "-m", "a provider"]);
    git(&["branch", "theirs"]);
    git(&["rm", "-rq", "--cached", "rendered/terraform/hub/.terraform"]);
    assert_eq!(review("rendered").0, Some(1));
    git(&["commit", "-q", "-m", "taken out"]);
    assert_eq!(review("rendered").0, Some(0));
    let (code, said) = review("theirs:rendered");
    assert_eq!(code, Some(1));
    assert!(
        said.contains("theirs:rendered/terraform/hub/.terraform is under version control"),
        "{said}"
    );
}

#[test]
fn a_format_that_is_not_rendered_is_foreign() {
    let workspace = Workspace::rendered();
    let template = fs::read_to_string(workspace.out("cloudformation/hub.yaml")).unwrap();
    workspace.edit_deployment("name: acme\n", "name: acme\noutputs: [terraform]\n");
    assert!(workspace.run(&["render"]).status.success());
    assert_eq!(workspace.check(), (0, vec![]));
    workspace.write("cloudformation/hub.yaml", &template);
    let expected = vec!["foreign-file rendered/cloudformation/hub.yaml".to_owned()];
    assert_eq!(workspace.check(), (1, expected));
}

#[test]
fn what_lies_beside_several_deployments_is_found() {
    let workspace = Workspace::rendered();
    let one = fs::read_to_string(workspace.0.path().join("landgrant.yaml")).unwrap();
    let other = one
        .replace("name: acme", "name: other")
        .replace("svc-micetro", "svc-other")
        .replace("micetro-access", "other-access")
        .replace("MicetroAccess", "OtherAccess");
    fs::write(workspace.0.path().join("other.yaml"), other).unwrap();
    let both =
        |command: &str| workspace.run(&[command, "landgrant.yaml", "other.yaml", "--out", "both"]);
    assert!(both("render").status.success());
    let said = |output: &Output| (output.status.code(), text(output));
    let right = "both matches landgrant.yaml, other.yaml: 38 files\n";
    assert_eq!(said(&both("check")), (Some(0), right.to_owned()));
    let beside = workspace.0.path().join("both/more");
    fs::create_dir(&beside).unwrap();
    fs::write(beside.join("main.tf"), "resource \"a\" \"b\" {}\n").unwrap();
    let (code, told) = said(&both("check"));
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("both/more/main.tf is not rendered"), "{told}");
    // A lock can be sent along; the folder is another deployment's where that is there, and has its name.
    let lock = |source: &str| format!("format 1\ndeployment more\nsource ../../{source}\n");
    for source in ["gone.yaml", "other.yaml"] {
        fs::write(beside.join("landgrant.lock"), lock(source)).unwrap();
        let (code, told) = said(&both("check"));
        assert_eq!(code, Some(1), "{told}");
        assert!(told.contains("both/more/main.tf is not rendered"), "{told}");
    }
    // What has the name and is no deployment, such as a workflow, is checked by nobody.
    fs::write(workspace.0.path().join("more.yaml"), "name: more\n").unwrap();
    fs::write(beside.join("landgrant.lock"), lock("more.yaml")).unwrap();
    assert_eq!(said(&both("check")).0, Some(1));
    let more = one.replace("name: acme", "name: more");
    fs::write(workspace.0.path().join("more.yaml"), more).unwrap();
    fs::write(beside.join("landgrant.lock"), lock("more.yaml")).unwrap();
    assert_eq!(said(&both("check")), (Some(0), right.to_owned()));
}

#[test]
fn a_command_that_is_suggested_runs_nothing_that_a_file_is_called() {
    let workspace = Workspace::rendered();
    workspace.write("$(id) it's.tf", "locals {}\n");
    let told = text(&workspace.run(&["check"]));
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    let expected = r"`landgrant render --accept 'rendered/$(id) it'\''s.tf'`";
    assert!(told.contains(expected), "{told}");
}

/// What is company to the one is company to the other, with the deployment and without.
#[test]
fn a_review_takes_the_same_files_for_company() {
    let workspace = Workspace::rendered();
    workspace.run(&["render", "--out", "before"]);
    let deployment = workspace.0.path().join("landgrant.yaml");
    let away = workspace.0.path().join("away.yaml");
    let review = |format: &str| {
        let arguments = ["review", "before", "rendered", "--fail-on", "widened"];
        workspace.run(&[&arguments[..], &["--format", format]].concat())
    };
    for (path, text) in COMPANY {
        workspace.write(path, text);
        let output = review("human");
        assert_eq!(output.status.code(), Some(0), "{path}: {output:?}");
    }
    for round in rounds() {
        for (path, text) in &round {
            workspace.write(path, text);
        }
        for format in ["human", "markdown", "json"] {
            let output = review(format);
            assert_eq!(output.status.code(), Some(1), "{output:?}");
            let said = String::from_utf8(output.stdout).unwrap();
            assert!(!said.contains("the same as before"), "{said}");
            // Nothing of it stands behind a click.
            let said = said.split("<details>").next().unwrap();
            for (path, text) in &round {
                assert!(said.contains(&format!("rendered/{path}")), "{path}: {said}");
                let line = text.lines().last().unwrap_or_default();
                let is_there = said.contains(&format!("+{line}"));
                assert!(format == "json" || is_there, "{path}: {said}");
            }
        }
        fs::rename(&deployment, &away).unwrap();
        assert_ne!(review("human").status.code(), Some(0));
        fs::rename(&away, &deployment).unwrap();
        for path in round.keys() {
            fs::remove_file(workspace.out(path)).unwrap();
        }
    }
}

#[test]
fn a_file_is_company_as_it_was_accepted_and_no_otherwise() {
    let workspace = Workspace::rendered();
    let path = "rendered/terraform/hub/backend.tf";
    workspace.write("terraform/hub/backend.tf", BACKEND);
    let foreign = (1, vec![format!("foreign-file {path}")]);
    assert_eq!(workspace.check(), foreign);
    let said = text(&workspace.run(&["check"]));
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let help = format!("`landgrant render --accept {path}`");
    assert!(said.contains(&help), "{said}");
    let output = workspace.run(&["render", "--accept", path]);
    assert!(
        text(&output).contains("Accepted in landgrant.lock"),
        "{output:?}"
    );
    assert_eq!(workspace.check(), (0, vec![]));
    let lock = || fs::read_to_string(workspace.out("landgrant.lock")).unwrap();
    let digest = landgrant::write::digest(BACKEND.as_bytes());
    let line = format!("accept {digest} terraform/hub/backend.tf\n");
    assert!(lock().contains(&line), "{}", lock());
    // Another render keeps it.
    workspace.edit_deployment("network-platform", "network");
    assert!(workspace.run(&["render"]).status.success());
    assert!(lock().contains(&line));
    // An edit is nobody's word.
    workspace.append("terraform/hub/backend.tf", "# theirs\n");
    assert_eq!(workspace.check(), foreign);
    assert!(text(&workspace.run(&["check"])).contains("has changed since it was accepted"));
    // Both lines that a merge leaves hold until the next render.
    let theirs = fs::read(workspace.out("terraform/hub/backend.tf")).unwrap();
    let theirs = landgrant::write::digest(&theirs);
    let both = lock().replace(
        &line,
        &format!("{line}accept {theirs} terraform/hub/backend.tf\n"),
    );
    workspace.write("landgrant.lock", &both);
    let (_, findings) = workspace.check();
    assert_eq!(findings, ["stale-lock rendered/landgrant.lock"]);
    assert!(workspace.run(&["render"]).status.success());
    assert_eq!(workspace.check(), (0, vec![]));
    assert!(!lock().contains(&line) && lock().contains(&theirs));
    fs::remove_file(workspace.out("terraform/hub/backend.tf")).unwrap();
    let (_, findings) = workspace.check();
    assert_eq!(findings, ["stale-lock rendered/landgrant.lock"]);
    assert!(workspace.run(&["render"]).status.success());
    assert!(!lock().contains("accept "));
}

#[test]
fn a_state_a_link_and_what_needs_nobodys_word_is_not_accepted() {
    let workspace = Workspace::rendered();
    let state = "{\"version\": 4, \"serial\": 1, \"lineage\": \"x\", \"resources\": []}";
    workspace.write("terraform/hub/terraform.tfstate", state);
    workspace.write("terraform/hub/ours.json", state);
    workspace.write("README.md", "# Ours\n");
    workspace.write("terraform/hub/.terraform/x", "x");
    std::os::unix::fs::symlink("main.tf", workspace.out("terraform/hub/link.tf")).unwrap();
    for (path, why) in [
        (
            "rendered/terraform/hub/terraform.tfstate",
            "is a Terraform state",
        ),
        ("rendered/terraform/hub/ours.json", "is a Terraform state"),
        ("rendered/README.md", "does not need to be accepted"),
        (
            "rendered/terraform/hub/.terraform/x",
            "Terraform manages itself",
        ),
        ("rendered/terraform/hub/link.tf", "is a symbolic link"),
        ("rendered/terraform/hub/main.tf", "is a rendered file"),
        ("rendered/landgrant.lock", "is a rendered file"),
        ("rendered/gone.tf", "there is no file"),
        ("landgrant.yaml", "is in no folder that is rendered to"),
    ] {
        let before = fs::read(workspace.out("landgrant.lock")).unwrap();
        let output = workspace.run(&["render", "--accept", path]);
        assert_eq!(output.status.code(), Some(2), "{path}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(why), "{said}");
        assert_eq!(fs::read(workspace.out("landgrant.lock")).unwrap(), before);
    }
}

/// Git has a submodule as an empty folder until somebody checks it out, and a state on the disk is in no clone.
#[test]
fn what_git_has_and_the_disk_does_not_show_is_found() {
    let workspace = Workspace::rendered();
    let git = |arguments: &[&str]| {
        let output = Command::new("git")
            .current_dir(workspace.0.path())
            .args(["-c", "user.name=Test", "-c", "user.email=test@example.com"])
            .args(arguments)
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    };
    fs::write(workspace.0.path().join(".gitignore"), "*.tfstate\n").unwrap();
    git(&["init", "-q", "-b", "main"]);
    git(&["add", "-A"]);
    git(&["commit", "-q", "-m", "rendered"]);
    workspace.write("terraform/hub/terraform.tfstate", "{\"version\": 4}");
    assert_eq!(workspace.check(), (0, vec![]));
    git(&["add", "-f", "rendered/terraform/hub/terraform.tfstate"]);
    let state = "foreign-file rendered/terraform/hub/terraform.tfstate".to_owned();
    assert_eq!(workspace.check(), (1, vec![state]));
    git(&[
        "rm",
        "-q",
        "--cached",
        "rendered/terraform/hub/terraform.tfstate",
    ]);
    let module = "rendered/terraform/targets/444444444444";
    fs::create_dir(workspace.0.path().join(module)).unwrap();
    let commit = "1".repeat(40);
    let submodule = format!("160000,{commit},{module}");
    git(&["update-index", "--add", "--cacheinfo", &submodule]);
    assert_eq!(
        workspace.check(),
        (1, vec![format!("foreign-file {module}")])
    );
    git(&["commit", "-q", "-m", "a submodule"]);
    for side in ["rendered", "HEAD:rendered"] {
        let output = workspace.run(&["review", "HEAD~1:rendered", side, "--fail-on", "widened"]);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let said = text(&output);
        assert!(said.contains("444444444444 is a submodule"), "{said}");
    }
}

#[test]
fn what_adopt_wrote_is_accepted_like_any_other_file() {
    let workspace = Workspace::rendered();
    let snapshots = fs::canonicalize("fixtures/adopt/as-planned").unwrap();
    let output = workspace.run(&["adopt", "--snapshot", snapshots.to_str().unwrap()]);
    assert!(output.status.success(), "{output:?}");
    let (code, findings) = workspace.check();
    assert_eq!(code, 1);
    let files: Vec<&str> = findings
        .iter()
        .map(|finding| finding.strip_prefix("foreign-file ").unwrap())
        .collect();
    let mut arguments = vec!["render"];
    arguments.extend(files.iter().flat_map(|file| ["--accept", file]));
    assert!(workspace.run(&arguments).status.success());
    assert_eq!(workspace.check(), (0, vec![]));
    let template = "cloudformation/import/222222222222.template.json";
    workspace.write(template, RETAINED_ADMIN);
    let foreign = format!("foreign-file rendered/{template}");
    assert_eq!(workspace.check(), (1, vec![foreign]));
}

/// What is imported beside an old render would be changed, or replaced, by the same apply.
#[test]
fn adopt_refuses_what_check_would() {
    let workspace = Workspace::rendered();
    let adopt = || {
        let snapshot = fs::canonicalize("fixtures/adopt/as-planned").unwrap();
        workspace.run(&["adopt", "--snapshot", snapshot.to_str().unwrap()])
    };
    let refused = || {
        let output = adopt();
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(!workspace.out("terraform/hub/imports.tf").exists());
        String::from_utf8(output.stderr).unwrap()
    };
    workspace.edit_deployment(
        "name: MicetroAccess",
        "name: MicetroAccess\n  path: /vendor/",
    );
    assert!(refused().contains("run `landgrant render` first"));
    workspace.edit_deployment("\n  path: /vendor/", "");
    fs::remove_file(workspace.out("terraform/hub/outputs.tf")).unwrap();
    assert!(refused().contains("rendered/terraform/hub/outputs.tf"));
    assert!(workspace.run(&["render"]).status.success());
    workspace.append("terraform/hub/main.tf", "# mine\n");
    refused();
    assert!(workspace.run(&["render", "--force"]).status.success());
    assert!(adopt().status.success());
    // The second time, all of them are named in one command.
    let said = String::from_utf8(adopt().stderr).unwrap();
    let rm = said.lines().find(|line| line.starts_with("  rm "));
    let files = rm.unwrap().split_whitespace().skip(1);
    let files: Vec<&str> = files.collect();
    assert_eq!(files.len(), 9, "{said}");
    for file in files {
        fs::remove_file(workspace.0.path().join(file)).unwrap();
    }
    assert!(adopt().status.success());
}

#[test]
fn a_merge_conflict_is_called_one() {
    let workspace = Workspace::rendered();
    workspace.append(
        "terraform/hub/locals.tf",
        "<<<<<<< HEAD\n=======\n>>>>>>> theirs\n",
    );
    assert_eq!(
        workspace.check(),
        (
            1,
            vec!["merge-conflict rendered/terraform/hub/locals.tf".to_owned()]
        )
    );
    let said = text(&workspace.run(&["check"]));
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("locals.tf has a merge conflict"), "{said}");
    assert!(
        said.contains(
            "`git checkout --ours -- rendered ':!rendered/landgrant.lock'`, then `landgrant render`"
        ),
        "{said}"
    );
    assert!(!said.contains("--force"), "{said}");
}

#[test]
fn a_file_that_cannot_be_read_is_not_said_to_be_written() {
    let workspace = Workspace::rendered();
    let path = workspace.out("terraform/hub/main.tf");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let output = workspace.run(&["check"]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("cannot read rendered/terraform/hub/main.tf"),
        "{said}"
    );
}

#[test]
fn an_edit_that_changes_the_lock_too_is_found() {
    let workspace = Workspace::rendered();
    workspace.append("terraform/hub/main.tf", "# mine\n");
    let edited = fs::read(workspace.out("terraform/hub/main.tf")).unwrap();
    let digest = landgrant::write::digest(&edited);
    let lock = fs::read_to_string(workspace.out("landgrant.lock")).unwrap();
    let forged: String = lock
        .lines()
        .map(|line| match line.ends_with(" terraform/hub/main.tf") {
            true => format!("file {digest} terraform/hub/main.tf\n"),
            false => format!("{line}\n"),
        })
        .collect();
    assert_ne!(forged, lock);
    workspace.write("landgrant.lock", &forged);
    let (code, findings) = workspace.check();
    assert_eq!((code, findings.len()), (1, 1), "{findings:?}");
    assert_eq!(findings[0], "changed-output rendered/terraform/hub/main.tf");
}

#[test]
fn findings_say_how_to_mend_them_and_mending_works() {
    let workspace = Workspace::rendered();
    workspace.append("terraform/hub/main.tf", "# mine\n");
    fs::remove_file(workspace.out("terraform/hub/outputs.tf")).unwrap();
    let output = workspace.run(&["check"]);
    let said = text(&output);
    for part in [
        "error[edited-output] a rendered file was edited by hand",
        "rendered/terraform/hub/main.tf was edited by hand",
        "landgrant render --force",
        "rendered/terraform/hub/outputs.tf is missing (deleted, or never committed)",
        "2 findings; `landgrant diff` shows what a render would change",
    ] {
        assert!(said.contains(part), "{said}");
    }
    assert!(
        said.lines().all(|line| line.chars().count() <= 80),
        "{said}"
    );
    assert!(workspace.run(&["render", "--force"]).status.success());
    assert_eq!(workspace.check(), (0, vec![]));
}

#[test]
fn sarif_and_github_point_at_the_line() {
    let workspace = Workspace::rendered();
    workspace.append("terraform/hub/main.tf", "# mine\n");
    let lines = fs::read_to_string(workspace.out("terraform/hub/main.tf"))
        .unwrap()
        .lines()
        .count();
    let sarif: Value =
        serde_json::from_slice(&workspace.run(&["check", "--format", "sarif"]).stdout).unwrap();
    let place = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(
        place["artifactLocation"]["uri"],
        "rendered/terraform/hub/main.tf"
    );
    assert_eq!(place["region"]["startLine"], lines);
    let github = text(&workspace.run(&["check", "--format", "github"]));
    assert!(
        github.starts_with(&format!(
            "::error file=rendered/terraform/hub/main.tf,line={lines},"
        )),
        "{github}"
    );
}

#[test]
fn a_diff_is_what_a_render_would_do() {
    let workspace = Workspace::rendered();
    workspace.append("terraform/hub/main.tf", "# mine\u{1b}[31m\n# \u{202e}his\n");
    fs::remove_file(workspace.out("terraform/hub/outputs.tf")).unwrap();
    let output = workspace.run(&["diff"]);
    assert_eq!(output.status.code(), Some(1));
    let diff = text(&output);
    assert!(
        diff.contains(
            "--- a/rendered/terraform/hub/main.tf\trendered, as it is\n\
             +++ b/rendered/terraform/hub/main.tf\tas landgrant render would write it\n"
        ),
        "{diff}"
    );
    assert!(
        diff.contains("\n-# mine\u{fffd}[31m\n-# \\u{202e}his\n"),
        "{diff}"
    );
    assert!(
        diff.contains(
            "--- /dev/null\trendered, as it is\n+++ b/rendered/terraform/hub/outputs.tf\t"
        )
    );
    // The paths are those of the repository, so that `git apply` takes it.
    workspace.run(&["render", "--force"]);
    assert_eq!(text(&workspace.run(&["diff"])), "");
}

#[test]
fn another_deployment_and_a_faulty_one_are_no_findings() {
    let workspace = Workspace::rendered();
    workspace.edit_deployment("name: acme", "name: other");
    let output = workspace.run(&["check"]);
    assert_eq!(output.status.code(), Some(2));
    workspace.edit_deployment("name: other", "nam: acme");
    assert_eq!(workspace.run(&["check"]).status.code(), Some(2));
}

#[test]
fn commands_that_mend_repeat_the_options() {
    let workspace = Workspace::rendered();
    fs::rename(
        workspace.0.path().join("landgrant.yaml"),
        workspace.0.path().join("acme.yaml"),
    )
    .unwrap();
    let said = text(&workspace.run(&["check", "acme.yaml", "--out", "elsewhere"]));
    assert!(
        said.replace("\n    ", " ")
            .replace("\n  ", " ")
            .contains("landgrant render acme.yaml --out elsewhere"),
        "{said}"
    );
}
