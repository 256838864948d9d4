//! Checks the targets, written out or listed in files: accounts, overrides, external ids.

use std::collections::{BTreeMap, BTreeSet};

use super::boundary::boundary_at_home;
use super::candidate::Candidate;
use super::candidate::Common;
use super::candidate::check_name;
use super::candidate::merged;
use super::candidate::{Overrides, RoleSettings, Said};
use super::listed;
use super::overrides::{check_external_id, check_overrides, check_role};
use super::per_target::PerTarget;
use super::sink::Sink;
use super::tags::{count_tags, of_target};
use super::trust_entry::listed as listed_trusts;
use super::trust_external_id::with_own_external_ids;
use super::variants::COMMON;
use super::{ExcludedAccounts, Target};
use crate::diag::{Diagnostic, Span};
use crate::load::Place;
use crate::load::catalog::OneOrMany;
use crate::load::deployment::{DeploymentDoc, TargetDoc, TargetsDoc};
use crate::load::role_doc::RoleOverrideDoc;
use crate::model::{
    AccountId, ExternalId, ExternalIdSupport, IamPath, OrganizationalUnitId, Partition,
    SessionDuration,
};

/// The role as the deployment has it for every target.
pub(super) fn role_settings(
    sink: &mut Sink,
    doc: &DeploymentDoc,
    root: Place<'_>,
    partition: Partition,
) -> Option<RoleSettings> {
    if !doc.targets.is_empty() && doc.role.is_none() {
        sink.push(
            Diagnostic::error(
                "missing-field",
                root.key("targets").key_span(),
                "the targets need a role, and the deployment names none",
            )
            .help("add `role: {name: MicetroAccess}`"),
        );
    }
    let role = doc.role.as_ref()?;
    let settings = RoleOverrideDoc {
        name: Some(role.name.clone()),
        path: role.path.clone(),
        max_session: role.max_session.clone(),
        permissions_boundary: role.permissions_boundary.clone(),
    };
    Some(check_role(sink, &settings, root.key("role"), partition))
}

/// The targets of a deployment.
#[derive(Debug, Default)]
pub(super) struct Checked {
    /// Those without a fault, in no order.
    pub(super) targets: Vec<Target>,
    /// The sets of grants that targets ask for, those with faults included.
    pub(super) used_sets: BTreeSet<usize>,
    /// Accounts of lists that the deployment leaves out.
    pub(super) excluded: Vec<ExcludedAccounts>,
    /// Whether each target has an external id of its own.
    pub(super) own_external_ids: bool,
    /// Whether a list, or what is said of it, has a fault, so that its targets are not known.
    pub(super) unknown_targets: bool,
}

/// Checks the targets that are written out, then those of lists.
pub(super) fn check_targets(sink: &mut Sink, common: &Common<'_>) -> Checked {
    let sending = with_own_external_ids(common.doc);
    let default_external_id = sending.and_then(|index| {
        let trust = listed_trusts(common.doc).into_iter().nth(index)?;
        let Some(OneOrMany::One(id)) = trust.external_id else {
            return None;
        };
        let place = common.root.key("trust").index(index).key("external_id");
        Some(check_external_id(sink, common.products, &id, place.span()))
    });
    let mut gathered = Gathered {
        common,
        sends_external_id: sending.is_some(),
        default_external_id,
        seen: BTreeMap::new(),
        checked: Checked {
            own_external_ids: true,
            ..Checked::default()
        },
    };
    let places = || (0..).map(|index| common.root.key("targets").index(index));
    for (targets, place) in common.doc.targets.iter().zip(places()) {
        if let TargetsDoc::One(target) = targets {
            gathered.written(sink, target, place);
        }
    }
    for (targets, place) in common.doc.targets.iter().zip(places()) {
        if let TargetsDoc::List(doc) = targets {
            match common.lists.get(&place.span()) {
                Some(list) => {
                    let taken = listed::taken(sink, common, doc, list, place);
                    gathered.checked.excluded.extend(taken.excluded);
                    gathered.checked.unknown_targets |= taken.unknown;
                    for candidate in taken.candidates {
                        gathered.add(sink, candidate, From::List);
                    }
                }
                None => gathered.checked.unknown_targets = true,
            }
        }
    }
    let mut checked = gathered.checked;
    checked.excluded.sort_by(|a, b| a.reason.cmp(&b.reason));
    checked
}

/// Where a target comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum From {
    Deployment,
    List,
}

struct Gathered<'a> {
    common: &'a Common<'a>,
    /// Whether there is one principal that can send an external id of each target.
    sends_external_id: bool,
    default_external_id: Option<PerTarget<ExternalId>>,
    seen: BTreeMap<AccountId, (Span, From)>,
    checked: Checked,
}

impl Gathered<'_> {
    /// Checks a target that is written out.
    fn written(&mut self, sink: &mut Sink, target: &TargetDoc, place: Place<'_>) {
        let span = place.key("account").span();
        let account = sink.take("bad-account", span, AccountId::parse(&target.account));
        check_name(sink, &target.name, place.key("name").span());
        let unit = target.unit.as_ref().and_then(|unit| {
            let span = place.key("unit").span();
            sink.take("bad-unit", span, OrganizationalUnitId::parse(unit))
        });
        let said = Said {
            variant: target.variant.as_ref(),
            role: target.role.as_ref(),
            external_id: target.external_id.as_ref(),
            tags: &target.tags,
        };
        let overrides = check_overrides(sink, self.common, said, place);
        if !target.tags.is_empty() {
            let tags = merged(self.common.tags, &overrides.tags);
            count_tags(sink, &tags, Some(place.key("tags")));
        }
        let Some(account) = account else {
            self.asks_for(&overrides);
            return;
        };
        let hub = self.common.doc.hub.as_ref();
        if hub.is_some_and(|hub| hub.account == account.as_str()) {
            sink.push(
                Diagnostic::error(
                    "hub-as-target",
                    span,
                    "the hub account is listed as a target",
                )
                .related(self.common.root.key("hub").key("account").span(), "the hub")
                .why("the product works in its own account as the user; it assumes no role there")
                .help("delete this target and write `workload: true` under `hub`"),
            );
        }
        let candidate = Candidate {
            account,
            span,
            name: target.name.clone(),
            units: unit
                .filter(OrganizationalUnitId::is_root)
                .into_iter()
                .collect(),
            overrides,
        };
        self.add(sink, candidate, From::Deployment);
    }

    fn asks_for(&mut self, overrides: &Overrides) {
        let set = overrides.grant_set.unwrap_or(COMMON);
        self.checked.used_sets.insert(set);
        self.checked.own_external_ids &= overrides.external_id.is_some();
    }

    fn add(&mut self, sink: &mut Sink, candidate: Candidate, from: From) {
        self.asks_for(&candidate.overrides);
        self.refuse_second(sink, &candidate, from);
        self.needs_external_id(sink, &candidate, from);
        self.checked.targets.extend(self.complete(sink, candidate));
    }

    fn refuse_second(&mut self, sink: &mut Sink, candidate: &Candidate, from: From) {
        let Some((first, first_from)) = self.seen.get(&candidate.account).copied() else {
            let place = (candidate.span, from);
            self.seen.insert(candidate.account.clone(), place);
            return;
        };
        let account = &candidate.account;
        let exclusion = format!("`exclude: [{{account: \"{account}\", reason: …}}]`");
        let help = match (first_from, from) {
            (From::Deployment, From::List) => {
                format!("exclude it from the list with {exclusion}, or delete the other one")
            }
            (From::List, From::List) if first.file != candidate.span.file => {
                format!("exclude it from one of the lists with {exclusion}")
            }
            _ => "delete one of the two".to_owned(),
        };
        sink.push(
            Diagnostic::error(
                "duplicate-target",
                candidate.span,
                format!("account {account} is listed twice"),
            )
            .label("again here")
            .related(first, "first here")
            .why("an account has one role of a name; the second would be refused")
            .help(help),
        );
    }

    fn needs_external_id(&self, sink: &mut Sink, candidate: &Candidate, from: From) {
        if !self.sends_external_id {
            if let Some(PerTarget { span, .. }) = candidate.overrides.external_id {
                sink.push(
                    Diagnostic::error("unused-field", span, "no principal of `trust` takes an external id from its target")
                        .why("a target has one of its own only where a single principal can send one, and lists no external ids itself")
                        .help("delete it; a principal that can send one has its own `external_id` under `trust`"),
                );
            }
            return;
        }
        if candidate.overrides.external_id.is_some() || self.default_external_id.is_some() {
            return;
        }
        for product in self.common.products {
            let support = product.catalog.access.external_id;
            if [ExternalIdSupport::Required, ExternalIdSupport::Issued].contains(&support) {
                sink.push(
                    Diagnostic::error("missing-external-id", candidate.span, format!("{} sends an external id, and this target asks for none", product.catalog.title))
                        .why("without one, another customer of the vendor could have the vendor assume this role")
                        .help(match from {
                            From::Deployment => "add `external_id:` here or under `trust`, with the value that the product shows",
                            // AWS wrote the list, as a rule, and it is saved again.
                            From::List => "add `external_id:` to the deployment, under `trust` or under `set` of the list, with the value that the product shows",
                        }),
                );
            }
        }
    }

    fn complete(&self, sink: &mut Sink, candidate: Candidate) -> Option<Target> {
        let defaults = self.common.role?;
        let Overrides {
            role,
            tags,
            external_id,
            grant_set,
        } = candidate.overrides;
        let boundary = role.permissions_boundary.as_ref();
        let boundary = boundary.or(defaults.permissions_boundary.as_ref());
        if let Some((boundary, span)) = boundary {
            boundary_at_home(sink, boundary, &candidate.account, *span);
        }
        let external_id = external_id.or_else(|| self.default_external_id.clone());
        let (account, name) = (&candidate.account, candidate.name.as_str());
        let role_name = role.name.as_ref().or(defaults.name.as_ref());
        let role_name = role_name.and_then(|role| role.of(sink, account, name));
        let external_id_span = external_id.as_ref().map_or(candidate.span, |id| id.span);
        let external_id = external_id.and_then(|id| id.of(sink, account, name));
        let tags = of_target(sink, &merged(self.common.tags, &tags), account, name);
        let path = role.path.or_else(|| defaults.path.clone());
        let session = role.max_session.or(defaults.max_session);
        Some(Target {
            account: candidate.account,
            name: candidate.name,
            units: candidate.units,
            role_name: role_name?,
            role_path: path.unwrap_or_else(IamPath::root),
            max_session: session.unwrap_or(SessionDuration::DEFAULT),
            permissions_boundary: boundary.map(|(arn, _)| arn.clone()),
            external_id_span,
            external_id,
            tags,
            role: 0,
            grant_set: grant_set.unwrap_or(COMMON),
            span: candidate.span,
        })
    }
}
