//! A folder of rendered files as grants, whoever touched them since: without the plan that they came from.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use super::ReadbackError;
use super::cloudformation::{Deployment, Template, read_parameters, read_stack};
use super::declares::declares;
use super::file_kind::{changes_others, is_module_file, is_terraform};
use super::installed;
use super::module::{Modules, called_dir};
use super::principal::{Built, Settings};
use super::terraform::Roots;
use super::unit::refuse_parameters;
use crate::model::{Access, AccountId, FileSet, IdentityKind, Partition};
use crate::render::{is_role_module, template_of};

/// What the files of one format grant.
#[derive(Debug, Clone)]
pub struct Read {
    /// Terraform or CloudFormation.
    pub format: &'static str,
    /// What is granted.
    pub access: Access,
    /// What its stack sets say besides.
    pub settings: Settings,
}

/// Where templates are deployed, which they do not say; the lock does.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The partition of all accounts.
    pub partition: Option<Partition>,
    pub hub: Option<AccountId>,
    pub stack_sets: Option<AccountId>,
}

/// What a folder of rendered files grants, by format. Targets are known by the names of their parameter files, and their
/// templates by the folders of these, or by the stack set that deploys them.
///
/// # Errors
///
/// When any file that makes resources is not understood.
pub fn read_folder(files: &FileSet, known: &Known) -> Result<Vec<Read>, ReadbackError> {
    let files = &installed::checked(files)?;
    let mut read = Vec::new();
    if let Some(built) = terraform(files)? {
        read.push(("Terraform", built));
    }
    let mut stacks = Stacks::new(files, known)?;
    let by_terraform = read.first().map_or(&[][..], |(_, built)| built.bodies());
    let built = stacks.read(by_terraform)?;
    if stacks.has_own() {
        read.push(("CloudFormation", built));
    }
    // Whichever format uses them, the roles that CloudFormation works as are there.
    let accounts: BTreeSet<String> = read
        .iter()
        .flat_map(|(_, built)| role_accounts(built.access()))
        .collect();
    let service_roles = stacks.service_roles(&accounts)?;
    if read.is_empty() {
        return Err(ReadbackError::new(
            "the folder",
            "there are no rendered files in it",
        ));
    }
    read.into_iter()
        .map(|(format, mut built)| {
            built.extend("the roles that CloudFormation works as", &service_roles)?;
            let made = &built.access().identities;
            if let Some(arn) = built.working().iter().find(|arn| !made.contains_key(*arn)) {
                return Err(ReadbackError::new(
                    arn,
                    "a stack set is deployed by this role, and no template here makes it: what it may do is not known",
                ));
            }
            Ok(Read {
                format,
                settings: built.settings().clone(),
                access: built.into_access(),
            })
        })
        .collect()
}

/// Every folder with HCL is a root module, called or not: somebody could apply it. Only the folder of the role modules is theirs,
/// and each of those has to be called.
fn terraform(files: &FileSet) -> Result<Option<Built>, ReadbackError> {
    let mut folders = BTreeSet::new();
    let is_rendered = |path: &Utf8Path| files.contains_key(path);
    for path in files.keys().filter(|path| is_terraform(path)) {
        if let Some(what) = changes_others(path, &is_rendered) {
            return Err(ReadbackError::new(path.as_str(), what));
        }
        if is_module_file(path) {
            folders.insert(path.parent().unwrap_or(Utf8Path::new("")).to_owned());
        } else {
            return Err(ReadbackError::new(
                path.as_str(),
                "only HCL in .tf files is understood",
            ));
        }
    }
    let modules = Modules::new(files);
    let mut called: BTreeSet<Utf8PathBuf> = BTreeSet::new();
    let (shared, roots): (Vec<&Utf8PathBuf>, Vec<&Utf8PathBuf>) =
        folders.iter().partition(|folder| is_role_module(folder));
    let reader = Roots::new(files);
    let mut built = Built::default();
    for folder in roots {
        let root = reader.open(folder)?;
        for call in root.of_kind("module") {
            let source = call.body.attribute("source");
            let source = source.and_then(|source| source.value.literal());
            let dir = called_dir(folder, source.unwrap_or_default())
                .map_err(|what| root.failed(call.label(0), what))?;
            if !is_role_module(&dir) {
                return Err(root.failed(
                    call.label(0),
                    format!("{dir} is a root module of its own, and not to be called"),
                ));
            }
            called.insert(dir);
        }
        reader.read(&root, &mut built)?;
    }
    if let Some(folder) = shared.into_iter().find(|folder| !called.contains(*folder)) {
        modules.root(folder)?;
        return Err(ReadbackError::new(
            folder.as_str(),
            "nothing calls this module, and whoever applies it by itself makes something that is not known here",
        ));
    }
    Ok((!folders.is_empty()).then_some(built))
}

/// The CloudFormation templates of a folder, and which of them something deploys.
struct Stacks<'a> {
    files: &'a FileSet,
    known: &'a Known,
    templates: BTreeMap<Utf8PathBuf, Template>,
    deployed: BTreeSet<Utf8PathBuf>,
}

/// The templates of the roles that CloudFormation itself works as.
const ADMINISTRATION_ROLE: &str = "stack-set-administration-role";
const EXECUTION_ROLE: &str = "stack-set-execution-role";

impl<'a> Stacks<'a> {
    fn new(files: &'a FileSet, known: &'a Known) -> Result<Self, ReadbackError> {
        Ok(Self {
            files,
            known,
            templates: templates(files)?,
            deployed: BTreeSet::new(),
        })
    }

    /// Whether any is deployed as a stack, but those of the roles that CloudFormation works as.
    fn has_own(&self) -> bool {
        !self.deployed.is_empty()
    }

    /// What all of them grant but the roles that CloudFormation works as. What a stack set deploys, Terraform's or one here,
    /// may stand beside it as a file: it is read with the stack set.
    fn read(&mut self, by_terraform: &[Arc<Value>]) -> Result<Built, ReadbackError> {
        let mut built = Built::default();
        let none = BTreeMap::new();
        let paths: Vec<Utf8PathBuf> = self.templates.keys().cloned().collect();
        for path in &paths {
            let stem = path.file_stem().unwrap_or_default();
            let account = match stem {
                _ if is_hub(path) => self.known.hub.as_ref(),
                "stack-set" => self.known.stack_sets.as_ref(),
                _ => continue,
            };
            let account = account.ok_or_else(|| nowhere(path))?;
            self.deploy(path, account, &none, &mut built)?;
        }
        for (path, text) in self.files {
            let folder = path.parent().unwrap_or(Utf8Path::new(""));
            let Some(stem) = folder.file_name().and_then(template_of) else {
                continue;
            };
            let account = AccountId::parse(path.file_stem().unwrap_or_default())
                .map_err(|_| ReadbackError::new(path.as_str(), "its name is not an account id"))?;
            let template = paths
                .iter()
                .find(|path| {
                    path.parent() == folder.parent() && path.file_stem() == Some(stem.as_str())
                })
                .ok_or_else(|| ReadbackError::new(path.as_str(), "there is no template for it"))?;
            let parameters = read_parameters(path.as_str(), text)?;
            self.deploy(template, &account, &parameters, &mut built)?;
        }
        let is_body = |path: &Utf8Path| {
            let mut bodies = by_terraform.iter().chain(built.bodies());
            bodies.any(|body| body == self.templates[path].value())
        };
        let forgotten = paths.iter().find(|path| {
            !self.deployed.contains(*path) && !is_service_role(path) && !is_body(path)
        });
        match forgotten {
            Some(path) => Err(ReadbackError::new(
                path.as_str(),
                "nothing says in which account this template is deployed",
            )),
            None => Ok(built),
        }
    }

    /// The roles that CloudFormation works as: one in the account of the stack sets, one in each target.
    fn service_roles(&self, accounts: &BTreeSet<String>) -> Result<Access, ReadbackError> {
        let mut built = Built::default();
        let none = BTreeMap::new();
        for path in self.templates.keys() {
            let accounts: Vec<AccountId> = match path.file_stem() {
                Some(ADMINISTRATION_ROLE) => {
                    let account = self.known.stack_sets.as_ref();
                    vec![account.ok_or_else(|| nowhere(path))?.clone()]
                }
                Some(EXECUTION_ROLE) => accounts
                    .iter()
                    .filter_map(|account| AccountId::parse(account).ok())
                    .collect(),
                _ => continue,
            };
            for account in &accounts {
                self.stack(path, account, &none, &mut built)?;
            }
        }
        Ok(built.into_access())
    }

    fn deploy(
        &mut self,
        path: &Utf8Path,
        account: &AccountId,
        parameters: &BTreeMap<String, String>,
        built: &mut Built,
    ) -> Result<(), ReadbackError> {
        self.stack(path, account, parameters, built)?;
        self.deployed.insert(path.to_owned());
        Ok(())
    }

    /// Adds what one stack of a template grants.
    fn stack(
        &self,
        path: &Utf8Path,
        account: &AccountId,
        parameters: &BTreeMap<String, String>,
        built: &mut Built,
    ) -> Result<(), ReadbackError> {
        let template = &self.templates[path];
        if parameters.is_empty() {
            refuse_parameters(path, template)?;
        }
        let partition = self.known.partition.ok_or_else(|| {
            ReadbackError::new(
                path.as_str(),
                "a template does not name its partition, and landgrant.lock does not either",
            )
        })?;
        let deployment = Deployment {
            partition,
            account,
            parameters,
        };
        read_stack(path.as_str(), template, &deployment, built)
    }
}

fn nowhere(path: &Utf8Path) -> ReadbackError {
    ReadbackError::new(
        path.as_str(),
        "a template does not name its account, and landgrant.lock does not either",
    )
}

fn is_service_role(path: &Utf8Path) -> bool {
    [ADMINISTRATION_ROLE, EXECUTION_ROLE].contains(&path.file_stem().unwrap_or_default())
}

/// The accounts that roles are made in.
fn role_accounts(access: &Access) -> BTreeSet<String> {
    let roles = access
        .identities
        .iter()
        .filter(|(_, identity)| identity.kind == IdentityKind::Role);
    roles
        .filter_map(|(arn, _)| arn.split(':').nth(4).map(str::to_owned))
        .collect()
}

/// `hub.yaml`, and `hub-2.yaml` and so on for further users.
fn is_hub(path: &Utf8Path) -> bool {
    let stem = path.file_stem().unwrap_or_default();
    let number = stem.strip_prefix("hub-").unwrap_or_default();
    stem == "hub" || number.parse::<usize>().is_ok()
}

/// The CloudFormation templates among the files, wherever they lie and whatever they are called.
fn templates(files: &FileSet) -> Result<BTreeMap<Utf8PathBuf, Template>, ReadbackError> {
    let mut templates = BTreeMap::new();
    for (path, text) in files {
        let folder = path.parent().and_then(Utf8Path::file_name);
        if is_terraform(path) || folder.and_then(template_of).is_some() {
            continue;
        }
        if declares(path, text, &|path| files.contains_key(path)).is_some() {
            let template = Template::parse(path.as_str(), text)?;
            templates.insert(path.to_owned(), template);
        }
    }
    Ok(templates)
}
