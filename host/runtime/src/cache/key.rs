//! The key that authenticates this host's compiled code.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use ring::hmac;
use thiserror::Error;

/// Length of the key, in bytes.
const LENGTH: usize = 32;

/// An unusable key file.
#[derive(Debug, Error)]
pub(super) enum KeyError {
    /// The key lies in the cache directory, so that anyone who can write there could choose it.
    #[error(
        "its key {} would lie within the cache directory; name another file with `runtime.cache_key`",
        .0.display()
    )]
    InCache(PathBuf),
    /// Reading or creating it failed.
    #[error("its key {} cannot be {what}", path.display())]
    Io {
        path: PathBuf,
        what: &'static str,
        #[source]
        source: std::io::Error,
    },
    /// No random bytes are available to create it.
    #[error("its key {} cannot be made: {reason}", path.display())]
    Random { path: PathBuf, reason: String },
    /// Someone else may know it or have chosen it, or it is not a key.
    #[error("its key {} is not used: {reason}", path.display())]
    Refused { path: PathBuf, reason: String },
}

/// A secret of this host. Never shown.
pub(super) struct HostKey(hmac::Key);

impl HostKey {
    /// Reads the key in the file `path`, or creates it, with its parent directories. Hosts that start at the same time
    /// get the same key. `cache` is the existing directory that the key authenticates.
    ///
    /// # Errors
    /// [`KeyError`] when the file is within `cache`, is not a key, belongs to another user, or others may read or write
    /// it.
    pub fn open(path: &Path, cache: &Path) -> Result<Self, KeyError> {
        let failed = |what| {
            move |source| KeyError::Io {
                path: path.to_owned(),
                what,
                source,
            }
        };
        let place = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let check = |place: &Path| match is_within(place, cache) {
            Ok(false) => Ok(()),
            Ok(true) => Err(KeyError::InCache(path.to_owned())),
            Err(error) => Err(failed("made")(error)),
        };
        // Checks the existing part of the path, so that nothing is created in the cache, and then the created one.
        if let Some(ancestor) = place.ancestors().find(|ancestor| ancestor.exists()) {
            check(ancestor)?;
        }
        make_private(place).map_err(failed("made"))?;
        check(place)?;
        let file = match open_existing(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let mut key = [0; LENGTH];
                getrandom::fill(&mut key).map_err(|error| KeyError::Random {
                    path: path.to_owned(),
                    reason: error.to_string(),
                })?;
                create(path, &key).map_err(failed("made"))?;
                open_existing(path)
            }
            opened => opened,
        };
        let mut file = file.map_err(failed("read"))?;
        let metadata = file.metadata().map_err(failed("read"))?;
        if let Some(reason) = refusal(&metadata) {
            return Err(KeyError::Refused {
                path: path.to_owned(),
                reason,
            });
        }
        let mut key = [0; LENGTH];
        file.read_exact(&mut key).map_err(failed("read"))?;
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &key)))
    }

    /// Returns the tag of `message`.
    pub fn tag(&self, message: &[u8]) -> [u8; 32] {
        let mut tag = [0; 32];
        tag.copy_from_slice(hmac::sign(&self.0, message).as_ref());
        tag
    }

    /// Returns whether `tag` is the tag of `message`, in constant time.
    pub fn verifies(&self, message: &[u8], tag: &[u8]) -> bool {
        hmac::verify(&self.0, message, tag).is_ok()
    }
}

/// Returns the reason that the file at `path`, if it exists, cannot be used as a key. Creates nothing.
pub fn unusable_key(path: &Path) -> Option<String> {
    refusal(&fs::symlink_metadata(path).ok()?)
}

/// Returns the reason not to use a key in a file with this metadata.
fn refusal(metadata: &fs::Metadata) -> Option<String> {
    if !metadata.is_file() {
        return Some("it is not a file".to_owned());
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let uid = rustix::process::geteuid().as_raw();
        if metadata.uid() != uid {
            return Some(format!(
                "it belongs to user {}, not to the current user ({uid}); name another with `runtime.cache_key`",
                metadata.uid()
            ));
        }
        if metadata.mode() & 0o077 != 0 {
            return Some(format!(
                "others may read or write it (mode {:o}); delete it, and a new one is made",
                metadata.mode() & 0o7777
            ));
        }
    }
    (metadata.len() != LENGTH as u64).then(|| {
        format!(
            "it is {} bytes long instead of {LENGTH}; delete it, and a new one is made",
            metadata.len()
        )
    })
}

/// Opens a file without following a link or waiting for a pipe's other end.
fn open_existing(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        options.custom_flags(flags.bits() as i32);
    }
    options.open(path)
}

/// Creates the file `path` with `content` atomically, for its owner only. An existing file is kept.
fn create(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let mut suffix = [0; 8];
    getrandom::fill(&mut suffix).map_err(std::io::Error::other)?;
    let temporary = path.with_extension(format!("{:016x}.tmp", u64::from_ne_bytes(suffix)));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&temporary)?;
    let written = file.write_all(content).and_then(|()| file.sync_all());
    // Unlike a rename, a link does not replace a file that another host has just created.
    let linked = match written.and_then(|()| fs::hard_link(&temporary, path)) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    };
    fs::remove_file(&temporary)?;
    linked
}

/// Creates a directory and its parents, for their owner only.
fn make_private(path: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Returns whether the directory `inner` is `outer` or beneath it, with links resolved.
fn is_within(inner: &Path, outer: &Path) -> std::io::Result<bool> {
    Ok(inner.canonicalize()?.starts_with(outer.canonicalize()?))
}
