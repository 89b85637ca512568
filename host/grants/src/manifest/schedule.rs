//! `permissions.schedule` as it is written.

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::sections::ScheduleSection;
use crate::yaml::YamlError;

/// The most calls of one skill that a manifest may let wait: each is a file, or held in memory.
const MAX_WAITING: u64 = 1_000;

/// The section as it is written. On when it does not say.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawSchedule {
    enabled: Option<Spanned<bool>>,
    max_scheduled: Option<Spanned<u64>>,
    max_deferred: Option<Spanned<u64>>,
    min_delay_ms: Option<u64>,
}

impl RawSchedule {
    /// Reads the section of `file`.
    ///
    /// # Errors
    /// [`YamlError`] at a limit that is too high.
    pub fn section(self, file: &str) -> Result<ScheduleSection, YamlError> {
        let default = ScheduleSection::default();
        let off = self.enabled.filter(|enabled| !enabled.value);
        let place = |off: Spanned<bool>| {
            let line = off.referenced.line();
            format!("{file}:{line} permissions.schedule.enabled")
        };
        let limit = |key: &str, value: Option<Spanned<u64>>, otherwise| match value {
            None => Ok(otherwise),
            Some(value) if value.value <= MAX_WAITING => Ok(value.value),
            Some(value) => Err(YamlError::new(
                file,
                value.referenced.line(),
                format!("permissions.schedule.{key}: at most {MAX_WAITING}"),
            )),
        };
        Ok(ScheduleSection {
            turned_off_by: off.map(place),
            max_scheduled: limit("max_scheduled", self.max_scheduled, default.max_scheduled)?,
            max_deferred: limit("max_deferred", self.max_deferred, default.max_deferred)?,
            min_delay_ms: self.min_delay_ms.unwrap_or(default.min_delay_ms),
        })
    }

    /// Adds what a line that a denial offers says: only `enabled`.
    pub fn join(&mut self, other: Self) {
        if other.enabled.is_some() {
            self.enabled = other.enabled;
        }
    }
}
