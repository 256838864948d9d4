//! What somebody does by hand to what was deployed. `fixtures/audit` has a folder for each, and
//! `conformance/tamper.py` does each to a live account.

/// What is done, and the one rule that finds it.
pub(crate) const TAMPERINGS: [(&str, &str); 12] = [
    ("extra-action", "extra-grant"),
    ("removed-policy", "missing-policy"),
    ("foreign-principal", "changed-trust"),
    ("trust-condition-removed", "changed-trust"),
    ("other-member", "foreign-member"),
    ("foreign-inline-policy", "foreign-inline-policy"),
    ("managed-policy-on-role", "foreign-managed-policy"),
    ("boundary-removed", "changed-boundary"),
    ("narrowed-policy", "narrowed-grant"),
    ("old-key", "old-access-key"),
    ("role-deleted", "not-deployed"),
    ("administrator", "foreign-managed-policy"),
];
