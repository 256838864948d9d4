//! What a tool takes for its own. Terraform runs the programs in `.terraform` and goes where the files in it lead, so whoever
//! can commit there decides what it does.

use camino::{Utf8Path, Utf8PathBuf};

/// The folder that Terraform keeps for itself.
pub(super) const OF_TERRAFORM: &str = ".terraform";

/// What of that folder sends Terraform elsewhere.
pub(super) const NOTE_OF_MODULES: &str = ".terraform/modules/modules.json";

/// The folder of Terraform's that a path is or leads into. A disk may not tell apart how it is spelled.
pub(super) fn of_terraform(path: &Utf8Path) -> Option<Utf8PathBuf> {
    let mut parts = path.components();
    let place = parts.position(|part| part.as_str().eq_ignore_ascii_case(OF_TERRAFORM))?;
    Some(path.components().take(place + 1).collect())
}
