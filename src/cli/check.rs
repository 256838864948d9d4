//! `landgrant check`: compares the rendered folder with what its inputs render to.

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use super::format::Format;
use super::report::{Findings, Group, Page};
use super::stages::{self, Inputs, Purpose, Rendered, Stages};
use super::table::paragraph;
use super::{Outcome, beside, merge, shell};
use crate::diag::{Diagnostic, Entry, RuleInfo, Severity, SourceMap, Span, plural};
use crate::load::{self, Listing, Origin, Tracked};
use crate::model::{LOCK, STAGING};
use crate::write::{self, Accepted, Compared, Part, Standing, Stranger, What, WriteError};

/// How many files are listed; the others are counted.
const MOST_ROWS: usize = 20;

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    inputs: Inputs,
    /// The output format
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

const INTERRUPTED: RuleInfo<'static> = RuleInfo {
    code: "interrupted-render",
    severity: Severity::Error,
    summary: "a render was killed before it finished",
    page: "A killed render leaves old and new files side by side. The next `landgrant render` on the same machine restores the old files and starts over. A journal that came with a commit or a copy is ignored.",
};
const CHANGED: RuleInfo<'static> = RuleInfo {
    code: "changed-output",
    severity: Severity::Error,
    summary: "the rendered files are out of date",
    page: "The file is as the last render wrote it, but the deployment, a catalog or Landgrant itself has changed since. Render again and commit.",
};
const MISSING: RuleInfo<'static> = RuleInfo {
    code: "missing-output",
    severity: Severity::Error,
    summary: "a rendered file is missing",
    page: "The inputs produce the file, but it was deleted, never rendered, or not committed. Render again and commit.",
};
const EXTRA: RuleInfo<'static> = RuleInfo {
    code: "extra-output",
    severity: Severity::Error,
    summary: "a file is no longer rendered",
    page: "The last render wrote the file, and the inputs no longer produce it. First destroy what was applied with it. Then render again, which deletes the file, and commit.",
};
const EDITED: RuleInfo<'static> = RuleInfo {
    code: "edited-output",
    severity: Severity::Error,
    summary: "a rendered file was edited by hand",
    page: "The file is neither what the last render wrote nor what a render would write now. `landgrant diff` shows the edit: `-` lines are the file as it is, `+` lines are what a render would write. Move the edit into the deployment, or drop it with `landgrant render --force`.",
};
const CONFLICT: RuleInfo<'static> = RuleInfo {
    code: "merge-conflict",
    severity: Severity::Error,
    summary: "a rendered file has a merge conflict",
    page: "A merge left conflict markers in the file. Merge the deployment, take either side of all rendered files except the lock (`git checkout --ours -- rendered ':!rendered/landgrant.lock'`), and render again, which rewrites the files.",
};
const FOREIGN: RuleInfo<'static> = RuleInfo {
    code: "foreign-file",
    severity: Severity::Error,
    summary: "there is an unknown file among the rendered ones",
    page: "Terraform, OpenTofu or CloudFormation may read it, and no review of the deployment covers it. Only README.md, .gitignore and .terraform.lock.hcl are allowed without being accepted. Once somebody has read any other file, `landgrant render --accept FILE` records its digest in the lock; a later edit is reported again. A Terraform state, a link and a submodule cannot be accepted.",
};
const ALTERED: RuleInfo<'static> = RuleInfo {
    code: "git-attribute",
    severity: Severity::Error,
    summary: "a Git attribute changes a file in a checkout or an archive",
    page: "An attribute in .gitattributes (filter, ident, working-tree-encoding, export-subst, export-ignore) makes Git write other bytes into a checkout or an archive than are committed, or leave the file out. Then what is applied or rendered is not what was reviewed. Remove the attribute from the deployment, its catalogs and its lists, and from the files of the rendered folder: `rendered/** -filter -ident -export-subst -export-ignore !working-tree-encoding` as the last line of .gitattributes does that.",
};
const STALE: RuleInfo<'static> = RuleInfo {
    code: "stale-lock",
    severity: Severity::Error,
    summary: "the lock is out of date",
    page: "`landgrant.lock` records what was rendered from which inputs. It differs from what a render would write now: an input or the release of Landgrant has changed, or a merge left two lines for one entry. Render again and commit.",
};
const UNTRACKED: RuleInfo<'static> = RuleInfo {
    code: "untracked-output",
    severity: Severity::Error,
    summary: "a rendered file would be missing from a clone",
    page: "The file is correct on this disk, but no clone will have it: `git commit -a` does not add new files. Add the rendered folder to the commit. If the deployment itself is not in Git, its rendered files are not checked.",
};
/// The ways in which a folder can differ from its inputs.
pub(super) const RULES: &[RuleInfo<'static>] = &[
    INTERRUPTED,
    CHANGED,
    MISSING,
    EXTRA,
    EDITED,
    CONFLICT,
    FOREIGN,
    ALTERED,
    UNTRACKED,
    STALE,
];

/// A difference that was found.
struct Finding {
    rule: RuleInfo<'static>,
    path: Utf8PathBuf,
    message: String,
    help: String,
    span: Span,
}

pub(super) fn run(args: &CheckArgs) -> anyhow::Result<Outcome> {
    let inputs = &args.inputs;
    // Git runs while the deployments are rendered.
    let (stages, listing, tracked) = std::thread::scope(|scope| {
        let listing = scope.spawn(|| Origin::Disk.listing(&inputs.out));
        let paths = inputs.deployments.iter().chain([&inputs.out]);
        let tracked = scope.spawn(|| load::tracked(paths.map(Utf8PathBuf::as_path)));
        (
            stages::run(inputs, Purpose::Compare),
            joined(listing),
            joined(tracked),
        )
    });
    let Some(mut stages) = stages? else {
        return Ok(Outcome::Faults);
    };
    let altered_inputs = load::attributes_of_inputs(&Origin::Disk, stages.loaded.sources.names())?;
    let mut findings = Vec::new();
    let mut files = 0;
    for one in &stages.rendered {
        let sources = &mut stages.loaded.sources;
        let deployment = Utf8PathBuf::from(&sources.file(one.resolved.name_span.file).name);
        let tracked = tracked.as_ref();
        findings.extend(findings_of(args, one, (&deployment, tracked), sources)?);
        files += one.files.len();
    }
    if let Some(listing) = listing? {
        findings.extend(foreign(args, &listing, &mut stages)?);
        let altered = beside::altered(&listing)?.into_iter();
        let altered = altered.map(|(path, says)| (args.inputs.out.join(path), says));
        let inputs = altered_inputs.into_iter();
        let inputs = inputs.map(|(path, names)| (path, beside::has_attributes(names)));
        findings.extend(
            altered
                .chain(inputs)
                .filter_map(|file| self::altered(file, &stages)),
        );
    }
    let diagnostics: Vec<Diagnostic> = findings
        .iter()
        .map(|finding| {
            Diagnostic::error(finding.rule.code, finding.span, finding.message.clone())
                .help(finding.help.clone())
        })
        .collect();
    let entries: Vec<Entry<'_>> = diagnostics
        .iter()
        .zip(&findings)
        .map(|(diagnostic, finding)| Entry {
            diagnostic,
            subject: finding.path.as_str(),
            accepted: None,
        })
        .collect();
    let sources = &stages.loaded.sources;
    let human = || human(args, &findings, files);
    args.format.print(sources, &entries, RULES, human)?;
    Ok(match findings.is_empty() {
        true => Outcome::Clean,
        false => Outcome::Findings,
    })
}

/// What a thread returns.
fn joined<T>(thread: std::thread::ScopedJoinHandle<'_, T>) -> T {
    thread
        .join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

fn findings_of(
    args: &CheckArgs,
    one: &Rendered,
    (deployment, tracked): (&Utf8Path, Option<&Tracked>),
    sources: &mut SourceMap,
) -> anyhow::Result<Vec<Finding>> {
    let compared = write::compare(one.output(), &one.out)?;
    compared.refuse_other_deployment(one.output(), &one.out)?;
    let render = args.inputs.command("render");
    let mend = format!("`{render}`, and commit what it writes");
    let mut findings = Vec::new();
    if let Some(here) = compared.interrupted {
        let (message, help) = match here {
            true => (
                format!("a render in {} was killed before it finished", one.out),
                format!("`{render}` restores the old files, and renders"),
            ),
            false => (
                WriteError::ForeignJournal(one.out.clone()).to_string(),
                mend.clone(),
            ),
        };
        findings.push(Finding {
            rule: INTERRUPTED,
            path: one.out.clone(),
            message,
            help,
            span: one.resolved.name_span,
        });
    }
    let staging = one.out.join(STAGING);
    if tracked.is_some_and(|tracked| tracked.has_in(&staging)) {
        findings.push(Finding {
            rule: INTERRUPTED,
            message: format!("{staging} is in Git, so every clone would have it"),
            help: format!("`git rm -r {}`, and commit", shell::word(staging.as_str())),
            path: staging,
            span: one.resolved.name_span,
        });
    }
    for file in &compared.files {
        let path = one.out.join(&file.path);
        let (rule, what, help) = match file.standing {
            Standing::Same => continue,
            Standing::Missing { known: true } => (
                MISSING,
                "is missing (deleted, or never committed)",
                mend.clone(),
            ),
            Standing::Missing { known: false } => {
                (MISSING, "has not been rendered yet", mend.clone())
            }
            Standing::Outdated => (CHANGED, "would be rendered differently now", mend.clone()),
            Standing::Extra { altered: false } => (
                EXTRA,
                "is no longer rendered",
                format!("destroy what was applied with it, then {mend}"),
            ),
            Standing::Altered { known: true }
                if file.before.as_deref().is_some_and(write::holds_conflict) =>
            {
                let help = format!("`{}`, then `{render}`", merge::one_side(&one.out));
                (CONFLICT, "has a merge conflict", help)
            }
            Standing::Altered { .. } | Standing::Extra { altered: true } => {
                let what = match file.standing {
                    Standing::Altered { known: false } => "was written by somebody else",
                    _ => "was edited by hand",
                };
                let help = format!(
                    "`{}` shows the edit on its `-` lines; move it into the deployment, or drop it with `{render} --force`",
                    args.inputs.command("diff")
                );
                (EDITED, what, help)
            }
        };
        let span = match &file.before {
            Some(before) => {
                let after = one.files.get(&file.path).unwrap_or_default();
                first_difference(sources, &path, before, after)
            }
            None => one.resolved.name_span,
        };
        findings.push(Finding {
            rule,
            message: format!("{path} {what}"),
            path,
            help,
            span,
        });
    }
    // A file that has to be rendered again changes the lock too, so an outdated lock is only reported if no file is.
    let news = compared.files.iter().all(is_right);
    if !compared.stale_lock.is_empty() && news {
        let path = one.out.join(LOCK);
        findings.push(Finding {
            rule: STALE,
            message: format!("{path}: {}", compared.stale_lock.join("; ")),
            path,
            help: mend,
            span: one.resolved.name_span,
        });
    }
    if let Some(tracked) = tracked.filter(|tracked| tracked.has(deployment)) {
        findings.extend(untracked(one, tracked, &compared.files));
    }
    Ok(findings)
}

/// Files beside the rendered ones. Those beside the folders of several deployments are included, because they would be
/// deployed too.
fn foreign(
    args: &CheckArgs,
    listing: &Listing,
    stages: &mut Stages,
) -> anyhow::Result<Vec<Finding>> {
    let accepted = stages.rendered.iter();
    let accepted: Vec<Accepted> = accepted
        .map(|one| write::accepted_in(&one.out))
        .collect::<Result<_, _>>()?;
    let parts: Vec<Part<'_>> = stages
        .rendered
        .iter()
        .zip(&accepted)
        .map(|(one, accepted)| Part {
            folder: match one.out == args.inputs.out {
                true => String::new(),
                false => one.plan.name.clone(),
            },
            rendered: write::Rendered::Files(&one.files),
            accepted,
        })
        .collect();
    let strangers = beside::strangers(listing, &parts)?;
    let out = &args.inputs.out;
    let render = args.inputs.command("render");
    let sources = &mut stages.loaded.sources;
    let finding = |stranger: Stranger| {
        // Paths of files above are relative to the folder too.
        let path = Origin::Disk.beside(&out.join(LOCK), &stranger.path);
        let text = String::from_utf8_lossy(&stranger.content);
        let quoted = shell::word(path.as_str());
        Finding {
            rule: FOREIGN,
            message: format!("{path} {}", stranger.what.says()),
            help: match stranger.what {
                What::File | What::Changed => format!(
                    "read it, and accept it with `{render} --accept {quoted}`; or move it out of {out}"
                ),
                What::State => format!(
                    "keep the state in a backend, or out of version control with a .gitignore that names it; move it out of {out}"
                ),
                What::Note(_) => {
                    "delete the folder .terraform, and run `terraform init` again".to_owned()
                }
                What::OfTerraform => {
                    format!("`git rm -r --cached {quoted}`, and name .terraform in .gitignore")
                }
                What::Link | What::Submodule | What::Special => format!("move it out of {out}"),
                What::Namesake => "give it another name".to_owned(),
            },
            span: first_difference(sources, &path, &text, ""),
            path,
        }
    };
    Ok(strangers.into_iter().map(finding).collect())
}

/// A file that differs in a checkout or an archive.
fn altered((path, says): (Utf8PathBuf, String), stages: &Stages) -> Option<Finding> {
    let one = stages.rendered.first()?;
    Some(Finding {
        rule: ALTERED,
        message: format!("{path} {says}"),
        path,
        help: "remove the attribute from the inputs and from the rendered files, in .gitattributes"
            .to_owned(),
        span: one.resolved.name_span,
    })
}

/// Files that a commit would not include.
fn untracked(one: &Rendered, tracked: &Tracked, files: &[Compared]) -> Vec<Finding> {
    let there = files.iter().filter(|file| {
        !matches!(
            file.standing,
            Standing::Missing { .. } | Standing::Extra { .. }
        )
    });
    let lock = Utf8Path::new(LOCK);
    let there = there.map(|file| file.path.as_path());
    let lock = one.out.join(lock).is_file().then_some(lock);
    tracked
        .lacks(&one.out, there.chain(lock))
        .into_iter()
        .map(|path| {
            let path = one.out.join(path);
            Finding {
                rule: UNTRACKED,
                message: format!("{path} is not in Git"),
                path,
                help: format!(
                    "`git add {0}`, or `git add --force {0}` where .gitignore names it; then commit",
                    shell::word(one.out.as_str())
                ),
                span: one.resolved.name_span,
            }
        })
        .collect()
}

fn is_right(file: &Compared) -> bool {
    file.standing == Standing::Same
}

/// The first line that differs.
fn first_difference(sources: &mut SourceMap, path: &Utf8Path, before: &str, after: &str) -> Span {
    let mut start = 0;
    let mut right = after.lines();
    let mut lines = before.split_inclusive('\n').peekable();
    while let Some(line) = lines.next_if(|line| right.next() == Some(line.trim_end_matches('\n'))) {
        start += line.len();
    }
    let end = lines
        .next()
        .map_or(start, |line| start + line.trim_end().len());
    let file = sources.add(path.as_str(), before.to_owned());
    Span { file, start, end }
}

fn human(args: &CheckArgs, findings: &[Finding], files: usize) -> String {
    if findings.is_empty() {
        let deployments: Vec<&str> = args
            .inputs
            .deployments
            .iter()
            .map(|path| path.as_str())
            .collect();
        return format!(
            "{} matches {}: {files} files\n",
            args.inputs.out,
            deployments.join(", ")
        );
    }
    let mut page = Page::default();
    for rule in RULES {
        let of_rule = findings.iter();
        let of_rule: Vec<&Finding> = of_rule.filter(|one| one.rule.code == rule.code).collect();
        let Some(first) = of_rule.first() else {
            continue;
        };
        let rows = of_rule.iter().take(MOST_ROWS);
        let mut rows: Vec<Vec<String>> = rows.map(|one| vec![one.message.clone()]).collect();
        if of_rule.len() > MOST_ROWS {
            rows.push(vec![format!("and {} more", of_rule.len() - MOST_ROWS)]);
        }
        let group = Findings {
            severity: rule.severity,
            code: rule.code,
            summary: rule.summary,
            number: of_rule.len(),
            lists: vec![Group {
                rows,
                why: None,
                help: Some(&first.help),
            }],
        };
        page.block(&group.human());
    }
    let noun = plural(findings.len(), "finding");
    // A diff shows what a render would write, so it does not include other files.
    let in_diff = |finding: &Finding| {
        ![UNTRACKED.code, FOREIGN.code, ALTERED.code].contains(&finding.rule.code)
    };
    let more = match findings.iter().any(in_diff) {
        true => format!(
            "; `{}` shows what a render would change",
            args.inputs.command("diff")
        ),
        false => String::new(),
    };
    page.block(&paragraph(&format!("{noun}{more}"), 0));
    page.text
}
