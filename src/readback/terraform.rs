//! A Terraform root module as grants: variables, locals, modules and resources evaluated as Terraform would.
//!
//! Known are the resources that a kit may hold. Any other resource, block or attribute is an error.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::ReadbackError;
use super::imports::{Imports, instance};
use super::instances::for_each;
use super::module::{Module, Modules, called_dir};
use super::policy::Policies;
use super::principal::{Built, Made};
use super::provider::{Provider, Providers};
use super::resource::{self, Makes, RESOURCES, Resource};
use super::stack_set::StackSets;
use super::variable;
use crate::hcl::{Block, Map, Scope, Value};
use crate::model::{FileSet, Partition};

/// Reads root modules of one file set, one after the other.
pub(super) struct Roots<'f> {
    modules: Modules<'f>,
    policies: Policies,
}

impl<'f> Roots<'f> {
    pub(super) fn new(files: &'f FileSet) -> Self {
        Self {
            modules: Modules::new(files),
            policies: Policies::default(),
        }
    }

    /// A root module, not looked into.
    pub(super) fn open(&self, dir: &Utf8Path) -> Result<Module<'f>, ReadbackError> {
        self.modules.root(dir)
    }

    /// Adds what a root module grants, and tells its provider configurations in the order of their accounts.
    pub(super) fn read(
        &self,
        root: &Module<'f>,
        built: &mut Built,
    ) -> Result<Vec<Provider>, ReadbackError> {
        let region = root.default_of("region")?;
        let partition = Partition::ALL
            .into_iter()
            .find(|partition| partition.has_region(&region))
            .ok_or_else(|| root.failed("variable region", "a Region of no known partition"))?;
        root.check_providers()?;
        let scope = scope(root, variable::of_root(root)?)?;
        let providers = Providers::read(root, &scope)?;
        let account = providers.default_account().map(str::to_owned);
        let reached = providers.sorted();
        let mut reader = RootReader {
            roots: self,
            partition,
            providers,
            built,
            stack_sets: StackSets::default(),
            imports: Imports::read(root)?,
            calls: Vec::new(),
            called_as: String::new(),
        };
        reader.module(root, scope, account.as_deref())?;
        reader.imports.finish()?;
        Ok(reached)
    }
}

/// What a module's expressions can name before there are resources.
fn scope(module: &Module<'_>, variables: Value) -> Result<Scope, ReadbackError> {
    let mut locals = Map::new();
    for block in module.of_kind("locals") {
        for local in &block.body.attributes {
            let value = Scope::default()
                .value_of(local)
                .map_err(|why| module.failed(&format!("local.{}", local.name), why))?;
            if locals.insert(local.name.into(), value).is_some() {
                return Err(module.failed(&format!("local.{}", local.name), "it appears twice"));
            }
        }
    }
    let mut scope = Scope::default();
    scope.declare("var", variables);
    scope.declare("local", locals.into());
    Ok(scope)
}

struct RootReader<'r, 'f> {
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
type Instances = BTreeMap<String, Map>;

/// What others may refer to of a resource.
const REFERRED_TO: [&str; 2] = ["arn", "name"];

impl RootReader<'_, '_> {
    /// Reads a module whose resources are made in this account.
    fn module(
        &mut self,
        module: &Module<'_>,
        mut scope: Scope,
        account: Option<&str>,
    ) -> Result<(), ReadbackError> {
        // Terraform takes import blocks in a root module only, and so are providers here.
        let is_of_root = |block: &&Block<'_>| ["import", "provider"].contains(&block.kind);
        if !self.calls.is_empty()
            && let Some(odd) = module.blocks().find(is_of_root)
        {
            return Err(module.failed(
                odd.kind,
                "only a root module has this block, and another module calls this one",
            ));
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
        module: &Module<'_>,
        call: &Block<'_>,
        scope: &mut Scope,
        account: Option<&str>,
    ) -> Result<(), ReadbackError> {
        let failed = |why: String| module.failed(call.label(0), why);
        for (key, each) in for_each(call, scope).map_err(failed)? {
            if let Some(value) = &each {
                scope.each(&key, value);
            }
            let mut inputs = Vec::new();
            let mut source = None;
            let mut account = account.map(str::to_owned);
            for argument in &call.body.attributes {
                match argument.name {
                    // The order of things made grants nothing.
                    "for_each" | "depends_on" => {}
                    "providers" => {
                        let passed = self.providers.passed(&argument.value, scope);
                        account = Some(passed.map_err(failed)?.to_owned());
                    }
                    "source" => source = argument.value.literal(),
                    name => {
                        let value = scope.value_of(argument).map_err(failed)?;
                        inputs.push((name.to_owned(), value));
                    }
                }
            }
            let told = inputs.iter().find(|(name, _)| name == "account_id");
            if told.is_some_and(|(_, told)| told.as_text() != account.as_deref()) {
                return Err(failed(
                    "account_id: the module is told another account than the provider takes"
                        .to_owned(),
                ));
            }
            let source = source.ok_or_else(|| failed("a module without a source".to_owned()))?;
            let dir = called_dir(&module.dir, source).map_err(failed)?;
            if self.calls.contains(&dir) || module.dir == dir {
                return Err(failed(format!("the module {dir} calls itself")));
            }
            let callee = self.roots.modules.called(&dir)?;
            let inner = self::scope(&callee, variable::of_call(&callee, inputs)?)?;
            self.calls.push(module.dir.clone());
            let caller = self.called_as.clone();
            self.called_as
                .push_str(&format!("{}.", instance("module", call.label(0), &key)));
            self.module(&callee, inner, account.as_deref())?;
            self.called_as = caller;
            self.calls.pop();
        }
        Ok(())
    }

    fn resources(
        &mut self,
        module: &Module<'_>,
        scope: &mut Scope,
        account: Option<&str>,
    ) -> Result<(), ReadbackError> {
        let kinds: Vec<&str> = module
            .of_kind("resource")
            .map(|block| block.label(0))
            .collect();
        if kinds.is_empty() {
            return Ok(());
        }
        let account = account.ok_or_else(|| {
            module.failed("resource", "there is no provider configuration for it")
        })?;
        let mut made = Made::default();
        for known in RESOURCES {
            let kind = known.known.kind;
            let mut instances = Instances::new();
            for block in module
                .of_kind("resource")
                .filter(|block| block.label(0) == kind)
            {
                let place = format!("{} {kind}.{}", module.dir, block.label(1));
                let failed = |why: String| ReadbackError::new(&place, why);
                if known.makes == Makes::Nothing {
                    continue;
                }
                let by_key = instances.entry(block.label(1).to_owned()).or_default();
                for (key, each) in for_each(block, scope).map_err(failed)? {
                    if let Some(value) = &each {
                        scope.each(&key, value);
                    }
                    let fields = resource::fields(block, scope).map_err(failed)?;
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
                        let own = instance(kind, block.label(1), &key);
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
                            .retain(|name, _| REFERRED_TO.contains(&&**name));
                        by_key.insert(key, resource.fields.into());
                    }
                }
            }
            if known.makes.is_named() && kinds.contains(&kind) {
                declare(scope, kind, instances);
            }
        }
        Ok(())
    }
}

/// Makes the resources of one kind known to expressions: `kind.label`, or `kind.label["key"]`.
fn declare(scope: &mut Scope, kind: &str, instances: Instances) {
    let by_label = instances.into_iter().map(|(label, mut by_key)| {
        let only = by_key.remove("");
        (label.into(), only.unwrap_or_else(|| by_key.into()))
    });
    scope.declare(kind, by_label.collect::<Map>().into());
}
