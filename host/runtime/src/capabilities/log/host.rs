//! The functions of `log`: a skill's messages go to the host's log under the target `skill`.

use std::fmt::Write as _;

use luminarys_text::{cut, redact};

use super::state::LogCapability;
use crate::bindings::luminarys::skill::log::{Host, Level};
use crate::environment::View;

const MAX_MESSAGE: usize = 8 << 10;
const MAX_FIELDS: usize = 32;

fn is_standard_error((key, value): &(String, String)) -> bool {
    key == "stream" && value == "stderr"
}

impl Host for View<'_, LogCapability> {
    fn message(&mut self, level: Level, message: String, fields: Vec<(String, String)>) {
        if fields.iter().any(is_standard_error) {
            // Core modules of the older ABI log here; the last lines explain a crash.
            self.error_tail
                .keep(redact(&cut(&message, MAX_MESSAGE)).into_owned());
        }
        if !self.shared.admits_line() {
            return;
        }
        // Redacted before escaping and truncation.
        let mut line: String = redact(&cut(&message, MAX_MESSAGE))
            .escape_debug()
            .take(MAX_MESSAGE)
            .collect();
        for (key, value) in fields.iter().take(MAX_FIELDS) {
            // Quoted and escaped, so that a value cannot imitate a separate field or line.
            let value: String = redact(&cut(value, 1 << 10)).into_owned();
            let key: String = redact(&cut(key, 64))
                .chars()
                .filter(|c| !c.is_control() && !c.is_whitespace())
                .take(64)
                .collect();
            let _ = write!(line, " {key}={value:?}");
        }
        let session = luminarys_audit::identity(&self.call.context.session_id);
        let skill = &self.shared.id;
        match level {
            Level::Debug => tracing::debug!(target: "skill", %skill, %session, "{line}"),
            Level::Info => tracing::info!(target: "skill", %skill, %session, "{line}"),
            Level::Warn => tracing::warn!(target: "skill", %skill, %session, "{line}"),
            Level::Error => tracing::error!(target: "skill", %skill, %session, "{line}"),
        }
    }
}
