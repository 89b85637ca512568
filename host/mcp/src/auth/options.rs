//! The clients that the configuration admits.

use std::fmt;

use luminarys_text::{CredentialError, check_credential};
use sha2::{Digest as _, Sha256};

use super::oauth::OAuthOptions;
use super::rule::ClientRule;

/// The clients that are admitted. Without any, no token is required, which is allowed on loopback only.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AuthOptions {
    /// Tokens without a rule: their holders may call every tool.
    pub tokens: Vec<Token>,
    /// Clients with a name and a rule.
    pub clients: Vec<TokenClient>,
    /// Clients with tokens of an authorization server.
    pub oauth: Option<OAuthOptions>,
}

/// A client with a token of the configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenClient {
    /// Its token.
    pub token: Token,
    /// Its name and rights.
    pub rule: ClientRule,
}

/// A bearer token as its SHA-256 digest, so that reading it here does not reveal the token.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Token([u8; 32]);

impl AuthOptions {
    /// Tells whether no client is configured, so that no token is required.
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty() && self.clients.is_empty() && self.oauth.is_none()
    }

    /// Returns the rules of the clients that have one.
    pub fn rules(&self) -> impl Iterator<Item = &ClientRule> {
        let of_tokens = self.clients.iter().map(|client| &client.rule);
        let of_server = self.oauth.iter().flat_map(|oauth| &oauth.rules);
        of_tokens.chain(of_server.map(|rule| &rule.rule))
    }
}

impl Token {
    /// Makes the digest of `text`.
    ///
    /// # Errors
    /// [`CredentialError`] when `text` cannot be sent in a header.
    pub fn new(text: &str) -> Result<Self, CredentialError> {
        check_credential(text)?;
        Ok(Self::shown(text.as_bytes()))
    }

    /// Makes the digest of the token that a client presents.
    pub(crate) fn shown(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Parses a digest as `sha256sum` prints it; `None` for anything but 64 hexadecimal digits.
    pub fn from_hexadecimal(text: &str) -> Option<Self> {
        let mut digest = [0; 32];
        if text.len() != 2 * digest.len() || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        for (index, byte) in digest.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * index..2 * index + 2], 16).ok()?;
        }
        Some(Self(digest))
    }

    /// Returns the digest.
    pub(crate) fn digest(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Token")
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn a_digest_identifies_its_token() {
        // printf %s one | sha256sum
        let digest = "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed";
        let token = Token::from_hexadecimal(digest).unwrap();
        assert_eq!(token, Token::new("one").unwrap());
        assert_eq!(Token::from_hexadecimal(&digest.to_uppercase()), Some(token));
        let rows = [
            String::new(),
            "7692".to_owned(),
            digest[1..].to_owned(),
            digest.replace('7', "g"),
            "é".repeat(32),
        ];
        each_row(rows, |wrong| {
            assert_eq!(Token::from_hexadecimal(&wrong), None, "{wrong}");
        });
        assert!(!format!("{token:?}").contains("76"));
    }
}
