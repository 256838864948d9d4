//! Finds what opens pages: Chromium, Node, and the packages of `tests/page/package-lock.json`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::tools::{Missing, on_path, run};

/// A browser, and what drives it.
#[derive(Debug, Clone)]
pub(crate) struct Browser {
    /// Chromium or Chrome.
    pub(crate) program: PathBuf,
    /// Node.
    pub(crate) node: PathBuf,
    /// The folder that holds `node_modules`.
    pub(crate) modules: PathBuf,
}

/// Chromium, Node, and the packages, which are installed once.
pub(crate) fn browser() -> Result<Browser, Missing> {
    let find = |names: &[&str], install: &str| {
        names
            .iter()
            .copied()
            .find_map(on_path)
            .ok_or_else(|| Missing {
                what: format!("{} is not on the PATH", names[0]),
                install: install.to_owned(),
            })
    };
    let program = find(
        &["chromium", "chromium-browser", "google-chrome"],
        "install Chromium, on Debian the package chromium",
    )?;
    let node = find(&["node"], "install Node 20 or later")?;
    let npm = find(&["npm"], "install npm, which comes with Node")?;
    let modules = packages(&npm)?;
    Ok(Browser {
        program,
        node,
        modules,
    })
}

/// Installs the packages once; later runs find them by their stamp.
fn packages(npm: &Path) -> Result<PathBuf, Missing> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/page");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("page-node");
    fs::create_dir_all(&folder).unwrap();
    let lock = fs::File::create(folder.join("lock")).unwrap();
    lock.lock().unwrap();
    let stamp = fs::read_to_string(source.join("package-lock.json")).unwrap();
    let stamp_file = folder.join("stamp");
    if fs::read_to_string(&stamp_file).is_ok_and(|old| old == stamp) {
        return Ok(folder);
    }
    for name in ["package.json", "package-lock.json"] {
        fs::copy(source.join(name), folder.join(name)).unwrap();
    }
    run(Command::new(npm)
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(&folder))?;
    fs::write(&stamp_file, stamp).unwrap();
    Ok(folder)
}
