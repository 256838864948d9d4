//! What adopt and audit have in common: one deployment, and snapshots of its accounts, given one by one or as a folder.

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
    /// Warnings so far; they are printed with whatever comes.
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// Plans a deployment as it was rendered into a folder. Nothing, where it has faults, which are printed.
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
    /// A file of an account.
    File(AccountId, Utf8PathBuf),
    /// A folder with a file for each account.
    Folder(Utf8PathBuf),
}

/// An account and a file of it, as the command line takes them.
pub(super) fn account_and_file(text: &str) -> Result<(AccountId, Utf8PathBuf), String> {
    let (account, path) = text
        .split_once('=')
        .filter(|(_, path)| !path.is_empty())
        .ok_or("write ACCOUNT=FILE, such as 111111111111=hub.json")?;
    let account = AccountId::parse(account)
        .map_err(|refusal| format!("{}: {}", refusal.what, refusal.why))?;
    Ok((account, path.into()))
}

/// A `--snapshot` as the command line takes it.
pub(super) fn given(text: &str) -> Result<Given, String> {
    match text.contains('=') {
        true => account_and_file(text).map(|(account, path)| Given::File(account, path)),
        false => Ok(Given::Folder(text.into())),
    }
}

/// Reads what the accounts of a plan hold of it, with the faults of the files.
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

/// The files by account. One that is named must be of an account of the plan; a folder may hold others too.
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

/// What is wrong with a `--snapshot` that is neither an account with a file, nor a folder.
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

/// Refuses an account that the plan does not have.
pub(super) fn refuse_stranger(plan: &Plan, account: &AccountId) -> anyhow::Result<()> {
    let accounts = plan.accounts();
    if accounts.contains(&account) {
        return Ok(());
    }
    let accounts: Vec<&str> = accounts.iter().map(|account| account.as_str()).collect();
    bail!(
        "{account} is not an account of the deployment {}, which has {}",
        plan.name,
        accounts.join(", ")
    );
}
