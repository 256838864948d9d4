//! `landgrant explain`: explains an action and which catalogs ask for it, a condition key, a managed policy of AWS, or a
//! rule of `lint`, `audit` or `check`.

mod human;
mod json;
mod key;
mod managed;
mod rules;

use clap::Args;
use serde::Serialize;

use super::catalog::Format;
use super::{CatalogDir, Outcome, OverlayFile, ui};
use crate::load;
use crate::model::Action;
use crate::reference::{ActionFacts, Meant, Reference};
use crate::resolve::{Catalog, Entry, Inert, check_catalog};

#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// An AWS action such as ec2:DeleteVpc, a wildcard such as 'ec2:Describe*', a condition key such as ec2:ResourceTag, a managed policy of AWS such as SecurityAudit, or a rule such as escalation-path; all rules if absent
    #[arg(value_name = "ACTION|KEY|POLICY|RULE")]
    what: Option<String>,
    /// The output format
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    #[command(flatten)]
    catalogs: CatalogDir,
    #[command(flatten)]
    overlay: OverlayFile,
}

/// The explanation of an action or a wildcard.
struct Explanation<'a> {
    /// The requested action or wildcard.
    asked: Action,
    /// The actions that it matches: one, unless it is a wildcard.
    actions: Vec<ActionFacts<'a>>,
    /// The catalog entries that ask for it.
    entries: Vec<Asking<'a>>,
    /// What catalogs list of it and what is never granted, each with its catalog and feature.
    inert: Vec<(&'a Catalog, &'a str, &'a Inert)>,
    /// Catalogs of products that assume roles, if `sts:AssumeRole` is requested.
    assume_roles: Vec<&'a Catalog>,
}

/// A catalog entry that is related to the requested action.
struct Asking<'a> {
    catalog: &'a Catalog,
    feature: &'a str,
    entry: &'a Entry,
    how: How,
}

/// How an entry's action is related to the requested one.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum How {
    Same,
    /// A wildcard that matches the requested action.
    Wider,
    /// An action that the requested wildcard matches.
    Narrower,
}

pub(super) fn run(args: &ExplainArgs) -> anyhow::Result<Outcome> {
    let Some(what) = &args.what else {
        ui::print(&rules::text(None, args.format)?)?;
        return Ok(Outcome::Clean);
    };
    let policy = managed::find(what)?;
    // IAM ignores the case of the prefix too, although policies usually have it in lower case.
    let written = match what.split_once(':') {
        Some((prefix, name)) => format!("{}:{name}", prefix.to_ascii_lowercase()),
        None if what == "*" || policy.is_some() => what.clone(),
        None => {
            ui::print(&rules::text(Some(what), args.format)?)?;
            return Ok(Outcome::Clean);
        }
    };
    let (mut loaded, mut diagnostics) = load::load_catalogs(args.catalogs.catalogs.as_deref())?;
    let reference = args.overlay.read(&mut loaded.sources, &mut diagnostics)?;
    let Some(reference) = reference else {
        ui::diagnose(&loaded.sources, &mut diagnostics);
        return Ok(Outcome::Faults);
    };
    let mut catalogs = Vec::new();
    for document in loaded.catalogs.values() {
        let (catalog, faults) = check_catalog(document, &reference);
        diagnostics.extend(faults);
        catalogs.extend(catalog);
    }
    if ui::diagnose(&loaded.sources, &mut diagnostics) {
        return Ok(Outcome::Faults);
    }
    if let Some(policy) = policy {
        let text = managed::text(policy, &reference, &catalogs, args.format)?;
        ui::print(&text)?;
        return Ok(Outcome::Clean);
    }
    let parsed = Action::parse(&written);
    let actions = parsed
        .as_ref()
        .map_or(Vec::new(), |asked| reference.expand(asked.as_str()));
    if actions.is_empty() {
        let keys = reference.keys_named(what);
        if !keys.is_empty() {
            ui::print(&key::text(&reference, &keys, args.format)?)?;
            return Ok(Outcome::Clean);
        }
    }
    let asked = parsed.map_err(|refusal| anyhow::anyhow!("{}: {}", refusal.what, refusal.help))?;
    if actions.is_empty() {
        anyhow::bail!("{}", unknown(&reference, &asked));
    }
    let explanation = Explanation {
        entries: asking(&catalogs, &asked),
        inert: inert(&catalogs, &asked),
        assume_roles: catalogs
            .iter()
            .filter(|catalog| {
                asked.as_str().eq_ignore_ascii_case("sts:AssumeRole")
                    && catalog.access.assume_role.is_some()
            })
            .collect(),
        asked,
        actions,
    };
    let text = match args.format {
        Format::Human => human::text(&explanation),
        Format::Json => json::text(&explanation)?,
    };
    ui::print(&text)?;
    Ok(Outcome::Clean)
}

/// Every related entry: by catalog, in the catalog's order.
fn asking<'a>(catalogs: &'a [Catalog], asked: &Action) -> Vec<Asking<'a>> {
    let mut found = Vec::new();
    for catalog in catalogs {
        for (feature, listed) in &catalog.features {
            for entry in &listed.entries {
                let how = if entry.action.same_as(asked) {
                    How::Same
                } else if entry.action.covers(asked) {
                    How::Wider
                } else if asked.covers(&entry.action) {
                    How::Narrower
                } else {
                    continue;
                };
                found.push(Asking {
                    catalog,
                    feature,
                    entry,
                    how,
                });
            }
        }
    }
    found
}

/// What catalogs list of an action or a wildcard and never grant.
fn inert<'a>(catalogs: &'a [Catalog], asked: &Action) -> Vec<(&'a Catalog, &'a str, &'a Inert)> {
    let mut found = Vec::new();
    for catalog in catalogs {
        for (name, feature) in &catalog.features {
            let about = feature.inert.iter().filter(|inert| inert.is_about(asked));
            found.extend(about.map(|inert| (catalog, name.as_str(), inert)));
        }
    }
    found
}

fn unknown(reference: &Reference, asked: &Action) -> String {
    let dated = reference.sources().first().map_or("", |source| source.date);
    if asked.has_wildcard() {
        return format!("`{asked}` stands for no action that the reference of {dated} knows");
    }
    let meant = reference.meant(asked.as_str());
    let hint = meant.hint();
    if let (Meant::Operation(_), Some(hint)) = (&meant, &hint) {
        return hint.clone();
    }
    let meant = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
    format!(
        "the reference of {dated} has no action `{asked}`{meant}\nIf it is newer than that, describe it in a file and give that with --reference."
    )
}
