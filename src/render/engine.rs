//! One Tera for each target syntax, with that syntax's own escaping switched on for every value.

use std::io::{self, Write};

use serde::Serialize;
use tera::{Context, Filter, Kwargs, State, Tera};

use super::{hcl, html, yaml};

/// A template that does not fit its view: a fault of Landgrant.
#[derive(Debug, thiserror::Error)]
#[error(
    "the template {template} failed; this is a fault of Landgrant, please report it:\n{message}"
)]
pub struct RenderError {
    /// The template.
    pub template: String,
    /// What Tera says, with the line of the template.
    pub message: String,
}

macro_rules! templates {
    ($($name:literal),* $(,)?) => {
        /// Every template by name: `FOLDER/FILE`, the name of the rendered file's kind, as under `templates/` without `.tera`.
        pub const TEMPLATES: &[(&str, &str)] = &[
            $(($name, include_str!(concat!("../../templates/", $name, ".tera")))),*
        ];
    };
}

templates![
    "terraform/hub/locals.tf",
    "terraform/hub/main.tf",
    "terraform/hub/outputs.tf",
    "terraform/module/main.tf",
    "terraform/module/outputs.tf",
    "terraform/module/variables.tf",
    "terraform/root/providers.tf",
    "terraform/root/targets.tf",
    "terraform/root/variables.tf",
    "terraform/shared/imports.tf",
    "terraform/shared/notice.tf",
    "terraform/shared/policy.tf",
    "terraform/shared/providers.tf",
    "terraform/shared/role_arguments.tf",
    "terraform/shared/terraform.tf",
    "terraform/shared/variables.tf",
    "terraform/stack-set/main.tf",
    "terraform/stack-set/outputs.tf",
    "terraform/stack-set/variables.tf",
    "terraform/target/main.tf",
    "terraform/target/outputs.tf",
    "cloudformation/hub.yaml",
    "cloudformation/notice.yaml",
    "cloudformation/policy.yaml",
    "cloudformation/stack-set.yaml",
    "cloudformation/stack-set-role.yaml",
    "cloudformation/target.yaml",
    "deploy/DEPLOY.md",
    "kit/about.html",
    "kit/access.html",
    "kit/deploy.html",
    "kit/index.html",
    "kit/keys.html",
    "kit/page.css",
    "kit/page.js",
    "kit/permissions.html",
    "kit/step.html",
];

/// A template engine for one syntax.
pub(crate) struct Engine {
    tera: Tera,
}

impl Engine {
    /// Templates whose values are escaped as HCL strings.
    pub(super) fn hcl(replaced: &[(&str, &str)]) -> Result<Self, RenderError> {
        Self::new(replaced, "terraform/", &[".tf"], |text, out| {
            out.write_all(hcl::string(text).as_bytes())
        })
    }

    /// Templates whose values are escaped as YAML scalars.
    pub(super) fn yaml(replaced: &[(&str, &str)]) -> Result<Self, RenderError> {
        Self::new(replaced, "cloudformation/", &[".yaml"], |text, out| {
            out.write_all(yaml::scalar(text).as_bytes())
        })
    }

    /// Templates whose values are escaped as Markdown.
    pub(super) fn markdown() -> Result<Self, RenderError> {
        Self::new(&[], "deploy/", &[".md"], |text, out| {
            let escaped: String = text.chars().fold(String::new(), |mut escaped, character| {
                if "\\`*_{}[]<>#|".contains(character) {
                    escaped.push('\\');
                }
                escaped.push(if character.is_control() {
                    ' '
                } else {
                    character
                });
                escaped
            });
            out.write_all(escaped.as_bytes())
        })
    }

    /// Templates of the kit's page, whose values are escaped as HTML.
    pub(crate) fn html() -> Result<Self, RenderError> {
        Self::new(&[], "kit/", &[".html", ".css", ".js"], |text, out| {
            out.write_all(html::escape(text).as_bytes())
        })
    }

    fn new(
        replaced: &[(&str, &str)],
        folder: &str,
        suffixes: &[&'static str],
        escape: fn(&str, &mut dyn Write) -> io::Result<()>,
    ) -> Result<Self, RenderError> {
        let mut tera = Tera::new();
        tera.register_filter("comment", Comment);
        tera.register_filter("fill", html::fill);
        tera.register_filter("prose", html::Prose);
        tera.register_filter("breakable", html::Breakable);
        tera.set_escape_fn(escape);
        tera.autoescape_on(suffixes.iter().copied());
        let templates = TEMPLATES
            .iter()
            .filter(|(name, _)| {
                name.starts_with(folder) && suffixes.iter().any(|suffix| name.ends_with(suffix))
            })
            .map(|&(name, text)| {
                let other = replaced.iter().find(|(other, _)| *other == name);
                (name, other.map_or(text, |(_, text)| *text))
            });
        tera.add_raw_templates(templates)
            .map_err(|error| RenderError {
                template: folder.to_owned(),
                message: error.to_string(),
            })?;
        Ok(Self { tera })
    }

    /// Renders one template.
    pub(crate) fn render(
        &self,
        template: &str,
        view: &impl Serialize,
    ) -> Result<String, RenderError> {
        let failed = |error: tera::Error| RenderError {
            template: template.to_owned(),
            message: error.to_string(),
        };
        let context = Context::from_serialize(view).map_err(failed)?;
        self.tera
            .render(template, &context)
            .map(|text| tidy(&text))
            .map_err(failed)
    }
}

/// Text for a comment: whatever it holds, it ends with its line.
struct Comment;

impl Filter<String, String> for Comment {
    fn call(&self, text: String, _: Kwargs, _: &State<'_>) -> String {
        let one_line = |c: char| {
            if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') {
                ' '
            } else {
                c
            }
        };
        text.chars().map(one_line).collect()
    }

    fn is_safe(&self) -> bool {
        true
    }
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

/// Compiles every template.
///
/// # Errors
///
/// When one is not a template.
pub fn check_templates() -> Result<(), RenderError> {
    Engine::hcl(&[])?;
    Engine::markdown()?;
    Engine::html()?;
    Engine::yaml(&[]).map(|_| ())
}
