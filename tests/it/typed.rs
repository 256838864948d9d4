//! Typed scoping takes nothing away: a request on any resource of the account that an action takes is allowed exactly
//! as with `*`, and the statements that have to stay on `*` are those of actions that take nothing else.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use landgrant::model::Access;
use landgrant::plan::access;
use landgrant::reference::{ActionFacts, Reference};

use crate::support::evaluate::{Context, Decision, Request, World};
use crate::support::pipeline;

const ACCOUNT: &str = "222222222222";
const ROLE: &str = "arn:aws:iam::222222222222:role/Access";
const SESSION: &str = "arn:aws:sts::222222222222:assumed-role/Access/session";

/// Both products of the two vendor documents, in a role. The wildcard is left out, so that what it covers is seen.
fn built(resources: &str) -> Access {
    let built = pipeline::build_text(&format!(
        r#"
schema: landgrant/deployment/v1
name: typed
resources: {resources}
hub: {{account: "111111111111", user: svc, group: access}}
products:
  - catalog: micetro@11.0
    features: [dns, network]
    levels: [required, recommended]
  - catalog: multitool@1
    features: [api-gateway, cloudwatch, iam, lambda]
    omit:
      - {{action: "apigateway:*", reason: Seen through otherwise.}}
role: {{name: Access}}
targets:
  - {{account: "{ACCOUNT}", name: dev}}
"#
    ));
    access(&built.unwrap_or_else(|faults| panic!("{faults:#?}")).plan)
}

fn seeds() -> Vec<ActionFacts<'static>> {
    let text = fs::read_to_string("fixtures/reference/seed_actions.csv").unwrap();
    let reference = Reference::embedded();
    text.lines()
        .skip(1)
        .filter_map(|line| reference.action(line.split(',').nth(1)?))
        .collect()
}

/// ARNs of one resource of each type that the action takes, and `*` where it takes none.
fn requested(facts: ActionFacts<'_>) -> BTreeSet<String> {
    let mut arns: BTreeSet<String> = facts
        .resources()
        .flat_map(|resource| resource.resource_type().arns().map(str::to_owned))
        .map(|format| filled(&format))
        .collect();
    if facts.only_star() || facts.required().next().is_none() {
        arns.insert("*".to_owned());
    }
    arns
}

fn filled(format: &str) -> String {
    let mut text = String::new();
    let mut rest = format;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, behind) = after.split_once('}').unwrap();
        text.push_str(before);
        text.push_str(match name {
            "Partition" => "aws",
            "Region" => "eu-central-1",
            "Account" | "AccountId" => ACCOUNT,
            _ => "some-thing/1",
        });
        rest = behind;
    }
    (text + rest).replace('*', "thing")
}

fn decide(access: &Access, action: &str, resource: &str) -> Decision {
    World::new(access).decide(&Request {
        principal: SESSION,
        action,
        resource,
        context: Context::default(),
    })
}

#[test]
fn every_seed_action_is_allowed_on_its_resources_as_with_everything() {
    let (any, typed) = (built("any"), built("typed"));
    let mut compared = 0;
    let mut allowed = BTreeSet::new();
    for facts in seeds() {
        let action = facts.canonical();
        for resource in requested(facts) {
            // A call that names no resource, of an action whose every call names one, does not happen.
            if resource == "*" && facts.always_names_resource() {
                continue;
            }
            let with_any = decide(&any, &action, &resource);
            assert_eq!(
                decide(&typed, &action, &resource),
                with_any,
                "{action} on {resource}"
            );
            compared += 1;
            if with_any == Decision::Allowed {
                allowed.insert(action.clone());
            }
        }
    }
    assert!(compared > 300, "only {compared} requests");
    // All but those of the account features, which are granted in the hub.
    assert!(allowed.len() > 105, "only {} actions", allowed.len());
}

#[test]
fn what_is_of_another_account_is_out_of_reach() {
    let typed = built("typed");
    for (action, resource) in [
        (
            "lambda:InvokeFunction",
            "arn:aws:lambda:eu-central-1:999999999999:function:theirs",
        ),
        ("iam:PassRole", "arn:aws:iam::999999999999:role/theirs"),
        (
            "ec2:DeleteVpc",
            "arn:aws:ec2:eu-central-1:222222222222:subnet/subnet-1",
        ),
    ] {
        assert_ne!(
            decide(&typed, action, resource),
            Decision::Allowed,
            "{action}"
        );
        assert_eq!(
            decide(&built("any"), action, resource),
            Decision::Allowed,
            "{action}"
        );
    }
}

#[test]
fn only_actions_that_may_name_no_resource_stay_on_everything() {
    let typed = built("typed");
    let reference = Reference::embedded();
    let mut on_everything = 0;
    for grant in typed.identities[ROLE].policies.values().flatten() {
        let facts = reference.action(&grant.action).unwrap();
        let stays = !facts.always_names_resource();
        assert_eq!(grant.resource == "*", stays, "{}", grant.action);
        on_everything += usize::from(stays);
    }
    assert!(on_everything > 20);
}

/// What is granted in a target of the action that two entries of one feature and one of another ask for.
fn scoped(features: &str, resources: &str) -> Option<String> {
    const CASE: &str = "fixtures/errors/scope-leaves-a-feature-nothing";
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let deployment = fs::read_to_string(format!("{CASE}/landgrant.yaml")).unwrap();
    let deployment = deployment
        .replace("[work, backup]", features)
        .replace(r#"["arn:${partition}:s3:::work/new/*"]"#, resources);
    fs::write(folder.join("landgrant.yaml"), deployment).unwrap();
    fs::create_dir_all(folder.join("catalogs/tool")).unwrap();
    let catalog = "catalogs/tool/1.yaml";
    fs::copy(format!("{CASE}/{catalog}"), folder.join(catalog)).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_landgrant"))
        .current_dir(folder)
        .args(["render", "--catalogs", "catalogs"])
        .output()
        .unwrap();
    let module = folder.join("rendered/terraform/modules/target-role/main.tf");
    output
        .status
        .success()
        .then(|| fs::read_to_string(module).unwrap())
}

#[test]
fn a_scope_gives_each_entry_of_an_action_what_lies_within_it() {
    let within = |arn: &str| format!(r#""arn:${{partition}}:s3:::{arn}""#);
    let list = |arns: &[&str]| {
        let arns: Vec<String> = arns.iter().map(|arn| within(arn)).collect();
        format!("[{}]", arns.join(", "))
    };
    let both = scoped("[work]", &list(&["work/new/*", "shared/new/*"])).unwrap();
    assert!(
        both.contains("work/new/*") && both.contains("shared/new/*"),
        "{both}"
    );
    let one = scoped("[work]", &list(&["shared/new/*"])).unwrap();
    assert!(
        one.contains("shared/new/*") && !one.contains(":::work"),
        "{one}"
    );
    let all = scoped("[work, backup]", &list(&["work/new/*", "backup/*"])).unwrap();
    assert!(
        all.contains("work/new/*") && all.contains("backup/*"),
        "{all}"
    );
    assert!(!all.contains(":::shared"), "{all}");
    assert_eq!(scoped("[work, backup]", &list(&["work/new/*"])), None);
    assert_eq!(scoped("[work]", &list(&["work/new/*", "backup/*"])), None);
}
