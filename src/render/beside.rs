//! What a deployment needs beside its own units: what has to be there before, and how the role of a target that leaves is
//! taken away.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::step::{EACH, STEPS, Step};
use crate::model::{AccountId, CloudFormationShape, Saying, TerraformShape, TrustKind};
use crate::plan::{OutsideIdentity, Plan, RolePlan, Trusted};

/// What has to be there before all else: the policies that are permissions boundaries. Nothing here makes them, so each
/// is looked up.
pub(super) fn boundary_steps(plan: &Plan) -> impl Iterator<Item = Step> {
    plan.boundaries().into_iter().map(|(arn, accounts)| {
        let arn = arn.text().anywhere(plan.partition);
        let in_each = arn.contains("${account}");
        let arn = arn.replace("${account}", EACH);
        Step {
            what: Saying::new(STEPS, "boundary").with("arn", &arn),
            place: match accounts.as_slice() {
                [one] if !in_each => Saying::new(STEPS, "in_account").with("account", one),
                _ => Saying::new(STEPS, "in_each_bounded"),
            },
            accounts,
            in_each,
            commands: vec![format!("aws iam get-policy --policy-arn {arn}")],
            undo: Vec::new(),
            notes: vec![Saying::new(STEPS, "note_boundary")],
        }
    })
}

/// The identity providers and trust anchors that the roles trust, which nothing here makes either.
pub(super) fn provider_steps(plan: &Plan) -> Vec<Step> {
    let made = plan.made_providers();
    let mut order: Vec<usize> = (0..plan.roles.len()).collect();
    order.sort_by_key(|number| plan.roles[*number].of);
    let mut found: IndexMap<String, (Lookup, BTreeSet<usize>)> = IndexMap::new();
    for number in order {
        for trusted in plan.trusted_by(&plan.roles[number]) {
            if let Trusted::Outside(identity) = trusted
                && let Some(lookup) = lookup(&identity)
            {
                let command = lookup.command.clone();
                let (_, roles) = found
                    .entry(command)
                    .or_insert_with(|| (lookup, BTreeSet::new()));
                roles.insert(number);
            }
        }
    }
    let steps = found.into_values().filter_map(|(lookup, needed)| {
        let trusting = || plan.targets.iter().filter(|one| needed.contains(&one.role));
        let is_made = |account: &AccountId| {
            let issuer = lookup.issuer.as_deref();
            issuer.is_some_and(|issuer| made.contains(&(account, issuer)))
        };
        let mut accounts: Vec<String> = Vec::new();
        let mut roles: Vec<&str> = Vec::new();
        for target in trusting().filter(|target| !is_made(&target.account)) {
            accounts.push(target.account.to_string());
            roles.extend(plan.roles[target.role].name.as_deref());
        }
        if accounts.is_empty() {
            return None;
        }
        accounts.dedup();
        roles.sort_unstable();
        roles.dedup();
        let notes = [
            Some(lookup.note),
            lookup.issuer.as_ref().map(|_| "note_provider_left"),
        ];
        Some(Step {
            what: lookup.what,
            place: match roles.as_slice() {
                _ if trusting().any(|target| is_made(&target.account)) => {
                    Saying::new(STEPS, "in_each_trusting")
                }
                _ if !plan.has_several_roles() => Saying::new(STEPS, "in_each"),
                [one] => Saying::new(STEPS, "in_each_of_role").with("role", one),
                several => Saying::new(STEPS, "in_each_of_roles").with("roles", several.join(", ")),
            },
            accounts,
            in_each: true,
            commands: vec![lookup.command],
            undo: Vec::new(),
            notes: notes
                .into_iter()
                .flatten()
                .map(|note| Saying::new(STEPS, note))
                .collect(),
        })
    });
    steps.collect()
}

/// How what an identity comes by is looked up.
struct Lookup {
    what: Saying,
    note: &'static str,
    command: String,
    /// The issuer of its tokens, if an OIDC provider is looked up.
    issuer: Option<String>,
}

fn lookup(identity: &OutsideIdentity) -> Option<Lookup> {
    let in_each = |arn: &str| arn.replace("${account}", EACH);
    if let TrustKind::Certificate { .. } = identity.kind {
        let anchor = in_each(identity.condition("aws:SourceArn")?);
        let (_, id) = anchor.split_once('/')?;
        let region = anchor.split(':').nth(3)?;
        return Some(Lookup {
            what: Saying::new(STEPS, "trust_anchor").with("arn", &anchor),
            note: "note_trust_anchor",
            command: format!(
                "aws rolesanywhere get-trust-anchor --trust-anchor-id {id} --region {region}"
            ),
            issuer: None,
        });
    }
    let (_, kind) = identity.principal.rsplit_once(':')?;
    let (kind, name) = kind.split_once('/')?;
    let command = match kind {
        "oidc-provider" => "get-open-id-connect-provider --open-id-connect-provider-arn",
        "saml-provider" => "get-saml-provider --saml-provider-arn",
        _ => return None,
    };
    let arn = in_each(&identity.principal);
    Some(Lookup {
        what: Saying::new(STEPS, "provider").with("arn", &arn),
        note: "note_provider",
        command: format!("aws iam {command} {arn}"),
        issuer: (kind == "oidc-provider").then(|| name.to_owned()),
    })
}

/// What to know of the identity providers that are made with some roles, if any are.
pub(super) fn notes_of_made<'p>(
    plan: &Plan,
    roles: impl IntoIterator<Item = &'p RolePlan>,
) -> Vec<Saying> {
    let mut notes: Vec<Saying> = Vec::new();
    for role in roles {
        for provider in &role.providers {
            let name = role.name.as_ref().filter(|_| plan.has_several_roles());
            let note = match name {
                Some(name) => {
                    Saying::new(STEPS, "note_makes_provider_with_role").with("role", name)
                }
                None => Saying::new(STEPS, "note_makes_provider"),
            };
            let note = note.with("issuer", &provider.issuer);
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
    }
    if !notes.is_empty() {
        notes.push(Saying::new(STEPS, "note_provider_made"));
    }
    notes
}

/// How the role of a target is taken away that the deployment no longer has.
pub(super) fn leaving(plan: &Plan, format: &str) -> &'static str {
    const LAST: &str = "A target that the deployment no longer has is destroyed with the files of the commit that still had it.";
    const NEXT: &str = "The stack of a target that the deployment no longer has is deleted by the next step for the stack sets.";
    match (format, plan.terraform_shape, plan.cloudformation_shape) {
        ("Terraform", TerraformShape::Roots, _)
        | ("CloudFormation", _, CloudFormationShape::Stacks) => LAST,
        ("Terraform", TerraformShape::SingleRoot, _) => {
            "The role of a target that the deployment no longer has is destroyed by the next apply, which needs the target's \
             `provider` block for that: copy it from `terraform/root/providers.tf` of the commit that still had it into \
             `terraform/root/leaving.tf`, apply, and delete that file."
        }
        ("Terraform", TerraformShape::Tofu, _) => {
            "The role of a target that the deployment no longer has is destroyed by an apply with the variable \
             `leaving_accounts`, as said above."
        }
        _ => NEXT,
    }
}
