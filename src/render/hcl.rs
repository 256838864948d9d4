//! HCL as `terraform fmt` would leave it: strings, object keys, and the alignment of `=`.

use std::fmt::Write as _;

use crate::model::{AccountId, Own, Partition, Segment, Text};

/// A quoted string that stands for exactly this text: `${` and `%{` would begin a template.
pub(super) fn string(text: &str) -> String {
    format!("\"{}\"", escape(text))
}

/// How an expression names the account that it is used in.
#[derive(Clone, Copy)]
pub(super) enum Account<'a> {
    /// The digits, in a root module.
    Id(&'a AccountId),
    /// A variable of this name, in a module that serves many accounts.
    Variable(&'a str),
}

/// The variable of a role's module that holds what a target has of its own.
fn variable(own: Own) -> &'static str {
    match own {
        Own::TrustedUser => "trusted_user_arn",
        Own::ExternalId => "external_id",
    }
}

/// A text as an expression. The partition is known.
pub(super) fn template(text: &Text, partition: Partition, account: Account<'_>) -> String {
    match (account, text.segments()) {
        (Account::Variable(variable), [Segment::Account]) => return format!("var.{variable}"),
        (_, [Segment::Own(own)]) => return format!("var.{}", variable(*own)),
        _ => {}
    }
    let mut quoted = String::from("\"");
    for segment in text.segments() {
        match segment {
            Segment::Literal(literal) => quoted.push_str(&escape(literal)),
            Segment::Partition => quoted.push_str(partition.as_str()),
            Segment::Account => match account {
                Account::Id(id) => quoted.push_str(id.as_str()),
                Account::Variable(variable) => interpolate(&mut quoted, variable),
            },
            Segment::Own(own) => interpolate(&mut quoted, variable(*own)),
        }
    }
    quoted.push('"');
    quoted
}

fn interpolate(quoted: &mut String, variable: &str) {
    // A `$` right before `${` would make two characters of text of it.
    let dollars = quoted.len() - quoted.trim_end_matches('$').len();
    if dollars > 0 {
        quoted.truncate(quoted.len() - dollars);
        let _ = write!(quoted, "${{\"{}\"}}", "$".repeat(dollars));
    }
    let _ = write!(quoted, "${{var.{variable}}}");
}

/// An object key: bare where HCL takes it as an identifier.
pub(super) fn key(text: &str) -> String {
    let bare = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !["null", "true", "false", "for", "if"].contains(&text);
    if bare { text.to_owned() } else { string(text) }
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' => escaped.push_str("\\\""),
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            '$' | '%' if characters.peek() == Some(&'{') => {
                escaped.push(character);
                escaped.push(character);
            }
            control if control.is_control() => {
                let _ = write!(escaped, "\\u{:04X}", u32::from(control));
            }
            other => escaped.push(other),
        }
    }
    escaped
}

/// Aligns `=` as `terraform fmt` does: over runs of neighbouring lines that each hold one whole attribute. A blank
/// line, a comment, a nested block, and an attribute that opens a bracket end a run.
pub(super) fn align(text: &str) -> String {
    let mut aligned = String::with_capacity(text.len() + text.len() / 8);
    let mut run: Vec<(&str, &str)> = Vec::new();
    for line in text.lines() {
        match attribute(line) {
            Some(attribute) => {
                let same_depth = run
                    .last()
                    .is_none_or(|(name, _)| indent(name) == indent(attribute.0));
                if !same_depth {
                    flush(&mut run, &mut aligned);
                }
                run.push(attribute);
            }
            None => {
                flush(&mut run, &mut aligned);
                aligned.push_str(line);
                aligned.push('\n');
            }
        }
    }
    flush(&mut run, &mut aligned);
    aligned
}

/// The name, with its indentation, and the value of a line that holds one whole attribute.
fn attribute(line: &str) -> Option<(&str, &str)> {
    let content = line.trim_start();
    if content.starts_with('#') || line.ends_with(['[', '{', '(']) {
        return None;
    }
    let end = match content.strip_prefix('"') {
        // A quoted key ends at the first quote that is not escaped.
        Some(rest) => {
            let mut escaped = false;
            let close = rest.char_indices().find(|&(_, c)| {
                let closes = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                closes
            })?;
            close.0 + 2
        }
        None => content.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))?,
    };
    let name_end = line.len() - content.len() + end;
    let value = line[name_end..].trim_start().strip_prefix("= ")?;
    (end > 0).then(|| (&line[..name_end], value))
}

fn indent(name: &str) -> usize {
    name.len() - name.trim_start().len()
}

fn flush(run: &mut Vec<(&str, &str)>, aligned: &mut String) {
    let width = run
        .iter()
        .map(|(name, _)| name.chars().count())
        .max()
        .unwrap_or_default();
    for (name, value) in run.drain(..) {
        let padding = width - name.chars().count();
        let _ = writeln!(aligned, "{name}{:padding$} = {value}", "");
    }
}

#[cfg(test)]
mod tests {
    use super::{align, key, string};

    #[test]
    fn a_string_stands_for_itself_whatever_it_holds() {
        assert_eq!(string("${aws:username}"), "\"$${aws:username}\"");
        assert_eq!(string("%{ if }"), "\"%%{ if }\"");
        assert_eq!(string("a\"b\\c\n$"), "\"a\\\"b\\\\c\\n$\"");
        assert_eq!(key("aws:PrincipalArn"), "\"aws:PrincipalArn\"");
        assert_eq!(key("Null"), "Null");
    }

    #[test]
    fn equal_signs_align_over_runs_of_whole_attributes() {
        let text = "a = 1\nlong = 2\nlist = [\n  3,\n]\n\"q = x\" = 4\nb = 5\n";
        let aligned = "a    = 1\nlong = 2\nlist = [\n  3,\n]\n\"q = x\" = 4\nb       = 5\n";
        assert_eq!(align(text), aligned);
        assert_eq!(align(aligned), aligned);
    }
}
