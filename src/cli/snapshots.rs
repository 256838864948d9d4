//! What adopt and audit share: one deployment, and snapshots of its accounts, given as files or as a folder.

use std::borrow::Cow;
use std::collections::BTreeMap;

use anyhow::bail;
use camino::{Utf8Path, Utf8PathBuf};

use super::plans::Source;
use super::{CatalogDir, OverlayFile, plans, ui};
use crate::diag::{Diagnostic, SourceMap};
use crate::load::Origin;
use crate::load::snapshot::Snapshot;
use crate::model::AccountId;
use crate::plan::Plan;
use crate::reference::Reference;
use crate::resolve::Resolved;
use crate::{adopt, load, plan, write};

/// One deployment.
pub(super) struct Planned {
    pub(super) sources: SourceMap,
    pub(super) reference: Cow<'static, Reference>,
    pub(super) resolved: Resolved,
    pub(super) plan: Plan,
    /// The warnings so far, which are printed together with later ones.
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// Plans a deployment on the basis of its last render. Prints errors and returns `None` if there are any.
pub(super) fn planned(
    deployment: &Utf8Path,
    out: &Utf8Path,
    catalogs: &CatalogDir,
    overlay: &OverlayFile,
) -> anyhow::Result<Option<Planned>> {
    let source = Source {
        origin: &Origin::Disk,
        deployments: &[deployment.to_owned()],
        catalogs: catalogs.catalogs.as_deref(),
        overlay,
    };
    let mut plans = plans::plans(&source, |name| Ok(write::last(name, out)?))?;
    let Some((reference, planned)) = plans.take_one() else {
        ui::diagnose(&plans.loaded.sources, &mut plans.diagnostics);
        return Ok(None);
    };
    Ok(Some(Planned {
        sources: plans.loaded.sources,
        reference,
        resolved: planned.resolved,
        plan: planned.plan,
        diagnostics: plans.diagnostics,
    }))
}

/// One `--snapshot`.
#[derive(Debug, Clone)]
pub(super) enum Given {
    /// A file for one account.
    File(AccountId, Utf8PathBuf),
    /// A folder with a file per account.
    Folder(Utf8PathBuf),
}

/// Parses an account and a file from the command line.
pub(super) fn account_and_file(text: &str) -> Result<(AccountId, Utf8PathBuf), String> {
    let (account, path) = text
        .split_once('=')
        .filter(|(_, path)| !path.is_empty())
        .ok_or("write ACCOUNT=FILE, such as 111111111111=hub.json")?;
    let account = AccountId::parse(account)
        .map_err(|refusal| format!("{}: {}", refusal.what, refusal.why))?;
    Ok((account, path.into()))
}

/// Parses the value of `--snapshot`.
pub(super) fn given(text: &str) -> Result<Given, String> {
    match text.contains('=') {
        true => account_and_file(text).map(|(account, path)| Given::File(account, path)),
        false => Ok(Given::Folder(text.into())),
    }
}

/// Reads the parts of the snapshots that the plan needs, and collects the errors in the files.
pub(super) fn read(
    sources: &mut SourceMap,
    given: &[Given],
    plan: &Plan,
) -> anyhow::Result<(BTreeMap<AccountId, Snapshot>, Vec<Diagnostic>)> {
    let interest = adopt::interest(&plan::access(plan));
    let mut snapshots = BTreeMap::new();
    let mut diagnostics = Vec::new();
    for (account, path) in files(given, plan)? {
        let (snapshot, faults) = load::load_snapshot(sources, &account, &path, &interest)?;
        diagnostics.extend(faults);
        snapshots.extend(snapshot.map(|snapshot| (account, snapshot)));
    }
    Ok((snapshots, diagnostics))
}

/// The files by account. A file given on its own has to be for an account of the plan; a folder may contain others too.
fn files(given: &[Given], plan: &Plan) -> anyhow::Result<BTreeMap<AccountId, Utf8PathBuf>> {
    let accounts = plan.accounts();
    let mut files: BTreeMap<AccountId, Utf8PathBuf> = BTreeMap::new();
    for given in given {
        let found = match given {
            Given::File(account, path) => {
                refuse_stranger(plan, account)?;
                vec![(account.clone(), path.clone())]
            }
            Given::Folder(folder) if folder.is_dir() => {
                let mut found = load::snapshots_in(folder)?;
                found.retain(|(account, _)| accounts.contains(&account));
                found
            }
            Given::Folder(path) => bail!("{}", not_a_folder(path)),
        };
        for (account, path) in found {
            if let Some(first) = files.get(&account) {
                bail!("there are two snapshots of account {account}: {first} and {path}");
            }
            files.insert(account, path);
        }
    }
    Ok(files)
}

/// The error for a `--snapshot` that is neither an account with a file nor a folder.
fn not_a_folder(path: &Utf8Path) -> String {
    if !path.exists() {
        return format!(
            "{path} is not there; name a folder with a file ACCOUNT.json for each account, or write ACCOUNT=FILE"
        );
    }
    let account = path.file_stem().map(AccountId::parse);
    match account {
        Some(Ok(account)) => {
            format!("{path} is not a folder: write ACCOUNT=FILE; did you mean {account}={path}?")
        }
        _ => format!("{path} is not a folder; write ACCOUNT=FILE, such as 111111111111={path}"),
    }
}

/// Rejects an account that is not in the plan.
pub(super) fn refuse_stranger(plan: &Plan, account: &AccountId) -> anyhow::Result<()> {
    let accounts = plan.accounts();
    if accounts.contains(&account) {
        return Ok(());
    }
    let mut accounts: Vec<&str> = accounts.iter().map(|account| account.as_str()).collect();
    // Each has a target for each of its roles.
    accounts.dedup();
    bail!(
        "{account} is not an account of the deployment {}, which has {}",
        plan.name,
        accounts.join(", ")
    );
}
