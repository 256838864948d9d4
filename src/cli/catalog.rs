//! `landgrant catalog`: what there is to grant, for a person and for a program.

use std::collections::BTreeMap;
use std::ffi::OsStr;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Args, Subcommand, ValueEnum};
use indexmap::IndexMap;
use serde::Serialize;

use super::denied::{DenialJson, denial_row};
use super::report::{Page, json};
use super::table::{columns, paragraph, row};
use super::ui::{self, bold};
use super::{CatalogDir, Outcome, OverlayFile, managed};
use crate::diag::did_you_mean;
use crate::load::builtin::BUILTIN_CATALOGS;
use crate::load::catalog::OneOrMany;
use crate::load::{self, Loaded};
use crate::model::{
    AssumeRoleGranularity, AssumeRolePlacement, AuthenticatesAs, CatalogId, ExternalIdSupport,
    GrantTo, Level, Partition, Prerequisites, condition,
};
use crate::resolve::{Catalog, Entry, EntryResource, Feature, Inert, check_catalog};

#[derive(Debug, Args)]
pub(super) struct CatalogArgs {
    #[command(subcommand)]
    command: CatalogCommand,
}

#[derive(Debug, Subcommand)]
enum CatalogCommand {
    /// List every catalog
    List(ListArgs),
    /// Show one catalog: its features, and what each action is for
    Show(ShowArgs),
}

#[derive(Debug, Args)]
struct ListArgs {
    /// The output format
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    #[command(flatten)]
    catalogs: CatalogDir,
    #[command(flatten)]
    overlay: OverlayFile,
}

#[derive(Debug, Args)]
struct ShowArgs {
    /// A catalog and its version, such as micetro@10.2
    #[arg(value_name = "CATALOG", value_parser = CatalogName, hide_possible_values = true)]
    catalog: String,
    /// The output format
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    #[command(flatten)]
    catalogs: CatalogDir,
    #[command(flatten)]
    overlay: OverlayFile,
}

/// The name of a catalog, whichever. Those in the binary are what a shell completes.
#[derive(Debug, Clone)]
struct CatalogName;

impl TypedValueParser for CatalogName {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let catalogs = BUILTIN_CATALOGS.iter();
        Some(Box::new(
            catalogs.map(|catalog| PossibleValue::new(catalog.name)),
        ))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For reading in a terminal
    Human,
    /// For programs
    Json,
}

pub(super) fn run(args: &CatalogArgs) -> anyhow::Result<Outcome> {
    match &args.command {
        CatalogCommand::List(args) => list(args),
        CatalogCommand::Show(args) => show(args),
    }
}

fn list(args: &ListArgs) -> anyhow::Result<Outcome> {
    let (mut loaded, diagnostics) = load::load_catalogs(args.catalogs.catalogs.as_deref())?;
    let Some(catalogs) = checked(&mut loaded, &args.overlay, diagnostics)? else {
        return Ok(Outcome::Faults);
    };
    let text = match args.format {
        Format::Human => {
            let mut rows = vec![row(["catalog", "actions", "vendor", "features"])];
            rows.extend(catalogs.iter().map(|catalog| {
                let features: Vec<&str> = catalog.features.keys().map(String::as_str).collect();
                vec![
                    catalog.id.to_string(),
                    actions(catalog).to_string(),
                    catalog.vendor.clone(),
                    features.join(", "),
                ]
            }));
            columns(&rows)
        }
        Format::Json => {
            let list: Vec<CatalogJson<'_>> = catalogs.iter().map(CatalogJson::from).collect();
            json(&BTreeMap::from([("catalogs", list)]))?
        }
    };
    ui::print(&text)?;
    Ok(Outcome::Clean)
}

fn show(args: &ShowArgs) -> anyhow::Result<Outcome> {
    let Some(id) = CatalogId::parse(&args.catalog) else {
        let (loaded, _) = load::load_catalogs(args.catalogs.catalogs.as_deref())?;
        anyhow::bail!("{}", unknown(&loaded, &args.catalog));
    };
    let (mut loaded, diagnostics) =
        load::load_one_catalog(&load::Origin::Disk, &id, args.catalogs.catalogs.as_deref())?;
    let known = loaded.available.contains_key(&id) || !diagnostics.is_empty();
    if !known {
        anyhow::bail!("{}", unknown(&loaded, &args.catalog));
    }
    let Some(catalogs) = checked(&mut loaded, &args.overlay, diagnostics)? else {
        return Ok(Outcome::Faults);
    };
    for catalog in &catalogs {
        let text = match args.format {
            Format::Human => human(catalog),
            Format::Json => json(&CatalogJson::from(catalog))?,
        };
        ui::print(&text)?;
    }
    Ok(Outcome::Clean)
}

/// The catalogs with their types, unless one has a fault, which is printed.
fn checked(
    loaded: &mut Loaded,
    overlay: &OverlayFile,
    mut diagnostics: Vec<crate::diag::Diagnostic>,
) -> anyhow::Result<Option<Vec<Catalog>>> {
    let mut catalogs = Vec::new();
    if let Some(reference) = overlay.read(&mut loaded.sources, &mut diagnostics)? {
        for document in loaded.catalogs.values() {
            let (catalog, faults) = check_catalog(document, &reference);
            diagnostics.extend(faults);
            catalogs.extend(catalog);
        }
    }
    Ok((!ui::diagnose(&loaded.sources, &mut diagnostics)).then_some(catalogs))
}

fn unknown(loaded: &Loaded, written: &str) -> String {
    let product = written.split('@').next().unwrap_or_default();
    let versions: Vec<String> = loaded
        .available
        .keys()
        .filter(|id| id.product == product)
        .map(|id| format!("`{id}`"))
        .collect();
    if !versions.is_empty() {
        return format!(
            "there is no catalog `{written}`; of {product} there are: {}",
            versions.join(", ")
        );
    }
    let known: Vec<String> = loaded.available.keys().map(ToString::to_string).collect();
    match did_you_mean(written, known.iter().map(String::as_str)) {
        Some(near) => format!("there is no catalog `{written}`; did you mean `{near}`?"),
        None => format!(
            "there is no catalog `{written}`; there are: {}",
            known.join(", ")
        ),
    }
}

fn actions(catalog: &Catalog) -> usize {
    let mut actions: Vec<&str> = catalog
        .features
        .values()
        .flat_map(|feature| &feature.entries)
        .map(|entry| entry.action.as_str())
        .collect();
    actions.sort_unstable();
    actions.dedup();
    actions.len()
}

fn human(catalog: &Catalog) -> String {
    let mut page = Page::default();
    let mut rows = vec![
        row(["signs in as", signs_in(catalog.access.authenticates_as)]),
        row(["external id", external_id(catalog.access.external_id)]),
    ];
    for (partition, principals) in vendor_principals(catalog) {
        let listed = principals.join(", ");
        rows.push(vec![format!("comes from in {partition}"), listed]);
    }
    if let Some(assume_role) = &catalog.access.assume_role {
        let place = match assume_role.policy {
            AssumeRolePlacement::GroupInline => "reads the inline policies of its user's groups",
            AssumeRolePlacement::Any => "any policy will do",
        };
        let shape = match assume_role.granularity {
            AssumeRoleGranularity::PolicyPerRole => "one policy for each role",
            AssumeRoleGranularity::RoleList => "one policy may list all roles",
        };
        rows.push(row(["assumes roles", &format!("{place}; {shape}")]));
    }
    for source in &catalog.sources {
        let dated = source.dated.as_ref().map(|dated| format!(", {dated}"));
        let url = source.url.as_ref().map(|url| format!(" {url}"));
        let (dated, url) = (dated.unwrap_or_default(), url.unwrap_or_default());
        rows.push(row(["source", &format!("{}{dated}{url}", source.title)]));
    }
    page.block(&format!(
        "{} {} by {}\n{}",
        bold(&catalog.id.to_string()),
        catalog.title,
        catalog.vendor,
        columns(&rows)
    ));
    let parameters = catalog.parameters.iter().map(|(name, parameter)| {
        let needed = match parameter.default {
            None => " Required.",
            Some(_) => "",
        };
        let list = match parameter.list {
            true => " A list.",
            false => "",
        };
        vec![
            name.clone(),
            format!("{}{list}{needed}", parameter.description),
        ]
    });
    page.section("parameters", &columns(&parameters.collect::<Vec<_>>()));
    let groups = catalog.one_of.iter().map(|group| vec![group.join(", ")]);
    page.section("exactly one of", &columns(&groups.collect::<Vec<_>>()));
    let denials = catalog.denials.iter().map(denial_row);
    page.section("must be denied", &columns(&denials.collect::<Vec<_>>()));
    for (name, feature) in &catalog.features {
        page.block(&feature_text(name, feature));
    }
    page.text
}

fn feature_text(name: &str, feature: &Feature) -> String {
    let places: Vec<&str> = feature.grant_to.iter().map(grant_to).collect();
    let mut text = format!(
        "{}: {} (granted to: {})\n",
        bold(name),
        feature.title,
        places.join(", ")
    );
    if let Some(section) = feature
        .source
        .as_ref()
        .and_then(|source| source.section.as_ref())
    {
        text.push_str(&paragraph(&format!("source: {section}"), 2));
    }
    let needs = feature.needs.words(&Prerequisites::default());
    if !needs.is_empty() {
        text.push_str(&paragraph(&needs.join("; "), 2));
    }
    for level in [Level::Required, Level::Recommended] {
        let entries: Vec<&Entry> = feature
            .entries
            .iter()
            .filter(|entry| entry.level == level)
            .collect();
        let managed = feature.managed.iter().filter(|entry| entry.level == level);
        let managed: Vec<Vec<String>> = managed
            .map(|entry| {
                vec![
                    format!("  {}", entry.policy.full_name()),
                    managed::notes(entry, &feature.needs),
                ]
            })
            .collect();
        let count = entries.len() + managed.len();
        if count == 0 {
            continue;
        }
        text.push_str(&format!("  {} ({count})\n", level_name(level)));
        let entries = entries.iter();
        let entries =
            entries.map(|entry| vec![format!("  {}", entry.action), notes(entry, &feature.needs)]);
        let rows: Vec<Vec<String>> = managed.into_iter().chain(entries).collect();
        text.push_str(&columns(&rows));
    }
    if !feature.inert.is_empty() {
        text.push_str(&format!("  never granted ({})\n", feature.inert.len()));
        let rows = feature.inert.iter().map(|inert| {
            let level = level_name(inert.level);
            vec![
                format!("  {}", inert.action),
                format!("{level}; {}", inert.words()),
            ]
        });
        text.push_str(&columns(&rows.collect::<Vec<_>>()));
    }
    text
}

/// What there is to say of an entry beside its action, and beside what was said of its feature.
pub(super) fn notes(entry: &Entry, said: &Prerequisites) -> String {
    let mut notes = Vec::new();
    match &entry.resource {
        EntryResource::OwnUser => notes.push("on the user itself".to_owned()),
        EntryResource::OwnGroups => notes.push("on the user's groups".to_owned()),
        EntryResource::Arns(arns) if arns.iter().all(|arn| arn == "*") => {}
        EntryResource::Arns(arns) => notes.push(format!("on {}", arns.join(" "))),
    }
    for (operator, keys) in &entry.conditions {
        for (key, values) in keys {
            notes.push(condition(operator, key, values.as_slice()));
        }
    }
    notes.extend(entry.needs.words(said));
    if let Some(written) = &entry.written {
        notes.push(format!("the vendor writes {written}"));
    }
    if let Some(purpose) = &entry.purpose {
        notes.push(format!("For: {}", purpose.trim_end_matches('.')));
    }
    if let Some(without) = &entry.without {
        notes.push(format!("Without it: {without}"));
    }
    notes.join("; ")
}

fn signs_in(kind: AuthenticatesAs) -> &'static str {
    match kind {
        AuthenticatesAs::IamUser => "an IAM user made for it",
        AuthenticatesAs::ExistingPrincipal => "whatever principal is signed in",
        AuthenticatesAs::VendorAccount => "the vendor's AWS account",
        AuthenticatesAs::WebIdentity => "a token of an OpenID Connect provider",
        AuthenticatesAs::Service => "a service of AWS that it runs in",
    }
}

/// The principals of the vendor's account, by partition.
fn vendor_principals(catalog: &Catalog) -> impl Iterator<Item = (&'static str, &[String])> {
    let vendor = catalog.access.vendor.iter();
    let listed = vendor.flat_map(|vendor| {
        Partition::ALL.map(|partition| (partition.as_str(), vendor.in_partition(partition)))
    });
    listed.filter(|(_, principals)| !principals.is_empty())
}

fn external_id(support: ExternalIdSupport) -> &'static str {
    match support {
        ExternalIdSupport::Unsupported => "cannot be sent",
        ExternalIdSupport::Optional => "can be sent",
        ExternalIdSupport::Required => "is always sent, and must be asked for",
        ExternalIdSupport::Issued => {
            "is made by the vendor when the role is there, and must be asked for"
        }
    }
}

fn grant_to(place: &GrantTo) -> &'static str {
    match place {
        GrantTo::Hub => "hub",
        GrantTo::Target => "target",
    }
}

pub(super) fn level_name(level: Level) -> &'static str {
    match level {
        Level::Required => "required",
        Level::Recommended => "recommended",
    }
}

/// A catalog for a program. The format is versioned on its own, apart from the types inside.
#[derive(Serialize)]
struct CatalogJson<'a> {
    format: &'static str,
    catalog: String,
    product: &'a str,
    version: &'a str,
    title: &'a str,
    vendor: &'a str,
    authenticates_as: AuthenticatesAs,
    external_id: ExternalIdSupport,
    vendor_principals: IndexMap<&'static str, &'a [String]>,
    assume_role: Option<AssumeRoleJson<'a>>,
    sources: Vec<SourceJson<'a>>,
    parameters: IndexMap<&'a str, ParameterJson<'a>>,
    one_of: &'a [Vec<String>],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    denied: Vec<DenialJson<'a>>,
    features: Vec<FeatureJson<'a>>,
}

#[derive(Serialize)]
struct AssumeRoleJson<'a> {
    policy: AssumeRolePlacement,
    granularity: AssumeRoleGranularity,
    trusts: Option<&'a str>,
}

#[derive(Serialize)]
struct SourceJson<'a> {
    id: &'a str,
    title: &'a str,
    url: Option<&'a str>,
    dated: Option<&'a str>,
}

#[derive(Serialize)]
struct ParameterJson<'a> {
    #[serde(rename = "type")]
    kind: crate::model::ParameterKind,
    list: bool,
    description: &'a str,
    required: bool,
}

#[derive(Serialize)]
struct FeatureJson<'a> {
    name: &'a str,
    title: &'a str,
    grant_to: Vec<GrantTo>,
    section: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    managed_policies: Vec<managed::PolicyJson<'a>>,
    actions: Vec<EntryJson<'a>>,
    never_granted: Vec<InertJson<'a>>,
}

/// What the vendor lists and what is never granted.
#[derive(Serialize)]
pub(super) struct InertJson<'a> {
    action: &'a str,
    level: Level,
    reason: &'a str,
    known_to_aws: bool,
}

impl<'a> From<&'a Inert> for InertJson<'a> {
    fn from(inert: &'a Inert) -> Self {
        Self {
            action: &inert.action,
            level: inert.level,
            reason: &inert.reason,
            known_to_aws: inert.known,
        }
    }
}

#[derive(Serialize)]
struct EntryJson<'a> {
    action: &'a str,
    level: Level,
    resource: Vec<&'a str>,
    conditions: &'a IndexMap<String, IndexMap<String, OneOrMany>>,
    when: &'a [String],
    partitions: Vec<&'static str>,
    phase: Option<&'static str>,
    written: Option<&'a str>,
    purpose: Option<&'a str>,
    without: Option<&'a str>,
}

impl<'a> From<&'a Catalog> for CatalogJson<'a> {
    fn from(catalog: &'a Catalog) -> Self {
        Self {
            format: "landgrant/catalog-show/v1",
            catalog: catalog.id.to_string(),
            product: &catalog.id.product,
            version: &catalog.id.version,
            title: &catalog.title,
            vendor: &catalog.vendor,
            authenticates_as: catalog.access.authenticates_as,
            external_id: catalog.access.external_id,
            vendor_principals: vendor_principals(catalog).collect(),
            assume_role: catalog
                .access
                .assume_role
                .as_ref()
                .map(|assume_role| AssumeRoleJson {
                    policy: assume_role.policy,
                    granularity: assume_role.granularity,
                    trusts: assume_role.trusts.as_deref(),
                }),
            sources: catalog
                .sources
                .iter()
                .map(|source| SourceJson {
                    id: &source.id,
                    title: &source.title,
                    url: source.url.as_deref(),
                    dated: source.dated.as_deref(),
                })
                .collect(),
            parameters: catalog
                .parameters
                .iter()
                .map(|(name, parameter)| {
                    let json = ParameterJson {
                        kind: parameter.kind,
                        list: parameter.list,
                        description: &parameter.description,
                        required: parameter.default.is_none(),
                    };
                    (name.as_str(), json)
                })
                .collect(),
            one_of: &catalog.one_of,
            denied: catalog.denials.iter().map(DenialJson::from).collect(),
            features: catalog
                .features
                .iter()
                .map(|(name, feature)| FeatureJson {
                    name,
                    title: &feature.title,
                    grant_to: feature.grant_to.iter().copied().collect(),
                    section: feature
                        .source
                        .as_ref()
                        .and_then(|source| source.section.as_deref()),
                    managed_policies: feature
                        .managed
                        .iter()
                        .map(managed::PolicyJson::from)
                        .collect(),
                    actions: feature.entries.iter().map(entry_json).collect(),
                    never_granted: feature.inert.iter().map(InertJson::from).collect(),
                })
                .collect(),
        }
    }
}

/// The partitions that an entry is for; none if it is for every one.
pub(super) fn partitions(needs: &Prerequisites) -> Vec<&'static str> {
    let partitions = needs.partitions.iter();
    partitions.map(|partition| partition.as_str()).collect()
}

/// The phase that an entry is for, if it is not for always.
pub(super) fn phase(entry: &Entry) -> Option<&'static str> {
    entry.needs.setup.then_some("setup")
}

fn entry_json(entry: &Entry) -> EntryJson<'_> {
    EntryJson {
        action: entry.action.as_str(),
        level: entry.level,
        resource: match &entry.resource {
            EntryResource::OwnUser => vec!["own-user"],
            EntryResource::OwnGroups => vec!["own-groups"],
            EntryResource::Arns(arns) => arns.iter().map(String::as_str).collect(),
        },
        conditions: &entry.conditions,
        when: &entry.needs.when,
        partitions: partitions(&entry.needs),
        phase: phase(entry),
        written: entry.written.as_deref(),
        purpose: entry.purpose.as_deref(),
        without: entry.without.as_deref(),
    }
}
