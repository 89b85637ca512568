//! Secrets that are sent in a header: what they may consist of. A message about one shows where it is wrong, never the secret.

use thiserror::Error;

/// A token of fewer characters can be guessed.
const LEAST: usize = 16;

/// A secret that no header can carry, or that no server would take for the one that is meant.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum CredentialError {
    /// There is none.
    #[error("is empty")]
    Empty,
    /// A character that cannot be in it.
    #[error(
        "has {what} (character {at} of {length}); it may consist of visible ASCII characters without blanks only"
    )]
    Character {
        /// What it is, such as `a line break`.
        what: &'static str,
        /// Its place in characters, from 1.
        at: usize,
        /// The length in characters.
        length: usize,
    },
}

/// Checks that `secret` can be sent as a bearer token: visible ASCII characters, at least one, and no blank.
///
/// # Errors
/// [`CredentialError`] about the first character that cannot be in it.
pub fn check_credential(secret: &str) -> Result<(), CredentialError> {
    if secret.is_empty() {
        return Err(CredentialError::Empty);
    }
    let Some(index) = secret.chars().position(|c| !c.is_ascii_graphic()) else {
        return Ok(());
    };
    let what = match secret.chars().nth(index) {
        Some('\n' | '\r') => "a line break",
        Some(' ' | '\t') => "a blank",
        Some(character) if character.is_control() => "a control character",
        _ => "a character that is not ASCII",
    };
    Err(CredentialError::Character {
        what,
        at: index + 1,
        length: secret.chars().count(),
    })
}

/// Returns what is wrong with the length of a token that clients show; none when it is long enough.
pub fn short_credential(secret: &str) -> Option<String> {
    let length = secret.chars().count();
    (length < LEAST).then(|| {
        format!("has {length} characters and can be guessed; use at least {LEAST} random ones, as of `openssl rand -hex 16`")
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_wrong_is_told_without_the_secret() {
        for (secret, expected) in [
            ("", "is empty"),
            ("hunter2\n", "has a line break (character 8 of 8)"),
            ("hunter2\r\n", "has a line break (character 8 of 9)"),
            (" hunter2", "has a blank (character 1 of 8)"),
            ("hunter2\t", "has a blank (character 8 of 8)"),
            (
                "\u{1b}hunter2",
                "has a control character (character 1 of 8)",
            ),
            (
                "hunter2\u{7f}",
                "has a control character (character 8 of 8)",
            ),
            (
                "hünter2",
                "has a character that is not ASCII (character 2 of 7)",
            ),
        ] {
            let error = check_credential(secret).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{secret:?}: {error}");
            assert!(!error.contains("unter2"), "{error}");
        }
        check_credential("!~a-._/+=0").unwrap();
    }

    #[test]
    fn short_ones_are_told() {
        assert_eq!(short_credential(&"a".repeat(16)), None);
        let short = short_credential("hunter2").unwrap();
        assert!(short.starts_with("has 7 characters") && !short.contains("hunter2"));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        /// What is accepted can be a word of a header, and nothing else can.
        #[test]
        fn one_visible_word(secret in any::<String>()) {
            let words: Vec<&str> = secret.split_whitespace().collect();
            let is_word = words == [&*secret] && secret.bytes().all(|byte| (0x21..0x7f).contains(&byte));
            prop_assert_eq!(check_credential(&secret).is_ok(), is_word);
        }
    }
}
