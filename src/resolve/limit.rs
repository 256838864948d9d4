//! Limits of a deployment: Regions and source addresses. They become denials, so that they hold for whatever else is allowed,
//! and nothing is allowed by them.

use std::collections::{BTreeMap, BTreeSet};

use super::shape::parse_region;
use super::sink::Sink;
use super::verdict::filled;
use super::{Denial, SelectedGrant, SelectedManaged};
use crate::diag::{Diagnostic, Span};
use crate::load::deny_doc::LimitsDoc;
use crate::load::deployment::DeploymentDoc;
use crate::load::{Document, Place};
use crate::model::{
    Action, ArnPattern, Conditions, Effect, IpRange, Operator, Partition, Text,
    check_condition_value, overlap, shown,
};
use crate::reference::{Takes, takes};

/// The denials that limit what is granted, once what could then never be used is refused.
pub(super) fn denials<'a>(
    sink: &mut Sink,
    deployment: &Document<DeploymentDoc>,
    grants: impl Iterator<Item = &'a SelectedGrant>,
    policies: impl Iterator<Item = &'a SelectedManaged>,
) -> Vec<Denial> {
    let Some(limits) = &deployment.doc.limits else {
        return Vec::new();
    };
    let place = deployment.root().key("limits");
    if limits.regions.is_empty() && limits.source_ips.is_empty() {
        sink.push(
            Diagnostic::error("empty-list", place.key_span(), "`limits` limits nothing")
                .help("write `regions` or `source_ips`, or delete the field"),
        );
    }
    let grants: Vec<&SelectedGrant> = grants.collect();
    let partition = deployment.doc.partition;
    let of_policies = services(sink, policies, place.key("regions"), limits);
    let by_region = by_region(sink, limits, (&grants, &of_policies), place, partition);
    let by_address = by_address(sink, limits, &grants, place);
    by_region.into_iter().chain(by_address).collect()
}

/// The denial outside of the Regions, of each service that is granted and is not global.
fn by_region(
    sink: &mut Sink,
    limits: &LimitsDoc,
    (grants, of_policies): (&[&SelectedGrant], &BTreeSet<String>),
    place: Place<'_>,
    partition: Partition,
) -> Option<Denial> {
    let place = place.key("regions");
    let each = limits.regions.iter().enumerate();
    let regions: BTreeSet<String> = each
        .filter_map(|(index, region)| {
            let span = place.index(index).span();
            sink.take("bad-region", span, parse_region(region, partition))
        })
        .collect();
    if regions.is_empty() || regions.len() < limits.regions.len() {
        return None;
    }
    let listed: Vec<&str> = regions.iter().map(String::as_str).collect();
    let listed = listed.join(", ");
    let regional = of_policies.iter().filter(|service| {
        let takes = takes(partition, service);
        !matches!(takes, Some(Takes::Global(_)))
    });
    let mut actions: BTreeSet<Action> = regional
        .filter_map(|service| Action::parse(&format!("{service}:*")).ok())
        .collect();
    let mut told = BTreeSet::new();
    for grant in grants {
        let service = grant.action.service();
        if service == "*" {
            if told.insert((grant.span, String::new())) {
                sink.push(under_wildcard(grant.span, place));
            }
            continue;
        }
        let only = match takes(partition, service) {
            Some(Takes::Global(_)) => continue,
            Some(Takes::Only(region)) => Some(region),
            None => None,
        };
        actions.extend(Action::parse(&format!("{service}:*")));
        let why = match only.filter(|region| !regions.contains(*region)) {
            Some(region) => Some(format!("{service} takes all calls in {region}")),
            None => elsewhere(grant, &regions),
        };
        if let Some(why) = why
            && told.insert((grant.span, grant.action.to_string()))
        {
            sink.push(never(grant, place, &format!("outside of {listed}"), &why));
        }
    }
    let values = regions.iter().map(|region| Text::literal(region.as_str()));
    (!actions.is_empty()).then(|| Denial {
        actions: actions.into_iter().collect(),
        resources: vec![ArnPattern::any()],
        conditions: condition("StringNotEquals", "aws:RequestedRegion", values),
        reason: format!(
            "Limited to {listed}. Global services, such as IAM, are in no Region of the caller's choice and are not limited."
        ),
        span: place.key_span(),
    })
}

/// The services that managed policies of AWS allow anything of. What AWS adds to them later is in none of these.
fn services<'a>(
    sink: &mut Sink,
    policies: impl Iterator<Item = &'a SelectedManaged>,
    place: Place<'_>,
    limits: &LimitsDoc,
) -> BTreeSet<String> {
    let mut services = BTreeSet::new();
    let mut told = BTreeSet::new();
    for selected in policies.filter(|_| !limits.regions.is_empty()) {
        for grant in selected.policy.granted() {
            let service = grant.action.split(':').next().unwrap_or_default();
            if grant.effect == Effect::Allow && service == "*" && told.insert(selected.span) {
                sink.push(under_wildcard(selected.span, place));
            }
            services.insert(service.to_lowercase());
        }
    }
    services.remove("*");
    services
}

fn under_wildcard(span: Span, place: Place<'_>) -> Diagnostic {
    Diagnostic::error(
        "limit-under-wildcard",
        span,
        "a limit of Regions cannot tell global services apart under `*`",
    )
    .related(place.key_span(), "the limit")
    .why("calls to global services, such as IAM, have a Region that nobody chooses, and would be denied")
    .help("name the services that the product uses, in a copy of the catalog, or delete the limit")
}

/// Why a grant is never used in the Regions: its own conditions or all of its resources are in others.
fn elsewhere(grant: &SelectedGrant, regions: &BTreeSet<String>) -> Option<String> {
    for (written, keys) in &grant.conditions {
        let Ok(operator) = Operator::parse(written) else {
            continue;
        };
        let of_regions = keys.iter().filter(|(key, _)| {
            let names = ["aws:RequestedRegion", "ec2:Region"];
            names.iter().any(|name| key.eq_ignore_ascii_case(name))
        });
        for (key, values) in of_regions {
            let values: Vec<String> = values.iter().map(filled).collect();
            let meets = |region: &String| {
                let mut values = values.iter();
                values.any(|value| value.contains("${") || overlap(value, region))
            };
            let none = match operator.negated {
                false => !regions.iter().any(meets),
                true => regions.iter().all(|region| values.contains(region)),
            };
            if none && operator.takes_variables() {
                return Some(format!(
                    "its condition on {} asks for another Region",
                    shown(key)
                ));
            }
        }
    }
    let arns = grant.resource.arns();
    let away = |arn: &ArnPattern| {
        let pattern = arn.text().pattern();
        let region = pattern.split(':').nth(3).unwrap_or_default().to_owned();
        let inside = |known: &String| overlap(&region, known);
        !region.is_empty() && !region.contains("${") && !regions.iter().any(inside)
    };
    let all = !arns.is_empty() && arns.iter().all(away);
    all.then(|| "all of its resources are in other Regions".to_owned())
}

/// The denial from other addresses, of everything.
fn by_address(
    sink: &mut Sink,
    limits: &LimitsDoc,
    grants: &[&SelectedGrant],
    place: Place<'_>,
) -> Option<Denial> {
    let place = place.key("source_ips");
    let ranges: Vec<IpRange> = limits
        .source_ips
        .iter()
        .enumerate()
        .filter_map(|(index, text)| {
            let span = place.index(index).span();
            let operator = Operator::parse("IpAddress").ok()?;
            sink.take("bad-condition", span, check_condition_value(operator, text))?;
            let range = IpRange::parse(text)?;
            if let Some(what) = range.never() {
                sink.push(
                    Diagnostic::error(
                        "impossible-value",
                        span,
                        format!("no request comes to AWS from {}: {what}", shown(text)),
                    )
                    .why("AWS compares the public address of the sender, and everything would be denied but for the other ranges")
                    .help("write the public addresses of the network, such as those of its NAT gateways"),
                );
                return None;
            }
            Some(range)
        })
        .collect();
    if ranges.is_empty() || ranges.len() < limits.source_ips.len() {
        return None;
    }
    let listed = limits.source_ips.join(", ");
    let mut told = BTreeSet::new();
    for grant in grants {
        let keys = grant.conditions.get("IpAddress").into_iter().flatten();
        let mut of_sender = keys.filter(|(key, _)| key.eq_ignore_ascii_case("aws:SourceIp"));
        let never_there = of_sender.any(|(_, values)| {
            let mut own = values
                .iter()
                .filter_map(|value| IpRange::parse(&filled(value)));
            !own.any(|own| ranges.iter().any(|range| range.meets(own)))
        });
        if never_there && told.insert(grant.span) {
            let why = "its condition on `aws:SourceIp` asks for other addresses";
            sink.push(never(
                grant,
                place,
                &format!("from other addresses than {listed}"),
                why,
            ));
        }
    }
    let values = limits
        .source_ips
        .iter()
        .map(|range| Text::literal(range.as_str()));
    let mut conditions = condition("NotIpAddress", "aws:SourceIp", values);
    let by_caller = [Text::literal("false")].into_iter();
    conditions.extend(condition("Bool", "aws:ViaAWSService", by_caller));
    Some(Denial {
        actions: Action::parse("*").into_iter().collect(),
        resources: vec![ArnPattern::any()],
        conditions,
        reason: format!(
            "Limited to calls from {listed}, and to what services of AWS then do on behalf of the caller."
        ),
        span: place.key_span(),
    })
}

fn condition(operator: &str, key: &str, values: impl Iterator<Item = Text>) -> Conditions {
    let keys = BTreeMap::from([(key.to_owned(), values.collect())]);
    Conditions::from([(operator.to_owned(), keys)])
}

fn never(grant: &SelectedGrant, place: Place<'_>, outside: &str, why: &str) -> Diagnostic {
    let span: Span = grant.span;
    Diagnostic::error(
        "outside-limits",
        span,
        format!("{} is granted and can never be used: {why}", grant.action),
    )
    .related(place.key_span(), format!("everything {outside} is denied"))
    .why("a limit is a Deny, which prevails over what is granted")
    .help("omit the action, or widen the limit")
}
