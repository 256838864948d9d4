//! Refuses denials that lock the hub out of the roles which it is there to assume.

use super::HubPlan;
use crate::diag::Diagnostic;
use crate::model::{Action, ArnPattern, Partition, Site, Text};
use crate::resolve::Resolved;

/// Refuses what denies the members of the hub's groups to assume a role, whatever they do.
pub(super) fn refuse_locked(
    resolved: &Resolved,
    hub: &HubPlan,
    partition: Partition,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let site = Site {
        partition,
        account: &hub.account,
    };
    let concrete = |arn: &ArnPattern| ArnPattern::from(Text::literal(arn.text().at(site)));
    let statements = hub.assume_role.iter();
    let statements = statements.flat_map(|policy| &policy.document.statements);
    let granted: Vec<(&Action, ArnPattern)> = statements
        .flat_map(|statement| {
            let resources = statement.resources.iter();
            let pairs =
                resources.flat_map(|arn| statement.actions.iter().map(move |one| (one, arn)));
            pairs.map(|(action, arn)| (action, concrete(arn)))
        })
        .collect();
    for denial in &resolved.hub_denials {
        let mut here = denial.clone();
        here.resources = denial.resources.iter().map(concrete).collect();
        let mut locked = granted.iter();
        let first = locked.find(|(action, arn)| here.always_denies(action, arn));
        let Some((action, arn)) = first else { continue };
        let more = locked.filter(|(action, arn)| here.always_denies(action, arn));
        let others = match more.count() {
            0 => String::new(),
            1 => " and another role".to_owned(),
            many => format!(" and {many} other roles"),
        };
        diagnostics.push(
            Diagnostic::error(
                "denied-assumption",
                denial.span,
                format!(
                    "the hub is denied {action} on {}{others}",
                    arn.text().pattern()
                ),
            )
            .why("what the deployment denies is denied in the hub account too, and a Deny prevails: nobody could assume the role")
            .help("deny it in a role of `roles`, which does not concern the hub, or name resources that are no role of a target"),
        );
    }
}
