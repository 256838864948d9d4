//! `landgrant adopt`: finds which resources of a deployment already exist in its accounts, and writes files that import
//! them.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::bail;
use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, ValueHint};

use super::report::Page;
use super::snapshots::{self, Given};
use super::stages;
use super::table::{columns, paragraph, row};
use super::ui::bold;
use super::{CatalogDir, Outcome, OverlayFile, TemplatesDir, shell, ui};
use crate::adopt::{Account, Adoption, Resource, State};
use crate::model::FileSet;
use crate::plan::Plan;
use crate::render::{Custom, RenderError, import_path, import_template_path, render_with};
use crate::write::{Output, Owned, Standing};
use crate::{adopt, readback, write};

#[derive(Debug, Args)]
pub(super) struct AdoptArgs {
    /// The deployment file
    #[arg(default_value = "landgrant.yaml", value_name = "DEPLOYMENT", value_hint = ValueHint::FilePath)]
    deployment: Utf8PathBuf,
    /// A snapshot of an account: the JSON of `aws iam get-account-authorization-details`; repeat it for each account, or name a
    /// folder with a file ACCOUNT.json for each
    #[arg(long = "snapshot", value_name = "ACCOUNT=FILE", required = true, value_parser = snapshots::given)]
    snapshots: Vec<Given>,
    /// The folder that the deployment is rendered into
    #[arg(long, short, default_value = "rendered", value_name = "DIR", value_hint = ValueHint::DirPath)]
    out: Utf8PathBuf,
    #[command(flatten)]
    catalogs: CatalogDir,
    #[command(flatten)]
    overlay: OverlayFile,
    #[command(flatten)]
    templates: TemplatesDir,
}

pub(super) fn run(args: &AdoptArgs) -> anyhow::Result<Outcome> {
    let planned = snapshots::planned(&args.deployment, &args.out, &args.catalogs, &args.overlay)?;
    let Some(mut planned) = planned else {
        return Ok(Outcome::Faults);
    };
    let plan = planned.plan;
    let (snapshots, faults) = snapshots::read(&mut planned.sources, &args.snapshots, &plan)?;
    planned.diagnostics.extend(faults);
    let (custom, faults) = args
        .templates
        .read(&mut planned.sources, &planned.resolved)?;
    planned.diagnostics.extend(faults);
    if ui::diagnose(&planned.sources, &mut planned.diagnostics) {
        return Ok(Outcome::Faults);
    }
    let rendered = match render_with(&plan, &custom) {
        Err(RenderError::Custom(mut faults)) => {
            ui::diagnose(&planned.sources, &mut faults);
            return Ok(Outcome::Faults);
        }
        rendered => rendered?,
    };
    refuse_unrendered(args, &plan, &rendered)?;
    let adoption = adopt::adopt(&plan, &snapshots);
    let blocked = adoption.in_the_way().next().is_some();
    let files = match blocked {
        true => FileSet::new(),
        false => match adopt::files(&plan, &adoption, &custom) {
            Ok(files) => files,
            Err(RenderError::Custom(mut faults)) => {
                ui::diagnose(&planned.sources, &mut faults);
                return Ok(Outcome::Faults);
            }
            Err(error) => return Err(error.into()),
        },
    };
    refuse_more_than_imports(&files, &plan, &custom)?;
    refuse_earlier(&files, &args.out)?;
    write::create_new(&args.out, &files)?;
    ui::print(&summary(&plan, &adoption, &files, &args.out))?;
    Ok(if blocked {
        Outcome::Findings
    } else {
        Outcome::Clean
    })
}

/// Custom templates may change the layout of import blocks, but nothing else.
fn refuse_more_than_imports(files: &FileSet, plan: &Plan, custom: &Custom) -> anyhow::Result<()> {
    if custom.is_empty() {
        return Ok(());
    }
    let rendered = render_with(plan, custom)?;
    match readback::foreign(&rendered, files).first_key_value() {
        None => Ok(()),
        Some((path, what)) => bail!(
            "{path} may only import existing resources, but with your own template {what}; nothing was written"
        ),
    }
}

/// Import files have to be beside the rendered ones. Alone they cannot be applied, and with the files of another
/// deployment the imported resources would be changed or replaced at once.
fn refuse_unrendered(args: &AdoptArgs, plan: &Plan, rendered: &FileSet) -> anyhow::Result<()> {
    let command = |name| {
        stages::command(
            name,
            std::slice::from_ref(&args.deployment),
            &args.out,
            &args.catalogs,
            &args.overlay,
            &args.templates,
        )
    };
    let (name, render) = (&plan.name, command("render"));
    if !write::is_rendered(name, &args.out)? {
        bail!(
            "{name} is not rendered in {}; run `{render}` first",
            args.out
        );
    }
    // Only files are compared; an outdated lock does not affect the import.
    let output = Output {
        deployment: name,
        partition: plan.partition.as_str(),
        stack_sets: None,
        inputs: &BTreeMap::new(),
        files: rendered,
        targets: &BTreeMap::new(),
        names: &plan.principal_names(),
        owned: Owned::All,
        source: None,
        accept: &BTreeMap::new(),
    };
    let compared = write::compare(output, &args.out)?;
    let mut stale = compared.files.iter();
    let stale = stale.find(|file| file.standing != Standing::Same);
    if let Some(first) = stale {
        bail!(
            "{} does not match {} (the first such file is {}), so imported resources would be changed or replaced; run `{render}` first (`{}` shows more)",
            args.out,
            args.deployment,
            args.out.join(&first.path),
            command("check")
        );
    }
    Ok(())
}

/// Neither the files of the last adoption nor any other file with one of these names is overwritten.
fn refuse_earlier(files: &FileSet, out: &Utf8Path) -> anyhow::Result<()> {
    let there: Vec<String> = files
        .keys()
        .map(|path| out.join(path))
        .filter(|path| path.symlink_metadata().is_ok())
        .map(|path| path.to_string())
        .collect();
    let exist = match there.as_slice() {
        [] => return Ok(()),
        [_] => "exists",
        _ => "exist",
    };
    bail!(
        "{} already {exist}, so nothing was written. Import files are not needed once they are applied; to adopt again, delete them:\n  rm {}",
        there.join(", "),
        there
            .iter()
            .map(|path| shell::word(path))
            .collect::<Vec<_>>()
            .join(" ")
    );
}

fn summary(plan: &Plan, adoption: &Adoption, files: &FileSet, out: &Utf8Path) -> String {
    let mut page = Page::default();
    page.block(&format!("{} {}\n", bold(&plan.name), headline(adoption)));
    page.section("Accounts", &counts(adoption));
    page.section("In the way", &in_the_way(adoption));
    page.section(
        "As planned, imported",
        &listed(adoption, |state| *state == State::Same),
    );
    page.section(
        "Imported, then changed by the apply",
        &differences(adoption),
    );
    page.section("Locked out by the apply", &locked_out(adoption));
    page.section(
        "Missing, created by the apply",
        &listed(adoption, |state| *state == State::Missing),
    );
    page.section("Not planned, left as it is", &extras(adoption));
    page.section("Not visible in a snapshot", &untold(plan, adoption));
    page.section(&format!("Written to {out}"), &written(files));
    page.section("Next", &next(plan, adoption, files, out));
    page.text
}

fn headline(adoption: &Adoption) -> String {
    // An account has a part for each of its roles.
    let ids = |known: bool| -> usize {
        let of = adoption.accounts.iter();
        let of = of.filter(|account| account.known || !known);
        of.map(|account| &account.id).collect::<BTreeSet<_>>().len()
    };
    let known = ids(true);
    match ids(false) {
        1 => "in 1 account".to_owned(),
        all => format!("in {all} accounts, {known} with a snapshot"),
    }
}

fn counts(adoption: &Adoption) -> String {
    let head = [
        "account",
        "name",
        "as planned",
        "changed",
        "made",
        "in the way",
    ];
    let mut rows = vec![row(head)];
    let by_role = adoption.accounts.iter().any(|one| one.role.is_some());
    if by_role {
        rows[0].insert(2, "role".to_owned());
    }
    for account in &adoption.accounts {
        let mut row = vec![account.id.to_string(), account.name.clone()];
        row.extend(by_role.then(|| account.role.clone().unwrap_or_else(|| "–".to_owned())));
        if account.known {
            let count = |wanted: fn(&State) -> bool| {
                let found = account.resources.iter();
                match found.filter(|resource| wanted(&resource.state)).count() {
                    0 => "–".to_owned(),
                    count => count.to_string(),
                }
            };
            row.push(count(|state| *state == State::Same));
            row.push(count(|state| matches!(state, State::Differs(_))));
            row.push(count(|state| *state == State::Missing));
            row.push(count(|state| matches!(state, State::InTheWay(_))));
        } else {
            row.push("no snapshot".to_owned());
        }
        rows.push(row);
    }
    columns(&rows)
}

/// Resources in a given state, by account and kind.
fn listed(adoption: &Adoption, wanted: impl Fn(&State) -> bool) -> String {
    let mut rows = Vec::new();
    for account in &adoption.accounts {
        let mut kinds: Vec<(&str, Vec<&str>)> = Vec::new();
        for resource in &account.resources {
            if !wanted(&resource.state) {
                continue;
            }
            match kinds.iter_mut().find(|(kind, _)| *kind == resource.kind) {
                Some((_, names)) => names.push(&resource.name),
                None => kinds.push((resource.kind, vec![&resource.name])),
            }
        }
        for (kind, names) in kinds {
            rows.push(vec![place(account), kind.to_owned(), names.join(", ")]);
        }
    }
    columns(&rows)
}

/// The account, and which of its roles.
fn place(account: &Account) -> String {
    match &account.role {
        Some(role) => format!("{} {role}", account.id),
        None => account.id.to_string(),
    }
}

fn title(account: &Account, resource: &Resource) -> String {
    format!("{} {} {}", place(account), resource.kind, resource.name)
}

/// Whether somebody may be let in now who is not in the plan.
fn loses_trust(state: &State) -> bool {
    let begins = ["- trust: Allow", "~ the existing trust policy"];
    let loses = |line: &String| begins.iter().any(|begin| line.starts_with(begin));
    matches!(state, State::Differs(lines) if lines.iter().any(loses))
}

/// Roles that somebody may work with, and that the deployment plans for nobody yet.
fn locked_out(adoption: &Adoption) -> String {
    let pending = adoption.accounts.iter().filter(|account| account.pending);
    let roles = pending.flat_map(|account| {
        let there = account.resources.iter();
        let there = there.filter(|one| one.kind == "role" && loses_trust(&one.state));
        there.map(move |role| title(account, role))
    });
    let roles: String = roles.map(|role| paragraph(&role, 2)).collect();
    match roles.is_empty() {
        true => roles,
        false => {
            roles
                + &paragraph(
                    "These exist, and `principal: pending` denies everybody, so the apply locks out whoever works with them now, such as the vendor. Name that principal and its external id under `trust` first; the trust policy of the account has both.",
                    2,
                )
        }
    }
}

fn differences(adoption: &Adoption) -> String {
    let mut text = String::new();
    for account in &adoption.accounts {
        for resource in &account.resources {
            if let State::Differs(lines) = &resource.state {
                text.push_str(&paragraph(&title(account, resource), 2));
                for line in lines {
                    text.push_str("    ");
                    text.push_str(paragraph(line, 6).trim_start());
                }
            }
        }
    }
    text
}

fn in_the_way(adoption: &Adoption) -> String {
    adoption
        .in_the_way()
        .map(|(account, resource, why)| {
            paragraph(&title(account, resource), 2) + &paragraph(why, 4)
        })
        .collect()
}

fn extras(adoption: &Adoption) -> String {
    let rows: Vec<Vec<String>> = adoption
        .accounts
        .iter()
        .flat_map(|account| {
            let row = |extra: &String| vec![place(account), extra.clone()];
            account.extras.iter().map(row)
        })
        .collect();
    let mut text = columns(&rows);
    if rows
        .iter()
        .any(|row| row[1].starts_with("group ") && row[1].contains(" inline policy "))
    {
        text.push_str(&paragraph(
            "A product that finds its accounts in the group's inline policies, such as Micetro, reads these too.",
            2,
        ));
    }
    text
}

fn untold(plan: &Plan, adoption: &Adoption) -> String {
    let there = |kind: &str| {
        adoption
            .accounts
            .iter()
            .flat_map(|account| &account.resources)
            .any(|resource| resource.kind == kind && resource.state.is_there())
    };
    let mut text = String::new();
    if there("role") {
        text.push_str(&paragraph(
            "The description and the maximum session duration of a role. Terraform's plan shows them, and the apply changes them in place.",
            2,
        ));
    }
    if there("managed policy") {
        text.push_str(&paragraph(
            "The tags of a managed policy, and usually its description. IAM cannot change a description: where it differs, Terraform's plan says `must be replaced`.",
            2,
        ));
    }
    for issuer in plan.made_issuers() {
        text.push_str(&paragraph(
            &format!(
                "Identity providers. Where {issuer} is one already, the apply fails: leave out `provider: make`, or import it by its ARN."
            ),
            2,
        ));
    }
    text
}

fn written(files: &FileSet) -> String {
    match files.is_empty() {
        true => paragraph("nothing", 2),
        false => files.keys().map(|path| format!("  {path}\n")).collect(),
    }
}

fn next(plan: &Plan, adoption: &Adoption, files: &FileSet, out: &Utf8Path) -> String {
    if adoption.in_the_way().next().is_some() {
        return paragraph(
            "Clear what is in the way. After a change to the deployment, run `landgrant render`; after a change to an account, save its snapshot again. Then run this command again.",
            2,
        );
    }
    if files.is_empty() {
        return paragraph("There is nothing to import: apply or deploy as usual.", 2);
    }
    let mut steps = Vec::new();
    let there = |account: &&Account| {
        let resources = &account.resources;
        resources.iter().any(|resource| resource.state.is_there())
    };
    if let Some(root) = adoption
        .accounts
        .iter()
        .filter(there)
        .find_map(|account| account.root.as_ref())
    {
        steps.push(format!(
            "With Terraform: check that each plan has the imports and what is listed above, and nothing else. The first:\ncd {} && terraform init && terraform plan",
            out.join(root)
        ));
        steps.push("Apply, and delete each imports.tf once its root module is applied.".to_owned());
    }
    let stack = adoption.accounts.iter();
    let mut stack = stack.filter(|account| account.stacked && !account.stack.is_empty());
    if let Some(account) = stack.next() {
        let instead = match plan.terraform {
            true => "With CloudFormation instead",
            false => "With CloudFormation",
        };
        steps.push(format!(
            "{instead}: create and execute a change set of type IMPORT in each account; the first, in account {}:\n{}",
            account.id,
            import_commands(account, out)
        ));
        steps.push(
            "Deploy the rendered template to the same stack, and delete cloudformation/import."
                .to_owned(),
        );
    }
    let mut text = String::new();
    for (number, step) in steps.iter().enumerate() {
        let mut lines = step.lines();
        let first = lines.next().unwrap_or_default();
        let body = paragraph(first, 6);
        text.push_str(&format!("  {}.  {}", number + 1, body.trim_start()));
        for line in lines {
            text.push_str(&format!("      {line}\n"));
        }
    }
    text
}

/// The steps to import existing resources with CloudFormation, line by line.
fn import_commands(account: &Account, out: &Utf8Path) -> String {
    let stack = &account.stack_name;
    let (list, template) = (
        import_path(&account.key),
        import_template_path(&account.key),
    );
    let folder = list.parent().unwrap_or(Utf8Path::new(""));
    let file = |path: &Utf8Path| path.file_name().unwrap_or_default().to_owned();
    format!(
        "cd {}\n\
         aws cloudformation create-change-set --stack-name {stack} \\\n  \
           --change-set-name adopt --change-set-type IMPORT \\\n  \
           --capabilities CAPABILITY_NAMED_IAM \\\n  \
           --template-body file://{} \\\n  \
           --resources-to-import file://{}\n\
         aws cloudformation wait change-set-create-complete \\\n  \
           --stack-name {stack} --change-set-name adopt\n\
         aws cloudformation execute-change-set --stack-name {stack} \\\n  \
           --change-set-name adopt\n\
         aws cloudformation wait stack-import-complete --stack-name {stack}",
        out.join(folder),
        file(&template),
        file(&list),
    )
}
