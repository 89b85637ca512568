//! Standard output and errors: lines for the log.

use std::cell::RefCell;

use crate::bindings::luminarys::skill::log::{self, Level};

/// A line of this length is written before its end.
const MAX_LINE: usize = 8 << 10;

/// One of the streams.
#[derive(Clone, Copy)]
pub enum Stream {
    Output,
    Errors,
}

thread_local! {
    /// What has been written of a line so far, for each.
    static LINES: [RefCell<Vec<u8>>; 2] = const { [RefCell::new(Vec::new()), RefCell::new(Vec::new())] };
}

impl Stream {
    fn log(self, line: &mut Vec<u8>) {
        let (level, name) = match self {
            Self::Output => (Level::Info, "stdout"),
            Self::Errors => (Level::Warn, "stderr"),
        };
        if !line.is_empty() {
            let text = String::from_utf8_lossy(line);
            log::message(level, &text, &[("stream".to_owned(), name.to_owned())]);
            line.clear();
        }
    }

    pub fn write(self, bytes: &[u8]) {
        LINES.with(|lines| {
            let mut line = lines[self as usize].borrow_mut();
            for byte in bytes {
                if *byte != b'\n' {
                    line.push(*byte);
                }
                if *byte == b'\n' || line.len() >= MAX_LINE {
                    self.log(&mut line);
                }
            }
        });
    }
}

/// Writes what is left of lines, at the end of a call.
pub fn flush() {
    LINES.with(|lines| {
        for stream in [Stream::Output, Stream::Errors] {
            stream.log(&mut lines[stream as usize].borrow_mut());
        }
    });
}
