//! `landgrant review` and read-back of what a stack set brings into accounts that nobody lists, and of how it is called.

use std::fs;

use serde_json::Value;

use crate::support::repository::{Repository, said};

const TERRAFORM: &str = "rendered/terraform/stack-set/main.tf";
const CLOUDFORMATION: &str = "rendered/cloudformation/stack-set.yaml";
const SHAPES: &str = "terraform: stackset\ncloudformation: stackset\n";

/// A deployment of one stack set, which comes into accounts that join.
fn deployment() -> String {
    let text = fs::read_to_string("fixtures/render/shape-stackset/landgrant.yaml").unwrap();
    let (before, rest) = text.split_once("variants:").unwrap();
    let (_, targets) = rest.split_once("targets:").unwrap();
    let targets = targets.replace("    variant: no-deletes\n", "");
    let text = format!("{before}targets:{targets}");
    text.replacen("stack_set:\n", "stack_set:\n  auto_deployment: true\n", 1)
}

/// A repository with a deployment, and its folder rendered.
fn rendered(deployment: &str) -> Repository {
    let repository = Repository::empty();
    repository.write("landgrant.yaml", deployment);
    let output = repository.landgrant(&["render"]);
    assert!(output.status.success(), "{}", said(&output));
    repository.git(&["init", "-q", "-b", "main"]);
    repository.commit("rendered");
    repository
}

/// The same, without the deployment: the folder is read back.
fn read_back(deployment: &str) -> Repository {
    let repository = rendered(deployment);
    fs::remove_file(repository.path("landgrant.yaml")).unwrap();
    repository.commit("read back");
    repository
}

/// Commits what was changed, and reviews it: the review, and the exit codes of `--fail-on widened` and `any`.
fn changed(repository: &Repository, new: &str) -> (Value, [Option<i32>; 2]) {
    repository.commit("a change");
    let sides = ["review", "HEAD~1:rendered", new];
    let review = |options: &[&str]| repository.landgrant(&[&sides[..], options].concat());
    let output = review(&["--format", "json"]);
    assert!(output.status.success(), "{}", said(&output));
    let code = |what| review(&["--fail-on", what]).status.code();
    let codes = [code("widened"), code("any")];
    (serde_json::from_slice(&output.stdout).unwrap(), codes)
}

#[test]
fn what_accounts_get_that_join_is_told_where_all_others_keep_what_they_have() {
    let joining = "accounts that join the units of acme-target-role";
    for (of_set, own, name, told) in [
        (
            ("\"3600\"", "\"43200\""),
            ("3600", "43200"),
            "MaxSessionDuration",
            "has sessions of at most 43200 s instead of 3600 s",
        ),
        (
            ("user/svc-micetro", "user/mallory"),
            (
                "arn:aws:iam::111111111111:user/svc-micetro",
                "arn:aws:iam::111111111111:user/mallory",
            ),
            "TrustedUserArn",
            "user/mallory",
        ),
    ] {
        for format in ["terraform", "cloudformation"] {
            let shape = format!("{format}: stackset\n");
            let repository = read_back(&deployment().replace(SHAPES, &shape));
            // Each account that is listed says itself what it had.
            let path = match format {
                "terraform" => {
                    repository.edit(TERRAFORM, of_set.0, of_set.1);
                    let text = fs::read_to_string(repository.path(TERRAFORM)).unwrap();
                    let own = format!("own = {{ {name} = \"{}\"", own.0);
                    let text = text.replace("own = {}", &format!("{own} }}"));
                    let text = text.replace("own = { TagStage", &format!("{own}, TagStage"));
                    repository.write(TERRAFORM, &text);
                    TERRAFORM
                }
                _ => {
                    let text = fs::read_to_string(repository.path(CLOUDFORMATION)).unwrap();
                    let of_set = |value: &str| {
                        let value = match value.contains(':') {
                            true => value.to_owned(),
                            false => format!("\"{value}\""),
                        };
                        format!("- ParameterKey: {name}\n          ParameterValue: {value}\n")
                    };
                    assert!(text.contains(&of_set(own.0)), "{text}");
                    let text = text.replacen(&of_set(own.0), &of_set(own.1), 1);
                    let own = format!(
                        "            - ParameterKey: {name}\n              ParameterValue: \"{}\"\n",
                        own.0
                    );
                    let overrides = "          ParameterOverrides:\n";
                    let text = text.replace(overrides, &format!("{overrides}{own}"));
                    let first = "              - \"444444444444\"\n";
                    let text = text.replacen(first, &format!("{first}{overrides}{own}"), 1);
                    repository.write(CLOUDFORMATION, &text);
                    CLOUDFORMATION
                }
            };
            let (review, codes) = changed(&repository, "HEAD:rendered");
            assert_eq!(codes, [Some(1), Some(1)], "{path}: {review:#}");
            let principals = review["principals"].as_array().unwrap();
            assert_eq!(principals.len(), 1, "{review:#}");
            assert_eq!(principals[0]["accounts"][0], joining, "{review:#}");
            assert_eq!(principals[0]["accounts"].as_array().unwrap().len(), 1);
            assert!(principals[0].to_string().contains(told), "{review:#}");
        }
    }
}

#[test]
fn what_accounts_get_that_join_is_told_of_a_plan() {
    let own = |text: &str| {
        let mut text = text.to_owned();
        for (name, longest) in [("dev", 1), ("test", 1), ("prod", 2), ("management", 1)] {
            let name = format!("    name: {name}\n");
            let role = format!("{name}    role: {{max_session: {longest}h}}\n");
            text = text.replace(&name, &role);
        }
        text
    };
    let one = own(&deployment());
    let repository = rendered(&one);
    let role = "  name: MicetroAccess\n";
    let longest = format!("{role}  max_session: 12h\n");
    repository.write("landgrant.yaml", &one.replacen(role, &longest, 1));
    let output = repository.landgrant(&["render"]);
    assert!(output.status.success(), "{}", said(&output));
    let (review, codes) = changed(&repository, "HEAD:landgrant.yaml");
    assert_eq!(codes, [Some(1), Some(1)], "{review:#}");
    let text = review["principals"].to_string();
    assert!(text.contains("43200 s instead of 3600 s"), "{review:#}");
    let output = repository.landgrant(&["review", "HEAD~1:landgrant.yaml", "landgrant.yaml"]);
    let told = "in accounts that join the units of acme-target-role";
    assert!(said(&output).contains(told), "{}", said(&output));
}

#[test]
fn a_new_stack_set_for_accounts_that_join_is_told_with_what_it_brings() {
    let without = deployment().replace("  auto_deployment: true\n", "");
    let repository = rendered(&without);
    repository.write("landgrant.yaml", &deployment());
    let output = repository.landgrant(&["render"]);
    assert!(output.status.success(), "{}", said(&output));
    let (review, codes) = changed(&repository, "HEAD:rendered");
    assert_eq!(codes, [Some(1), Some(1)], "{review:#}");
    let text = review["principals"].to_string();
    for told in [
        "every account that joins ou-ab12-11111111",
        "accounts that join the units of acme-target-role",
        "arn:aws:iam::222222222222:role/MicetroAccess",
    ] {
        assert!(text.contains(told), "{told}: {review:#}");
    }
}

#[test]
fn how_stack_sets_are_called_is_told_of_folders_that_are_read_back() {
    let account = |text: &str| text.replace("999999999999\"\n  units", "888888888888\"\n  units");
    let retain = |text: &str| {
        let auto = "  auto_deployment: true\n";
        text.replace(auto, &format!("{auto}  retain: true\n"))
    };
    let delegated = |text: &str| {
        let set = "stack_set:\n";
        text.replace(set, &format!("{set}  call_as: delegated-admin\n"))
    };
    type Edit<'a> = &'a dyn Fn(&str) -> String;
    let edits: [(&str, Edit<'_>, i32); 3] = [
        ("stack_set.account", &account, 1),
        ("stack_set.retain", &retain, 1),
        ("stack_set.call_as", &delegated, 0),
    ];
    for shapes in ["terraform: stackset\n", "cloudformation: stackset\n"] {
        let before = deployment().replace(SHAPES, shapes);
        for (name, edit, widened) in edits {
            let after = edit(&before);
            assert_ne!(before, after, "{name}");
            for (new, again) in [("HEAD:landgrant.yaml", true), ("HEAD:rendered", false)] {
                let repository = read_back(&before);
                fs::remove_dir_all(repository.path("rendered")).unwrap();
                repository.write("landgrant.yaml", &after);
                let output = repository.landgrant(&["render"]);
                assert!(output.status.success(), "{}", said(&output));
                if !again {
                    fs::remove_file(repository.path("landgrant.yaml")).unwrap();
                }
                let (review, codes) = changed(&repository, new);
                assert_eq!(codes[1], Some(1), "{review:#}");
                assert!(codes[0] >= Some(widened), "{review:#}");
                assert_eq!(review["settings"][0]["name"], name, "{review:#}");
                assert_eq!(review["settings"].as_array().unwrap().len(), 1);
                assert_eq!(review["settings"][0]["more"], widened == 1, "{review:#}");
            }
        }
    }
}
