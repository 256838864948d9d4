//! A side that is a deployment: what its plan grants, and the rendered folder held against what it renders to.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8Path;

use super::super::super::plans::{self, Plans, Source};
use super::super::super::{beside, mismatch, stages, ui};
use super::Reader;
use super::catalog::{listed, state, written};
use super::held::{self, Folder, Held};
use crate::lint::{self, Context, Levels, RULES};
use crate::load::{self, Origin};
use crate::model::{Access, AccountId, FileSet, LOCK, LintLevel, StackSetPermissions};
use crate::plan;
use crate::readback;
use crate::render::{self, Custom};
use crate::resolve::{AllowedFinding, Product};
use crate::review::{
    self, Acceptance, AcceptedFile, CatalogState, Edit, Finding, Findings, Listed, Setting, Side,
};
use crate::write::{self, Last};

/// Why a finding is accepted whose rule is switched off.
const OFF: &str = "the level of the rule is allow";

/// What a deployment grants, and what it renders to.
pub(super) struct Planned {
    pub(super) name: String,
    pub(super) side: Side,
    pub(super) files: FileSet,
}

impl Reader<'_> {
    /// A deployment; its rendered folder, if it is there, is held against what the deployment renders to.
    pub(super) fn deployment(
        &self,
        origin: &Origin,
        path: &Utf8Path,
    ) -> anyhow::Result<Option<Side>> {
        let out = origin.here(self.out);
        let listing = origin.listing(&out)?;
        let folder = |name: &str| match &listing {
            Some(listing) => held::folder_of(listing, &out, name),
            None => Ok(None),
        };
        let Some(planned) = self.planned(origin, path, &folder)? else {
            return Ok(None);
        };
        let mut side = planned.side;
        side.rendered = planned.files.clone();
        let folder = folder(&planned.name)?;
        if folder.is_none() {
            side.lacks = Some(match listing {
                Some(_) => planned.name.clone(),
                None => held::identity(origin, &out),
            });
        }
        if let Some(listing) = &listing {
            let held: Vec<Held<'_>> = folder
                .iter()
                .map(|folder| Held {
                    folder,
                    planned: Some((&planned.name, &planned.files)),
                })
                .collect();
            if let Some(folder) = &folder {
                folder.rename(&mut side);
            }
            side.folder = Some(held::identity(origin, &out));
            held::count_from(&out, &mut side.edits);
            held::hold(origin, listing, &held, &mut side)?;
        } else {
            for edit in &mut side.edits {
                edit.path = origin.name(Utf8Path::new(&edit.path));
            }
        }
        Ok(Some(side))
    }

    /// What a deployment grants and renders to, with the places that the lock of its folder gives its targets. Nothing, where
    /// it has faults, which are printed.
    pub(super) fn planned(
        &self,
        origin: &Origin,
        path: &Utf8Path,
        folder: &dyn Fn(&str) -> anyhow::Result<Option<Folder>>,
    ) -> anyhow::Result<Option<Planned>> {
        let source = Source {
            origin,
            deployments: &[path.to_owned()],
            catalogs: self.catalogs,
            overlay: self.overlay,
        };
        let plans = plans::plans(&source, |name| last(name, folder(name)?.as_ref()))?;
        let Plans {
            mut loaded,
            mut diagnostics,
            ..
        } = plans;
        let Some(reference) = plans.reference else {
            ui::diagnose(&loaded.sources, &mut diagnostics);
            return Ok(None);
        };
        let mut planned = None;
        let mut refused = String::new();
        for one in plans.planned {
            let plans::Planned { resolved, plan, .. } = one;
            let (levels, faults) = Levels::of_deployment(&resolved.lint);
            diagnostics.extend(faults);
            let (custom, faults) =
                self.templates
                    .read_from(origin, &mut loaded.sources, &resolved)?;
            let faulty = crate::diag::has_errors(&faults);
            diagnostics.extend(faults);
            if faulty {
                continue;
            }
            let lock = folder(&plan.name)?.map(|folder| folder.locked.policies);
            let files = stages::rendered_files(&resolved, &plan, &custom, &mut diagnostics)?;
            let Some(files) = files else { continue };
            // Templates of the user's own can come with the change.
            if !custom.is_empty()
                && let Err(error) = readback::verify_with(&plan, &files, &custom)
            {
                refused.push_str(&mismatch::text(&plan, &custom, &error, &reference));
                continue;
            }
            let context = Context {
                reference: &reference,
                resolved: &resolved,
                plan: &plan,
                today: self.today,
            };
            let mut side = side(&context, &levels);
            let settings = side.settings.get_or_insert_default();
            for policy in plan.attached() {
                let dated = lock.as_ref().and_then(|lock| lock.get(&policy.full_name));
                let dated = dated.cloned().unwrap_or_else(|| policy.dated());
                let (name, setting) = policy_setting(&policy.full_name, dated);
                settings.insert(name, setting);
            }
            planned = Some(Planned {
                name: plan.name.clone(),
                side: Side {
                    accepted_files: of_templates(&plan, &custom, &files)?,
                    ..side
                },
                files,
            });
        }
        if let Some(planned) = &mut planned {
            planned.side.edits = altered_inputs(origin, loaded.sources.names())?;
        }
        let faulty = ui::diagnose(&loaded.sources, &mut diagnostics);
        ui::warn(&refused);
        Ok(planned.filter(|_| !faulty && refused.is_empty()))
    }
}

/// Which version of a managed policy of AWS was rendered, or would be now. What another grants nobody can say of it.
pub(super) fn policy_setting(name: &str, dated: String) -> (String, Setting) {
    let setting = Setting {
        text: dated,
        openness: None,
    };
    (format!("managed policy {name}"), setting)
}

/// Inputs that Git gives out other than it has them: what is rendered from them elsewhere need not be what is reviewed.
fn altered_inputs<'a>(
    origin: &Origin,
    names: impl Iterator<Item = &'a str>,
) -> anyhow::Result<Vec<Edit>> {
    let altered = load::attributes_of_inputs(origin, names)?.into_iter();
    let edits = altered.map(|(path, attributes)| Edit {
        path: path.into_string(),
        what: beside::has_attributes(attributes),
        rendered: None,
        there: None,
    });
    Ok(edits.collect())
}

/// What templates of the user's own make that no plan says anything of: files that they add, and what they change in those
/// that the templates in the binary make of the same plan.
fn of_templates(
    plan: &plan::Plan,
    custom: &Custom,
    files: &FileSet,
) -> anyhow::Result<BTreeMap<String, AcceptedFile>> {
    if custom.is_empty() {
        return Ok(BTreeMap::new());
    }
    let built_in = render::render(plan)?;
    let files = files
        .iter()
        .filter(|(path, text)| built_in.get(path.as_str()) != Some(*text));
    let files = files.map(|(path, text)| {
        let file = AcceptedFile {
            text: text.to_owned(),
            is_backend: readback::is_backend(path, text),
            names_state: readback::names_state(path, text),
            names_providers: false,
            is_rendered: true,
            built_in: built_in.get(path.as_str()).map(str::to_owned),
        };
        (path.to_string(), file)
    });
    Ok(files.collect())
}

/// What the last render decided by the lock of a folder, if that is of this deployment.
fn last(deployment: &str, folder: Option<&Folder>) -> anyhow::Result<Last> {
    let Some((folder, lock)) = folder.and_then(|folder| Some((folder, folder.lock.as_ref()?)))
    else {
        return Ok(Last::default());
    };
    let last = write::last_in(deployment, &folder.path.join(LOCK), lock)?;
    Ok(last.unwrap_or_default())
}

/// What a plan grants, and what is found in it.
fn side(context: &Context<'_>, levels: &Levels) -> Side {
    let (plan, products) = (context.plan, &context.resolved.products);
    let access = plan::access(plan);
    let (findings, accepted) = findings(context, levels, &access);
    let formats = [
        ("Terraform", plan.terraform),
        ("CloudFormation", plan.cloudformation.is_some()),
    ];
    let formats = formats.into_iter().filter(|(_, rendered)| *rendered);
    Side {
        access: BTreeMap::from([(String::new(), access)]),
        formats: Some(formats.map(|(format, _)| format.to_owned()).collect()),
        findings: Some(findings),
        accepted,
        levels: RULES
            .iter()
            .map(|rule| (rule.code, levels.level_of(rule)))
            .collect(),
        quotas: Some(plan::budget(plan)),
        account_names: account_names(plan),
        catalogs: products
            .iter()
            .map(|product| (of_role(context, product), selected(product)))
            .collect(),
        listed: listed_by_all(products),
        settings: Some(settings(context)),
        ..Side::default()
    }
}

/// How a plan is applied and audited, by name. Whoever has the account of the stack sets can change what they bring into all
/// others. An account that leaves a unit and keeps its stack has a role that nobody plans.
fn settings(context: &Context<'_>) -> BTreeMap<String, Setting> {
    let plan = context.plan;
    let mut settings = BTreeMap::new();
    let mut set = |name: &str, text: String, openness: Option<u8>| {
        settings.insert(name.to_owned(), Setting { text, openness });
    };
    if plan.terraform {
        set("terraform.shape", written(&plan.terraform_shape), Some(0));
        if plan.terraform_shape.is_one_root() {
            let (path, role) = &plan.entered_by;
            set("terraform.assume_role", format!("{path}{role}"), Some(0));
            let account = plan.entered_from.iter().map(AccountId::to_string);
            set("terraform.account", account.collect(), Some(0));
        }
    }
    if plan.cloudformation.is_some() {
        set(
            "cloudformation.shape",
            written(&plan.cloudformation_shape),
            Some(0),
        );
    }
    if let Some(sets) = &plan.stack_sets {
        set("stack_set.account", sets.account.to_string(), None);
        set("stack_set.region", sets.region.clone(), Some(0));
        if let StackSetPermissions::ServiceManaged {
            units,
            delegated,
            retain,
            ..
        } = &sets.permissions
        {
            let units: Vec<String> = units.iter().map(ToString::to_string).collect();
            set("stack_set.units", units.join(", "), Some(0));
            let call_as = match delegated {
                true => "delegated-admin",
                false => "self",
            };
            set("stack_set.call_as", call_as.to_owned(), Some(0));
            set(
                "stack_set.retain",
                retain.to_string(),
                Some(u8::from(*retain)),
            );
        }
    }
    if let Some(hub) = &context.resolved.hub {
        let age = hub.access_key_max_age.map(|age| format!("{}d", age.days()));
        let age = age.unwrap_or_else(|| "none".to_owned());
        set("hub.access_key_max_age", age, Some(0));
    }
    settings
}

/// What lint finds, and what the deployment accepts of it. Rules that the deployment switches off are asked all the same:
/// a change under review does not choose what it is asked. Lint looks at what the catalogs list; the ways to more of whatever
/// else the plan grants, to accounts that join a unit and to roles of CloudFormation, are found in the access.
fn findings(
    context: &Context<'_>,
    levels: &Levels,
    access: &Access,
) -> (Findings, BTreeMap<Finding, Acceptance>) {
    let mut findings = Findings::new();
    let mut accepted: BTreeMap<Finding, Acceptance> = BTreeMap::new();
    let mut all: Vec<(Finding, Option<String>, BTreeSet<String>)> = Vec::new();
    let off: BTreeSet<&str> = RULES
        .iter()
        .filter(|rule| levels.level_of(rule) == LintLevel::Allow)
        .map(|rule| rule.code)
        .collect();
    for found in lint::run(context, &levels.at_least_default()) {
        let reason = match off.contains(found.diagnostic.code) {
            true => Some(OFF.to_owned()),
            false => found.accepted,
        };
        let finding = Finding {
            code: found.diagnostic.code.to_owned(),
            subject: found.subject,
            message: found.message,
        };
        all.push((finding, reason, context.arns(&found.holders)));
    }
    // What is accepted of lint is accepted by its subject, whoever it is about.
    let reasons: BTreeMap<(String, String), Option<String>> = all
        .iter()
        .map(|(finding, reason, _)| {
            let about = (finding.code.clone(), finding.subject.clone());
            (about, reason.clone())
        })
        .collect();
    for (way, principals) in review::ways(access) {
        let about = (way.code.clone(), way.subject.clone());
        let reason = match reasons.get(&about) {
            Some(reason) => reason.clone(),
            None => off.contains(way.code.as_str()).then(|| OFF.to_owned()),
        };
        all.push((way, reason, principals));
    }
    for (finding, reason, principals) in all {
        match reason {
            None => findings.entry(finding).or_default().extend(principals),
            Some(reason) => {
                let acceptance = accepted.entry(finding).or_default();
                acceptance.reason = reason;
                acceptance.principals.extend(principals);
            }
        }
    }
    accepted.extend(context.resolved.audit_allows.iter().map(of_audit));
    (findings, accepted)
}

/// What the audit is told to accept, whatever it finds. That has no code of a rule, which lint could have too.
fn of_audit(allow: &AllowedFinding) -> (Finding, Acceptance) {
    let mut message = format!("whatever the audit finds by {}", allow.rule);
    if let Some(about) = &allow.about {
        message.push_str(&format!(" about {about}"));
    }
    if let Some(day) = allow.until {
        message.push_str(&format!(" until {day}"));
    }
    let finding = Finding {
        code: "audit.allow".to_owned(),
        subject: allow.rule.clone(),
        message,
    };
    let acceptance = Acceptance {
        reason: allow.reason.clone(),
        principals: BTreeSet::new(),
    };
    (finding, acceptance)
}

fn account_names(plan: &plan::Plan) -> BTreeMap<String, String> {
    let targets = plan.targets.iter();
    targets
        .map(|target| (target.account.to_string(), target.name.clone()))
        .collect()
}

/// A product, and the role that it is for.
fn of_role(context: &Context<'_>, product: &Product) -> (String, Option<String>) {
    let role = &context.resolved.roles[product.role];
    (product.catalog.id.product.clone(), role.name.clone())
}

/// Where the catalogs list each action. Roles can take a product in several versions.
fn listed_by_all(products: &[Product]) -> BTreeMap<(String, String), BTreeSet<Listed>> {
    let mut all: BTreeMap<_, BTreeSet<Listed>> = BTreeMap::new();
    for (key, places) in products.iter().flat_map(|one| listed(&one.catalog)) {
        all.entry(key).or_default().extend(places);
    }
    all
}

/// A product's catalog, with the features that a deployment selects.
fn selected(product: &Product) -> CatalogState {
    let chosen = |name: &str| product.features.iter().any(|feature| feature.name == name);
    state(&product.catalog, chosen)
}
