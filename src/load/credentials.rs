//! A credential report, as printed by `aws iam get-credential-report`, or the CSV in it, with the fields that are used.
//!
//! Source: AWS IAM User Guide, "Get credential reports for your AWS account".

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use csv::StringRecord;
use serde::Deserialize;
use time::Date;
use time::format_description::well_known::Iso8601;

use crate::diag::{Diagnostic, FileId, Span};
use crate::model::AccountId;

/// The users of an account with their access keys.
#[derive(Debug, Clone, Default)]
pub struct CredentialReport {
    pub users: Vec<UserKeys>,
}

/// A user's access keys.
#[derive(Debug, Clone)]
pub struct UserKeys {
    pub arn: String,
    /// The days on which the active keys were last rotated, by number: 1 or 2.
    pub active: Vec<(u8, Date)>,
}

/// The output of the AWS CLI.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Printed {
    /// The CSV, encoded in Base64.
    content: String,
}

/// Reads a credential report of the account.
pub(super) fn read(
    file: FileId,
    text: &str,
    account: &AccountId,
) -> Result<CredentialReport, Box<Diagnostic>> {
    let bad = |line: usize, what: &str| {
        let fault = Diagnostic::error(
            "bad-credential-report",
            line_span(file, text, line),
            format!("this is not a credential report: {what}"),
        )
        .why("a credential report is what `aws iam get-credential-report` prints as JSON, or the CSV in it")
        .help("save it again: aws iam generate-credential-report, then aws iam get-credential-report --output json > credentials.json");
        Box::new(fault)
    };
    let decoded;
    let (csv, in_lines) = match text.trim_start().starts_with('{') {
        false => (text, true),
        true => {
            let printed: Printed = serde_json::from_str(text)
                .map_err(|error| bad(error.line(), "it is not what the AWS CLI prints"))?;
            let content: String = printed.content.split_whitespace().collect();
            decoded = STANDARD
                .decode(content)
                .ok()
                .and_then(|bytes| String::from_utf8(bytes).ok())
                .ok_or_else(|| bad(1, "its Content is not text in Base64"))?;
            (decoded.as_str(), false)
        }
    };
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let headers = reader
        .headers()
        .map_err(|error| bad(1, &error.to_string()))?
        .clone();
    let column = |name: &str| {
        let place = headers.iter().position(|header| header == name);
        place.ok_or_else(|| bad(1, &format!("it has no column {name}")))
    };
    let arn = column("arn")?;
    let keys = [
        (
            1,
            column("access_key_1_active")?,
            column("access_key_1_last_rotated")?,
        ),
        (
            2,
            column("access_key_2_active")?,
            column("access_key_2_last_rotated")?,
        ),
    ];
    let mut report = CredentialReport::default();
    for record in reader.records() {
        // Lines of an encoded report are not lines of the file.
        let line = |record: Option<&csv::Position>| match (in_lines, record) {
            (true, Some(position)) => usize::try_from(position.line()).unwrap_or(1),
            _ => 1,
        };
        let record = record.map_err(|error| {
            bad(
                line(error.position()),
                "a line has another number of fields",
            )
        })?;
        let line = line(record.position());
        let field = |place: usize| record.get(place).unwrap_or_default();
        let arn = field(arn);
        if arn.split(':').nth(4) != Some(account.as_str()) {
            return Err(Box::new(
                Diagnostic::error(
                    "foreign-credential-report",
                    line_span(file, text, line),
                    format!("this is not a credential report of account {account}"),
                )
                .why("keys of another account would be taken for keys of this one")
                .help("give each report with its own account: --credential-report ACCOUNT=FILE"),
            ));
        }
        let mut active = Vec::new();
        for (number, is_active, rotated) in keys {
            let is_active = is(&record, is_active).ok_or_else(|| {
                bad(
                    line,
                    &format!("it does not say whether access key {number} of {arn} is active"),
                )
            })?;
            if is_active {
                let day = day(field(rotated)).ok_or_else(|| {
                    bad(
                        line,
                        &format!("it does not say how old access key {number} of {arn} is"),
                    )
                })?;
                active.push((number, day));
            }
        }
        report.users.push(UserKeys {
            arn: arn.to_owned(),
            active,
        });
    }
    Ok(report)
}

fn is(record: &StringRecord, place: usize) -> Option<bool> {
    match record.get(place)?.to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// The day of a time such as `2026-03-08T08:12:31+00:00`.
fn day(text: &str) -> Option<Date> {
    Date::parse(text.get(..10)?, &Iso8601::DATE).ok()
}

fn line_span(file: FileId, text: &str, line: usize) -> Span {
    let start: usize = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
    let length = text[start..].find('\n').unwrap_or(text.len() - start);
    // Base64 text is a single long line.
    let end = start + length.min(80);
    let end = (start..=end).rev().find(|end| text.is_char_boundary(*end));
    Span {
        file,
        start,
        end: end.unwrap_or(start),
    }
}
