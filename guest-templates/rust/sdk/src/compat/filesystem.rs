//! Files beneath the directories of `permissions.fs`.

use serde::{Deserialize, Serialize};

pub use super::search::*;
use super::values::{is_default, signed};
use crate::SkillError;
use crate::skill::filesystem::{self, Access, Entry, FileKind};
use crate::skill::list_all;

/// One entry of a directory.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DirEntry {
    /// The last part of the path.
    pub name: String,
    /// Bytes; 0 for a directory.
    pub size: i64,
    /// Whether it is a directory.
    pub is_dir: bool,
    /// Seconds since 1970-01-01 UTC; 0 unless the long form was asked for.
    #[serde(skip_serializing_if = "is_default")]
    pub mod_time: i64,
    /// Permission bits; 0 unless the long form was asked for.
    #[serde(skip_serializing_if = "is_default")]
    pub mode: u32,
    /// The mode as `ls -l` shows it; empty unless the long form was asked for.
    #[serde(skip_serializing_if = "is_default")]
    pub mode_str: String,
}

impl From<Entry> for DirEntry {
    fn from(entry: Entry) -> Self {
        let short = Self {
            name: entry.name,
            size: signed(entry.size),
            is_dir: entry.kind == FileKind::Directory,
            ..Self::default()
        };
        match entry.details {
            Some(details) => Self {
                mod_time: details.modified.div_euclid(1000),
                mode: details.mode,
                mode_str: details.mode_string,
                ..short
            },
            None => short,
        }
    }
}

/// A directory that the manifest grants.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AllowedDir {
    /// Its path.
    pub path: String,
    /// `ro` or `rw`.
    pub mode: String,
}

/// Which lines [`fs_read_lines`] reads.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FsReadLinesRequest {
    /// Of the file.
    pub path: String,
    /// The first line, from 0.
    pub offset: i64,
    /// How many; 0 means to the end.
    pub limit: i64,
}

/// Lines of a text file.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TextFileContent {
    /// Without line ends.
    pub lines: Vec<String>,
    /// How many the whole file has.
    pub total_lines: i64,
    /// The offset asked for.
    pub offset: i64,
    /// Whether lines follow the last one here.
    pub is_truncated: bool,
}

/// Permission bits.
pub mod perm {
    /// The owner reads.
    pub const OWNER_READ: u32 = 0o400;
    /// The owner writes.
    pub const OWNER_WRITE: u32 = 0o200;
    /// The owner executes.
    pub const OWNER_EXEC: u32 = 0o100;
    /// The group reads.
    pub const GROUP_READ: u32 = 0o040;
    /// The group writes.
    pub const GROUP_WRITE: u32 = 0o020;
    /// The group executes.
    pub const GROUP_EXEC: u32 = 0o010;
    /// Others read.
    pub const OTHER_READ: u32 = 0o004;
    /// Others write.
    pub const OTHER_WRITE: u32 = 0o002;
    /// Others execute.
    pub const OTHER_EXEC: u32 = 0o001;

    /// Everybody reads.
    pub const READ_ONLY: u32 = 0o444;
    /// A usual file.
    pub const DEFAULT: u32 = 0o644;
    /// A usual directory.
    pub const DEFAULT_DIR: u32 = 0o755;
    /// A file for its owner alone.
    pub const PRIVATE: u32 = 0o600;
    /// A directory for its owner alone.
    pub const PRIVATE_DIR: u32 = 0o700;
}

/// Reads a whole file.
///
/// # Errors
/// As `filesystem::read`.
pub fn fs_read(path: &str) -> Result<Vec<u8>, SkillError> {
    Ok(filesystem::read(path)?)
}

/// Makes the file's content exactly this, making parent directories.
///
/// # Errors
/// As `filesystem::write`.
pub fn fs_write(path: &str, content: Vec<u8>) -> Result<(), SkillError> {
    Ok(filesystem::write(path, &content)?)
}

/// As [`fs_write`], for a file that does not exist yet.
///
/// # Errors
/// As `filesystem::create`.
pub fn fs_create(path: &str, content: Vec<u8>) -> Result<(), SkillError> {
    Ok(filesystem::create(path, &content)?)
}

/// Removes a file, or a directory with all in it.
///
/// # Errors
/// As `filesystem::delete`.
pub fn fs_delete(path: &str) -> Result<(), SkillError> {
    Ok(filesystem::delete(path)?)
}

/// Makes a directory and its parents. Braces make several.
///
/// # Errors
/// As `filesystem::mkdir`.
pub fn fs_mkdir(path: &str) -> Result<(), SkillError> {
    Ok(filesystem::mkdir(path)?)
}

/// The entries of a directory; `long` fills in times and modes.
///
/// # Errors
/// As `filesystem::list`.
pub fn fs_ls(path: &str, long: bool) -> Result<Vec<DirEntry>, SkillError> {
    let entries = list_all(path, long)?;
    Ok(entries.into_iter().map(DirEntry::from).collect())
}

/// Sets permission bits, of a directory's contents too when `recursive`.
///
/// # Errors
/// As `filesystem::chmod`.
pub fn fs_chmod(path: &str, mode: u32, recursive: bool) -> Result<(), SkillError> {
    Ok(filesystem::chmod(path, mode, recursive)?)
}

/// Copies one file, replacing the destination and making its parents.
///
/// # Errors
/// As `filesystem::copy`.
pub fn fs_copy(source: &str, dest: &str) -> Result<(), SkillError> {
    Ok(filesystem::copy(source, dest)?)
}

/// Some lines of a text file.
///
/// # Errors
/// As `filesystem::read_lines`, and when a number is below zero.
pub fn fs_read_lines(req: FsReadLinesRequest) -> Result<TextFileContent, SkillError> {
    let number = |name: &str, value: i64| {
        u64::try_from(value).map_err(|_| SkillError(format!("{name}: below zero")))
    };
    let (offset, limit) = (number("offset", req.offset)?, number("limit", req.limit)?);
    let found = filesystem::read_lines(&req.path, offset, limit)?;
    Ok(TextFileContent {
        lines: found.lines,
        total_lines: signed(found.total),
        offset: signed(found.offset),
        is_truncated: found.truncated,
    })
}

/// The directories that the manifest grants.
///
/// # Errors
/// None; the older function had some.
pub fn fs_allowed_dirs() -> Result<Vec<AllowedDir>, SkillError> {
    let dirs = filesystem::allowed_dirs().into_iter();
    Ok(dirs
        .map(|dir| AllowedDir {
            path: dir.path,
            mode: match dir.access {
                Access::ReadOnly => "ro".to_owned(),
                Access::ReadWrite => "rw".to_owned(),
            },
        })
        .collect())
}
