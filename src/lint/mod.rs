//! Lint: questions that a security reviewer would ask about a deployment. It uses the output of resolve and plan.
//!
//! 1. `rules` has a file for each rule, with its page beside it.
//! 2. A rule returns findings; each points at a line of a catalog or a deployment, never at a rendered file.
//! 3. `levels` determines the level of each finding: that of the rule, unless the deployment or the command line
//!    changes it. A finding that the deployment allows is accepted.

mod escalation;
mod faults;
mod granted;
mod holders;
mod levels;
mod notable;
mod rules;
mod sensitive;
mod ways;

use std::collections::BTreeSet;

use time::Date;

pub use faults::{FAULTS, Fault};
use granted::denied;
pub use granted::{Attached, Granted, Principal};
pub use holders::Holder;
pub use levels::{Levels, UnknownRule};
pub use notable::{Listed, Notable};
pub use rules::RULES;
pub use ways::{Held, Way, ways, ways_with, widened_ways};

use crate::diag::{Diagnostic, Severity, Span};
use crate::model::LintLevel;
use crate::plan::Plan;
use crate::reference::Reference;
use crate::resolve::{AllowedFinding, Resolved};

/// The input of a rule: one deployment, and the service reference.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The AWS service reference.
    pub reference: &'a Reference,
    /// The resolved deployment.
    pub resolved: &'a Resolved,
    /// The planned resources.
    pub plan: &'a Plan,
    /// The date of the run.
    pub today: Date,
}

/// A lint rule.
#[derive(Debug)]
pub struct Rule {
    /// The kebab-case name, chosen so that "allow NAME" reads well.
    pub code: &'static str,
    /// Its default level.
    pub level: LintLevel,
    /// A one-line summary.
    pub summary: &'static str,
    /// The page that `landgrant explain CODE` prints, in Markdown.
    pub page: &'static str,
    /// The function that finds it.
    pub check: fn(&Context<'_>) -> Vec<Finding>,
}

/// A finding of a rule, without its level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The related text, in a catalog or a deployment.
    pub span: Span,
    /// The positions in the deployment that refer to the catalog, if `span` is in a catalog; one for each role.
    pub asked: Vec<Span>,
    /// The subject, for `allow` entries: an action such as `iam:PassRole`, an account id, a name.
    pub subject: String,
    /// The affected principals; empty for findings about the deployment or a catalog.
    pub holders: BTreeSet<Holder>,
    /// The message, in one line.
    pub message: String,
    /// The scope of the finding, which is printed after the message. Reviews ignore it when they compare findings.
    pub limits: String,
    /// Why it matters.
    pub why: String,
    /// The help.
    pub help: String,
}

/// A finding with its level applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reported {
    /// The diagnostic to print.
    pub diagnostic: Diagnostic,
    /// The subject.
    pub subject: String,
    /// The message without the scope and the roles.
    pub message: String,
    /// The affected principals.
    pub holders: BTreeSet<Holder>,
    /// The reason why the deployment accepts it, if it does.
    pub accepted: Option<String>,
}

/// Runs all rules that are not switched off. Findings are sorted by rule, then by position.
///
/// An `allow` entry that matches no finding, or has expired, is a finding itself.
pub fn run(context: &Context<'_>, levels: &Levels) -> Vec<Reported> {
    let allows = &context.resolved.lint.allows;
    let mut used = vec![false; allows.len()];
    let mut reported = Vec::new();
    for rule in RULES {
        let level = levels.level_of(rule);
        for finding in together((rule.check)(context)) {
            let accepted = allows.iter().position(|allow| {
                accepts(allow, rule, &finding)
                    && allow.until.is_none_or(|until| until >= context.today)
            });
            // An `allow` entry also counts as used if its finding is switched off.
            for (allow, used) in allows.iter().zip(&mut used) {
                *used |= accepts(allow, rule, &finding);
            }
            if level > LintLevel::Allow {
                reported.push(report(
                    context,
                    rule.code,
                    level,
                    finding,
                    accepted.map(|index| allows[index].reason.clone()),
                ));
            }
        }
    }
    reported.extend(levels::review_allows(context, levels, &used));
    reported
}

/// Sorts findings by position, and merges equal findings of several principals.
fn together(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings
        .sort_by(|a, b| (a.span, &a.subject, &a.message).cmp(&(b.span, &b.subject, &b.message)));
    let mut merged: Vec<Finding> = Vec::new();
    for mut finding in findings {
        let holders = std::mem::take(&mut finding.holders);
        let asked = std::mem::take(&mut finding.asked);
        let mut near = merged
            .iter_mut()
            .rev()
            .take_while(|known| known.span == finding.span && known.message == finding.message);
        let is_same = |known: &&mut Finding| {
            (&known.subject, &known.limits) == (&finding.subject, &finding.limits)
                && (&known.why, &known.help) == (&finding.why, &finding.help)
        };
        match near.find(is_same) {
            Some(known) => {
                known.holders.extend(holders);
                let new = asked.into_iter().filter(|at| !known.asked.contains(at));
                let new: Vec<Span> = new.collect();
                known.asked.extend(new);
            }
            None => merged.push(Finding {
                asked,
                holders,
                ..finding
            }),
        }
    }
    merged
}

/// Whether an `allow` entry matches a finding, regardless of its date.
fn accepts(allow: &AllowedFinding, rule: &Rule, finding: &Finding) -> bool {
    let about = allow.about.as_ref().is_none_or(|about| {
        crate::model::matches(&about.to_lowercase(), &finding.subject.to_lowercase())
    });
    allow.rule == rule.code && about
}

fn report(
    context: &Context<'_>,
    code: &'static str,
    level: LintLevel,
    finding: Finding,
    accepted: Option<String>,
) -> Reported {
    let severity = match level {
        LintLevel::Deny => Severity::Error,
        LintLevel::Warn => Severity::Warning,
        LintLevel::Note | LintLevel::Allow => Severity::Note,
    };
    let of_roles = context.of_roles(&finding.holders);
    let shown = format!("{}{}{of_roles}", finding.message, finding.limits);
    let mut diagnostic = Diagnostic {
        severity,
        ..Diagnostic::error(code, finding.span, shown)
    }
    .why(finding.why)
    .help(finding.help);
    for asked in finding.asked {
        diagnostic = diagnostic.related(asked, "asked for here");
    }
    Reported {
        diagnostic,
        subject: finding.subject,
        message: finding.message,
        holders: finding.holders,
        accepted,
    }
}
