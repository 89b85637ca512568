//! Reads a file up to a limit, and replaces it atomically.

use std::fs::{self, Metadata, Permissions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use thiserror::Error;

/// The largest file that is read, in bytes.
const MAX_BYTES: u64 = 32 << 20;
/// The byte order mark, which some editors write.
const BOM: &str = "\u{feff}";

/// A file that cannot be read or replaced. It is unchanged.
#[derive(Debug, Error)]
#[error("{}: {reason}", .path.display())]
pub struct FileError {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub reason: String,
}

/// A text file as it was read, to be replaced atomically.
#[derive(Debug)]
pub struct TextFile {
    /// The path as given.
    path: PathBuf,
    /// The path with symbolic links resolved.
    target: PathBuf,
    /// `None` if there is no file.
    found: Option<(String, Metadata)>,
}

impl TextFile {
    /// Reads the file at `path`, which need not exist; symbolic links are followed.
    ///
    /// # Errors
    /// [`FileError`], also for a file that is not regular or not UTF-8, and for a symbolic link that cannot be followed.
    pub fn open(path: &Path) -> Result<Self, FileError> {
        let failed = |reason: String| FileError {
            path: path.to_owned(),
            reason,
        };
        let (target, found) = match fs::symlink_metadata(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => (path.to_owned(), None),
            Err(error) => return Err(failed(format!("cannot be read: {error}"))),
            Ok(_) => {
                let target = fs::canonicalize(path);
                let target = target.map_err(|error| {
                    failed(format!(
                        "is a symbolic link that cannot be followed: {error}"
                    ))
                })?;
                let text = luminarys_files::read_text(&target, MAX_BYTES);
                let text = text.map_err(|error| failed(format!("cannot be read: {error}")))?;
                let metadata = fs::metadata(&target);
                let metadata = metadata.map_err(|error| failed(error.to_string()))?;
                (target, Some((text, metadata)))
            }
        };
        Ok(Self {
            path: path.to_owned(),
            target,
            found,
        })
    }

    /// Returns the text without a byte order mark; `None` if there is no file.
    pub fn text(&self) -> Option<&str> {
        let (text, _) = self.found.as_ref()?;
        Some(text.strip_prefix(BOM).unwrap_or(text))
    }

    /// Replaces the file's content by `text`, and keeps its owner and mode; a new file gets `mode`, and its parent
    /// directories are created. Readers see the old text or the new one.
    ///
    /// # Errors
    /// [`FileError`], also if the file is read-only or was changed since it was read.
    pub fn replace(&self, text: &str, mode: u32) -> Result<(), FileError> {
        let failed = |reason: String| FileError {
            path: self.path.clone(),
            reason,
        };
        let unwritten = |error: io::Error| failed(format!("cannot be written: {error}"));
        let directory = match self.target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let Some((old, metadata)) = &self.found else {
            fs::create_dir_all(directory).map_err(unwritten)?;
            let new = prepare(directory, text, mode).map_err(unwritten)?;
            return match new.persist_noclobber(&self.target) {
                Ok(_) => Ok(()),
                Err(error) if error.error.kind() == ErrorKind::AlreadyExists => {
                    Err(failed(CHANGED.to_owned()))
                }
                Err(error) => Err(unwritten(error.error)),
            };
        };
        if metadata.permissions().readonly() {
            let reason = "is read-only and was not changed; `chmod u+w` makes it writable";
            return Err(failed(reason.to_owned()));
        }
        let bom = if old.starts_with(BOM) { BOM } else { "" };
        let text = format!("{bom}{text}");
        let new = prepare(directory, &text, metadata.mode() & 0o7777).map_err(unwritten)?;
        let (uid, gid) = (metadata.uid(), metadata.gid());
        let made = new.as_file().metadata().map_err(unwritten)?;
        if (made.uid(), made.gid()) != (uid, gid) {
            std::os::unix::fs::fchown(new.as_file(), Some(uid), Some(gid)).map_err(unwritten)?;
        }
        // As late as possible.
        let now = luminarys_files::read_text(&self.target, MAX_BYTES).map_err(unwritten)?;
        if now != *old {
            return Err(failed(CHANGED.to_owned()));
        }
        let replaced = new.persist(&self.target);
        replaced.map_err(|error| unwritten(error.error))?;
        Ok(())
    }

    /// Restores the original: the text that was read, or no file.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn restore(self) -> Result<(), FileError> {
        let Self {
            path,
            target,
            found,
        } = self;
        let failed = |reason: String| FileError {
            path: path.clone(),
            reason,
        };
        match found {
            None => fs::remove_file(&target).map_err(|error| failed(error.to_string())),
            Some((text, metadata)) => {
                let bare = text.strip_prefix(BOM).unwrap_or(&text).to_owned();
                Self::open(&target)?.replace(&bare, metadata.mode() & 0o7777)
            }
        }
    }
}

/// The reason for a file that another program changes at the same time.
const CHANGED: &str = "was changed by another program at the same time and was not overwritten; run the command again";

/// Writes a temporary file in the same directory.
fn prepare(directory: &Path, text: &str, mode: u32) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".luminarys-");
    // Others cannot read it before it has its mode.
    builder.permissions(Permissions::from_mode(0o600));
    let mut file = builder.tempfile_in(directory)?;
    file.write_all(text.as_bytes())?;
    file.as_file()
        .set_permissions(Permissions::from_mode(mode))?;
    file.as_file().sync_all()?;
    Ok(file)
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
