//! Progress reports to the caller.

use std::time::{Duration, Instant};

use luminarys_text::{cut, redact};

use super::Environment;
use crate::Progress;

/// The maximum length of a report's message, in bytes.
const MAX_PROGRESS: usize = 1 << 10;
/// The minimum interval; reports in between are dropped.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(50);

impl Environment {
    /// Reports to the caller that `done` of `total` is done, in a unit chosen by the skill.
    pub fn report(&mut self, done: f64, total: Option<f64>, message: Option<String>) {
        let Some(sender) = &self.call.context.progress else {
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
        // The receiver may be gone; the call continues.
        let _ = sender.send(Some(Progress {
            done,
            total: total.filter(|total| total.is_finite()),
            message,
        }));
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
