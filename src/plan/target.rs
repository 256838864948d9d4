//! The roles, the accounts that get them, and their policies.

use std::collections::{BTreeMap, BTreeSet};

use super::inherent::Inherent;
use super::parameters::{TemplateParameter, TemplateTag};
use super::{Plan, access, permissions, trust};
use crate::model::{
    AccountId, ArnPattern, AwsPolicy, ExternalId, FENCE, IamPath, OidcProvider, Own,
    PolicyDocument, PolicyName, RoleName, SessionDuration, Tags, Text, TrustKind, TrustPolicy,
};
use crate::resolve::{Product, Resolved, Target, Trusted, TrustedPrincipal};

/// A policy with a name.
#[derive(Debug, Clone)]
pub struct NamedPolicy {
    /// The name, unique in its principal or account. What comes behind the role's name and a hyphen, if it is a managed
    /// policy of a role: in each account it is named after the role there.
    pub name: PolicyName,
    /// What tells it from the other policies of the same contents; empty if there is only one.
    pub part: String,
    /// Whose it is, in the hub: an index into [`HubPlan::users`](super::HubPlan::users); 0 without users, and in a role.
    pub user: usize,
    /// What it holds.
    pub contents: Contents,
    /// What it says.
    pub document: PolicyDocument,
    /// What scanners find in it and nobody can mend.
    pub inherent: Vec<Inherent>,
}

/// What a policy holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contents {
    /// What a product is allowed.
    Product {
        /// Its name in catalogs.
        id: String,
        /// Its name for people.
        title: String,
    },
    /// What is denied, whatever other policies allow.
    Fence,
}

impl Contents {
    /// What policies of it are named after. No product has the name of the fence.
    pub fn name(&self) -> &str {
        match self {
            Contents::Product { id, .. } => id,
            Contents::Fence => FENCE,
        }
    }
}

/// A role as it is in every target that uses it; what differs per target is a variable.
#[derive(Debug, Clone)]
pub struct RolePlan {
    /// The number of the deployment's role that it is, or that it is a variant of.
    pub of: usize,
    /// What files of it are called behind `target-role` and `target`: the role's name in the deployment, and the variant;
    /// absent in the one role of a deployment, for targets that name no variant.
    pub part: Option<String>,
    /// The role's name in the deployment; absent in a deployment that has one role and gives it none.
    pub name: Option<String>,
    /// The variant of the deployment that it is; absent in the role of targets that name none.
    pub variant: Option<String>,
    /// The products that it is for, as `product@version`.
    pub products: Vec<String>,
    /// What the role may do: a policy for each product, or several where one is too long; then what it is denied.
    pub permissions: Vec<NamedPolicy>,
    /// Whether they are managed policies, because they are too long together to stand in the role.
    pub managed: bool,
    /// The managed policies of AWS's own that are attached to it, by name.
    pub attached: Vec<AwsPolicy>,
    /// Who may assume it.
    pub trust: TrustPolicy,
    /// The same, as the deployment says it.
    pub trusted: Vec<Trusted>,
    /// The OIDC providers that are made with it, in every account that gets it.
    pub providers: Vec<OidcProvider>,
    /// What differs per target: parameters of the CloudFormation template.
    pub parameters: Vec<TemplateParameter>,
    /// The role's tags in the CloudFormation template.
    pub template_tags: Vec<TemplateTag>,
    /// Whether any target bounds the role.
    pub bounded: bool,
    /// Whether only some of its targets bound it.
    pub sometimes_bounded: bool,
    /// What bounds it in every target, if that is one policy but for the account it is in.
    pub same_boundary: Option<ArnPattern>,
    /// What scanners find in its trust and name, and nobody can mend.
    pub inherent: Vec<Inherent>,
}

/// A role in an account.
#[derive(Debug, Clone)]
pub struct TargetPlan {
    /// What tells it from all others: the account id, and with several roles, the role's name in the deployment behind it.
    pub key: String,
    pub account: AccountId,
    /// Its name for people.
    pub name: String,
    /// The role's name.
    pub role_name: RoleName,
    /// The role's path.
    pub role_path: IamPath,
    /// The longest session.
    pub max_session: SessionDuration,
    /// What caps the role.
    pub permissions_boundary: Option<ArnPattern>,
    /// The hub's user that may assume the role, if the roles trust a user.
    pub trusted_user: Option<Text>,
    /// The external id that the role asks for.
    pub external_id: Option<ExternalId>,
    /// The role's tags.
    pub tags: Tags,
    /// Index into [`Plan::roles`](super::Plan::roles).
    pub role: usize,
    /// Values for [`RolePlan::parameters`] by name.
    pub parameter_values: BTreeMap<String, String>,
}

impl RolePlan {
    /// Whether it denies everybody, because its principal is not known yet.
    pub fn is_pending(&self) -> bool {
        let is_nobody = |one: &Trusted| {
            matches!(
                one.principal,
                TrustedPrincipal::Outside(TrustKind::Nobody, _)
            )
        };
        self.trusted.iter().any(is_nobody)
    }

    /// Whether it lets in the hub account, or users of it.
    pub fn trusts_hub(&self) -> bool {
        self.trusted.iter().any(Trusted::is_of_hub)
    }

    /// Whether instances of EC2 work with it.
    pub fn has_instance_profile(&self) -> bool {
        self.trust.trusts_ec2()
    }

    /// Whether any statement names the account that the role is in.
    pub fn names_account(&self) -> bool {
        let mut policies = self.permissions.iter();
        access::trust_names_account(&self.trust)
            || policies.any(|policy| access::names_account(&policy.document))
    }
}

impl Plan {
    /// Whether there is more than one role, beside variants of one.
    pub fn has_several_roles(&self) -> bool {
        self.roles.iter().any(|role| role.of != self.roles[0].of)
    }

    /// The managed policies of AWS's own that are attached anywhere.
    pub fn attached(&self) -> BTreeSet<&AwsPolicy> {
        let hub = self.hub.iter().flat_map(|hub| &hub.attached);
        let roles = self.roles.iter().flat_map(|role| &role.attached);
        hub.chain(roles).collect()
    }

    /// The OIDC providers that are made: account and issuer.
    pub fn made_providers(&self) -> BTreeSet<(&AccountId, &str)> {
        let made = self.targets.iter().flat_map(|target| {
            let providers = self.roles[target.role].providers.iter();
            providers.map(|provider| (&target.account, provider.issuer.as_str()))
        });
        made.collect()
    }

    /// The issuers of the OIDC providers that are made in any account.
    pub fn made_issuers(&self) -> BTreeSet<&str> {
        let of_all = self.roles.iter().flat_map(|role| &role.providers);
        of_all.map(|provider| provider.issuer.as_str()).collect()
    }
}

impl TargetPlan {
    /// The name that a managed policy of the role has in this account.
    pub fn managed_name(&self, policy: &NamedPolicy) -> String {
        format!("{}-{}", self.role_name, policy.name)
    }

    /// What it has of its own.
    pub fn own(&self, own: Own) -> Option<Text> {
        match own {
            Own::TrustedUser => self.trusted_user.clone(),
            Own::ExternalId => {
                let id = self.external_id.as_ref();
                id.map(|id| Text::literal(id.as_str()))
            }
        }
    }

    /// The ARN of the role.
    pub fn role_arn(&self) -> Text {
        Text::iam_arn(
            &self.account,
            "role",
            self.role_path.as_str(),
            self.role_name.as_str(),
        )
    }
}

/// The role of a target, with what is the same in all targets that have it.
pub(super) fn role_plan(resolved: &Resolved, target: &Target) -> RolePlan {
    let (permissions, managed) = permissions::in_role(resolved, target);
    let role = &resolved.roles[target.role];
    let variant = &resolved.grant_sets[target.grant_set].variant;
    let parts: Vec<&str> = role
        .name
        .iter()
        .chain(variant)
        .map(String::as_str)
        .collect();
    RolePlan {
        of: target.role,
        part: (!parts.is_empty()).then(|| parts.join("-")),
        name: role.name.clone(),
        variant: variant.clone(),
        products: products(resolved, |product| product.role == target.role),
        managed,
        attached: permissions::attached(&resolved.grant_sets[target.grant_set].managed),
        permissions,
        trust: trust::policy(resolved, target.role),
        trusted: role.trust.clone(),
        providers: resolved.made_providers(target.role),
        parameters: Vec::new(),
        template_tags: Vec::new(),
        bounded: false,
        sometimes_bounded: false,
        same_boundary: None,
        inherent: Vec::new(),
    }
}

/// Products by their catalogs, each once.
pub(super) fn products(resolved: &Resolved, is_wanted: impl Fn(&Product) -> bool) -> Vec<String> {
    let wanted = resolved
        .products
        .iter()
        .filter(|product| is_wanted(product));
    let mut named: Vec<String> = Vec::new();
    for id in wanted.map(|product| product.catalog.id.to_string()) {
        if !named.contains(&id) {
            named.push(id);
        }
    }
    named
}

pub(super) fn target_plan(target: &Target, role: usize, plan: &RolePlan) -> TargetPlan {
    TargetPlan {
        key: match &plan.name {
            Some(name) => format!("{}-{name}", target.account),
            None => target.account.to_string(),
        },
        account: target.account.clone(),
        name: target.name.clone(),
        role_name: target.role_name.clone(),
        role_path: target.role_path.clone(),
        max_session: target.max_session,
        permissions_boundary: target.permissions_boundary.clone(),
        trusted_user: None,
        external_id: target.external_id.clone(),
        tags: target.tags.clone(),
        role,
        parameter_values: BTreeMap::new(),
    }
}
