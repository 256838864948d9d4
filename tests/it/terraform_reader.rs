//! A differential fuzzer: whatever HCL Landgrant reads, Terraform plans the very same.
//!
//! Rendered root modules are edited token by token, and literals are generated. What is refused here is not compared; what
//! is read must be what Terraform plans. A difference is mended by refusing more. It runs for some seconds;
//! `LANDGRANT_FUZZ_SECONDS` says for how long, and `LANDGRANT_FUZZ_SEED` where it begins.
//!
//! Without Terraform, it is a skip with the reason, or a failure in CI.

use std::env;
use std::time::{Duration, Instant};

use landgrant::model::FileSet;
use landgrant::readback::{Known, hcl_value, read_folder};

use crate::support::terraform_reader::{Reader, Sample, is_below, keep, read_facts, values};
use crate::support::{pipeline, tools};

/// Root modules that are edited: of a case, its folder and its account.
const ROOTS: &[(&str, &str, &str)] = &[
    ("micetro-two-targets", "terraform/hub", "111111111111"),
    (
        "micetro-two-targets",
        "terraform/targets/222222222222",
        "222222222222",
    ),
    (
        "micetro-overrides",
        "terraform/targets/222222222222",
        "222222222222",
    ),
    (
        "multitool-roles",
        "terraform/targets/222222222222",
        "222222222222",
    ),
    ("own-catalog", "terraform/hub", "111111111111"),
    ("role-list-json", "terraform/hub", "111111111111"),
    (
        "karpenter",
        "terraform/targets/222222222222",
        "222222222222",
    ),
    (
        "split-role",
        "terraform/targets/222222222222",
        "222222222222",
    ),
];

/// What is planned together. Terraform takes seconds, however little it plans.
const TOGETHER: usize = 80;
const LITERALS_TOGETHER: usize = 300;

/// Fewer than these compared say nothing.
const FEWEST: usize = 24;
const FEWEST_LITERALS: usize = 300;

/// What an edit puts in: what readers of HCL are known to take differently, and what changes a grant.
const PIECES: &[&str] = &[
    "<<E\nE\n",
    "<<-E\n  x\n  E\n",
    "\"\"",
    "\"*\"",
    "\"$\"",
    "\"$$\"",
    "\"$${x}\"",
    "\"$$${x}\"",
    "\"%%{x}\"",
    "\"%{ if true }x%{ endif }\"",
    "\"\\u0024{each.key}\"",
    "\"\\u0009\"",
    "\"\\n\"",
    "\"${each.key}\"",
    "\"${~ each.key ~}\"",
    "\"a\u{e9}\"",
    "\"e\u{301}\"",
    "\"\u{2028}\"",
    "\u{feff}",
    "\r\n",
    "\n",
    "\n\n",
    " ",
    "\t",
    "\u{a0}",
    "# x\n",
    "# x\r\n",
    "// x\n",
    "/* x */",
    "/* \n */",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    ",",
    ",,",
    "=",
    "=>",
    ":",
    ".",
    "...",
    "?",
    "==",
    "&&",
    "||",
    "!",
    "-",
    "+",
    "*",
    "/",
    "0",
    "007",
    "1",
    "1e3",
    "0x10",
    "1.0",
    "9007199254740993",
    "true",
    "false",
    "null",
    "for",
    "in",
    "if",
    "each.key",
    "each.value",
    "each.value.role_arn",
    "var.name",
    "local.tags",
    "local.targets",
    "toset([\"a\"])",
    "merge(",
    "concat(",
    "jsonencode(",
    "file(\"x\")",
    "[0]",
    "[*]",
    ".*",
    "{}",
    "[]",
    "{ a = 1 }",
    "{ \"b\" = 1, a = 2 }",
    "{ a = 1\n b = 2 }",
    "{ (a) = 1 }",
    "{ a : 1 }",
    "for_each = {}\n",
    "count = 0\n",
    "count = 2\n",
    "provider = aws.x\n",
    "depends_on = []\n",
    "lifecycle {\n  ignore_changes = all\n}\n",
    "dynamic \"x\" {\n}\n",
    "moved {\n}\n",
    "locals {\n  more = 1\n}\n",
    "resource \"aws_iam_group\" \"more\" {\n  name = \"more\"\n}\n",
    "resource \"aws_iam_role_policy_attachment\" \"more\" {\n  role       = aws_iam_role.access.name\n  policy_arn = \"arn:aws:iam::aws:policy/AdministratorAccess\"\n}\n",
    "\"222222222222\"",
    "\"1\"",
    "\"2\"",
    "NotAction",
    "Deny",
    "Sid",
    "\"Statement\"",
    "a-b",
    "_a",
    "é",
];

/// A generator that gives the same numbers for a seed.
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end.max(1)).unwrap()).unwrap()
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

fn setting(name: &str) -> Option<u64> {
    env::var(name).ok().map(|value| value.parse().unwrap())
}

/// Terraform, unless it is missing where that is no failure.
fn terraform() -> Option<tools::Terraform> {
    match tools::terraform() {
        Ok(tool) => Some(tool),
        Err(missing) if tools::in_ci() => panic!("{missing}"),
        Err(missing) => {
            eprintln!("skipped: {missing}");
            None
        }
    }
}

fn end() -> Instant {
    let seconds = setting("LANDGRANT_FUZZ_SECONDS").unwrap_or(if tools::in_ci() { 40 } else { 10 });
    Instant::now() + Duration::from_secs(seconds)
}

fn seed() -> u64 {
    setting("LANDGRANT_FUZZ_SEED").unwrap_or(1)
}

#[test]
fn terraform_plans_what_is_read_of_edited_modules() {
    let Some(tool) = terraform() else { return };
    let roots: Vec<Sample> = ROOTS
        .iter()
        .map(|(case, root, account)| {
            let mut files = pipeline::fixture(case).files;
            files.retain(|path, _| {
                is_below(path.as_str(), root) || is_below(path.as_str(), "terraform/modules")
            });
            // A module that nobody here calls is refused.
            if *root == "terraform/hub" {
                files.retain(|path, _| is_below(path.as_str(), root));
            } else {
                let main = files[camino::Utf8Path::new(&format!("{root}/main.tf"))].to_owned();
                files.retain(|path, _| {
                    !is_below(path.as_str(), "terraform/modules")
                        || main.contains(&format!(
                            "../../{}\"",
                            path.parent().unwrap().strip_prefix("terraform").unwrap()
                        ))
                });
                provider_apart(&mut files, root);
            }
            Sample {
                files,
                root: (*root).to_owned(),
                account: (*account).to_owned(),
            }
        })
        .collect();
    let mut reader = Reader::new(&tool);
    let seed = seed();
    let end = end();
    let mut random = Random::new(seed);
    let (mut tried, mut refused, mut compared) = (0, 0, 0);
    // What nobody edited comes first: the facts are told alike.
    let mut batch: Vec<(Sample, _)> = Vec::new();
    for root in &roots {
        let access = read(&root.files).unwrap_or_else(|error| panic!("{}: {error}", root.root));
        batch.push((copy(root), access));
    }
    loop {
        while batch.len() < TOGETHER {
            let mut sample = copy(random.of(&roots));
            edit(&mut sample, &mut random);
            tried += 1;
            if let Ok(facts) = read(&sample.files) {
                batch.push((sample, facts));
            }
        }
        let (samples, read): (Vec<Sample>, Vec<_>) = batch.drain(..).unzip();
        for ((sample, read), planned) in samples.iter().zip(read).zip(reader.read(&samples)) {
            match planned {
                None => refused += 1,
                Some(planned) => {
                    compared += 1;
                    assert!(
                        planned == read,
                        "seed {seed}: Terraform plans otherwise\nonly planned: {:#?}\nonly read: {:#?}\n{}",
                        planned.difference(&read).collect::<Vec<_>>(),
                        read.difference(&planned).collect::<Vec<_>>(),
                        keep(sample)
                    );
                }
            }
        }
        if Instant::now() > end {
            break;
        }
    }
    println!(
        "{tried} edits from seed {seed}: {compared} are read, and planned alike; Terraform refuses {refused} of those that are read"
    );
    assert!(compared >= FEWEST, "only {compared} of {tried} are read");
}

/// Moves the provider of a root module into a file of its own, which is neither edited nor given to Terraform.
fn provider_apart(files: &mut FileSet, root: &str) {
    let main = format!("{root}/main.tf");
    let text = files[camino::Utf8Path::new(&main)].to_owned();
    let start = text.find("provider \"aws\" {").unwrap();
    let end = start + text[start..].find("\n}\n").unwrap() + 3;
    files.insert(main, format!("{}{}", &text[..start], &text[end..]));
    files.insert(format!("{root}/providers.tf"), &text[start..end]);
}

fn copy(sample: &Sample) -> Sample {
    Sample {
        files: sample.files.clone(),
        root: sample.root.clone(),
        account: sample.account.clone(),
    }
}

fn read(files: &FileSet) -> Result<std::collections::BTreeSet<String>, String> {
    let read = read_folder(files, &Known::default()).map_err(|error| error.to_string())?;
    Ok(read_facts(&read[0].access))
}

/// Edits a file of a sample in one place or a few. What says which account a provider reaches is not planned here.
fn edit(sample: &mut Sample, random: &mut Random) {
    let paths: Vec<_> = sample
        .files
        .keys()
        .filter(|path| path.file_name() != Some("providers.tf"))
        .map(ToOwned::to_owned)
        .collect();
    let path = random.of(&paths);
    let mut tokens: Vec<String> = tokens(&sample.files[path]);
    for _ in 0..=random.below(3) {
        let at = random.below(tokens.len());
        let piece = match random.below(3) {
            0 => generated(random, 2),
            1 => random.of(&tokens).clone(),
            _ => (*random.of(PIECES)).to_owned(),
        };
        match random.below(6) {
            0 => drop(tokens.remove(at)),
            1 => tokens.insert(at, tokens[at].clone()),
            2 => tokens.insert(at, piece),
            3 => {
                let other = random.below(tokens.len());
                tokens.swap(at, other);
            }
            4 => {
                // A text for a text, so that most of these are read.
                let texts: Vec<usize> = (0..tokens.len())
                    .filter(|at| tokens[*at].starts_with('"'))
                    .collect();
                if !texts.is_empty() {
                    tokens[*random.of(&texts)] = quoted(random);
                }
            }
            _ => tokens[at] = piece,
        }
        if tokens.is_empty() {
            tokens.push("\n".to_owned());
        }
    }
    sample.files.insert(path.clone(), tokens.concat());
}

/// Words, quoted texts, blanks and signs.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let same = |kind: fn(char) -> bool| {
            rest.find(|character| !kind(character))
                .unwrap_or(rest.len())
        };
        let length = match first {
            '"' => {
                let mut escaped = false;
                let close = rest.char_indices().skip(1).find(|(_, character)| {
                    let closes = *character == '"' && !escaped;
                    escaped = *character == '\\' && !escaped;
                    closes
                });
                close.map_or(rest.len(), |(at, _)| at + 1)
            }
            '#' => rest.find('\n').unwrap_or(rest.len()),
            character if character.is_alphanumeric() || character == '_' => {
                same(|character| character.is_alphanumeric() || character == '_')
            }
            ' ' => same(|character| character == ' '),
            other => other.len_utf8(),
        };
        tokens.push(rest[..length].to_owned());
        rest = &rest[length..];
    }
    tokens
}

/// A quoted text of signs that readers care for.
fn quoted(random: &mut Random) -> String {
    const SIGNS: &[&str] = &[
        "$",
        "%",
        "{",
        "}",
        "$${",
        "%%{",
        "\\\"",
        "\\\\",
        "\\n",
        "\\t",
        "\\r",
        "a",
        "*",
        ":",
        "/",
        " ",
        "#",
        "//",
        "/*",
        "é",
        "\\u0007",
        "\\u001b",
        "'",
        "`",
        "<<E",
        "~",
        "\u{1f600}",
        "=",
        ",",
        "[",
        "arn:aws:iam::aws:policy/AdministratorAccess",
    ];
    let signs: String = (0..random.below(8)).map(|_| *random.of(SIGNS)).collect();
    format!("\"{signs}\"")
}

/// A literal, or a call or a loop over literals as the forms have them.
fn generated(random: &mut Random, depth: usize) -> String {
    let inner = |random: &mut Random| generated(random, depth.saturating_sub(1));
    match random.below(if depth == 0 { 4 } else { 11 }) {
        0 | 1 => quoted(random),
        2 => (*random.of(&["0", "1", "42", "9007199254740991", "3600"])).to_owned(),
        3 => (*random.of(&["true", "false", "null", "[]", "{}"])).to_owned(),
        4 => {
            let items: Vec<String> = (0..random.below(4)).map(|_| inner(random)).collect();
            let separator = *random.of(&[", ", ",\n", ",", " , "]);
            let close = *random.of(&["]", ",]", "\n]", " # x\n]"]);
            format!("[{}{close}", items.join(separator))
        }
        5..=7 => {
            let fields: Vec<String> = (0..random.below(4))
                .map(|_| {
                    let key = match random.below(3) {
                        0 => quoted(random),
                        _ => (*random.of(&[
                            "a", "b", "a-b", "_c", "Sid", "for_each", "\"1\"", "true", "B",
                        ]))
                        .to_owned(),
                    };
                    format!("{key}{}{}", random.of(&[" = ", "=", "\t= "]), inner(random))
                })
                .collect();
            let separator = *random.of(&[", ", "\n", ",\n", "# x\n", " # x\r\n", ","]);
            let (open, close) = *random.of(&[
                ("{", "}"),
                ("{\n", "\n}"),
                ("{ ", " }"),
                ("{ # x\n", ",\n}"),
            ]);
            format!("{open}{}{close}", fields.join(separator))
        }
        8 => {
            let over = inner(random);
            let (names, value) =
                *random.of(&[("v", "v"), ("k, v", "v"), ("k, v", "k"), ("v", "[v]")]);
            format!("[for {names} in {over} : {value}]")
        }
        9 => {
            let over = inner(random);
            let (names, key, value) =
                *random.of(&[("k, v", "k", "v"), ("k, v", "v", "k"), ("v", "v", "v")]);
            format!("{{ for {names} in {over} : {key} => {value} }}")
        }
        _ => {
            let name = *random.of(&["merge", "concat", "jsonencode", "setunion"]);
            let arguments: Vec<String> = (0..random.below(3)).map(|_| inner(random)).collect();
            let end = *random.of(&["", "", "..."]);
            format!("{name}({}{end})", arguments.join(", "))
        }
    }
}

#[test]
fn terraform_holds_what_is_read_of_literals() {
    let Some(tool) = terraform() else { return };
    let seed = seed();
    let mut random = Random::new(seed);
    let end = end();
    let (mut tried, mut refused, mut compared) = (0, 0, 0);
    loop {
        let mut texts = Vec::new();
        let mut read = Vec::new();
        while texts.len() < LITERALS_TOGETHER {
            let mut text = generated(&mut random, 4);
            if random.below(4) == 0 {
                let mut edited = tokens(&text);
                let at = random.below(edited.len());
                edited.insert(at, (*random.of(PIECES)).to_owned());
                text = edited.concat();
            }
            tried += 1;
            if let Ok(value) = hcl_value(&text) {
                texts.push(text);
                read.push(value);
            }
        }
        for ((text, read), held) in texts.iter().zip(read).zip(values(&tool, &texts)) {
            match held {
                None => refused += 1,
                Some(held) => {
                    compared += 1;
                    assert_eq!(held, read, "seed {seed}: {text:?}");
                }
            }
        }
        if Instant::now() > end {
            break;
        }
    }
    println!(
        "{tried} literals from seed {seed}: {compared} are read, and held alike; Terraform refuses {refused} of those that are read"
    );
    assert!(compared >= FEWEST_LITERALS, "only {compared} of {tried}");
}
