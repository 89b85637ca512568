//! Standard output and errors: lines for the log.

use crate::bindings::luminarys::skill::log::{self, Level};

/// A line of this length is written before its end.
const MAX_LINE: usize = 8 << 10;

/// What has been written of the line so far.
pub struct Output {
    level: Level,
    stream: &'static str,
    line: Vec<u8>,
}

impl Output {
    pub fn standard() -> Self {
        Self {
            level: Level::Info,
            stream: "stdout",
            line: Vec::new(),
        }
    }

    pub fn errors() -> Self {
        Self {
            level: Level::Warn,
            stream: "stderr",
            line: Vec::new(),
        }
    }

    pub fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if *byte != b'\n' {
                self.line.push(*byte);
            }
            if *byte == b'\n' || self.line.len() >= MAX_LINE {
                self.flush();
            }
        }
    }

    /// Writes what is left of a line.
    pub fn flush(&mut self) {
        if !self.line.is_empty() {
            let line = String::from_utf8_lossy(&self.line);
            log::message(
                self.level,
                &line,
                &[("stream".to_owned(), self.stream.to_owned())],
            );
            self.line.clear();
        }
    }
}
