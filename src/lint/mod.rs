//! Lint: what a security reviewer would ask about a deployment. Reads what resolve and plan made, changes nothing.
//!
//! 1. `rules` has one rule in each file, with its page beside it.
//! 2. A rule gives findings; each points at a line of a catalog or of the deployment, never at a rendered file.
//! 3. A finding's severity is the rule's level: its own, unless the deployment or the command line says otherwise.

mod granted;
mod rules;

pub use granted::Granted;
pub use rules::RULES;

use crate::diag::{Diagnostic, Span};
use crate::plan::Plan;
use crate::reference::Reference;
use crate::resolve::Resolved;

/// What a rule may look at: one deployment, and what AWS knows of actions.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The AWS service reference.
    pub reference: &'a Reference,
    /// The deployment with every name bound.
    pub resolved: &'a Resolved,
    /// The resources that come of it.
    pub plan: &'a Plan,
}

/// What becomes of a rule's findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// They are not shown.
    Allow,
    /// They are shown as notes.
    Note,
    /// They are shown as warnings.
    Warn,
    /// They are shown as errors, and `landgrant lint` ends with exit code 1.
    Deny,
}

/// A question that a reviewer would ask.
#[derive(Debug)]
pub struct Rule {
    /// The kebab-case name of what is wrong, so that "allow NAME" reads well.
    pub code: &'static str,
    /// Its level where nobody says otherwise.
    pub level: Level,
    /// What it finds, in one line.
    pub summary: &'static str,
    /// The page that `landgrant explain CODE` prints.
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
    /// What is wrong, in one line.
    pub message: String,
    /// Why it matters.
    pub why: String,
    /// What to do.
    pub help: String,
}

/// Every finding of every rule, as warnings.
pub fn run(context: &Context<'_>) -> Vec<Diagnostic> {
    RULES
        .iter()
        .flat_map(|rule| {
            (rule.check)(context)
                .into_iter()
                .map(move |finding| (rule, finding))
        })
        .map(|(rule, finding)| {
            Diagnostic::warning(rule.code, finding.span, finding.message)
                .why(finding.why)
                .help(finding.help)
        })
        .collect()
}
