//! What a kit says must be in the accounts, compared with expected files; and that its scripts are sound.

#[path = "support/golden.rs"]
mod golden;
#[path = "support/pipeline.rs"]
mod pipeline;

use std::path::Path;

use landgrant::kit::verification;

/// Cases that each have something which the others have not: managed policies of roles, policies of a user, roles that
/// CloudFormation works as, a principal that exists, one list of roles.
const CASES: [&str; 6] = [
    "micetro-overrides",
    "micetro-two-targets",
    "multitool-roles",
    "role-list-json",
    "shape-stackset-self-managed",
    "split-role",
];

#[test]
fn what_must_be_there_is_as_expected() {
    let mut faults = Vec::new();
    for case in CASES {
        let files = verification(&pipeline::fixture(case).plan);
        let file = format!("fixtures/verify/{case}.json");
        faults.extend(golden::compare_text(
            &files["verify/expected.json"],
            Path::new(&file),
        ));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
