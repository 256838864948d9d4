//! What is there, as the files that Terraform and CloudFormation take it over from. They serve once.

use std::collections::BTreeMap;

use camino::Utf8Path;
use serde_json::{Map, Value, json};

use super::{Account, Adoption, StackResource};
use crate::model::FileSet;
use crate::plan::Plan;
use crate::render::{
    self, Custom, Import, RenderError, import_path, import_template_path, imports_path,
};

/// The files of an adoption, by templates of the user's own where there are any; none for an account that holds nothing
/// of the plan.
///
/// # Errors
///
/// When a template does not fit its view.
pub fn files(plan: &Plan, adoption: &Adoption, custom: &Custom) -> Result<FileSet, RenderError> {
    let mut files = FileSet::new();
    // One root module can hold several accounts.
    let mut roots: BTreeMap<&Utf8Path, (Vec<&str>, Vec<Import>)> = BTreeMap::new();
    for account in &adoption.accounts {
        let there = account.resources.iter();
        let mut there = there
            .filter(|resource| resource.state.is_there())
            .peekable();
        if let (Some(root), Some(_)) = (&account.root, there.peek()) {
            let (accounts, imports) = roots.entry(root).or_default();
            // An account has a part for each of its roles.
            if !accounts.contains(&account.id.as_str()) {
                accounts.push(account.id.as_str());
            }
            imports.extend(there.map(|resource| Import {
                to_hcl: resource.address.clone(),
                id: resource.import_id.clone(),
            }));
        }
        if account.stacked && !account.stack.is_empty() {
            let list = account.stack.iter().map(to_import).collect();
            files.insert(import_path(&account.key), pretty(&Value::Array(list)));
            let template = template(plan, account);
            files.insert(import_template_path(&account.key), pretty(&template));
        }
    }
    for (root, (accounts, imports)) in roots {
        let text = render::imports(&plan.name, &accounts, &imports, custom)?;
        files.insert(imports_path(root), text);
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
