//! A Terraform root module as grants: variables, locals, modules and resources evaluated as Terraform would.
//!
//! Known are the resources that a kit may hold. Any other resource, block or attribute is an error.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use hcl::{Block, Value};

use super::ReadbackError;
use super::imports::{Imports, instance};
use super::module::{Module, Modules, attribute, called_dir, label};
use super::policy::Policies;
use super::principal::{Built, Made};
use super::provider::{Provider, Providers};
use super::resource::{self, Makes, RESOURCES, Resource};
use super::scope::{Constants, Scope, object};
use super::stack_set::StackSets;
use super::variable;
use crate::model::Partition;
use crate::render::FileSet;

/// Reads root modules of one file set, one after the other.
pub(super) struct Roots<'f> {
    modules: Modules<'f>,
    policies: Policies,
    /// What every scope begins with.
    base: Scope,
    constants: Constants,
}

impl<'f> Roots<'f> {
    pub(super) fn new(files: &'f FileSet) -> Self {
        Self {
            modules: Modules::new(files),
            policies: Policies::default(),
            base: Scope::new(),
            constants: Constants::default(),
        }
    }

    /// A root module, not looked into.
    pub(super) fn open(&self, dir: &Utf8Path) -> Result<Module, ReadbackError> {
        self.modules.root(dir)
    }

    /// Adds what a root module grants, and tells its provider configurations in the order of their accounts.
    pub(super) fn read(
        &self,
        root: &Module,
        built: &mut Built,
    ) -> Result<Vec<Provider>, ReadbackError> {
        let region = root.default_of("region")?;
        let partition = Partition::ALL
            .into_iter()
            .find(|partition| partition.has_region(&region))
            .ok_or_else(|| root.failed("variable region", "a Region of no known partition"))?;
        root.check_providers()?;
        let scope = self.scope(root, variable::of_root(root)?)?;
        let providers = Providers::read(root, &scope)?;
        let account = providers.default_account().map(str::to_owned);
        let reached = providers.sorted();
        let mut reader = Reader {
            roots: self,
            partition,
            providers,
            built,
            stack_sets: StackSets::default(),
            imports: Imports::of(root)?,
            calls: Vec::new(),
            called_as: String::new(),
        };
        reader.module(root, scope, account.as_deref())?;
        reader.imports.finish()?;
        Ok(reached)
    }

    /// What a module's expressions can name before there are resources.
    fn scope(&self, module: &Module, variables: Value) -> Result<Scope, ReadbackError> {
        let mut scope = self.base.clone();
        scope.declare("var", variables);
        let mut locals: hcl::Map<String, Value> = hcl::Map::new();
        for block in module.of_kind("locals") {
            for local in block.body().attributes() {
                let value = scope
                    .evaluate(local.expr())
                    .map_err(|why| module.failed(&format!("local.{}", local.key()), why))?;
                locals.insert(local.key().to_owned(), value);
            }
        }
        if !locals.is_empty() {
            scope.declare("local", Value::Object(locals));
        }
        Ok(scope)
    }
}

struct Reader<'r, 'f> {
    roots: &'r Roots<'f>,
    partition: Partition,
    providers: Providers,
    built: &'r mut Built,
    stack_sets: StackSets,
    imports: Imports,
    /// The folders of the modules that are being read, from the root on.
    calls: Vec<Utf8PathBuf>,
    /// The address of the call that is being read, with a dot behind it; nothing in the root.
    called_as: String,
}

/// Resources of one kind by label, then key; the key is empty where there is no `for_each`.
type Instances = BTreeMap<String, hcl::Map<String, Value>>;

/// What others may refer to of a resource.
const REFERRED_TO: [&str; 2] = ["arn", "name"];

/// The blocks that a module may have.
const BLOCKS: [&str; 7] = [
    "terraform",
    "provider",
    "variable",
    "output",
    "locals",
    "module",
    "resource",
];

impl Reader<'_, '_> {
    /// Reads a module whose resources are made in this account.
    fn module(
        &mut self,
        module: &Module,
        mut scope: Scope,
        account: Option<&str>,
    ) -> Result<(), ReadbackError> {
        // Terraform takes import blocks in a root module only.
        let is_known = |block: &&Block| {
            BLOCKS.contains(&block.identifier())
                || (self.calls.is_empty() && block.identifier() == "import")
        };
        if let Some(odd) = module.blocks().find(|block| !is_known(block)) {
            return Err(module.failed(odd.identifier(), "this block is not understood"));
        }
        self.resources(module, &mut scope, account)?;
        for call in module.of_kind("module") {
            self.call(module, call, &mut scope, account)?;
        }
        Ok(())
    }

    /// Reads what a module call makes, once for each of its instances.
    fn call(
        &mut self,
        module: &Module,
        call: &Block,
        scope: &mut Scope,
        account: Option<&str>,
    ) -> Result<(), ReadbackError> {
        let failed = |why: String| module.failed(label(call, 0), why);
        if let Some(odd) = call.body().blocks().next() {
            return Err(failed(format!(
                "the block `{}` is not understood",
                odd.identifier()
            )));
        }
        for (key, each) in for_each(call, scope).map_err(failed)? {
            if let Some(value) = each {
                let key = Value::from(key.clone());
                scope.declare("each", object([("key", key), ("value", value)]));
            }
            let mut inputs = Vec::new();
            let mut source = None;
            let mut account = account.map(str::to_owned);
            for argument in call.body().attributes() {
                match argument.key() {
                    // The order of things made grants nothing.
                    "for_each" | "depends_on" => {}
                    "providers" => {
                        let passed = self.providers.passed(argument.expr(), scope);
                        account = Some(passed.map_err(failed)?.to_owned());
                    }
                    name => {
                        let value = scope.evaluate(argument.expr()).map_err(failed)?;
                        match name {
                            "source" => source = value.as_str().map(str::to_owned),
                            name => inputs.push((name.to_owned(), value)),
                        }
                    }
                }
            }
            let told = inputs.iter().find(|(name, _)| name == "account_id");
            if told.is_some_and(|(_, told)| told.as_str() != account.as_deref()) {
                return Err(failed(
                    "account_id: the module is told another account than the provider takes"
                        .to_owned(),
                ));
            }
            let source = source.ok_or_else(|| failed("a module without a source".to_owned()))?;
            let dir = called_dir(&module.dir, &source).map_err(failed)?;
            if self.calls.contains(&dir) || module.dir == dir {
                return Err(failed(format!("the module {dir} calls itself")));
            }
            let callee = self.roots.modules.called(&dir)?;
            if callee.of_kind("provider").next().is_some() {
                return Err(failed(format!(
                    "{dir} has a provider configuration: it is a root module, and not to be called"
                )));
            }
            let inner = self
                .roots
                .scope(&callee, variable::of_call(&callee, inputs)?)?;
            self.calls.push(module.dir.clone());
            let caller = self.called_as.clone();
            self.called_as
                .push_str(&format!("{}.", instance("module", label(call, 0), &key)));
            self.module(&callee, inner, account.as_deref())?;
            self.called_as = caller;
            self.calls.pop();
        }
        Ok(())
    }

    fn resources(
        &mut self,
        module: &Module,
        scope: &mut Scope,
        account: Option<&str>,
    ) -> Result<(), ReadbackError> {
        let kinds: Vec<&str> = module
            .of_kind("resource")
            .map(|block| label(block, 0))
            .collect();
        if let Some(odd) = kinds
            .iter()
            .find(|kind| !RESOURCES.iter().any(|known| known.kind == **kind))
        {
            return Err(module.failed(odd, "this resource is not understood"));
        }
        if kinds.is_empty() {
            return Ok(());
        }
        let account = account.ok_or_else(|| {
            module.failed("resource", "there is no provider configuration for it")
        })?;
        let mut made = Made::default();
        // Only a called module stays in memory, so that its expressions are told apart by where they stand.
        let constants = (!self.calls.is_empty()).then_some(&self.roots.constants);
        for known in RESOURCES.iter().filter(|known| kinds.contains(&known.kind)) {
            let mut instances = Instances::new();
            for block in module
                .of_kind("resource")
                .filter(|block| label(block, 0) == known.kind)
            {
                let place = format!("{} {}.{}", module.dir, known.kind, label(block, 1));
                let failed = |why: String| ReadbackError::new(&place, why);
                resource::check_known(known, block).map_err(failed)?;
                if known.makes == Makes::Nothing {
                    continue;
                }
                let by_key = instances.entry(label(block, 1).to_owned()).or_default();
                for (key, each) in for_each(block, scope).map_err(failed)? {
                    if let Some(value) = each {
                        let key = Value::from(key.clone());
                        scope.declare("each", object([("key", key), ("value", value)]));
                    }
                    let fields = resource::fields(block, scope, constants).map_err(failed)?;
                    let mut resource = Resource {
                        place: &place,
                        dir: &module.dir,
                        makes: known.makes,
                        partition: self.partition,
                        account,
                        fields,
                    };
                    resource.name_itself().map_err(failed)?;
                    if !self.imports.is_empty() {
                        let own = instance(known.kind, label(block, 1), &key);
                        let address = format!("{}{own}", self.called_as);
                        self.imports.made(&address, &resource)?;
                    }
                    resource.grant(
                        self.built,
                        &mut made,
                        &self.roots.policies,
                        &mut self.stack_sets,
                        self.roots.modules.files,
                    )?;
                    if known.makes.is_named() {
                        // What nothing refers to would be copied at each reference.
                        resource
                            .fields
                            .retain(|name, _| REFERRED_TO.contains(&name.as_str()));
                        by_key.insert(key, Value::Object(resource.fields));
                    }
                }
            }
            if known.makes.is_named() {
                declare(scope, known.kind, instances);
            }
        }
        Ok(())
    }
}

/// Makes the resources of one kind known to expressions: `kind.label`, or `kind.label["key"]`.
fn declare(scope: &mut Scope, kind: &str, instances: Instances) {
    let by_label: hcl::Map<String, Value> = instances
        .into_iter()
        .map(|(label, mut by_key)| {
            let only = by_key.swap_remove("");
            (label, only.unwrap_or(Value::Object(by_key)))
        })
        .collect();
    scope.declare(kind, Value::Object(by_label));
}

/// The keys and values of `for_each`; one nameless instance where there is none.
pub(super) fn for_each(
    block: &Block,
    scope: &Scope,
) -> Result<Vec<(String, Option<Value>)>, String> {
    let Some(expression) = attribute(block.body(), "for_each") else {
        return Ok(vec![(String::new(), None)]);
    };
    match scope.evaluate(expression)? {
        Value::Object(map) => Ok(map
            .into_iter()
            .map(|(key, value)| (key, Some(value)))
            .collect()),
        Value::Array(set) => {
            let mut keys: Vec<String> = set
                .iter()
                .map(|key| {
                    key.as_str()
                        .map(str::to_owned)
                        .ok_or("a set of anything but text")
                })
                .collect::<Result<_, _>>()?;
            keys.sort();
            keys.dedup();
            Ok(keys
                .into_iter()
                .map(|key| (key.clone(), Some(Value::from(key))))
                .collect())
        }
        _ => Err("for_each is a map or a set".to_owned()),
    }
}
