//! Account lists from spreadsheets: a header, then a row for each account. The AWS Organizations console exports such a
//! file too.

use std::collections::BTreeMap;

use super::rows::{Row, at, dialect, rows};
use super::{ListedAccount, Located};
use crate::diag::{Diagnostic, FileId, Span, did_you_mean};
use crate::load::sink::Sink;
use crate::model::{AccountId, OrganizationalUnitId, shown};

/// The content of a column.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Column {
    Account,
    Name,
    Status,
    State,
    Unit,
    ExternalId,
    Role,
    Variant,
    Tag(String),
}

/// Columns with only one accepted name, as written in a header.
const COLUMNS: &[(&str, Column)] = &[
    ("account", Column::Account),
    ("name", Column::Name),
    ("status", Column::Status),
    ("state", Column::State),
    ("unit", Column::Unit),
    ("external_id", Column::ExternalId),
    ("role", Column::Role),
    ("variant", Column::Variant),
];

/// The accounts of a CSV list. Cells are separated by commas, semicolons or tabs, whichever is most frequent in the
/// header.
pub(super) fn accounts(file: FileId, text: &str, sink: &mut Sink) -> Vec<ListedAccount> {
    let (delimiter, start) = dialect(text);
    let mut rows = rows(file, text, delimiter, start, sink);
    let header = match rows.is_empty() {
        true => None,
        false => Some(rows.remove(0)),
    };
    let columns = header.as_ref().map(|header| columns(file, header, sink));
    let columns = columns.unwrap_or_default();
    if !columns.contains(&Some(Column::Account)) {
        let first = header.as_ref().map_or(0..0, |header| header.cell(0));
        let what = match AccountId::parse(&text[first.clone()]) {
            _ if header.is_none() => "the file has no row",
            Ok(_) => "the first row is an account, and no header",
            Err(_) => "no column is named `account`",
        };
        sink.push(
            Diagnostic::error("missing-column", at(file, first), what)
                .why("the first row says what the columns hold, and one of them must hold the account ids")
                .help(format!("write the names of columns into the first row: {}", column_names())),
        );
        return Vec::new();
    }
    let accounts = rows
        .iter()
        .filter_map(|row| account(file, row, &columns, sink));
    accounts.collect()
}

/// The content of each column; `None` for columns that are not read.
fn columns(file: FileId, header: &Row, sink: &mut Sink) -> Vec<Option<Column>> {
    let columns: Vec<Option<Column>> = header.values.iter().map(column).collect();
    let mut first: BTreeMap<&Column, usize> = BTreeMap::new();
    for (index, column) in columns.iter().enumerate() {
        let Some(column) = column else { continue };
        if let Some(earlier) = first.insert(column, index) {
            sink.push(
                Diagnostic::error(
                    "duplicate-column",
                    at(file, header.cell(index)),
                    "two columns hold the same",
                )
                .label("again here")
                .related(at(file, header.cell(earlier)), "first here")
                .help("delete or rename one of the two"),
            );
        }
    }
    let missing = COLUMNS
        .iter()
        .filter(|(_, column)| !first.contains_key(column));
    let missing: Vec<&str> = missing.map(|(name, _)| *name).collect();
    for (index, name) in header.values.iter().enumerate() {
        if columns[index].is_some() {
            continue;
        }
        if let Some(near) = did_you_mean(name, missing.iter().copied()) {
            sink.push(
                Diagnostic::warning(
                    "unknown-column",
                    at(file, header.cell(index)),
                    format!("the column {} is not read", shown(name)),
                )
                .help(format!("did you mean `{near}`?")),
            );
        }
    }
    columns
}

/// The AWS Organizations console uses `Account ID`; spreadsheets say `Account name` too.
fn column(name: &str) -> Option<Column> {
    let lower = name.to_lowercase();
    if lower.starts_with("tag:") {
        return Some(Column::Tag(name["tag:".len()..].trim().to_owned()));
    }
    let plain = lower.replace([' ', '_', '-'], "");
    if ["id", "accountid"].contains(&plain.as_str()) {
        return Some(Column::Account);
    }
    let of_account = plain.strip_prefix("account");
    let known = COLUMNS.iter().find(|(known, _)| {
        let known = known.replace('_', "");
        known == plain || of_account == Some(known.as_str())
    });
    known.map(|(_, column)| column.clone())
}

fn column_names() -> String {
    let names = COLUMNS.iter().map(|(name, _)| *name);
    let names: Vec<&str> = names.chain(["tag:KEY"]).collect();
    names.join(", ")
}

fn account(
    file: FileId,
    row: &Row,
    columns: &[Option<Column>],
    sink: &mut Sink,
) -> Option<ListedAccount> {
    let beyond = row
        .values
        .iter()
        .skip(columns.len())
        .any(|cell| !cell.is_empty());
    if beyond || row.values.len() < columns.len() {
        sink.push(
            Diagnostic::error(
                "uneven-row",
                at(file, row.cell(0).start..row.cell(usize::MAX).end),
                format!("a row of {} cells under a header of {}", row.values.len(), columns.len()),
            )
            .why("from the first missing or additional cell on, each value would be taken for another")
            .help("put a value that holds the separator in quotes; write a cell for each column"),
        );
        return None;
    }
    let mut account = None;
    let mut found: BTreeMap<&Column, Located> = BTreeMap::new();
    for (index, column) in columns.iter().enumerate() {
        let (Some(column), Some(text)) = (column, row.values.get(index)) else {
            continue;
        };
        let span = at(file, row.cell(index));
        if *column == Column::Account {
            account = account_id(sink, text, span).map(|account| (account, span));
        } else if !text.is_empty() {
            found.insert(
                column,
                Located {
                    text: text.to_owned(),
                    span,
                },
            );
        }
    }
    let (account, span) = account?;
    let mut listed = ListedAccount::new(account, span);
    let mut tags = BTreeMap::new();
    let mut status = None;
    for (column, value) in found {
        match column {
            Column::Name => listed.name = Some(value),
            Column::Status => status = Some(value),
            Column::State => listed.status = Some(value),
            Column::ExternalId => listed.external_id = Some(value),
            Column::Role => listed.role = Some(value),
            Column::Variant => listed.variant = Some(value),
            Column::Unit => {
                let unit = OrganizationalUnitId::parse(&value.text);
                let unit = sink.take("bad-unit", value.span, unit);
                listed.unit = unit.map(|unit| (unit, value.span));
            }
            Column::Tag(key) => drop(tags.insert(key.clone(), value.text)),
            Column::Account => {}
        }
    }
    listed.status = listed.status.or(status);
    let knows_tags = columns
        .iter()
        .flatten()
        .any(|column| matches!(column, Column::Tag(_)));
    listed.tags = knows_tags.then_some(tags);
    Some(listed)
}

/// An account id, including forms that spreadsheets convert it to.
fn account_id(sink: &mut Sink, text: &str, span: Span) -> Option<AccountId> {
    // A formula that preserves leading zeros: ="012345678901".
    let text = text
        .strip_prefix("=\"")
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(text);
    if text.is_empty() {
        sink.push(
            Diagnostic::error("bad-account", span, "a row without an account id")
                .help("write the 12 digits, or delete the row"),
        );
        return None;
    }
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    if digits && text.len() < 12 {
        sink.push(
            Diagnostic::error("bad-account", span, format!("{} is not an account id: it has {} digits", shown(text), text.len()))
                .why("an AWS account id has exactly 12 digits, and a spreadsheet that takes it for a number drops the zeros in front")
                .help(format!("write {text:0>12} if that is the account, and make the column text before the file is saved again")),
        );
        return None;
    }
    if rounded(text) {
        sink.push(
            Diagnostic::error("bad-account", span, format!("{} is a rounded number: the account id is lost", shown(text)))
                .why("a spreadsheet took the account id for a number, and shows long numbers like this")
                .help("make the column text in the spreadsheet, enter the 12 digits again, and save the file again"),
        );
        return None;
    }
    sink.take("bad-account", span, AccountId::parse(text))
}

/// Whether it is a number such as `1.23E+11` or `1,23E+11`.
fn rounded(text: &str) -> bool {
    let number = text.replace(',', ".").to_ascii_uppercase();
    number.contains('E') && number.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::{Column, column};

    #[test]
    fn a_column_is_known_in_every_spelling_of_its_name() {
        for (name, known) in [
            ("Account ID", Some(Column::Account)),
            ("ACCOUNT", Some(Column::Account)),
            ("Account name", Some(Column::Name)),
            ("account_status", Some(Column::Status)),
            ("External ID", Some(Column::ExternalId)),
            ("external-id", Some(Column::ExternalId)),
            ("Account Type", None),
            ("E-mail", None),
        ] {
            assert_eq!(column(name), known, "{name}");
        }
    }
}
