//! Finds the tools that judge rendered files: Terraform, the AWS provider, and Python packages in an environment of
//! the tests' own. None of them is named by a path of one machine.

use std::collections::VecDeque;
use std::env;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// Where a mirror of the AWS provider is, for machines that have it at a place that is not searched.
const PLUGIN_DIR_VARIABLE: &str = "LANDGRANT_TF_PLUGIN_DIR";

/// A search for a mirror looks no deeper and at no more folders than this, so that a large home costs little.
const SEARCH_DEPTH: usize = 4;
const SEARCH_FOLDERS: usize = 20_000;

/// Terraform or OpenTofu, with a mirror of the AWS provider.
#[derive(Debug, Clone)]
pub(crate) struct Terraform {
    /// The program.
    pub(crate) program: PathBuf,
    /// The folder that holds `HOST/hashicorp/aws/VERSION`.
    pub(crate) mirror: PathBuf,
}

/// A tool that is not there.
#[derive(Debug, Clone)]
pub(crate) struct Missing {
    /// What is missing.
    pub(crate) what: String,
    /// How to get it.
    pub(crate) install: String,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.what, self.install)
    }
}

/// Whether this is a CI run, where a missing tool is a failure and not a skip.
pub(crate) fn in_ci() -> bool {
    env::var("CI").is_ok_and(|value| !["", "0", "false"].contains(&value.as_str()))
}

/// Terraform (or OpenTofu) and the AWS provider.
pub(crate) fn terraform() -> Result<Terraform, Missing> {
    static FOUND: OnceLock<Result<Terraform, Missing>> = OnceLock::new();
    FOUND.get_or_init(find_terraform).clone()
}

/// The Python of a virtual environment that holds the packages of `tests/conformance/requirements.txt`.
pub(crate) fn python() -> Result<PathBuf, Missing> {
    static FOUND: OnceLock<Result<PathBuf, Missing>> = OnceLock::new();
    FOUND
        .get_or_init(|| make_environment("requirements.txt", "conformance-venv"))
        .clone()
}

/// What `verify.sh` of a kit needs beside the AWS CLI, which is among the Python packages.
pub(crate) fn shell() -> Result<(), Missing> {
    for name in ["bash", "jq"] {
        if on_path(name).is_none() {
            return Err(Missing {
                what: format!("{name} is not on the PATH"),
                install: format!("install {name} with the system's package manager"),
            });
        }
    }
    Ok(())
}

fn find_terraform() -> Result<Terraform, Missing> {
    // A provider without a host comes from the default registry of the program, and a mirror names it as a folder.
    let (program, host) = [
        ("terraform", "registry.terraform.io"),
        ("tofu", "registry.opentofu.org"),
    ]
    .into_iter()
    .find_map(|(name, host)| Some((on_path(name)?, host)))
    .ok_or_else(|| Missing {
        what: "neither terraform nor tofu is on the PATH".to_owned(),
        install: "install Terraform 1.5 or later, or OpenTofu".to_owned(),
    })?;
    let mirror = find_mirror(host).ok_or_else(|| Missing {
        what: format!("no folder {host} with the provider hashicorp/aws was found"),
        install: format!(
            "run `terraform providers mirror DIR` in a rendered root module, and set {PLUGIN_DIR_VARIABLE}=DIR"
        ),
    })?;
    Ok(Terraform { program, mirror })
}

fn find_mirror(host: &str) -> Option<PathBuf> {
    let home = env::home_dir();
    let named = env::var_os(PLUGIN_DIR_VARIABLE).map(PathBuf::from);
    let standard = [
        home.as_ref().map(|home| home.join(".terraform.d/plugins")),
        home.as_ref()
            .map(|home| home.join(".local/share/terraform/plugins")),
        Some("/usr/local/share/terraform/plugins".into()),
        Some("/usr/share/terraform/plugins".into()),
    ];
    let searched = [
        Some("/opt".into()),
        Some("/usr/local".into()),
        Some("/usr/share".into()),
        home,
    ];
    named
        .into_iter()
        .chain(standard.into_iter().flatten())
        .find(|folder| holds_provider(folder, host))
        .or_else(|| {
            searched
                .into_iter()
                .flatten()
                .find_map(|folder| search(folder, host))
        })
}

fn holds_provider(mirror: &Path, host: &str) -> bool {
    let provider = mirror.join(host).join("hashicorp/aws");
    fs::read_dir(provider).is_ok_and(|mut versions| versions.next().is_some())
}

/// Breadth first, since mirrors are near the top.
fn search(root: PathBuf, host: &str) -> Option<PathBuf> {
    let mut folders = VecDeque::from([(root, 0)]);
    let mut seen = 0;
    while let Some((folder, depth)) = folders.pop_front() {
        if holds_provider(&folder, host) {
            return Some(folder);
        }
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries.flatten() {
            // A symbolic link is not a folder here, so no loop can be entered.
            if depth < SEARCH_DEPTH && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                seen += 1;
                if seen > SEARCH_FOLDERS {
                    return None;
                }
                folders.push_back((entry.path(), depth + 1));
            }
        }
    }
    None
}

/// Makes the environment once; later runs, and other test processes, find it by its stamp.
pub(crate) fn make_environment(packages: &str, folder: &str) -> Result<PathBuf, Missing> {
    let system = ["python3", "python"]
        .into_iter()
        .find_map(on_path)
        .ok_or_else(|| Missing {
            what: "python3 is not on the PATH".to_owned(),
            install: "install Python 3.10 or later".to_owned(),
        })?;
    let requirements = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/conformance")
        .join(packages);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
    let python = folder.join(if cfg!(windows) {
        "Scripts/python.exe"
    } else {
        "bin/python"
    });
    let version = run(Command::new(&system).arg("--version"))?;
    let stamp = format!("{version}\n{}", fs::read_to_string(&requirements).unwrap());
    let stamp_file = folder.join("stamp");

    // The lock goes with its file handle, so that a process that is killed leaves none behind.
    let lock = fs::File::create(folder.with_extension("lock")).unwrap();
    lock.lock().unwrap();
    if python.exists() && fs::read_to_string(&stamp_file).is_ok_and(|old| old == stamp) {
        return Ok(python);
    }
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    run(Command::new(&system).args(["-m", "venv"]).arg(&folder))?;
    run(Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--no-input", "-r"])
        .arg(&requirements))?;
    fs::write(&stamp_file, stamp).unwrap();
    Ok(python)
}

pub(crate) fn run(command: &mut Command) -> Result<String, Missing> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| error.to_string())
        .and_then(|output| {
            if output.status.success() {
                Ok(String::from_utf8_lossy(&output.stdout).into_owned())
            } else {
                Err(String::from_utf8_lossy(&output.stderr).into_owned())
            }
        });
    output.map_err(|said| Missing {
        what: format!("{} failed: {}", shown(command), said.trim()),
        install: "it has to run once, with a package index in reach".to_owned(),
    })
}

fn shown(command: &Command) -> String {
    let words: Vec<_> = [command.get_program()]
        .into_iter()
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect();
    format!("`{}`", words.join(" "))
}

pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&env::var_os("PATH")?)
        .map(|folder| folder.join(&file))
        .find(|path| path.is_file())
}
