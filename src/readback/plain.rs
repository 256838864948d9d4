//! What expressions of a module may be. Read-back evaluates as Terraform does, but not in every corner: the order of a map,
//! the equality of sets, the spelling of letters. What could tell the two apart, and so take one value here and another
//! when it is applied, is refused: conditions, comparisons, arithmetic, positions in lists. No rendered module has any.

use hcl::expr::{FuncCall, ObjectKey, Traversal, TraversalOperator};
use hcl::template::{Element, Template};
use hcl::{Block, Body, Expression};

use super::variable::LEAVING_ACCOUNTS;
use crate::model::is_spelled_once;

/// The functions that read-back knows.
const FUNCTIONS: [&str; 6] = ["concat", "file", "jsonencode", "merge", "setunion", "toset"];

/// Those of them that make a set. In `for k, v in` of one, Terraform gives the item for `k`, and not a position: nothing
/// here tells a set from a list, so that sets are keys of `for_each` and nothing else.
const OF_SETS: [&str; 2] = ["setunion", "toset"];

/// Blocks that `for_each` makes several of.
const SEVERAL: [&str; 3] = ["module", "provider", "resource"];

/// Blocks that refuse a value, and decide none.
const JUDGING: [&str; 3] = ["postcondition", "precondition", "validation"];

/// Says what of a block is not understood.
pub(super) fn check(block: &Block) -> Result<(), String> {
    let kind = block.identifier();
    let mut labels = block.labels().iter();
    labels.try_for_each(|label| spelled_once(label.as_str()))?;
    body(block.body(), kind)
}

fn body(of: &Body, kind: &str) -> Result<(), String> {
    let is_provider = kind == "provider";
    of.attributes()
        .try_for_each(|attribute| spelled_once(attribute.key()))?;
    // A type looks like a function, and is no value.
    let attributes = of.attributes();
    for attribute in attributes.filter(|one| kind != "variable" || one.key() != "type") {
        let is_keys = attribute.key() == "for_each" && SEVERAL.contains(&kind);
        let checked = match is_keys {
            true => keys(attribute.expr(), is_provider),
            false => expression(attribute.expr(), is_provider),
        };
        checked.map_err(|what| format!("`{}`: {what}", attribute.key()))?;
    }
    let blocks = of.blocks();
    for block in blocks.filter(|block| !JUDGING.contains(&block.identifier())) {
        body(block.body(), kind)?;
    }
    Ok(())
}

/// Checks what `for_each` is given, which can be a set.
fn keys(of: &Expression, is_provider: bool) -> Result<(), String> {
    let mut args = match of {
        Expression::Parenthesis(inner) => return keys(inner, is_provider),
        Expression::FuncCall(call) if is_of_sets(call) => call.args.iter(),
        other => return expression(other, is_provider),
    };
    args.try_for_each(|inner| keys(inner, is_provider))
}

fn is_of_sets(call: &FuncCall) -> bool {
    !call.name.is_namespaced() && OF_SETS.contains(&call.name.name.as_str())
}

fn expression(of: &Expression, is_provider: bool) -> Result<(), String> {
    let walk = |inner: &Expression| expression(inner, is_provider);
    match of {
        Expression::Null | Expression::Bool(_) => Ok(()),
        Expression::String(text) => spelled_once(text),
        Expression::Variable(name) => spelled_once(name),
        Expression::Number(number) => number_is_plain(number),
        Expression::Array(items) => items.iter().try_for_each(walk),
        Expression::Object(fields) => fields.iter().try_for_each(|(key, value)| {
            match key {
                ObjectKey::Expression(key) => walk(key)?,
                ObjectKey::Identifier(key) => spelled_once(key)?,
                _ => {}
            }
            walk(value)
        }),
        Expression::TemplateExpr(quoted) => {
            let template = Template::from_expr(quoted).map_err(|error| error.to_string())?;
            template
                .elements()
                .iter()
                .try_for_each(|element| match element {
                    Element::Literal(text) => spelled_once(text),
                    Element::Interpolation(inner) => walk(&inner.expr),
                    Element::Directive(_) => Err(refused("a directive in a text")),
                })
        }
        Expression::Traversal(path) => traversal(path, is_provider),
        Expression::FuncCall(call) => {
            let name = call.name.name.as_str();
            if call.name.is_namespaced() || !FUNCTIONS.contains(&name) {
                return Err(refused(&format!("the function `{name}`")));
            }
            if is_of_sets(call) {
                return Err(refused("a set anywhere but in `for_each`"));
            }
            call.args.iter().try_for_each(walk)
        }
        Expression::Parenthesis(inner) => walk(inner),
        Expression::ForExpr(each) => {
            if each.cond_expr.is_some() || each.grouping {
                return Err(refused("a condition or a grouping in `for`"));
            }
            let names = each.key_var.iter().chain([&each.value_var]);
            names.into_iter().try_for_each(|name| spelled_once(name))?;
            walk(&each.collection_expr)?;
            each.key_expr.iter().try_for_each(walk)?;
            walk(&each.value_expr)
        }
        Expression::Conditional(_) => Err(refused("a conditional expression")),
        Expression::Operation(_) => Err(refused("a comparison or a calculation")),
        _ => Err(refused("this expression")),
    }
}

fn traversal(of: &Traversal, is_provider: bool) -> Result<(), String> {
    expression(&of.expr, is_provider)?;
    let name = of.operators.first();
    if let (Expression::Variable(root), Some(TraversalOperator::GetAttr(name))) = (&of.expr, name)
        && root.as_str() == "var"
        && name.as_str() == LEAVING_ACCOUNTS
        && !is_provider
    {
        return Err("only providers may know the accounts that leave".to_owned());
    }
    for operator in &of.operators {
        match operator {
            TraversalOperator::GetAttr(name) => spelled_once(name)?,
            TraversalOperator::Index(Expression::Number(_)) | TraversalOperator::LegacyIndex(_) => {
                return Err(refused("a position in a list"));
            }
            TraversalOperator::Index(key) => expression(key, is_provider)?,
            TraversalOperator::AttrSplat | TraversalOperator::FullSplat => {
                return Err(refused("a splat"));
            }
        }
    }
    Ok(())
}

/// Terraform counts with more digits, and writes them all out: another text than is read here.
fn number_is_plain(number: &hcl::Number) -> Result<(), String> {
    const MOST: u64 = 1 << 53;
    match number.as_u64().is_some_and(|number| number < MOST) {
        true => Ok(()),
        false => Err(refused(&format!(
            "the number {number}, which is no whole one below {MOST},"
        ))),
    }
}

/// Terraform writes every text in Unicode NFC, so that two names can become one, and a text another.
fn spelled_once(text: &str) -> Result<(), String> {
    match is_spelled_once(text) {
        true => Ok(()),
        false => Err(format!(
            "\"{}\" is no text of one spelling: Terraform writes it in Unicode NFC, and a letter and its mark as one",
            text.escape_default()
        )),
    }
}

fn refused(what: &str) -> String {
    format!("{what} is not understood: Terraform could take another value than is read here")
}
