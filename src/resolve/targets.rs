//! Checks the role and the targets: accounts, overrides, external ids.

use std::collections::{BTreeMap, BTreeSet};

use super::accounts::{boundary_at_home, check_boundary};
use super::bind::BoundProduct;
use super::sink::Sink;
use super::tags::{count_tags, tags};
use super::variants::{COMMON, Variants};
use super::{ExternalIdSupport, Target};
use crate::diag::{Diagnostic, Span};
use crate::load::Place;
use crate::load::deployment::{DeploymentDoc, RoleOverrideDoc, TargetDoc};
use crate::model::{
    AccountId, ArnPattern, ExternalId, IamPath, Partition, RoleName, SessionDuration, Tags,
    leave_out, shown, unprintable,
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
    check_role(sink, &settings, root.key("role"), partition)
}

/// What every target starts from.
pub(super) struct Common<'a> {
    pub(super) doc: &'a DeploymentDoc,
    pub(super) root: Place<'a>,
    pub(super) partition: Partition,
    pub(super) tags: &'a Tags,
    pub(super) products: &'a [BoundProduct],
    pub(super) variants: &'a Variants<'a>,
    /// The deployment's role; absent where it has a fault.
    pub(super) role: Option<&'a RoleSettings>,
}

/// The targets, and the sets of grants that they ask for. A target with a fault is absent; what it asks for is not.
pub(super) fn check_targets(
    sink: &mut Sink,
    common: &Common<'_>,
) -> (Vec<Option<Target>>, BTreeSet<usize>) {
    let Common {
        doc,
        root,
        products,
        ..
    } = common;
    let default_external_id = doc
        .trust
        .as_ref()
        .and_then(|trust| trust.external_id.as_ref())
        .map(|id| {
            let place = root.key("trust").key("external_id");
            sendable(sink, products, place);
            sink.take("bad-external-id", place.span(), ExternalId::parse(id))
        });
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut targets = Vec::new();
    let mut used_sets = BTreeSet::new();
    for (index, target) in doc.targets.iter().enumerate() {
        let place = root.key("targets").index(index);
        let is_account = AccountId::parse(&target.account).is_ok();
        if !is_account {
            // Reported below; what is no account is no account twice either.
        } else if let Some(&first) = seen.get(target.account.as_str()) {
            sink.push(
                Diagnostic::error(
                    "duplicate-target",
                    place.key("account").span(),
                    format!("account {} is listed twice", target.account.escape_debug()),
                )
                .label("again here")
                .related(
                    root.key("targets").index(first).key("account").span(),
                    "first here",
                )
                .why("an account has one role of a name; the second would be refused")
                .help("delete one of the two"),
            );
        } else {
            seen.insert(&target.account, index);
        }
        if is_account
            && doc
                .hub
                .as_ref()
                .is_some_and(|hub| hub.account == target.account)
        {
            sink.push(
                Diagnostic::error(
                    "hub-as-target",
                    place.key("account").span(),
                    "the hub account is listed as a target",
                )
                .related(root.key("hub").key("account").span(), "the hub")
                .why("the product works in its own account as the user; it assumes no role there")
                .help("delete this target and write `workload: true` under `hub`"),
            );
        }
        let external_id_span = match (&target.external_id, &default_external_id) {
            (Some(_), _) => place.key("external_id").span(),
            (None, Some(_)) => root.key("trust").key("external_id").span(),
            (None, None) => place.key("account").span(),
        };
        let external_id = match &target.external_id {
            Some(id) => {
                let place = place.key("external_id");
                sendable(sink, products, place);
                Some(sink.take("bad-external-id", place.span(), ExternalId::parse(id)))
            }
            None => default_external_id.clone(),
        };
        required_external_id(sink, products, external_id.is_some(), place);
        let variant_span = place.key("variant").span();
        let grant_set = common
            .variants
            .set(sink, target.variant.as_deref(), variant_span);
        used_sets.extend(grant_set);
        let checked = check_target(sink, target, place, common);
        targets.push(
            checked
                .and_then(|checked| {
                    let role = common.role.cloned()?;
                    let mut target = complete(checked, role, external_id, external_id_span, place)?;
                    target.grant_set = grant_set?;
                    Some(target)
                })
                .inspect(|target| {
                    let boundary = target.permissions_boundary.as_ref();
                    boundary_at_home(
                        sink,
                        boundary,
                        &target.account,
                        place.key("role").key_span(),
                    );
                }),
        );
    }
    (targets, used_sets)
}

fn sendable(sink: &mut Sink, products: &[BoundProduct], place: Place<'_>) {
    for product in products {
        if product.catalog.access.external_id == ExternalIdSupport::Unsupported {
            sink.push(
                Diagnostic::error("unsendable-external-id", place.span(), format!("{} cannot send an external id", product.catalog.title))
                    .why("a role that asks for an external id refuses every caller that sends none, so the product would be locked out")
                    .help("delete it; `principal: account` narrows the trust to the hub's user instead"),
            );
        }
    }
}

fn required_external_id(sink: &mut Sink, products: &[BoundProduct], given: bool, place: Place<'_>) {
    for product in products {
        if product.catalog.access.external_id == ExternalIdSupport::Required && !given {
            sink.push(
                Diagnostic::error("missing-external-id", place.key_span(), format!("{} sends an external id, and this target asks for none", product.catalog.title))
                    .why("without one, another customer of the vendor could have the vendor assume this role")
                    .help("add `external_id:` here or under `trust`, with the value that the product shows"),
            );
        }
    }
}

/// A role's settings; outside: whether given, inside: whether free of faults.
#[derive(Debug, Clone)]
pub(super) struct RoleSettings {
    pub(super) name: Option<RoleName>,
    pub(super) path: Option<IamPath>,
    pub(super) max_session: Option<SessionDuration>,
    pub(super) permissions_boundary: Option<ArnPattern>,
}

fn check_role(
    sink: &mut Sink,
    role: &RoleOverrideDoc,
    place: Place<'_>,
    partition: Partition,
) -> Option<RoleSettings> {
    let name = role
        .name
        .as_ref()
        .map(|name| sink.take("bad-name", place.key("name").span(), RoleName::parse(name)));
    let path = role
        .path
        .as_ref()
        .map(|path| sink.take("bad-path", place.key("path").span(), IamPath::parse(path)));
    let max_session = role.max_session.as_ref().map(|session| {
        sink.take(
            "bad-session",
            place.key("max_session").span(),
            SessionDuration::parse(session),
        )
    });
    let permissions_boundary = role.permissions_boundary.as_ref().map(|boundary| {
        check_boundary(sink, boundary, place.key("permissions_boundary"), partition)
    });
    Some(RoleSettings {
        name: flat(name)?,
        path: flat(path)?,
        max_session: flat(max_session)?,
        permissions_boundary: flat(permissions_boundary)?,
    })
}

/// Not given is fine; given with a fault is not.
#[allow(
    clippy::option_option,
    reason = "the outside says whether given, the inside whether faultless"
)]
fn flat<T>(value: Option<Option<T>>) -> Option<Option<T>> {
    match value {
        None => Some(None),
        Some(None) => None,
        Some(value) => Some(value),
    }
}

struct CheckedTarget {
    account: AccountId,
    name: String,
    role: RoleSettings,
    tags: Tags,
}

fn check_target(
    sink: &mut Sink,
    target: &TargetDoc,
    place: Place<'_>,
    common: &Common<'_>,
) -> Option<CheckedTarget> {
    let account = sink.take(
        "bad-account",
        place.key("account").span(),
        AccountId::parse(&target.account),
    );
    let odd = unprintable(&target.name);
    if odd.is_some() || target.name.trim().is_empty() || target.name.chars().count() > 64 {
        sink.push(
            Diagnostic::error(
                "bad-name",
                place.key("name").span(),
                format!("{} cannot be the name of a target", shown(&target.name)),
            )
            .why("the name stands in one line of comments and tables")
            .help(odd.map_or_else(|| "use 1 to 64 printable characters".to_owned(), leave_out)),
        );
    }
    let role = target.role.clone().unwrap_or_default();
    let role = check_role(sink, &role, place.key("role"), common.partition);
    let own = tags(sink, &target.tags, place.key("tags"));
    let mut merged = common.tags.clone();
    merged.extend(own);
    count_tags(
        sink,
        &merged,
        if target.tags.is_empty() {
            None
        } else {
            Some(place.key("tags"))
        },
    );
    Some(CheckedTarget {
        account: account?,
        name: target.name.clone(),
        role: role?,
        tags: merged,
    })
}

fn complete(
    target: CheckedTarget,
    defaults: RoleSettings,
    external_id: Option<Option<ExternalId>>,
    external_id_span: Span,
    place: Place<'_>,
) -> Option<Target> {
    Some(Target {
        account: target.account,
        name: target.name,
        role_name: target.role.name.or(defaults.name)?,
        role_path: target
            .role
            .path
            .or(defaults.path)
            .unwrap_or_else(IamPath::root),
        max_session: target
            .role
            .max_session
            .or(defaults.max_session)
            .unwrap_or(SessionDuration::DEFAULT),
        permissions_boundary: target
            .role
            .permissions_boundary
            .or(defaults.permissions_boundary),
        external_id: match external_id {
            Some(id) => Some(id?),
            None => None,
        },
        external_id_span,
        tags: target.tags,
        grant_set: COMMON,
        span: place.key_span(),
    })
}
