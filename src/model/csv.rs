//! Fields of a CSV file.

/// A field as RFC 4180 has it. A spreadsheet takes what begins with `=`, `+`, `-` or `@` for a formula: an apostrophe before
/// it makes it text.
pub(crate) fn csv_field(field: &str) -> String {
    let field = match field.starts_with(['=', '+', '-', '@']) {
        true => format!("'{field}"),
        false => field.to_owned(),
    };
    match field.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", field.replace('"', "\"\"")),
        false => field,
    }
}

/// A line of fields, with its end.
pub(crate) fn csv_line<'a>(fields: impl IntoIterator<Item = &'a str>) -> String {
    let fields: Vec<String> = fields.into_iter().map(csv_field).collect();
    fields.join(",") + "\n"
}
