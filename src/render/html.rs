//! Text in HTML: escaped, and with places where a long name may be broken.

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

    #[test]
    fn long_names_may_be_broken_and_stay_text() {
        let mut tera = Tera::new();
        tera.register_filter("breakable", Breakable);
        let mut context = Context::new();
        context.insert("text", "ec2:CreateVpc arn:aws:iam::1:a/<b>");
        tera.add_raw_templates([("it", "{{ text | breakable }}")])
            .unwrap();
        assert_eq!(
            tera.render("it", &context).unwrap(),
            "ec2:<wbr>Create<wbr>Vpc arn:<wbr>aws:<wbr>iam::<wbr>1:<wbr>a/<wbr>&lt;b&gt;"
        );
    }
}
