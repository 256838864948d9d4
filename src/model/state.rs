//! The state of Terraform: which resources are whose.

use std::collections::BTreeSet;

use camino::Utf8Path;
use serde_json::Value;

/// What stands in a state beside its version.
const OF_STATE: &[&str] = &[
    "check_results",
    "lineage",
    "modules",
    "outputs",
    "resources",
    "serial",
    "terraform_version",
];

/// Whether a file is a state of Terraform or OpenTofu, or could be read as one.
pub fn is_state(path: &Utf8Path, content: &[u8]) -> bool {
    let name = path.file_name().unwrap_or_default().to_ascii_lowercase();
    if name.contains(".tfstate") {
        return true;
    }
    let Ok(Value::Object(fields)) = serde_json::from_slice(content) else {
        return false;
    };
    // Go takes a key in any case, and two more characters for an `s` and a `k`.
    let folded = |key: &String| key.to_lowercase().replace('\u{17f}', "s");
    let keys: BTreeSet<String> = fields.keys().map(folded).collect();
    let has = |names: &[&str]| names.iter().any(|name| keys.contains(*name));
    has(&["encrypted_data"]) || has(&["version"]) && has(OF_STATE)
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::is_state;

    #[test]
    fn a_state_is_known_by_its_name_and_by_what_it_holds() {
        let is = |path: &str, text: &str| is_state(Utf8Path::new(path), text.as_bytes());
        assert!(is("hub/terraform.tfstate", ""));
        assert!(is("hub/Errored.TFSTATE.backup", "x"));
        assert!(is("hub/x.json", "{\"version\": 4, \"resources\": []}"));
        assert!(is("hub/x", "{\"VerSion\": 4, \"\u{17f}erial\": 1}"));
        assert!(is("hub/x.json", "{\"encrypted_data\": \"\"}"));
        assert!(!is("hub/x.json", "{\"resources\": {}}"));
        assert!(!is("hub/x.json", "[]"));
        assert!(!is("hub/backend.tf", "terraform {\n}\n"));
    }
}
