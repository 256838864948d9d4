//! `landgrant review` and `landgrant lint` of deployments with several roles: what is found of one role says nothing of another.

use serde_json::{Value, json};

use crate::support::repository::{Repository, said};

const HEAD: &str = "schema: landgrant/deployment/v1\nname: acme\n";

/// A role that EC2 assumes, in one account.
fn role(key: &str, name: &str, features: &str) -> String {
    role_in(key, name, features, &["222222222222"])
}

fn role_in(key: &str, name: &str, features: &str, accounts: &[&str]) -> String {
    let targets = accounts.iter().zip('a'..).map(|(account, letter)| {
        format!("      - {{account: \"{account}\", name: target-{letter}}}\n")
    });
    format!(
        "  {key}:\n    name: {name}\n    products:\n      - {{catalog: multitool@1, features: [{features}]}}\n    \
         trust: {{service: ec2.amazonaws.com}}\n    targets:\n{}",
        targets.collect::<String>()
    )
}

fn deployment(head: &str, roles: &[String]) -> String {
    format!("{HEAD}{head}roles:\n{}", roles.concat())
}

/// The review of two deployments as JSON, and the exit code of `--fail-on escalation`.
fn reviewed(old: &str, new: &str) -> (Value, Option<i32>) {
    let repository = Repository::empty();
    repository.write("old.yaml", old);
    repository.write("new.yaml", new);
    let fail_on = ["--fail-on", "escalation", "--format", "json"];
    let output =
        repository.landgrant(&[&["review", "old.yaml", "new.yaml"], &fail_on[..]].concat());
    let review =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", said(&output)));
    (review, output.status.code())
}

/// The rules with new findings about a principal.
fn rules_about(review: &Value, principal: &str) -> Vec<String> {
    let appeared = review["findings"]["appeared"].as_array().unwrap().iter();
    let about = appeared.filter(|found| {
        let principals = found["principals"].as_array().unwrap();
        principals
            .iter()
            .any(|one| one.as_str().unwrap().ends_with(principal))
    });
    about
        .map(|found| found["rule"].as_str().unwrap().to_owned())
        .collect()
}

fn escalates(old: &str, new: &str, principal: &str) {
    let (review, code) = reviewed(old, new);
    assert_eq!(review["escalation"], true, "{review}");
    assert_eq!(code, Some(1), "{review}");
    let rules = rules_about(&review, principal);
    assert!(
        rules.iter().any(|rule| rule == "escalation-path"),
        "{principal}: {rules:?}"
    );
}

#[test]
fn a_way_to_more_of_one_role_is_news_of_another_in_its_account() {
    let other = || role("other", "Other", "lambda");
    let before = deployment("", &[role("api", "Api", "api-gateway"), other()]);
    let after = deployment("", &[role("api", "Api", "api-gateway, lambda"), other()]);
    escalates(&before, &after, ":role/Api");
    let (review, _) = reviewed(&before, &after);
    let rules = rules_about(&review, ":role/Api");
    for rule in [
        "public-exposure",
        "credential-exposure",
        "permissions-management",
    ] {
        assert!(rules.iter().any(|one| one == rule), "{rule}: {rules:?}");
    }
    assert_eq!(rules_about(&review, ":role/Other"), <[&str; 0]>::default());
    // What is accepted of one role is no less of a way for another.
    let allow = "lint: {allow: [{rule: escalation-path, reason: only for the other role}]}\n";
    let (review, code) = reviewed(&(before + allow), &(after + allow));
    assert_eq!(
        (&review["escalation"], code),
        (&Value::Bool(true), Some(1)),
        "{review}"
    );
    let accepted = &review["findings"]["accepted"][0];
    assert_eq!(
        accepted["principals"][0], "arn:aws:iam::222222222222:role/Api",
        "{review}"
    );
}

#[test]
fn a_way_to_more_that_moves_to_another_role_is_news() {
    let roles = |[api, other]: [&str; 2]| {
        deployment(
            "",
            &[role("api", "Api", api), role("other", "Other", other)],
        )
    };
    let before = roles(["cloudwatch", "cloudwatch, lambda"]);
    let after = roles(["cloudwatch, lambda", "cloudwatch"]);
    escalates(&before, &after, ":role/Api");
    let (review, _) = reviewed(&before, &after);
    let vanished = review["findings"]["vanished"].to_string();
    assert!(
        vanished.contains(":role/Other") && !vanished.contains(":role/Api"),
        "{vanished}"
    );
}

#[test]
fn a_new_role_is_news_where_others_have_the_same_findings() {
    let first = || role("first", "First", "lambda");
    let one = deployment("", &[first(), role("api", "Api", "cloudwatch")]);
    let more = [
        first(),
        role("api", "Api", "cloudwatch"),
        role("more", "More", "lambda"),
    ];
    let more = deployment("", &more);
    escalates(&one, &more, ":role/More");
    let (review, code) = reviewed(&more, &more);
    assert_eq!(
        (&review["escalation"], code),
        (&Value::Bool(false), Some(0))
    );
    escalates(&more, &more.replace("More", "Renamed"), ":role/Renamed");
}

#[test]
fn one_more_account_of_a_role_is_news_for_ways_to_more_only() {
    let of = |accounts: &[&str]| deployment("", &[role_in("first", "First", "lambda", accounts)]);
    let before = of(&["222222222222"]);
    let after = of(&["222222222222", "444444444444"]);
    escalates(&before, &after, "444444444444:role/First");
    let (review, _) = reviewed(&before, &after);
    let rules = rules_about(&review, ":role/First");
    assert!(
        rules.iter().all(|rule| rule == "escalation-path"),
        "{rules:?}"
    );
    let (review, _) = reviewed(&after, &before);
    let vanished = review["findings"]["vanished"].as_array().unwrap().iter();
    let rules: Vec<&Value> = vanished.map(|found| &found["rule"]).collect();
    assert!(
        rules.iter().all(|rule| *rule == "escalation-path"),
        "{rules:?}"
    );
}

/// Two roles, each in an account of its own and brought by a stack set.
fn stack_sets(settings: &str) -> String {
    let unit = |role: String, unit: &str| match settings.contains("units") {
        true => role.replace("name: target-a", &format!("name: target-a, unit: {unit}")),
        false => role,
    };
    let head = format!(
        "terraform: stackset\ncloudformation: stackset\nstack_set:\n  account: \"888888888888\"\n{settings}"
    );
    let roles = [
        unit(role("one", "One", "lambda"), "ou-ab12-11111111"),
        unit(
            role_in("two", "Two", "cloudwatch", &["444444444444"]),
            "ou-ab12-22222222",
        ),
    ];
    deployment(&head, &roles)
}

#[test]
fn accounts_that_join_and_roles_of_stack_sets_have_ways_to_more_too() {
    let of_units = |joining: bool| {
        stack_sets(&format!(
            "  units: [ou-ab12-11111111, ou-ab12-22222222]\n  auto_deployment: {joining}\n"
        ))
    };
    escalates(&of_units(false), &of_units(true), ":role/One");
    let self_managed = |name: &str| {
        stack_sets(&format!(
            "  permissions: self-managed\n  execution_role: {name}\n"
        ))
    };
    escalates(&of_units(false), &self_managed("Brings"), ":role/Brings");
    escalates(
        &self_managed("Brings"),
        &self_managed("Carries"),
        ":role/Carries",
    );
}

#[test]
fn a_weak_external_id_of_a_second_role_is_news() {
    let trusting = |role: String, id: &str| {
        role.replace(
            "{service: ec2.amazonaws.com}",
            &format!("{{principal: \"arn:aws:iam::999999999999:root\", external_id: {id}}}"),
        )
    };
    let of = |second: &str| {
        let roles = [
            trusting(role("one", "One", "cloudwatch"), "weak1"),
            trusting(role("two", "Two", "cloudwatch"), second),
        ];
        deployment("", &roles)
    };
    let strong = "6f1c0f5e-4d0b-4d3e-9a52-0c5ad3a1b7e9";
    let (review, _) = reviewed(&of(strong), &of("weak2"));
    assert_eq!(
        rules_about(&review, ":role/Two"),
        ["weak-external-id"],
        "{review}"
    );
}

#[test]
fn lint_names_the_roles_that_a_finding_is_about() {
    let repository = Repository::empty();
    let text = |name| {
        deployment(
            "",
            &[role("box", "Box", "lambda"), role("api", "Api", name)],
        )
    };
    repository.write("landgrant.yaml", &text("cloudwatch"));
    repository.write("both.yaml", &text("lambda"));
    for format in ["human", "json", "sarif", "github"] {
        let lint = |file| {
            let output = repository.landgrant(&["lint", file, "--format", format]);
            let text = String::from_utf8(output.stdout).unwrap();
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        let one = lint("landgrant.yaml");
        assert!(
            one.contains("lambda:InvokeAsync is deprecated (role box)"),
            "{one}"
        );
        let both = lint("both.yaml");
        assert!(
            both.contains("lambda:InvokeAsync is deprecated (roles box, api)"),
            "{both}"
        );
        assert_eq!(
            both.matches("lambda:InvokeAsync is deprecated").count(),
            1,
            "{both}"
        );
    }
}

#[test]
fn a_catalog_is_told_for_the_role_that_takes_other_features_of_it() {
    let last = || role("other", "Other", "lambda");
    let before = deployment("", &[role("api", "Api", "api-gateway"), last()]);
    let after = deployment("", &[role("api", "Api", "api-gateway, cloudwatch"), last()]);
    let (review, _) = reviewed(&before, &after);
    let [change] = &review["catalogs"].as_array().unwrap()[..] else {
        panic!("{review}");
    };
    assert_eq!(change["product"], "multitool");
    assert_eq!(change["role"], "api");
    let selected = |side: &str| change[side]["selected"].clone();
    assert_eq!(selected("before"), json!(["api-gateway"]));
    assert_eq!(selected("after"), json!(["api-gateway", "cloudwatch"]));
}
