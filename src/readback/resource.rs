//! What one Terraform resource grants.

use std::collections::BTreeMap;

use camino::Utf8Path;
use hcl::{Block, Expression, Map, Value};

use super::ReadbackError;
use super::module::{join, label};
use super::policy::{Policies, read_trust_policy};
use super::principal::{Built, Made, max_session};
use super::scope::{Constants, Scope, file_path};
use super::stack_set::{self, StackSets};
use super::variable::texts;
use crate::cfn::parse_json;
use crate::model::IdentityKind::{Group, Role, User};
use crate::model::{Identity, IdentityKind, Partition, PolicyKind};
use crate::render::FileSet;

/// A kind of resource that is understood.
pub(super) struct Known {
    pub(super) kind: &'static str,
    pub(super) makes: Makes,
    /// Its attributes.
    attributes: &'static [&'static str],
    /// Its blocks, each with its attributes.
    blocks: &'static [(&'static str, &'static [&'static str])],
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
    /// A stack set.
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
            _ => None,
        }
    }
}

const fn known(kind: &'static str, makes: Makes, attributes: &'static [&'static str]) -> Known {
    Known {
        kind,
        makes,
        attributes,
        blocks: &[],
    }
}

/// The resources that are understood, in the order in which they are evaluated: the named ones are referred to by others.
pub(super) const RESOURCES: &[Known] = &[
    known(
        "aws_iam_user",
        Makes::Principal(User),
        &["name", "path", "permissions_boundary", "tags"],
    ),
    known("aws_iam_group", Makes::Principal(Group), &["name", "path"]),
    known(
        "aws_iam_role",
        Makes::Principal(Role),
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
    known(
        "aws_iam_policy",
        Makes::Policy,
        &["name", "description", "path", "policy", "tags"],
    ),
    known(
        "aws_iam_user_group_membership",
        Makes::Membership,
        &["user", "groups"],
    ),
    known(
        "aws_iam_group_policy",
        Makes::Inline(Group),
        &["name", "group", "policy"],
    ),
    known(
        "aws_iam_user_policy",
        Makes::Inline(User),
        &["name", "user", "policy"],
    ),
    known(
        "aws_iam_role_policy",
        Makes::Inline(Role),
        &["name", "role", "policy"],
    ),
    known(
        "aws_iam_group_policy_attachment",
        Makes::Attachment(Group),
        &["group", "policy_arn"],
    ),
    known(
        "aws_iam_role_policy_attachment",
        Makes::Attachment(Role),
        &["role", "policy_arn"],
    ),
    Known {
        kind: "aws_cloudformation_stack_set",
        makes: Makes::StackSet,
        attributes: stack_set::SET_ATTRIBUTES,
        blocks: stack_set::SET_BLOCKS,
    },
    Known {
        kind: "aws_cloudformation_stack_set_instance",
        makes: Makes::Stack,
        attributes: stack_set::INSTANCE_ATTRIBUTES,
        blocks: stack_set::INSTANCE_BLOCKS,
    },
    // Terraform's own: a value whose change has another resource made again.
    known("terraform_data", Makes::Nothing, &["input"]),
];

/// Refuses an attribute or a block that is not understood.
pub(super) fn check_known(known: &Known, block: &Block) -> Result<(), String> {
    let refuse = |body: &hcl::Body, attributes: &[&str]| match body
        .attributes()
        .find(|attribute| !attributes.contains(&attribute.key()))
    {
        Some(odd) => Err(format!("`{}` is not understood", odd.key())),
        None => Ok(()),
    };
    let mut attributes = known.attributes.to_vec();
    attributes.push("for_each");
    refuse(block.body(), &attributes)?;
    for inner in block.body().blocks() {
        let name = inner.identifier();
        if is_harmless(known.kind, inner) {
            continue;
        }
        let Some((_, attributes)) = known.blocks.iter().find(|(known, _)| *known == name) else {
            return Err(format!("the block `{name}` is not understood"));
        };
        refuse(inner.body(), attributes)?;
        if inner.body().blocks().next().is_some() {
            return Err(format!("a block in `{name}` is not understood"));
        }
    }
    Ok(())
}

/// A block that changes nothing of what is granted. The service-managed roles of a stack set are AWS's own; the units that a
/// stack was made in are those that its account was in.
fn is_harmless(kind: &str, block: &Block) -> bool {
    let ignored = match kind {
        "aws_cloudformation_stack_set" => "administration_role_arn",
        "aws_cloudformation_stack_set_instance" => "deployment_targets",
        _ => return false,
    };
    let is_ignored =
        |name: &Expression| matches!(name, Expression::Variable(name) if name.as_str() == ignored);
    block.identifier() == "lifecycle"
        && block.body().blocks().next().is_none()
        && block.body().attributes().all(|attribute| {
            let Expression::Array(listed) = attribute.expr() else {
                return false;
            };
            match attribute.key() {
                "ignore_changes" => listed.iter().all(is_ignored),
                "replace_triggered_by" => true,
                _ => false,
            }
        })
}

/// The values of a resource's attributes; each of its blocks as a map of its own.
pub(super) fn fields(
    block: &Block,
    scope: &Scope,
    constants: Option<&Constants>,
) -> Result<Map<String, Value>, String> {
    let mut fields = Map::new();
    for attribute in block.body().attributes() {
        if attribute.key() == "for_each" {
            continue;
        }
        let value = match constants {
            Some(constants) => constants.evaluate(attribute.expr(), scope),
            None => scope.evaluate(attribute.expr()),
        };
        let value = value.map_err(|why| format!("{}: {why}", attribute.key()))?;
        fields.insert(attribute.key().to_owned(), value);
    }
    let kind = label(block, 0);
    let meant = |inner: &&Block| !is_harmless(kind, inner);
    for inner in block.body().blocks().filter(meant) {
        let mut values = Map::new();
        for attribute in inner.body().attributes() {
            let value = scope
                .evaluate(attribute.expr())
                .map_err(|why| format!("{}: {why}", attribute.key()))?;
            values.insert(attribute.key().to_owned(), value);
        }
        let twice = fields.insert(inner.identifier().to_owned(), Value::Object(values));
        if twice.is_some() {
            return Err(format!("there are two blocks `{}`", inner.identifier()));
        }
    }
    Ok(fields)
}

/// A resource with its values, and where it is made.
pub(super) struct Resource<'a> {
    pub(super) place: &'a str,
    pub(super) dir: &'a Utf8Path,
    pub(super) makes: Makes,
    pub(super) partition: Partition,
    pub(super) account: &'a str,
    pub(super) fields: Map<String, Value>,
}

impl Resource<'_> {
    /// Gives a user, a group, a role or a policy its ARN.
    pub(super) fn name_itself(&mut self) -> Result<(), String> {
        if let Some(entity) = self.makes.entity() {
            let name = self.text("name").ok_or("a resource without a name")?;
            let path = self.text("path").unwrap_or("/");
            let arn = format!(
                "arn:{}:iam::{}:{entity}{path}{name}",
                self.partition, self.account
            );
            self.fields.insert("arn".to_owned(), Value::from(arn));
        }
        Ok(())
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.fields.get(name).and_then(Value::as_str)
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
                let grants = built.managed(policy).cloned();
                let grants = grants.ok_or_else(|| self.missing("policy with this ARN"))?;
                let name = policy.rsplit('/').next().unwrap_or_default().to_owned();
                let policies = &mut built.of(owner, kind).policies;
                policies.insert((PolicyKind::Managed, name), grants);
                Ok(())
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
            let seconds = self.fields.get("max_session_duration");
            let seconds = seconds.filter(|seconds| !seconds.is_null());
            // Terraform takes a number written as text.
            identity.max_session = seconds
                .map(|seconds| max_session(self.place, seconds.as_str(), seconds.as_u64()))
                .transpose()?;
        }
        Ok(identity)
    }

    /// Puts a user into groups.
    fn join(&self, built: &mut Built, made: &Made) -> Result<(), ReadbackError> {
        let user = made.named(self.place, User, self.text("user"))?;
        let groups = self
            .fields
            .get("groups")
            .and_then(Value::as_array)
            .ok_or_else(|| self.missing("list of groups"))?;
        for group in groups {
            let group = made.named(self.place, Group, group.as_str())?;
            built.of(user, User).groups.insert(group.to_owned());
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
        let body = self
            .text("template_body")
            .ok_or_else(|| self.missing("template"))?;
        match file_path(body) {
            None => Ok(body),
            Some(path) => {
                let path =
                    join(self.dir, path).map_err(|what| ReadbackError::new(self.place, what))?;
                files
                    .get(&path)
                    .ok_or_else(|| self.missing(&format!("file {path}")))
            }
        }
    }
}
