//! Reads the files of skills, and detects whether they have changed since.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use luminarys_grants::Manifest;
use luminarys_package::{MAX_PACKAGE_BYTES, Package, PackageError};

const MAX_MANIFEST_BYTES: u64 = 1 << 20;

/// Identifies a state of a file without reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    modified: Option<SystemTime>,
    size: u64,
    /// Inode and ctime, if available.
    identity: (u64, i64, i64),
}

impl Stamp {
    /// Returns the state of the file at `path`, following symbolic links; `None` if it does not exist.
    pub fn of(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        #[cfg(unix)]
        let identity = {
            use std::os::unix::fs::MetadataExt as _;
            (metadata.ino(), metadata.ctime(), metadata.ctime_nsec())
        };
        #[cfg(not(unix))]
        let identity = (0, 0, 0);
        Some(Self {
            modified: metadata.modified().ok(),
            size: metadata.len(),
            identity,
        })
    }
}

/// A file and its state just before it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Absolute.
    pub path: PathBuf,
    pub stamp: Option<Stamp>,
}

impl Seen {
    pub fn now(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            stamp: Stamp::of(path),
        }
    }

    pub fn has_changed(&self) -> bool {
        Stamp::of(&self.path) != self.stamp
    }
}

/// Returns the state of each of `paths`.
pub(crate) fn seen(paths: &[PathBuf]) -> Vec<Seen> {
    paths.iter().map(|path| Seen::now(path)).collect()
}

/// A file that cannot be used.
#[derive(Debug, PartialEq)]
pub(crate) enum Unusable {
    /// It does not exist.
    Gone(String),
    /// It exists but is incomplete or unreadable: it may be in the process of being written.
    Broken(String),
}

impl Unusable {
    pub fn into_message(self) -> String {
        match self {
            Self::Gone(message) | Self::Broken(message) => message,
        }
    }
}

/// A manifest with its source text.
pub(crate) struct ReadManifest {
    pub manifest: Manifest,
    pub text: String,
}

/// The text determines the manifest, except for variables of the environment.
impl PartialEq for ReadManifest {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text && self.manifest.env == other.manifest.env
    }
}

/// Reads and parses a manifest; `${NAME}` is taken from the process's environment. Also returns the files of its
/// secrets, as they were just before they were read.
pub(crate) fn read_manifest(
    path: &Path,
    environment: &dyn Fn(&str) -> Option<String>,
) -> (Vec<Seen>, Result<ReadManifest, Unusable>) {
    let file = path.display().to_string();
    let text = read(path, "manifest", MAX_MANIFEST_BYTES).and_then(|bytes| {
        String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            Unusable::Broken(format!(
                "{file}: the manifest is not UTF-8 at byte {at}; save it as UTF-8"
            ))
        })
    });
    let text = match text {
        Ok(text) => text,
        Err(unusable) => return (Vec::new(), Err(unusable)),
    };
    let mut secrets = Vec::new();
    let mut note = |secret: &Path| secrets.push(Seen::now(secret));
    let read = match Manifest::parse_noting(&file, &text, environment, &mut note) {
        Ok(manifest) => Ok(ReadManifest { manifest, text }),
        Err(error) => Err(Unusable::Broken(error.to_string())),
    };
    (secrets, read)
}

/// Reads and parses a package; nothing of it is run or trusted.
pub(crate) fn read_package(path: &Path) -> Result<Package, Unusable> {
    let bytes = read(path, "package", MAX_PACKAGE_BYTES)?;
    Package::read(bytes)
        .map_err(|error: PackageError| Unusable::Broken(format!("{}: {error}", path.display())))
}

fn read(path: &Path, what: &str, limit: u64) -> Result<Vec<u8>, Unusable> {
    let failed = |error: std::io::Error| {
        let shown = path.display();
        if error.kind() == std::io::ErrorKind::NotFound {
            Unusable::Gone(format!("the {what} {shown} does not exist"))
        } else {
            Unusable::Broken(format!("the {what} {shown} cannot be read: {error}"))
        }
    };
    luminarys_files::read(path, limit).map_err(failed)
}
