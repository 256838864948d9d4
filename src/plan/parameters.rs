//! What of the target template is a parameter: whatever differs per target.
//!
//! A value that a forgotten parameter would widen or get wrong (the permissions boundary, the external id, whatever
//! differs between targets) has no default, so that CloudFormation asks for it.

use std::collections::{BTreeMap, BTreeSet};

use super::names::{Names, pascal};
use super::{RolePlan, TargetPlan};
use crate::diag::Diagnostic;
use crate::model::{ArnPattern, Own, Site, TagKey, TagValue};
use crate::resolve::{Resolved, Target};

/// A parameter of the target template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateParameter {
    /// Its name: letters and digits.
    pub name: String,
    /// What it means.
    pub description: String,
    /// `String` or `Number`.
    pub kind: &'static str,
    /// The value where the stack gives none.
    pub default: Option<String>,
    /// What a `String` must match.
    pub pattern: Option<&'static str>,
    /// What to write, where the value does not match.
    pub constraint: &'static str,
    /// The bounds of a `Number`.
    pub bounds: Option<(u32, u32)>,
    /// The name of the template condition that says whether a value was given; for values that only some targets have.
    pub condition: Option<String>,
}

/// A tag of the role in the target template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateTag {
    pub key: TagKey,
    pub value: TemplateTagValue,
}

/// The value of a tag in the target template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplateTagValue {
    /// The same in every target.
    Literal(TagValue),
    /// Different per target; the name of the parameter and, where only some targets have the tag, of the condition.
    Parameter(String, Option<String>),
}

/// The parameter that holds the role's name.
pub(super) const ROLE_NAME: &str = "RoleName";
/// The parameter that holds the role's path.
pub(super) const ROLE_PATH: &str = "RolePath";
/// The parameter that holds the longest session.
pub(super) const MAX_SESSION: &str = "MaxSessionDuration";
/// The parameter that holds the permissions boundary.
pub(super) const BOUNDARY: &str = "PermissionsBoundary";
/// The parameter that holds the ARN of the hub's user.
pub(crate) const TRUSTED_USER: &str = "TrustedUserArn";
/// The parameter that holds the external id.
pub(crate) const EXTERNAL_ID: &str = "ExternalId";

/// Decides the parameters of one role's template and the values of each of its targets.
pub(super) fn decide(
    resolved: &Resolved,
    role: &mut RolePlan,
    number: usize,
    targets: &mut [TargetPlan],
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut own: Vec<&mut TargetPlan> = targets
        .iter_mut()
        .filter(|target| target.role == number)
        .collect();
    let Some(defaults) = &resolved.roles[role.of].defaults else {
        return;
    };
    role.bounded = own
        .iter()
        .any(|target| target.permissions_boundary.is_some());
    role.sometimes_bounded = role.bounded
        && own
            .iter()
            .any(|target| target.permissions_boundary.is_none());
    let boundaries: BTreeSet<Option<&ArnPattern>> = own
        .iter()
        .map(|target| target.permissions_boundary.as_ref())
        .collect();
    role.same_boundary = match boundaries.len() {
        1 => boundaries.into_iter().flatten().next().cloned(),
        _ => None,
    };
    let mut parameters = vec![
        TemplateParameter {
            name: ROLE_NAME.to_owned(),
            description: "Name of the role.".to_owned(),
            kind: "String",
            default: defaults.name.as_ref().and_then(|name| {
                unless_different(&own, name.to_string(), |target| {
                    target.role_name.to_string()
                })
            }),
            pattern: Some("^[a-zA-Z0-9_+=,.@-]{1,64}$"),
            constraint: "1 to 64 letters, digits and + = , . @ _ -",
            bounds: None,
            condition: None,
        },
        TemplateParameter {
            name: ROLE_PATH.to_owned(),
            description: "Path of the role, with a slash at both ends.".to_owned(),
            kind: "String",
            default: unless_different(&own, defaults.path.to_string(), |target| {
                target.role_path.to_string()
            }),
            pattern: Some("^/([a-zA-Z0-9_+=,.@-]+/)*$"),
            constraint: "a path that begins and ends with a slash",
            bounds: None,
            condition: None,
        },
        TemplateParameter {
            name: MAX_SESSION.to_owned(),
            description: "Maximum session duration of the role, in seconds.".to_owned(),
            kind: "Number",
            default: unless_different(&own, defaults.max_session.seconds().to_string(), |target| {
                target.max_session.seconds().to_string()
            }),
            pattern: None,
            constraint: "3600 to 43200 seconds",
            bounds: Some((3600, 43_200)),
            condition: None,
        },
    ];
    if role.bounded && role.same_boundary.is_none() {
        parameters.push(TemplateParameter {
            name: BOUNDARY.to_owned(),
            description: "ARN of the policy that caps what the role can be allowed.".to_owned(),
            kind: "String",
            default: None,
            pattern: Some(if role.sometimes_bounded {
                "^$|^arn:aws[a-z-]*:iam::(aws|[0-9]{12}):policy/.+$"
            } else {
                "^arn:aws[a-z-]*:iam::(aws|[0-9]{12}):policy/.+$"
            }),
            constraint: if role.sometimes_bounded {
                "the ARN of a managed policy, or nothing"
            } else {
                "the ARN of a managed policy"
            },
            bounds: None,
            condition: role.sometimes_bounded.then(|| format!("Has{BOUNDARY}")),
        });
    }
    if role.trust.names(Own::TrustedUser) {
        parameters.push(TemplateParameter {
            name: TRUSTED_USER.to_owned(),
            description: "ARN of the user that may assume the role.".to_owned(),
            kind: "String",
            // Were there one, it would have to go when a second user comes, and the template of every target change.
            default: None,
            // IAM compares with wildcards, and one here would let others in.
            pattern: Some("^arn:aws[a-z-]*:iam::[0-9]{12}:user/[a-zA-Z0-9_+=,.@/-]+$"),
            constraint: "the ARN of one user",
            bounds: None,
            condition: None,
        });
    }
    if role.trust.names(Own::ExternalId) {
        parameters.push(TemplateParameter {
            name: EXTERNAL_ID.to_owned(),
            description: "External id that the product sends when it assumes the role.".to_owned(),
            kind: "String",
            default: None,
            pattern: Some("^[a-zA-Z0-9_+=,.@:/-]{2,1224}$"),
            constraint: "2 to 1224 letters, digits and + = , . @ : / _ -",
            bounds: None,
            condition: None,
        });
    }
    role.template_tags = tags(resolved, &own, &mut parameters, diagnostics);
    for target in &mut own {
        target.parameter_values = values(resolved, target, role);
    }
    role.parameters = parameters;
}

/// The deployment's value, if every target has it. Where one differs, a forgotten parameter would give it the wrong one.
fn unless_different(
    targets: &[&mut TargetPlan],
    default: String,
    value: impl Fn(&TargetPlan) -> String,
) -> Option<String> {
    targets
        .iter()
        .all(|target| value(target) == default)
        .then_some(default)
}

fn tags(
    resolved: &Resolved,
    targets: &[&mut TargetPlan],
    parameters: &mut Vec<TemplateParameter>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<TemplateTag> {
    let keys: BTreeSet<&TagKey> = targets
        .iter()
        .flat_map(|target| target.tags.keys())
        .collect();
    let named = parameters.iter().map(|parameter| parameter.name.clone());
    let mut taken = Names::taken(named);
    let mut tags = Vec::new();
    for key in keys {
        let values: BTreeSet<Option<&TagValue>> =
            targets.iter().map(|target| target.tags.get(key)).collect();
        let mut values = values.into_iter();
        if let (Some(Some(only)), None) = (values.next(), values.next()) {
            tags.push(TemplateTag {
                key: key.clone(),
                value: TemplateTagValue::Literal(only.clone()),
            });
            continue;
        }
        let everywhere = targets.iter().all(|target| target.tags.contains_key(key));
        let name = taken.unique(format!("Tag{}", pascal(key.as_str())));
        let condition = (!everywhere).then(|| format!("Has{name}"));
        let empty = targets.iter().find(|target| {
            target
                .tags
                .get(key)
                .is_some_and(|value| value.as_str().is_empty())
        });
        if let (false, Some(empty), Some(_)) = (everywhere, empty, resolved.cloudformation)
            && let Some(source) = resolved
                .targets
                .iter()
                .find(|target| target.account == empty.account)
        {
            diagnostics.push(
                Diagnostic::error(
                    "ambiguous-tag",
                    source.span,
                    format!(
                        "the tag `{}` is empty in this target and absent in another",
                        key.as_str()
                    ),
                )
                .why("a CloudFormation parameter cannot tell an empty value from none")
                .help("give the tag a value here, or give it to every target"),
            );
        }
        parameters.push(TemplateParameter {
            name: name.clone(),
            description: format!("Value of the tag {}.", key.as_str()),
            kind: "String",
            default: None,
            pattern: None,
            constraint: "",
            bounds: None,
            condition: condition.clone(),
        });
        tags.push(TemplateTag {
            key: key.clone(),
            value: TemplateTagValue::Parameter(name, condition),
        });
    }
    tags
}

fn values(resolved: &Resolved, target: &TargetPlan, role: &RolePlan) -> BTreeMap<String, String> {
    let site = Site {
        partition: resolved.partition,
        account: &target.account,
    };
    let mut values = BTreeMap::from([
        (ROLE_NAME.to_owned(), target.role_name.to_string()),
        (ROLE_PATH.to_owned(), target.role_path.to_string()),
        (
            MAX_SESSION.to_owned(),
            target.max_session.seconds().to_string(),
        ),
    ]);
    if role.bounded && role.same_boundary.is_none() {
        let boundary = target
            .permissions_boundary
            .as_ref()
            .map(|arn| arn.text().at(site));
        values.insert(BOUNDARY.to_owned(), boundary.unwrap_or_default());
    }
    if let Some(user) = target
        .trusted_user
        .as_ref()
        .filter(|_| role.trust.names(Own::TrustedUser))
    {
        values.insert(TRUSTED_USER.to_owned(), user.at(site));
    }
    if let Some(id) = &target.external_id {
        values.insert(EXTERNAL_ID.to_owned(), id.as_str().to_owned());
    }
    for tag in &role.template_tags {
        if let TemplateTagValue::Parameter(name, _) = &tag.value {
            let value = target
                .tags
                .get(&tag.key)
                .map(|value| value.as_str().to_owned());
            values.insert(name.clone(), value.unwrap_or_default());
        }
    }
    values
}

/// Either every role asks for an external id, or none: one that does not is open to whoever forgets to send it.
pub(super) fn refuse_mixed_external_ids(resolved: &Resolved, diagnostics: &mut Vec<Diagnostic>) {
    for role in 0..resolved.roles.len() {
        let targets = resolved.targets.iter();
        let (with, without): (Vec<&Target>, Vec<&Target>) = targets
            .filter(|target| target.role == role)
            .partition(|target| target.external_id.is_some());
        if let Some(with) = with.first() {
            refuse_without(with, &without, diagnostics);
        }
    }
}

fn refuse_without(with: &Target, without: &[&Target], diagnostics: &mut Vec<Diagnostic>) {
    for target in without {
        diagnostics.push(
            Diagnostic::error(
                "missing-external-id",
                target.span,
                format!(
                    "target {} requires no external id, but others do",
                    target.account
                ),
            )
            .related(with.span, "this one does")
            .why("a role that requires none can be assumed without one, and nobody would notice")
            .help("add `external_id:` here, or one for all targets under `trust`"),
        );
    }
}
