//! The stages of a render, measured one by one on Micetro with two targets, and on MultiTool.
//!
//! `cargo bench`; `benches/process.py` measures the binary as a process.

use camino::Utf8PathBuf;
use criterion::{Criterion, criterion_group, criterion_main};
use landgrant::load::{CatalogId, Loaded};
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

criterion_group!(benches, stages);
criterion_main!(benches);
