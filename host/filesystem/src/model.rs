//! Parameters and results: the records of `filesystem.wit` as plain structs.

/// What a name refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link that was not followed.
    Symlink,
    /// A device, socket or pipe.
    Other,
}

/// One entry of a directory, or the result of `stat`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The last part of the path.
    pub name: String,
    /// What it refers to.
    pub kind: FileKind,
    /// Bytes; 0 for a directory.
    pub size: u64,
    /// Present on request.
    pub details: Option<Details>,
}

/// More about an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Details {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub modified: i64,
    /// Permission bits.
    pub mode: u32,
    /// As `ls -l` shows it, ten characters.
    pub mode_string: String,
}

/// Which entries of a directory to list.
#[derive(Clone, Copy, Debug, Default)]
pub struct ListOptions {
    /// Fill in details.
    pub details: bool,
    /// Entries at most; 0 means as many as the output limit has room for.
    pub limit: u32,
}

/// Some of a directory's entries, in byte order of their names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The entries.
    pub entries: Vec<Entry>,
    /// The name that the next page comes after; `None` on the last page.
    pub next: Option<String>,
}

/// A range of a text file's lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lines {
    /// Without line ends.
    pub lines: Vec<String>,
    /// Lines in the whole file.
    pub total: u64,
    /// The requested offset.
    pub offset: u64,
    /// Whether more lines follow.
    pub truncated: bool,
}

/// Which files `grep` searches, and how. The fields are those of the WIT record.
#[derive(Clone, Debug, Default)]
pub struct GrepOptions {
    /// Search for plain text rather than an expression.
    pub fixed: bool,
    /// Ignore case.
    pub case_insensitive: bool,
    /// Globs, of which one must match; empty stands for all files.
    pub include: Vec<String>,
    /// Globs, of which none may match.
    pub exclude: Vec<String>,
    /// `text`, `code`, `all` or the name of a language.
    pub type_filter: Option<String>,
    /// Names of directories that are not entered; `None` stands for the usual ones.
    pub ignore_dirs: Option<Vec<String>>,
    /// Levels of directories; 0 for no limit.
    pub max_depth: u32,
    /// Matching lines per file; 0 for no limit.
    pub max_count: u32,
    /// Return the lines' text.
    pub with_lines: bool,
    /// Return only the files.
    pub filename_only: bool,
}

/// Where a match is in its line, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

/// One matching line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineMatch {
    /// Counted from 1.
    pub line_number: u64,
    /// The text, on request.
    pub line: Option<String>,
    /// Every match in it.
    pub ranges: Vec<Range>,
}

/// The matches of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileMatch {
    /// The absolute path.
    pub path: String,
    /// In the order of their lines.
    pub matches: Vec<LineMatch>,
}

/// Which names `glob` returns. The fields are those of the WIT record.
#[derive(Clone, Debug, Default)]
pub struct GlobOptions {
    /// Match names that begin with a dot.
    pub hidden: bool,
    /// Names of directories that are not entered; `None` stands for the usual ones.
    pub ignore_dirs: Option<Vec<String>>,
    /// Levels below the root; 0 for no limit.
    pub max_depth: u32,
    /// Leave out directories.
    pub only_files: bool,
    /// Leave out everything but directories.
    pub only_dirs: bool,
}

/// One name that `glob` found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GlobMatch {
    /// Relative to the given root; absolute without one.
    pub path: String,
    /// Whether it is a directory.
    pub is_dir: bool,
}

/// A granted directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedDir {
    /// The absolute path.
    pub path: String,
    /// Whether it may be changed.
    pub writable: bool,
}
