//! An entry of an archive.

/// An entry whose name was checked.
#[derive(Clone, Debug)]
pub struct Member {
    /// Relative, its parts separated by one slash; empty for the archive's root.
    pub name: String,
    /// What it is.
    pub kind: MemberKind,
    /// In bytes; 0 for anything but a file. Another name of a file has the file's size.
    pub size: u64,
    /// Its permission bits.
    pub mode: u32,
    /// The time of modification, in seconds since 1970.
    pub modified: Option<i64>,
}

/// What an entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MemberKind {
    /// A file with its own content.
    File,
    /// A directory.
    Directory,
    /// A symbolic link and where it leads.
    Link(String),
    /// Another name of an entry before it.
    Same(String),
}
