//! What the kernel knows a file by.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;

/// What tells one file or directory from any other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileId {
    /// The device it is on.
    pub device: u64,
    /// Its inode.
    pub inode: u64,
}

impl FileId {
    /// That of the file that `metadata` describes.
    pub fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
        }
    }
}
