//! `landgrant review`: golden reviews of catalogs, deployments and rendered folders, and what each kind of change is
//! called.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::copy::copy_folder;
use crate::support::golden::compare_text;
use crate::support::repository::{Repository, said};

const DEPLOYMENT: &str = "fixtures/render/micetro-two-targets/landgrant.yaml";

const ATTACHMENT: &str = "resource \"aws_iam_user_policy_attachment\" \"notes\" {
  user       = \"svc-micetro\"
  policy_arn = \"arn:aws:iam::aws:policy/AdministratorAccess\"
}
";

const BACKEND: &str = "terraform {
  backend \"s3\" {
    bucket = \"amzn-s3-demo-bucket\"
    key    = \"hub.tfstate\"
    region = \"us-east-1\"
  }
}
";

const REMOTE_STATE: &str = "data \"terraform_remote_state\" \"theirs\" {
  backend = \"http\"
  config = {
    address = \"https://example.com/state\"
  }
}
";

fn committed() -> Repository {
    let repository = Repository::empty();
    fs::copy(DEPLOYMENT, repository.path("landgrant.yaml")).unwrap();
    assert!(repository.landgrant(&["render"]).status.success());
    repository.git(&["init", "-q", "-b", "main"]);
    repository.commit("rendered");
    repository
}

/// Accepts files beside the rendered ones.
fn accept(repository: &Repository, files: &[&str]) {
    let mut arguments = vec!["render"];
    arguments.extend(files.iter().flat_map(|file| ["--accept", file]));
    let output = repository.landgrant(&arguments);
    assert!(output.status.success(), "{}", said(&output));
}

/// Takes the deployment away and commits that, so that the rendered folder is read by itself.
fn without_deployment(repository: &Repository) {
    repository.git(&["rm", "-q", "landgrant.yaml"]);
    repository.commit("no deployment");
}

fn reviewed(repository: &Repository, old: &str, new: &str) -> Value {
    let output = repository.landgrant(&[
        "review",
        old,
        new,
        "--format",
        "json",
        "--today",
        "2026-11-24",
    ]);
    assert!(output.status.success(), "{}", said(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What comes of an edit of the deployment: `change kind name: what`.
fn changed(repository: &Repository, from: &str, to: &str) -> Vec<String> {
    repository.edit("landgrant.yaml", from, to);
    let review = reviewed(repository, "main:landgrant.yaml", "landgrant.yaml");
    repository.git(&["checkout", "-q", "."]);
    changes(&review)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// Every change of a review in a line.
fn changes(review: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    for principal in list(&review["principals"]) {
        let name = format!("{} {}", text(&principal["kind"]), text(&principal["name"]));
        if principal["change"] != "changed" {
            lines.push(format!("{} {name}", text(&principal["change"])));
        }
        for grant in list(&principal["grants"]) {
            let side = |side: &str| {
                let actions: Vec<&str> = list(&grant[side])
                    .iter()
                    .map(|grant| text(&grant["action"]))
                    .collect();
                actions.join(" ")
            };
            lines.push(format!(
                "{} {name}: {} > {}",
                text(&grant["change"]),
                side("before"),
                side("after")
            ));
        }
        for other in list(&principal["other"]) {
            lines.push(format!(
                "{} {name}: {}",
                text(&other["change"]),
                text(&other["text"])
            ));
        }
    }
    lines
}

/// Compares a review in every format with its expected texts.
fn golden(repository: &Repository, name: &str, old: &str, new: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for (format, extension) in [("human", "txt"), ("markdown", "md"), ("json", "json")] {
        let output = repository.landgrant(&[
            "review",
            old,
            new,
            "--format",
            format,
            "--today",
            "2026-11-24",
        ]);
        assert!(output.status.success(), "{}", said(&output));
        let text = String::from_utf8(output.stdout).unwrap();
        if format == "human" {
            let wide = text.lines().find(|line| line.chars().count() > 80);
            faults.extend(wide.map(|line| format!("{name}: wider than a terminal: {line}")));
        }
        faults.extend(compare_text(
            &text,
            Path::new(&format!("fixtures/review/{name}.{extension}")),
        ));
    }
    faults
}

#[test]
fn reviews_are_as_expected() {
    let repository = committed();
    let mut faults = golden(
        &repository,
        "micetro-10.2-to-11.0",
        "micetro@10.2",
        "micetro@11.0",
    );
    // Somebody adds `iam:*` to a rendered file, and a file to the hub.
    let module = "rendered/terraform/modules/target-role/main.tf";
    repository.edit(module, "Action = [\n", "Action = [\n          \"iam:*\",\n");
    repository.write("rendered/terraform/hub/notes.tf", ATTACHMENT);
    faults.extend(golden(
        &repository,
        "hand-edit",
        "main:rendered",
        "rendered",
    ));
    repository.git(&["checkout", "-q", "."]);
    fs::remove_file(repository.path("rendered/terraform/hub/notes.tf")).unwrap();
    // The team accepts its backend, and something that nobody knows.
    repository.write("rendered/terraform/hub/backend.tf", BACKEND);
    repository.write("rendered/terraform/hub/remote.tf", REMOTE_STATE);
    accept(
        &repository,
        &[
            "rendered/terraform/hub/backend.tf",
            "rendered/terraform/hub/remote.tf",
        ],
    );
    faults.extend(golden(&repository, "accepted", "main:rendered", "rendered"));
    for file in ["backend.tf", "remote.tf"] {
        fs::remove_file(repository.path("rendered/terraform/hub").join(file)).unwrap();
    }
    // A pull request with several things in it.
    repository.edit(
        "landgrant.yaml",
        "targets:\n",
        "trust: {restrict_to_user: false}\ntargets:\n  - account: \"444444444444\"\n    name: test\n",
    );
    repository.edit("landgrant.yaml", "micetro@10.2", "micetro@11.0");
    assert!(repository.landgrant(&["render"]).status.success());
    faults.extend(golden(
        &repository,
        "pull-request",
        "main:landgrant.yaml",
        "landgrant.yaml",
    ));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_new_catalog_makes_an_action_required() {
    let repository = committed();
    let review = reviewed(&repository, "micetro@10.2", "micetro@11.0");
    let moved = list(&review["moves"])
        .iter()
        .find(|moved| moved["action"] == "route53:ListHostedZonesByName")
        .unwrap();
    assert_eq!(moved["before"][0]["level"], "recommended");
    assert_eq!(moved["after"][0]["level"], "required");
}

/// Whoever takes the required actions alone gets more of a catalog that moves one there.
#[test]
fn an_action_that_moves_to_another_selection_is_more() {
    let repository = committed();
    let catalog = |required: &str, recommended: &str| {
        let text = fs::read_to_string("fixtures/catalogs/velero/1.13.0.yaml").unwrap();
        let text = text.replace("\"1.13.0\"", "\"1\"");
        let (head, _) = text.split_once("\nfeatures:").unwrap();
        let list = |name: &str, actions: &str| match actions {
            "" => String::new(),
            actions => format!("    {name}: [{actions}]\n"),
        };
        let lists = list("required", required) + &list("recommended", recommended);
        format!("{head}\nfeatures:\n  backup:\n    title: Backups\n    grant_to: [hub]\n{lists}")
    };
    let both = "ec2:DescribeVolumes, ec2:DeleteSnapshot";
    let apart = catalog("ec2:DescribeVolumes", "ec2:DeleteSnapshot");
    repository.write("catalogs/velero/1.yaml", &apart);
    repository.commit("apart");
    repository.write("catalogs/velero/1.yaml", &catalog(both, ""));
    repository.commit("together");
    for (old, new, code, verdict) in [
        (
            "HEAD~1",
            "HEAD",
            1,
            "Grants more than before with some features or levels",
        ),
        ("HEAD", "HEAD~1", 0, "Grants the same as before"),
    ] {
        let sides = [old, new].map(|side| format!("{side}:velero@1"));
        let output = repository.landgrant(&[
            "review",
            &sides[0],
            &sides[1],
            "--catalogs",
            "catalogs",
            "--fail-on",
            "widened",
        ]);
        assert_eq!(output.status.code(), Some(code), "{}", said(&output));
        let text = String::from_utf8_lossy(&output.stdout);
        assert_eq!(text.lines().nth(1), Some(verdict), "{text}");
    }
}

#[test]
fn what_grants_the_same_is_no_change() {
    let repository = committed();
    repository.edit("landgrant.yaml", "name: acme", "name: acme # a comment");
    for (old, new) in [
        ("main:landgrant.yaml", "landgrant.yaml"),
        ("main:rendered", "rendered"),
        ("landgrant.yaml", "rendered"),
        ("micetro@10.2", "main:micetro@10.2"),
    ] {
        let output =
            repository.landgrant(&["review", old, new, "--fail-on", "any,widened,escalation"]);
        assert!(output.status.success(), "{}", said(&output));
        assert!(
            said(&output).contains("Grants the same as before"),
            "{}",
            said(&output)
        );
    }
}

#[test]
fn each_kind_of_change_has_its_name() {
    let repository = committed();
    let added = changed(
        &repository,
        "targets:\n",
        "targets:\n  - account: \"444444444444\"\n    name: test\n",
    );
    assert!(
        added.contains(&"added role MicetroAccess".to_owned()),
        "{added:?}"
    );
    assert!(
        added.contains(&"added group micetro-access:  > sts:AssumeRole".to_owned()),
        "{added:?}"
    );
    let removed = changed(
        &repository,
        "  - account: \"333333333333\"\n    name: prod\n",
        "",
    );
    assert!(
        removed.contains(&"removed role MicetroAccess".to_owned()),
        "{removed:?}"
    );
    assert!(
        removed.contains(&"removed group micetro-access: sts:AssumeRole > ".to_owned()),
        "{removed:?}"
    );
    let open = changed(
        &repository,
        "targets:\n",
        "trust: {restrict_to_user: false}\ntargets:\n",
    );
    assert_eq!(open.len(), 1, "{open:?}");
    assert!(open[0].starts_with(
        "widened role MicetroAccess: trusts arn:aws:iam::111111111111:root instead of"
    ));
    let bounded = changed(
        &repository,
        "  name: MicetroAccess
",
        "  name: MicetroAccess
  permissions_boundary: \"arn:aws:iam::${account}:policy/edge\"
",
    );
    assert!(
        bounded
            .iter()
            .all(|line| line.starts_with("narrowed role MicetroAccess: is bounded by")),
        "{bounded:?}"
    );
    let longer = changed(
        &repository,
        "  name: MicetroAccess
",
        "  name: MicetroAccess
  max_session: 2h
",
    );
    assert_eq!(
        longer,
        ["widened role MicetroAccess: has sessions of at most 7200 s instead of 3600 s"]
    );
    let renamed = changed(&repository, "svc-micetro", "svc-other");
    assert!(
        renamed.contains(&"added user svc-other".to_owned()),
        "{renamed:?}"
    );
    assert!(
        renamed.contains(&"removed user svc-micetro".to_owned()),
        "{renamed:?}"
    );
    let tagged = changed(&repository, "network-platform", "network");
    assert!(
        !tagged.is_empty() && tagged.iter().all(|line| line.starts_with("no change ")),
        "{tagged:?}"
    );
}

#[test]
fn wildcards_resources_and_conditions_are_understood_in_rendered_files() {
    let module = "rendered/terraform/modules/target-role/main.tf";
    let steps = [
        // A wildcard over what was there, and a wider one, and back.
        ("\"ec2:DescribeVpcs\"", "\"ec2:Describe*\"", "widened", true),
        ("\"ec2:Describe*\"", "\"ec2:*\"", "widened", true),
        ("\"ec2:*\"", "\"ec2:Describe*\"", "narrowed", false),
        (
            "\"ec2:Describe*\"",
            "\"ec2:DescribeVpcs\"",
            "narrowed",
            false,
        ),
        // Fewer resources, and all again.
        (
            "Resource = \"*\"",
            "Resource = \"arn:aws:ec2:*:*:vpc/*\"",
            "narrowed",
            false,
        ),
        (
            "Resource = \"arn:aws:ec2:*:*:vpc/*\"",
            "Resource = \"*\"",
            "widened",
            true,
        ),
        // A condition, and none again.
        (
            "Resource = \"*\"",
            "Resource = \"*\"\n        Condition = {\n          StringEquals = {\n            \"aws:RequestedRegion\" = \"eu-west-1\"\n          }\n        }",
            "narrowed",
            false,
        ),
        (
            "\n        Condition = {\n          StringEquals = {\n            \"aws:RequestedRegion\" = \"eu-west-1\"\n          }\n        }",
            "",
            "widened",
            true,
        ),
        // A denial.
        (
            "Effect = \"Allow\"\n        Action = [\n",
            "Effect = \"Deny\"\n        Action = [\n",
            "added",
            false,
        ),
    ];
    let repository = committed();
    without_deployment(&repository);
    let text = fs::read_to_string(repository.path(module)).unwrap();
    // One alignment for all edits.
    let plain: Vec<String> = text
        .lines()
        .map(|line| match line.split_once('=') {
            Some((key, value)) if line.starts_with("        ") => {
                format!("{} ={value}", key.trim_end())
            }
            _ => line.to_owned(),
        })
        .collect();
    fs::write(repository.path(module), plain.join("\n") + "\n").unwrap();
    repository.commit("plain");
    for (from, to, expected, more) in steps {
        repository.edit(module, from, to);
        let review = reviewed(&repository, "HEAD:rendered", "rendered");
        let lines = changes(&review);
        assert!(
            lines.iter().any(|line| line.starts_with(expected)),
            "{from} to {to}: {lines:#?}"
        );
        assert_eq!(review["more"], more, "{from} to {to}: {lines:#?}");
        for principal in list(&review["principals"]) {
            assert_eq!(principal["formats"][0], "Terraform");
        }
        repository.commit("step");
    }
}

/// A deployment of one target with a catalog that lets it read, or make users administrators.
fn with_a_way_to_more() -> Repository {
    let repository = Repository::empty();
    fs::create_dir_all(repository.path("catalogs/tool")).unwrap();
    for (version, action) in [("0", "s3:GetObject"), ("1", "iam:AttachUserPolicy")] {
        fs::write(
            repository.path(&format!("catalogs/tool/{version}.yaml")),
            format!(
                "schema: landgrant/catalog/v1\nproduct: tool\nversion: \"{version}\"\ntitle: Tool\nvendor: Vendor\n\
                 sources:\n  - {{id: guide, title: Guide}}\n\
                 access: {{authenticates_as: existing-principal, external_id: optional}}\n\
                 features:\n  main:\n    title: Main\n    grant_to: [target]\n    required: [\"{action}\"]\n"
            ),
        )
        .unwrap();
    }
    fs::write(
        repository.path("old.yaml"),
        "schema: landgrant/deployment/v1\nname: acme\n\
         hub: {account: \"111111111111\", user: svc, group: access}\n\
         products:\n  - {catalog: tool@0, features: [main]}\n\
         role: {name: Access}\n\
         targets:\n  - {account: \"222222222222\", name: dev}\n",
    )
    .unwrap();
    repository
}

#[test]
fn a_change_does_not_accept_the_way_to_more_that_it_opens() {
    let repository = with_a_way_to_more();
    let old = fs::read_to_string(repository.path("old.yaml")).unwrap();
    let new = old.replace("tool@0", "tool@1");
    let review = |before: &str, after: &str, format: &str| {
        fs::write(repository.path("before.yaml"), before).unwrap();
        fs::write(repository.path("after.yaml"), after).unwrap();
        repository.landgrant(&["render", "after.yaml", "--catalogs", "catalogs"]);
        let output = repository.landgrant(&[
            "review",
            "before.yaml",
            "after.yaml",
            "--catalogs",
            "catalogs",
            "--fail-on",
            "escalation",
            "--format",
            format,
        ]);
        let told = String::from_utf8(output.stdout).unwrap();
        (output.status.code().unwrap(), told)
    };
    let allow = "lint: {allow: [{rule: escalation-path, reason: because}]}\n";
    let level = "lint: {levels: {escalation-path: allow}}\n";
    assert_eq!(review(&old, &new, "human").0, 1);
    for (accepting, why) in [
        (allow, "because"),
        (level, "the level of the rule is allow"),
    ] {
        let accepted = format!("{new}{accepting}");
        for format in ["human", "markdown", "json"] {
            let (code, said) = review(&old, &accepted, format);
            assert_eq!(code, 1, "{said}");
            let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(said.contains(why), "{said}");
            // Whoever accepts what is there already says so as well.
            let (code, said) = review(&new, &accepted, format);
            assert_eq!(code, 0, "{said}");
            let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(said.contains(why), "{said}");
        }
        let (_, said) = review(&new, &accepted, "json");
        let told: Value = serde_json::from_str(&said).unwrap();
        let findings = &told["findings"];
        assert_eq!(findings["accepted"][0]["rule"], "escalation-path");
        assert_eq!(list(&findings["vanished"]).len(), 0, "{said}");
        let changed = usize::from(accepting == level);
        assert_eq!(list(&told["levels"]).len(), changed, "{said}");
        // Once it is there and accepted, it is no news.
        let (code, said) = review(&accepted, &accepted, "json");
        assert_eq!(code, 0, "{said}");
        assert!(!said.contains(why), "{said}");
        // Nor when nobody accepts it any more, though it is told.
        let (code, said) = review(&accepted, &new, "json");
        assert_eq!(code, 0, "{said}");
        let told: Value = serde_json::from_str(&said).unwrap();
        assert_eq!(told["findings"]["appeared"][0]["rule"], "escalation-path");
    }
    let (_, said) = review(&new, &format!("{new}{level}"), "human");
    assert!(said.contains("escalation-path  deny → allow"), "{said}");
}

#[test]
fn against_nothing_it_is_told_how_a_folder_is_applied() {
    let repository = committed();
    without_deployment(&repository);
    let root = "rendered/terraform/targets/222222222222";
    repository.edit(&format!("{root}/main.tf"), ">= 5.0.0, < 7.0.0", "= 5.0.0");
    let review = reviewed(&repository, "nothing", "rendered");
    let edits = list(&review["edits"]).iter();
    let told: Vec<&str> = edits.map(|edit| text(&edit["path"])).collect();
    for path in [
        "main.tf",
        "../../hub/terraform.tf",
        "../../hub/providers.tf",
    ] {
        let path = format!("{root}/{path}").replace("targets/222222222222/../../", "");
        assert!(told.contains(&path.as_str()), "{path}: {told:?}");
    }
    // What is the same but for the account is told once.
    assert!(
        !told.iter().any(|path| path.contains("333333333333")),
        "{told:?}"
    );
}

#[test]
fn an_overlay_that_comes_with_the_change_makes_no_action_less_far_reaching() {
    let repository = committed();
    let overlay = "schema: landgrant/reference-overlay/v1\nservices:\n  route53:\n    actions:\n      \
        ChangeResourceRecordSets: {access_level: list}\n";
    repository.write("overlay.yaml", overlay);
    let deployment = fs::read_to_string(repository.path("landgrant.yaml")).unwrap();
    repository.write("less.yaml", &deployment.replace(", dns,", ","));
    let level = |old: &str, new: &str| {
        let arguments = [
            "review",
            old,
            new,
            "--reference",
            "overlay.yaml",
            "--format",
            "json",
        ];
        let output = repository.landgrant(&arguments);
        let review: Value = serde_json::from_slice(&output.stdout).unwrap();
        let grants = list(&review["principals"])
            .iter()
            .flat_map(|one| list(&one["grants"]));
        let mut grants = grants.flat_map(|grant| {
            let sides = list(&grant["before"]).iter().chain(list(&grant["after"]));
            sides.map(|side| (text(&side["action"]), text(&grant["access_level"])))
        });
        let found = grants.find(|(action, _)| *action == "route53:ChangeResourceRecordSets");
        found.unwrap().1.to_owned()
    };
    assert_eq!(level("main:landgrant.yaml", "less.yaml"), "Write");
    assert_eq!(level("nothing", "landgrant.yaml"), "Write");
    repository.commit("an overlay");
    assert_eq!(level("main:landgrant.yaml", "less.yaml"), "List");
}

#[test]
fn changes_that_widen_or_escalate_fail_where_they_should() {
    let repository = committed();
    let code = |arguments: &[&str]| {
        let mut all = vec!["review"];
        all.extend(arguments);
        repository.landgrant(&all).status.code().unwrap()
    };
    let new = ["micetro@10.2", "micetro@11.0"];
    let old = ["micetro@11.0", "micetro@10.2"];
    assert_eq!(code(&[new[0], new[1]]), 0);
    assert_eq!(code(&[new[0], new[1], "--fail-on", "widened"]), 1);
    assert_eq!(code(&[new[0], new[1], "--fail-on", "escalation"]), 0);
    assert_eq!(code(&[old[0], old[1], "--fail-on", "widened"]), 0);
    assert_eq!(code(&[old[0], old[1], "--fail-on", "any"]), 1);
    let module = "rendered/terraform/modules/target-role/main.tf";
    repository.edit(module, "Action = [\n", "Action = [\n          \"iam:*\",\n");
    // What an edit does is not known, on whichever side it is.
    for what in ["widened", "escalation", "any"] {
        assert_eq!(code(&["main:rendered", "rendered", "--fail-on", what]), 1);
        assert_eq!(code(&["rendered", "main:rendered", "--fail-on", what]), 1);
    }
    // Without a deployment it is read.
    fs::remove_file(repository.path("landgrant.yaml")).unwrap();
    let escalation = ["main:rendered", "rendered", "--fail-on", "escalation"];
    assert_eq!(code(&escalation), 1);
    let escalation = ["rendered", "main:rendered", "--fail-on", "escalation"];
    assert_eq!(code(&escalation), 0);
}

#[test]
fn what_names_nothing_or_is_not_understood_is_refused() {
    let repository = committed();
    for (name, expected) in [
        ("nowhere", "there is no nowhere; name a deployment"),
        (
            "main:nowhere",
            "cannot read from the Git revision main: it has no nowhere",
        ),
        (
            "nobranch:landgrant.yaml",
            "cannot read from the Git revision nobranch: invalid object name",
        ),
        (
            "--output=x:landgrant.yaml",
            "this is not the name of a revision",
        ),
        ("micetro@9", "there is no catalog micetro@9"),
    ] {
        let output = repository.landgrant(&["review", "--", name, "landgrant.yaml"]);
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(said(&output).contains(expected), "{}", said(&output));
    }
    // What cannot be read could grant anything.
    let (here, away) = (
        repository.path("landgrant.yaml"),
        repository.path("away.yaml"),
    );
    fs::rename(&here, &away).unwrap();
    fs::write(
        repository.path("rendered/terraform/hub/extra.tf"),
        "resource \"aws_iam_policy_attachment\" \"x\" {}\n",
    )
    .unwrap();
    let output = repository.landgrant(&["review", "main:rendered", "rendered"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said(&output).contains("cannot tell what rendered grants"),
        "{}",
        said(&output)
    );
    fs::remove_file(repository.path("rendered/terraform/hub/extra.tf")).unwrap();
    fs::write(
        repository.path("rendered/cloudformation/extra.yaml"),
        "Resources: {A: {Type: AWS::IAM::User}}\n",
    )
    .unwrap();
    let output = repository.landgrant(&["review", "main:rendered", "rendered"]);
    assert!(
        said(&output).contains("nothing says in which account"),
        "{}",
        said(&output)
    );
    fs::remove_file(repository.path("rendered/cloudformation/extra.yaml")).unwrap();
    fs::rename(&away, &here).unwrap();
    // A faulty deployment has its faults told, with the revision it stands in.
    repository.edit("landgrant.yaml", "name: acme", "nam: acme");
    repository.commit("faulty");
    let output = repository.landgrant(&["review", "HEAD:landgrant.yaml", "HEAD~1:landgrant.yaml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said(&output).contains("--> HEAD:landgrant.yaml:"),
        "{}",
        said(&output)
    );
}

#[test]
fn catalogs_of_ones_own_are_read_from_the_revision_too() {
    let repository = committed();
    let catalog = |actions: &str| {
        let text = fs::read_to_string("fixtures/catalogs/velero/1.13.0.yaml").unwrap();
        let text = text.replace("\"1.13.0\"", "\"1\"");
        let (head, _) = text.split_once("\nfeatures:").unwrap();
        format!(
            "{head}\nfeatures:\n  backup:\n    title: Backups\n    grant_to: [hub]\n    required:\n{actions}"
        )
    };
    let path = repository.path("catalogs/velero/1.yaml");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, catalog("      - ec2:DescribeVolumes\n")).unwrap();
    repository.commit("catalog");
    fs::write(
        &path,
        catalog("      - ec2:DescribeVolumes\n      - ec2:DeleteSnapshot\n"),
    )
    .unwrap();
    let output = repository.landgrant(&[
        "review",
        "HEAD:velero@1",
        "velero@1",
        "--catalogs",
        "catalogs",
        "--format",
        "json",
    ]);
    assert!(output.status.success(), "{}", said(&output));
    let review: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        changes(&review),
        ["added  velero, in the hub account:  > ec2:DeleteSnapshot"]
    );
}

#[test]
fn markdown_cannot_be_broken_out_of() {
    let repository = committed();
    without_deployment(&repository);
    let hostile = "arn:aws:s3:::b/|<b>`@team";
    repository.edit(
        "rendered/terraform/modules/target-role/main.tf",
        "Resource = \"*\"",
        &format!("Resource = \"{hostile}\""),
    );
    let output = repository.landgrant(&[
        "review",
        "main:rendered",
        "rendered",
        "--format",
        "markdown",
    ]);
    let markdown = said(&output);
    assert!(markdown.contains("b/`\\|``<b>`@team``"), "{markdown}");
}

#[test]
fn a_revision_is_the_same_from_every_folder() {
    let repository = committed();
    let catalog = fs::read_to_string("fixtures/catalogs/velero/1.13.0.yaml").unwrap();
    let folder = repository.path("envs/prod/catalogs/velero");
    fs::create_dir_all(&folder).unwrap();
    fs::write(
        folder.join("1.yaml"),
        catalog.replace("\"1.13.0\"", "\"1\""),
    )
    .unwrap();
    for (from, to) in [
        ("landgrant.yaml", "envs/prod/landgrant.yaml"),
        ("rendered", "envs/prod/rendered"),
    ] {
        let (from, to) = (repository.path(from), repository.path(to));
        let status = Command::new("cp").arg("-r").args([from, to]).status();
        assert!(status.unwrap().success());
    }
    repository.commit("a monorepo");
    for folder in ["rendered", "envs/prod/rendered"] {
        repository.edit(
            &format!("{folder}/terraform/modules/target-role/main.tf"),
            "Action = [\n",
            "Action = [\n          \"ec2:*\",\n",
        );
    }
    repository.commit("wider");
    let code = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_landgrant"))
            .current_dir(repository.path("envs/prod"))
            .args(["review", "--fail-on", "widened"])
            .args(arguments)
            .output()
            .unwrap();
        (output.status.code().unwrap(), said(&output))
    };
    for (old, new) in [
        ("HEAD~1:rendered", "HEAD:rendered"),
        ("HEAD~1:envs/prod/rendered", "HEAD:envs/prod/rendered/"),
        ("HEAD~1:./rendered", "HEAD:./rendered"),
        ("HEAD~1:./rendered", "rendered"),
        ("HEAD~1:../../rendered", "../../rendered"),
    ] {
        let (found, text) = code(&[old, new]);
        assert_eq!(found, 1, "{old} {new}: {text}");
    }
    let whole = fs::canonicalize(repository.path("envs/prod/catalogs")).unwrap();
    for catalogs in ["catalogs", whole.to_str().unwrap()] {
        let (found, text) = code(&["HEAD:velero@1", "velero@1", "--catalogs", catalogs]);
        assert_eq!(found, 0, "{text}");
        assert!(text.contains("Grants the same as before"), "{text}");
    }
}

#[test]
fn a_link_in_a_rendered_folder_is_told_wherever_it_leads() {
    let repository = committed();
    repository.write("more.tf", ATTACHMENT);
    repository.write("other/main.tf", ATTACHMENT);
    let outside = tempfile::tempdir().unwrap();
    for (link, to) in [
        ("rendered/terraform/hub/more.tf", "../../../more.tf"),
        (
            "rendered/terraform/hub/more.tf",
            outside.path().to_str().unwrap(),
        ),
        ("rendered/terraform/targets/444444444444", "../../../other"),
        ("rendered/NOTES.md", "../landgrant.yaml"),
        ("rendered/README.md", "../landgrant.yaml"),
    ] {
        std::os::unix::fs::symlink(to, repository.path(link)).unwrap();
        repository.commit("a link");
        for side in [
            "HEAD:rendered",
            "rendered",
            "HEAD:landgrant.yaml",
            "landgrant.yaml",
        ] {
            let review = reviewed(&repository, "HEAD~1:rendered", side);
            let [edit] = list(&review["edits"]) else {
                panic!("{review:#}");
            };
            assert!(text(&edit["path"]).ends_with(link), "{edit}");
            assert!(
                text(&edit["what"]).starts_with("is a symbolic link"),
                "{edit}"
            );
        }
        repository.git(&["rm", "-q", link]);
        repository.commit("no link");
    }
    // A rendered file that is a link to the same text is one too.
    let main = "rendered/terraform/hub/main.tf";
    fs::rename(repository.path(main), repository.path("main.tf")).unwrap();
    std::os::unix::fs::symlink("../../../main.tf", repository.path(main)).unwrap();
    let review = reviewed(&repository, "HEAD:rendered", "rendered");
    assert_eq!(list(&review["edits"]).len(), 1, "{review:#}");
    repository.git(&["checkout", "-q", "."]);
    // The text of a link is no deployment either.
    std::os::unix::fs::symlink("landgrant.yaml", repository.path("link.yaml")).unwrap();
    repository.commit("a deployment");
    let output = repository.landgrant(&["review", "HEAD:link.yaml", "landgrant.yaml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said(&output).contains("link.yaml is a symbolic link"),
        "{}",
        said(&output)
    );
}

#[test]
fn no_file_takes_the_place_of_a_revision_a_catalog_or_nothing() {
    let repository = committed();
    repository.edit(
        "landgrant.yaml",
        "targets:\n",
        "trust: {restrict_to_user: false}\ntargets:\n",
    );
    let wider = fs::read(repository.path("landgrant.yaml")).unwrap();
    for name in ["main:landgrant.yaml", "nothing", "micetro@10.2"] {
        let arguments = ["review", name, "landgrant.yaml", "--fail-on", "widened"];
        let before = repository.landgrant(&arguments);
        assert_eq!(before.status.code(), Some(1), "{}", said(&before));
        fs::write(repository.path(name), &wider).unwrap();
        let after = repository.landgrant(&arguments);
        assert_eq!(said(&after), said(&before));
        // Said to be a file, it is one.
        let path = format!("./{name}");
        let output = repository.landgrant(&["review", &path, "landgrant.yaml", "--out", "none"]);
        let told = said(&output);
        assert!(told.contains("Grants the same as before"), "{told}");
    }
    // A revision that is not there is not looked for on the disk.
    fs::write(repository.path("gone:landgrant.yaml"), &wider).unwrap();
    let output = repository.landgrant(&["review", "gone:landgrant.yaml", "landgrant.yaml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said(&output).contains("for the file of this name, write ./gone:landgrant.yaml"),
        "{}",
        said(&output)
    );
}

#[test]
fn a_name_that_is_cut_short_says_how_to_go_on() {
    let repository = committed();
    for (name, expected) in [
        (
            "HEAD:",
            "`HEAD` is a Git revision: say what to compare in it, `HEAD:landgrant.yaml`",
        ),
        ("", "a side of a review has no name; name a deployment"),
        (":landgrant.yaml", "this is not the name of a revision"),
    ] {
        let output = repository.landgrant(&["review", name, "landgrant.yaml"]);
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(said(&output).contains(expected), "{}", said(&output));
    }
}

#[test]
fn places_of_targets_are_those_of_the_deployments_own_lock() {
    let repository = committed();
    fs::remove_dir_all(repository.path("rendered")).unwrap();
    // Two groups, in the order of the account ids at first.
    let text = fs::read_to_string(repository.path("landgrant.yaml")).unwrap();
    let (head, tail) = text.split_once("targets:\n").unwrap();
    let (_, tags) = tail.split_once("tags:").unwrap();
    let many = |name: &str, from: usize| {
        let targets: String = (from..60)
            .map(|number| format!("  - account: \"5555555555{number:02}\"\n    name: t{number}\n"))
            .collect();
        let head = head
            .replace("name: acme", &format!("name: {name}"))
            .replace("svc-micetro", &format!("svc-{name}"))
            .replace("micetro-access", &format!("{name}-access"))
            .replace("MicetroAccess", &format!("{name}Access"));
        format!("{head}targets:\n{targets}tags:{tags}")
    };
    fs::write(repository.path("acme.yaml"), many("acme", 10)).unwrap();
    fs::write(repository.path("beta.yaml"), many("beta", 58)).unwrap();
    let output = repository.landgrant(&["render", "acme.yaml", "beta.yaml"]);
    assert!(output.status.success(), "{}", said(&output));
    repository.commit("two deployments");
    // Accounts before all others: those that are there keep their groups.
    fs::write(repository.path("acme.yaml"), many("acme", 0)).unwrap();
    let output = repository.landgrant(&["render", "acme.yaml", "beta.yaml"]);
    assert!(output.status.success(), "{}", said(&output));
    let review = reviewed(&repository, "HEAD:acme.yaml", "acme.yaml");
    let moved: Vec<&Value> = list(&review["targets"])
        .iter()
        .filter(|target| !target["groups_before"].is_null())
        .collect();
    assert_eq!(moved, Vec::<&Value>::new());
}

#[test]
fn a_list_of_accounts_belongs_to_its_deployment_wherever_that_is_read() {
    let repository = Repository::empty();
    let case = Path::new("fixtures/render/micetro-organization");
    let text = fs::read_to_string(case.join("landgrant.yaml")).unwrap();
    fs::create_dir_all(repository.path("envs")).unwrap();
    // The lists lie outside of the deployment's folder.
    let text = text.replace("organization/", "../lists/organization/");
    fs::write(repository.path("envs/landgrant.yaml"), text).unwrap();
    copy_folder(
        &case.join("organization"),
        &repository.path("lists/organization"),
    );
    let render = ["render", "envs/landgrant.yaml"];
    assert!(repository.landgrant(&render).status.success());
    let lock = fs::read_to_string(repository.path("rendered/landgrant.lock")).unwrap();
    let inputs: Vec<&str> = lock
        .lines()
        .filter(|line| line.starts_with("input "))
        .map(|line| line.splitn(3, ' ').nth(2).unwrap())
        .collect();
    assert_eq!(
        inputs,
        [
            "account-tags ../lists/organization/tags",
            "accounts ../lists/organization/accounts.json",
            "catalog micetro@10.2",
            "deployment",
            "units ../lists/organization/units",
        ]
    );
    repository.git(&["init", "-q", "-b", "main"]);
    repository.commit("rendered");
    let code = |arguments: &[&str]| repository.landgrant(arguments).status.code();
    assert_eq!(code(&["check", "envs/landgrant.yaml"]), Some(0));
    // An account comes, and one leaves production.
    repository.edit(
        "lists/organization/accounts.json",
        "\"Accounts\": [",
        "\"Accounts\": [\n        {\"Id\": \"999999999999\", \"Name\": \"sandbox-ben\"},",
    );
    repository.edit(
        "lists/organization/tags/444444444444.json",
        "\"prod\"",
        "\"dev\"",
    );
    repository.edit(
        "envs/landgrant.yaml",
        "{name: \"sandbox-*\", reason",
        "{name: sandbox-anna, reason",
    );
    fs::write(
        repository.path("lists/organization/tags/999999999999.json"),
        "{\"Tags\": []}",
    )
    .unwrap();
    assert_eq!(code(&["check", "envs/landgrant.yaml"]), Some(1));
    assert_eq!(code(&["diff", "envs/landgrant.yaml"]), Some(1));
    assert_eq!(code(&["lint", "envs/landgrant.yaml"]), Some(0));
    let review = reviewed(
        &repository,
        "main:envs/landgrant.yaml",
        "envs/landgrant.yaml",
    );
    let changed = changes(&review);
    let number = |line: &str| changed.iter().filter(|change| *change == line).count();
    assert_eq!(number("added role MicetroAccess"), 1, "{changed:#?}");
    // In the new account, and in the one that has the common permissions now.
    let deletes = "added role MicetroAccess:  > route53:DeleteHostedZone";
    assert_eq!(number(deletes), 2, "{changed:#?}");
    let sessions = "narrowed role MicetroAccess: has sessions of at most 3600 s instead of 14400 s";
    assert_eq!(number(sessions), 1, "{changed:#?}");
    for account in ["444444444444", "999999999999"] {
        assert!(review.to_string().contains(account), "{account}");
    }
    // A file that is there and not in the revision is not taken for one that is.
    repository.git(&["rm", "-q", "--cached", "lists/organization/accounts.json"]);
    repository.git(&["commit", "-q", "-m", "without the list"]);
    let output = repository.landgrant(&["review", "main:envs/landgrant.yaml", "nothing"]);
    assert!(
        said(&output).contains("there is no file `../lists/organization/accounts.json`"),
        "{}",
        said(&output)
    );
}

#[test]
fn a_folder_of_several_deployments_is_read_as_one() {
    let folder = tempfile::tempdir().unwrap();
    let repository = Repository(folder);
    let text = fs::read_to_string(DEPLOYMENT).unwrap();
    for name in ["one", "two"] {
        let text = text
            .replace("name: acme", &format!("name: {name}"))
            .replace("svc-micetro", &format!("svc-{name}"))
            .replace("micetro-access", &format!("access-{name}"))
            .replace("MicetroAccess", &format!("Access-{name}"));
        fs::write(repository.path(&format!("{name}.yaml")), text).unwrap();
    }
    let output = repository.landgrant(&["render", "one.yaml", "two.yaml"]);
    assert!(output.status.success(), "{}", said(&output));
    repository.git(&["init", "-q", "-b", "main"]);
    repository.commit("rendered");
    let all = changes(&reviewed(&repository, "nothing", "rendered"));
    for name in ["one", "two"] {
        let role = format!("added role Access-{name}");
        assert!(all.contains(&role), "{all:#?}");
    }
    assert!(changes(&reviewed(&repository, "main:rendered", "rendered")).is_empty());
    assert!(changes(&reviewed(&repository, "one.yaml", "rendered/one")).is_empty());
    // One that goes is seen, and so is one that is edited.
    let without = changes(&reviewed(&repository, "rendered", "one.yaml"));
    assert!(
        without.contains(&"removed role Access-two".to_owned()),
        "{without:#?}"
    );
    repository.edit(
        "rendered/two/terraform/hub/main.tf",
        "\"iam:GetUser\"",
        "\"iam:*\"",
    );
    let edited = reviewed(&repository, "main:rendered", "rendered");
    assert!(edited.to_string().contains("iam:*"), "{edited:#}");
    // What lies beside the folders is not passed over.
    fs::write(
        repository.path("rendered/more.tf"),
        "resource \"aws_iam_user\" \"more\" {\n  name = \"more\"\n}\n",
    )
    .unwrap();
    let review = reviewed(&repository, "main:rendered", "rendered");
    let paths: Vec<&str> = list(&review["edits"])
        .iter()
        .map(|edit| edit["path"].as_str().unwrap())
        .collect();
    let edited = "rendered/two/terraform/hub/main.tf";
    assert_eq!(paths, ["rendered/more.tf", edited]);
    for (deployment, paths) in [
        ("one", &["rendered/more.tf"][..]),
        (
            "two",
            &["rendered/more.tf", "rendered/two/terraform/hub/main.tf"],
        ),
    ] {
        let file = format!("{deployment}.yaml");
        let review = reviewed(&repository, &format!("main:{file}"), &file);
        let edits = list(&review["edits"]);
        let told: Vec<&str> = edits
            .iter()
            .map(|edit| edit["path"].as_str().unwrap())
            .collect();
        assert_eq!(told, paths);
    }
    fs::remove_file(repository.path("rendered/more.tf")).unwrap();
    // Two that make the same are not one.
    copy_folder(
        &repository.path("rendered/one"),
        &repository.path("rendered/again"),
    );
    let lock = "rendered/again/landgrant.lock";
    repository.edit(lock, "deployment one", "deployment again");
    let output = repository.landgrant(&["review", "nothing", "rendered"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(
        said(&output).contains("two deployments in it make"),
        "{}",
        said(&output)
    );
}

/// A comment is read from the top, and is cut where it is too long: what opens something stands first, and whole.
#[test]
fn no_widening_is_counted_away_by_many_targets() {
    let repository = committed();
    let targets: String = (0..75)
        .map(|number| format!("  - account: \"5000000000{number:02}\"\n    name: more-{number}\n"))
        .collect();
    repository.edit(
        "landgrant.yaml",
        "targets:\n",
        &format!("targets:\n{targets}"),
    );
    repository.edit("landgrant.yaml", "micetro@10.2", "micetro@11.0");
    repository.edit(
        "landgrant.yaml",
        "features: [account,",
        "features: [account-alias, account,",
    );
    repository.edit(
        "landgrant.yaml",
        "targets:\n",
        "trust:\n  restrict_to_user: false\ntargets:\n",
    );
    let output = repository.landgrant(&[
        "review",
        "main:landgrant.yaml",
        "landgrant.yaml",
        "--format",
        "markdown",
        "--fail-on",
        "widened",
    ]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("`--fail-on widened`"));
    let comment = String::from_utf8(output.stdout).unwrap();
    let (table, behind) = comment.split_once("<details>").unwrap();
    let rows: Vec<&str> = table
        .lines()
        .filter(|line| line.starts_with("| `"))
        .collect();
    for said in [
        "**widened** |  | trusts",
        "`iam:ListAccountAliases`",
        "and 30 more",
    ] {
        assert!(rows.iter().any(|row| row.contains(said)), "{said}: {table}");
    }
    assert!(!table.contains("prints all"), "{table}");
    // Every account is there, and what the catalog brought.
    assert!(behind.contains("`500000000074` (`more-74`)"), "{behind}");
    assert!(
        behind.contains("| micetro | 10.2 → 11.0; the feature account-alias is new |"),
        "{behind}"
    );
    assert!(comment.len() < 65_536, "{}", comment.len());
}

/// Ids that rotate in many accounts do not push whoever is let in newly out of a comment.
#[test]
fn who_is_let_in_newly_comes_before_other_terms() {
    let repository = committed();
    let deployment = |ids: &str, newcomer: &str| {
        let targets: String = (0..60)
            .map(|number| {
                format!(
                    "      - {{account: \"5000000000{number:02}\", name: t{number}, external_id: acme-{ids}-{number:04}}}\n"
                )
            })
            .collect();
        let product = "products: [{catalog: multitool@1, features: [cloudwatch]}]";
        let role = "arn:aws:iam::444444444444:role/tool";
        format!(
            "schema: landgrant/deployment/v1\nname: rotated\noutputs: [terraform]\nroles:\n  a:\n    name: Tool\n    {product}\n    \
             trust: {{principal: \"{role}\"}}\n    targets:\n{targets}  z:\n    name: Other\n    {product}\n    trust:\n      - {{principal: \
             \"{role}\", external_id: acme-other-zzzz}}\n{newcomer}    targets: [{{account: \"600000000000\", name: z}}]\n"
        )
    };
    repository.write("old/landgrant.yaml", &deployment("old", ""));
    let newcomer =
        "      - {principal: \"arn:aws:iam::666666666666:root\", external_id: acme-other-zzzz}\n";
    repository.write("new/landgrant.yaml", &deployment("new", newcomer));
    let output = repository.landgrant(&[
        "review",
        "old/landgrant.yaml",
        "new/landgrant.yaml",
        "--format",
        "markdown",
    ]);
    let comment = String::from_utf8(output.stdout).unwrap();
    let mut rows = comment.lines().filter(|line| line.starts_with("| `"));
    let first = rows.next().unwrap_or_default();
    assert!(first.contains("666666666666"), "{comment}");
}

/// Git takes a tag before a branch, and whoever may push tags is not who may push branches.
#[test]
fn a_name_of_several_refs_is_refused() {
    let repository = committed();
    let review = |old: &str| {
        let output = repository.landgrant(&["review", old, "landgrant.yaml"]);
        (output.status.code().unwrap(), said(&output))
    };
    repository.git(&["config", "core.warnAmbiguousRefs", "false"]);
    repository.edit("landgrant.yaml", "svc-micetro", "svc-other");
    repository.commit("changed");
    repository.git(&["branch", "base", "HEAD~1"]);
    let (code, before) = review("base:landgrant.yaml");
    assert!(code == 0 && !before.contains("Grants the same"), "{before}");
    repository.git(&["tag", "base", "HEAD"]);
    let (code, told) = review("base:landgrant.yaml");
    assert!(
        code == 2 && told.contains("several refs have this name"),
        "{told}"
    );
    assert_eq!(review("refs/heads/base:landgrant.yaml").0, 0);
    let targets = repository.landgrant(&["targets", "--since", "base"]);
    assert_eq!(targets.status.code(), Some(2), "{}", said(&targets));
}
