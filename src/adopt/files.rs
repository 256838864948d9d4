//! What is there, as the files that Terraform and CloudFormation take it over from. They serve once.

use serde_json::{Map, Value, json};

use super::{Account, Adoption, StackResource};
use crate::plan::Plan;
use crate::render::{
    self, Custom, FileSet, Import, RenderError, hub_dir, import_path, import_template_path,
    imports_path, target_dir,
};

/// The files of an adoption, by templates of the user's own where there are any; none for an account that holds nothing
/// of the plan.
///
/// # Errors
///
/// When a template does not fit its view.
pub fn files(plan: &Plan, adoption: &Adoption, custom: &Custom) -> Result<FileSet, RenderError> {
    let mut files = FileSet::new();
    for account in &adoption.accounts {
        let imports: Vec<Import> = account
            .resources
            .iter()
            .filter(|resource| resource.state.is_there())
            .map(|resource| Import {
                to_hcl: resource.address.clone(),
                id: resource.import_id.clone(),
            })
            .collect();
        if plan.terraform && !imports.is_empty() {
            let root = match account.hub {
                true => hub_dir(),
                false => target_dir(&account.id),
            };
            let text = render::imports(&plan.name, account.id.as_str(), &imports, custom)?;
            files.insert(imports_path(&root), text);
        }
        if plan.cloudformation.is_some() && !account.stack.is_empty() {
            let list = account.stack.iter().map(to_import).collect();
            files.insert(import_path(&account.id), pretty(&Value::Array(list)));
            let template = template(plan, account);
            files.insert(import_template_path(&account.id), pretty(&template));
        }
    }
    Ok(files)
}

/// A line of `--resources-to-import`.
fn to_import(resource: &StackResource) -> Value {
    let identifier: Map<String, Value> = resource
        .identifier
        .iter()
        .map(|(key, value)| ((*key).to_owned(), json!(value)))
        .collect();
    json!({
        "ResourceType": resource.kind,
        "LogicalResourceId": resource.logical_id,
        "ResourceIdentifier": identifier,
    })
}

/// A template of what is there. CloudFormation wants a deletion policy on what it imports, and no outputs beside it.
fn template(plan: &Plan, account: &Account) -> Value {
    let resources: Map<String, Value> = account
        .stack
        .iter()
        .map(|resource| {
            let body = json!({
                "Type": resource.kind,
                "DeletionPolicy": "Retain",
                "UpdateReplacePolicy": "Retain",
                "Properties": resource.properties,
            });
            (resource.logical_id.clone(), body)
        })
        .collect();
    json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": format!(
            "{}: what account {} holds already, for one import by landgrant adopt.",
            plan.name, account.id
        ),
        "Resources": resources,
    })
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}
