//! Checks the hub, the role, the trust, the targets and the tags of a deployment.

use std::collections::BTreeSet;

use super::bind::BoundProduct;
use super::boundary::boundary_at_home;
use super::boundary::check_boundary;
use super::candidate::Common;
use super::sink::Sink;
use super::tags::tags;
use super::targets::{check_targets, role_settings};
use super::trust::check_trust;
use super::trust_entry::Deployed;
use super::variants::Variants;
use super::{ExcludedAccounts, Hub, Layout, RoleDefaults, Target, Trusted, shape};
use crate::diag::Diagnostic;
use crate::load::deployment::{DeploymentDoc, HubDoc, NamedDoc};
use crate::load::{Document, Loaded, Place};
use crate::model::{
    AccountId, AuthenticatesAs, GroupName, IamPath, KeyAge, Partition, SessionDuration, UserName,
};
use crate::reference::Reference;

/// What is known of the accounts; anything with a fault is absent.
#[derive(Debug)]
pub(super) struct Accounts {
    pub(super) partition: Partition,
    pub(super) hub: Option<Hub>,
    pub(super) workload: bool,
    pub(super) trust: Vec<Trusted>,
    /// In no order.
    pub(super) targets: Vec<Target>,
    /// The sets of grants that targets ask for, those with faults included.
    pub(super) used_sets: BTreeSet<usize>,
    /// Whether there may be targets that are not known, for a fault in a list.
    pub(super) unknown_targets: bool,
    /// Accounts of lists that the deployment leaves out.
    pub(super) excluded: Vec<ExcludedAccounts>,
    pub(super) role: Option<RoleDefaults>,
    pub(super) layout: Option<Layout>,
}

/// What the accounts of a role are checked with.
pub(super) struct Given<'a> {
    pub(super) loaded: &'a Loaded,
    /// The deployment with the role alone.
    pub(super) deployment: &'a Document<DeploymentDoc>,
    /// The hub of the deployment, whether the role trusts anybody there or not.
    pub(super) hub: Option<&'a Hub>,
    pub(super) products: &'a [BoundProduct],
    pub(super) variants: &'a Variants<'a>,
    pub(super) reference: &'a Reference,
}

/// Checks the hub of a deployment.
pub(super) fn check_hub(sink: &mut Sink, deployment: &Document<DeploymentDoc>) -> Option<Hub> {
    let hub = deployment.doc.hub.as_ref()?;
    let place = deployment.root().key("hub");
    read_hub(sink, hub, place, deployment.doc.partition)
}

/// Checks all accounts of a role.
pub(super) fn check(sink: &mut Sink, given: &Given<'_>) -> Accounts {
    let Given {
        loaded,
        deployment,
        products,
        variants,
        reference,
        ..
    } = *given;
    let doc = &deployment.doc;
    let root = deployment.root();
    let partition = doc.partition;
    if doc.outputs.is_empty() {
        sink.push(
            Diagnostic::error(
                "empty-list",
                root.key("outputs").key_span(),
                "no output format is selected",
            )
            .help("write [terraform], [cloudformation], or both"),
        );
    }
    let tags = tags(sink, &doc.tags, root.key("tags"));
    let hub = given.hub.filter(|_| doc.hub.is_some()).cloned();
    needs_user(sink, doc, root, products);
    let defaults = role_settings(sink, doc, root, partition);
    let common = Common {
        doc,
        root,
        lists: &loaded.lists,
        partition,
        tags: &tags,
        products,
        variants,
        role: defaults.as_ref(),
    };
    let checked = check_targets(sink, &common);
    let own_external_ids = checked.own_external_ids || checked.unknown_targets;
    let deployed = Deployed {
        doc,
        root,
        partition,
        hub: given.hub,
        products,
        own_external_ids,
        reference,
    };
    let trust = check_trust(sink, &deployed);
    let layout = shape::check(sink, doc, root, partition, given.hub);
    let role = defaults.and_then(|defaults| {
        Some(RoleDefaults {
            name: match defaults.name? {
                name if name.differs => None,
                name => Some(name.same?),
            },
            name_span: root.key("role").key("name").span(),
            path: defaults.path.unwrap_or_else(IamPath::root),
            max_session: defaults.max_session.unwrap_or(SessionDuration::DEFAULT),
        })
    });
    Accounts {
        partition,
        hub,
        workload: doc.hub.as_ref().is_some_and(|hub| hub.workload),
        trust,
        targets: checked.targets,
        used_sets: checked.used_sets,
        unknown_targets: checked.unknown_targets,
        excluded: checked.excluded,
        role,
        layout,
    }
}

fn read_hub(sink: &mut Sink, hub: &HubDoc, place: Place<'_>, partition: Partition) -> Option<Hub> {
    let account = sink.take(
        "bad-account",
        place.key("account").span(),
        AccountId::parse(&hub.account),
    );
    let user = hub
        .user
        .as_ref()
        .map(|user| named(sink, user, place.key("user"), UserName::parse));
    let group = named(sink, &hub.group, place.key("group"), GroupName::parse);
    let boundary = hub.permissions_boundary.as_ref().map(|boundary| {
        check_boundary(sink, boundary, place.key("permissions_boundary"), partition)
    });
    let key_age = hub.access_key_max_age.as_ref().map(|age| {
        let span = place.key("access_key_max_age").span();
        sink.take("bad-age", span, KeyAge::parse(age))
    });
    if hub.user.is_none() {
        for (given, key, what) in [
            (
                key_age.is_some(),
                "access_key_max_age",
                "access keys are a user's",
            ),
            (
                boundary.is_some(),
                "permissions_boundary",
                "a permissions boundary is put on a user",
            ),
            (
                hub.permissions == super::HubPermissions::UserInline,
                "permissions",
                "`user-inline` puts the permissions into a user",
            ),
        ] {
            if given {
                sink.push(
                    Diagnostic::error(
                        "missing-user",
                        place.key(key).key_span(),
                        format!("{what}, and the hub names none"),
                    )
                    .help("name the user in `hub.user`, or delete this field"),
                );
            }
        }
    }
    if let (Some(Some(boundary)), Some(account)) = (&boundary, &account) {
        let span = place.key("permissions_boundary").span();
        boundary_at_home(sink, boundary, account, span);
    }
    Some(Hub {
        account: account?,
        user: match user {
            Some(user) => Some(user?),
            None => None,
        },
        group: group?,
        user_span: match hub.user {
            Some(_) => place.key("user").span(),
            None => place.key_span(),
        },
        group_span: place.key("group").span(),
        permissions: hub.permissions,
        permissions_boundary: match boundary {
            Some(boundary) => Some(boundary?),
            None => None,
        },
        access_key_max_age: match key_age {
            Some(age) => Some(age?),
            None => None,
        },
        span: place.key_span(),
    })
}

fn named<N>(
    sink: &mut Sink,
    doc: &NamedDoc,
    place: Place<'_>,
    parse: impl Fn(&str) -> Result<N, crate::model::Refusal>,
) -> Option<(N, IamPath)> {
    match doc {
        NamedDoc::Name(name) => {
            let name = sink.take("bad-name", place.span(), parse(name))?;
            Some((name, IamPath::root()))
        }
        NamedDoc::Path(doc) => {
            let name = sink.take("bad-name", place.key("name").span(), parse(&doc.name));
            let path = sink.take(
                "bad-path",
                place.key("path").span(),
                IamPath::parse(&doc.path),
            );
            Some((name?, path?))
        }
    }
}

/// A product that signs in as an IAM user needs one.
fn needs_user(sink: &mut Sink, doc: &DeploymentDoc, root: Place<'_>, products: &[BoundProduct]) {
    for product in products {
        let has_user = doc.hub.as_ref().is_some_and(|hub| hub.user.is_some());
        if product.catalog.access.authenticates_as == AuthenticatesAs::IamUser && !has_user {
            let place = root.key("products").index(product.index).key("catalog");
            sink.push(
                Diagnostic::error("missing-user", place.span(), format!("{} signs in as an IAM user, and the deployment names none", product.catalog.title))
                    .why("the product asks for the access key of a user and reads that user's groups")
                    .help(match root.has("hub") {
                        // A role that does not trust the hub has none.
                        true if root.key("hub").has("user") => "let the role trust the hub's user: `trust: {principal: account}`",
                        true => "name the user in `hub.user`",
                        false => "name the user and its group: hub: {account: \"111111111111\", user: svc-micetro, group: micetro-access}",
                    }),
            );
        }
    }
}
