//! Folders that belong to tools. Terraform runs the programs in `.terraform` and follows the paths in its files, so
//! whoever can commit there decides what it does.

use camino::{Utf8Path, Utf8PathBuf};

/// The folder of Terraform.
pub(super) const OF_TERRAFORM: &str = ".terraform";

/// The file in that folder that redirects Terraform.
pub(super) const NOTE_OF_MODULES: &str = ".terraform/modules/modules.json";

/// The Terraform folder that a path is or leads into, in any spelling that a disk may treat as equal.
pub(super) fn of_terraform(path: &Utf8Path) -> Option<Utf8PathBuf> {
    let mut parts = path.components();
    let place = parts.position(|part| part.as_str().eq_ignore_ascii_case(OF_TERRAFORM))?;
    Some(path.components().take(place + 1).collect())
}
