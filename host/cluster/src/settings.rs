//! The section `cluster` of the host's configuration.

use std::fmt;
use std::path::PathBuf;

use async_nats::ServerAddr;
use luminarys_text::visible;
use serde::Deserialize;
use thiserror::Error;

use crate::names::{ClusterName, NameError, NodeName};

/// The most servers that the configuration may list.
const MAX_URLS: usize = 64;

/// The section as it is written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClusterSection {
    /// Whether this host is part of a cluster.
    pub enabled: bool,
    /// The name of the cluster.
    pub id: Option<String>,
    /// The name of this node; unique in the cluster.
    pub node: Option<String>,
    /// How to reach NATS.
    pub nats: NatsSection,
    /// Which files of this node its skills may exchange with other nodes.
    pub file_transfer: FileTransferSection,
    /// The older name of `id`.
    pub cluster_id: Option<String>,
    /// The older name of `node`.
    pub node_id: Option<String>,
    /// The older name of `nats.urls`: one address.
    pub nats_url: Option<String>,
    /// Older: `master` or `slave`. All nodes are equal now.
    pub role: Option<String>,
}

/// Which files of this node its skills may exchange with which nodes, as far as their manifests grant that too. Nothing unless
/// both lists have entries.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct FileTransferSection {
    /// Names of nodes, optionally with wildcards.
    pub allowed_nodes: Vec<String>,
    /// Directories and files, each with an optional mode: `PATH[:ro|:rw]`, `ro` without one.
    pub dirs: Vec<String>,
}

/// How to reach NATS, as it is written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NatsSection {
    /// Addresses of servers: `nats://HOST:PORT` or `tls://HOST:PORT`.
    pub urls: Vec<String>,
    /// A file with a user's JWT and seed, as `nsc` writes it.
    pub credentials: Option<PathBuf>,
    /// A file with the seed of an NKey (`SU…`).
    pub nkey: Option<PathBuf>,
    /// TLS: required when the section is there.
    pub tls: Option<TlsSection>,
    /// How many servers keep each stream of the cluster: 1 (the default), 3 or 5.
    pub replicas: Option<usize>,
}

/// Certificates for TLS with the NATS server.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct TlsSection {
    /// Certificates of authorities in PEM; none: the system's.
    pub ca: Option<PathBuf>,
    /// This node's certificate in PEM, for servers that ask for one.
    pub certificate: Option<PathBuf>,
    /// Its private key in PEM.
    pub key: Option<PathBuf>,
    /// Whether TLS begins before the server says anything (`handshake_first` of the server).
    pub first: bool,
}

/// How this node proves who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// A file with a JWT and a seed.
    File(PathBuf),
    /// A file with an NKey's seed.
    NkeyFile(PathBuf),
    /// The TLS certificate alone.
    Certificate,
    /// Nothing. Only for tests and servers that nobody else reaches.
    Nothing,
}

/// The settings of a node, checked.
#[derive(Clone, PartialEq, Eq)]
pub struct ClusterSettings {
    /// The name of the cluster.
    pub cluster: ClusterName,
    /// The name of this node.
    pub node: NodeName,
    /// Addresses of NATS servers, at least one.
    pub urls: Vec<String>,
    /// How this node proves who it is.
    pub credentials: Credentials,
    /// TLS, if required.
    pub tls: Option<TlsSection>,
    /// How many servers keep each stream that this node makes.
    pub replicas: usize,
    /// Which files may be exchanged with which nodes, as written.
    pub file_transfer: FileTransferSection,
}

impl fmt::Debug for ClusterSettings {
    /// Leaves out passwords in addresses.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let urls: Vec<_> = self.urls.iter().map(|url| shown(url)).collect();
        f.debug_struct("ClusterSettings")
            .field("cluster", &self.cluster)
            .field("node", &self.node)
            .field("urls", &urls)
            .field("credentials", &self.credentials)
            .field("tls", &self.tls)
            .field("replicas", &self.replicas)
            .field("file_transfer", &self.file_transfer)
            .finish()
    }
}

/// The section cannot be used.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// A required key is missing.
    #[error("cluster.{key} is missing: {hint}")]
    Missing {
        /// The key.
        key: &'static str,
        /// What to write.
        hint: &'static str,
    },
    /// A name is invalid.
    #[error("cluster.{key}: {source}")]
    Name {
        /// The key.
        key: &'static str,
        /// What is wrong with it.
        source: NameError,
    },
    /// Two keys exclude each other.
    #[error("cluster.{first} and cluster.{second} are both set; remove one of them")]
    Both {
        /// One key.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
    /// An address is invalid.
    #[error("cluster.nats.urls: {url} {reason}")]
    Url {
        /// The address, without its password.
        url: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The number of replicas is invalid.
    #[error("cluster.nats.replicas is {0}; write 1, 3 or 5")]
    Replicas(usize),
    /// There are too many addresses.
    #[error("cluster.nats.urls lists {0} addresses; at most {MAX_URLS} are allowed")]
    TooManyUrls(usize),
}

/// Returns an address for people: without user and password, and with hidden characters made visible.
pub(crate) fn shown(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let host: String = host.chars().take(200).collect();
    let separator = if scheme.is_empty() { "" } else { "://" };
    let scheme: String = scheme.chars().take(20).collect();
    visible(&format!("{scheme}{separator}{host}")).into_owned()
}

impl ClusterSection {
    /// Checks the section. Returns the settings, or none when it is not enabled, and warnings for the operator.
    ///
    /// # Errors
    /// [`SettingsError`]: the first thing that is wrong.
    pub fn check(self) -> Result<(Option<ClusterSettings>, Vec<String>), SettingsError> {
        if !self.enabled {
            return Ok((None, Vec::new()));
        }
        let mut warnings = Vec::new();
        let mut renamed =
            |old: Option<String>, new: Option<String>, keys: (&'static str, &'static str)| {
                let (first, second) = keys;
                match (old, new) {
                    (Some(_), Some(_)) => Err(SettingsError::Both { first, second }),
                    (Some(old), None) => {
                        warnings.push(format!(
                            "cluster.{first} is an older name of cluster.{second}"
                        ));
                        Ok(Some(old))
                    }
                    (None, new) => Ok(new),
                }
            };
        let id = renamed(self.cluster_id, self.id, ("cluster_id", "id"))?;
        let node = renamed(self.node_id, self.node, ("node_id", "node"))?;
        if self.nats_url.is_some() && !self.nats.urls.is_empty() {
            let (first, second) = ("nats_url", "nats.urls");
            return Err(SettingsError::Both { first, second });
        }
        let older = renamed(self.nats_url, None, ("nats_url", "nats.urls"))?;
        if self.role.is_some() {
            warnings.push("cluster.role is ignored: all nodes of a cluster are equal".to_owned());
        }
        let urls: Vec<String> = older.into_iter().chain(self.nats.urls).collect();
        let settings = ClusterSettings {
            cluster: named(
                "id",
                id,
                "a name that all nodes of the cluster share",
                ClusterName::new,
            )?,
            node: named(
                "node",
                node,
                "a name that no other node of the cluster has",
                NodeName::new,
            )?,
            credentials: credentials(
                self.nats.credentials,
                self.nats.nkey,
                self.nats.tls.as_ref(),
            )?,
            urls: check_urls(urls)?,
            tls: check_tls(self.nats.tls)?,
            replicas: match self.nats.replicas.unwrap_or(1) {
                replicas @ (1 | 3 | 5) => replicas,
                other => return Err(SettingsError::Replicas(other)),
            },
            file_transfer: self.file_transfer,
        };
        warnings.extend(settings.warnings());
        Ok((Some(settings), warnings))
    }
}

fn named<N>(
    key: &'static str,
    name: Option<String>,
    hint: &'static str,
    check: fn(&str) -> Result<N, NameError>,
) -> Result<N, SettingsError> {
    let name = name.ok_or(SettingsError::Missing { key, hint })?;
    check(&name).map_err(|source| SettingsError::Name { key, source })
}

fn credentials(
    file: Option<PathBuf>,
    nkey: Option<PathBuf>,
    tls: Option<&TlsSection>,
) -> Result<Credentials, SettingsError> {
    match (file, nkey) {
        (Some(_), Some(_)) => Err(SettingsError::Both {
            first: "nats.credentials",
            second: "nats.nkey",
        }),
        (Some(file), None) => Ok(Credentials::File(file)),
        (None, Some(file)) => Ok(Credentials::NkeyFile(file)),
        (None, None) if tls.is_some_and(|tls| tls.certificate.is_some()) => {
            Ok(Credentials::Certificate)
        }
        (None, None) => Ok(Credentials::Nothing),
    }
}

fn check_tls(tls: Option<TlsSection>) -> Result<Option<TlsSection>, SettingsError> {
    let Some(tls) = tls else { return Ok(None) };
    match (&tls.certificate, &tls.key) {
        (Some(_), None) => Err(SettingsError::Missing {
            key: "nats.tls.key",
            hint: "the private key of nats.tls.certificate",
        }),
        (None, Some(_)) => Err(SettingsError::Missing {
            key: "nats.tls.certificate",
            hint: "the certificate of nats.tls.key",
        }),
        _ => Ok(Some(tls)),
    }
}

fn check_urls(urls: Vec<String>) -> Result<Vec<String>, SettingsError> {
    if urls.is_empty() {
        return Err(SettingsError::Missing {
            key: "nats.urls",
            hint: "addresses of NATS servers, such as nats://10.0.0.1:4222",
        });
    }
    if urls.len() > MAX_URLS {
        return Err(SettingsError::TooManyUrls(urls.len()));
    }
    for url in &urls {
        let wrong = |reason| SettingsError::Url {
            url: shown(url),
            reason,
        };
        let address: ServerAddr = url
            .parse()
            .map_err(|_| wrong("is not an address; write nats://HOST:PORT or tls://HOST:PORT"))?;
        if !["nats", "tls"].contains(&address.scheme()) {
            return Err(wrong("has another scheme than nats:// or tls://"));
        }
        if address.host().is_empty() {
            return Err(wrong("names no host"));
        }
    }
    Ok(urls)
}

impl ClusterSettings {
    /// Returns the users' passwords and tokens in the addresses, which must not be shown.
    pub fn passwords(&self) -> Vec<String> {
        let addresses = self
            .urls
            .iter()
            .filter_map(|url| url.parse::<ServerAddr>().ok());
        let secrets = addresses.filter_map(|address| {
            let password = address.password().filter(|it| !it.is_empty());
            // Without a password, the user name is a token.
            let secret = password.or_else(|| address.username().filter(|it| !it.is_empty()));
            secret.map(str::to_owned)
        });
        secrets.collect()
    }

    /// Returns what an operator should know about settings that are valid.
    fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        let is_local = |url: &str| {
            let address = url.parse::<ServerAddr>();
            address.is_ok_and(|it| {
                let host = it.host().trim_matches(['[', ']']).to_owned();
                host == "localhost"
                    || host
                        .parse()
                        .is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
            })
        };
        let is_plain = |url: &&String| !url.starts_with("tls://") && !is_local(url);
        if self.tls.is_none()
            && let Some(url) = self.urls.iter().find(is_plain)
        {
            warnings.push(format!(
                "calls, files and state travel unencrypted to {}; set cluster.nats.tls",
                shown(url)
            ));
        }
        let has_password = self.urls.iter().any(|url| url.contains('@'));
        if self.credentials == Credentials::Nothing && !has_password {
            let text = "cluster.nats has neither credentials, nkey nor tls.certificate: whoever reaches the NATS server \
                        can speak as any node; see `luminarys cluster permissions`";
            warnings.push(text.to_owned());
        }
        warnings
    }
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
