//! Which managed policies of AWS are attached, and which are left out.

use super::Origin;
use super::accounts::Accounts;
use super::audience::audience;
use super::bind::BoundProduct;
use super::selection::policy_left_out;
use super::settings::Settings;
use super::sink::Sink;
use crate::diag::{Diagnostic, Span};
use crate::load::deployment::DeploymentDoc;
use crate::model::{Action, GrantTo, Partition};
use crate::reference::ManagedPolicy;

/// A managed policy of AWS, selected.
#[derive(Debug, Clone)]
pub struct SelectedManaged {
    pub policy: &'static ManagedPolicy,
    /// The feature and level it comes from.
    pub origin: Origin,
    /// Where the catalog asks for it.
    pub span: Span,
}

impl PartialEq for SelectedManaged {
    fn eq(&self, other: &Self) -> bool {
        let of = |one: &Self| (one.policy.name, one.origin, one.span);
        of(self) == of(other)
    }
}

/// The managed policies of AWS that all products get in the hub, or in a target.
pub(super) fn everywhere(
    settings: &Settings<'_>,
    bound: &[BoundProduct],
    doc: &DeploymentDoc,
    accounts: &Accounts,
    place: GrantTo,
) -> Vec<SelectedManaged> {
    let mut policies = Vec::new();
    for (number, product) in bound.iter().enumerate() {
        for &feature in &product.features {
            if audience(&product.catalog.features[feature], doc, accounts).contains(&place) {
                policies.extend(attached(settings, product, number, feature));
            }
        }
    }
    policies
}

/// The managed policies of one feature that are attached.
fn attached(
    settings: &Settings<'_>,
    product: &BoundProduct,
    number: usize,
    feature: usize,
) -> Vec<SelectedManaged> {
    let Some((_, listed)) = product.catalog.features.get_index(feature) else {
        return Vec::new();
    };
    let entries = listed.managed.iter();
    let selected =
        entries.filter(|entry| policy_left_out(entry, product, settings, number).is_none());
    selected
        .map(|entry| SelectedManaged {
            policy: entry.policy,
            origin: Origin {
                product: number,
                feature,
                level: entry.level,
            },
            span: entry.span,
        })
        .collect()
}

/// Says that nobody knows whether another partition has a policy.
pub(super) fn of_partition(
    sink: &mut Sink,
    policies: &[SelectedManaged],
    product: &BoundProduct,
    number: usize,
    partition: Partition,
) {
    let mut policies = policies.iter();
    let first = policies.find(|policy| policy.origin.product == number);
    let Some(first) = first.filter(|_| partition != Partition::Aws) else {
        return;
    };
    sink.push(
        Diagnostic::warning(
            "policy-of-partition",
            product.span,
            format!(
                "it is not known whether {partition} has the managed policy `{}`, nor what it grants there",
                first.policy.full_name()
            ),
        )
        .related(first.span, "asked for here")
        .why("the policies in the binary are those of the partition aws, and what is told of them is from there")
        .help("look it up in the console of an account there, or omit it"),
    );
}

/// An attached policy that grants an action which the deployment leaves out or narrows.
pub(super) fn granting<'a>(
    attached: &'a [SelectedManaged],
    action: &Action,
) -> Option<&'a SelectedManaged> {
    attached.iter().find(|one| one.policy.allows(action))
}
