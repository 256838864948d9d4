//! How the files are deployed, and links that open a template in the AWS console.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;

use super::Kit;
use super::permissions::ACCOUNT;
use crate::model::Saying;
use crate::plan::TargetPlan;
use crate::render::kit_view::{FormatView, QuickCreateView, StepView};
use crate::render::{
    Step, hub_stack_name, hub_template_path, indent, listed_accounts, steps, target_stack_name,
    template_path,
};
use crate::resolve::Hosted;

pub(super) fn formats(kit: &Kit<'_>) -> Vec<FormatView> {
    let formats = [
        ("Terraform", "terraform", kit.plan.terraform),
        (
            "CloudFormation",
            "cloudformation",
            kit.plan.cloudformation.is_some(),
        ),
    ];
    let formats = formats.into_iter().filter(|(.., rendered)| *rendered);
    formats
        .map(|(title, id, _)| format_view(kit, title, id))
        .collect()
}

fn format_view(kit: &Kit<'_>, title: &'static str, id: &'static str) -> FormatView {
    let steps = steps(kit.plan, kit.rendered, title);
    let view = |(index, step): (usize, &Step), commands: &[String], notes: &[Saying]| StepView {
        number: index + 1,
        what: step.what.text(kit.texts),
        place: step.place.text(kit.texts),
        names_account: commands.iter().any(|command| command.contains(ACCOUNT)),
        commands: commands.to_vec(),
        notes: notes.iter().map(|note| note.text(kit.texts)).collect(),
        accounts: listed_accounts(kit.plan, step),
        indent: indent(index + 1),
    };
    FormatView {
        title,
        id,
        steps: steps
            .iter()
            .enumerate()
            .map(|step| view(step, &step.1.commands, &step.1.notes))
            .collect(),
        undo: steps
            .iter()
            .rev()
            .filter(|step| !step.undo.is_empty())
            .enumerate()
            .map(|step| view(step, &step.1.undo, &[]))
            .collect(),
    }
}

/// A link for each template that is deployed as a stack. Values that are the same in all its targets are filled in; the
/// others are asked for, and stand in the parameter file of the account (CloudFormation User Guide, "Create quick-create
/// links").
pub(super) fn quick_create(kit: &Kit<'_>) -> Vec<QuickCreateView> {
    let (Some(hosted), Some(format)) = (&kit.resolved.kit.hosted, kit.plan.cloudformation) else {
        return Vec::new();
    };
    let say = |name: &str, places: &[(&str, &str)]| kit.texts.get("steps", name, places);
    let mut links = Vec::new();
    let link = |path: &Utf8PathBuf, stack: &str, values: &BTreeMap<&str, &str>| {
        let name = path.file_name().unwrap_or_default();
        address(hosted, name, stack, values)
    };
    if let Some(hub) = &kit.plan.hub {
        for part in hub.parts() {
            let path = hub_template_path(&part, format);
            let stack = hub_stack_name(kit.plan, &part);
            links.push(QuickCreateView {
                what: path.file_name().unwrap_or_default().to_owned(),
                place: say("in_account", &[("account", hub.account.as_str())]),
                url: link(&path, &stack, &BTreeMap::new()),
            });
        }
    }
    for (number, role) in kit.plan.roles.iter().enumerate() {
        let targets = kit.plan.targets.iter().enumerate();
        let targets: Vec<&TargetPlan> = targets
            .filter(|(index, target)| target.role == number && kit.plan.has_own_stack(*index))
            .map(|(_, target)| target)
            .collect();
        let Some(first) = targets.first() else {
            continue;
        };
        let values = first.parameter_values.iter();
        let shared = values.filter(|(name, value)| {
            let mut others = targets.iter();
            others.all(|target| target.parameter_values.get(*name) == Some(value))
        });
        let values = shared
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let path = template_path(role, format);
        links.push(QuickCreateView {
            what: path.file_name().unwrap_or_default().to_owned(),
            place: match (targets.as_slice(), &role.variant) {
                (_, None) if role.name.is_some() => {
                    let name = role.name.as_deref().unwrap_or_default();
                    say("in_each_of_role", &[("role", name)])
                }
                ([one], _) => say("in_account", &[("account", one.account.as_str())]),
                (_, Some(variant)) => say("in_each_of_variant", &[("variant", variant)]),
                (_, None) if kit.plan.roles.len() > 1 => say("in_each_without_variant", &[]),
                (_, None) => say("in_each", &[]),
            },
            url: link(&path, &target_stack_name(kit.plan, role), &values),
        });
    }
    links
}

fn address(hosted: &Hosted, template: &str, stack: &str, values: &BTreeMap<&str, &str>) -> String {
    let Hosted {
        region, console, ..
    } = hosted;
    let template = encoded(&format!("{}{template}", hosted.folder));
    let mut address = format!(
        "https://{console}/cloudformation/home?region={region}#/stacks/create/review?templateURL={template}&stackName={stack}"
    );
    for (name, value) in values {
        address.push_str(&format!("&param_{name}={}", encoded(value)));
    }
    address
}

/// A value of a query, percent-encoded but for unreserved characters (RFC 3986, 2.3).
fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            byte => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}
