//! Terraform state files.

use std::collections::BTreeSet;
use std::fmt;

use camino::Utf8Path;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};

/// Keys of a state beside its version.
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
    let Ok(Keys(keys)) = serde_json::from_slice(content) else {
        return false;
    };
    let has = |names: &[&str]| names.iter().any(|name| keys.contains(*name));
    has(&["encrypted_data"]) || has(&["version"]) && has(OF_STATE)
}

/// The keys of a JSON object, folded as in Go. Nothing else is decoded: Go accepts strings, numbers and depths that
/// serde rejects, and such a file is still a state.
struct Keys(BTreeSet<String>);

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(KeysVisitor)
    }
}

struct KeysVisitor;

impl<'de> Visitor<'de> for KeysVisitor {
    type Value = Keys;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Keys, A::Error> {
        let mut keys = BTreeSet::new();
        while let Some((Key(key), _)) = map.next_entry::<Key, IgnoredAny>()? {
            keys.insert(key);
        }
        Ok(Keys(keys))
    }
}

/// A key, which need not be Unicode.
struct Key(String);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_bytes(KeyVisitor)
    }
}

struct KeyVisitor;

impl Visitor<'_> for KeyVisitor {
    type Value = Key;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a key")
    }

    fn visit_bytes<E>(self, key: &[u8]) -> Result<Key, E> {
        // Go ignores the case of keys, and accepts one more character each for `s` and `k`.
        let key = String::from_utf8_lossy(key).to_lowercase();
        Ok(Key(key.replace('\u{17f}', "s")))
    }
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

    #[test]
    fn a_state_that_only_go_reads_is_one() {
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        let lone = "\"\\ud800\"";
        for more in [
            format!("\"x\": {lone}"),
            format!("{lone}: 1"),
            "\"x\": 1e999".to_owned(),
            format!("\"x\": {deep}"),
        ] {
            let state = format!("{{\"version\": 4, {more}, \"v\": 1, \"l\\u0069neage\": \"\"}}");
            assert!(is_state(Utf8Path::new("x"), state.as_bytes()), "{state}");
        }
        let state = b"{\"version\": 4, \"x\": \"\xff\", \"\xff\": 1, \"serial\": 1}";
        assert!(is_state(Utf8Path::new("x"), state));
        assert!(!is_state(
            Utf8Path::new("x"),
            b"{\"version\": 4, \"serial\": 1"
        ));
    }
}
