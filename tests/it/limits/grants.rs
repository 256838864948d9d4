//! Few statements that stand for many grants, each on conditions with many combinations of values.

use super::cases::{Case, case};

const DEPLOYMENT: &str = "schema: landgrant/deployment/v1
name: acme
hub: {account: \"111111111111\", user: svc-acme, group: acme-access}
role: {name: AcmeRole}
products: [{catalog: micetro@10.2, features: [account, dns]}]
targets: [{account: \"222222222222\", name: dev}]
";

const CATALOG: &str = "schema: landgrant/catalog/v1
product: own
version: \"VERSION\"
title: Own
vendor: Own
sources: [{id: g, title: G}]
access: {authenticates_as: iam-user, external_id: optional}
features:
  f:
    title: F
    grant_to: [target]
    required:
";

pub(crate) fn cases() -> Vec<Case> {
    let names: Vec<String> = (0..220).map(|n| format!("a{n}")).collect();
    let each = |text: &dyn Fn(&str) -> String| -> String {
        let all: Vec<String> = names.iter().map(|name| text(name)).collect();
        all.join(",")
    };
    let policy = format!(
        "{{\"PolicyName\":\"own\",\"PolicyDocument\":{{\"Version\":\"2012-10-17\",\"Statement\":[{{\"Effect\":\"Allow\",\"Action\":[{}],\"Resource\":[{}],\"Condition\":{{\"StringLike\":{{{}}}}}}}]}}}}",
        each(&|name| format!("\"s3:{name}\"")),
        each(&|name| format!("\"arn:aws:s3:::{name}\"")),
        keys(&["a", "b", "c", "d"]),
    );
    let snapshot = format!(
        "{{\"UserDetailList\":[],\"GroupDetailList\":[],\"Policies\":[],\"RoleDetailList\":[{{\"RoleName\":\"AcmeRole\",\"Path\":\"/\",\"Arn\":\"arn:aws:iam::222222222222:role/AcmeRole\",\"AssumeRolePolicyDocument\":{{\"Version\":\"2012-10-17\",\"Statement\":[]}},\"RolePolicyList\":[{policy}]}}]}}"
    );
    let entry = |actions: &str, resources: &str, conditions: &str| {
        format!(
            "      - action: [{actions}]\n        resource: [{resources}]\n        conditions: {{StringLike: {{{conditions}}}}}\n"
        )
    };
    let actions = "s3:GetObject, s3:PutObject, s3:DeleteObject, s3:GetObjectAcl, s3:PutObjectAcl, s3:GetObjectTagging, s3:PutObjectTagging, s3:DeleteObjectTagging, s3:GetObjectVersion, s3:DeleteObjectVersion, s3:GetObjectVersionAcl, s3:PutObjectVersionAcl, s3:GetObjectRetention, s3:PutObjectRetention, s3:GetObjectLegalHold, s3:PutObjectLegalHold";
    let resources = each(&|name| format!("\"arn:${{partition}}:s3:::{name}/*\""));
    let wide = "\"arn:${partition}:s3:::*/*\"";
    // Each covers some combinations of the values, and together they leave one out.
    let some: String = ["a", "b", "c"]
        .iter()
        .flat_map(|one| ["v", "w", "x", "y", "z"].map(|key| (key, one)))
        .map(|(key, one)| {
            let condition = format!("\"aws:PrincipalTag/{key}\": [{one}, \"{key}{one}\"]");
            entry(actions, wide, &condition)
        })
        .collect();
    let before = entry(actions, &resources, &keys(&["a", "b", "c", "e"]));
    let after = entry(actions, &resources, &keys(&["a", "b", "c", "d"]));
    let catalog = |version: &str, entries: &[&str]| {
        format!(
            "{}{}",
            CATALOG.replace("VERSION", version),
            entries.concat()
        )
    };
    vec![
        case(
            "grants of a policy",
            &["audit", "landgrant.yaml", "--snapshot", "s", "--partial"],
            "s3:a219",
            &[
                ("landgrant.yaml", DEPLOYMENT.to_owned()),
                ("s/222222222222.json", snapshot),
            ],
        ),
        case(
            "grants of a catalog",
            &["review", "own@1", "own@2", "--catalogs", "catalogs"],
            "Grants more than before",
            &[
                ("catalogs/own/1.yaml", catalog("1", &[&before, &some])),
                ("catalogs/own/2.yaml", catalog("2", &[&after, &some])),
            ],
        ),
    ]
}

/// Five keys with these values.
fn keys(values: &[&str]) -> String {
    let values: Vec<String> = values.iter().map(|value| format!("\"{value}\"")).collect();
    let keys = ["v", "w", "x", "y", "z"]
        .map(|key| format!("\"aws:PrincipalTag/{key}\": [{}]", values.join(",")));
    keys.join(", ")
}
