//! Principals with credentials of AWS: the hub, the vendor of a product, and whoever the deployment names by its ARN.

use super::bind::BoundProduct;
use super::principal::{meant, refuse_whole_account, tell_apart};
use super::sink::Sink;
use super::trust_entry::Entry;
use super::{Hub, TrustedPrincipal};
use crate::diag::{Diagnostic, Span};
use crate::load::catalog::VendorDoc;
use crate::model::{AccountId, ExternalIdSupport, Principal, TrustKind, check_principal_arn};

impl Entry<'_> {
    /// A principal with credentials of AWS.
    pub(super) fn of_aws(&self, sink: &mut Sink) -> Option<TrustedPrincipal> {
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
        let conditions = self.trust.conditions.iter().flat_map(|(operator, keys)| {
            let keys = keys.iter();
            keys.map(move |(key, values)| (operator, key, values.as_slice().to_vec()))
        });
        self.trust.external_id.is_some()
            || tell_apart(conditions)
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
}
