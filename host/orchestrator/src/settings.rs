//! What the orchestrator is told by the host's configuration.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use luminarys_grants::AuthorityPlace;
use luminarys_package::Trust;
use luminarys_runtime::{AuditOptions, EndpointOptions, HostLimits, NetworkOptions};
use luminarys_text::Registered;

use crate::PackageRecords;

/// Which skills to run, and how.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The manifests, in order: where two claim one id or one tool name, the earlier has it.
    pub manifests: Vec<PathBuf>,
    /// Whose packages are run.
    pub trust: Trust,
    /// Registries, `HOST:PORT`, that are spoken to without TLS; each must be at a loopback address.
    pub plain_http_registries: Vec<String>,
    /// How long one package may take to come from its registry.
    pub pull_timeout: Duration,
    /// How long a start waits for packages from registries to be listed; none waits until all skills are loaded and compiled.
    pub start_patience: Option<Duration>,
    /// Where compiled code is kept, and packages from registries; none compiles and pulls at each start.
    pub cache_dir: Option<PathBuf>,
    /// The file of the key that authenticates compiled code, made when absent; without one no compiled code is kept.
    pub cache_key: Option<PathBuf>,
    /// Where skills' state is kept; none keeps it in memory.
    pub data_dir: Option<PathBuf>,
    /// Where it is recorded which packages were loaded; none takes every package that the manifest and `trust` take.
    pub package_records: Option<PackageRecords>,
    /// The most memory that any manifest may give one instance, in MiB.
    pub memory_limit_mb: Option<u64>,
    /// What all skills together may take.
    pub limits: HostLimits,
    /// Whether messages of skills are logged.
    pub skill_log: bool,
    /// The files that decisions are written to, and which; none only counts them.
    pub audit: Option<AuditOptions>,
    /// How connections are made.
    pub network: NetworkOptions,
    /// The language model of skills whose client offers none.
    pub model: Option<EndpointOptions>,
    /// Variables for `${NAME}` in manifests, beside the process's own, which win.
    pub environment: HashMap<String, String>,
    /// The configuration's directory, from which older manifests name their packages; only told in errors.
    pub config_dir: Option<PathBuf>,
    /// Configuration files, and directories searched for manifests: a change there asks for new settings.
    pub watch: Vec<PathBuf>,
    /// What gives authority beside the manifests and what they and these settings name: closed to every skill.
    pub authority: Vec<AuthorityPlace>,
    /// Keeps the host's own secrets out of logs and errors while these settings are used.
    pub secrets: Registered,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            manifests: Vec::new(),
            trust: Trust::Keys(Vec::new()),
            plain_http_registries: Vec::new(),
            pull_timeout: Duration::from_secs(300),
            start_patience: None,
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
            secrets: Registered::default(),
        }
    }
}

impl Settings {
    /// The value of a variable: the process's, else one of `environment`.
    pub fn variable(&self, name: &str) -> Option<String> {
        let process = std::env::var(name).ok();
        process.or_else(|| self.environment.get(name).cloned())
    }
}
