//! Every policy as a JSON file, to be read, compared, or pasted into the console.
//!
//! What is the same in all targets of a variant is one file. What is not, because it names the account, the user or an
//! external id, is one file for each account.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Kit;
use crate::model::FileSet;
use crate::plan::{Contents, Resource, ResourceKind, RolePlan, TargetPlan};
use crate::render::kit_view::PolicyFileView;

/// The folder of the files.
pub(super) const FOLDER: &str = "policies";

/// The files, and what each or each folder of them is for.
pub(super) fn render(kit: &Kit<'_>) -> (FileSet, Vec<PolicyFileView>) {
    let mut files = FileSet::new();
    let mut views = Vec::new();
    of_hub(kit, &mut files, &mut views);
    for (number, role) in kit.plan.roles.iter().enumerate() {
        let targets: Vec<&TargetPlan> = kit
            .plan
            .targets
            .iter()
            .filter(|target| target.role == number)
            .collect();
        of_role(kit, role, &targets, &mut files, &mut views);
    }
    (files, views)
}

fn of_hub(kit: &Kit<'_>, files: &mut FileSet, views: &mut Vec<PolicyFileView>) {
    let mut groups: Vec<PolicyFileView> = Vec::new();
    for Resource { site, kind, .. } in kit.plan.hub_resources() {
        let (ResourceKind::InlinePolicy(holder, policy) | ResourceKind::Attachment(holder, policy)) =
            kind
        else {
            continue;
        };
        let say = |name, place, value| kit.texts.get("policy_files", name, &[(place, value)]);
        let document = pretty(&policy.document.to_json(site));
        match policy.source.permissions() {
            Some(permissions) => {
                let path = format!("{FOLDER}/hub/{}.json", policy.name);
                files.insert(path.clone(), document);
                let what = match &permissions.contents {
                    Contents::Product { title, .. } => say("hub", "product", title),
                    Contents::Fence => kit.texts.get("policy_files", "hub_fence", &[]),
                };
                views.push(PolicyFileView { path, what });
            }
            None => {
                let folder = format!("{FOLDER}/hub/{}/", holder.name);
                files.insert(format!("{folder}{}.json", policy.name), document);
                if groups.last().is_none_or(|last| last.path != folder) {
                    let what = say("group", "group", holder.name);
                    groups.push(PolicyFileView { path: folder, what });
                }
            }
        }
    }
    views.append(&mut groups);
}

fn of_role(
    kit: &Kit<'_>,
    role: &RolePlan,
    targets: &[&TargetPlan],
    files: &mut FileSet,
    views: &mut Vec<PolicyFileView>,
) {
    let folder = match &role.part {
        None => format!("{FOLDER}/target"),
        Some(part) => format!("{FOLDER}/target-{part}"),
    };
    let say = |name: &str, places: &[(&str, &str)]| {
        let what = kit.texts.get("policy_files", name, places);
        let what = match &role.name {
            None => what,
            Some(name) => {
                let places = [("what", what.as_str()), ("role", name.as_str())];
                kit.texts.get("policy_files", "of_role", &places)
            }
        };
        match &role.variant {
            None => what,
            Some(variant) => {
                let places = [("what", what.as_str()), ("variant", variant.as_str())];
                kit.texts.get("policy_files", "of_variant", &places)
            }
        }
    };
    for policy in &role.permissions {
        let what = match &policy.contents {
            Contents::Product { title, .. } => say("role", &[("product", title)]),
            Contents::Fence => say("fence", &[]),
        };
        let document =
            |target: &TargetPlan| policy.document.to_json(kit.plan.site(&target.account));
        add(
            files,
            views,
            (&folder, policy.name.as_str(), what),
            targets,
            document,
        );
    }
    let what = say("trust", &[]);
    let document = |target: &TargetPlan| {
        let trust = kit.plan.trust_of(target);
        trust.to_json(kit.plan.site(&target.account))
    };
    add(files, views, (&folder, "trust", what), targets, document);
}

/// One file where the document is the same in all targets, else a folder with one for each.
fn add(
    files: &mut FileSet,
    views: &mut Vec<PolicyFileView>,
    (folder, name, what): (&str, &str, String),
    targets: &[&TargetPlan],
    document: impl Fn(&TargetPlan) -> Value,
) {
    let documents: Vec<String> = targets
        .iter()
        .map(|target| pretty(&document(target)))
        .collect();
    let distinct: BTreeSet<&String> = documents.iter().collect();
    let path = match distinct.len() {
        0 => return,
        1 => {
            let path = format!("{folder}/{name}.json");
            files.insert(path.clone(), documents[0].clone());
            path
        }
        _ => {
            for (target, document) in targets.iter().zip(documents) {
                files.insert(format!("{folder}/{name}/{}.json", target.account), document);
            }
            format!("{folder}/{name}/")
        }
    };
    views.push(PolicyFileView { path, what });
}

fn pretty(document: &Value) -> String {
    format!("{document:#}\n")
}
