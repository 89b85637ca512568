//! The tail of a skill's standard error during a call, shown when it crashes: language runtimes write the reason there.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// The maximum size of the tail, in bytes.
const MAX_TAIL: usize = 8 << 10;

/// The last lines of a store's standard error. Whole lines, with secrets redacted; clones share them.
#[derive(Clone, Default)]
pub(crate) struct ErrorTail(Arc<Mutex<Lines>>);

#[derive(Default)]
struct Lines {
    whole: VecDeque<String>,
    bytes: usize,
    /// An incomplete line.
    unfinished: String,
}

impl ErrorTail {
    /// Returns the lines since the last call, joined with line breaks.
    pub fn take(&self) -> String {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Lines {
            whole, unfinished, ..
        } = std::mem::take(&mut *lines);
        let all: Vec<String> = whole.into_iter().chain([unfinished]).collect();
        all.join("\n").trim_end().to_owned()
    }

    /// Keeps a complete line.
    pub fn keep(&self, line: String) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.unfinished.clear();
        lines.bytes += line.len();
        lines.whole.push_back(line);
        while lines.bytes > MAX_TAIL {
            let Some(oldest) = lines.whole.pop_front() else {
                break;
            };
            lines.bytes -= oldest.len();
        }
    }

    /// Keeps the beginning of a line.
    pub fn begin(&self, line: String) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.unfinished = line;
    }
}
