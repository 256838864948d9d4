//! The summary after a render: who gets which access, what was left out and why, and what was written.

use camino::Utf8PathBuf;
use std::collections::BTreeMap;

use indexmap::IndexMap;

use super::denied::{denied, undenied};
use super::report::Page;
use super::stages::Rendered;
use super::table::{MOST_ROWS, columns, paragraph, row, some};
use super::ui::bold;
use super::{budget, leaving, managed, not_granted};
use crate::diag::plural;
use crate::model::{AccountId, AssumeRoleGranularity, Level, Texts};
use crate::plan::{HubPlan, Plan, Renamed, RenamedKind, ResourceKind, TargetPlan, Trusted};
use crate::render::{Admission, admissions, steps as deploy_steps};
use crate::resolve::{Product, Resolved};
use crate::write::Report;

/// The summary of one deployment.
pub(super) fn render(one: &Rendered, report: &Report) -> String {
    let Rendered {
        resolved,
        plan,
        files,
        out,
        ..
    } = one;
    let mut page = Page::default();
    let line = paragraph(&format!("{} {}", plan.name, headline(plan)), 0);
    page.block(&line.replacen(&plan.name, &bold(&plan.name), 1));
    page.section("Principals", &principals(plan));
    page.section("Granted", &granted(resolved));
    page.section("Managed policies of AWS", &managed::attached(resolved));
    page.section(
        "Changed by AWS since the last render",
        &managed::changed(one),
    );
    page.section("Narrowed", &narrowed(resolved));
    page.section("Denied", &denied(resolved));
    page.section("Not denied", &undenied(resolved));
    page.section("Not granted", &not_granted::text(resolved));
    page.section("After the setup", &after_the_setup(plan));
    page.section("Accounts left out", &excluded(resolved));
    page.section("Quotas", &budget::table(plan, Some(files)));
    page.section("Moved to another group", &moved_targets(&one.moved));
    page.section("Renamed", &renamed_principals(plan, &one.renamed));
    page.section(&format!("Written to {out}"), &written(report));
    let accepted: Vec<Vec<String>> = one.accept.keys().map(|path| vec![path.clone()]).collect();
    page.section("Accepted in landgrant.lock", &columns(&accepted));
    page.section("Next", &next(one, report));
    page.text
}

fn headline(plan: &Plan) -> String {
    let targets = match plan.target_accounts() {
        0 => "no targets".to_owned(),
        accounts if accounts == plan.targets.len() => plural(accounts, "target"),
        accounts => format!(
            "{} in {}",
            plural(plan.targets.len(), "role"),
            plural(accounts, "target")
        ),
    };
    format!(
        "{} in {}, {targets}",
        plan.products.join(", "),
        plan.partition
    )
}

/// Targets that moved to another group, for anyone who keeps track of the groups.
fn moved_targets(moved: &[AccountId]) -> String {
    if moved.is_empty() {
        return String::new();
    }
    let accounts: Vec<String> = moved.iter().map(AccountId::to_string).collect();
    let accounts = some(&accounts, ", ");
    paragraph(
        &format!("{accounts}: the role's ARN grew, and the old group has no room for it"),
        2,
    )
}

/// What the next apply does to renamed principals.
fn renamed_principals(plan: &Plan, renamed: &[Renamed]) -> String {
    let lines = renamed.iter().map(|one| {
        let (kind, whose) = match one.kind {
            RenamedKind::User => ("user", String::new()),
            RenamedKind::Group => ("group", String::new()),
            RenamedKind::Role => ("role", format!(" of {}", one.whose())),
            RenamedKind::Key => ("the role", format!(" of {}", one.whose())),
        };
        let done = match (one.kind, plan.terraform, one.replaced) {
            (RenamedKind::Role, _, _) => "deleted and recreated",
            (RenamedKind::Key, _, _) => "move it in the state, or delete its stack first",
            (RenamedKind::User, _, false) => "renamed in place; it keeps its access keys",
            (RenamedKind::Group, _, false) => "renamed in place",
            (_, true, true) => {
                "renamed in place by Terraform, deleted and recreated by CloudFormation"
            }
            (_, false, true) => "deleted and recreated",
        };
        paragraph(
            &format!("{kind} {}{whose} → {}: {done}", one.from, one.to),
            2,
        )
    });
    lines.collect()
}

fn principals(plan: &Plan) -> String {
    let mut rows = Vec::new();
    let mut row = |kind: &str, account: &str, what: String| {
        rows.push(vec![kind.to_owned(), account.to_owned(), what]);
    };
    let resources = plan.hub_resources();
    let mut of_kind = |wanted: &str, said: &dyn Fn(&ResourceKind<'_>) -> Option<String>| {
        let said = resources
            .iter()
            .filter_map(|one| Some((one, said(&one.kind)?)));
        for (resource, what) in said.take(MOST_ROWS) {
            row(wanted, resource.site.account.as_str(), what);
        }
    };
    of_kind("user", &|kind| match kind {
        ResourceKind::User(user) => {
            let (holder, bounded) = (
                user.holder(),
                bounded(user.user.permissions_boundary.is_some()),
            );
            Some(format!(
                "{}{bounded}",
                path_and_name(holder.path, holder.name)
            ))
        }
        _ => None,
    });
    of_kind("group", &|kind| match kind {
        ResourceKind::Group(group) => {
            let holder = group.holder();
            Some(path_and_name(holder.path, holder.name))
        }
        _ => None,
    });
    of_kind("policy", &|kind| match kind {
        ResourceKind::Attachment(holder, policy) => {
            Some(format!("{}, attached to {}", policy.name, holder.name))
        }
        ResourceKind::AwsAttachment(holder, policy) => Some(format!(
            "{} of AWS, attached to {}",
            policy.name(),
            holder.name
        )),
        ResourceKind::InlinePolicy(holder, policy) if policy.source.permissions().is_some() => {
            Some(format!("{}, inline in {}", policy.name, holder.name))
        }
        _ => None,
    });
    if let Some(hub) = plan.hub.as_ref().filter(|hub| !hub.assume_role.is_empty()) {
        let group = match hub.groups.len() {
            1 => "the group",
            _ => "the groups",
        };
        let shape = match hub.granularity {
            AssumeRoleGranularity::PolicyPerRole => "one for each role",
            AssumeRoleGranularity::RoleList => "one that lists the roles",
        };
        row(
            "policy",
            hub.account.as_str(),
            format!("sts:AssumeRole, inline in {group}, {shape}"),
        );
    }
    let named = plan.roles.iter().any(|role| role.name.is_some());
    if named && plan.targets.len() > MOST_ROWS {
        for (name, what) in roles_by_name(plan) {
            row("role", name, what);
        }
    } else {
        for target in plan.targets.iter().take(MOST_ROWS) {
            row("role", target.account.as_str(), role(target));
        }
        if plan.targets.len() > MOST_ROWS {
            let more = plan.targets.len() - MOST_ROWS;
            row("role", "…", format!("and {more} more"));
        }
    }
    for (role, principal) in plan.trusted_by_role() {
        row("trust", role.unwrap_or_default(), trusted(principal));
    }
    columns(&rows)
}

/// Each role of a deployment that has several: what it is like in its first account, and in how many it is.
fn roles_by_name(plan: &Plan) -> Vec<(&str, String)> {
    let mut roles: BTreeMap<usize, Vec<&TargetPlan>> = BTreeMap::new();
    for target in &plan.targets {
        roles
            .entry(plan.roles[target.role].of)
            .or_default()
            .push(target);
    }
    let named = roles.values().filter_map(|targets| {
        let first = targets.first()?;
        let name = plan.roles[first.role].name.as_deref()?;
        let there = format!("in {}", plural(targets.len(), "target"));
        Some((name, role_called(first, &there)))
    });
    named.collect()
}

fn role(target: &TargetPlan) -> String {
    role_called(target, &format!("({})", target.name))
}

/// A role with where it is, and what it has of its own.
fn role_called(target: &TargetPlan, there: &str) -> String {
    let mut text = format!(
        "{} {there}",
        path_and_name(target.role_path.as_str(), target.role_name.as_str()),
    );
    if target.max_session.seconds() != 3600 {
        text.push_str(&format!(
            ", sessions up to {}",
            length(target.max_session.seconds())
        ));
    }
    if target.external_id.is_some() {
        text.push_str(", requires an external id");
    }
    text.push_str(bounded(target.permissions_boundary.is_some()));
    text
}

/// A duration in its largest whole unit.
fn length(seconds: u32) -> String {
    match seconds {
        hours if hours % 3600 == 0 => format!("{} h", hours / 3600),
        minutes if minutes % 60 == 0 => format!("{} min", minutes / 60),
        seconds => format!("{seconds} s"),
    }
}

fn bounded(bounded: bool) -> &'static str {
    if bounded {
        ", with a permissions boundary"
    } else {
        ""
    }
}

fn path_and_name(path: &str, name: &str) -> String {
    match path {
        "/" => name.to_owned(),
        path => format!("{path}{name}"),
    }
}

fn trusted(trusted: Trusted<'_>) -> String {
    let user = |hub: &HubPlan| match hub.users.as_slice() {
        [first, _, ..] => format!(
            "{} or one of the numbered users, each in its own targets",
            first.name
        ),
        [only] => only.name.to_string(),
        [] => String::new(),
    };
    match trusted {
        Trusted::Users(hub) => format!("account {}, only its user {}", hub.account, user(hub)),
        Trusted::Account(hub) => format!(
            "account {}: every principal that it allows sts:AssumeRole",
            hub.account
        ),
        Trusted::UsersById(hub) => {
            format!(
                "the user {} of account {}, by its id",
                user(hub),
                hub.account
            )
        }
        Trusted::Outside(identity) => {
            let sayings = identity.sayings();
            let said: Vec<String> = sayings
                .iter()
                .map(|one| one.text(Texts::english()))
                .collect();
            said.join(" ").trim_end_matches('.').to_owned()
        }
    }
}

fn granted(resolved: &Resolved) -> String {
    let head = ["catalog", "feature", "required", "recommended", "where"];
    let mut rows = vec![row(head)];
    let role_of = |product: &Product| resolved.roles[product.role].name.as_deref();
    for product in &resolved.products {
        for feature in &product.features {
            let count = |level| {
                feature
                    .actions
                    .get(&level)
                    .map_or("–".to_owned(), |counts| {
                        format!("{} of {}", counts.granted, counts.listed)
                    })
            };
            let targets = role_of(product).unwrap_or("targets");
            let place = match (feature.in_hub, feature.in_targets) {
                (true, true) => format!("hub, {targets}"),
                (true, false) => "hub".to_owned(),
                (false, true) => targets.to_owned(),
                (false, false) => "nowhere".to_owned(),
            };
            rows.push(vec![
                product.catalog.id.to_string(),
                feature.name.clone(),
                count(Level::Required),
                count(Level::Recommended),
                place,
            ]);
        }
    }
    columns(&rows)
}

fn narrowed(resolved: &Resolved) -> String {
    let rows: Vec<Vec<String>> = resolved
        .narrowed
        .iter()
        .flat_map(|narrowed| {
            let place = narrowed
                .variant
                .as_ref()
                .map(|variant| format!("in the variant {variant}: "))
                .unwrap_or_default();
            let resources = narrowed.resources.join(" ");
            narrowed
                .actions
                .iter()
                .map(move |action| vec![action.clone(), format!("{place}{resources}")])
        })
        .collect();
    columns(&rows)
}

/// Accounts from lists that get no role, by reason.
fn excluded(resolved: &Resolved) -> String {
    let mut text = String::new();
    for excluded in &resolved.excluded {
        text.push_str(&paragraph(&excluded.reason, 2));
        text.push_str(&paragraph(&some(&excluded.accounts, ", "), 4));
    }
    text
}

/// What is taken away when products are set up, and how.
fn after_the_setup(plan: &Plan) -> String {
    let setups = plan.setups.iter().map(|setup| {
        let role = setup.role.iter();
        let role: String = role.map(|role| format!(" in the role {role}")).collect();
        let what = format!(
            "{}{role}: write `set_up: true` for it, render and apply; that takes away:",
            setup.product
        );
        let actions: Vec<String> = setup.actions.iter().cloned().collect();
        paragraph(&what, 2) + &paragraph(&some(&actions, ", "), 4)
    });
    setups.collect()
}

/// How many files were written, by kind of change.
pub(super) fn counts(report: &Report) -> String {
    let counts: Vec<String> = [
        (&report.created, "new"),
        (&report.updated, "changed"),
        (&report.unchanged, "unchanged"),
        (&report.deleted, "deleted"),
    ]
    .into_iter()
    .filter(|(paths, _)| !paths.is_empty())
    .map(|(paths, what)| format!("{} {what}", paths.len()))
    .collect();
    counts.join(", ")
}

fn written(report: &Report) -> String {
    let mut text = String::new();
    text.push_str(&paragraph(&format!("files: {}", counts(report)), 2));
    let mut by_folder: IndexMap<String, Vec<String>> = IndexMap::new();
    let mut changed: Vec<(&Utf8PathBuf, char)> = Vec::new();
    for (paths, mark) in [
        (&report.created, '+'),
        (&report.updated, '~'),
        (&report.deleted, '-'),
    ] {
        changed.extend(paths.iter().map(|path| (path, mark)));
    }
    changed.sort();
    for (path, mark) in changed {
        let folder = path
            .parent()
            .map(|folder| format!("{folder}/"))
            .unwrap_or_default();
        let file = format!("{mark}{}", path.file_name().unwrap_or_default());
        by_folder.entry(folder).or_default().push(file);
    }
    // Deletions are listed first.
    by_folder.sort_by_key(|_, files| !files.iter().any(|file| file.starts_with('-')));
    // A row that counts one more item takes as much room as the item.
    let shown = match by_folder.len() {
        few if few <= MOST_ROWS + 1 => few,
        _ => MOST_ROWS,
    };
    let more = by_folder.len() - shown;
    let mut rows: Vec<Vec<String>> = by_folder
        .into_iter()
        .take(shown)
        .map(|(folder, files)| vec![folder, some(&files, " ")])
        .collect();
    if more > 0 {
        rows.push(vec!["…".to_owned(), format!("and {more} more folders")]);
    }
    text.push_str(&columns(&rows));
    if !report.left.is_empty() {
        let left: Vec<String> = report.left.iter().map(Utf8PathBuf::to_string).collect();
        text.push_str(&paragraph(
            &format!(
                "left as it is: {}. The lock lists it as rendered, but no render writes such a file: delete it if it is not yours",
                some(&left, ", ")
            ),
            2,
        ));
    }
    text
}

/// The steps that are left to the user. Each command is on a line of its own, so that it can be copied.
fn next(one: &Rendered, report: &Report) -> String {
    let Rendered {
        plan, files, out, ..
    } = one;
    let changed = [&report.created, &report.updated, &report.deleted];
    if changed.iter().all(|paths| paths.is_empty()) {
        return paragraph(
            &format!(
                "Nothing changed: all files are up to date. {out}/DEPLOY.md has the deployment steps."
            ),
            2,
        );
    }
    let mut steps: Vec<(String, Option<String>)> = Vec::new();
    steps.extend(leaving::steps(one, report));
    let format = match plan.terraform {
        true => "Terraform",
        false => "CloudFormation",
    };
    let first = deploy_steps(plan, files, format).into_iter().next();
    if let Some(first) = first {
        let (place, commands) = match first.accounts.first() {
            Some(account) => (format!("account {account}"), first.in_account(account)),
            None => (first.place.text(Texts::english()), first.commands),
        };
        steps.push((
            format!(
                "Review the files, then follow the steps in {out}/DEPLOY.md. The first, in {place}:"
            ),
            Some(format!("cd {out} && {}", commands.join(" && "))),
        ));
    }
    let left = admissions(plan);
    steps.extend(left.iter().map(|left| admission(left, out.as_str())));
    let new = plan
        .users()
        .filter(|user| user.first_group >= one.known_groups);
    for user in new.take(MOST_ROWS) {
        steps.push((
            "Create the access key by hand, so that it is in no state file:".to_owned(),
            Some(format!(
                "aws iam create-access-key --user-name {}",
                user.user.name
            )),
        ));
    }
    let mut text = String::new();
    let width = format!("{}.", steps.len()).len();
    for (number, (step, command)) in steps.into_iter().enumerate() {
        let number = format!("{}.", number + 1);
        text.push_str(&columns(&[vec![format!("{number:width$}"), step]]));
        for line in command.iter().flat_map(|command| command.lines()) {
            text.push_str(&format!("{:1$}{line}\n", "", width + 4));
        }
    }
    text
}

/// What is left to do for those whom some roles trust.
fn admission(admission: &Admission, out: &str) -> (String, Option<String>) {
    let texts = Texts::english();
    let mut text = match admission.about(texts).as_str() {
        "" => admission.text(texts),
        roles => format!("{roles}: {}", admission.text(texts)),
    };
    let commands = admission.commands().join("\n");
    match admission.arns.as_slice() {
        [(_, arn)] if !text.contains(arn) && !commands.contains(arn) => {
            text.push_str(&format!(" The ARN: {arn}"));
        }
        [] | [_] => {}
        _ => text.push_str(&format!(" {out}/DEPLOY.md has the ARNs.")),
    }
    (text, (!commands.is_empty()).then_some(commands))
}
