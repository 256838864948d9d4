//! How values are written into each kind of file, so that none of them is taken for code. The kind is the file's extension.

use std::io::{self, Write};

use tera::EscapeFn;

use super::{counting, hcl, html, yaml};
use crate::model::{markdown, no_formula};

/// A kind of file that templates make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Syntax {
    /// Terraform and OpenTofu.
    Hcl,
    /// CloudFormation and other YAML.
    Yaml,
    Json,
    Markdown,
    /// Pages for a browser.
    Html,
    /// Styles of a page.
    Css,
    /// Scripts of a page.
    Js,
    /// Tables.
    Csv,
    /// Text that no program reads.
    Text,
}

impl Syntax {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Hcl,
        Self::Yaml,
        Self::Json,
        Self::Markdown,
        Self::Html,
        Self::Css,
        Self::Js,
        Self::Csv,
        Self::Text,
    ];

    /// The extensions of all of them, for people.
    pub(super) const EXTENSIONS: &'static str =
        ".tf, .yaml, .yml, .json, .md, .html, .css, .js, .csv, .txt";

    /// The kind of a file, by its name.
    pub fn from_file_name(name: &str) -> Option<Self> {
        Some(match name.rsplit_once('.')?.1 {
            "tf" => Self::Hcl,
            "yaml" | "yml" => Self::Yaml,
            "json" => Self::Json,
            "md" => Self::Markdown,
            "html" => Self::Html,
            "css" => Self::Css,
            "js" => Self::Js,
            "csv" => Self::Csv,
            "txt" => Self::Text,
            _ => return None,
        })
    }

    /// Writes a value.
    pub(super) fn escape(self) -> EscapeFn {
        match self {
            Self::Hcl => |text, out| out.write_all(hcl::string(counted(text)?).as_bytes()),
            Self::Yaml => |text, out| out.write_all(yaml::scalar(counted(text)?).as_bytes()),
            Self::Json => |text, out| {
                let text = serde_json::Value::from(counted(text)?).to_string();
                out.write_all(text.as_bytes())
            },
            Self::Css => css,
            Self::Js => js,
            Self::Markdown => markdown,
            Self::Html => |text, out| out.write_all(html::escape(counted(text)?).as_bytes()),
            Self::Csv => csv,
            Self::Text => |text, out| out.write_all(one_line(counted(text)?).as_bytes()),
        }
    }

    /// What is done to a file when all values stand in it.
    pub(super) fn finish(self, text: &str) -> String {
        let text = tidy(text);
        match self {
            Self::Hcl => hcl::align(&text),
            _ => text,
        }
    }
}

/// A value that is written takes steps.
fn counted(text: &str) -> io::Result<&str> {
    let taken = counting::take_text(text.len()).map_err(io::Error::other);
    taken.map(|()| text)
}

/// What a value begins or ends with may be the blank between it and what stands beside it.
fn markdown(text: &str, out: &mut dyn Write) -> io::Result<()> {
    let text = counted(text)?;
    let blank = |is_there: bool| if is_there { " " } else { "" };
    let shown = markdown::text(text);
    let (before, behind) = (
        text.starts_with(char::is_whitespace),
        text.ends_with(char::is_whitespace),
    );
    write!(
        out,
        "{}{shown}{}",
        blank(before),
        blank(behind && !shown.is_empty())
    )
}

/// A word or a colour; whatever could end it is written by its number (CSS Syntax Level 3, 4.3.7).
fn css(text: &str, out: &mut dyn Write) -> io::Result<()> {
    for character in counted(text)?.chars() {
        match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '#' | '-' | '_' => write!(out, "{character}")?,
            other => write!(out, "\\{:x} ", u32::from(other))?,
        }
    }
    Ok(())
}

/// A string, which ends neither its script nor its page.
fn js(text: &str, out: &mut dyn Write) -> io::Result<()> {
    let string = serde_json::Value::from(counted(text)?).to_string();
    let string = string
        .replace('<', "\\u003c")
        .replace('\u{2028}', "\\u2028");
    out.write_all(string.replace('\u{2029}', "\\u2029").as_bytes())
}

/// A cell, in quotes.
fn csv(text: &str, out: &mut dyn Write) -> io::Result<()> {
    write!(
        out,
        "\"{}\"",
        no_formula(counted(text)?).replace('"', "\"\"")
    )
}

/// A text without anything that ends its line.
pub(super) fn one_line(text: &str) -> String {
    let blank = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    text.chars()
        .map(|c| if blank(c) { ' ' } else { c })
        .collect()
}

/// Leaves at most one blank line between two lines, none at the end, and one line end after the last.
fn tidy(text: &str) -> String {
    let mut tidied = String::with_capacity(text.len());
    let mut blank = false;
    for line in text.lines() {
        if line.trim().is_empty() {
            blank = true;
            continue;
        }
        if blank && !tidied.is_empty() {
            tidied.push('\n');
        }
        blank = false;
        tidied.push_str(line);
        tidied.push('\n');
    }
    tidied
}

#[cfg(test)]
mod tests {
    use super::Syntax;

    fn written(name: &str, text: &str) -> String {
        let mut out = Vec::new();
        Syntax::from_file_name(name).unwrap().escape()(text, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_would_be_code_is_written_as_text() {
        assert_eq!(written("a.tf", "${x}\""), "\"$${x}\\\"\"");
        assert_eq!(written("a.yaml", "no"), "\"no\"");
        assert_eq!(written("a.json", "a\"b\n"), "\"a\\\"b\\n\"");
        assert_eq!(written("a.md", " see <b>`x`\n"), " see `` <b>`x` `` ");
        assert_eq!(written("a.html", "<b>&"), "&lt;b&gt;&amp;");
        assert_eq!(written("a.css", "#0b6e4f;}"), "#0b6e4f\\3b \\7d ");
        assert_eq!(written("a.js", "</script>\""), "\"\\u003c/script>\\\"\"");
        assert_eq!(written("a.csv", "=1,\"2\""), "\"'=1,\"\"2\"\"\"");
        assert_eq!(written("a.txt", "a\u{1b}[31m\nb"), "a [31m b");
        assert_eq!(Syntax::from_file_name("a.sh"), None);
        assert_eq!(Syntax::from_file_name("Makefile"), None);
    }
}
