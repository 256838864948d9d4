//! Kit: everything that a customer is handed with the rendered files. What will be there, why, how it is deployed, checked
//! and taken away, for people of whom not all know AWS.
//!
//! 1. `render::kit_view` is all that a kit says; `accounts`, `permissions`, `steps`, `policies` and `judged` fill it from the plan.
//! 2. The page and the README say it; the table is there as CSV, the policies as JSON.
//! 3. `expected` states what must be in the accounts, as AWS tells it; the scripts that verify read it.
//! 4. `sums` has the digest of every file, for whoever has to know that nothing was changed on the way.

mod accent;
mod accounts;
mod audience;
mod canvas;
mod denied;
mod expected;
mod judged;
mod managed;
mod page;
mod permissions;
mod picture;
mod policies;
mod reach;
mod steps;
mod sums;

pub use audience::Audience;
pub use expected::{SCHEMA, verification};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use camino::Utf8Path;

use crate::lint::Reported;
use crate::load::kit::Logo;
use crate::model::{FileSet, Texts};
use crate::plan::Plan;
use crate::reference::Reference;
use crate::render::kit_view::{ContentView, KitView, PolicyFileView};
use crate::render::{Custom, Engine, MOST_LISTED, RenderError, admission_views, setup_views};
use crate::resolve::Resolved;

/// What a kit is made of.
#[derive(Debug, Clone, Copy)]
pub struct Kit<'a> {
    /// What AWS knows of actions.
    pub reference: &'a Reference,
    /// The deployment with every name bound.
    pub resolved: &'a Resolved,
    /// The resources that come of it.
    pub plan: &'a Plan,
    pub rendered: &'a FileSet,
    /// What a reviewer asks, with the answers.
    pub findings: &'a [Reported],
    /// Templates of the user's own.
    pub custom: &'a Custom,
    /// The texts for people.
    pub texts: &'a Texts,
    /// The logo of whoever hands it over.
    pub logo: Option<&'a Logo>,
    /// Whom it is for.
    pub audience: Audience,
}

/// Makes every file of a kit, the rendered ones among them.
///
/// # Errors
///
/// When a template does not fit its view.
pub fn kit(kit: &Kit<'_>) -> Result<FileSet, RenderError> {
    let engine = Engine::new(kit.custom);
    let shows = kit.audience.shows();
    let mut files = FileSet::new();
    let (policies, policy_views) = policies::render(kit);
    if shows.policies {
        files.extend(policies);
    }
    for (path, text) in kit.rendered {
        if is_own(path) {
            let template = format!("files/{path}");
            let what = "it has the place of a file of the kit".to_owned();
            return Err(engine.fault(&template, what));
        }
        // The steps are for whoever takes them.
        if shows.deploy || !["DEPLOY.md", "deploy.json"].contains(&path.as_str()) {
            files.insert(path.as_str(), text);
        }
    }
    if shows.verify {
        files.extend(verification(kit.plan));
    }
    let mut view = view(kit, policy_views);
    view.picture = picture::pictures(&view, kit.texts);
    if shows.permissions {
        let mut csv = permissions::csv(&view.permissions, &view.not_granted, &view.of_aws);
        csv += &denied::csv(kit, &view.denied);
        files.insert("permissions.csv", csv);
    }
    let view = page::view(&view, kit.texts, &engine)?;
    files.insert("index.html", engine.render("kit/index.html", &view)?);
    files.insert("README.md", engine.render("kit/README.md", &view)?);
    files.insert("SHA256SUMS", sums::render(&files));
    Ok(files)
}

/// The files and folders that a kit makes itself.
const OWN: [&str; 7] = [
    "index.html",
    "permissions.csv",
    policies::FOLDER,
    "readme.md",
    "sha256sums",
    "verify",
    "verify.sh",
];

/// Whether a path is a kit's own, where it is unpacked on a system that does not tell `a` from `A`.
fn is_own(path: &Utf8Path) -> bool {
    let first = path.components().next();
    first.is_some_and(|first| OWN.contains(&first.as_str().to_ascii_lowercase().as_str()))
}

fn view(kit: &Kit<'_>, policies: Vec<PolicyFileView>) -> KitView {
    let settings = &kit.resolved.kit;
    KitView {
        t: kit.texts.value().clone(),
        language: kit.texts.get("kit", "language", &[]),
        name: kit.plan.name.clone(),
        partition: kit.plan.partition.as_str().to_owned(),
        customer: settings.customer.clone(),
        consultant: settings.consultant.clone(),
        logo: kit.logo.map(data_address),
        accent: accent::view(settings.accent),
        shows: kit.audience.shows(),
        notes: settings.notes.iter().cloned().collect(),
        products: permissions::products(kit),
        hub: accounts::hub(kit),
        trusted: accounts::trusted(kit),
        targets: accounts::targets(kit),
        excluded: accounts::excluded(kit),
        picture: String::new(),
        permissions: permissions::granted(kit),
        of_aws: managed::views(kit),
        not_granted: permissions::not_granted(kit),
        denied: denied::denied(kit),
        undenied: denied::undenied(kit),
        findings: judged::findings(kit),
        quotas: judged::quotas(kit),
        formats: steps::formats(kit),
        admissions: admission_views(kit.plan, kit.texts, MOST_LISTED),
        setups: setup_views(kit.plan, kit.texts),
        quick_create: steps::quick_create(kit),
        policies,
        contents: contents(kit),
        product_names: accounts::products(kit),
        how: accounts::how(kit),
    }
}

fn data_address(logo: &Logo) -> String {
    format!(
        "data:{};base64,{}",
        logo.media_type,
        STANDARD.encode(&logo.bytes)
    )
}

/// What is in the kit, by what a reader would look for first.
fn contents(kit: &Kit<'_>) -> Vec<ContentView> {
    let shows = kit.audience.shows();
    let contents = [
        ("index.html", "page", true),
        ("README.md", "readme", true),
        ("permissions.csv", "csv", shows.permissions),
        ("policies/", "policies", shows.policies),
        ("terraform/", "terraform", kit.plan.terraform),
        (
            "cloudformation/",
            "cloudformation",
            kit.plan.cloudformation.is_some(),
        ),
        ("DEPLOY.md", "deploy", shows.deploy),
        ("deploy.json", "deploy_json", shows.deploy),
        ("verify.sh", "verify_sh", shows.verify),
        ("verify/expected.json", "verify", shows.verify),
        ("SHA256SUMS", "sums", true),
    ];
    let there = contents.into_iter().filter(|(.., there)| *there);
    there
        .map(|(path, name, _)| ContentView {
            path: path.to_owned(),
            what: kit.texts.get("content", name, &[]),
        })
        .collect()
}
