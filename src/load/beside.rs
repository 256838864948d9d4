//! Paths of files that a deployment names: beside it, or in folders from there.

use super::sink::Sink;
use crate::diag::{Diagnostic, Span};
use crate::model::{leave_out, shown, unprintable};

/// Whether a path is one that is the same for everybody who has the deployment; tells why not.
pub(super) fn check(sink: &mut Sink, path: &str, span: Span) -> bool {
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

/// Tells that there is nothing of that name.
pub(super) fn missing(sink: &mut Sink, span: Span, what: String) {
    sink.push(
        Diagnostic::error("missing-file", span, what)
            .help("write the path as it is from the folder of the deployment"),
    );
}
