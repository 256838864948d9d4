//! Quotas of IAM, in characters without white space, summed over the inline policies of each principal.
//!
//! Source: the IAM User Guide, "IAM and AWS STS quotas". A quota that AWS raises on request is taken at its default.

use super::Plan;
use crate::diag::{Diagnostic, Span};
use crate::model::{AccountId, Site};
use crate::resolve::{HubPermissions, Resolved};

/// All inline policies of one user, summed.
const USER_INLINE: usize = 2_048;
/// All inline policies of one group, summed.
const GROUP_INLINE: usize = 5_120;
/// All inline policies of one role, summed.
const ROLE_INLINE: usize = 10_240;
/// One managed policy.
const MANAGED_POLICY: usize = 6_144;
/// The trust policy of one role; AWS raises it on request.
const TRUST_POLICY: usize = 2_048;
/// Managed policies attached to one group.
const MANAGED_PER_GROUP: usize = 10;

/// Reports every document, and every sum of documents, that AWS would refuse.
pub(super) fn check(resolved: &Resolved, plan: &Plan, diagnostics: &mut Vec<Diagnostic>) {
    if let (Some(hub), Some(span)) = (&plan.hub, resolved.hub.as_ref().map(|hub| hub.span)) {
        let site = site(plan, &hub.account);
        check_hub_permissions(hub, site, span, diagnostics);
        for (number, group) in hub.groups.iter().enumerate() {
            let sizes: Vec<usize> = hub
                .assume_role
                .iter()
                .filter(|policy| policy.group == number)
                .map(|policy| policy.document.size(site))
                .collect();
            let used: usize = sizes.iter().sum();
            if used > GROUP_INLINE {
                let mut left = GROUP_INLINE;
                let fit = sizes
                    .iter()
                    .take_while(|&&size| left.checked_sub(size).map(|rest| left = rest).is_some())
                    .count();
                let what = format!("the inline policies of group {}", group.name);
                let help = "split the targets over several deployments with a user and a group each; shorter role names and paths help";
                // With a policy for each role, the first one that does not fit has a target to point at.
                let first_out = (sizes.len() > 1)
                    .then(|| {
                        hub.assume_role
                            .iter()
                            .filter(|policy| policy.group == number)
                            .nth(fit)
                    })
                    .flatten()
                    .and_then(|policy| policy.targets.first())
                    .and_then(|&target| resolved.targets.get(target));
                diagnostics.push(match first_out {
                    Some(target) => over(target.span, what, used, GROUP_INLINE)
                        .label(format!("the first of {} that does not fit", sizes.len() - fit))
                        .related(span, "the group's account")
                        .why("AWS counts the characters of all inline policies of a group, without white space, and refuses more at deploy time")
                        .help(help),
                    None => over(span, what, used, GROUP_INLINE).help(help),
                });
            }
        }
    }
    check_roles(resolved, plan, diagnostics);
}

fn check_hub_permissions(
    hub: &super::HubPlan,
    site: Site<'_>,
    span: Span,
    diagnostics: &mut Vec<Diagnostic>,
) {
    match hub.placement {
        HubPermissions::UserInline => {
            let used: usize = hub
                .permissions
                .iter()
                .map(|policy| policy.document.size(site))
                .sum();
            if used > USER_INLINE {
                diagnostics.push(
                    over(span, "the inline policies of the hub's user".to_owned(), used, USER_INLINE)
                        .help("write `permissions: managed`, which holds 6,144 characters for each product"),
                );
            }
        }
        HubPermissions::Managed => {
            for policy in &hub.permissions {
                let used = policy.document.size(site);
                if used > MANAGED_POLICY {
                    diagnostics.push(
                        over(
                            span,
                            format!("the managed policy {}", policy.name),
                            used,
                            MANAGED_POLICY,
                        )
                        .help("select fewer features or levels in the hub account"),
                    );
                }
            }
            if hub.permissions.len() > MANAGED_PER_GROUP {
                diagnostics.push(
                    Diagnostic::error(
                        "over-quota",
                        span,
                        format!("{} managed policies for one group", hub.permissions.len()),
                    )
                    .why(format!(
                        "AWS attaches at most {MANAGED_PER_GROUP} to a group"
                    ))
                    .help("split the products over several deployments"),
                );
            }
        }
    }
}

/// Measures each target's role, and reports a fault that many targets share once, at the first.
fn check_roles(resolved: &Resolved, plan: &Plan, diagnostics: &mut Vec<Diagnostic>) {
    let mut reported = vec![false; plan.roles.len()];
    let mut trust_reported = false;
    for (target, source) in plan.targets.iter().zip(&resolved.targets) {
        let role = &plan.roles[target.role];
        let site = site(plan, &target.account);
        if !reported[target.role] {
            let used: usize = role
                .permissions
                .iter()
                .map(|policy| policy.document.size(site))
                .sum();
            if used > ROLE_INLINE {
                reported[target.role] = true;
                diagnostics.push(
                    over(source.span, format!("the inline policies of role {}", target.role_name), used, ROLE_INLINE)
                        .help("select fewer features or levels, or give the products roles of their own in two deployments"),
                );
            }
        }
        let external_id = target.external_id.as_ref().map(|id| id.as_str());
        let used = role.trust.size(site, external_id);
        if used > TRUST_POLICY && !trust_reported {
            trust_reported = true;
            diagnostics.push(
                over(
                    source.span,
                    format!("the trust policy of role {}", target.role_name),
                    used,
                    TRUST_POLICY,
                )
                .help("shorten the external id or the path of the trusted user"),
            );
        }
    }
}

fn site<'a>(plan: &Plan, account: &'a AccountId) -> Site<'a> {
    Site {
        partition: plan.partition,
        account,
    }
}

fn over(span: Span, what: String, used: usize, limit: usize) -> Diagnostic {
    Diagnostic::error(
        "over-quota",
        span,
        format!("{what} would have {used} characters of {limit}"),
    )
    .why("AWS counts the characters without white space and refuses more at deploy time")
}
