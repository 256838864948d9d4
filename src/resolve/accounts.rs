//! Checks the hub, the role, the trust, the targets and the tags of a deployment.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use super::bind::BoundProduct;
use super::sink::Sink;
use super::{AuthenticatesAs, ExternalIdSupport, Hub, RoleDefaults, Target, TrustedPrincipal};
use crate::diag::Diagnostic;
use crate::load::deployment::{
    DeploymentDoc, HubDoc, NamedDoc, PartitionDoc, RoleOverrideDoc, TargetDoc, TrustDoc,
};
use crate::load::{Document, Place};
use crate::model::{
    AccountId, ArnPattern, ExternalId, GroupName, IamPath, Partition, RoleName, SessionDuration,
    TagKey, TagValue, Tags, Text, UserName, check_boundary_arn, check_principal_arn, leave_out,
    shown, unprintable,
};

/// What is known of the accounts; anything with a fault is absent.
#[derive(Debug)]
pub(super) struct Accounts {
    pub(super) partition: Partition,
    pub(super) hub: Option<Hub>,
    pub(super) workload: bool,
    pub(super) trust: Option<TrustedPrincipal>,
    /// In the deployment's order, one per target; absent where it has a fault.
    pub(super) targets: Vec<Option<Target>>,
    pub(super) role: Option<RoleDefaults>,
    pub(super) tags: Tags,
}

/// [`Accounts`] without gaps.
#[derive(Debug)]
pub(super) struct CompleteAccounts {
    pub(super) partition: Partition,
    pub(super) hub: Option<Hub>,
    pub(super) trust: Option<TrustedPrincipal>,
    pub(super) targets: Vec<Target>,
    pub(super) role: Option<RoleDefaults>,
    pub(super) tags: Tags,
}

impl Accounts {
    /// All of it, if no target has a fault.
    pub(super) fn into_complete(self) -> Option<CompleteAccounts> {
        Some(CompleteAccounts {
            partition: self.partition,
            hub: self.hub,
            trust: self.trust,
            targets: self.targets.into_iter().collect::<Option<Vec<_>>>()?,
            role: self.role,
            tags: self.tags,
        })
    }
}

/// Checks all accounts of the deployment.
pub(super) fn check(
    sink: &mut Sink,
    deployment: &Document<DeploymentDoc>,
    products: &[BoundProduct],
) -> Accounts {
    let doc = &deployment.doc;
    let root = deployment.root();
    let partition = match doc.partition {
        PartitionDoc::Aws => Partition::Aws,
        PartitionDoc::AwsUsGov => Partition::AwsUsGov,
        PartitionDoc::AwsCn => Partition::AwsCn,
    };
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
    let hub = doc
        .hub
        .as_ref()
        .and_then(|hub| check_hub(sink, hub, root.key("hub"), partition));
    needs_user(sink, doc, root, products);
    let trust = check_trust(sink, doc, root, partition, hub.as_ref());
    let defaults = role_settings(sink, doc, root, partition);
    let targets = check_targets(
        sink,
        doc,
        root,
        partition,
        &tags,
        products,
        defaults.as_ref(),
    );
    let role = defaults.and_then(|defaults| {
        Some(RoleDefaults {
            name: defaults.name?,
            path: defaults.path.unwrap_or_else(IamPath::root),
            max_session: defaults.max_session.unwrap_or(SessionDuration::DEFAULT),
        })
    });
    Accounts {
        partition,
        hub,
        workload: doc.hub.as_ref().is_some_and(|hub| hub.workload),
        trust,
        targets,
        role,
        tags,
    }
}

/// The role as the deployment has it for every target.
fn role_settings(
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

fn check_hub(sink: &mut Sink, hub: &HubDoc, place: Place<'_>, partition: Partition) -> Option<Hub> {
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
    if hub.user.is_none() {
        for (given, key, what) in [
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
    Some(Hub {
        account: account?,
        user: match user {
            Some(user) => Some(user?),
            None => None,
        },
        group: group?,
        group_span: place.key("group").span(),
        permissions: hub.permissions,
        permissions_boundary: match boundary {
            Some(boundary) => Some(boundary?),
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

fn check_boundary(
    sink: &mut Sink,
    boundary: &str,
    place: Place<'_>,
    partition: Partition,
) -> Option<ArnPattern> {
    match Text::parse(boundary, &BTreeMap::new()) {
        Ok(text) => sink.take(
            "bad-arn",
            place.span(),
            check_boundary_arn(&text, partition),
        ),
        Err(error) => {
            let known = ["account", "partition"].into_iter();
            sink.push(super::catalog::unknown_placeholder(
                &error.name,
                place.span(),
                known,
            ));
            None
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
                    .help("name the user and its group: hub: {account: \"111111111111\", user: svc-micetro, group: micetro-access}"),
            );
        }
    }
}

fn check_trust(
    sink: &mut Sink,
    doc: &DeploymentDoc,
    root: Place<'_>,
    partition: Partition,
    hub: Option<&Hub>,
) -> Option<TrustedPrincipal> {
    let place = root.key("trust");
    let trust = doc.trust.clone().unwrap_or_default();
    if doc.targets.is_empty() {
        for (given, key) in [(doc.role.is_some(), "role"), (doc.trust.is_some(), "trust")] {
            if given {
                sink.push(
                    Diagnostic::warning(
                        "unused-field",
                        root.key(key).key_span(),
                        format!("`{key}` has no effect: there are no targets"),
                    )
                    .help(
                        "list the accounts that get a role under `targets`, or delete this field",
                    ),
                );
            }
        }
        return None;
    }
    let principal = trust.principal.as_deref();
    match (principal, doc.hub.is_some()) {
        (None | Some("account"), true) => account_trust(sink, &trust, doc, hub, place),
        (Some("user"), true) => {
            if doc.hub.as_ref().is_some_and(|hub| hub.user.is_none()) {
                sink.push(
                    Diagnostic::error(
                        "missing-user",
                        place.key("principal").span(),
                        "`user` trusts the hub's user, and the hub names none",
                    )
                    .help("name it in `hub.user`, or trust the ARN of a principal that exists"),
                );
                return None;
            }
            refuse_restrict(sink, &trust, place);
            Some(TrustedPrincipal::User)
        }
        (None | Some("account" | "user"), false) => {
            let span = match principal {
                Some(_) => place.key("principal").span(),
                None => root.key("targets").key_span(),
            };
            sink.push(
                Diagnostic::error("missing-hub", span, "the roles would trust nobody: there is no hub")
                    .help("add `hub:`, or name a principal that exists: trust: {principal: \"arn:aws:iam::111111111111:role/ci\"}"),
            );
            None
        }
        (Some(arn), _) => {
            let span = place.key("principal").span();
            let arn = sink.take("bad-principal", span, check_principal_arn(arn, partition))?;
            refuse_restrict(sink, &trust, place);
            if let Some(Hub {
                user: Some((user, path)),
                account,
                ..
            }) = hub
                && *arn.text() != Text::iam_arn(account, "user", path.as_str(), user.as_str())
            {
                sink.push(
                    Diagnostic::error("untrusted-user", span, format!("the roles would not trust the hub's user {user}"))
                        .why("the user would be allowed to assume the roles, and every role would refuse it")
                        .help("write `principal: account` or `principal: user`, or delete `hub.user`"),
                );
            }
            Some(TrustedPrincipal::Existing(arn))
        }
    }
}

fn account_trust(
    sink: &mut Sink,
    trust: &TrustDoc,
    doc: &DeploymentDoc,
    hub: Option<&Hub>,
    place: Place<'_>,
) -> Option<TrustedPrincipal> {
    let restrict_to_user = trust.restrict_to_user.unwrap_or(true);
    let no_user = doc.hub.as_ref().is_some_and(|hub| hub.user.is_none());
    if restrict_to_user && no_user {
        let span = match (&trust.restrict_to_user, hub) {
            (Some(_), _) => place.key("restrict_to_user").span(),
            (None, Some(hub)) => hub.span,
            (None, None) => place.key_span(),
        };
        sink.push(
            Diagnostic::error("missing-user", span, "the roles trust the hub account narrowed to its user, and the hub names no user")
                .why("without the narrowing, every principal of the hub account that is allowed to assume roles can take these")
                .help("name the user in `hub.user`, trust the ARN of a role that exists, or accept it with `trust: {restrict_to_user: false}`"),
        );
        return None;
    }
    Some(TrustedPrincipal::Account { restrict_to_user })
}

fn refuse_restrict(sink: &mut Sink, trust: &TrustDoc, place: Place<'_>) {
    if trust.restrict_to_user.is_some() {
        sink.push(
            Diagnostic::error(
                "unused-field",
                place.key("restrict_to_user").key_span(),
                "`restrict_to_user` has a meaning only where the account is trusted",
            )
            .help("delete it: this principal is one user or role already"),
        );
    }
}

fn check_targets(
    sink: &mut Sink,
    doc: &DeploymentDoc,
    root: Place<'_>,
    partition: Partition,
    tags: &Tags,
    products: &[BoundProduct],
    defaults: Option<&RoleSettings>,
) -> Vec<Option<Target>> {
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
        let external_id = match &target.external_id {
            Some(id) => {
                let place = place.key("external_id");
                sendable(sink, products, place);
                Some(sink.take("bad-external-id", place.span(), ExternalId::parse(id)))
            }
            None => default_external_id.clone(),
        };
        required_external_id(sink, products, external_id.is_some(), place);
        let checked = check_target(sink, target, place, partition, tags);
        targets.push(
            checked.and_then(|checked| complete(checked, defaults.cloned()?, external_id, place)),
        );
    }
    targets
}

fn sendable(sink: &mut Sink, products: &[BoundProduct], place: Place<'_>) {
    for product in products {
        if product.catalog.access.external_id == ExternalIdSupport::Unsupported {
            sink.push(
                Diagnostic::error("unsendable-external-id", place.span(), format!("{} cannot send an external id", product.catalog.title))
                    .why("a role that asks for an external id refuses every caller that sends none, so the product would be locked out")
                    .help("delete it; `trust.restrict_to_user` narrows the trust instead"),
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
struct RoleSettings {
    name: Option<RoleName>,
    path: Option<IamPath>,
    max_session: Option<SessionDuration>,
    permissions_boundary: Option<ArnPattern>,
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
    partition: Partition,
    defaults: &Tags,
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
    let role = check_role(sink, &role, place.key("role"), partition);
    let own = tags(sink, &target.tags, place.key("tags"));
    let mut merged = defaults.clone();
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
        tags: target.tags,
        grant_set: 0,
        span: place.key_span(),
    })
}

fn tags(sink: &mut Sink, written: &IndexMap<String, String>, place: Place<'_>) -> Tags {
    let mut tags = Tags::new();
    if written.is_empty() {
        return tags;
    }
    // Looking each key up by its name would take long in a file of nothing but tags.
    for (key, at) in place.fields() {
        let Some(value) = written.get(key) else {
            continue;
        };
        let key = sink.take("bad-tag", at.key_span(), TagKey::parse(key));
        let value = sink.take("bad-tag", at.span(), TagValue::parse(value));
        if let (Some(key), Some(value)) = (key, value) {
            tags.insert(key, value);
        }
    }
    count_tags(sink, &tags, Some(place));
    tags
}

fn count_tags(sink: &mut Sink, tags: &Tags, place: Option<Place<'_>>) {
    let Some(place) = place else { return };
    if tags.len() > 50 {
        sink.push(
            Diagnostic::error(
                "too-many-tags",
                place.key_span(),
                format!(
                    "{} tags on one user or role, the deployment's included",
                    tags.len()
                ),
            )
            .why("IAM takes at most 50")
            .help(format!("delete at least {}", tags.len() - 50)),
        );
        return;
    }
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for key in tags.keys() {
        if let Some(first) = seen.insert(key.as_str().to_lowercase(), key.as_str()) {
            // Of a deployment's tag and a target's, the target's is the one to point at.
            let own = [key.as_str(), first].into_iter().find(|key| place.has(key));
            let Some(own) = own else { continue };
            sink.push(
                Diagnostic::error(
                    "case-colliding-tags",
                    place.key(own).key_span(),
                    format!(
                        "the tags `{first}` and `{}` differ in case only",
                        key.as_str()
                    ),
                )
                .why("on users and roles, IAM ignores the case of tag keys and refuses the second")
                .help("spell them alike, or choose another key"),
            );
        }
    }
}
