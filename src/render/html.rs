//! Text in HTML: escaped, with values put in, with code set apart.

use tera::{Filter, Kwargs, State};

/// Text that is text wherever HTML takes it: between tags and in a quoted attribute.
pub(crate) fn escape(text: &str) -> String {
    text.chars()
        .fold(String::with_capacity(text.len()), |mut out, character| {
            match character {
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '"' => out.push_str("&quot;"),
                '\'' => out.push_str("&#39;"),
                '\n' | '\t' => out.push(character),
                // HTML has no place for these.
                control if control.is_control() => out.push('\u{fffd}'),
                other => out.push(other),
            }
            out
        })
}

/// A text with values for `{name}`, in whatever order a language has them. What a value holds is never filled again.
pub(crate) fn filled(text: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('{') {
        filled.push_str(&rest[..start]);
        rest = &rest[start..];
        let found = rest
            .find('}')
            .and_then(|end| Some((end, value(&rest[1..end])?)));
        if let Some((end, value)) = found {
            filled.push_str(&value);
            rest = &rest[end + 1..];
        } else {
            filled.push('{');
            rest = &rest[1..];
        }
    }
    filled.push_str(rest);
    filled
}

/// `text | fill(name=value)`
pub(super) fn fill(text: &str, values: Kwargs, _: &State<'_>) -> String {
    filled(text, |wanted| {
        let found = values.iter().find(|(name, _)| name.to_string() == wanted);
        found.map(|(_, value)| value.to_string())
    })
}

/// `text | prose`: a text for people as HTML. What stands between backticks is code.
pub(super) struct Prose;

impl Filter<String, String> for Prose {
    fn call(&self, text: String, _: Kwargs, _: &State<'_>) -> String {
        let escaped = escape(&text);
        let parts: Vec<&str> = escaped.split('`').collect();
        // A backtick without a second one is a backtick.
        let pairs = (parts.len() - 1) / 2;
        let mut html = String::with_capacity(escaped.len());
        for (index, part) in parts.iter().enumerate() {
            match index {
                0 => {}
                _ if index > 2 * pairs => html.push('`'),
                _ if index % 2 == 1 => html.push_str("<code>"),
                _ => html.push_str("</code>"),
            }
            html.push_str(part);
        }
        html
    }

    fn is_safe(&self) -> bool {
        true
    }
}

/// `text | breakable`: an action, an ARN or a condition, in which a line may end after `:` and `/`, and before a capital.
pub(super) struct Breakable;

impl Filter<String, String> for Breakable {
    fn call(&self, text: String, _: Kwargs, _: &State<'_>) -> String {
        let mut html = String::with_capacity(text.len() * 2);
        let mut start = 0;
        let mut before = ' ';
        for (index, character) in text.char_indices() {
            let word = before.is_ascii_lowercase() && character.is_ascii_uppercase();
            if word || (":/".contains(before) && !":/".contains(character)) {
                html.push_str(&escape(&text[start..index]));
                html.push_str("<wbr>");
                start = index;
            }
            before = character;
        }
        html.push_str(&escape(&text[start..]));
        html
    }

    fn is_safe(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use tera::{Context, Tera};

    use super::*;

    fn filtered(template: &str, text: &str, name: &str) -> String {
        let mut tera = Tera::new();
        tera.register_filter("fill", fill);
        tera.register_filter("prose", Prose);
        tera.register_filter("breakable", Breakable);
        let mut context = Context::new();
        context.insert("text", text);
        context.insert("name", name);
        tera.add_raw_templates([("it", template)]).unwrap();
        tera.render("it", &context).unwrap()
    }

    #[test]
    fn values_are_filled_once_in_any_order() {
        let template = "{{ text | fill(name=name, count=3) }}";
        assert_eq!(
            filtered(template, "{count} of {name}, {other} { {name", "{count}"),
            "3 of {count}, {other} { {name"
        );
    }

    #[test]
    fn code_is_set_apart_and_nothing_else_is_markup() {
        let template = "{{ text | fill(name=name) | prose }}";
        assert_eq!(
            filtered(template, "Run `a {name}` & `b`, 5` long", "<b>\"'"),
            "Run <code>a &lt;b&gt;&quot;&#39;</code> &amp; <code>b</code>, 5` long"
        );
        assert_eq!(filtered(template, "{name}", "`</code>"), "`&lt;/code&gt;");
    }

    #[test]
    fn long_names_may_be_broken_and_stay_text() {
        assert_eq!(
            filtered(
                "{{ text | breakable }}",
                "ec2:CreateVpc arn:aws:iam::1:a/<b>",
                ""
            ),
            "ec2:<wbr>Create<wbr>Vpc arn:<wbr>aws:<wbr>iam::<wbr>1:<wbr>a/<wbr>&lt;b&gt;"
        );
    }
}
