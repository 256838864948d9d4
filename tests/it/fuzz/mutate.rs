//! Changes files at random, the same for the same seed.

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};

/// A generator of numbers: xorshift64*, by Sebastiano Vigna, "An experimental exploration of Marsaglia's xorshift generators".
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16;
        usize::try_from(number).expect("48 bits") % end.max(1)
    }

    pub(crate) fn of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

/// Files to start from.
pub(crate) struct Corpus {
    files: Vec<Vec<u8>>,
}

/// What parsers stumble over.
const PIECES: &[&str] = &[
    "\r",
    "\r\n",
    "\n\n",
    "\t",
    "\0",
    "\u{feff}",
    "ü",
    "🦀",
    "\u{2028}",
    "\u{202e}",
    "{",
    "}",
    "[",
    "]",
    "{{",
    "}}",
    "{%",
    "%}",
    "{#",
    "#}",
    "\"",
    "'",
    "`",
    "\\",
    "\\u0041",
    "${",
    "${a}",
    "${$}",
    "${aws:username}",
    "%{",
    "%7B",
    "~",
    "*",
    "?",
    "&a",
    "*a",
    "!t",
    "!Sub",
    "!Ref x",
    "<<: x",
    "<<",
    "- ",
    ": ",
    "? ",
    "|",
    ">",
    "|\n",
    "#",
    "---\n",
    "...\n",
    "%YAML 1.2\n",
    "=======\n",
    "null",
    "true",
    "-1",
    "0x1f",
    "1e999",
    ".nan",
    "99999999999999999999",
    "111111111111",
    "arn:aws:iam::111111111111:root",
    "s3:*",
    "*:*",
    "<<E\n",
    "E\n",
    "//",
    "/*",
    "*/",
    " = ",
    "for x in y : z",
    "../",
    "/",
    ",",
    ";",
    "(",
    ")",
    "| f",
    " in ",
    " if ",
    "{% for a in b %}",
    "{% endfor %}",
    "{% include \"x\" %}",
    "{{ a | replace(from=\"a\", to=b) }}",
];

impl Corpus {
    /// The files below folders whose paths are wanted.
    pub(crate) fn of(roots: &[Utf8PathBuf], wanted: fn(&Utf8Path) -> bool) -> Self {
        let mut folders = roots.to_vec();
        let mut paths: Vec<Utf8PathBuf> = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in folder.read_dir_utf8().expect("a folder").flatten() {
                let path = entry.into_path();
                match path.is_dir() {
                    true => folders.push(path),
                    false if wanted(&path) => paths.push(path),
                    false => {}
                }
            }
        }
        paths.sort();
        let read = |path: &Utf8PathBuf| fs::read(path).expect("the file is there");
        let mut files: Vec<Vec<u8>> = paths.iter().map(read).collect();
        files.retain(|file| file.len() < 1 << 16);
        assert!(!files.is_empty(), "no file to start from");
        Self { files }
    }

    /// One of them, changed in a few places.
    pub(crate) fn changed(&self, random: &mut Random) -> Vec<u8> {
        let mut bytes = random.of(&self.files).clone();
        for _ in 0..random.below(6) {
            let at = random.below(bytes.len() + 1);
            let end = (at + random.below(40)).min(bytes.len());
            match random.below(9) {
                0 => drop(bytes.drain(at..end)),
                1 => bytes.truncate(at),
                2 => {
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte ^= 1 << random.below(8);
                    }
                }
                3 => {
                    let times = 1 + random.below(50);
                    let piece = bytes[at..end].repeat(times);
                    insert(&mut bytes, at, &piece);
                }
                4 => {
                    let times = 1 + random.below(300);
                    let piece = random.of(PIECES).repeat(times);
                    insert(&mut bytes, at, piece.as_bytes());
                }
                5 => {
                    let other = random.of(&self.files);
                    let from = random.below(other.len() + 1);
                    let to = (from + random.below(400)).min(other.len());
                    insert(&mut bytes, at, &other[from..to]);
                }
                6 => {
                    // A line stands elsewhere too.
                    let start = bytes[..at]
                        .iter()
                        .rposition(|byte| *byte == b'\n')
                        .map_or(0, |at| at + 1);
                    let length = bytes[start..].iter().position(|byte| *byte == b'\n');
                    let line = bytes
                        [start..length.map_or(bytes.len(), |length| start + length + 1)]
                        .to_vec();
                    let starts: Vec<usize> = bytes
                        .iter()
                        .enumerate()
                        .filter(|(_, byte)| **byte == b'\n')
                        .map(|(at, _)| at + 1)
                        .collect();
                    if !starts.is_empty() {
                        let to = *random.of(&starts);
                        insert(&mut bytes, to, &line);
                    }
                }
                _ => insert(&mut bytes, at, random.of(PIECES).as_bytes()),
            }
        }
        bytes
    }
}

fn insert(bytes: &mut Vec<u8>, at: usize, piece: &[u8]) {
    bytes.splice(at..at, piece.iter().copied());
}
