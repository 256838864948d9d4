//! The markers by which security scanners pass over what is inherent in a resource, each with its reason.
//!
//! Each scanner has a place of its own for them: checkov a comment inside the block, trivy one right above it, KICS one at
//! the head of the file, cfn-nag the `Metadata` of the resource. A JSON template has no comments, so no marker of trivy.
//!
//! Sources: checkov 3.3.30, which the conformance tests run; the rule texts and parsers of trivy, KICS and cfn-nag.

use schemars::JsonSchema;
use serde::Serialize;

use Scanner::{CfnNag, Checkov, Kics, Trivy};

use crate::model::Partition;
use crate::plan::InherentFinding::{
    self, FixedName, Members, NarrowedAccount, NoExternalId, NoMfa, OnlyStar, User, WholeService,
};
use crate::plan::{Inherent, Plan};

/// Who reads a marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scanner {
    CfnNag,
    Checkov,
    Kics,
    Trivy,
}

/// A rule that fires on what is inherent in a kind of resource: who has it, its id, the kind, the finding.
struct Rule(Scanner, &'static str, &'static str, InherentFinding);

const RULES: &[Rule] = &[
    Rule(Checkov, "CKV_AWS_273", "aws_iam_user", User),
    Rule(Checkov, "CKV_AWS_61", "aws_iam_role", NarrowedAccount),
    Rule(Trivy, "AWS-0123", "aws_iam_group", NoMfa),
    Rule(Trivy, "AWS-0123", "AWS::IAM::Group", NoMfa),
    Rule(Kics, GROUP_WITHOUT_USERS, "aws_iam_group", Members),
    Rule(
        Kics,
        NEITHER_EXTERNAL_ID_NOR_MFA,
        "aws_iam_role",
        NoExternalId,
    ),
    Rule(CfnNag, "W28", "AWS::IAM::Group", FixedName),
    Rule(CfnNag, "W28", "AWS::IAM::Role", FixedName),
    Rule(CfnNag, "F3", "AWS::IAM::Role", WholeService),
    Rule(CfnNag, "W11", "AWS::IAM::Role", OnlyStar),
    Rule(CfnNag, "W13", "AWS::IAM::ManagedPolicy", OnlyStar),
];

const GROUP_WITHOUT_USERS: &str = "fc101ca7-c9dd-4198-a1eb-0fbe92e80044";
const NEITHER_EXTERNAL_ID_NOR_MFA: &str = "09c35abf-5852-4622-ac7a-b987b331232e";

/// Rules about whom a role trusts. They know the ARNs of one partition, and fire in no other.
const IN_AWS_ONLY: &[&str] = &["CKV_AWS_61", NEITHER_EXTERNAL_ID_NOR_MFA];

/// The markers of a resource.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[schemars(rename = "Markers")]
pub(super) struct MarkersView {
    /// Comments at the head of the file.
    file: Vec<String>,
    /// Comments right above the resource.
    above: Vec<String>,
    /// Comments inside the resource.
    inside: Vec<String>,
    /// Rules that are suppressed in the metadata of the resource.
    suppressed: Vec<SuppressedView>,
}

/// A rule of cfn-nag that is suppressed.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Suppressed")]
struct SuppressedView {
    /// The rule.
    id: &'static str,
    /// Why.
    reason: String,
}

/// The markers of a resource of a kind, by its type in Terraform or CloudFormation.
pub(super) fn markers(plan: &Plan, kind: &str, inherent: &[Inherent]) -> MarkersView {
    let mut markers = MarkersView::default();
    let fires = |id: &&str| plan.partition == Partition::Aws || !IN_AWS_ONLY.contains(id);
    for Rule(scanner, id, _, finding) in
        RULES.iter().filter(|rule| rule.2 == kind && fires(&rule.1))
    {
        let Some(found) = inherent.iter().find(|one| one.finding == *finding) else {
            continue;
        };
        let reason = &found.reason;
        match scanner {
            Checkov => markers.inside.push(format!("checkov:skip={id}:{reason}")),
            // Older releases know a rule by the longer id only.
            Trivy => markers
                .above
                .push(format!("trivy:ignore:AVD-{id} trivy:ignore:{id} {reason}")),
            Kics => markers
                .file
                .push(format!("kics-scan disable={id} {reason}")),
            CfnNag => markers.suppressed.push(SuppressedView {
                id,
                reason: reason.clone(),
            }),
        }
    }
    markers
}
