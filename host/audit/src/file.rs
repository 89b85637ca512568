//! A file of decisions. Lines are appended whole, so that several hosts may write one file. A full file is renamed to
//! `….1` (and that to `….2` and so on) before the next line.

use std::fs::{File, Metadata, OpenOptions, TryLockError};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use crate::options::{AuditOptions, aside};
use crate::record::{AuditRecord, Verdict};

/// The longest line that is read to learn when a file was begun, in bytes.
const MAX_LINE: u64 = 64 << 10;

/// What every file of decisions begins with; also one whose first line was not written whole, as far as it goes.
const BEGINNING: &[u8] = b"{\"time\":\"";

#[derive(Debug)]
pub(crate) struct AuditFile {
    path: PathBuf,
    file: File,
    max_bytes: u64,
    keep: u32,
    keep_for: Option<Duration>,
    /// When its first line was written.
    begun: Option<Timestamp>,
    /// Whether its end may be the beginning of a line.
    torn: bool,
}

impl AuditFile {
    /// Opens the file of `verdict`, made with mode 0600 when absent.
    ///
    /// # Errors
    /// The operating system's.
    pub fn open(options: &AuditOptions, verdict: Verdict) -> io::Result<Self> {
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
        file.look()?;
        Ok(file)
    }

    /// Appends `record` as a line.
    ///
    /// # Errors
    /// The operating system's; then the record is not in the file.
    pub fn append(&mut self, record: &AuditRecord) -> io::Result<()> {
        let mut line = luminarys_text::to_json(record)?;
        line.push('\n');
        self.follow()?;
        let size = self.file.metadata()?.len();
        let full = size.saturating_add(line.len() as u64) > self.max_bytes;
        if size > 0 && (full || self.is_old(Timestamp::now())) {
            self.put_aside()?;
        }
        if self.torn {
            // The line that was not written whole ends, and this one is a line by itself.
            line.insert(0, '\n');
        }
        self.torn = true;
        self.file.write_all(line.as_bytes())?;
        self.torn = false;
        self.begun.get_or_insert_with(Timestamp::now);
        Ok(())
    }

    /// Opens the file anew when another one, or none, has its name by now.
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
            tracing::warn!("the audit file {path} was removed or moved, and is made anew");
        }
        self.file = append(&self.path)?;
        self.look()
    }

    /// Puts the file aside when it is old.
    ///
    /// # Errors
    /// The operating system's.
    pub fn put_aside_when_old(&mut self) -> io::Result<()> {
        match self.is_old(Timestamp::now()) {
            true => self.put_aside(),
            false => Ok(()),
        }
    }

    fn is_old(&self, now: Timestamp) -> bool {
        let (Some(keep_for), Some(begun)) = (self.keep_for, self.begun) else {
            return false;
        };
        now.duration_since(begun).unsigned_abs() > keep_for / self.keep && now > begun
    }

    /// Renames the file, unless another host has done so already, and begins anew.
    fn put_aside(&mut self) -> io::Result<()> {
        match self.file.try_lock() {
            Ok(()) => {}
            // Another host is doing it; this line still goes where it is found.
            Err(TryLockError::WouldBlock) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        match self.rename().and_then(|()| append(&self.path)) {
            Ok(file) => self.file = file,
            Err(error) => {
                self.file.unlock()?;
                return Err(error);
            }
        }
        self.look()
    }

    fn rename(&self) -> io::Result<()> {
        let own = self.file.metadata()?;
        let there = std::fs::metadata(&self.path);
        if !there.is_ok_and(|there| (there.dev(), there.ino()) == (own.dev(), own.ino())) {
            return Ok(());
        }
        check_aside(&self.path, self.keep)?;
        for number in (1..self.keep).rev() {
            // The first times there are fewer.
            drop(std::fs::rename(
                aside(&self.path, number),
                aside(&self.path, number + 1),
            ));
        }
        std::fs::rename(&self.path, aside(&self.path, 1))
    }

    /// Learns from a file that is there already when it was begun and whether its last line is whole.
    fn look(&mut self) -> io::Result<()> {
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
    /// Another file has one of their names; nothing has been opened for writing.
    pub fn check(&self, verdict: Verdict) -> io::Result<()> {
        let path = self.file(verdict);
        if std::fs::metadata(&path).is_ok_and(|there| there.is_file()) {
            let mut beginning = Vec::new();
            let file = File::open(&path)?;
            file.take(BEGINNING.len() as u64)
                .read_to_end(&mut beginning)?;
            if !BEGINNING.starts_with(&beginning) {
                let text = "holds something other than decisions, which it would damage";
                return Err(io::Error::new(io::ErrorKind::AlreadyExists, text));
            }
        }
        check_aside(&path, self.keep.max(1))
    }
}

/// Checks that nothing but files has the names of the full files of `path`: it would be renamed, and never removed.
fn check_aside(path: &Path, keep: u32) -> io::Result<()> {
    let mut names = (1..=keep).map(|number| aside(path, number));
    match names.find(|name| std::fs::symlink_metadata(name).is_ok_and(|there| !there.is_file())) {
        None => Ok(()),
        Some(name) => {
            let name = name.display();
            let text = format!(
                "needs the name {name} for a full file, and that is not a file; move it away"
            );
            Err(io::Error::new(io::ErrorKind::AlreadyExists, text))
        }
    }
}

fn append(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true).mode(0o600);
    // A pipe that nobody reads is an error rather than a wait.
    options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    options.open(path)
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
