//! Progress reports to the caller.

use std::time::Instant;

use luminarys_text::{cut, redact};

use super::Environment;
use crate::Progress;
use crate::progress::{PROGRESS_INTERVAL, ProgressSink};

/// The maximum length of a report's message, in bytes.
const MAX_PROGRESS: usize = 1 << 10;

impl Environment {
    /// Reports to the caller that `done` of `total` is done, in a unit chosen by the skill.
    pub fn report(&mut self, done: f64, total: Option<f64>, message: Option<String>) {
        let Some(sink) = self.progress_sink() else {
            return;
        };
        let finished = total.is_some_and(|total| done >= total);
        let early = self
            .call
            .last_progress
            .is_some_and(|last| last.elapsed() < PROGRESS_INTERVAL);
        if (early && !finished) || !done.is_finite() {
            return;
        }
        self.call.last_progress = Some(Instant::now());
        let message = message.map(|text| {
            let mut text = redact(&cut(&text, MAX_PROGRESS)).into_owned();
            truncate(&mut text, MAX_PROGRESS);
            text
        });
        sink.send(Progress {
            done,
            total: total.filter(|total| total.is_finite()),
            message,
        });
    }

    /// Returns the receiver of what the skill, or the host for it, reports; from now on nothing else is reported.
    pub fn progress_sink(&self) -> Option<ProgressSink> {
        self.call.inner.reports_itself();
        self.call.context.progress.clone()
    }
}

/// Truncates `text` to at most `limit` bytes, at a character boundary.
pub(crate) fn truncate(text: &mut String, limit: usize) {
    if text.len() > limit {
        let edge = (0..=limit)
            .rev()
            .find(|index| text.is_char_boundary(*index))
            .unwrap_or(0);
        text.truncate(edge);
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::truncate;

    #[test]
    fn text_is_truncated_between_characters() {
        let rows = [(0, ""), (1, "a"), (2, "a"), (3, "aé"), (9, "aéb")];
        each_row(rows, |(limit, expected)| {
            let mut text = "aéb".to_owned();
            truncate(&mut text, limit);
            assert_eq!(text, expected, "{limit}");
        });
    }
}
