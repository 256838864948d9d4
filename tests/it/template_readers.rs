//! A differential fuzzer: whatever template Landgrant reads, PyYAML and cfn-lint's loader take for the very same value.
//!
//! Golden templates are mutated, and others are generated. A difference is mended by refusing more. It runs for some seconds;
//! `LANDGRANT_FUZZ_SECONDS` says for how long, and `LANDGRANT_FUZZ_SEED` where it begins.
//!
//! Without the readers, it is a skip with the reason, or a failure in CI.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use landgrant::readback::template_value;
use serde_json::{Map, Value};

use crate::support::generated_templates::{Random, generated, mutated};
use crate::support::tools;

/// Fewer than this compared say nothing.
const FEWEST: usize = 200;

/// The readers, in a process that answers line by line.
struct Readers {
    process: Child,
    texts: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Readers {
    fn start(python: &Path) -> Self {
        let mut process = Command::new(python)
            .arg("tests/support/template_readers.py")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            texts: process.stdin.take().unwrap(),
            answers: BufReader::new(process.stdout.take().unwrap()),
            process,
        }
    }

    /// What each reader takes a text for.
    fn read(&mut self, text: &str) -> Map<String, Value> {
        writeln!(self.texts, "{}", Value::from(text)).unwrap();
        self.texts.flush().unwrap();
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error} of {line} for {text:?}"))
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A Python that has the readers: the machine's own, or the one of the conformance tests.
fn python() -> Result<PathBuf, tools::Missing> {
    let own = tools::on_path("python3").filter(|python| {
        let mut imports = Command::new(python);
        imports.args(["-c", "import yaml, cfnlint.decode.cfn_yaml"]);
        tools::run(&mut imports).is_ok()
    });
    own.map_or_else(tools::python, Ok)
}

/// The golden templates that are short enough to be read often.
fn golden() -> Vec<String> {
    let mut texts = Vec::new();
    let mut folders = vec![PathBuf::from("fixtures/render")];
    while let Some(folder) = folders.pop() {
        let mut entries: Vec<PathBuf> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        entries.sort();
        for path in entries {
            let extension = path.extension().and_then(|extension| extension.to_str());
            if path.is_dir() {
                folders.push(path);
            } else if path
                .components()
                .any(|part| part.as_os_str() == "cloudformation")
                && matches!(extension, Some("yaml" | "json"))
            {
                texts.push(fs::read_to_string(path).unwrap());
            }
        }
    }
    texts.retain(|text| text.len() < 6_000 && template_value(text).is_ok());
    texts.sort();
    texts.dedup();
    assert!(texts.len() > 10, "only {} templates", texts.len());
    texts
}

fn setting(name: &str) -> Option<u64> {
    env::var(name).ok().map(|value| value.parse().unwrap())
}

#[test]
fn every_reader_takes_what_is_read_for_the_same_value() {
    let python = match python() {
        Ok(python) => python,
        Err(missing) if tools::in_ci() => panic!("{missing}"),
        Err(missing) => {
            eprintln!("skipped: {missing}");
            return;
        }
    };
    let seconds = setting("LANDGRANT_FUZZ_SECONDS").unwrap_or(if tools::in_ci() { 40 } else { 10 });
    let seed = setting("LANDGRANT_FUZZ_SEED").unwrap_or(1);
    let mut readers = Readers::start(&python);
    let golden = golden();
    let mut differences = Vec::new();
    let end = Instant::now() + Duration::from_secs(seconds);
    let (mut number, mut compared) = (0, 0);
    // However slow the machine is, enough are compared.
    let is_due = |compared, number| Instant::now() < end || compared < FEWEST && number < 10_000;
    while is_due(compared, number) && differences.len() < 10 {
        let mut random = Random::new(seed, number);
        let text = match golden.get(usize::try_from(number).unwrap()) {
            Some(text) => text.clone(),
            None if number % 2 == 0 => generated(&mut random),
            None => mutated(&mut random, &golden),
        };
        if let Ok(value) = template_value(&text) {
            let difference = difference(&mut readers, &text, &value);
            differences.extend(difference.map(|what| format!("number {number}: {what}")));
            compared += 1;
        }
        number += 1;
    }
    println!("{number} templates from seed {seed}: {compared} are read");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(compared >= FEWEST, "only {compared} of {number} are read");
}

/// What a reader takes a text for, if that is another value than what is read here.
fn difference(readers: &mut Readers, text: &str, value: &Value) -> Option<String> {
    let answers = readers.read(text);
    let mut others = answers
        .iter()
        .filter(|(_, said)| said.get("value") != Some(value));
    let (reader, said) = others.next()?;
    Some(format!(
        "{reader} takes it otherwise: {said}\nread as: {value}\n{text:?}\n"
    ))
}
