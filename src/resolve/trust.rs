//! Checks who may assume the roles, and on what terms.

use super::bind::BoundProduct;
use super::federated::{self, Identity};
use super::guard::Reading;
use super::overrides::check_external_id;
use super::placeholder::Placeholders;
use super::principal::{meant, refuse_whole_account, tell_apart};
use super::request::{Caller, Request};
use super::service_trust;
use super::sink::Sink;
use super::{ExternalIds, Hub, Trusted, TrustedPrincipal};
use crate::diag::{Diagnostic, Span};
use crate::load::Place;
use crate::load::catalog::{OneOrMany, VendorDoc};
use crate::load::deployment::DeploymentDoc;
use crate::load::trust_doc::{ProviderDoc, TrustDoc, TrustsDoc};
use crate::model::{
    AccountId, Action, ArnPattern, Conditions, ExternalId, ExternalIdSupport, OidcProvider,
    Partition, Principal, Text, TrustKind, check_principal_arn, shown,
};
use crate::reference::Reference;

const ASSUME: &[&str] = &["sts:AssumeRole"];
const TAG_SESSION: &str = "sts:TagSession";

/// What the trust of a deployment is checked against.
pub(super) struct Deployed<'a> {
    pub(super) doc: &'a DeploymentDoc,
    pub(super) root: Place<'a>,
    pub(super) partition: Partition,
    /// The deployment's hub. `doc` has none if the role does not trust it.
    pub(super) hub: Option<&'a Hub>,
    pub(super) products: &'a [BoundProduct],
    /// Whether each target has an external id of its own.
    pub(super) own_external_ids: bool,
    pub(super) reference: &'a Reference,
}

/// The principals as the deployment lists them; the hub account where it says nothing.
pub(super) fn listed(doc: &DeploymentDoc) -> Vec<TrustDoc> {
    let listed = doc.trust.as_ref().map(TrustsDoc::as_slice);
    listed.map_or_else(|| vec![TrustDoc::default()], <[TrustDoc]>::to_vec)
}

/// The principal whose external id each target may have its own of: the only one that can send any, unless it lists several.
pub(super) fn with_own_external_ids(doc: &DeploymentDoc) -> Option<usize> {
    let listed = listed(doc);
    let mut sending = (0..listed.len()).filter(|&index| sends_external_id(&listed[index]));
    let only = sending.next().filter(|_| sending.next().is_none())?;
    let several = matches!(listed[only].external_id, Some(OneOrMany::Many(_)));
    (!several).then_some(only)
}

/// Whether a principal can send an external id: it calls `sts:AssumeRole` with credentials of AWS.
fn sends_external_id(trust: &TrustDoc) -> bool {
    trust.kinds().is_empty() || (trust.kinds() == ["principal"] && !is_pending(trust))
}

fn is_pending(trust: &TrustDoc) -> bool {
    trust.principal.as_deref() == Some("pending")
}

/// Checks whom the roles trust. What has a fault is left out.
pub(super) fn check_trust(sink: &mut Sink, deployed: &Deployed<'_>) -> Vec<Trusted> {
    let Deployed { doc, root, .. } = *deployed;
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
        return Vec::new();
    }
    let listed = listed(doc);
    if listed.is_empty() {
        sink.push(
            Diagnostic::error(
                "empty-list",
                root.key("trust").key_span(),
                "the roles would trust nobody",
            )
            .why("AWS takes no role without a principal")
            .help("name one; `principal: pending` is a role that nobody can assume yet"),
        );
    }
    let entries = listed.iter().enumerate().map(|(index, trust)| Entry {
        deployed,
        trust,
        place: root.key("trust").index(index),
        span: match doc.trust {
            Some(TrustsDoc::Many(_)) => root.key("trust").index(index).span(),
            Some(TrustsDoc::One(_)) => root.key("trust").key_span(),
            None => root.key("targets").key_span(),
        },
        has_own_external_ids: with_own_external_ids(doc) == Some(index),
    });
    let trusted: Vec<Trusted> = entries.filter_map(|entry| entry.check(sink)).collect();
    if listed.len() > 1
        && let Some(pending) = trusted.iter().find(|one| {
            matches!(
                one.principal,
                TrustedPrincipal::Outside(TrustKind::Nobody, _)
            )
        })
    {
        sink.push(
            Diagnostic::error("unused-field", pending.span, "`pending` locks out the other principals too")
                .why("the role denies everybody until its principal is known, and a denial counts more than a trust")
                .help("leave out the principal that is not known yet"),
        );
    }
    refuse_duplicates(sink, &trusted);
    refuse_untrusted_user(sink, deployed, &trusted);
    trusted
}

fn refuse_duplicates(sink: &mut Sink, trusted: &[Trusted]) {
    let terms = |of: &'_ Trusted| {
        (
            of.actions.clone(),
            of.external_ids.clone(),
            of.conditions.clone(),
        )
    };
    for (index, one) in trusted.iter().enumerate() {
        let mut earlier = trusted[..index].iter();
        let same =
            |known: &&Trusted| known.principal == one.principal && terms(known) == terms(one);
        if let Some(first) = earlier.find(same) {
            sink.push(
                Diagnostic::error(
                    "duplicate-principal",
                    one.span,
                    "this principal is trusted twice, on the same terms",
                )
                .label("again here")
                .related(first.span, "first here")
                .why("one of them has no effect, and a reviewer would look for the difference")
                .help("delete one of them, or write what it was meant to be"),
            );
        }
    }
}

/// The product signs in as the hub's user, if there is one.
fn refuse_untrusted_user(sink: &mut Sink, deployed: &Deployed<'_>, trusted: &[Trusted]) {
    let Some(Hub {
        user: Some((user, path)),
        account,
        ..
    }) = deployed.hub
    else {
        return;
    };
    if trusted.iter().any(Trusted::is_of_hub) {
        return;
    }
    let own = Text::iam_arn(account, "user", path.as_str(), user.as_str());
    for one in trusted {
        let (kind, principals) = match &one.principal {
            TrustedPrincipal::Outside(kind, principals) if *kind != TrustKind::Nobody => {
                (kind, principals)
            }
            _ => continue,
        };
        let values: Vec<Text> = principals.iter().map(Principal::value).collect();
        if values
            .iter()
            .any(|value| value.pattern().ends_with(":root"))
        {
            continue;
        }
        // Other roles of the deployment are the user's then.
        let is_own = values.contains(&own);
        if !is_own && deployed.doc.hub.is_none() {
            continue;
        }
        let span = match &deployed.doc.trust {
            Some(TrustsDoc::One(_)) if *kind == TrustKind::Principal => {
                deployed.root.key("trust").key("principal").span()
            }
            _ => one.span,
        };
        sink.push(if is_own {
            Diagnostic::error("untrusted-user", span, "this is the hub's own user, named as an existing principal")
                .why("for an existing principal, no policy is rendered that lets it assume the roles")
                .help("write `principal: user`, or `principal: account`, which still works after the user is recreated")
        } else {
            Diagnostic::error("untrusted-user", span, format!("the roles would not trust the hub's user {user}"))
                .why("the product signs in as that user, and every role would refuse it")
                .help("write `principal: account` or `principal: user`, or delete `hub.user`")
        });
    }
}

/// One principal of the deployment.
struct Entry<'a> {
    deployed: &'a Deployed<'a>,
    trust: &'a TrustDoc,
    place: Place<'a>,
    span: Span,
    has_own_external_ids: bool,
}

impl Entry<'_> {
    fn check(&self, sink: &mut Sink) -> Option<Trusted> {
        let trust = self.trust;
        if let [first, second, ..] = trust.kinds()[..] {
            sink.push(
                Diagnostic::error("several-principals", self.place.key(second).key_span(), format!("`{second}` beside `{first}`"))
                    .why("each principal has conditions of its own, and those of one would lock the other out")
                    .help("make a list of `trust`, with an item for each"),
            );
            return None;
        }
        let external_ids = self.external_ids(sink);
        let (principal, actions, own, provider) = self.principal(sink)?;
        let makes_provider = self.trust.provider == Some(ProviderDoc::Make);
        if self.trust.provider.is_some() && provider.is_none() {
            sink.push(
                Diagnostic::error(
                    "unused-field",
                    self.place.key("provider").key_span(),
                    "only a principal with tokens of an OIDC provider has one",
                )
                .help("delete it, or write it beside `github`, `gitlab`, `terraform_cloud`, `eks` or `web_identity`"),
            );
        }
        let mut actions: Vec<&str> = actions.to_vec();
        if trust.session_tags && !actions.contains(&TAG_SESSION) {
            actions.push(TAG_SESSION);
        }
        let actions: Vec<Action> = actions
            .iter()
            .filter_map(|action| Action::parse(action).ok())
            .collect();
        let conditions = self.conditions(sink, &principal, &actions, own);
        Some(Trusted {
            principal,
            actions,
            external_ids,
            conditions,
            provider,
            makes_provider,
            span: self.span,
        })
    }

    fn principal(
        &self,
        sink: &mut Sink,
    ) -> Option<(
        TrustedPrincipal,
        &'static [&'static str],
        Conditions,
        Option<OidcProvider>,
    )> {
        let (trust, place, partition) = (self.trust, self.place, self.deployed.partition);
        let identity = if let Some(doc) = &trust.github {
            federated::github(sink, doc, place.key("github"))
        } else if let Some(doc) = &trust.gitlab {
            federated::gitlab(sink, doc, place.key("gitlab"))
        } else if let Some(doc) = &trust.terraform_cloud {
            federated::terraform_cloud(sink, doc, place.key("terraform_cloud"))
        } else if let Some(doc) = &trust.eks {
            federated::eks(sink, doc, place.key("eks"))
        } else if let Some(doc) = &trust.web_identity {
            federated::web_identity(sink, doc, place.key("web_identity"))
        } else if let Some(provider) = &trust.saml {
            federated::saml(sink, provider, place.key("saml"), partition)
        } else if let Some(name) = &trust.service {
            service_trust::service(sink, name, place.key("service"))
        } else if let Some(doc) = &trust.roles_anywhere {
            service_trust::roles_anywhere(sink, doc, place.key("roles_anywhere"), partition)
        } else {
            let principal = self.of_aws(sink)?;
            return Some((principal, ASSUME, Conditions::new(), None));
        };
        self.refuse_restrict(sink);
        let Identity {
            kind,
            principals,
            actions,
            conditions,
            provider,
        } = identity?;
        let principal = TrustedPrincipal::Outside(kind, principals);
        Some((principal, actions, conditions, provider))
    }

    /// A principal with credentials of AWS.
    fn of_aws(&self, sink: &mut Sink) -> Option<TrustedPrincipal> {
        let (hub, span) = (self.deployed.hub, self.place.key("principal").span());
        let hub_doc = self.deployed.doc.hub.as_ref();
        match self.trust.principal.as_deref() {
            None | Some("account") if hub_doc.is_some() => self.account(sink, hub),
            Some("user") if hub_doc.is_some() => {
                if hub_doc.is_some_and(|hub| hub.user.is_none()) {
                    sink.push(
                        Diagnostic::error(
                            "missing-user",
                            span,
                            "`user` trusts the hub's user, and the hub names none",
                        )
                        .help("name it in `hub.user`, or trust the ARN of a principal that exists"),
                    );
                    return None;
                }
                self.refuse_restrict(sink);
                Some(TrustedPrincipal::User)
            }
            given @ (None | Some("account" | "user")) => {
                let span = given.map_or(self.span, |_| span);
                sink.push(
                    Diagnostic::error("missing-hub", span, "the roles would trust nobody: there is no hub")
                        .help("add `hub:`, or name a principal that exists: trust: {principal: \"arn:aws:iam::111111111111:role/ci\"}"),
                );
                None
            }
            Some("pending") => {
                self.refuse_restrict(sink);
                let nobody = vec![Principal::Anyone];
                Some(TrustedPrincipal::Outside(TrustKind::Nobody, nobody))
            }
            Some("vendor") => {
                self.refuse_restrict(sink);
                self.vendor(sink, span)
            }
            Some(arn) => {
                let arn = match check_principal_arn(arn, self.deployed.partition) {
                    Ok(arn) => arn,
                    Err(refusal) => {
                        let help = meant(arn, self.deployed.partition, self.deployed.products);
                        let help = help.unwrap_or(refusal.help);
                        sink.push(
                            Diagnostic::error("bad-principal", span, refusal.what)
                                .why(refusal.why)
                                .help(help),
                        );
                        return None;
                    }
                };
                self.refuse_restrict(sink);
                refuse_whole_account(sink, &arn, hub, self.is_locked(), span);
                let principals = vec![Principal::Arn(arn.text().clone())];
                Some(TrustedPrincipal::Outside(TrustKind::Principal, principals))
            }
        }
    }

    /// Whether something else than the account has to be right.
    fn is_locked(&self) -> bool {
        self.trust.external_id.is_some()
            || tell_apart(&self.trust.conditions)
            || (self.has_own_external_ids && self.deployed.own_external_ids)
    }

    fn account(&self, sink: &mut Sink, hub: Option<&Hub>) -> Option<TrustedPrincipal> {
        let restrict_to_user = self.trust.restrict_to_user.unwrap_or(true);
        let doc = self.deployed.doc.hub.as_ref();
        if restrict_to_user && doc.is_some_and(|hub| hub.user.is_none()) {
            let span = match (&self.trust.restrict_to_user, hub) {
                (Some(_), _) => self.place.key("restrict_to_user").span(),
                (None, Some(hub)) => hub.span,
                (None, None) => self.place.key_span(),
            };
            sink.push(
                Diagnostic::error("missing-user", span, "the roles trust the hub account narrowed to its user, and the hub names no user")
                    .why("without the narrowing, every principal of the hub account that is allowed to assume roles can assume these")
                    .help("name the user in `hub.user`, trust the ARN of a role that exists, or accept it with `trust: {restrict_to_user: false}`"),
            );
            return None;
        }
        Some(TrustedPrincipal::Account { restrict_to_user })
    }

    /// The vendor of the one product that comes from its vendor's account.
    fn vendor(&self, sink: &mut Sink, span: Span) -> Option<TrustedPrincipal> {
        let products = self.deployed.products.iter();
        let vendors: Vec<(&BoundProduct, &VendorDoc)> = products
            .filter_map(|product| Some((product, product.catalog.access.vendor.as_ref()?)))
            .collect();
        let (product, vendor) = match vendors[..] {
            [one] => one,
            // What a catalog with a fault says of its vendor is not known.
            [] if self.deployed.products.len() < self.deployed.doc.products.len() => return None,
            [] => {
                sink.push(
                    Diagnostic::error("missing-vendor", span, "no product here comes from an account of its vendor, as far as its catalog says")
                        .help("name the principal that the vendor documents by its ARN, or say `access.vendor` in the catalog"),
                );
                return None;
            }
            [first, second, ..] => {
                sink.push(
                    Diagnostic::error(
                        "several-vendors",
                        span,
                        format!(
                            "{} and {} come from accounts of two vendors",
                            first.0.catalog.title, second.0.catalog.title
                        ),
                    )
                    .why("each could use what the other one is granted")
                    .help("give each a deployment of its own"),
                );
                return None;
            }
        };
        let partition = self.deployed.partition;
        let principals = vendor.in_partition(partition);
        let title = &product.catalog.title;
        if principals.is_empty() {
            sink.push(
                Diagnostic::error("missing-vendor", span, format!("the vendor of {title} has no account in {partition}, as far as the catalog says"))
                    .why("roles cannot be assumed across partitions")
                    .help("name the principal that the vendor documents for this partition by its ARN"),
            );
            return None;
        }
        let principals: Vec<Principal> = principals
            .iter()
            .filter_map(|text| match AccountId::parse(text) {
                Ok(account) => Some(Principal::Account(account)),
                // The check of the catalog reports what is wrong.
                Err(_) => {
                    let arn = check_principal_arn(text, partition).ok()?;
                    Some(Principal::Arn(arn.text().clone()))
                }
            })
            .collect();
        let support = product.catalog.access.external_id;
        let whole = principals
            .iter()
            .any(|one| matches!(one, Principal::Account(_)));
        if whole && support == ExternalIdSupport::Optional && !self.is_locked() {
            sink.push(
                Diagnostic::error("whole-account", span, format!("the roles would trust the whole account of {title}'s vendor, without an external id"))
                    .why("another customer of the vendor could have the vendor assume these roles")
                    .help("add `external_id:` with the value that the product shows"),
            );
        }
        Some(TrustedPrincipal::Outside(
            TrustKind::Vendor(title.clone()),
            principals,
        ))
    }

    fn external_ids(&self, sink: &mut Sink) -> ExternalIds {
        let (products, place) = (self.deployed.products, self.place.key("external_id"));
        let given = self.trust.external_id.as_ref();
        if !sends_external_id(self.trust) {
            if given.is_some() {
                let span = place.key_span();
                sink.push(if is_pending(self.trust) {
                    Diagnostic::error("unused-field", span, "a role that nobody can assume yet asks for no external id")
                        .why("the role denies everybody, whatever they send")
                        .help("delete it, and write it beside the principal when the vendor has named that")
                } else {
                    Diagnostic::error("unused-field", span, "only a principal that calls sts:AssumeRole itself can send an external id")
                        .why("the role would ask for what is never sent, and nobody would get in")
                        .help("delete it; the token, the service or the certificate says who it is")
                });
            }
            return ExternalIds::These(Vec::new());
        }
        if self.has_own_external_ids {
            return ExternalIds::OfTarget;
        }
        let ids = given.map(OneOrMany::as_slice).unwrap_or_default();
        if given.is_some() && ids.is_empty() {
            sink.push(
                Diagnostic::error("empty-list", place.key_span(), "the list is empty")
                    .why("the role would ask for none, and could be assumed without one")
                    .help("write an external id, or delete the field"),
            );
        }
        let required = products.iter().find(|product| {
            let support = product.catalog.access.external_id;
            [ExternalIdSupport::Required, ExternalIdSupport::Issued].contains(&support)
        });
        if let Some(product) = required.filter(|_| ids.is_empty() && !self.trust.is_of_hub()) {
            sink.push(
                Diagnostic::error("missing-external-id", self.span, format!("{} sends an external id, and this principal is asked for none", product.catalog.title))
                    .why("without one, another customer of the vendor could have the vendor assume this role")
                    .help("add `external_id:` here, with the value that the product shows"),
            );
        }
        let ids = ids.iter().enumerate();
        let checked = ids.filter_map(|(index, id)| {
            let span = place.index(index).span();
            let checked = check_external_id(sink, products, id, span);
            match checked.differs {
                // Of several, each is for all targets.
                true => sink.take("bad-external-id", span, ExternalId::parse(id)),
                false => checked.same,
            }
        });
        ExternalIds::These(checked.collect())
    }

    /// What the identity brings with it, and what the deployment asks for beside.
    fn conditions(
        &self,
        sink: &mut Sink,
        principal: &TrustedPrincipal,
        actions: &[Action],
        mut own: Conditions,
    ) -> Conditions {
        let any = [ArnPattern::any()];
        let by_service = matches!(
            principal,
            TrustedPrincipal::Outside(TrustKind::Service(_) | TrustKind::Certificate { .. }, _)
        );
        let reading = Reading {
            placeholders: Placeholders::of_deployment(Some(self.deployed.reference)),
            parametric: &|_| false,
            request: Request {
                actions: &actions[..actions.len().min(1)],
                resources: &any,
                caller: match by_service {
                    true => Caller::Service,
                    false => Caller::Anyone,
                },
                partition: Some(self.deployed.partition),
                reference: self.deployed.reference,
            },
        };
        let place = self.place.key("conditions");
        reading.check(sink, &self.trust.conditions, place);
        let compared = self.compared_by_target(principal);
        for (operator, keys) in reading.read(&self.trust.conditions) {
            for (key, values) in keys {
                let by_key = own.entry(operator.clone()).or_default();
                let mut by_target = compared.iter().filter(|(own, _)| *own == operator);
                let is_same = |known: &str| known.eq_ignore_ascii_case(&key);
                if by_key.keys().any(|known| is_same(known))
                    || by_target.any(|(_, own)| is_same(own))
                {
                    sink.push(
                        Diagnostic::error("colliding-conditions", place.key(&operator).key(&key).key_span(), format!("{} is compared already", shown(&key)))
                            .why("what says who it is compares this key with the same operator, and IAM takes a key once for each")
                            .help("use another operator, such as `StringLike` beside `StringEquals` or `ArnLike` beside `ArnEquals`; both have to hold"),
                    );
                    continue;
                }
                by_key.insert(key, values);
            }
        }
        own
    }

    /// Operator and key of what is compared with values of each target. Others beside these would let in more.
    fn compared_by_target(
        &self,
        principal: &TrustedPrincipal,
    ) -> Vec<(&'static str, &'static str)> {
        let is_narrowed = matches!(
            principal,
            TrustedPrincipal::Account {
                restrict_to_user: true
            }
        );
        let own_ids = self.has_own_external_ids && self.deployed.own_external_ids;
        let asks = self.trust.external_id.is_some() || own_ids;
        let compared = [
            (is_narrowed, ("ArnEquals", "aws:PrincipalArn")),
            (asks, ("StringEquals", "sts:ExternalId")),
        ];
        let compared = compared.into_iter();
        compared
            .filter_map(|(given, one)| given.then_some(one))
            .collect()
    }

    fn refuse_restrict(&self, sink: &mut Sink) {
        if self.trust.restrict_to_user.is_some() {
            sink.push(
                Diagnostic::error(
                    "unused-field",
                    self.place.key("restrict_to_user").key_span(),
                    "`restrict_to_user` has a meaning only beside `principal: account`",
                )
                .help(
                    "delete it: it says whether only the hub's user may come from the hub account",
                ),
            );
        }
    }
}
