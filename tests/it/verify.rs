//! What a kit says must be in the accounts, compared with expected files, and how its script of bash calls AWS: with a
//! program in the place of the AWS CLI, which writes down how it is called. Against a live account it is run by
//! `conformance/verified.rs`.

use std::fs;
use std::path::Path;
use std::process::Command;

use landgrant::kit::verification;
use landgrant::model::Site;
use landgrant::plan::{Plan, access};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{golden, pipeline, tools};

/// Cases that each have something which the others have not: managed policies of roles, policies of a user, roles that
/// CloudFormation works as, a principal that exists, one list of roles, another partition, instance profiles,
/// OIDC providers.
const CASES: [&str; 9] = [
    "micetro-cn",
    "micetro-overrides",
    "micetro-two-targets",
    "multitool-roles",
    "role-list-json",
    "shape-stackset-self-managed",
    "split-role",
    "trust-ec2",
    "trust-github-provider",
];

/// An external id of the case `multitool-roles`.
const EXTERNAL_ID: &str = "3f1c2f4e-6d5b-4f2a-9a7d-0c8f5e1b7a61";

#[test]
fn what_must_be_there_is_as_expected() {
    let mut faults = Vec::new();
    for case in CASES {
        let text = expected_text(&pipeline::fixture(case).plan);
        let file = format!("fixtures/verify/{case}.json");
        faults.extend(golden::compare_text(&text, Path::new(&file)));
        assert_eq!(text, expected_text(&pipeline::fixture(case).plan));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// No user, group, role or policy of the plan is forgotten, in any case.
#[test]
fn everything_that_is_planned_is_looked_at() {
    for case in pipeline::fixture_names() {
        let plan = pipeline::fixture(&case).plan;
        let access = access(&plan);
        let expected: Value = serde_json::from_str(&expected_text(&plan)).unwrap();
        let count = |name: &str| expected[name].as_array().unwrap().len();
        let accounts = expected["accounts"].as_object().unwrap();
        let roles = accounts
            .values()
            .flat_map(|roles| roles.as_array().unwrap());
        let roles: Vec<&Value> = roles.collect();
        assert_eq!(
            count("users") + count("groups") + roles.len(),
            access.identities.len(),
            "{case}"
        );
        let managed = roles.iter().map(|role| {
            let shape = usize::try_from(role["shape"].as_u64().unwrap()).unwrap();
            let shape = &expected["shapes"][shape];
            shape["managed"].as_object().unwrap().len()
        });
        let managed = count("policies") + managed.sum::<usize>();
        assert_eq!(managed, access.managed_policies.len(), "{case}");
    }
}

#[test]
fn a_thousand_targets_are_told_in_little() {
    let targets: String = (1..=1_000)
        .map(|n| format!("  - {{account: \"{n:012}\", name: t{n}}}\n"))
        .collect();
    let text = format!(
        "schema: landgrant/deployment/v1\nname: many\noutputs: [terraform]\n\
         hub: {{account: \"999999999999\", user: svc-micetro, group: micetro-access}}\n\
         products:\n  - {{catalog: micetro@10.2, features: [account, multi-account, dns, network]}}\n\
         role: {{name: MicetroAccess}}\ntargets:\n{targets}"
    );
    let plan = pipeline::build_text(&text).unwrap().plan;
    let size = expected_text(&plan).len();
    assert!(size < 500_000, "{size} bytes");
}

/// Whatever a document says in another order, or as a list of one, is the same; whatever else differs is told.
#[test]
fn documents_are_compared_as_iam_means_them() {
    let Some(kit) = kit("multitool-roles") else {
        return;
    };
    let plan = pipeline::fixture("multitool-roles").plan;
    let (role, target) = (&plan.roles[0], &plan.targets[0]);
    let site = Site {
        partition: plan.partition,
        account: &target.account,
    };
    let trust = json!({
        "Statement": {
            "Condition": {"StringEquals": {"sts:ExternalId": [EXTERNAL_ID]}},
            "Principal": {"AWS": ["arn:aws:iam::111111111111:role/ci/deployer"]},
            "Action": ["sts:AssumeRole"],
            "Effect": "Allow",
        },
        "Version": "2012-10-17",
    });
    let mut document = role.permissions[0].document.to_json(site);
    for statement in document["Statement"].as_array_mut().unwrap() {
        if let Some(actions) = statement["Action"].as_array_mut() {
            actions.reverse();
        }
    }
    document["Statement"].as_array_mut().unwrap().reverse();
    let there = |trust: &Value, document: &Value| {
        let name = role.permissions[0].name.as_str();
        json!({"user": [], "group": [], "policy": [], "role": [{
            "name": "MultiToolDeploy", "path": "/", "boundary": null, "attached": null, "trust": trust,
            "inline": [{"PolicyName": name, "PolicyDocument": document}],
        }]})
    };
    fs::write(
        kit.path().join("there"),
        there(&trust, &document).to_string(),
    )
    .unwrap();
    let (code, said) = verify(&kit, &[]);
    assert!(
        code == 0 && said.contains("ok         role MultiToolDeploy\n"),
        "{said}"
    );

    // Another external id is another trust, and neither of the two is printed.
    let mut other = trust.clone();
    other["Statement"]["Condition"]["StringEquals"]["sts:ExternalId"] = "guessed".into();
    // A Sid is not an order.
    let mut renamed = document.clone();
    renamed["Statement"][0]["Sid"] = "Other".into();
    fs::write(
        kit.path().join("there"),
        there(&other, &renamed).to_string(),
    )
    .unwrap();
    let (code, said) = verify(&kit, &[]);
    assert_eq!(code, 1);
    assert!(said.contains("0 ok, 2 DIFFERENT"), "{said}");
    assert!(
        !said.contains("guessed") && !said.contains(EXTERNAL_ID),
        "{said}"
    );
    assert!(
        said.lines().all(|line| line.chars().count() <= 80),
        "{said}"
    );
}

/// moto takes any external id of another account's principal, so that this is seen in how AWS is called.
#[test]
fn an_external_id_is_sent_and_not_printed() {
    let Some(kit) = kit("multitool-roles") else {
        return;
    };
    let (code, said) = verify(&kit, &["--assume", "--account", "222222222222"]);
    assert_eq!(code, 0, "{said}");
    assert!(
        said.contains("222222222222  ok         role MultiToolDeploy: assumed"),
        "{said}"
    );
    assert!(!said.contains(EXTERNAL_ID), "{said}");
    let calls = fs::read_to_string(kit.path().join("calls")).unwrap();
    let assumed: Vec<&str> = calls
        .lines()
        .filter(|call| call.contains("assume-role"))
        .collect();
    let [call] = assumed[..] else {
        panic!("{calls}")
    };
    assert!(
        call.contains(&format!("[--external-id][{EXTERNAL_ID}]")),
        "{call}"
    );
    assert!(
        call.contains("[arn:aws:iam::222222222222:role/MultiToolDeploy]"),
        "{call}"
    );
    // All that the AWS CLI prints of a session is whose it is.
    assert!(call.contains("[--query][AssumedRoleUser.Arn]"), "{call}");
}

/// What cannot be compared in whole is never called as planned.
#[test]
fn an_answer_that_is_not_understood_is_a_failure() {
    let Some(kit) = kit("multitool-roles") else {
        return;
    };
    for there in [
        "",
        "{\"user\": [], \"group\": [], \"policy\": [",
        "{\"user\": [], \"group\": [], \"policy\": [], \"role\": \"none\"}",
        "[]",
    ] {
        fs::write(kit.path().join("there"), there).unwrap();
        let (code, said) = verify(&kit, &[]);
        assert_eq!(code, 2, "{there}: {said}");
        assert!(said.contains("FAILED"), "{there}: {said}");
        assert!(
            !said.contains("All of this is as planned"),
            "{there}: {said}"
        );
    }
}

/// The system may kill any program for want of memory. What it did not say is not as planned.
#[cfg(target_os = "linux")]
#[test]
fn what_a_killed_program_did_not_say_is_missed() {
    let Some(kit) = kit("micetro-two-targets") else {
        return;
    };
    // It holds what is planned. The parent of the shell that asks is the worker of one account.
    fs::write(
        kit.path().join("run.sh"),
        r#"library=$(sed -n "/^library='/,/'$/p" verify.sh | sed "1s/^library='//; \$ s/'$//")
        export library
        aws() {
          local all=$* account parent
          account=${all##*acme-}
          case "$2" in
          get-caller-identity)
            if [ "${KILLED:-}" = "$account" ]; then
              read -r _ _ _ parent _ </proc/$BASHPID/stat
              kill -9 "$parent"
            fi
            echo "[\"$account\",\"arn:aws:iam::$account:user/x\"]" ;;
          get-role) echo 3600 ;;
          get-account-authorization-details)
            jq -c --arg account "$account" "$library"'
              [planned($account)] as $all
              | def of($kind): [$all[] | select(.kind == $kind)
                  | if .inline then .inline |= (to_entries | map({PolicyName: .key, PolicyDocument: .value})) else . end];
                {user: of("user"), group: of("group"), role: of("role"), policy: of("policy")}' verify/expected.json ;;
          esac
        }
        tee() {
          local lines
          lines=$(cat)
          case $lines in *"\"${LOST:-none}\""*ok*) kill -9 "$BASHPID" ;; esac
          printf '%s\n' "$lines" | command tee "$@"
        }
        export -f aws tee
        bash ./verify.sh "$@" 2>/dev/null
        "#,
    )
    .unwrap();
    let said = |name: &str, value: &str| {
        let output = Command::new("bash")
            .args(["run.sh", "--profiles", "acme-{account}"])
            .current_dir(kit.path())
            .env(name, value)
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        (output.status.code().unwrap(), said)
    };
    let (code, told) = said("KILLED", "");
    assert_eq!(code, 0, "{told}");
    assert!(
        told.contains("5 ok\nAll of this is as planned.\n"),
        "{told}"
    );
    for (name, what) in [
        ("KILLED", "the look at this account: it was stopped"),
        ("LOST", "role MicetroAccess: nothing was said of it"),
    ] {
        let (code, told) = said(name, "222222222222");
        assert_eq!(code, 2, "{told}");
        assert!(
            told.contains(&format!("222222222222  FAILED     {what}")),
            "{told}"
        );
        assert!(
            told.contains("4 ok, 1 FAILED\nNot everything could be looked at.\n"),
            "{told}"
        );
    }
}

/// The AWS CLI reads a file or an address where a value names one.
#[test]
fn an_external_id_that_names_a_file_is_not_sent() {
    let Some(kit) = kit("multitool-roles") else {
        return;
    };
    let path = kit.path().join("verify/expected.json");
    let text = fs::read_to_string(&path).unwrap();
    for named in [
        "file:///etc/hostname",
        "fileb:///etc/hostname",
        "https://example.com/",
        "--debug",
    ] {
        fs::write(&path, text.replace(EXTERNAL_ID, named)).unwrap();
        let _ = fs::remove_file(kit.path().join("calls"));
        let (code, said) = verify(&kit, &["--assume", "--account", "222222222222"]);
        assert_eq!(code, 2, "{said}");
        assert!(said.contains("FAILED") && !said.contains(named), "{said}");
        let calls = fs::read_to_string(kit.path().join("calls")).unwrap();
        assert!(!calls.contains("assume-role"), "{calls}");
    }
}

/// In China, nothing is asked of another partition.
#[test]
fn the_region_is_one_of_the_partition() {
    let Some(kit) = kit("micetro-cn") else { return };
    let (_, said) = verify(&kit, &["--assume"]);
    let calls = fs::read_to_string(kit.path().join("calls")).unwrap();
    assert!(!calls.is_empty(), "{said}");
    assert!(
        calls
            .lines()
            .all(|call| call.contains("[--region][cn-northwest-1]")),
        "{calls}"
    );
}

fn expected_text(plan: &Plan) -> String {
    verification(plan)["verify/expected.json"].to_owned()
}

/// A kit with something in the place of the AWS CLI; nothing where bash or jq is missing, which is said.
fn kit(case: &str) -> Option<TempDir> {
    if let Err(missing) = tools::shell() {
        assert!(!tools::in_ci(), "{missing}");
        println!("skipped: {missing}");
        return None;
    }
    let kit = tempfile::tempdir().unwrap();
    for (path, text) in &verification(&pipeline::fixture(case).plan) {
        let path = kit.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    // A function of bash goes before a program, in the scripts that it starts too.
    let aws = "aws() {\n  { printf '[%s]' \"$@\"; echo; } >>calls\n  case \"$2\" in\n  \
               get-caller-identity) echo '[\"222222222222\",\"arn:aws:iam::111111111111:user/svc-micetro\"]' ;;\n  \
               get-role) echo 3600 ;;\n  assume-role) echo '\"arn\"' ;;\n  \
               get-account-authorization-details) cat there ;;\n  esac\n}\nexport -f aws\nbash ./verify.sh \"$@\"\n";
    fs::write(kit.path().join("run.sh"), aws).unwrap();
    Some(kit)
}

/// Exit code and output.
fn verify(kit: &TempDir, arguments: &[&str]) -> (i32, String) {
    let output = Command::new("bash")
        .arg("run.sh")
        .args(arguments)
        .current_dir(kit.path())
        .env_remove("AWS_REGION")
        .env_remove("AWS_DEFAULT_REGION")
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let said = String::from_utf8(output.stdout).unwrap();
    (output.status.code().unwrap(), said)
}
