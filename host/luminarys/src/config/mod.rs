//! The configuration file.
//!
//! - `raw`: as it is written; `environment`: what the variables in its values are
//! - `reader`: its values, one by one; `read`, `http`, `auth`, `oauth`, `audit`, `log`, `network`, `trust`: from what is written to
//!   what is meant
//! - `authority`: what no skill may change; `paths`: where files are; `secrets`: what no log may show

mod audit;
mod auth;
#[cfg(test)]
mod auth_tests;
mod authority;
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

use luminarys_grants::yaml::YamlError;
use luminarys_mcp::{Limits, TlsFiles, ToolOptions};
use luminarys_orchestrator::Settings;
use thiserror::Error;

pub(crate) use auth::Auth;
use environment::Environment;
pub(crate) use reader::nearest;

use crate::listen::Listen;

/// What is served without a configuration.
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
    /// What it says.
    #[error(transparent)]
    Yaml(#[from] YamlError),
}

/// Everything the host is told.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// Where it was read from; none for the default.
    pub file: Option<PathBuf>,
    /// `FILE:LINE:COLUMN` of those keys whose values are tried only where they are used.
    pub places: BTreeMap<&'static str, String>,
    pub settings: Settings,
    pub http: Http,
    pub tools: ToolOptions,
    pub log: Log,
    /// What is probably not as meant.
    pub notes: Vec<String>,
    /// The patterns of `skills`: where each is looked for, and what names beneath must match.
    pub searched: Vec<(PathBuf, String)>,
}

/// Serving over HTTP.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Http {
    pub addr: Listen,
    /// None serves without TLS.
    pub tls: Option<TlsFiles>,
    pub auth: Auth,
    pub allowed_hosts: Vec<String>,
    pub allowed_origins: Vec<String>,
    pub max_request_bytes: usize,
    pub limits: Limits,
}

impl Http {
    /// Tells whether something other than who may speak is as `other` has it not: that waits for the next start.
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
    /// Returns what the host's address begins with.
    pub fn scheme(&self) -> &'static str {
        match self.tls {
            Some(_) => "https",
            None => "http",
        }
    }
}

impl Config {
    /// The file named, or the one in `$LUMINARYS_CONFIG`, or the first of the usual ones, or the default.
    ///
    /// # Errors
    /// [`ConfigError`], with file, line and column where there are such.
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
                // One that is made later takes over.
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
        // One byte more than is taken, for the parser to refuse what is longer.
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
