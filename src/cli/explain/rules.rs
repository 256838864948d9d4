//! Explains the rules of `lint`, `audit` and `check`.

use serde::Serialize;

use crate::audit;
use crate::cli::catalog::Format;
use crate::cli::check;
use crate::cli::report::{Page, json};
use crate::cli::table::{columns, paragraph, row};
use crate::cli::ui::bold;
use crate::diag::{RuleInfo, did_you_mean, level};
use crate::lint::{FAULTS, RULES};
use crate::reference::near_managed_policy;

#[derive(Serialize)]
struct RulesJson {
    format: &'static str,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
struct Rule {
    rule: &'static str,
    /// The command that reports the rule's findings.
    command: &'static str,
    /// `always` for an error, whose level cannot be set.
    level: &'static str,
    summary: &'static str,
    page: String,
}

/// The page of one rule, or the list of all rules.
///
/// # Errors
///
/// Fails if there is no such rule.
pub(super) fn text(code: Option<&str>, format: Format) -> anyhow::Result<String> {
    let mut rules = all();
    if let Some(code) = code {
        if !rules.iter().any(|rule| rule.rule == code) {
            let meant = did_you_mean(code, rules.iter().map(|rule| rule.rule))
                .map(str::to_owned)
                .or_else(|| near_managed_policy(code))
                .map(|near| format!("; did you mean `{near}`?"))
                .unwrap_or_default();
            anyhow::bail!(
                "`{code}` is neither an action, which has a colon, nor a managed policy of AWS, nor a rule{meant} (`landgrant explain` lists the rules)"
            )
        }
        rules.retain(|rule| rule.rule == code);
    }
    Ok(match (format, code) {
        (Format::Human, Some(_)) => shown(&rules[0].page),
        (Format::Human, None) => list(&rules),
        (Format::Json, _) => json(&RulesJson {
            format: "landgrant/explain-rules/v1",
            rules,
        })?,
    })
}

/// All rules by command, those of lint first and sorted. `lint` and `audit` share the code `expired-allow`.
fn all() -> Vec<Rule> {
    let rule = |command, rule, level, summary, page| Rule {
        rule,
        command,
        level,
        summary,
        page,
    };
    let rules = RULES.iter().map(|of| {
        let level = of.level.as_str();
        rule("lint", of.code, level, of.summary, of.page.to_owned())
    });
    let faults = FAULTS.iter().map(|of| {
        let page = of.page.to_owned();
        rule("lint", of.code, "always", of.summary, page)
    });
    let mut all: Vec<Rule> = rules.chain(faults).collect();
    all.sort_by_key(|rule| rule.rule);
    let of_audit = audit::RULES.iter();
    all.extend(of_audit.map(|of| {
        let level = level(of.severity);
        rule("audit", of.code, level, of.summary, of.page())
    }));
    all.extend(check::RULES.iter().map(|of| {
        let RuleInfo { code, summary, .. } = of;
        let page = format!(
            "# {code}\n\n`landgrant check` finds that {summary}.\n\n{}\n",
            of.page
        );
        rule("check", code, level(of.severity), summary, page)
    }));
    all
}

/// A table of the rules of each command, with their levels.
fn list(rules: &[Rule]) -> String {
    let mut page = Page::default();
    let mut head = Some(row(["rule", "level", "finds"]));
    for rules in rules.chunk_by(|one, other| one.command == other.command) {
        let rows = rules.iter();
        let rows = rows.map(|rule| row([rule.rule, rule.level, rule.summary]));
        let rows: Vec<Vec<String>> = head.take().into_iter().chain(rows).collect();
        page.section(&format!("landgrant {}", rules[0].command), &columns(&rows));
    }
    let more = "`landgrant explain RULE` prints the page of a rule, `landgrant explain ACTION` what an action is, `landgrant explain POLICY` what a managed policy of AWS grants.";
    page.block(&paragraph(more, 0));
    page.text
}

/// Formats a page: bold headings, wrapped paragraphs, unchanged code.
fn shown(page: &str) -> String {
    let mut text = String::new();
    let mut in_code = false;
    for line in page.lines() {
        if line.starts_with("```") {
            in_code = !in_code;
        } else if in_code {
            text.push_str(&format!("    {line}\n"));
        } else if line.starts_with('#') {
            text.push_str(&format!("{}\n", bold(line.trim_start_matches('#').trim())));
        } else if line.is_empty() {
            text.push('\n');
        } else {
            text.push_str(&paragraph(line, 0));
        }
    }
    text
}
