//! Explains a managed policy of AWS: its version, what it grants, and what of that stands out.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::super::catalog::{Format, level_name};
use super::super::managed::notes;
use super::super::report::{Page, json};
use super::super::table::{columns, paragraph};
use super::super::ui::bold;
use crate::diag::plural;
use crate::lint::{Listed, Notable};
use crate::model::{Effect, Partition, Prerequisites};
use crate::reference::{
    AccessLevel, AttachableTo, MANAGED_DATED, ManagedPolicy, Patterns, Reference, Statement,
    managed_policy, near_managed_policy,
};
use crate::resolve::{Catalog, ManagedEntry};

/// How many actions are listed of each kind; the others are counted.
const MOST: usize = 12;

#[derive(Serialize)]
struct ManagedJson<'a> {
    format: &'static str,
    name: &'a str,
    arn: String,
    version: &'a str,
    /// The day on which AWS changed it last.
    dated: &'a str,
    /// The date of the newest policy in the data. What AWS changed since is unknown.
    data_of: &'static str,
    /// Whether it can be attached to users, groups and roles.
    attachable: bool,
    /// How many actions it allows; those of wildcards are all that the reference knows.
    allows: usize,
    services: usize,
    /// The number of actions per access level.
    counts: BTreeMap<&'static str, usize>,
    /// Actions that it names and that the reference does not know.
    unknown_actions: &'a BTreeSet<String>,
    credentials: BTreeMap<&'a str, &'a str>,
    exposure: BTreeMap<&'a str, &'a str>,
    data: BTreeMap<&'a str, &'a str>,
    permissions_management: &'a [String],
    /// Ways to more permissions.
    escalation_paths: Vec<&'a str>,
    /// The condition keys of its statements.
    condition_keys: BTreeSet<&'a str>,
    statements: Vec<StatementJson<'a>>,
    /// The features of catalogs that ask for it: `product@version: feature`.
    asked_for_by: Vec<String>,
}

#[derive(Serialize)]
struct StatementJson<'a> {
    effect: Effect,
    #[serde(skip_serializing_if = "Option::is_none")]
    actions: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_actions: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resources: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_resources: Option<&'a [String]>,
    conditions: &'a crate::model::ConditionMap,
}

/// The policy that is asked for, if it is named as one: by ARN, by path and name, or by a name that is one.
///
/// # Errors
///
/// Fails if it is written as one and there is none.
pub(super) fn find(what: &str) -> anyhow::Result<Option<&'static ManagedPolicy>> {
    let found = managed_policy(what);
    if found.is_some() || !(what.starts_with("arn:") || what.contains('/') && !what.contains(':')) {
        return Ok(found);
    }
    let near = near_managed_policy(what).map(|near| format!("; did you mean `{near}`?"));
    let near = near.unwrap_or_default();
    let partition = what.split(':').nth(1);
    if partition
        .is_some_and(|partition| partition != "aws" && Partition::parse(partition).is_some())
    {
        anyhow::bail!(
            "the managed policies that are known are those of the partition `aws`; another partition may lack one, or have another version{near}"
        );
    }
    anyhow::bail!("AWS had no managed policy `{what}` on {MANAGED_DATED}{near}")
}

/// The explanation of a policy.
pub(super) fn text(
    policy: &ManagedPolicy,
    reference: &Reference,
    catalogs: &[Catalog],
    format: Format,
) -> serde_json::Result<String> {
    let asked: Vec<Asked<'_>> = asked_for_by(policy, catalogs).collect();
    let grants = policy.grants(reference, Partition::Aws);
    let notable = Notable::of(&grants, reference);
    match format {
        Format::Human => Ok(human(policy, &notable, &asked)),
        Format::Json => json(&document(policy, &notable, &asked)),
    }
}

/// A place in a catalog that asks for a policy.
type Asked<'a> = (&'a Catalog, &'a str, &'a ManagedEntry);

fn asked_for_by<'a>(
    policy: &ManagedPolicy,
    catalogs: &'a [Catalog],
) -> impl Iterator<Item = Asked<'a>> {
    let features = catalogs.iter().flat_map(|catalog| {
        let features = catalog.features.iter();
        features.map(move |(name, feature)| (catalog, name.as_str(), feature))
    });
    let entries = features.flat_map(|(catalog, name, feature)| {
        let entries = feature.managed.iter();
        entries.map(move |entry| (catalog, name, entry))
    });
    entries.filter(|(_, _, entry)| entry.policy.name == policy.name)
}

fn human(policy: &ManagedPolicy, notable: &Notable, asked: &[Asked<'_>]) -> String {
    let mut rows = Vec::new();
    let mut row = |name: &str, value: String| rows.push(vec![name.to_owned(), value]);
    if !policy.path.is_empty() {
        row("path", policy.path.to_owned());
    }
    row(
        "version",
        format!("{}, as of {MANAGED_DATED}", policy.attached().dated()),
    );
    let attached = match policy.attachable_to() {
        AttachableTo::Principals => "users, groups and roles",
        AttachableTo::ServiceLinkedRoles => "nothing but roles that AWS itself makes for a service",
        AttachableTo::RootSessions => "nothing: it limits sessions of a member account's root user",
    };
    row("attached to", attached.to_owned());
    let statements = policy.statements();
    let allows: Vec<&Statement> = of_effect(statements, Effect::Allow).collect();
    if allows.is_empty() {
        row("allows", "nothing".to_owned());
    } else {
        let actions = plural(notable.allowed.len(), "action");
        let services = plural(services(notable), "service");
        let unknown = match notable.unknown.len() {
            0 => String::new(),
            unknown => format!(", and {unknown} that the reference does not know"),
        };
        row(
            "allows",
            format!("{actions} of {services}{unknown}{}", but(&allows)),
        );
        row("resources", resources(&allows));
        row("conditions", conditions(&allows));
    }
    let denies: Vec<&Statement> = of_effect(statements, Effect::Deny).collect();
    if !denies.is_empty() {
        let actions: BTreeSet<&str> = denies
            .iter()
            .filter(|statement| !statement.actions.is_but)
            .flat_map(|statement| statement.actions.listed.iter().map(String::as_str))
            .collect();
        let actions = match actions.is_empty() {
            true => String::new(),
            false => format!("{}; ", few(actions.into_iter())),
        };
        let places = format!("{actions}resources: {}", resources(&denies));
        row(
            "denies",
            format!(
                "{places}; conditions: {}{}",
                conditions(&denies),
                but(&denies)
            ),
        );
    }
    let mut page = Page::default();
    page.block(&format!(
        "{} managed policy of AWS\n{}",
        bold(policy.name),
        columns(&rows)
    ));
    let levels: Vec<Vec<String>> = counts(notable)
        .into_iter()
        .map(|(level, count)| vec![level.to_owned(), count.to_string()])
        .collect();
    page.section("access levels", &columns(&levels));
    let mut listed = |title: &str, names: Vec<&str>| {
        if !names.is_empty() {
            let title = format!("{title} ({})", names.len());
            page.section(&title, &paragraph(&few(names.into_iter()), 2));
        }
    };
    let names = |listed: &[Listed]| listed.iter().map(|(action, _)| *action).collect::<Vec<_>>();
    listed(
        "returns something to sign in with",
        names(&notable.credentials),
    );
    listed("returns what is stored", names(&notable.data));
    listed("can open resources to others", names(&notable.exposure));
    listed(
        "changes who may do what",
        notable.manages.iter().map(String::as_str).collect(),
    );
    let mut ways = String::new();
    for way in notable.ways.iter().take(MOST) {
        ways.push_str(&paragraph(&way.message, 2));
    }
    if notable.ways.len() > MOST {
        ways.push_str(&format!("  and {} more\n", notable.ways.len() - MOST));
    }
    page.section(
        &format!("leads to more permissions ({})", notable.ways.len()),
        &ways,
    );
    let asked = asked.iter().map(|(catalog, feature, entry)| {
        let place = format!("{}: {feature}, {}", catalog.id, level_name(entry.level));
        format!(
            "  {place}\n{}",
            paragraph(&notes(entry, &Prerequisites::default()), 4)
        )
    });
    page.section("asked for by", &asked.collect::<String>());
    page.block(&paragraph(
        "AWS changes its policies when it likes, and whoever has them is granted what is new without being asked.",
        0,
    ));
    page.text
}

fn document<'a>(
    policy: &'a ManagedPolicy,
    notable: &'a Notable,
    asked: &[Asked<'_>],
) -> ManagedJson<'a> {
    let statements = policy.statements();
    let (yes, no) = (
        |patterns: &'a Patterns| (!patterns.is_but).then_some(patterns.listed.as_slice()),
        |patterns: &'a Patterns| patterns.is_but.then_some(patterns.listed.as_slice()),
    );
    ManagedJson {
        format: "landgrant/explain-managed-policy/v1",
        name: policy.name,
        arn: policy.arn(Partition::Aws),
        version: policy.version,
        dated: policy.date,
        data_of: MANAGED_DATED,
        attachable: policy.attachable_to() == AttachableTo::Principals,
        allows: notable.allowed.len(),
        services: services(notable),
        counts: counts(notable).into_iter().collect(),
        unknown_actions: &notable.unknown,
        credentials: notable.credentials.iter().copied().collect(),
        exposure: notable.exposure.iter().copied().collect(),
        data: notable.data.iter().copied().collect(),
        permissions_management: &notable.manages,
        escalation_paths: notable
            .ways
            .iter()
            .map(|way| way.message.as_str())
            .collect(),
        condition_keys: statements.iter().flat_map(keys).collect(),
        asked_for_by: asked
            .iter()
            .map(|(catalog, feature, _)| format!("{}: {feature}", catalog.id))
            .collect(),
        statements: statements
            .iter()
            .map(|statement| StatementJson {
                effect: statement.effect,
                actions: yes(&statement.actions),
                not_actions: no(&statement.actions),
                resources: yes(&statement.resources),
                not_resources: no(&statement.resources),
                conditions: &statement.conditions,
            })
            .collect(),
    }
}

fn of_effect(statements: &[Statement], effect: Effect) -> impl Iterator<Item = &Statement> {
    statements
        .iter()
        .filter(move |statement| statement.effect == effect)
}

fn services(notable: &Notable) -> usize {
    let prefixes = notable
        .allowed
        .keys()
        .filter_map(|action| action.split_once(':'));
    prefixes
        .map(|(prefix, _)| prefix)
        .collect::<BTreeSet<_>>()
        .len()
}

/// How many of the actions have each access level, from what lists to what changes permissions.
fn counts(notable: &Notable) -> Vec<(&'static str, usize)> {
    let mut by_level: BTreeMap<Option<AccessLevel>, usize> = BTreeMap::new();
    for level in notable.allowed.values() {
        *by_level.entry(*level).or_default() += 1;
    }
    let levels = AccessLevel::ALL.map(Some).into_iter().chain([None]);
    levels
        .filter_map(|level| {
            let count = by_level.get(&level)?;
            Some((level.map_or("unknown", AccessLevel::as_str), *count))
        })
        .collect()
}

/// What `NotAction` leaves out.
fn but(statements: &[&Statement]) -> String {
    let listed = statements
        .iter()
        .filter(|statement| statement.actions.is_but);
    let left_out: BTreeSet<&str> = listed
        .flat_map(|statement| statement.actions.listed.iter().map(String::as_str))
        .collect();
    match left_out.is_empty() {
        true => String::new(),
        false => format!(": every action but {}", few(left_out.into_iter())),
    }
}

fn resources(statements: &[&Statement]) -> String {
    let named = statements.iter().filter(|statement| {
        statement.resources.is_but || !statement.resources.listed.iter().any(|one| one == "*")
    });
    in_part(
        "* in every statement",
        "named in",
        statements.len(),
        named.count(),
    )
}

fn conditions(statements: &[&Statement]) -> String {
    let guarded = statements
        .iter()
        .filter(|statement| !statement.conditions.is_empty());
    let keys: BTreeSet<&str> = statements
        .iter()
        .flat_map(|statement| keys(statement))
        .collect();
    match in_part("none", "in", statements.len(), guarded.count()) {
        none if keys.is_empty() => none,
        part => format!("{part}: {}", few(keys.into_iter())),
    }
}

fn in_part(none: &str, of: &str, all: usize, part: usize) -> String {
    match part {
        0 => none.to_owned(),
        _ if part == all => format!("{of} every statement"),
        part => format!("{of} {part} of {}", plural(all, "statement")),
    }
}

fn keys(statement: &Statement) -> impl Iterator<Item = &str> {
    let by_operator = statement.conditions.values();
    by_operator.flat_map(|keys| keys.keys().map(String::as_str))
}

/// The first names, and the number of the others.
fn few<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    let shown = names[..names.len().min(MOST)].join(", ");
    match names.len().saturating_sub(MOST) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
