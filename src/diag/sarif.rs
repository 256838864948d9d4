//! Prints findings as SARIF 2.1.0 for code scanning services.
//!
//! Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::json::level;
use super::{Entry, RuleInfo, SourceMap, Span};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Findings as a SARIF log with one run. Accepted findings are included as suppressed, with the reason. A code that is
/// not in `rules` is an error in a file.
pub fn render_sarif(sources: &SourceMap, entries: &[Entry<'_>], rules: &[RuleInfo<'_>]) -> String {
    let mut codes: Vec<&str> = entries.iter().map(|entry| entry.diagnostic.code).collect();
    codes.sort_unstable();
    codes.dedup();
    let described: Vec<Value> = codes
        .iter()
        .map(|code| described(code, rules.iter().find(|rule| rule.code == *code)))
        .collect();
    let results: Vec<Value> = entries
        .iter()
        .map(|entry| result(sources, entry, &codes))
        .collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "landgrant",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": described,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

fn described(code: &str, rule: Option<&RuleInfo<'_>>) -> Value {
    let Some(rule) = rule else {
        return json!({
            "id": code,
            "shortDescription": {"text": "A fault in a file"},
            "defaultConfiguration": {"level": "error"},
        });
    };
    json!({
        "id": code,
        "shortDescription": {"text": rule.summary},
        "help": {"text": rule.page, "markdown": rule.page},
        "defaultConfiguration": {"level": level(rule.severity)},
    })
}

fn result(sources: &SourceMap, entry: &Entry<'_>, codes: &[&str]) -> Value {
    let diagnostic = entry.diagnostic;
    let (span, text) = entry.in_files(sources);
    let mut result = Map::new();
    result.insert("ruleId".to_owned(), json!(diagnostic.code));
    result.insert(
        "ruleIndex".to_owned(),
        json!(codes.iter().position(|code| *code == diagnostic.code)),
    );
    result.insert("level".to_owned(), json!(level(diagnostic.severity)));
    result.insert("message".to_owned(), json!({"text": plain(&text)}));
    result.insert(
        "locations".to_owned(),
        json!([location(sources, span, None)]),
    );
    let related: Vec<Value> = diagnostic
        .related
        .iter()
        .filter(|(other, _)| *other != span && !sources.is_builtin(other.file))
        .map(|(other, label)| location(sources, *other, Some(label)))
        .collect();
    if !related.is_empty() {
        result.insert("relatedLocations".to_owned(), json!(related));
    }
    let file = &sources.file(diagnostic.span.file).name;
    let fingerprint = fingerprint(&[diagnostic.code, file, entry.subject, &diagnostic.message]);
    result.insert(
        "partialFingerprints".to_owned(),
        json!({"landgrant/v1": fingerprint}),
    );
    if let Some(reason) = entry.accepted {
        result.insert(
            "suppressions".to_owned(),
            json!([{"kind": "external", "status": "accepted", "justification": reason}]),
        );
    }
    Value::Object(result)
}

fn location(sources: &SourceMap, span: Span, label: Option<&str>) -> Value {
    let (start, end) = (sources.line_column(span), sources.end_line_column(span));
    let mut location = json!({
        "physicalLocation": {
            "artifactLocation": {"uri": uri(&sources.file(span.file).name)},
            "region": {
                "startLine": start.line,
                "startColumn": start.column,
                "endLine": end.line,
                "endColumn": end.column,
            },
        },
    });
    if let Some(label) = label {
        location["message"] = json!({"text": plain(label)});
    }
    location
}

/// A text as a message, in which brackets would be a link (section 3.11.6).
fn plain(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('[', "\\[")
        .replace(']', "\\]")
}

/// A path as a relative URI reference: forward slashes, and percent-encoding where necessary.
fn uri(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.trim_start_matches("./").bytes() {
        match byte {
            b'\\' => uri.push('/'),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' | b'@' => {
                uri.push(char::from(byte));
            }
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri
}

/// A fingerprint that stays the same if lines move.
fn fingerprint(parts: &[&str]) -> String {
    let digest = Sha256::digest(parts.join("\u{0}"));
    digest[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{plain, uri};

    #[test]
    fn a_text_is_no_link() {
        assert_eq!(
            plain(r"a\b [x](https://example.com)"),
            r"a\\b \[x\](https://example.com)"
        );
    }

    #[test]
    fn a_path_becomes_a_relative_uri() {
        assert_eq!(uri("./a b/landgrant.yaml"), "a%20b/landgrant.yaml");
        assert_eq!(uri("dir\\ü.yaml"), "dir/%C3%BC.yaml");
    }
}
