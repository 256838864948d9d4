//! What each template is given: the schemas of the views.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::added::{DeploymentView, TargetFileView};
use super::cloudformation_hub;
use super::cloudformation_view::{self, RoleView as CloudFormationRole};
use super::deploy::DeployView;
use super::imports::ImportsView;
use super::kit_view::KitView;
use super::one_root::OneRootView;
use super::page_view::PageView;
use super::scanners::MarkersView;
use super::stack_set::{ServiceRoleView, StackSetsView};
use super::templates::{FILES, TEMPLATES};
use super::terraform_hub::HubView;
use super::terraform_view::{
    self, PolicyView, ProviderView, RegionView, RoleView, TargetRootView, VersionsView,
};

/// The schema of a view.
type Context = fn(&mut SchemaGenerator) -> Schema;

macro_rules! contexts {
    ($($name:literal: $view:ty;)*) => {
        /// The view of every template in the binary, by name.
        const CONTEXTS: &[(&str, Context)] = &[
            $(($name, |generator| generator.subschema_for::<$view>())),*
        ];
    };
}

contexts![
    "cloudformation/conditions.yaml": CloudFormationStatementPart;
    "cloudformation/hub.yaml": cloudformation_hub::HubView;
    "cloudformation/notice.yaml": NoticePart;
    "cloudformation/policy.yaml": CloudFormationPolicyPart;
    "cloudformation/stack-set-role.yaml": ServiceRoleView;
    "cloudformation/stack-set.yaml": StackSetsView;
    "cloudformation/suppressed.yaml": CloudFormationMarkersPart;
    "cloudformation/target.yaml": CloudFormationRole;
    "cloudformation/trust.yaml": CloudFormationTrustPart;
    "deploy/DEPLOY.md": DeployView;
    "kit/README.md": PageView<'static>;
    "kit/about.html": PageView<'static>;
    "kit/access.html": PageView<'static>;
    "kit/deploy.html": PageView<'static>;
    "kit/index.html": PageView<'static>;
    "kit/keys.html": PageView<'static>;
    "kit/page.css": KitView;
    "kit/page.js": KitView;
    "kit/permissions.html": PageView<'static>;
    "kit/step.html": PageView<'static>;
    "terraform/hub/locals.tf": HubView;
    "terraform/hub/main.tf": HubView;
    "terraform/hub/outputs.tf": HubView;
    "terraform/module/main.tf": RoleView;
    "terraform/module/outputs.tf": RoleView;
    "terraform/module/variables.tf": RoleView;
    "terraform/root/providers.tf": OneRootView;
    "terraform/root/targets.tf": OneRootView;
    "terraform/root/variables.tf": OneRootView;
    "terraform/shared/conditions.tf": TerraformStatementPart;
    "terraform/shared/imports.tf": ImportsView<'static>;
    "terraform/shared/notice.tf": NoticePart;
    "terraform/shared/policy.tf": TerraformPolicyPart;
    "terraform/shared/provider_block.tf": ProviderView;
    "terraform/shared/providers.tf": ProviderView;
    "terraform/shared/role_arguments.tf": TargetPart;
    "terraform/shared/terraform.tf": VersionsView;
    "terraform/shared/trust.tf": TerraformTrustPart;
    "terraform/shared/variable_block.tf": RegionView;
    "terraform/shared/variables.tf": RegionView;
    "terraform/shared/versions_block.tf": VersionsView;
    "terraform/stack-set/main.tf": StackSetsView;
    "terraform/stack-set/outputs.tf": StackSetsView;
    "terraform/stack-set/variables.tf": StackSetsView;
    "terraform/target/main.tf": TargetRootView;
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
    policy: cloudformation_view::PolicyView,
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
    statement: cloudformation_view::TrustStatementView,
}

/// What a part is given that writes a trust policy in YAML.
#[derive(JsonSchema)]
#[schemars(rename = "CloudFormationTrustPart")]
#[allow(dead_code, reason = "it describes what the including templates have")]
struct CloudFormationTrustPart {
    /// The statements.
    trust: Vec<cloudformation_view::TrustStatementView>,
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

/// The JSON Schema of what one template is given, by its name; nothing where there is no such template.
pub fn context_schema(name: &str) -> Option<Value> {
    let mut generator = generator();
    let (title, makes, context) = if let Some(path) = name.strip_prefix(FILES) {
        let each = usize::from(path.contains("{account}"));
        (name, ADDED[each].1, added(each, &mut generator))
    } else {
        let template = TEMPLATES.iter().find(|template| template.name == name)?;
        let (_, context) = CONTEXTS.iter().find(|(known, _)| *known == name)?;
        (template.name, template.makes, context(&mut generator))
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
    for (template, (_, context)) in TEMPLATES.iter().zip(CONTEXTS) {
        property(template.name, template.makes, context(&mut generator));
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

    use super::{CONTEXTS, TEMPLATES, context_schema, context_schemas};

    #[test]
    fn every_template_has_a_context() {
        let templates = TEMPLATES.iter().map(|template| template.name);
        assert!(templates.eq(CONTEXTS.iter().map(|(name, _)| *name)));
    }

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
