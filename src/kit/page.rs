//! The page of a kit: one file that asks nothing of anybody. What may run and what may colour it are named by digest, so
//! that a text of a deployment could do nothing even if it were not escaped.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::view::{CountView, KitView};
use super::words::Words;
use crate::render::{Engine, RenderError};

/// From here on, in percent of a limit, its bar warns.
const HIGH: usize = 80;

/// From here on, a browser lays the list of targets out when it is looked at.
const MANY: usize = 100;

/// What the page says, beside what every part of the kit says.
#[derive(Serialize)]
struct PageView<'a> {
    #[serde(flatten)]
    kit: &'a KitView,
    style: String,
    style_hash: String,
    script: String,
    script_hash: String,
    heading: String,
    product_names: String,
    logo_alt: String,
    note_title: String,
    how: &'a str,
    facts: Vec<Fact<'a>>,
    features: Vec<FeatureRow<'a>>,
    sources: Vec<SourceRow<'a>>,
    sections: Vec<Section<'a>>,
    quotas: Vec<QuotaRow<'a>>,
    verify: Vec<Way<'a>>,
    key_users: Vec<&'a str>,
    key_user: &'a str,
    several_users: bool,
    many_targets: bool,
    several_formats: bool,
    keys_first: bool,
}

#[derive(Serialize)]
struct Section<'a> {
    id: &'static str,
    title: &'a str,
    notes: &'a [String],
}

#[derive(Serialize)]
struct Fact<'a> {
    name: &'a str,
    value: String,
}

#[derive(Serialize)]
struct FeatureRow<'a> {
    title: &'a str,
    product: &'a str,
    places: String,
    required: String,
    recommended: String,
}

#[derive(Serialize)]
struct SourceRow<'a> {
    title: &'a str,
    url: Option<&'a str>,
    /// The product, and the date of the document.
    about: String,
}

#[derive(Serialize)]
struct QuotaRow<'a> {
    what: &'a str,
    used: usize,
    limit: usize,
    high: usize,
    of: String,
    left: String,
}

/// A way to verify.
#[derive(Serialize)]
struct Way<'a> {
    title: &'a str,
    note: Option<&'a str>,
    command: &'static str,
}

/// The page of a kit.
///
/// # Errors
///
/// When a template or a text does not fit the view: a fault of Landgrant.
pub(crate) fn page(kit: &KitView) -> Result<String, RenderError> {
    let engine = Engine::html()?;
    let style = engine.render("kit/page.css", kit)?;
    let script = engine.render("kit/page.js", kit)?;
    let t = Words(&kit.t);
    let titles: Vec<&str> = kit
        .products
        .iter()
        .map(|product| product.title.as_str())
        .collect();
    let product_names = titles.join(", ");
    let by = |name: &str, plain: &str| match &kit.consultant {
        Some(consultant) => t.fill("page", name, &[("consultant", consultant)]),
        None => t.get("page", plain).map(str::to_owned),
    };
    let users = kit.hub.iter().flat_map(|hub| &hub.users);
    let key_users: Vec<&str> = users.map(|user| user.name.as_str()).collect();
    let view = PageView {
        style_hash: digest(&style),
        script_hash: digest(&script),
        style,
        script,
        heading: t.fill("page", "title", &[("products", &product_names)])?,
        logo_alt: by("logo", "logo_plain")?,
        note_title: by("note", "note_plain")?,
        how: t.get(
            "about",
            match (key_users.is_empty(), kit.targets.is_empty()) {
                (true, _) => "how_no_user",
                (false, true) => "how_hub_only",
                (false, false) => "how_user",
            },
        )?,
        product_names,
        facts: facts(kit, &t)?,
        features: features(kit, &t)?,
        sources: sources(kit, &t)?,
        sections: sections(kit, &t)?,
        quotas: quotas(kit, &t)?,
        verify: ways(&t, !key_users.is_empty() && !kit.targets.is_empty())?,
        key_user: match key_users[..] {
            [user] => user,
            _ => "USER_NAME",
        },
        several_users: key_users.len() > 1,
        many_targets: kit.targets.len() >= MANY,
        keys_first: !key_users.is_empty(),
        key_users,
        several_formats: kit.formats.len() > 1,
        kit,
    };
    engine.render("kit/index.html", &view)
}

/// The digest of what stands between two tags, as a policy for content names it (CSP Level 3, "hash-source").
fn digest(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}

fn sections<'a>(kit: &'a KitView, t: &Words<'a>) -> Result<Vec<Section<'a>>, RenderError> {
    let shows = kit.shows;
    let shown = [
        ("about", true),
        ("access", true),
        ("permissions", shows.permissions),
        ("findings", shows.findings),
        ("quotas", shows.quotas),
        ("deploy", shows.deploy),
        ("policies", shows.policies),
        ("verify", shows.verify),
        ("keys", shows.keys),
        ("rollback", shows.deploy),
        ("contents", true),
        ("glossary", shows.glossary),
    ];
    let shown = shown.into_iter().filter(|(_, shown)| *shown);
    shown
        .map(|(id, _)| {
            Ok(Section {
                id,
                title: t.get(id, "title")?,
                notes: kit.notes.get(id).map_or(&[], Vec::as_slice),
            })
        })
        .collect()
}

fn facts<'a>(kit: &'a KitView, t: &Words<'a>) -> Result<Vec<Fact<'a>>, RenderError> {
    let products: Vec<String> = kit
        .products
        .iter()
        .map(|product| {
            let version = t.fill("about", "version", &[("version", &product.version)])?;
            Ok(format!("{}, {version}", product.title))
        })
        .collect::<Result<_, RenderError>>()?;
    let hub = match &kit.hub {
        Some(hub) => hub.account.clone(),
        None => t.get("about", "none")?.to_owned(),
    };
    let facts = [
        ("products", products.join("; ")),
        ("hub", hub),
        ("targets", kit.targets.len().to_string()),
        ("granted", kit.permissions.len().to_string()),
        ("withheld", kit.not_granted.len().to_string()),
        ("partition", kit.partition.clone()),
    ];
    facts
        .into_iter()
        .map(|(name, value)| {
            Ok(Fact {
                name: t.get("about", name)?,
                value,
            })
        })
        .collect()
}

fn features<'a>(kit: &'a KitView, t: &Words<'a>) -> Result<Vec<FeatureRow<'a>>, RenderError> {
    let count = |count: &CountView| {
        let (granted, listed) = (count.granted.to_string(), count.listed.to_string());
        t.fill("about", "of", &[("granted", &granted), ("listed", &listed)])
    };
    let mut rows = Vec::new();
    for product in &kit.products {
        for feature in &product.features {
            let places = [
                (feature.in_hub, "in_hub"),
                (feature.in_targets, "in_targets"),
            ];
            let places: Vec<&str> = places
                .into_iter()
                .filter(|(works, _)| *works)
                .map(|(_, name)| t.get("about", name))
                .collect::<Result<_, _>>()?;
            rows.push(FeatureRow {
                title: &feature.title,
                product: &product.title,
                places: places.join(", "),
                required: count(&feature.required)?,
                recommended: count(&feature.recommended)?,
            });
        }
    }
    Ok(rows)
}

fn sources<'a>(kit: &'a KitView, t: &Words<'a>) -> Result<Vec<SourceRow<'a>>, RenderError> {
    let mut rows = Vec::new();
    for product in &kit.products {
        for source in &product.sources {
            let mut about = format!(" ({}", product.vendor);
            if let Some(dated) = &source.dated {
                about.push_str(", ");
                about.push_str(&t.fill("about", "dated", &[("date", dated)])?);
            }
            about.push(')');
            // Only an address of the web is a link; a catalog could name a script.
            let url = source.url.as_deref().filter(|url| {
                ["https://", "http://"]
                    .iter()
                    .any(|scheme| url.starts_with(scheme))
            });
            rows.push(SourceRow {
                title: &source.title,
                url,
                about,
            });
        }
    }
    Ok(rows)
}

fn quotas<'a>(kit: &'a KitView, t: &Words<'a>) -> Result<Vec<QuotaRow<'a>>, RenderError> {
    kit.quotas
        .iter()
        .map(|quota| {
            let (used, limit) = (quota.used.to_string(), quota.limit.to_string());
            let values = [("used", &*used), ("limit", &*limit), ("unit", quota.unit)];
            Ok(QuotaRow {
                what: &quota.what,
                used: quota.used,
                limit: quota.limit,
                high: quota.limit * HIGH / 100,
                of: t.fill("quotas", "of", &values)?,
                left: match quota.targets_left {
                    Some(left) => left.to_string(),
                    None => t.get("quotas", "no_targets")?.to_owned(),
                },
            })
        })
        .collect()
}

/// The ways to verify; the last one only where a user takes on roles.
fn ways<'a>(t: &Words<'a>, assumes: bool) -> Result<Vec<Way<'a>>, RenderError> {
    let ways = [
        ("here", None, "sh verify.sh", true),
        ("profile", None, "sh verify.sh --profile NAME", true),
        (
            "profiles",
            None,
            "sh verify.sh --profiles 'prefix-{account}'",
            true,
        ),
        (
            "assume",
            Some("assume_note"),
            "sh verify.sh --assume",
            assumes,
        ),
        (
            "windows",
            Some("windows_note"),
            "powershell -File verify.ps1",
            true,
        ),
        (
            "later",
            Some("later_lead"),
            "sh verify.sh --collect snapshots",
            true,
        ),
    ];
    ways.into_iter()
        .filter(|(.., shown)| *shown)
        .map(|(title, note, command, _)| {
            Ok(Way {
                title: t.get("verify", title)?,
                note: note.map(|note| t.get("verify", note)).transpose()?,
                command,
            })
        })
        .collect()
}
