//! `runtime`: how a skill is run.

use std::num::{NonZeroU32, NonZeroU64};

use serde::Deserialize;

use crate::yaml;

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
    #[serde(deserialize_with = "yaml::positive")]
    pub memory_limit_mb: Option<NonZeroU64>,
    /// Wall clock of one call, in milliseconds.
    #[serde(deserialize_with = "yaml::positive")]
    pub timeout_ms: Option<NonZeroU64>,
    /// Computing time of one call, in milliseconds.
    #[serde(deserialize_with = "yaml::positive")]
    pub cpu_timeout_ms: Option<NonZeroU64>,
    /// Core instances in one instance.
    #[serde(deserialize_with = "yaml::positive")]
    pub max_instances: Option<NonZeroU32>,
    /// Tables in one instance.
    #[serde(deserialize_with = "yaml::positive")]
    pub max_tables: Option<NonZeroU32>,
    /// Elements of one table.
    #[serde(deserialize_with = "yaml::positive")]
    pub max_table_elements: Option<NonZeroU64>,
    /// Calls at once.
    #[serde(deserialize_with = "yaml::positive")]
    pub max_concurrent_calls: Option<NonZeroU32>,
    /// Bytes of one result.
    #[serde(deserialize_with = "yaml::positive")]
    pub max_output_bytes: Option<NonZeroU64>,
    /// Bytes that the host holds for one call.
    #[serde(deserialize_with = "yaml::positive")]
    pub max_host_bytes: Option<NonZeroU64>,
    /// MiB that the host holds for the skill.
    #[serde(deserialize_with = "yaml::positive")]
    pub max_held_mb: Option<NonZeroU64>,
    /// MiB of all its live instances.
    #[serde(deserialize_with = "yaml::positive")]
    pub max_live_memory_mb: Option<NonZeroU64>,
    /// Connections that one instance holds open.
    pub max_connections: Option<u32>,
    /// Threads of its blocking work at once.
    #[serde(deserialize_with = "yaml::positive")]
    pub max_blocking: Option<NonZeroU32>,
    /// Entries of one archive.
    pub max_archive_entries: Option<u64>,
    /// MiB of all that is in one archive.
    pub max_archive_mb: Option<u64>,
}

#[cfg(test)]
mod tests {
    use crate::Manifest;

    #[test]
    fn a_limit_out_of_range_is_an_error_that_names_its_line_and_range() {
        let (wide, narrow) = (u64::MAX, u64::from(u32::MAX));
        for (key, first, last) in [
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
            ("max_blocking", 1, narrow),
            ("max_archive_entries", 0, wide),
            ("max_archive_mb", 0, wide),
        ] {
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
        }
    }
}
