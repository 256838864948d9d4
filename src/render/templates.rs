//! The templates in the binary: what each makes, and what it is given.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::added::{DeploymentView, TargetFileView};
use super::cloudformation::{self, RoleView as CloudFormationRole};
use super::cloudformation_hub;
use super::deploy::DeployView;
use super::imports::ImportsView;
use super::kit_view::KitView;
use super::one_root::OneRootView;
use super::page_view::PageView;
use super::scanners::MarkersView;
use super::stack_set::{ServiceRoleView, StackSetsView};
use super::terraform_hub::HubView;
use super::terraform_view::{
    self, PolicyView, ProviderView, RegionView, RoleView, TargetRootView, VersionsView,
};

/// A template in the binary.
#[derive(Debug, Clone, Copy)]
pub struct Template {
    /// `FAMILY/FILE`, as under `templates/` without `.tera`. The extension is that of the rendered file.
    pub name: &'static str,
    /// The template itself.
    pub text: &'static str,
    /// What it makes, in words.
    pub makes: &'static str,
    context: fn(&mut SchemaGenerator) -> Schema,
}

impl Template {
    /// The templates of one language or purpose have a folder: `terraform`, `cloudformation`, `deploy`.
    pub fn family(&self) -> &'static str {
        self.name.split('/').next().unwrap_or_default()
    }
}

macro_rules! templates {
    ($($name:literal: $view:ty, $makes:literal;)*) => {
        /// Every template in the binary, by name.
        pub const TEMPLATES: &[Template] = &[
            $(Template {
                name: $name,
                text: include_str!(concat!("../../templates/", $name, ".tera")),
                makes: $makes,
                context: |generator| generator.subschema_for::<$view>(),
            }),*
        ];
    };
}

templates![
    "cloudformation/conditions.yaml": CloudFormationStatementPart, "a part: the conditions of a statement";
    "cloudformation/hub.yaml": cloudformation_hub::HubView, "the stack of the hub";
    "cloudformation/notice.yaml": NoticePart, "a part: the first lines of a file";
    "cloudformation/policy.yaml": CloudFormationPolicyPart, "a part: a policy document";
    "cloudformation/stack-set-role.yaml": ServiceRoleView, "the stacks of the roles that CloudFormation works as";
    "cloudformation/stack-set.yaml": StackSetsView, "the stack with the stack sets";
    "cloudformation/suppressed.yaml": CloudFormationMarkersPart, "a part: what cfn-nag passes over in a resource";
    "cloudformation/target.yaml": CloudFormationRole, "the stack of a target's role";
    "cloudformation/trust.yaml": CloudFormationTrustPart, "a part: a trust policy";
    "deploy/DEPLOY.md": DeployView, "the steps of a deployment";
    "kit/README.md": PageView<'static>, "the text of a handoff kit";
    "kit/about.html": PageView<'static>, "a part of the page: what this is";
    "kit/access.html": PageView<'static>, "a part of the page: who may do what, from where";
    "kit/deploy.html": PageView<'static>, "a part of the page: the steps";
    "kit/index.html": PageView<'static>, "the page of a handoff kit";
    "kit/keys.html": PageView<'static>, "a part of the page: access keys";
    "kit/page.css": KitView, "the style of the page";
    "kit/page.js": KitView, "the script of the page";
    "kit/permissions.html": PageView<'static>, "a part of the page: the permission table";
    "kit/step.html": PageView<'static>, "a part of the page: one step";
    "terraform/hub/locals.tf": HubView, "the hub: groups, users, targets, tags";
    "terraform/hub/main.tf": HubView, "the hub: its resources";
    "terraform/hub/outputs.tf": HubView, "the hub: its outputs";
    "terraform/module/main.tf": RoleView, "the module of a role: its resources";
    "terraform/module/outputs.tf": RoleView, "the module of a role: its outputs";
    "terraform/module/variables.tf": RoleView, "the module of a role: its variables";
    "terraform/root/providers.tf": OneRootView, "one root module: the providers";
    "terraform/root/targets.tf": OneRootView, "one root module: the targets";
    "terraform/root/variables.tf": OneRootView, "one root module: its variables";
    "terraform/shared/conditions.tf": TerraformStatementPart, "a part: the conditions of a statement";
    "terraform/shared/imports.tf": ImportsView<'static>, "import blocks, for landgrant adopt";
    "terraform/shared/notice.tf": NoticePart, "a part: the first lines of a file";
    "terraform/shared/policy.tf": TerraformPolicyPart, "a part: a policy document";
    "terraform/shared/providers.tf": ProviderView, "the provider of a root module";
    "terraform/shared/role_arguments.tf": TargetPart, "a part: the arguments of a target's module";
    "terraform/shared/terraform.tf": VersionsView, "the versions of every module";
    "terraform/shared/trust.tf": TerraformTrustPart, "a part: a trust policy";
    "terraform/shared/variables.tf": RegionView, "the variables of a root module";
    "terraform/stack-set/main.tf": StackSetsView, "the root module with the stack sets";
    "terraform/stack-set/outputs.tf": StackSetsView, "its outputs";
    "terraform/stack-set/variables.tf": StackSetsView, "its variables";
    "terraform/target/main.tf": TargetRootView, "the root module of a target";
    "terraform/target/outputs.tf": TargetRootView, "its outputs";
];

/// What a part is given that begins a file.
#[derive(JsonSchema)]
#[schemars(rename = "NoticePart")]
#[allow(dead_code, reason = "it describes what the including templates have")]
struct NoticePart {
    /// The first lines of the file, to be written as comments.
    notice: Vec<String>,
}

/// What a part is given that writes a policy document in HCL.
#[derive(JsonSchema)]
#[schemars(rename = "TerraformPolicyPart")]
#[allow(dead_code, reason = "it describes what the including templates have")]
struct TerraformPolicyPart {
    /// The policy.
    policy: PolicyView,
}

/// What a part is given that writes a policy document in YAML.
#[derive(JsonSchema)]
#[schemars(rename = "CloudFormationPolicyPart")]
#[allow(dead_code, reason = "it describes what the including templates have")]
struct CloudFormationPolicyPart {
    /// The policy.
    policy: cloudformation::PolicyView,
}

/// What a part is given that writes the conditions of a statement in HCL.
#[derive(JsonSchema)]
#[schemars(rename = "TerraformStatementPart")]
#[allow(dead_code, reason = "it describes what the including templates have")]
struct TerraformStatementPart {
    /// The statement, of a policy or a trust policy.
    statement: terraform_view::TrustStatementView,
}

/// What a part is given that writes a trust policy in HCL.
#[derive(JsonSchema)]
#[schemars(rename = "TerraformTrustPart")]
#[allow(dead_code, reason = "it describes what the including templates have")]
struct TerraformTrustPart {
    /// The statements.
    trust: Vec<terraform_view::TrustStatementView>,
}

/// What a part is given that writes the conditions of a statement in YAML.
#[derive(JsonSchema)]
#[schemars(rename = "CloudFormationStatementPart")]
#[allow(dead_code, reason = "it describes what the including templates have")]
struct CloudFormationStatementPart {
    /// The statement, of a policy or a trust policy.
    statement: cloudformation::TrustStatementView,
}

/// What a part is given that writes a trust policy in YAML.
#[derive(JsonSchema)]
#[schemars(rename = "CloudFormationTrustPart")]
#[allow(dead_code, reason = "it describes what the including templates have")]
struct CloudFormationTrustPart {
    /// The statements.
    trust: Vec<cloudformation::TrustStatementView>,
}

/// What a part is given that writes the markers of a resource.
#[derive(JsonSchema)]
#[schemars(rename = "CloudFormationMarkersPart")]
#[allow(dead_code, reason = "it describes what the including templates have")]
struct CloudFormationMarkersPart {
    /// The markers.
    markers: MarkersView,
}

/// What a part is given that writes the arguments of a target's module call.
#[derive(JsonSchema)]
#[schemars(rename = "TerraformTargetPart")]
#[allow(dead_code, reason = "it describes what the including templates have")]
struct TargetPart {
    /// The target.
    target: terraform_view::TargetView,
}

/// What the user's own templates below [`FILES`] are called where their context is told.
const ADDED: [(&str, &str); 2] = [
    ("files/PATH", "a file of your own"),
    (
        "files/PATH with {account}",
        "a file of your own for each target",
    ),
];

/// The folder of templates that make files of the user's own.
pub(super) const FILES: &str = "files/";

/// The JSON Schema of what one template is given, by its name; nothing where there is no such template.
pub fn context_schema(name: &str) -> Option<Value> {
    let mut generator = generator();
    let (title, makes, context) = if let Some(path) = name.strip_prefix(FILES) {
        let each = usize::from(path.contains("{account}"));
        (name, ADDED[each].1, added(each, &mut generator))
    } else {
        let template = TEMPLATES.iter().find(|template| template.name == name)?;
        let context = (template.context)(&mut generator);
        (template.name, template.makes, context)
    };
    let mut schema = head(title, makes);
    schema.extend(context.to_value().as_object().cloned().unwrap_or_default());
    schema.insert("$defs".to_owned(), definitions(&mut generator));
    Some(Value::Object(schema))
}

/// The JSON Schema of what all templates are given, as one object with a property for each template.
pub fn context_schemas() -> Value {
    let mut generator = generator();
    let mut properties = Map::new();
    let mut property = |name: &str, makes: &str, context: Schema| {
        let mut context = context.to_value();
        context["description"] = makes.into();
        properties.insert(name.to_owned(), context);
    };
    for template in TEMPLATES {
        let context = (template.context)(&mut generator);
        property(template.name, template.makes, context);
    }
    for (each, (name, makes)) in ADDED.into_iter().enumerate() {
        property(name, makes, added(each, &mut generator));
    }
    let mut schema = head("Landgrant templates", "What each template is given.");
    schema.insert("type".to_owned(), "object".into());
    schema.insert("properties".to_owned(), Value::Object(properties));
    schema.insert("$defs".to_owned(), definitions(&mut generator));
    Value::Object(schema)
}

fn added(each: usize, generator: &mut SchemaGenerator) -> Schema {
    match each {
        0 => generator.subschema_for::<DeploymentView>(),
        _ => generator.subschema_for::<TargetFileView>(),
    }
}

fn generator() -> SchemaGenerator {
    SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
}

fn head(title: &str, description: &str) -> Map<String, Value> {
    let head = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        "description": description,
    });
    head.as_object().cloned().unwrap_or_default()
}

fn definitions(generator: &mut SchemaGenerator) -> Value {
    Value::Object(generator.take_definitions(true))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{TEMPLATES, context_schema, context_schemas};

    #[test]
    fn every_field_of_every_context_is_described() {
        let schemas = context_schemas();
        let mut fields = 0;
        for (name, definition) in schemas["$defs"].as_object().unwrap() {
            assert!(definition["description"].is_string(), "{name}");
            for (field, schema) in definition["properties"].as_object().unwrap() {
                assert!(schema["description"].is_string(), "{name}.{field}");
                fields += 1;
            }
        }
        assert!(fields > 150, "only {fields} fields");
    }

    #[test]
    fn the_schema_of_one_template_is_a_part_of_that_of_all() {
        let all = context_schemas();
        let mut names: Vec<&str> = TEMPLATES.iter().map(|template| template.name).collect();
        names.extend(["files/a.md", "files/{account}/a.md"]);
        for name in names {
            let one = context_schema(name).unwrap();
            let of_all = all["$defs"].as_object().unwrap();
            for (definition, schema) in one["$defs"].as_object().unwrap() {
                assert_eq!(of_all.get(definition), Some(schema), "{name}: {definition}");
            }
            assert!(one["$ref"].is_string(), "{name}");
        }
        assert_eq!(context_schema("terraform/hub"), None::<Value>);
    }
}
