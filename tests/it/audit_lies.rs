//! What looks as planned at a glance, and is not: each was once audited as "Everything is as planned".

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

const AS_PLANNED: &str = "fixtures/audit/as-planned";
const HUB: &str = "111111111111";
const DEV: &str = "222222222222";
const ACCOUNTS: [&str; 3] = [HUB, DEV, "333333333333"];
const TODAY: &str = "2026-11-24";
const REPORT: &str = "fixtures/audit/as-planned/credentials.csv";
const ALL: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

#[test]
fn a_role_that_lets_in_a_planned_role_of_its_account_lets_the_hub_in() {
    let role = "arn:aws:iam::222222222222:role/MicetroAccess";
    let session = "arn:aws:sts::222222222222:assumed-role/MicetroAccess/x";
    let root = "arn:aws:iam::222222222222:root";
    let one = |principal: &str| json!({"AWS": principal});
    for (principal, condition, said) in [
        (one(role), json!({}), "trusts"),
        (one(session), json!({}), "depending on"),
        (one("AROAEXAMPLE0000000000"), json!({}), "trusts"),
        (
            json!("*"),
            json!({"StringEquals": {"aws:PrincipalAccount": DEV}}),
            "trusts",
        ),
        (
            one(root),
            json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::222222222222:role/Micetro*"}}),
            "trusts",
        ),
        // The role has no such tag, but its session may.
        (
            one(role),
            json!({"StringEquals": {"aws:PrincipalTag/team": "dns"}}),
            "depending on aws:PrincipalTag/team",
        ),
    ] {
        let told = with_role(DEV, &principal, &condition);
        assert_eq!(told.rules, ["foreign-role"], "{principal} {condition}");
        assert!(told.text.contains(said), "{}", told.text);
    }
    let other = "arn:aws:iam::222222222222:role/Other";
    for (principal, condition) in [
        // Whom the account permits, and the planned role is permitted nothing.
        (one(root), json!({})),
        (one(DEV), json!({})),
        (one(other), json!({})),
        // Across accounts it needs a permission, which it has not.
        (
            one("arn:aws:iam::333333333333:role/MicetroAccess"),
            json!({}),
        ),
        (
            json!("*"),
            json!({"ArnEquals": {"aws:PrincipalArn": other}}),
        ),
    ] {
        let told = with_role(DEV, &principal, &condition);
        let none: [&str; 0] = [];
        assert_eq!(told.rules, none, "{principal} {condition}");
    }
}

#[test]
fn a_planned_role_that_may_assume_roles_goes_on_to_other_accounts() {
    let folder = tempfile::tempdir().unwrap();
    let put = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    put(
        "landgrant.yaml",
        "schema: landgrant/deployment/v1\nname: acme\n\
         hub: {account: \"111111111111\", user: svc-micetro, group: micetro-access}\n\
         products: [{catalog: own@1, features: [f]}]\nrole: {name: MicetroAccess}\n\
         targets:\n  - {account: \"222222222222\", name: dev}\n  - {account: \"333333333333\", name: prod}\n",
    );
    let told = |resource: &str, principal: &str| {
        put(
            "catalogs/own/1.yaml",
            &format!(
                "schema: landgrant/catalog/v1\nproduct: own\nversion: \"1\"\ntitle: Own\nvendor: Own\n\
                 sources: [{{id: g, title: G}}]\naccess: {{authenticates_as: iam-user, external_id: optional}}\n\
                 features:\n  f:\n    title: F\n    grant_to: [target]\n    required:\n      \
                 - {{action: sts:AssumeRole, resource: \"{resource}\"}}\n"
            ),
        );
        let mut snapshot = json!({
            "UserDetailList": [], "GroupDetailList": [], "Policies": [], "RoleDetailList": []
        });
        push(
            &mut snapshot["RoleDetailList"],
            foreign_role(DEV, &json!({"AWS": principal}), &json!({})),
        );
        put("222222222222.json", &snapshot.to_string());
        let path = |path: &str| folder.path().join(path).to_str().unwrap().to_owned();
        let told = audit_of(
            &path("landgrant.yaml"),
            &[
                format!("--snapshot={DEV}={}", path("222222222222.json")),
                format!("--catalogs={}", path("catalogs")),
                "--partial".to_owned(),
            ],
        );
        told.rules.contains(&"foreign-role".to_owned())
    };
    let role = "arn:aws:iam::333333333333:role/MicetroAccess";
    for principal in [role, "arn:aws:iam::333333333333:root", "333333333333"] {
        assert!(told("*", principal), "{principal}");
    }
    assert!(told("arn:${partition}:iam::222222222222:role/e*", role));
    assert!(!told("arn:${partition}:iam::222222222222:role/other", role));
    assert!(!told("*", "arn:aws:iam::333333333333:role/other"));
    assert!(!told("*", "arn:aws:iam::444444444444:root"));
}

#[test]
fn operators_that_compare_alike_change_no_trust() {
    let user = "arn:aws:iam::111111111111:user/svc-micetro";
    let all = "arn:aws:iam::111111111111:user/*";
    let told = |operator: &str, value: &str| {
        snapshots(DEV, |snapshot| {
            let trust = &mut snapshot["RoleDetailList"][0]["AssumeRolePolicyDocument"];
            let condition = &mut trust["Statement"][0]["Condition"];
            assert_eq!(condition["ArnEquals"]["aws:PrincipalArn"], user);
            *condition = json!({operator: {"aws:PrincipalArn": value}});
        })
    };
    for operator in ["ArnLike", "StringEquals", "StringLike"] {
        assert_eq!(
            told(operator, user).rules,
            ["rewritten-grant"],
            "{operator}"
        );
    }
    for (operator, value) in [
        ("ArnLike", all),
        ("StringLike", all),
        ("StringEqualsIgnoreCase", user),
        ("ArnEqualsIfExists", user),
        ("ArnNotEquals", user),
        ("StringEquals", "arn:aws:iam::111111111111:user/SVC-MICETRO"),
    ] {
        let told = told(operator, value);
        assert_eq!(told.rules, ["changed-trust"], "{operator} {value}");
    }
}

#[test]
fn a_trust_of_the_planned_user_alone_is_narrower() {
    let told = |principal: &str| {
        snapshots(DEV, |snapshot| {
            let trust = &mut snapshot["RoleDetailList"][0]["AssumeRolePolicyDocument"];
            trust["Statement"][0] = json!({
                "Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole",
            });
        })
    };
    let narrower = told("arn:aws:iam::111111111111:user/svc-micetro");
    assert_eq!(narrower.rules, ["narrowed-trust"], "{}", narrower.text);
    let said = "trusts arn:aws:iam::111111111111:user/svc-micetro instead of arn:aws:iam::111111111111:root if ArnEquals";
    assert!(narrower.text.contains(said), "{}", narrower.text);
    for other in [
        "arn:aws:iam::111111111111:user/vendor/svc-micetro",
        "arn:aws:iam::111111111111:role/svc-micetro",
        "arn:aws:iam::999999999999:user/svc-micetro",
        "*",
    ] {
        assert_eq!(told(other).rules, ["changed-trust"], "{other}");
    }
    assert!(told("*").text.contains("trusts everybody instead of"));
}

#[test]
fn where_the_hub_account_is_trusted_as_a_whole_any_principal_of_it_is_a_caller() {
    let text = fs::read_to_string("fixtures/audit/landgrant.yaml").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let deployment = folder.path().join("landgrant.yaml");
    let told = |trust: &str, account: &str, principal: &str| {
        fs::write(&deployment, format!("{text}{trust}")).unwrap();
        let file = Path::new(AS_PLANNED).join(format!("{account}.json"));
        let mut snapshot: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        let role = foreign_role(account, &json!({"AWS": principal}), &json!({}));
        push(&mut snapshot["RoleDetailList"], role);
        let file = folder.path().join("snapshot.json");
        fs::write(&file, snapshot.to_string()).unwrap();
        let snapshot = format!("--snapshot={account}={}", file.display());
        let told = audit_of(
            deployment.to_str().unwrap(),
            &[snapshot, "--partial".to_owned()],
        );
        told.text.contains("\"foreign-role\"").then_some(told.text)
    };
    let whole = "\ntrust: {restrict_to_user: false}\n";
    let only = "\ntrust:\n  restrict_to_user: false\n  conditions: {ArnLike: {\"aws:PrincipalArn\": \"arn:aws:iam::*:user/svc-*\"}}\n";
    for account in [HUB, DEV] {
        for other in [
            "arn:aws:iam::111111111111:user/alice",
            "arn:aws:iam::111111111111:role/admin",
            "arn:aws:sts::111111111111:assumed-role/admin/x",
        ] {
            for trust in [whole, only] {
                let told = told(trust, account, other).unwrap();
                assert!(
                    told.contains(&format!("role evil trusts {other}")),
                    "{told}"
                );
            }
            assert_eq!(told("", account, other), None);
        }
        for id in ["AIDADELETED0000000000", "AROADELETED0000000000"] {
            let told = told(whole, account, id).unwrap();
            let said = "role evil may trust whom planned roles trust, depending on aws:userid";
            assert!(told.contains(said), "{told}");
        }
        assert_eq!(
            told(whole, account, "arn:aws:iam::999999999999:user/alice"),
            None
        );
    }
}

#[test]
fn a_role_whose_policy_is_written_oddly_is_looked_at() {
    for principal in [
        json!({"NotPrincipal": {"AWS": "arn:aws:iam::999999999999:root"}}),
        json!({"notprincipal": {"AWS": "arn:aws:iam::999999999999:root"}}),
        json!({"principal": "*"}),
        json!({"Principal": ["*"]}),
        json!({"Principal": {"AWS": "arn:aws:iam::*:user/*"}}),
        json!({"Principal": {"AWS": {"x": "111111111111"}}}),
        json!({"Principal": {"Federated": {"x": "accounts.google.com"}}}),
    ] {
        let told = snapshots(DEV, |snapshot| {
            let mut role = foreign_role(DEV, &Value::Null, &json!({}));
            let statement = &mut role["AssumeRolePolicyDocument"]["Statement"][0];
            let statement = statement.as_object_mut().unwrap();
            statement.remove("Principal");
            statement.extend(principal.as_object().unwrap().clone());
            push(&mut snapshot["RoleDetailList"], role);
        });
        assert_eq!(told.rules, ["foreign-role"], "{principal}: {}", told.text);
    }
}

#[test]
fn a_caller_is_named_by_number_and_by_id_too() {
    for principal in [json!(111_111_111_111_u64), json!("AIDAEXAMPLE0000000000")] {
        let told = with_role(DEV, &json!({"AWS": principal}), &json!({}));
        assert_eq!(told.rules, ["foreign-role"], "{principal}");
    }
}

#[test]
fn a_member_joins_a_group_in_any_case() {
    let told = snapshots(HUB, |snapshot| {
        let mut user = snapshot["UserDetailList"][0].clone();
        user["UserName"] = json!("mallory");
        user["UserId"] = json!("AIDAEXAMPLE0000000001");
        user["Arn"] = json!("arn:aws:iam::111111111111:user/mallory");
        user["GroupList"] = json!(["Micetro-Access"]);
        push(&mut snapshot["UserDetailList"], user);
    });
    assert_eq!(told.rules, ["foreign-member"]);
    let told = plan(|plan| {
        let membership = json!({"user": "mallory", "groups": ["Micetro-Access"]});
        add(plan, "aws_iam_user_group_membership.evil", membership);
    });
    assert_eq!(told.rules, ["foreign-member"]);
}

#[test]
fn a_snapshot_that_has_one_thing_twice_is_refused() {
    let admin = json!([{"PolicyName": "AdministratorAccess", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}]);
    let told = snapshots(HUB, |snapshot| {
        let mut user = snapshot["UserDetailList"][0].clone();
        user["AttachedManagedPolicies"] = admin.clone();
        push(&mut snapshot["UserDetailList"], user);
    });
    assert!(
        told.text.contains("svc-micetro appears twice"),
        "{}",
        told.text
    );
    let told = snapshots(DEV, |snapshot| {
        let mut role = snapshot["RoleDetailList"][0].clone();
        role["RoleName"] = json!("micetroaccess");
        role["AttachedManagedPolicies"] = admin;
        push(&mut snapshot["RoleDetailList"], role);
    });
    assert!(
        told.text.contains("micetroaccess appears twice"),
        "{}",
        told.text
    );
    let told = snapshots(DEV, |snapshot| {
        let policies = &mut snapshot["RoleDetailList"][0]["RolePolicyList"];
        let evil: Value = serde_json::from_str(ALL).unwrap();
        push(
            policies,
            json!({"PolicyName": "micetro", "PolicyDocument": evil}),
        );
    });
    assert!(
        told.text.contains("has the inline policy micetro twice"),
        "{}",
        told.text
    );
    let told = snapshots(HUB, |snapshot| {
        let versions = &mut snapshot["Policies"][0]["PolicyVersionList"];
        let evil: Value = serde_json::from_str(ALL).unwrap();
        push(
            versions,
            json!({"VersionId": "v9", "IsDefaultVersion": true, "Document": evil}),
        );
    });
    assert!(
        told.text.contains("a default version twice"),
        "{}",
        told.text
    );
    let told = snapshots(DEV, |snapshot| {
        let trust = &mut snapshot["RoleDetailList"][0]["AssumeRolePolicyDocument"];
        *trust = json!(with_key_twice(&trust.to_string()));
    });
    assert!(
        told.text.contains("`Principal` appears twice"),
        "{}",
        told.text
    );
}

#[test]
fn what_has_another_arn_is_another_one() {
    let name = "MicetroAccess";
    for arn in [
        "arn:aws:iam::222222222222:role/evil/MicetroAccess",
        "arn:aws:iam::222222222222:role/Other",
        "arn:aws-cn:iam::222222222222:role/MicetroAccess",
    ] {
        let told = snapshots(DEV, |snapshot| {
            let role = &mut snapshot["RoleDetailList"][0];
            assert_eq!(role["RoleName"], name);
            role["Arn"] = json!(arn);
        });
        assert_eq!(told.rules, ["changed-path"], "{arn}");
    }
}

#[test]
fn the_version_of_a_policy_that_is_in_force_is_told_once() {
    let told = snapshots(HUB, |snapshot| {
        let policy = &mut snapshot["Policies"][0];
        let evil: Value = serde_json::from_str(ALL).unwrap();
        policy["DefaultVersionId"] = json!("v2");
        push(
            &mut policy["PolicyVersionList"],
            json!({"VersionId": "v2", "IsDefaultVersion": false, "Document": evil}),
        );
    });
    assert_eq!(told.rules, ["not-understood"]);
    let told = snapshots(HUB, |snapshot| {
        let versions = &mut snapshot["Policies"][0]["PolicyVersionList"];
        versions[0].as_object_mut().unwrap().remove("VersionId");
    });
    assert_eq!(told.rules, ["not-understood"]);
    let told = snapshots(HUB, |snapshot| snapshot["Marker"] = json!("more"));
    assert!(told.text.contains("only the first page"), "{}", told.text);
}

#[test]
fn a_role_of_others_may_have_tags_in_its_session() {
    let folder = tempfile::tempdir().unwrap();
    let ci = "arn:aws:iam::111111111111:role/ci";
    let deployment = folder.path().join("landgrant.yaml");
    fs::write(
        &deployment,
        format!(
            "schema: landgrant/deployment/v1\nname: acme\nrole: {{name: Acme}}\n\
             products: [{{catalog: multitool@1, features: [cloudwatch]}}]\ntrust: {{principal: \"{ci}\"}}\n\
             targets: [{{account: \"222222222222\", name: dev}}, {{account: \"111111111111\", name: hub}}]\n"
        ),
    )
    .unwrap();
    let empty = || json!({"UserDetailList": [], "GroupDetailList": [], "Policies": [], "RoleDetailList": []});
    let tagged = json!({"StringEquals": {"aws:PrincipalTag/team": "network"}});
    let (mut hub, mut dev) = (empty(), empty());
    let mut role = foreign_role(HUB, &json!({"Service": "ec2.amazonaws.com"}), &json!({}));
    (role["RoleName"], role["Arn"]) = (json!("ci"), json!(ci));
    // So that it is kept.
    role["AttachedManagedPolicies"] = json!([]);
    role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] = json!({"AWS": HUB});
    push(&mut hub["RoleDetailList"], role);
    push(
        &mut dev["RoleDetailList"],
        foreign_role(DEV, &json!({"AWS": ci}), &tagged),
    );
    let mut arguments = Vec::new();
    for (account, snapshot) in [(HUB, hub), (DEV, dev)] {
        let file = folder.path().join(format!("{account}.json"));
        fs::write(&file, snapshot.to_string()).unwrap();
        arguments.push(format!("--snapshot={account}={}", file.display()));
    }
    let told = audit_of(deployment.to_str().unwrap(), &arguments);
    assert!(
        told.text.contains("depending on aws:principaltag/team")
            || told.text.contains("depending on aws:PrincipalTag/team"),
        "{}",
        told.text
    );
}

#[test]
fn a_policy_of_a_plan_with_a_key_twice_is_not_understood() {
    let told = plan(|plan| {
        let policy = &mut resource(plan, "assume_role[\"222222222222\"]")["values"]["policy"];
        let text = policy.as_str().unwrap();
        let twice = text.replacen("\"Resource\":", "\"Resource\":\"*\",\"Resource\":", 1);
        *policy = json!(twice);
    });
    assert_eq!(told.rules, ["not-understood"]);
}

#[test]
fn a_plan_with_a_key_twice_is_refused() {
    let text = fs::read_to_string("fixtures/audit/terraform-as-planned/plan.json").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plan.json");
    for (key, first) in [
        (
            "policy_arn",
            "\"arn:aws:iam::aws:policy/AdministratorAccess\"",
        ),
        ("constant_value", "[\"333333333333\"]"),
    ] {
        let key = format!("\"{key}\":");
        let twice = text.replacen(&key, &format!("{key} {first}, {key}"), 1);
        assert_ne!(twice, text);
        fs::write(&file, twice).unwrap();
        let told = audit(&[format!("--terraform-plan={}", file.display())]);
        assert!(told.text.contains("appears twice"), "{}", told.text);
    }
}

#[test]
fn a_plan_that_makes_one_thing_twice_is_not_understood() {
    for name in ["assume-role-222222222222", "assume-role-333333333333"] {
        let told = plan(|plan| {
            let policy = json!({"group": "micetro-access", "name": name, "policy": ALL});
            add_first(plan, "aws_iam_group_policy.evil", policy);
        });
        assert_eq!(told.rules, ["not-understood"]);
    }
    for path in ["/", "/evil/"] {
        for first in [true, false] {
            let told = plan(|plan| {
                let policy = json!({"name": "micetro-access-micetro", "path": path, "policy": ALL});
                match first {
                    true => add_first(plan, "aws_iam_policy.evil", policy),
                    false => add(plan, "aws_iam_policy.evil", policy),
                }
            });
            assert!(
                told.rules.contains(&"not-understood".to_owned()),
                "{}",
                told.text
            );
        }
    }
}

#[test]
fn an_attachment_that_may_be_of_another_policy_is_not_understood() {
    let of_planned =
        json!({"references": ["aws_iam_policy.micetro.arn", "aws_iam_policy.micetro"]});
    let told = plan(|plan| {
        let address = "aws_iam_group_policy_attachment.evil";
        add(plan, address, json!({"group": "micetro-access"}));
        configure(plan, address, "policy_arn", &of_planned);
    });
    assert_eq!(told.rules, ["not-understood"]);
    // At the address that is rendered, by an expression: `replace(aws_iam_policy.micetro.arn, "/.*/", "…")`.
    let told = plan(|plan| {
        let address = "aws_iam_group_policy_attachment.micetro";
        let config = config(plan, address)["expressions"]["policy_arn"].clone();
        assert_eq!(config, of_planned);
        unknown(resource(plan, address), "policy_arn");
    });
    assert_eq!(told.rules, ["not-understood"]);
    // At the address that is rendered, once more.
    let told = plan(|plan| {
        let address = "aws_iam_group_policy_attachment.micetro";
        let mut again = resource(plan, address).clone();
        unknown(&mut again, "policy_arn");
        again["address"] = json!("aws_iam_group_policy_attachment.micetro[1]");
        push(
            &mut plan["planned_values"]["root_module"]["resources"],
            again,
        );
    });
    assert_eq!(told.rules, ["not-understood"]);
    // A conditional that refers to something more.
    let told = plan(|plan| {
        let more = json!({"references": [
            "random_id.x.hex", "random_id.x", "aws_iam_policy.micetro.arn", "aws_iam_policy.micetro",
        ]});
        let address = "aws_iam_group_policy_attachment.micetro";
        unknown(resource(plan, address), "policy_arn");
        configure(plan, address, "policy_arn", &more);
    });
    assert_eq!(told.rules, ["not-understood", "missing-policy"]);
}

#[test]
fn a_policy_of_the_same_name_elsewhere_is_another_one() {
    for arn in [
        "arn:aws:iam::111111111111:policy/evil/micetro-access-micetro",
        "arn:aws:iam::333333333333:policy/micetro-access-micetro",
        "arn:aws-cn:iam::111111111111:policy/micetro-access-micetro",
    ] {
        let told = plan(|plan| {
            let attachment = json!({"group": "micetro-access", "policy_arn": arn});
            add(plan, "aws_iam_group_policy_attachment.evil", attachment);
        });
        assert_eq!(told.rules, ["foreign-managed-policy"], "{arn}");
        let told = snapshots(HUB, |snapshot| {
            let attached = &mut snapshot["GroupDetailList"][0]["AttachedManagedPolicies"];
            push(
                attached,
                json!({"PolicyName": "micetro-access-micetro", "PolicyArn": arn}),
            );
        });
        assert_eq!(told.rules, ["foreign-managed-policy"], "{arn}");
    }
}

#[test]
fn what_is_known_only_after_the_apply_is_not_understood() {
    let user = "aws_iam_user.product[\"svc-micetro\"]";
    for (address, attribute) in [
        (user, "path"),
        (user, "permissions_boundary"),
        (user, "tags"),
        ("aws_iam_group.access[\"micetro-access\"]", "path"),
        ("aws_iam_policy.micetro", "path"),
    ] {
        let told = plan(|plan| {
            unknown(resource(plan, address), attribute);
            let plain = address.split('[').next().unwrap();
            configure(
                plan,
                plain,
                attribute,
                &json!({"references": ["random_id.x"]}),
            );
            push(
                &mut plan["resource_changes"],
                json!({"address": address, "mode": "managed", "type": plain.split('.').next(),
                    "change": {"actions": ["create"], "after_unknown": {attribute: true}}}),
            );
        });
        let understood = !told.rules.contains(&"not-understood".to_owned());
        assert!(!understood, "{address} {attribute}: {}", told.text);
    }
}

#[test]
fn tags_that_only_the_provider_knows_are_told_if_there_are_any() {
    let user = "aws_iam_user.product[\"svc-micetro\"]";
    let told = |tags: Value, defaults: Option<Value>| {
        let told = plan(|plan| {
            let values = &mut resource(plan, user)["values"];
            values["tags"] = tags;
            values.as_object_mut().unwrap().remove("tags_all");
            if let Some(defaults) = defaults {
                let provider = &mut plan["configuration"]["provider_config"]["aws"];
                provider["expressions"]["default_tags"] = json!([{"tags": defaults}]);
            }
            push(
                &mut plan["resource_changes"],
                json!({"address": user, "mode": "managed", "type": "aws_iam_user",
                    "change": {"actions": ["create"], "after_unknown": {"tags_all": true}}}),
            );
        });
        told.rules.contains(&"not-understood".to_owned())
    };
    assert!(told(json!({"owner": "network-platform"}), None));
    assert!(told(
        Value::Null,
        Some(json!({"references": ["random_id.x"]}))
    ));
    assert!(!told(Value::Null, None));
    assert!(!told(json!({}), None));
}

#[test]
fn what_is_done_beside_the_planned_values_is_not_understood() {
    let command = json!([{"type": "local-exec", "expressions": {}}]);
    let told = plan(|plan| {
        config(plan, "aws_iam_user.product")["provisioners"] = command.clone();
    });
    assert_eq!(told.rules, ["not-understood"]);
    let told = plan(|plan| {
        add(plan, "terraform_data.evil", json!({}));
        let config = config(plan, "terraform_data.evil");
        config["provisioners"] = command.clone();
        config["provider_config_key"] = json!("terraform");
    });
    assert_eq!(told.rules, ["not-understood"]);
    // In a module, whatever that is called.
    for name in ["other", "module"] {
        let told = plan(|plan| {
            let address = format!("module.{name}.terraform_data.evil");
            plan["planned_values"]["root_module"]["child_modules"] = json!([{
                "address": format!("module.{name}"),
                "resources": [{"address": address, "mode": "managed", "type": "terraform_data", "values": {}}],
            }]);
            let config = json!({"address": "terraform_data.evil", "provisioners": command.clone()});
            plan["configuration"]["root_module"]["module_calls"][name] =
                json!({"module": {"resources": [config]}});
        });
        assert_eq!(told.rules, ["not-understood"], "{name}");
    }
    // What the configuration is not known of could be anything.
    let told = plan(|plan| {
        push(
            &mut plan["planned_values"]["root_module"]["resources"],
            json!({"address": "terraform_data.evil", "mode": "managed", "type": "terraform_data", "values": {}}),
        );
    });
    assert_eq!(told.rules, ["not-understood"]);
    // What Terraform forgets stays in the account.
    let told = plan(|plan| {
        let admin = json!({"user": "svc-micetro", "policy_arn": "arn:aws:iam::aws:policy/AdministratorAccess"});
        push(
            &mut plan["resource_changes"],
            json!({"address": "aws_iam_user_policy_attachment.evil", "mode": "managed",
                "type": "aws_iam_user_policy_attachment",
                "change": {"actions": ["forget"], "before": admin}}),
        );
    });
    assert_eq!(told.rules, ["not-understood"]);
    let told =
        plan(|plan| plan["deferred_changes"] = json!([{"reason": "provider_config_unknown"}]));
    assert!(told.text.contains("not complete"), "{}", told.text);
}

#[test]
fn what_a_role_makes_is_not_taken_away_by_what_goes() {
    let admin = "arn:aws:iam::aws:policy/AdministratorAccess";
    let evil: Value = serde_json::from_str(ALL).unwrap();
    let role = json!({"name": "MicetroAccess", "managed_policy_arns": [admin],
        "inline_policy": [{"name": "evil", "policy": evil.to_string()}]});
    let told = plan(|plan| {
        let text = plan
            .to_string()
            .replace("\"111111111111\"", "\"222222222222\"");
        *plan = serde_json::from_str(&text).unwrap();
        add(plan, "aws_iam_role.it", role.clone());
        for (kind, before) in [
            (
                "aws_iam_role_policy_attachment",
                json!({"role": "MicetroAccess", "policy_arn": admin}),
            ),
            (
                "aws_iam_role_policy",
                json!({"role": "MicetroAccess", "name": "evil"}),
            ),
        ] {
            // Of none any more, by a `count`.
            let (_, config) = new(&format!("{kind}.old"), json!({}));
            push(
                &mut plan["configuration"]["root_module"]["resources"],
                config,
            );
            push(
                &mut plan["resource_changes"],
                json!({"address": format!("{kind}.old"), "mode": "managed", "type": kind,
                    "change": {"actions": ["delete"], "before": before}}),
            );
        }
    });
    for rule in ["foreign-managed-policy", "foreign-inline-policy"] {
        assert!(
            told.rules.contains(&rule.to_owned()),
            "{rule}: {}",
            told.text
        );
    }
}

/// What was deleted is missed in the account that it was in, and in no other.
#[test]
fn what_goes_from_another_account_is_not_taken_away_here() {
    const OTHER: &str = "333333333333";
    let admin = "arn:aws:iam::aws:policy/AdministratorAccess";
    let kind = "aws_iam_role_policy_attachment";
    // The provider that says the account of what goes, if it is still configured; which accounts there are; what is told.
    for (provider, accounts, is_told) in [
        (None, [DEV, OTHER], true),
        (Some("aws.other"), [DEV, OTHER], true),
        (Some("aws"), [DEV, OTHER], false),
        (None, [DEV, DEV], false),
    ] {
        let change = |plan: &mut Value| {
            let text = plan
                .to_string()
                .replace(&format!("\"{HUB}\""), &format!("\"{DEV}\""));
            *plan = serde_json::from_str(&text).unwrap();
            plan["configuration"]["provider_config"]["aws.other"] = json!({
                "name": "aws",
                "expressions": {"allowed_account_ids": {"constant_value": [accounts[1]]}},
            });
            // What the role had before the apply is not configured.
            let role = json!({"name": "MicetroAccess", "managed_policy_arns": [admin]});
            add(plan, "aws_iam_role.it", role);
            let expressions = &mut config(plan, "aws_iam_role.it")["expressions"];
            expressions
                .as_object_mut()
                .unwrap()
                .remove("managed_policy_arns");
            if let Some(provider) = provider {
                let (_, mut config) = new(&format!("{kind}.old"), json!({}));
                config["provider_config_key"] = json!(provider);
                push(
                    &mut plan["configuration"]["root_module"]["resources"],
                    config,
                );
            }
            push(
                &mut plan["resource_changes"],
                json!({"address": format!("{kind}.old"), "mode": "managed", "type": kind,
                    "change": {"actions": ["delete"],
                        "before": {"role": "MicetroAccess", "policy_arn": admin}}}),
            );
        };
        let told = plan_of(&["--account", DEV], change);
        let rule = "foreign-managed-policy".to_owned();
        let is_right = told.rules.contains(&rule) == is_told;
        assert!(is_right, "{provider:?} {accounts:?}: {}", told.text);
    }
}

#[test]
fn what_an_action_does_and_what_is_renamed_brings_along_is_not_understood() {
    let told = plan(|plan| {
        plan["action_invocations"] = json!([{
            "address": "action.aws_lambda_invoke.evil", "type": "aws_lambda_invoke", "name": "evil",
            "lifecycle_action_trigger": {"action_trigger_event": "after_create"},
        }]);
    });
    assert_eq!(told.rules, ["not-understood"], "{}", told.text);
    let told = plan(|plan| plan["deferred_action_invocations"] = json!([{"reason": "unknown"}]));
    assert!(told.text.contains("not complete"), "{}", told.text);
    for (address, actions, before, rules) in [
        ("aws_iam_user.product", json!(["update"]), "admin", 1),
        ("aws_iam_group.access", json!(["update"]), "admins", 1),
        ("aws_iam_user.product", json!(["no-op"]), "SVC-Micetro", 0),
        (
            "aws_iam_user.product",
            json!(["delete", "create"]),
            "admin",
            0,
        ),
    ] {
        let told = plan(|plan| {
            let changes = plan["resource_changes"].as_array_mut().unwrap();
            let is_it = |one: &&mut Value| one["address"].as_str().unwrap().starts_with(address);
            let change = changes.iter_mut().find(is_it).unwrap();
            change["change"]["actions"] = actions.clone();
            change["change"]["before"] = json!({"name": before});
        });
        assert_eq!(told.rules.len(), rules, "{address} {before}: {}", told.text);
        assert_eq!(told.text.contains(before), rules == 1, "{}", told.text);
    }
}

/// OpenTofu and Terraform before 1.8 do not say that a plan is a part only.
#[test]
fn a_plan_that_is_silent_about_what_is_configured_is_not_complete() {
    let policy = json!({"user": "svc-micetro", "name": "evil", "policy": ALL});
    for (number, is_silent) in [
        (json!({}), true),
        (json!({"count_expression": {"constant_value": 1}}), true),
        (json!({"count_expression": {"constant_value": 0}}), false),
        (
            json!({"for_each_expression": {"references": ["local.x"]}}),
            false,
        ),
    ] {
        for in_module in [false, true] {
            let told = plan(|plan| {
                plan.as_object_mut().unwrap().remove("complete");
                let (_, mut config) = new("aws_iam_user_policy.evil", policy.clone());
                let mut resources = json!([]);
                if in_module {
                    push(&mut resources, config);
                    let mut call = number.clone();
                    call["module"] = json!({"resources": resources});
                    plan["configuration"]["root_module"]["module_calls"] = json!({"m": call});
                } else {
                    let number = number.as_object().unwrap().clone();
                    config.as_object_mut().unwrap().extend(number);
                    push(
                        &mut plan["configuration"]["root_module"]["resources"],
                        config,
                    );
                }
            });
            let silent = "is silent about";
            assert_eq!(
                told.text.contains(silent),
                is_silent,
                "{number}: {}",
                told.text
            );
            assert!(told.rules.is_empty(), "{number}: {}", told.text);
        }
    }
}

#[test]
fn what_a_list_leaves_out_and_the_plan_makes_is_not_understood() {
    let told = plan(|plan| {
        let policy = json!({"group": "micetro-access", "name": "evil", "policy": ALL});
        add(plan, "aws_iam_group_policy.evil", policy);
        let planned = ["assume-role-222222222222", "assume-role-333333333333"];
        let list = json!({"group_name": "micetro-access", "policy_names": planned});
        add(plan, "aws_iam_group_policies_exclusive.all", list);
    });
    assert_eq!(told.rules, ["foreign-inline-policy", "not-understood"]);
    let told = plan(|plan| {
        let admin = "arn:aws:iam::aws:policy/AdministratorAccess";
        let attachment = json!({"user": "svc-micetro", "policy_arn": admin});
        add(plan, "aws_iam_user_policy_attachment.evil", attachment);
        let list = json!({"user_name": "svc-micetro", "policy_arns": []});
        add(plan, "aws_iam_user_policy_attachments_exclusive.all", list);
    });
    assert_eq!(told.rules, ["foreign-managed-policy", "not-understood"]);
}

#[test]
fn an_account_that_is_not_constant_is_not_known() {
    let told = plan(|plan| {
        plan["variables"] = json!({"other": {"value": "333333333333"}});
        plan["configuration"]["provider_config"]["aws.other"] = json!({
            "name": "aws",
            "expressions": {"allowed_account_ids": {"references": ["var.other"]}},
        });
        let policy = json!({"user": "svc-micetro", "name": "evil", "policy": ALL});
        add(plan, "aws_iam_user_policy.evil", policy);
        config(plan, "aws_iam_user_policy.evil")["provider_config_key"] = json!("aws.other");
    });
    assert_eq!(told.rules, ["not-understood"]);
}

#[test]
fn what_makes_roles_in_identity_center_is_not_understood() {
    for kind in [
        "aws_ssoadmin_managed_policy_attachment",
        "aws_ssoadmin_managed_policy_attachments_exclusive",
        "aws_ssoadmin_customer_managed_policy_attachment",
        "aws_ssoadmin_customer_managed_policy_attachments_exclusive",
    ] {
        let told = plan(|plan| add(plan, &format!("{kind}.evil"), json!({})));
        assert_eq!(told.rules, ["not-understood"], "{kind}");
    }
}

#[test]
fn a_key_of_a_day_to_come_is_of_unknown_age() {
    let folder = tempfile::tempdir().unwrap();
    let report = fs::read_to_string(REPORT).unwrap();
    let user = report
        .lines()
        .find(|line| line.starts_with("svc-micetro"))
        .unwrap();
    let made = user.split(',').nth(9).unwrap();
    let file = folder.path().join("credentials.csv");
    fs::write(&file, report.replace(made, "2099-01-01T00:00:00+00:00")).unwrap();
    let told = audit(&with_snapshots(Path::new(AS_PLANNED), &file));
    assert_eq!(told.rules, ["unknown-key-age"]);
}

#[test]
fn a_report_says_whether_a_key_is_active() {
    let folder = tempfile::tempdir().unwrap();
    let report = fs::read_to_string(REPORT).unwrap();
    let file = folder.path().join("credentials.csv");
    fs::write(&file, report.replace(",true,2026-11-01", ",yes,2020-11-01")).unwrap();
    let told = audit(&with_snapshots(Path::new(AS_PLANNED), &file));
    let said = "does not say whether access key 1";
    assert!(told.text.contains(said), "{}", told.text);
}

/// What an audit says.
struct Told {
    /// The rules of its findings.
    rules: Vec<String>,
    /// Everything that is printed.
    text: String,
}

fn audit(arguments: &[String]) -> Told {
    audit_of("fixtures/audit/landgrant.yaml", arguments)
}

fn audit_of(deployment: &str, arguments: &[String]) -> Told {
    let output = Command::new(env!("CARGO_BIN_EXE_landgrant"))
        .args(["audit", deployment, "--out", "nowhere"])
        .args(["--format", "json", "--today", TODAY])
        .args(arguments)
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let report: Value = serde_json::from_str(&printed).unwrap_or_default();
    let findings = report["findings"].as_array().into_iter().flatten();
    let rules = findings.map(|finding| finding["rule"].as_str().unwrap().to_owned());
    let rules: Vec<String> = rules.collect();
    let clean = report["clean"] == true;
    let refused = String::from_utf8(output.stderr).unwrap();
    let code = output.status.code().unwrap();
    assert_eq!(code == 0, clean, "{printed}{refused}");
    // Lines are broken wherever they are full.
    let words: Vec<&str> = refused.split_whitespace().collect();
    Told {
        rules,
        text: format!("{printed}{}", words.join(" ")),
    }
}

/// Audits the accounts as they are planned, but for one.
fn snapshots(account: &str, change: impl FnOnce(&mut Value)) -> Told {
    snapshots_with(account, Path::new(REPORT), change)
}

/// The same with another credential report.
fn snapshots_with(account: &str, report: &Path, change: impl FnOnce(&mut Value)) -> Told {
    let folder = tempfile::tempdir().unwrap();
    for one in ACCOUNTS {
        let file = format!("{one}.json");
        fs::copy(Path::new(AS_PLANNED).join(&file), folder.path().join(&file)).unwrap();
    }
    let file = folder.path().join(format!("{account}.json"));
    let mut snapshot: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    change(&mut snapshot);
    fs::write(&file, snapshot.to_string()).unwrap();
    audit(&with_snapshots(folder.path(), report))
}

fn with_snapshots(folder: &Path, report: &Path) -> Vec<String> {
    vec![
        "--snapshot".to_owned(),
        folder.to_str().unwrap().to_owned(),
        "--credential-report".to_owned(),
        format!("{HUB}={}", report.display()),
    ]
}

/// Audits with a role more in an account.
fn with_role(account: &str, principal: &Value, condition: &Value) -> Told {
    snapshots(account, |snapshot| {
        let role = foreign_role(account, principal, condition);
        push(&mut snapshot["RoleDetailList"], role);
    })
}

fn foreign_role(account: &str, principal: &Value, condition: &Value) -> Value {
    json!({
        "Path": "/",
        "RoleName": "evil",
        "RoleId": "AROAEXAMPLE0000000009",
        "Arn": format!("arn:aws:iam::{account}:role/evil"),
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow",
            "Principal": principal,
            "Action": "sts:AssumeRole",
            "Condition": condition,
        }]},
    })
}

/// A trust policy that lets in everybody, or whom it let in, as one reads it; as the API gives it.
fn with_key_twice(trust: &str) -> String {
    let twice = trust.replacen("\"Principal\":", "\"Principal\":\"*\",\"Principal\":", 1);
    assert_ne!(twice, trust);
    twice.replace('%', "%25")
}

/// Audits the plan of Terraform as it is planned, but for a change.
fn plan(change: impl FnOnce(&mut Value)) -> Told {
    plan_of(&[], change)
}

/// The same with more arguments.
fn plan_of(arguments: &[&str], change: impl FnOnce(&mut Value)) -> Told {
    let text = fs::read_to_string("fixtures/audit/terraform-as-planned/plan.json").unwrap();
    let mut plan: Value = serde_json::from_str(&text).unwrap();
    change(&mut plan);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plan.json");
    fs::write(&file, plan.to_string()).unwrap();
    let mut all = vec!["--terraform-plan".to_owned()];
    all.push(file.to_str().unwrap().to_owned());
    all.extend(arguments.iter().map(ToString::to_string));
    audit(&all)
}

/// Adds a resource that is made after the planned ones.
fn add(plan: &mut Value, address: &str, values: Value) {
    let (planned, configured) = new(address, values);
    push(
        &mut plan["planned_values"]["root_module"]["resources"],
        planned,
    );
    push(
        &mut plan["configuration"]["root_module"]["resources"],
        configured,
    );
}

/// Adds a resource that stands before the planned ones.
fn add_first(plan: &mut Value, address: &str, values: Value) {
    let (planned, configured) = new(address, values);
    let resources = &mut plan["planned_values"]["root_module"]["resources"];
    resources.as_array_mut().unwrap().insert(0, planned);
    push(
        &mut plan["configuration"]["root_module"]["resources"],
        configured,
    );
}

/// A resource as it is planned, and as it is configured.
fn new(address: &str, values: Value) -> (Value, Value) {
    let kind = address.split('.').next().unwrap();
    let expressions: serde_json::Map<String, Value> = values
        .as_object()
        .unwrap()
        .iter()
        .map(|(key, value)| (key.clone(), json!({"constant_value": value})))
        .collect();
    let of_both = json!({"address": address, "mode": "managed", "type": kind});
    let (mut planned, mut configured) = (of_both.clone(), of_both);
    planned["values"] = values;
    configured["provider_config_key"] = json!("aws");
    configured["expressions"] = json!(expressions);
    (planned, configured)
}

fn resource<'a>(plan: &'a mut Value, address: &str) -> &'a mut Value {
    of_address(
        &mut plan["planned_values"]["root_module"]["resources"],
        address,
    )
}

fn config<'a>(plan: &'a mut Value, address: &str) -> &'a mut Value {
    of_address(
        &mut plan["configuration"]["root_module"]["resources"],
        address,
    )
}

/// Has a value known only after the apply.
fn unknown(resource: &mut Value, attribute: &str) {
    let values = resource["values"].as_object_mut().unwrap();
    values.remove(attribute);
}

fn configure(plan: &mut Value, address: &str, attribute: &str, expression: &Value) {
    config(plan, address)["expressions"][attribute] = expression.clone();
}

fn of_address<'a>(resources: &'a mut Value, address: &str) -> &'a mut Value {
    let mut resources = resources.as_array_mut().unwrap().iter_mut();
    let ends = |one: &&mut Value| one["address"].as_str().unwrap().ends_with(address);
    resources.find(ends).unwrap()
}

fn push(list: &mut Value, item: Value) {
    list.as_array_mut().unwrap().push(item);
}

/// What a plan's configuration leaves out, and what it tells of objects that are not planned.
#[test]
fn what_a_plan_tells_in_another_place_is_looked_for_there() {
    let change = |address: &str, kind: &str, more: Value| {
        let mut change = json!({"address": address, "mode": "managed", "type": kind,
            "change": {"actions": ["update"], "after_unknown": {}}});
        let more = more.as_object().unwrap().clone();
        change.as_object_mut().unwrap().extend(more);
        change
    };
    // `dynamic` blocks are not in the configuration; that a name comes later is.
    let user = "aws_iam_user.product[\"svc-micetro\"]";
    for (unknown, rules) in [
        (json!({"tags": {"team": true}}), 1),
        (json!({"tags": true}), 0),
        (json!({"tags_all": true, "tags": {}}), 1),
    ] {
        let told = plan(|plan| {
            let after =
                json!({"change": {"actions": ["update"], "after_unknown": unknown.clone()}});
            let changes = &mut plan["resource_changes"];
            changes
                .as_array_mut()
                .unwrap()
                .retain(|one| one["address"] != user);
            push(changes, change(user, "aws_iam_user", after));
            let config = config(plan, "aws_iam_user.product");
            config["expressions"]
                .as_object_mut()
                .unwrap()
                .remove("tags");
        });
        assert_eq!(told.rules.len(), rules, "{unknown}: {}", told.text);
    }
    // An object that was replaced and is still there says nothing of the one that is planned.
    let told = plan(|plan| {
        let address = "aws_iam_user_group_membership.more";
        add(plan, address, json!({"user": "svc-micetro"}));
        configure(
            plan,
            address,
            "groups",
            &json!({"references": ["terraform_data.x.output"]}),
        );
        let kind = "aws_iam_user_group_membership";
        let unknown = json!({"change": {"actions": ["create"], "after_unknown": {"groups": true}}});
        push(
            &mut plan["resource_changes"],
            change(address, kind, unknown),
        );
        let deposed = json!({"deposed": "0a1b2c3d", "change": {"actions": ["delete"], "before": {}, "after_unknown": {}}});
        push(
            &mut plan["resource_changes"],
            change(address, kind, deposed),
        );
    });
    assert!(!told.rules.is_empty(), "{}", told.text);
    // With `count = 0`, what is configured is not planned, and a provisioner runs when the last is destroyed.
    let told = plan(|plan| {
        let mut config = new("terraform_data.gone", json!({})).1;
        config["provisioners"] = json!([{"type": "local-exec", "expressions": {}}]);
        push(
            &mut plan["configuration"]["root_module"]["resources"],
            config,
        );
    });
    assert_eq!(told.rules, ["not-understood"]);
}

/// What one root module gives to a principal of another.
#[test]
fn what_a_plan_gives_to_a_principal_that_it_does_not_create_is_compared() {
    let administrator = "arn:aws:iam::aws:policy/AdministratorAccess";
    let to_user = json!({"user": "svc-micetro", "policy_arn": administrator});
    let to_group = json!({"group": "micetro-access", "policy_arn": administrator});
    for (account, address, values, rules) in [
        (
            HUB,
            "aws_iam_user_policy_attachment.x",
            to_user,
            &["foreign-managed-policy"][..],
        ),
        (
            HUB,
            "aws_iam_group_policy_attachment.x",
            to_group,
            &["foreign-managed-policy"],
        ),
        (
            HUB,
            "aws_iam_group_membership.x",
            json!({"group": "Micetro-access", "users": ["mallory"]}),
            &["foreign-member"],
        ),
        (
            HUB,
            "aws_iam_user_group_membership.x",
            json!({"user": "svc-micetro", "groups": ["admins"]}),
            &["foreign-group"],
        ),
        (
            DEV,
            "aws_iam_role_policy_attachment.x",
            json!({"role": "MicetroAccess", "policy_arn": administrator}),
            &["foreign-managed-policy"],
        ),
        (
            DEV,
            "aws_iam_role_policy.x",
            json!({"role": "MicetroAccess", "name": "more", "policy": ALL}),
            &["foreign-inline-policy"],
        ),
        (
            DEV,
            "aws_iam_role_policy.x",
            json!({"role": "MicetroAccess", "name": "micetro", "policy": ALL}),
            &["widened-grant"],
        ),
        (
            DEV,
            "aws_iam_instance_profile.x",
            json!({"role": "MicetroAccess", "name": "more"}),
            &["foreign-instance-profile"],
        ),
    ] {
        let told = plan(|plan| {
            let provider = &mut plan["configuration"]["provider_config"]["aws"]["expressions"];
            provider["allowed_account_ids"] = json!({"constant_value": [account]});
            for part in ["planned_values", "configuration"] {
                plan[part]["root_module"]["resources"] = json!([]);
            }
            add(plan, address, values.clone());
        });
        let mut found = told.rules;
        found.retain(|rule| rule != "not-deployed");
        assert_eq!(found, rules, "{address} {values}");
        let said = "is not created by the Terraform plan";
        assert!(told.text.contains(said), "{}", told.text);
    }
}

#[test]
fn what_is_named_as_planned_but_for_the_case_is_compared() {
    let administrator = json!({
        "PolicyName": "AdministratorAccess",
        "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess",
    });
    let rename = |it: &mut Value, key: &str, name: &str| {
        let arn = it["Arn"].as_str().unwrap();
        let (before, _) = arn.rsplit_once('/').unwrap();
        it["Arn"] = json!(format!("{before}/{name}"));
        it[key] = json!(name);
    };
    let told = snapshots(DEV, |snapshot| {
        let role = &mut snapshot["RoleDetailList"][0];
        rename(role, "RoleName", "micetroaccess");
        push(&mut role["AttachedManagedPolicies"], administrator.clone());
        let statement = &mut role["AssumeRolePolicyDocument"]["Statement"][0];
        *statement = json!({"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"});
    });
    assert_eq!(
        told.rules,
        ["foreign-managed-policy", "changed-trust", "not-deployed"],
        "{}",
        told.text
    );
    let told = snapshots(HUB, |snapshot| {
        let group = &mut snapshot["GroupDetailList"][0];
        rename(group, "GroupName", "Micetro-Access");
        push(&mut group["AttachedManagedPolicies"], administrator.clone());
        let user = &mut snapshot["UserDetailList"][0];
        let mut other = user.clone();
        user["GroupList"] = json!(["Micetro-Access"]);
        rename(&mut other, "UserName", "mallory");
        other["GroupList"] = json!(["Micetro-Access"]);
        push(&mut snapshot["UserDetailList"], other);
    });
    for rule in ["foreign-managed-policy", "foreign-member", "not-deployed"] {
        assert!(
            told.rules.contains(&rule.to_owned()),
            "{rule}: {}",
            told.text
        );
    }
    // The age of its keys counts as well.
    let old_key = Path::new("fixtures/audit/old-key/credentials.csv");
    let told = snapshots_with(HUB, old_key, |snapshot| {
        rename(
            &mut snapshot["UserDetailList"][0],
            "UserName",
            "SVC-micetro",
        );
    });
    assert_eq!(
        told.rules,
        ["foreign-member", "old-access-key", "not-deployed"],
        "{}",
        told.text
    );
}

#[test]
fn tags_of_a_managed_policy_in_a_plan_are_compared() {
    let told = plan(|plan| {
        let policy = resource(plan, "aws_iam_policy.micetro");
        policy["values"]["tags_all"] = json!({"owner": "mallory"});
    });
    assert_eq!(told.rules, ["changed-tags"], "{}", told.text);
    let said = "managed policy micetro-access-micetro is now tagged owner = mallory";
    assert!(told.text.contains(said), "{}", told.text);
    let told = plan(|plan| {
        let address = "aws_iam_policy.micetro";
        let tags = json!({"address": address, "mode": "managed", "type": "aws_iam_policy",
            "change": {"actions": ["update"], "after_unknown": {"tags": {"owner": true}}}});
        let changes = &mut plan["resource_changes"];
        let others = |one: &Value| one["address"] != address;
        changes.as_array_mut().unwrap().retain(others);
        push(changes, tags);
    });
    assert_eq!(told.rules, ["not-understood"], "{}", told.text);
}

#[test]
fn what_lets_an_organization_into_its_accounts_is_not_understood() {
    let told = plan(|plan| {
        let features = json!({"enabled_features": ["RootSessions"]});
        add(plan, "aws_iam_organizations_features.x", features);
    });
    assert_eq!(told.rules, ["not-understood"], "{}", told.text);
}

/// A snapshot that was saved without `Role` in its filter.
#[test]
fn a_snapshot_without_a_role_is_not_understood() {
    let told = snapshots(HUB, |snapshot| snapshot["RoleDetailList"] = json!([]));
    assert_eq!(told.rules, ["not-understood"], "{}", told.text);
    assert!(told.text.contains("save it with Role"), "{}", told.text);
}
