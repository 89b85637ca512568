//! Rules for secrets that are sent in a header. Errors tell the position of a bad character, and never the secret.

use thiserror::Error;

/// The minimum length of a token in characters: a shorter one can be guessed.
const LEAST: usize = 16;

/// A secret that cannot be sent in a header.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum CredentialError {
    /// It is empty.
    #[error("is empty")]
    Empty,
    /// It has a character that is not allowed.
    #[error(
        "has {what} (character {at} of {length}); only visible ASCII characters without spaces are allowed"
    )]
    Character {
        /// The kind of character, such as `a line break`.
        what: &'static str,
        /// Its position in characters, from 1.
        at: usize,
        /// The length in characters.
        length: usize,
    },
}

/// Checks that `secret` can be sent as a bearer token: one or more visible ASCII characters without spaces.
///
/// # Errors
/// [`CredentialError`] for the first character that is not allowed.
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

/// Returns what is wrong with the length of a client's token; `None` if it is long enough.
pub fn short_credential(secret: &str) -> Option<String> {
    let length = secret.chars().count();
    (length < LEAST).then(|| {
        format!("has only {length} characters and can be guessed; use at least {LEAST} random ones, for example from `openssl rand -hex 16`")
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn errors_do_not_contain_the_secret() {
        let rows = [
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
        ];
        each_row(rows, |(secret, expected)| {
            let error = check_credential(secret).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{secret:?}: {error}");
            assert!(!error.contains("unter2"), "{error}");
        });
        check_credential("!~a-._/+=0").unwrap();
    }

    #[test]
    fn short_tokens_are_reported() {
        assert_eq!(short_credential(&"a".repeat(16)), None);
        let short = short_credential("hunter2").unwrap();
        assert!(short.starts_with("has only 7 characters") && !short.contains("hunter2"));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        /// Exactly the accepted secrets can be a word of a header.
        #[test]
        fn one_visible_word(secret in any::<String>()) {
            let words: Vec<&str> = secret.split_whitespace().collect();
            let is_word = words == [&*secret] && secret.bytes().all(|byte| (0x21..0x7f).contains(&byte));
            prop_assert_eq!(check_credential(&secret).is_ok(), is_word);
        }
    }
}
