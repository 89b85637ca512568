//! The section as it is written and read.

use serde::Deserialize;

use super::entry::matching_command;
use crate::section::{
    DirectoryEntry, Entry, Import, List, Listed, Reader, Section, Written, join_directories,
};
use crate::yaml::YamlError;

/// `permissions.shell` as it is written.
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
    /// Command patterns; none means every command.
    pub allowlist: Vec<Entry>,
    /// Working directories; none means those of `permissions.fs`. One without a mode is `rw`, unless `permissions.fs`
    /// grants it read-only.
    pub allowed_dirs: Vec<(DirectoryEntry, bool)>,
    /// Whether commands may use TCP.
    pub network: bool,
    /// Whether commands may send signals to processes that they have not started.
    pub signal_others: bool,
    /// Whether the skill is not loaded where the kernel cannot keep its commands to all this. On unless it is turned off.
    pub require_confinement: bool,
    /// What one command may use.
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

/// What one command may use, and how many go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShellLimits {
    /// Seconds of computing of one process.
    pub max_cpu_seconds: u64,
    /// Processes of one command.
    pub max_processes: u64,
    /// MiB of one file.
    pub max_file_mb: u64,
    /// MiB of memory of all processes of one command.
    pub max_memory_mb: u64,
    /// Seconds that a command may take.
    pub max_timeout_seconds: u64,
    /// Daemons at once.
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
            // An empty list does not close it.
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
            // What one without a mode is depends on `permissions.fs`.
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
