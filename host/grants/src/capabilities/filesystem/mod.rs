//! `permissions.fs`: which files may be read and written.
//!
//! - `section`: the section of the manifest, and its words
//! - `directory`: a granted directory, opened; `grants`: the decisions; `narrowed`: for calls that change nothing
//! - `capability`: what a package requires, and what an operator asks

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
