//! The page of a kit in real Chromium, driven by Playwright: what `tests/page/open.mjs` looks at.
//!
//! A tool that is missing is a skip with the reason, or a failure in CI.

#[path = "support/browser.rs"]
mod browser;
#[allow(dead_code, reason = "each test binary uses its part of the support")]
#[path = "support/tools.rs"]
mod tools;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

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
    let output = Command::new(&browser.node)
        .arg("tests/page/open.mjs")
        .arg(&browser.modules)
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

/// The pages by name. The library's tests write them, of kits that are made up.
fn pages() -> Vec<(&'static str, PathBuf)> {
    let written = Command::new(env!("CARGO"))
        .args(["test", "--locked", "--quiet", "--lib", "kit::page_tests"])
        .output()
        .unwrap();
    assert!(
        written.status.success(),
        "{}{}",
        String::from_utf8_lossy(&written.stdout),
        String::from_utf8_lossy(&written.stderr)
    );
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("kit-pages");
    ["usual", "thousand", "groups", "hostile", "bare"]
        .map(|name| (name, folder.join(name).join("index.html")))
        .to_vec()
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
