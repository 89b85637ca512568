//! `permissions.tcp`: which hosts and ports may be connected to.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::filesystem::FilesystemGrants;
use super::network::{NameGrant, NetworkGrants, NetworkSection};
use crate::capability::{
    About, Capability, Interface, Key, Place, Required, ValueKind, past_the_proxy,
};
use crate::denial::Denial;
use crate::explain::{Asked, ExplainError, Explained, INSECURE, Outside, Question, Target};
use crate::kind::Kind;
use crate::open_error::OpenError;
use crate::pattern::{Pattern, PatternError, literal};
use crate::requirement::{RequirementVerdict, listed};
use crate::section::{Entry, Import, List, Listed, Reader, Section, Written};
use crate::url_pattern;
use crate::yaml::YamlError;

pub(crate) static ABOUT: About = About {
    interfaces: &[Interface {
        name: "tcp",
        what: "TCP connections",
        key: "tcp",
        is_asked_for: true,
    }],
    keys: &[Key {
        name: "tcp",
        form: "HOST:PORT",
        help: "connections, optionally with wildcards",
        example: "db.example.com:5432",
        value: ValueKind::Text,
        place: Place::switched(&["permissions", "tcp"], Some("allowlist")),
        shown: "tcp",
        requirement: Some(Required {
            form: "HOST:PORT, optionally with wildcards",
            example: "tcp *:5432",
        }),
    }],
    questions: &[Question {
        name: "tcp",
        help: "Connections to HOST:PORT, which is resolved now; with HOST:*, name resolution of the host",
        target: Target::Needed("HOST:PORT"),
        flags: &[INSECURE],
    }],
};

/// A host and a port.
static ENDPOINT: Kind = Kind::new(
    || format!("{}:{}", url_pattern::host_expression(), url_pattern::PORT),
    "an entry is a host and a port from 1 to 65535; write `db.example.com:5432`, or `db.example.com:*` for any port",
);

/// `permissions.tcp` as written.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawTcp {
    enabled: bool,
    allowlist: List,
    addresses: List,
    ca_file: Option<Spanned<PathBuf>>,
    allow_insecure: bool,
}

/// `permissions.tcp`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TcpSection {
    /// Whether any connection may be made.
    pub enabled: bool,
    /// `host:port` patterns; an empty list allows private addresses only.
    pub allowlist: Vec<Entry>,
    /// The rules for its connections.
    pub network: NetworkSection,
}

impl Written for RawTcp {
    type Section = TcpSection;

    fn read(self, reader: &Reader<'_>) -> Result<TcpSection, YamlError> {
        let (key, is_endpoint) = ("permissions.tcp.allowlist", |text: &str| {
            matching_endpoint(text).map(drop)
        });
        Ok(TcpSection {
            enabled: self.enabled,
            allowlist: reader.entries(key, self.allowlist, is_endpoint)?,
            network: NetworkSection::read(
                reader,
                "tcp",
                self.addresses,
                self.ca_file,
                self.allow_insecure,
            )?,
        })
    }

    fn add(&mut self, line: Self) {
        self.enabled |= line.enabled;
        self.allow_insecure |= line.allow_insecure;
        self.allowlist.extend(line.allowlist);
        self.addresses.extend(line.addresses);
    }
}

impl Section for TcpSection {
    fn listed(&self) -> Vec<Listed> {
        if self.enabled && self.allowlist.is_empty() {
            let rule = "permissions.tcp.enabled";
            return vec![Listed::new("tcp", "private addresses", rule)];
        }
        let hosts = self.allowlist.iter().filter(|_| self.enabled);
        hosts.map(|entry| Listed::entry("tcp", entry)).collect()
    }

    fn import(&self, interface: &str) -> Option<Import> {
        (interface == "tcp").then(|| match self.enabled && self.allowlist.is_empty() {
            true => Import {
                granted: true,
                why: "permissions.tcp.allowlist is empty: private addresses only".to_owned(),
            },
            false => Import::of_patterns("permissions.tcp", self.enabled, &self.allowlist),
        })
    }

    fn certificates(&self) -> Option<&Path> {
        self.network.certificates()
    }
}

/// Normalises an entry of `permissions.tcp.allowlist` to lower case and punycode.
fn endpoint(text: &str) -> Result<String, PatternError> {
    url_pattern::ascii(&text.to_lowercase())
}

/// Compiles an entry of `permissions.tcp.allowlist`, which must match some host and port.
///
/// # Errors
/// [`PatternError`] for an entry that is invalid or matches nothing; the message suggests what to write.
fn matching_endpoint(text: &str) -> Result<Pattern, PatternError> {
    let pattern = url_pattern::authority_pattern(&endpoint(text)?)?;
    if ENDPOINT.has_match(&pattern) {
        return Ok(pattern);
    }
    Err(PatternError {
        pattern: text.to_owned(),
        reason: format!("can match nothing: {}", ENDPOINT.advice()),
    })
}

/// The compiled grants of `permissions.tcp`.
#[derive(Clone, Debug, Default)]
pub struct TcpGrants {
    /// Whether any connection may be made.
    pub enabled: bool,
    /// The rules for connections.
    pub network: NetworkGrants,
    allowlist: Vec<(Pattern, String)>,
    /// The entries with a literal host: the host, the port or its pattern, and the place.
    literal_hosts: Vec<(String, Pattern, String)>,
}

impl TcpGrants {
    /// Compiles the patterns of `section`, and reads its certificates.
    ///
    /// # Errors
    /// [`OpenError`] for invalid certificates.
    pub(crate) fn open(section: &TcpSection, _: &FilesystemGrants) -> Result<Self, OpenError> {
        // The manifest's parser has compiled each entry, so none is dropped here.
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

    /// Decides whether the list covers `host` (lower case, an IPv6 address in brackets) and `port`. An enabled section
    /// with an empty list covers every name, and private addresses only.
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

    /// Decides whether `name` may be resolved: some entry must cover its host, on any port.
    ///
    /// # Errors
    /// [`Denial`] when no entry does.
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

    /// Returns the names of the literal entries that cover `port`: a bare address may stand for one of these.
    pub fn literal_names(&self, port: u16) -> impl Iterator<Item = &str> {
        let port = port.to_string();
        let covering = self
            .literal_hosts
            .iter()
            .filter(move |(_, ports, _)| self.enabled && ports.matches(&port));
        covering.map(|(host, ..)| host.as_str())
    }
}

impl Capability for TcpGrants {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn requirement(&self, _: &str, pattern: &str, _: Option<&str>) -> RequirementVerdict {
        let entries = self.allowlist.iter();
        let entries = entries.map(|(pattern, rule)| (pattern.as_str(), rule));
        listed(self.enabled, entries, "tcp", pattern)
    }

    fn explain(&self, _: &str, asked: &Asked) -> Result<Explained, ExplainError> {
        if let Some(host) = asked.target().strip_suffix(":*") {
            return Ok(Explained::By(self.decide_lookup(host)?));
        }
        Ok(Explained::Outside(Outside::Connection {
            address: asked.target().to_owned(),
            insecure: asked.has(&INSECURE),
        }))
    }

    fn reaches_out(&self) -> bool {
        self.enabled
    }

    fn proxy_warnings(&self) -> Vec<String> {
        let warning = || past_the_proxy("permissions.tcp", "TCP connections");
        self.enabled.then(warning).into_iter().collect()
    }
}
