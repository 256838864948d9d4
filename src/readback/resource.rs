//! What one Terraform resource grants.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8Path;

use super::ReadbackError;
use super::module_forms::{Attribute, DOCUMENT, Known};
use super::paths::join;
use super::policy::{Policies, read_trust_policy};
use super::principal::{self, Built, Made, max_session};
use super::stack_set::{self, StackSets};
use super::texts::texts;
use crate::cfn::parse_json;
use crate::hcl::{Block, Body, Map, Scope, Value};
use crate::model::IdentityKind::{Group, Role, User};
use crate::model::{AwsPolicy, FileSet, Identity, IdentityKind, Partition, PolicyKind};

/// A type of resource that is understood.
pub(super) struct Kind {
    /// What it may have.
    pub(super) known: Known,
    pub(super) makes: Makes,
}

/// What a kind of resource makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Makes {
    /// A user, a group or a role.
    Principal(IdentityKind),
    /// A managed policy.
    Policy,
    /// The membership of a user in groups.
    Membership,
    /// An inline policy of such a principal.
    Inline(IdentityKind),
    /// A managed policy's attachment to such a principal.
    Attachment(IdentityKind),
    InstanceProfile,
    IdentityProvider,
    StackSet,
    /// A stack of a stack set.
    Stack,
    /// Nothing in AWS.
    Nothing,
}

impl Makes {
    /// Whether others refer to it.
    pub(super) fn is_named(self) -> bool {
        matches!(self, Self::Principal(_) | Self::Policy | Self::StackSet)
    }

    /// What stands before the path in its ARN, if it has one of IAM.
    fn entity(self) -> Option<String> {
        match self {
            Self::Principal(kind) => Some(kind.to_string()),
            Self::Policy => Some("policy".to_owned()),
            Self::InstanceProfile => Some("instance-profile".to_owned()),
            _ => None,
        }
    }
}

const fn kind(kind: &'static str, makes: Makes, attributes: &'static [Attribute]) -> Kind {
    Kind {
        known: Known {
            kind,
            attributes,
            blocks: &[],
        },
        makes,
    }
}

/// The groups, by the numbers that name them.
const GROUP: Attribute = (
    "group",
    &[
        "aws_iam_group._[\"_\"].name",
        "aws_iam_group._[each.key].name",
        "aws_iam_group._[each.value.group].name",
    ],
);
const POLICY: Attribute = ("policy", &[DOCUMENT]);
const POLICY_ARN: Attribute = ("policy_arn", &["aws_iam_policy._.arn"]);
const ROLE: Attribute = ("role", &["aws_iam_role._.name"]);
const TAGS: Attribute = ("tags", &["local._", "var.tags"]);
const USER: Attribute = (
    "user",
    &[
        "aws_iam_user._[\"_\"].name",
        "aws_iam_user._[each.key].name",
    ],
);

/// The resources that are understood, in the order in which they are evaluated: the named ones are referred to by others.
pub(super) const RESOURCES: &[Kind] = &[
    kind(
        "aws_iam_user",
        Makes::Principal(User),
        &[
            ("for_each", &["local._"]),
            ("name", &["each.value.name"]),
            ("path", &[]),
            ("permissions_boundary", &[]),
            TAGS,
        ],
    ),
    kind(
        "aws_iam_group",
        Makes::Principal(Group),
        &[
            ("for_each", &["local._"]),
            ("name", &["each.value"]),
            ("path", &[]),
        ],
    ),
    kind(
        "aws_iam_role",
        Makes::Principal(Role),
        &[
            ("assume_role_policy", &[DOCUMENT]),
            ("description", &[]),
            ("max_session_duration", &["var.max_session_duration"]),
            ("name", &["var.name"]),
            ("path", &["var.path"]),
            ("permissions_boundary", &["var.permissions_boundary"]),
            TAGS,
        ],
    ),
    kind(
        "aws_iam_policy",
        Makes::Policy,
        &[
            ("description", &[]),
            ("name", &["\"${var.name}_\""]),
            ("path", &["var.path"]),
            POLICY,
            TAGS,
        ],
    ),
    kind(
        "aws_iam_user_group_membership",
        Makes::Membership,
        &[
            ("for_each", &["local._"]),
            (
                "groups",
                &["[for group in each.value.groups : aws_iam_group._[group].name]"],
            ),
            USER,
        ],
    ),
    kind(
        "aws_iam_group_policy",
        Makes::Inline(Group),
        &[
            (
                "for_each",
                &[
                    "local._",
                    "merge([for group, targets in local._ : { for account, target in targets : account => { group = group, role_arn = target.role_arn } }]...)",
                ],
            ),
            GROUP,
            ("name", &["\"_${each.key}\""]),
            POLICY,
        ],
    ),
    kind(
        "aws_iam_user_policy",
        Makes::Inline(User),
        &[("for_each", &["local._"]), ("name", &[]), POLICY, USER],
    ),
    kind(
        "aws_iam_role_policy",
        Makes::Inline(Role),
        &[("name", &[]), POLICY, ROLE],
    ),
    kind(
        "aws_iam_group_policy_attachment",
        Makes::Attachment(Group),
        &[GROUP, POLICY_ARN],
    ),
    kind(
        "aws_iam_role_policy_attachment",
        Makes::Attachment(Role),
        &[POLICY_ARN, ROLE],
    ),
    kind(
        "aws_iam_instance_profile",
        Makes::InstanceProfile,
        &[("name", &["var.name"]), ("path", &["var.path"]), ROLE, TAGS],
    ),
    kind(
        "aws_iam_openid_connect_provider",
        Makes::IdentityProvider,
        &[("client_id_list", &[]), TAGS, ("url", &[])],
    ),
    Kind {
        known: stack_set::SET,
        makes: Makes::StackSet,
    },
    Kind {
        known: stack_set::INSTANCE,
        makes: Makes::Stack,
    },
    // Terraform's own: a value whose change has another resource made again.
    kind(
        "terraform_data",
        Makes::Nothing,
        &[
            (
                "for_each",
                &["{ for target in concat(local._) : target.account => target.own }"],
            ),
            ("input", &["each.value"]),
        ],
    ),
];

/// The values of a resource's attributes; each of its blocks as a map of its own. A `lifecycle` block says nothing of what is
/// granted: the service-managed roles of a stack set are AWS's own, and the units that a stack was made in are those that its
/// account was in.
pub(super) fn fields(block: &Block<'_>, scope: &Scope) -> Result<Map, String> {
    let mut fields = values(&block.body, scope)?;
    for inner in block
        .body
        .blocks
        .iter()
        .filter(|inner| inner.kind != "lifecycle")
    {
        let values = values(&inner.body, scope)?;
        let twice = fields.insert(inner.kind.into(), values.into());
        if twice.is_some() {
            return Err(format!("there are two blocks `{}`", inner.kind));
        }
    }
    Ok(fields)
}

fn values(body: &Body<'_>, scope: &Scope) -> Result<Map, String> {
    let mut values = Map::new();
    for attribute in body.attributes.iter().filter(|one| one.name != "for_each") {
        let value = scope
            .value_of(attribute)
            .map_err(|why| format!("{}: {why}", attribute.name))?;
        values.insert(attribute.name.into(), value);
    }
    Ok(values)
}

/// A resource with its values, and where it is made.
pub(super) struct Resource<'a> {
    pub(super) place: &'a str,
    pub(super) dir: &'a Utf8Path,
    pub(super) makes: Makes,
    pub(super) partition: Partition,
    pub(super) account: &'a str,
    pub(super) fields: Map,
}

impl Resource<'_> {
    /// Gives a user, a group, a role or a policy its ARN.
    pub(super) fn name_itself(&mut self) -> Result<(), String> {
        if self.makes == Makes::IdentityProvider {
            let url = self.text("url").ok_or("a provider without a URL")?;
            let arn = principal::provider_arn(self.partition, self.account, url)?;
            self.fields.insert("arn".into(), Value::from(arn));
        }
        if let Some(entity) = self.makes.entity() {
            let name = self.text("name").ok_or("a resource without a name")?;
            let path = self.text("path").unwrap_or("/");
            let arn = principal::arn(self.partition, self.account, &entity, path, name)?;
            self.fields.insert("arn".into(), Value::from(arn));
        }
        Ok(())
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.fields.get(name).and_then(Value::as_text)
    }

    pub(super) fn missing(&self, what: &str) -> ReadbackError {
        ReadbackError::new(self.place, format!("there is no {what}"))
    }

    /// Adds what it grants.
    pub(super) fn grant(
        &self,
        built: &mut Built,
        made: &mut Made,
        policies: &Policies,
        stack_sets: &mut StackSets,
        files: &FileSet,
    ) -> Result<(), ReadbackError> {
        let place = self.place;
        match self.makes {
            Makes::Principal(kind) => {
                let (arn, identity) = (self.arn(), self.identity(kind)?);
                made.add(kind, self.text("name").unwrap_or_default(), arn);
                built.principal(place, arn.to_owned(), identity)
            }
            Makes::Policy => {
                let grants = policies.read_text(place, self.policy()?)?;
                built.tagged(self.arn().to_owned(), self.tags()?);
                built.policy(place, self.arn().to_owned(), grants)
            }
            Makes::Membership => self.join(built, made),
            Makes::Inline(kind) => {
                let owner = self.owner(made, kind)?;
                let grants = policies.read_text(place, self.policy()?)?;
                let name = self.text("name").unwrap_or_default();
                built.inline(place, owner, kind, name, grants)
            }
            Makes::Attachment(kind) => {
                let owner = self.owner(made, kind)?;
                let policy = self.text("policy_arn").unwrap_or_default();
                if AwsPolicy::named_in(policy).is_some() {
                    return built.attach(place, owner, kind, policy);
                }
                let grants = built.managed(policy).cloned();
                let grants = grants.ok_or_else(|| self.missing("policy with this ARN"))?;
                let name = policy.rsplit('/').next().unwrap_or_default().to_owned();
                let policies = &mut built.identity(owner, kind).policies;
                policies.insert((PolicyKind::Managed, name), grants);
                Ok(())
            }
            Makes::InstanceProfile => {
                let role = self.owner(made, Role)?;
                built.tagged(self.arn().to_owned(), self.tags()?);
                built.instance_profile(place, role, self.arn())
            }
            Makes::IdentityProvider => {
                let audiences = self.fields.get("client_id_list").and_then(Value::as_list);
                let audiences = audiences.ok_or_else(|| self.missing("list of audiences"))?;
                let audiences = audiences.iter().map(|one| one.as_text().map(str::to_owned));
                let audiences: Option<BTreeSet<String>> = audiences.collect();
                let audiences = audiences.ok_or_else(|| self.missing("text for an audience"))?;
                built.tagged(self.arn().to_owned(), self.tags()?);
                built.identity_provider(place, self.arn().to_owned(), audiences)
            }
            Makes::StackSet => stack_sets.declare(self, self.template(files)?),
            Makes::Stack => stack_sets.read(self, built),
            Makes::Nothing => Ok(()),
        }
    }

    /// A user, a group or a role as it is made, without its policies.
    fn identity(&self, kind: IdentityKind) -> Result<Identity, ReadbackError> {
        let mut identity = Identity::new(kind);
        if kind == Group {
            return Ok(identity);
        }
        identity.permissions_boundary = self.text("permissions_boundary").map(str::to_owned);
        identity.tags = self.tags()?;
        if kind == Role {
            let document = self
                .text("assume_role_policy")
                .ok_or_else(|| self.missing("trust policy"))?;
            let document = parse_json(document)
                .map_err(|what| ReadbackError::new(self.place, format!("trust policy: {what}")))?;
            identity.trust = read_trust_policy(self.place, &document)?;
            identity.max_session = match self.fields.get("max_session_duration") {
                None | Some(Value::Null) => None,
                // Terraform takes a number written as text.
                Some(Value::Text(seconds)) => Some(max_session(self.place, Some(seconds), None)?),
                Some(Value::Number(seconds)) => {
                    Some(max_session(self.place, None, Some(*seconds))?)
                }
                Some(_) => Some(max_session(self.place, None, None)?),
            };
        }
        Ok(identity)
    }

    /// Puts a user into groups.
    fn join(&self, built: &mut Built, made: &Made) -> Result<(), ReadbackError> {
        let user = made.named(self.place, User, self.text("user"))?;
        let groups = self
            .fields
            .get("groups")
            .and_then(Value::as_list)
            .ok_or_else(|| self.missing("list of groups"))?;
        for group in groups {
            let group = made.named(self.place, Group, group.as_text())?;
            built.identity(user, User).groups.insert(group.to_owned());
        }
        Ok(())
    }

    /// Whose policy it is, or to whom it attaches one.
    fn owner<'m>(&self, made: &'m Made, kind: IdentityKind) -> Result<&'m str, ReadbackError> {
        made.named(self.place, kind, self.text(&kind.to_string()))
    }

    fn arn(&self) -> &str {
        self.text("arn").unwrap_or_default()
    }

    fn policy(&self) -> Result<&str, ReadbackError> {
        self.text("policy").ok_or_else(|| self.missing("policy"))
    }

    /// Terraform writes a number or a truth value as text where a tag holds one.
    pub(super) fn tags(&self) -> Result<BTreeMap<String, String>, ReadbackError> {
        texts(self.fields.get("tags"))
            .map_err(|what| ReadbackError::new(self.place, format!("tags: {what}")))
    }

    /// The template that a stack set deploys: the text itself, or a file beside.
    fn template<'t>(&'t self, files: &'t FileSet) -> Result<&'t str, ReadbackError> {
        match self.fields.get("template_body") {
            Some(Value::Text(body)) => Ok(body),
            Some(Value::File(path)) => {
                let path =
                    join(self.dir, path).map_err(|what| ReadbackError::new(self.place, what))?;
                files
                    .get(&path)
                    .ok_or_else(|| self.missing(&format!("file {path}")))
            }
            _ => Err(self.missing("template")),
        }
    }
}
