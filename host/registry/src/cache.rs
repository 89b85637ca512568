//! A cache of pulled files on disk, each named by the digest of its content.
//!
//! A file is used only if it has that digest, so the directory need not be trusted.

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
    /// Creates a cache in `directory`, which is created when the first file is stored.
    pub fn new(directory: PathBuf) -> Self {
        let directory = directory.join("blobs").join("sha256");
        Self { directory }
    }

    /// Returns the blob with this digest if it is complete and has no more than `limit` bytes. Blocking.
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
                tracing::warn!(%path, "a cached file does not have the digest in its name; it is downloaded again");
                None
            }
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => {
                tracing::warn!(%path, "a cached file cannot be read; it is downloaded again: {error}");
                None
            }
        }
    }

    /// Stores `bytes`. A failure is logged and is not an error: they are downloaded again. Blocking.
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
            tracing::warn!(%path, "a pulled file cannot be cached: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_with_their_digest_are_read() {
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
