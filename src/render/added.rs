//! Files of the user's own among the rendered ones: what their templates are given, and where they go.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::custom::{ACCOUNT, Custom};
use super::deploy::steps;
use super::engine::Engine;
use super::{FileSet, RenderError, notice};
use crate::diag::Diagnostic;
use crate::model::{LOCK, Texts};
use crate::plan::{Group, HubPlan, Plan, TargetPlan, User};

/// A deployment, for a file of your own.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Deployment")]
pub(super) struct DeploymentView {
    #[serde(flatten)]
    about: AboutView,
    /// The targets, by account id.
    targets: Vec<TargetView>,
    /// How it is deployed: what is applied or deployed on its own, in order.
    steps: Vec<StepView>,
}

/// A target of a deployment, for a file of your own for each.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DeploymentTarget")]
pub(super) struct TargetFileView {
    #[serde(flatten)]
    about: AboutView,
    /// The target whose file it is; of several roles in an account, the first.
    target: TargetView,
    /// All roles in the account.
    targets: Vec<TargetView>,
}

/// What does not differ between targets.
#[derive(Clone, Serialize, JsonSchema)]
#[schemars(rename = "About")]
struct AboutView {
    /// The first lines of the rendered files, to be written as comments.
    notice: Vec<String>,
    /// The deployment's name.
    name: String,
    /// The products, each as `product`.
    products: Vec<String>,
    /// The partition: `aws`, `aws-us-gov`, …
    partition: String,
    /// Whether Terraform is rendered.
    terraform: bool,
    /// Whether CloudFormation is rendered.
    cloudformation: bool,
    /// The hub; none, or one.
    hub: Vec<HubView>,
}

/// The hub of a deployment.
#[derive(Clone, Serialize, JsonSchema)]
#[schemars(rename = "Hub")]
struct HubView {
    /// The account id.
    account: String,
    /// The users that the product signs in as.
    users: Vec<UserView>,
    /// The groups.
    groups: Vec<GroupView>,
}

/// A user of the hub.
#[derive(Clone, Serialize, JsonSchema)]
#[schemars(rename = "User")]
struct UserView {
    /// The name.
    name: String,
    /// The ARN.
    arn: String,
    /// Names of the groups that the user is in.
    groups: Vec<String>,
}

/// A group of the hub.
#[derive(Clone, Serialize, JsonSchema)]
#[schemars(rename = "Group")]
struct GroupView {
    /// The name.
    name: String,
    /// The ARN.
    arn: String,
}

/// A target.
#[derive(Clone, Serialize, JsonSchema)]
#[schemars(rename = "Target")]
struct TargetView {
    /// The account id.
    account: String,
    /// The target's name.
    name: String,
    /// The variant whose permissions the role has; none, or one.
    variant: Vec<String>,
    /// The role's name.
    role_name: String,
    /// The role's ARN.
    role_arn: String,
    /// The maximum session duration, in seconds.
    max_session: u32,
    /// The external id that the product sends; none, or one.
    external_id: Vec<String>,
    /// The ARN of the permissions boundary; none, or one.
    permissions_boundary: Vec<String>,
    /// Tags of the role, by key.
    tags: BTreeMap<String, String>,
    /// The group whose members may assume the role; none, or one.
    group: Vec<String>,
    /// The user that may assume the role; none, or one.
    user: Vec<String>,
}

/// Something that is applied or deployed.
#[derive(Clone, Serialize, JsonSchema)]
#[schemars(rename = "Step")]
struct StepView {
    /// `Terraform` or `CloudFormation`.
    format: &'static str,
    /// What is made.
    what: String,
    /// The accounts that it is done in.
    accounts: Vec<String>,
    /// Whether it is done in each of many accounts, so that the commands name `ACCOUNT`.
    in_each: bool,
    /// What to run in the rendered folder, with the credentials of the account.
    commands: Vec<String>,
    /// What takes it away again.
    undo: Vec<String>,
    /// What to know before.
    notes: Vec<String>,
}

/// Renders the files of the user's own, beside all others.
pub(super) fn render(
    plan: &Plan,
    custom: &Custom,
    engine: &Engine<'_>,
    files: &mut FileSet,
) -> Result<(), RenderError> {
    if custom.files().next().is_none() {
        return Ok(());
    }
    let about = about(plan);
    let targets = targets(plan);
    let mut added = FileSet::new();
    let mut whole = None;
    // Some systems take names for one that differ in case only.
    let mut taken: BTreeMap<String, String> = files
        .keys()
        .map(|path| (path.as_str().to_ascii_lowercase(), path.to_string()))
        .collect();
    taken.insert(LOCK.to_owned(), LOCK.to_owned());
    let mut folders = folders_of(taken.values());
    let mut faults = Vec::new();
    for (template, path) in custom.files() {
        let mut texts = Vec::new();
        if path.contains(ACCOUNT) {
            for of_account in targets.chunk_by(|one, other| one.account == other.account) {
                let target = &of_account[0];
                let view = TargetFileView {
                    about: about.clone(),
                    target: target.clone(),
                    targets: of_account.to_vec(),
                };
                let path = path.replace(ACCOUNT, &target.account);
                texts.push((path, engine.render(template, &view)?));
            }
        } else {
            let view = whole.get_or_insert_with(|| DeploymentView {
                about: about.clone(),
                targets: targets.clone(),
                steps: all_steps(plan, files),
            });
            texts.push((path.to_owned(), engine.render(template, view)?));
        }
        for (path, text) in texts {
            let lower = path.to_ascii_lowercase();
            let other = in_the_way(&lower, &taken).or_else(|| other_case(&path, &folders));
            if let Some(other) = other {
                let span = custom.span(template, None);
                faults.extend(span.map(|span| {
                    Diagnostic::error(
                        "template-collision",
                        span,
                        format!(
                            "the file `{path}` conflicts with `{other}`, which is also rendered"
                        ),
                    )
                    .help("a file that is rendered anyway is changed by replacing its template")
                }));
                break;
            }
            folders.extend(folders_of([&path].into_iter()));
            taken.insert(lower, path.clone());
            added.insert(path, text);
        }
    }
    if !faults.is_empty() {
        return Err(RenderError::Custom(faults));
    }
    files.extend(added);
    Ok(())
}

/// A path that is the same, a folder of this one, or below it.
fn in_the_way<'a>(path: &str, taken: &'a BTreeMap<String, String>) -> Option<&'a String> {
    let ends = path.match_indices('/').map(|(end, _)| end);
    let same = ends
        .chain([path.len()])
        .find_map(|end| taken.get(&path[..end]));
    let folder = format!("{path}/");
    let mut below = taken.range(folder.clone()..);
    let below = below.next().filter(|(next, _)| next.starts_with(&folder));
    same.or(below.map(|(_, path)| path))
}

/// A folder with the same name in other letters: some systems make one of the two.
fn other_case<'a>(path: &str, folders: &'a BTreeMap<String, String>) -> Option<&'a String> {
    let mut ends = path.match_indices('/').map(|(end, _)| &path[..end]);
    ends.find_map(|folder| {
        let known = folders.get(&folder.to_ascii_lowercase());
        known.filter(|known| known.as_str() != folder)
    })
}

/// The folders of some paths, by their names in small letters.
fn folders_of<'a>(paths: impl Iterator<Item = &'a String>) -> BTreeMap<String, String> {
    let folders = paths.flat_map(|path| path.match_indices('/').map(|(end, _)| &path[..end]));
    folders
        .map(|folder| (folder.to_ascii_lowercase(), folder.to_owned()))
        .collect()
}

fn about(plan: &Plan) -> AboutView {
    AboutView {
        notice: notice(plan),
        name: plan.name.clone(),
        products: plan.products.clone(),
        partition: plan.partition.to_string(),
        terraform: plan.terraform,
        cloudformation: plan.cloudformation.is_some(),
        hub: plan.hub.iter().map(|hub| hub_view(plan, hub)).collect(),
    }
}

fn hub_view(plan: &Plan, hub: &HubPlan) -> HubView {
    let site = plan.site(&hub.account);
    let user = |user: User<'_>| UserView {
        name: user.user.name.to_string(),
        arn: user.holder().arn(site),
        groups: user.joined().map(|group| group.name.to_owned()).collect(),
    };
    let group = |group: Group<'_>| GroupView {
        name: group.group.name.to_string(),
        arn: group.holder().arn(site),
    };
    HubView {
        account: hub.account.to_string(),
        users: plan.users().map(user).collect(),
        groups: plan.groups().map(group).collect(),
    }
}

fn targets(plan: &Plan) -> Vec<TargetView> {
    let views = plan.targets.iter().zip(plan.opened_by());
    views
        .map(|(target, group)| target_view(plan, target, group))
        .collect()
}

fn target_view(plan: &Plan, target: &TargetPlan, group: Option<Group<'_>>) -> TargetView {
    let site = plan.site(&target.account);
    let user = group.and_then(|group| group.member);
    TargetView {
        account: target.account.to_string(),
        name: target.name.clone(),
        variant: plan.roles[target.role].variant.iter().cloned().collect(),
        role_name: target.role_name.to_string(),
        role_arn: target.role_arn().at(site),
        max_session: target.max_session.seconds(),
        external_id: target
            .external_id
            .iter()
            .map(|id| id.as_str().to_owned())
            .collect(),
        permissions_boundary: target
            .permissions_boundary
            .iter()
            .map(|arn| arn.text().at(site))
            .collect(),
        tags: target
            .tags
            .iter()
            .map(|(key, value)| (key.as_str().to_owned(), value.as_str().to_owned()))
            .collect(),
        group: group.iter().map(|one| one.group.name.to_string()).collect(),
        user: user.iter().map(|user| user.name.to_string()).collect(),
    }
}

fn all_steps(plan: &Plan, files: &FileSet) -> Vec<StepView> {
    let formats = [
        ("Terraform", plan.terraform),
        ("CloudFormation", plan.cloudformation.is_some()),
    ];
    let rendered = formats.into_iter().filter(|(_, rendered)| *rendered);
    rendered
        .flat_map(|(format, _)| {
            let steps = steps(plan, files, format).into_iter();
            steps.map(move |step| StepView {
                format,
                what: step.what.text(Texts::english()),
                accounts: step.accounts,
                in_each: step.in_each,
                commands: step.commands,
                undo: step.undo,
                notes: step
                    .notes
                    .iter()
                    .map(|note| note.text(Texts::english()))
                    .collect(),
            })
        })
        .collect()
}
