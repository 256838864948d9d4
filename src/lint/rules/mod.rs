//! All rules. A new rule needs two lines here, a file, a page, and fixtures.

mod broad_trust;
mod caller_chosen_tag;
mod credential_exposure;
mod denied_grant;
mod deprecated_action;
mod escalation_path;
mod expired_allow;
mod idle_condition;
mod idle_denial;
mod impossible_value;
mod incomplete_role;
mod miscased_action;
mod mismatched_operator;
mod missing_dependent_action;
mod missing_external_id;
mod misused_set_operator;
mod other_prefix;
mod pass_role_without_service;
mod permissions_management;
mod public_exposure;
mod quota_nearly_full;
mod recommended_not_granted;
mod redundant_action;
mod stale_reference;
mod trust_without_restriction;
mod unknown_action;
mod unscoped_resource;
mod unsupported_condition;
mod unsupported_resource;
mod unused_allow;
mod weak_external_id;
mod wildcard_action;

use super::Rule;

/// All rules, by name.
pub const RULES: &[&Rule] = &[
    &broad_trust::RULE,
    &caller_chosen_tag::RULE,
    &credential_exposure::RULE,
    &denied_grant::RULE,
    &deprecated_action::RULE,
    &escalation_path::RULE,
    &expired_allow::RULE,
    &idle_condition::RULE,
    &idle_denial::RULE,
    &impossible_value::RULE,
    &incomplete_role::RULE,
    &miscased_action::RULE,
    &mismatched_operator::RULE,
    &missing_dependent_action::RULE,
    &missing_external_id::RULE,
    &misused_set_operator::RULE,
    &other_prefix::RULE,
    &pass_role_without_service::RULE,
    &permissions_management::RULE,
    &public_exposure::RULE,
    &quota_nearly_full::RULE,
    &recommended_not_granted::RULE,
    &redundant_action::RULE,
    &stale_reference::RULE,
    &trust_without_restriction::RULE,
    &unknown_action::RULE,
    &unscoped_resource::RULE,
    &unsupported_condition::RULE,
    &unsupported_resource::RULE,
    &unused_allow::RULE,
    &weak_external_id::RULE,
    &wildcard_action::RULE,
];
