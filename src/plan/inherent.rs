//! What security scanners find in a plan and nobody can mend, since a catalog or the deployment asks for just that. The
//! reason goes with it, for the rendered files to tell. What another deployment would avoid is not here, so that a scanner
//! reports it: a policy on the user, an unlimited trust, `*` where an action takes more.

use super::{HubPlan, Plan, RolePlan};
use crate::model::{
    AuthenticatesAs, Effect, ExternalIdSupport, Own, PolicyDocument, Principal, TrustKind,
};
use crate::resolve::{ExternalIds, Product, Resolved, TrustedPrincipal};

/// Something that scanners find, and why it has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inherent {
    /// What they find.
    pub finding: InherentFinding,
    /// Why it has to be, in one line.
    pub reason: String,
}

/// What scanners find, whatever they call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum InherentFinding {
    /// There is an IAM user.
    User,
    /// The members of a group sign in without a second factor.
    NoMfa,
    /// The members of a group are not written where the scanner looks for them.
    Members,
    /// A group or role has a name that does not come from CloudFormation.
    FixedName,
    /// A role trusts a whole account, but for a condition that narrows it to one user, or asks the vendor for an external id.
    NarrowedAccount,
    /// A role asks for no external id.
    NoExternalId,
    /// A policy has `*` for its resource, for actions that take no other.
    OnlyStar,
    /// A policy has all actions of a service.
    WholeService,
}

/// Notes on each planned resource what is inherent in it.
pub(super) fn note(resolved: &Resolved, plan: &mut Plan) {
    if let Some(hub) = &mut plan.hub {
        note_hub(resolved, hub);
    }
    for role in &mut plan.roles {
        note_role(resolved, role);
    }
}

fn note_hub(resolved: &Resolved, hub: &mut HubPlan) {
    let signs_in = resolved
        .products
        .iter()
        .find(|product| product.catalog.access.authenticates_as == AuthenticatesAs::IamUser)
        .map(name);
    for user in &mut hub.users {
        let reason = match &signs_in {
            Some(product) => format!("{product} signs in as an IAM user"),
            None => format!(
                "the deployment lets the product sign in as the user {}",
                user.name
            ),
        };
        user.inherent = vec![inherent(InherentFinding::User, reason)];
    }
    let product = signs_in.as_deref().unwrap_or("the product");
    for (number, group) in hub.groups.iter_mut().enumerate() {
        group.inherent = vec![inherent(
            InherentFinding::FixedName,
            format!("the deployment names the group {}", group.name),
        )];
        if let Some(user) = hub.users.iter().find(|user| user.groups.contains(&number)) {
            group.inherent.extend([
                inherent(
                    InherentFinding::NoMfa,
                    format!("{product} signs in with an access key, which carries no MFA"),
                ),
                inherent(
                    InherentFinding::Members,
                    format!("the user {} is a member of the group", user.name),
                ),
            ]);
        }
    }
    for policy in &mut hub.permissions {
        policy.inherent = only_star([&policy.document]).into_iter().collect();
    }
}

fn note_role(resolved: &Resolved, role: &mut RolePlan) {
    role.inherent = vec![inherent(
        InherentFinding::FixedName,
        "the deployment names the role",
    )];
    if let Some(reason) = narrowed(resolved, role.of) {
        role.inherent
            .push(inherent(InherentFinding::NarrowedAccount, reason));
    }
    let sends_none =
        |product: &Product| product.catalog.access.external_id == ExternalIdSupport::Unsupported;
    let mut trusted = role.trust.statements.iter().flat_map(|one| &one.principals);
    let is_of_aws = trusted.any(|one| matches!(one, Principal::Account(_) | Principal::Arn(_)));
    let own = |product: &&Product| product.role == role.of;
    let products = || resolved.products.iter().filter(own);
    if is_of_aws && !role.trust.names(Own::ExternalId) && products().all(sends_none) {
        let who: Vec<String> = products().map(name).collect();
        role.inherent.push(inherent(
            InherentFinding::NoExternalId,
            format!("{} cannot send an external id", who.join(" and ")),
        ));
    }
    if role.managed {
        for policy in &mut role.permissions {
            policy.inherent = only_star([&policy.document]).into_iter().collect();
        }
    } else {
        let documents = role.permissions.iter().map(|policy| &policy.document);
        role.inherent.extend(only_star(documents));
    }
}

/// What narrows each whole account that the roles trust; nothing where they trust none, or one that is not narrowed.
fn narrowed(resolved: &Resolved, role: usize) -> Option<String> {
    let mut reason = None;
    let mut targets = resolved.targets.iter().filter(|target| target.role == role);
    let all_have_ids = targets.all(|target| target.external_id.is_some());
    for trusted in &resolved.roles[role].trust {
        let asks = match &trusted.external_ids {
            ExternalIds::OfTarget => all_have_ids,
            ExternalIds::These(ids) => !ids.is_empty(),
        };
        match &trusted.principal {
            TrustedPrincipal::Account { restrict_to_user } => {
                restrict_to_user.then_some(())?;
                let narrowed =
                    "a condition narrows the account to the user that the deployment names";
                reason = Some(narrowed.to_owned());
            }
            TrustedPrincipal::Outside(kind, principals) if principals.iter().any(is_whole) => {
                let TrustKind::Vendor(title) = kind else {
                    return None;
                };
                asks.then_some(())?;
                reason = Some(format!(
                    "the vendor of {title} comes from that account, and is asked for an external id"
                ));
            }
            TrustedPrincipal::User | TrustedPrincipal::Outside(..) => {}
        }
    }
    reason
}

fn is_whole(principal: &Principal) -> bool {
    match principal {
        Principal::Account(_) => true,
        Principal::Arn(arn) => arn.pattern().ends_with(":root"),
        _ => false,
    }
}

/// Whether documents of one resource have `*`, and only where AWS accepts nothing narrower.
fn only_star<'a>(documents: impl IntoIterator<Item = &'a PolicyDocument>) -> Option<Inherent> {
    let mut stars = documents
        .into_iter()
        .flat_map(|document| &document.statements)
        .filter(|statement| statement.effect == Effect::Allow)
        .filter(|statement| {
            let mut resources = statement.resources.iter();
            resources.any(|resource| resource.text().pattern() == "*")
        })
        .peekable();
    let first = stars.peek()?.actions.first()?.clone();
    let mut more = 0;
    for statement in stars {
        if !statement.only_star {
            return None;
        }
        more += statement.actions.len();
    }
    let actions = match more {
        1 => first.to_string(),
        _ => format!("{first} and {} more actions of the catalog", more - 1),
    };
    Some(inherent(
        InherentFinding::OnlyStar,
        format!("AWS accepts no other resource for {actions}"),
    ))
}

fn name(product: &Product) -> String {
    product.catalog.id.to_string()
}

fn inherent(finding: InherentFinding, reason: impl Into<String>) -> Inherent {
    Inherent {
        finding,
        reason: reason.into(),
    }
}
