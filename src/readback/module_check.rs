//! Whether what stands in a module has one of its forms.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::module_forms::{ACCOUNT, BLOCKS, DOCUMENT, IN_DOCUMENTS, Known, REFERENCES};
use super::resource::RESOURCES;
use crate::hcl::{self, Block, Body, Expression, Fault, Part};

/// Every form, parsed.
static FORMS: LazyLock<HashMap<&'static str, Expression<'static>>> = LazyLock::new(|| {
    let mut forms = HashMap::new();
    let mut texts: Vec<&'static str> = IN_DOCUMENTS.to_vec();
    let resources = RESOURCES.iter().map(|resource| &resource.known);
    for known in BLOCKS.iter().chain(resources) {
        collect(known, &mut texts);
    }
    for text in texts {
        if let Ok(form) = hcl::expression(text) {
            forms.insert(text, form);
        }
    }
    forms
});

fn collect(known: &Known, texts: &mut Vec<&'static str>) {
    texts.extend(known.attributes.iter().flat_map(|(_, forms)| *forms));
    for inner in known.blocks {
        collect(inner, texts);
    }
}

/// Whether an expression is one of a few forms.
fn is_one_of(expression: &Expression<'_>, forms: &[&str]) -> bool {
    forms.iter().any(|form| match *form {
        DOCUMENT => is_document(expression),
        form => FORMS.get(form).is_some_and(|form| expression.is(form)),
    })
}

fn is_document(expression: &Expression<'_>) -> bool {
    document(expression).is_some_and(|document| odd_in(document).is_none())
}

/// The object that a policy document is made of.
fn document<'e, 't>(expression: &'e Expression<'t>) -> Option<&'e Expression<'t>> {
    match expression {
        Expression::Call {
            name: "jsonencode",
            arguments,
            expands: false,
        } => match arguments.as_slice() {
            [document @ Expression::Object(_)] => Some(document),
            _ => None,
        },
        _ => None,
    }
}

/// The keys that lead to what is not understood in a policy document.
fn odd_in(expression: &Expression<'_>) -> Option<String> {
    let is_known = match expression {
        Expression::Object(fields) => {
            return fields.iter().find_map(|(key, value)| {
                let inner = odd_in(value)?;
                Some(match inner.as_str() {
                    "" => key.to_string(),
                    inner => format!("{key}.{inner}"),
                })
            });
        }
        Expression::List(items) => return items.iter().find_map(odd_in),
        Expression::Text(parts) => parts.iter().all(|part| match part {
            Part::Literal(_) => true,
            Part::Place(place) => place.is_literal() || is_one_of(place, &[ACCOUNT]),
        }),
        other => other.is_literal() || is_one_of(other, &IN_DOCUMENTS),
    };
    (!is_known).then(String::new)
}

/// Refuses what is not known, at its place.
pub(super) fn check(block: &Block<'_>) -> Result<(), Fault> {
    let failed = |what: String| Fault {
        offset: block.offset,
        what,
    };
    let labels = block.labels.len();
    let is_labelled = |wanted: usize| match labels == wanted {
        true => Ok(()),
        false => Err(failed(format!(
            "`{}` with {labels} labels is not understood",
            block.kind
        ))),
    };
    let known = match block.kind {
        "resource" => {
            is_labelled(2)?;
            let resources = RESOURCES.iter().map(|resource| &resource.known);
            named(resources, block.label(0)).ok_or_else(|| {
                failed(format!("the resource {} is not understood", block.label(0)))
            })?
        }
        kind => {
            is_labelled(usize::from(
                ["provider", "variable", "output", "module"].contains(&kind),
            ))?;
            named(BLOCKS, kind)
                .ok_or_else(|| failed(format!("the block `{kind}` is not understood")))?
        }
    };
    body(known, &block.body)
}

fn named<'k>(known: impl IntoIterator<Item = &'k Known>, kind: &str) -> Option<&'k Known> {
    known.into_iter().find(|known| known.kind == kind)
}

fn body(known: &Known, body: &Body<'_>) -> Result<(), Fault> {
    for attribute in &body.attributes {
        let failed = |what: String| {
            Err(Fault {
                offset: attribute.offset,
                what,
            })
        };
        let name = attribute.name;
        let listed = known.attributes.iter();
        // What has any name is listed last.
        let found = listed
            .clone()
            .find(|(known, _)| *known == name)
            .or_else(|| listed.last().filter(|(known, _)| *known == "_"));
        match found {
            None => return failed(format!("`{name}` is not understood in `{}`", known.kind)),
            Some((_, forms)) => {
                let takes_literal = !REFERENCES.contains(&name);
                let is_known = takes_literal && attribute.value.is_literal()
                    || is_one_of(&attribute.value, forms);
                if !is_known {
                    if let Some(odd) = document(&attribute.value).and_then(odd_in) {
                        return failed(format!(
                            "`{odd}` in `{name}` is not understood: in a policy document stand literals, `{}`, and `{ACCOUNT}` in texts",
                            IN_DOCUMENTS.join("`, `")
                        ));
                    }
                    let literal = takes_literal.then_some("a literal".to_owned());
                    let forms = forms.iter().map(|form| format!("`{form}`"));
                    let taken: Vec<String> = literal.into_iter().chain(forms).collect();
                    return failed(format!(
                        "the value of `{name}` is not understood; expected {}",
                        taken.join(" or ")
                    ));
                }
            }
        }
    }
    for inner in &body.blocks {
        let what = match named(known.blocks, inner.kind) {
            Some(known) => match inner.labels.len() {
                labels if labels == usize::from(inner.kind == "backend") => {
                    self::body(known, &inner.body)?;
                    continue;
                }
                _ => format!("the labels of `{}` are not understood", inner.kind),
            },
            None => format!(
                "the block `{}` is not understood in `{}`",
                inner.kind, known.kind
            ),
        };
        return Err(Fault {
            offset: inner.offset,
            what,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_of_the_subset() {
        let mut texts: Vec<&str> = IN_DOCUMENTS.to_vec();
        let resources = RESOURCES.iter().map(|resource| &resource.known);
        for known in BLOCKS.iter().chain(resources) {
            collect(known, &mut texts);
        }
        for text in texts {
            assert!(hcl::expression(text).is_ok(), "{text}");
        }
    }
}
