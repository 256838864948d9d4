//! What one Terraform resource grants.

use std::collections::BTreeMap;

use camino::Utf8Path;
use hcl::{Block, Expression, Map, Value};

use super::ReadbackError;
use super::module::{join, label};
use super::policy::{Policies, read_trust_policy};
use super::principal::{Built, Made};
use super::scope::{Constants, Scope, file_path};
use super::stack_set::{self, StackSets};
use super::variable::texts;
use crate::cfn::parse_json;
use crate::model::{Identity, IdentityKind, Partition, PolicyKind};
use crate::render::FileSet;

/// A kind of resource that is understood.
pub(super) struct Known {
    pub(super) kind: &'static str,
    /// Its attributes.
    attributes: &'static [&'static str],
    /// Its blocks, each with its attributes.
    blocks: &'static [(&'static str, &'static [&'static str])],
    /// Whether others refer to it.
    pub(super) is_named: bool,
    /// Whether there is nothing of it in AWS.
    pub(super) makes_nothing: bool,
}

const fn known(kind: &'static str, attributes: &'static [&'static str], is_named: bool) -> Known {
    Known {
        kind,
        attributes,
        blocks: &[],
        is_named,
        makes_nothing: false,
    }
}

/// The resources that are understood, in the order in which they are evaluated: the named ones are referred to by others.
pub(super) const RESOURCES: &[Known] = &[
    known(
        "aws_iam_user",
        &["name", "path", "permissions_boundary", "tags"],
        true,
    ),
    known("aws_iam_group", &["name", "path"], true),
    known(
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
        true,
    ),
    known(
        "aws_iam_policy",
        &["name", "description", "path", "policy", "tags"],
        true,
    ),
    known("aws_iam_user_group_membership", &["user", "groups"], false),
    known("aws_iam_group_policy", &["name", "group", "policy"], false),
    known("aws_iam_user_policy", &["name", "user", "policy"], false),
    known("aws_iam_role_policy", &["name", "role", "policy"], false),
    known(
        "aws_iam_group_policy_attachment",
        &["group", "policy_arn"],
        false,
    ),
    known(
        "aws_iam_role_policy_attachment",
        &["role", "policy_arn"],
        false,
    ),
    Known {
        kind: "aws_cloudformation_stack_set",
        attributes: stack_set::SET_ATTRIBUTES,
        blocks: stack_set::SET_BLOCKS,
        is_named: true,
        makes_nothing: false,
    },
    Known {
        kind: "aws_cloudformation_stack_set_instance",
        attributes: stack_set::INSTANCE_ATTRIBUTES,
        blocks: stack_set::INSTANCE_BLOCKS,
        is_named: false,
        makes_nothing: false,
    },
    // Terraform's own: a value whose change has another resource made again.
    Known {
        kind: "terraform_data",
        attributes: &["input"],
        blocks: &[],
        is_named: false,
        makes_nothing: true,
    },
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
    pub(super) kind: &'static str,
    pub(super) partition: Partition,
    pub(super) account: &'a str,
    pub(super) fields: Map<String, Value>,
}

impl Resource<'_> {
    /// Gives a user, a group, a role or a policy its ARN.
    pub(super) fn name_itself(&mut self) -> Result<(), String> {
        let entity = self.kind.strip_prefix("aws_iam_").unwrap_or_default();
        if ["user", "group", "role", "policy"].contains(&entity) {
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
        let name = self.text("name").unwrap_or_default();
        let arn = self.text("arn").unwrap_or_default();
        match self.kind {
            "aws_iam_user" => {
                let mut identity = Identity::new(IdentityKind::User);
                identity.permissions_boundary =
                    self.text("permissions_boundary").map(str::to_owned);
                identity.tags = self.tags()?;
                made.add(IdentityKind::User, name, arn);
                built.principal(place, arn.to_owned(), identity)?;
            }
            "aws_iam_group" => {
                made.add(IdentityKind::Group, name, arn);
                built.principal(place, arn.to_owned(), Identity::new(IdentityKind::Group))?;
            }
            "aws_iam_role" => {
                let document = self
                    .text("assume_role_policy")
                    .ok_or_else(|| self.missing("trust policy"))?;
                let document = parse_json(document)
                    .map_err(|what| ReadbackError::new(place, format!("trust policy: {what}")))?;
                let mut identity = Identity::new(IdentityKind::Role);
                identity.trust = read_trust_policy(place, &document)?;
                identity.permissions_boundary =
                    self.text("permissions_boundary").map(str::to_owned);
                identity.max_session = self.max_session()?;
                identity.tags = self.tags()?;
                made.add(IdentityKind::Role, name, arn);
                built.principal(place, arn.to_owned(), identity)?;
            }
            "aws_iam_policy" => {
                let grants = policies.read_text(place, self.policy()?)?;
                built.policy(place, arn.to_owned(), grants)?;
            }
            "aws_iam_user_group_membership" => {
                let user = made.named(place, IdentityKind::User, self.text("user"))?;
                let groups = self
                    .fields
                    .get("groups")
                    .and_then(Value::as_array)
                    .ok_or_else(|| self.missing("list of groups"))?;
                for group in groups {
                    let group = made.named(place, IdentityKind::Group, group.as_str())?;
                    built
                        .of(user, IdentityKind::User)
                        .groups
                        .insert(group.to_owned());
                }
            }
            "aws_iam_group_policy_attachment" | "aws_iam_role_policy_attachment" => {
                let kind = self.owner_kind();
                let owner = made.named(place, kind, self.text(&kind.to_string()))?;
                let policy = self.text("policy_arn").unwrap_or_default();
                let grants = built.managed(policy).cloned();
                let grants = grants.ok_or_else(|| self.missing("policy with this ARN"))?;
                let name = policy.rsplit('/').next().unwrap_or_default().to_owned();
                built
                    .of(owner, kind)
                    .policies
                    .insert((PolicyKind::Managed, name), grants);
            }
            "aws_iam_group_policy" | "aws_iam_user_policy" | "aws_iam_role_policy" => {
                let kind = self.owner_kind();
                let owner = made.named(place, kind, self.text(&kind.to_string()))?;
                let grants = policies.read_text(place, self.policy()?)?;
                built.inline(place, owner, kind, name, grants)?;
            }
            "aws_cloudformation_stack_set" => {
                stack_sets.declare(self, self.template(files)?)?;
            }
            "aws_cloudformation_stack_set_instance" => stack_sets.read(self, built)?,
            _ => {}
        }
        Ok(())
    }

    /// Whose policy it is, or to whom it attaches one.
    fn owner_kind(&self) -> IdentityKind {
        match self.kind.split('_').nth(2) {
            Some("group") => IdentityKind::Group,
            Some("user") => IdentityKind::User,
            _ => IdentityKind::Role,
        }
    }

    fn policy(&self) -> Result<&str, ReadbackError> {
        self.text("policy").ok_or_else(|| self.missing("policy"))
    }

    /// The longest session in seconds, if it is said. Terraform takes a number written as text.
    fn max_session(&self) -> Result<Option<u32>, ReadbackError> {
        let seconds = match self.fields.get("max_session_duration") {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Number(number)) => {
                number.as_u64().and_then(|seconds| seconds.try_into().ok())
            }
            Some(Value::String(text)) => text.parse().ok(),
            Some(_) => None,
        };
        match seconds {
            None => Err(ReadbackError::new(
                self.place,
                "the longest session is no number",
            )),
            seconds => Ok(seconds),
        }
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
