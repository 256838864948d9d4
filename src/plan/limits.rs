//! Refuses what AWS would refuse for its quotas, and what would be slow.

use super::measure::{Use, uses, uses_of_roles};
use super::quota::{GROUP_INLINE, GROUPS_PER_ACCOUNT, GROUPS_PER_USER, Quota};
use super::{HubPlan, Plan};
use crate::diag::{Diagnostic, Span};
use crate::model::{IdentityKind, PolicyName, TerraformShape};
use crate::resolve::Resolved;

/// Reports every document, and every sum of documents, that AWS would refuse.
pub(super) fn check(resolved: &Resolved, plan: &Plan, diagnostics: &mut Vec<Diagnostic>) {
    if let (Some(hub), Some(span)) = (&plan.hub, resolved.hub.as_ref().map(|hub| hub.span)) {
        check_hub_permissions(plan, span, diagnostics);
        check_groups(resolved, hub, span, diagnostics);
    }
    check_providers(resolved, plan, diagnostics);
    check_roles(resolved, plan, diagnostics);
}

/// More provider configurations than these in one root module are slow: Terraform 1.11 with the AWS provider 5.100 took 12 s
/// for a plan with 10, and 29 s with 30, on two processors. The processes of 10 took 1.3 GiB, what they share counted once.
const PROVIDERS: usize = 20;

/// One process of the provider for each target, all at once, is too much for many targets.
fn check_providers(resolved: &Resolved, plan: &Plan, diagnostics: &mut Vec<Diagnostic>) {
    let targets = plan.target_accounts();
    if plan.terraform && plan.terraform_shape == TerraformShape::SingleRoot && targets > PROVIDERS {
        diagnostics.push(
            Diagnostic::warning(
                "many-providers",
                resolved.layout.terraform_span,
                format!("one root module reaches {targets} targets, each through its own provider"),
            )
            .why("Terraform runs a process for each, all at once: a plan with 30 took 29 seconds, and 10 of them 1.3 GiB of memory")
            .help("write `terraform: roots` or `terraform: stackset`, or `terraform: tofu` for OpenTofu"),
        );
    }
}

/// Groups and users: one person can be in ten groups, and an account has some hundreds of them.
fn check_groups(resolved: &Resolved, hub: &HubPlan, span: Span, diagnostics: &mut Vec<Diagnostic>) {
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
                hub.assume_role
                    .iter()
                    .map(|policy| policy.targets.len())
                    .sum::<usize>(),
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

/// What users and groups have differs in the numbers behind names; of several that are too full, the fullest is reported.
fn check_hub_permissions(plan: &Plan, span: Span, diagnostics: &mut Vec<Diagnostic>) {
    let uses = uses(plan.hub_resources());
    let uses_of = |quota| uses.iter().filter(move |one| one.quota == quota);
    let fullest = |quota| uses_of(quota).max_by_key(|one| one.used);
    let user = fullest(Quota::Inline(IdentityKind::User));
    let group = fullest(Quota::Attached(IdentityKind::Group));
    let all = uses_of(Quota::ManagedPolicy).chain(user).chain(group);
    diagnostics.extend(all.filter_map(|one| refusal(one, span)));
}

/// Reports a fault that many targets share once, at the first.
fn check_roles(resolved: &Resolved, plan: &Plan, diagnostics: &mut Vec<Diagnostic>) {
    let mut reported = vec![false; plan.roles.len()];
    let mut trust_reported = false;
    for (target, uses) in uses_of_roles(plan) {
        let span = resolved.targets[target].span;
        let role = plan.targets[target].role;
        let uses_of = |quota| uses.iter().filter(move |one| one.quota == quota);
        if !trust_reported {
            let fault = uses_of(Quota::TrustPolicy).find_map(|one| refusal(one, span));
            trust_reported = fault.is_some();
            diagnostics.extend(fault);
        }
        // The sizes of managed policies were seen to when they were split.
        if !reported[role] {
            let attached = uses_of(Quota::Attached(IdentityKind::Role));
            let mut faults: Vec<_> = attached.filter_map(|one| refusal(one, span)).collect();
            let names = uses_of(Quota::ManagedPolicy).map(|one| &one.name);
            faults.extend(names.filter_map(|name| refuse_name(name, span)));
            reported[role] = !faults.is_empty();
            diagnostics.extend(faults);
        }
    }
}

fn refuse_name(name: &str, span: Span) -> Option<Diagnostic> {
    let refusal = PolicyName::parse(name).err()?;
    let fault = Diagnostic::error("bad-name", span, refusal.what)
        .why("a managed policy is named after the role, the product and the feature")
        .help("give the role a shorter name");
    Some(fault)
}

/// The error where a quota is exceeded.
fn refusal(one: &Use<'_>, span: Span) -> Option<Diagnostic> {
    let Use { quota, name, used } = one;
    let limit = quota.limit();
    if *used <= limit {
        return None;
    }
    let error = |what: String| Diagnostic::error("over-quota", span, what);
    let too_long = |what: &str| {
        error(format!("{what} would have {used} characters of {limit}"))
            .why("AWS counts the characters without white space and refuses more at deploy time")
    };
    let fault = match quota {
        Quota::Inline(IdentityKind::User) => too_long("the inline policies of the hub's user")
            .help("write `permissions: managed`, which holds 6,144 characters for each product"),
        Quota::ManagedPolicy => too_long(&format!("the managed policy {name}"))
            .help("select fewer features or levels in the hub account"),
        Quota::TrustPolicy => too_long(&format!("the trust policy of role {name}"))
            .help("shorten the external id or the path of the trusted user"),
        Quota::Attached(IdentityKind::Role) => error(format!(
            "the permissions of role {name} take {used} managed policies of {limit}"
        ))
        .why(format!("AWS attaches at most {limit} to a role: its own policies that catalogs ask for, and those that hold what is too long for the role itself"))
        .help("select fewer features or levels, or give the products roles of their own in two deployments"),
        Quota::Attached(_) => error(format!("{used} managed policies for one group"))
            .why(format!("AWS attaches at most {limit} to a group"))
            .help("split the products over several deployments"),
        // Planning keeps to these: another group, managed policies for a role; groups and tags are counted elsewhere.
        Quota::Inline(_) | Quota::Groups | Quota::Tags => return None,
    };
    Some(fault)
}
