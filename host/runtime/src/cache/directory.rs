//! The files of compiled code, and their authentication.
//!
//! A file consists of a magic word, a tag, and the code. The tag is an HMAC-SHA256 with the host's key over the
//! package, the engine and the code: a file for another package, by another engine or with another key does not verify.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions, OpenOptionsExt as _};
use cap_tempfile::TempFile;
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use wasmtime::Engine;
use wasmtime::component::Component;

use super::key::HostKey;
use super::private::PrivateCode;

/// The start of each file, and of the authenticated message.
const MAGIC: &[u8; 16] = b"luminarys code 1";
/// Length of a tag, in bytes.
const TAG: usize = 32;
/// The maximum size of one package's code, in bytes.
const MAX_CODE_BYTES: u64 = 1 << 30;
const EXTENSION: &str = "code";
/// Extensions of files without a tag, which older versions wrote.
const OLDER_EXTENSIONS: [&str; 2] = ["cwasm", "xxh3"];

/// The reason that a file of compiled code is not run.
#[derive(Debug, Error)]
pub(super) enum CodeError {
    /// Reading it failed.
    #[error("it cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// The file is too short, or has another format.
    #[error("it is not a file of compiled code")]
    Format,
    /// The tag does not verify.
    #[error("it was not written by this host for this package, or was changed since")]
    Forged,
    /// wasmtime rejects it.
    #[error("{0:#}")]
    Engine(wasmtime::Error),
}

/// The package and engine of a file of compiled code.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// The SHA-256 hash of the package.
    pub content_hash: [u8; 32],
    /// The SHA-256 hash of the engine's version and settings.
    pub engine_hash: [u8; 32],
}

impl Place {
    /// Returns the authenticated message: all parts except the usage have a fixed length.
    fn message(&self, usage: &str, code_hash: &[u8; 32]) -> Vec<u8> {
        let (content, engine) = (&self.content_hash[..], &self.engine_hash[..]);
        [&MAGIC[..], content, engine, code_hash, usage.as_bytes()].concat()
    }
}

/// An open directory of compiled code.
pub(super) struct Directory {
    dir: Dir,
    path: PathBuf,
    key: HostKey,
}

impl Directory {
    /// Opens an existing directory, and removes files without a tag from it.
    ///
    /// # Errors
    /// The operating system's.
    pub fn open(path: &Path, key: HostKey) -> std::io::Result<Self> {
        let directory = Self {
            dir: Dir::open_ambient_dir(path, ambient_authority())?,
            path: path.to_owned(),
            key,
        };
        directory.remove_older()?;
        Ok(directory)
    }

    /// Returns the file of `place`: the name depends on the key, so that hosts with different keys can share a
    /// directory.
    pub fn path_of(&self, place: &Place) -> PathBuf {
        self.path.join(self.name(place))
    }

    fn name(&self, place: &Place) -> String {
        let name = self.key.tag(&place.message("name", &[0; 32]));
        format!("{}.{EXTENSION}", luminarys_text::hexadecimal(&name))
    }

    /// Reads the code of `place`, or returns `None` if there is no file.
    ///
    /// # Errors
    /// [`CodeError`] when the file must not be run.
    pub fn load(&self, engine: &Engine, place: &Place) -> Result<Option<Component>, CodeError> {
        let mut options = OpenOptions::new();
        // Opening a pipe must not block.
        options
            .read(true)
            .custom_flags(rustix::fs::OFlags::NONBLOCK.bits() as i32);
        let file = match self.dir.open_with(self.name(place), &options) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            opened => opened?,
        };
        if !file.metadata()?.is_file() {
            return Err(CodeError::Format);
        }
        let mut file = file.into_std();
        let mut head = [0; MAGIC.len() + TAG];
        match file.read_exact(&mut head) {
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                return Err(CodeError::Format);
            }
            read => read?,
        }
        let (magic, tag) = head.split_at(MAGIC.len());
        if magic != MAGIC {
            return Err(CodeError::Format);
        }
        let mut code = PrivateCode::copy(&mut file, MAX_CODE_BYTES)?;
        let message = place.message("code", &code.hash()?);
        if !self.key.verifies(&message, tag) {
            return Err(CodeError::Forged);
        }
        // SAFETY: only `keep` can have made the tag, since no one else has the key, and it tags only code that wasmtime
        // compiled; the copy cannot have changed since it was verified.
        let component = unsafe { code.component(engine) };
        component.map(Some).map_err(CodeError::Engine)
    }

    /// Writes `code`, which wasmtime has compiled, to the file of `place` atomically.
    ///
    /// # Errors
    /// The operating system's, or an error for code above the limit.
    pub fn keep(&self, place: &Place, code: &[u8]) -> std::io::Result<()> {
        if code.len() as u64 > MAX_CODE_BYTES {
            return Err(std::io::Error::other(format!(
                "it is over {MAX_CODE_BYTES} bytes"
            )));
        }
        let hash: [u8; 32] = Sha256::digest(code).into();
        let mut file = TempFile::new(&self.dir)?;
        file.write_all(MAGIC)?;
        file.write_all(&self.key.tag(&place.message("code", &hash)))?;
        file.write_all(code)?;
        file.replace(self.name(place))
    }

    fn remove_older(&self) -> std::io::Result<()> {
        let mut removed = 0;
        for entry in self.dir.entries()? {
            let name = PathBuf::from(entry?.file_name());
            let extension = name.extension().and_then(|extension| extension.to_str());
            let is_older = extension.is_some_and(|it| OLDER_EXTENSIONS.contains(&it))
                && name.file_stem().is_some_and(|stem| stem.len() == 64);
            // Another host that starts at the same time may have removed it already.
            if is_older && self.dir.remove_file(&name).is_ok() {
                removed += 1;
            }
        }
        if removed > 0 {
            tracing::info!(
                path = %self.path.display(),
                "removed {removed} files of compiled code without a tag"
            );
        }
        Ok(())
    }
}

/// Creates a cache directory if it is absent.
///
/// # Errors
/// The reason not to use it: others may write to it, or it cannot be created.
pub(super) fn make(path: &Path) -> Result<(), String> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
        builder
            .mode(0o700)
            .create(path)
            .map_err(|error| error.to_string())?;
        let metadata = std::fs::metadata(path).map_err(|error| error.to_string())?;
        if metadata.mode() & 0o022 != 0 {
            return Err("others may write to the directory; run chmod go-w on it".to_owned());
        }
        if metadata.uid() != rustix::process::geteuid().as_raw() {
            return Err("the directory belongs to another user".to_owned());
        }
    }
    #[cfg(not(unix))]
    builder.create(path).map_err(|error| error.to_string())?;
    Ok(())
}
