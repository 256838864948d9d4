//! The table of quotas: what is used, what AWS allows, how many more targets fit.

use super::table::{self, columns};
use crate::model::FileSet;
use crate::plan::{Budget, Plan, budget};
use crate::render::templates;

/// More groups than this are counted: the fullest and the last say what there is to know.
const MOST_GROUPS: usize = 4;

/// A word of this many characters has room behind the numbers.
const BROADEST: usize = 30;

/// The table for one plan and, where they are rendered already, its files; empty where nothing is limited.
pub(super) fn table(plan: &Plan, files: Option<&FileSet>) -> String {
    let templates = files.map(|files| templates(plan, files));
    let templates = templates
        .into_iter()
        .flatten()
        .map(|template| template.budget());
    let (groups, others): (Vec<Budget>, Vec<Budget>) = budget(plan)
        .into_iter()
        .chain(templates)
        .partition(|one| one.what.starts_with("inline, group "));
    let mut rows = vec![table::row(["used", "", "fits", "quota"])];
    let hidden = match groups.len() {
        0..=MOST_GROUPS => 0,
        many => many - 2,
    };
    let left: usize = groups[1.min(groups.len())..]
        .iter()
        .take(hidden)
        .filter_map(|one| one.targets_left)
        .sum();
    for (number, group) in groups.iter().enumerate() {
        if hidden > 0 && number == 1 {
            rows.push(vec![
                "…".to_owned(),
                String::new(),
                targets(Some(left)),
                format!("{hidden} more groups"),
            ]);
        }
        if hidden == 0 || number == 0 || number + 1 == groups.len() {
            rows.push(row(group));
        }
    }
    rows.extend(others.iter().map(row));
    // A path is one word, which nothing wraps. All templates are in one folder.
    let is_broad = |row: &Vec<String>| {
        let words = row.iter().flat_map(|cell| cell.split(' '));
        words
            .map(|word| word.chars().count())
            .any(|length| length > BROADEST)
    };
    if rows.iter().any(is_broad) {
        for what in rows.iter_mut().filter_map(|row| row.last_mut()) {
            *what = what.replacen("template cloudformation/", "template ", 1);
        }
    }
    match rows.len() {
        1 => String::new(),
        _ => columns(&rows),
    }
}

fn row(budget: &Budget) -> Vec<String> {
    vec![
        format!("{} of {} {}", budget.used, budget.limit, budget.unit),
        format!("{} %", budget.percent()),
        targets(budget.targets_left),
        budget.what.clone(),
    ]
}

/// How many more fit, where targets use the quota.
fn targets(left: Option<usize>) -> String {
    match left {
        None => "–".to_owned(),
        Some(1) => "1 target".to_owned(),
        Some(left) => format!("{left} targets"),
    }
}
