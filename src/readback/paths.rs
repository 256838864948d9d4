//! Paths in the rendered folder.

use camino::{Utf8Path, Utf8PathBuf};

/// A path from a folder. What lies above the folder that is read is not known here.
pub(super) fn join(dir: &Utf8Path, path: &str) -> Result<Utf8PathBuf, String> {
    let mut joined = dir.to_owned();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                if !joined.pop() {
                    return Err(format!(
                        "{path} leads out of the rendered folder, where nothing is read"
                    ));
                }
            }
            part => joined.push(part),
        }
    }
    Ok(joined)
}
