//! The stages of a render, measured one by one on Micetro with two targets, and on MultiTool; lists of accounts.
//!
//! `cargo bench`; `benches/process.py` measures the binary as a process.

use std::fs;

use camino::Utf8PathBuf;
use criterion::{Criterion, criterion_group, criterion_main};
use landgrant::load::Loaded;
use landgrant::model::CatalogId;
use landgrant::plan::Plan;
use landgrant::{load, plan, readback, render, resolve};

fn loaded(case: &str) -> Loaded {
    let path = Utf8PathBuf::from(format!("fixtures/render/{case}/landgrant.yaml"));
    load::load(&[path], None).expect("the case is there").0
}

fn planned(loaded: &Loaded) -> Plan {
    let (resolved, _) = resolve::resolve(loaded, landgrant::reference::Reference::embedded());
    plan::plan(&resolved[0], &landgrant::plan::Placement::new())
        .0
        .expect("the case has no faults")
}

fn stages(criterion: &mut Criterion) {
    for case in ["micetro-two-targets", "multitool-roles"] {
        let mut group = criterion.benchmark_group(case);
        group.bench_function("load", |bencher| bencher.iter(|| loaded(case)));
        let loaded = loaded(case);
        group.bench_function("resolve and plan", |bencher| {
            bencher.iter(|| planned(&loaded))
        });
        let plan = planned(&loaded);
        group.bench_function("render", |bencher| bencher.iter(|| render::render(&plan)));
        let files = render::render(&plan).expect("templates fit");
        group.bench_function("read back", |bencher| {
            bencher.iter(|| readback::verify(&plan, &files))
        });
        group.finish();
    }
    let id = CatalogId::parse("micetro@10.2").expect("a constant");
    criterion.bench_function("catalog show: load", |bencher| {
        bencher.iter(|| load::load_one_catalog(&load::Origin::Disk, &id, None))
    });
}

/// What `aws organizations list-accounts` prints of an organization, and a deployment that takes most of it.
fn organization(accounts: usize) -> tempfile::TempDir {
    let account = |number: usize| {
        let id = format!("{:012}", 200_000_000_000 + number * 7);
        serde_json::json!({
            "Id": id,
            "Arn": format!("arn:aws:organizations::111111111111:account/o-a1b2c3d4e5/{id}"),
            "Email": format!("aws+{number}@example.com"),
            "Name": format!("{}-{number}", ["dev", "prod", "sandbox"][number % 3]),
            "Status": "ACTIVE",
            "State": "ACTIVE",
            "Paths": [format!("o-a1b2c3d4e5/r-ab12/ou-ab12-1111111{}/{id}/", number % 7)],
            "JoinedMethod": "CREATED",
            "JoinedTimestamp": "2024-01-15T09:30:00.000000+00:00",
        })
    };
    let list: Vec<serde_json::Value> = (0..accounts).map(account).collect();
    let folder = tempfile::tempdir().expect("a folder for the list");
    let texts = [
        (
            "accounts.json",
            format!("{:#}", serde_json::json!({ "Accounts": list })),
        ),
        ("landgrant.yaml", DEPLOYMENT.to_owned()),
    ];
    for (name, text) in texts {
        fs::write(folder.path().join(name), text).expect("the list is written");
    }
    folder
}

const DEPLOYMENT: &str = r#"
schema: landgrant/deployment/v1
name: organization
hub: {account: "111111111111", user: svc-micetro, group: micetro-access}
products:
  - {catalog: micetro@10.2, features: [account, multi-account, dns]}
role: {name: MicetroAccess}
variants:
  no-checks:
    omit: [{action: "route53:ListHealthChecks", reason: Another team has them.}]
targets:
  - file: accounts.json
    select: [{unit: r-ab12/}]
    exclude: [{name: "sandbox-1*", reason: Sandboxes get no DNS.}]
    set:
      - {where: {name: "prod-*"}, variant: no-checks, tags: {tier: production}}
      - {where: {unit: ou-ab12-11111113}, role: {max_session: 4h}}
"#;

fn account_lists(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("account list");
    for accounts in [1_000, 10_000] {
        let folder = organization(accounts);
        let path = Utf8PathBuf::from_path_buf(folder.path().join("landgrant.yaml"));
        let path = path.expect("a UTF-8 path");
        let load = || {
            load::load(std::slice::from_ref(&path), None)
                .expect("it is there")
                .0
        };
        group.bench_function(format!("load {accounts}"), |bencher| bencher.iter(load));
        let loaded = load();
        let reference = landgrant::reference::Reference::embedded();
        group.bench_function(format!("resolve {accounts}"), |bencher| {
            bencher.iter(|| resolve::resolve(&loaded, reference))
        });
    }
    group.finish();
}

criterion_group!(benches, stages, account_lists);
criterion_main!(benches);
