//! Texts of a template as they are written: which need no quotes, and what stands in quotes.

use serde_json::Value;

/// Words that some reader of YAML takes for a truth value or for nothing.
const WORDS: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];

/// Whether every reader takes the bare text for itself.
pub(crate) fn is_plain(text: &str) -> bool {
    let safe = |c: char| c.is_ascii_alphanumeric() || "_./:@+=,-()' ".contains(c);
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
        && text.chars().all(safe)
        && !text.contains(": ")
        && !text.ends_with([':', ' '])
        && !WORDS.contains(&text.to_ascii_lowercase().as_str())
}

/// Whether a character is better written by its number: readers of YAML differ on it, or nobody sees it.
pub(crate) fn is_unusual(character: char) -> bool {
    match character {
        ' ' | '\n' => false,
        // Soft hyphen, letter marks and joiners, directions, annotations, the byte order mark, what is no character.
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}' => true,
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => true,
        '\u{fdd0}'..='\u{fdef}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}'..='\u{ffff}' => true,
        other => other.is_control() || other.is_whitespace(),
    }
}

/// A text in double quotes: a string of JSON, which is one of YAML, without unusual characters.
pub(crate) fn quoted(text: &str) -> String {
    without_unusual(&serde_json::Value::from(text).to_string())
}

/// JSON in which unusual characters of strings are written by their numbers. Elsewhere it has none but line ends.
pub(crate) fn without_unusual(json: &str) -> String {
    if !json.contains(is_unusual) {
        return json.to_owned();
    }
    json.chars()
        .map(|character| match is_unusual(character) {
            true => format!("\\u{:04x}", u32::from(character)),
            false => character.to_string(),
        })
        .collect()
}

/// A scalar as it stands in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written<'t> {
    Plain(&'t str),
    Single(&'t str),
    Double(&'t str),
    /// The lines of a text after `|`, with their indentation.
    Lines {
        text: &'t str,
        indent: usize,
    },
}

/// The scalar that a text begins with, and its length. A plain one in brackets or braces ends with a comma or with these.
pub(super) fn scan(text: &str, in_brackets: bool) -> Result<(Written<'_>, usize), String> {
    if let Some(inner) = text.strip_prefix('"') {
        let length = double(inner)?;
        return Ok((Written::Double(&text[..length + 2]), length + 2));
    }
    if let Some(inner) = text.strip_prefix('\'') {
        let length = single(inner)?;
        return Ok((Written::Single(&inner[..length]), length + 2));
    }
    if text.starts_with('|') {
        return lines(text);
    }
    let line = text.lines().next().unwrap_or_default();
    let ends = [": ", " #"].map(|end| line.find(end));
    let mut end = ends.into_iter().flatten().min().unwrap_or(line.len());
    if in_brackets {
        end = line.find([',', ']', '}']).unwrap_or(end).min(end);
    }
    let plain = line[..end].trim_end_matches(' ');
    let plain = plain.strip_suffix(':').unwrap_or(plain);
    Ok((Written::Plain(plain), plain.len()))
}

/// How far a text goes until the double quote that ends it. Its escapes are those that JSON and YAML share.
fn double(inner: &str) -> Result<usize, String> {
    let mut rest = inner;
    loop {
        let special = rest.find(['"', '\\', '\n', '\r']);
        let at = special.ok_or("a text in quotes that does not end")?;
        let length = inner.len() - rest.len() + at;
        match rest.as_bytes()[at] {
            b'"' => return Ok(length),
            b'\\' => {
                escape(&rest[at..])?;
                rest = &rest[at + 2..];
            }
            _ => {
                return Err(
                    "a text in quotes that goes over a line: write it on one line, with `\\n`"
                        .to_owned(),
                );
            }
        }
    }
}

/// Refuses an escape that not every reader of JSON and YAML takes for the same character.
pub(super) fn escape(text: &str) -> Result<(), String> {
    let Some(kind) = text.chars().nth(1) else {
        return Err("a text in quotes that does not end".to_owned());
    };
    let digits = text.get(2..6).filter(|_| kind == 'u');
    let number = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
    let shown = match kind {
        '"' | '\\' | 'b' | 'f' | 'n' | 'r' | 't' => return Ok(()),
        'u' if number.and_then(char::from_u32).is_some() => return Ok(()),
        'u' => format!("\\u{}", digits.unwrap_or_default()),
        other => format!("\\{}", other.escape_default()),
    };
    Err(format!(
        "the escape `{shown}`, which not every reader of JSON and YAML takes alike: write the character itself, or `\\uXXXX` \
         where it is one of four digits"
    ))
}

fn single(inner: &str) -> Result<usize, String> {
    let mut at = 0;
    loop {
        let special = inner[at..].find(['\'', '\n', '\r']);
        at += special.ok_or("a text in quotes that does not end")?;
        match (inner.as_bytes()[at], inner.as_bytes().get(at + 1)) {
            (b'\'', Some(b'\'')) => at += 2,
            (b'\'', _) => return Ok(at),
            _ => return Err("a text in quotes that goes over a line: write it on one line, in double quotes with `\\n`".to_owned()),
        }
    }
}

fn lines(text: &str) -> Result<(Written<'_>, usize), String> {
    let refused = || {
        "a text of lines is written with `|` alone, its first line right below, and no line of blanks only: or write it in \
         double quotes with `\\n`"
            .to_owned()
    };
    let head = text.split_inclusive('\n').next().unwrap_or_default();
    if head.trim_end_matches(['\r', '\n']) != "|" {
        return Err(refused());
    }
    let body = &text[head.len()..];
    let indent = body.len() - body.trim_start_matches(' ').len();
    if indent == 0 {
        return Err(refused());
    }
    let mut length = 0;
    for line in body.split_inclusive('\n') {
        let content = line.trim_end_matches(['\r', '\n']);
        let blanks = content.len() - content.trim_start_matches(' ').len();
        if !content.is_empty() && blanks == content.len() {
            return Err(refused());
        }
        if !content.is_empty() && blanks < indent {
            break;
        }
        length += line.len();
    }
    let text = &body[..length];
    Ok((Written::Lines { text, indent }, head.len() + length))
}

impl Written<'_> {
    /// The text that it stands for; none of what is no text that JSON has.
    pub(super) fn text(&self) -> Option<String> {
        match self {
            Self::Plain(text) => Some((*text).to_owned()),
            Self::Single(inner) => Some(inner.replace("''", "'")),
            Self::Double(quoted) => serde_json::from_str(quoted).ok(),
            Self::Lines { text, indent } => {
                let lines = text
                    .lines()
                    .map(|line| line.get(*indent..).unwrap_or_default());
                let joined = lines.collect::<Vec<_>>().join("\n");
                Some(format!("{}\n", joined.trim_end_matches('\n')))
            }
        }
    }
}

/// A value without quotes that every reader takes for the same.
pub(super) fn literal(plain: &str) -> Option<Value> {
    let digits = plain.strip_prefix('-').unwrap_or(plain);
    let is_number = digits.len() <= 15
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && (plain == "0" || digits.starts_with(|first| ('1'..='9').contains(&first)));
    match plain {
        "true" => Some(Value::from(true)),
        "false" => Some(Value::from(false)),
        _ if is_number => plain.parse::<i64>().ok().map(Value::from),
        _ => is_plain(plain).then(|| Value::from(plain)),
    }
}

#[cfg(test)]
mod tests {
    use super::{is_plain, quoted};

    #[test]
    fn plain_only_where_no_reader_could_take_it_for_something_else() {
        assert!(is_plain("sts:AssumeRole"));
        for text in [
            "no",
            "Null",
            "111111111111",
            "2012-10-17",
            "*",
            "a: b",
            "a #b",
            "",
            "x:",
            "{{x}}",
            "- a",
            "é",
        ] {
            assert!(!is_plain(text), "{text}");
        }
    }

    #[test]
    fn what_nobody_sees_is_written_by_its_number() {
        assert_eq!(
            quoted("a\u{a0}\u{202e}\"é\n"),
            "\"a\\u00a0\\u202e\\\"é\\n\""
        );
    }
}
