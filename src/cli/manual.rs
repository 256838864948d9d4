//! Shell completions and man pages, made from the command line itself.

use camino::Utf8PathBuf;
use clap::{Args, CommandFactory as _, ValueHint};
use clap_complete::Shell;
use clap_mangen::roff::{Roff, bold, roman};

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
    #[arg(long, short, value_name = "DIR", value_hint = ValueHint::DirPath)]
    out: Utf8PathBuf,
}

/// What an exit code means; docs/exit-codes.md says more.
const EXIT_CODES: &[(&str, &str)] = &[
    (
        "0",
        "The command did what it was asked to. Warnings and notes do not change that.",
    ),
    (
        "1",
        "Something was found: by lint, check, diff, review, adopt or audit.",
    ),
    (
        "2",
        "Faults in an input file, a wrong command line, or something that the system refused.",
    ),
];

pub(super) fn completions(args: &CompletionsArgs) -> anyhow::Result<Outcome> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "landgrant", &mut script);
    ui::print_exactly(&String::from_utf8(script)?)?;
    Ok(Outcome::Clean)
}

pub(super) fn man(args: &ManArgs) -> anyhow::Result<Outcome> {
    // There is no page of `help`, so none is told of.
    let mut root = Cli::command().disable_help_subcommand(true);
    root.build();
    let mut pages = FileSet::new();
    let page = Page {
        command: &root,
        name: "landgrant".to_owned(),
        above: None,
    };
    page.add(&mut pages)?;
    write::create_new(&args.out, &pages)?;
    ui::print(&format!("{} pages written to {}\n", pages.len(), args.out))?;
    Ok(Outcome::Clean)
}

/// The page of a command.
struct Page<'a> {
    command: &'a clap::Command,
    name: String,
    /// The command that it is a part of.
    above: Option<&'a str>,
}

impl Page<'_> {
    /// Adds the page, and those of the commands below.
    fn add(&self, pages: &mut FileSet) -> anyhow::Result<()> {
        let version = env!("CARGO_PKG_VERSION");
        let man = clap_mangen::Man::new(self.command.clone())
            .title(&self.name)
            .source(format!("landgrant {version}"))
            .manual("Landgrant");
        let mut page = Vec::new();
        man.render(&mut page)?;
        let page = String::from_utf8(page)? + &self.ending().to_roff();
        pages.insert(format!("{}.1", self.name), page);
        for below in self.command.get_subcommands() {
            let page = Page {
                command: below,
                name: format!("{}-{}", self.name, below.get_name()),
                above: Some(&self.name),
            };
            page.add(pages)?;
        }
        Ok(())
    }

    /// The sections that are not made from the arguments.
    fn ending(&self) -> Roff {
        let mut roff = Roff::new();
        roff.control("SH", ["EXIT STATUS"]);
        for (code, meaning) in EXIT_CODES {
            roff.control("TP", []);
            roff.text([bold(*code)]);
            roff.text([roman(*meaning)]);
        }
        let below = self.command.get_subcommands();
        let below = below.map(|below| format!("{}-{}", self.name, below.get_name()));
        let explain = (self.name != "landgrant-explain").then(|| "landgrant-explain".to_owned());
        let above = self.above.map(str::to_owned);
        let mut related: Vec<String> = above.into_iter().chain(below).chain(explain).collect();
        related.dedup();
        let related: Vec<String> = related.iter().map(|name| format!("{name}(1)")).collect();
        roff.control("SH", ["SEE ALSO"]);
        roff.text([roman(related.join(", "))]);
        roff
    }
}
