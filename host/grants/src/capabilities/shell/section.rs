//! The section, as written and as read.

use serde::Deserialize;

use super::entry::matching_command;
use crate::section::{
    DirectoryEntry, Entry, Import, List, Listed, Reader, Section, Written, join_directories,
};
use crate::yaml::YamlError;

/// `permissions.shell` as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawShell {
    enabled: bool,
    allowlist: List,
    allowed_dirs: List,
    network: bool,
    signal_others: bool,
    require_confinement: bool,
    max_cpu_seconds: u64,
    max_processes: u64,
    max_file_mb: u64,
    max_memory_mb: u64,
    max_timeout_seconds: u64,
    max_daemons: u64,
}

impl Default for RawShell {
    fn default() -> Self {
        let ShellSection {
            enabled,
            network,
            signal_others,
            require_confinement,
            limits,
            ..
        } = ShellSection::default();
        Self {
            enabled,
            allowlist: List::new(),
            allowed_dirs: List::new(),
            network,
            signal_others,
            require_confinement,
            max_cpu_seconds: limits.max_cpu_seconds,
            max_processes: limits.max_processes,
            max_file_mb: limits.max_file_mb,
            max_memory_mb: limits.max_memory_mb,
            max_timeout_seconds: limits.max_timeout_seconds,
            max_daemons: limits.max_daemons,
        }
    }
}

/// `permissions.shell`
#[derive(Clone, Debug, PartialEq)]
pub struct ShellSection {
    /// Whether any command may be run.
    pub enabled: bool,
    /// Command patterns; an empty list allows every command.
    pub allowlist: Vec<Entry>,
    /// Working directories; an empty list stands for those of `permissions.fs`. A directory without a mode is `rw`,
    /// unless `permissions.fs` grants it read-only.
    pub allowed_dirs: Vec<(DirectoryEntry, bool)>,
    /// Whether commands may use TCP.
    pub network: bool,
    /// Whether commands may signal processes that they did not start.
    pub signal_others: bool,
    /// Whether the skill fails to load when the kernel cannot confine its commands to these rules. Enabled by default.
    pub require_confinement: bool,
    /// The resource limits of one command.
    pub limits: ShellLimits,
}

impl Default for ShellSection {
    fn default() -> Self {
        Self {
            enabled: false,
            allowlist: Vec::new(),
            allowed_dirs: Vec::new(),
            network: true,
            signal_others: false,
            require_confinement: true,
            limits: ShellLimits::default(),
        }
    }
}

/// The resource limits of one command, and the limit on daemons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShellLimits {
    /// CPU time of one process, in seconds.
    pub max_cpu_seconds: u64,
    /// Processes of one command.
    pub max_processes: u64,
    /// Size of one file, in MiB.
    pub max_file_mb: u64,
    /// Memory of all processes of one command, in MiB.
    pub max_memory_mb: u64,
    /// Maximum timeout of a command, in seconds.
    pub max_timeout_seconds: u64,
    /// Maximum number of daemons at once.
    pub max_daemons: u64,
}

impl Default for ShellLimits {
    fn default() -> Self {
        Self {
            max_cpu_seconds: 3_600,
            max_processes: 256,
            max_file_mb: 4_096,
            max_memory_mb: 4_096,
            max_timeout_seconds: 3_600,
            max_daemons: 8,
        }
    }
}

impl Written for RawShell {
    type Section = ShellSection;

    fn read(self, reader: &Reader<'_>) -> Result<ShellSection, YamlError> {
        let (key, is_command) = ("permissions.shell.allowlist", |text: &str| {
            matching_command(text).map(drop)
        });
        Ok(ShellSection {
            enabled: self.enabled,
            allowlist: reader.entries(key, self.allowlist, is_command)?,
            allowed_dirs: reader
                .working_directories("permissions.shell.allowed_dirs", self.allowed_dirs)?,
            network: self.network,
            signal_others: self.signal_others,
            require_confinement: self.require_confinement,
            limits: ShellLimits {
                max_cpu_seconds: self.max_cpu_seconds,
                max_processes: self.max_processes,
                max_file_mb: self.max_file_mb,
                max_memory_mb: self.max_memory_mb,
                max_timeout_seconds: self.max_timeout_seconds,
                max_daemons: self.max_daemons,
            },
        })
    }

    fn add(&mut self, line: Self) {
        self.enabled |= line.enabled;
        self.signal_others |= line.signal_others;
        self.allowlist.extend(line.allowlist);
        join_directories(&mut self.allowed_dirs, line.allowed_dirs);
    }
}

impl Section for ShellSection {
    fn listed(&self) -> Vec<Listed> {
        if !self.enabled {
            return Vec::new();
        }
        let mut listed: Vec<Listed> = match self.allowlist.as_slice() {
            // An empty list does not disable the section.
            [] => vec![Listed::new(
                "shell",
                "every command",
                "permissions.shell.enabled",
            )],
            commands => commands
                .iter()
                .map(|entry| Listed::entry("shell", entry))
                .collect(),
        };
        for (dir, has_mode) in &self.allowed_dirs {
            let listing = Listed::directory("shell.dir", dir);
            // The mode of a directory without one depends on `permissions.fs`.
            listed.push(Listed {
                mode: listing.mode.filter(|_| *has_mode),
                ..listing
            });
        }
        listed
    }

    fn import(&self, interface: &str) -> Option<Import> {
        (interface == "shell").then(|| match self.enabled && self.allowlist.is_empty() {
            true => Import {
                granted: true,
                why: "permissions.shell.allowlist is empty: every command".to_owned(),
            },
            false => Import::of_patterns("permissions.shell", self.enabled, &self.allowlist),
        })
    }
}
