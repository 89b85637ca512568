//! `permissions.schedule`: whether a skill may have its own methods called later, and how many such calls may wait.

use crate::denial::Denial;
use crate::manifest::ScheduleSection;

/// `permissions.schedule`, ready to decide.
#[derive(Clone, Debug, Default)]
pub struct ScheduleGrants(pub ScheduleSection);

impl ScheduleGrants {
    /// Decides whether a call may be scheduled or deferred; `operation` is the function of `skills` that asks. Returns the
    /// key that allows it.
    ///
    /// # Errors
    /// [`Denial`] when the manifest turns it off; the reason names the line that does.
    pub fn decide(&self, operation: &str) -> Result<&'static str, Denial> {
        let Some(place) = &self.0.turned_off_by else {
            return Ok("permissions.schedule.enabled");
        };
        let reason = format!("{place} is false");
        let rule = "permissions.schedule.enabled: true";
        Err(Denial::new("skills", operation, reason, rule))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Manifest;

    fn section(permissions: &str) -> Result<ScheduleSection, String> {
        let text = format!("id: a\npath: b\n{permissions}\n");
        let manifest = Manifest::parse("m.yaml", &text, &|_| None);
        Ok(manifest
            .map_err(|error| error.to_string())?
            .permissions
            .schedule)
    }

    #[test]
    fn it_is_on_unless_a_line_turns_it_off() {
        for (text, denied_by) in [
            ("", None),
            ("permissions: {schedule: {}}", None),
            ("permissions: {schedule: {enabled: true}}", None),
            ("permissions: {fs: {enabled: false}}", None),
            (
                "permissions:\n  schedule:\n    enabled: false",
                Some("m.yaml:5 permissions.schedule.enabled is false"),
            ),
            // Only a line about this section turns it on again.
            (
                "permissions: {schedule: {enabled: false}}\npermissions.events.emit: [a]",
                Some("m.yaml:3 permissions.schedule.enabled is false"),
            ),
            (
                "permissions: {schedule: {enabled: false}}\npermissions.schedule.enabled: true",
                None,
            ),
        ] {
            let grants = ScheduleGrants(section(text).unwrap());
            for operation in ["schedule", "defer"] {
                let denial = grants.decide(operation).err();
                let reason = denial.as_ref().map(|denial| denial.reason.as_str());
                assert_eq!(reason, denied_by, "{text}");
            }
        }
    }

    #[test]
    fn limits_have_bounds() {
        let read = section(
            "permissions: {schedule: {max_scheduled: 3, max_deferred: 0, min_delay_ms: 5}}",
        );
        let read = read.unwrap();
        let found = (read.max_scheduled, read.max_deferred, read.min_delay_ms);
        assert_eq!(found, (3, 0, 5));
        for (key, limit) in [("max_scheduled", 1_000), ("max_deferred", 1_000)] {
            let with =
                |value: u64| section(&format!("permissions:\n  schedule: {{{key}: {value}}}"));
            assert!(with(limit).is_ok());
            let error = with(limit + 1).unwrap_err();
            let expected = format!("m.yaml:4: permissions.schedule.{key}: at most 1000");
            assert!(error.starts_with(&expected), "{error}");
        }
    }
}
