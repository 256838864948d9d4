//! Terraform: the files of one module after the other.

use std::collections::BTreeMap;
use std::sync::Arc;

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

const PROVIDER_VERSION: &str = ">= 5.0.0, < 7.0.0";

/// The modules so far.
pub(super) struct Modules<'a> {
    pub(super) engine: &'a Engine<'a>,
    pub(super) plan: &'a Plan,
    pub(super) files: &'a mut FileSet,
    /// Texts that many root modules have, by template.
    alike: BTreeMap<&'static str, Arc<str>>,
}

impl<'a> Modules<'a> {
    pub(super) fn new(plan: &'a Plan, engine: &'a Engine<'a>, files: &'a mut FileSet) -> Self {
        Self {
            engine,
            plan,
            files,
            alike: BTreeMap::new(),
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
        self.add_versions(&dir, REQUIRED_VERSION)?;
        let view = role_view(self.plan, role);
        for file in ["main.tf", "outputs.tf", "variables.tf"] {
            self.add(&dir, file, &format!("terraform/module/{file}"), &view)?;
        }
        Ok(())
    }

    /// The root module of an account, with all its roles.
    pub(super) fn add_target(&mut self, targets: &[TargetPlan]) -> Result<(), RenderError> {
        let Some(first) = targets.first() else {
            return Ok(());
        };
        let dir = target_dir(&first.account);
        self.add_root(&dir, &first.account)?;
        let view = TargetRootView {
            notice: notice(self.plan),
            name: first.name.clone(),
            targets: targets
                .iter()
                .map(|target| target_view(self.plan, target))
                .collect(),
        };
        self.add(&dir, "main.tf", "terraform/target/main.tf", &view)?;
        match self.plan.roles[first.role].name {
            None => self.add_alike(&dir, "outputs.tf", "terraform/target/outputs.tf", &view),
            Some(_) => self.add(&dir, "outputs.tf", "terraform/target/outputs.tf", &view),
        }
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

    /// Adds a file that is the same in all modules of the plan.
    fn add_alike(
        &mut self,
        dir: &Utf8Path,
        file: &str,
        template: &'static str,
        view: &impl Serialize,
    ) -> Result<(), RenderError> {
        if let Some(text) = self.alike.get(template) {
            self.files.insert(dir.join(file), Arc::clone(text));
            return Ok(());
        }
        let text: Arc<str> = self.engine.render(template, view)?.into();
        self.alike.insert(template, Arc::clone(&text));
        self.files.insert(dir.join(file), text);
        Ok(())
    }

    /// The versions that a module works with.
    pub(super) fn add_versions(
        &mut self,
        dir: &Utf8Path,
        required_version: &'static str,
    ) -> Result<(), RenderError> {
        let view = VersionsView {
            notice: notice(self.plan),
            required_version,
            provider_version: PROVIDER_VERSION,
        };
        self.add(dir, "terraform.tf", "terraform/shared/terraform.tf", &view)
    }

    /// The files that the root module of a hub or a target has.
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
        self.add_alike(dir, "variables.tf", "terraform/shared/variables.tf", &view)
    }

    /// The provider of a root module for one account.
    pub(super) fn add_provider(
        &mut self,
        dir: &Utf8Path,
        account: &AccountId,
    ) -> Result<(), RenderError> {
        let view = ProviderView {
            notice: notice(self.plan),
            account: account.to_string(),
        };
        let versions = VersionsView {
            notice: notice(self.plan),
            required_version: REQUIRED_VERSION,
            provider_version: PROVIDER_VERSION,
        };
        let template = "terraform/shared/terraform.tf";
        self.add_alike(dir, "terraform.tf", template, &versions)?;
        self.add(dir, "providers.tf", "terraform/shared/providers.tf", &view)
    }
}
