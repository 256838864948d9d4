//! Untrusted text in Markdown: in comments, and in rendered files.

use super::visible;

/// Untrusted text, also within tables: it is shown exactly as it is, and never interpreted as Markdown, HTML or a
/// reference.
///
/// Backslashes are not enough: GitHub and GitLab find `@name`, `#1`, `!1`, `GH-1`, `a1b2c3d`, `:smile:` and URLs in the
/// rendered text, but not in code. So everything except simple words and numbers becomes code.
pub fn text(text: &str) -> String {
    let words = visible(&blank(text)).into_owned();
    let words = words.split_whitespace().map(|word| {
        let rest = word.trim_start_matches(BEFORE);
        let inner = rest.trim_end_matches(BEHIND);
        let bare = inner.trim_matches('`');
        match is_word(bare) || is_number(bare) || SIGNS.contains(&bare) {
            true => word.replace('`', "\\`"),
            false => {
                let before = &word[..word.len() - rest.len()];
                format!("{before}{}{}", code(inner), &rest[inner.len()..])
            }
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Text as code. A pipe would end a table cell even in code, so it is put between two pieces of code.
pub fn code(text: &str) -> String {
    let text = visible(&blank(text)).into_owned();
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ");
    let pieces = text.split('|').map(|piece| match piece {
        "" => String::new(),
        piece => in_backticks(piece),
    });
    pieces.collect::<Vec<_>>().join("\\|")
}

/// Marks that may stand before a word.
const BEFORE: &[char] = &['"', '\'', '(', '“'];

/// Marks that may stand behind a word.
const BEHIND: &[char] = &['"', '\'', ')', '.', ',', ';', ':', '?', '”'];

/// What may stand alone.
const SIGNS: &[&str] = &["", "-", "–", "—", "→", "…", "+", "="];

/// Letters, and in small ones hyphens too: `TICKET-abc` can be a reference, and `defaced` the name of a commit.
fn is_word(text: &str) -> bool {
    let letters = |part: &str| !part.is_empty() && part.chars().all(char::is_alphabetic);
    let mut runs = text.split(|c: char| !c.is_ascii_hexdigit());
    let is_commit = runs.any(|run| run.len() >= 7);
    let is_small = !text.contains('-') || !text.contains(char::is_uppercase);
    text.split(['-', '\'']).all(letters) && !is_commit && is_small
}

/// As many digits as no commit is known by, with a point or a comma between some of them.
fn is_number(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.len() < 7 && text.trim_end_matches('%').split(['.', ',']).all(digits)
}

/// Text between more backticks than it contains in a row.
fn in_backticks(text: &str) -> String {
    let runs = text.split(|c| c != '`').map(str::len);
    let fence = "`".repeat(1 + runs.max().unwrap_or_default());
    let is_on_edge = |c| text.starts_with(c) || text.ends_with(c);
    // Markdown removes one blank from both sides.
    let blank = match is_on_edge('`') || text.starts_with(' ') && text.ends_with(' ') {
        true => " ",
        false => "",
    };
    format!("{fence}{blank}{text}{blank}{fence}")
}

/// Text without control characters, which could end a line.
fn blank(text: &str) -> String {
    text.replace(char::is_control, " ")
}

#[cfg(test)]
mod tests {
    use comrak::{Options, markdown_to_html};
    use proptest::prelude::*;
    use proptest::sample::select;
    use regex_lite::Regex;

    use super::{blank, code, text};
    use crate::model::visible;

    /// Characters with a meaning in Markdown or HTML, or for GitHub and GitLab.
    const PIECES: &[&str] = &[
        "@name",
        "@",
        "#1",
        "#",
        "!7",
        "!",
        "GH-12",
        "TICKET-7",
        "owner/name#3",
        "a1b2c3d",
        "defaced",
        "1234567",
        ":smile:",
        "~label",
        "%3",
        "&4",
        "$5",
        "^alert#6",
        "http://example.com",
        "https://",
        "www.example.com",
        "ftp://x.y",
        "mailto:a@b.c",
        "name@example.com",
        "[a](b)",
        "![a](b)",
        "[",
        "]",
        "(",
        ")",
        "[^1]",
        "[x]",
        "<b>",
        "</details>",
        "<!--",
        "-->",
        "<script>",
        "<",
        ">",
        "&lt;",
        "&#64;",
        "&",
        "`",
        "``",
        "```",
        "~~",
        "*",
        "**",
        "_",
        "__",
        "\\",
        "|",
        "\\|",
        "||",
        "\n",
        "\r\n",
        "\t",
        " ",
        "  ",
        "\u{202e}",
        "\u{200b}",
        "\u{200d}",
        "\u{0}",
        "\u{1b}[31m",
        "$x$",
        "#fff",
        "a",
        "word",
        "it's",
        "10.2",
        "60%",
        "-",
        "---",
        "=",
        "→",
        "é",
        "名",
        ".",
        ",",
        ":",
        "'",
        "\"",
        "1.",
        "+",
        "- [ ]",
    ];

    /// What GitHub or GitLab makes a reference, an address or a picture of.
    const REFERENCES: &str =
        r"[@#!~%&$^]\w|\b[0-9a-f]{7,40}\b|\b[A-Z]+-\w|:\w+:|://|www\.|\w@|[*_\[\]<>|]";

    /// What is shown of Markdown, what of it is no code, and the tags around it.
    fn shown(markdown: &str) -> (String, String, Vec<String>) {
        let mut options = Options::default();
        let extension = &mut options.extension;
        extension.table = true;
        extension.autolink = true;
        extension.strikethrough = true;
        extension.tasklist = true;
        extension.footnotes = true;
        // Whatever is HTML is told by its tags.
        options.render.r#unsafe = true;
        let html = markdown_to_html(markdown, &options);
        let (mut text, mut plain, mut tags) = (String::new(), String::new(), Vec::new());
        let mut is_code = false;
        for (index, part) in html.split('<').enumerate() {
            let mut part = part;
            if index > 0 {
                let (tag, rest) = part.split_once('>').unwrap();
                match tag {
                    "code" | "/code" => is_code = tag == "code",
                    tag => tags.push(tag.to_owned()),
                }
                part = rest;
            }
            let part = [
                ("&lt;", "<"),
                ("&gt;", ">"),
                ("&quot;", "\""),
                ("&amp;", "&"),
            ]
            .iter()
            .fold(part.to_owned(), |part, (from, to)| part.replace(from, to));
            text.push_str(&part);
            // What is code parts what stands around it.
            plain.push_str(if is_code { "\u{0}" } else { &part });
        }
        (text, plain, tags)
    }

    fn words(text: &str) -> String {
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn check(text: &str) {
        let expected = words(&visible(&blank(text)));
        let row = format!(
            "| one | other |\n| --- | --- |\n| {} | {} |\n",
            super::text(text),
            code(text)
        );
        let (said, plain, tags) = shown(&row);
        let tags: Vec<&str> = tags
            .iter()
            .map(String::as_str)
            .filter(|tag| !tag.starts_with('/'))
            .collect();
        assert_eq!(
            tags,
            [
                "table", "thead", "tr", "th", "th", "tbody", "tr", "td", "td"
            ],
            "{row}"
        );
        assert_eq!(
            words(&said),
            words(&format!("one other {expected} {expected}")),
            "{row}"
        );
        let found = Regex::new(REFERENCES).unwrap();
        let plain = plain.replace('|', "");
        assert_eq!(
            found.find(&plain).map(|found| found.as_str()),
            None,
            "{row}"
        );
        let (said, _, tags) = shown(&format!("### Permissions: {}\n", code(text)));
        assert_eq!(
            words(&said),
            words(&format!("Permissions: {expected}")),
            "{row}"
        );
        assert_eq!(tags, ["h3", "/h3"], "{row}");
    }

    proptest! {
        #[test]
        fn what_is_shown_is_the_text_and_nothing_of_it_is_markup(
            pieces in prop::collection::vec(select(PIECES), 0..10),
        ) {
            check(&pieces.concat());
        }

        #[test]
        fn any_text_is_shown_as_it_is(text in any::<String>()) {
            check(&text);
        }
    }

    #[test]
    fn each_piece_alone_and_beside_another_is_text() {
        for piece in PIECES {
            for other in PIECES {
                check(&format!("{piece}{other}"));
                check(&format!("{piece} {other}"));
            }
        }
    }

    #[test]
    fn plain_words_stay_plain() {
        assert_eq!(
            text("(iam:GetUser, #1): \"`a.b`\""),
            "(`iam:GetUser`, `#1`): \"`` `a.b` ``\""
        );
        assert_eq!(
            text("the role's policy (60% of 10.2) in `stack-set`: more"),
            "the role's policy (60% of 10.2) in \\`stack-set\\`: more"
        );
        assert_eq!(
            text("@name in 222222222222|\u{202e}"),
            "`@name` in `222222222222`\\|`\\u{202e}`"
        );
        assert_eq!(code("a`|"), "`` a` ``\\|");
    }
}
