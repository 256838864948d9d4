//! Faults that stop a render and that a reviewer looks up all the same: resolve and plan find them, the pages are here.

/// A fault with a page.
#[derive(Debug, Clone, Copy)]
pub struct Fault {
    /// The code of its diagnostics.
    pub code: &'static str,
    /// What it is, in one line.
    pub summary: &'static str,
    /// The page that `landgrant explain CODE` prints, in Markdown.
    pub page: &'static str,
}

/// Every fault with a page, by code.
pub const FAULTS: &[Fault] = &[
    Fault {
        code: "case-colliding-names",
        summary: "names in one account that differ only in case",
        page: include_str!("faults/case_colliding_names.md"),
    },
    Fault {
        code: "over-quota",
        summary: "something exceeds an AWS quota",
        page: include_str!("faults/over_quota.md"),
    },
    Fault {
        code: "unsendable-external-id",
        summary: "the product cannot send the external id",
        page: include_str!("faults/unsendable_external_id.md"),
    },
];
