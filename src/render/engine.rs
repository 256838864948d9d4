//! One Tera for each kind of file, with that kind's own escaping switched on for every value. The user's own templates
//! stand in place of those in the binary.

use std::io::{self, Write};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::Serialize;
use tera::{Context, Filter, Kwargs, State, StringInput, Tera};

use super::RenderError;
use super::counting;
use super::custom::Custom;
use super::faults;
use super::html;
use super::meter;
use super::prose;
use super::syntax::{Syntax, one_line};
use super::templates::TEMPLATES;
use crate::cfn::is_unusual;
use crate::limits;

/// Renders templates by name: those in the binary, and the user's own.
pub struct Engine<'c> {
    custom: &'c Custom,
    /// By [`Syntax`]; each is made when it is wanted first.
    made: [OnceLock<Tera>; Syntax::ALL.len()],
    /// The steps that are left to templates of the user's.
    steps: AtomicUsize,
}

impl<'c> Engine<'c> {
    /// An engine with these templates of the user's.
    pub fn new(custom: &'c Custom) -> Self {
        Self {
            custom,
            made: Default::default(),
            steps: AtomicUsize::new(limits::TEMPLATE_STEPS),
        }
    }

    /// Renders one template. The kind of file is that of its name.
    ///
    /// # Errors
    ///
    /// When the template does not fit its view.
    pub fn render(&self, template: &str, view: &impl Serialize) -> Result<String, RenderError> {
        let syntax = Syntax::from_file_name(template).unwrap_or(Syntax::Text);
        let failed = |error: &tera::Error| faults::of_rendering(self.custom, template, error);
        let made = &self.made[syntax as usize];
        let tera = match made.get() {
            Some(tera) => tera,
            None => {
                let counted = !self.custom.is_empty();
                let tera = compile(syntax, self.custom, counted).map_err(|error| failed(&error))?;
                made.get_or_init(|| tera)
            }
        };
        let context = Context::from_serialize(view).map_err(|error| failed(&error))?;
        let mut text = Limited(Vec::new());
        counting::allow(self.allowance(view));
        let rendered = tera.render_to(template, &context, &mut text);
        self.steps.store(counting::left(), Ordering::Relaxed);
        if text.0.len() >= limits::OUTPUT_BYTES {
            let message = format!(
                "it makes more than {} megabytes",
                limits::OUTPUT_BYTES >> 20
            );
            return Err(self.fault(template, message));
        }
        if let (Err(error), 0, false) = (&rendered, counting::left(), self.custom.is_empty()) {
            return Err(faults::of_steps(self.custom, template, error));
        }
        rendered.map_err(|error| failed(&error))?;
        let text =
            String::from_utf8(text.0).map_err(|error| self.fault(template, error.to_string()))?;
        Ok(syntax.finish(&text))
    }

    /// The steps that a template may take; none are counted where there are no templates of the user's.
    fn allowance(&self, view: &impl Serialize) -> Option<usize> {
        if self.custom.is_empty() {
            return None;
        }
        let values = serde_json::to_value(view).map_or(0, |view| values(&view));
        let own = limits::FILE_STEPS + limits::VALUE_STEPS * values;
        Some(self.steps.load(Ordering::Relaxed) + own)
    }

    /// What is wrong with what a template made.
    pub(crate) fn fault(&self, template: &str, message: String) -> RenderError {
        faults::of_result(self.custom, template, message)
    }
}

/// How many values there are in one.
fn values(value: &serde_json::Value) -> usize {
    1 + match value {
        serde_json::Value::Array(items) => items.iter().map(values).sum(),
        serde_json::Value::Object(fields) => fields.values().map(values).sum(),
        _ => 0,
    }
}

/// Every template of one kind.
pub(super) fn compile(syntax: Syntax, custom: &Custom, counted: bool) -> Result<Tera, tera::Error> {
    let mut tera = new(syntax);
    let of_kind = |name: &str| Syntax::from_file_name(name) == Some(syntax);
    let built_in = TEMPLATES
        .iter()
        .map(|template| (template.name, template.text))
        .filter(|(name, _)| of_kind(name) && !custom.has(name));
    let own = custom.texts().filter(|(name, _)| of_kind(name));
    let texts = built_in.chain(own);
    if !counted {
        tera.add_raw_templates(texts)?;
        return Ok(tera);
    }
    counting::register(&mut tera);
    // What cannot be counted is a fault of the user's template, and told before anything is rendered.
    let texts = texts.map(|(name, text)| (name, meter::metered(text).unwrap_or_default().text));
    tera.add_raw_templates(texts)?;
    Ok(tera)
}

/// A Tera for one kind, without templates.
pub(super) fn new(syntax: Syntax) -> Tera {
    let mut tera = Tera::new();
    // Its result is not escaped any further, and only here does a comment end with its line.
    if matches!(syntax, Syntax::Hcl | Syntax::Yaml) {
        tera.register_filter("comment", Comment);
    }
    if matches!(syntax, Syntax::Markdown | Syntax::Html) {
        prose::register(&mut tera, syntax);
        tera.register_filter("breakable", html::Breakable);
    }
    tera.set_escape_fn(syntax.escape());
    // Every name: the kind has been looked at.
    tera.autoescape_on([""]);
    tera
}

/// Takes so many bytes and no more.
struct Limited(Vec<u8>);

impl Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > limits::OUTPUT_BYTES {
            self.0.resize(limits::OUTPUT_BYTES, b' ');
            return Err(io::ErrorKind::WriteZero.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Text for a comment: whatever it holds, it ends with its line, and no reader stumbles over it.
struct Comment;

impl<'a> Filter<StringInput<'a>, String> for Comment {
    fn call(&self, text: StringInput<'a>, _: Kwargs, _: &State<'_>) -> String {
        one_line(text.as_str()).replace(is_unusual, " ")
    }

    fn is_safe(&self) -> bool {
        true
    }
}

/// Compiles every template in the binary.
///
/// # Errors
///
/// When one is not a template.
pub fn check_templates() -> Result<(), RenderError> {
    for syntax in Syntax::ALL {
        compile(syntax, &Custom::default(), false).map_err(|error| RenderError::Template {
            template: "in the binary".to_owned(),
            message: error.to_string(),
        })?;
    }
    Ok(())
}
