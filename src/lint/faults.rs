//! Errors that have a page too. They are found by resolve and plan, and stop a render.

/// An error with a page.
#[derive(Debug, Clone, Copy)]
pub struct Fault {
    /// The code of its diagnostics.
    pub code: &'static str,
    /// A one-line summary.
    pub summary: &'static str,
    /// The page that `landgrant explain CODE` prints, in Markdown.
    pub page: &'static str,
}

/// All errors with a page, by code.
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
