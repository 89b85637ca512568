//! The machine, the clock, the manifest's variables, and the log.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::values::{optional, signed};
use crate::SkillError;
use crate::skill::{log, system};

/// For [`log_msg`].
pub const LOG_DEBUG: &str = "debug";
/// For [`log_msg`].
pub const LOG_INFO: &str = "info";
/// For [`log_msg`].
pub const LOG_WARN: &str = "warn";
/// For [`log_msg`].
pub const LOG_ERROR: &str = "error";

/// The machine.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SysInfoResult {
    /// `linux`, `windows` or `darwin`.
    pub os: String,
    /// `amd64`, `arm64`, …
    pub arch: String,
    /// The host's name.
    pub hostname: String,
    /// Processors.
    pub num_cpu: i64,
}

/// A moment.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TimeNowResult {
    /// Seconds since 1970-01-01 UTC.
    pub unix: i64,
    /// Nanoseconds since then.
    pub unix_nano: i64,
    /// With the local offset.
    pub rfc3339: String,
    /// IANA name.
    pub timezone: String,
    /// Seconds east of UTC.
    pub utc_offset: i64,
}

/// How full a disk is.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DiskUsageResult {
    /// Its size.
    pub total_bytes: i64,
    /// What may still be used.
    pub free_bytes: i64,
    /// What is used.
    pub used_bytes: i64,
    /// 0 to 100.
    pub used_pct: f64,
    /// Empty: what fails is an error.
    pub error: String,
}

/// Describes the machine.
///
/// # Errors
/// None; the older function had some.
pub fn sys_info() -> Result<SysInfoResult, SkillError> {
    let info = system::info();
    Ok(SysInfoResult {
        os: info.os,
        arch: info.arch,
        hostname: info.hostname,
        num_cpu: info.num_cpu.into(),
    })
}

/// The time now.
///
/// # Errors
/// None; the older function had some.
pub fn time_now() -> Result<TimeNowResult, SkillError> {
    let now = system::time_now();
    Ok(TimeNowResult {
        unix: now.instant.div_euclid(1000),
        unix_nano: nanoseconds(now.instant),
        rfc3339: now.rfc3339,
        timezone: now.timezone,
        utc_offset: now.utc_offset.into(),
    })
}

/// The nanoseconds of WASI's clock, which was read after `instant`, in the same second.
fn nanoseconds(instant: i64) -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let clock = i64::try_from(since.unwrap_or_default().as_nanos()).unwrap_or(i64::MAX);
    within_second(instant, clock)
}

fn within_second(instant: i64, clock: i64) -> i64 {
    let first = instant.saturating_mul(1_000_000);
    let second = instant.div_euclid(1000);
    let last = second
        .saturating_mul(1_000_000_000)
        .saturating_add(999_999_999);
    clock.clamp(first, last)
}

/// How full the disk beneath a granted directory is; an empty path means the first.
///
/// # Errors
/// As `system::disk_usage`.
pub fn disk_usage(path: &str) -> Result<DiskUsageResult, SkillError> {
    let disk = system::disk_usage(optional(path))?;
    Ok(DiskUsageResult {
        total_bytes: signed(disk.total),
        free_bytes: signed(disk.free),
        used_bytes: signed(disk.used),
        used_pct: disk.used_percent,
        error: String::new(),
    })
}

/// A value from the manifest's `env`; empty when it is not there.
pub fn get_env(key: &str) -> String {
    system::env(key).unwrap_or_default()
}

/// Writes a message with named values. A level that is unknown is `info`.
pub fn log_msg(level: &str, message: &str, fields: &[(&str, &str)]) {
    let level = match level {
        LOG_DEBUG => log::Level::Debug,
        LOG_WARN => log::Level::Warn,
        LOG_ERROR => log::Level::Error,
        _ => log::Level::Info,
    };
    let fields = fields.iter();
    let fields: Vec<_> = fields
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    log::message(level, message, &fields);
}

/// Writes a message for those who look for a fault.
pub fn log_debug(message: &str, fields: &[(&str, &str)]) {
    log_msg(LOG_DEBUG, message, fields);
}

/// Writes a message.
pub fn log_info(message: &str, fields: &[(&str, &str)]) {
    log_msg(LOG_INFO, message, fields);
}

/// Writes a warning.
pub fn log_warn(message: &str, fields: &[(&str, &str)]) {
    log_msg(LOG_WARN, message, fields);
}

/// Writes an error.
pub fn log_error(message: &str, fields: &[(&str, &str)]) {
    log_msg(LOG_ERROR, message, fields);
}

#[cfg(test)]
mod tests {
    use super::within_second;

    #[test]
    fn nanoseconds_are_of_the_same_second() {
        for (instant, clock, expected) in [
            (1_500, 1_500_000_700, 1_500_000_700),
            (1_500, 2_000_000_001, 1_999_999_999),
            (1_500, 9, 1_500_000_000),
            (-1, 9, -1),
            (-1_500, -1_400_000_000, -1_400_000_000),
        ] {
            assert_eq!(within_second(instant, clock), expected, "{instant} {clock}");
        }
    }
}
