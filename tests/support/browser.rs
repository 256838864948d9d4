//! Finds what opens pages: Chromium, Node, and the packages of `tests/page/package-lock.json`.

use std::path::PathBuf;

use super::node::{Node, node};
use super::tools::{Missing, on_path};

/// A browser, and what drives it.
#[derive(Debug, Clone)]
pub(crate) struct Browser {
    /// Chromium or Chrome.
    pub(crate) program: PathBuf,
    /// Node with Playwright.
    pub(crate) node: Node,
}

/// Chromium, Node, and the packages, which are installed once.
pub(crate) fn browser() -> Result<Browser, Missing> {
    let program = ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find_map(on_path)
        .ok_or_else(|| Missing {
            what: "chromium is not on the PATH".to_owned(),
            install: "install Chromium, on Debian the package chromium".to_owned(),
        })?;
    Ok(Browser {
        program,
        node: node("page")?,
    })
}
