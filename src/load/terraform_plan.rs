//! A Terraform or OpenTofu plan, as printed by `terraform show -json`, with the fields that are used.
//!
//! Source: HashiCorp, "JSON Output Format" of Terraform, format version 1.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, IgnoredAny};
use serde_json::{Map, Value, json};

use super::json::{error_message, place};
use crate::cfn::WrittenOut;
use crate::diag::{Diagnostic, FileId, Span};
use crate::model::AccountId;

/// The resources of a root module after the apply.
#[derive(Debug, Clone)]
pub struct TerraformPlan {
    /// The accounts that the providers allow: `allowed_account_ids`, if constant.
    pub accounts: BTreeSet<AccountId>,
    pub(super) resources: Vec<Resource>,
    /// The resources that the apply deletes.
    pub(super) deleted: Vec<Deleted>,
    /// The resources that leave the state but remain in the account.
    pub(super) forgotten: Vec<Resource>,
    /// The addresses of resources that have provisioners in the configuration but no instance in the plan, as with
    /// `count = 0`: destroying the last instance may run their commands.
    pub(super) provisioned: Vec<String>,
    /// The earlier addresses of moved resources.
    pub(super) names_before: BTreeMap<String, String>,
    /// The addresses of actions that the apply runs, since Terraform 1.14.
    pub(super) actions: Vec<String>,
}

/// A resource that is deleted or leaves the state.
#[derive(Debug, Clone)]
pub(super) struct Deleted {
    pub(super) kind: String,
    /// The account, if its provider specifies it.
    pub(super) account: Option<AccountId>,
    pub(super) before: Map<String, Value>,
}

/// A resource after the apply.
#[derive(Debug, Clone)]
pub(super) struct Resource {
    pub(super) address: String,
    /// The address of its module; empty for the root module.
    pub(super) module: String,
    pub(super) kind: String,
    /// The account, if its provider specifies it.
    pub(super) account: Option<AccountId>,
    /// The values that are known before the apply.
    pub(super) values: Map<String, Value>,
    /// The address that `policy_arn` refers to, in the same module.
    pub(super) policy: Option<String>,
    /// Whether the plan has its configuration, which is needed to resolve references.
    pub(super) is_configured: bool,
    /// Whether creating it runs commands.
    pub(super) provisioned: bool,
    /// Whether its provider adds tags.
    has_default_tags: bool,
    /// The attributes that are set in the configuration.
    configured: BTreeSet<String>,
    /// The values that are only known after the apply, marked with `true`.
    unknown: Map<String, Value>,
}

impl Resource {
    /// Whether the configuration sets this attribute.
    pub(super) fn configures(&self, attribute: &str) -> bool {
        self.configured.contains(attribute)
    }

    /// Whether the configuration sets this attribute, and its value is not completely known before the apply. A plan
    /// does not show the content of `dynamic` blocks: they are detected by a value that is partly unknown. Values that
    /// only AWS decides are unknown as a whole.
    pub(super) fn comes_later(&self, attribute: &str) -> bool {
        let unknown = self.unknown.get(attribute);
        let is_partial = unknown.is_some_and(|value| !value.is_boolean());
        self.is_unknown(attribute) && (self.configures(attribute) || is_partial)
    }

    /// The same of the tags, with those that the provider adds. If there are none at all, they are unknown in every plan.
    pub(super) fn tags_come_later(&self) -> bool {
        let tags = self.values.get("tags").and_then(Value::as_object);
        let are_some = self.has_default_tags || tags.is_some_and(|tags| !tags.is_empty());
        self.comes_later("tags") || are_some && self.is_unknown("tags_all")
    }

    /// Whether a value, or a part of it, is only known after the apply.
    fn is_unknown(&self, attribute: &str) -> bool {
        fn any(value: &Value) -> bool {
            match value {
                Value::Bool(unknown) => *unknown,
                Value::Array(items) => items.iter().any(any),
                Value::Object(fields) => fields.values().any(any),
                _ => false,
            }
        }
        self.unknown.get(attribute).is_some_and(any)
    }
}

#[derive(Debug, Deserialize)]
struct Document {
    planned_values: Option<PlannedValues>,
    #[serde(default)]
    resource_changes: Vec<ResourceChange>,
    #[serde(default)]
    configuration: Configuration,
    /// Changes that are deferred to a later run.
    #[serde(default)]
    deferred_changes: Vec<IgnoredAny>,
    #[serde(default)]
    action_invocations: Vec<ActionInvocation>,
    #[serde(default)]
    deferred_action_invocations: Vec<IgnoredAny>,
    /// Absent before Terraform 1.8, and in plans of OpenTofu.
    complete: Option<bool>,
    errored: Option<bool>,
}

#[derive(Debug, Deserialize)]
struct ActionInvocation {
    address: String,
}

#[derive(Debug, Deserialize)]
struct PlannedValues {
    #[serde(default)]
    root_module: PlannedModule,
}

#[derive(Debug, Default, Deserialize)]
struct PlannedModule {
    #[serde(default)]
    address: String,
    #[serde(default)]
    resources: Vec<PlannedResource>,
    #[serde(default)]
    child_modules: Vec<PlannedModule>,
}

#[derive(Debug, Deserialize)]
struct PlannedResource {
    address: String,
    mode: String,
    r#type: String,
    #[serde(default, deserialize_with = "fields")]
    values: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
struct ResourceChange {
    address: String,
    #[serde(default)]
    module_address: String,
    mode: String,
    r#type: String,
    /// The id of an object that was replaced but still exists.
    deposed: Option<IgnoredAny>,
    change: Change,
}

#[derive(Debug, Deserialize)]
struct Change {
    actions: Vec<String>,
    #[serde(default)]
    before: Value,
    #[serde(default)]
    after_unknown: Value,
}

impl Change {
    /// Whether an object remains, even if it changes.
    fn is_in_place(&self) -> bool {
        let goes = |action: &String| ["delete", "forget"].contains(&action.as_str());
        !self.actions.iter().any(goes)
    }
}

#[derive(Debug, Default, Deserialize)]
struct Configuration {
    #[serde(default)]
    provider_config: BTreeMap<String, ProviderConfig>,
    #[serde(default)]
    root_module: ModuleConfig,
}

#[derive(Debug, Deserialize)]
struct ProviderConfig {
    name: String,
    #[serde(default, deserialize_with = "fields")]
    expressions: Map<String, Value>,
}

#[derive(Debug, Default, Deserialize)]
struct ModuleConfig {
    #[serde(default)]
    resources: Vec<ResourceConfig>,
    #[serde(default)]
    module_calls: BTreeMap<String, ModuleCall>,
}

#[derive(Debug, Deserialize)]
struct ModuleCall {
    #[serde(default)]
    module: ModuleConfig,
    #[serde(flatten)]
    number: Number,
}

/// The number of instances: one if nothing is specified.
#[derive(Debug, Deserialize)]
struct Number {
    count_expression: Option<Value>,
    for_each_expression: Option<IgnoredAny>,
}

impl Number {
    /// Whether there may be no instance.
    fn may_be_none(&self) -> bool {
        let count = self.count_expression.as_ref();
        let is_some = |count: &Value| count["constant_value"].as_u64().is_some_and(|n| n > 0);
        self.for_each_expression.is_some() || count.is_some_and(|count| !is_some(count))
    }
}

#[derive(Debug, Deserialize)]
struct ResourceConfig {
    address: String,
    #[serde(default)]
    mode: String,
    #[serde(flatten)]
    number: Number,
    #[serde(default)]
    provider_config_key: String,
    #[serde(default, deserialize_with = "fields")]
    expressions: Map<String, Value>,
    #[serde(default)]
    provisioners: Vec<IgnoredAny>,
}

/// An object without duplicate keys, of which serde_json would silently use the last.
fn fields<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Map<String, Value>, D::Error> {
    match WrittenOut::deserialize(deserializer)? {
        WrittenOut(Value::Object(fields)) => Ok(fields),
        WrittenOut(_) => Err(D::Error::custom("values that are not an object")),
    }
}

/// Reads a plan.
pub(super) fn read(file: FileId, text: &str) -> Result<TerraformPlan, Box<Diagnostic>> {
    let whole = Span {
        file,
        start: 0,
        end: text.len().min(1),
    };
    let no_plan = |span, what: &str| {
        Diagnostic::error(
            "bad-terraform-plan",
            span,
            format!("this is not a Terraform plan: {what}"),
        )
        .why("a plan is what `terraform show -json` prints of a saved plan")
        .help("write it again: terraform plan -out=planned && terraform show -json planned > plan.json")
    };
    let document: Document = serde_json::from_str(text).map_err(|error| {
        let what = error_message(&error);
        no_plan(place(file, text, &error), &what)
    })?;
    let planned = document
        .planned_values
        .ok_or_else(|| no_plan(whole, "it has no `planned_values`, so it may be a state"))?;
    let incomplete = |what: String| {
        Diagnostic::error("incomplete-terraform-plan", whole, what)
            .why("Terraform stopped at an error, or planned a part only, and the rest would be taken for missing")
            .help("plan again without -target and -exclude, and see that the plan succeeds")
    };
    let is_part = document.complete == Some(false)
        || !document.deferred_changes.is_empty()
        || !document.deferred_action_invocations.is_empty();
    if document.errored == Some(true) || is_part {
        return Err(Box::new(incomplete("this plan is not complete".to_owned())));
    }
    let providers = providers(&document.configuration);
    let configured = Configured {
        root: &document.configuration.root_module,
        providers: &providers,
        provider_config: &document.configuration.provider_config,
    };
    let current = document.resource_changes.iter();
    let current = current.filter(|change| change.deposed.is_none());
    let unknown = current.filter_map(|change| {
        let unknown = change.change.after_unknown.as_object()?;
        Some((change.address.clone(), unknown.clone()))
    });
    let mut unknown: BTreeMap<String, Map<String, Value>> = unknown.collect();
    let changes = document.resource_changes.iter();
    let kept = changes.filter(|change| change.deposed.is_none() && change.change.is_in_place());
    let names_before = kept.filter_map(|change| {
        let name = change.change.before.get("name")?.as_str()?;
        Some((change.address.clone(), name.to_owned()))
    });
    let names_before = names_before.collect();
    let mut resources = Vec::new();
    collect(
        planned.root_module,
        &configured,
        &mut unknown,
        &mut resources,
    );
    let forgets = |change: &&ResourceChange| {
        let mut actions = change.change.actions.iter();
        change.mode == "managed" && actions.any(|action| action == "forget")
    };
    let forgotten = document.resource_changes.iter().filter(forgets);
    let forgotten = forgotten.map(|change| Resource {
        account: configured.account(&change.module_address, &change.address),
        address: change.address.clone(),
        module: change.module_address.clone(),
        kind: change.r#type.clone(),
        values: change
            .change
            .before
            .as_object()
            .cloned()
            .unwrap_or_default(),
        policy: None,
        is_configured: true,
        provisioned: false,
        has_default_tags: false,
        configured: BTreeSet::new(),
        unknown: Map::new(),
    });
    let forgotten = forgotten.collect();
    let deleted = document
        .resource_changes
        .into_iter()
        .filter(|change| change.mode == "managed")
        .filter(|change| {
            change
                .change
                .actions
                .iter()
                .any(|action| action == "delete")
        })
        .filter_map(|change| {
            let account = configured.account(&change.module_address, &change.address);
            match change.change.before {
                Value::Object(before) => Some(Deleted {
                    kind: change.r#type,
                    account,
                    before,
                }),
                _ => None,
            }
        })
        .collect();
    let planned: BTreeSet<String> = resources
        .iter()
        .map(|resource: &Resource| without_index(&resource.address))
        .collect();
    let mut provisioned = Vec::new();
    with_provisioner(&document.configuration.root_module, "", &mut provisioned);
    provisioned.retain(|address| !planned.contains(address));
    if document.complete.is_none() {
        let mut always = Vec::new();
        always_planned(&document.configuration.root_module, "", &mut always);
        if let Some(missing) = always.iter().find(|address| !planned.contains(*address)) {
            let what = format!("this plan is not complete: it is silent about {missing}");
            return Err(Box::new(incomplete(what)));
        }
    }
    Ok(TerraformPlan {
        names_before,
        actions: document
            .action_invocations
            .into_iter()
            .map(|action| action.address)
            .collect(),
        provisioned,
        accounts: providers.into_values().flatten().collect(),
        resources,
        deleted,
        forgotten,
    })
}

/// Adds the addresses of resources in a module that have at least one instance in the plan.
fn always_planned(module: &ModuleConfig, address: &str, found: &mut Vec<String>) {
    let resources = module.resources.iter();
    let resources = resources.filter(|one| one.mode == "managed" && !one.number.may_be_none());
    found.extend(resources.map(|config| format!("{address}{}", config.address)));
    let calls = module.module_calls.iter();
    for (name, call) in calls.filter(|(_, call)| !call.number.may_be_none()) {
        always_planned(&call.module, &format!("{address}module.{name}."), found);
    }
}

/// Adds the addresses, without keys, of resources in a module that have provisioners in the configuration.
fn with_provisioner(module: &ModuleConfig, address: &str, found: &mut Vec<String>) {
    let provisioned = module.resources.iter();
    let provisioned = provisioned.filter(|config| !config.provisioners.is_empty());
    found.extend(provisioned.map(|config| format!("{address}{}", config.address)));
    for (name, call) in &module.module_calls {
        with_provisioner(&call.module, &format!("{address}module.{name}."), found);
    }
}

/// The accounts that each AWS provider allows, by the key of its configuration. For an expression, a plan only has its
/// references, not its value.
fn providers(configuration: &Configuration) -> BTreeMap<String, BTreeSet<AccountId>> {
    let mut providers = BTreeMap::new();
    let all = configuration.provider_config.iter();
    for (key, provider) in all.filter(|(_, provider)| provider.name == "aws") {
        let Some(allowed) = provider.expressions.get("allowed_account_ids") else {
            continue;
        };
        let constant = allowed.get("constant_value").and_then(Value::as_array);
        let ids = constant.into_iter().flatten();
        let ids = ids.filter_map(|id| AccountId::parse(id.as_str()?).ok());
        providers.insert(key.clone(), ids.collect());
    }
    providers
}

/// The resources of a module and its child modules.
fn collect(
    module: PlannedModule,
    configured: &Configured<'_>,
    unknown: &mut BTreeMap<String, Map<String, Value>>,
    resources: &mut Vec<Resource>,
) {
    for resource in module.resources {
        if resource.mode != "managed" {
            continue;
        }
        resources.push(Resource {
            account: configured.account(&module.address, &resource.address),
            policy: configured.policy(&module.address, &resource.address),
            is_configured: configured
                .resource(&module.address, &resource.address)
                .is_some(),
            provisioned: configured
                .resource(&module.address, &resource.address)
                .is_some_and(|config| !config.provisioners.is_empty()),
            has_default_tags: configured.has_default_tags(&module.address, &resource.address),
            configured: configured.attributes(&module.address, &resource.address),
            unknown: unknown.remove(&resource.address).unwrap_or_default(),
            address: resource.address,
            module: module.address.clone(),
            kind: resource.r#type,
            values: resource.values,
        });
    }
    for child in module.child_modules {
        collect(child, configured, unknown, resources);
    }
}

/// The configuration of resources.
struct Configured<'a> {
    root: &'a ModuleConfig,
    providers: &'a BTreeMap<String, BTreeSet<AccountId>>,
    provider_config: &'a BTreeMap<String, ProviderConfig>,
}

impl Configured<'_> {
    /// The configuration of a resource in a module such as `module.role` or `module.a["x.y"].module.b`.
    fn resource(&self, module: &str, address: &str) -> Option<&ResourceConfig> {
        let plain = without_index(module);
        let mut config = self.root;
        // `module` precedes each name, and can be a name itself.
        for name in plain.split('.').skip(1).step_by(2) {
            config = &config.module_calls.get(name)?.module;
        }
        let own = address.strip_prefix(module)?.trim_start_matches('.');
        let own = without_index(own);
        config.resources.iter().find(|config| config.address == own)
    }

    /// The attributes of a resource that are set in the configuration.
    fn attributes(&self, module: &str, address: &str) -> BTreeSet<String> {
        let config = self.resource(module, address);
        let expressions = config.iter().flat_map(|config| config.expressions.keys());
        expressions.cloned().collect()
    }

    /// Whether the provider of a resource adds tags.
    fn has_default_tags(&self, module: &str, address: &str) -> bool {
        let config = self.resource(module, address);
        let provider =
            config.and_then(|config| self.provider_config.get(&config.provider_config_key));
        provider.is_some_and(|provider| provider.expressions.contains_key("default_tags"))
    }

    /// The account of the resource's provider, if it allows only one.
    fn account(&self, module: &str, address: &str) -> Option<AccountId> {
        let key = &self.resource(module, address)?.provider_config_key;
        let mut accounts = self.providers.get(key)?.iter();
        match (accounts.next(), accounts.next()) {
            (Some(only), None) => Some(only.clone()),
            _ => None,
        }
    }

    /// The resource that the `policy_arn` of a resource refers to. The ARN itself is only known after the apply.
    ///
    /// A conditional can have the same references as a plain expression. So this is only used for attachments of the
    /// rendered form, which have one policy each, identified by its label.
    fn policy(&self, module: &str, address: &str) -> Option<String> {
        let config = self.resource(module, address)?;
        let (kind, label) = config.address.split_once('.')?;
        let is_rendered = [
            "aws_iam_group_policy_attachment",
            "aws_iam_role_policy_attachment",
        ]
        .contains(&kind);
        let policy = format!("aws_iam_policy.{label}");
        let references = config.expressions.get("policy_arn")?.get("references")?;
        let alone = *references == json!([format!("{policy}.arn"), policy]);
        (is_rendered && alone).then_some(policy)
    }
}

/// An address without `["keys"]` and `[0]`.
fn without_index(address: &str) -> String {
    let mut plain = String::new();
    let (mut in_index, mut in_text, mut escaped) = (false, false, false);
    for c in address.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if in_text => escaped = true,
            '"' if in_index => in_text = !in_text,
            '[' if !in_text => in_index = true,
            ']' if !in_text => in_index = false,
            _ if in_index => {}
            c => plain.push(c),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::without_index;

    #[test]
    fn an_index_may_hold_anything() {
        assert_eq!(
            without_index("module.a[\"x.y]\\\"[\"].module.b[0]"),
            "module.a.module.b"
        );
        assert_eq!(without_index("aws_iam_user.a"), "aws_iam_user.a");
    }
}
