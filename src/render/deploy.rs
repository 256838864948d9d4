//! How the rendered files are deployed: the order, the commands, and the way back. For people as `DEPLOY.md`, for pipelines
//! as `deploy.json`, and for a pipeline that fans out over root modules as `terraform/matrix.json`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::admission::{AdmissionView, MOST_LISTED, admission_views};
use super::beside::{boundary_steps, leaving, notes_of_made, provider_steps};
use super::engine::Engine;
use super::setup::{SetupView, setup_views};
use super::step::{EACH, STEPS, Step, in_account};
use super::{
    FileSet, RenderError, administration_role_path, execution_role_path, hub_dir,
    hub_template_path, notice, one_root_dir, parameters_path, stack_set_dir, stack_set_path,
    target_dir, template_path,
};
use crate::model::{AccountId, CloudFormationShape, Saying, TerraformShape, Texts};
use crate::plan::{HubPart, Plan, RolePlan, TEMPLATE_BYTES, Unit, User};

/// How a deployment is deployed.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Deploy")]
pub(super) struct DeployView {
    /// The first lines of the file, to be written as comments.
    notice: Vec<String>,
    /// The deployment's name.
    name: String,
    /// The products, with commas.
    products: String,
    /// The steps, by format.
    parts: Vec<PartView>,
    /// The users of the product, whose access keys are made by hand.
    users: Vec<UserView>,
    /// Whether the files are there in two formats, of which one is used.
    one_of_several: bool,
    /// The ARN of the first target's role, as an example; empty where there is none.
    assumed: String,
    /// What is left to do, so that whoever the roles trust gets in.
    trusted: Vec<AdmissionView>,
    /// What is left to take away after the setup of products.
    setups: Vec<SetupView>,
    /// How the role of a target that leaves the deployment is taken away; a paragraph for each format that has its own way.
    leaving: Vec<String>,
}

/// The steps of one format.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DeployPart")]
pub(super) struct PartView {
    /// `Terraform` or `CloudFormation`.
    title: &'static str,
    /// What to know before.
    intro: &'static str,
    /// The steps, in order.
    steps: Vec<StepView>,
    /// The steps back, in order.
    undo: Vec<StepView>,
}

/// A step.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DeployStep")]
pub(super) struct StepView {
    /// The number, from 1.
    number: usize,
    /// What is made.
    what: String,
    /// Where it is done, in words.
    place: String,
    /// Whether it is done in each of many accounts, so that the commands name `ACCOUNT`.
    in_each: bool,
    /// What to run.
    commands: Vec<String>,
    /// What to know before.
    notes: Vec<String>,
    /// What begins each line below the first, so that it stays within the list.
    indent: &'static str,
}

/// A user of the product.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DeployUser")]
pub(super) struct UserView {
    /// The name.
    name: String,
    /// Its groups, in words.
    groups: String,
}

/// Renders the three files.
pub(super) fn render(
    plan: &Plan,
    engine: &Engine<'_>,
    files: &mut FileSet,
) -> Result<(), RenderError> {
    let view = view(plan, files);
    let text = engine.render("deploy/DEPLOY.md", &view)?;
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
            Some(known) => known.accounts.extend(account.map(AccountId::to_string)),
            None => steps.push(Step {
                accounts: account.into_iter().map(AccountId::to_string).collect(),
                ..step
            }),
        }
    }
    // Of the roles and variants, whichever account is the first.
    let part = |step: &Step| {
        let place = |name| step.what.place(name).map(str::to_owned);
        (place("role"), place("variant"))
    };
    let is_target =
        |step: &&Step| step.what == Saying::new(STEPS, "role") || part(step) != (None, None);
    let before = steps.iter().take_while(|step| !is_target(step)).count();
    let targets = steps.iter().filter(is_target).count();
    steps[before..before + targets].sort_by_key(part);
    let places: Vec<Saying> = steps.iter().map(|step| place(step, targets > 1)).collect();
    for (step, place) in steps.iter_mut().zip(places) {
        step.place = place;
    }
    boundary_steps(plan)
        .chain(provider_steps(plan))
        .chain(steps)
        .collect()
}

/// A unit as a step, and the account whose credentials it needs.
fn step<'p>(plan: &'p Plan, files: &FileSet, unit: &Unit) -> (Step, Option<&'p AccountId>) {
    let format = plan.cloudformation.unwrap_or_default();
    let of_sets = || plan.stack_sets.as_ref().map(|sets| &sets.account);
    let of_hub = || plan.hub.as_ref().map(|hub| &hub.account);
    let of_target = |target: usize| &plan.targets[target].account;
    let account = match unit {
        Unit::AdministrationRole | Unit::StackSetRoot | Unit::StackSetStack => of_sets(),
        Unit::OneRoot => plan.entered_from.as_ref(),
        Unit::HubRoot | Unit::HubStack(_) => of_hub(),
        Unit::ExecutionRole(target) | Unit::TargetRoot(target) | Unit::TargetStack(target) => {
            Some(of_target(*target))
        }
    };
    let own = account.map(AccountId::as_str).unwrap_or_default();
    let tool = match plan.terraform_shape {
        TerraformShape::Tofu => "tofu",
        _ => "terraform",
    };
    let name = &plan.name;
    let step = match unit {
        Unit::HubRoot => {
            let what = match plan.users().count() {
                0 => "hub_groups",
                1 => "hub",
                _ => "hub_users",
            };
            root(Saying::new(STEPS, what), tool, hub_dir().as_str())
        }
        Unit::OneRoot => {
            let what = match plan.hub {
                Some(_) => "hub_and_roles",
                None => "roles",
            };
            let mut step = root(Saying::new(STEPS, what), tool, one_root_dir().as_str());
            let (path, role) = &plan.entered_by;
            let role = format!("{}{role}", path.as_str().trim_start_matches('/'));
            step.notes
                .push(Saying::new(STEPS, "note_entered_by").with("role", role));
            if plan.terraform_shape == TerraformShape::Tofu {
                step.notes.push(Saying::new(STEPS, "note_leaving"));
            }
            step
        }
        Unit::StackSetRoot => root(
            Saying::new(STEPS, "stack_sets"),
            tool,
            stack_set_dir().as_str(),
        ),
        Unit::TargetRoot(target) => {
            let dir = target_dir(of_target(*target));
            let aside = plan.terraform_shape == TerraformShape::Stackset;
            match aside {
                true => root(Saying::new(STEPS, "role_aside"), tool, dir.as_str()),
                false => Step {
                    in_each: true,
                    ..root(
                        match &plan.roles[plan.targets[*target].role].name {
                            None => Saying::new(STEPS, "role"),
                            Some(_) => Saying::new(STEPS, "roles_of_target"),
                        },
                        tool,
                        &dir.as_str().replace(own, EACH),
                    )
                },
            }
        }
        Unit::HubStack(part) => {
            let what = hub_part(plan, part);
            let path = hub_template_path(part, format);
            stack(
                files,
                what,
                &hub_stack_name(plan, part),
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
            let what = match (&role.name, &role.variant) {
                _ if aside => Saying::new(STEPS, "role_aside"),
                (None, None) => Saying::new(STEPS, "role"),
                (None, Some(variant)) => {
                    Saying::new(STEPS, "role_of_variant").with("variant", variant)
                }
                (Some(name), None) => Saying::new(STEPS, "role_named").with("role", name),
                (Some(name), Some(variant)) => Saying::new(STEPS, "role_named_of_variant")
                    .with("role", name)
                    .with("variant", variant),
            };
            let parameters = match aside {
                true => parameters.to_string(),
                false => parameters.as_str().replace(own, EACH),
            };
            Step {
                in_each: !aside,
                ..stack(
                    files,
                    what,
                    &target_stack_name(plan, role),
                    path.as_str(),
                    Some(&parameters),
                )
            }
        }
        Unit::StackSetStack => stack(
            files,
            Saying::new(STEPS, "stack_sets"),
            &format!("{name}-stack-set"),
            stack_set_path(format).as_str(),
            None,
        ),
        Unit::AdministrationRole => stack(
            files,
            Saying::new(STEPS, "administration_role"),
            &format!("{name}-stack-set-administration-role"),
            administration_role_path(format).as_str(),
            None,
        ),
        Unit::ExecutionRole(_) => Step {
            in_each: true,
            ..stack(
                files,
                Saying::new(STEPS, "execution_role"),
                &execution_role_stack(plan),
                execution_role_path(format).as_str(),
                None,
            )
        },
    };
    let mut step = step;
    step.notes.extend(match unit {
        Unit::TargetStack(target) => notes_of_made(plan, [&plan.roles[plan.targets[*target].role]]),
        Unit::OneRoot | Unit::StackSetRoot | Unit::StackSetStack | Unit::TargetRoot(_) => {
            notes_of_made(plan, &plan.roles)
        }
        _ => Vec::new(),
    });
    (step, account)
}

fn root(what: Saying, tool: &str, dir: &str) -> Step {
    Step {
        what,
        accounts: Vec::new(),
        in_each: false,
        commands: vec![
            format!("{tool} -chdir={dir} init"),
            format!("{tool} -chdir={dir} apply"),
        ],
        undo: vec![format!("{tool} -chdir={dir} destroy")],
        notes: Vec::new(),
        place: in_each(),
    }
}

fn stack(
    files: &FileSet,
    what: Saying,
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
        let note = Saying::new(STEPS, "note_from_s3").with("bytes", bytes);
        notes.push(note.with("limit", TEMPLATE_BYTES));
    }
    Step {
        what,
        accounts: Vec::new(),
        in_each: false,
        commands: vec![command],
        undo: vec![format!(
            "aws cloudformation delete-stack --stack-name {name}"
        )],
        notes,
        place: in_each(),
    }
}

/// The name of the stack that a user of the hub, or ten groups without a user, is deployed as.
pub fn hub_stack_name(plan: &Plan, part: &HubPart) -> String {
    match part.number {
        0 => format!("{}-hub", plan.name),
        number => format!("{}-hub-{}", plan.name, number + 1),
    }
}

/// The name of the stack with the role that CloudFormation works as in a target.
pub fn execution_role_stack(plan: &Plan) -> String {
    format!("{}-stack-set-execution-role", plan.name)
}

/// The name of the stack of a role, by the names of the deployment and of the role in it.
pub fn stack_name(deployment: &str, role: Option<&str>) -> String {
    match role {
        None => format!("{deployment}-target-role"),
        Some(role) => format!("{deployment}-target-role-{role}"),
    }
}

/// The name of the stack that a target's role is deployed as.
pub fn target_stack_name(plan: &Plan, role: &RolePlan) -> String {
    stack_name(&plan.name, role.name.as_deref())
}

fn hub_part(plan: &Plan, part: &HubPart) -> Saying {
    match (part.number, plan.users().nth(part.number)) {
        (0, Some(_)) if plan.users().count() == 1 => Saying::new(STEPS, "hub"),
        (0, None) => Saying::new(STEPS, "hub_groups"),
        (_, Some(user)) => Saying::new(STEPS, "hub_of_user").with("user", &user.user.name),
        (_, None) => Saying::new(STEPS, "hub_further_groups"),
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
            let site = plan.site(&hub.account);
            target.role_arn().at(site)
        })
    });
    DeployView {
        notice: notice(plan),
        name: plan.name.clone(),
        products: plan.products.join(", "),
        users: plan.users().map(user_view).collect(),
        one_of_several: parts.len() > 1,
        assumed: assumed.collect(),
        trusted: admission_views(plan, Texts::english(), 1),
        setups: setup_views(plan, Texts::english()),
        leaving: match parts.as_slice() {
            _ if plan.targets.is_empty() => Vec::new(),
            [one, rest @ ..]
                if rest
                    .iter()
                    .all(|part| leaving(plan, part.title) == leaving(plan, one.title)) =>
            {
                vec![leaving(plan, one.title).to_owned()]
            }
            parts => parts
                .iter()
                .map(|part| format!("With {}: {}", part.title, leaving(plan, part.title)))
                .collect(),
        },
        parts,
    }
}

fn part(plan: &Plan, files: &FileSet, title: &'static str, intro: &'static str) -> PartView {
    let texts = Texts::english();
    let steps = steps(plan, files, title);
    let view = |(index, step): (usize, &Step), commands: &[String], notes: &[Saying]| StepView {
        number: index + 1,
        what: step.what.text(texts),
        place: step.place.text(texts),
        in_each: step.in_each,
        commands: commands.to_vec(),
        notes: notes.iter().map(|note| note.text(texts)).collect(),
        indent: indent(index + 1),
    };
    PartView {
        title,
        intro,
        undo: steps
            .iter()
            .rev()
            .filter(|step| !step.undo.is_empty())
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

/// The accounts of a step, if it is done in each of some accounts that are not all targets.
fn only_in<'s>(plan: &Plan, step: &'s Step) -> Option<BTreeSet<&'s str>> {
    let accounts: BTreeSet<&str> = step.accounts.iter().map(String::as_str).collect();
    let targets = plan.targets.iter().map(|target| target.account.as_str());
    (step.in_each && accounts != targets.collect()).then_some(accounts)
}

/// The same where they are few, each with its name. Files in version control list none, so that branches which add different
/// targets can be merged.
pub fn listed_accounts(plan: &Plan, step: &Step) -> Vec<String> {
    let accounts = only_in(plan, step).filter(|accounts| accounts.len() <= MOST_LISTED);
    let named = accounts.into_iter().flatten().map(|account| {
        let mut targets = plan.targets.iter();
        match targets.find(|target| target.account.as_str() == account) {
            Some(target) => format!("{account} ({})", target.name),
            None => account.to_owned(),
        }
    });
    named.collect()
}

/// What begins each line of a step below the first: CommonMark indents what is in a list by the width of its number.
pub fn indent(number: usize) -> &'static str {
    match number {
        ..10 => "   ",
        10..100 => "    ",
        _ => "     ",
    }
}

/// Where a step is done. Of several steps that make a role, each is for the targets that have it.
fn place(step: &Step, several: bool) -> Saying {
    if let Some(role) = step.what.place("role").filter(|_| step.in_each) {
        return match step.what.place("variant") {
            None => Saying::new(STEPS, "in_each_of_role").with("role", role),
            Some(variant) => Saying::new(STEPS, "in_each_of_variant").with("variant", variant),
        };
    }
    match (step.accounts.as_slice(), step.what.place("variant")) {
        ([one], _) if !step.in_each => Saying::new(STEPS, "in_account").with("account", one),
        (_, Some(variant)) => Saying::new(STEPS, "in_each_of_variant").with("variant", variant),
        (_, None) if several && step.what == Saying::new(STEPS, "role") => {
            Saying::new(STEPS, "in_each_without_variant")
        }
        _ => in_each(),
    }
}

fn in_each() -> Saying {
    Saying::new(STEPS, "in_each")
}

fn user_view(user: User<'_>) -> UserView {
    UserView {
        name: user.user.name.to_string(),
        groups: match user.groups {
            [one] => one.name.to_string(),
            [first, .., last] => format!("{} to {}", first.name, last.name),
            [] => String::new(),
        },
    }
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
            let accounts = step.accounts.iter().map(|account| Some(account.as_str()));
            let anywhere = step.accounts.is_empty().then_some(None);
            for account in accounts.chain(anywhere) {
                let commands = |commands: &[String]| match account {
                    Some(account) => in_account(commands, account),
                    None => commands.to_vec(),
                };
                let line = json!({
                    "format": format,
                    "order": index + 1,
                    "account": account,
                    "apply": commands(&step.commands),
                    "undo": commands(&step.undo),
                });
                lines.push(format!("    {line}"));
            }
        }
    }
    let targets = plan.targets.iter().zip(plan.opened_by());
    let targets: Vec<String> = targets
        .map(|(target, group)| {
            let mut line = json!({
                "account": target.account.as_str(),
                "user": group.and_then(|group| Some(group.member?.name.as_str())),
                "group": group.map(|one| one.group.name.as_str()),
            });
            if let Some(role) = &plan.roles[target.role].name {
                line["role"] = json!(role);
            }
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

/// The root modules of the targets, as a GitHub Actions matrix takes them: one line each.
fn matrix(plan: &Plan) -> String {
    let targets = plan.targets.iter().enumerate();
    let lines: Vec<String> = targets
        .filter(|(number, _)| plan.is_first(*number))
        .map(|(_, target)| {
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
