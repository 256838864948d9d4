//! Fields of a CSV file.

use std::borrow::Cow;

/// Text that no spreadsheet interprets as a formula: an apostrophe is put before text that could be one.
pub(crate) fn no_formula(text: &str) -> Cow<'_, str> {
    match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{text}").into(),
        false => text.into(),
    }
}

/// A field as in RFC 4180.
fn csv_field(field: &str) -> String {
    let field = no_formula(field);
    match field.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", field.replace('"', "\"\"")),
        false => field.into_owned(),
    }
}

/// A line of fields, with its end.
pub(crate) fn csv_line<'a>(fields: impl IntoIterator<Item = &'a str>) -> String {
    let fields: Vec<String> = fields.into_iter().map(csv_field).collect();
    fields.join(",") + "\n"
}
