//! Templates against what CloudFormation takes. How long one is, is known once it is rendered.

use std::collections::BTreeMap;

use super::{Budget, Plan};
use crate::diag::Diagnostic;
use crate::resolve::Resolved;

/// The most bytes of a template that CloudFormation takes in a request or in a stack set's `TemplateBody`; a longer one goes by
/// way of S3 (CloudFormation User Guide, "quotas"; resource schema of `AWS::CloudFormation::StackSet`).
pub const TEMPLATE_BYTES: usize = 51_200;
/// The most bytes of a template that CloudFormation takes from S3 (CloudFormation User Guide, "quotas").
pub const TEMPLATE_BYTES_FROM_S3: usize = 1_000_000;

/// A template that is rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    pub path: String,
    pub bytes: usize,
    /// The role that it makes, if it stands in a stack set: an index into [`Plan::roles`].
    pub in_stack_set: Option<usize>,
}

impl Template {
    /// The most bytes that it may have, from wherever it is deployed.
    pub fn limit(&self) -> usize {
        match self.in_stack_set {
            Some(_) => TEMPLATE_BYTES,
            None => TEMPLATE_BYTES_FROM_S3,
        }
    }

    /// What a template takes of the bytes that CloudFormation takes.
    pub fn budget(&self) -> Budget {
        let (limit, how) = match self.bytes {
            0..=TEMPLATE_BYTES => (TEMPLATE_BYTES, ""),
            _ => (self.limit(), ", only from S3"),
        };
        Budget {
            key: format!("template {}", self.path),
            what: format!("template {}{how}", self.path),
            used: self.bytes,
            limit,
            unit: "bytes",
            grows: false,
            targets_left: None,
        }
    }
}

/// Reports the templates that CloudFormation would not take.
pub fn refuse_long(resolved: &Resolved, plan: &Plan, templates: &[Template]) -> Vec<Diagnostic> {
    let long = templates.iter().filter(|one| one.bytes > one.limit());
    let mut diagnostics = Vec::new();
    // The formats have one template for a role.
    let mut of_roles: BTreeMap<usize, &Template> = BTreeMap::new();
    for template in long {
        if let Some(role) = template.in_stack_set {
            of_roles.entry(role).or_insert(template);
            continue;
        }
        diagnostics.push(
            Diagnostic::error(
                "over-quota",
                resolved.name_span,
                format!(
                    "the template {} has {} bytes",
                    template.path, template.bytes
                ),
            )
            .why(format!(
                "CloudFormation accepts at most {TEMPLATE_BYTES_FROM_S3} bytes of a template"
            ))
            .help("split the targets over several deployments"),
        );
    }
    let settings = resolved.layout.stack_set.as_ref();
    let span = settings.map_or(resolved.name_span, |settings| settings.span);
    for (role, template) in of_roles {
        let of_variant = plan.roles[role]
            .variant
            .as_ref()
            .map_or_else(String::new, |variant| format!(" of the variant {variant}"));
        diagnostics.push(
            Diagnostic::error(
                "over-quota",
                span,
                format!(
                    "the template of the role{of_variant} in a stack set has {} bytes",
                    template.bytes
                ),
            )
            .why(format!(
                "it is part of the stack set itself, where CloudFormation accepts {TEMPLATE_BYTES}; a longer one would have to be in S3"
            ))
            .help("grant less by it, or take `terraform: roots`, which has no template, or `cloudformation: stacks`, whose template can be in S3"),
        );
    }
    diagnostics
}
