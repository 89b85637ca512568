//! What this node offers: the instances in its lease, and their descriptions.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use luminarys_cluster::{Describer, InstanceName, MAX_DESCRIPTION, MAX_OFFERS, Offer};
use luminarys_orchestrator::Offered;
use luminarys_text::hexadecimal;
use sha2::{Digest as _, Sha256};

/// The longest version in a lease, in bytes.
const MAX_VERSION: usize = 64;

/// The descriptions of the instances that run here.
#[derive(Default)]
pub(crate) struct Offers(Mutex<HashMap<InstanceName, Bytes>>);

impl Offers {
    /// Replaces the descriptions. Returns what the lease tells of them.
    pub fn replace(&self, offered: Vec<Offered>) -> Vec<Offer> {
        let mut descriptions = HashMap::new();
        let mut offers = Vec::new();
        for one in offered {
            let Ok(instance) = InstanceName::new(&one.id) else {
                tracing::warn!(skill = %one.id, "not offered to other nodes: its id is longer than 64 bytes");
                continue;
            };
            let about = Bytes::from(one.about.encode());
            if about.len() as u64 > MAX_DESCRIPTION {
                tracing::warn!(skill = %one.id, "not offered to other nodes: its description is larger than 1 MiB");
                continue;
            }
            if offers.len() >= MAX_OFFERS {
                tracing::warn!("only {MAX_OFFERS} skills are offered to other nodes");
                break;
            }
            offers.push(Offer {
                instance: instance.clone(),
                version: version(&one.about.version),
                content_hash: hexadecimal(&one.package),
                about: hexadecimal(&Sha256::digest(&about)),
            });
            descriptions.insert(instance, about);
        }
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = descriptions;
        offers
    }
}

impl Describer for Offers {
    fn describe(&self, instance: &InstanceName) -> Option<Bytes> {
        let descriptions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        descriptions.get(instance).cloned()
    }
}

/// Returns a package's version as a lease may have it.
fn version(version: &str) -> String {
    let is_known = |c: char| c.is_ascii_alphanumeric() || ".-+_".contains(c);
    let known = version.chars().map(|c| if is_known(c) { c } else { '_' });
    let text: String = known.take(MAX_VERSION).collect();
    if text.is_empty() {
        "_".to_owned()
    } else {
        text
    }
}

/// Parses a SHA-256 in hexadecimal.
pub(crate) fn digest(text: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    for (at, byte) in digest.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(digest)
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn versions_fit_into_leases() {
        let long = "1".repeat(100);
        let rows = [
            ("1.2.3-rc.1+b_2", "1.2.3-rc.1+b_2"),
            ("", "_"),
            ("v1 (beta)\n", "v1__beta__"),
            (&long, &long[..64]),
        ];
        each_row(rows, |(text, expected)| assert_eq!(version(text), expected));
    }

    #[test]
    fn digests_are_read_as_they_are_written() {
        let bytes: [u8; 32] = std::array::from_fn(|at| at as u8 * 7);
        assert_eq!(digest(&hexadecimal(&bytes)), Some(bytes));
        assert_eq!(digest(&"+1".repeat(32)), None);
        assert_eq!(digest("é"), None);
    }
}
