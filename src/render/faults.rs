//! What Tera says of a template, as a diagnostic at its place in the user's file.

use std::ops::Range;

use tera::{Error, ErrorKind};

use super::RenderError;
use super::custom::Custom;
use super::meter::{Unbounded, metered};
use super::templates::TEMPLATES;
use crate::diag::{Diagnostic, did_you_mean};
use crate::limits;
use crate::model::visible;

/// A fault that Tera tells: where, and what.
struct Told {
    template: String,
    range: Option<Range<usize>>,
    message: String,
}

/// The faults of templates of the user's that do not compile.
pub(super) fn of_compiling(custom: &Custom, error: &Error) -> Vec<Diagnostic> {
    let syntax = matches!(error.kind(), ErrorKind::SyntaxError(_));
    let code = if syntax {
        "template-syntax"
    } else {
        "template-reference"
    };
    let found = located(custom, error);
    let faults = found.into_iter().filter_map(|told| {
        // What is in the binary compiles; what it refers to is all there.
        let named = custom.has(&told.template).then_some(told.template.as_str());
        let template = named.or_else(|| custom.names().next())?;
        let span = custom.span(template, told.range)?;
        let message = lower(&told.message);
        let fault = Diagnostic::error(code, span, message);
        Some(match help(custom, &told.message) {
            Some(help) => fault.help(help),
            None => fault,
        })
    });
    faults.collect()
}

/// The fault of a template that does not fit what it is given.
pub(super) fn of_rendering(custom: &Custom, template: &str, error: &Error) -> RenderError {
    let told = located(custom, error).into_iter().next();
    let (at, range, message) = match told {
        Some(told) => (told.template, told.range, told.message),
        None => (template.to_owned(), None, error.to_string()),
    };
    let own = match custom.has(&at) {
        true => Some((at.as_str(), range)),
        // A part in the binary that one of the user's includes where it does not fit.
        false => {
            let through = Some(template).filter(|template| custom.has(template));
            through
                .or_else(|| mentioned(custom, error))
                .map(|name| (name, None))
        }
    };
    let span = own.and_then(|(name, range)| Some((name, custom.span(name, range)?)));
    let Some((name, span)) = span else {
        return RenderError::Template {
            template: template.to_owned(),
            message: error.to_string(),
        };
    };
    let mut message = lower(&message);
    if name != at {
        message = format!("`{at}`, which it includes, fails here: {message}");
    }
    // A part is given what the template has that includes it.
    let fault = Diagnostic::error("template-render", span, message).help(format!(
        "`landgrant templates context {template}` prints what the template is given"
    ));
    RenderError::Custom(vec![fault])
}

/// The fault of a template with something whose work cannot be counted.
pub(super) fn of_unbounded(custom: &Custom, template: &str, one: Unbounded) -> Option<Diagnostic> {
    let span = custom.span(template, Some(one.range))?;
    let fault = Diagnostic::error(
        "template-unbounded",
        span,
        format!("{} is not taken", one.what),
    )
    .why("its work or its output could grow without limit")
    .help(one.instead);
    Some(fault)
}

/// The fault of templates that take too many steps, where they were at the last one.
pub(super) fn of_steps(custom: &Custom, template: &str, error: &Error) -> RenderError {
    let told = located(custom, error).into_iter().next();
    let told = told.filter(|told| custom.has(&told.template));
    let span = match told {
        Some(told) => custom.span(&told.template, told.range),
        None => custom
            .suspect(template)
            .and_then(|name| custom.span(name, None)),
    };
    let message = format!(
        "the templates take more than {} million steps, and the last was here",
        limits::TEMPLATE_STEPS / 1_000_000
    );
    let fault = span.map(|span| {
        Diagnostic::error("template-steps", span, message)
            .why("each iteration of a loop is a step, and so are every eight bytes that are written, joined or compared")
            .help("loop over fewer things, or keep less text")
    });
    RenderError::Custom(fault.into_iter().collect())
}

/// The fault of a template whose result is not what it has to be.
pub(super) fn of_result(custom: &Custom, template: &str, message: String) -> RenderError {
    let suspect = custom.suspect(template);
    match suspect.and_then(|name| custom.span(name, None)) {
        Some(span) => RenderError::Custom(vec![Diagnostic::error(
            "template-result",
            span,
            format!("the output of `{template}` is invalid: {message}"),
        )]),
        None => RenderError::Template {
            template: template.to_owned(),
            message,
        },
    }
}

fn located(custom: &Custom, error: &Error) -> Vec<Told> {
    let at = |template: &str, quoted: &str, message: String| {
        let start = custom.text(template).and_then(|text| text.find(quoted));
        vec![Told {
            template: template.to_owned(),
            range: start.map(|start| start..start + quoted.len()),
            message,
        }]
    };
    match error.kind() {
        ErrorKind::SyntaxError(report) => vec![Told {
            template: report.filename().to_owned(),
            range: Some(report.span().range.clone()),
            message: report.message().to_owned(),
        }],
        // What is rendered has the counting in it.
        ErrorKind::RenderingError(report) => {
            let text = custom.text(report.filename()).unwrap_or_default();
            let metered = metered(text).unwrap_or_default();
            vec![Told {
                template: report.filename().to_owned(),
                range: Some(metered.written(text, report.span().range.clone())),
                message: report.message().to_owned(),
            }]
        }
        ErrorKind::MissingParent { current, parent } => {
            at(current, parent, format!("Unknown template `{parent}`"))
        }
        ErrorKind::CircularInclude { include_chain, .. } => {
            circle(custom, include_chain, "includes")
        }
        ErrorKind::CircularExtend {
            inheritance_chain, ..
        } => circle(custom, inheritance_chain, "extends"),
        ErrorKind::Msg(text) => reported(custom, text),
        _ => Vec::new(),
    }
}

/// Templates that lead to themselves, told where one of the user's does.
fn circle(custom: &Custom, chain: &[String], what: &str) -> Vec<Told> {
    let mut steps = chain.iter().zip(chain.iter().skip(1).chain(chain.first()));
    let own = steps.find(|(one, _)| custom.has(one));
    let Some((one, next)) = own else {
        return Vec::new();
    };
    let start = custom.text(one).and_then(|text| text.find(next.as_str()));
    vec![Told {
        template: one.clone(),
        range: start.map(|start| start..start + next.len()),
        message: format!("the template {what} itself: {}", chain.join(" → ")),
    }]
}

/// What Tera tells in its reports of unknown names: several in one text, without a structure. Each is
/// `error: WHAT`, then ` --> TEMPLATE:LINE:COLUMN`, then the line and marks under it.
fn reported(custom: &Custom, text: &str) -> Vec<Told> {
    let mut told = Vec::new();
    let reports = text.split("error: ").skip(1).take(limits::FAULTS);
    for report in reports {
        let Some((message, rest)) = report.split_once('\n') else {
            continue;
        };
        let mut lines = rest.lines();
        let place = lines
            .next()
            .and_then(|line| line.trim().strip_prefix("--> "));
        let mut parts = place.unwrap_or_default().rsplitn(3, ':');
        let column = parts.next().and_then(|column| column.parse::<usize>().ok());
        let line = parts.next().and_then(|line| line.parse::<usize>().ok());
        let Some(template) = parts.next() else {
            continue;
        };
        let marks = lines.nth(2).map_or(1, |line| line.matches('^').count());
        let range = line.zip(column).and_then(|(line, column)| {
            let text = custom.text(template)?;
            let before: usize = text
                .split_inclusive('\n')
                .take(line - 1)
                .map(str::len)
                .sum();
            let in_line = |column: usize| -> usize {
                let line = &text[before..];
                line.chars().take(column).map(char::len_utf8).sum()
            };
            Some(before + in_line(column - 1)..before + in_line(column - 1 + marks))
        });
        told.push(Told {
            template: template.to_owned(),
            range,
            message: message.to_owned(),
        });
    }
    if told.is_empty() {
        // Such as a component that is there twice: the templates stand in the text.
        let names = custom
            .names()
            .filter(|name| text.contains(&format!("`{name}`")));
        told.extend(names.take(1).map(|name| Told {
            template: name.to_owned(),
            range: None,
            message: text.to_owned(),
        }));
    }
    told
}

/// A template of the user's that a report names on its way.
fn mentioned<'c>(custom: &'c Custom, error: &Error) -> Option<&'c str> {
    let text = error.to_string();
    custom
        .names()
        .find(|name| text.contains(&format!("{name}:")))
}

/// The next step, where a name is not known.
fn help(custom: &Custom, message: &str) -> Option<String> {
    let unknown = message
        .strip_prefix("Unknown template `")?
        .trim_end_matches('`');
    let built_in = TEMPLATES.iter().map(|template| template.name);
    let names: Vec<&str> = built_in.chain(custom.names()).collect();
    Some(match did_you_mean(unknown, names.iter().copied()) {
        _ if names.contains(&unknown) => {
            "a template includes those of its own kind of file only".to_owned()
        }
        Some(near) => format!("did you mean `{near}`?"),
        None => "a template is included by its path in the folder, without `.tera`".to_owned(),
    })
}

/// As the other diagnostics begin and end.
fn lower(message: &str) -> String {
    const UNDEFINED: &str = " but got `undefined`";
    if let Some(expected) = message.strip_suffix(UNDEFINED) {
        let expected = expected.rsplit(' ').next().unwrap_or_default();
        return format!("nothing has this name, and a {expected} is expected");
    }
    let mut characters = message.trim_end_matches('.').chars();
    let first = characters.next().map(|first| first.to_ascii_lowercase());
    let message: String = first.into_iter().chain(characters).collect();
    // It quotes the template, and a carriage return there would begin a line of a log.
    visible(&message.replace(char::is_control, " ")).into_owned()
}

#[cfg(test)]
mod tests {
    use crate::diag::{SourceMap, Span};
    use crate::render::custom_templates;

    /// The marked texts of all faults, each with its message.
    fn faults(templates: &[(&str, &str)]) -> Vec<(String, String)> {
        let mut sources = SourceMap::default();
        let (_, faults) = custom_templates(templates.iter().map(|(name, text)| {
            let file = sources.add(*name, *text);
            ((*name).to_owned(), file, (*text).to_owned())
        }));
        let marked = |span: Span| sources.file(span.file).text[span.range()].to_owned();
        faults
            .into_iter()
            .map(|fault| (marked(fault.span), fault.message))
            .collect()
    }

    #[test]
    fn no_message_holds_what_ends_a_line() {
        let found = faults(&[("files/a.txt", "{% include \"a\r::b\u{202e}\" %}")]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].1, "unknown template `a ::b\\u{202e}`");
    }

    #[test]
    fn what_tera_reports_as_text_is_understood() {
        let text = "# ä {{ name | uper }}\n{{ now() }}{% include \"terraform/shared/notic.tf\" %}\n{% if name is odder %}{% endif %}\n";
        let found = faults(&[("terraform/hub/main.tf", text)]);
        let found: Vec<(&str, &str)> = found
            .iter()
            .map(|(marked, message)| (marked.as_str(), message.as_str()))
            .collect();
        assert_eq!(
            found,
            [
                ("uper", "unknown filter `uper`"),
                ("now()", "unknown function `now`"),
                (
                    "\"terraform/shared/notic.tf\"",
                    "unknown template `terraform/shared/notic.tf`"
                ),
                ("odder", "unknown test `odder`"),
            ]
        );
    }
}
