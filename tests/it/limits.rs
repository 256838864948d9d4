//! Small files must not exhaust a machine: for a megabyte of the worst that each parser can be given, a gigabyte of address
//! space is enough, and the program ends by itself and says what it thinks of it. A machine of CI can be slow, so the time is
//! a guard against hanging and nothing more; that work is linear is asserted where it can be counted, in the unit tests.
//!
//! `LANDGRANT_CASE` runs the cases with a word in their names; with `--nocapture`, each prints how long it took.

#![cfg(target_os = "linux")]

use std::fs;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};

use camino::Utf8Path;

mod cases;
mod grants;

use cases::{Case, cases};

/// In kilobytes, as `ulimit -v` takes it.
const ADDRESS_SPACE: usize = 1 << 20;

/// Seconds after which a case hangs.
const HANGS: usize = 120;

#[test]
fn a_megabyte_of_anything_ends_with_an_answer() {
    let only = std::env::var("LANDGRANT_CASE").ok();
    let cases: Vec<Case> = cases()
        .into_iter()
        .chain(grants::cases())
        .filter(|case| {
            only.as_ref()
                .is_none_or(|only| case.name.contains(only.as_str()))
        })
        .collect();
    let next = AtomicUsize::new(0);
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let failures: Vec<String> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..workers)
            .map(|_| {
                scope.spawn(|| {
                    let mut failures = Vec::new();
                    while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                        failures.extend(failure(case));
                    }
                    failures
                })
            })
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().expect("a worker ends"))
            .collect()
    });
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// What is wrong with how the program takes a case.
fn failure(case: &Case) -> Option<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = Utf8Path::from_path(folder.path()).expect("a UTF-8 path");
    for (path, content) in &case.files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("it has a parent")).expect("the folder is made");
        fs::write(path, content).expect("the file is written");
    }
    let begin = std::time::Instant::now();
    let output = run(folder, &case.arguments);
    let took = begin.elapsed();
    let code = output.status.code();
    let said = String::from_utf8_lossy(&output.stderr);
    let told = case.told.is_empty()
        || said.contains(case.told)
        || String::from_utf8_lossy(&output.stdout).contains(case.told);
    println!(
        "{:>5.1} s  {}: {} {}: {}",
        took.as_secs_f32(),
        case.name,
        case.arguments[0],
        code.unwrap_or(-1),
        said.lines()
            .next()
            .unwrap_or_default()
            .chars()
            .take(100)
            .collect::<String>()
    );
    // What the command line refuses was not read.
    let read = !said.contains("Usage: landgrant");
    let answered = matches!(code, Some(0..=2)) && !said.contains("panicked at");
    if answered && read && told {
        return None;
    }
    let said: String = said.chars().take(400).collect();
    Some(format!(
        "{}: {} {:?}\n  {said}",
        case.name,
        case.arguments.join(" "),
        output.status
    ))
}

fn run(folder: &Utf8Path, arguments: &[&str]) -> Output {
    Command::new("bash")
        .args(["-c", "ulimit -v \"$0\"; exec timeout --signal=KILL \"$@\""])
        .args([ADDRESS_SPACE.to_string(), HANGS.to_string()])
        .arg(env!("CARGO_BIN_EXE_landgrant"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("bash is there")
}
