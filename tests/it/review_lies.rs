//! `landgrant review` and `landgrant check` where a change hides what it does: nothing is told as the same that was not
//! looked at.

use std::fs;
use std::os::unix::fs::symlink;

use crate::support::repository::{Repository, said};
use serde_json::Value;

const DEPLOYMENT: &str = "fixtures/render/micetro-two-targets/landgrant.yaml";

const ATTACHMENT: &str = "resource \"aws_iam_user_policy_attachment\" \"notes\" {
  user       = \"svc-micetro\"
  policy_arn = \"arn:aws:iam::aws:policy/AdministratorAccess\"
}
";

/// One deployment, which has the rendered folder to itself.
fn of_one() -> Repository {
    let repository = Repository::empty();
    fs::copy(DEPLOYMENT, repository.path("landgrant.yaml")).unwrap();
    rendered(repository, &[])
}

/// Two deployments, each with a folder in the rendered one.
fn of_two() -> Repository {
    let repository = Repository::empty();
    let text = fs::read_to_string(DEPLOYMENT).unwrap();
    for (own, accounts) in [("one", ["1", "2", "3"]), ("two", ["5", "6", "7"])] {
        let mut text = text.replace("name: acme", &format!("name: {own}"));
        for (account, other) in ["1", "2", "3"].iter().zip(accounts) {
            text = text.replace(&account.repeat(12), &other.repeat(12));
        }
        repository.write(&format!("{own}.yaml"), &text);
    }
    rendered(repository, &["one.yaml", "two.yaml"])
}

fn rendered(repository: Repository, deployments: &[&str]) -> Repository {
    let output = repository.landgrant(&[&["render"], deployments].concat());
    assert!(output.status.success(), "{}", said(&output));
    repository.git(&["init", "-q", "-b", "main"]);
    repository.commit("rendered");
    repository.git(&["checkout", "-q", "-b", "change"]);
    repository
}

fn append(repository: &Repository, path: &str, text: &str) {
    let before = fs::read_to_string(repository.path(path)).unwrap();
    repository.write(path, &format!("{before}\n{text}"));
}

fn remove(repository: &Repository, path: &str) {
    fs::remove_file(repository.path(path)).unwrap();
}

/// Commits what was changed, and reviews it: the paths that are edited or not rendered.
fn edited(repository: &Repository, path: &str) -> Vec<String> {
    repository.commit("a change");
    edits_again(repository, path)
}

/// What is edited or not rendered in the last commit.
fn edits_again(repository: &Repository, path: &str) -> Vec<String> {
    let sides = (format!("main:{path}"), format!("HEAD:{path}"));
    let output = repository.landgrant(&["review", &sides.0, &sides.1, "--format", "json"]);
    assert!(output.status.success(), "{}", said(&output));
    let review: Value = serde_json::from_slice(&output.stdout).unwrap();
    let edits = review["edits"].as_array().unwrap().iter();
    edits
        .map(|edit| edit["path"].as_str().unwrap().to_owned())
        .collect()
}

/// Commits what was changed, and reviews it where that is refused: what is said.
fn refused(repository: &Repository, path: &str, options: &[&str]) -> String {
    repository.commit("a change");
    let sides = (format!("main:{path}"), format!("HEAD:{path}"));
    let output = repository.landgrant(&[&["review", &sides.0, &sides.1], options].concat());
    assert!(!output.status.success(), "{}", said(&output));
    said(&output)
}

fn has(edits: &[String], end: &str) -> bool {
    edits.iter().any(|path| path.ends_with(end))
}

#[test]
fn a_planted_lock_hides_no_folder() {
    let repository = of_one();
    for file in ["landgrant.lock", "DEPLOY.md", "deploy.json"] {
        remove(&repository, &format!("rendered/{file}"));
    }
    repository.write("rendered/terraform/landgrant.lock", "\n");
    repository.write("rendered/cloudformation/landgrant.lock", "\n");
    append(&repository, "rendered/terraform/hub/main.tf", ATTACHMENT);
    let edits = edited(&repository, "landgrant.yaml");
    assert!(has(&edits, "terraform/hub/main.tf"), "{edits:?}");

    // A lock that is understood, and of a deployment that has the name of the folder.
    let lock = "format 1\ndeployment terraform\n";
    repository.write("rendered/terraform/landgrant.lock", lock);
    let edits = edited(&repository, "landgrant.yaml");
    assert!(has(&edits, "rendered/terraform"), "{edits:?}");
}

#[test]
fn a_link_in_place_of_a_lock_hides_no_folder() {
    let repository = of_two();
    let lock = repository.path("rendered/two/landgrant.lock");
    fs::rename(&lock, repository.path("rendered/two/README")).unwrap();
    symlink("README", &lock).unwrap();
    append(
        &repository,
        "rendered/two/terraform/hub/main.tf",
        ATTACHMENT,
    );
    repository.commit("a link");
    for path in ["two.yaml", "one.yaml", "rendered"] {
        let edits = edits_again(&repository, path);
        assert!(has(&edits, "two/terraform/hub/main.tf"), "{edits:?}");
    }
}

#[test]
fn a_new_folder_with_no_real_lock_is_told() {
    for link in [true, false] {
        let repository = of_two();
        repository.write("rendered/three/terraform/evil.tf", ATTACHMENT);
        match link {
            true => symlink(
                "../one/landgrant.lock",
                repository.path("rendered/three/landgrant.lock"),
            )
            .unwrap(),
            false => repository.write(
                "rendered/three/landgrant.lock",
                "format 1\ndeployment four\n",
            ),
        }
        let output = repository.landgrant(&["check", "one.yaml", "two.yaml"]);
        assert!(
            said(&output).contains("rendered/three/terraform/evil.tf"),
            "{}",
            said(&output)
        );
        let edits = edited(&repository, "one.yaml");
        assert!(has(&edits, "three/terraform/evil.tf"), "{edits:?}");
    }
    let repository = of_two();
    repository.write("rendered/three/terraform/evil.tf", ATTACHMENT);
    repository.write(
        "rendered/three/landgrant.lock",
        "format 1\ndeployment three\n",
    );
    let edits = edited(&repository, "one.yaml");
    assert!(has(&edits, "rendered/three"), "{edits:?}");
}

#[test]
fn a_renamed_folder_hides_no_edits() {
    let repository = of_two();
    remove(&repository, "two.yaml");
    fs::rename(
        repository.path("rendered/two"),
        repository.path("rendered/twO"),
    )
    .unwrap();
    append(
        &repository,
        "rendered/twO/terraform/hub/main.tf",
        ATTACHMENT,
    );
    repository.commit("renamed");
    for path in ["one.yaml", "rendered"] {
        let edits = edits_again(&repository, path);
        assert!(has(&edits, "twO/terraform/hub/main.tf"), "{edits:?}");
    }
}

#[test]
fn a_rendered_folder_that_is_gone_is_told() {
    let repository = of_one();
    fs::rename(repository.path("rendered"), repository.path("elsewhere")).unwrap();
    let edits = edited(&repository, "landgrant.yaml");
    assert_eq!(edits, ["HEAD:rendered"]);
    repository.write("rendered", "a file\n");
    assert_eq!(edited(&repository, "landgrant.yaml"), ["HEAD:rendered"]);
}

#[test]
fn a_submodule_or_a_link_in_place_of_the_folder_is_refused() {
    let repository = of_one();
    fs::remove_dir_all(repository.path("rendered")).unwrap();
    let place = "160000,1111111111111111111111111111111111111111,rendered";
    repository.git(&["rm", "-r", "-q", "--cached", "rendered"]);
    repository.git(&["update-index", "--add", "--cacheinfo", place]);
    repository.git(&["commit", "-q", "-m", "a submodule"]);
    let output = repository.landgrant(&["review", "main:landgrant.yaml", "HEAD:landgrant.yaml"]);
    assert!(
        said(&output).contains("HEAD:rendered is a submodule"),
        "{}",
        said(&output)
    );
    assert!(!output.status.success());

    let repository = of_one();
    fs::create_dir(repository.path("deploy")).unwrap();
    fs::rename(
        repository.path("rendered"),
        repository.path("deploy/rendered"),
    )
    .unwrap();
    repository.commit("moved");
    repository.git(&["branch", "-f", "main"]);
    fs::rename(repository.path("deploy"), repository.path("other")).unwrap();
    symlink("other", repository.path("deploy")).unwrap();
    let said = refused(&repository, "landgrant.yaml", &["--out", "deploy/rendered"]);
    assert!(said.contains("HEAD:deploy is a symbolic link"), "{said}");
}

#[test]
fn a_link_on_the_disk_in_place_of_the_folder_is_refused() {
    for (linked, out) in [("rendered", "rendered"), ("deploy", "deploy/rendered")] {
        let repository = of_one();
        if linked == "deploy" {
            fs::create_dir(repository.path("deploy")).unwrap();
            fs::rename(repository.path("rendered"), repository.path(out)).unwrap();
        }
        fs::rename(repository.path(linked), repository.path("other")).unwrap();
        symlink("other", repository.path(linked)).unwrap();
        let review = ["review", "nothing", "landgrant.yaml", "--out", out];
        let read_back = ["review", "nothing", out];
        for command in [
            &["check", "--out", out][..],
            &["render", "--out", out],
            &review,
            &read_back,
        ] {
            let output = repository.landgrant(command);
            assert_eq!(output.status.code(), Some(2), "{}", said(&output));
            let told = "a symbolic link in the repository leads there";
            assert!(said(&output).contains(told), "{}", said(&output));
        }
    }
}

#[test]
fn a_folder_of_the_same_name_in_other_letters_is_told() {
    let repository = of_one();
    repository.write("rendered./more.tf", ATTACHMENT);
    let output = repository.landgrant(&["check"]);
    assert!(
        said(&output).contains("  rendered. has the name"),
        "{}",
        said(&output)
    );
    fs::remove_dir_all(repository.path("rendered.")).unwrap();
    repository.write("Rendered/terraform/hub/more.tf", ATTACHMENT);
    let output = repository.landgrant(&["check"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(
        said(&output).contains("  Rendered has the name"),
        "{}",
        said(&output)
    );
    assert_eq!(edited(&repository, "landgrant.yaml"), ["HEAD:Rendered"]);
    assert_eq!(edits_again(&repository, "rendered"), ["HEAD:Rendered"]);
}

#[test]
fn a_folder_in_place_of_a_deployment_is_refused() {
    let repository = of_one();
    remove(&repository, "landgrant.yaml");
    fs::rename(
        repository.path("rendered"),
        repository.path("landgrant.yaml"),
    )
    .unwrap();
    let said = refused(&repository, "landgrant.yaml", &[]);
    assert!(said.contains("landgrant.yaml is a folder there"), "{said}");
}

#[test]
fn where_no_rendered_folder_is_compared_that_is_said() {
    let repository = of_one();
    let review = |options: &[&str]| {
        let sides = ["review", "main:landgrant.yaml", "HEAD:landgrant.yaml"];
        repository.landgrant(&[&sides[..], options].concat())
    };
    for (format, verdict, told) in [
        (
            "human",
            "by the plan alone",
            "No rendered files were compared: there is no folder",
        ),
        (
            "markdown",
            "by the plan alone.**",
            "No rendered files were compared: there is no folder",
        ),
        ("json", "", "\"uncompared\": \"HEAD:none\""),
    ] {
        let output = review(&["--out", "none", "--format", format]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{text}");
        assert!(text.contains(verdict) && text.contains(told), "{text}");
        let text = String::from_utf8(review(&["--format", format]).stdout).unwrap();
        assert!(!text.contains("alone") && !text.contains(told), "{text}");
    }
    // A repository may keep no rendered files, and then the plan is all there is.
    for (what, code) in [("widened", 0), ("escalation", 0), ("any", 1)] {
        let output = review(&["--out", "none", "--fail-on", what]);
        assert_eq!(output.status.code(), Some(code), "{}", said(&output));
        assert!(review(&["--fail-on", what]).status.success());
    }
    // Nothing is rendered of catalogs.
    let catalogs = ["review", "micetro@10.2", "micetro@10.2", "--out", "none"];
    let output = repository.landgrant(&[&catalogs[..], &["--fail-on", "any"]].concat());
    assert!(output.status.success(), "{}", said(&output));
}

#[test]
fn what_is_no_folder_of_a_killed_render_is_told() {
    let staging = "rendered/.landgrant-render";
    for link in [true, false] {
        let repository = of_one();
        match link {
            true => symlink("../elsewhere", repository.path(staging)).unwrap(),
            false => repository.write(staging, "anything\n"),
        }
        for _ in 0..2 {
            let output = repository.landgrant(&["check"]);
            assert_eq!(output.status.code(), Some(1), "{}", said(&output));
            assert!(said(&output).contains(staging), "{}", said(&output));
            repository.git(&["add", "-A"]);
        }
    }
}

/// Adds a line for a file to the lock of the rendered folder, as if a render had written it.
fn list_in_lock(repository: &Repository, path: &str) {
    let digest = "0".repeat(64);
    append(
        repository,
        "rendered/landgrant.lock",
        &format!("file sha256:{digest} {path}\n"),
    );
}

#[test]
fn without_its_deployment_no_file_counts_as_rendered_by_the_word_of_the_lock() {
    let local = "terraform {\n  backend \"local\" {\n    path = \"x.json\"\n  }\n}\n";
    let import = "import {\n  to = aws_iam_user.main\n  id = \"svc-micetro\"\n}\n";
    let files = [
        ("terraform/hub/state.tf", local),
        ("terraform/hub/imports.tf", import),
        ("terraform/hub/ours.auto.tfvars", "region = \"eu-west-1\"\n"),
        ("terraform/hub/terragrunt.hcl", "inputs = {}\n"),
        (
            "cloudformation/README",
            "Resources: {A: {Type: AWS::IAM::User}}\n",
        ),
        ("run.sh", "terraform apply\n"),
    ];
    for (path, text) in files {
        let repository = of_one();
        remove(&repository, "landgrant.yaml");
        list_in_lock(&repository, path);
        repository.write(&format!("rendered/{path}"), text);
        repository.commit("a file");
        let sides = ["main:rendered", "HEAD:rendered", "--fail-on", "widened"];
        let output = repository.landgrant(&[&["review"], &sides[..]].concat());
        // What is not understood is refused.
        assert_ne!(output.status.code(), Some(0), "{path}: {}", said(&output));
        assert!(
            said(&output).contains(path) || said(&output).contains("import"),
            "{}",
            said(&output)
        );
    }
}

#[test]
fn without_its_deployment_what_is_no_grant_is_compared_by_its_text() {
    let repository = of_one();
    remove(&repository, "landgrant.yaml");
    let lock = ["HEAD:rendered/landgrant.lock"];
    assert_eq!(edited(&repository, "rendered"), lock);
    let both = repository.landgrant(&["review", "HEAD:rendered", "HEAD:rendered"]);
    assert!(said(&both).contains("Grants the same"), "{}", said(&both));
    let template = "Resources: {A: {Type: AWS::IAM::User}}\n";
    repository.write("rendered/cloudformation/README", template);
    assert!(has(
        &edited(&repository, "rendered"),
        "cloudformation/README"
    ));
    for file in ["DEPLOY.md", "deploy.json"] {
        append(&repository, &format!("rendered/{file}"), "\n");
        assert!(has(&edited(&repository, "rendered"), file), "{file}");
    }
    for (file, from, to) in [
        ("hub/terraform.tf", "< 7.0.0", "< 6.0.0"),
        ("hub/variables.tf", "us-east-1", "eu-west-1"),
        ("hub/providers.tf", "var.region\n", "\"eu-west-1\"\n"),
        ("modules/target-role/terraform.tf", ">= 5.0.0", "= 5.0.0"),
    ] {
        let path = format!("rendered/terraform/{file}");
        let text = fs::read_to_string(repository.path(&path)).unwrap();
        assert!(text.contains(from), "{text}");
        repository.write(&path, &text.replace(from, to));
        let edits = edited(&repository, "rendered");
        assert!(has(&edits, file), "{file}: {edits:?}");
    }
}

/// A review of a deployment that changes, as JSON, with the exit codes of `--fail-on widened` and `any`.
fn changed(repository: &Repository, catalogs: &[&str]) -> (Value, [Option<i32>; 2]) {
    let output = repository.landgrant(&[&["render", "--replace"], catalogs].concat());
    assert!(output.status.success(), "{}", said(&output));
    repository.commit("a change");
    let sides = ["review", "main:landgrant.yaml", "HEAD:landgrant.yaml"];
    let review = |options: &[&str]| repository.landgrant(&[&sides[..], catalogs, options].concat());
    let output = review(&["--format", "json"]);
    assert!(output.status.success(), "{}", said(&output));
    let code = |what| review(&["--fail-on", what]).status.code();
    let codes = [code("widened"), code("any")];
    (serde_json::from_slice(&output.stdout).unwrap(), codes)
}

const CATALOGS: [&str; 2] = ["--catalogs", "catalogs"];

const OWN: &str = "schema: landgrant/deployment/v1
name: acme
products: [{catalog: prod@1, features: [f]}]
role: {name: R}
trust: {principal: \"arn:aws:iam::111111111111:role/ci\"}
targets: [{account: \"222222222222\", name: dev}]
tags: {One: a, two: a, Three: a, four: a, other: a}
";

const CATALOG: &str = "schema: landgrant/catalog/v1
product: prod
version: \"1\"
title: Prod
vendor: Vend
sources: [{id: guide, title: Guide}]
access: {authenticates_as: existing-principal}
features:
  f:
    title: Feature
    grant_to: [target]
    source: {id: guide, section: Sign in}
    required:
      - ec2:DescribeVpcs
";

#[test]
fn a_tag_that_grants_depend_on_is_no_text() {
    let condition = |key: &str| {
        format!(
            "      - action: iam:AttachRolePolicy
        resource: \"arn:${{partition}}:iam::${{account}}:role/*\"
        conditions: {{StringNotEquals: {{\"{key}\": \"a\"}}}}\n"
        )
    };
    let entries = [
        condition("aws:PrincipalTag/one"),
        condition("aws:ResourceTag/Two"),
        condition("iam:ResourceTag/three"),
        "      - action: s3:GetObject
        resource: \"arn:${partition}:s3:::${aws:PrincipalTag/FOUR}/*\"\n"
            .to_owned(),
    ];
    let repository = Repository::empty();
    repository.write("landgrant.yaml", OWN);
    let catalog = format!("{CATALOG}{}", entries.concat());
    repository.write("catalogs/prod/1.yaml", &catalog);
    let repository = rendered(repository, &CATALOGS);
    repository.edit("landgrant.yaml", "other: a", "other: b");
    let (review, codes) = changed(&repository, &CATALOGS);
    assert_eq!(codes, [Some(0), Some(1)], "{review:#}");
    for tags in [
        "{One: b, two: b, Three: b, four: b, other: b}",
        "{other: b}",
    ] {
        let text = fs::read_to_string(repository.path("landgrant.yaml")).unwrap();
        let (before, _) = text.split_once("tags: ").unwrap();
        repository.write("landgrant.yaml", &format!("{before}tags: {tags}\n"));
        let (review, codes) = changed(&repository, &CATALOGS);
        assert_eq!(codes, [Some(1), Some(1)], "{review:#}");
        let told = review["principals"][0]["other"].as_array().unwrap();
        let why = "and what is granted depends on that tag";
        let depends = |fact: &Value| fact["text"].as_str().unwrap().ends_with(why);
        assert!(
            told.iter().all(|fact| fact["more"] == depends(fact)),
            "{told:?}"
        );
        let depend = told.iter().filter(|fact| depends(fact));
        assert_eq!((depend.count(), told.len()), (4, 5), "{told:?}");
    }
}

#[test]
fn how_stack_sets_leave_and_whom_they_are_called_by_is_told() {
    let deployment = fs::read_to_string("fixtures/render/shape-stackset/landgrant.yaml").unwrap();
    for (from, to, name, widened) in [
        (
            "  auto_deployment: true\n",
            "  auto_deployment: true\n  retain: true\n",
            "stack_set.retain",
            1,
        ),
        (
            "stack_set:\n",
            "stack_set:\n  call_as: delegated-admin\n",
            "stack_set.call_as",
            0,
        ),
    ] {
        let repository = Repository::empty();
        let one = alike(&deployment);
        repository.write("landgrant.yaml", &one);
        let repository = rendered(repository, &[]);
        repository.write("landgrant.yaml", &one.replacen(from, to, 1));
        let (review, codes) = changed(&repository, &[]);
        assert_eq!(codes, [Some(widened), Some(1)], "{review:#}");
        assert_eq!(review["settings"][0]["name"], name, "{review:#}");
        assert_eq!(review["principals"], Value::Array(vec![]), "{review:#}");
    }
}

/// A deployment of one stack set, which comes into accounts that join.
fn alike(deployment: &str) -> String {
    let (before, rest) = deployment.split_once("variants:").unwrap();
    let (_, targets) = rest.split_once("targets:").unwrap();
    let targets = targets.replace("    variant: no-deletes\n", "");
    let text = format!("{before}targets:{targets}");
    text.replacen("stack_set:\n", "stack_set:\n  auto_deployment: true\n", 1)
}

#[test]
fn what_the_audit_is_told_to_accept_is_told() {
    let repository = of_one();
    append(
        &repository,
        "landgrant.yaml",
        "audit:
  allow:
    - {rule: foreign-role, reason: a reason}
    - {rule: foreign-role, about: \"arn:*\", reason: another, until: 2030-01-01}
",
    );
    let (review, codes) = changed(&repository, &[]);
    assert_eq!(codes, [Some(0), Some(1)], "{review:#}");
    let accepted = review["findings"]["accepted"].as_array().unwrap();
    let messages: Vec<&Value> = accepted.iter().map(|one| &one["message"]).collect();
    let message = "whatever the audit finds by foreign-role";
    let [one, other] = [
        message.to_owned(),
        format!("{message} about arn:* until 2030-01-01"),
    ];
    assert_eq!(messages, [&Value::from(one), &Value::from(other)]);
    assert_eq!(accepted[0]["reason"], "a reason");
    assert_eq!(accepted[0]["rule"], "audit.allow");
    repository.git(&["branch", "-f", "main"]);
    repository.edit("landgrant.yaml", "2030-01-01", "2031-01-01");
    assert_eq!(changed(&repository, &[]).1, [Some(0), Some(1)]);
    // Another reason alone.
    repository.git(&["branch", "-f", "main"]);
    repository.edit("landgrant.yaml", "reason: a reason", "reason: none at all");
    let (review, codes) = changed(&repository, &[]);
    assert_eq!(codes, [Some(0), Some(1)], "{review:#}");
    let accepted = review["findings"]["accepted"].as_array().unwrap();
    assert_eq!(accepted.len(), 1, "{review:#}");
    assert_eq!(accepted[0]["reason"], "none at all");
}

#[test]
fn the_age_of_access_keys_is_told() {
    let repository = of_one();
    let user = "  user: svc-micetro\n";
    for (key, before) in [("90d", "none"), ("3650d", "90d")] {
        repository.edit(
            "landgrant.yaml",
            user,
            &format!("{user}  access_key_max_age: {key}\n"),
        );
        let (review, codes) = changed(&repository, &[]);
        assert_eq!(codes, [Some(0), Some(1)], "{review:#}");
        assert_eq!(review["settings"][0]["name"], "hub.access_key_max_age");
        assert_eq!(review["settings"][0]["before"], before, "{review:#}");
        repository.git(&["branch", "-f", "main"]);
        repository.edit(
            "landgrant.yaml",
            &format!("  access_key_max_age: {key}\n"),
            "",
        );
    }
}

#[test]
fn a_folder_of_several_deployments_tells_their_settings_and_what_they_accept() {
    let repository = of_two();
    append(
        &repository,
        "two.yaml",
        "audit:\n  allow:\n    - {rule: foreign-role, reason: It is known.}\n",
    );
    let output = repository.landgrant(&["render", "one.yaml", "two.yaml"]);
    assert!(output.status.success(), "{}", said(&output));
    repository.commit("accepted");
    let review = ["review", "main:rendered", "rendered", "--fail-on", "any"];
    let output = repository.landgrant(&review);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("It is known"), "{}", said(&output));
}

#[test]
fn a_lock_does_not_decide_whether_its_folder_is_compared() {
    let other = fs::read_to_string(DEPLOYMENT).unwrap();
    let other = other.replace("owner: network-platform", "owner: somebody");
    let lock = "rendered/landgrant.lock";
    let lead_to = |repository: &Repository, source: &str| {
        repository.edit(lock, "source ../landgrant.yaml\n", source);
    };
    let leads_nowhere = |repository: &Repository| lead_to(repository, "source ../x.yaml\n");
    type Change<'a> = &'a dyn Fn(&Repository);
    let changes: [(&str, Change<'_>); 4] = [
        ("does not lead to a deployment", &leads_nowhere),
        ("does not lead to a deployment", &|repository| {
            lead_to(repository, "");
        }),
        ("does not lead to a deployment", &|repository| {
            remove(repository, "landgrant.yaml");
        }),
        (
            "leads to another deployment, ../other.yaml in place of ../landgrant.yaml",
            &|repository| {
                repository.write("other.yaml", &other);
                lead_to(repository, "source ../other.yaml\n");
            },
        ),
    ];
    for (what, change) in changes {
        let repository = of_one();
        change(&repository);
        repository.commit("a change");
        for old in ["main:rendered", "main:landgrant.yaml"] {
            if old == "main:landgrant.yaml" && what.contains("another") {
                continue;
            }
            for fail_on in ["widened", "any"] {
                let review = ["review", old, "HEAD:rendered", "--fail-on", fail_on];
                let output = repository.landgrant(&review);
                let text = said(&output);
                let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
                assert_eq!(output.status.code(), Some(1), "{text}");
                assert!(text.contains("Not known: "), "{text}");
                let first = format!("not rendered HEAD:{lock} {what}");
                assert!(text.contains(&first), "{text}");
            }
        }
        // Once merged, it is so on both sides.
        let output = repository.landgrant(&["review", "HEAD:rendered", "HEAD:rendered"]);
        assert!(!said(&output).contains(what), "{}", said(&output));
    }
}
