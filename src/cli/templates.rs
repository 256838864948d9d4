//! `landgrant templates`: the templates in the binary, written out to be changed, and what they are given.

use std::collections::BTreeSet;

use anyhow::bail;
use camino::Utf8PathBuf;
use clap::{Args, Subcommand, ValueHint};

use super::report::Page;
use super::table::{columns, paragraph, row};
use super::{Outcome, ui};
use crate::diag::did_you_mean;
use crate::model::FileSet;
use crate::render::{TEMPLATES, Template, context_schema, context_schemas};
use crate::write;

#[derive(Debug, Args)]
pub(super) struct TemplatesArgs {
    #[command(subcommand)]
    command: TemplatesCommand,
}

#[derive(Debug, Subcommand)]
enum TemplatesCommand {
    /// List the templates that can be replaced
    List,
    /// Export built-in templates into a folder, for editing
    Eject(EjectArgs),
    /// Print the JSON Schema of the data that templates get
    Context(ContextArgs),
}

#[derive(Debug, Args)]
struct EjectArgs {
    /// Templates, or folders of them such as terraform/hub; all if none is named
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// The folder to write them into
    #[arg(long, short, default_value = "templates", value_name = "DIR", value_hint = ValueHint::DirPath)]
    out: Utf8PathBuf,
    /// Overwrite existing templates that were changed
    #[arg(long)]
    force: bool,
}

#[derive(Debug, Args)]
struct ContextArgs {
    /// A template; files/PATH for your own file, with {account} in the path for one file per target
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

pub(super) fn run(args: &TemplatesArgs) -> anyhow::Result<Outcome> {
    match &args.command {
        TemplatesCommand::List => ui::print(&list())?,
        TemplatesCommand::Eject(args) => eject(args)?,
        TemplatesCommand::Context(args) => {
            let schema = match &args.name {
                None => context_schemas(),
                Some(name) => match context_schema(name.trim_end_matches(".tera")) {
                    Some(schema) => schema,
                    None => bail!("{}", unknown(name)),
                },
            };
            ui::print(&format!("{schema:#}\n"))?;
        }
    }
    Ok(Outcome::Clean)
}

fn list() -> String {
    let families: BTreeSet<&str> = TEMPLATES.iter().map(Template::family).collect();
    let mut page = Page::default();
    for family in families {
        let rows: Vec<Vec<String>> = TEMPLATES
            .iter()
            .filter(|template| template.family() == family)
            .map(|template| vec![template.name.to_owned(), template.makes.to_owned()])
            .collect();
        page.section(family, &columns(&rows));
    }
    let commands = [
        ["landgrant templates eject NAME", "exports one for editing"],
        ["landgrant templates context NAME", "shows the data it gets"],
        [
            "landgrant render --templates templates",
            "renders with those in the folder, once",
        ],
        [
            "templates: templates",
            "in the deployment, always renders with them",
        ],
    ];
    page.block(&columns(&commands.map(row)));
    page.text
}

fn eject(args: &EjectArgs) -> anyhow::Result<()> {
    let mut wanted: BTreeSet<&str> = BTreeSet::new();
    for name in &args.names {
        let name = name.trim_end_matches(".tera").trim_end_matches('/');
        let folder = format!("{name}/");
        let of_name =
            |template: &&Template| template.name == name || template.name.starts_with(&folder);
        let mut found = TEMPLATES.iter().filter(of_name).peekable();
        if found.peek().is_none() {
            bail!("{}", unknown(name));
        }
        wanted.extend(found.map(|template| template.name));
    }
    let files: FileSet = TEMPLATES
        .iter()
        .filter(|template| wanted.is_empty() || wanted.contains(template.name))
        .map(|template| (format!("{}.tera", template.name), template.text))
        .collect();
    let written = write::lay_down(&args.out, &files, args.force)?;
    let mut text = match files.len() - written {
        0 if written == 1 => format!("1 template written to {}\n", args.out),
        0 => format!("{written} templates written to {}\n", args.out),
        same => format!(
            "{written} templates written to {}; {same} were already there\n",
            args.out
        ),
    };
    text.push('\n');
    text.push_str(&paragraph(
        &format!(
            "Delete those that you do not change: templates that are not in the folder come from the binary. Name the folder in the deployment as `templates: {}`, or try it out with --templates {}.",
            args.out, args.out
        ),
        0,
    ));
    ui::print(&text)?;
    Ok(())
}

fn unknown(name: &str) -> String {
    let names = TEMPLATES.iter().map(|template| template.name);
    match did_you_mean(name, names) {
        Some(near) => format!("there is no template {name}; did you mean {near}?"),
        None => format!("there is no template {name}; `landgrant templates list` has the names"),
    }
}
