//! What must be in the accounts, as AWS tells it, and the script that looks whether it is.
//!
//! What the roles of many accounts share stands once, as a shape, in which `${account}`, `${role}`, `${path}`, `${user}` and
//! `${external_id}` stand for what differs. No policy variable of IAM is written like that: theirs have a colon.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Value, json};

use crate::model::{FileSet, IdentityKind, Partition, TrustKind};
use crate::plan::{
    self, NamedPolicy, Plan, Resource, ResourceKind, RolePlan, ServiceRole, TargetPlan, Trusted,
};

/// The schema of `verify/expected.json`.
pub const SCHEMA: &str = "landgrant/verify/v1";

const SCRIPT: &str = include_str!("../../templates/kit/verify.sh");

/// Documents, or attached policies, by name.
type ByName = BTreeMap<String, Value>;

#[derive(Serialize)]
struct User {
    name: String,
    path: String,
    boundary: Option<String>,
    inline: ByName,
    attached: Vec<String>,
    groups: Vec<String>,
}

#[derive(Serialize)]
struct Group {
    name: String,
    path: String,
    inline: ByName,
    /// ARNs.
    attached: Vec<String>,
    /// Absent where whoever needs the access joins by himself.
    #[serde(skip_serializing_if = "Option::is_none")]
    members: Option<Vec<String>>,
}

#[derive(Serialize)]
struct Policy {
    arn: String,
    document: Value,
}

/// An OIDC provider in every account that has the role.
#[derive(Serialize)]
struct Provider {
    issuer: String,
    audiences: BTreeSet<String>,
}

/// What roles of several accounts have in common.
#[derive(Serialize)]
struct Shape {
    /// Whether whoever verifies may assume it.
    assumed: bool,
    #[serde(flatten)]
    common: Details,
    trust: Value,
    inline: ByName,
    /// Managed policies by ARN.
    managed: ByName,
    /// The ARNs of the managed policies of AWS's own that are attached to it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    of_aws: Vec<String>,
    /// The ARNs of the instance profiles that hold it; absent where it is in none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    profiles: Vec<String>,
    /// OIDC providers that are made with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    providers: Vec<Provider>,
}

/// A role of an account.
#[derive(Serialize)]
struct Role {
    /// Its place in the list of shapes.
    shape: usize,
    #[serde(flatten)]
    own: Details,
}

/// What may be common to all roles of a shape, or be each role's own. What is absent stands at the other place.
#[derive(Serialize, Default)]
struct Details {
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    /// The maximum session duration in seconds; null if it is not checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<Option<u32>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    boundary: Option<Option<String>>,
    /// The ARN of the one user that may assume it; null where the plan names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<Option<String>>,
}

/// The script that verifies a deployment, and what it holds the accounts against.
pub fn verification(plan: &Plan) -> FileSet {
    let mut files = FileSet::new();
    files.insert("verify.sh", SCRIPT);
    files.insert("verify/expected.json", expected(plan));
    files
}

/// What must be in the accounts: a line for each user, group, policy, shape and account.
fn expected(plan: &Plan) -> String {
    let users_of = users_of_targets(plan);
    let mut shapes = Vec::new();
    let mut accounts: BTreeMap<&str, Vec<Role>> = BTreeMap::new();
    for (number, role) in plan.roles.iter().enumerate() {
        let targets = plan.targets.iter().zip(&users_of);
        let targets: Vec<_> = targets
            .filter(|(target, _)| target.role == number)
            .collect();
        let details = targets
            .iter()
            .map(|(target, user)| details(plan, target, user));
        let (common, own) = split(details.collect());
        for ((target, _), own) in targets.iter().zip(own) {
            let shape = shapes.len();
            let roles = accounts.entry(target.account.as_str()).or_default();
            roles.push(Role { shape, own });
        }
        shapes.push(shape(plan, role, common));
    }
    if let Some(sets) = &plan.stack_sets {
        let targets = plan.targets.iter().map(|target| target.account.as_str());
        let service_roles = [
            (&sets.administration_role, vec![sets.account.as_str()]),
            (&sets.execution_role, targets.collect()),
        ];
        for (role, in_accounts) in service_roles {
            let Some(role) = role else { continue };
            for account in in_accounts {
                let own = Details::default();
                let shape = shapes.len();
                accounts
                    .entry(account)
                    .or_default()
                    .push(Role { shape, own });
            }
            shapes.push(service_shape(role, plan.partition));
        }
    }
    let mut hub = Hub::default();
    for resource in plan.hub_resources() {
        hub.add(resource);
    }
    let members = [
        ("schema", line(&SCHEMA)),
        ("deployment", line(&plan.name)),
        ("partition", line(&plan.partition.as_str())),
        ("region", line(&plan.partition.iam_region())),
        (
            "hub",
            line(&plan.hub.as_ref().map(|hub| hub.account.as_str())),
        ),
        ("users", list(&hub.users)),
        ("groups", list(&hub.groups)),
        ("policies", list(&hub.policies)),
        ("shapes", list(&shapes)),
        ("accounts", map(&accounts)),
    ];
    let members: Vec<String> = members
        .iter()
        .filter(|(name, value)| *name != "providers" || value != "[]")
        .map(|(name, value)| format!("{}: {value}", json!(name)))
        .collect();
    format!("{{\n{}\n}}\n", members.join(",\n"))
}

fn line(value: &impl Serialize) -> String {
    json!(value).to_string()
}

fn list(items: &[impl Serialize]) -> String {
    let lines: Vec<String> = items.iter().map(line).collect();
    if lines.is_empty() {
        return "[]".to_owned();
    }
    format!("[\n{}\n]", lines.join(",\n"))
}

fn map(items: &BTreeMap<&str, Vec<Role>>) -> String {
    let lines: Vec<String> = items
        .iter()
        .map(|(account, roles)| format!("{}: {}", json!(account), line(roles)))
        .collect();
    format!("{{\n{}\n}}", lines.join(",\n"))
}

/// What must be in the hub account.
#[derive(Default)]
struct Hub {
    users: Vec<User>,
    groups: Vec<Group>,
    policies: Vec<Policy>,
}

impl Hub {
    fn add(&mut self, Resource { site, kind, .. }: Resource<'_>) {
        match kind {
            ResourceKind::User(user) => self.users.push(User {
                name: user.user.name.to_string(),
                path: user.user.path.to_string(),
                boundary: user
                    .user
                    .permissions_boundary
                    .as_ref()
                    .map(|arn| arn.text().at(site)),
                inline: ByName::new(),
                attached: Vec::new(),
                groups: sorted(user.groups.iter().map(|group| group.name.to_string())),
            }),
            ResourceKind::Group(group) => self.groups.push(Group {
                name: group.group.name.to_string(),
                path: group.group.path.to_string(),
                inline: ByName::new(),
                attached: Vec::new(),
                members: group.member.map(|user| vec![user.name.to_string()]),
            }),
            ResourceKind::InlinePolicy(holder, policy) => {
                let users = self.users.iter_mut().map(|user| {
                    let of = (IdentityKind::User, user.name.as_str());
                    (of, &mut user.inline)
                });
                let groups = self.groups.iter_mut().map(|group| {
                    let of = (IdentityKind::Group, group.name.as_str());
                    (of, &mut group.inline)
                });
                let mut holders = users.chain(groups);
                if let Some((_, inline)) = holders.find(|(of, _)| *of == (holder.kind, holder.name))
                {
                    inline.insert(policy.name.into_owned(), policy.document.to_json(site));
                }
            }
            ResourceKind::ManagedPolicy(policy) => self.policies.push(Policy {
                arn: policy.arn(site),
                document: policy.document.to_json(site),
            }),
            ResourceKind::Attachment(holder, policy) => {
                let group = self
                    .groups
                    .iter_mut()
                    .find(|group| group.name == holder.name);
                if let Some(group) = group {
                    group.attached.push(policy.arn(site));
                    group.attached.sort();
                }
            }
            ResourceKind::AwsAttachment(holder, policy) => {
                let mut groups = self.groups.iter_mut();
                if let Some(group) = groups.find(|group| group.name == holder.name) {
                    group.attached.push(policy.arn().at(site));
                    group.attached.sort();
                }
            }
            // A user tells its groups, and the hub has no role.
            ResourceKind::Membership(_)
            | ResourceKind::Role(_)
            | ResourceKind::InstanceProfile(_)
            | ResourceKind::OidcProvider(_) => {}
        }
    }
}

/// The ARN of the user whose groups let it assume the role, for each target.
fn users_of_targets(plan: &Plan) -> Vec<Option<String>> {
    let arn = |group: Option<plan::Group<'_>>| {
        let hub = plan.hub.as_ref()?;
        Some(hub.user_arn(group?.member?).at(plan.site(&hub.account)))
    };
    plan.opened_by().into_iter().map(arn).collect()
}

/// Everything that may differ from target to target, of one.
fn details(plan: &Plan, target: &TargetPlan, user: &Option<String>) -> Details {
    let boundary = target.permissions_boundary.as_ref();
    Details {
        role: Some(target.role_name.to_string()),
        path: Some(target.role_path.as_str().to_owned()),
        session: Some(Some(target.max_session.seconds())),
        boundary: Some(boundary.map(|arn| arn.text().anywhere(plan.partition))),
        user: Some(user.clone()),
        external_id: Some(target.external_id.as_ref().map(|id| id.as_str().to_owned())),
    }
}

/// What is the same everywhere, and what is each one's own.
fn split(mut all: Vec<Details>) -> (Details, Vec<Details>) {
    let common = Details {
        role: taken(&mut all, |details| &mut details.role),
        path: taken(&mut all, |details| &mut details.path),
        session: taken(&mut all, |details| &mut details.session),
        boundary: taken(&mut all, |details| &mut details.boundary),
        user: taken(&mut all, |details| &mut details.user),
        external_id: taken(&mut all, |details| &mut details.external_id),
    };
    (common, all)
}

/// Takes a field out of all, if all have the same.
fn taken<T: PartialEq>(
    all: &mut [Details],
    field: impl Fn(&mut Details) -> &mut Option<T>,
) -> Option<T> {
    let (first, others) = all.split_first_mut()?;
    let same = others.iter_mut().all(|other| field(other) == field(first));
    if !same {
        return None;
    }
    for other in others {
        field(other).take();
    }
    field(first).take()
}

/// Whether whoever verifies may assume the role: the hub's users where there are any, else a principal that exists already.
fn is_assumed(plan: &Plan, role: &RolePlan) -> bool {
    let has_users = plan.users().next().is_some();
    plan.trusted_by(role).iter().any(|trusted| match trusted {
        Trusted::Outside(identity) => !has_users && identity.kind == TrustKind::Principal,
        Trusted::Users(_) | Trusted::Account(_) | Trusted::UsersById(_) => true,
    })
}

fn shape(plan: &Plan, role: &RolePlan, common: Details) -> Shape {
    let partition = plan.partition;
    let document = |policy: &NamedPolicy| policy.document.to_json_anywhere(partition);
    let permissions = || role.permissions.iter();
    let arn = |policy: &NamedPolicy| {
        let (partition, name) = (partition.as_str(), &policy.name);
        format!("arn:{partition}:iam::${{account}}:policy${{path}}${{role}}-{name}")
    };
    Shape {
        assumed: is_assumed(plan, role),
        common,
        providers: role
            .providers
            .iter()
            .map(|provider| Provider {
                issuer: provider.issuer.clone(),
                audiences: provider.audiences.clone(),
            })
            .collect(),
        trust: role.trust.to_json_anywhere(partition),
        inline: permissions()
            .filter(|_| !role.managed)
            .map(|policy| (policy.name.to_string(), document(policy)))
            .collect(),
        managed: permissions()
            .filter(|_| role.managed)
            .map(|policy| (arn(policy), document(policy)))
            .collect(),
        of_aws: role
            .attached
            .iter()
            .map(|policy| policy.arn().anywhere(partition))
            .collect(),
        profiles: role
            .has_instance_profile()
            .then(|| {
                format!("arn:{partition}:iam::${{account}}:instance-profile${{path}}${{role}}")
            })
            .into_iter()
            .collect(),
    }
}

fn service_shape(role: &ServiceRole, partition: Partition) -> Shape {
    let document = role.document.to_json_anywhere(partition);
    Shape {
        assumed: false,
        common: Details {
            role: Some(role.name.to_string()),
            path: Some("/".to_owned()),
            session: Some(None),
            boundary: Some(None),
            user: Some(None),
            external_id: Some(None),
        },
        providers: Vec::new(),
        trust: role.trust.to_json_anywhere(partition),
        inline: [(role.policy.to_owned(), document)].into(),
        managed: ByName::new(),
        of_aws: Vec::new(),
        profiles: Vec::new(),
    }
}

fn sorted(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}
