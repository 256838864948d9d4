//! Texts for people by section and name, in one language. The English texts are built in, and translations are compared
//! with them.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use serde_json::Value;

/// The English texts as in their file.
pub const ENGLISH: &str = include_str!("../../templates/kit/en.yaml");

/// The texts in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texts(Value);

impl Texts {
    /// The English ones.
    pub fn english() -> &'static Self {
        static TEXTS: OnceLock<Texts> = OnceLock::new();
        TEXTS.get_or_init(|| {
            Self(serde_yaml::from_str(ENGLISH).expect("the English texts are YAML"))
        })
    }

    /// Texts that have the same structure as the English ones.
    pub(crate) fn like_english(texts: Value) -> Self {
        Self(texts)
    }

    /// By section and name.
    pub fn value(&self) -> &Value {
        &self.0
    }

    /// A text with its placeholders filled in.
    pub fn get(&self, section: &str, name: &str, places: &[(&str, &str)]) -> String {
        let text = self.0[section][name].as_str();
        debug_assert!(text.is_some(), "there is no text {section}.{name}");
        fill(text.unwrap_or_default(), |place| {
            let mut places = places.iter();
            let found = places.find(|(name, _)| *name == place);
            found.map(|(_, value)| (*value).to_owned())
        })
    }
}

/// A text to be printed in any language, with the values of its placeholders.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Saying {
    section: &'static str,
    name: &'static str,
    places: Vec<(&'static str, String)>,
}

impl Saying {
    /// A text by its section and name.
    pub fn new(section: &'static str, name: &'static str) -> Self {
        Self {
            section,
            name,
            places: Vec::new(),
        }
    }

    /// The same with a placeholder filled in.
    #[must_use]
    pub fn with(mut self, place: &'static str, value: impl ToString) -> Self {
        self.places.push((place, value.to_string()));
        self
    }

    /// The value of a placeholder.
    pub fn place(&self, place: &str) -> Option<&str> {
        let mut places = self.places.iter();
        let found = places.find(|(name, _)| *name == place);
        found.map(|(_, value)| value.as_str())
    }

    /// The text in a language.
    pub fn text(&self, texts: &Texts) -> String {
        let places: Vec<(&str, &str)> = self
            .places
            .iter()
            .map(|(place, value)| (*place, value.as_str()))
            .collect();
        texts.get(self.section, self.name, &places)
    }
}

/// Fills in the placeholders of a text, which are words in braces. A placeholder without a value remains.
pub(crate) fn fill(text: &str, mut value: impl FnMut(&str) -> Option<String>) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        // Search only to the end of the word and not to the next brace, so that unclosed braces are not searched for
        // repeatedly.
        let end = after.find(|c: char| !is_of_place(c)).unwrap_or(after.len());
        match (&after[..end], after[end..].strip_prefix('}')) {
            (place, Some(after)) if end > 0 => {
                match value(place) {
                    Some(value) => filled.push_str(&value),
                    None => filled.push_str(&format!("{{{place}}}")),
                }
                rest = after;
            }
            _ => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled + rest
}

fn is_of_place(character: char) -> bool {
    character.is_ascii_lowercase() || character == '_'
}

/// The placeholders of a text.
pub(crate) fn places(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    fill(text, |place| {
        found.insert(place.to_owned());
        None
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_and_other_braces_stay() {
        let value = |place: &str| (place == "count").then(|| "3".to_owned());
        assert_eq!(
            fill("{count} of {all} {x y} {", value),
            "3 of {all} {x y} {"
        );
        assert_eq!(places("{a} and {b}, not {B}").len(), 2);
    }

    #[test]
    fn every_english_text_is_a_text_or_a_list_in_a_section() {
        for (section, texts) in Texts::english().value().as_object().unwrap() {
            for (name, text) in texts.as_object().unwrap() {
                let listed = text.as_array().is_some_and(|items| !items.is_empty());
                assert!(text.is_string() || listed, "{section}.{name} is no text");
            }
        }
    }
}
