//! Filters for texts for people, in Markdown and on pages: `fill` puts values into the places of a text, and `prose` lets
//! what stands between backticks be code, and `code` makes all of a value code.

use tera::{Kwargs, State, Tera, Value};

use super::counting;
use super::syntax::Syntax;
use crate::model::{fill, markdown};

/// Adds the filters to the templates of one kind.
pub(super) fn register(tera: &mut Tera, syntax: Syntax) {
    tera.register_filter("fill", |text: String, values: Kwargs, _: &State<'_>| {
        let mut empty = None;
        let mut taken = counting::take_text(text.len());
        let filled = fill(&text, |place| {
            let mut values = values.iter();
            let value = values.find(|(name, _)| name.as_str() == Some(place));
            let value = value.filter(|(_, value)| !value.is_undefined() && !value.is_none());
            if value.is_none() {
                empty = Some(place.to_owned());
            }
            let value = value?.1.to_string();
            if taken.is_ok() {
                taken = counting::take_text(value.len());
            }
            taken.is_ok().then_some(value)
        });
        taken?;
        match empty {
            None => Ok(filled),
            Some(place) => Err(tera::Error::message(format!(
                "nothing is given for the place {{{place}}} of this text"
            ))),
        }
    });
    tera.register_filter("code", move |text: String, _: Kwargs, _: &State<'_>| {
        code(syntax, &text).map(|text| Value::safe_string(&text))
    });
    tera.register_filter("prose", move |text: String, _: Kwargs, _: &State<'_>| {
        prose(syntax, &text).map(|text| Value::safe_string(&text))
    });
}

/// A value as code. In Markdown it can stand in a table.
fn code(syntax: Syntax, text: &str) -> tera::TeraResult<String> {
    if syntax == Syntax::Html {
        return Ok(format!("<code>{}</code>", escaped(syntax, text)?));
    }
    Ok(markdown::code(text))
}

/// A text in which every other piece between backticks is code; a backtick without its like stands for itself.
fn prose(syntax: Syntax, text: &str) -> tera::TeraResult<String> {
    let mut pieces: Vec<String> = text.split('`').map(str::to_owned).collect();
    if pieces.len().is_multiple_of(2) {
        let last = pieces.pop().unwrap_or_default();
        if let Some(before) = pieces.last_mut() {
            *before = format!("{before}`{last}");
        }
    }
    let mut written = String::new();
    for (number, piece) in pieces.iter().enumerate() {
        let piece = match number % 2 {
            0 => escaped(syntax, piece)?,
            _ => code(syntax, piece)?,
        };
        // Code beside code would be one piece.
        if syntax == Syntax::Markdown && written.ends_with('`') && piece.starts_with('`') {
            written.push(' ');
        }
        written.push_str(&piece);
    }
    Ok(written)
}

fn escaped(syntax: Syntax, text: &str) -> tera::TeraResult<String> {
    let mut written = Vec::new();
    let escape = syntax.escape();
    escape(text, &mut written).map_err(|error| tera::Error::message(error.to_string()))?;
    Ok(String::from_utf8_lossy(&written).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_code_and_the_rest_is_escaped() {
        let html = |text| prose(Syntax::Html, text).unwrap();
        assert_eq!(
            html("run `a <b>` & go"),
            "run <code>a &lt;b&gt;</code> &amp; go"
        );
        assert_eq!(html("one ` only"), "one ` only");
        let markdown = |text| prose(Syntax::Markdown, text).unwrap();
        assert_eq!(markdown("run `a_b` *now*"), "run `a_b` `*now*`");
        assert_eq!(markdown("one ` only"), "one \\` only");
        assert_eq!(markdown("`a`/`b` of @x, #1"), "`a` `/` `b` of `@x`, `#1`");
        assert_eq!(code(Syntax::Html, "a<b").unwrap(), "<code>a&lt;b</code>");
        assert_eq!(code(Syntax::Markdown, "a|b*").unwrap(), "`a`\\|`b*`");
        assert_eq!(code(Syntax::Markdown, "a`b").unwrap(), "``a`b``");
    }
}
