//! The blocks of a Terraform module: parsed, and held to what may stand in one.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use camino::{Utf8Path, Utf8PathBuf};

use super::file_kind::is_module_file;
use super::paths::join;
use super::{ReadbackError, module_check};
use crate::hcl::{self, Block, Fault};
use crate::model::FileSet;

/// The modules of a file set. Thousands of root modules call one module, and differ in a few blocks: what is alike is
/// parsed once.
pub(super) struct Modules<'f> {
    pub(super) files: &'f FileSet,
    called: RefCell<BTreeMap<Utf8PathBuf, Rc<Module<'f>>>>,
    /// By file name: the parts of the file that was parsed last.
    last: RefCell<BTreeMap<String, Vec<Parsed<'f>>>>,
}

/// A part of a file: whole lines, and the blocks in them.
#[derive(Clone)]
struct Parsed<'f> {
    text: &'f str,
    blocks: Rc<Vec<Block<'f>>>,
}

/// The end of most blocks, and of a part. Where each part can be read alone, the file says the same as its parts, since
/// nothing but a block spans lines.
const PART_END: &str = "\n}\n";

impl<'f> Modules<'f> {
    pub(super) fn new(files: &'f FileSet) -> Self {
        Self {
            files,
            called: RefCell::default(),
            last: RefCell::default(),
        }
    }

    /// A root module.
    pub(super) fn root(&self, dir: &Utf8Path) -> Result<Module<'f>, ReadbackError> {
        let mut bodies = Vec::new();
        for (path, text) in self.files.below(dir) {
            if path.parent() == Some(dir) && is_module_file(path) {
                bodies.extend(self.parts(path, text)?);
            }
        }
        Module::new(dir, bodies)
    }

    /// A module that others call.
    pub(super) fn called(&self, dir: &Utf8Path) -> Result<Rc<Module<'f>>, ReadbackError> {
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

    fn parts(
        &self,
        path: &Utf8Path,
        text: &'f str,
    ) -> Result<Vec<Rc<Vec<Block<'f>>>>, ReadbackError> {
        let name = path.file_name().unwrap_or_default();
        let mut last = self.last.borrow_mut();
        let known = last.remove(name).unwrap_or_default();
        let part = |(number, text): (usize, &'f str)| match known.get(number) {
            Some(part) if part.text == text => Ok(part.clone()),
            _ => parse(text),
        };
        let parts = text.split_inclusive(PART_END).enumerate().map(part);
        let parts = match parts.collect() {
            Ok(parts) => parts,
            // A block whose own blocks end as it does is no part, and a fault has its place in the file.
            Err(_) => vec![parse(text).map_err(|fault| {
                let (line, column) = hcl::line_and_column(text, fault.offset);
                ReadbackError::new(format!("{path}:{line}:{column}"), fault.what)
            })?],
        };
        let blocks = parts.iter().map(|part| Rc::clone(&part.blocks)).collect();
        last.insert(name.to_owned(), parts);
        Ok(blocks)
    }
}

fn parse(text: &str) -> Result<Parsed<'_>, Fault> {
    let blocks = hcl::parse(text)?;
    blocks.iter().try_for_each(module_check::check)?;
    let blocks = Rc::new(blocks);
    Ok(Parsed { text, blocks })
}

/// The blocks of all `.tf` files in a folder.
pub(super) struct Module<'f> {
    pub(super) dir: Utf8PathBuf,
    bodies: Vec<Rc<Vec<Block<'f>>>>,
}

impl<'f> Module<'f> {
    fn new(dir: &Utf8Path, bodies: Vec<Rc<Vec<Block<'f>>>>) -> Result<Self, ReadbackError> {
        let mut addresses = BTreeSet::new();
        for block in bodies.iter().flat_map(|blocks| blocks.iter()) {
            let mut address = block.title();
            if block.kind == "provider" {
                // Several configurations of one provider are told apart by their aliases.
                let alias = block.body.attribute("alias");
                let alias = alias.and_then(|alias| alias.value.literal());
                address = format!("{address} {}", alias.unwrap_or_default());
            }
            let once = !["import", "locals", "terraform"].contains(&block.kind);
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

    pub(super) fn blocks(&self) -> impl Iterator<Item = &Block<'f>> {
        self.bodies.iter().flat_map(|blocks| blocks.iter())
    }

    pub(super) fn failed(&self, what: &str, why: impl Into<String>) -> ReadbackError {
        ReadbackError::new(format!("{} {what}", self.dir), why)
    }

    pub(super) fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Block<'f>> {
        self.blocks().filter(move |block| block.kind == kind)
    }

    /// Only the real provider of AWS is taken.
    pub(super) fn check_providers(&self) -> Result<(), ReadbackError> {
        let of_terraform = self
            .of_kind("terraform")
            .flat_map(|block| &block.body.blocks);
        let required = of_terraform.filter(|block| block.kind == "required_providers");
        for provider in required.flat_map(|block| &block.body.attributes) {
            let scope = hcl::Scope::default();
            let value = scope.value_of(provider).ok();
            let source = value
                .as_ref()
                .and_then(|value| value.as_map()?.get("source")?.as_text());
            if (provider.name, source) != ("aws", Some("hashicorp/aws")) {
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
            .find(|block| block.label(0) == variable);
        let Some(block) = block else {
            let what = format!("there is no `variable \"{variable}\"`, which each root module has");
            return Err(ReadbackError::new(self.dir.as_str(), what));
        };
        let default = block.body.attribute("default");
        match default.and_then(|default| default.value.literal()) {
            Some(text) => Ok(text.to_owned()),
            None => Err(self.failed(&format!("variable {variable}"), "it has no default")),
        }
    }
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
