//! External ids: which principals can send one, and what is wrong with those that a role asks for.

use super::ExternalIds;
use super::overrides::check_external_id;
use super::sink::Sink;
use super::trust_entry::{Entry, listed};
use crate::diag::{Diagnostic, Span};
use crate::load::catalog::OneOrMany;
use crate::load::deployment::DeploymentDoc;
use crate::load::trust_doc::TrustDoc;
use crate::model::{ExternalId, ExternalIdSupport};

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

impl Entry<'_> {
    /// Those that the role asks for, and where each is named.
    pub(super) fn external_ids(&self, sink: &mut Sink) -> (ExternalIds, Vec<Span>) {
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
                        .help(match self.trust.service {
                            Some(_) => "delete it; if AWS documents that the service sends one, ask for it with `conditions: {StringEquals: {\"sts:ExternalId\": …}}`",
                            None => "delete it; the token or the certificate says who it is",
                        })
                });
            }
            return (ExternalIds::These(Vec::new()), Vec::new());
        }
        if self.has_own_external_ids {
            return (ExternalIds::OfTarget, Vec::new());
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
            let id = match checked.differs {
                // Of several, each is for all targets.
                true => sink.take("bad-external-id", span, ExternalId::parse(id)),
                false => checked.same,
            };
            Some((id?, span))
        });
        let (ids, spans) = checked.unzip();
        (ExternalIds::These(ids), spans)
    }
}
