//! Files beside rendered ones that somebody accepts, as they are: the lock keeps their digests.

use camino::{Utf8Path, Utf8PathBuf};

use super::content::{read_if_present, refuse_links};
use super::strangers::is_company;
use super::{WriteError, digest};
use crate::model::{FileSet, LOCK, is_state};

/// Why a file cannot be accepted.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    /// It cannot be read, or is a link.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// There is no such file.
    #[error("there is no file {0} to accept")]
    Missing(Utf8PathBuf),
    /// A render writes it.
    #[error(
        "{0} is a rendered file and needs no acceptance; change the deployment or a template instead"
    )]
    Rendered(Utf8PathBuf),
    /// It is one of the files that may stand beside rendered ones anyway.
    #[error("{0} does not need to be accepted: no tool takes grants from a file of this name")]
    Company(Utf8PathBuf),
    /// It is a state of Terraform.
    #[error(
        "{0} is a Terraform state, and cannot be accepted: whoever can change it decides what the next apply changes; keep it in a backend"
    )]
    State(Utf8PathBuf),
    /// Terraform takes it for its own.
    #[error("{0} is in a folder that Terraform manages itself, and cannot be accepted")]
    OfTerraform(Utf8PathBuf),
}

/// The digest by which a file in a folder is accepted; its path is counted from the folder.
///
/// # Errors
///
/// When nobody can accept it.
pub fn accept(out: &Utf8Path, path: &Utf8Path, rendered: &FileSet) -> Result<String, AcceptError> {
    let whole = out.join(path);
    if path == LOCK || rendered.contains_key(path.as_str()) {
        return Err(AcceptError::Rendered(whole));
    }
    let mut parts = path.components();
    if parts.any(|part| part.as_str().eq_ignore_ascii_case(".terraform")) {
        return Err(AcceptError::OfTerraform(whole));
    }
    refuse_links(out, path)?;
    if !whole.is_file() {
        return Err(AcceptError::Missing(whole));
    }
    let content = read_if_present(&whole)?.unwrap_or_default();
    if is_company(path) {
        return Err(AcceptError::Company(whole));
    }
    if is_state(path, &content) {
        return Err(AcceptError::State(whole));
    }
    Ok(digest(&content))
}
