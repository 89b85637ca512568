//! SHA-256 digests in the format of registries.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::Digest as _;

const PREFIX: &str = "sha256:";

/// A SHA-256 digest; as text `sha256:` and 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest([u8; 32]);

impl Digest {
    /// Computes the digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(sha2::Sha256::digest(bytes).into())
    }

    /// Returns the digits only.
    pub fn hex(&self) -> String {
        luminarys_text::hexadecimal(&self.0)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{PREFIX}{}", self.hex())
    }
}

impl From<[u8; 32]> for Digest {
    fn from(hash: [u8; 32]) -> Self {
        Self(hash)
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

impl TryFrom<String> for Digest {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl FromStr for Digest {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let failed =
            || format!("{text:?} is no digest: `{PREFIX}` and 64 of 0-9 a-f were expected");
        let digits = text.strip_prefix(PREFIX).ok_or_else(failed)?.as_bytes();
        let known = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if digits.len() != 64 || !digits.iter().all(known) {
            return Err(failed());
        }
        let mut hash = [0; 32];
        for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| failed())?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| failed())?;
        }
        Ok(Self(hash))
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn the_text_is_fixed() {
        let text = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Digest::of(b"").to_string(), text);
        assert_eq!(text.parse(), Ok(Digest::of(b"")));
        let rows = [
            "",
            "sha256:",
            &text[7..],
            &text[..70],
            &text.replace("e3", "E3"),
            &text.replace("sha256", "sha512"),
            &text.replace("e3b0", "../b"),
            &format!("{text}0"),
        ];
        each_row(rows, |wrong| {
            assert!(wrong.parse::<Digest>().is_err(), "{wrong}");
        });
    }
}
