//! What was pulled, on disk, each file named by the digest of its content.
//!
//! A file counts only while it has that digest: the directory need not be trusted.

use std::fs;
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::PathBuf;

use crate::Digest;

/// A directory of blobs.
#[derive(Clone, Debug)]
pub struct Cache {
    directory: PathBuf,
}

impl Cache {
    /// A cache in `directory`, which is made when something is kept.
    pub fn new(directory: PathBuf) -> Self {
        let directory = directory.join("blobs").join("sha256");
        Self { directory }
    }

    /// The blob with this digest, when it is there, whole, and of no more than `limit` bytes. Blocking.
    pub fn read(&self, digest: &Digest, limit: u64) -> Option<Vec<u8>> {
        let path = self.directory.join(digest.hex());
        let read = || -> std::io::Result<Vec<u8>> {
            let mut bytes = Vec::new();
            luminarys_files::open(&path)?
                .take(limit + 1)
                .read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        let path = path.display();
        match read() {
            Ok(bytes) if bytes.len() as u64 <= limit && Digest::of(&bytes) == *digest => {
                Some(bytes)
            }
            Ok(_) => {
                tracing::warn!(%path, "a pulled file is not what its name says; it is fetched again");
                None
            }
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => {
                tracing::warn!(%path, "a pulled file cannot be read and is fetched again: {error}");
                None
            }
        }
    }

    /// Keeps `bytes`. Trouble is logged, never an error: they are fetched again. Blocking.
    pub fn keep(&self, bytes: &[u8]) {
        let path = self.directory.join(Digest::of(bytes).hex());
        let keep = || -> std::io::Result<()> {
            let mut builder = fs::DirBuilder::new();
            builder.recursive(true);
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.create(&self.directory)?;
            let mut file = tempfile::NamedTempFile::new_in(&self.directory)?;
            file.write_all(bytes)?;
            file.as_file().sync_all()?;
            file.persist(&path)?;
            Ok(())
        };
        if let Err(error) = keep() {
            let path = path.display();
            tracing::warn!(%path, "what was pulled could not be kept: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_its_digest_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::new(dir.path().join("deep"));
        let digest = Digest::of(b"abc");
        assert_eq!(cache.read(&digest, 10), None);
        cache.keep(b"abc");
        assert_eq!(cache.read(&digest, 10).as_deref(), Some(&b"abc"[..]));
        assert_eq!(cache.read(&digest, 2), None);
        fs::write(cache.directory.join(digest.hex()), b"abd").unwrap();
        assert_eq!(cache.read(&digest, 10), None);
        cache.keep(b"abc");
        assert!(cache.read(&digest, 10).is_some());
        let other = Digest::of(b"x");
        fs::create_dir(cache.directory.join(other.hex())).unwrap();
        assert_eq!(cache.read(&other, 10), None);
    }
}
