//! A folder of its own to run the program and Git in.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use tempfile::TempDir;

/// A folder that goes when the test ends.
pub(crate) struct Repository(pub(crate) TempDir);

impl Repository {
    pub(crate) fn empty() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    pub(crate) fn run(&self, program: &str, arguments: &[&str]) -> Output {
        Command::new(program)
            .current_dir(self.0.path())
            .args(arguments)
            .output()
            .unwrap_or_else(|error| panic!("{program} is needed for this test: {error}"))
    }

    pub(crate) fn landgrant(&self, arguments: &[&str]) -> Output {
        self.run(env!("CARGO_BIN_EXE_landgrant"), arguments)
    }

    pub(crate) fn git_output(&self, arguments: &[&str]) -> Output {
        let identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com"];
        self.run("git", &[&identity[..], arguments].concat())
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let output = self.git_output(arguments);
        assert!(output.status.success(), "git {arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Commits everything that is in the folder.
    pub(crate) fn commit(&self, message: &str) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", message]);
    }

    /// Changes a text of a file, which has to be there.
    pub(crate) fn edit(&self, path: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(path)).unwrap();
        assert!(text.contains(from), "{from} is not in {path}");
        fs::write(self.path(path), text.replacen(from, to, 1)).unwrap();
    }

    /// Writes a file, and the folders that it is in.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

/// Everything that a program said.
pub(crate) fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}
