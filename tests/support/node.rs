//! Finds Node, and installs the packages of a folder of the tests, once.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::tools::{Missing, on_path, run};

/// Node with packages.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    /// The program.
    pub(crate) program: PathBuf,
    /// The folder that holds `node_modules`.
    pub(crate) modules: PathBuf,
}

/// Node with the packages of `tests/NAME/package-lock.json`.
pub(crate) fn node(name: &str) -> Result<Node, Missing> {
    let find = |name: &str, install: &str| {
        on_path(name).ok_or_else(|| Missing {
            what: format!("{name} is not on the PATH"),
            install: install.to_owned(),
        })
    };
    let program = find("node", "install Node 20 or later")?;
    let npm = find("npm", "install npm, which comes with Node")?;
    let modules = packages(&npm, name)?;
    Ok(Node { program, modules })
}

/// Installs the packages once; later runs find them by their stamp.
fn packages(npm: &Path, name: &str) -> Result<PathBuf, Missing> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(name);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-node"));
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
