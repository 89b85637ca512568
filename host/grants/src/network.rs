//! `permissions.http` and `permissions.tcp`. A connection needs two decisions: over the name, before it is looked up,
//! and over every address it turns out to have.

use std::net::IpAddr;
use std::path::PathBuf;

use url::Url;

use crate::addresses::{AddressClass, AddressGrants, classify};
use crate::denial::{Denial, quoted};
use crate::filesystem::OpenError;
use crate::kind::Kind;
use crate::manifest::{Entry, HttpSection, NetworkSection, TcpSection};
use crate::pattern::{Pattern, PatternError, literal};
use crate::url_pattern::{self, UrlPattern};

/// The largest file of certificates, in bytes.
const MAX_CA_FILE: u64 = 4 << 20;

/// Patterns with the places they stand at.
pub(crate) fn compile(entries: &[Entry]) -> Vec<(Pattern, String)> {
    // The manifest's parser has compiled each of them once, so none is lost here.
    let compiled = entries
        .iter()
        .filter_map(|entry| Some((Pattern::new(&entry.pattern).ok()?, entry.rule.clone())));
    compiled.collect()
}

/// The entry that allows a name, which the decision over its addresses depends on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameGrant {
    /// Where the entry stands.
    pub rule: String,
    /// Whether the entry names the host without a wildcard.
    pub(crate) literal: bool,
    host: String,
    private: bool,
}

/// What holds for all connections of a section.
#[derive(Clone, Debug, Default)]
pub struct NetworkGrants {
    section: &'static str,
    addresses: AddressGrants,
    /// Certificates in PEM that are trusted beside the system's.
    pub certificates: Option<Vec<u8>>,
    /// Whether a skill may ask for a certificate not to be checked.
    pub allow_insecure: bool,
}

impl NetworkGrants {
    fn open(section: &'static str, written: &NetworkSection) -> Result<Self, OpenError> {
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

    /// Whether a connection to `target`, which `name` allows, may go to `address`. Where that stands, when the address
    /// is not public.
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

    /// Whether a certificate may go unchecked.
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

/// Whether an entry that names `host` literally thereby means `address`.
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

/// `permissions.http`, ready to decide.
#[derive(Clone, Debug, Default)]
pub struct HttpGrants {
    /// Whether any request may be made.
    pub enabled: bool,
    /// Whether WebSockets may be opened.
    pub websocket: bool,
    /// The largest response body kept, in bytes, when the manifest says.
    pub max_response_bytes: Option<u64>,
    /// The largest download to a file, in bytes, when the manifest says.
    pub max_download_bytes: Option<u64>,
    /// What holds for the connections.
    pub network: NetworkGrants,
    pub(crate) allowlist: Vec<(UrlPattern, String)>,
}

impl HttpGrants {
    pub(crate) fn open(section: &HttpSection) -> Result<Self, OpenError> {
        let allowlist = section
            .allowlist
            .iter()
            .filter_map(|entry| Some((UrlPattern::new(&entry.pattern).ok()?, entry.rule.clone())));
        Ok(Self {
            enabled: section.enabled,
            websocket: section.allow_websocket,
            max_response_bytes: section.max_response_bytes,
            max_download_bytes: section.max_download_bytes,
            network: NetworkGrants::open("http", &section.network)?,
            allowlist: allowlist.collect(),
        })
    }

    /// Whether the list covers `url`. An entry that names the host literally is preferred, since it says more. A
    /// WebSocket's URL is also covered by an entry for the same URL with `http` or `https`.
    ///
    /// # Errors
    /// [`Denial`] when no entry does; an empty list covers nothing.
    pub fn decide_url(&self, url: &Url) -> Result<NameGrant, Denial> {
        let target = shown(url);
        let websocket = matches!(url.scheme(), "ws" | "wss");
        if self.enabled && websocket && !self.websocket {
            let reason = "permissions.http.allow_websocket is off";
            let rule = "permissions.http.allow_websocket: true";
            return Err(Denial::new("websocket", &target, reason, rule));
        }
        let twin = websocket.then(|| {
            let text = url.as_str();
            Url::parse(&text.replacen("ws", "http", 1)).ok()
        });
        let covers = |pattern: &UrlPattern| {
            let twin = twin.as_ref().and_then(Option::as_ref);
            pattern.matches(url) || twin.is_some_and(|twin| pattern.matches(twin))
        };
        let covering = || self.allowlist.iter().filter(|(pattern, _)| covers(pattern));
        let literal = covering().find(|(pattern, _)| pattern.names_host(url));
        let found = literal.or_else(|| covering().next());
        if let Some((_, rule)) = found.filter(|_| self.enabled) {
            return Ok(NameGrant {
                rule: rule.clone(),
                literal: literal.is_some(),
                host: url_pattern::host(url),
                private: false,
            });
        }
        Err(Denial::closed(
            "http",
            self.enabled,
            &target,
            &url_pattern::covering(url),
        ))
    }
}

/// A URL as it may be shown: a query may hold a key, and a fragment is never sent.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.to_string()
}

/// An entry of `permissions.tcp.allowlist` as hosts are written: in lower case and punycode.
fn endpoint(text: &str) -> Result<String, PatternError> {
    url_pattern::ascii(&text.to_lowercase())
}

/// Compiles an entry of `permissions.tcp.allowlist`, which must match some host and port.
///
/// # Errors
/// [`PatternError`] for an entry that cannot be used, or matches nothing; it says what to write.
pub(crate) fn matching_endpoint(text: &str) -> Result<Pattern, PatternError> {
    let pattern = url_pattern::authority_pattern(&endpoint(text)?)?;
    if Kind::Endpoint.has_match(&pattern) {
        return Ok(pattern);
    }
    Err(PatternError {
        pattern: text.to_owned(),
        reason: format!("can match nothing: {}", Kind::Endpoint.advice()),
    })
}

/// `permissions.tcp`, ready to decide.
#[derive(Clone, Debug, Default)]
pub struct TcpGrants {
    /// Whether any connection may be made.
    pub enabled: bool,
    /// What holds for the connections.
    pub network: NetworkGrants,
    pub(crate) allowlist: Vec<(Pattern, String)>,
    /// The places of the entries with a literal host, with that host and its port or pattern.
    literal_hosts: Vec<(String, Pattern, String)>,
}

impl TcpGrants {
    pub(crate) fn open(section: &TcpSection) -> Result<Self, OpenError> {
        // The manifest's parser has compiled each of them once, so none is lost here.
        let entries = section.allowlist.iter();
        let allowlist = entries.filter_map(|entry| {
            let pattern = url_pattern::authority_pattern(&endpoint(&entry.pattern).ok()?).ok()?;
            Some((pattern, entry.rule.clone()))
        });
        let literal_hosts = section.allowlist.iter().filter_map(|entry| {
            let ascii = endpoint(&entry.pattern).ok()?;
            let (host, port) = ascii.rsplit_once(':')?;
            let literal = !crate::pattern::is_pattern(host.trim_start_matches('['));
            literal.then_some(())?;
            let rule = entry.rule.clone();
            Some((host.to_owned(), Pattern::new(port).ok()?, rule))
        });
        Ok(Self {
            enabled: section.enabled,
            network: NetworkGrants::open("tcp", &section.network)?,
            literal_hosts: literal_hosts.collect(),
            allowlist: allowlist.collect(),
        })
    }

    /// Whether the list covers `host` (lower case, an IPv6 address in brackets) and `port`. An enabled section with
    /// an empty list covers every name, and private addresses only.
    ///
    /// # Errors
    /// [`Denial`] when no entry does.
    pub fn decide_name(&self, host: &str, port: u16) -> Result<NameGrant, Denial> {
        let target = format!("{host}:{port}");
        let grant = |rule: &str, literal, private| NameGrant {
            rule: rule.to_owned(),
            literal,
            host: host.to_owned(),
            private,
        };
        if self.enabled && self.allowlist.is_empty() {
            return Ok(grant("permissions.tcp.allowlist is empty", false, true));
        }
        let literal = self
            .literal_hosts
            .iter()
            .find(|(named, ports, _)| named == host && ports.matches(&port.to_string()));
        let matching = self
            .allowlist
            .iter()
            .find(|(pattern, _)| pattern.matches(&target));
        let entry = url_pattern::literal_authority(&target);
        match (literal, matching) {
            _ if !self.enabled => Err(Denial::closed("tcp", false, &target, &entry)),
            (Some((_, _, rule)), _) => Ok(grant(rule, true, false)),
            (None, Some((_, rule))) => Ok(grant(rule, false, false)),
            (None, None) => Err(Denial::closed("tcp", true, &target, &entry)),
        }
    }

    /// Whether the addresses of `name` may be asked for, whatever the port: whether some entry covers its host.
    ///
    /// # Errors
    /// [`Denial`] when none does.
    pub fn decide_lookup(&self, name: &str) -> Result<String, Denial> {
        let lower = name.to_lowercase();
        let host = lower.strip_suffix('.').unwrap_or(&lower);
        if self.enabled && (self.allowlist.is_empty() || host.parse::<IpAddr>().is_ok()) {
            return Ok("permissions.tcp.enabled".to_owned());
        }
        let covers = |pattern: &Pattern| {
            let hosts = pattern
                .as_str()
                .rsplit_once(':')
                .map_or(pattern.as_str(), |(hosts, _)| hosts);
            Pattern::new(&hosts.to_lowercase()).is_ok_and(|hosts| hosts.matches(host))
        };
        let found = self.allowlist.iter().find(|(pattern, _)| covers(pattern));
        match found.filter(|_| self.enabled) {
            Some((_, rule)) => Ok(rule.clone()),
            None => {
                let target = format!("{host}:*");
                Err(Denial::closed(
                    "tcp",
                    self.enabled,
                    &target,
                    &format!("{}:*", literal(host)),
                ))
            }
        }
    }

    /// Names of literal entries that cover `port`: those a bare address may stand for.
    pub fn literal_names(&self, port: u16) -> impl Iterator<Item = &str> {
        let port = port.to_string();
        let covering = self
            .literal_hosts
            .iter()
            .filter(move |(_, ports, _)| self.enabled && ports.matches(&port));
        covering.map(|(host, ..)| host.as_str())
    }
}

#[cfg(test)]
#[path = "network_tests.rs"]
mod tests;
