//! Managed policies of AWS from a catalog to an account: what a review, an audit and the next render say of them.

use std::fs;
use std::path::Path;

use landgrant::model::Site;
use serde_json::{Value, json};

use crate::support::copy::copy_folder;
use crate::support::pipeline;
use crate::support::repository::{Repository, said};

const CASE: &str = "fixtures/render/managed-policies/landgrant.yaml";
const LOCK: &str = "rendered/landgrant.lock";
const NOW: &str = "input v92_2026-08-17 managed policy SecurityAudit";
const BEFORE: &str = "input v91_2026-06-01 managed policy SecurityAudit";

/// The golden case, rendered and committed.
fn committed() -> Repository {
    let repository = Repository::empty();
    let text = fs::read_to_string(CASE).unwrap();
    repository.write("landgrant.yaml", &format!("{text}catalogs: catalogs\n"));
    let catalogs = Path::new("fixtures/catalogs/acme-posture");
    copy_folder(catalogs, &repository.path("catalogs/acme-posture"));
    let output = repository.landgrant(&["render"]);
    assert!(output.status.success(), "{}", said(&output));
    repository.git(&["init", "-q", "-b", "main"]);
    repository.commit("rendered");
    repository
}

fn reviewed(repository: &Repository, old: &str, new: &str) -> Value {
    let output = repository.landgrant(&["review", old, new, "--format", "json"]);
    assert!(output.status.success(), "{}", said(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Every change that is no grant, with whether it lets more or less through.
fn facts(review: &Value) -> Vec<(String, bool, bool)> {
    let mut facts = Vec::new();
    for principal in review["principals"].as_array().unwrap() {
        for fact in principal["other"].as_array().into_iter().flatten() {
            let reach = |key: &str| fact[key].as_bool().unwrap();
            let text = fact["text"].as_str().unwrap().to_owned();
            facts.push((text, reach("more"), reach("less")));
        }
    }
    facts
}

#[test]
fn a_review_names_the_policies_that_come_and_go_with_their_versions() {
    let repository = committed();
    repository.edit("landgrant.yaml", "[required, recommended]", "[required]");
    repository.edit("landgrant.yaml", "variants:\n  audit-only:\n    omit:\n      - managed: ViewOnlyAccess\n        reason: names of production resources stay inside\n", "");
    repository.edit("landgrant.yaml", "    variant: audit-only\n", "");
    let policy = "managed policy job-function/ViewOnlyAccess of AWS, v45 of 2026-04-22, which allows 1585 actions";
    let gone = facts(&reviewed(
        &repository,
        "main:landgrant.yaml",
        "landgrant.yaml",
    ));
    assert!(
        gone.contains(&(format!("no longer has the {policy}"), false, true)),
        "{gone:?}"
    );
    let come = facts(&reviewed(
        &repository,
        "landgrant.yaml",
        "main:landgrant.yaml",
    ));
    assert!(
        come.contains(&(format!("has the {policy}"), true, false)),
        "{come:?}"
    );
}

#[test]
fn a_policy_that_aws_changed_is_told_by_the_review_the_check_and_the_next_render() {
    let repository = committed();
    repository.edit(LOCK, NOW, BEFORE);
    repository.commit("an older render");
    let check = repository.landgrant(&["check"]);
    assert_eq!(check.status.code(), Some(1), "{}", said(&check));
    assert!(
        said(&check).contains("managed policy SecurityAudit"),
        "{}",
        said(&check)
    );
    let output = repository.landgrant(&["render"]);
    let text = said(&output);
    assert!(
        text.contains("Changed by AWS since the last render"),
        "{text}"
    );
    assert!(
        text.contains("v91 of 2026-06-01 → v92 of 2026-08-17"),
        "{text}"
    );
    for (old, new) in [
        ("main:landgrant.yaml", "landgrant.yaml"),
        ("main:rendered", "rendered"),
    ] {
        let review = reviewed(&repository, old, new).to_string();
        let change = r#""before":"v91 of 2026-06-01","after":"v92 of 2026-08-17","more":true"#;
        assert!(
            review.contains("managed policy SecurityAudit"),
            "{old}: {review}"
        );
        assert!(review.contains(change), "{old}: {review}");
    }
    // Without the deployment, the lock and the files say the same.
    repository.git(&["rm", "-q", "landgrant.yaml"]);
    repository.commit("rendered again, without the deployment");
    let review = reviewed(&repository, "main~1:rendered", "main:rendered").to_string();
    assert!(review.contains("v91 of 2026-06-01"), "{review}");
}

/// What AWS tells of the role in an account, with these policies attached.
fn role(attached: &[&str]) -> Value {
    let built = pipeline::fixture("managed-policies");
    let target = &built.plan.targets[0];
    let site = Site {
        partition: built.plan.partition,
        account: &target.account,
    };
    let role = &built.plan.roles[target.role];
    let inline = role.permissions.iter().map(|policy| {
        json!({"PolicyName": policy.name.as_str(), "PolicyDocument": policy.document.to_json(site)})
    });
    let attached = attached.iter().map(
        |name| json!({"PolicyName": name, "PolicyArn": format!("arn:aws:iam::aws:policy/{name}")}),
    );
    json!({"UserDetailList": [], "GroupDetailList": [], "Policies": [], "RoleDetailList": [{
        "RoleName": "AcmePosture", "RoleId": "AROAEXAMPLE", "Path": "/",
        "Arn": "arn:aws:iam::222222222222:role/AcmePosture",
        "AssumeRolePolicyDocument": built.plan.trust_of(target).to_json(site),
        "RolePolicyList": inline.collect::<Vec<_>>(),
        "AttachedManagedPolicies": attached.collect::<Vec<_>>(),
        "InstanceProfileList": [],
        "Tags": [{"Key": "owner", "Value": "security"}],
    }]})
}

/// What a command says of an account whose role has these policies.
fn told(command: &str, attached: &[&str]) -> String {
    let repository = committed();
    repository.write("snapshots/222222222222.json", &role(attached).to_string());
    let output = repository.landgrant(&[command, "landgrant.yaml", "--snapshot", "snapshots"]);
    said(&output)
}

#[test]
fn an_audit_finds_policies_that_are_not_attached_and_those_that_are_not_planned() {
    let planned = told("audit", &["SecurityAudit", "job-function/ViewOnlyAccess"]);
    for name in ["SecurityAudit", "ViewOnlyAccess"] {
        assert!(!planned.contains(name), "{planned}");
    }
    let other = told("audit", &["SecurityAudit", "AdministratorAccess"]);
    assert!(other.contains("missing-policy"), "{other}");
    assert!(other.contains("ViewOnlyAccess"), "{other}");
    assert!(other.contains("foreign-managed-policy"), "{other}");
    assert!(other.contains("AdministratorAccess"), "{other}");
    assert!(!other.contains("SecurityAudit"), "{other}");
}

#[test]
fn an_adopted_role_keeps_the_planned_policies_that_it_has() {
    let repository = committed();
    repository.write(
        "snapshots/222222222222.json",
        &role(&["SecurityAudit", "AdministratorAccess"]).to_string(),
    );
    let output = repository.landgrant(&["adopt", "landgrant.yaml", "--snapshot", "snapshots"]);
    let text = said(&output);
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ");
    assert!(
        text.contains(
            "role AcmePosture has the managed policy arn:aws:iam::aws:policy/AdministratorAccess"
        ),
        "{text}"
    );
    let imports =
        fs::read_to_string(repository.path("rendered/terraform/targets/222222222222/imports.tf"));
    let imports = imports.unwrap_or_else(|error| panic!("{error}: {text}"));
    assert!(
        imports.contains("module.role.aws_iam_role_policy_attachment.SecurityAudit"),
        "{imports}"
    );
    assert!(
        imports.contains("AcmePosture/arn:aws:iam::aws:policy/SecurityAudit"),
        "{imports}"
    );
    assert!(!imports.contains("ViewOnlyAccess"), "{imports}");
}
