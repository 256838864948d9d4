//! summary
use crate::plan::Plan;
use crate::resolve::Resolved;
use crate::write::Report;
use camino::Utf8Path;
pub(super) fn render(_r: &Resolved, _p: &Plan, report: &Report, _out: &Utf8Path) -> String {
    format!("{report:?}\n")
}
