//! Reads a folder of custom templates.

#![allow(clippy::disallowed_methods, reason = "load is the reader of files")]

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::files;
use super::lists::Located;
use super::sink::Sink;
use super::{LoadError, Origin, beside};
use crate::diag::{Diagnostic, FileId, SourceMap, Span};
use crate::model::{Entry, shown};

/// The file extension of templates.
const ENDING: &str = ".tera";

/// Custom templates, with their texts. The name of a template is its path in the folder without `.tera`.
pub type Templates = Vec<(String, FileId)>;

/// Reads the templates of the folder that a deployment names, or of the folder `instead`, which is relative to the
/// current folder. Their texts are added to `sources`. Files directly in the folder that are no templates, such as a
/// README, are ignored.
///
/// # Errors
///
/// Fails if a file or folder cannot be read, or is a symbolic link, which could reveal other files.
pub fn load_templates(
    origin: &Origin,
    sources: &mut SourceMap,
    named: Option<&Located>,
    instead: Option<&Utf8Path>,
) -> Result<(Templates, Vec<Diagnostic>), LoadError> {
    let folder: Utf8PathBuf = match (instead, named) {
        (Some(folder), _) => origin.here(folder),
        (None, None) => return Ok(Default::default()),
        (None, Some(named)) => {
            let deployment = origin.path(&sources.file(named.span.file).name);
            let mut sink = Sink::default();
            let named_by = (named.text.as_str(), named.span);
            let Some(folder) = beside::find(origin, &mut sink, &deployment, named_by)? else {
                return Ok((Vec::new(), sink.into_diagnostics()));
            };
            folder
        }
    };
    let Some(found) = origin.template_files(&folder)? else {
        let mut faults = Vec::new();
        match (instead, named) {
            (None, Some(named)) => {
                let message = format!("there is no folder {}", shown(&named.text));
                let fault = Diagnostic::error("missing-templates", named.span, message);
                faults.push(
                    fault.help("`landgrant templates eject` writes the templates to start from"),
                );
            }
            // The folder may not exist in an older revision; on disk, the missing folder is an error.
            _ if *origin == Origin::Disk => drop(files::paths_in(&folder)?),
            _ => {}
        }
        return Ok((Vec::new(), faults));
    };
    let mut templates = Vec::new();
    let mut faults = Vec::new();
    for (path, content) in found {
        let whole = origin.name(&folder.join(&path));
        let parts: Vec<&str> = path.components().map(|part| part.as_str()).collect();
        match parts.join("/").strip_suffix(ENDING) {
            Some(name) => {
                // Deployments may share a folder.
                let file = match sources.id_of(&whole) {
                    Some(known) => known,
                    None => {
                        let text = files::decode(Utf8Path::new(&whole), content)?;
                        sources.add(whole, text)
                    }
                };
                templates.push((name.to_owned(), file));
            }
            None if parts.len() == 1 => {}
            None => faults.push(passed_over(sources, Utf8Path::new(&whole))),
        }
    }
    Ok((templates, faults))
}

impl Origin {
    /// The files below a folder of templates, or `None` if there is no such folder. Links are rejected.
    fn template_files(
        &self,
        folder: &Utf8Path,
    ) -> Result<Option<BTreeMap<Utf8PathBuf, Vec<u8>>>, LoadError> {
        let Some(listing) = self.listing(folder)? else {
            return Ok(None);
        };
        let is_wanted = |path: &Utf8Path| {
            let mut parts = path.components();
            parts.all(|part| !part.as_str().starts_with('.'))
        };
        for (path, entry) in &listing.entries {
            let what = match entry {
                Entry::File => continue,
                Entry::Link => "symbolic link",
                Entry::Submodule => "submodule",
                Entry::Special => "special file",
            };
            if is_wanted(Utf8Path::new(path)) {
                return Err(LoadError::NotFollowed {
                    path: self.name(&folder.join(path)),
                    what,
                });
            }
        }
        let contents = listing.contents(is_wanted)?.into_iter();
        Ok(Some(
            contents
                .map(|(path, content)| (Utf8PathBuf::from(path), content))
                .collect(),
        ))
    }
}

fn passed_over(sources: &mut SourceMap, path: &Utf8Path) -> Diagnostic {
    let known = sources.id_of(path.as_str());
    let file = known.unwrap_or_else(|| sources.add(path.as_str(), ""));
    let span = Span {
        file,
        start: 0,
        end: 0,
    };
    let message = format!("{path} is not a template, and would be ignored");
    Diagnostic::error("misnamed-template", span, message)
        .help(format!("name it {path}{ENDING}, or put it elsewhere"))
}
