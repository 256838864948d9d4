//! A target before it is checked, whether written out or from a list.

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;

use super::bind::BoundProduct;
use super::per_target::PerTarget;
use super::sink::Sink;
use super::tags::WrittenTags;
use super::variants::Variants;
use crate::diag::{Diagnostic, Span};
use crate::load::Place;
use crate::load::deployment::DeploymentDoc;
use crate::load::lists::AccountList;
use crate::load::role_doc::RoleOverrideDoc;
use crate::model::{
    AccountId, ArnPattern, ExternalId, IamPath, OrganizationalUnitId, Partition, RoleName,
    SessionDuration, check_spelling, leave_out, shown, unprintable,
};

/// What every target starts from.
pub(super) struct Common<'a> {
    pub(super) doc: &'a DeploymentDoc,
    pub(super) root: Place<'a>,
    pub(super) lists: &'a BTreeMap<Span, Arc<AccountList>>,
    pub(super) partition: Partition,
    pub(super) tags: &'a WrittenTags,
    pub(super) products: &'a [BoundProduct],
    pub(super) variants: &'a Variants<'a>,
    /// The deployment's role; absent where it names none.
    pub(super) role: Option<&'a RoleSettings>,
}

/// A target before what all targets have in common is added.
pub(super) struct Candidate {
    pub(super) account: AccountId,
    /// Where it is named.
    pub(super) span: Span,
    pub(super) name: String,
    pub(super) units: Vec<OrganizationalUnitId>,
    pub(super) overrides: Overrides,
}

/// The deployment's tags with a target's over them.
pub(super) fn merged(common: &WrittenTags, own: &WrittenTags) -> WrittenTags {
    let mut tags = common.clone();
    tags.extend(own.iter().map(|(key, value)| (key.clone(), value.clone())));
    tags
}

/// Refuses names that do not fit one line. AWS gives accounts names of up to 128 characters.
pub(super) fn check_name(sink: &mut Sink, name: &str, span: Span) {
    let odd = unprintable(name);
    if odd.is_some() || name.trim().is_empty() || name.chars().count() > 128 {
        sink.push(
            Diagnostic::error(
                "bad-name",
                span,
                format!("{} cannot be the name of a target", shown(name)),
            )
            .why("the name is printed on one line in comments and tables")
            .help(odd.map_or_else(|| "use 1 to 128 printable characters".to_owned(), leave_out)),
        );
    } else {
        let spelled = check_spelling(name, "the name of a target");
        sink.take("bad-name", span, spelled);
    }
}

use unicode_normalization::UnicodeNormalization as _;

/// A name from a list as one line of what can be seen, in the spelling of Terraform. AWS accepts any character in it.
pub(super) fn printable(name: &str) -> String {
    let mut line = String::with_capacity(name.len());
    for character in name.nfc() {
        if character.is_whitespace() {
            line.push(' ');
        } else if unprintable(character.encode_utf8(&mut [0; 4])).is_none() {
            line.push(character);
        }
    }
    line
}

/// What is different, in the words of the deployment.
#[derive(Clone, Copy)]
pub(super) struct Said<'a> {
    pub(super) variant: Option<&'a String>,
    pub(super) role: Option<&'a RoleOverrideDoc>,
    pub(super) external_id: Option<&'a String>,
    pub(super) tags: &'a IndexMap<String, String>,
}

/// What is different. What is not said, or has a fault, is absent.
#[derive(Debug, Clone, Default)]
pub(super) struct Overrides {
    pub(super) role: RoleSettings,
    pub(super) tags: WrittenTags,
    pub(super) external_id: Option<PerTarget<ExternalId>>,
    /// The set of grants of a variant.
    pub(super) grant_set: Option<usize>,
}

/// A role's settings. What is not said, or has a fault, is absent.
#[derive(Debug, Clone, Default)]
pub(super) struct RoleSettings {
    pub(super) name: Option<PerTarget<RoleName>>,
    pub(super) path: Option<IamPath>,
    pub(super) max_session: Option<SessionDuration>,
    /// With the place where it is named.
    pub(super) permissions_boundary: Option<(ArnPattern, Span)>,
}

impl Overrides {
    /// Puts other settings over these.
    pub(super) fn overlay(&mut self, other: &Overrides) {
        self.role.overlay(&other.role);
        let tags = other.tags.iter();
        self.tags
            .extend(tags.map(|(key, value)| (key.clone(), value.clone())));
        set(&mut self.external_id, &other.external_id);
        set(&mut self.grant_set, &other.grant_set);
    }
}

impl RoleSettings {
    fn overlay(&mut self, other: &RoleSettings) {
        set(&mut self.name, &other.name);
        set(&mut self.path, &other.path);
        set(&mut self.max_session, &other.max_session);
        set(&mut self.permissions_boundary, &other.permissions_boundary);
    }
}

fn set<T: Clone>(old: &mut Option<T>, new: &Option<T>) {
    if let Some(new) = new {
        *old = Some(new.clone());
    }
}
