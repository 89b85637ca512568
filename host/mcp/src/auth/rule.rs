//! A client's name and rights: the same for clients with a token of the configuration and for those of
//! an authorization server.

use std::num::NonZeroU32;

use thiserror::Error;

use super::tools::ToolFilter;

/// The longest name, in bytes: the audit log shows it whole.
const MAX_NAME: usize = 64;

/// Client names that the host itself uses.
const RESERVED: [&str; 5] = ["cli", "client", "peer", "session", "stdio"];

/// A client's name and rights.
#[derive(Clone, Debug, PartialEq)]
pub struct ClientRule {
    /// The name in the audit log, metrics and logs.
    pub name: String,
    /// The tools that it sees and may call.
    pub tools: ToolFilter,
    /// Calls per minute; `None` is unlimited.
    pub calls_per_minute: Option<NonZeroU32>,
    /// Whether it may read the host's metrics, which name all skills and clients.
    pub metrics: bool,
}

impl ClientRule {
    /// Creates the rule of a client that may do everything.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            tools: ToolFilter::default(),
            calls_per_minute: None,
            metrics: true,
        }
    }
}

/// A name that cannot be used.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum ClientNameError {
    /// It has characters that logs and metrics would escape.
    #[error("must be 1 to {MAX_NAME} of A-Z a-z 0-9 . _ @ -, and begin with a letter or digit")]
    Characters,
    /// It is reserved.
    #[error("is a name that the host itself uses; choose another")]
    Reserved,
}

/// Checks the name of a client.
///
/// # Errors
/// [`ClientNameError`]
pub fn check_client_name(name: &str) -> Result<(), ClientNameError> {
    let usable = |c: char| c.is_ascii_alphanumeric() || "._@-".contains(c);
    let begins = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    if !begins || name.len() > MAX_NAME || !name.chars().all(usable) {
        return Err(ClientNameError::Characters);
    }
    match RESERVED.contains(&name) {
        true => Err(ClientNameError::Reserved),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn names() {
        let rows = ["a", "alice@example.com", "ci-2", "A.b_c", &"x".repeat(64)];
        each_row(rows, |good| {
            check_client_name(good).unwrap();
        });
        let rows = [
            "",
            "-a",
            "@a",
            "a b",
            "a:b",
            "a/b",
            "é",
            "a\n",
            &"x".repeat(65),
        ];
        each_row(rows, |wrong| {
            assert_eq!(
                check_client_name(wrong),
                Err(ClientNameError::Characters),
                "{wrong:?}"
            );
        });
        for reserved in RESERVED {
            assert_eq!(check_client_name(reserved), Err(ClientNameError::Reserved));
        }
    }
}
