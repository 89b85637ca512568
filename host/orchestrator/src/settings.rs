//! The orchestrator's settings, from the host's configuration.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use luminarys_grants::AuthorityPlace;
use luminarys_package::Trust;
use luminarys_runtime::{AuditOptions, EndpointOptions, HostLimits, NetworkOptions};
use luminarys_text::Registered;

use crate::PackageRecords;
use crate::clustered::Clustered;

/// The skills to run, and how.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The manifests, in order: of two that claim one id or one tool name, the earlier gets it.
    pub manifests: Vec<PathBuf>,
    /// The signers whose packages run.
    pub trust: Trust,
    /// Registries, `HOST:PORT`, that are used without TLS; each must be at a loopback address.
    pub plain_http_registries: Vec<String>,
    /// The time limit for pulling one package.
    pub pull_timeout: Duration,
    /// How long a start waits for packages from registries to be listed; `None` waits until all skills are loaded and
    /// compiled.
    pub start_timeout: Option<Duration>,
    /// The cache of compiled code and pulled packages; `None` compiles and pulls at each start.
    pub cache_dir: Option<PathBuf>,
    /// The file of the key that authenticates compiled code, created if missing; without one no compiled code is kept.
    pub cache_key: Option<PathBuf>,
    /// The directory of skills' state; `None` keeps it in memory.
    pub data_dir: Option<PathBuf>,
    /// The records of loaded packages; `None` accepts every package that the manifest and `trust` accept.
    pub package_records: Option<PackageRecords>,
    /// The maximum memory that a manifest may give one instance, in MiB.
    pub memory_limit_mb: Option<u64>,
    /// The limits of all skills together.
    pub limits: HostLimits,
    /// Whether messages of skills are logged.
    pub skill_log: bool,
    /// Which decisions are written to which files; `None` only counts them.
    pub audit: Option<AuditOptions>,
    /// The settings of connections.
    pub network: NetworkOptions,
    /// The language model for skills whose client offers none.
    pub model: Option<EndpointOptions>,
    /// Variables for `${NAME}` in manifests, in addition to the process's own, which take precedence.
    pub environment: HashMap<String, String>,
    /// The configuration's directory, which older manifests' paths are relative to; used in errors only.
    pub config_dir: Option<PathBuf>,
    /// Configuration files, and directories searched for manifests: a change there requests new settings.
    pub watch: Vec<PathBuf>,
    /// More files that give authority, besides those of manifests and these settings: closed to every skill.
    pub authority: Vec<AuthorityPlace>,
    /// What the nodes of a cluster keep together. Later settings do not change it.
    pub clustered: Clustered,
    /// Redacts the host's own secrets in logs and errors while these settings are used.
    pub secrets: Registered,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            manifests: Vec::new(),
            trust: Trust::Keys(Vec::new()),
            plain_http_registries: Vec::new(),
            pull_timeout: Duration::from_secs(300),
            start_timeout: None,
            cache_dir: None,
            cache_key: None,
            data_dir: None,
            package_records: None,
            memory_limit_mb: None,
            limits: HostLimits::default(),
            skill_log: true,
            audit: None,
            network: NetworkOptions::default(),
            model: None,
            environment: HashMap::new(),
            config_dir: None,
            watch: Vec::new(),
            authority: Vec::new(),
            clustered: Clustered::default(),
            secrets: Registered::default(),
        }
    }
}

impl Settings {
    /// Returns the value of a variable: the process's, else one of `environment`.
    pub fn variable(&self, name: &str) -> Option<String> {
        let process = std::env::var(name).ok();
        process.or_else(|| self.environment.get(name).cloned())
    }
}
