//! CloudFormation templates as the JSON values they stand for, where every reader takes them for the same values.
//!
//! CloudFormation, PyYAML and YAML 1.2 differ on much: `no`, `017`, `12:30:45`, anchors, keys that stand twice, what ends
//! a line. So only a part of YAML is read, which is the part that is rendered. Everything else is a [`Fault`] with its place.

mod json;
mod place;
mod scalar;
mod yaml;

use std::fmt;

use serde_json::Value as Json;

pub(crate) use json::{WrittenOut, parse as parse_json};
pub(crate) use place::{Path, Step, find};
pub(crate) use scalar::{is_plain, is_unusual, quoted, without_unusual};

/// What is not read in a template, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The line, counted from 1.
    pub(crate) line: usize,
    /// The column in characters, counted from 1.
    pub(crate) column: usize,
    /// What is wrong, and what to write instead.
    pub(crate) what: String,
}

impl Fault {
    /// A fault at a byte of a text.
    fn at(text: &str, byte: usize, what: impl Into<String>) -> Self {
        let before = text.get(..byte).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            what: what.into(),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.what)
    }
}

/// Reads a template: JSON where it begins with a brace or a bracket, else YAML, with the short tags written out.
///
/// # Errors
///
/// When readers could take any of it for different values.
pub(crate) fn template(text: &str) -> Result<Json, Fault> {
    usual(text)?;
    match is_json(text) {
        true => json::template(text),
        false => yaml::read(text),
    }
}

/// Whether a template is written in JSON.
fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

/// Refuses characters that end a line to some readers only, that not all of them take, or that nobody sees.
fn usual(text: &str) -> Result<(), Fault> {
    let mut characters = text.char_indices().peekable();
    while let Some((byte, character)) = characters.next() {
        let what = match character {
            '\n' => continue,
            '\r' if matches!(characters.peek(), Some((_, '\n'))) => continue,
            '\r' => "a carriage return without a line feed ends a line to some readers only: write a line feed".to_owned(),
            '\t' => "a tab, which readers of YAML take differently: write blanks, or `\\t` in double quotes".to_owned(),
            other if is_unusual(other) => format!(
                "the character U+{:04X}, which nobody sees or readers of YAML take differently: leave it out, or write \
                 `\\u{:04x}` in double quotes",
                u32::from(other),
                u32::from(other)
            ),
            _ => continue,
        };
        return Err(Fault::at(text, byte, what));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::template;

    #[test]
    fn what_is_rendered_is_read() {
        let text = "# notice\nAWSTemplateFormatVersion: \"2010-09-09\"\n\nResources:\n  Role: # a role\n    Type: AWS::IAM::Role\n    Properties:\n      Path: !Ref RolePath\n      Max: 3600\n      Is: true\n      Empty: {}\n      Braces: {a: b:c, \"d\": [1, !Ref e], f: {}}\n      Tags:\n        - !If\n          - HasTag\n          - Key: 'it''s'\n            Value: \"a\\\"\\u00e9\"\n          - !Ref AWS::NoValue\n      Not: !Not [!Equals [!Ref X, \"\"]]\n      Arn: !GetAtt Role.Arn\n      Body: |\n        # x\n        a: b\n\n        c: d\n  # end\nOutputs: {}\n";
        let read = template(text).unwrap();
        assert_eq!(
            read["Resources"]["Role"],
            json!({"Type": "AWS::IAM::Role", "Properties": {
                "Path": {"Ref": "RolePath"}, "Max": 3600, "Is": true, "Empty": {}, "Braces": {"a": "b:c", "d": [1, {"Ref": "e"}], "f": {}},
                "Tags": [{"Fn::If": ["HasTag", {"Key": "it's", "Value": "a\"é"}, {"Ref": "AWS::NoValue"}]}],
                "Not": {"Fn::Not": [{"Fn::Equals": [{"Ref": "X"}, ""]}]},
                "Arn": {"Fn::GetAtt": ["Role", "Arn"]},
                "Body": "# x\na: b\n\nc: d\n",
            }})
        );
        assert_eq!(template(&text.replace('\n', "\r\n")).unwrap(), read);
        let json = serde_json::to_string_pretty(&read).unwrap();
        assert_eq!(template(&json).unwrap(), read);
    }

    /// Texts that readers take for different values, or that hide something, each with a word of what is said.
    const REFUSED: &[(&str, &str)] = &[
        ("a: &x b\n", "1:4: an anchor"),
        ("a: &x b\nc: *x\n", "1:4: an anchor"),
        ("a: *x\n", "1:4: an alias"),
        ("a:\n  <<: b\n", "2:3"),
        ("a:\n  \"<<\": b\n", "2:3: a key"),
        ("a: b\na: c\n", "2:1: `a` appears twice"),
        ("a: b\n\"\\u0061\": c\n", "2:1: `a` appears twice"),
        ("a: !!str b\n", "1:4: the tag `!!str`"),
        ("a: !!binary eA==\n", "1:4: the tag"),
        ("a: ! b\n", "1:4: the tag"),
        ("a: !<tag:yaml.org,2002:str> b\n", "1:4: the tag"),
        ("a: !Join [\"\", [b]]\n", "1:4: the tag `!Join`"),
        ("a: !Transform\n  Name: x\n", "1:4: the tag `!Transform`"),
        ("a: !Ref\n  b: c\n", "`!Ref` takes a text"),
        ("a: !GetAtt [b, Arn]\n", "`!GetAtt` takes a text"),
        ("a: !GetAtt b.c.Arn\n", "an id and an attribute"),
        ("a: !Ref yes\n", "1:9: `yes`"),
        ("a: !Ref 12\n", "1:9: `12`"),
        ("--- \na: b\n", "1:1: a document mark"),
        ("a: b\n---\na: c\n", "2:1: a document mark"),
        ("a: b\n...\n", "2:1: a document mark"),
        ("%YAML 1.1\n---\na: b\n", "1:1"),
        ("a:\tb\n", "1:3: a tab"),
        ("a: b\r", "1:5: a carriage return"),
        ("a: \"b\u{85}\"\n", "1:6: the character U+0085"),
        ("a: b # \u{2028}c: d\n", "1:8: the character U+2028"),
        ("a: \"\u{202e}b\"\n", "1:5: the character U+202E"),
        ("\u{feff}a: b\n", "1:1: the character U+FEFF"),
        ("a: \"\u{a0}\"\n", "U+00A0"),
        ("a: no\n", "1:4: `no`"),
        ("a: On\n", "`On`"),
        ("a: y\n", "`y`"),
        ("a: True\n", "`True`"),
        ("a: null\n", "`null`"),
        ("a: ~\n", "`~`"),
        ("a:\n", "without a value"),
        ("a:\n  - b\n  -\n", "without a value"),
        ("a: 017\n", "`017`"),
        ("a: 0o17\n", "`0o17`"),
        ("a: 0x1f\n", "`0x1f`"),
        ("a: 1_000\n", "`1_000`"),
        ("a: 12:30:45\n", "`12:30:45`"),
        ("a: 1e3\n", "`1e3`"),
        ("a: 1.0\n", "`1.0`"),
        ("a: +1\n", "`+1`"),
        ("a: -0\n", "`-0`"),
        ("a: 99999999999999999\n", "`99999999999999999`"),
        ("a: .inf\n", "`.inf`"),
        ("a: =\n", "`=`"),
        ("a: 2012-10-17\n", "`2012-10-17`"),
        ("a: é\n", "`é`"),
        ("1: a\n", "1:1: a key that is not text"),
        ("true: a\n", "1:1: a key that is not text"),
        ("? a\n: b\n", "1:1"),
        ("[a]: b\n", "1:"),
        ("a: {b: c,}\n", "1:"),
        ("a: {b: c,\n  d: e}\n", "1:"),
        ("a: {b}\n", "1:"),
        ("a: {b:c}\n", "1:"),
        ("a: {\"b\":c}\n", "1:"),
        ("a: {b: }\n", "1:"),
        ("a: {? b: c}\n", "1:"),
        ("a: [b: c]\n", "1:5"),
        ("a: [b,]\n", "1:"),
        ("a: [b,\n  c]\n", "1:"),
        ("a: >\n  b\n", "1:4: a folded text"),
        ("a: |-\n  b\n", "1:4: a text of lines"),
        ("a: |2\n   b\n", "1:4: a text of lines"),
        ("a: b\n  c\n", "1:4"),
        ("a: \"b\n  c\"\n", "1:4"),
        ("a: \"b\\\n  c\"\n", "1:4"),
        ("a: 'b\n  c'\n", "1:4"),
        ("a: \"\\x41\"\n", "1:5: the escape `\\x`"),
        ("a: \"\\U00000041\"\n", "the escape `\\U`"),
        ("a: \"\\/\"\n", "the escape `\\/`"),
        ("a: \"\\ud83d\\ude00\"\n", "invalid Unicode"),
        ("a: \"b\n", "1:"),
        ("a: @b\n", "1:4"),
        ("{\"a\": 1, \"a\": 2}", "1:12: `a` appears twice"),
        ("{\"a\": 1.0}", "1:7: `1.0`"),
        ("{\"a\": -0}", "1:7"),
        ("{\"a\": 1e3}", "1:7"),
        ("{\"a\": 99999999999999999}", "1:7"),
        ("{\"a\": null}", "1:7"),
        ("{\"a\": \"\\ud83d\"}", "the escape `\\ud83d`"),
        ("{\"a\": \"\\ud83d\\ude00\"}", "the escape `\\ud83d`"),
        ("{\"a\": \"\\/\"}", "1:8: the escape `\\/`"),
        ("{\"a\": 1} # b", "1:10"),
        ("{\"a\": 1,}", "1:9"),
        ("{a: b}", "1:2"),
        ("", "no template"),
        ("- a\n", "1:1: a template must be a mapping"),
    ];

    #[test]
    fn what_readers_take_differently_is_refused_with_its_place() {
        let mut odd = Vec::new();
        for (text, expected) in REFUSED {
            match template(text) {
                Ok(value) => odd.push(format!("{text:?} is read as {value}")),
                Err(fault) if fault.to_string().contains(expected) => {}
                Err(fault) => odd.push(format!("{text:?}: {fault}")),
            }
        }
        assert!(odd.is_empty(), "{}", odd.join("\n"));
        let deep = format!("a: {}b{}\n", "[".repeat(99), "]".repeat(99));
        assert!(template(&deep).unwrap_err().what.contains("deep"));
        let deep = format!("{{\"a\": {}1{}}}", "[".repeat(99), "]".repeat(99));
        assert!(template(&deep).unwrap_err().what.contains("deep"));
    }
}
