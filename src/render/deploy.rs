//! How the rendered files are deployed: the order, the commands, and the way back. For people as `DEPLOY.md`, for pipelines
//! as `deploy.json`, and for a pipeline that fans out over root modules as `terraform/matrix.json`.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::json;

use super::engine::Engine;
use super::{
    FileSet, RenderError, administration_role_path, execution_role_path, hub_dir,
    hub_template_path, notice, one_root_dir, parameters_path, stack_set_dir, stack_set_path,
    target_dir, template_path,
};
use crate::model::{AccountId, Site};
use crate::plan::{
    CloudFormationShape, HubPart, HubPlan, Plan, TEMPLATE_BYTES, TerraformShape, Unit, UserPlan,
};

/// What `DEPLOY.md` writes for the account where a step is done in many.
const EACH: &str = "ACCOUNT";

const IN_TARGETS: &str = "The role in each target";
const ASIDE: &str =
    "The role in the organization's management account, which its stack sets do not reach";

/// Something that is applied or deployed, or the same in each of many accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What is made.
    pub what: String,
    /// The accounts that it is done in, one after the other or at once.
    pub accounts: Vec<String>,
    /// Whether it is done in each of many accounts, so that the commands name `EACH`.
    pub in_each: bool,
    /// What to run in the rendered folder, with the credentials of the account.
    pub commands: Vec<String>,
    /// What takes it away again.
    pub undo: Vec<String>,
    /// What to know before.
    pub notes: Vec<String>,
}

impl Step {
    /// What to run for one of its accounts.
    pub fn in_account(&self, account: &str) -> Vec<String> {
        in_account(&self.commands, account)
    }
}

#[derive(Serialize)]
struct DeployView {
    notice: Vec<String>,
    name: String,
    products: String,
    parts: Vec<PartView>,
    users: Vec<UserView>,
    one_of_several: bool,
    assumed: String,
}

/// The steps of one format.
#[derive(Serialize)]
struct PartView {
    title: &'static str,
    intro: &'static str,
    steps: Vec<StepView>,
    undo: Vec<StepView>,
}

#[derive(Serialize)]
struct StepView {
    number: usize,
    what: String,
    place: String,
    in_each: bool,
    commands: Vec<String>,
    notes: Vec<String>,
}

/// A user of the product, and the groups whose roles its key opens.
#[derive(Serialize)]
struct UserView {
    name: String,
    groups: String,
}

/// Renders the three files.
pub(super) fn render(plan: &Plan, files: &mut FileSet) -> Result<(), RenderError> {
    let view = view(plan, files);
    let text = Engine::markdown()?.render("deploy/DEPLOY.md", &view)?;
    files.insert("DEPLOY.md", text);
    files.insert("deploy.json", to_json(plan, files));
    if plan.terraform && plan.terraform_shape == TerraformShape::Roots {
        files.insert("terraform/matrix.json", matrix(plan));
    }
    Ok(())
}

/// The steps of one format, `Terraform` or `CloudFormation`, in order.
pub fn steps(plan: &Plan, files: &FileSet, format: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let needed = |unit: &Unit| unit.format() == format || unit.is_of_cloudformation_itself();
    for unit in plan.units().into_iter().filter(needed) {
        let (step, account) = step(plan, files, &unit);
        let same = |known: &&mut Step| known.in_each && known.what == step.what;
        match steps.iter_mut().find(same) {
            Some(known) => known.accounts.push(account.to_string()),
            None => steps.push(Step {
                accounts: vec![account.to_string()],
                ..step
            }),
        }
    }
    // Of the variants, whichever account is the first.
    let is_target = |step: &&Step| step.what.starts_with(IN_TARGETS);
    let before = steps.iter().take_while(|step| !is_target(step)).count();
    let targets = steps.iter().filter(is_target).count();
    steps[before..before + targets].sort_by(|one, other| one.what.cmp(&other.what));
    steps
}

/// A unit as a step, and the account that it is for.
fn step<'p>(plan: &'p Plan, files: &FileSet, unit: &Unit) -> (Step, &'p AccountId) {
    let format = plan.cloudformation.unwrap_or_default();
    let of_sets = || plan.stack_sets.as_ref().map(|sets| &sets.account);
    let of_hub = || plan.hub.as_ref().map(|hub| &hub.account);
    let of_target = |target: usize| &plan.targets[target].account;
    let first = &plan.targets.first().map(|target| &target.account);
    let account = match unit {
        Unit::AdministrationRole | Unit::StackSetRoot | Unit::StackSetStack => of_sets(),
        Unit::HubRoot | Unit::OneRoot | Unit::HubStack(_) => of_hub().or(*first),
        Unit::ExecutionRole(target) | Unit::TargetRoot(target) | Unit::TargetStack(target) => {
            Some(of_target(*target))
        }
    }
    .expect("a unit has an account");
    let tool = match plan.terraform_shape {
        TerraformShape::Tofu => "tofu",
        _ => "terraform",
    };
    let name = &plan.name;
    let step = match unit {
        Unit::HubRoot => root(
            "The hub: the user, its groups, and their policies",
            tool,
            hub_dir().as_str(),
        ),
        Unit::OneRoot => {
            let mut step = root(
                "The hub and the role in every target",
                tool,
                one_root_dir().as_str(),
            );
            let (path, role) = &plan.entered_by;
            step.notes.push(format!(
                "The credentials are those of the hub account. They must be allowed to assume the role {}{role} in each target.",
                path.as_str()
            ));
            if plan.terraform_shape == TerraformShape::Tofu {
                step.notes.push("A target that leaves the deployment needs its provider until its role is destroyed: apply once with `-var 'leaving_accounts=[\"ACCOUNT\"]'`.".to_owned());
            }
            step
        }
        Unit::StackSetRoot => root(
            "The stack sets, which make the role in every target",
            tool,
            stack_set_dir().as_str(),
        ),
        Unit::TargetRoot(_) => {
            let dir = target_dir(account).as_str().replace(account.as_str(), EACH);
            let aside = plan.terraform_shape == TerraformShape::Stackset;
            match aside {
                true => root(ASIDE, tool, target_dir(account).as_str()),
                false => Step {
                    in_each: true,
                    ..root(IN_TARGETS, tool, &dir)
                },
            }
        }
        Unit::HubStack(part) => {
            let (number, what) = hub_part(plan, part);
            let path = hub_template_path(part, format);
            stack(
                files,
                &what,
                &format!("{name}-hub{number}"),
                path.as_str(),
                None,
            )
        }
        Unit::TargetStack(target) => {
            let target = &plan.targets[*target];
            let role = &plan.roles[target.role];
            let parameters = parameters_path(role, target);
            let path = template_path(role, format);
            let aside = plan.cloudformation_shape == CloudFormationShape::Stackset;
            let what = match &role.variant {
                _ if aside => ASIDE.to_owned(),
                None => IN_TARGETS.to_owned(),
                Some(variant) => format!("{IN_TARGETS} of the variant {variant}"),
            };
            let parameters = match aside {
                true => parameters.to_string(),
                false => parameters.as_str().replace(account.as_str(), EACH),
            };
            Step {
                in_each: !aside,
                ..stack(
                    files,
                    &what,
                    &format!("{name}-target-role"),
                    path.as_str(),
                    Some(&parameters),
                )
            }
        }
        Unit::StackSetStack => stack(
            files,
            "The stack sets, which make the role in every target",
            &format!("{name}-stack-set"),
            stack_set_path(format).as_str(),
            None,
        ),
        Unit::AdministrationRole => stack(
            files,
            "The role that CloudFormation works as in the stack sets' account",
            &format!("{name}-stack-set-administration-role"),
            administration_role_path(format).as_str(),
            None,
        ),
        Unit::ExecutionRole(_) => Step {
            in_each: true,
            ..stack(
                files,
                "The role that CloudFormation works as in each target",
                &format!("{name}-stack-set-execution-role"),
                execution_role_path(format).as_str(),
                None,
            )
        },
    };
    (step, account)
}

fn root(what: &str, tool: &str, dir: &str) -> Step {
    Step {
        what: what.to_owned(),
        accounts: Vec::new(),
        in_each: false,
        commands: vec![
            format!("{tool} -chdir={dir} init"),
            format!("{tool} -chdir={dir} apply"),
        ],
        undo: vec![format!("{tool} -chdir={dir} destroy")],
        notes: Vec::new(),
    }
}

fn stack(
    files: &FileSet,
    what: &str,
    name: &str,
    template: &str,
    parameters: Option<&str>,
) -> Step {
    let mut command = format!(
        "aws cloudformation deploy --stack-name {name} --template-file {template} --capabilities CAPABILITY_NAMED_IAM"
    );
    if let Some(parameters) = parameters {
        let _ = write!(command, " --parameter-overrides file://{parameters}");
    }
    let mut notes = Vec::new();
    let bytes = files.get(template).map_or(0, str::len);
    if bytes > TEMPLATE_BYTES {
        command.push_str(" --s3-bucket BUCKET");
        notes.push(format!(
            "The template has {bytes} bytes, and CloudFormation takes {TEMPLATE_BYTES} in a request: the command puts it into an S3 bucket of yours first."
        ));
    }
    Step {
        what: what.to_owned(),
        accounts: Vec::new(),
        in_each: false,
        commands: vec![command],
        undo: vec![format!(
            "aws cloudformation delete-stack --stack-name {name}"
        )],
        notes,
    }
}

fn hub_part(plan: &Plan, part: &HubPart) -> (String, String) {
    let users = plan.hub.as_ref().map_or(&[][..], |hub| &hub.users);
    match (part.number, users.get(part.number)) {
        (0, Some(_)) if users.len() == 1 => (
            String::new(),
            "The hub: the user, its groups, and their policies".to_owned(),
        ),
        (0, None) => (
            String::new(),
            "The hub: the groups and their policies".to_owned(),
        ),
        (number, user) => {
            let suffix = match number {
                0 => String::new(),
                number => format!("-{}", number + 1),
            };
            let whose = user.map_or_else(
                || "further groups and their policies".to_owned(),
                |user| format!("the user {}, its groups, and their policies", user.name),
            );
            (suffix, format!("The hub: {whose}"))
        }
    }
}

fn view(plan: &Plan, files: &FileSet) -> DeployView {
    let mut parts = Vec::new();
    if plan.terraform {
        parts.push(part(
            plan,
            files,
            "Terraform",
            "Each root module has a state of its own; add a backend beside it as your team keeps states.",
        ));
    }
    if plan.cloudformation.is_some() {
        parts.push(part(
            plan,
            files,
            "CloudFormation",
            "Deploy every stack in one Region, whichever that is: IAM itself is global, and in a second Region the names are taken.",
        ));
    }
    let assumed = plan.hub.iter().flat_map(|hub| {
        let target = plan.targets.first();
        target.map(|target| {
            let site = Site {
                partition: plan.partition,
                account: &hub.account,
            };
            target.role_arn().at(site)
        })
    });
    DeployView {
        notice: notice(plan),
        name: plan.name.clone(),
        products: plan.products.join(", "),
        users: plan.hub.iter().flat_map(users).collect(),
        one_of_several: parts.len() > 1,
        assumed: assumed.collect(),
        parts,
    }
}

fn part(plan: &Plan, files: &FileSet, title: &'static str, intro: &'static str) -> PartView {
    let steps = steps(plan, files, title);
    let view = |(index, step): (usize, &Step), commands: &[String], notes: &[String]| StepView {
        number: index + 1,
        what: step.what.clone(),
        place: place(step),
        in_each: step.in_each,
        commands: commands.to_vec(),
        notes: notes.to_vec(),
    };
    PartView {
        title,
        intro,
        undo: steps
            .iter()
            .rev()
            .enumerate()
            .map(|step| view(step, &step.1.undo, &[]))
            .collect(),
        steps: steps
            .iter()
            .enumerate()
            .map(|step| view(step, &step.1.commands, &step.1.notes))
            .collect(),
    }
}

/// The commands for one account.
fn in_account(commands: &[String], account: &str) -> Vec<String> {
    let commands = commands.iter();
    commands
        .map(|command| command.replace(EACH, account))
        .collect()
}

/// Where a step is done, in words. Targets are not named: two branches that each add one are to merge.
fn place(step: &Step) -> String {
    match step.accounts.as_slice() {
        [one] if !step.in_each => format!("account {one}"),
        _ => "each target account".to_owned(),
    }
}

fn users(hub: &HubPlan) -> Vec<UserView> {
    let groups = |user: &UserPlan| match &hub.groups[user.groups.clone()] {
        [one] => one.name.to_string(),
        [first, .., last] => format!("{} to {}", first.name, last.name),
        [] => String::new(),
    };
    let view = |user: &UserPlan| UserView {
        name: user.name.to_string(),
        groups: groups(user),
    };
    hub.users.iter().map(view).collect()
}

/// The steps for a pipeline: one line for each account, so that a target more is a line more.
fn to_json(plan: &Plan, files: &FileSet) -> String {
    let mut lines = Vec::new();
    for format in ["Terraform", "CloudFormation"] {
        let rendered = match format {
            "Terraform" => plan.terraform,
            _ => plan.cloudformation.is_some(),
        };
        if !rendered {
            continue;
        }
        for (index, step) in steps(plan, files, format).iter().enumerate() {
            for account in &step.accounts {
                let line = json!({
                    "format": format,
                    "order": index + 1,
                    "account": account,
                    "apply": in_account(&step.commands, account),
                    "undo": in_account(&step.undo, account),
                });
                lines.push(format!("    {line}"));
            }
        }
    }
    let targets: Vec<String> = placed(plan)
        .map(|(target, user, group)| {
            let line = json!({"account": target, "user": user, "group": group});
            format!("    {line}")
        })
        .collect();
    format!(
        "{{\n  \"schema\": \"landgrant/deploy/v1\",\n  \"deployment\": {},\n  \"steps\": [\n{}\n  ],\n  \"targets\": [\n{}\n  ]\n}}\n",
        json!(plan.name),
        lines.join(",\n"),
        targets.join(",\n"),
    )
}

/// Each target with the user whose key opens it and the group that lets that user, by account; nothing where the roles trust
/// a principal that is there already.
fn placed(plan: &Plan) -> impl Iterator<Item = (&str, Option<&str>, Option<&str>)> {
    let mut places: Vec<(Option<&str>, Option<&str>)> = vec![(None, None); plan.targets.len()];
    if let Some(hub) = &plan.hub {
        for part in hub.parts() {
            let user = hub.users.get(part.number).map(|user| user.name.as_str());
            for policy in &hub.assume_role[part.policies] {
                let group = hub.groups[policy.group].name.as_str();
                for &target in &policy.targets {
                    places[target] = (user, Some(group));
                }
            }
        }
    }
    let targets = plan.targets.iter();
    targets
        .zip(places)
        .map(|(target, (user, group))| (target.account.as_str(), user, group))
}

/// The root modules of the targets, as a GitHub Actions matrix takes them: one line each.
fn matrix(plan: &Plan) -> String {
    let lines: Vec<String> = plan
        .targets
        .iter()
        .map(|target| {
            let line = json!({
                "account": target.account.as_str(),
                "name": target.name,
                "root": target_dir(&target.account).as_str(),
            });
            format!("    {line}")
        })
        .collect();
    format!("{{\n  \"include\": [\n{}\n  ]\n}}\n", lines.join(",\n"))
}
