//! Determines the level of findings from the rule, the deployment and the command line, and finds unused `allow`
//! entries.

use std::collections::{BTreeMap, BTreeSet};

use super::{Context, Finding, RULES, Reported, Rule, report};
use crate::diag::{Diagnostic, did_you_mean};
use crate::model::{LintLevel, shown};
use crate::resolve::LintSettings;

/// Levels that override those of the rules.
#[derive(Debug, Clone, Default)]
pub struct Levels {
    by_code: BTreeMap<&'static str, LintLevel>,
    warnings: Option<LintLevel>,
}

/// The error for an unknown rule name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no rule {name}{}", near.map(|near| format!("; did you mean {near}?")).unwrap_or_default())]
pub struct UnknownRule {
    pub name: String,
    /// A similarly named rule.
    pub near: Option<&'static str>,
}

impl Levels {
    /// The levels of a deployment, with a diagnostic for each unknown rule.
    pub fn of_deployment(settings: &LintSettings) -> (Self, Vec<Diagnostic>) {
        let mut levels = Self::default();
        let mut faults = Vec::new();
        let mut unknown = |unknown: UnknownRule, span| {
            let diagnostic = Diagnostic::error(
                "unknown-rule",
                span,
                format!("there is no rule {}", shown(&unknown.name)),
            );
            faults.push(match unknown.near {
                Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
                None => diagnostic.help("`landgrant explain` lists the rules"),
            });
        };
        for (name, level, span) in &settings.levels {
            if let Err(error) = levels.set_rule(name, *level) {
                unknown(error, *span);
            }
        }
        for allow in &settings.allows {
            if let Err(error) = rule(&allow.rule) {
                unknown(error, allow.span);
            }
        }
        (levels, faults)
    }

    /// Sets the level of a rule, of `all` rules, or of `warnings`, which are all rules that would warn.
    ///
    /// # Errors
    ///
    /// Fails if no rule has that name.
    pub fn set(&mut self, name: &str, level: LintLevel) -> Result<(), UnknownRule> {
        match name {
            "all" => {
                for rule in RULES {
                    self.by_code.insert(rule.code, level);
                }
                Ok(())
            }
            "warnings" => {
                self.warnings = Some(level);
                Ok(())
            }
            name => self.set_rule(name, level),
        }
    }

    fn set_rule(&mut self, name: &str, level: LintLevel) -> Result<(), UnknownRule> {
        self.by_code.insert(rule(name)?.code, level);
        Ok(())
    }

    /// The same, but a rule that would be below its default level gets its default level.
    #[must_use]
    pub fn at_least_default(&self) -> Self {
        let mut levels = self.clone();
        for rule in RULES {
            levels
                .by_code
                .insert(rule.code, self.level_of(rule).max(rule.level));
        }
        levels
    }

    /// The level of a rule.
    pub fn level_of(&self, rule: &Rule) -> LintLevel {
        self.effective(rule.code, rule.level)
    }

    fn effective(&self, code: &str, default: LintLevel) -> LintLevel {
        let level = self.by_code.get(code).copied().unwrap_or(default);
        match (level, self.warnings) {
            (LintLevel::Warn, Some(warnings)) => warnings,
            _ => level,
        }
    }
}

/// The rule with a name.
///
/// # Errors
///
/// Fails if no rule has that name.
pub(super) fn rule(name: &str) -> Result<&'static Rule, UnknownRule> {
    RULES
        .iter()
        .find(|rule| rule.code == name)
        .copied()
        .ok_or_else(|| UnknownRule {
            name: name.to_owned(),
            near: did_you_mean(name, RULES.iter().map(|rule| rule.code)),
        })
}

/// Findings for `allow` entries that match nothing, or have expired.
pub(super) fn review_allows(
    context: &Context<'_>,
    levels: &Levels,
    used: &[bool],
) -> Vec<Reported> {
    let mut reported = Vec::new();
    for (allow, used) in context.resolved.lint.allows.iter().zip(used) {
        let expired = allow.until.filter(|until| *until < context.today);
        let (code, message, why, help) = match (expired, used) {
            (_, false) => (
                "unused-allow",
                format!("this matches no finding: {}", allow.rule),
                "the finding it accepted is gone, and it would hide the next one of its kind",
                "delete it",
            ),
            (Some(until), true) => (
                "expired-allow",
                format!("{} was accepted until {until}", allow.rule),
                "it was accepted until that day only",
                "fix the finding, or accept it for longer with a current reason",
            ),
            (None, true) => continue,
        };
        let Ok(rule) = rule(code) else { continue };
        let finding = Finding {
            span: allow.span,
            asked: Vec::new(),
            subject: allow.rule.clone(),
            limits: String::new(),
            holders: BTreeSet::new(),
            message,
            why: why.to_owned(),
            help: help.to_owned(),
        };
        if levels.level_of(rule) > LintLevel::Allow {
            let level = levels.level_of(rule);
            reported.push(report(context, rule.code, level, finding, None));
        }
    }
    reported
}
