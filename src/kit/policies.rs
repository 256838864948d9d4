//! Every policy as a JSON file, to be read, compared, or pasted into the console.
//!
//! What is the same in all targets of a variant is one file. What is not, because it names the account, the user or an
//! external id, is one file for each account.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Kit;
use crate::model::FileSet;
use crate::plan::{HubPlan, RolePlan, TargetPlan};
use crate::render::kit_view::PolicyFileView;

/// The folder of the files.
pub(super) const FOLDER: &str = "policies";

/// The files, and what each or each folder of them is for.
pub(super) fn render(kit: &Kit<'_>) -> (FileSet, Vec<PolicyFileView>) {
    let mut files = FileSet::new();
    let mut views = Vec::new();
    if let Some(hub) = &kit.plan.hub {
        of_hub(kit, hub, &mut files, &mut views);
    }
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

fn of_hub(kit: &Kit<'_>, hub: &HubPlan, files: &mut FileSet, views: &mut Vec<PolicyFileView>) {
    let site = kit.plan.site(&hub.account);
    for policy in &hub.permissions {
        let path = format!("{FOLDER}/hub/{}.json", policy.name);
        files.insert(path.clone(), pretty(&policy.document.to_json(site)));
        let what = kit
            .texts
            .get("policy_files", "hub", &[("product", &policy.title)]);
        views.push(PolicyFileView { path, what });
    }
    for (number, group) in hub.groups.iter().enumerate() {
        let folder = format!("{FOLDER}/hub/{}", group.name);
        let mut policies = hub
            .assume_role
            .iter()
            .filter(|policy| policy.group == number);
        let mut any = false;
        for policy in policies.by_ref() {
            let path = format!("{folder}/{}.json", policy.name);
            files.insert(path, pretty(&policy.document.to_json(site)));
            any = true;
        }
        if any {
            let what = kit
                .texts
                .get("policy_files", "group", &[("group", group.name.as_str())]);
            views.push(PolicyFileView {
                path: format!("{folder}/"),
                what,
            });
        }
    }
}

fn of_role(
    kit: &Kit<'_>,
    role: &RolePlan,
    targets: &[&TargetPlan],
    files: &mut FileSet,
    views: &mut Vec<PolicyFileView>,
) {
    let folder = match &role.variant {
        None => format!("{FOLDER}/target"),
        Some(variant) => format!("{FOLDER}/target-{variant}"),
    };
    let say = |name: &str, places: &[(&str, &str)]| {
        let what = kit.texts.get("policy_files", name, places);
        match &role.variant {
            None => what,
            Some(variant) => {
                let places = [("what", what.as_str()), ("variant", variant.as_str())];
                kit.texts.get("policy_files", "of_variant", &places)
            }
        }
    };
    for policy in &role.permissions {
        let what = say("role", &[("product", &policy.title)]);
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
