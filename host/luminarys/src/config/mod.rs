//! The configuration file.
//!
//! - `raw`: the file's content; `environment`: the variables in its values
//! - `reader`: reads single values; `read`, `http`, `auth`, `oauth`, `audit`, `cluster`, `log`, `network`, `trust`:
//!   interpret the sections
//! - `authority`: files that no skill may change; `paths`: finds files; `secrets`: values redacted in logs

mod audit;
mod auth;
#[cfg(test)]
mod auth_tests;
mod authority;
mod cluster;
mod environment;
mod http;
mod log;
mod network;
mod oauth;
#[cfg(test)]
mod oauth_tests;
mod paths;
mod raw;
mod read;
mod reader;
#[cfg(test)]
mod refusal_tests;
mod secrets;
#[cfg(test)]
mod tests;
mod trust;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use luminarys_cluster::ClusterSettings;
use luminarys_grants::yaml::YamlError;
use luminarys_mcp::{Limits, TlsFiles, ToolOptions};
use luminarys_orchestrator::Settings;
use thiserror::Error;

pub(crate) use auth::Auth;
pub(crate) use cluster::secret_files;
use environment::Environment;
pub(crate) use reader::nearest;

use crate::listen::Listen;

/// The manifests that are served without a configuration.
const DEFAULT: &str = "skills: ['skills/*.yaml']";

/// The largest configuration, in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// A configuration that cannot be used.
#[derive(Debug, Error)]
pub(crate) enum ConfigError {
    /// The file.
    #[error(
        "the configuration {file} cannot be read: {reason}; name another with --config or $LUMINARYS_CONFIG"
    )]
    Read { file: String, reason: String },
    /// `.env` or `.env.local`.
    #[error("{file}: {reason}")]
    Environment { file: String, reason: String },
    /// Its content.
    #[error(transparent)]
    Yaml(#[from] YamlError),
}

/// The host's configuration.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// The file it was read from; `None` for the default.
    pub file: Option<PathBuf>,
    /// `FILE:LINE:COLUMN` of keys whose values are checked only when they are used.
    pub places: BTreeMap<&'static str, String>,
    pub settings: Settings,
    pub http: Http,
    pub tools: ToolOptions,
    pub log: Log,
    /// This host as a node of a cluster; `None` for a host alone.
    pub cluster: Option<ClusterSettings>,
    /// Notes on what is probably a mistake.
    pub notes: Vec<String>,
    /// The patterns of `skills`: the directory of each, and what names below it must match.
    pub searched: Vec<(PathBuf, String)>,
}

/// Serving over HTTP.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Http {
    pub addr: Listen,
    /// `None` serves without TLS.
    pub tls: Option<TlsFiles>,
    pub auth: Auth,
    pub allowed_hosts: Vec<String>,
    pub allowed_origins: Vec<String>,
    pub max_request_bytes: usize,
    pub limits: Limits,
}

impl Http {
    /// Tells whether anything but the clients differs from `other`: such changes take effect at the next start.
    pub fn differs_beyond_auth(&self, other: &Self) -> bool {
        let auth = self.auth.clone();
        *self
            != Self {
                auth,
                ..other.clone()
            }
    }
}

/// What is logged.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Log {
    /// Directives of `tracing_subscriber::EnvFilter`.
    pub level: String,
    pub json: bool,
}

impl Http {
    /// Returns the URL scheme of the host.
    pub fn scheme(&self) -> &'static str {
        match self.tls {
            Some(_) => "https",
            None => "http",
        }
    }
}

impl Config {
    /// Reads the named file, or the one in `$LUMINARYS_CONFIG`, or the first of the usual ones, or the default.
    ///
    /// # Errors
    /// [`ConfigError`], with file, line and column if there are any.
    pub fn find(named: Option<&Path>) -> Result<Self, ConfigError> {
        let variable = || std::env::var_os("LUMINARYS_CONFIG").filter(|name| !name.is_empty());
        let named = named
            .map(Path::to_owned)
            .or_else(|| variable().map(PathBuf::from));
        let usual = paths::usual_configs();
        let there = |file: &&PathBuf| file.is_file();
        if let Some(file) = named {
            return Self::load(&file);
        }
        let mut config = match usual.iter().find(there) {
            Some(file) => Self::load(file)?,
            None => {
                let mut config = read::read(None, DEFAULT, &Environment::default())?;
                // One that is created later takes precedence.
                config.settings.watch.extend(usual);
                config
            }
        };
        let places = authority::of_usual_configurations();
        config.settings.authority.extend(places);
        Ok(config)
    }

    fn load(file: &Path) -> Result<Self, ConfigError> {
        use std::io::Read as _;
        let failed = |error: std::io::Error| ConfigError::Read {
            file: file.display().to_string(),
            reason: error.to_string(),
        };
        let mut text = String::new();
        // One byte more than the limit, so that the parser rejects longer files.
        let opened = luminarys_files::open(file).map_err(failed)?;
        opened
            .take(MAX_BYTES + 1)
            .read_to_string(&mut text)
            .map_err(failed)?;
        Self::parse(file, &text)
    }

    /// Reads `text` as the content of `file`.
    ///
    /// # Errors
    /// As [`Config::find`].
    pub fn parse(file: &Path, text: &str) -> Result<Self, ConfigError> {
        let directory = file.parent().unwrap_or(Path::new(""));
        let mut config = read::read(Some(file), text, &Environment::beside(directory)?)?;
        config.settings.watch.push(file.to_owned());
        config.settings.watch.extend(Environment::files(directory));
        let own = authority::of_configuration(file);
        config.settings.authority.extend(own);
        Ok(config)
    }
}
