//! Generated trust policies, held against another implementation of IAM: the simulator of `@cloud-copilot/iam-simulate`,
//! which is run as a tool. What the audit says for sure, the simulator says for every request that was tried.
//!
//! The evaluator of the tests, which is written apart from both, says it of those that it reads, without any tool.
//!
//! `LANDGRANT_TRUST_CASES` and `LANDGRANT_TRUST_SEED` make longer runs. Without Node or npm it is a skip with the reason, or
//! a failure in CI.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::process::Command;

use landgrant::audit::TrustPolicy;
use landgrant::model::{Access, Holds, IdentityKind};
use landgrant::readback::{read_policy, read_trust_policy};
use serde_json::{Map, Value, json};

use crate::support::evaluate::{Assumption, Context, Decision, World};
use crate::support::generated_trust::{Case, Generator};
use crate::support::{node, tools};

/// Pairs of a policy and a caller.
const CASES: usize = 5500;
const SEED: u64 = 20_261_124;
/// Of a sure yes and a sure no, and of neither, there are at least so many in a hundred.
const FEWEST: [(&str, usize); 3] = [("yes", 10), ("no", 20), ("depends", 5)];

fn given<T: std::str::FromStr>(variable: &str, default: T) -> T {
    let text = env::var(variable).ok();
    text.and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn what_is_said_for_sure_of_a_trust_policy_the_simulator_says_too() {
    let node = match node::node("trust") {
        Ok(node) => node,
        Err(missing) if tools::in_ci() => panic!("{missing}"),
        Err(missing) => {
            eprintln!("skipped: {missing}");
            return;
        }
    };
    let mut generator = Generator::new(given("LANDGRANT_TRUST_SEED", SEED));
    let cases: Vec<Case> = (0..given("LANDGRANT_TRUST_CASES", CASES))
        .map(|_| generator.case())
        .collect();
    let said: Vec<Holds> = cases.iter().map(Case::said).collect();
    let asked: Vec<Value> = cases
        .iter()
        .zip(&said)
        .map(|(case, said)| {
            json!({
                "policy": case.policy,
                "caller": case.caller.simulated,
                "action": case.caller.action,
                "account": case.account,
                "permitted": case.is_permitted(said),
                "contexts": match said {
                    Holds::Depends(_) => Vec::new(),
                    _ => case.choices.iter().flatten().collect(),
                },
            })
        })
        .collect();
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), Value::from(asked).to_string()).unwrap();
    let output = Command::new(&node.program)
        .arg("tests/trust/judge.mjs")
        .arg(&node.modules)
        .arg(file.path())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let answers: Vec<String> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answers.len(), cases.len());

    let mut counted: BTreeMap<&str, usize> = BTreeMap::new();
    let mut requests = 0;
    let mut disagreements = Vec::new();
    for ((case, said), answers) in cases.iter().zip(&said).zip(&answers) {
        requests += answers.len();
        assert!(!answers.contains('E'), "no policy: {}", case.policy);
        let mut letters = answers.chars().map(|letter| letter == 'A');
        let by_choice: Vec<Vec<bool>> = case
            .choices
            .iter()
            .map(|requests| letters.by_ref().take(requests.len()).collect())
            .collect();
        // Of whom only the account is known, another principal of it may be the one that is let in.
        let agreed = agrees(said, &by_choice) || case.caller.is_anyone() && *said == Holds::Yes;
        let what = match said {
            Holds::Yes => "yes",
            Holds::No => "no",
            Holds::Depends(_) => "depends",
        };
        let explained = case.departure().filter(|_| !agreed);
        *counted.entry(explained.unwrap_or(what)).or_default() += 1;
        if !agreed && explained.is_none() {
            disagreements.push(format!(
                "{what} for {} in {}: {}\n{answers} {}",
                case.caller.simulated,
                case.account,
                case.policy,
                json!(case.choices)
            ));
        }
    }
    println!("{} pairs, {requests} requests: {counted:?}", cases.len());
    for (what, least) in FEWEST {
        let found = counted.get(what).copied().unwrap_or_default();
        assert!(found * 100 >= cases.len() * least, "{what}: {found}");
    }
    let count = disagreements.len();
    disagreements.truncate(5);
    assert_eq!(count, 0, "{}", disagreements.join("\n\n"));
}

/// Whether what is said for sure is what each request is answered, by choice and state; of neither it is always so.
fn agrees(said: &Holds, choices: &[Vec<bool>]) -> bool {
    match said {
        // One choice of what the caller sends is enough, and nothing else changes that.
        Holds::Yes => choices
            .iter()
            .any(|states| states.iter().all(|allowed| *allowed)),
        Holds::No => choices.iter().flatten().all(|allowed| !allowed),
        Holds::Depends(_) => true,
    }
}

#[test]
fn what_is_said_for_sure_of_a_trust_policy_the_evaluator_says_too() {
    let mut generator = Generator::new(SEED + 1);
    let mut looked_at = 0;
    // It reads a part of them only.
    for _ in 0..2 * CASES {
        let case = generator.case();
        let said = case.said();
        if case.caller.account().is_none() || case.caller.is_anyone() {
            continue;
        }
        let text = case.policy.to_string();
        // The audit does not ask whether the caller may pass session tags or a source identity.
        let lower = text.to_lowercase();
        if ["aws:requesttag/", "sts:sourceidentity"]
            .iter()
            .any(|key| lower.contains(key))
        {
            continue;
        }
        // What it does not read, it refuses.
        let odd = [
            "NotPrincipal",
            "NotAction",
            "IpAddress",
            "Date",
            "2008-10-17",
            ":iam::${",
            "${\"",
            "aws:TagKeys",
            "aws:tagkeys",
        ];
        let is_odd =
            odd.iter().any(|odd| text.contains(odd)) || text.contains("${") && text.contains("Not");
        if is_odd || matches!(said, Holds::Depends(_)) {
            continue;
        }
        looked_at += 1;
        let role = format!("arn:aws:iam::{}:role/target", case.account);
        let mut access = Access::default();
        let identity = access.identity(&role, IdentityKind::Role);
        identity.trust = read_trust_policy("", &case.policy).unwrap();
        identity.max_session = Some(3600);
        let permitted = case.is_permitted(&said);
        let grants = read_policy(
            "",
            &json!({"Version": "2012-10-17", "Statement": {
                "Effect": if permitted { "Allow" } else { "Deny" },
                "Action": if permitted { "sts:AssumeRole" } else { "sts:GetFederationToken" },
                "Resource": "*",
            }}),
        );
        let arn = case.caller.simulated;
        let world = World::new(&access).with_outsider(arn, grants.unwrap());
        let session = "arn:aws:sts::111111111111:assumed-role/ci/session";
        let allows = |request: &Map<String, Value>| {
            let pairs: Vec<(&str, &str)> = request
                .iter()
                .map(|(key, value)| (key.as_str(), value.as_str().unwrap()))
                .collect();
            let decision = world.assume_role(&Assumption {
                caller: if arn.contains(":role/") { session } else { arn },
                role: &role,
                external_id: None,
                seconds: 3600,
                context: Context::new(&pairs),
            });
            decision == Decision::Allowed
        };
        let answers: Vec<Vec<bool>> = case
            .choices
            .iter()
            .map(|requests| requests.iter().map(allows).collect())
            .collect();
        assert!(
            agrees(&said, &answers),
            "{said:?} for {arn} in {}: {text}\n{answers:?} {}",
            case.account,
            json!(case.choices)
        );
    }
    assert!(looked_at * 3 > CASES, "{looked_at}");
}

#[test]
fn the_lock_of_the_judge_names_no_host() {
    let lock = fs::read_to_string("tests/trust/package-lock.json").unwrap();
    assert!(!lock.contains("\"resolved\""));
}

/// What holds of each example, for a user of the hub account in another account.
#[test]
fn each_condition_is_read_as_aws_documents_it() {
    let user = "arn:aws:iam::111111111111:user/svc-micetro";
    let mut caller = landgrant::audit::Caller::new(user).unwrap();
    caller.tags = Some(BTreeMap::from([("team".to_owned(), "dns".to_owned())]));
    for (condition, expected) in [
        (json!({"StringLike": {"aws:PrincipalAccount": "*"}}), "yes"),
        (
            json!({"StringLike": {"aws:PrincipalAccount": "1111*"}}),
            "yes",
        ),
        (
            json!({"StringEquals": {"aws:PrincipalAccount": "1111*"}}),
            "no",
        ),
        (
            json!({"StringEquals": {"AWS:principalaccount": ["222222222222", "111111111111"]}}),
            "yes",
        ),
        (
            json!({"ForAnyValue:StringEquals": {"aws:PrincipalAccount": ["111111111111"]}}),
            "yes",
        ),
        (
            json!({"ForAllValues:ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/svc-*"}}),
            "yes",
        ),
        (
            json!({"ForAllValues:StringEquals": {"aws:SourceAccount": "999999999999"}}),
            "yes",
        ),
        (
            json!({"ForAnyValue:StringNotEquals": {"aws:SourceAccount": "999999999999"}}),
            "no",
        ),
        (
            json!({"StringEqualsIgnoreCase": {"aws:PrincipalArn": "ARN:AWS:IAM::111111111111:USER/SVC-MICETRO"}}),
            "yes",
        ),
        (
            json!({"StringEquals": {"aws:PrincipalArn": "ARN:AWS:IAM::111111111111:USER/SVC-MICETRO"}}),
            "no",
        ),
        (
            json!({"StringEquals": {"aws:PrincipalArn": "${aws:PrincipalArn}"}}),
            "yes",
        ),
        (
            json!({"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::${aws:PrincipalAccount}:user/${aws:username}"}}),
            "yes",
        ),
        (
            json!({"StringEquals": {"aws:PrincipalTag/team": "${aws:PrincipalTag/other, 'dns'}"}}),
            "yes",
        ),
        (
            json!({"StringNotEquals": {"aws:PrincipalTag/team": "dns"}}),
            "no",
        ),
        (
            json!({"StringNotEquals": {"aws:PrincipalTag/tema": "dns"}}),
            "yes",
        ),
        (
            json!({"StringEqualsIfExists": {"aws:SourceArn": "arn:aws:s3:::b"}}),
            "yes",
        ),
        (json!({"Null": {"aws:username": "false"}}), "yes"),
        (json!({"Null": {"aws:PrincipalTag/team": true}}), "no"),
        (
            json!({"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}}),
            "yes",
        ),
        (
            json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::9*:user/*"}}),
            "no",
        ),
        (
            json!({"NumericLessThan": {"aws:PrincipalAccount": "111111111112"}}),
            "yes",
        ),
        (
            json!({"Bool": {"aws:PrincipalIsAWSService": "false"}}),
            "yes",
        ),
        (json!({"StringEquals": {"sts:ExternalId": "acme"}}), "yes"),
        (
            json!({"StringLike": {"sts:RoleSessionName": "${aws:username}"}}),
            "yes",
        ),
        (json!({"Null": {"sts:RoleSessionName": "true"}}), "no"),
        (
            json!({"StringEquals": {"aws:RequestTag/a": "b"}, "Null": {"aws:RequestTag/a": "true"}}),
            "aws:RequestTag/a",
        ),
        (
            json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
            "aws:MultiFactorAuthPresent",
        ),
        (
            json!({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
            "aws:SourceIp",
        ),
        (
            json!({"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}),
            "aws:CurrentTime",
        ),
        (
            json!({"StringEquals": {"aws:SourceVpc": "vpc-1"}}),
            "aws:SourceVpc",
        ),
        (
            json!({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}),
            "aws:PrincipalOrgID",
        ),
        (
            json!({"StringEquals": {"aws:username": "${aws:SourceVpc}"}}),
            "aws:SourceVpc",
        ),
        (
            json!({"StringNotEquals": {"aws:PrincipalArn": "${aws:SourceArn}"}}),
            "aws:PrincipalArn",
        ),
    ] {
        let policy = json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": "*", "Action": "sts:*", "Condition": condition,
        }]});
        let said = match TrustPolicy::parse(&policy)
            .unwrap()
            .lets_in(&caller, "222222222222")
        {
            Holds::Yes => "yes".to_owned(),
            Holds::No => "no".to_owned(),
            Holds::Depends(keys) => keys.into_iter().collect::<Vec<String>>().join(" "),
        };
        assert_eq!(said, expected, "{condition}");
    }
}
