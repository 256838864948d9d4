//! The blocks of a Terraform module: parsed, and held to what may stand in one.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use hcl::eval::{Context, Evaluate as _};
use hcl::{Block, Body, Expression, Value};

use super::ReadbackError;
use crate::render::FileSet;

/// The blocks of all `.tf` files in a folder.
pub(super) struct Module {
    pub(super) dir: Utf8PathBuf,
    pub(super) blocks: Vec<Block>,
}

impl Module {
    pub(super) fn parse(files: &FileSet, dir: &Utf8Path) -> Result<Self, ReadbackError> {
        let mut blocks = Vec::new();
        for (path, text) in files
            .iter()
            .filter(|(path, _)| path.parent() == Some(dir) && path.extension() == Some("tf"))
        {
            let body = hcl::parse(text)
                .map_err(|error| ReadbackError::new(path.as_str(), error.to_string()))?;
            if let Some(attribute) = body.attributes().next() {
                return Err(ReadbackError::new(
                    path.as_str(),
                    format!("`{}` outside any block", attribute.key()),
                ));
            }
            blocks.extend(body.into_blocks());
        }
        let mut addresses = BTreeSet::new();
        for block in &blocks {
            let labels: Vec<&str> = block.labels().iter().map(|label| label.as_str()).collect();
            let address = format!("{} {}", block.identifier(), labels.join("."));
            let once = !["locals", "terraform"].contains(&block.identifier());
            if once && !addresses.insert(address.clone()) {
                return Err(ReadbackError::new(
                    dir.as_str(),
                    format!("there are two of {address}"),
                ));
            }
        }
        if blocks.is_empty() {
            return Err(ReadbackError::new(dir.as_str(), "there is no module here"));
        }
        Ok(Self {
            dir: dir.to_owned(),
            blocks,
        })
    }

    pub(super) fn failed(&self, what: &str, why: impl Into<String>) -> ReadbackError {
        ReadbackError::new(format!("{} {what}", self.dir), why)
    }

    pub(super) fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Block> {
        self.blocks
            .iter()
            .filter(move |block| block.identifier() == kind)
    }

    /// Only the real provider of AWS is taken.
    pub(super) fn check_providers(&self) -> Result<(), ReadbackError> {
        for block in self
            .of_kind("terraform")
            .flat_map(|block| block.body().blocks())
        {
            let known = block.identifier() == "required_providers"
                && block.body().attributes().all(|provider| {
                    let source =
                        evaluate(provider.expr(), &Context::new())
                            .ok()
                            .and_then(|value| {
                                value
                                    .as_object()
                                    .and_then(|fields| fields.get("source").cloned())
                            });
                    provider.key() == "aws" && source == Some(Value::from("hashicorp/aws"))
                });
            if !known {
                return Err(
                    self.failed("terraform", "only the provider hashicorp/aws is understood")
                );
            }
        }
        Ok(())
    }

    /// The one account that the provider takes.
    pub(super) fn only_account(&self) -> Result<String, ReadbackError> {
        let failed = || {
            self.failed(
                "provider \"aws\"",
                "the provider must allow exactly one account, and say which",
            )
        };
        let mut providers = self.of_kind("provider");
        let (Some(provider), None) = (providers.next(), providers.next()) else {
            return Err(failed());
        };
        let known = |attribute: &hcl::Attribute| {
            ["region", "allowed_account_ids"].contains(&attribute.key())
        };
        if !provider.body().attributes().all(known) || provider.body().blocks().next().is_some() {
            return Err(self.failed(
                "provider \"aws\"",
                "it may say the Region and the account, and nothing else",
            ));
        }
        let ids = evaluate(
            attribute(provider.body(), "allowed_account_ids").ok_or_else(failed)?,
            &Context::new(),
        )
        .map_err(|why| self.failed("provider \"aws\"", why))?;
        match ids.as_array().map(Vec::as_slice) {
            Some([Value::String(id)]) => Ok(id.clone()),
            _ => Err(failed()),
        }
    }

    pub(super) fn default_of(&self, variable: &str) -> Result<String, ReadbackError> {
        let block = self
            .of_kind("variable")
            .find(|block| label(block, 0) == variable);
        let default = block.and_then(|block| attribute(block.body(), "default"));
        match default.map(|default| evaluate(default, &Context::new())) {
            Some(Ok(Value::String(text))) => Ok(text),
            _ => Err(self.failed(&format!("variable {variable}"), "it has no default")),
        }
    }
}

pub(super) fn evaluate(expression: &Expression, context: &Context<'_>) -> Result<Value, String> {
    expression
        .evaluate(context)
        .map_err(|error| error.to_string())
}

pub(super) fn attribute<'a>(body: &'a Body, name: &str) -> Option<&'a Expression> {
    body.attributes()
        .find(|attribute| attribute.key() == name)
        .map(hcl::Attribute::expr)
}

pub(super) fn label(block: &Block, index: usize) -> &str {
    block.labels().get(index).map_or("", |label| label.as_str())
}

pub(super) fn join(dir: &Utf8Path, source: &str) -> Utf8PathBuf {
    let mut joined = dir.to_owned();
    for part in source.split('/') {
        match part {
            "." => {}
            ".." => {
                joined.pop();
            }
            part => joined.push(part),
        }
    }
    joined
}
