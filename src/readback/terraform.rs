//! A Terraform root module as grants: variables, locals, modules and resources evaluated as Terraform would.
//!
//! Known are the IAM resources that a kit may hold. Any other resource, block or attribute is an error.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8Path;
use hcl::eval::{Context, FuncArgs, FuncDef, ParamType};
use hcl::{Block, Value};

use super::ReadbackError;
use super::module::{Module, attribute, evaluate, join, label};
use super::policy::{read_policy, read_trust_policy};
use super::principal::{add_inline, named};
use crate::model::{Access, Grant, IdentityKind, Partition, PolicyKind};
use crate::render::FileSet;

/// Attributes of the resources that are understood, in the order in which resources are evaluated: the first four
/// kinds are referred to by the others.
const RESOURCES: &[(&str, &[&str])] = &[
    (
        "aws_iam_user",
        &["name", "path", "permissions_boundary", "tags"],
    ),
    ("aws_iam_group", &["name", "path"]),
    (
        "aws_iam_role",
        &[
            "name",
            "path",
            "description",
            "assume_role_policy",
            "max_session_duration",
            "permissions_boundary",
            "tags",
        ],
    ),
    (
        "aws_iam_policy",
        &["name", "description", "path", "policy", "tags"],
    ),
    ("aws_iam_user_group_membership", &["user", "groups"]),
    ("aws_iam_group_policy", &["name", "group", "policy"]),
    ("aws_iam_user_policy", &["name", "user", "policy"]),
    ("aws_iam_role_policy", &["name", "role", "policy"]),
    ("aws_iam_group_policy_attachment", &["group", "policy_arn"]),
    ("aws_iam_role_policy_attachment", &["role", "policy_arn"]),
];

/// Adds what a root module grants.
///
/// # Errors
///
/// When anything in it is not understood.
pub fn read_root(
    files: &FileSet,
    dir: &Utf8Path,
    access: &mut Access,
) -> Result<(), ReadbackError> {
    let root = Module::parse(files, dir)?;
    let account = root.only_account()?;
    let region = root.default_of("region")?;
    let partition = Partition::ALL
        .into_iter()
        .find(|partition| {
            region.split('-').next() == partition.iam_region().split('-').next()
                && region.contains("gov") == (*partition == Partition::AwsUsGov)
        })
        .ok_or_else(|| root.failed("variable region", "a Region of no known partition"))?;
    let mut reader = Reader {
        files,
        partition,
        account,
        access,
        policies: BTreeMap::new(),
    };
    reader.module(&root, Vec::new())
}

struct Reader<'a> {
    files: &'a FileSet,
    partition: Partition,
    account: String,
    access: &'a mut Access,
    /// Managed policies by ARN: name and grants.
    policies: BTreeMap<String, (String, BTreeSet<Grant>)>,
}

/// Resources by type, then label, then key; the key is empty where there is no `for_each`.
type Instances = BTreeMap<String, BTreeMap<String, BTreeMap<String, Value>>>;

impl Reader<'_> {
    fn module(
        &mut self,
        module: &Module,
        inputs: Vec<(String, Value)>,
    ) -> Result<(), ReadbackError> {
        module.check_providers()?;
        let own_account = Value::from(self.account.as_str());
        if let Some((_, account)) = inputs.iter().find(|(name, _)| name == "account_id")
            && *account != own_account
        {
            return Err(module.failed(
                "account_id",
                "the module is told another account than the provider takes",
            ));
        }
        let mut context = Context::new();
        context.declare_func(
            "jsonencode",
            FuncDef::builder().param(ParamType::Any).build(jsonencode),
        );
        context.declare_func(
            "toset",
            FuncDef::builder()
                .param(ParamType::Any)
                .build(|args: FuncArgs| Ok(args[0].clone())),
        );
        context.declare_var("var", variables(module, inputs)?);
        for kind in module.blocks.iter().map(Block::identifier) {
            if ![
                "terraform",
                "provider",
                "variable",
                "output",
                "locals",
                "module",
                "resource",
            ]
            .contains(&kind)
            {
                return Err(module.failed(kind, "this block is not understood"));
            }
        }
        let mut locals: Vec<(String, Value)> = Vec::new();
        for block in module.of_kind("locals") {
            for local in block.body().attributes() {
                let value = evaluate(local.expr(), &context)
                    .map_err(|why| module.failed(&format!("local.{}", local.key()), why))?;
                locals.push((local.key().to_owned(), value));
            }
        }
        context.declare_var("local", locals.into_iter().collect::<Value>());
        self.resources(module, &context)?;
        for call in module.of_kind("module") {
            let mut inputs = Vec::new();
            let mut source = None;
            for argument in call.body().attributes() {
                let value = evaluate(argument.expr(), &context)
                    .map_err(|why| module.failed(label(call, 0), why))?;
                match argument.key() {
                    "source" => source = value.as_str().map(str::to_owned),
                    name => inputs.push((name.to_owned(), value)),
                }
            }
            let source =
                source.ok_or_else(|| module.failed(label(call, 0), "a module without a source"))?;
            let callee = Module::parse(self.files, &join(&module.dir, &source))?;
            self.module(&callee, inputs)?;
        }
        Ok(())
    }

    fn resources(&mut self, module: &Module, outer: &Context<'_>) -> Result<(), ReadbackError> {
        let mut context = outer.clone();
        let mut instances = Instances::new();
        if let Some(odd) = module
            .of_kind("resource")
            .find(|block| !RESOURCES.iter().any(|(kind, _)| *kind == label(block, 0)))
        {
            return Err(module.failed(label(odd, 0), "this resource is not understood"));
        }
        for (kind, known) in RESOURCES {
            for block in module
                .of_kind("resource")
                .filter(|block| label(block, 0) == *kind)
            {
                let place = format!("{kind}.{}", label(block, 1));
                let failed = |why: String| module.failed(&place, why);
                let odd = block.body().attributes().find(|attribute| {
                    attribute.key() != "for_each" && !known.contains(&attribute.key())
                });
                if let Some(odd) = odd {
                    return Err(failed(format!("`{}` is not understood", odd.key())));
                }
                if let Some(odd) = block.body().blocks().next() {
                    return Err(failed(format!(
                        "the block `{}` is not understood",
                        odd.identifier()
                    )));
                }
                for (key, each) in for_each(block, &context).map_err(failed)? {
                    let mut context = context.clone();
                    if let Some(each) = each {
                        let pair = [
                            ("key".to_owned(), Value::from(key.clone())),
                            ("value".to_owned(), each),
                        ];
                        context.declare_var("each", pair.into_iter().collect::<Value>());
                    }
                    let mut resource: Vec<(String, Value)> = Vec::new();
                    for attribute in block
                        .body()
                        .attributes()
                        .filter(|attribute| attribute.key() != "for_each")
                    {
                        let value = evaluate(attribute.expr(), &context)
                            .map_err(|why| failed(format!("{}: {why}", attribute.key())))?;
                        resource.push((attribute.key().to_owned(), value));
                    }
                    let mut resource: hcl::Map<String, Value> = resource.into_iter().collect();
                    if let Some(entity) = kind
                        .strip_prefix("aws_iam_")
                        .filter(|entity| ["user", "group", "role", "policy"].contains(entity))
                    {
                        let arn = self.arn(entity, &resource).map_err(failed)?;
                        resource.insert("arn".to_owned(), Value::from(arn));
                    }
                    self.grant(&format!("{} {place}", module.dir), kind, &resource)?;
                    instances
                        .entry((*kind).to_owned())
                        .or_default()
                        .entry(label(block, 1).to_owned())
                        .or_default()
                        .insert(key, Value::Object(resource));
                }
                declare(&mut context, &instances, kind);
            }
        }
        Ok(())
    }

    fn arn(&self, entity: &str, resource: &hcl::Map<String, Value>) -> Result<String, String> {
        let name = text(resource, "name").ok_or("a resource without a name")?;
        let path = text(resource, "path").unwrap_or("/");
        Ok(format!(
            "arn:{}:iam::{}:{entity}{path}{name}",
            self.partition, self.account
        ))
    }

    /// The ARN of the principal of this name that the module made.
    fn named(
        &self,
        place: &str,
        kind: IdentityKind,
        name: Option<&str>,
    ) -> Result<String, ReadbackError> {
        named(
            place,
            self.access,
            self.partition,
            &self.account,
            kind,
            name,
        )
    }

    /// Adds what one resource grants.
    fn grant(
        &mut self,
        place: &str,
        kind: &str,
        resource: &hcl::Map<String, Value>,
    ) -> Result<(), ReadbackError> {
        let missing = |what: &str| ReadbackError::new(place, format!("there is no {what}"));
        let arn = text(resource, "arn").unwrap_or_default().to_owned();
        let name = text(resource, "name").unwrap_or_default().to_owned();
        match kind {
            "aws_iam_user" => {
                let identity = self.access.identity(&arn, IdentityKind::User);
                identity.permissions_boundary =
                    text(resource, "permissions_boundary").map(str::to_owned);
                identity.tags = tags(resource);
            }
            "aws_iam_group" => {
                self.access.identity(&arn, IdentityKind::Group);
            }
            "aws_iam_role" => {
                let trust = read_trust_policy(
                    place,
                    &document(resource, "assume_role_policy")
                        .ok_or_else(|| missing("trust policy"))?,
                )?;
                let identity = self.access.identity(&arn, IdentityKind::Role);
                identity.trust = trust;
                identity.permissions_boundary =
                    text(resource, "permissions_boundary").map(str::to_owned);
                identity.max_session = resource
                    .get("max_session_duration")
                    .and_then(Value::as_u64)
                    .and_then(|seconds| seconds.try_into().ok());
                identity.tags = tags(resource);
            }
            "aws_iam_policy" => {
                let document = document(resource, "policy").ok_or_else(|| missing("policy"))?;
                let grants = read_policy(place, &document)?;
                self.access
                    .managed_policies
                    .insert(arn.clone(), grants.clone());
                self.policies.insert(arn, (name, grants));
            }
            "aws_iam_user_group_membership" => {
                let user = self.named(place, IdentityKind::User, text(resource, "user"))?;
                let groups = resource
                    .get("groups")
                    .and_then(Value::as_array)
                    .ok_or_else(|| missing("list of groups"))?;
                for group in groups {
                    let group = self.named(place, IdentityKind::Group, group.as_str())?;
                    self.access
                        .identity(&user, IdentityKind::User)
                        .groups
                        .insert(group);
                }
            }
            "aws_iam_group_policy_attachment" | "aws_iam_role_policy_attachment" => {
                let (kind, owner) = match kind {
                    "aws_iam_group_policy_attachment" => (IdentityKind::Group, "group"),
                    _ => (IdentityKind::Role, "role"),
                };
                let owner = self.named(place, kind, text(resource, owner))?;
                let policy_arn = text(resource, "policy_arn").unwrap_or_default();
                let (name, grants) = self
                    .policies
                    .get(policy_arn)
                    .cloned()
                    .ok_or_else(|| missing("policy with this ARN"))?;
                self.access
                    .identity(&owner, kind)
                    .policies
                    .insert((PolicyKind::Managed, name), grants);
            }
            "aws_iam_group_policy" | "aws_iam_user_policy" | "aws_iam_role_policy" => {
                let (kind, owner) = match kind {
                    "aws_iam_group_policy" => (IdentityKind::Group, "group"),
                    "aws_iam_user_policy" => (IdentityKind::User, "user"),
                    _ => (IdentityKind::Role, "role"),
                };
                let owner = self.named(place, kind, text(resource, owner))?;
                let document = document(resource, "policy").ok_or_else(|| missing("policy"))?;
                let grants = read_policy(place, &document)?;
                add_inline(place, self.access, &owner, kind, &name, grants)?;
            }
            _ => {}
        }
        Ok(())
    }
}

fn variables(module: &Module, inputs: Vec<(String, Value)>) -> Result<Value, ReadbackError> {
    let mut variables: hcl::Map<String, Value> = hcl::Map::new();
    for block in module.of_kind("variable") {
        if let Some(default) = attribute(block.body(), "default") {
            let value = evaluate(default, &Context::new())
                .map_err(|why| module.failed(label(block, 0), why))?;
            variables.insert(label(block, 0).to_owned(), value);
        }
    }
    for (name, value) in inputs {
        if !module
            .of_kind("variable")
            .any(|block| label(block, 0) == name)
        {
            return Err(module.failed(&name, "the module has no such variable"));
        }
        variables.insert(name, value);
    }
    Ok(Value::Object(variables))
}

/// Makes the resources of one kind known to expressions: `kind.label`, or `kind.label["key"]`.
fn declare(context: &mut Context<'_>, instances: &Instances, kind: &str) {
    let Some(labels) = instances.get(kind) else {
        return;
    };
    let by_label: Value = labels
        .iter()
        .map(|(label, by_key)| match by_key.get("") {
            Some(only) => (label.clone(), only.clone()),
            None => (label.clone(), by_key.clone().into_iter().collect::<Value>()),
        })
        .collect();
    context.declare_var(kind, by_label);
}

/// The keys and values of `for_each`; one nameless instance where there is none.
fn for_each(block: &Block, context: &Context<'_>) -> Result<Vec<(String, Option<Value>)>, String> {
    let Some(expression) = attribute(block.body(), "for_each") else {
        return Ok(vec![(String::new(), None)]);
    };
    match evaluate(expression, context)? {
        Value::Object(map) => Ok(map
            .into_iter()
            .map(|(key, value)| (key, Some(value)))
            .collect()),
        Value::Array(set) => {
            let mut keys: Vec<String> = set
                .iter()
                .map(|key| {
                    key.as_str()
                        .map(str::to_owned)
                        .ok_or("a set of anything but text")
                })
                .collect::<Result<_, _>>()?;
            keys.sort();
            keys.dedup();
            Ok(keys
                .into_iter()
                .map(|key| (key.clone(), Some(Value::from(key))))
                .collect())
        }
        _ => Err("for_each is a map or a set".to_owned()),
    }
}

fn jsonencode(args: FuncArgs) -> Result<Value, String> {
    serde_json::to_string(&args[0])
        .map(Value::from)
        .map_err(|error| error.to_string())
}

fn text<'a>(resource: &'a hcl::Map<String, Value>, name: &str) -> Option<&'a str> {
    resource.get(name).and_then(Value::as_str)
}

fn document(resource: &hcl::Map<String, Value>, name: &str) -> Option<serde_json::Value> {
    serde_json::from_str(text(resource, name)?).ok()
}

fn tags(resource: &hcl::Map<String, Value>) -> BTreeMap<String, String> {
    let tags = resource.get("tags").and_then(Value::as_object);
    tags.into_iter()
        .flatten()
        .map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned()))
        .collect()
}
