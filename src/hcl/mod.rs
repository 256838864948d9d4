//! A closed subset of HCL, as the templates in the binary write it, with the meaning that Terraform gives it.
//!
//! Two readers of HCL differ in corners: heredocs, strip markers, escapes, the order of a map. Whoever relies on one of
//! them can be told something else than Terraform does. So this parser takes only what has one reading, and everything
//! else is a [`Fault`] with its place. Neither parsing nor matching takes more than linear time, and nesting is limited.

mod evaluate;
mod expression;
mod parse;
mod quoted;
mod syntax;
#[cfg(test)]
mod tests;
mod value;

pub(crate) use evaluate::Scope;
pub(crate) use parse::{expression, parse};
pub(crate) use syntax::{Attribute, Block, Body, Expression, Part, Step};
pub(crate) use value::{Map, Value};

/// What is not taken, and where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// A byte of the text.
    pub(crate) offset: usize,
    /// What is wrong, and what to write instead.
    pub(crate) what: String,
}

/// The line and column of a byte, both from 1; columns count characters.
pub(crate) fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    (line, before[line_start..].chars().count() + 1)
}
