//! Compares an existing user, group or role with the planned one.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::planned::{All, Planned};
use super::policy::{self, Place};
use super::{Findings, Input, Rule, rule};
use crate::adopt::beside;
use crate::load::snapshot::{
    Attached, GroupDetail, InlinePolicy, InstanceProfile, RoleDetail, Snapshot, Tag, UserDetail,
    own_tags,
};
use crate::model::{Access, Identity, IdentityKind, PolicyKind};
use crate::readback::observed_trust;
use crate::review::{Around, Fact, GrantChange, Kind, Reach, compare_grants, compare_identities};

/// What was found under the name of a planned principal: the fields that users, groups and roles share.
#[derive(Debug, Clone, Copy)]
pub(super) struct There<'a> {
    /// The name. It may differ from the planned one in case, which IAM ignores.
    name: &'a str,
    /// The ARN; empty if a Terraform plan gives the principal something but does not create it.
    pub(super) arn: &'a str,
    path: &'a str,
    inline: &'a [InlinePolicy],
    attached: &'a [Attached],
    boundary: Option<&'a str>,
    tags: &'a [Tag],
    groups: &'a [String],
    instance_profiles: &'a [InstanceProfile],
    trust: Option<&'a Value>,
    max_session: Option<u32>,
}

impl<'a> There<'a> {
    /// Why this is not the planned principal itself, if it is not.
    pub(super) fn why_not(&self, planned: &Planned<'_>) -> Option<String> {
        match self.name {
            _ if !self.is_made() => Some(
                "is not created by the Terraform plan, but the plan gives it something".to_owned(),
            ),
            name if name == planned.name => None,
            name => Some(format!(
                "is missing, but {name} exists, and IAM ignores the case of names"
            )),
        }
    }

    /// Whether its own attributes are known, and so what it lacks.
    fn is_made(&self) -> bool {
        !self.arn.is_empty()
    }

    fn user(user: &'a UserDetail) -> Self {
        Self {
            name: &user.user_name,
            arn: &user.arn,
            path: &user.path,
            inline: &user.inline,
            attached: &user.attached,
            boundary: user
                .permissions_boundary
                .as_ref()
                .map(|one| one.arn.as_str()),
            tags: &user.tags,
            groups: &user.groups,
            instance_profiles: &[],
            trust: None,
            max_session: None,
        }
    }

    fn group(group: &'a GroupDetail) -> Self {
        Self {
            name: &group.group_name,
            arn: &group.arn,
            path: &group.path,
            inline: &group.inline,
            attached: &group.attached,
            boundary: None,
            tags: &[],
            groups: &[],
            instance_profiles: &[],
            trust: None,
            max_session: None,
        }
    }

    fn role(role: &'a RoleDetail) -> Self {
        Self {
            name: &role.role_name,
            arn: &role.arn,
            path: &role.path,
            inline: &role.inline,
            attached: &role.attached,
            boundary: role
                .permissions_boundary
                .as_ref()
                .map(|one| one.arn.as_str()),
            tags: &role.tags,
            groups: &[],
            instance_profiles: &role.instance_profiles,
            trust: Some(&role.trust),
            max_session: role.max_session,
        }
    }
}

/// Looks a principal up, in whatever case its name is.
pub(super) fn find<'a>(
    snapshot: &'a Snapshot,
    kind: IdentityKind,
    name: &str,
) -> Option<There<'a>> {
    let is_it = |there: &There<'_>| there.name.eq_ignore_ascii_case(name);
    match kind {
        IdentityKind::User => snapshot.users.iter().map(There::user).find(is_it),
        IdentityKind::Group => snapshot.groups.iter().map(There::group).find(is_it),
        IdentityKind::Role => snapshot.roles.iter().map(There::role).find(is_it),
    }
}

/// Compares an existing principal. Of one that a Terraform plan does not create, compares what the plan gives it.
pub(super) fn compare(
    all: &All<'_>,
    planned: &Planned<'_>,
    there: &There<'_>,
    findings: &mut Findings<'_>,
) {
    if there.is_made() {
        attributes(planned, there, findings);
        trust(all.input, planned, there, findings);
    }
    groups(planned, there, findings);
    instance_profiles(planned, there, findings);
    planned_policies(all, planned, there, findings);
    foreign_policies(all, planned, there, findings);
}

/// Compares path, permissions boundary, session duration and tags.
fn attributes(planned: &Planned<'_>, there: &There<'_>, findings: &mut Findings<'_>) {
    if there.path != planned.path {
        findings.about(
            &rule::CHANGED_PATH,
            planned.subject(),
            format!("has the path {} instead of {}", there.path, planned.path),
        );
    } else if !there.arn.eq_ignore_ascii_case(planned.arn) {
        findings.about(
            &rule::CHANGED_PATH,
            planned.subject(),
            format!("has the ARN {} instead of {}", there.arn, planned.arn),
        );
    }
    let mut found = Identity::new(planned.identity.kind);
    found.permissions_boundary = there.boundary.map(str::to_owned);
    facts(
        planned,
        &rule::CHANGED_BOUNDARY,
        &found,
        findings,
        |from, to| {
            to.permissions_boundary
                .clone_from(&from.permissions_boundary);
        },
    );
    // A snapshot has no maximum session duration; a Terraform plan does.
    if there.max_session.is_some() {
        found.max_session = there.max_session;
        facts(
            planned,
            &rule::CHANGED_SESSION,
            &found,
            findings,
            |from, to| {
                to.max_session = from.max_session;
            },
        );
    }
    tags(
        planned.subject(),
        &planned.identity.tags,
        &own_tags(there.tags),
        findings,
    );
}

/// Compares the tags of a principal or a managed policy.
pub(super) fn tags(
    subject: (&'static str, &str),
    planned: &BTreeMap<String, String>,
    found: &BTreeMap<String, String>,
    findings: &mut Findings<'_>,
) {
    let keys: BTreeSet<&String> = planned.keys().chain(found.keys()).collect();
    let texts = keys
        .into_iter()
        .filter_map(|key| match (planned.get(key), found.get(key)) {
            (before, after) if before == after => None,
            (_, None) => Some(format!("is no longer tagged {key}")),
            (None, Some(after)) => Some(format!("is tagged {key} = {after}")),
            (Some(_), Some(after)) => Some(format!("is now tagged {key} = {after}")),
        });
    let texts: Vec<String> = texts.collect();
    if !texts.is_empty() {
        findings.about(&rule::CHANGED_TAGS, subject, texts.join("; "));
    }
}

/// Compares the trust policy of a role.
fn trust(input: &Input<'_>, planned: &Planned<'_>, there: &There<'_>, findings: &mut Findings<'_>) {
    let Some(document) = there.trust else { return };
    let mut found = Identity::new(planned.identity.kind);
    match observed_trust(input.plan.partition, document) {
        Ok(trust) => found.trust = trust,
        Err(why) => {
            findings.about(
                &rule::NOT_UNDERSTOOD,
                planned.subject(),
                format!("has a trust policy that is not understood: {why}"),
            );
            return;
        }
    }
    facts(
        planned,
        &rule::CHANGED_TRUST,
        &found,
        findings,
        |from, to| {
            to.trust.clone_from(&from.trust);
        },
    );
}

/// Compares one side of a principal, and reports all its differences in one finding. It is a note if nobody else gets
/// access.
fn facts(
    planned: &Planned<'_>,
    rule: &'static Rule,
    found: &Identity,
    findings: &mut Findings<'_>,
    copy: impl Fn(&Identity, &mut Identity),
) {
    let only = |identity: &Identity| {
        let mut only = Identity::new(identity.kind);
        copy(identity, &mut only);
        only
    };
    let nothing = Access::default();
    let around = Around {
        account: planned.arn.split(':').nth(4).unwrap_or_default(),
        before: &nothing,
        tags: &BTreeSet::new(),
    };
    let facts = compare_identities(around, Some(&only(planned.identity)), Some(&only(found)));
    let (same, changed): (Vec<Fact>, Vec<Fact>) = facts
        .into_iter()
        .partition(|fact| rule == &rule::CHANGED_TRUST && fact.kind == Kind::Other);
    let is_narrower =
        rule == &rule::CHANGED_TRUST && changed.iter().all(|fact| fact.reach == Reach::Less);
    let rule = match is_narrower {
        true => &rule::NARROWED_TRUST,
        false => rule,
    };
    for (rule, facts) in [(rule, changed), (&rule::REWRITTEN_GRANT, same)] {
        let texts: Vec<String> = facts.into_iter().map(|fact| fact.text).collect();
        if !texts.is_empty() {
            findings.about(rule, planned.subject(), texts.join("; "));
        }
    }
}

/// Compares the groups of a user.
fn groups(planned: &Planned<'_>, there: &There<'_>, findings: &mut Findings<'_>) {
    let name = |arn: &String| arn.rsplit('/').next().unwrap_or_default().to_owned();
    let wanted: BTreeSet<String> = planned.identity.groups.iter().map(name).collect();
    let is_missing = |group: &&String| there.is_made() && !there.groups.contains(group);
    for group in wanted.iter().filter(is_missing) {
        findings.about(
            &rule::MISSING_MEMBERSHIP,
            planned.subject(),
            format!("is not in the group {group}"),
        );
        findings.last(|finding| finding.about.push(group.clone()));
    }
    for group in there.groups.iter().filter(|group| !wanted.contains(*group)) {
        findings.about(
            &rule::FOREIGN_GROUP,
            planned.subject(),
            format!("is in the group {group}"),
        );
        findings.last(|finding| finding.about.push(group.clone()));
    }
}

/// Compares the instance profiles that hold a role. A snapshot tells none that holds no role.
fn instance_profiles(planned: &Planned<'_>, there: &There<'_>, findings: &mut Findings<'_>) {
    let wanted = &planned.identity.instance_profiles;
    let found = there.instance_profiles.iter();
    let found: BTreeSet<String> = found
        .map(|profile| format!("{}{}", profile.path, profile.name))
        .collect();
    let name = |profile: &String| profile.rsplit('/').next().unwrap_or_default().to_owned();
    let missing = wanted.difference(&found);
    for profile in missing.filter(|_| there.is_made()) {
        let what = format!("is not in the instance profile {profile}");
        findings.about(&rule::MISSING_INSTANCE_PROFILE, planned.subject(), what);
        findings.last(|finding| finding.about.push(name(profile)));
    }
    for profile in found.difference(wanted) {
        let what = format!("is in the instance profile {profile}");
        findings.about(&rule::FOREIGN_INSTANCE_PROFILE, planned.subject(), what);
        findings.last(|finding| finding.about.push(name(profile)));
    }
}

/// Compares the policies that are planned for a principal.
fn planned_policies(
    all: &All<'_>,
    planned: &Planned<'_>,
    there: &There<'_>,
    findings: &mut Findings<'_>,
) {
    for ((kind, name), grants) in &planned.identity.policies {
        let place = Place {
            subject: planned.subject(),
            policy: Some((*kind, name)),
        };
        match kind {
            PolicyKind::Inline => {
                let found = there.inline.iter().find(|policy| policy.name == *name);
                match found {
                    Some(found) => {
                        policy::compare(all.input, &place, grants, &found.document, findings);
                    }
                    None if there.is_made() => {
                        place.add(findings, &rule::MISSING_POLICY, "is not there".to_owned());
                    }
                    None => {}
                }
            }
            PolicyKind::OfAws => {
                if !there.attached.iter().any(|one| one.arn == *name) {
                    let what = "is not attached".to_owned();
                    place.add(findings, &rule::MISSING_POLICY, what);
                }
            }
            PolicyKind::Managed => {
                let account = planned.arn.split(':').nth(4);
                let arn = all.access.managed_policies.keys().find(|arn| {
                    arn.rsplit('/').next() == Some(name) && arn.split(':').nth(4) == account
                });
                let attached = there.attached.iter().any(|one| Some(&one.arn) == arn);
                // The grants of a managed policy are compared once, not per attachment.
                if there.is_made() && !attached {
                    place.add(
                        findings,
                        &rule::MISSING_POLICY,
                        "is not attached".to_owned(),
                    );
                }
            }
        }
    }
}

/// Finds unplanned policies.
fn foreign_policies(
    all: &All<'_>,
    planned: &Planned<'_>,
    there: &There<'_>,
    findings: &mut Findings<'_>,
) {
    let (input, held) = (all.input, planned.identity);
    let partition = input.plan.partition;
    for policy in beside(partition, all.access, held, there.inline, there.attached) {
        let rule = match policy.kind {
            PolicyKind::Inline => &rule::FOREIGN_INLINE_POLICY,
            PolicyKind::Managed | PolicyKind::OfAws => &rule::FOREIGN_MANAGED_POLICY,
        };
        let what = match (&policy.grants, policy.twin) {
            (_, Some(twin)) => format!("is not planned; it grants the same as {twin}"),
            (Some(Err(why)), None) => format!("is not planned, and not understood: {why}"),
            _ => "is not planned".to_owned(),
        };
        findings.policy(rule, planned.subject(), (policy.kind, policy.name), what);
        if let Some(Ok(grants)) = policy.grants {
            let nothing = BTreeSet::new();
            let mut grants = compare_grants(&nothing, &grants, &[input.reference]);
            grants.retain(|change: &GrantChange| change.kind == Kind::Added);
            findings.last(|finding| finding.grants = grants);
        }
    }
}
