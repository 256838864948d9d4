//! The page of a kit in real Chromium, driven by Playwright: what `tests/page/open.mjs` looks at.
//!
//! A tool that is missing is a skip with the reason, or a failure in CI.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{browser, tools};

/// Fewer lines than this mean that the walk went wrong.
const FEWEST_LINES: usize = 26;

#[test]
fn a_kit_s_page_is_what_a_reader_needs() {
    let browser = match browser::browser() {
        Ok(browser) => browser,
        Err(missing) if tools::in_ci() => panic!("{missing}"),
        Err(missing) => {
            eprintln!("skipped: {missing}");
            return;
        }
    };
    let pages = pages();
    let printed = Path::new(env!("CARGO_TARGET_TMPDIR")).join("kit-printed");
    fs::create_dir_all(&printed).unwrap();
    let output = Command::new(&browser.node.program)
        .arg("tests/page/open.mjs")
        .arg(&browser.node.modules)
        .arg(&browser.program)
        .arg(&printed)
        .args(
            pages
                .iter()
                .map(|(name, file)| format!("{name}={}", file.display())),
        )
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let lines = said.lines().filter(|line| line.starts_with("ok ")).count();
    assert!(
        lines >= FEWEST_LINES,
        "only {lines} things were looked at:\n{said}"
    );
    println!("{said}");
}

/// The pages by name, as `landgrant kit` writes them.
fn pages() -> Vec<(&'static str, PathBuf)> {
    let fixture = |case: &str| {
        Path::new("fixtures/render")
            .join(case)
            .join("landgrant.yaml")
    };
    let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join("kit-pages");
    let pages = [
        ("usual", fixture("micetro-overrides")),
        ("bare", fixture("karpenter")),
        ("groups", fixture("multitool-one-account")),
        ("many", fixture("micetro-37-targets")),
        ("thousand", deployment(&made, "thousand", &thousand())),
        ("hostile", deployment(&made, "hostile", &hostile(&made))),
    ];
    pages
        .into_iter()
        .map(|(name, deployment)| (name, page(&made, name, &deployment)))
        .collect()
}

/// The page of a deployment's kit.
fn page(folder: &Path, name: &str, deployment: &Path) -> PathBuf {
    let out = folder.join(name).join("kit");
    let catalogs = match name {
        "hostile" => folder.join("catalogs"),
        _ => PathBuf::from("fixtures/catalogs"),
    };
    let output = Command::new(env!("CARGO_BIN_EXE_landgrant"))
        .arg("kit")
        .arg(deployment)
        .args(["--force", "--catalogs"])
        .arg(catalogs)
        .arg("--out")
        .arg(&out)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {told}");
    out.join("index.html")
}

fn deployment(folder: &Path, name: &str, text: &str) -> PathBuf {
    let folder = folder.join(name);
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("landgrant.yaml");
    fs::write(&path, text).unwrap();
    path
}

/// Two products in a thousand accounts.
fn thousand() -> String {
    let targets: String = (0..1000)
        .map(|number| {
            let account = 200_000_000_000_u64 + number;
            format!("  - {{account: \"{account}\", name: team-{number}-production}}\n")
        })
        .collect();
    format!(
        "schema: landgrant/deployment/v1
name: thousand
hub: {{account: \"111111111111\", user: svc-micetro, group: micetro-access}}
products:
  - catalog: micetro@11.0
    features: [account, multi-account, dns, network]
    levels: [required, recommended]
  - {{catalog: multitool@1, features: [api-gateway, cloudwatch, lambda]}}
role: {{name: MicetroAccess}}
outputs: [terraform]
targets:
{targets}"
    )
}

/// A deployment and a catalog that attack whoever reads of them, wherever a text can be anything.
fn hostile(folder: &Path) -> String {
    const ATTACKS: [&str; 7] = [
        "</script><script>window.pwned=1</script>",
        "\"><img src=x onerror=window.pwned=1>",
        "' onfocus=window.pwned=1 autofocus x='",
        "{{ name }}{% raw %}",
        "</style><svg onload=window.pwned=1>",
        "`</code><iframe src=javascript:window.pwned=1>`",
        "</title></textarea>-->]]><b>{count}{name}",
    ];
    // A text of YAML in single quotes, of one attack or of all that begin with another one.
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let one = |number: usize| quoted(ATTACKS[number]);
    let all = |number: usize| {
        let attacks = ATTACKS.iter().cycle().skip(number).take(ATTACKS.len());
        quoted(&attacks.copied().collect::<String>())
    };
    let catalog = format!(
        "schema: landgrant/catalog/v1
product: attack
version: '1'
title: {}
vendor: {}
sources:
  - {{id: page, title: {}, url: 'javascript:window.pwned=1', dated: '2024-05-14'}}
access:
  authenticates_as: iam-user
  assume_role: {{policy: group-inline, granularity: policy-per-role}}
  external_id: optional
features:
  one:
    title: {}
    grant_to: [target]
    source: {{id: page, section: {}}}
    required:
      - action: ec2:CreateTags
        resource: 'arn:${{partition}}:ec2:*:*:vpc/*'
        conditions: {{StringEquals: {{'aws:RequestTag/owner': {}}}}}
        without: {}
      - {{action: ec2:DeleteVpc, without: {}}}
    recommended:
      - {{action: ec2:DescribeVpcs, without: {}}}
",
        all(0),
        all(1),
        all(2),
        all(3),
        all(4),
        // What another language fills in is refused in a condition.
        one(1),
        all(5),
        all(6),
        all(0),
    );
    let catalogs = folder.join("catalogs/attack");
    fs::create_dir_all(&catalogs).unwrap();
    fs::write(catalogs.join("1.yaml"), catalog).unwrap();
    format!(
        "schema: landgrant/deployment/v1
name: hostile
hub: {{account: '111111111111', user: svc-attack, group: attack-access}}
products:
  - catalog: attack@1
    features: [one]
    omit: [{{action: ec2:DeleteVpc, reason: {}}}]
role: {{name: AttackAccess}}
targets:
  - {{account: '222222222222', name: {}, external_id: attack-example-id}}
  - {{account: '333333333333', name: {}, external_id: attack-example-id-2}}
lint:
  allow: [{{rule: unscoped-resource, reason: {}}}]
kit:
  customer: {}
  consultant: {}
  notes: {{overview: {}, keys: {}}}
",
        all(1),
        one(1),
        one(4),
        all(2),
        one(0),
        one(5),
        all(3),
        all(4),
    )
}

#[test]
fn the_lock_of_the_browser_s_driver_names_no_host() {
    let lock = fs::read_to_string("tests/page/package-lock.json").unwrap();
    assert!(lock.contains("\"integrity\": \"sha512-"));
    assert!(
        !lock.contains("://") && !lock.contains("resolved"),
        "{lock}"
    );
}
