//! Reads a file of decisions as it grows.

use std::fs::File;
use std::io::{BufRead as _, BufReader, ErrorKind};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use luminarys_orchestrator::AuditRecord;

/// A reader of a growing file.
pub(super) struct Tail {
    reader: BufReader<File>,
    path: PathBuf,
    /// The beginning of a line whose end is not written yet.
    begun: Vec<u8>,
}

impl Tail {
    /// Opens the file at `path`; returns `None` if there is no such file.
    ///
    /// # Errors
    /// The operating system's error.
    pub fn open(path: &Path) -> anyhow::Result<Option<Self>> {
        match File::open(path) {
            Ok(file) => Ok(Some(Self {
                reader: BufReader::new(file),
                path: path.to_owned(),
                begun: Vec::new(),
            })),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("reading {}", path.display())),
        }
    }

    /// Passes on all complete lines. Lines that are not records are skipped.
    ///
    /// # Errors
    /// The operating system's error.
    pub fn read(&mut self, take: &mut dyn FnMut(AuditRecord)) -> anyhow::Result<()> {
        loop {
            let read = self.reader.read_until(b'\n', &mut self.begun);
            let count = read.with_context(|| format!("reading {}", self.path.display()))?;
            if count == 0 || !self.begun.ends_with(b"\n") {
                return Ok(());
            }
            if let Ok(record) = serde_json::from_slice(&self.begun) {
                take(record);
            }
            self.begun.clear();
        }
    }

    /// Tells whether `path` is another file now.
    pub fn is_replaced(&self, path: &Path) -> bool {
        let own = self.reader.get_ref().metadata().map(|own| own.ino());
        let there = std::fs::metadata(path).map(|there| there.ino());
        matches!((own, there), (Ok(own), Ok(there)) if own != there)
    }
}
