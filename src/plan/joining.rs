//! Accounts that join the organizational units of a stack set: nobody lists them, and each gets the stack set's own values.

use std::collections::BTreeMap;

use super::parameters::{BOUNDARY, EXTERNAL_ID, MAX_SESSION, ROLE_NAME, ROLE_PATH, TRUSTED_USER};
use super::{RolePlan, TargetPlan, TemplateTag, TemplateTagValue};
use crate::model::{
    AccountId, ArnPattern, ExternalId, IamPath, RoleName, SessionDuration, TagValue, Text,
};

/// The target that stands for all of them. A stack set has a value for each parameter of its template; what is no parameter,
/// every target has alike, as the first one shows.
pub(super) fn target(
    stack_set: &str,
    role: &RolePlan,
    parameters: &BTreeMap<String, String>,
    first: &TargetPlan,
) -> TargetPlan {
    let value = |name: &str| parameters.get(name).map(String::as_str);
    let parsed_boundary = |arn: &str| ArnPattern::parse(&Text::literal(arn), None).ok();
    let seconds = value(MAX_SESSION).map(|seconds| SessionDuration::parse(&format!("{seconds}s")));
    let name = value(ROLE_NAME).map(RoleName::parse);
    let path = value(ROLE_PATH).map(IamPath::parse);
    let tag = |tag: &TemplateTag| {
        let value = match &tag.value {
            TemplateTagValue::Literal(value) => value.clone(),
            TemplateTagValue::Parameter(name, condition) => {
                let value = value(name).filter(|value| condition.is_none() || !value.is_empty())?;
                TagValue::parse(value).ok()?
            }
        };
        Some((tag.key.clone(), value))
    };
    TargetPlan {
        key: stack_set.to_owned(),
        account: AccountId::joining(stack_set),
        name: String::new(),
        role_name: name
            .and_then(Result::ok)
            .unwrap_or_else(|| first.role_name.clone()),
        role_path: path
            .and_then(Result::ok)
            .unwrap_or_else(|| first.role_path.clone()),
        max_session: seconds.and_then(Result::ok).unwrap_or(first.max_session),
        permissions_boundary: match value(BOUNDARY) {
            Some(arn) => parsed_boundary(arn),
            None => first.permissions_boundary.clone(),
        },
        trusted_user: value(TRUSTED_USER).map(Text::literal),
        external_id: value(EXTERNAL_ID).and_then(|id| ExternalId::parse(id).ok()),
        tags: role.template_tags.iter().filter_map(tag).collect(),
        role: first.role,
        parameter_values: parameters.clone(),
    }
}
