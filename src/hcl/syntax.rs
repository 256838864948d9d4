//! The syntax tree. It borrows from the text, and knows where each attribute and block begins.

use std::borrow::Cow;
use std::cell::OnceCell;

use super::Value;

/// What stands between the braces of a block.
#[derive(Debug, Default)]
pub(crate) struct Body<'t> {
    pub(crate) attributes: Vec<Attribute<'t>>,
    pub(crate) blocks: Vec<Block<'t>>,
}

#[derive(Debug)]
pub(crate) struct Block<'t> {
    pub(crate) kind: &'t str,
    pub(crate) labels: Vec<&'t str>,
    pub(crate) body: Body<'t>,
    /// The byte at which it begins.
    pub(crate) offset: usize,
}

#[derive(Debug)]
pub(crate) struct Attribute<'t> {
    pub(crate) name: &'t str,
    pub(crate) value: Expression<'t>,
    /// The byte at which its name begins.
    pub(crate) offset: usize,
    /// What it holds wherever it is evaluated, once that is known: thousands of root modules call one module.
    pub(super) constant: OnceCell<Value>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expression<'t> {
    Null,
    Bool(bool),
    Number(u64),
    /// A quoted text.
    Text(Vec<Part<'t>>),
    List(Vec<Expression<'t>>),
    /// Keys are plain, and each stands once.
    Object(Vec<(Cow<'t, str>, Expression<'t>)>),
    /// `local.targets["1"].name`.
    Path(&'t str, Vec<Step<'t>>),
    Call {
        name: &'t str,
        arguments: Vec<Expression<'t>>,
        /// Whether `...` follows the last argument.
        expands: bool,
    },
    /// `[for item in list : value]`, or `{ for item in list : key => value }`.
    For(Box<For<'t>>),
    /// Operands with the operators between them, which are compared and never calculated.
    Operation(Vec<Expression<'t>>, Vec<&'t str>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct For<'t> {
    /// The name of the value, or the names of key and value.
    pub(crate) names: Vec<&'t str>,
    pub(crate) over: Expression<'t>,
    /// The key, where it makes a map.
    pub(crate) key: Option<Expression<'t>>,
    pub(crate) value: Expression<'t>,
}

/// A part of a quoted text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part<'t> {
    Literal(Cow<'t, str>),
    /// What stands in `${` and `}`.
    Place(Expression<'t>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step<'t> {
    Name(&'t str),
    Index(Expression<'t>),
}

/// In a form, what stands for any name, or for any literal part of a text.
const ANY: &str = "_";

impl<'t> Body<'t> {
    pub(crate) fn attribute(&self, name: &str) -> Option<&Attribute<'t>> {
        self.attributes
            .iter()
            .find(|attribute| attribute.name == name)
    }
}

impl Block<'_> {
    /// A label by its position; an empty text where there is none.
    pub(crate) fn label(&self, index: usize) -> &str {
        self.labels.get(index).copied().unwrap_or_default()
    }

    /// Its kind and labels, as they stand in the text.
    pub(crate) fn title(&self) -> String {
        let labels = self.labels.iter().map(|label| format!(" \"{label}\""));
        format!("{}{}", self.kind, labels.collect::<String>())
    }
}

impl Expression<'_> {
    /// Whether it names nothing and calls nothing, so that it says its value itself.
    pub(crate) fn is_literal(&self) -> bool {
        match self {
            Self::Null | Self::Bool(_) | Self::Number(_) => true,
            Self::Text(_) => self.literal().is_some(),
            Self::List(items) => items.iter().all(Self::is_literal),
            Self::Object(fields) => fields.iter().all(|(_, value)| value.is_literal()),
            Self::Path(..) | Self::Call { .. } | Self::For(_) | Self::Operation(..) => false,
        }
    }

    /// The text of a quoted text without places.
    pub(crate) fn literal(&self) -> Option<&str> {
        match self {
            Self::Text(parts) => match parts.as_slice() {
                [] => Some(""),
                [Part::Literal(text)] => Some(text),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether it is what a form says: the same tree, with any name or literal where the form has `_`.
    pub(crate) fn is(&self, form: &Expression<'_>) -> bool {
        match (self, form) {
            (Self::Text(parts), Expression::Text(forms)) => {
                all(parts, forms, |part, form| match (part, form) {
                    (Part::Literal(text), Part::Literal(form)) => is_name(text, form),
                    (Part::Place(place), Part::Place(form)) => place.is(form),
                    _ => false,
                })
            }
            (Self::List(items), Expression::List(forms)) => all(items, forms, Self::is),
            (Self::Object(fields), Expression::Object(forms)) => {
                all(fields, forms, |(key, value), (key_form, form)| {
                    key == key_form && value.is(form)
                })
            }
            (Self::Path(root, steps), Expression::Path(form, step_forms)) => {
                is_name(root, form)
                    && all(steps, step_forms, |step, form| match (step, form) {
                        (Step::Name(name), Step::Name(form)) => is_name(name, form),
                        (Step::Index(index), Step::Index(form)) => index.is(form),
                        _ => false,
                    })
            }
            (
                Self::Call {
                    name,
                    arguments,
                    expands,
                },
                Expression::Call {
                    name: form,
                    arguments: forms,
                    expands: form_expands,
                },
            ) => name == form && expands == form_expands && are_given(arguments, forms),
            (Self::For(each), Expression::For(form)) => {
                each.names == form.names
                    && each.over.is(&form.over)
                    && each.value.is(&form.value)
                    && match (&each.key, &form.key) {
                        (Some(key), Some(form)) => key.is(form),
                        (None, None) => true,
                        _ => false,
                    }
            }
            (Self::Operation(operands, operators), Expression::Operation(forms, form)) => {
                operators == form && all(operands, forms, Self::is)
            }
            (
                Self::Null | Self::Bool(_) | Self::Number(_),
                Expression::Null | Expression::Bool(_) | Expression::Number(_),
            ) => *self == *form,
            _ => false,
        }
    }
}

fn is_name(name: &str, form: &str) -> bool {
    form == ANY || name == form
}

/// Whether arguments are those of a form, each of which can be given several times in a row.
fn are_given(arguments: &[Expression<'_>], forms: &[Expression<'_>]) -> bool {
    let mut left = forms.iter().peekable();
    let mut current = None;
    for argument in arguments {
        if let Some(next) = left.next_if(|form| argument.is(form)) {
            current = Some(next);
        } else if !current.is_some_and(|form| argument.is(form)) {
            return false;
        }
    }
    left.peek().is_none()
}

fn all<T, F>(items: &[T], forms: &[F], is: impl Fn(&T, &F) -> bool) -> bool {
    items.len() == forms.len() && items.iter().zip(forms).all(|(item, form)| is(item, form))
}
