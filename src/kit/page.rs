//! The page of a kit, and the README, which says the same: one file that asks nothing of anybody. What may run and what may colour it are named by digest, so
//! that a text of a deployment could do nothing even if it were not escaped.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::model::Texts;
use crate::render::kit_view::{CountView, KitView};
use crate::render::page_view::{Fact, FeatureRow, PageView, QuotaRow, Section, SourceRow, Way};
use crate::render::{Engine, RenderError};

/// From here on, in percent of a limit, its bar warns.
const HIGH: usize = 80;

/// From here on, a browser lays the list of targets out when it is looked at.
const MANY: usize = 100;

/// What the page and the README say.
///
/// # Errors
///
/// When the style or the script does not fit what the kit says.
pub(super) fn view<'k>(
    kit: &'k KitView,
    texts: &Texts,
    engine: &Engine<'_>,
) -> Result<PageView<'k>, RenderError> {
    let style = engine.render("kit/page.css", kit)?;
    let script = engine.render("kit/page.js", kit)?;
    let by = |name: &str, plain: &str| match &kit.consultant {
        Some(consultant) => texts.get("page", name, &[("consultant", consultant)]),
        None => texts.get("page", plain, &[]),
    };
    let users = kit.hub.iter().flat_map(|hub| &hub.users);
    let key_users: Vec<String> = users.map(|user| user.name.clone()).collect();
    Ok(PageView {
        kit,
        style_hash: digest(&style),
        script_hash: digest(&script),
        style,
        script,
        heading: texts.get("page", "title", &[("products", &kit.product_names)]),
        logo_alt: by("logo", "logo_plain"),
        note_title: by("note", "note_plain"),
        facts: facts(kit, texts),
        features: features(kit, texts),
        sources: sources(kit, texts),
        sections: sections(kit, texts),
        quota_rows: quotas(kit, texts),
        verify: ways(texts, !key_users.is_empty() && !kit.targets.is_empty()),
        key_user: match &key_users[..] {
            [user] => user.clone(),
            _ => "USER_NAME".to_owned(),
        },
        several_users: key_users.len() > 1,
        many_targets: kit.targets.len() >= MANY,
        keys_first: !key_users.is_empty(),
        key_users,
        several_formats: kit.formats.len() > 1,
    })
}

/// The digest of what stands between two tags, as a policy for content names it (CSP Level 3, "hash-source").
fn digest(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}

fn sections(kit: &KitView, texts: &Texts) -> Vec<Section> {
    let shows = kit.shows;
    let shown = [
        ("about", "overview", true),
        ("access", "accounts", true),
        ("permissions", "permissions", shows.permissions),
        ("findings", "findings", shows.findings),
        ("quotas", "quotas", shows.quotas),
        ("deploy", "deploy", shows.deploy),
        ("policies", "policies", shows.policies),
        ("verify", "verify", shows.verify),
        ("keys", "keys", shows.keys),
        ("rollback", "rollback", shows.deploy),
        ("contents", "contents", true),
        ("glossary", "glossary", shows.glossary),
    ];
    let shown = shown.into_iter().filter(|(.., shown)| *shown);
    shown
        .map(|(id, note, _)| Section {
            id: id.to_owned(),
            title: texts.get(id, "title", &[]),
            notes: kit.notes.get(note).cloned().unwrap_or_default(),
        })
        .collect()
}

fn facts(kit: &KitView, texts: &Texts) -> Vec<Fact> {
    let products = kit.products.iter().map(|product| {
        let version = texts.get("about", "version", &[("version", &product.version)]);
        format!("{}, {version}", product.title)
    });
    let products: Vec<String> = products.collect();
    let hub = kit.hub.as_ref().map(|hub| hub.account.clone());
    let facts = [
        ("products", products.join("; ")),
        (
            "hub",
            hub.unwrap_or_else(|| texts.get("about", "none", &[])),
        ),
        ("targets", targets(kit, texts)),
        ("granted", kit.permissions.len().to_string()),
        ("withheld", kit.not_granted.len().to_string()),
        ("partition", kit.partition.clone()),
    ];
    let fact = |(name, value)| Fact {
        name: texts.get("about", name, &[]),
        value,
    };
    facts.into_iter().map(fact).collect()
}

/// How many accounts get a role, and how many roles that are where some get several.
fn targets(kit: &KitView, texts: &Texts) -> String {
    let accounts: BTreeSet<&String> = kit.targets.iter().map(|target| &target.account).collect();
    let (accounts, roles) = (accounts.len(), kit.targets.len());
    match accounts == roles {
        true => accounts.to_string(),
        false => {
            let (accounts, roles) = (accounts.to_string(), roles.to_string());
            let places = [("accounts", accounts.as_str()), ("roles", &roles)];
            texts.get("about", "accounts_and_roles", &places)
        }
    }
}

fn features(kit: &KitView, texts: &Texts) -> Vec<FeatureRow> {
    let count = |count: &CountView| {
        let (granted, listed) = (count.granted.to_string(), count.listed.to_string());
        texts.get("about", "of", &[("granted", &granted), ("listed", &listed)])
    };
    let rows = kit.products.iter().flat_map(|product| {
        product.features.iter().map(move |feature| {
            let places = [
                (feature.in_hub, texts.get("about", "in_hub", &[])),
                (
                    feature.in_targets,
                    match &feature.role {
                        Some(role) => texts.get("permissions", "role", &[("name", role)]),
                        None => texts.get("about", "in_targets", &[]),
                    },
                ),
            ];
            let places = places.into_iter().filter(|(works, _)| *works);
            let places: Vec<String> = places.map(|(_, place)| place).collect();
            FeatureRow {
                title: feature.title.clone(),
                product: product.title.clone(),
                places: places.join(", "),
                required: count(&feature.required),
                recommended: count(&feature.recommended),
            }
        })
    });
    rows.collect()
}

fn sources(kit: &KitView, texts: &Texts) -> Vec<SourceRow> {
    let rows = kit.products.iter().flat_map(|product| {
        product.sources.iter().map(move |source| {
            let mut about = format!(" ({}", product.vendor);
            if let Some(dated) = &source.dated {
                about.push_str(", ");
                about.push_str(&texts.get("about", "dated", &[("date", dated)]));
            }
            about.push(')');
            SourceRow {
                title: source.title.clone(),
                url: source.url.clone(),
                about,
            }
        })
    });
    rows.collect()
}

fn quotas(kit: &KitView, texts: &Texts) -> Vec<QuotaRow> {
    let rows = kit.quotas.iter().map(|quota| {
        let (used, limit) = (quota.used.to_string(), quota.limit.to_string());
        let places = [
            ("used", used.as_str()),
            ("limit", &limit),
            ("unit", quota.unit),
        ];
        let left = quota.targets_left.map(|left| left.to_string());
        QuotaRow {
            what: quota.what.clone(),
            used: quota.used,
            limit: quota.limit,
            high: quota.limit * HIGH / 100,
            of: texts.get("quotas", "of", &places),
            left: left.unwrap_or_else(|| texts.get("quotas", "no_targets", &[])),
        }
    });
    rows.collect()
}

/// The ways to verify; the one by which the product comes only where a user takes on roles.
fn ways(texts: &Texts, assumes: bool) -> Vec<Way> {
    let ways = [
        ("here", Some("here_note"), "bash verify.sh", true),
        ("profile", None, "bash verify.sh --profile NAME", true),
        (
            "profiles",
            None,
            "bash verify.sh --profiles 'prefix-{account}'",
            true,
        ),
        (
            "assume",
            Some("assume_note"),
            "bash verify.sh --assume",
            assumes,
        ),
        (
            "later",
            Some("later_lead"),
            "bash verify.sh --collect snapshots",
            true,
        ),
    ];
    let ways = ways.into_iter().filter(|(.., shown)| *shown);
    ways.map(|(title, note, command, _)| Way {
        title: texts.get("verify", title, &[]),
        note: note.map(|note| texts.get("verify", note, &[])),
        command: command.to_owned(),
    })
    .collect()
}
