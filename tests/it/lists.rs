//! Lists of accounts: their order means nothing, every format of the same list gives the same targets, what is taken is
//! what the selectors say, and no text in a list makes a stage panic.

use std::collections::BTreeSet;

use landgrant::diag::{Diagnostic, Severity};
use landgrant::readback::verify;
use proptest::prelude::*;
use proptest::sample::subsequence;
use serde_json::{Value, json};

use crate::support::pipeline::{Built, build_with, runner};

/// A deployment with these targets.
fn deployment(targets: &Value) -> String {
    json!({
        "schema": "landgrant/deployment/v1",
        "name": "listed",
        "hub": {"account": "900000000000", "user": "svc-micetro", "group": "micetro-access"},
        "products": [{"catalog": "micetro@10.2", "features": ["account", "multi-account", "dns"]}],
        "role": {"name": "MicetroAccess"},
        "variants": {"no-checks": {"omit": [{"action": "route53:ListHealthChecks", "reason": "Not ours."}]}},
        "targets": targets,
    })
    .to_string()
}

fn built(targets: &Value, beside: &[(&str, &str)]) -> Built {
    let text = deployment(targets);
    let built = build_with(&text, beside)
        .unwrap_or_else(|faults| panic!("{faults:#?}\n{text}\n{beside:#?}"));
    verify(&built.plan, &built.files).expect("it reads back");
    built
}

/// What is known of a generated account.
#[derive(Debug, Clone)]
struct Account {
    id: String,
    name: String,
    status: &'static str,
    unit: &'static str,
    env: Option<&'static str>,
}

const UNITS: &[&str] = &["r-ab12", "ou-ab12-11111111", "ou-ab12-22222222"];

fn accounts() -> impl Strategy<Value = Vec<Account>> {
    let account = (
        prop_oneof![
            2 => "(dev|prod|sandbox)-[a-c]",
            1 => "[A-Za-z0-9 ,;\"'é#:$%{}*&<>-]{1,12}",
        ],
        prop::sample::select(vec![
            "ACTIVE",
            "ACTIVE",
            "ACTIVE",
            "SUSPENDED",
            "PENDING_CLOSURE",
        ]),
        prop::sample::select(UNITS.to_vec()),
        prop::option::of(prop::sample::select(vec!["dev", "prod", "prod-eu"])),
    );
    prop::collection::vec(account, 1..12).prop_map(|accounts| {
        let accounts = accounts.into_iter().enumerate();
        accounts
            .map(|(index, (name, status, unit, env))| Account {
                id: format!("{:012}", (index + 1) * 7_919_000_001 % 800_000_000_000),
                // Blanks around a name do not survive a spreadsheet.
                name: match name.trim() {
                    "" => "blank".to_owned(),
                    name => name.to_owned(),
                },
                status,
                unit,
                env,
            })
            .collect()
    })
}

fn aws(account: &Account) -> Value {
    json!({
        "Id": account.id,
        "Arn": format!("arn:aws:organizations::111111111111:account/o-a1b2c3d4e5/{}", account.id),
        "Name": account.name,
        "Status": "ACTIVE",
        "State": account.status,
    })
}

fn page<'a>(accounts: impl IntoIterator<Item = &'a Account>) -> String {
    let accounts: Vec<Value> = accounts.into_iter().map(aws).collect();
    format!("{:#}\n", json!({ "Accounts": accounts }))
}

/// The files that tell everything about some accounts, as the AWS CLI prints it.
fn organization(accounts: &[Account]) -> Vec<(String, String)> {
    let mut files = vec![("accounts.json".to_owned(), page(accounts))];
    for unit in UNITS {
        let members = accounts.iter().filter(|account| account.unit == *unit);
        files.push((format!("units/{unit}.json"), page(members)));
    }
    for account in accounts {
        let tags = account.env.map(|env| json!({"Key": "env", "Value": env}));
        let tags: Vec<Value> = tags.into_iter().collect();
        let text = json!({ "Tags": tags }).to_string();
        files.push((format!("tags/{}.json", account.id), text));
    }
    files
}

fn borrowed(files: &[(String, String)]) -> Vec<(&str, &str)> {
    let pairs = files.iter();
    pairs
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect()
}

/// What a generated selector says, and whether it means an account.
#[derive(Debug, Clone)]
struct Selector {
    name: Option<&'static str>,
    unit: Option<Vec<&'static str>>,
    env: Option<&'static str>,
    status: Option<&'static str>,
}

fn selector() -> impl Strategy<Value = Selector> {
    let fields = (
        prop::option::of(prop::sample::select(vec![
            "dev-*",
            "*-a",
            "sandbox-?",
            "prod-b",
        ])),
        prop::option::of(subsequence(UNITS.to_vec(), 1..=2)),
        prop::option::of(prop::sample::select(vec!["prod", "prod*", "dev"])),
        prop::option::weighted(0.2, prop::sample::select(vec!["suspended", "ACTIVE"])),
    );
    fields
        .prop_filter("it says something", |(name, unit, env, status)| {
            name.is_some() || unit.is_some() || env.is_some() || status.is_some()
        })
        .prop_map(|(name, unit, env, status)| Selector {
            name,
            unit,
            env,
            status,
        })
}

impl Selector {
    fn json(&self) -> Value {
        let mut fields = json!({});
        if let Some(name) = self.name {
            fields["name"] = json!(name);
        }
        if let Some(unit) = &self.unit {
            fields["unit"] = json!(unit);
        }
        if let Some(env) = self.env {
            fields["tags"] = json!({"env": env});
        }
        if let Some(status) = self.status {
            fields["status"] = json!(status);
        }
        fields
    }

    fn excluding(&self) -> Value {
        let mut fields = self.json();
        fields["reason"] = json!("Not wanted.");
        fields
    }

    fn means(&self, account: &Account) -> bool {
        let glob = |pattern: &str, text: &str| landgrant::model::matches(pattern, text);
        self.name.is_none_or(|name| glob(name, &account.name))
            && self
                .unit
                .as_ref()
                .is_none_or(|units| units.contains(&account.unit))
            && self
                .env
                .is_none_or(|env| account.env.is_some_and(|own| glob(env, own)))
            && self
                .status
                .is_none_or(|status| status.eq_ignore_ascii_case(account.status))
    }
}

#[test]
fn what_is_taken_is_what_the_selectors_say_and_the_order_of_files_means_nothing() {
    let input = (
        accounts(),
        prop::collection::vec(selector(), 0..3),
        prop::collection::vec(selector(), 0..3),
        selector(),
    );
    let property = |(accounts, select, exclude, production): (
        Vec<Account>,
        Vec<Selector>,
        Vec<Selector>,
        Selector,
    )| {
        let targets = |select: &[Selector], exclude: &[Selector]| {
            json!([{
                "file": "accounts.json",
                "units": "units",
                "account_tags": "tags",
                "select": select.iter().map(Selector::json).collect::<Vec<_>>(),
                "exclude": exclude.iter().map(Selector::excluding).collect::<Vec<_>>(),
                "set": [
                    {"role": {"max_session": "2h"}},
                    {"where": production.json(), "variant": "no-checks", "role": {"max_session": "4h"}},
                ],
            }, {"account": "850000000000", "name": "written out"}])
        };
        let first = built(
            &targets(&select, &exclude),
            &borrowed(&organization(&accounts)),
        );
        let taken: BTreeSet<&str> = first
            .plan
            .targets
            .iter()
            .map(|target| target.account.as_str())
            .collect();
        let active = |account: &Account, selector: Option<&Selector>| {
            account.status == "ACTIVE" || selector.is_some_and(|selector| selector.status.is_some())
        };
        let expected: BTreeSet<&str> = accounts
            .iter()
            .filter(|account| match select.as_slice() {
                [] => active(account, None),
                select => select
                    .iter()
                    .any(|one| one.means(account) && active(account, Some(one))),
            })
            .filter(|account| !exclude.iter().any(|one| one.means(account)))
            .map(|account| account.id.as_str())
            .chain(["850000000000"])
            .collect();
        prop_assert_eq!(&taken, &expected);
        for target in &first.plan.targets {
            let account = accounts
                .iter()
                .find(|account| account.id == target.account.as_str());
            let Some(account) = account else { continue };
            let (variant, hours) = match production.means(account) {
                true => (Some("no-checks"), 4),
                false => (None, 2),
            };
            prop_assert_eq!(first.plan.roles[target.role].variant.as_deref(), variant);
            prop_assert_eq!(target.max_session.seconds(), hours * 3600);
        }
        // The same in another order, of the accounts, of the items, of the pages.
        let turned: Vec<Account> = accounts.iter().rev().cloned().collect();
        let reversed = |selectors: &[Selector]| selectors.iter().rev().cloned().collect::<Vec<_>>();
        let mut files = organization(&turned);
        let (left, right) = turned.split_at(turned.len() / 2);
        files[0].1 = page(left) + &page(right);
        let second = built(
            &targets(&reversed(&select), &reversed(&exclude)),
            &borrowed(&files),
        );
        prop_assert!(
            first.files == second.files,
            "another order gives other files"
        );
        Ok(())
    };
    runner(64, 11)
        .run(&input, property)
        .unwrap_or_else(|error| panic!("{error}"));
}

/// A list in CSV as a spreadsheet writes it.
fn csv(accounts: &[Account], separator: &str, line_end: &str, mark: &str) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let mut text = mark.to_owned();
    let header = ["Account ID", "Name", "State", "unit", "Owner", "tag:env"];
    text += &(header.join(separator) + line_end);
    for account in accounts {
        let cells = [
            account.id.clone(),
            quoted(&account.name),
            account.status.to_owned(),
            account.unit.to_owned(),
            String::new(),
            account.env.unwrap_or_default().to_owned(),
        ];
        text += &(cells.join(separator) + line_end);
    }
    text
}

#[test]
fn the_same_list_in_every_format_gives_the_same_files() {
    let input = (accounts(), selector());
    let property = |(accounts, select): (Vec<Account>, Selector)| {
        let item = |file: &str| {
            let mut item = json!({"file": file, "select": [select.json()]});
            if file.ends_with(".json") {
                item["units"] = json!("units");
                item["account_tags"] = json!("tags");
            }
            json!([item, {"account": "850000000000", "name": "written out"}])
        };
        let yaml: Vec<Value> = accounts
            .iter()
            .map(|account| {
                let mut fields = json!({
                    "account": account.id,
                    "name": account.name,
                    "status": account.status,
                    "unit": account.unit,
                    "tags": {"any": "x"},
                });
                if let Some(env) = account.env {
                    fields["tags"]["env"] = json!(env);
                }
                fields
            })
            .collect();
        let json = built(&item("accounts.json"), &borrowed(&organization(&accounts)));
        let texts = [
            ("accounts.yaml", json!(yaml).to_string()),
            ("accounts.csv", csv(&accounts, ",", "\n", "")),
            ("accounts.csv", csv(&accounts, ";", "\r\n", "\u{feff}")),
            ("accounts.csv", csv(&accounts, ";", "\r\n", "sep=;\r\n")),
            ("accounts.csv", csv(&accounts, "\t", "\n", "\n")),
        ];
        for (file, text) in texts {
            let other = built(&item(file), &[(file, &text)]);
            prop_assert!(json.files == other.files, "{} differs:\n{}", file, text);
        }
        Ok(())
    };
    runner(48, 12)
        .run(&input, property)
        .unwrap_or_else(|error| panic!("{error}"));
}

/// Takes a list through every stage; what is refused says why in characters that can be seen.
fn survives(file: &str, text: &str) {
    let targets = json!([{"file": file, "select": [{"name": "*"}]}, {"account": "850000000000", "name": "one"}]);
    match build_with(&deployment(&targets), &[(file, text)]) {
        Ok(built) => verify(&built.plan, &built.files).expect("it reads back"),
        Err(faults) => {
            let errors = faults
                .iter()
                .filter(|fault| fault.severity == Severity::Error);
            assert!(errors.count() > 0, "refused without a word");
            let said = |fault: &Diagnostic| {
                let texts = [
                    Some(&fault.message),
                    fault.why.as_ref(),
                    fault.help.as_ref(),
                ];
                texts.into_iter().flatten().cloned().collect::<String>()
            };
            for fault in &faults {
                assert!(!said(fault).contains(char::is_control), "{fault:?}");
            }
        }
    }
}

#[test]
fn no_list_makes_any_stage_panic() {
    let texts = prop_oneof![
        ".{0,80}",
        "[\\[\\]{}:,\"IdName0-9 \n]{0,80}",
        "(sep=;\r\n)?(account|id|Account ID)[,;]name(,tag:a)?\r?\n([0-9]{12}|[0-9]{3}|=\"0?[0-9]{11}\"|\"[0-9]{3}\"?)[,;]\"?[a-zé\", ;\n]{0,9}\"?\r?\n?",
        "\\{\"Accounts\": ?\\[(\\{\"Id\": ?\"?[0-9]{11,12}\"?(, ?\"Name\": ?(\"[a-zé\\\\\"]{0,4}\"|null|1))?\\},?){0,3}\\](, \"NextToken\": (null|\"a\"))?\\}",
    ];
    let file = prop::sample::select(vec!["accounts.json", "accounts.csv", "accounts.yaml"]);
    runner(256, 13)
        .run(&(file, texts), |(file, text)| {
            survives(file, &text);
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
}

/// AWS accepts any character in the name of an account, and up to 128 of them.
#[test]
fn every_name_that_aws_takes_is_taken() {
    let long = "x".repeat(128);
    let names = [
        "${aws:username} %{ if true }x%{ endif }",
        "{{ x }}{% raw %}",
        "a\"b'c\\",
        "two\nlines\r\n\tand a tab",
        "a\u{202e}b\u{0}c\u{feff}",
        "\u{200b}",
        " ",
        "Köln 中",
        &long,
    ];
    let accounts: Vec<Value> = names
        .iter()
        .zip(1..)
        .map(|(name, number)| json!({"Id": format!("{number:012}"), "Name": name, "Status": "ACTIVE"}))
        .collect();
    let text = json!({ "Accounts": accounts }).to_string();
    let built = built(
        &json!([{"file": "accounts.json"}]),
        &[("accounts.json", &text)],
    );
    let shown: Vec<&str> = built
        .plan
        .targets
        .iter()
        .map(|target| target.name.as_str())
        .collect();
    assert_eq!(shown[3], "two lines   and a tab");
    assert_eq!(shown[4], "abc");
    assert_eq!(shown[5..7], ["000000000006", "000000000007"]);
    assert_eq!(shown[7..], ["Köln 中", long.as_str()]);
}

/// What AWS says of where an account is selects it by any unit above.
#[test]
fn a_unit_with_a_slash_means_all_that_is_below() {
    let account = |number: u64, path: &str| {
        let id = format!("{number:012}");
        json!({"Id": id, "Name": path, "Paths": [format!("o-a1b2c3d4e5/r-ab12/{path}{id}/")]})
    };
    let list = json!({"Accounts": [
        account(1, ""),
        account(2, "ou-ab12-11111111/"),
        account(3, "ou-ab12-11111111/ou-ab12-22222222/"),
        account(4, "ou-ab12-33333333/"),
    ]});
    let list = list.to_string();
    for (unit, expected) in [
        ("r-ab12", &[1][..]),
        ("r-ab12/", &[1, 2, 3, 4]),
        ("ou-ab12-11111111", &[2]),
        ("ou-ab12-11111111/", &[2, 3]),
        ("o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/", &[2, 3]),
        ("r-ab12/ou-ab12-33333333", &[4]),
        ("ou-ab12-22222222", &[3]),
    ] {
        let targets = json!([{"file": "accounts.json", "select": [{"unit": unit}]}]);
        let built = built(&targets, &[("accounts.json", &list)]);
        let taken: Vec<String> = built
            .plan
            .targets
            .iter()
            .map(|target| target.account.to_string())
            .collect();
        let expected: Vec<String> = expected
            .iter()
            .map(|number| format!("{number:012}"))
            .collect();
        assert_eq!(taken, expected, "{unit}");
    }
}
