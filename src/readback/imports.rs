//! Import blocks: what is in an account already and comes into the state. Terraform takes over whatever the id names and
//! then makes it what is rendered, with all that it has besides: its members, its other policies. So a block fits only
//! where a resource is rendered at its address, and its id is what that resource is called.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;

use super::ReadbackError;
use super::module::Module;
use super::resource::{Makes, Resource};
use crate::hcl::{Block, Expression, Step, Value};

/// The import blocks of a root module that no resource was found for yet.
pub(super) struct Imports {
    dir: Utf8PathBuf,
    /// Ids by address.
    left: BTreeMap<String, String>,
}

impl Imports {
    pub(super) fn read(root: &Module<'_>) -> Result<Self, ReadbackError> {
        let mut left = BTreeMap::new();
        for block in root.of_kind("import") {
            let (address, id) = address_and_id(block).map_err(|why| root.failed("import", why))?;
            if left.insert(address.clone(), id).is_some() {
                return Err(root.failed("import", format!("there are two for {address}")));
            }
        }
        Ok(Self {
            dir: root.dir.clone(),
            left,
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.left.is_empty()
    }

    /// Holds a resource against the block that is for it, if there is one.
    pub(super) fn made(
        &mut self,
        address: &str,
        resource: &Resource<'_>,
    ) -> Result<(), ReadbackError> {
        let Some(id) = self.left.remove(address) else {
            return Ok(());
        };
        match fits(resource, &id) {
            true => Ok(()),
            false => Err(self.failed(format!(
                "it takes over {id} as {address}, which is not what that resource is called"
            ))),
        }
    }

    /// When all resources were seen.
    pub(super) fn finish(&self) -> Result<(), ReadbackError> {
        match self.left.first_key_value() {
            None => Ok(()),
            Some((address, id)) => Err(self.failed(format!(
                "it takes over {id} as {address}, and no such resource is rendered"
            ))),
        }
    }

    fn failed(&self, why: String) -> ReadbackError {
        ReadbackError::new(format!("{} import", self.dir), why)
    }
}

/// The address and the id of a block.
fn address_and_id(block: &Block<'_>) -> Result<(String, String), String> {
    let value = |name: &str| block.body.attribute(name).map(|attribute| &attribute.value);
    let address = value("to").and_then(address);
    let address = address.ok_or("`to` is not the address of one resource")?;
    let id = value("id").and_then(Expression::literal);
    Ok((address, id.ok_or("`id` is not a plain text")?.to_owned()))
}

/// An address as [`instance`] writes it.
fn address(expression: &Expression<'_>) -> Option<String> {
    let Expression::Path(first, steps) = expression else {
        return None;
    };
    let mut address = (*first).to_owned();
    for step in steps {
        match step {
            Step::Name(name) => address.push_str(&format!(".{name}")),
            Step::Index(key) => address.push_str(&quoted(key.literal()?)),
        }
    }
    Some(address)
}

/// `aws_iam_user.product["1"]`: a resource, or one of several by its key; the key is empty where there is one only.
pub(super) fn instance(kind: &str, label: &str, key: &str) -> String {
    match key {
        "" => format!("{kind}.{label}"),
        key => format!("{kind}.{label}{}", quoted(key)),
    }
}

fn quoted(key: &str) -> String {
    format!("[{}]", serde_json::Value::from(key))
}

/// Whether an id is that by which the provider finds exactly this resource. A membership is found by those of its groups
/// that the user is in already.
fn fits(resource: &Resource<'_>, id: &str) -> bool {
    let text = |name: &str| resource.text(name).unwrap_or_default();
    let name = text("name");
    match resource.makes {
        Makes::Principal(_) | Makes::InstanceProfile => id == name,
        Makes::Policy | Makes::IdentityProvider => id == text("arn"),
        Makes::Inline(owner) => id == format!("{}:{name}", text(&owner.to_string())),
        Makes::Attachment(owner) => {
            id == format!("{}/{}", text(&owner.to_string()), text("policy_arn"))
        }
        Makes::Membership => {
            let groups = resource.fields.get("groups").and_then(Value::as_list);
            let groups: BTreeSet<&str> = groups
                .into_iter()
                .flatten()
                .filter_map(Value::as_text)
                .collect();
            let mut parts = id.split('/');
            let of_user = parts.next() == Some(text("user"));
            let joined: Vec<&str> = parts.collect();
            let different: BTreeSet<&str> = joined.iter().copied().collect();
            of_user
                && !joined.is_empty()
                && different.len() == joined.len()
                && different.is_subset(&groups)
        }
        Makes::StackSet | Makes::Stack | Makes::Nothing => false,
    }
}
