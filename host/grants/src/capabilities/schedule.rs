//! `permissions.schedule`: whether a skill may schedule calls of its own methods, and how many may be pending.

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::filesystem::FilesystemGrants;
use crate::capability::{About, Capability};
use crate::denial::Denial;
use crate::explain::{Asked, ExplainError, Explained, Question, Target};
use crate::open_error::OpenError;
use crate::section::{Import, Listed, Reader, Section, Written};
use crate::yaml::YamlError;

/// The key that enables or disables the section.
const ENABLED: &str = "permissions.schedule.enabled";
/// The maximum number of pending calls of one skill that a manifest may allow: each is a file or held in memory.
const MAX_WAITING: u64 = 1_000;

pub(crate) static ABOUT: About = About {
    // Allowed to every skill unless disabled.
    interfaces: &[],
    keys: &[],
    questions: &[Question {
        name: "schedule",
        help: "Calls of the skill's own methods at a later time",
        target: Target::Optional("the function, `schedule` or `defer`", "schedule"),
        flags: &[],
    }],
};

/// `permissions.schedule` as written. Enabled by default.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawSchedule {
    enabled: Option<Spanned<bool>>,
    max_scheduled: Option<Spanned<u64>>,
    max_deferred: Option<Spanned<u64>>,
    min_delay_ms: Option<u64>,
}

/// `permissions.schedule`: pending calls of the skill's own methods. Enabled by default.
#[derive(Clone, Debug)]
pub struct ScheduleSection {
    /// The place that disables it, `FILE:LINE KEY`; `None` when enabled.
    pub turned_off_by: Option<String>,
    /// Maximum number of pending scheduled calls.
    pub max_scheduled: u64,
    /// Maximum number of deferred calls that are pending or running.
    pub max_deferred: u64,
    /// Minimum delay of a scheduled call, in milliseconds; a shorter delay is raised to it.
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

// Two manifests grant the same when their sections are equal: the place that disables it is for messages only.
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

impl Written for RawSchedule {
    type Section = ScheduleSection;

    fn read(self, reader: &Reader<'_>) -> Result<ScheduleSection, YamlError> {
        let file = reader.file();
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

    fn add(&mut self, line: Self) {
        if line.enabled.is_some() {
            self.enabled = line.enabled;
        }
    }
}

impl Section for ScheduleSection {
    fn listed(&self) -> Vec<Listed> {
        let limits = || {
            format!(
                "{} scheduled and {} deferred calls at once",
                self.max_scheduled, self.max_deferred
            )
        };
        let is_on = self.turned_off_by.is_none();
        let listed = is_on.then(|| Listed::new("schedule", limits(), ENABLED));
        listed.into_iter().collect()
    }

    fn import(&self, _: &str) -> Option<Import> {
        None
    }
}

/// The grants of `permissions.schedule`.
#[derive(Clone, Debug, Default)]
pub struct ScheduleGrants(pub ScheduleSection);

impl ScheduleGrants {
    /// Wraps `section`.
    ///
    /// # Errors
    /// Never fails: the section needs nothing opened.
    pub(crate) fn open(section: &ScheduleSection, _: &FilesystemGrants) -> Result<Self, OpenError> {
        Ok(Self(section.clone()))
    }

    /// Decides whether a call may be scheduled or deferred; `operation` is the calling function of `skills`. Returns
    /// the key that allows it.
    ///
    /// # Errors
    /// [`Denial`] when the manifest disables it; the reason names the line.
    pub fn decide(&self, operation: &str) -> Result<&'static str, Denial> {
        let Some(place) = &self.0.turned_off_by else {
            return Ok(ENABLED);
        };
        let reason = format!("{place} is false");
        let rule = "permissions.schedule.enabled: true";
        Err(Denial::new("skills", operation, reason, rule))
    }
}

impl Capability for ScheduleGrants {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn explain(&self, _: &str, asked: &Asked) -> Result<Explained, ExplainError> {
        let operation = asked.target();
        if !matches!(operation, "schedule" | "defer") {
            let text = format!("{operation:?} is neither `schedule` nor `defer`");
            return Err(ExplainError::Invalid(text));
        }
        Ok(Explained::By(self.decide(operation)?.to_owned()))
    }

    fn reaches_out(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;
    use crate::Manifest;

    fn section(permissions: &str) -> Result<ScheduleSection, String> {
        let text = format!("id: a\npath: b\n{permissions}\n");
        let manifest = Manifest::parse("m.yaml", &text, &|_| None);
        Ok(manifest
            .map_err(|error| error.to_string())?
            .permissions
            .schedule)
    }

    #[test]
    fn enabled_unless_a_line_disables_it() {
        let rows = [
            ("", None),
            ("permissions: {schedule: {}}", None),
            ("permissions: {schedule: {enabled: true}}", None),
            ("permissions: {fs: {enabled: false}}", None),
            (
                "permissions:\n  schedule:\n    enabled: false",
                Some("m.yaml:5 permissions.schedule.enabled is false"),
            ),
            // Only a line for this section enables it again.
            (
                "permissions: {schedule: {enabled: false}}\npermissions.events.emit: [a]",
                Some("m.yaml:3 permissions.schedule.enabled is false"),
            ),
            (
                "permissions: {schedule: {enabled: false}}\npermissions.schedule.enabled: true",
                None,
            ),
        ];
        each_row(rows, |(text, denied_by)| {
            let grants = ScheduleGrants(section(text).unwrap());
            for operation in ["schedule", "defer"] {
                let denial = grants.decide(operation).err();
                let reason = denial.as_ref().map(|denial| denial.reason.as_str());
                assert_eq!(reason, denied_by, "{text}");
            }
        });
    }

    #[test]
    fn limits_have_bounds() {
        let read = section(
            "permissions: {schedule: {max_scheduled: 3, max_deferred: 0, min_delay_ms: 5}}",
        );
        let read = read.unwrap();
        let found = (read.max_scheduled, read.max_deferred, read.min_delay_ms);
        assert_eq!(found, (3, 0, 5));
        let rows = [("max_scheduled", 1_000), ("max_deferred", 1_000)];
        each_row(rows, |(key, limit)| {
            let with =
                |value: u64| section(&format!("permissions:\n  schedule: {{{key}: {value}}}"));
            assert!(with(limit).is_ok());
            let error = with(limit + 1).unwrap_err();
            let expected = format!("m.yaml:4: permissions.schedule.{key}: at most 1000");
            assert!(error.starts_with(&expected), "{error}");
        });
    }
}
