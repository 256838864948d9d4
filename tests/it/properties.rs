//! What holds for every deployment, tried on generated ones: what is rendered reads back as planned, order in the input
//! means nothing, one more target is a small change, and hostile input ends as a diagnostic or as data.

use landgrant::model::{FileSet, Partition};
use std::cell::Cell;

use landgrant::diag::{Diagnostic, Severity};
use landgrant::readback::verify;
use proptest::prelude::*;
use proptest::sample::{Index, subsequence};
use proptest::test_runner::TestCaseError;
use serde_json::{Map, Value, json};

use crate::support::pipeline;
use crate::support::pipeline::{Built, build_with, only_more_lines, runner};

/// Takes a text through every stage. What is rendered must be what was planned, under its own folders, and of one
/// reading for every YAML parser; what is refused must say why in printable characters.
fn check(text: &str) -> Result<Built, Vec<Diagnostic>> {
    check_with(text, &[])
}

/// Like [`check`], with files beside the deployment.
fn check_with(text: &str, beside: &[(String, String)]) -> Result<Built, Vec<Diagnostic>> {
    let beside = beside.iter();
    let beside: Vec<(&str, &str)> = beside.map(|(path, text)| (&**path, &**text)).collect();
    let outcome = build_with(text, &beside);
    match &outcome {
        Ok(built) => {
            verify(&built.plan, &built.files).unwrap_or_else(|error| panic!("{error}\n{text}"));
            for (path, file) in &built.files {
                let inside = ["terraform", "cloudformation", "DEPLOY.md", "deploy.json"]
                    .iter()
                    .any(|known| path.starts_with(known));
                assert!(inside && !path.as_str().contains(".."), "{path}");
                assert!(file.ends_with('\n') && !file.contains('\r'), "{path}");
                if path.extension() == Some("yaml") {
                    for scalar in plain_scalars(file) {
                        assert!(
                            !is_trap(scalar),
                            "{path}: `{scalar}` is not text everywhere"
                        );
                    }
                }
            }
        }
        Err(faults) => {
            assert!(!faults.is_empty(), "refused without a word");
            for fault in faults {
                let texts = [
                    Some(&fault.message),
                    fault.why.as_ref(),
                    fault.help.as_ref(),
                ];
                for said in texts.into_iter().flatten() {
                    assert!(
                        !said.contains(|c: char| c.is_control()),
                        "{}: {said:?}",
                        fault.code
                    );
                }
            }
        }
    }
    outcome
}

/// Values that stand unquoted at the end of a line.
fn plain_scalars(file: &str) -> impl Iterator<Item = &str> {
    file.lines()
        .map(str::trim_start)
        .filter(|line| !line.starts_with('#'))
        .filter(|line| {
            // What is a number, a truth value or a block by its kind.
            ![
                "Default: ",
                "MinValue: ",
                "MaxValue: ",
                "Enabled: ",
                "FailureTolerance",
                "MaxConcurrent",
                "TemplateBody: |",
            ]
            .iter()
            .any(|key| line.starts_with(key))
        })
        .filter_map(|line| match line.strip_prefix("- ") {
            Some(item) => Some(item.split_once(": ").map_or(item, |(_, value)| value)),
            None => line.split_once(": ").map(|(_, value)| value),
        })
        .filter(|value| !value.starts_with(['"', '!']))
}

/// Whether YAML 1.1, which CloudFormation and its tools read, takes a plain scalar for something else than text.
fn is_trap(scalar: &str) -> bool {
    let lower = scalar.to_ascii_lowercase();
    let word = [
        "y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", "=", "<<", "",
    ];
    let numeric = lower.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c))
        && lower
            .chars()
            .all(|c| c.is_ascii_hexdigit() || "+-._:xo".contains(c));
    word.contains(&lower.as_str())
        || numeric
        || scalar.starts_with(['&', '*', '@', '`', '%', '|', '>', '?'])
}

// Generated deployments.

/// Names that IAM accepts and that YAML or HCL could take for something else.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[A-Za-z0-9+=,.@_-]{1,12}",
        1 => prop::sample::select(vec!["no", "1e3", "=", "-", "null", "0x1F", "2026-01-01", "@a", "1.0", "+1", "a=b,c", "..", "."]).prop_map(str::to_owned),
    ]
}

fn path() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["/", "/vendor/", "/a+b/c=d/", "/1/", "/../", "/@,/"])
        .prop_map(str::to_owned)
}

/// A name for people: one line of anything.
fn label() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => "[A-Za-z0-9 -]{1,12}",
        1 => "[\"'\\\\#$%{}:&*!|>`~é中 a-z]{1,12}",
        1 => prop::sample::select(vec!["${x}", "%{ if }", "{{ y }}", "*/", "no", "a # b", "- a", "é中"]).prop_map(str::to_owned),
    ]
    .prop_filter("a name of blanks is refused", |label| !label.trim().is_empty())
}

/// Tags of different keys; a value in a target is never empty, since a template cannot tell that from none.
fn tags(shortest: usize) -> impl Strategy<Value = Value> {
    let keys = vec![
        "owner",
        "Cost Center",
        "on",
        "null",
        "a:b/c=d",
        "Köln",
        "x+y@z",
        "123",
        "-",
        "tagName",
    ];
    let value = "[A-Za-z0-9_.:/=+@é -]{1,10}".prop_map(move |value| {
        if shortest == 0 && value.len() == 1 {
            String::new()
        } else {
            value
        }
    });
    (subsequence(keys, 0..4), prop::collection::vec(value, 4)).prop_map(|(keys, values)| {
        let pairs = keys
            .into_iter()
            .zip(values)
            .map(|(key, value)| (key.to_owned(), json!(value)));
        Value::Object(pairs.collect::<Map<_, _>>())
    })
}

fn zones() -> impl Strategy<Value = Value> {
    subsequence(
        vec![
            "Z1",
            "Z2",
            "Z3*",
            "Z?4",
            "Z${*}",
            "Z5${aws:PrincipalTag/x}",
            "Z6$-${account}%${account}",
        ],
        1..4,
    )
    .prop_map(|ids| {
        ids.iter()
            .map(|id| json!(format!("arn:${{partition}}:route53:::hostedzone/{id}")))
            .collect()
    })
}

fn omits(actions: &'static [&'static str]) -> impl Strategy<Value = Value> {
    subsequence(actions.to_vec(), 0..=actions.len().min(3)).prop_map(|actions| {
        actions
            .iter()
            .map(|action| json!({"action": action, "reason": "Not \"wanted\" ${here}."}))
            .collect()
    })
}

fn scopes() -> impl Strategy<Value = Value> {
    let actions = vec![
        "route53:ChangeResourceRecordSets",
        "route53:DeleteHostedZone",
        "route53:GetHostedZone",
        "route53:ListResourceRecordSets",
    ];
    (subsequence(actions, 0..4), zones(), zones()).prop_map(|(actions, first, second)| {
        let (left, right) = actions.split_at(actions.len() / 2);
        let scope = |actions: &[&str], zones| json!({"actions": actions, "resources": zones});
        [(left, first), (right, second)]
            .into_iter()
            .filter(|(actions, _)| !actions.is_empty())
            .map(|(actions, zones)| scope(actions, zones))
            .collect()
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Product {
    Micetro,
    MultiTool,
    Archive,
}

const MICETRO_OMITS: &[&str] = &[
    "ec2:DeleteVpc",
    "ec2:CreateTags",
    "route53:CreateHostedZone",
    "ec2:DescribeSubnets",
];
const MULTITOOL_OMITS: &[&str] = &[
    "lambda:InvokeFunction",
    "cloudwatch:PutMetricData",
    "iam:PassRole",
];
const ARCHIVE_OMITS: &[&str] = &["s3:PutObject", "s3:DeleteObject", "kms:Decrypt"];

/// The entry under `products`, with at least one feature that is granted in targets.
fn product(product: Product) -> BoxedStrategy<Value> {
    let entry = |catalog: &'static str,
                 features: Vec<&'static str>,
                 least: usize,
                 omits: Value,
                 scope: Value| {
        let features: Vec<&str> = features[..features.len().min(least.max(1))].to_vec();
        json!({"catalog": catalog, "features": features, "levels": ["required", "recommended"], "omit": omits, "scope": scope})
    };
    match product {
        Product::Micetro => (
            prop::sample::select(vec!["micetro@10.2", "micetro@11.0"]),
            subsequence(vec!["account", "multi-account"], 0..=2),
            omits(MICETRO_OMITS),
            scopes(),
        )
            .prop_map(move |(catalog, more, omits, scope)| {
                let features = [vec!["dns", "network"], more].concat();
                entry(catalog, features, 9, omits, scope)
            })
            .boxed(),
        Product::MultiTool => (
            subsequence(vec!["api-gateway", "lambda", "cloudwatch", "iam"], 4).prop_shuffle(),
            1..=4usize,
        )
            .prop_flat_map(move |(features, count)| {
                omits(MULTITOOL_OMITS).prop_map(move |omits| {
                    // An action of a feature that is not selected cannot be left out.
                    let omits = if count == 4 { omits } else { json!([]) };
                    entry("multitool@1", features.clone(), count, omits, json!([]))
                })
            })
            .boxed(),
        Product::Archive => (omits(ARCHIVE_OMITS), "[a-z0-9.-]{3,12}", any::<bool>())
            .prop_map(move |(omits, bucket, full_text)| {
                let mut product = entry(
                    "acme-archive@2026.1",
                    vec!["identity", "vaults", "search"],
                    3,
                    omits,
                    json!([]),
                );
                product["parameters"] =
                    json!({"bucket": bucket, "encryption": true, "full_text": full_text});
                product
            })
            .boxed(),
    }
}

/// What a target says of its own.
fn overrides(external: bool) -> impl Strategy<Value = Value> {
    let sessions = prop::sample::select(vec!["1h", "90m", "5400s", "12h"]);
    let boundary = prop::sample::select(vec![
        "arn:${partition}:iam::${account}:policy/b",
        "arn:${partition}:iam::aws:policy/PowerUserAccess",
    ]);
    let role = (
        prop::option::of(name()),
        prop::option::of(path()),
        prop::option::of(sessions),
        prop::option::weighted(0.3, boundary),
    )
        .prop_map(|(name, path, session, boundary)| {
            let mut role = Map::new();
            for (key, value) in [
                ("name", name),
                ("path", path),
                ("max_session", session.map(str::to_owned)),
                ("permissions_boundary", boundary.map(str::to_owned)),
            ] {
                if let Some(value) = value {
                    role.insert(key.to_owned(), json!(value));
                }
            }
            role
        });
    (
        role,
        tags(1),
        prop::option::of(prop::sample::select(VARIANTS.to_vec())),
        any::<(bool, bool)>(),
        "[A-Za-z0-9_+=,.@:/-]{2,20}",
    )
        .prop_map(move |(role, tags, variant, (own_role, own_id), id)| {
            let mut target = json!({"tags": tags});
            if own_role {
                target["role"] = Value::Object(role);
            }
            if let Some(variant) = variant {
                target["variant"] = json!(variant);
            }
            if external && own_id {
                target["external_id"] = json!(id);
            }
            target
        })
}

/// Names that could be taken for something else.
const VARIANTS: &[&str] = &["no-deletes", "222222222222", "hub"];

/// Every variant, whether a target names it or not.
fn variants(product: Product) -> impl Strategy<Value = Value> {
    let omits = omits(match product {
        Product::Micetro => MICETRO_OMITS,
        Product::MultiTool => &[],
        Product::Archive => ARCHIVE_OMITS,
    });
    prop::collection::vec((omits, scopes()), VARIANTS.len()).prop_map(move |variants| {
        let variants = VARIANTS.iter().zip(variants).map(|(name, (omit, scope))| {
            let mut variant = json!({"omit": omit});
            if product == Product::Micetro {
                variant["scope"] = scope;
            }
            ((*name).to_owned(), variant)
        });
        Value::Object(variants.collect())
    })
}

/// A deployment, as its author may write it. The first target, if there is any, says nothing of its own.
fn deployment() -> impl Strategy<Value = Value> {
    let kind = prop::sample::select(vec![
        Product::Micetro,
        Product::Micetro,
        Product::MultiTool,
        Product::Archive,
    ]);
    (
        kind,
        any::<bool>(),
        prop_oneof![6 => 0..5usize, 1 => 5..=30usize],
    )
        .prop_flat_map(|(kind, external, count)| {
            let external = match kind {
                Product::Micetro => false,
                Product::MultiTool => external,
                Product::Archive => true,
            };
            let names = (name(), path(), name(), path(), name(), path());
            let switches = (
                any::<bool>(),
                any::<bool>(),
                prop::sample::select(Partition::ALL.map(Partition::as_str).to_vec()),
                prop::sample::select(vec!["yaml", "json"]),
                prop::sample::select(vec!["account", "user", "open"]),
            );
            let targets = prop::collection::vec(
                (label(), prop::option::weighted(0.4, overrides(external))),
                count,
            );
            (
                names,
                switches,
                product(kind),
                tags(0),
                variants(kind),
                targets,
            )
                .prop_map(
                    move |(names, switches, product, tags, variants, targets)| {
                        let (user, user_path, group, group_path, role, role_path) = names;
                        let (workload, user_inline, partition, format, trust) = switches;
                        let mut trust = match trust {
                            "open" => json!({"restrict_to_user": false}),
                            principal => json!({"principal": principal}),
                        };
                        if external {
                            trust["external_id"] = json!("id-1/a");
                        }
                        let targets: Vec<Value> = targets
                            .into_iter()
                            .enumerate()
                            .map(|(index, (label, overrides))| {
                                let mut target =
                                    overrides.filter(|_| index > 0).unwrap_or_else(|| json!({}));
                                target["account"] = json!(account(index));
                                target["name"] = json!(label);
                                target
                            })
                            .collect();
                        let mut product = product;
                        if let (true, Some(features)) =
                            (targets.is_empty(), product["features"].as_array_mut())
                        {
                            // This feature is granted in targets alone.
                            features.retain(|feature| feature != "search");
                        }
                        let mut deployment = json!({
                            "schema": "landgrant/deployment/v1",
                            "name": "generated",
                            "partition": partition,
                            "hub": {
                                "account": "900000000000",
                                "user": {"name": user, "path": user_path},
                                "group": {"name": group, "path": group_path},
                                "workload": workload || targets.is_empty(),
                                "permissions": if user_inline { "user-inline" } else { "managed" },
                            },
                            "products": [product],
                            "tags": tags,
                            "cloudformation": {"format": format},
                        });
                        if !targets.is_empty() {
                            deployment["targets"] = json!(targets);
                            deployment["variants"] = variants;
                            deployment["role"] = json!({"name": role, "path": role_path});
                            deployment["trust"] = trust;
                        }
                        deployment
                    },
                )
        })
}

/// Account ids that are not in the order of the targets.
fn account(index: usize) -> String {
    format!("{:012}", (index + 1) * 7_919_000_001 % 800_000_000_000)
}

/// The same deployment with every list and every mapping in another order. JSON is YAML.
fn shuffled(value: &Value, state: &mut u64) -> Value {
    let mut next = |bound: usize| {
        *state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(*state >> 33).expect("31 bits") % bound
    };
    match value {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.clone();
            (1..items.len())
                .rev()
                .for_each(|last| items.swap(last, next(last + 1)));
            items.iter().map(|item| shuffled(item, state)).collect()
        }
        Value::Object(fields) => {
            let mut fields: Vec<(&String, &Value)> = fields.iter().collect();
            (1..fields.len())
                .rev()
                .for_each(|last| fields.swap(last, next(last + 1)));
            Value::Object(
                fields
                    .into_iter()
                    .map(|(key, value)| (key.clone(), shuffled(value, state)))
                    .collect(),
            )
        }
        scalar => scalar.clone(),
    }
}

/// What is refused of the generated deployments is over a quota of AWS, and nothing else is refused.
fn built(deployment: &Value) -> Result<Built, TestCaseError> {
    check(&deployment.to_string()).map_err(|faults| {
        let unexpected: Vec<&Diagnostic> = faults
            .iter()
            .filter(|fault| fault.severity == Severity::Error && fault.code != "over-quota")
            .collect();
        assert!(unexpected.is_empty(), "{unexpected:#?}\n{deployment:#}");
        TestCaseError::reject("over a quota")
    })
}

#[test]
fn what_is_rendered_reads_back_as_planned_and_order_means_nothing() {
    let rendered = Cell::new(0);
    let property = |(deployment, seed): (Value, u64)| {
        let first = built(&deployment)?;
        let again = landgrant::render::render(&first.plan).expect("it rendered before");
        prop_assert!(again == first.files, "a second rendering differs");
        let mut state = seed;
        let second = built(&shuffled(&deployment, &mut state))?;
        same(&first.files, &second.files)?;
        rendered.set(rendered.get() + 1);
        Ok(())
    };
    runner(64, 1)
        .run(&(deployment(), any::<u64>()), property)
        .unwrap_or_else(|error| panic!("{error}"));
    assert!(
        rendered.get() >= 64,
        "only {} deployments were rendered",
        rendered.get()
    );
}

fn same(first: &FileSet, second: &FileSet) -> Result<(), TestCaseError> {
    prop_assert_eq!(
        first.keys().collect::<Vec<_>>(),
        second.keys().collect::<Vec<_>>()
    );
    for (path, text) in first {
        prop_assert_eq!(text, &second[path], "{}", path);
    }
    Ok(())
}

#[test]
fn one_more_target_leaves_every_other_file_alone_and_adds_lines_to_the_hub() {
    let property = |(mut deployment, at, label): (Value, Index, String)| {
        let targets = deployment["targets"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        // A list of one role is written as a scalar, so the second role changes a line of the hub's template.
        if targets.len() < 2 {
            return Err(TestCaseError::reject("too few targets"));
        }
        let before = built(&deployment)?;
        let mut more = targets.clone();
        more.insert(
            at.index(targets.len() + 1),
            json!({"account": "850000000000", "name": label}),
        );
        deployment["targets"] = json!(more);
        let after = built(&deployment)?;
        for (path, text) in &before.files {
            let Some(now) = after.files.get(path) else {
                return Err(TestCaseError::fail(format!("{path} is gone")));
            };
            let lists = ["deploy.json", "terraform/matrix.json"].contains(&path.as_str());
            if path.starts_with("terraform/hub") || path.file_stem() == Some("hub") || lists {
                only_more_lines(path, text, now)?;
            } else if path.as_str() == "DEPLOY.md" {
                // It names the last group of each user, and no target.
                prop_assert_eq!(text.lines().count(), now.lines().count());
            } else {
                prop_assert_eq!(text, now, "{}", path);
            }
        }
        for path in after
            .files
            .keys()
            .filter(|path| !before.files.contains_key(*path))
        {
            prop_assert!(
                path.as_str().contains("850000000000"),
                "{} came with it",
                path
            );
        }
        Ok(())
    };
    runner(32, 2)
        .run(&(deployment(), any::<Index>(), label()), property)
        .unwrap_or_else(|error| panic!("{error}"));
}

// Hostile input.

#[test]
fn no_text_makes_any_stage_panic() {
    let texts = prop_oneof![
        ".{0,120}",
        "[\\[\\]{}:,&*!|>'\"%@`# \n\ta-z0-9.<=~?-]{0,160}",
        "(schema: landgrant/deployment/v1\n)?(name: [a-z]{0,3}\n)?(products:\n  - catalog: [a-z@.0-9]{0,8}\n)?(hub: [{\\[]?.{0,20}\n)?(targets: .{0,20}\n)?",
    ];
    runner(128, 3)
        .run(&texts, |text| {
            prop_assert!(check(&text).is_err());
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn a_broken_deployment_ends_as_a_diagnostic_or_as_another_deployment() {
    let names = pipeline::fixture_names();
    let edit = (
        any::<Index>(),
        any::<Index>(),
        0..6usize,
        prop_oneof![
            any::<char>().prop_map(String::from),
            prop::sample::select(vec![
                "${", "\"", "'", "\n", "\t", "{", "]", "- ", ": ", "&a ", "*a", "!!str ", "null",
                "---\n", "\0", "é"
            ])
            .prop_map(str::to_owned)
        ],
    );
    let edits = prop::collection::vec(edit, 1..4);
    runner(128, 4)
        .run(&(prop::sample::select(names), edits), |(name, edits)| {
            let mut text: Vec<char> = pipeline::fixture_text(&name).chars().collect();
            for (from, to, kind, new) in edits {
                let from = from.index(text.len() + 1);
                let to = (from + to.index(40)).min(text.len());
                let cut: Vec<char> = text[from..to].to_vec();
                match kind {
                    0 => drop(text.drain(from..to)),
                    1 => drop(text.splice(from..from, cut)),
                    2 => text.truncate(from.max(1)),
                    _ => drop(text.splice(from..(from + kind - 3).min(text.len()), new.chars())),
                }
                if text.is_empty() {
                    break;
                }
            }
            let _ = check(&text.into_iter().collect::<String>());
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
}

/// Text that somebody's template, shell, parser or file system takes for more than text.
const HOSTILE: &[&str] = &[
    "",
    "${x}",
    "${aws:username}",
    "$${account}${account}",
    "%{ if true }x%{ endif }",
    "{{ x }}{% raw %}",
    "a\"b'c\\",
    "a\nb\r\nc",
    "../../../etc/passwd",
    "a\0b",
    "ü\u{202e}中\u{feff}",
    "*",
    "- !Sub x: # y",
    "<script>&amp;",
];

/// Replaces every text of a case, keys of tags and parameters included, by each hostile text.
fn hostile(case: &str) -> usize {
    let document: Value = serde_yaml::from_str(&pipeline::fixture_text(case)).expect("a good case");
    let beside = pipeline::fixture_lists(case);
    let long = "x".repeat(3000);
    let mut rendered = 0;
    let mut places = Vec::new();
    texts(&document, "", &mut places);
    assert!(places.len() > 15, "{case} holds {} texts", places.len());
    for place in places {
        for text in HOSTILE.iter().copied().chain([long.as_str()]) {
            let mut changed = document.clone();
            *changed.pointer_mut(&place).expect("a place") = json!(text);
            rendered += usize::from(check_with(&changed.to_string(), &beside).is_ok());
        }
    }
    for text in HOSTILE {
        let mut changed = document.clone();
        changed["tags"] = json!({*text: "x"});
        rendered += usize::from(check_with(&changed.to_string(), &beside).is_ok());
    }
    rendered
}

fn texts(value: &Value, at: &str, places: &mut Vec<String>) {
    let escape = |key: &str| key.replace('~', "~0").replace('/', "~1");
    match value {
        Value::String(_) => places.push(at.to_owned()),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(index, item)| texts(item, &format!("{at}/{index}"), places)),
        Value::Object(fields) => fields
            .iter()
            .for_each(|(key, value)| texts(value, &format!("{at}/{}", escape(key)), places)),
        _ => {}
    }
}

#[test]
fn hostile_text_in_a_deployment_with_every_override_is_data() {
    assert!(hostile("micetro-overrides") > 0);
}

#[test]
fn hostile_text_in_a_deployment_with_parameters_is_data() {
    assert!(hostile("own-catalog") > 0);
}

#[test]
fn hostile_text_in_a_deployment_with_external_ids_is_data() {
    assert!(hostile("role-list-json") > 0);
}

#[test]
fn hostile_text_in_what_is_said_of_a_list_is_data() {
    assert!(hostile("micetro-organization") > 0);
}
