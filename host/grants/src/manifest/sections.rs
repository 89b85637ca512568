//! The sections of a manifest, as the rest of the host sees them.

use std::collections::BTreeMap;
use std::num::{NonZeroU32, NonZeroU64};
use std::path::PathBuf;

use serde::Deserialize;

/// The `permissions` section. A capability that is not named is closed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Permissions {
    /// `permissions.fs`
    pub fs: FsSection,
    /// `permissions.http`
    pub http: HttpSection,
    /// `permissions.tcp`
    pub tcp: TcpSection,
    /// `permissions.shell`
    pub shell: ShellSection,
    /// `permissions.file_transfer`
    pub file_transfer: TransferSection,
    /// `permissions.events`
    pub events: EventsSection,
    /// `permissions.store`
    pub store: StoreSection,
    /// `permissions.llm`
    pub llm: LlmSection,
    /// `permissions.schedule`
    pub schedule: ScheduleSection,
}

/// `permissions.fs`, with its entries taken apart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FsSection {
    /// Whether any file may be used.
    pub enabled: bool,
    /// The granted directories.
    pub dirs: Vec<DirectoryEntry>,
}

/// One granted directory, as written.
#[derive(Clone, Debug)]
pub struct DirectoryEntry {
    /// Absolute; may hold wildcards. Without `/**` or a slash at its end.
    pub path: String,
    /// Whether the mode is `rw`.
    pub writable: bool,
    /// Where it stands.
    pub rule: String,
}

/// `permissions.http`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HttpSection {
    /// Whether any request may be made.
    pub enabled: bool,
    /// URL patterns; none means no URL.
    pub allowlist: Vec<Entry>,
    /// The largest response body kept, in bytes.
    pub max_response_bytes: Option<u64>,
    /// The largest download to a file, in bytes.
    pub max_download_bytes: Option<u64>,
    /// Whether WebSockets may be opened.
    pub allow_websocket: bool,
    /// What holds for its connections.
    pub network: NetworkSection,
}

/// `permissions.tcp`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TcpSection {
    /// Whether any connection may be made.
    pub enabled: bool,
    /// `host:port` patterns; none means private addresses only.
    pub allowlist: Vec<Entry>,
    /// What holds for its connections.
    pub network: NetworkSection,
}

/// The keys that `permissions.http` and `permissions.tcp` share.
#[derive(Clone, Debug, Default)]
pub struct NetworkSection {
    /// Addresses that are not public but may be reached: an address, a network, or the name of a class.
    pub addresses: Vec<Entry>,
    /// Certificates in PEM that are trusted beside the system's, relative to the manifest.
    pub ca_file: Option<(PathBuf, String)>,
    /// Whether a skill may ask for a certificate not to be checked.
    pub allow_insecure: bool,
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

/// `permissions.llm`
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct LlmSection {
    /// Whether a model may be asked.
    pub enabled: bool,
    /// Tokens of one completion.
    pub max_tokens: u32,
    /// Completions within a minute.
    pub max_calls_per_minute: u64,
    /// Tokens asked for within an hour.
    pub max_tokens_per_hour: u64,
}

impl Default for LlmSection {
    fn default() -> Self {
        Self {
            enabled: false,
            max_tokens: 1_024,
            max_calls_per_minute: 20,
            max_tokens_per_hour: 100_000,
        }
    }
}

/// `permissions.store`
#[derive(Clone, Debug, PartialEq)]
pub struct StoreSection {
    /// Namespaces shared with other skills: names or patterns, `:ro` or `:rw` behind them.
    pub shared: Vec<Entry>,
    /// MiB of one namespace.
    pub max_mb: u64,
}

impl Default for StoreSection {
    fn default() -> Self {
        Self {
            shared: Vec::new(),
            max_mb: 16,
        }
    }
}

/// `permissions.schedule`: calls of the skill's own methods that wait. On unless it is turned off.
#[derive(Clone, Debug)]
pub struct ScheduleSection {
    /// Where it is turned off, `FILE:LINE KEY`; none when it is on.
    pub turned_off_by: Option<String>,
    /// Scheduled calls that wait at once.
    pub max_scheduled: u64,
    /// Deferred calls that wait or run at once.
    pub max_deferred: u64,
    /// Milliseconds until a scheduled call is due, at least; a shorter delay becomes as long.
    pub min_delay_ms: u64,
}

impl Default for ScheduleSection {
    fn default() -> Self {
        Self {
            turned_off_by: None,
            max_scheduled: 100,
            max_deferred: 100,
            min_delay_ms: 1_000,
        }
    }
}

/// `permissions.file_transfer`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TransferSection {
    /// Whether files may be sent between nodes.
    pub enabled: bool,
    /// Node patterns.
    pub allowed_nodes: Vec<Entry>,
    /// Directories, as in `fs.dirs`.
    pub local_dirs: Vec<DirectoryEntry>,
}

/// `permissions.events`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventsSection {
    /// Topics that may be emitted.
    pub emit: Vec<Entry>,
    /// Topics that may be listened to.
    pub subscribe: Vec<Entry>,
}

/// A pattern and where it stands.
#[derive(Clone, Debug)]
pub struct Entry {
    /// As written.
    pub pattern: String,
    /// `file:line key[index]`.
    pub rule: String,
}

/// `invoke_policy`: instance ids, or `*`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InvokePolicy {
    /// Which skill provides an interface that this one imports.
    pub imports: BTreeMap<String, String>,
    /// Skills that this one may call.
    pub can_invoke: Vec<String>,
    /// Skills that may call this one.
    pub can_be_invoked_by: Vec<String>,
}

/// How methods become tools.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Mapping {
    /// A tool a method.
    #[default]
    PerMethod,
    /// One tool with a `method` argument.
    PerSkill,
}

/// The `mcp` section.
#[derive(Clone, Debug, Default)]
pub struct McpSection {
    /// What the names of tools begin with, in place of the id; empty for nothing.
    pub name: Option<String>,
    /// How methods become tools.
    pub mapping: Mapping,
    /// Methods that are no tools.
    pub hidden_methods: Vec<String>,
    /// When not empty, the only methods that are.
    pub exposed_methods: Vec<String>,
}

/// When an instance is made anew.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Isolation {
    /// For each call.
    Call,
    /// For each client session.
    Session,
    /// Once; calls take turns.
    Skill,
}

/// The `runtime` section. What is absent has the host's default.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct RuntimeSection {
    /// When an instance is made anew.
    pub isolation: Option<Isolation>,
    /// Memory of one instance, in MiB.
    pub memory_limit_mb: Option<NonZeroU64>,
    /// Wall clock of one call, in milliseconds.
    pub timeout_ms: Option<NonZeroU64>,
    /// Computing time of one call, in milliseconds.
    pub cpu_timeout_ms: Option<NonZeroU64>,
    /// Core instances in one instance.
    pub max_instances: Option<NonZeroU32>,
    /// Tables in one instance.
    pub max_tables: Option<NonZeroU32>,
    /// Elements of one table.
    pub max_table_elements: Option<NonZeroU64>,
    /// Calls at once.
    pub max_concurrent_calls: Option<NonZeroU32>,
    /// Bytes of one result.
    pub max_output_bytes: Option<NonZeroU64>,
    /// Bytes that the host holds for one call.
    pub max_host_bytes: Option<NonZeroU64>,
    /// MiB that the host holds for the skill.
    pub max_held_mb: Option<NonZeroU64>,
    /// MiB of all its live instances.
    pub max_live_memory_mb: Option<NonZeroU64>,
    /// Connections that one instance holds open.
    pub max_connections: Option<u32>,
    /// Threads of its blocking work at once.
    pub max_blocking: Option<NonZeroU32>,
    /// Entries of one archive.
    pub max_archive_entries: Option<u64>,
    /// MiB of all that is in one archive.
    pub max_archive_mb: Option<u64>,
}

// Two manifests grant the same when their sections are equal: where an entry stands is for messages only.

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        let Self { pattern, rule: _ } = self;
        *pattern == other.pattern
    }
}

impl PartialEq for DirectoryEntry {
    fn eq(&self, other: &Self) -> bool {
        let Self {
            path,
            writable,
            rule: _,
        } = self;
        (path, writable) == (&other.path, &other.writable)
    }
}

impl PartialEq for NetworkSection {
    fn eq(&self, other: &Self) -> bool {
        let Self {
            addresses,
            ca_file,
            allow_insecure,
        } = self;
        let file = |it: &Option<(PathBuf, String)>| it.as_ref().map(|(path, _)| path.clone());
        file(ca_file) == file(&other.ca_file)
            && (addresses, allow_insecure) == (&other.addresses, &other.allow_insecure)
    }
}

impl PartialEq for ScheduleSection {
    fn eq(&self, other: &Self) -> bool {
        let Self {
            turned_off_by,
            max_scheduled,
            max_deferred,
            min_delay_ms,
        } = self;
        turned_off_by.is_some() == other.turned_off_by.is_some()
            && (max_scheduled, max_deferred, min_delay_ms)
                == (
                    &other.max_scheduled,
                    &other.max_deferred,
                    &other.min_delay_ms,
                )
    }
}
