//! Who a client is.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::sync::Arc;

/// Bytes of a token's digest that tell clients apart.
const PREFIX: usize = 8;

/// A client that may speak.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    /// What its use is charged to: a prefix of its token's digest, or its address where no token is asked for.
    pub name: Arc<str>,
    /// Whose its sessions are; none where clients cannot be told apart.
    pub owner: Option<[u8; 32]>,
}

impl Client {
    /// Creates the client whose token has this SHA-256 digest.
    pub fn with_token(digest: &[u8; 32]) -> Self {
        let name = format!("client:{}", hexadecimal(&digest[..PREFIX]));
        Self {
            name: name.into(),
            owner: Some(*digest),
        }
    }

    /// Creates the client at an address, where no token is required.
    pub fn at(peer: IpAddr) -> Self {
        Self {
            name: format!("peer:{peer}").into(),
            owner: None,
        }
    }
}

/// Writes bytes as hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
