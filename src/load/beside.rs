//! Resolves the paths of files that a deployment names: relative to it, and within the same repository.

use camino::{Utf8Path, Utf8PathBuf};

use super::sink::Sink;
use super::{LoadError, Origin};
use crate::diag::{Diagnostic, Span};
use crate::model::{leave_out, shown, unprintable};
use crate::open;

/// The path of a file or folder that a deployment names. Reports an error and returns `None` if it is not allowed. A
/// pull request can change the deployment, so the deployment can only name files in its own repository, or in the same
/// Git revision. Without a repository, they have to be below the parent of the deployment's folder.
pub(super) fn find(
    origin: &Origin,
    sink: &mut Sink,
    deployment: &Utf8Path,
    (path, span): (&str, Span),
) -> Result<Option<Utf8PathBuf>, LoadError> {
    if !check_path(sink, path, span) {
        return Ok(None);
    }
    let found = origin.beside(deployment, path);
    if let Origin::Revision(_) = origin {
        return Ok(Some(found));
    }
    let home = real(deployment.parent().unwrap_or(Utf8Path::new("")))?.path;
    let (boundary, what) = match open::repository_of(&home) {
        Some(repository) => (repository, "the repository of the deployment"),
        None => (
            home.parent().unwrap_or(&home),
            "the folder above that of the deployment",
        ),
    };
    if real(&found)?.path.starts_with(boundary) {
        return Ok(Some(found));
    }
    sink.push(
        Diagnostic::error(
            "outside-repository",
            span,
            format!("{} leads out of {what}", shown(path)),
        )
        .why("a deployment can come with a pull request, and what it names would be shown in the review")
        .help("put the file into the repository, as a copy or in a submodule"),
    );
    Ok(None)
}

/// Whether a path stays in the repository of a folder. Always true in a Git revision, and if there is no repository.
pub(super) fn stays(
    origin: &Origin,
    folder: &Utf8Path,
    path: &Utf8Path,
) -> Result<bool, LoadError> {
    if let Origin::Revision(_) = origin {
        return Ok(true);
    }
    let home = real(folder)?.path;
    let repository = open::repository_of(&home);
    Ok(match repository {
        Some(repository) => real(path)?.path.starts_with(repository),
        None => true,
    })
}

fn real(path: &Utf8Path) -> Result<open::Real, LoadError> {
    open::real(path).map_err(|source| LoadError::Read {
        path: path.to_owned(),
        source,
    })
}

/// Checks that a path means the same for everyone who has the deployment.
fn check_path(sink: &mut Sink, path: &str, span: Span) -> bool {
    let drive = path.as_bytes().get(1) == Some(&b':');
    let odd = unprintable(path);
    if !path.is_empty() && odd.is_none() && !drive && !path.starts_with(['/', '\\', '~']) {
        return true;
    }
    sink.push(
        Diagnostic::error(
            "bad-file-path",
            span,
            format!("{} cannot be the path of a file here", shown(path)),
        )
        .why("the deployment must mean the same on every machine")
        .help(odd.map_or_else(
            || "write the path as it is from the folder of the deployment".to_owned(),
            leave_out,
        )),
    );
    false
}

/// Reports that there is no file with this name.
pub(super) fn missing(sink: &mut Sink, span: Span, what: String) {
    sink.push(
        Diagnostic::error("missing-file", span, what)
            .help("write the path as it is from the folder of the deployment"),
    );
}
