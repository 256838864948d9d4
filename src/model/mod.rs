//! The words of the field, each with what must hold for it: parse once, then trust.

mod access;
mod account;
mod action;
mod age;
mod arn;
mod aws_policy;
mod choice;
mod condition;
mod covers;
mod csv;
mod entry;
mod fact;
mod files;
mod glob;
mod holds;
mod ip_range;
pub mod markdown;
mod name;
mod oidc_provider;
mod partition;
mod policy;
mod prerequisites;
mod principal_names;
mod state;
mod subject;
mod terms;
mod text;
mod texts;
mod trust_kind;
mod value;

use std::borrow::Cow;

pub use access::{
    Access, AutoDeployed, ConditionMap, Grant, Grants, Identity, IdentityKind, PolicyKind, Trust,
    TrustedBy, condition, conditions, name_in_account,
};
pub use account::{AccountId, OrganizationalUnitId};
pub use action::Action;
pub use age::KeyAge;
pub use arn::{ArnPattern, check_boundary_arn, check_principal_arn};
pub use aws_policy::AwsPolicy;
pub use choice::{
    AssumeRoleGranularity, AssumeRolePlacement, AuthenticatesAs, CatalogId, CloudFormationShape,
    ExternalIdSupport, GrantTo, HubPermissions, Level, LintLevel, ParameterKind, ResourceScoping,
    StackSetPermissions, TemplateFormat, TerraformShape,
};
pub use condition::{
    Conditions, Family, Operator, SetOperator, check_condition_key, check_condition_operator,
    check_condition_value, is_fixed, is_of_services,
};
pub use covers::{Scope, Term, values_are_alternatives};
pub(crate) use csv::{csv_line, no_formula};
pub use entry::Entry;
pub use fact::{Fact, Holds};
pub use files::{FileSet, LOCK, STAGING};
pub use glob::{covers, literal, matches, overlap};
pub use holds::{Facts, Request, holds};
pub use ip_range::IpRange;
pub use name::{
    ExternalId, FENCE, GroupName, IamPath, PolicyName, RoleName, SessionDuration, TagKey, TagValue,
    Tags, UserName, parse_identifier, parse_slug,
};
pub use oidc_provider::OidcProvider;
pub use partition::Partition;
pub use policy::{
    EC2, Effect, PolicyDocument, Principal, Statement, TrustPolicy, TrustStatement, by_kind,
};
pub use prerequisites::{Prerequisites, listed};
pub use principal_names::PrincipalNames;
pub use state::is_state;
pub use subject::{Whose, whose};
pub use terms::Terms;
pub use text::{
    Own, PlaceholderError, Segment, Site, Text, check_spelling, has_parameter, is_spelled_once,
    placeholders,
};
pub use texts::{ENGLISH, Saying, Texts};
pub(crate) use texts::{fill, places};
pub use trust_kind::{Platform, TrustKind};

/// Why a value is refused: what is wrong with it, why AWS would refuse it, what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong.
    pub what: String,
    /// Why AWS or the product would refuse it.
    pub why: String,
    /// What to write instead.
    pub help: String,
}

impl Refusal {
    pub fn new(what: impl Into<String>, why: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            why: why.into(),
            help: help.into(),
        }
    }
}

/// The first character that cannot be seen, or that changes how its neighbours are seen: controls, line and
/// paragraph separators, marks of direction, and invisible characters but for the joiners that some scripts need.
pub(crate) fn unprintable(text: &str) -> Option<char> {
    text.chars().find(|character| is_unprintable(*character))
}

fn is_unprintable(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff0}'..='\u{ffff}' | '\u{e0000}'..='\u{e0fff}')
}

/// Text that somebody else wrote, with what cannot be seen, or moves and colours other text, written by its number.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    // Some scripts need the two joiners, so they may be in a name, but nobody sees them.
    let is_hidden = |c: char| is_unprintable(c) || matches!(c, '\u{200c}' | '\u{200d}');
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut visible = String::new();
    for character in text.chars() {
        match is_hidden(character) {
            true => visible.extend(character.escape_unicode()),
            false => visible.push(character),
        }
    }
    Cow::Owned(visible)
}

/// Says which character to leave out.
pub(crate) fn leave_out(character: char) -> String {
    match character {
        ' ' => "leave out the blanks".to_owned(),
        _ => format!("leave out {}", shown(&character.to_string())),
    }
}

/// Shows a value in a message: quoted, with control characters made visible, and cut where it is long.
pub(crate) fn shown(value: &str) -> String {
    const LONGEST: usize = 60;
    let escaped: String = value.escape_debug().to_string();
    if escaped.chars().count() <= LONGEST {
        format!("`{escaped}`")
    } else {
        let cut: String = escaped.chars().take(LONGEST).collect();
        format!("`{cut}…`")
    }
}
