//! What a node tells of itself with its lease.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::names::InstanceName;

/// The largest lease, in bytes.
pub const MAX_LEASE: usize = 512 << 10;
/// How many instances a node may offer.
pub const MAX_OFFERS: usize = 1_000;
/// The longest version, in bytes.
const MAX_VERSION: usize = 64;

/// An instance that a node runs.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Offer {
    /// Its id.
    pub instance: InstanceName,
    /// The version of its package.
    pub version: String,
    /// The SHA-256 of its package, in hexadecimal.
    pub content_hash: String,
    /// The SHA-256 of its description, in hexadecimal: see [`crate::describe`].
    pub about: String,
}

/// What a node tells of itself. Keys of newer nodes are ignored.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Lease {
    /// Tells two processes of one name apart: 32 hexadecimal digits, chosen at random.
    pub process: String,
    /// The version of the host.
    pub host_version: String,
    /// How many calls it is running.
    pub load: u32,
    /// The instances it runs.
    #[serde(default)]
    pub offers: Vec<Offer>,
}

/// A lease is not one, or cannot be sent.
#[derive(Debug, Error)]
pub enum LeaseError {
    /// It is larger than allowed.
    #[error("the lease has {0} bytes; at most {MAX_LEASE} are allowed")]
    TooLarge(usize),
    /// It offers more than allowed.
    #[error("{0} instances are offered; a node may offer at most {MAX_OFFERS}")]
    TooMany(usize),
    /// It is not JSON of the expected form.
    #[error("the lease is malformed: {0}")]
    Json(#[from] serde_json::Error),
    /// A part of it is not allowed.
    #[error("the lease has an invalid {0}")]
    Invalid(&'static str),
}

fn is_hexadecimal(text: &str, length: usize) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.len() == length && text.bytes().all(is_digit)
}

fn is_version(text: &str) -> bool {
    let is_known = |byte: u8| byte.is_ascii_alphanumeric() || b".-+_".contains(&byte);
    !text.is_empty() && text.len() <= MAX_VERSION && text.bytes().all(is_known)
}

impl Lease {
    /// Parses and checks a lease.
    ///
    /// # Errors
    /// [`LeaseError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, LeaseError> {
        if bytes.len() > MAX_LEASE {
            return Err(LeaseError::TooLarge(bytes.len()));
        }
        let lease: Self = serde_json::from_slice(bytes)?;
        lease.check()?;
        Ok(lease)
    }

    /// Checks a lease, and returns it as bytes.
    ///
    /// # Errors
    /// [`LeaseError`].
    pub fn encode(&self) -> Result<Vec<u8>, LeaseError> {
        self.check()?;
        let bytes = serde_json::to_vec(self)?;
        if bytes.len() > MAX_LEASE {
            return Err(LeaseError::TooLarge(bytes.len()));
        }
        Ok(bytes)
    }

    fn check(&self) -> Result<(), LeaseError> {
        if self.offers.len() > MAX_OFFERS {
            return Err(LeaseError::TooMany(self.offers.len()));
        }
        if !is_hexadecimal(&self.process, 32) {
            return Err(LeaseError::Invalid("process"));
        }
        if !is_version(&self.host_version) {
            return Err(LeaseError::Invalid("version of the host"));
        }
        for offer in &self.offers {
            if !is_version(&offer.version) {
                return Err(LeaseError::Invalid("version of an instance"));
            }
            if !is_hexadecimal(&offer.content_hash, 64) {
                return Err(LeaseError::Invalid("content hash"));
            }
            if !is_hexadecimal(&offer.about, 64) {
                return Err(LeaseError::Invalid("digest of a description"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
pub(crate) fn lease(load: u32, instances: &[&str]) -> Lease {
    let offer = |instance: &&str| Offer {
        instance: InstanceName::new(instance).unwrap(),
        version: "1.0.0".to_owned(),
        content_hash: "0".repeat(64),
        about: "1".repeat(64),
    };
    Lease {
        process: "0".repeat(32),
        host_version: "0.1.0".to_owned(),
        load,
        offers: instances.iter().map(offer).collect(),
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_full_lease_fits() {
        let names: Vec<String> = (0..MAX_OFFERS).map(|it| format!("{it:0>64}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let full = lease(u32::MAX, &names);
        assert_eq!(Lease::parse(&full.encode().unwrap()).unwrap(), full);
        let mut fuller = full;
        fuller.offers.push(fuller.offers[0].clone());
        assert!(matches!(fuller.encode(), Err(LeaseError::TooMany(1_001))));
    }

    #[test]
    fn invalid_leases_are_refused() {
        let with = |pointer: &str, value: Value| {
            let mut lease = serde_json::to_value(lease(1, &["a"])).unwrap();
            *lease.pointer_mut(pointer).unwrap() = value;
            lease.to_string()
        };
        let rows = [
            (String::new(), "malformed"),
            ("{}".to_owned(), "malformed"),
            (with("/load", json!(-1)), "malformed"),
            (with("/process", json!("x")), "invalid process"),
            (
                with("/host_version", json!("a\nb")),
                "invalid version of the host",
            ),
            (with("/offers/0/instance", json!("a b")), "malformed"),
            (
                with("/offers/0/version", json!("")),
                "invalid version of an instance",
            ),
            (
                with("/offers/0/content_hash", json!("0")),
                "invalid content hash",
            ),
            (
                with("/offers/0/about", json!("0")),
                "invalid digest of a description",
            ),
            (" ".repeat(MAX_LEASE + 1), "has 524289 bytes"),
        ];
        each_row(rows, |(bytes, expected)| {
            let error = Lease::parse(bytes.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        });
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>) {
            let _ = Lease::parse(&bytes);
        }
    }
}
