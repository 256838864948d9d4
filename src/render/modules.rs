//! Terraform: the files of one module after the other.

use camino::Utf8Path;
use serde::Serialize;

use super::engine::Engine;
use super::terraform_hub::hub_view;
use super::terraform_view::{
    ProviderView, RegionView, TargetRootView, VersionsView, role_view, target_view,
};
use super::{FileSet, RenderError, module_dir, notice, target_dir};
use crate::model::AccountId;
use crate::plan::{HubPlan, Plan, RolePlan, TargetPlan};

/// Versions that the rendered HCL works with: import and moved blocks need 1.5; the IAM resources are the same in
/// the AWS provider's majors 5 and 6.
pub(super) const REQUIRED_VERSION: &str = ">= 1.5.0";

pub(super) const PROVIDER_VERSION: &str = ">= 5.0.0, < 7.0.0";

/// Older ones want the thumbprints of an OIDC provider, which AWS looks up itself (pull request 37255 of the provider).
const PROVIDER_WITHOUT_THUMBPRINTS: &str = ">= 5.81.0, < 7.0.0";

/// The modules so far.
pub(super) struct Modules<'a> {
    pub(super) engine: &'a Engine<'a>,
    pub(super) plan: &'a Plan,
    pub(super) files: &'a mut FileSet,
}

impl<'a> Modules<'a> {
    pub(super) fn new(plan: &'a Plan, engine: &'a Engine<'a>, files: &'a mut FileSet) -> Self {
        Self {
            engine,
            plan,
            files,
        }
    }

    /// The resources of the hub.
    pub(super) fn add_hub(&mut self, dir: &Utf8Path, hub: &HubPlan) -> Result<(), RenderError> {
        let view = hub_view(self.plan, hub);
        for file in ["locals.tf", "main.tf", "outputs.tf"] {
            self.add(dir, file, &format!("terraform/hub/{file}"), &view)?;
        }
        Ok(())
    }

    /// The module of a role.
    pub(super) fn add_role(&mut self, role: &RolePlan) -> Result<(), RenderError> {
        let dir = module_dir(role);
        let provider_version = match role.providers.as_slice() {
            [] => PROVIDER_VERSION,
            _ => PROVIDER_WITHOUT_THUMBPRINTS,
        };
        self.add_versions(&dir, REQUIRED_VERSION, provider_version)?;
        let view = role_view(self.plan, role);
        for file in ["main.tf", "outputs.tf", "variables.tf"] {
            self.add(&dir, file, &format!("terraform/module/{file}"), &view)?;
        }
        Ok(())
    }

    /// The root module of an account, with all its roles: one file, since there are many of them.
    pub(super) fn add_target(&mut self, targets: &[TargetPlan]) -> Result<(), RenderError> {
        let Some(first) = targets.first() else {
            return Ok(());
        };
        let calls = targets.iter().map(|target| target_view(self.plan, target));
        let view = TargetRootView {
            notice: notice(self.plan),
            name: first.name.clone(),
            calls: calls.collect(),
            account: first.account.to_string(),
            region: self.plan.partition.iam_region(),
            required_version: REQUIRED_VERSION,
            provider_version: PROVIDER_VERSION,
        };
        let dir = target_dir(&first.account);
        self.add(&dir, "main.tf", "terraform/target/main.tf", &view)
    }

    pub(super) fn add(
        &mut self,
        dir: &Utf8Path,
        file: &str,
        template: &str,
        view: &impl Serialize,
    ) -> Result<(), RenderError> {
        let text = self.engine.render(template, view)?;
        self.files.insert(dir.join(file), text);
        Ok(())
    }

    /// The versions that a module works with.
    pub(super) fn add_versions(
        &mut self,
        dir: &Utf8Path,
        required_version: &'static str,
        provider_version: &'static str,
    ) -> Result<(), RenderError> {
        let view = VersionsView {
            notice: notice(self.plan),
            required_version,
            provider_version,
        };
        self.add(dir, "terraform.tf", "terraform/shared/terraform.tf", &view)
    }

    /// The files that the root module of the hub has beside its resources.
    pub(super) fn add_root(
        &mut self,
        dir: &Utf8Path,
        account: &AccountId,
    ) -> Result<(), RenderError> {
        self.add_provider(dir, account)?;
        let view = RegionView {
            notice: notice(self.plan),
            region: self.plan.partition.iam_region(),
        };
        self.add(dir, "variables.tf", "terraform/shared/variables.tf", &view)
    }

    /// The provider of a root module for one account.
    pub(super) fn add_provider(
        &mut self,
        dir: &Utf8Path,
        account: &AccountId,
    ) -> Result<(), RenderError> {
        self.add_versions(dir, REQUIRED_VERSION, PROVIDER_VERSION)?;
        let view = ProviderView {
            notice: notice(self.plan),
            account: account.to_string(),
        };
        self.add(dir, "providers.tf", "terraform/shared/providers.tf", &view)
    }
}
