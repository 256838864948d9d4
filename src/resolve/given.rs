//! What always holds for a principal that is trusted: what its kind compares, and what IAM says of whoever is named.

use std::collections::{BTreeMap, BTreeSet};

use super::caller::{Caller, Shown};
use super::{ExternalIds, Hub, Trusted, TrustedPrincipal};
use crate::model::{Conditions, Partition, Text, TrustKind};

/// The conditions that hold for each request of the principal. `asks` is whether the role asks it for an external id.
pub(super) fn given(
    hub: Option<&Hub>,
    partition: Partition,
    trusted: &Trusted,
    asks: bool,
) -> Conditions {
    let arns = arns(hub, trusted);
    // A deployment may name its partition; a placeholder for it is read as the first one.
    let arns: BTreeSet<String> = [Partition::Aws, partition]
        .iter()
        .flat_map(|partition| {
            arns.iter()
                .map(move |rest| format!("arn:{partition}:{rest}"))
        })
        .collect();
    let parts = |number: usize| {
        let parts = arns
            .iter()
            .filter_map(move |arn| arn.split(':').nth(number));
        parts.map(str::to_owned).collect::<Vec<_>>()
    };
    let users: Vec<String> = match arns.iter().all(|arn| arn.contains(":user/")) {
        true => parts(5)
            .iter()
            .filter_map(|user| Some(user.rsplit_once('/')?.1.to_owned()))
            .collect(),
        false => Vec::new(),
    };
    let provider = trusted.provider.iter();
    let providers = provider
        .map(|provider| format!("arn:*:iam::*:oidc-provider/{}", provider.issuer))
        .collect();
    let ids = match &trusted.external_ids {
        ExternalIds::These(ids) => ids.iter().map(|id| id.as_str().to_owned()).collect(),
        ExternalIds::OfTarget if asks => vec!["*".to_owned()],
        ExternalIds::OfTarget => Vec::new(),
    };
    let (is_service, is_direct) = match trusted.caller() {
        Caller::Assumes { with, .. } => match with {
            Shown::Certificate | Shown::Service => (true, false),
            Shown::Token(_) | Shown::Response => (false, true),
            // What is said of users and roles is a fault of its own.
            _ => (false, false),
        },
        _ => (false, false),
    };
    let service = match &trusted.principal {
        TrustedPrincipal::Outside(TrustKind::Service(name), _) => vec![name.clone()],
        _ => Vec::new(),
    };
    let only = |holds: bool, value: &str| match holds {
        true => vec![value.to_owned()],
        false => Vec::new(),
    };
    let mut given = anywhere(&trusted.conditions);
    for (operators, key, values) in [
        (
            &["ArnLike", "StringLike"][..],
            "aws:PrincipalArn",
            Vec::from_iter(arns.clone()),
        ),
        (&["StringLike"], "aws:PrincipalAccount", parts(4)),
        (&["StringLike"], "aws:username", users),
        (
            &["ArnLike", "StringLike"],
            "aws:FederatedProvider",
            providers,
        ),
        (&["StringLike"], "sts:ExternalId", ids),
        (&["StringEquals"], "aws:PrincipalServiceName", service),
        (
            &["Bool"],
            "aws:PrincipalIsAWSService",
            only(is_service, "true"),
        ),
        (&["Bool"], "aws:ViaAWSService", only(is_direct, "false")),
        (&["Bool"], "aws:SecureTransport", only(true, "true")),
    ] {
        let texts = values.iter();
        let texts = texts.filter_map(|text| Text::parse(text, &BTreeMap::new()).ok());
        for operator in operators {
            let by_key = given.entry((*operator).to_owned()).or_default();
            by_key.insert(key.to_owned(), texts.clone().collect());
        }
    }
    given
}

/// Conditions with anything in place of the account and the partition, which others may write in full.
fn anywhere(conditions: &Conditions) -> Conditions {
    let mut anywhere = Conditions::new();
    for (operator, keys) in conditions {
        for (key, values) in keys {
            let texts: Vec<String> = values.iter().map(Text::pattern).collect();
            let open = |text: &String| text.replace("${account}", "*").replace("${partition}", "*");
            let opened: Vec<String> = texts.iter().map(open).collect();
            let operator = match operator.as_str() {
                "StringEquals" if opened != texts => "StringLike",
                operator => operator,
            };
            let by_key = anywhere.entry(operator.to_owned()).or_default();
            let texts = opened.into_iter().map(Text::literal);
            by_key.insert(key.clone(), texts.collect());
        }
    }
    anywhere
}

/// The ARNs of whom `aws:PrincipalArn` names, behind the partition, in which `*` may stand; none where it names nobody.
fn arns(hub: Option<&Hub>, trusted: &Trusted) -> Vec<String> {
    let principals = match &trusted.principal {
        TrustedPrincipal::Outside(TrustKind::Principal | TrustKind::Vendor(_), principals) => {
            principals
        }
        TrustedPrincipal::Outside(..) => return Vec::new(),
        of_hub => {
            let arn = hub.and_then(|hub| {
                let account = hub.account.as_str();
                match (of_hub, &hub.user) {
                    (
                        TrustedPrincipal::Account {
                            restrict_to_user: false,
                        },
                        _,
                    ) => Some(anybody_of(account)),
                    // Further users have names that begin so.
                    (_, Some((user, path))) => Some(format!("iam::{account}:user{path}{user}*")),
                    (_, None) => None,
                }
            });
            return arn.into_iter().collect();
        }
    };
    let arns = principals.iter().map(|principal| {
        let arn = principal.value().pattern();
        let account = arn
            .strip_suffix(":root")
            .and_then(|arn| arn.rsplit_once(':'));
        match account {
            Some((_, account)) => anybody_of(account),
            None => arn.splitn(3, ':').nth(2).unwrap_or_default().to_owned(),
        }
    });
    arns.collect()
}

fn anybody_of(account: &str) -> String {
    format!("*::{account}:*")
}
