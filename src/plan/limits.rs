//! Quotas of IAM, in characters without white space, summed over the inline policies of each principal.
//!
//! Source: the IAM User Guide, "IAM and AWS STS quotas". A quota that AWS raises on request is taken at its default.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::{Plan, RolePlan, TargetPlan};
use crate::diag::{Diagnostic, Span};
use crate::model::{HubPermissions, Own, PolicyName, Site, TerraformShape};
use crate::resolve::Resolved;

/// All inline policies of one user, summed.
pub(super) const USER_INLINE: usize = 2_048;
/// All inline policies of one group, summed.
pub(super) const GROUP_INLINE: usize = 5_120;
/// Groups that one user can be in; AWS does not raise it.
pub(super) const GROUPS_PER_USER: usize = 10;
/// Groups of one account; AWS raises it on request.
pub(super) const GROUPS_PER_ACCOUNT: usize = 300;
/// Tags of one user, role or managed policy.
pub(super) const TAGS: usize = 50;
/// All inline policies of one role, summed.
pub(crate) const ROLE_INLINE: usize = 10_240;
/// One managed policy.
pub(super) const MANAGED_POLICY: usize = 6_144;
/// The trust policy of one role; AWS raises it on request.
pub(super) const TRUST_POLICY: usize = 2_048;
/// Managed policies attached to one role; AWS raises it on request.
pub(super) const MANAGED_PER_ROLE: usize = 10;
/// Managed policies attached to one group.
pub(super) const MANAGED_PER_GROUP: usize = 10;

/// Reports every document, and every sum of documents, that AWS would refuse.
pub(super) fn check(resolved: &Resolved, plan: &Plan, diagnostics: &mut Vec<Diagnostic>) {
    if let (Some(hub), Some(span)) = (&plan.hub, resolved.hub.as_ref().map(|hub| hub.span)) {
        let site = plan.site(&hub.account);
        check_hub_permissions(hub, site, span, diagnostics);
        check_groups(resolved, plan, hub, span, diagnostics);
    }
    check_providers(resolved, plan, diagnostics);
    check_roles(resolved, plan, diagnostics);
}

/// More provider configurations than these in one root module are slow: Terraform 1.11 with the AWS provider 5.100 took 12 s
/// for a plan with 10, and 29 s with 30, on two processors. The processes of 10 took 1.3 GiB, what they share counted once.
const PROVIDERS: usize = 20;

/// One process of the provider for each target, all at once, is too much for many targets.
fn check_providers(resolved: &Resolved, plan: &Plan, diagnostics: &mut Vec<Diagnostic>) {
    let targets = plan.targets.len();
    if plan.terraform && plan.terraform_shape == TerraformShape::SingleRoot && targets > PROVIDERS {
        diagnostics.push(
            Diagnostic::warning(
                "many-providers",
                resolved.layout.terraform_span,
                format!("one root module reaches {targets} targets, each by a provider of its own"),
            )
            .why("Terraform runs a process for each, all at once: a plan with 30 took 29 seconds, and 10 of them 1.3 GiB of memory")
            .help("write `terraform: roots` or `terraform: stackset`, or `terraform: tofu` for OpenTofu"),
        );
    }
}

/// Groups and users: one person can be in ten groups, and an account has some hundreds of them.
fn check_groups(
    resolved: &Resolved,
    plan: &Plan,
    hub: &super::HubPlan,
    span: Span,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let (most, why) = match hub.users.is_empty() {
        true => (
            GROUPS_PER_USER,
            format!(
                "there is no user, so people join the groups, and nobody can be in more than {GROUPS_PER_USER}"
            ),
        ),
        false => (
            GROUPS_PER_ACCOUNT,
            format!(
                "an account can have {GROUPS_PER_ACCOUNT} groups; AWS raises that on request, and never far"
            ),
        ),
    };
    if hub.groups.len() <= most {
        return;
    }
    let first_out = hub
        .assume_role
        .iter()
        .filter(|policy| policy.group >= most)
        .flat_map(|policy| &policy.targets)
        .min();
    let place = first_out
        .and_then(|&target| resolved.targets.get(target))
        .map_or(span, |target| target.span);
    diagnostics.push(
        Diagnostic::error(
            "over-quota",
            place,
            format!(
                "the roles of {} targets take {} groups",
                plan.targets.len(),
                hub.groups.len()
            ),
        )
        .label("the first that does not fit")
        .related(span, "the groups' account")
        .why(format!(
            "a group holds {GROUP_INLINE} characters of inline policies; {why}"
        ))
        .help("split the targets over several deployments; shorter role names and paths help"),
    );
}

fn check_hub_permissions(
    hub: &super::HubPlan,
    site: Site<'_>,
    span: Span,
    diagnostics: &mut Vec<Diagnostic>,
) {
    match hub.placement {
        HubPermissions::UserInline => {
            // What users have of their own differs in the numbers behind names; the last has the longest.
            let used = (0..hub.users.len().max(1))
                .map(|user| {
                    let own = hub.permissions.iter().filter(|policy| policy.user == user);
                    own.map(|policy| policy.document.size(site)).sum::<usize>()
                })
                .max()
                .unwrap_or_default();
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
            let attached = hub
                .permissions
                .iter()
                .filter(|policy| policy.user == 0)
                .count();
            if attached > MANAGED_PER_GROUP {
                diagnostics.push(
                    Diagnostic::error(
                        "over-quota",
                        span,
                        format!("{attached} managed policies for one group"),
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
    let trust = TrustSizes::default();
    for (number, (target, source)) in plan.targets.iter().zip(&resolved.targets).enumerate() {
        let role = &plan.roles[target.role];
        if role.managed && !reported[target.role] {
            reported[target.role] = check_managed(role, target, source.span, diagnostics);
        }
        let used = trust.of(plan, number);
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

/// Sizes of trust policies, in characters. Those of a role whose user and external id are as long are the same.
#[derive(Debug, Default)]
pub(super) struct TrustSizes(RefCell<BTreeMap<(usize, usize, usize), usize>>);

impl TrustSizes {
    /// The size of a target's trust policy.
    pub(super) fn of(&self, plan: &Plan, target: usize) -> usize {
        let target = &plan.targets[target];
        let site = plan.site(&target.account);
        let length = |own| target.own(own).map_or(0, |text| text.at(site).len());
        let key = (
            target.role,
            length(Own::TrustedUser),
            length(Own::ExternalId),
        );
        let mut known = self.0.borrow_mut();
        let size = || plan.trust_of(target).size(site);
        *known.entry(key).or_insert_with(size)
    }
}

/// Managed policies of a role: how many, and their names. Says whether a fault was found. Their sizes were seen to when
/// they were split.
fn check_managed(
    role: &RolePlan,
    target: &TargetPlan,
    span: Span,
    diagnostics: &mut Vec<Diagnostic>,
) -> bool {
    let before = diagnostics.len();
    if role.permissions.len() > MANAGED_PER_ROLE {
        diagnostics.push(
            Diagnostic::error(
                "over-quota",
                span,
                format!(
                    "the permissions of role {} take {} managed policies of {MANAGED_PER_ROLE}",
                    target.role_name,
                    role.permissions.len()
                ),
            )
            .why(format!("they are too long for the role itself, and AWS attaches at most {MANAGED_PER_ROLE} to a role"))
            .help("select fewer features or levels, or give the products roles of their own in two deployments"),
        );
    }
    for policy in &role.permissions {
        if let Err(refusal) = PolicyName::parse(&target.managed_name(policy)) {
            diagnostics.push(
                Diagnostic::error("bad-name", span, refusal.what)
                    .why("a managed policy is named after the role, the product and the feature")
                    .help("give the role a shorter name"),
            );
        }
    }
    diagnostics.len() > before
}

fn over(span: Span, what: String, used: usize, limit: usize) -> Diagnostic {
    Diagnostic::error(
        "over-quota",
        span,
        format!("{what} would have {used} characters of {limit}"),
    )
    .why("AWS counts the characters without white space and refuses more at deploy time")
}
