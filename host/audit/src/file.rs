//! A file of decisions. Each line is appended by one write, so that several hosts can share a file. Before the next line, a
//! full file is rotated: renamed to `….1`, that one to `….2` and so on.

use std::fs::{File, Metadata, OpenOptions, TryLockError};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use crate::error::AuditError;
use crate::options::{AuditOptions, full_file};
use crate::record::{AuditRecord, Verdict};

/// The longest first line that is read to learn when a file was begun, in bytes.
const MAX_LINE: u64 = 64 << 10;

/// What every file of decisions begins with. One whose first line was cut off begins with a part of it.
const BEGINNING: &[u8] = b"{\"time\":\"";

/// An open file of decisions.
#[derive(Debug)]
pub(crate) struct AuditFile {
    path: PathBuf,
    file: File,
    max_bytes: u64,
    keep: u32,
    keep_for: Option<Duration>,
    /// When its first line was written.
    begun: Option<Timestamp>,
    /// Whether its last line may be incomplete.
    torn: bool,
}

impl AuditFile {
    /// Opens the file of `verdict`, creating it with mode 0600 when absent.
    ///
    /// # Errors
    /// As [`AuditOptions::check`].
    pub fn open(options: &AuditOptions, verdict: Verdict) -> Result<Self, AuditError> {
        let path = options.file(verdict);
        options.check(verdict)?;
        let mut file = Self {
            file: append(&path)?,
            path,
            max_bytes: options.max_bytes,
            keep: options.keep.max(1),
            keep_for: options.keep_for,
            begun: None,
            torn: false,
        };
        file.inspect()?;
        Ok(file)
    }

    /// Appends `record` as a line.
    ///
    /// # Errors
    /// [`AuditError`]; then the record is not in the file.
    pub fn append(&mut self, record: &AuditRecord) -> Result<(), AuditError> {
        let mut line = luminarys_text::to_json(record).map_err(io::Error::from)?;
        line.push('\n');
        self.follow()?;
        let size = self.file.metadata()?.len();
        let full = size.saturating_add(line.len() as u64) > self.max_bytes;
        if size > 0 && (full || self.is_old(Timestamp::now())) {
            self.rotate()?;
        }
        if self.torn {
            // End the incomplete line, so that this record is on its own.
            line.insert(0, '\n');
        }
        self.torn = true;
        self.file.write_all(line.as_bytes())?;
        self.torn = false;
        self.begun.get_or_insert_with(Timestamp::now);
        Ok(())
    }

    /// Reopens the file when its name now belongs to another file or to none.
    ///
    /// # Errors
    /// The operating system's.
    fn follow(&mut self) -> io::Result<()> {
        let open = self.file.metadata()?;
        let named = std::fs::metadata(&self.path);
        let same = |named: &Metadata| (named.dev(), named.ino()) == (open.dev(), open.ino());
        if named.as_ref().is_ok_and(same) {
            return Ok(());
        }
        if named.is_err() {
            let path = self.path.display();
            tracing::warn!("the audit file {path} was removed or moved; creating it again");
        }
        self.file = append(&self.path)?;
        self.inspect()
    }

    /// Rotates the file when it is old.
    ///
    /// # Errors
    /// The operating system's.
    pub fn rotate_when_old(&mut self) -> Result<(), AuditError> {
        match self.is_old(Timestamp::now()) {
            true => self.rotate(),
            false => Ok(()),
        }
    }

    fn is_old(&self, now: Timestamp) -> bool {
        let (Some(keep_for), Some(begun)) = (self.keep_for, self.begun) else {
            return false;
        };
        now.duration_since(begun).unsigned_abs() > keep_for / self.keep && now > begun
    }

    /// Renames the file, unless another host has done so already, and opens a new one.
    fn rotate(&mut self) -> Result<(), AuditError> {
        match self.file.try_lock() {
            Ok(()) => {}
            // Another host is rotating it; this line still goes to the open file.
            Err(TryLockError::WouldBlock) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        match self.rename().and_then(|()| Ok(append(&self.path)?)) {
            Ok(file) => self.file = file,
            Err(error) => {
                self.file.unlock()?;
                return Err(error);
            }
        }
        Ok(self.inspect()?)
    }

    fn rename(&self) -> Result<(), AuditError> {
        let own = self.file.metadata()?;
        let there = std::fs::metadata(&self.path);
        if !there.is_ok_and(|there| (there.dev(), there.ino()) == (own.dev(), own.ino())) {
            return Ok(());
        }
        check_full_files(&self.path, self.keep)?;
        for number in (1..self.keep).rev() {
            // Fails until so many exist.
            drop(std::fs::rename(
                full_file(&self.path, number),
                full_file(&self.path, number + 1),
            ));
        }
        Ok(std::fs::rename(&self.path, full_file(&self.path, 1))?)
    }

    /// Reads from the file when it was begun and whether its last line is complete.
    fn inspect(&mut self) -> io::Result<()> {
        (self.begun, self.torn) = (None, false);
        let there = self.file.metadata()?;
        if !there.is_file() || there.len() == 0 {
            return Ok(());
        }
        let mut file = File::open(&self.path)?;
        let mut line = Vec::new();
        BufReader::new((&mut file).take(MAX_LINE)).read_until(b'\n', &mut line)?;
        let first = serde_json::from_slice::<AuditRecord>(&line).ok();
        let first = first.and_then(|record| record.time.parse().ok());
        self.begun = Some(first.unwrap_or_else(Timestamp::now));
        file.seek(SeekFrom::End(-1))?;
        let mut last = [0];
        file.read_exact(&mut last)?;
        self.torn = last != *b"\n";
        Ok(())
    }
}

impl AuditOptions {
    /// Checks that the files of `verdict` that exist already are files of decisions. Devices and pipes pass. Makes nothing.
    ///
    /// # Errors
    /// [`AuditError`]; nothing has been opened for writing.
    pub fn check(&self, verdict: Verdict) -> Result<(), AuditError> {
        let path = self.file(verdict);
        if std::fs::metadata(&path).is_ok_and(|there| there.is_file()) {
            let mut beginning = Vec::new();
            let file = File::open(&path)?;
            file.take(BEGINNING.len() as u64)
                .read_to_end(&mut beginning)?;
            if !BEGINNING.starts_with(&beginning) {
                return Err(AuditError::NotDecisions);
            }
        }
        check_full_files(&path, self.keep.max(1))
    }
}

/// Checks that only files have the names of the full files of `path`: anything else would be renamed and never removed.
fn check_full_files(path: &Path, keep: u32) -> Result<(), AuditError> {
    let mut names = (1..=keep).map(|number| full_file(path, number));
    match names.find(|name| std::fs::symlink_metadata(name).is_ok_and(|there| !there.is_file())) {
        None => Ok(()),
        Some(name) => Err(AuditError::NotAFile(name)),
    }
}

fn append(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true).mode(0o600);
    // Opening a pipe without a reader fails rather than waits.
    options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    options.open(path)
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
