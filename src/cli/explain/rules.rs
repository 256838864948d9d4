//! The pages of the rules, and the list of them.

use crate::audit;
use crate::cli::check;
use crate::cli::report::Page;
use crate::cli::table::{columns, paragraph, row};
use crate::cli::ui::bold;
use crate::diag::{did_you_mean, level};
use crate::lint::{FAULTS, RULES};

/// The page of a rule, its headings in bold.
///
/// # Errors
///
/// When there is no such rule.
pub(super) fn page(code: &str) -> anyhow::Result<String> {
    let rules = RULES.iter().map(|rule| (rule.code, rule.page));
    let faults = FAULTS.iter().map(|fault| (fault.code, fault.page));
    let pages: Vec<(&str, &str)> = rules.chain(faults).collect();
    let of_audit = audit::RULES.iter().find(|rule| rule.code == code);
    let of_check = check::RULES;
    let checked = of_check.iter().find(|rule| rule.code == code);
    // A rule of lint has its name first: an allow may expire in both.
    match (
        pages.iter().find(|(known, _)| *known == code),
        of_audit,
        checked,
    ) {
        (Some((_, page)), _, _) => Ok(shown(page)),
        (None, Some(rule), _) => Ok(shown(&rule.page())),
        (None, None, Some(rule)) => Ok(shown(&format!(
            "# {code}\n\n`landgrant check` finds that {}.\n\n{}\n",
            rule.summary, rule.page
        ))),
        (None, None, None) => {
            let audits = audit::RULES.iter().map(|rule| rule.code);
            let codes = pages.iter().map(|(code, _)| *code).chain(audits);
            let codes = codes.chain(of_check.iter().map(|rule| rule.code));
            let meant = did_you_mean(code, codes)
                .map(|near| format!("; did you mean `{near}`?"))
                .unwrap_or_default();
            anyhow::bail!(
                "`{code}` is neither an action, which has a colon, nor a rule{meant} (`landgrant explain` lists the rules)"
            )
        }
    }
}

/// Headings in bold, paragraphs as wide as a terminal, code as it is.
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

/// Every rule with its level, by the command that finds it.
pub(super) fn list() -> String {
    let rules = RULES.iter();
    let rules = rules.map(|rule| row([rule.code, rule.level.as_str(), rule.summary]));
    let faults = FAULTS.iter();
    let faults = faults.map(|fault| row([fault.code, "always", fault.summary]));
    let mut rows: Vec<Vec<String>> = rules.chain(faults).collect();
    rows.sort();
    rows.insert(0, row(["rule", "level", "finds"]));
    let of_audit = audit::RULES.iter();
    let of_audit = of_audit.map(|rule| row([rule.code, level(rule.severity), rule.summary]));
    let of_check = check::RULES.iter();
    let of_check = of_check.map(|rule| row([rule.code, level(rule.severity), rule.summary]));
    let mut page = Page::default();
    page.section("landgrant lint", &columns(&rows));
    page.section("landgrant audit", &columns(&of_audit.collect::<Vec<_>>()));
    page.section("landgrant check", &columns(&of_check.collect::<Vec<_>>()));
    let more = "`landgrant explain RULE` prints the page of a rule, `landgrant explain ACTION` what an action is.";
    page.block(&paragraph(more, 0));
    page.text
}
