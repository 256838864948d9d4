//! A target account: the role and its policies.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::extra::{Held, attached_elsewhere, policies};
use super::{Account, Resource, StackResource, State, compare, state};
use crate::load::snapshot::{Found, PolicyDetail, RoleDetail, Snapshot, own_tags};
use crate::model::{Access, Identity, IdentityKind, PolicyKind, Site, Text, TrustDetails};
use crate::plan::{NamedPolicy, Plan, RolePlan, TargetPlan};
use crate::render::address;

/// Looks a target's resources up.
pub(super) fn adopt(
    plan: &Plan,
    number: usize,
    planned: &Access,
    snapshot: Option<&Snapshot>,
) -> Account {
    let target = &plan.targets[number];
    let call = address::role_call(plan, number).filter(|_| plan.terraform);
    let (root, call) = call.unzip();
    let mut account = Account {
        id: target.account.clone(),
        name: target.name.clone(),
        hub: false,
        root,
        stacked: plan.has_own_stack(number),
        known: snapshot.is_some(),
        resources: Vec::new(),
        stack: Vec::new(),
        extras: Vec::new(),
    };
    if let Some(snapshot) = snapshot {
        let name = target.role_name.as_str();
        let mut reader = Reader {
            plan,
            target,
            role: &plan.roles[target.role],
            planned,
            snapshot,
            call: call.unwrap_or_default(),
            found: Found::find(&snapshot.roles, name, |role| &role.role_name),
            account: &mut account,
        };
        reader.role();
        for policy in &reader.role.permissions {
            match reader.role.managed {
                true => reader.managed(policy),
                false => reader.inline(policy),
            }
        }
    }
    account
}

struct Reader<'a> {
    plan: &'a Plan,
    target: &'a TargetPlan,
    role: &'a RolePlan,
    planned: &'a Access,
    snapshot: &'a Snapshot,
    /// The address of the module call that makes the role; empty where there is none.
    call: String,
    found: Found<'a, RoleDetail>,
    account: &'a mut Account,
}

impl<'a> Reader<'a> {
    fn site(&self) -> Site<'a> {
        Site {
            partition: self.plan.partition,
            account: &self.target.account,
        }
    }

    fn identity(&self) -> &'a Identity {
        &self.planned.identities[&self.target.role_arn().at(self.site())]
    }

    /// The role that is there, unless it is one in the way.
    fn there(&self) -> Option<&'a RoleDetail> {
        self.found
            .it()
            .filter(|there| there.path == self.target.role_path.as_str())
    }

    fn role(&mut self) {
        let site = self.site();
        let name = self.target.role_name.as_str();
        let path = self.target.role_path.as_str();
        let arn = self.target.role_arn().at(site);
        let planned = self.identity();
        let user = self.target.trusted_user.as_ref().map(|user| user.at(site));
        let details = TrustDetails {
            user: user.as_deref(),
            external_id: self.target.external_id.as_ref().map(|id| id.as_str()),
        };
        let document = self.role.trust.to_json(site, details);
        let state = state(self.found, |there| {
            if self.account.root.is_none() && !self.account.stacked {
                return State::InTheWay(
                    "a stack set makes it, and takes over nothing that is there: delete the role first, and the product waits; or adopt it with `terraform: roots` or `cloudformation: stacks`"
                        .to_owned(),
                );
            }
            if there.path != path {
                return State::InTheWay(format!(
                    "it is there under the path {}, and IAM changes no path of a role: write `role: {{path: {}}}` in that target (where all targets have that path: `role.path`), or delete the role",
                    there.path, there.path
                ));
            }
            let attributes = compare::Attributes {
                path: &there.path,
                boundary: there.permissions_boundary.as_ref(),
                tags: &there.tags,
            };
            let mut lines = compare::attributes(&arn, planned, path, &attributes);
            lines.extend(compare::trust(
                &arn,
                self.plan.partition,
                planned,
                &document,
                &there.trust,
            ));
            State::of(lines)
        });
        if let Some(there) = self.there() {
            let resource = self.stack_role(there);
            self.account.stack.push(resource);
            let held = Held {
                who: format!("role {name}"),
                inline: &there.inline,
                attached: &there.attached,
            };
            let extras = policies(self.plan.partition, self.planned, planned, &held);
            self.account.extras.extend(extras);
        }
        self.add(
            "role",
            name,
            "aws_iam_role",
            "access",
            name.to_owned(),
            state,
        );
    }

    fn stack_role(&self, there: &RoleDetail) -> StackResource {
        let name = self.target.role_name.as_str();
        let mut properties = Map::new();
        let mut add = |key: &str, value: Value| properties.insert(key.to_owned(), value);
        add("RoleName", json!(name));
        add("Path", json!(there.path));
        add("AssumeRolePolicyDocument", there.trust.clone());
        add(
            "MaxSessionDuration",
            json!(self.target.max_session.seconds()),
        );
        add("Description", json!(address::role_description(self.plan)));
        if let Some(boundary) = &there.permissions_boundary {
            add("PermissionsBoundary", json!(boundary.arn));
        }
        let ours = self.role.permissions.iter().filter(|_| !self.role.managed);
        let inline: Vec<Value> = ours
            .filter_map(|policy| compare::inline_policy(&there.inline, policy.name.as_str()))
            .map(|policy| json!({"PolicyName": policy.name, "PolicyDocument": policy.document}))
            .collect();
        if !inline.is_empty() {
            add("Policies", Value::Array(inline));
        }
        add_tags(&mut properties, own_tags(&there.tags));
        StackResource {
            kind: "AWS::IAM::Role",
            logical_id: address::ROLE_ID.to_owned(),
            identifier: vec![("RoleName", name.to_owned())],
            properties,
        }
    }

    fn inline(&mut self, policy: &NamedPolicy) {
        let name = policy.name.as_str();
        let key = (PolicyKind::Inline, name.to_owned());
        let state = compare::inline(
            self.plan.partition,
            name,
            &self.identity().policies[&key],
            &policy.document.to_json(self.site()),
            self.there().map_or(&[] as &[_], |there| &there.inline),
        );
        self.add(
            "role policy",
            name,
            "aws_iam_role_policy",
            &address::policy_label(policy),
            format!("{}:{name}", self.target.role_name),
            state,
        );
    }

    fn managed(&mut self, policy: &NamedPolicy) {
        let site = self.site();
        let name = self.target.managed_name(policy);
        let path = self.target.role_path.as_str();
        let arn = Text::iam_arn(&self.target.account, "policy", path, &name).at(site);
        let found = self.snapshot.own_policy(&name);
        let description = address::policy_description(policy);
        let state = compare::managed(
            self.plan.partition,
            &arn,
            &description,
            &self.planned.managed_policies[&arn],
            &policy.document.to_json(site),
            found,
        );
        let role = self.target.role_name.as_str();
        let attached = state.is_there()
            && self
                .there()
                .is_some_and(|there| there.attached.iter().any(|one| one.arn == arn));
        if let (Some(found), true) = (found.it(), state.is_there()) {
            let mut properties = managed_properties(&name, path, &description, found);
            if attached {
                properties.insert("Roles".to_owned(), json!([role]));
            }
            self.account.stack.push(StackResource {
                kind: "AWS::IAM::ManagedPolicy",
                logical_id: address::policy_id(policy),
                identifier: vec![("PolicyArn", arn.clone())],
                properties,
            });
            let elsewhere = attached_elsewhere(self.snapshot, &arn, (IdentityKind::Role, role));
            self.account.extras.extend(elsewhere);
        }
        let label = address::policy_label(policy);
        self.add(
            "managed policy",
            &name,
            "aws_iam_policy",
            &label,
            arn.clone(),
            state,
        );
        self.add(
            "attachment",
            &format!("{name} to {role}"),
            "aws_iam_role_policy_attachment",
            &label,
            format!("{role}/{arn}"),
            if attached {
                State::Same
            } else {
                State::Missing
            },
        );
    }

    fn add(
        &mut self,
        kind: &'static str,
        name: &str,
        resource_type: &str,
        label: &str,
        import_id: String,
        state: State,
    ) {
        self.account.resources.push(Resource {
            kind,
            name: name.to_owned(),
            address: format!("{}.{resource_type}.{label}", self.call),
            import_id,
            state,
        });
    }
}

/// The properties of a managed policy as it is. Where the snapshot does not tell the description, the planned one stands.
pub(super) fn managed_properties(
    name: &str,
    path: &str,
    description: &str,
    found: &PolicyDetail,
) -> Map<String, Value> {
    let description = found.description.as_deref().unwrap_or(description);
    let mut properties = Map::new();
    properties.insert("ManagedPolicyName".to_owned(), json!(name));
    properties.insert("Path".to_owned(), json!(path));
    properties.insert("Description".to_owned(), json!(description));
    if let Some(document) = found.document() {
        properties.insert("PolicyDocument".to_owned(), document.clone());
    }
    properties
}

/// Tags, if there are any.
pub(super) fn add_tags(properties: &mut Map<String, Value>, tags: BTreeMap<String, String>) {
    let tags: Vec<Value> = tags
        .into_iter()
        .map(|(key, value)| json!({"Key": key, "Value": value}))
        .collect();
    if !tags.is_empty() {
        properties.insert("Tags".to_owned(), Value::Array(tags));
    }
}
