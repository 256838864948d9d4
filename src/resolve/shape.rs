//! Checks how the output is laid out, and the stack set where the layout has one.

use super::sink::Sink;
use super::{Hub, Layout, StackSetSettings};
use crate::diag::{Diagnostic, Span};
use crate::load::Place;
use crate::load::deployment::{
    CallAsDoc, DeploymentDoc, OutputDoc, StackSetDoc, StackSetPermissionsDoc, TerraformDoc,
};
use crate::model::{
    AccountId, CloudFormationShape, IamPath, OrganizationalUnitId, Partition, Refusal, RoleName,
    StackSetPermissions, TerraformShape, shown,
};

/// The role that AWS Organizations makes in the accounts that it creates.
const ORGANIZATIONS_ROLE: &str = "OrganizationAccountAccessRole";
/// The names that AWS gives the roles of self-managed stack sets.
const ADMINISTRATION_ROLE: &str = "AWSCloudFormationStackSetAdministrationRole";
const EXECUTION_ROLE: &str = "AWSCloudFormationStackSetExecutionRole";

/// Checks the layout of a deployment.
pub(super) fn check(
    sink: &mut Sink,
    doc: &DeploymentDoc,
    root: Place<'_>,
    partition: Partition,
    hub: Option<&Hub>,
) -> Option<Layout> {
    let terraform = doc.outputs.contains(&OutputDoc::Terraform);
    let cloudformation = doc.outputs.contains(&OutputDoc::Cloudformation);
    let uses_stack_set = terraform && doc.terraform.shape() == TerraformShape::Stackset
        || cloudformation && doc.cloudformation.shape() == CloudFormationShape::Stackset;
    let place = root.key("stack_set");
    let settings = match (&doc.stack_set, uses_stack_set) {
        (Some(stack_set), true) => stack_set.clone(),
        (None, _) => StackSetDoc::default(),
        (Some(_), false) => {
            sink.push(
                Diagnostic::warning(
                    "unused-field",
                    place.key_span(),
                    "`stack_set` has no effect: no output has the shape `stackset`",
                )
                .help("write `cloudformation: stackset` or `terraform: stackset`, or delete it"),
            );
            StackSetDoc::default()
        }
    };
    let entered_by = entered_by(sink, doc, root.key("terraform"));
    let entered_from = entered_from(sink, doc, root.key("terraform"), hub);
    let stack_set = match uses_stack_set && !doc.targets.is_empty() {
        true => Some(stack_set(sink, &settings, root, partition, hub)?),
        false => None,
    };
    Some(Layout {
        terraform: doc.terraform.shape(),
        cloudformation: doc.cloudformation.shape(),
        entered_by: entered_by?,
        entered_from,
        stack_set,
        terraform_span: root.key("terraform").span(),
    })
}

/// The path and the name of the role by which Terraform enters a target.
fn entered_by(
    sink: &mut Sink,
    doc: &DeploymentDoc,
    place: Place<'_>,
) -> Option<(IamPath, RoleName)> {
    let place = place.key("assume_role");
    let given = match &doc.terraform {
        TerraformDoc::Settings(settings) => settings.assume_role.as_deref(),
        TerraformDoc::Shape(_) => None,
    };
    if given.is_some() && !doc.terraform.shape().is_one_root() {
        sink.push(
            Diagnostic::warning(
                "unused-field",
                place.key_span(),
                "`assume_role` has no effect: each root module is applied with the credentials of its account",
            )
            .help("write `shape: single-root` or `shape: tofu`, or delete it"),
        );
    }
    let text = given.unwrap_or(ORGANIZATIONS_ROLE);
    let (path, name) = text.rsplit_once('/').unwrap_or(("", text));
    let path = match path.trim_start_matches('/') {
        "" => "/".to_owned(),
        path => format!("/{path}/"),
    };
    let path = sink.take("bad-path", place.span(), IamPath::parse(&path));
    let name = sink.take("bad-name", place.span(), RoleName::parse(name));
    Some((path?, name?))
}

/// The account whose credentials Terraform enters the targets with. It has no role there that would reveal a guess.
fn entered_from(
    sink: &mut Sink,
    doc: &DeploymentDoc,
    place: Place<'_>,
    hub: Option<&Hub>,
) -> Option<AccountId> {
    let given = match &doc.terraform {
        TerraformDoc::Settings(settings) => settings.account.as_deref(),
        TerraformDoc::Shape(_) => None,
    };
    let one_root =
        doc.outputs.contains(&OutputDoc::Terraform) && doc.terraform.shape().is_one_root();
    let needed = one_root && hub.is_none() && !doc.targets.is_empty();
    match given {
        None if needed => {
            sink.push(
                Diagnostic::error(
                    "missing-field",
                    place.span(),
                    "nothing says which account Terraform enters the targets from",
                )
                .why("one root module is applied with the credentials of one account, and there is no hub, whose account it would be")
                .help("write `terraform: {shape: single-root, account: \"111111111111\"}`, with the account that may assume the role in each target"),
            );
            None
        }
        Some(account) if needed => sink.take(
            "bad-account",
            place.key("account").span(),
            AccountId::parse(account),
        ),
        given => {
            if given.is_some() {
                let why = match one_root {
                    true => "the targets are entered from the hub account",
                    false => "each root module is applied with the credentials of its account",
                };
                sink.push(
                    Diagnostic::warning(
                        "unused-field",
                        place.key("account").key_span(),
                        format!("`account` has no effect: {why}"),
                    )
                    .help("delete it"),
                );
            }
            hub.filter(|_| one_root).map(|hub| hub.account.clone())
        }
    }
}

fn stack_set(
    sink: &mut Sink,
    doc: &StackSetDoc,
    root: Place<'_>,
    partition: Partition,
    hub: Option<&Hub>,
) -> Option<StackSetSettings> {
    let place = root.key("stack_set");
    let account = match &doc.account {
        Some(account) => sink.take(
            "bad-account",
            place.key("account").span(),
            AccountId::parse(account),
        ),
        None => {
            if hub.is_none() {
                sink.push(
                    Diagnostic::error(
                        "missing-field",
                        place.key_span(),
                        "nothing says which account the stack set is in",
                    )
                    .why("there is no hub, whose account it would be")
                    .help("add `account:` under `stack_set`, with the organization's management account or a delegated administrator"),
                );
            }
            hub.map(|hub| hub.account.clone())
        }
    };
    let region = region(sink, doc, place, partition);
    refuse_of_others(sink, doc, place);
    let permissions = match doc.permissions {
        StackSetPermissionsDoc::ServiceManaged => {
            let units = units(sink, doc, root);
            let delegated = doc.call_as == CallAsDoc::DelegatedAdmin;
            let management = match (&doc.management_account, delegated) {
                (Some(account), _) => Some(sink.take(
                    "bad-account",
                    place.key("management_account").span(),
                    AccountId::parse(account),
                )?),
                (None, true) => None,
                (None, false) => account.clone(),
            };
            StackSetPermissions::ServiceManaged {
                units: units?,
                delegated,
                management,
                auto_deployment: doc.auto_deployment,
                retain: doc.retain,
            }
        }
        StackSetPermissionsDoc::SelfManaged => {
            let mut role = |given: &Option<String>, key: &str, default: &str| {
                let name = given.as_deref().unwrap_or(default);
                sink.take("bad-name", place.key(key).span(), RoleName::parse(name))
            };
            let administration_role = role(
                &doc.administration_role,
                "administration_role",
                ADMINISTRATION_ROLE,
            );
            let execution_role = role(&doc.execution_role, "execution_role", EXECUTION_ROLE);
            StackSetPermissions::SelfManaged {
                administration_role: administration_role?,
                execution_role: execution_role?,
            }
        }
    };
    Some(StackSetSettings {
        account: account?,
        region: region?,
        permissions,
        span: place.key_span(),
    })
}

/// What means nothing with these permissions would be forgotten silently.
fn refuse_of_others(sink: &mut Sink, doc: &StackSetDoc, place: Place<'_>) {
    let self_managed = doc.permissions == StackSetPermissionsDoc::SelfManaged;
    let delegated = doc.call_as == CallAsDoc::DelegatedAdmin;
    for (given, key, wanted) in [
        (
            self_managed && !doc.units.is_empty(),
            "units",
            "`permissions: service-managed`",
        ),
        (
            self_managed && delegated,
            "call_as",
            "`permissions: service-managed`",
        ),
        (
            self_managed && doc.auto_deployment,
            "auto_deployment",
            "`permissions: service-managed`",
        ),
        (
            doc.retain && !doc.auto_deployment,
            "retain",
            "`auto_deployment: true`",
        ),
        (
            doc.management_account.is_some() && !delegated,
            "management_account",
            "`call_as: delegated-admin`",
        ),
        (
            !self_managed && doc.administration_role.is_some(),
            "administration_role",
            "`permissions: self-managed`",
        ),
        (
            !self_managed && doc.execution_role.is_some(),
            "execution_role",
            "`permissions: self-managed`",
        ),
    ] {
        if given {
            sink.push(
                Diagnostic::error(
                    "unused-stack-set-field",
                    place.key(key).key_span(),
                    format!("`{key}` means something only with {wanted}"),
                )
                .help(format!("write {wanted}, or delete this field")),
            );
        }
    }
}

fn units(sink: &mut Sink, doc: &StackSetDoc, root: Place<'_>) -> Option<Vec<OrganizationalUnitId>> {
    let place = root.key("stack_set");
    if doc.units.is_empty() {
        let span = match root.has("stack_set") {
            true => place.key_span(),
            false => root.key("targets").key_span(),
        };
        sink.push(
            Diagnostic::error(
                "missing-units",
                span,
                "nothing says in which organizational units the stack set finds the targets",
            )
            .why("CloudFormation takes the accounts of a service-managed stack set from units")
            .help("add `stack_set: {units: [ou-ab12-11111111]}` with your units or the root, or `permissions: self-managed`"),
        );
        return None;
    }
    let mut units = Vec::new();
    for (index, unit) in doc.units.iter().enumerate() {
        let place = place.key("units").index(index);
        units.push(sink.take("bad-unit", place.span(), OrganizationalUnitId::parse(unit)));
    }
    let mut units: Vec<OrganizationalUnitId> = units.into_iter().collect::<Option<_>>()?;
    units.sort();
    units.dedup();
    Some(units)
}

fn region(
    sink: &mut Sink,
    doc: &StackSetDoc,
    place: Place<'_>,
    partition: Partition,
) -> Option<String> {
    let Some(region) = &doc.region else {
        return Some(partition.iam_region().to_owned());
    };
    let span: Span = place.key("region").span();
    sink.take("bad-region", span, parse_region(region, partition))
}

pub(super) fn parse_region(region: &str, partition: Partition) -> Result<String, Refusal> {
    match partition.has_region(region) {
        true => Ok(region.to_owned()),
        false => Err(Refusal {
            what: format!(
                "{} is no Region of the partition {partition}",
                shown(region)
            ),
            why: "a Region of another partition has none of these accounts".to_owned(),
            help: format!(
                "write one such as {}, or delete the field",
                partition.iam_region()
            ),
        }),
    }
}
