//! A folder of rendered files as grants, whoever touched them since: without the plan that they came from.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::ReadbackError;
use super::cloudformation::{Deployment, Template, read_parameters, read_stack};
use super::declares::{declares, is_terraform};
use super::module::{Modules, attribute, evaluate, join};
use super::terraform::Roots;
use crate::cfn;
use crate::model::{Access, AccountId, Partition};
use crate::render::{FileSet, template_of};

/// What the files of one format grant.
#[derive(Debug, Clone)]
pub struct Read {
    /// Terraform or CloudFormation.
    pub format: &'static str,
    /// What is granted.
    pub access: Access,
}

/// What a folder of rendered files grants, by format. A template does not say where it is deployed: the hub account and
/// the partition come from the lock; targets are known by the names of their parameter files, and their templates by the
/// folders of these.
///
/// # Errors
///
/// When any file that makes resources is not understood.
pub fn read_folder(
    files: &FileSet,
    partition: Option<Partition>,
    hub: Option<&AccountId>,
) -> Result<Vec<Read>, ReadbackError> {
    let mut read = Vec::new();
    if let Some(access) = terraform(files)? {
        read.push(Read {
            format: "Terraform",
            access,
        });
    }
    if let Some(access) = cloudformation(files, partition.unwrap_or(Partition::Aws), hub)? {
        read.push(Read {
            format: "CloudFormation",
            access,
        });
    }
    if read.is_empty() {
        return Err(ReadbackError::new(
            "the folder",
            "there are no rendered files in it",
        ));
    }
    Ok(read)
}

/// Every folder with HCL is a root module, unless another one calls it, and one with a provider configuration is in any
/// case.
fn terraform(files: &FileSet) -> Result<Option<Access>, ReadbackError> {
    let mut files = files.clone();
    files.retain(|path, text| path.extension() != Some("tf") || !is_company(text));
    let files = &files;
    let mut folders = BTreeSet::new();
    for path in files.keys() {
        let is_other = is_terraform(path) && path.extension() != Some("tf");
        if is_other && declares(path, &files[path]).is_some() {
            return Err(ReadbackError::new(
                path.as_str(),
                "only HCL in .tf files is understood",
            ));
        }
        if path.extension() == Some("tf") {
            if let Some(what) =
                declares(path, &files[path]).filter(|what| what.contains("override"))
            {
                return Err(ReadbackError::new(path.as_str(), what));
            }
            folders.insert(path.parent().unwrap_or(Utf8Path::new("")).to_owned());
        }
    }
    let modules = Modules::new(files);
    let mut called: BTreeSet<Utf8PathBuf> = BTreeSet::new();
    let mut roots = BTreeSet::new();
    for folder in &folders {
        let module = modules.root(folder)?;
        for call in module.of_kind("module") {
            let source = attribute(call.body(), "source")
                .and_then(|source| evaluate(source, &hcl::eval::Context::new()).ok());
            if let Some(source) = source.as_ref().and_then(hcl::Value::as_str) {
                called.insert(join(folder, source));
            }
        }
        if module.of_kind("provider").next().is_some() {
            roots.insert(folder);
        }
    }
    roots.extend(folders.difference(&called));
    let reader = Roots::new(files);
    let mut access = Access::default();
    for folder in roots {
        reader.read(folder, &mut access)?;
    }
    Ok((!folders.is_empty()).then_some(access))
}

/// Whether a file only says where the state is kept, or what is there already under which name. That grants nothing,
/// and is a team's own affair.
fn is_company(text: &str) -> bool {
    hcl::parse(text).is_ok_and(|body| {
        body.attributes().next().is_none()
            && body.blocks().all(|block| match block.identifier() {
                "import" | "moved" => true,
                "terraform" => {
                    let mut inner = block.body().blocks().map(hcl::Block::identifier);
                    block.body().attributes().next().is_none()
                        && inner.all(|kind| ["backend", "cloud"].contains(&kind))
                }
                _ => false,
            })
    })
}

fn cloudformation(
    files: &FileSet,
    partition: Partition,
    hub: Option<&AccountId>,
) -> Result<Option<Access>, ReadbackError> {
    let templates = templates(files)?;
    let mut access = Access::default();
    let mut deployed = BTreeSet::new();
    for (path, template) in &templates {
        if is_hub(path) {
            let account = hub.ok_or_else(|| {
                ReadbackError::new(
                    path.as_str(),
                    "a template does not name its account, and landgrant.lock does not either",
                )
            })?;
            let deployment = Deployment {
                partition,
                account,
                parameters: &BTreeMap::new(),
            };
            read_stack(path.as_str(), template, &deployment, &mut access)?;
            deployed.insert(path);
        }
    }
    for (path, text) in files {
        let folder = path.parent().unwrap_or(Utf8Path::new(""));
        let Some(stem) = folder.file_name().and_then(template_of) else {
            continue;
        };
        let account = AccountId::parse(path.file_stem().unwrap_or_default())
            .map_err(|_| ReadbackError::new(path.as_str(), "its name is not an account id"))?;
        let (template_path, template) = templates
            .iter()
            .find(|(path, _)| {
                path.parent() == folder.parent() && path.file_stem() == Some(stem.as_str())
            })
            .ok_or_else(|| ReadbackError::new(path.as_str(), "there is no template for it"))?;
        let deployment = Deployment {
            partition,
            account: &account,
            parameters: &read_parameters(path.as_str(), text)?,
        };
        read_stack(template_path.as_str(), template, &deployment, &mut access)?;
        deployed.insert(template_path);
    }
    if let Some(path) = templates.keys().find(|path| !deployed.contains(path)) {
        return Err(ReadbackError::new(
            path.as_str(),
            "nothing says in which account this template is deployed",
        ));
    }
    Ok((!templates.is_empty()).then_some(access))
}

/// `hub.yaml`, and `hub-2.yaml` and so on for further users.
fn is_hub(path: &Utf8Path) -> bool {
    let stem = path.file_stem().unwrap_or_default();
    let number = stem.strip_prefix("hub-").unwrap_or_default();
    stem == "hub" || number.parse::<usize>().is_ok()
}

/// The CloudFormation templates among the files.
fn templates(files: &FileSet) -> Result<BTreeMap<Utf8PathBuf, Template>, ReadbackError> {
    let mut templates = BTreeMap::new();
    for (path, text) in files {
        let folder = path.parent().and_then(Utf8Path::file_name);
        if is_terraform(path) || folder.and_then(template_of).is_some() {
            continue;
        }
        let Some(what) = declares(path, text) else {
            continue;
        };
        let value: serde_json::Value = serde_json::from_str(text)
            .or_else(|_| cfn::parse_yaml(text))
            .map_err(|what| ReadbackError::new(path.as_str(), what))?;
        if value.get("Resources").is_none() {
            return Err(ReadbackError::new(path.as_str(), what));
        }
        let template =
            Template::of(value).map_err(|what| ReadbackError::new(path.as_str(), what))?;
        templates.insert(path.to_owned(), template);
    }
    Ok(templates)
}
