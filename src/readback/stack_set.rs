//! Stack sets: one template, deployed to many accounts.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::collections::btree_map::{BTreeMap, Entry};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::ReadbackError;
use super::cloudformation::{
    Deployment, Template, any_text, listed_parameters, read_stack, tags_of, texts_of,
};
use super::module_forms::{Attribute, Known};
use super::principal::Built;
use super::resource::Resource;
use super::texts::texts;
use crate::hcl;
use crate::model::{Access, AccountId, AutoDeployed, IdentityKind, Partition, is_spelled_once};

/// What `aws_cloudformation_stack_set` may have.
pub(super) const SET: Known = Known {
    kind: "aws_cloudformation_stack_set",
    attributes: &[
        ("administration_role_arn", &[]),
        ("call_as", &[]),
        ("capabilities", &[]),
        ("description", &[]),
        ("execution_role_name", &[]),
        ("name", &[]),
        ("parameters", &[]),
        ("permission_model", &[]),
        ("tags", &["local._"]),
        ("template_body", &["file(\"${path.module}_\")"]),
    ],
    blocks: &[
        Known {
            kind: "auto_deployment",
            attributes: &[("enabled", &[]), ("retain_stacks_on_account_removal", &[])],
            blocks: &[],
        },
        Known {
            kind: "managed_execution",
            attributes: &[("active", &[])],
            blocks: &[],
        },
        Known {
            kind: "lifecycle",
            attributes: &[("ignore_changes", &["[administration_role_arn]"])],
            blocks: &[],
        },
        PREFERENCES,
    ],
};

/// What `aws_cloudformation_stack_set_instance` may have. Its `region` means different things in the provider's majors 5 and 6,
/// so that the Region is the provider's.
pub(super) const INSTANCE: Known = Known {
    kind: "aws_cloudformation_stack_set_instance",
    attributes: &[
        ("account_id", &["each.key"]),
        ("call_as", &[]),
        (
            "for_each",
            &[
                "merge({ for target in local._ : target.account => { stack_set = aws_cloudformation_stack_set._.name, own = target.own } })",
            ],
        ),
        ("parameter_overrides", &["each.value.own"]),
        (
            "stack_set_name",
            &[
                "aws_cloudformation_stack_set._.name",
                "each.value.stack_set",
            ],
        ),
    ],
    blocks: &[
        Known {
            kind: "deployment_targets",
            attributes: &[
                ("account_filter_type", &[]),
                ("accounts", &["[each.key]"]),
                ("organizational_unit_ids", &[]),
            ],
            blocks: &[],
        },
        Known {
            kind: "lifecycle",
            attributes: &[
                ("ignore_changes", &["[deployment_targets]"]),
                ("replace_triggered_by", &["[terraform_data._[each.key]]"]),
            ],
            blocks: &[],
        },
        PREFERENCES,
    ],
};

const PREFERENCES: Known = Known {
    kind: "operation_preferences",
    attributes: PREFERENCE,
    blocks: &[],
};

const PREFERENCE: &[Attribute] = &[
    ("failure_tolerance_count", &[]),
    ("failure_tolerance_percentage", &[]),
    ("max_concurrent_count", &[]),
    ("max_concurrent_percentage", &[]),
    ("region_concurrency_type", &[]),
];

/// A template and the parameters that every account gets which has none of its own.
struct StackSet {
    name: String,
    template: Template,
    parameters: BTreeMap<String, String>,
    /// The roles that it is deployed by; nothing where CloudFormation makes them itself.
    roles: Option<Roles>,
    /// What CloudFormation puts on all that the stacks make, unless it has a tag of that key.
    tags: BTreeMap<String, String>,
    /// Whether accounts that join its units get a stack at once.
    auto_deployed: bool,
    settings: Vec<(&'static str, String)>,
    /// The stack that was read last: most of the others are like it.
    last: RefCell<Option<Stack>>,
}

/// The roles that CloudFormation works as where a stack set is self-managed.
struct Roles {
    /// The ARN of the one in the account of the stack set.
    administration: String,
    /// The name of the one in each target.
    execution: String,
}

impl Roles {
    /// What a stack set says of them. Landgrant always says both or, where CloudFormation makes them itself, neither.
    fn of(
        model: Option<&str>,
        administration: Option<&str>,
        execution: Option<&str>,
    ) -> Result<Option<Self>, String> {
        match (model, administration, execution) {
            (Some("SERVICE_MANAGED"), None, None) => Ok(None),
            (Some("SELF_MANAGED"), Some(administration), Some(execution)) => Ok(Some(Self {
                administration: administration.to_owned(),
                execution: execution.to_owned(),
            })),
            _ => Err(
                "a stack set is service-managed and names no roles, or self-managed and names its administration and \
                 execution role"
                    .to_owned(),
            ),
        }
    }
}

/// What the stack of an account grants, which has this of its own.
struct Stack {
    account: String,
    overrides: BTreeMap<String, String>,
    access: Access,
}

/// The stack sets of one root module, by name.
#[derive(Default)]
pub(super) struct StackSets(BTreeMap<String, StackSet>);

impl StackSets {
    /// Reads `aws_cloudformation_stack_set`.
    pub(super) fn declare(
        &mut self,
        resource: &Resource<'_>,
        template: &str,
    ) -> Result<(), ReadbackError> {
        let name = resource
            .text("name")
            .ok_or_else(|| resource.missing("name"))?;
        let auto = |key: &str| match resource.fields.get("auto_deployment")?.as_map()?.get(key)? {
            hcl::Value::Bool(value) => Some(*value),
            _ => Some(true),
        };
        let roles = Roles::of(
            resource.text("permission_model"),
            resource.text("administration_role_arn"),
            resource.text("execution_role_name"),
        );
        let roles = roles.map_err(|what| ReadbackError::new(resource.place, what))?;
        let set = StackSet {
            name: name.to_owned(),
            settings: settings(
                resource.account,
                roles.is_none().then_some((
                    resource.text("call_as"),
                    auto("retain_stacks_on_account_removal"),
                )),
            ),
            roles,
            template: written_by_terraform(resource, template)?,
            parameters: parameters(resource, "parameters")?,
            tags: resource.tags()?,
            auto_deployed: auto("enabled").unwrap_or_default(),
            last: RefCell::default(),
        };
        match self.0.insert(name.to_owned(), set) {
            None => Ok(()),
            Some(_) => Err(ReadbackError::new(
                resource.place,
                "there are two stack sets of this name",
            )),
        }
    }

    /// Adds what `aws_cloudformation_stack_set_instance` grants.
    pub(super) fn read(
        &self,
        resource: &Resource<'_>,
        built: &mut Built,
    ) -> Result<(), ReadbackError> {
        let fields = &resource.fields;
        let set = resource
            .text("stack_set_name")
            .and_then(|name| self.0.get(name))
            .ok_or_else(|| resource.missing("stack set of this name"))?;
        let targets = fields
            .get("deployment_targets")
            .and_then(hcl::Value::as_map);
        let by_unit = targets.is_some();
        let filter = targets.and_then(|targets| targets.get("account_filter_type"));
        let listed = |name: &str| {
            strings(targets.and_then(|targets| targets.get(name)))
                .map_err(|what| ReadbackError::new(resource.place, format!("{name}: {what}")))
        };
        let mut accounts = listed("accounts")?;
        accounts.extend(resource.text("account_id").map(str::to_owned));
        let units = listed("organizational_unit_ids")?;
        set.watch(resource.place, resource.partition, units, built)?;
        only_named(
            resource.place,
            by_unit,
            filter.and_then(hcl::Value::as_text),
        )?;
        set.deploy(
            resource.place,
            resource.partition,
            &accounts,
            &parameters(resource, "parameter_overrides")?,
            built,
        )
    }
}

/// Adds what `AWS::CloudFormation::StackSet` grants; its properties are resolved already.
pub(super) fn read_properties(
    place: &str,
    (partition, account): (Partition, &AccountId),
    properties: &Map<String, Value>,
    built: &mut Built,
) -> Result<(), ReadbackError> {
    let missing = |what: &str| ReadbackError::new(place, format!("there is no {what}"));
    let body = properties
        .get("TemplateBody")
        .and_then(Value::as_str)
        .ok_or_else(|| missing("template"))?;
    let name = properties
        .get("StackSetName")
        .and_then(Value::as_str)
        .ok_or_else(|| missing("name"))?;
    let auto = |key: &str| {
        let value = properties.get("AutoDeployment")?.get(key)?;
        Some(value.as_bool().unwrap_or(true))
    };
    let text = |key: &str| properties.get(key).and_then(Value::as_str);
    let failed = |what: String| ReadbackError::new(place, what);
    let roles = Roles::of(
        text("PermissionModel"),
        text("AdministrationRoleARN"),
        text("ExecutionRoleName"),
    );
    let roles = roles.map_err(failed)?;
    let set = StackSet {
        name: name.to_owned(),
        settings: settings(
            account.as_str(),
            roles
                .is_none()
                .then_some((text("CallAs"), auto("RetainStacksOnAccountRemoval"))),
        ),
        roles,
        template: Template::parse(&format!("{place} TemplateBody"), body)?,
        parameters: listed_parameters(place, properties.get("Parameters"))?,
        tags: tags_of(properties.get("Tags")).map_err(failed)?,
        auto_deployed: auto("Enabled").unwrap_or_default(),
        last: RefCell::default(),
    };
    let groups = properties
        .get("StackInstancesGroup")
        .and_then(Value::as_array)
        .ok_or_else(|| missing("group of stack instances"))?;
    let list = |of: &Value, key: &str| {
        texts_of(of.get(key)).map_err(|what| failed(format!("{key}: {what}")))
    };
    for group in groups {
        let targets = &group["DeploymentTargets"];
        let units = list(targets, "OrganizationalUnitIds")?;
        set.watch(place, partition, units, built)?;
        one_region(place, list(group, "Regions")?)?;
        only_named(
            place,
            targets.get("OrganizationalUnitIds").is_some(),
            targets["AccountFilterType"].as_str(),
        )?;
        set.deploy(
            place,
            partition,
            &list(targets, "Accounts")?,
            &listed_parameters(place, group.get("ParameterOverrides"))?,
            built,
        )?;
    }
    Ok(())
}

impl StackSet {
    /// States which units' new accounts get a stack, and what that makes: none of them has anything of its own.
    fn watch(
        &self,
        place: &str,
        partition: Partition,
        units: Vec<String>,
        built: &mut Built,
    ) -> Result<(), ReadbackError> {
        if !self.auto_deployed {
            return Ok(());
        }
        let joining = match built.auto_deployed(&self.name) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let account = AccountId::joining(&self.name);
                let stack = self.stack(place, partition, &account, &BTreeMap::new())?;
                new.insert(AutoDeployed {
                    units: BTreeSet::new(),
                    access: stack.access,
                })
            }
        };
        joining.units.extend(units);
        Ok(())
    }

    fn deploy(
        &self,
        place: &str,
        partition: Partition,
        accounts: &[String],
        overrides: &BTreeMap<String, String>,
        built: &mut Built,
    ) -> Result<(), ReadbackError> {
        if accounts.is_empty() {
            return Err(ReadbackError::new(place, "it names no accounts"));
        }
        built.deploys(self.template.value());
        for (setting, value) in &self.settings {
            built.says(setting, value);
        }
        for id in accounts {
            let account = AccountId::parse(id)
                .map_err(|_| ReadbackError::new(place, format!("`{id}` is not an account id")))?;
            let mut last = self.last.borrow_mut();
            let alike =
                |last: &&mut Stack| !self.template.names_account && last.overrides == *overrides;
            let stack = match last.as_mut().filter(alike) {
                Some(stack) => stack,
                None => last.insert(self.stack(place, partition, &account, overrides)?),
            };
            move_to(place, stack, id, built)?;
            if let Some(roles) = &self.roles {
                let execution = format!("arn:{partition}:iam::{id}:role/{}", roles.execution);
                built.works_as(execution);
                built.works_as(roles.administration.clone());
            }
        }
        Ok(())
    }

    /// Reads the stack of an account.
    fn stack(
        &self,
        place: &str,
        partition: Partition,
        account: &AccountId,
        overrides: &BTreeMap<String, String>,
    ) -> Result<Stack, ReadbackError> {
        let mut parameters = self.parameters.clone();
        parameters.extend(overrides.clone());
        let deployment = Deployment {
            partition,
            account,
            parameters: &parameters,
        };
        let mut built = Built::default();
        read_stack(place, &self.template, &deployment, &mut built)?;
        let mut access = built.into_access();
        let taggable = access.identities.values_mut();
        for identity in taggable.filter(|identity| identity.kind != IdentityKind::Group) {
            self.tag(&mut Arc::make_mut(identity).tags);
        }
        // CloudFormation tags neither managed policies nor instance profiles.
        for arn in access.identity_providers.keys() {
            self.tag(access.tags.entry(arn.clone()).or_default());
        }
        Ok(Stack {
            account: account.to_string(),
            overrides: overrides.clone(),
            access,
        })
    }

    /// Adds the tags of the stack to those that a resource has of its own.
    fn tag(&self, tags: &mut BTreeMap<String, String>) {
        let own = std::mem::replace(tags, self.tags.clone());
        tags.extend(own);
    }
}

/// What a stack set says besides what it grants: the account that it is in and, where CloudFormation makes the roles itself,
/// as whom it is called, and whether accounts that leave keep what it makes.
fn settings(
    account: &str,
    service_managed: Option<(Option<&str>, Option<bool>)>,
) -> Vec<(&'static str, String)> {
    let mut settings = vec![("stack_set.account", account.to_owned())];
    if let Some((call_as, retain)) = service_managed {
        let call_as = call_as.unwrap_or("SELF").to_lowercase().replace('_', "-");
        settings.push(("stack_set.call_as", call_as));
        settings.push(("stack_set.retain", retain.unwrap_or_default().to_string()));
    }
    settings
}

/// Adds what was read of one account for another. A template that does not name its account makes the same in each: but for
/// the account, which stands in the ARNs of what it makes.
fn move_to(place: &str, read: &Stack, to: &str, built: &mut Built) -> Result<(), ReadbackError> {
    let from = &read.account;
    let moved = |arn: &String| match from == to {
        true => arn.clone(),
        false => arn.replacen(&format!(":{from}:"), &format!(":{to}:"), 1),
    };
    for (arn, identity) in &read.access.identities {
        built.principal(place, moved(arn), Arc::clone(identity))?;
    }
    for (arn, grants) in &read.access.managed_policies {
        built.policy(place, moved(arn), grants.clone())?;
    }
    for (arn, audiences) in &read.access.identity_providers {
        built.identity_provider(place, moved(arn), audiences.clone())?;
    }
    for (arn, tags) in &read.access.tags {
        built.tagged(moved(arn), tags.clone());
    }
    Ok(())
}

/// IAM is global: in a second Region, the names would be taken.
fn one_region(place: &str, regions: Vec<String>) -> Result<(), ReadbackError> {
    match regions.len() {
        1 => Ok(()),
        _ => Err(ReadbackError::new(
            place,
            "a role is made in exactly one Region",
        )),
    }
}

/// Which accounts are in a unit is not known here, so that only those count which are named.
fn only_named(place: &str, by_unit: bool, filter: Option<&str>) -> Result<(), ReadbackError> {
    match (by_unit, filter) {
        (true, Some("INTERSECTION")) | (false, None) => Ok(()),
        _ => Err(ReadbackError::new(
            place,
            "only accounts that are named are understood, in units or without",
        )),
    }
}

fn strings(value: Option<&hcl::Value>) -> Result<Vec<String>, String> {
    let items = match value {
        None | Some(hcl::Value::Null) => return Ok(Vec::new()),
        Some(hcl::Value::List(items)) => items.iter(),
        Some(_) => return Err("it is not a list".to_owned()),
    };
    items
        .map(|item| item.as_text().map(str::to_owned))
        .collect::<Option<_>>()
        .ok_or_else(|| "it contains something that is not text".to_owned())
}

/// Values of parameters.
fn parameters(
    resource: &Resource<'_>,
    name: &str,
) -> Result<BTreeMap<String, String>, ReadbackError> {
    texts(resource.fields.get(name))
        .map_err(|what| ReadbackError::new(resource.place, format!("{name}: {what}")))
}

/// A template that Terraform hands on, and writes in Unicode NFC before.
fn written_by_terraform(resource: &Resource<'_>, text: &str) -> Result<Template, ReadbackError> {
    let template = Template::parse(resource.place, text)?;
    match any_text(template.value(), &|text| !is_spelled_once(text)) {
        true => Err(ReadbackError::new(
            resource.place,
            "its template holds a text that Terraform writes in another spelling, in Unicode NFC",
        )),
        false => Ok(template),
    }
}
