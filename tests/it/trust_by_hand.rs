//! Trust policies as somebody would write them who wants a way in that nobody sees, or who believes that they keep a
//! caller out: what the audit says of each, for a user, a role and a whole account.

use std::collections::BTreeMap;

use landgrant::audit::{Caller, TrustPolicy};
use landgrant::model::Holds;
use serde_json::{Value, json};

const HUB: &str = "111111111111";
const TARGET: &str = "222222222222";
const ROOT: &str = "arn:aws:iam::111111111111:root";
const USER: &str = "arn:aws:iam::111111111111:user/svc-micetro";
const ROLE: &str = "arn:aws:iam::111111111111:role/ci";
const SESSION: &str = "arn:aws:sts::111111111111:assumed-role/ci/x";
const STRANGER: &str = "arn:aws:iam::999999999999:root";

fn user() -> Caller {
    let mut user = Caller::new(USER).unwrap();
    user.id = Some("AIDAEXAMPLE0000000000".to_owned());
    user.tags = Some(BTreeMap::from([("team".to_owned(), "dns".to_owned())]));
    user
}

/// What is said of a policy with these statements.
fn said(caller: &Caller, version: &str, statements: &Value) -> String {
    let policy = json!({"Version": version, "Statement": statements});
    match TrustPolicy::parse(&policy).unwrap().lets_in(caller, TARGET) {
        Holds::Yes => "in".to_owned(),
        Holds::No => "out".to_owned(),
        Holds::Depends(keys) => Vec::from_iter(keys).join(" and "),
    }
}

fn check(caller: &Caller, cases: &[(&str, Value)]) {
    for (expected, statements) in cases {
        let said = said(caller, "2012-10-17", statements);
        assert_eq!(said, *expected, "{} {statements}", caller.arn());
    }
}

fn statement(effect: &str, condition: &Value) -> Value {
    json!({"Effect": effect, "Principal": "*", "Action": "sts:*", "Condition": condition})
}

/// An allow of everybody with a condition.
fn only(condition: &Value) -> Value {
    json!([statement("Allow", condition)])
}

/// An allow of the hub, and a denial of everybody with a condition.
fn but(condition: &Value) -> Value {
    let allow = json!({"Effect": "Allow", "Principal": {"AWS": HUB}, "Action": "sts:AssumeRole"});
    json!([allow, statement("Deny", condition)])
}

/// An allow and a denial of everybody with conditions.
fn both(allow: &Value, deny: &Value) -> Value {
    json!([statement("Allow", allow), statement("Deny", deny)])
}

#[test]
fn whom_a_statement_names() {
    let allow = |element: &str, principal: Value| json!([{"Effect": "Allow", element: principal, "Action": "sts:AssumeRole"}]);
    let deny = |element: &str, principal: Value| {
        json!([
            {"Effect": "Allow", "Principal": {"AWS": ["*"]}, "Action": "sts:AssumeRole"},
            {"Effect": "Deny", element: principal, "Action": "sts:AssumeRole"},
        ])
    };
    let aws = |principal: &str| json!({"AWS": principal});
    check(
        &user(),
        &[
            ("in", allow("Principal", json!("*"))),
            ("in", allow("Principal", json!({"AWS": [STRANGER, "*"]}))),
            (
                "in",
                allow("Principal", json!({"AWS": 111_111_111_111_u64})),
            ),
            ("in", allow("Principal", aws(ROOT))),
            ("in", allow("Principal", aws(USER))),
            ("in", allow("Principal", aws("AIDAEXAMPLE0000000000"))),
            ("out", allow("Principal", aws("AIDADELETED0000000000"))),
            ("out", allow("Principal", aws(&USER.replace("svc", "SVC")))),
            (
                "out",
                allow("Principal", aws(&USER.replace("/svc", "/vendor/svc"))),
            ),
            ("out", allow("Principal", aws(ROLE))),
            (
                "Principal",
                allow("Principal", aws("arn:aws:iam::*:user/*")),
            ),
            (
                "Principal",
                deny("Principal", aws("arn:aws:iam::1*:user/svc-*")),
            ),
            ("out", allow("Principal", aws(STRANGER))),
            ("out", allow("Principal", json!({"Service": "*"}))),
            ("out", allow("Principal", json!({"Federated": "*"}))),
            ("in", allow("NotPrincipal", aws(STRANGER))),
            (
                "in",
                allow("NotPrincipal", json!({"Service": "ec2.amazonaws.com"})),
            ),
            ("out", allow("NotPrincipal", json!({"AWS": [USER, ROOT]}))),
            ("NotPrincipal", allow("NotPrincipal", aws(USER))),
            ("NotPrincipal", allow("NotPrincipal", aws(ROOT))),
            ("NotPrincipal", allow("NotPrincipal", aws("*"))),
            ("in", deny("NotPrincipal", json!({"AWS": [USER, ROOT]}))),
            ("NotPrincipal", deny("NotPrincipal", aws(USER))),
            ("NotPrincipal", deny("NotPrincipal", aws(ROOT))),
            ("NotPrincipal", deny("NotPrincipal", aws("*"))),
            (
                "out",
                deny("NotPrincipal", json!({"Service": "ec2.amazonaws.com"})),
            ),
            ("out", deny("NotPrincipal", aws(STRANGER))),
            ("in", deny("Principal", json!({"Service": "*"}))),
            ("in", deny("Principal", json!({"Federated": "*"}))),
            ("in", deny("Principal", aws(ROLE))),
            ("out", deny("Principal", json!("*"))),
            ("out", deny("Principal", aws(HUB))),
        ],
    );
    check(
        &Caller::new(ROLE).unwrap(),
        &[
            ("in", allow("Principal", aws(ROLE))),
            ("aws:userid", allow("Principal", aws(SESSION))),
            (
                "aws:userid",
                allow("Principal", aws("AROADELETED0000000000")),
            ),
            ("out", allow("Principal", aws("AIDADELETED0000000000"))),
            (
                "out",
                allow("Principal", aws(&SESSION.replace("/ci/", "/cd/"))),
            ),
            ("aws:userid", deny("Principal", aws(SESSION))),
            (
                "NotPrincipal",
                deny("NotPrincipal", json!({"AWS": [SESSION, ROOT]})),
            ),
            (
                "in",
                deny("NotPrincipal", json!({"AWS": [SESSION, ROLE, ROOT]})),
            ),
        ],
    );
    check(
        &Caller::new(ROOT).unwrap(),
        &[
            ("in", allow("Principal", aws(HUB))),
            ("in", allow("Principal", aws(USER))),
            ("in", allow("Principal", aws(SESSION))),
            (
                "in",
                allow(
                    "Principal",
                    aws("arn:aws:sts::111111111111:federated-user/ann"),
                ),
            ),
            (
                "aws:userid",
                allow("Principal", aws("AROADELETED0000000000")),
            ),
            (
                "aws:userid",
                allow("Principal", aws("AIDADELETED0000000000")),
            ),
            ("out", allow("Principal", aws(STRANGER))),
            (
                "Principal",
                allow("Principal", aws("arn:aws:iam::*:user/*")),
            ),
            ("aws:PrincipalArn", deny("Principal", aws(USER))),
            (
                "aws:userid",
                deny("Principal", aws("AROADELETED0000000000")),
            ),
            (
                "NotPrincipal",
                deny("NotPrincipal", json!({"AWS": [USER, ROOT]})),
            ),
            ("out", deny("Principal", aws(ROOT))),
        ],
    );
}

#[test]
fn what_a_statement_is_about() {
    let about = |element: &str, actions: Value| json!([{"Effect": "Allow", "Principal": {"AWS": ROOT}, element: actions}]);
    let cases = [
        ("in", about("Action", json!("sts:assumerole"))),
        ("in", about("Action", json!("STS:Assume*"))),
        ("in", about("Action", json!("sts:AssumeRol?"))),
        ("in", about("Action", json!(["sts:TagSession", "*"]))),
        ("in", about("Action", json!("s*:*e"))),
        ("in", about("NotAction", json!("sts:AssumeRole?*"))),
        ("in", about("NotAction", json!(["sts:TagSession", "iam:*"]))),
        ("out", about("Action", json!("sts:TagSession"))),
        (
            "out",
            about("Action", json!(["sts:TagSession", "sts:SetSourceIdentity"])),
        ),
        ("out", about("Action", json!("sts:AssumeRoleWith*"))),
        (
            "out",
            about("Action", json!("sts:AssumeRoleWithWebIdentity")),
        ),
        ("out", about("Action", json!("sts:AssumeRole?"))),
        ("out", about("NotAction", json!("sts:Assume*"))),
        (
            "out",
            about("NotAction", json!(["iam:*", "STS:ASSUMEROLE"])),
        ),
    ];
    check(&user(), &cases);
    // A denial of another action denies nothing.
    let denied = |action: &str| {
        json!([
            {"Effect": "Allow", "Principal": "*", "Action": "*"},
            {"Effect": "Deny", "Principal": "*", "Action": action},
        ])
    };
    check(
        &user(),
        &[
            ("in", denied("sts:TagSession")),
            ("in", denied("sts:AssumeRoleWithSAML")),
            ("out", denied("sts:assume*")),
        ],
    );
}

#[test]
fn who_the_caller_is() {
    let like = |key: &str, value: &str| only(&json!({"StringLike": {key: value}}));
    let arn = |operator: &str, value: &str| only(&json!({operator: {"aws:PrincipalArn": value}}));
    check(
        &user(),
        &[
            ("in", arn("ArnLike", "arn:aws:iam::11*:user/svc-*")),
            ("in", arn("ArnLike", "arn:aws:iam::?11111111111:*")),
            ("in", arn("ArnLike", "arn:*:iam::*:user/${aws:username}")),
            ("in", arn("StringLike", "*:user/${AWS:UserName}")),
            ("in", arn("StringLike", "arn:aws:*svc-micetro")),
            ("in", arn("ArnNotLike", "arn:aws:iam::*:role/*")),
            ("in", arn("StringNotEquals", &USER.to_uppercase())),
            ("in", arn("StringEqualsIgnoreCase", &USER.to_uppercase())),
            ("out", arn("ArnEquals", &USER.to_uppercase())),
            ("out", arn("StringEquals", "arn:aws:iam::*:user/*")),
            ("out", arn("ArnLike", "arn:aws:iam::*:user/vendor/*")),
            ("out", arn("ArnNotLike", "arn:aws:iam::1*:*")),
            // Text that is no ARN.
            ("aws:PrincipalArn", arn("ArnLike", "*")),
            ("in", like("AWS:PRINCIPALACCOUNT", "1*1")),
            ("in", like("aws:userid", "AIDA*")),
            ("out", like("aws:userid", "AROA*:*")),
            ("out", like("aws:PrincipalType", "AssumedRole")),
            ("in", like("aws:PrincipalTag/Team", "d?s")),
            ("out", like("aws:PrincipalTag/team", "DNS")),
            (
                "in",
                only(&json!({"StringEquals": {"aws:PrincipalAccount": "${aws:PrincipalAccount}"}})),
            ),
            (
                "out",
                only(&json!({"StringEquals": {"aws:PrincipalAccount": "${aws:ResourceAccount}"}})),
            ),
            (
                "in",
                only(
                    &json!({"StringNotEquals": {"aws:PrincipalAccount": "${aws:ResourceAccount}"}}),
                ),
            ),
            (
                "in",
                only(&json!({"Bool": {"aws:PrincipalIsAWSService": false}})),
            ),
            (
                "out",
                but(&json!({"Bool": {"aws:PrincipalIsAWSService": "false"}})),
            ),
            (
                "in",
                but(&json!({"Bool": {"aws:PrincipalIsAWSService": "true"}})),
            ),
            (
                "in",
                but(&json!({"Bool": {"aws:SecureTransport": "false"}})),
            ),
            ("in", only(&json!({"Null": {"aws:SourceArn": true}}))),
            (
                "out",
                only(&json!({"Null": {"aws:PrincipalServiceName": "false"}})),
            ),
            (
                "in",
                only(&json!({"Null": {"aws:PrincipalTag/owner": "true", "aws:username": "false"}})),
            ),
            (
                "in",
                only(&json!({
                    "StringLike": {"aws:PrincipalArn": "*svc*"}, "StringNotLike": {"aws:PrincipalArn": "*admin*"},
                })),
            ),
        ],
    );
    check(
        &Caller::new(ROLE).unwrap(),
        &[
            ("in", arn("ArnEquals", ROLE)),
            ("out", arn("ArnLike", "arn:aws:sts::*:assumed-role/ci/*")),
            ("in", like("aws:PrincipalType", "Assumed*")),
            ("aws:userid", like("aws:userid", "*:x")),
            ("in", only(&json!({"Null": {"aws:username": "true"}}))),
            (
                "aws:PrincipalTag/team",
                like("aws:PrincipalTag/team", "dns"),
            ),
        ],
    );
    check(
        &Caller::new(ROOT).unwrap(),
        &[
            ("aws:PrincipalArn", arn("ArnEquals", ROLE)),
            ("in", arn("ArnNotLike", "arn:aws:iam::9*:*")),
            ("out", arn("ArnLike", "arn:aws:iam::9*:*")),
            ("aws:PrincipalType", like("aws:PrincipalType", "Account")),
            ("aws:username", like("aws:username", "svc-*")),
        ],
    );
}

#[test]
fn what_the_caller_sends() {
    let id = |ids: &[&str]| json!({"StringEquals": {"sts:ExternalId": ids}});
    check(
        &user(),
        &[
            ("in", only(&id(&["a", "b"]))),
            ("in", but(&id(&["a", "b"]))),
            (
                "in",
                only(&json!({"StringNotEqualsIfExists": {"sts:ExternalId": "a"}})),
            ),
            ("in", only(&json!({"Null": {"sts:ExternalId": "true"}}))),
            (
                "in",
                but(&json!({"StringNotEquals": {"sts:ExternalId": "a"}})),
            ),
            ("in", but(&json!({"Null": {"sts:ExternalId": "true"}}))),
            // One choice for both: whether it meets both is not looked into.
            ("sts:ExternalId", both(&id(&["a"]), &id(&["a"]))),
            ("sts:ExternalId", both(&id(&["a", "b"]), &id(&["a"]))),
            (
                "STS:externalid and sts:ExternalId",
                both(&id(&["a"]), &json!({"StringLike": {"STS:externalid": "*"}})),
            ),
            (
                "sts:ExternalId",
                both(&id(&["a"]), &json!({"Null": {"sts:ExternalId": "false"}})),
            ),
            (
                "sts:RoleSessionName",
                both(
                    &json!({"StringEquals": {"sts:RoleSessionName": "a"}}),
                    &json!({"StringNotLike": {"sts:RoleSessionName": "${aws:username}-*"}}),
                ),
            ),
            // Whatever others may send instead, there is something else.
            (
                "in",
                only(
                    &json!({"StringNotEquals": {"sts:RoleSessionName": ["~~~~~~~~", "~~~~~~~~~", "~", "~~"]}}),
                ),
            ),
            (
                "in",
                but(&json!({"StringLike": {"sts:RoleSessionName": ["????????", "~~~~~~~~~"]}})),
            ),
            // Two choices.
            (
                "in",
                both(
                    &id(&["a"]),
                    &json!({"StringEquals": {"sts:RoleSessionName": "a"}}),
                ),
            ),
            (
                "in",
                but(&json!({"StringNotLike": {"sts:RoleSessionName": "${aws:username}-*"}})),
            ),
            (
                "out",
                only(&json!({"Null": {"sts:RoleSessionName": "true"}})),
            ),
            (
                "out",
                but(&json!({"StringLike": {"sts:RoleSessionName": "*"}})),
            ),
            (
                "in",
                only(&json!({"StringEquals": {"sts:SourceIdentity": "ops"}})),
            ),
            (
                "in",
                but(&json!({"StringNotEquals": {"sts:SourceIdentity": "ops"}})),
            ),
            (
                "aws:SourceIdentity and sts:SourceIdentity",
                both(
                    &json!({"StringEquals": {"sts:SourceIdentity": "ops"}}),
                    &json!({"StringEquals": {"aws:SourceIdentity": "ops"}}),
                ),
            ),
            (
                "in",
                only(&json!({"StringEquals": {"aws:RequestTag/a": "x", "aws:RequestTag/b": "y"}})),
            ),
            // The key of a tag comes with it.
            (
                "aws:RequestTag/a and aws:TagKeys",
                both(
                    &json!({"StringEquals": {"aws:RequestTag/a": "x"}}),
                    &json!({"ForAnyValue:StringEquals": {"aws:TagKeys": "a"}}),
                ),
            ),
            (
                "aws:RequestTag/a and sts:TransitiveTagKeys",
                only(&json!({
                    "ForAllValues:StringEquals": {"sts:TransitiveTagKeys": "b"},
                    "StringEquals": {"aws:RequestTag/a": "x"},
                })),
            ),
        ],
    );
}

#[test]
fn what_nobody_knows() {
    check(
        &user(),
        &[
            (
                "aws:PrincipalOrgID",
                only(&json!({"Null": {"aws:PrincipalOrgID": "true"}})),
            ),
            (
                "aws:PrincipalOrgPaths",
                only(
                    &json!({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/*"}}),
                ),
            ),
            (
                "aws:MultiFactorAuthPresent",
                only(&json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}})),
            ),
            (
                "aws:MultiFactorAuthPresent",
                but(&json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}})),
            ),
            (
                "aws:CurrentTime",
                only(&json!({"DateGreaterThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}})),
            ),
            (
                "aws:SourceIp",
                only(&json!({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}})),
            ),
            (
                "aws:SourceIp",
                but(&json!({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}})),
            ),
            (
                "sts:DurationSeconds",
                only(&json!({"NumericLessThanEquals": {"sts:DurationSeconds": 3600}})),
            ),
            (
                "aws:ViaAWSService",
                but(&json!({"Bool": {"aws:ViaAWSService": "false"}})),
            ),
            (
                "vendor:key",
                only(&json!({"StringEqualsIfExists": {"vendor:key": "x"}})),
            ),
            // What is written in a way that AWS does not document.
            (
                "aws:PrincipalAccount",
                only(&json!({"stringequals": {"aws:PrincipalAccount": HUB}})),
            ),
            (
                "aws:PrincipalAccount",
                only(&json!({"StringEquals": {"aws:PrincipalAccount": []}})),
            ),
            (
                "aws:PrincipalAccount",
                but(&json!({"StringNotEquals": {"aws:PrincipalAccount": []}})),
            ),
            (
                "aws:PrincipalIsAWSService",
                only(&json!({"Bool": {"aws:PrincipalIsAWSService": "False"}})),
            ),
            (
                "aws:PrincipalTag/team",
                only(&json!({"NullIfExists": {"aws:PrincipalTag/team": "true"}})),
            ),
            (
                "aws:PrincipalTag/team",
                only(&json!({"ForAllValues:Null": {"aws:PrincipalTag/team": "true"}})),
            ),
            (
                "aws:PrincipalTag/team",
                only(&json!({"Null": {"aws:PrincipalTag/team": "True"}})),
            ),
            (
                "aws:SourceArn",
                but(&json!({"Null": {"aws:SourceArn": "yes"}})),
            ),
            (
                "aws:PrincipalAccount",
                only(
                    &json!({"NumericNotEquals": {"aws:PrincipalAccount": "111111111111.0000001"}}),
                ),
            ),
            (
                "aws:TagKeys",
                only(&json!({"StringEquals": {"aws:TagKeys": "team"}})),
            ),
        ],
    );
}

#[test]
fn without_a_version_a_variable_is_text() {
    for (operator, expected) in [("StringEquals", "out"), ("StringNotEquals", "in")] {
        let statements = only(&json!({operator: {"aws:username": "${aws:username}"}}));
        assert_eq!(said(&user(), "2008-10-17", &statements), expected);
    }
}

#[test]
fn a_policy_that_is_longer_than_any_of_iam_is_not_evaluated() {
    let parsed = |ids: usize| {
        let ids: Vec<String> = (0..ids).map(|id| format!("{id:04}")).collect();
        let statements = only(&json!({"StringEquals": {"sts:ExternalId": ids}}));
        TrustPolicy::parse(&json!({"Version": "2012-10-17", "Statement": statements}))
    };
    assert!(parsed(1_000).is_ok());
    let why = parsed(10_000).unwrap_err();
    assert_eq!(why, "it has more than 16384 characters");
}
