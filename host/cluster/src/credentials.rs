//! Files with the keys of this node.

use std::io::{self, ErrorKind, Read as _};
use std::path::Path;

use nkeys::{KeyPair, KeyPairType};
use thiserror::Error;

/// The largest file with credentials, in bytes.
const MAX_FILE: u64 = 64 << 10;

/// A new NKey cannot be made.
#[derive(Debug, Error)]
#[error("a new NKey cannot be made: {0}")]
pub struct KeyError(String);

/// A new identity for a node.
pub struct NodeKey {
    /// The secret: what the file behind `cluster.nats.nkey` holds.
    pub seed: String,
    /// What the NATS server's configuration lists.
    pub public: String,
}

impl NodeKey {
    /// Makes a new one.
    ///
    /// # Errors
    /// [`KeyError`] when the operating system has no random numbers.
    pub fn new() -> Result<Self, KeyError> {
        let mut random = [0; 32];
        getrandom::fill(&mut random).map_err(|error| KeyError(error.to_string()))?;
        let pair = KeyPair::new_from_raw(KeyPairType::User, random)
            .map_err(|error| KeyError(error.to_string()))?;
        Ok(Self {
            seed: pair.seed().map_err(|error| KeyError(error.to_string()))?,
            public: pair.public_key(),
        })
    }
}

/// Returns whether `key` is the public NKey of a user, which begins with `U`.
pub fn is_public_key(key: &str) -> bool {
    key.starts_with('U') && KeyPair::from_public_key(key).is_ok()
}

/// Returns the public key of the seed in a file, or none when the file does not hold the seed of a user. Blocks.
///
/// # Errors
/// The operating system's.
pub fn public_key_of(path: &Path) -> io::Result<Option<String>> {
    let seed = read_seed(path)?;
    Ok(seed.and_then(|seed| KeyPair::from_seed(&seed).ok().map(|pair| pair.public_key())))
}

/// Reads the seed of a user from the first line of a file that is neither empty nor a comment; none: it is not one.
pub(crate) fn read_seed(path: &Path) -> io::Result<Option<String>> {
    let text = read_credentials(path)?;
    let mut lines = text.lines().map(str::trim);
    let line = lines.find(|line| !line.is_empty() && !line.starts_with(['#', '-']));
    Ok(line
        .filter(|seed| seed.starts_with("SU") && KeyPair::from_seed(seed).is_ok())
        .map(str::to_owned))
}

/// Reads a small file of text.
pub(crate) fn read_credentials(path: &Path) -> io::Result<String> {
    let file = luminarys_files::open(path)?;
    let mut text = String::new();
    file.take(MAX_FILE + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MAX_FILE {
        return Err(io::Error::new(
            ErrorKind::InvalidData,
            format!("it is larger than {MAX_FILE} bytes"),
        ));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn a_new_key_is_read_back() {
        let key = NodeKey::new().unwrap();
        assert!(is_public_key(&key.public), "{}", key.public);
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("node.nk");
        let rows = [
            (key.seed.clone(), true),
            (format!("# node a\n\n  {}  \n", key.seed), true),
            (
                format!(
                    "-----BEGIN USER NKEY SEED-----\n{}\n------END USER NKEY SEED------\n",
                    key.seed
                ),
                true,
            ),
            (key.public.clone(), false),
            (String::new(), false),
            (key.seed[..key.seed.len() - 1].to_owned(), false),
            (KeyPair::new_account().seed().unwrap(), false),
        ];
        each_row(rows, |(content, is_seed)| {
            std::fs::write(&path, &content).unwrap();
            let expected = is_seed.then(|| key.public.clone());
            assert_eq!(public_key_of(&path).unwrap(), expected, "{content}");
        });
        std::fs::write(&path, "S".repeat(1 << 20)).unwrap();
        assert!(public_key_of(&path).is_err(), "too large");
        assert!(public_key_of(&directory.path().join("none")).is_err());
    }

    #[test]
    fn other_keys_are_not_users() {
        let account = KeyPair::new_account().public_key();
        each_row(["", "U", "UABC", &account], |key| {
            assert!(!is_public_key(key), "{key}");
        });
    }
}
