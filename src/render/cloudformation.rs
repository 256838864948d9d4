//! CloudFormation: what each template prints. Fields that end in `_yaml` are YAML already.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::json;

use super::address::{assume_role_id, group_id, policy_id, role_description, user_id};
use super::engine::Engine;
use super::stack_set::{self, in_format};
use super::terraform::trust_comment;
use super::{
    FileSet, RenderError, hub_template_path, in_parts, notice, parameters_path, template_path, yaml,
};
use crate::model::{
    Conditions, PolicyDocument, Statement, Tags, Text, TrustedUser, USER_CONDITION,
};
use crate::plan::{
    HubPart, HubPermissions, HubPlan, NamedPolicy, Plan, RolePlan, TargetPlan, TemplateFormat,
    TemplateParameter, TemplateTagValue, Unit,
};

/// Renders the hub template, the target templates, and a parameter file for each target.
pub(super) fn render(
    plan: &Plan,
    engine: &Engine,
    format: TemplateFormat,
    files: &mut FileSet,
) -> Result<(), RenderError> {
    let parts = in_parts(plan, |units| {
        let mut files = FileSet::new();
        let roles = render_units(plan, units, engine, format, &mut files)?;
        Ok((files, roles))
    })?;
    let mut roles = BTreeSet::new();
    for (part, deployed) in parts {
        files.extend(part);
        roles.extend(deployed);
    }
    for role in roles {
        let role = &plan.roles[role];
        let text = role_text(plan, role, engine)?;
        let text = in_format(plan, format, "cloudformation/target.yaml", text)?;
        files.insert(template_path(role, format), text);
    }
    if plan.units().contains(&Unit::StackSetStack) {
        stack_set::render_template(plan, engine, format, files)?;
    }
    Ok(())
}

/// Renders what stacks have of their own, and tells which roles they make.
fn render_units(
    plan: &Plan,
    units: &[Unit],
    engine: &Engine,
    format: TemplateFormat,
    files: &mut FileSet,
) -> Result<BTreeSet<usize>, RenderError> {
    let mut roles = BTreeSet::new();
    for unit in units {
        match unit {
            Unit::HubStack(part) => {
                if let Some(hub) = &plan.hub {
                    let name = "cloudformation/hub.yaml";
                    let text = engine.render(name, &hub_view(plan, hub, part))?;
                    let text = in_format(plan, format, name, text)?;
                    files.insert(hub_template_path(part, format), text);
                }
            }
            Unit::TargetStack(target) => {
                let target = &plan.targets[*target];
                roles.insert(target.role);
                add_parameters(plan, target, files);
            }
            Unit::StackSetStack => {
                let sets = plan.stack_sets.iter().flat_map(|sets| &sets.sets);
                roles.extend(sets.map(|set| set.role));
            }
            _ => {}
        }
    }
    Ok(roles)
}

/// The template of a role, in YAML.
pub(super) fn role_text(
    plan: &Plan,
    role: &RolePlan,
    engine: &Engine,
) -> Result<String, RenderError> {
    engine.render("cloudformation/target.yaml", &role_view(plan, role))
}

/// The parameter file of a target.
fn add_parameters(plan: &Plan, target: &TargetPlan, files: &mut FileSet) {
    let role = &plan.roles[target.role];
    let values: Vec<serde_json::Value> = role
        .parameters
        .iter()
        .map(|parameter| {
            let value = target.parameter_values.get(&parameter.name);
            json!({"ParameterKey": parameter.name, "ParameterValue": value.cloned().unwrap_or_default()})
        })
        .collect();
    let mut text = format!("{:#}", serde_json::Value::Array(values));
    text.push('\n');
    files.insert(parameters_path(role, target), text);
}

/// The policy of a role that CloudFormation works as.
pub(super) fn service_policy(name: &str, document: &PolicyDocument) -> PolicyView {
    PolicyView {
        id: String::new(),
        user: String::new(),
        group: String::new(),
        name: name.to_owned(),
        title: String::new(),
        product: String::new(),
        statements: statement_views(document),
    }
}

#[derive(Serialize)]
struct HubView {
    notice: Vec<String>,
    description: String,
    users: Vec<UserView>,
    groups: Vec<GroupView>,
    managed: Vec<PolicyView>,
    user_inline: Vec<PolicyView>,
    assume_role: Vec<AssumeRoleView>,
}

#[derive(Serialize)]
struct UserView {
    id: String,
    name: String,
    path: String,
    groups: Vec<String>,
    /// None, or one.
    permissions_boundary_yaml: Vec<String>,
    tags: Vec<TagView>,
}

#[derive(Serialize)]
struct GroupView {
    id: String,
    name: String,
    path: String,
}

#[derive(Serialize)]
struct AssumeRoleView {
    id: String,
    comment: String,
    name: String,
    group: String,
    statements: Vec<StatementView>,
}

#[derive(Serialize)]
pub(super) struct PolicyView {
    id: String,
    /// The hub's user whose it is, and that user's first group; empty in a role.
    user: String,
    group: String,
    name: String,
    title: String,
    product: String,
    statements: Vec<StatementView>,
}

#[derive(Serialize)]
struct StatementView {
    origin: Vec<String>,
    /// None, or one.
    sid: Vec<String>,
    actions_yaml: Vec<String>,
    resources_yaml: Vec<String>,
    conditions: Vec<OperatorView>,
}

#[derive(Serialize)]
pub(super) struct OperatorView {
    operator: String,
    keys: Vec<KeyView>,
}

#[derive(Serialize)]
struct KeyView {
    key: String,
    values_yaml: Vec<String>,
}

#[derive(Serialize)]
struct TagView {
    key: String,
    value_yaml: String,
    /// The condition under which the tag stands; none, or one.
    condition: Vec<String>,
}

#[derive(Serialize)]
struct RoleView {
    notice: Vec<String>,
    description: String,
    role_description: String,
    trust_comment: String,
    parameters: Vec<ParameterView>,
    conditions: Vec<ConditionView>,
    principals_yaml: Vec<String>,
    trust_conditions: Vec<OperatorView>,
    inline: Vec<PolicyView>,
    managed: Vec<PolicyView>,
    /// None, or one.
    permissions_boundary_yaml: Vec<String>,
    tags: Vec<TagView>,
}

#[derive(Serialize)]
struct ParameterView {
    name: String,
    description: String,
    kind: &'static str,
    /// Each of these: none, or one.
    default_yaml: Vec<String>,
    pattern: Vec<&'static str>,
    constraint: Vec<&'static str>,
    bounds: Vec<(u32, u32)>,
}

#[derive(Serialize)]
struct ConditionView {
    name: String,
    parameter: String,
}

fn hub_view(plan: &Plan, hub: &HubPlan, part: &HubPart) -> HubView {
    let group_ids: Vec<String> = (0..hub.groups.len()).map(group_id).collect();
    let own: Vec<NamedPolicy> = hub
        .permissions
        .iter()
        .filter(|policy| policy.user == part.number)
        .cloned()
        .collect();
    let mut permissions = policy_views(&own);
    for view in &mut permissions {
        view.user = user_id(part.number);
        view.group = group_ids[part.groups.start].clone();
    }
    let (managed, user_inline) = match hub.placement {
        HubPermissions::Managed => (permissions, Vec::new()),
        HubPermissions::UserInline => (Vec::new(), permissions),
    };
    // The first says nothing of the others, and none says how many there are: another one changes none of them.
    let of_several = match part.number {
        0 => String::new(),
        number => format!(" Part {}.", number + 1),
    };
    HubView {
        notice: notice(plan),
        description: format!(
            "{}: access for {} in the hub account {}.{of_several}",
            plan.name,
            plan.products.join(", "),
            hub.account
        ),
        users: hub
            .users
            .get(part.number)
            .iter()
            .map(|user| UserView {
                id: user_id(part.number),
                name: user.name.to_string(),
                path: user.path.to_string(),
                groups: group_ids[user.groups.clone()].to_vec(),
                permissions_boundary_yaml: user
                    .permissions_boundary
                    .iter()
                    .map(|arn| yaml::template(arn.text()))
                    .collect(),
                tags: literal_tags(&hub.tags),
            })
            .collect(),
        groups: hub.groups[part.groups.clone()]
            .iter()
            .zip(&group_ids[part.groups.clone()])
            .map(|(group, id)| GroupView {
                id: id.clone(),
                name: group.name.to_string(),
                path: group.path.to_string(),
            })
            .collect(),
        managed,
        user_inline,
        assume_role: hub.assume_role[part.policies.clone()]
            .iter()
            .map(|policy| AssumeRoleView {
                id: assume_role_id(hub, policy),
                comment: match policy.targets.as_slice() {
                    [one] => plan.targets[*one].name.clone(),
                    _ => "The roles of the targets".to_owned(),
                },
                name: policy.name.to_string(),
                group: group_ids[policy.group].clone(),
                statements: statement_views(&policy.document),
            })
            .collect(),
    }
}

fn role_view(plan: &Plan, role: &RolePlan) -> RoleView {
    let products = plan.products.join(", ");
    let mut trust_conditions = Vec::new();
    if role.trust.user == Some(TrustedUser::Condition) {
        let (operator, key) = USER_CONDITION;
        trust_conditions.push(OperatorView {
            operator: operator.to_owned(),
            keys: vec![KeyView {
                key: key.to_owned(),
                values_yaml: vec!["!Ref TrustedUserArn".to_owned()],
            }],
        });
    }
    let by_id =
        (role.trust.user == Some(TrustedUser::Principal)).then(|| "!Ref TrustedUserArn".to_owned());
    if role.trust.external_id {
        trust_conditions.push(OperatorView {
            operator: "StringEquals".to_owned(),
            keys: vec![KeyView {
                key: "sts:ExternalId".to_owned(),
                values_yaml: vec!["!Ref ExternalId".to_owned()],
            }],
        });
    }
    let boundary = match (&role.same_boundary, role.sometimes_bounded) {
        (Some(arn), _) => yaml::template(arn.text()),
        (None, true) => {
            "!If [HasPermissionsBoundary, !Ref PermissionsBoundary, !Ref AWS::NoValue]".to_owned()
        }
        (None, false) => "!Ref PermissionsBoundary".to_owned(),
    };
    let permissions = policy_views(&role.permissions);
    let (inline, managed) = match role.managed {
        true => (Vec::new(), permissions),
        false => (permissions, Vec::new()),
    };
    RoleView {
        notice: notice(plan),
        description: format!("{}: the role of {products} in a target account.", plan.name),
        role_description: role_description(plan),
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
        principals_yaml: role
            .trust
            .principals
            .iter()
            .map(yaml::template)
            .chain(by_id)
            .collect(),
        trust_conditions,
        inline,
        managed,
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

fn policy_views(policies: &[NamedPolicy]) -> Vec<PolicyView> {
    policies
        .iter()
        .map(|policy| PolicyView {
            id: policy_id(policy),
            user: String::new(),
            group: String::new(),
            name: policy.name.to_string(),
            title: policy.title.clone(),
            product: policy.product.clone(),
            statements: statement_views(&policy.document),
        })
        .collect()
}

fn statement_views(document: &PolicyDocument) -> Vec<StatementView> {
    document
        .statements
        .iter()
        .map(|statement: &Statement| StatementView {
            origin: statement.origin.clone(),
            sid: statement.sid.iter().cloned().collect(),
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

pub(super) fn condition_views(conditions: &Conditions) -> Vec<OperatorView> {
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

fn literal_tags(tags: &Tags) -> Vec<TagView> {
    tags.iter()
        .map(|(key, value)| TagView {
            key: key.as_str().to_owned(),
            value_yaml: yaml::scalar(value.as_str()),
            condition: Vec::new(),
        })
        .collect()
}
