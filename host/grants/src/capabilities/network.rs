//! What `permissions.http` and `permissions.tcp` share. A connection needs two decisions: on the name, before it is
//! resolved, and on every address that it resolves to.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use serde_saphyr::Spanned;

use crate::addresses::{AddressClass, AddressGrants, AddressRule, classify};
use crate::denial::{Denial, quoted};
use crate::open_error::OpenError;
use crate::section::{Entry, List, Reader};
use crate::url_pattern;
use crate::yaml::YamlError;

/// The maximum size of a certificate file, in bytes.
const MAX_CA_FILE: u64 = 4 << 20;

/// The keys that `permissions.http` and `permissions.tcp` share.
#[derive(Clone, Debug, Default)]
pub struct NetworkSection {
    /// Addresses that are not public but may be reached: an address, a network, or the name of a class.
    pub addresses: Vec<Entry>,
    /// A file of PEM certificates that are trusted in addition to the system's, relative to the manifest.
    pub ca_file: Option<(PathBuf, String)>,
    /// Whether a skill may skip certificate verification.
    pub allow_insecure: bool,
}

// Two manifests grant the same when their sections are equal: an entry's place is for messages only.
impl PartialEq for NetworkSection {
    fn eq(&self, other: &Self) -> bool {
        let Self {
            addresses,
            ca_file,
            allow_insecure,
        } = self;
        let file = |it: &Option<(PathBuf, String)>| it.as_ref().map(|(path, _)| path.clone());
        file(ca_file) == file(&other.ca_file)
            && (addresses, allow_insecure) == (&other.addresses, &other.allow_insecure)
    }
}

impl NetworkSection {
    /// Returns the certificate file.
    pub(super) fn certificates(&self) -> Option<&Path> {
        self.ca_file.as_ref().map(|(path, _)| path.as_path())
    }

    /// Reads the shared keys of `permissions.{section}`.
    ///
    /// # Errors
    /// [`YamlError`] at an invalid address.
    pub(super) fn read(
        reader: &Reader<'_>,
        section: &str,
        addresses: List,
        ca_file: Option<Spanned<PathBuf>>,
        allow_insecure: bool,
    ) -> Result<Self, YamlError> {
        let key = format!("permissions.{section}.addresses");
        let is_rule = |text: &str| text.parse::<AddressRule>().map(drop);
        Ok(Self {
            addresses: reader.entries(&key, addresses, is_rule)?,
            ca_file: reader.file_name(&format!("permissions.{section}.ca_file"), ca_file),
            allow_insecure,
        })
    }
}

/// The entry that allows a name. The decision on its addresses depends on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameGrant {
    /// The place of the entry.
    pub rule: String,
    /// Whether the entry names the host without a wildcard.
    pub(super) literal: bool,
    pub(super) host: String,
    pub(super) private: bool,
}

/// The rules for all connections of a section.
#[derive(Clone, Debug, Default)]
pub struct NetworkGrants {
    section: &'static str,
    addresses: AddressGrants,
    /// PEM certificates that are trusted in addition to the system's.
    pub certificates: Option<Vec<u8>>,
    /// Whether a skill may skip certificate verification.
    pub allow_insecure: bool,
}

impl NetworkGrants {
    pub(super) fn open(section: &'static str, written: &NetworkSection) -> Result<Self, OpenError> {
        let certificates = match &written.ca_file {
            None => None,
            Some((path, rule)) => Some(read_certificates(path, rule)?),
        };
        Ok(Self {
            section,
            addresses: AddressGrants::new(&written.addresses),
            certificates,
            allow_insecure: written.allow_insecure,
        })
    }

    /// Decides whether a connection to `target`, which `name` allows, may go to `address`. Returns the place of the
    /// entry that allows the address unless it is public.
    ///
    /// # Errors
    /// [`Denial`] for an address that needs a grant and has none.
    pub fn decide_address(
        &self,
        target: &str,
        name: &NameGrant,
        address: IpAddr,
    ) -> Result<Option<String>, Denial> {
        let class = classify(address);
        let by_entry = if name.private {
            class == AddressClass::Private
        } else {
            class == AddressClass::Public
        };
        if by_entry {
            return Ok(None);
        }
        if name.literal && named_by(&name.host, address, class) {
            return Ok(Some(name.rule.clone()));
        }
        if let Some(rule) = self.addresses.rule(address) {
            return Ok(Some(rule.to_owned()));
        }
        let section = self.section;
        let (what, key) = match class {
            AddressClass::Public => ("public", "allowlist"),
            _ => (class.name(), "addresses"),
        };
        let line = match class {
            AddressClass::Public => url_pattern::literal_authority(target),
            _ => address.to_canonical().to_string(),
        };
        let reason = match class {
            AddressClass::Public => format!(
                "an empty permissions.{section}.allowlist allows private addresses only, and {address} is public"
            ),
            _ => format!(
                "{} is a {what} address, which no entry of permissions.{section}.addresses grants",
                address.to_canonical()
            ),
        };
        let rule = format!("permissions.{section}.{key}: [{}]", quoted(&line));
        Err(Denial::new(section, target, reason, rule))
    }

    /// Decides whether certificate verification may be skipped.
    ///
    /// # Errors
    /// [`Denial`] naming `allow_insecure`.
    pub fn decide_insecure(&self, target: &str) -> Result<(), Denial> {
        if self.allow_insecure {
            return Ok(());
        }
        let section = self.section;
        let rule = format!("permissions.{section}.allow_insecure: true");
        let reason = format!("permissions.{section}.allow_insecure is off");
        Err(Denial::new(section, target, reason, rule))
    }
}

/// Returns whether an entry that names `host` literally also grants `address`.
fn named_by(host: &str, address: IpAddr, class: AddressClass) -> bool {
    if host == "localhost" {
        return class == AddressClass::Loopback;
    }
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.parse::<IpAddr>()
        .is_ok_and(|named| named.to_canonical() == address.to_canonical())
}

fn read_certificates(path: &PathBuf, rule: &str) -> Result<Vec<u8>, OpenError> {
    let failed = |reason: String| OpenError::Certificates {
        rule: rule.to_owned(),
        path: path.display().to_string(),
        reason,
    };
    let text = luminarys_files::read(path, MAX_CA_FILE);
    let text = text.map_err(|error| failed(error.to_string()))?;
    let begin = b"-----BEGIN CERTIFICATE-----";
    if !text.windows(begin.len()).any(|part| part == begin) {
        return Err(failed("it holds no certificate in PEM".to_owned()));
    }
    Ok(text)
}

#[cfg(test)]
#[path = "network_tests.rs"]
mod tests;
