//! Load: the only reader of files.
//!
//! 1. Read each deployment: YAML with positions, structure against the schema, then the typed document.
//! 2. Read the account lists that the deployments name, and the folders with further data on these accounts.
//! 3. Read the catalogs that the deployments name, from the built-in ones or the user's folder.
//! 4. Read the overlay of the AWS service reference, and custom templates, if there are any.
//! 5. Read the state of accounts for `landgrant adopt` and `landgrant audit`: snapshots, credential reports, and
//!    Terraform plans.
//! 6. Read the logo and the texts of a handoff kit.
//!
//! Errors in a file are [`Diagnostic`]s; an `Err` is a file that cannot be read.

mod attributes;
mod beside;
pub mod builtin;
pub mod catalog;
mod condition_doc;
pub mod credentials;
pub mod deny_doc;
pub mod deployment;
mod document;
mod files;
mod interest;
mod json;
pub mod kit;
pub mod kit_doc;
mod listing;
pub mod lists;
pub mod overlay;
mod place;
mod planned_account;
mod revision;
pub mod role_doc;
pub mod roles;
mod schema;
pub(crate) mod sink;
pub mod snapshot;
mod stream;
mod structure;
mod templates;
mod terraform_kinds;
pub mod terraform_plan;
mod terraform_resources;
mod terraform_values;
mod texts;
mod tools;
mod tracked;
pub mod trust_doc;
mod yaml;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use serde::de::DeserializeOwned;
use serde_json::Value;

pub use attributes::of_inputs as attributes_of_inputs;
pub use document::{Document, Place};
pub use files::LoadError;
pub use interest::Interest;
pub use kit::load_kit;
pub use listing::Listing;
pub use place::{Origin, Subject};
pub use schema::{account_list_schema, catalog_schema, deployment_schema, overlay_schema};
pub use templates::{Templates, load_templates};
pub use tracked::{Tracked, tracked, way};

use crate::diag::{BUILTIN, Diagnostic, FileId, SourceMap, Span};
use crate::model::{AccountId, CatalogId, shown};
use catalog::{CatalogDoc, OneOrMany};
use credentials::CredentialReport;
use deployment::DeploymentDoc;
use lists::AccountList;
use overlay::OverlayDoc;
use sink::Sink;
use snapshot::Snapshot;
use terraform_plan::TerraformPlan;

/// Everything that was read.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The texts of the files, for diagnostics.
    pub sources: SourceMap,
    /// The deployments, in the order given.
    pub deployments: Vec<Document<DeploymentDoc>>,
    /// The account lists, by the position where a deployment names them. Lists with errors are absent.
    pub lists: BTreeMap<Span, Arc<AccountList>>,
    /// The catalogs that were read, by product and version.
    pub catalogs: BTreeMap<CatalogId, Document<CatalogDoc>>,
    /// All available catalogs, whether read or not.
    pub available: BTreeMap<CatalogId, CatalogOrigin>,
}

/// The location of a catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CatalogOrigin {
    /// Built in.
    Builtin(&'static str),
    /// In the user's folder.
    File(Utf8PathBuf),
}

/// Reads deployments and the catalogs that they name.
///
/// # Errors
///
/// Fails if a file or the catalog folder cannot be read, or is not UTF-8.
pub fn load(
    deployments: &[Utf8PathBuf],
    catalogs: Option<&Utf8Path>,
) -> Result<(Loaded, Vec<Diagnostic>), LoadError> {
    load_from(&Origin::Disk, deployments, catalogs)
}

/// Reads deployments and the catalogs that they name, from disk or a Git revision.
///
/// # Errors
///
/// Fails if a file or the catalog folder cannot be read, or is not UTF-8.
pub fn load_from(
    origin: &Origin,
    deployments: &[Utf8PathBuf],
    catalogs: Option<&Utf8Path>,
) -> Result<(Loaded, Vec<Diagnostic>), LoadError> {
    let mut loaded = Loaded::default();
    let mut diagnostics = Vec::new();
    loaded.available = available(origin, catalogs)?;
    let schema = deployment_schema();
    let mut known = lists::Known::new();
    let mut sink = Sink::default();
    for path in deployments {
        let text = origin.read(path)?;
        let file = loaded.sources.add(origin.name(path), text);
        match read_document(&loaded.sources, file, &schema)? {
            Ok(document) => {
                let sources = &mut loaded.sources;
                for role in document.roles() {
                    let deployment = (path.as_path(), &*role.document);
                    let read = lists::load(origin, sources, deployment, &mut known, &mut sink)?;
                    loaded.lists.extend(read);
                }
                let own = own_catalogs(origin, (path, &document), &mut sink)?;
                for (id, path, span) in own {
                    add_catalog(&mut loaded.available, (id, path), span, &mut sink);
                }
                loaded.deployments.push(document);
            }
            Err(faults) => diagnostics.extend(faults),
        }
    }
    diagnostics.extend(sink.into_diagnostics());
    let mut wanted: Vec<CatalogId> = loaded
        .deployments
        .iter()
        .flat_map(|deployment| deployment.doc.all_products())
        .filter_map(|product| CatalogId::parse(&product.catalog))
        .collect();
    // A catalog with errors is also read only once, so that they are reported once.
    let mut seen = BTreeSet::new();
    wanted.retain(|id| seen.insert(id.clone()));
    for id in wanted {
        diagnostics.extend(load_catalog(origin, &mut loaded, &id)?);
    }
    Ok((loaded, diagnostics))
}

/// Reads all available catalogs.
///
/// # Errors
///
/// Fails if a file or the catalog folder cannot be read, or is not UTF-8.
pub fn load_catalogs(catalogs: Option<&Utf8Path>) -> Result<(Loaded, Vec<Diagnostic>), LoadError> {
    let mut loaded = Loaded {
        available: available(&Origin::Disk, catalogs)?,
        ..Loaded::default()
    };
    let mut diagnostics = Vec::new();
    let ids: Vec<CatalogId> = loaded.available.keys().cloned().collect();
    for id in ids {
        diagnostics.extend(load_catalog(&Origin::Disk, &mut loaded, &id)?);
    }
    Ok((loaded, diagnostics))
}

/// Reads one catalog, if it exists.
///
/// # Errors
///
/// Fails if a file or the catalog folder cannot be read, or is not UTF-8.
pub fn load_one_catalog(
    origin: &Origin,
    id: &CatalogId,
    catalogs: Option<&Utf8Path>,
) -> Result<(Loaded, Vec<Diagnostic>), LoadError> {
    let mut loaded = Loaded {
        available: available(origin, catalogs)?,
        ..Loaded::default()
    };
    let diagnostics = load_catalog(origin, &mut loaded, id)?;
    Ok((loaded, diagnostics))
}

/// Reads an overlay of the AWS service reference. Its text is added to `sources`.
///
/// # Errors
///
/// Fails if the file cannot be read, or is not UTF-8.
pub fn load_overlay(
    sources: &mut SourceMap,
    path: &Utf8Path,
) -> Result<(Option<Document<OverlayDoc>>, Vec<Diagnostic>), LoadError> {
    load_overlay_from(&Origin::Disk, sources, path)
}

/// The name in a deployment file, or `None` if it is not a valid deployment.
fn name_of(origin: &Origin, path: &Utf8Path) -> Result<Option<String>, LoadError> {
    let text = origin.read(path)?;
    let file = SourceMap::default().add(origin.name(path), "");
    let root = yaml::parse(file, &text).ok();
    let field = |name: &str| match &root.as_ref()?.field(name)?.node.value {
        yaml::Value::Scalar { text, .. } => Some(text.clone()),
        _ => None,
    };
    let is_deployment =
        field("schema").is_some_and(|schema| schema.starts_with("landgrant/deployment/"));
    Ok(field("name").filter(|_| is_deployment))
}

/// Reads an overlay of the AWS service reference, from disk or a Git revision.
///
/// # Errors
///
/// Fails if the file cannot be read, or is not UTF-8.
pub fn load_overlay_from(
    origin: &Origin,
    sources: &mut SourceMap,
    path: &Utf8Path,
) -> Result<(Option<Document<OverlayDoc>>, Vec<Diagnostic>), LoadError> {
    let file = sources.add(origin.name(path), origin.read(path)?);
    Ok(match read_document(sources, file, &overlay_schema())? {
        Ok(document) => (Some(document), Vec::new()),
        Err(faults) => (None, faults),
    })
}

/// Reads the output of `aws iam get-account-authorization-details`, and keeps what is relevant. If there is an error,
/// the text is added to `sources`.
///
/// # Errors
///
/// Fails if the file cannot be read, or is not UTF-8.
pub fn load_snapshot(
    sources: &mut SourceMap,
    account: &AccountId,
    path: &Utf8Path,
    interest: &Interest,
) -> Result<(Option<Snapshot>, Vec<Diagnostic>), LoadError> {
    const WHAT: &str = "snapshot";
    if let Ok(snapshot) = stream::read(files::open_saved(WHAT, path)?, account, interest) {
        return Ok((Some(snapshot), Vec::new()));
    }
    // The file is read again as a whole, for the position of the error.
    let file = sources.add(path.as_str(), files::read_saved(WHAT, path)?);
    let text = &sources.file(file).text;
    Ok(match stream::read_text(text, account, interest) {
        Ok(snapshot) => (Some(snapshot), Vec::new()),
        Err(refused) => (None, vec![stream::refusal(file, text, account, &refused)]),
    })
}

/// The snapshots in a folder: `ACCOUNT.json`. Other files are ignored.
///
/// # Errors
///
/// Fails if the folder cannot be listed, or has no snapshots.
pub fn snapshots_in(folder: &Utf8Path) -> Result<Vec<(AccountId, Utf8PathBuf)>, LoadError> {
    let mut snapshots = Vec::new();
    for path in files::paths_in(folder)? {
        let account = path.file_stem().map(AccountId::parse);
        if let (Some(Ok(account)), Some("json")) = (account, path.extension()) {
            snapshots.push((account, path));
        }
    }
    match snapshots.is_empty() {
        true => Err(LoadError::NoSnapshots {
            path: folder.to_owned(),
        }),
        false => Ok(snapshots),
    }
}

/// Reads the credential report of an account. Its text is added to `sources`.
///
/// # Errors
///
/// Fails if the file cannot be read, or is not UTF-8.
pub fn load_credential_report(
    sources: &mut SourceMap,
    account: &AccountId,
    path: &Utf8Path,
) -> Result<(Option<CredentialReport>, Vec<Diagnostic>), LoadError> {
    let file = sources.add(path.as_str(), files::read_saved("credential report", path)?);
    Ok(
        match credentials::read(file, &sources.file(file).text, account) {
            Ok(report) => (Some(report), Vec::new()),
            Err(fault) => (None, vec![*fault]),
        },
    )
}

/// Reads the output of `terraform show -json` or `tofu show -json` for a plan. Its text is added to `sources`.
///
/// # Errors
///
/// Fails if the file cannot be read.
pub fn load_terraform_plan(
    sources: &mut SourceMap,
    path: &Utf8Path,
) -> Result<(Option<TerraformPlan>, Vec<Diagnostic>), LoadError> {
    let text = files::read_saved("Terraform plan", path).map_err(|error| match error {
        // A saved plan in binary form is a ZIP archive.
        LoadError::Encoding { path, .. } => LoadError::NotJson { path },
        other => other,
    })?;
    let file = sources.add(path.as_str(), text);
    Ok(match terraform_plan::read(file, &sources.file(file).text) {
        Ok(plan) => (Some(plan), Vec::new()),
        Err(fault) => (None, vec![*fault]),
    })
}

/// Reads one catalog, if it exists.
fn load_catalog(
    origin: &Origin,
    loaded: &mut Loaded,
    id: &CatalogId,
) -> Result<Vec<Diagnostic>, LoadError> {
    let (name, text) = match loaded.available.get(id) {
        None => return Ok(Vec::new()),
        Some(CatalogOrigin::Builtin(text)) => (
            format!("{BUILTIN}{}/{}.yaml", id.product, id.version),
            (*text).to_owned(),
        ),
        Some(CatalogOrigin::File(path)) => (origin.name(path), origin.read(path)?),
    };
    let file = loaded.sources.add(name, text);
    match read_document::<CatalogDoc>(&loaded.sources, file, &catalog_schema())? {
        // It remains available: a catalog with errors is not an unknown catalog.
        Err(faults) => Ok(faults),
        Ok(document) => {
            let mut faults = Vec::new();
            for (field, written, expected) in [
                ("product", &document.doc.product, &id.product),
                ("version", &document.doc.version, &id.version),
            ] {
                if written != expected {
                    faults.push(
                        Diagnostic::error(
                            "misplaced-catalog",
                            document.root().key(field).span(),
                            format!(
                                "the file's place says {field} {}, the file says {}",
                                shown(expected),
                                shown(written)
                            ),
                        )
                        .help("name the file PRODUCT/VERSION.yaml after what it holds"),
                    );
                }
            }
            loaded.catalogs.insert(id.clone(), document);
            Ok(faults)
        }
    }
}

fn available(
    origin: &Origin,
    catalogs: Option<&Utf8Path>,
) -> Result<BTreeMap<CatalogId, CatalogOrigin>, LoadError> {
    let mut available: BTreeMap<CatalogId, CatalogOrigin> = builtin::BUILTIN_CATALOGS
        .iter()
        .map(|catalog| {
            let id = CatalogId {
                product: catalog.product.to_owned(),
                version: catalog.version.to_owned(),
            };
            (id, CatalogOrigin::Builtin(catalog.text))
        })
        .collect();
    if let Some(folder) = catalogs {
        for (id, path) in origin.catalogs_in(folder)? {
            if available.contains_key(&id) {
                return Err(LoadError::Shadowed { path, id });
            }
            available.insert(id, CatalogOrigin::File(path));
        }
    }
    Ok(available)
}

/// The catalogs that a deployment names, each with the place where it names their folder.
fn own_catalogs(
    origin: &Origin,
    (path, document): (&Utf8Path, &Document<DeploymentDoc>),
    sink: &mut Sink,
) -> Result<Vec<(CatalogId, Utf8PathBuf, Span)>, LoadError> {
    let mut own = Vec::new();
    let folders = document.doc.catalogs.as_ref().map(OneOrMany::as_slice);
    for (index, folder) in folders.unwrap_or_default().iter().enumerate() {
        let span = document.root().key("catalogs").index(index).span();
        let Some(found) = beside::find(origin, sink, path, (folder, span))? else {
            continue;
        };
        let catalogs = origin.catalogs_beside(&found)?;
        if catalogs.is_empty() {
            let what = format!("there are no catalogs in {}", shown(folder));
            beside::missing(sink, span, what);
        }
        own.extend(catalogs.into_iter().map(|(id, path)| (id, path, span)));
    }
    Ok(own)
}

/// Adds a catalog that a deployment names, unless another one has its product and version.
fn add_catalog(
    available: &mut BTreeMap<CatalogId, CatalogOrigin>,
    (id, path): (CatalogId, Utf8PathBuf),
    span: Span,
    sink: &mut Sink,
) {
    let known = match available.get(&id) {
        None => {
            available.insert(id, CatalogOrigin::File(path));
            return;
        }
        Some(CatalogOrigin::File(known)) if *known == path => return,
        Some(CatalogOrigin::File(known)) => format!("`{known}` is a catalog of {id} already"),
        Some(CatalogOrigin::Builtin(_)) => format!("{id} is a built-in catalog"),
    };
    sink.push(
        Diagnostic::error("duplicate-catalog", span, known)
            .why(format!("`{path}` has the same product and version, and which of the two is granted would be a guess"))
            .help("give it another version, such as one with your own name behind a hyphen"),
    );
}

fn read_document<T: DeserializeOwned>(
    sources: &SourceMap,
    file: FileId,
    schema: &Value,
) -> Result<Result<Document<T>, Vec<Diagnostic>>, LoadError> {
    let source = sources.file(file);
    let root = match yaml::parse(file, &source.text) {
        Ok(root) => root,
        Err(faults) => return Ok(Err(faults)),
    };
    let faults = structure::check(schema, &root);
    if !faults.is_empty() {
        return Ok(Err(faults));
    }
    match yaml::decode(&root) {
        Ok(doc) => Ok(Ok(Document { doc, file, root })),
        // The schema is generated from the same types, so this is a bug in Landgrant.
        Err(message) => Err(LoadError::Unreadable {
            path: source.name.clone(),
            message,
        }),
    }
}
