//! Checks what a target, or some accounts of a list, have different from the deployment.

use super::bind::BoundProduct;
use super::boundary::check_boundary;
use super::candidate::{Common, Overrides, RoleSettings, Said};
use super::per_target::PerTarget;
use super::sink::Sink;
use super::tags::tags;
use crate::diag::{Diagnostic, Span};
use crate::load::Place;
use crate::load::role_doc::RoleOverrideDoc;
use crate::model::{ExternalId, ExternalIdSupport, IamPath, Partition, RoleName, SessionDuration};

/// Checks what one target, or one rule, says.
pub(super) fn check_overrides(
    sink: &mut Sink,
    common: &Common<'_>,
    said: Said<'_>,
    place: Place<'_>,
) -> Overrides {
    let role = said.role.map(|role| {
        let place = place.key("role");
        check_role(sink, role, place, common.partition)
    });
    Overrides {
        role: role.unwrap_or_default(),
        tags: tags(sink, said.tags, place.key("tags")),
        external_id: said.external_id.map(|id| {
            let span = place.key("external_id").span();
            check_external_id(sink, common.products, id, span)
        }),
        grant_set: said.variant.and_then(|name| {
            let span = place.key("variant").span();
            common.variants.set(sink, Some(name), span)
        }),
    }
}

/// Checks an external id, and that every product can send one.
pub(super) fn check_external_id(
    sink: &mut Sink,
    products: &[BoundProduct],
    id: &str,
    span: Span,
) -> PerTarget<ExternalId> {
    for product in products {
        if product.catalog.access.external_id == ExternalIdSupport::Unsupported {
            sink.push(
                Diagnostic::error("unsendable-external-id", span, format!("{} cannot send an external id", product.catalog.title))
                    .why("a role that asks for an external id refuses every caller that sends none, so the product would be locked out")
                    .help("delete it, and let `trust.principal` name one role or user by its ARN, or where there is a hub, its user by `account`"),
            );
        }
    }
    PerTarget::parse(sink, (id, span), "bad-external-id", ExternalId::parse)
}

/// Checks the settings of a role.
pub(super) fn check_role(
    sink: &mut Sink,
    role: &RoleOverrideDoc,
    place: Place<'_>,
    partition: Partition,
) -> RoleSettings {
    let name = role.name.as_ref();
    let path = role.path.as_ref();
    let max_session = role.max_session.as_ref();
    let boundary = role.permissions_boundary.as_ref();
    RoleSettings {
        name: name.map(|name| {
            let span = place.key("name").span();
            PerTarget::parse(sink, (name, span), "bad-name", RoleName::parse)
        }),
        path: path
            .and_then(|path| sink.take("bad-path", place.key("path").span(), IamPath::parse(path))),
        max_session: max_session.and_then(|session| {
            let span = place.key("max_session").span();
            sink.take("bad-session", span, SessionDuration::parse(session))
        }),
        permissions_boundary: boundary.and_then(|boundary| {
            let place = place.key("permissions_boundary");
            let arn = check_boundary(sink, boundary, place, partition)?;
            Some((arn, place.span()))
        }),
    }
}
