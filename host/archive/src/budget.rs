//! How large an archive may become: entries, bytes, and how much more than its file.

use std::cell::Cell;
use std::io::{self, Read};

use crate::error::Error;

/// The beginning of the key of a limit, for messages.
const EXCEEDED: &str = "the skill's runtime.max_archive_";
/// Bytes up to which the ratio does not count.
const FREE: u64 = 64 << 20;
/// Bytes that one byte of an archive may become.
const MAX_RATIO: u64 = 250;

/// What an archive may contain, and what it has contained so far.
#[derive(Clone, Debug)]
pub struct Budget {
    most_entries: u64,
    most_bytes: u64,
    entries: Cell<u64>,
    bytes: Cell<u64>,
}

impl Budget {
    /// Allows so many entries and bytes, for an archive in a file of `length` bytes.
    pub fn new(entries: u64, bytes: u64, length: u64) -> Self {
        let by_ratio = length.saturating_mul(MAX_RATIO).max(FREE);
        Self {
            most_entries: entries,
            most_bytes: bytes.min(by_ratio),
            entries: Cell::new(0),
            bytes: Cell::new(0),
        }
    }

    /// Charges one more entry.
    ///
    /// # Errors
    /// [`Error::TooLarge`]
    pub fn entry(&self) -> Result<(), Error> {
        self.entries.set(self.entries.get() + 1);
        self.check_entries(self.entries.get())
    }

    /// Checks a number of entries.
    ///
    /// # Errors
    /// [`Error::TooLarge`]
    pub fn check_entries(&self, entries: u64) -> Result<(), Error> {
        if entries > self.most_entries {
            let most = self.most_entries;
            return Err(Error::TooLarge(format!(
                "the archive has more than {most} entries, {EXCEEDED}entries"
            )));
        }
        Ok(())
    }

    /// Charges `count` more bytes.
    ///
    /// # Errors
    /// [`Error::TooLarge`]
    pub fn bytes(&self, count: u64) -> Result<(), Error> {
        let bytes = self.bytes.get().saturating_add(count);
        self.bytes.set(bytes);
        if bytes > self.most_bytes {
            let most = self.most_bytes;
            return Err(Error::TooLarge(format!(
                "the archive becomes larger than {most} bytes, {EXCEEDED}mb or {MAX_RATIO} times its file"
            )));
        }
        Ok(())
    }
}

/// A reader whose bytes are charged.
pub(crate) struct Counted<'a, R> {
    pub inner: R,
    pub budget: &'a Budget,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.budget.bytes(length as u64).map_err(io::Error::other)?;
        Ok(length)
    }
}
