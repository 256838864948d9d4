//! The blocks of a Terraform module: parsed, and held to what may stand in one.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use camino::{Utf8Path, Utf8PathBuf};
use hcl::eval::{Context, Evaluate as _};
use hcl::{Block, Body, Expression, Value};

use super::declares::is_module_file;
use super::{ReadbackError, plain};
use crate::render::FileSet;

/// The modules of a file set. Thousands of root modules call one module, and have files with one text: each is
/// parsed once.
pub(super) struct Modules<'f> {
    pub(super) files: &'f FileSet,
    called: RefCell<BTreeMap<Utf8PathBuf, Rc<Module>>>,
    /// By file name: the text that was parsed last, and its blocks.
    last: RefCell<BTreeMap<String, Parsed<'f>>>,
}

/// A text, and its blocks.
type Parsed<'f> = (&'f str, Rc<Vec<Block>>);

impl<'f> Modules<'f> {
    pub(super) fn new(files: &'f FileSet) -> Self {
        Self {
            files,
            called: RefCell::default(),
            last: RefCell::default(),
        }
    }

    /// A root module.
    pub(super) fn root(&self, dir: &Utf8Path) -> Result<Module, ReadbackError> {
        let mut bodies = Vec::new();
        for (path, text) in self.files.below(dir) {
            if path.parent() == Some(dir) && is_module_file(path) {
                bodies.push(self.blocks(path, text)?);
            }
        }
        Module::new(dir, bodies)
    }

    /// A module that others call.
    pub(super) fn called(&self, dir: &Utf8Path) -> Result<Rc<Module>, ReadbackError> {
        if let Some(module) = self.called.borrow().get(dir) {
            return Ok(Rc::clone(module));
        }
        let module = Rc::new(self.root(dir)?);
        module.check_providers()?;
        self.called
            .borrow_mut()
            .insert(dir.to_owned(), Rc::clone(&module));
        Ok(module)
    }

    fn blocks(&self, path: &Utf8Path, text: &'f str) -> Result<Rc<Vec<Block>>, ReadbackError> {
        let name = path.file_name().unwrap_or_default();
        let mut last = self.last.borrow_mut();
        if let Some((_, blocks)) = last.get(name).filter(|(known, _)| *known == text) {
            return Ok(Rc::clone(blocks));
        }
        let body = hcl::parse(text)
            .map_err(|error| ReadbackError::new(path.as_str(), error.to_string()))?;
        if let Some(attribute) = body.attributes().next() {
            return Err(ReadbackError::new(
                path.as_str(),
                format!("`{}` outside any block", attribute.key()),
            ));
        }
        let blocks = Rc::new(body.into_blocks().collect::<Vec<_>>());
        for block in blocks.iter() {
            plain::check(block).map_err(|what| {
                let labels = block.labels().iter().map(|label| label.as_str());
                let named: Vec<&str> = [block.identifier()].into_iter().chain(labels).collect();
                ReadbackError::new(format!("{path} {}", named.join(" ")), what)
            })?;
        }
        last.insert(name.to_owned(), (text, Rc::clone(&blocks)));
        Ok(blocks)
    }
}

/// The blocks of all `.tf` files in a folder.
pub(super) struct Module {
    pub(super) dir: Utf8PathBuf,
    bodies: Vec<Rc<Vec<Block>>>,
}

impl Module {
    fn new(dir: &Utf8Path, bodies: Vec<Rc<Vec<Block>>>) -> Result<Self, ReadbackError> {
        let mut addresses = BTreeSet::new();
        for block in bodies.iter().flat_map(|blocks| blocks.iter()) {
            let labels: Vec<&str> = block.labels().iter().map(|label| label.as_str()).collect();
            let mut address = format!("{} {}", block.identifier(), labels.join("."));
            if block.identifier() == "provider" {
                // Several configurations of one provider are told apart by their aliases.
                let alias = attribute(block.body(), "alias").map(ToString::to_string);
                address = format!("{address} {}", alias.unwrap_or_default());
            }
            let once = !["import", "locals", "terraform"].contains(&block.identifier());
            if once && !addresses.insert(address.clone()) {
                return Err(ReadbackError::new(
                    dir.as_str(),
                    format!("there are two of {}", address.trim_end()),
                ));
            }
        }
        if bodies.iter().all(|blocks| blocks.is_empty()) {
            return Err(ReadbackError::new(dir.as_str(), "there is no module here"));
        }
        Ok(Self {
            dir: dir.to_owned(),
            bodies,
        })
    }

    pub(super) fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.bodies.iter().flat_map(|blocks| blocks.iter())
    }

    pub(super) fn failed(&self, what: &str, why: impl Into<String>) -> ReadbackError {
        ReadbackError::new(format!("{} {what}", self.dir), why)
    }

    pub(super) fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Block> {
        self.blocks()
            .filter(move |block| block.identifier() == kind)
    }

    /// Only the real provider of AWS is taken. Where the state is kept grants nothing.
    pub(super) fn check_providers(&self) -> Result<(), ReadbackError> {
        for block in self
            .of_kind("terraform")
            .flat_map(|block| block.body().blocks())
            .filter(|block| !["backend", "cloud"].contains(&block.identifier()))
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

/// The folder that a module call leads to. A registry, a repository or an archive holds what is not read here.
pub(super) fn called_dir(dir: &Utf8Path, source: &str) -> Result<Utf8PathBuf, String> {
    let is_path = source.starts_with("./") || source.starts_with("../");
    if !is_path || source.contains('\\') {
        return Err(format!(
            "the source {source:?} is no path: write one that begins with `./` or `../`, since nothing else is read here"
        ));
    }
    join(dir, source)
}

/// A path from a folder. What lies above the folder that is read is not known here.
pub(super) fn join(dir: &Utf8Path, path: &str) -> Result<Utf8PathBuf, String> {
    let mut joined = dir.to_owned();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                if !joined.pop() {
                    return Err(format!(
                        "{path} leads out of the rendered folder, where nothing is read"
                    ));
                }
            }
            part => joined.push(part),
        }
    }
    Ok(joined)
}
