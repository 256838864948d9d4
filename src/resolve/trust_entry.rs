//! One principal that the roles of a deployment trust: what kind it is, and on what terms.

use std::collections::BTreeMap;

use super::bind::BoundProduct;
use super::federated::{self, Identity};
use super::given::given;
use super::guard::Reading;
use super::placeholder::Placeholders;
use super::service_trust;
use super::sink::Sink;
use super::together::judge_against;
use super::{Hub, Trusted, TrustedPrincipal};
use crate::diag::{Diagnostic, Span};
use crate::load::Place;
use crate::load::deployment::DeploymentDoc;
use crate::load::trust_doc::{ProviderDoc, TrustDoc, TrustsDoc};
use crate::model::{Action, ArnPattern, Conditions, OidcProvider, Partition, TrustKind, shown};
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

/// One principal of the deployment.
pub(super) struct Entry<'a> {
    pub(super) deployed: &'a Deployed<'a>,
    pub(super) trust: &'a TrustDoc,
    pub(super) place: Place<'a>,
    pub(super) span: Span,
    pub(super) has_own_external_ids: bool,
}

impl Entry<'_> {
    pub(super) fn check(&self, sink: &mut Sink) -> Option<Trusted> {
        let trust = self.trust;
        if let [first, second, ..] = trust.kinds()[..] {
            sink.push(
                Diagnostic::error("several-principals", self.place.key(second).key_span(), format!("`{second}` beside `{first}`"))
                    .why("each principal has conditions of its own, and those of one would lock the other out")
                    .help("make a list of `trust`, with an item for each"),
            );
            return None;
        }
        let (external_ids, external_ids_at) = self.external_ids(sink);
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
        let mut trusted = Trusted {
            principal,
            actions,
            external_ids,
            external_ids_at,
            conditions: own,
            written: Conditions::new(),
            written_at: BTreeMap::new(),
            provider,
            makes_provider,
            span: self.span,
        };
        if matches!(
            trusted.principal,
            TrustedPrincipal::Outside(TrustKind::Nobody, _)
        ) {
            self.refuse_conditions(sink);
        } else {
            self.add_conditions(sink, &mut trusted);
        }
        Some(trusted)
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

    /// The denial of everybody, with a condition, would deny some.
    fn refuse_conditions(&self, sink: &mut Sink) {
        if !self.trust.conditions.is_empty() {
            sink.push(
                Diagnostic::error(
                    "unused-field",
                    self.place.key("conditions").key_span(),
                    "a role that nobody can assume yet has no conditions",
                )
                .why("the role denies everybody until its principal is known, and with a condition it would deny some only")
                .help("delete it, and add it again with the principal"),
            );
        }
    }

    /// Adds what the deployment asks for, beside what the identity brings with it.
    fn add_conditions(&self, sink: &mut Sink, trusted: &mut Trusted) {
        let any = [ArnPattern::any()];
        let reading = Reading {
            placeholders: Placeholders::of_deployment(Some(self.deployed.reference)),
            parametric: &|_| false,
            request: trusted.request(&any, self.deployed.partition, self.deployed.reference),
        };
        let place = self.place.key("conditions");
        reading.check(sink, &self.trust.conditions, place);
        let written = reading.read(&self.trust.conditions);
        let compared = self.compared_by_target(&trusted.principal);
        let given = given(
            self.deployed.hub,
            self.deployed.partition,
            trusted,
            self.asks(),
        );
        let mut added = Conditions::new();
        for (operator, keys) in &written {
            for (key, values) in keys {
                let span = place.key(operator).key(key).key_span();
                let at = (operator.clone(), key.clone());
                trusted.written_at.insert(at, span);
                let by_key = trusted.conditions.entry(operator.clone()).or_default();
                let mut by_target = compared.iter().filter(|(own, _)| own == operator);
                let is_same = |known: &str| known.eq_ignore_ascii_case(key);
                if by_key.keys().any(|known| is_same(known))
                    || by_target.any(|(_, own)| is_same(own))
                {
                    sink.push(
                        Diagnostic::error("colliding-conditions", span, format!("{} is compared already", shown(key)))
                            .why("what says who it is compares this key with the same operator, and IAM takes a key once for each")
                            .help("use another operator, such as `StringLike` beside `StringEquals` or `ArnLike` beside `ArnEquals`; both have to hold"),
                    );
                    continue;
                }
                by_key.insert(key.clone(), values.clone());
                let added = added.entry(operator.clone()).or_default();
                added.insert(key.clone(), values.clone());
            }
        }
        for (operator, verdict) in judge_against(&added, &given) {
            let span = trusted.written_at[&(operator, verdict.key.clone())];
            sink.push(verdict.at(span));
        }
        trusted.written = written;
    }

    /// Whether it is asked for an external id.
    fn asks(&self) -> bool {
        let own_ids = self.has_own_external_ids && self.deployed.own_external_ids;
        self.trust.external_id.is_some() || own_ids
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
        let compared = [
            (is_narrowed, ("ArnEquals", "aws:PrincipalArn")),
            (self.asks(), ("StringEquals", "sts:ExternalId")),
        ];
        let compared = compared.into_iter();
        compared
            .filter_map(|(given, one)| given.then_some(one))
            .collect()
    }

    pub(super) fn refuse_restrict(&self, sink: &mut Sink) {
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
