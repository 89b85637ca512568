//! The resource limits of a skill: defaults, overridden by the manifest's `runtime` section.

use std::num::{NonZeroU32, NonZeroU64};
use std::time::Duration;

use luminarys_grants::{Isolation, RuntimeSection};
use luminarys_package::Abi;

/// The limits of one deployed skill. Each has a manifest key of the same name under `runtime`.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// When a new instance is created.
    pub isolation: Isolation,
    /// Maximum linear memory of one instance, all memories together, in bytes.
    pub memory: usize,
    /// Maximum wall-clock time of one call.
    pub timeout: Duration,
    /// Maximum CPU time of one call; waiting for the host does not count.
    pub cpu_timeout: Duration,
    /// Maximum number of core instances in one component instance.
    pub max_instances: u32,
    /// Maximum number of tables in one component instance.
    pub max_tables: u32,
    /// Maximum number of elements of one table.
    pub max_table_elements: u64,
    /// Maximum number of calls running at once; more wait for their turn until their deadline.
    pub max_concurrent_calls: u32,
    /// Maximum size in bytes of one result, and of one value that a capability returns to the skill.
    pub max_output_bytes: u64,
    /// Maximum number of bytes that the host holds for one call at once, and that the skill passes in one host call.
    pub max_host_bytes: u64,
    /// Maximum number of bytes that the host holds for the skill at once: for all calls, results, queues and
    /// connections (`max_held_mb` in the manifest).
    pub max_held_bytes: u64,
    /// Maximum memory of all live instances together, in bytes (`max_live_memory_mb` in the manifest); `None` means
    /// half of the limit for all skills.
    pub max_live_memory: Option<u64>,
    /// Maximum number of open connections of one instance.
    pub max_connections: u32,
    /// Maximum number of sessions with a kept instance, where each session keeps one.
    pub max_sessions: u32,
    /// Time without a call after which a session's instance ends (`session_idle_ms` in the manifest).
    pub session_idle: Duration,
    /// Maximum number of threads for the skill's blocking work: files, its store, name resolution.
    pub max_blocking: u32,
    /// Maximum number of entries of one archive.
    pub max_archive_entries: u64,
    /// Maximum total size of one archive's content, in bytes (`max_archive_mb` in the manifest).
    pub max_archive_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            isolation: Isolation::Call,
            memory: 256 << 20,
            timeout: Duration::from_secs(120),
            cpu_timeout: Duration::from_secs(30),
            max_instances: 64,
            max_tables: 64,
            max_table_elements: 1_000_000,
            max_concurrent_calls: 64,
            max_output_bytes: 64 << 20,
            max_host_bytes: 256 << 20,
            max_held_bytes: 512 << 20,
            max_live_memory: None,
            max_connections: 16,
            max_sessions: 64,
            session_idle: Duration::from_secs(30 * 60),
            max_blocking: 16,
            max_archive_entries: 100_000,
            max_archive_bytes: 4 << 30,
        }
    }
}

impl Limits {
    /// Returns the defaults overridden by the manifest's values. `memory_ceiling_mb` is the host's limit in MiB, which
    /// no manifest can exceed.
    ///
    /// A dynamic skill (an interpreter, or an adapted one with state in its memory) keeps its instance by default.
    pub fn new(section: &RuntimeSection, memory_ceiling_mb: Option<u64>, abi: Abi) -> Self {
        let base = Self {
            isolation: match abi {
                Abi::Typed => Isolation::Call,
                Abi::Dynamic => Isolation::Skill,
            },
            ..Self::default()
        };
        let millis = |value: Option<NonZeroU64>, otherwise| {
            value.map_or(otherwise, |value| Duration::from_millis(value.get()))
        };
        let whole = |value: NonZeroU64| mebibytes(value.get());
        let number =
            |value: Option<NonZeroU32>, otherwise| value.map_or(otherwise, NonZeroU32::get);
        let bytes = |value: Option<NonZeroU64>, otherwise| value.map_or(otherwise, NonZeroU64::get);
        let wanted = section.memory_limit_mb.map_or(base.memory as u64, whole);
        let memory = wanted.min(memory_ceiling_mb.map_or(u64::MAX, mebibytes));
        Self {
            isolation: section.isolation.unwrap_or(base.isolation),
            memory: usize::try_from(memory).unwrap_or(usize::MAX),
            timeout: millis(section.timeout_ms, base.timeout),
            cpu_timeout: millis(section.cpu_timeout_ms, base.cpu_timeout),
            max_instances: number(section.max_instances, base.max_instances),
            max_tables: number(section.max_tables, base.max_tables),
            max_table_elements: bytes(section.max_table_elements, base.max_table_elements),
            max_concurrent_calls: number(section.max_concurrent_calls, base.max_concurrent_calls),
            max_output_bytes: bytes(section.max_output_bytes, base.max_output_bytes),
            max_host_bytes: bytes(section.max_host_bytes, base.max_host_bytes),
            max_held_bytes: section.max_held_mb.map_or(base.max_held_bytes, whole),
            max_live_memory: section.max_live_memory_mb.map(whole),
            max_connections: section.max_connections.unwrap_or(base.max_connections),
            max_sessions: number(section.max_sessions, base.max_sessions),
            session_idle: millis(section.session_idle_ms, base.session_idle),
            max_blocking: number(section.max_blocking, base.max_blocking),
            max_archive_entries: section
                .max_archive_entries
                .unwrap_or(base.max_archive_entries),
            max_archive_bytes: section
                .max_archive_mb
                .map_or(base.max_archive_bytes, mebibytes),
        }
    }
}

fn mebibytes(value: u64) -> u64 {
    value.saturating_mul(1 << 20)
}
