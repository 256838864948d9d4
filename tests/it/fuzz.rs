//! Fuzzers, one for each parser: files of the fixtures, changed at random, never make the program panic or hang, and what a
//! parser promises holds for whatever it takes. They need no compiler but the pinned one.
//!
//! Each runs for `LANDGRANT_FUZZ_SECONDS`, a few by default, from the seed `LANDGRANT_FUZZ_SEED`. A failure prints the input.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};

mod mutate;
mod targets;

use mutate::{Corpus, Random};

/// Seconds for each parser where nothing is said.
const SECONDS: u64 = 3;

/// Longer than any of these inputs takes on a busy machine.
const HANGS: Duration = Duration::from_secs(60);

/// What a fuzzer is given.
pub(crate) struct Input<'a> {
    /// The changed file.
    pub(crate) bytes: Vec<u8>,
    /// A folder of its own.
    pub(crate) folder: &'a Utf8Path,
    pub(crate) random: &'a mut Random,
}

/// Runs one fuzzer on the files whose paths are wanted.
fn fuzz(name: &str, wanted: fn(&Utf8Path) -> bool, target: fn(&mut Input<'_>)) {
    let number = |name: &str| {
        std::env::var(name)
            .ok()
            .map(|text| text.parse().expect("a number"))
    };
    let seconds: u64 = number("LANDGRANT_FUZZ_SECONDS").unwrap_or(SECONDS);
    let seed: u64 = number("LANDGRANT_FUZZ_SEED").unwrap_or(1);
    let root = Utf8PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let corpus = Corpus::of(
        &[
            root.join("fixtures"),
            root.join("templates"),
            root.join("catalogs"),
        ],
        wanted,
    );
    let folder = tempfile::tempdir().expect("a folder");
    let folder = Utf8Path::from_path(folder.path()).expect("a UTF-8 path");
    let mut random = Random::new(seed);
    let (begin, mut runs) = (Instant::now(), 0_u64);
    while begin.elapsed() < Duration::from_secs(seconds) {
        let bytes = corpus.changed(&mut random);
        let mut input = Input {
            bytes: bytes.clone(),
            folder,
            random: &mut random,
        };
        let started = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| target(&mut input)));
        let took = started.elapsed();
        assert!(
            outcome.is_ok() && took < HANGS,
            "{name}, seed {seed}, run {runs}, {took:?}:\n{}",
            String::from_utf8_lossy(&bytes)
        );
        runs += 1;
    }
    assert!(runs > 0, "{name} ran not once");
    println!("{name}: {runs} runs");
}

macro_rules! fuzzers {
    ($($name:ident: $wanted:expr;)*) => {
        $(
            #[test]
            fn $name() {
                fuzz(stringify!($name), $wanted, targets::$name);
            }
        )*
    };
}

fn is(path: &Utf8Path, extensions: &[&str]) -> bool {
    path.extension()
        .is_some_and(|extension| extensions.contains(&extension))
}

fuzzers! {
    deployments: |path| path.file_name() == Some("landgrant.yaml");
    catalogs: |path| is(path, &["yaml"]) && path.as_str().contains("/catalogs/");
    overlays: |path| is(path, &["yaml"]) && path.as_str().contains("reference") && path.file_name() != Some("landgrant.yaml");
    lists: |path| is(path, &["csv", "json", "yaml"]) && (path.as_str().contains("list") || path.as_str().contains("organization"));
    snapshots: |path| is(path, &["json"]) && (path.as_str().contains("/adopt/") || path.as_str().contains("/audit/"));
    terraform_plans: |path| is(path, &["json"]) && path.as_str().contains("plan");
    credential_reports: |path| is(path, &["csv", "json"]) && path.as_str().contains("credential");
    journals: |path| path.file_name() == Some("landgrant.lock");
    locks: |path| path.file_name() == Some("landgrant.lock");
    rendered_templates: |path| is(path, &["yaml"]) && path.as_str().contains("/cloudformation/");
    rendered_modules: |path| is(path, &["tf"]) && path.as_str().contains("/terraform/");
    templates: |path| is(path, &["tera"]);
    words: |path| path.file_name() == Some("landgrant.yaml");
    texts_of_a_kit: |path| path.file_name() == Some("en.yaml");
}
