//! The templates in the binary: their texts, and what each makes. [`super::contexts`] has what each is given.

/// A template in the binary.
#[derive(Debug, Clone, Copy)]
pub struct Template {
    /// `FAMILY/FILE`, as under `templates/` without `.tera`. The extension is that of the rendered file.
    pub name: &'static str,
    /// The template itself.
    pub text: &'static str,
    /// What it makes, in words.
    pub makes: &'static str,
}

impl Template {
    /// The templates of one language or purpose have a folder: `terraform`, `cloudformation`, `deploy`.
    pub fn family(&self) -> &'static str {
        self.name.split('/').next().unwrap_or_default()
    }
}

/// The folder of templates that make files of the user's own.
pub(super) const FILES: &str = "files/";

macro_rules! templates {
    ($($name:literal: $makes:literal;)*) => {
        /// Every template in the binary, by name.
        pub const TEMPLATES: &[Template] = &[
            $(Template {
                name: $name,
                text: include_str!(concat!("../../templates/", $name, ".tera")),
                makes: $makes,
            }),*
        ];
    };
}

templates![
    "cloudformation/conditions.yaml": "a part: the conditions of a statement";
    "cloudformation/hub.yaml": "the stack of the hub";
    "cloudformation/notice.yaml": "a part: the first lines of a file";
    "cloudformation/policy.yaml": "a part: a policy document";
    "cloudformation/stack-set-role.yaml": "the stacks of the roles that CloudFormation works as";
    "cloudformation/stack-set.yaml": "the stack with the stack sets";
    "cloudformation/suppressed.yaml": "a part: what cfn-nag passes over in a resource";
    "cloudformation/target.yaml": "the stack of a target's role";
    "cloudformation/trust.yaml": "a part: a trust policy";
    "deploy/DEPLOY.md": "the steps of a deployment";
    "kit/README.md": "the text of a handoff kit";
    "kit/about.html": "a part of the page: what this is";
    "kit/access.html": "a part of the page: who may do what, from where";
    "kit/deploy.html": "a part of the page: the steps";
    "kit/index.html": "the page of a handoff kit";
    "kit/keys.html": "a part of the page: access keys";
    "kit/page.css": "the style of the page";
    "kit/page.js": "the script of the page";
    "kit/permissions.html": "a part of the page: the permission table";
    "kit/step.html": "a part of the page: one step";
    "terraform/hub/locals.tf": "the hub: groups, users, targets, tags";
    "terraform/hub/main.tf": "the hub: its resources";
    "terraform/hub/outputs.tf": "the hub: its outputs";
    "terraform/module/main.tf": "the module of a role: its resources";
    "terraform/module/outputs.tf": "the module of a role: its outputs";
    "terraform/module/variables.tf": "the module of a role: its variables";
    "terraform/root/providers.tf": "one root module: the providers";
    "terraform/root/targets.tf": "one root module: the targets";
    "terraform/root/variables.tf": "one root module: its variables";
    "terraform/shared/conditions.tf": "a part: the conditions of a statement";
    "terraform/shared/imports.tf": "import blocks, for landgrant adopt";
    "terraform/shared/notice.tf": "a part: the first lines of a file";
    "terraform/shared/policy.tf": "a part: a policy document";
    "terraform/shared/provider_block.tf": "a part: the provider of one account";
    "terraform/shared/providers.tf": "the provider of a root module";
    "terraform/shared/role_arguments.tf": "a part: the arguments of a target's module";
    "terraform/shared/terraform.tf": "the versions of a module";
    "terraform/shared/trust.tf": "a part: a trust policy";
    "terraform/shared/variable_block.tf": "a part: the variable region";
    "terraform/shared/variables.tf": "the variables of a root module";
    "terraform/shared/versions_block.tf": "a part: the versions of every module";
    "terraform/stack-set/main.tf": "the root module with the stack sets";
    "terraform/stack-set/outputs.tf": "its outputs";
    "terraform/stack-set/variables.tf": "its variables";
    "terraform/target/main.tf": "the root module of a target";
];
