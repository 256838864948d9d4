//! Roles that services of AWS work with, and IAM Roles Anywhere among them.
//!
//! Sources: the IAM User Guide, "Create a role to delegate permissions to an AWS service" and "The confused deputy problem";
//! the EKS User Guide, "Create IAM role with trust policy required by EKS Pod Identity"; the IAM Roles Anywhere User Guide,
//! "The IAM Roles Anywhere trust model".

use super::federated::{Identity, add, patterns};
use super::placeholder::Placeholders;
use super::sink::Sink;
use crate::diag::{Diagnostic, did_you_mean};
use crate::load::Place;
use crate::load::trust_doc::RolesAnywhereDoc;
use crate::model::{ArnPattern, Conditions, Partition, Principal, Segment, Text, TrustKind, shown};
use crate::reference::{SERVICES_DATED, service_principals};

/// What EKS does with the role of a pod: it passes the pod's namespace, service account and cluster as tags.
const POD: &[&str] = &["sts:AssumeRole", "sts:TagSession"];
const ASSUME: &[&str] = &["sts:AssumeRole"];
/// What IAM Roles Anywhere does: it passes what the certificate says as tags, and its common name as the source identity.
const ANYWHERE: &[&str] = &["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"];

/// Services that say on whose behalf they act when they assume a role. AWS's documentation of each shows `aws:SourceAccount`
/// in the trust policy of a role: Amplify Hosting User Guide, "Adding a service role with permissions to deploy backend
/// resources"; AppStream 2.0 Administration Guide, "fleet machine role cross-service confused deputy prevention"; ECS,
/// "Cross-service confused deputy prevention"; EKS, as above; Resilience Hub User Guide, "Single-account execution role", of
/// FIS; Personalize Developer Guide, "Cross-service confused deputy prevention".
const SAY_FOR_WHOM: &[&str] = &[
    "amplify.amazonaws.com",
    "appstream.amazonaws.com",
    "ecs-tasks.amazonaws.com",
    "fis.amazonaws.com",
    "personalize.amazonaws.com",
    "pods.eks.amazonaws.com",
];

/// A service, by its name. Nothing of another account may have it act here, where the service tells.
pub(super) fn service(sink: &mut Sink, name: &str, place: Place<'_>) -> Option<Identity> {
    if name == "rolesanywhere.amazonaws.com" {
        sink.push(
            Diagnostic::error("bad-service", place.span(), "IAM Roles Anywhere asks for a trust anchor and a certificate")
                .why("without them, whoever has a certificate of any trust anchor in the account could assume the role")
                .help("write `roles_anywhere:` with `trust_anchor` and `certificate`"),
        );
        return None;
    }
    if service_principals().binary_search(&name).is_err() {
        let whole = format!("{name}.amazonaws.com");
        let known = service_principals().iter().copied();
        let near = match service_principals().binary_search(&whole.as_str()) {
            // What the documentation calls EKS Pod Identity.
            _ if name.contains("pod-identity") => Some("pods.eks.amazonaws.com"),
            Ok(_) => Some(whole.as_str()),
            Err(_) => did_you_mean(name, known),
        };
        let help = match near {
            _ if name.starts_with("cognito-identity") => {
                "what is in an identity pool comes with a token, and Landgrant writes no such policy; trust the role that it has".to_owned()
            }
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                "write it as AWS's documentation of the service does, such as `ec2.amazonaws.com`"
                    .to_owned()
            }
        };
        sink.push(
            Diagnostic::error("bad-service", place.span(), format!("{} is not a service that assumes roles", shown(name)))
                .why(format!("IAM refuses a trust policy with a service that it does not know; the list is of {SERVICES_DATED}"))
                .help(help),
        );
        return None;
    }
    let mut conditions = Conditions::new();
    if SAY_FOR_WHOM.contains(&name) {
        let mut account = Text::default();
        account.push(Segment::Account);
        add(
            &mut conditions,
            "StringEquals",
            "aws:SourceAccount",
            [account],
        );
    }
    Some(Identity {
        kind: TrustKind::Service(name.to_owned()),
        principals: vec![Principal::Service(name.into())],
        actions: match name {
            "pods.eks.amazonaws.com" => POD,
            _ => ASSUME,
        },
        conditions,
        provider: None,
    })
}

/// Holders of certificates that a trust anchor vouches for.
pub(super) fn roles_anywhere(
    sink: &mut Sink,
    doc: &RolesAnywhereDoc,
    place: Place<'_>,
    partition: Partition,
) -> Option<Identity> {
    let span = place.key("trust_anchor").span();
    let is_arn = doc.trust_anchor.starts_with("arn:");
    let anchor = Placeholders::of_deployment(None)
        .parse(sink, &doc.trust_anchor, span)
        .filter(|_| is_arn)
        .and_then(|text| sink.take("bad-arn", span, ArnPattern::parse(&text, Some(partition))));
    let is_anchor = |arn: &ArnPattern| {
        let pattern = arn.text().pattern();
        let parts: Vec<&str> = pattern.splitn(6, ':').collect();
        parts.get(2) == Some(&"rolesanywhere")
            && parts
                .get(5)
                .is_some_and(|resource| resource.starts_with("trust-anchor/"))
            && parts
                .get(3)
                .is_some_and(|region| partition.has_region(region))
            && !pattern.contains(['*', '?'])
    };
    if !is_arn || anchor.as_ref().is_some_and(|arn| !is_anchor(arn)) {
        sink.push(
            Diagnostic::error("bad-arn", span, format!("{} is not one trust anchor", shown(&doc.trust_anchor)))
                .why("it is in a Region of the partition, and says whose certificates count: holders of those of any other one must stay out")
                .help("write `arn:${partition}:rolesanywhere:REGION:${account}:trust-anchor/ID`, as `aws rolesanywhere list-trust-anchors` prints it"),
        );
    }
    if doc.certificate.is_empty() {
        sink.push(
            Diagnostic::error(
                "wide-subject",
                place.key("certificate").key_span(),
                "nothing says whose certificate it has to be",
            )
            .why("whoever has any certificate of the authority could assume the role")
            .help("add a field of the certificate: `x509Subject/CN: ci.example.com`"),
        );
    }
    let mut conditions = Conditions::new();
    let mut fields = Vec::new();
    for (field, values) in &doc.certificate {
        let value_place = place.key("certificate").key(field);
        let mut earlier = doc.certificate.keys().take_while(|known| *known != field);
        if earlier.any(|known| known.eq_ignore_ascii_case(field)) {
            sink.push(
                Diagnostic::error(
                    "colliding-conditions",
                    value_place.key_span(),
                    format!("{} is compared already", shown(field)),
                )
                .why("IAM ignores the case of a key, and takes it once")
                .help("write the values of both in one list, any of which will do"),
            );
            continue;
        }
        let known = ["x509Subject/", "x509Issuer/", "x509SAN/"];
        if !known.iter().any(|begin| {
            field
                .strip_prefix(begin)
                .is_some_and(|name| !name.is_empty())
        }) {
            sink.push(
                Diagnostic::error("bad-identity", value_place.key_span(), format!("{} is not a field of a certificate", shown(field)))
                    .why("IAM Roles Anywhere passes fields of the subject, the issuer and the alternative names as tags")
                    .help("write `x509Subject/CN`, `x509Issuer/CN` or `x509SAN/DNS`, with the field behind the slash"),
            );
        }
        let values = patterns(sink, Some(values), "", value_place);
        for (index, value) in values.iter().enumerate() {
            if !value.bytes().any(|byte| byte.is_ascii_alphanumeric()) {
                sink.push(
                    Diagnostic::error(
                        "wide-subject",
                        value_place.index(index).span(),
                        format!("{} fits the certificates of anybody", shown(value)),
                    )
                    .why("the field is what tells the holders of certificates apart")
                    .help("write what is in the certificate, such as `ci.example.com`, or delete the field if others say enough"),
                );
            }
        }
        let operator = match values.iter().any(|value| value.contains(['*', '?'])) {
            true => "StringLike",
            false => "StringEquals",
        };
        fields.push(format!("{field} = {}", values.join(" or ")));
        let key = format!("aws:PrincipalTag/{field}");
        add(
            &mut conditions,
            operator,
            &key,
            values.into_iter().map(Text::literal),
        );
    }
    add(
        &mut conditions,
        "ArnEquals",
        "aws:SourceArn",
        [anchor?.text().clone()],
    );
    Some(Identity {
        kind: TrustKind::Certificate { fields },
        principals: vec![Principal::Service("rolesanywhere.amazonaws.com".into())],
        actions: ANYWHERE,
        conditions,
        provider: None,
    })
}
