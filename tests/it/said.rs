//! What is said of a deployment is true in every shape: of whom roles trust, of what has to be there first, and of targets
//! that leave.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Roles without a hub, which trust a principal.
fn hubless(principal: &str, rest: &str) -> String {
    format!(
        r#"schema: landgrant/deployment/v1
name: acme
products:
  - catalog: multitool@1
    features: [cloudwatch]
role: {{name: MultiTool}}
trust:
  principal: {principal}
  external_id: 3f1c2f4e-6d5b-4f2a-9a7d-0c8f5e1b7a61
targets:
  - {{account: "222222222222", name: dev}}
  - {{account: "333333333333", name: prod}}
{rest}"#
    )
}

/// A hub with a user, and two targets.
fn with_hub(rest: &str) -> String {
    format!(
        r#"schema: landgrant/deployment/v1
name: acme
hub: {{account: "111111111111", user: svc, group: access}}
products:
  - catalog: micetro@11.0
    features: [dns]
role: {{name: MicetroAccess}}
targets:
  - {{account: "222222222222", name: dev}}
  - {{account: "333333333333", name: prod}}
{rest}"#
    )
}

const VENDOR: &str = "arn:aws:iam::444444444444:role/vendor";

/// Runs a command on a deployment in a folder, and gives what it prints, with the words of a sentence one blank apart.
fn said(folder: &Path, command: &[&str], deployment: &str) -> String {
    fs::write(folder.join("landgrant.yaml"), deployment).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_landgrant"))
        .args(command)
        .current_dir(folder)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    one_line(&String::from_utf8(output.stdout).unwrap())
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn file(folder: &Path, path: &str) -> String {
    fs::read_to_string(folder.join(path)).unwrap()
}

#[test]
fn a_principal_of_another_account_may_be_the_vendors() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let deployment = hubless(VENDOR, "");
    let summary = said(folder, &["render"], &deployment);
    said(folder, &["kit", "--out", "kit"], &deployment);
    let may_be = "If that is the vendor's account, there is nothing to allow on your side";
    for text in [
        summary,
        one_line(&file(folder, "rendered/DEPLOY.md")),
        one_line(&file(folder, "kit/README.md").replace('`', "")),
        one_line(&file(folder, "kit/index.html").replace("&#39;", "'")),
    ] {
        assert!(text.contains(may_be), "{text}");
        assert!(text.contains("account 444444444444"), "{text}");
        assert!(!text.contains("have already"), "{text}");
        assert!(!text.contains("exists already"), "{text}");
    }
    let page = file(folder, "kit/index.html");
    assert!(
        !page.contains("the hub account, and the target accounts"),
        "{page}"
    );
}

#[test]
fn a_principal_of_the_deployments_own_accounts_is_allowed_there() {
    let folder = tempfile::tempdir().unwrap();
    let deployment = hubless("arn:aws:iam::222222222222:role/ci", "");
    let summary = said(folder.path(), &["render"], &deployment);
    assert!(
        summary.contains("Allow arn:aws:iam::222222222222:role/ci to call sts:AssumeRole"),
        "{summary}"
    );
    assert!(!summary.contains("vendor's account"), "{summary}");
}

#[test]
fn one_root_module_without_a_hub_is_applied_from_the_account_that_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let shape = r#"terraform: {shape: single-root, account: "999999999999"}"#;
    let deployment = hubless(VENDOR, &format!("outputs: [terraform]\n{shape}\n"));
    let summary = said(folder, &["render"], &deployment);
    assert!(
        summary.contains("The first, in account 999999999999:"),
        "{summary}"
    );
    let steps = one_line(&file(folder, "rendered/DEPLOY.md"));
    assert!(
        steps.contains("1. **The role in every target**, in account `999999999999`:"),
        "{steps}"
    );
    assert!(!steps.contains("hub"), "{steps}");
    let lines = file(folder, "rendered/deploy.json");
    let lines: serde_json::Value = serde_json::from_str(&lines).unwrap();
    assert_eq!(lines["steps"].as_array().unwrap().len(), 1);
    assert_eq!(lines["steps"][0]["account"], "999999999999");
}

#[test]
fn a_boundary_is_looked_up_before_all_else() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let deployment = with_hub("").replace(
        "role: {name: MicetroAccess}",
        "role: {name: MicetroAccess, permissions_boundary: \"arn:aws:iam::${account}:policy/ceiling\"}",
    );
    let deployment = deployment.replace(
        "group: access}",
        "group: access, permissions_boundary: \"arn:aws:iam::111111111111:policy/top\"}",
    );
    let summary = said(folder, &["render"], &deployment);
    said(folder, &["kit", "--out", "kit"], &deployment);
    assert!(
        summary.contains("The first, in account 111111111111: cd rendered && aws iam get-policy --policy-arn arn:aws:iam::111111111111:policy/top"),
        "{summary}"
    );
    let command = "aws iam get-policy --policy-arn arn:aws:iam::ACCOUNT:policy/ceiling";
    for path in ["rendered/DEPLOY.md", "kit/README.md", "kit/index.html"] {
        let text = file(folder, path);
        assert!(text.contains(command), "{path}");
        assert!(
            text.contains("each account whose user or role has it"),
            "{path}"
        );
        // There is nothing to take away of it: each format has the command once.
        assert_eq!(text.matches(command).count(), 2, "{path}");
    }
    let readme = file(folder, "kit/README.md");
    assert!(readme.contains("Permissions boundary `arn:aws:iam::222222222222:policy/ceiling`"));
    let lines = file(folder, "rendered/deploy.json");
    let lines: serde_json::Value = serde_json::from_str(&lines).unwrap();
    let looked_up: Vec<(&str, i64)> = lines["steps"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|step| step["format"] == "Terraform" && step["undo"] == serde_json::json!([]))
        .map(|step| {
            (
                step["account"].as_str().unwrap(),
                step["order"].as_i64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        looked_up,
        [
            ("111111111111", 1),
            ("222222222222", 2),
            ("333333333333", 2)
        ]
    );
}

#[test]
fn a_boundary_of_aws_is_always_there() {
    let folder = tempfile::tempdir().unwrap();
    let deployment = with_hub("").replace(
        "role: {name: MicetroAccess}",
        "role: {name: MicetroAccess, permissions_boundary: \"arn:aws:iam::aws:policy/PowerUserAccess\"}",
    );
    said(folder.path(), &["render"], &deployment);
    let steps = file(folder.path(), "rendered/DEPLOY.md");
    assert!(!steps.contains("get-policy"), "{steps}");
}

#[test]
fn the_readme_says_of_roles_what_the_page_says() {
    let folder = tempfile::tempdir().unwrap();
    said(
        folder.path(),
        &["kit", "--out", "kit"],
        &hubless(VENDOR, ""),
    );
    for path in ["kit/README.md", "kit/index.html"] {
        let text = file(folder.path(), path);
        assert_eq!(text.matches("asks for an external id").count(), 2, "{path}");
    }
}

#[test]
fn a_picture_cuts_no_account_id() {
    let folder = tempfile::tempdir().unwrap();
    let deployment = hubless(VENDOR, "").replace("name: dev", &format!("name: {}", "d".repeat(90)));
    said(folder.path(), &["kit", "--out", "kit"], &deployment);
    let page = file(folder.path(), "kit/index.html");
    let drawn: Vec<&str> = page
        .split("<text ")
        .skip(1)
        .filter_map(|text| text.split_once('>')?.1.split_once("</text>"))
        .map(|(text, _)| text)
        .collect();
    for account in ["222222222222", "333333333333", "444444444444"] {
        let whole = drawn.iter().filter(|text| text.contains(account)).count();
        assert_eq!(whole, 2, "{account} in {drawn:?}");
    }
}

/// What a render says after the target `prod` has left.
fn after_leaving(rest: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let deployment = with_hub(rest);
    said(folder.path(), &["render"], &deployment);
    let left = deployment.replace("  - {account: \"333333333333\", name: prod}\n", "");
    said(folder.path(), &["render"], &left)
}

#[test]
fn a_target_that_leaves_one_root_module_needs_its_provider_once_more() {
    let summary = after_leaving("outputs: [terraform]\nterraform: single-root\n");
    assert!(
        summary.contains("copy each one's `provider` block from the last commit's providers.tf into rendered/terraform/root/leaving.tf. AWS still has their roles in: 333333333333."),
        "{summary}"
    );
    assert!(
        summary.contains("git show HEAD:./rendered/terraform/root/providers.tf"),
        "{summary}"
    );
}

#[test]
fn a_target_that_leaves_with_opentofu_is_named_in_a_variable() {
    let summary = after_leaving("outputs: [terraform]\nterraform: tofu\n");
    assert!(
        summary.contains(
            "tofu -chdir=rendered/terraform/root apply -var 'leaving_accounts=[\"333333333333\"]'"
        ),
        "{summary}"
    );
}

#[test]
fn a_target_that_leaves_with_files_of_its_own_is_destroyed_with_those() {
    let roots = after_leaving("outputs: [terraform]\n");
    assert!(
        roots.contains("AWS still has them in: 333333333333."),
        "{roots}"
    );
    assert!(
        roots.contains("terraform init && terraform destroy"),
        "{roots}"
    );
    let stacks = after_leaving("outputs: [cloudformation]\n");
    assert!(
        stacks.contains("delete-stack --stack-name acme-target-role"),
        "{stacks}"
    );
}

#[test]
fn a_target_that_leaves_a_stack_set_loses_its_stack_with_the_next_step() {
    let summary = after_leaving(
        "outputs: [cloudformation]\ncloudformation: stackset\nstack_set: {permissions: self-managed}\n",
    );
    assert!(
        summary.contains("in: 333333333333. The step for the stack sets deletes their stacks."),
        "{summary}"
    );
    assert!(
        summary.contains("delete the stack acme-stack-set-execution-role in each."),
        "{summary}"
    );
}

/// A catalog whose resources are made of parameters.
const CATALOG: &str = r#"schema: landgrant/catalog/v1
product: tool
version: "1"
title: Tool
vendor: Vendor
sources:
  - {id: guide, title: Guide}
access:
  authenticates_as: iam-user
parameters:
  target_group: {type: arn, description: The target group.}
  group: {type: string, description: "A target group, by name and number."}
  zone: {type: string, description: The hosted zone., pattern: "hostedzone/[A-Z0-9]+"}
  owner: {type: account, description: Who owns the queue.}
  region: {type: region, description: Where the queue is.}
  queue: {type: string, description: The queue as a whole., pattern: "arn:.+"}
features:
  main:
    title: Main
    grant_to: [target]
    required:
      - action: elasticloadbalancing:RegisterTargets
        resource: ["${target_group}"]
      - action: elasticloadbalancing:DeregisterTargets
        resource: "arn:${partition}:elasticloadbalancing:${region}:${owner}:targetgroup/${group}"
      - action: route53:ChangeResourceRecordSets
        resource: "arn:${partition}:route53:::${zone}"
      - action: sqs:SendMessage
        resource: ${queue}
"#;

#[test]
fn a_resource_of_parameters_is_granted_as_their_values_say() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::create_dir_all(folder.join("catalogs/tool")).unwrap();
    fs::write(folder.join("catalogs/tool/1.yaml"), CATALOG).unwrap();
    let shown = said(
        folder,
        &["catalog", "show", "tool@1", "--catalogs", "catalogs"],
        "",
    );
    assert!(shown.contains("${target_group}"), "{shown}");
    let target_group =
        "arn:aws:elasticloadbalancing:eu-central-1:222222222222:targetgroup/web/1a2b";
    let deployment = with_hub("")
        .replace("micetro@11.0", "tool@1")
        .replace("features: [dns]", &format!(
            "features: [main]\n    parameters: {{target_group: \"{target_group}\", group: api/3c4d, zone: hostedzone/Z1, owner: \"222222222222\", region: eu-central-1, queue: \"arn:aws:sqs:eu-central-1:222222222222:jobs\"}}"
        ));
    said(folder, &["render", "--catalogs", "catalogs"], &deployment);
    let role = file(folder, "rendered/terraform/modules/target-role/main.tf");
    for resource in [
        ":elasticloadbalancing:eu-central-1:222222222222:targetgroup/web/1a2b",
        ":elasticloadbalancing:eu-central-1:222222222222:targetgroup/api/3c4d",
        ":route53:::hostedzone/Z1",
        ":sqs:eu-central-1:222222222222:jobs",
    ] {
        assert!(role.contains(resource), "{resource}: {role}");
    }
}

/// What is not granted is told by the settings of each variant, and not where another entry grants the same.
#[test]
fn what_a_variant_is_granted_is_not_told_as_not_granted() {
    let catalog = r#"schema: landgrant/catalog/v1
product: tool
version: "1"
title: Tool
vendor: Example
sources: [{id: a, title: A}]
access: {authenticates_as: vendor-account, external_id: required, vendor: {aws: "444444444444"}}
parameters:
  tags: {type: boolean, description: Whether tags are read., default: false}
features:
  main:
    title: Main
    grant_to: [target]
    required:
      - ec2:DescribeVpcs
      - {action: ec2:DescribeTags, when: tags}
      - {action: ec2:DescribeVpcs, partitions: [aws-cn]}
"#;
    let deployment = |common: bool, variant: bool, targets: &str| {
        format!(
            "schema: landgrant/deployment/v1\nname: acme\nproducts:\n  - {{catalog: tool@1, features: [main], parameters: {{tags: {common}}}}}\n\
             variants:\n  tagged: {{parameters: {{tags: {variant}}}}}\nrole: {{name: Tool}}\n\
             trust: {{principal: vendor, external_id: 3f1c2f4e-6d5b-4f2a-9a7d-0c8f5e1b7a61}}\ntargets:\n{targets}"
        )
    };
    let plain = "  - {account: \"222222222222\", name: dev}\n";
    let tagged = "  - {account: \"333333333333\", name: prod, variant: tagged}\n";
    let both = format!("{plain}{tagged}");
    let off = "needed only with the parameter tags";
    for (common, variant, targets, count, told) in [
        (
            false,
            true,
            both.as_str(),
            "2 of 2",
            Some(format!(
                "granted only in the variant tagged: {off} ec2:DescribeTags"
            )),
        ),
        (
            true,
            false,
            both.as_str(),
            "2 of 2",
            Some(format!(
                "{off}, which is off in the variant tagged ec2:DescribeTags"
            )),
        ),
        (false, true, tagged, "2 of 2", None),
        (
            false,
            true,
            plain,
            "1 of 2",
            Some(format!("tool@1: {off} ec2:DescribeTags")),
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        fs::create_dir_all(folder.join("catalogs/tool")).unwrap();
        fs::write(folder.join("catalogs/tool/1.yaml"), catalog).unwrap();
        let text = deployment(common, variant, targets);
        let summary = said(folder, &["render", "--catalogs", "catalogs"], &text);
        assert!(summary.contains(&format!("main {count}")), "{summary}");
        match told {
            Some(told) => assert!(summary.contains(&told), "{summary}"),
            None => assert!(!summary.contains("Not granted"), "{summary}"),
        }
        assert!(!summary.contains("aws-cn"), "{summary}");
    }
}
