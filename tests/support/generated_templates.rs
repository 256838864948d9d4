//! Templates that nobody wrote: golden ones with random edits, and generated ones near to what is read.

/// A generator of numbers: the same for the same seed and number (SplitMix64).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64, number: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ number.wrapping_mul(0xd1b5_4a32_d192_ed03))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below a limit.
    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(limit.max(1)).unwrap()).unwrap()
    }

    fn one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == 0
    }

    fn of<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }
}

/// What a reader of YAML or JSON may stumble over.
const TOKENS: &[&str] = &[
    "\n",
    "\n\n",
    " ",
    "  ",
    "\t",
    "\r",
    "\r\n",
    "- ",
    "-",
    ": ",
    ":",
    "#",
    " #",
    " # x",
    "# x\n",
    "&a ",
    "*a",
    "!Ref ",
    "!Sub ",
    "!GetAtt ",
    "!If ",
    "!Not ",
    "!Equals ",
    "!Join ",
    "!!str ",
    "!!binary ",
    "! ",
    "!<tag:yaml.org,2002:str> ",
    "? ",
    "|",
    "|\n",
    "|-\n",
    "|+\n",
    "|2\n",
    ">",
    ">\n",
    "\"",
    "\"\"",
    "'",
    "''",
    "\\",
    "\\n",
    "\\\"",
    "\\u0041",
    "\\u00e9",
    "\\ud83d",
    "\\x41",
    "\\/",
    "\\\n",
    "\\N",
    "{",
    "}",
    "{}",
    "[",
    "]",
    "[]",
    ",",
    ", ",
    "---\n",
    "--- ",
    "...\n",
    "%YAML 1.1\n",
    "%",
    "@",
    "`",
    "<<: ",
    "<<",
    "=",
    "~",
    "null",
    "yes",
    "No",
    "on",
    "y",
    "true",
    "True",
    "017",
    "0o17",
    "0",
    "-1",
    "+1",
    "-0",
    "1e3",
    "1.0",
    "0x1F",
    "0b1",
    "1_0",
    "12:30",
    "12:30:45",
    ".inf",
    ".nan",
    ".5",
    "5.",
    "2012-10-17",
    "\u{85}",
    "\u{2028}",
    "\u{a0}",
    "\u{feff}",
    "\u{200b}",
    "\u{7f}",
    "\0",
    "\u{1}",
    "é",
    "\u{1f600}",
    "\u{fffe}",
    "\u{e000}",
    "$",
    "${",
    "${!x}",
    "{{",
    "a: b",
    "a: b\n",
    "a",
    "Key",
    "99999999999999999999",
    "a: \n",
    "\n ",
    "\n  ",
    "\n#",
    "(",
    ")",
    ";",
    "\u{3000}",
    "\u{ad}",
];

/// Values, most of which every reader takes alike.
const SCALARS: &[&str] = &[
    "a",
    "Ab1",
    "sts:AssumeRole",
    "a b",
    "a (b)",
    "/",
    "/a/",
    "AWS::NoValue",
    "it's",
    "a=b",
    "a,b",
    "a@b",
    "a-b",
    "x.y",
    "a:b:c",
    "yes",
    "Y",
    "Off",
    "null",
    "Null",
    "~",
    "true",
    "false",
    "TRUE",
    "0",
    "1",
    "-1",
    "017",
    "1e3",
    "1_0",
    "12:30",
    "3600",
    "-0",
    "999999999999999",
    "9999999999999999",
    "2012-10-17",
    "1.5",
    ".5",
    "\"\"",
    "\"a\"",
    "\"a b\"",
    "\"é\"",
    "\"\\n\"",
    "\"\\t\"",
    "\"\\\"\"",
    "\"\\\\\"",
    "\"\\u00e9\"",
    "\"\\u0000\"",
    "\"\\ud83d\\ude00\"",
    "\"\\x41\"",
    "\"\\/\"",
    "\"\\b\\f\\r\"",
    "\"# a\"",
    "\": \"",
    "\"\u{1f600}\"",
    "\"a: b\"",
    "\"${AWS::Partition}\"",
    "\" a \"",
    "\"yes\"",
    "\"017\"",
    "''",
    "'a'",
    "'a''b'",
    "'\\n'",
    "'\"'",
    "' a '",
    "'# a'",
    "'é'",
    "'a: b'",
    "!Ref a",
    "!Ref AWS::NoValue",
    "!Ref \"a\"",
    "!Ref yes",
    "!Ref 'b'",
    "!Ref 12",
    "!Sub \"${a}\"",
    "!Sub a",
    "!GetAtt a.b",
    "!GetAtt \"a.b\"",
    "!GetAtt a.b.c",
    "!GetAtt a",
    "!Not [a]",
    "!Equals [a, \"\"]",
    "!If [a, b, c]",
    "!Not [!Equals [!Ref a, \"\"]]",
    "[]",
    "[a]",
    "[a, b]",
    "[\"a\", 1, true]",
    "[a , b ]",
    "[ a,b]",
    "[[a], []]",
    "[!Ref a, 'b']",
    "[a b, c:d]",
    "[a: b]",
    "[it's, b]",
    "[{}]",
    "{}",
    "{ }",
    "{a: b}",
    "{\"a\": b}",
    "{\"a\":b}",
    "{a: b, c: [d]}",
    "{a: {b: c}, d: {}}",
    "{a: sts:X, b: 'x'}",
    "{a: !Ref b}",
    "{a: b,}",
    "{a}",
    "{a:b}",
    "{a: }",
    "{no: a}",
    "{a: 1 , b: true}",
    "[{a: b}, c]",
    "{ a: b }",
    "{a: b, a: c}",
    "{'a': it's}",
    "=",
    "<<",
    "@a",
    "a #b",
    "a#b",
    "a: b",
    "\"a\" # b",
    "'a' #b",
    "a # b",
    "- a",
    "? a",
    "&a b",
    "*a",
    "\"a\"b",
    "'a'b",
    "[a]b",
    "é",
    "(a)",
    "+a",
    ".a",
    "_a",
    "a:",
    "[-1]",
    "[-, a]",
    "[a-b, a - b]",
    "[\"a\" , \"b\"]",
    "[true,false]",
    "a  b",
    "a - b",
    "a ? b",
    "a (",
    "a'",
    "/: a",
];

const KEYS: &[&str] = &[
    "a",
    "b",
    "c",
    "Key",
    "\"Null\"",
    "'d'",
    "aws:x/y",
    "a b",
    "\"a\"",
    "no",
    "1",
    "true",
    "<<",
    "\"<<\"",
    "=",
    "AWS::x",
    "ForAll:x",
    "\"e: f\"",
    "it's",
    "a'",
    "\"\\u0061\"",
    "/",
    "a ",
    "\"é\"",
    "x-y",
    "? a",
    "!Ref a",
    "\"a\" ",
];

/// A template that is generated: mappings, lists and values in the ways that people write them, and in some odd ones.
pub(crate) fn generated(random: &mut Random) -> String {
    if random.one_in(8) {
        let mut text = String::new();
        json(random, 3, true, &mut text);
        return text;
    }
    let mut text = String::new();
    if random.one_in(4) {
        text.push_str("# notice: 'a\n\n");
    }
    mapping(random, 0, 3, "", &mut text);
    if random.one_in(40) {
        text = text.replace('\n', "\r\n");
    }
    match random.one_in(4) {
        true => edited(random, &text, &[]),
        false => text,
    }
}

fn mapping(random: &mut Random, indent: usize, depth: usize, first: &str, text: &mut String) {
    for number in 0..=random.below(4) {
        if number > 0 || first.is_empty() {
            text.push_str(&" ".repeat(indent));
        } else {
            text.push_str(first);
        }
        // Most keys are different ones.
        match random.one_in(3) {
            true => text.push_str(random.of(KEYS)),
            false => text.push_str(&format!("k{}", random.below(1000))),
        }
        text.push_str(random.of(&[":", ":", ":", ":", ":", ":", " :"]));
        value(random, indent, depth, text);
        if random.one_in(12) {
            let comment = format!("{}# c: \"[{{\n", " ".repeat(random.below(9)));
            text.push_str(random.of(&["\n", "# c\n", &comment, "  \n"]));
        }
    }
}

fn value(random: &mut Random, indent: usize, depth: usize, text: &mut String) {
    let step = if random.one_in(8) {
        1 + random.below(4)
    } else {
        2
    };
    match random.below(if depth == 0 { 6 } else { 10 }) {
        0..=4 => {
            text.push_str(random.of(&[" ", " ", " ", " ", "  ", "", "\n    "]));
            text.push_str(random.of(SCALARS));
            text.push_str(random.of(&["\n", "\n", "\n", "\n", " \n", " # c\n", "\n\n"]));
        }
        5 => lines(random, indent + step, text),
        6 | 7 => {
            text.push_str(random.of(&["\n", "\n", "\n", " # c\n", " \n", " "]));
            mapping(random, indent + step, depth - 1, "", text);
        }
        kind => {
            text.push_str(random.of(&["\n", "\n", "\n", " # c\n", " !If\n", " !Equals\n"]));
            let indent = if kind == 8 { indent + step } else { indent };
            for _ in 0..=random.below(3) {
                text.push_str(&" ".repeat(indent));
                let dash = random.of(&["-", "-", "-", "-", "-  ", "- !If", "- -"]);
                text.push_str(dash);
                match random.one_in(3) {
                    true => mapping(random, indent + 2, depth - 1, " ", text),
                    false => value(random, indent, depth - 1, text),
                }
            }
        }
    }
}

fn lines(random: &mut Random, indent: usize, text: &mut String) {
    text.push_str(random.of(&[
        " |\n", " |\n", " |\n", " |-\n", " |+\n", " >\n", " |  \n", " | # c\n", " |2\n",
    ]));
    for _ in 0..=random.below(4) {
        let more = if random.one_in(5) { random.below(3) } else { 0 };
        text.push_str(&" ".repeat(indent + more));
        text.push_str(random.of(&[
            "a", "b: c", "# d", "- e", "", "", "\"", "'", "f # g", "---", "é", "...", "k:", " h",
        ]));
        text.push('\n');
        if random.one_in(4) {
            text.push_str(random.of(&["\n", "\n", "\n\n", "  \n"]));
        }
    }
}

fn json(random: &mut Random, depth: usize, is_object: bool, text: &mut String) {
    let blank = random.of(&["", "", " ", "\n", "\n  ", "\t", "\r\n"]);
    if !is_object && (depth == 0 || random.one_in(2)) {
        text.push_str(random.of(&[
            "1",
            "0",
            "-1",
            "-0",
            "1.0",
            "1e3",
            "01",
            "true",
            "false",
            "null",
            "\"\"",
            "\"a\"",
            "\"é\"",
            "\"\\u00e9\"",
            "\"\\/\"",
            "\"\\\\\"",
            "\"\\ud83d\\ude00\"",
            "\"\\ud83d\"",
            "\"\u{85}\"",
            "\"\u{2028}\"",
            "\"\u{7f}\"",
            "\"a: b\"",
            "\"# a\"",
            "\"a\tb\"",
            "999999999999999",
            "99999999999999999",
            "\"\\n\"",
            "\"\u{1f600}\"",
            "'a'",
            "a",
            "\"\\u0000\"",
            "\" \"",
            "\"\\b\\f\\r\\t\"",
        ]));
        return;
    }
    let keyed = is_object || random.one_in(2);
    text.push(if keyed { '{' } else { '[' });
    for number in 0..random.below(4) {
        if number > 0 {
            text.push(',');
        }
        text.push_str(blank);
        if keyed {
            let odd = random.of(&["\"a\"", "\"<<\"", "\"\\u0061\"", "\"yes\"", "a"]);
            match random.one_in(6) {
                true => text.push_str(odd),
                false => text.push_str(&format!("\"k{}\"", random.below(1000))),
            }
            text.push_str(random.of(&[":", ": ", ": ", " :", "  : "]));
        }
        json(random, depth.saturating_sub(1), false, text);
    }
    text.push_str(blank);
    text.push(if keyed { '}' } else { ']' });
}

/// A golden template with some edits.
pub(crate) fn mutated(random: &mut Random, golden: &[String]) -> String {
    let text = &golden[random.below(golden.len())];
    edited(random, text, golden)
}

fn edited(random: &mut Random, text: &str, others: &[String]) -> String {
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    for _ in 0..=random.below(3) {
        edit(random, &mut lines, others);
    }
    lines.join("\n")
}

fn edit(random: &mut Random, lines: &mut Vec<String>, others: &[String]) {
    let number = random.below(lines.len());
    let place = |random: &mut Random, line: &str| {
        let places: Vec<usize> = line
            .char_indices()
            .map(|(at, _)| at)
            .chain([line.len()])
            .collect();
        places[random.below(places.len())]
    };
    let at = place(random, &lines[number]);
    match random.below(12) {
        0..=2 => lines[number].insert_str(at, random.of(TOKENS)),
        3 => {
            let to = place(random, &lines[number]);
            lines[number].replace_range(at.min(to)..at.max(to), "");
        }
        4 => {
            let line = lines[number].clone();
            let to = random.below(lines.len());
            lines.insert(to, line);
        }
        5 => drop(lines.remove(number)),
        6 => {
            let last = (number + 1 + random.below(4)).min(lines.len());
            let less = random.one_in(2);
            for line in &mut lines[number..last] {
                match less {
                    true => *line = line.strip_prefix(' ').unwrap_or(line).to_owned(),
                    false => line.insert(0, ' '),
                }
            }
        }
        7 | 8 => {
            let found = [": ", "- "]
                .iter()
                .filter_map(|mark| Some(lines[number].find(mark)? + 2))
                .max();
            if let Some(start) = found {
                lines[number].truncate(start);
                lines[number].push_str(random.of(SCALARS));
            }
        }
        9 => {
            let quote = random.of(&["\"", "'"]);
            let start = lines[number].find(": ").map_or(at, |at| at + 2);
            lines[number].insert_str(start, quote);
            if !random.one_in(4) {
                lines[number].push_str(quote);
            }
        }
        10 => {
            let rest = lines[number].split_off(at);
            lines.insert(number + 1, rest);
        }
        _ => match others.is_empty() {
            true => {
                let next = lines.get(number + 1).cloned().unwrap_or_default();
                lines[number].push_str(next.trim_start());
            }
            false => {
                let other: Vec<&str> = others[random.below(others.len())].split('\n').collect();
                lines[number] = other[random.below(other.len())].to_owned();
            }
        },
    }
    if lines.is_empty() {
        lines.push(String::new());
    }
}
