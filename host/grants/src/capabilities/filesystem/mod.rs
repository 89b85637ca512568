//! `permissions.fs`: which files may be read and written.
//!
//! - `section`: the section of the manifest
//! - `directory`: an opened directory; `grants`: the decisions; `narrowed`: read-only calls
//! - `capability`: its command-line words, a package's requirements, and the operator's questions

mod capability;
mod directory;
mod grants;
mod narrowed;
mod section;
#[cfg(test)]
pub(crate) mod tests;

pub use directory::DirectoryGrant;
pub use grants::FilesystemGrants;
pub(crate) use grants::Owner;
pub use section::FsSection;
pub(crate) use section::RawFs;
