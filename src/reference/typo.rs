//! Whether the name of an action is another one, misspelt.
//!
//! Names are words: `DescribeVpcs`. Two names can be few letters apart and mean different things (`GetBucket…` and
//! `PutBucket…`), so letters are compared word by word, and a word that AWS uses itself is taken for what it says.

use std::collections::BTreeSet;

use super::{ActionFacts, Service};
use crate::diag::edits;

/// Verbs that names begin with, of whatever service. The shortest of them are one letter apart.
const VERBS: &[&str] = &[
    "accept", "add", "allow", "apply", "assign", "attach", "batch", "cancel", "change", "check",
    "close", "copy", "create", "delete", "deny", "describe", "detach", "disable", "do", "drop",
    "edit", "enable", "export", "find", "get", "grant", "head", "import", "invoke", "issue",
    "link", "list", "load", "lock", "make", "modify", "move", "open", "patch", "pause", "poll",
    "post", "pull", "push", "put", "query", "read", "reject", "remove", "rename", "replace",
    "request", "reset", "restart", "resume", "revoke", "run", "scan", "search", "select", "send",
    "set", "share", "show", "start", "stop", "submit", "tag", "test", "undo", "unlink", "untag",
    "update", "use", "view", "watch", "write",
];

/// The most actions that are worth naming.
const MOST: usize = 3;

/// The actions of a service that a name is a misspelling of: those with the fewest letters changed. None where there
/// are too many of them.
pub(super) fn misspelt<'a>(service: &'a Service, written: &str) -> Vec<ActionFacts<'a>> {
    if written.len() > 100 {
        return Vec::new();
    }
    let known: BTreeSet<String> = service
        .actions()
        .flat_map(|facts| words(facts.name()))
        .collect();
    let written = words(written);
    let mut found: Vec<(usize, ActionFacts<'_>)> = service
        .actions()
        .filter_map(|facts| Some((changed(&written, &words(facts.name()), &known)?, facts)))
        .collect();
    let Some(least) = found.iter().map(|(changed, _)| *changed).min() else {
        return Vec::new();
    };
    found.retain(|(changed, _)| *changed == least);
    match found.len() <= MOST {
        true => found.into_iter().map(|(_, facts)| facts).collect(),
        false => Vec::new(),
    }
}

/// The one action of a list that another is a misspelling of.
pub fn misspelt_action<'a>(
    written: &str,
    listed: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let (prefix, name) = written.split_once(':')?;
    let listed: BTreeSet<&str> = listed.into_iter().collect();
    let of_service: Vec<(&str, Vec<String>)> = listed
        .into_iter()
        .filter_map(|action| {
            let (service, name) = action.split_once(':')?;
            (service.eq_ignore_ascii_case(prefix)).then(|| (action, words(name)))
        })
        .collect();
    let known: BTreeSet<String> = of_service
        .iter()
        .flat_map(|(_, words)| words.clone())
        .collect();
    let name = words(name);
    let mut near: Vec<(usize, &str)> = of_service
        .iter()
        .filter_map(|(action, words)| Some((changed(&name, words, &known)?, *action)))
        .collect();
    near.sort_unstable();
    match near.as_slice() {
        [(_, only)] => Some(only),
        [(least, first), (next, _), ..] if least < next => Some(first),
        _ => None,
    }
}

/// The words of a name, in lower case: `describe` and `vpcs`, `create`, `db` and `instance`.
pub(super) fn words(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut words: Vec<String> = Vec::new();
    for (index, letter) in letters.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|before| letters.get(before));
        let begins = letter.is_ascii_uppercase()
            && (before.is_none_or(|before| !before.is_ascii_uppercase())
                || letters.get(index + 1).is_some_and(char::is_ascii_lowercase));
        match words.last_mut() {
            Some(word) if !begins => word.push(letter.to_ascii_lowercase()),
            _ => words.push(letter.to_ascii_lowercase().to_string()),
        }
    }
    words
}

/// How many letters are changed, if one name is the other, misspelt.
fn changed(written: &[String], meant: &[String], known: &BTreeSet<String>) -> Option<usize> {
    if written.len() == meant.len() {
        let pairs = || written.iter().zip(meant);
        let says_another = |(written, meant): (&String, &String)| {
            let used = known.contains(written) || VERBS.contains(&written.as_str());
            used && singular(written) != singular(meant)
        };
        if pairs().any(says_another) {
            return None;
        }
        let changed: Option<Vec<usize>> = pairs().map(|(one, other)| in_word(one, other)).collect();
        if let Some(changed) = changed {
            return Some(changed.iter().sum()).filter(|changed| *changed <= 2);
        }
    }
    // One letter is wrong where two words meet, or all is in one case. A short verb is one letter from other verbs.
    let (letters, verb) = (written.concat(), meant.first()?);
    edits(&letters, &meant.concat(), 1).filter(|_| verb.len() > 4 || letters.starts_with(verb))
}

/// How many letters of a word are changed, if it may be meant; one for many is one.
fn in_word(written: &str, meant: &str) -> Option<usize> {
    if written == meant {
        return Some(0);
    }
    if singular(written) == singular(meant) {
        return Some(1);
    }
    match meant.len() {
        ..=1 => None,
        // A letter for another makes another word of a short one: `Vpc` and `Vpn`.
        2..=4 if written.len() == meant.len() => {
            edits(written, meant, 1).filter(|_| sorted(written) == sorted(meant))
        }
        2..=7 => edits(written, meant, 1),
        _ => edits(written, meant, 2),
    }
}

/// What a word and its plural have in common, as far as letters tell: `role` and `roles`, `batch` and `batches`.
pub(super) fn singular(word: &str) -> String {
    if let Some(stem) = word.strip_suffix("ies") {
        return format!("{stem}y");
    }
    let stem = word.strip_suffix('s').filter(|stem| !stem.ends_with('s'));
    let stem = stem.unwrap_or(word);
    stem.strip_suffix('e').unwrap_or(stem).to_owned()
}

fn sorted(word: &str) -> Vec<char> {
    let mut letters: Vec<char> = word.chars().collect();
    letters.sort_unstable();
    letters
}

#[cfg(test)]
mod tests {
    use super::{singular, words};

    #[test]
    fn names_are_words() {
        assert_eq!(words("DescribeVpcs"), ["describe", "vpcs"]);
        assert_eq!(words("CreateDBInstance"), ["create", "db", "instance"]);
        assert_eq!(words("ListObjectsV2"), ["list", "objects", "v2"]);
        assert_eq!(words("describevpcs"), ["describevpcs"]);
        assert_eq!(words("GET"), ["get"]);
    }

    #[test]
    fn one_and_many_are_the_same_word() {
        for (one, many) in [
            ("vpc", "vpcs"),
            ("policy", "policies"),
            ("address", "addresses"),
            ("index", "indexes"),
            ("cache", "caches"),
            ("batch", "batches"),
            ("role", "roles"),
        ] {
            assert_eq!(singular(one), singular(many), "{one}");
        }
        assert_ne!(singular("acces"), singular("access"));
    }
}
