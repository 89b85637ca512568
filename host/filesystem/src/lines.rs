//! `read-lines`: a range of a text file's lines; the file is read once from beginning to end.

use std::io::{BufRead, BufReader};

use crate::error::FsError;
use crate::filesystem::{Cancelled, Filesystem};
use crate::model::Lines;

/// Bytes at the beginning that decide whether a file is text.
const PROBE: usize = 8192;
/// What one line costs beside its text, in bytes.
const LINE_COST: u64 = 32;

impl Filesystem {
    /// Returns `limit` lines from line `offset` (counted from 0) on; a limit of 0 reads to the end.
    ///
    /// # Errors
    /// [`FsError::Invalid`] for a binary file, [`FsError::TooLarge`] when the slice exceeds the output limit, or as
    /// [`Filesystem::read`].
    pub fn read_lines(
        &self,
        path: &str,
        offset: u64,
        limit: u64,
        cancelled: Cancelled<'_>,
    ) -> Result<Lines, FsError> {
        let (file, resolved) = self.open_to_read(path)?;
        let failed = |error| FsError::system(&resolved.path, error);
        let mut reader = BufReader::with_capacity(PROBE * 8, file);
        let beginning = reader.fill_buf().map_err(failed)?;
        if is_binary(&beginning[..beginning.len().min(PROBE)], PROBE) {
            return Err(FsError::invalid(
                &resolved.path,
                "is binary: it holds a NUL byte, or is not UTF-8; use read",
            ));
        }
        let end = match limit {
            0 => u64::MAX,
            limit => offset.saturating_add(limit),
        };
        let mut slice = Slice {
            wanted: offset..end,
            ..Slice::default()
        };
        loop {
            if cancelled() {
                return Err(FsError::given_up());
            }
            let buffer = reader.fill_buf().map_err(failed)?;
            if buffer.is_empty() {
                break;
            }
            slice.take(buffer);
            let read = buffer.len();
            reader.consume(read);
            self.charge(slice.cost, &format!("this part of {}", resolved.path))?;
        }
        if slice.inside {
            slice.finish();
        }
        Ok(Lines {
            truncated: slice.total > end,
            lines: slice.lines,
            total: slice.total,
            offset,
        })
    }
}

/// The lines collected so far.
#[derive(Default)]
struct Slice {
    wanted: std::ops::Range<u64>,
    lines: Vec<String>,
    current: Vec<u8>,
    /// Whether the current line has begun.
    inside: bool,
    total: u64,
    cost: u64,
}

impl Slice {
    fn take(&mut self, buffer: &[u8]) {
        for part in buffer.split_inclusive(|byte| *byte == b'\n') {
            let (text, ends) = match part.strip_suffix(b"\n") {
                Some(text) => (text, true),
                None => (part, false),
            };
            self.inside = true;
            if self.wanted.contains(&self.total) {
                self.cost += text.len() as u64;
                self.current.extend_from_slice(text);
            }
            if ends {
                self.finish();
            }
        }
    }

    fn finish(&mut self) {
        if self.wanted.contains(&self.total) {
            let text = self.current.strip_suffix(b"\r").unwrap_or(&self.current);
            self.lines.push(String::from_utf8_lossy(text).into_owned());
            self.current.clear();
            self.cost += LINE_COST;
        }
        self.total += 1;
        self.inside = false;
    }
}

/// Returns whether the beginning of a file, cut after `probe` bytes, is binary.
fn is_binary(beginning: &[u8], probe: usize) -> bool {
    if beginning.contains(&0) {
        return true;
    }
    match std::str::from_utf8(beginning) {
        Ok(_) => false,
        // The end of the probe may cut a character in two.
        Err(error) => error.error_len().is_some() || beginning.len() < probe,
    }
}
