//! Lint: what a security reviewer would ask about a deployment. Reads what resolve and plan made, changes nothing.
//!
//! 1. `rules` has one rule in each file, with its page beside it.
//! 2. A rule gives findings; each points at a line of a catalog or of the deployment, never at a rendered file.
//! 3. `levels` decides what becomes of each: the rule's own level, unless the deployment or the command line says
//!    otherwise, and nothing where the deployment allows it.

mod escalation;
mod faults;
mod granted;
mod levels;
mod rules;
mod sensitive;
mod ways;

use time::Date;

pub use faults::{FAULTS, Fault};
pub use granted::{Granted, Principal};
pub use levels::{Levels, UnknownRule};
pub use rules::RULES;
pub use ways::{Held, Way, ways, widened_ways};

use crate::diag::{Diagnostic, Severity, Span};
use crate::model::{AccountId, LintLevel};
use crate::plan::Plan;
use crate::reference::Reference;
use crate::resolve::{AllowedFinding, Resolved};

/// What a rule may look at: one deployment, and what AWS knows of actions.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The AWS service reference.
    pub reference: &'a Reference,
    /// The deployment with every name bound.
    pub resolved: &'a Resolved,
    /// The resources that come of it.
    pub plan: &'a Plan,
    /// The day on which it is looked at.
    pub today: Date,
}

/// A question that a reviewer would ask.
#[derive(Debug)]
pub struct Rule {
    /// The kebab-case name of what is wrong, so that "allow NAME" reads well.
    pub code: &'static str,
    /// Its level where nobody says otherwise.
    pub level: LintLevel,
    /// What it finds, in one line.
    pub summary: &'static str,
    /// The page that `landgrant explain CODE` prints, in Markdown.
    pub page: &'static str,
    /// Finds it.
    pub check: fn(&Context<'_>) -> Vec<Finding>,
}

/// Something that a reviewer would ask about, without the level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The text it is about, in a catalog or in the deployment.
    pub span: Span,
    /// Where the deployment asks for it, where `span` is in a catalog.
    pub asked: Option<Span>,
    /// What it is about, for `allow`: an action such as `iam:PassRole`, an account id, a name.
    pub subject: String,
    /// The accounts of the principals that it is about; none where it is about the deployment or a catalog.
    pub accounts: Vec<AccountId>,
    /// What is wrong, in one line.
    pub message: String,
    /// How far it reaches, to be said after the message: review holds findings to be the same however far they reach.
    pub limits: String,
    /// Why it matters.
    pub why: String,
    /// What to do.
    pub help: String,
}

/// A finding with what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reported {
    /// The finding as it is shown.
    pub diagnostic: Diagnostic,
    /// What it is about.
    pub subject: String,
    /// What is wrong, without how far it reaches.
    pub message: String,
    /// The accounts of the principals that it is about.
    pub accounts: Vec<AccountId>,
    /// Why the deployment accepts it, if it does.
    pub accepted: Option<String>,
}

/// Every finding of every rule that is not switched off: by rule, then in the order of the files.
///
/// An `allow` of the deployment that finds nothing to allow, or has expired, is a finding itself.
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
            // One that would be switched off anyway is still what an allow is for.
            for (allow, used) in allows.iter().zip(&mut used) {
                *used |= accepts(allow, rule, &finding);
            }
            if level > LintLevel::Allow {
                reported.push(report(
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

/// Findings in the order of the files. What is found of several principals is told once.
fn together(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings
        .sort_by(|a, b| (a.span, &a.subject, &a.message).cmp(&(b.span, &b.subject, &b.message)));
    findings.dedup_by(|next, kept| {
        let accounts = std::mem::take(&mut next.accounts);
        let same = Finding {
            accounts: kept.accounts.clone(),
            ..next.clone()
        } == *kept;
        match same {
            true => kept.accounts.extend(accounts),
            false => next.accounts = accounts,
        }
        same
    });
    findings
}

/// Whether an allow is about a finding, whatever the day.
fn accepts(allow: &AllowedFinding, rule: &Rule, finding: &Finding) -> bool {
    let about = allow.about.as_ref().is_none_or(|about| {
        crate::model::matches(&about.to_lowercase(), &finding.subject.to_lowercase())
    });
    allow.rule == rule.code && about
}

fn report(
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
    let shown = format!("{}{}", finding.message, finding.limits);
    let mut diagnostic = Diagnostic {
        severity,
        ..Diagnostic::error(code, finding.span, shown)
    }
    .why(finding.why)
    .help(finding.help);
    if let Some(asked) = finding.asked {
        diagnostic = diagnostic.related(asked, "asked for here");
    }
    Reported {
        diagnostic,
        subject: finding.subject,
        message: finding.message,
        accounts: finding.accounts,
        accepted,
    }
}
