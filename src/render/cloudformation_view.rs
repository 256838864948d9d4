//! CloudFormation: what each template prints. Fields that end in `_yaml` are YAML already.

use schemars::JsonSchema;
use serde::Serialize;

use super::address::{
    policy_comment, policy_description, policy_id, provider_id, role_description,
};
use super::engine::Engine;
use super::scanners::{MarkersView, markers};
use super::terraform_view::trust_comment;
use super::{RenderError, notice, yaml};
use crate::model::{
    AwsPolicy, Conditions, PolicyDocument, Statement, Tags, Text, TrustPolicy, TrustStatement,
    by_kind,
};
use crate::plan::{NamedPolicy, Plan, RolePlan, TemplateParameter, TemplateTagValue};

/// The template of a role, in YAML.
pub(super) fn role_text(
    plan: &Plan,
    role: &RolePlan,
    engine: &Engine<'_>,
) -> Result<String, RenderError> {
    engine.render("cloudformation/target.yaml", &role_view(plan, role))
}

/// The policy of a role that CloudFormation works as.
pub(super) fn service_policy(name: &str, document: &PolicyDocument) -> PolicyView {
    PolicyView {
        id: String::new(),
        markers: MarkersView::default(),
        user: String::new(),
        groups: Vec::new(),
        name: name.to_owned(),
        comment: String::new(),
        description: String::new(),
        statements: statement_views(document),
    }
}

/// A statement of a trust policy.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CloudFormationTrustStatement")]
pub(super) struct TrustStatementView {
    /// Whom it lets assume the role, by the kind of principal.
    principals: Vec<PrincipalsView>,
    /// Who that is in words; none, or one.
    origin: Vec<String>,
    /// `Allow`, or `Deny` where nobody is to assume the role yet.
    effect: String,
    /// How the role is assumed, and what may be passed on the way.
    actions: Vec<String>,
    /// The conditions, by operator; none where there are no conditions.
    conditions: Vec<OperatorView>,
}

/// Principals of one kind.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CloudFormationPrincipals")]
pub(super) struct PrincipalsView {
    /// `AWS`, `Federated` or `Service`.
    kind: &'static str,
    /// The principals, as YAML.
    values_yaml: Vec<String>,
}

/// A policy.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CloudFormationPolicy")]
pub(super) struct PolicyView {
    /// The logical id; empty where the policy stands in a role.
    id: String,
    /// What is inherent in it, if it is a managed policy.
    markers: MarkersView,
    /// The logical id of the hub's user whose it is; empty in a role.
    user: String,
    /// The logical ids of the groups that it is attached to in the hub; none in a role.
    groups: Vec<String>,
    /// The policy's name. A managed policy of a role has the role's name before it.
    name: String,
    /// What it is for, in a sentence.
    comment: String,
    /// Its description, if it is a managed policy.
    description: String,
    /// The statements.
    statements: Vec<StatementView>,
}

impl PolicyView {
    /// The same, as a policy in a user of the hub.
    pub(super) fn in_user(self, user: String) -> Self {
        Self { user, ..self }
    }

    /// Attaches it to a group of the hub.
    pub(super) fn attach_to(&mut self, group: String) {
        self.groups.push(group);
    }
}

/// A statement of a policy.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CloudFormationStatement")]
pub(super) struct StatementView {
    /// Where its actions come from, or why they are denied, a line each.
    origin: Vec<String>,
    /// The statement's id; none, or one.
    sid: Vec<String>,
    /// `Allow` or `Deny`.
    effect: String,
    /// The actions, as YAML.
    actions_yaml: Vec<String>,
    /// The resources, as YAML.
    resources_yaml: Vec<String>,
    /// The conditions, by operator; none where there are no conditions.
    conditions: Vec<OperatorView>,
}

/// Conditions with one operator.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CloudFormationOperator")]
pub(super) struct OperatorView {
    /// The operator.
    operator: String,
    /// The condition keys.
    keys: Vec<KeyView>,
}

/// A condition key.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CloudFormationKey")]
pub(super) struct KeyView {
    /// The key.
    key: String,
    /// The values, as YAML.
    values_yaml: Vec<String>,
}

/// A tag.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CloudFormationTag")]
pub(super) struct TagView {
    /// The key.
    key: String,
    /// The value, as YAML.
    value_yaml: String,
    /// The condition of the template under which the tag stands; none, or one.
    condition: Vec<String>,
}

/// What the template of a role makes.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CloudFormationRole")]
pub(super) struct RoleView {
    /// The first lines of the file, to be written as comments.
    notice: Vec<String>,
    /// What is inherent in the role.
    markers: MarkersView,
    /// The template's description.
    description: String,
    /// The role's description.
    role_description: String,
    /// Why the trust policy looks as it does.
    trust_comment: String,
    /// The parameters of the template.
    parameters: Vec<ParameterView>,
    /// The conditions of the template.
    conditions: Vec<ConditionView>,
    /// Who may assume the role.
    trust: Vec<TrustStatementView>,
    /// What the role may do, as inline policies.
    inline: Vec<PolicyView>,
    /// The same, as managed policies. One of the two lists is empty.
    managed: Vec<PolicyView>,
    /// The managed policies of AWS's own that are attached to the role.
    attached: Vec<AttachedView>,
    /// Whether instances of EC2 work with the role, by an instance profile.
    instance_profile: bool,
    /// The OIDC providers that are made with the role.
    identity_providers: Vec<IdentityProviderView>,
    /// The permissions boundary, as YAML; none, or one.
    permissions_boundary_yaml: Vec<String>,
    /// Tags, by key.
    tags: Vec<TagView>,
}

/// A managed policy of AWS's own, attached.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CloudFormationAttached")]
pub(super) struct AttachedView {
    /// Its ARN, as YAML.
    arn_yaml: String,
    /// Which version it has, and since when.
    dated: String,
}

pub(super) fn attached_view(policy: &AwsPolicy) -> AttachedView {
    AttachedView {
        arn_yaml: yaml::template(&policy.arn()),
        dated: policy.dated(),
    }
}

/// An OIDC provider.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CloudFormationIdentityProvider")]
pub(super) struct IdentityProviderView {
    /// The logical id.
    id: String,
    /// The URL of the issuer.
    url: String,
    /// Whom its tokens may be for.
    audiences: Vec<String>,
}

/// A parameter of a template.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CloudFormationParameter")]
pub(super) struct ParameterView {
    /// The name.
    name: String,
    /// The description.
    description: String,
    /// `String` or `Number`.
    kind: &'static str,
    /// The default, as YAML; none, or one.
    default_yaml: Vec<String>,
    /// The regular expression that a value matches; none, or one.
    pattern: Vec<&'static str>,
    /// What is said where a value does not match; none, or one.
    constraint: Vec<&'static str>,
    /// The least and the greatest number; none, or one pair.
    bounds: Vec<(u32, u32)>,
}

/// A condition of a template: that a parameter is not empty.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CloudFormationCondition")]
pub(super) struct ConditionView {
    /// The name.
    name: String,
    /// The parameter.
    parameter: String,
}

fn role_view(plan: &Plan, role: &RolePlan) -> RoleView {
    let products = role.products.join(", ");
    let boundary = match (&role.same_boundary, role.sometimes_bounded) {
        (Some(arn), _) => yaml::template(arn.text()),
        (None, true) => {
            "!If [HasPermissionsBoundary, !Ref PermissionsBoundary, !Ref AWS::NoValue]".to_owned()
        }
        (None, false) => "!Ref PermissionsBoundary".to_owned(),
    };
    let permissions = role.permissions.iter();
    let permissions = permissions
        .map(|policy| policy_view(plan, policy))
        .collect();
    let (inline, managed) = match role.managed {
        true => (Vec::new(), permissions),
        false => (permissions, Vec::new()),
    };
    RoleView {
        notice: notice(plan),
        markers: markers(plan, "AWS::IAM::Role", &role.inherent),
        description: format!("{}: the role of {products} in a target account.", plan.name),
        role_description: role_description(&role.products),
        trust_comment: trust_comment(role),
        parameters: role.parameters.iter().map(parameter_view).collect(),
        conditions: role
            .parameters
            .iter()
            .filter_map(|parameter| {
                Some(ConditionView {
                    name: parameter.condition.clone()?,
                    parameter: parameter.name.clone(),
                })
            })
            .collect(),
        trust: trust_views(&role.trust),
        inline,
        managed,
        attached: role.attached.iter().map(attached_view).collect(),
        instance_profile: role.has_instance_profile(),
        identity_providers: role
            .providers
            .iter()
            .map(|provider| IdentityProviderView {
                id: provider_id(provider),
                url: provider.url(),
                audiences: provider.audiences.iter().cloned().collect(),
            })
            .collect(),
        permissions_boundary_yaml: role.bounded.then_some(boundary).into_iter().collect(),
        tags: role
            .template_tags
            .iter()
            .map(|tag| {
                let (value_yaml, condition) = match &tag.value {
                    TemplateTagValue::Literal(value) => (yaml::scalar(value.as_str()), None),
                    TemplateTagValue::Parameter(name, condition) => {
                        (format!("!Ref {name}"), condition.clone())
                    }
                };
                TagView {
                    key: tag.key.as_str().to_owned(),
                    value_yaml,
                    condition: condition.into_iter().collect(),
                }
            })
            .collect(),
    }
}

fn parameter_view(parameter: &TemplateParameter) -> ParameterView {
    let default_yaml = parameter
        .default
        .as_ref()
        .map(|default| match parameter.kind {
            "Number" => default.clone(),
            _ => yaml::scalar(default),
        });
    ParameterView {
        name: parameter.name.clone(),
        description: parameter.description.clone(),
        kind: parameter.kind,
        default_yaml: default_yaml.into_iter().collect(),
        pattern: parameter.pattern.into_iter().collect(),
        constraint: Some(parameter.constraint)
            .filter(|text| !text.is_empty())
            .into_iter()
            .collect(),
        bounds: parameter.bounds.into_iter().collect(),
    }
}

pub(super) fn policy_view(plan: &Plan, policy: &NamedPolicy) -> PolicyView {
    PolicyView {
        id: policy_id(policy),
        markers: markers(plan, "AWS::IAM::ManagedPolicy", &policy.inherent),
        user: String::new(),
        groups: Vec::new(),
        name: policy.name.to_string(),
        comment: policy_comment(policy),
        description: policy_description(policy),
        statements: statement_views(&policy.document),
    }
}

pub(super) fn statement_views(document: &PolicyDocument) -> Vec<StatementView> {
    document
        .statements
        .iter()
        .map(|statement: &Statement| StatementView {
            origin: statement.origin.clone(),
            sid: statement.sid.iter().cloned().collect(),
            effect: statement.effect.to_string(),
            actions_yaml: statement
                .actions
                .iter()
                .map(|action| yaml::scalar(action.as_str()))
                .collect(),
            resources_yaml: statement
                .resources
                .iter()
                .map(|arn| yaml::template(arn.text()))
                .collect(),
            conditions: condition_views(&statement.conditions),
        })
        .collect()
}

pub(super) fn trust_views(trust: &TrustPolicy) -> Vec<TrustStatementView> {
    let view = |statement: &TrustStatement| TrustStatementView {
        principals: by_kind(&statement.principals)
            .into_iter()
            .map(|(kind, values)| PrincipalsView {
                kind,
                values_yaml: values.iter().map(yaml::template).collect(),
            })
            .collect(),
        origin: statement.origin.iter().cloned().collect(),
        effect: statement.effect.to_string(),
        actions: statement.actions.iter().map(ToString::to_string).collect(),
        conditions: condition_views(&statement.conditions),
    };
    trust.statements.iter().map(view).collect()
}

fn condition_views(conditions: &Conditions) -> Vec<OperatorView> {
    conditions
        .iter()
        .map(|(operator, keys)| OperatorView {
            operator: operator.clone(),
            keys: keys
                .iter()
                .map(|(key, values)| KeyView {
                    key: key.clone(),
                    values_yaml: values
                        .iter()
                        .map(|value: &Text| yaml::template(value))
                        .collect(),
                })
                .collect(),
        })
        .collect()
}

pub(super) fn literal_tags(tags: &Tags) -> Vec<TagView> {
    tags.iter()
        .map(|(key, value)| TagView {
            key: key.as_str().to_owned(),
            value_yaml: yaml::scalar(value.as_str()),
            condition: Vec::new(),
        })
        .collect()
}
