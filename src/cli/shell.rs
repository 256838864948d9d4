//! Words of a command that somebody may paste into a shell.

use std::borrow::Cow;

/// A word that a POSIX shell takes as it is: whoever sends a change chooses what files are called.
pub(super) fn word(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./:@%+=,".contains(c);
    match !text.is_empty() && text.chars().all(is_plain) {
        true => Cow::Borrowed(text),
        false => Cow::Owned(format!("'{}'", text.replace('\'', r"'\''"))),
    }
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn a_shell_takes_each_word_as_it_is() {
        let plain = "rendered/terraform/hub/main.tf";
        assert_eq!(word(plain), plain);
        for text in [
            "", "$(id).tf", "a b", "`id`", "~", "*", "a;b", "#", "a\nb", "{a,b}", "-a\\",
        ] {
            assert_eq!(word(text), format!("'{text}'"));
        }
        assert_eq!(word("it's"), r"'it'\''s'");
    }
}
