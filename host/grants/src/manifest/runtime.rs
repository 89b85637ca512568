//! `runtime`: how a skill is run.

use std::num::{NonZeroU32, NonZeroU64};

use serde::Deserialize;

use crate::yaml;

/// When a new instance is created.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Isolation {
    /// For each call.
    Call,
    /// For each client session.
    Session,
    /// Once; calls run one after another.
    Skill,
}

impl Isolation {
    /// Returns what the instance of a call in `session` is kept for: a call without a session has its own.
    pub fn kept_for(self, session: &str) -> Self {
        match self {
            Self::Session if session.is_empty() => Self::Call,
            other => other,
        }
    }
}

/// The `runtime` section. Absent keys have the host's default.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct RuntimeSection {
    /// When a new instance is created.
    pub isolation: Option<Isolation>,
    /// Maximum memory of one instance, in MiB.
    #[serde(deserialize_with = "yaml::positive")]
    pub memory_limit_mb: Option<NonZeroU64>,
    /// Maximum wall-clock time of one call, in milliseconds.
    #[serde(deserialize_with = "yaml::positive")]
    pub timeout_ms: Option<NonZeroU64>,
    /// Maximum CPU time of one call, in milliseconds.
    #[serde(deserialize_with = "yaml::positive")]
    pub cpu_timeout_ms: Option<NonZeroU64>,
    /// Maximum number of core instances in one instance.
    #[serde(deserialize_with = "yaml::positive")]
    pub max_instances: Option<NonZeroU32>,
    /// Maximum number of tables in one instance.
    #[serde(deserialize_with = "yaml::positive")]
    pub max_tables: Option<NonZeroU32>,
    /// Maximum number of elements of one table.
    #[serde(deserialize_with = "yaml::positive")]
    pub max_table_elements: Option<NonZeroU64>,
    /// Maximum number of concurrent calls.
    #[serde(deserialize_with = "yaml::positive")]
    pub max_concurrent_calls: Option<NonZeroU32>,
    /// Maximum size of one result, in bytes.
    #[serde(deserialize_with = "yaml::positive")]
    pub max_output_bytes: Option<NonZeroU64>,
    /// Maximum number of bytes that the host holds for one call.
    #[serde(deserialize_with = "yaml::positive")]
    pub max_host_bytes: Option<NonZeroU64>,
    /// Maximum amount that the host holds for the skill, in MiB.
    #[serde(deserialize_with = "yaml::positive")]
    pub max_held_mb: Option<NonZeroU64>,
    /// Maximum memory of all live instances, in MiB.
    #[serde(deserialize_with = "yaml::positive")]
    pub max_live_memory_mb: Option<NonZeroU64>,
    /// Maximum number of open connections of one instance.
    pub max_connections: Option<u32>,
    /// Maximum number of sessions with a kept instance.
    #[serde(deserialize_with = "yaml::positive")]
    pub max_sessions: Option<NonZeroU32>,
    /// Time without a call after which a session's instance ends, in milliseconds.
    #[serde(deserialize_with = "yaml::positive")]
    pub session_idle_ms: Option<NonZeroU64>,
    /// Maximum number of threads for blocking work.
    #[serde(deserialize_with = "yaml::positive")]
    pub max_blocking: Option<NonZeroU32>,
    /// Maximum number of entries of one archive.
    pub max_archive_entries: Option<u64>,
    /// Maximum total size of one archive's content, in MiB.
    pub max_archive_mb: Option<u64>,
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use crate::Manifest;

    #[test]
    fn a_limit_out_of_range_is_an_error_that_names_its_line_and_range() {
        let (wide, narrow) = (u64::MAX, u64::from(u32::MAX));
        let rows = [
            ("memory_limit_mb", 1, wide),
            ("timeout_ms", 1, wide),
            ("cpu_timeout_ms", 1, wide),
            ("max_instances", 1, narrow),
            ("max_tables", 1, narrow),
            ("max_table_elements", 1, wide),
            ("max_concurrent_calls", 1, narrow),
            ("max_output_bytes", 1, wide),
            ("max_host_bytes", 1, wide),
            ("max_held_mb", 1, wide),
            ("max_live_memory_mb", 1, wide),
            ("max_connections", 0, narrow),
            ("max_sessions", 1, narrow),
            ("session_idle_ms", 1, wide),
            ("max_blocking", 1, narrow),
            ("max_archive_entries", 0, wide),
            ("max_archive_mb", 0, wide),
        ];
        each_row(rows, |(key, first, last)| {
            let limit = |value: &str| {
                Manifest::parse(
                    "m.yaml",
                    &format!("id: a\npath: b\nruntime:\n  {key}: {value}\n"),
                    &|_| None,
                )
            };
            for value in [first, last] {
                let read = limit(&value.to_string());
                assert!(read.is_ok(), "{key}: {read:?}");
            }
            assert!(limit("").is_ok(), "{key}");
            let above = (u128::from(last) + 1).to_string();
            let below = (i128::from(first) - 1).to_string();
            for wrong in [&*below, "-5", &*above, "1.5", "many"] {
                let error = limit(wrong).unwrap_err().to_string();
                let range = format!("runtime.{key}: must be a whole number from {first} to {last}");
                assert!(error.starts_with("m.yaml:4:"), "{wrong}: {error}");
                assert!(error.ends_with(&range), "{wrong}: {error}");
            }
        });
    }
}
