//! A folder with templates of the user's own.

#![allow(clippy::disallowed_methods, reason = "load is the reader of files")]

use camino::{Utf8Path, Utf8PathBuf};

use super::files::{self, Wanted};
use super::lists::Located;
use super::sink::Sink;
use super::{LoadError, Origin, beside};
use crate::diag::{Diagnostic, FileId, SourceMap, Span};
use crate::model::shown;

/// What the name of every template ends with.
const ENDING: &str = ".tera";

/// Everything but what tools keep for themselves.
const WANTED: Wanted = Wanted {
    is_wanted: |path| {
        path.components()
            .all(|part| !part.as_str().starts_with('.'))
    },
    is_entered: |path| path.components().all(|part| part.as_str() != ".git"),
};

/// Templates of the user's own: each with its name, which is its path in the folder without `.tera`, and its text.
pub type Templates = Vec<(String, FileId)>;

/// Reads the templates of the folder that a deployment names, or of another `instead`. Their texts are added to `sources`.
/// What stands in the folder itself and is no template, such as a README, is passed over.
///
/// # Errors
///
/// When a file or folder cannot be read, or is a symbolic link: it could lead to what is not to be seen.
pub fn load_templates(
    sources: &mut SourceMap,
    named: Option<&Located>,
    instead: Option<&Utf8Path>,
) -> Result<(Templates, Vec<Diagnostic>), LoadError> {
    let folder: Utf8PathBuf = match (instead, named) {
        (Some(folder), _) => folder.to_owned(),
        (None, None) => return Ok(Default::default()),
        (None, Some(named)) => {
            let deployment = Utf8PathBuf::from(&sources.file(named.span.file).name);
            let mut sink = Sink::default();
            let named_by = (named.text.as_str(), named.span);
            let Some(folder) = beside::find(&Origin::Disk, &mut sink, &deployment, named_by)?
            else {
                return Ok((Vec::new(), sink.into_diagnostics()));
            };
            if !folder.is_dir() {
                let message = format!("there is no folder {}", shown(&named.text));
                let fault = Diagnostic::error("missing-templates", named.span, message)
                    .help("`landgrant templates eject` writes the templates to start from");
                return Ok((Vec::new(), vec![fault]));
            }
            folder
        }
    };
    let mut templates = Vec::new();
    let mut faults = Vec::new();
    for path in files::paths_below(&folder, &WANTED)? {
        let whole = folder.join(&path);
        if whole.is_symlink() {
            return Err(LoadError::NotFollowed {
                path: whole.into_string(),
                what: "symbolic link",
            });
        }
        let parts: Vec<&str> = path.components().map(|part| part.as_str()).collect();
        match parts.join("/").strip_suffix(ENDING) {
            Some(name) => {
                // Deployments may share a folder.
                let file = match sources.id_of(whole.as_str()) {
                    Some(known) => known,
                    None => sources.add(whole.as_str(), files::read(&whole)?),
                };
                templates.push((name.to_owned(), file));
            }
            None if parts.len() == 1 => {}
            None => faults.push(passed_over(sources, &whole)),
        }
    }
    Ok((templates, faults))
}

fn passed_over(sources: &mut SourceMap, path: &Utf8Path) -> Diagnostic {
    let known = sources.id_of(path.as_str());
    let file = known.unwrap_or_else(|| sources.add(path.as_str(), ""));
    let span = Span {
        file,
        start: 0,
        end: 0,
    };
    let message = format!("{path} is no template, and would be passed over");
    Diagnostic::error("misnamed-template", span, message)
        .help(format!("name it {path}{ENDING}, or put it elsewhere"))
}
