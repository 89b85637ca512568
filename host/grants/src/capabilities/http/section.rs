//! The section, as written and as read.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_saphyr::Spanned;

use crate::capabilities::network::NetworkSection;
use crate::section::{Entry, Import, List, Listed, Reader, Section, Written};
use crate::url_pattern::UrlPattern;
use crate::yaml::YamlError;

/// `permissions.http` as written.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawHttp {
    enabled: bool,
    allowlist: List,
    max_response_bytes: Option<u64>,
    max_download_bytes: Option<u64>,
    allow_websocket: bool,
    addresses: List,
    ca_file: Option<Spanned<PathBuf>>,
    allow_insecure: bool,
}

/// `permissions.http`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HttpSection {
    /// Whether any request may be made.
    pub enabled: bool,
    /// URL patterns; an empty list allows no URL.
    pub allowlist: Vec<Entry>,
    /// The maximum size of a response body, in bytes.
    pub max_response_bytes: Option<u64>,
    /// The maximum size of a download to a file, in bytes.
    pub max_download_bytes: Option<u64>,
    /// Whether WebSockets may be opened.
    pub allow_websocket: bool,
    /// The rules for its connections.
    pub network: NetworkSection,
}

impl Written for RawHttp {
    type Section = HttpSection;

    fn read(self, reader: &Reader<'_>) -> Result<HttpSection, YamlError> {
        let (key, is_url) = ("permissions.http.allowlist", |text: &str| {
            UrlPattern::matching(text).map(drop)
        });
        Ok(HttpSection {
            enabled: self.enabled,
            allowlist: reader.entries(key, self.allowlist, is_url)?,
            max_response_bytes: self.max_response_bytes,
            max_download_bytes: self.max_download_bytes,
            allow_websocket: self.allow_websocket,
            network: NetworkSection::read(
                reader,
                "http",
                self.addresses,
                self.ca_file,
                self.allow_insecure,
            )?,
        })
    }

    fn add(&mut self, line: Self) {
        self.enabled |= line.enabled;
        self.allow_websocket |= line.allow_websocket;
        self.allow_insecure |= line.allow_insecure;
        self.allowlist.extend(line.allowlist);
        self.addresses.extend(line.addresses);
    }
}

impl Section for HttpSection {
    fn listed(&self) -> Vec<Listed> {
        let urls = self.allowlist.iter().filter(|_| self.enabled);
        let mut listed: Vec<Listed> = urls.map(|entry| Listed::entry("http", entry)).collect();
        if self.enabled && self.allow_websocket {
            let rule = "permissions.http.allow_websocket";
            listed.push(Listed::new("ws", "the same URLs", rule));
        }
        listed
    }

    fn import(&self, interface: &str) -> Option<Import> {
        let urls = || Import::of_patterns("permissions.http", self.enabled, &self.allowlist);
        match interface {
            "http" => Some(urls()),
            "websocket" if !self.allow_websocket => Some(Import {
                granted: false,
                why: "permissions.http.allow_websocket is off".to_owned(),
            }),
            "websocket" => Some(urls()),
            _ => None,
        }
    }

    fn certificates(&self) -> Option<&Path> {
        self.network.certificates()
    }
}
