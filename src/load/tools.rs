//! What is under version control although a tool takes it for its own. Terraform runs the programs in `.terraform` and goes
//! where the files in it lead, so whoever can commit there decides what it does.

use camino::{Utf8Path, Utf8PathBuf};

use super::revision;

/// The folder that Terraform keeps for itself.
pub(super) const OF_TERRAFORM: &str = ".terraform";

/// What the index of Git has of Terraform's own folders below a folder, by the paths in it: the folders, or links of that
/// name. Nothing outside a repository, and without Git.
pub fn tracked_of_tools(folder: &Utf8Path) -> Vec<Utf8PathBuf> {
    let listed = revision::in_index(folder);
    let mut found: Vec<Utf8PathBuf> = listed
        .iter()
        .filter_map(|path| of_terraform(path))
        .collect();
    found.dedup();
    found
}

/// The folder of Terraform's that a path is or leads into. A disk may not tell apart how it is spelled.
pub(super) fn of_terraform(path: &Utf8Path) -> Option<Utf8PathBuf> {
    let mut parts = path.components();
    let place = parts.position(|part| part.as_str().eq_ignore_ascii_case(OF_TERRAFORM))?;
    Some(path.components().take(place + 1).collect())
}

/// Whether a path is looked at: of what Terraform keeps for itself, only the note from where it takes modules.
pub(super) fn is_entered(path: &Utf8Path) -> bool {
    let mut parts = path.components().map(|part| part.as_str());
    match parts.any(|part| part == OF_TERRAFORM) {
        true => {
            ["modules", "modules.json"]
                .iter()
                .zip(parts.by_ref())
                .all(|(known, part)| *known == part)
                && parts.next().is_none()
        }
        false => true,
    }
}
