//! Identifiers made from names.

/// `multi-account` as `MultiAccount`: letters and digits only, which is what Sids and CloudFormation names take.
pub fn pascal(name: &str) -> String {
    let mut text = String::new();
    for part in name.split(|c: char| !c.is_ascii_alphanumeric()) {
        let mut characters = part.chars();
        if let Some(first) = characters.next() {
            text.push(first.to_ascii_uppercase());
            text.push_str(characters.as_str());
        }
    }
    text
}

/// The name, or the name with the lowest number from 2 that makes it different from everything in `taken`.
pub(super) fn unique(name: String, taken: &[String]) -> String {
    if !taken.contains(&name) {
        return name;
    }
    (2..)
        .map(|number| format!("{name}{number}"))
        .find(|candidate| !taken.contains(candidate))
        .unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::{pascal, unique};

    #[test]
    fn identifiers_hold_letters_and_digits_only() {
        assert_eq!(pascal("multi-account"), "MultiAccount");
        assert_eq!(pascal("cost:center/Köln 1"), "CostCenterKLn1");
        assert_eq!(unique("A".into(), &["A".into(), "A2".into()]), "A3");
    }
}
