//! `landgrant review` of the tags of managed policies, OIDC providers and instance profiles, which grants can depend on.

use std::fs;

use serde_json::Value;

use crate::support::repository::{Repository, said};

const DEPLOYMENT: &str = "schema: landgrant/deployment/v1
name: acme
tags: {owner: platform}
hub: {account: \"111111111111\", group: people}
roles:
  people:
    name: People
    tags: {owner: fixed}
    products: [{catalog: tagged@1, features: [hub, role]}]
    trust: {principal: account, restrict_to_user: false}
    targets: [{account: \"222222222222\", name: prod}]
  box:
    name: Box
    products: [{catalog: tagged@1, features: [role]}]
    trust: {service: ec2.amazonaws.com}
    targets: [{account: \"333333333333\", name: box}]
  pipeline:
    name: Pipeline
    products: [{catalog: tagged@1, features: [role]}]
    trust: {github: {repository: acme/infra, environment: production}, provider: make}
    targets: [{account: \"444444444444\", name: pipeline}]
";

const CATALOG: &str = "schema: landgrant/catalog/v1
product: tagged
version: \"1\"
title: Tagged
vendor: Vend
sources: [{id: guide, title: Guide}]
access: {authenticates_as: existing-principal}
features:
  hub:
    title: Hub
    grant_to: [hub]
    source: {id: guide, section: Hub}
    required:
      - s3:ListAllMyBuckets
  role:
    title: Role
    grant_to: [target]
    source: {id: guide, section: Role}
    required:
      - action: iam:CreatePolicyVersion
        resource: \"arn:${partition}:iam::${account}:policy/*\"
        conditions: {StringEquals: {\"aws:ResourceTag/owner\": network}}
";

const KINDS: [(&str, &str); 3] = [
    (
        "managed policy",
        "terraform/hub/main.tf aws_iam_policy tags = local.tags",
    ),
    (
        "instance profile",
        "terraform/modules/target-role-box/main.tf aws_iam_instance_profile tags = var.tags",
    ),
    (
        "identity provider",
        "terraform/modules/target-role-pipeline/main.tf aws_iam_openid_connect_provider tags = var.tags",
    ),
];

const DEPENDS: &str = "is now tagged owner = network, and what is granted depends on that tag";

/// A repository with a deployment, and its folder rendered.
fn rendered(deployment: &str) -> Repository {
    let repository = Repository::empty();
    repository.write("landgrant.yaml", deployment);
    repository.write("catalogs/tagged/1.yaml", CATALOG);
    render(&repository);
    repository.git(&["init", "-q", "-b", "main"]);
    repository.commit("rendered");
    repository
}

fn render(repository: &Repository) {
    let output = repository.landgrant(&["render", "--catalogs", "catalogs"]);
    assert!(output.status.success(), "{}", said(&output));
}

/// Commits what was changed, and reviews it: who changed, and the exit code of `--fail-on widened`.
fn changed(repository: &Repository, path: &str) -> (Vec<Value>, Option<i32>) {
    repository.commit("a change");
    let (old, new) = (format!("HEAD~1:{path}"), format!("HEAD:{path}"));
    let review = |options: &[&str]| {
        let sides = ["review", &old, &new, "--catalogs", "catalogs"];
        repository.landgrant(&[&sides[..], options].concat())
    };
    let output = review(&["--format", "json"]);
    assert!(output.status.success(), "{}", said(&output));
    let review_of: Value = serde_json::from_slice(&output.stdout).unwrap();
    let principals = review_of["principals"].as_array().unwrap().clone();
    (principals, review(&["--fail-on", "widened"]).status.code())
}

#[test]
fn a_tag_of_a_deployment_that_grants_depend_on_is_told_of_all_that_has_it() {
    let repository = rendered(DEPLOYMENT);
    repository.edit("landgrant.yaml", "owner: platform", "owner: network");
    render(&repository);
    let (principals, code) = changed(&repository, "landgrant.yaml");
    assert_eq!(code, Some(1), "{principals:#?}");
    for (kind, _) in KINDS {
        let told = principals.iter().find(|one| one["kind"] == kind);
        let told = told.unwrap_or_else(|| panic!("no {kind}: {principals:#?}"));
        assert_eq!(told["other"][0]["text"], DEPENDS, "{told:#}");
        assert_eq!(told["other"][0]["more"], true, "{told:#}");
        assert_eq!(told["grants"].as_array().map(Vec::len), Some(0), "{told:#}");
    }
}

#[test]
fn each_tag_of_a_folder_that_is_read_back_is_told() {
    for (kind, place) in KINDS {
        let repository = rendered(DEPLOYMENT);
        fs::remove_file(repository.path("landgrant.yaml")).unwrap();
        repository.commit("read back");
        let [file, resource, tags] = place.splitn(3, ' ').collect::<Vec<_>>()[..] else {
            panic!("{place}");
        };
        let path = format!("rendered/{file}");
        let text = fs::read_to_string(repository.path(&path)).unwrap();
        let (before, block) = text
            .split_once(&format!("resource \"{resource}\""))
            .unwrap();
        let block = block.replacen(tags, "tags = { owner = \"network\" }", 1);
        repository.write(&path, &format!("{before}resource \"{resource}\"{block}"));
        let (principals, code) = changed(&repository, "rendered");
        assert_eq!(code, Some(1), "{kind}: {principals:#?}");
        let [told] = principals.as_slice() else {
            panic!("{kind}: {principals:#?}");
        };
        assert_eq!(told["kind"], kind, "{told:#}");
        assert_eq!(told["other"][0]["text"], DEPENDS, "{told:#}");
    }
}

#[test]
fn a_tag_of_a_stack_set_is_one_of_the_providers_that_it_makes() {
    let (head, roles) = DEPLOYMENT.split_once("roles:\n").unwrap();
    let (_, pipeline) = roles.split_once("  pipeline:\n").unwrap();
    let (_, people) = roles.split_once("  people:\n").unwrap();
    let (people, _) = people.split_once("  box:\n").unwrap();
    let pipeline = pipeline.replace("name: pipeline", "name: pipeline, unit: ou-ab12-11111111");
    let people = people.replace("name: prod", "name: prod, unit: ou-ab12-11111111");
    let set = "stack_set: {account: \"999999999999\", units: [ou-ab12-11111111]}\n";
    for format in ["terraform", "cloudformation"] {
        let deployment = format!(
            "{head}{format}: stackset\n{set}roles:\n  people:\n{people}  pipeline:\n{pipeline}"
        );
        let repository = rendered(&deployment);
        repository.edit("landgrant.yaml", "owner: platform", "owner: network");
        render(&repository);
        let by_plan = changed(&repository, "landgrant.yaml");
        // Without the deployment, folders are read back.
        let repository = rendered(&deployment);
        fs::remove_file(repository.path("landgrant.yaml")).unwrap();
        repository.commit("read back");
        repository.write(
            "landgrant.yaml",
            &deployment.replacen("platform", "network", 1),
        );
        render(&repository);
        fs::remove_file(repository.path("landgrant.yaml")).unwrap();
        let by_folder = changed(&repository, "rendered");
        for (principals, code) in [by_plan, by_folder] {
            assert_eq!(code, Some(1), "{principals:#?}");
            let mut providers = principals.iter();
            let told = providers
                .any(|one| one["kind"] == "identity provider" && one.to_string().contains(DEPENDS));
            assert!(told, "{format}: {principals:#?}");
        }
    }
}

#[test]
fn accounts_that_join_get_the_providers_of_a_stack_set_too() {
    let (head, roles) = DEPLOYMENT.split_once("roles:\n").unwrap();
    let (_, pipeline) = roles.split_once("  pipeline:\n").unwrap();
    let pipeline = pipeline.replace("name: pipeline", "name: pipeline, unit: ou-ab12-11111111");
    let (head, _) = head.split_once("hub:").unwrap();
    let set = "stack_set:\n  account: \"999999999999\"\n  units: [ou-ab12-11111111]\n  auto_deployment: false\n";
    for format in ["terraform", "cloudformation"] {
        for path in ["landgrant.yaml", "rendered"] {
            let repository = rendered(&format!(
                "{head}{format}: stackset\n{set}roles:\n  pipeline:\n{pipeline}"
            ));
            repository.edit("landgrant.yaml", "deployment: false", "deployment: true");
            render(&repository);
            let (principals, code) = changed(&repository, path);
            assert_eq!(code, Some(1), "{principals:#?}");
            let provider = principals
                .iter()
                .find(|one| one["kind"] == "identity provider");
            let provider = provider.unwrap_or_else(|| panic!("{format} {path}: {principals:#?}"));
            assert_eq!(provider["change"], "added", "{provider:#}");
            let account = provider["accounts"][0].as_str().unwrap();
            assert!(account.starts_with("accounts that join"), "{provider:#}");
        }
    }
}
