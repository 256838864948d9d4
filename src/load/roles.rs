//! The roles of a deployment, each as a deployment with one role: fields that a role does not set are taken from the
//! deployment.

use std::borrow::Cow;

use super::document::Document;
use super::yaml::{Field, Fields, Value};
use crate::load::deployment::DeploymentDoc;
use crate::load::role_doc::RoleDoc;
use crate::load::trust_doc::{TrustDoc, TrustsDoc};

/// A role of a deployment.
#[derive(Debug)]
pub struct RoleOf<'a> {
    /// Its name in the deployment; `None` if the deployment has one role without a name.
    pub name: Option<&'a str>,
    /// The deployment with only this role. The hub is absent if the role does not trust it.
    pub document: Cow<'a, Document<DeploymentDoc>>,
}

impl Document<DeploymentDoc> {
    /// The roles, in the deployment's order.
    pub fn roles(&self) -> Vec<RoleOf<'_>> {
        if self.doc.roles.is_empty() {
            return vec![RoleOf {
                name: None,
                document: Cow::Borrowed(self),
            }];
        }
        let names = self.doc.roles.keys();
        names.map(|name| self.role(name)).collect()
    }

    fn role<'a>(&'a self, name: &'a str) -> RoleOf<'a> {
        let mut doc = self.doc.clone();
        let own = doc.roles.get(name).cloned().unwrap_or_default();
        doc.roles.clear();
        doc.role = Some(RoleDoc {
            name: own.name,
            path: own.path,
            max_session: own.max_session,
            permissions_boundary: own.permissions_boundary,
        });
        // An empty value was not written, or is rejected by its schema.
        if !own.products.is_empty() {
            doc.products = own.products;
        }
        if !own.variants.is_empty() {
            doc.variants = own.variants;
        }
        if !own.targets.is_empty() {
            doc.targets = own.targets;
        }
        doc.trust = own.trust.or(doc.trust);
        doc.deny.extend(own.deny);
        doc.limits = own.limits.or(doc.limits);
        doc.tags.extend(own.tags);
        let trusted = doc.trust.as_ref().map(TrustsDoc::as_slice);
        if !trusted.is_none_or(|trusted| trusted.iter().any(TrustDoc::is_of_hub)) {
            doc.hub = None;
        }
        let document = Document {
            doc,
            file: self.file,
            root: self.root_of(name),
        };
        RoleOf {
            name: Some(name),
            document: Cow::Owned(document),
        }
    }

    /// The deployment's tree, with the fields of the role replacing those of the deployment. `role` is the role itself.
    fn root_of(&self, name: &str) -> super::yaml::Node {
        let mut root = self.root.clone();
        let role = self
            .root
            .field("roles")
            .and_then(|roles| roles.node.field(name));
        let (Value::Mapping(fields), Some(role)) = (&self.root.value, role) else {
            return root;
        };
        let own = match &role.node.value {
            Value::Mapping(own) => &**own,
            _ => &[],
        };
        let itself = Field {
            key: "role".to_owned(),
            ..role.clone()
        };
        let mut merged: Vec<Field> = own.to_vec();
        merged.push(itself);
        // The deployment's name is not the role's name.
        merged.retain(|field| field.key != "name");
        let others = fields.iter().filter(|field| {
            let is_own = own.iter().any(|other| other.key == field.key);
            field.key != "role" && (field.key == "name" || !is_own)
        });
        merged.extend(others.cloned());
        // What the deployment denies comes before what the role denies.
        for field in merged.iter_mut().filter(|field| field.key == "deny") {
            let common = self.root.field("deny").map(|deny| &deny.node.value);
            if let (Value::Sequence(own), Some(Value::Sequence(common))) =
                (&field.node.value, common)
            {
                let all = common.iter().chain(own).cloned().collect();
                field.node.value = Value::Sequence(all);
            }
        }
        // A role adds tags to those of the deployment.
        for field in merged.iter_mut().filter(|field| field.key == "tags") {
            let common = self.root.field("tags").map(|tags| &tags.node.value);
            if let (Value::Mapping(own), Some(Value::Mapping(common))) = (&field.node.value, common)
            {
                let own: Vec<Field> = own.to_vec();
                let others = common
                    .iter()
                    .filter(|one| !own.iter().any(|own| own.key == one.key));
                let all = own.iter().chain(others).cloned().collect();
                field.node.value = Value::Mapping(Fields::new(all));
            }
        }
        root.value = Value::Mapping(Fields::new(merged));
        root
    }
}
