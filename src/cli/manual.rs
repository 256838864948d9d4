//! Shell completions and man pages, made from the command line itself.

use camino::Utf8PathBuf;
use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::{Cli, Outcome, ui};
use crate::model::FileSet;
use crate::write;

#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

#[derive(Debug, Args)]
pub(super) struct ManArgs {
    /// The folder to write landgrant.1 and a page for each command into
    #[arg(long, short, value_name = "DIR")]
    out: Utf8PathBuf,
}

pub(super) fn completions(args: &CompletionsArgs) -> anyhow::Result<Outcome> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "landgrant", &mut script);
    ui::print(&String::from_utf8(script)?)?;
    Ok(Outcome::Clean)
}

pub(super) fn man(args: &ManArgs) -> anyhow::Result<Outcome> {
    let mut root = Cli::command();
    root.build();
    let mut pages = FileSet::new();
    add(&root, "landgrant".to_owned(), &mut pages)?;
    write::create_new(&args.out, &pages)?;
    ui::print(&format!("{} pages written to {}\n", pages.len(), args.out))?;
    Ok(Outcome::Clean)
}

/// The page of a command, and those of the commands below it.
fn add(command: &clap::Command, name: String, pages: &mut FileSet) -> anyhow::Result<()> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    pages.insert(format!("{name}.1"), String::from_utf8(page)?);
    for below in command
        .get_subcommands()
        .filter(|below| below.get_name() != "help")
    {
        add(below, format!("{name}-{}", below.get_name()), pages)?;
    }
    Ok(())
}
