//! Searching files and names.

use serde::{Deserialize, Serialize};

use super::values::{is_default, optional, positive};
use crate::SkillError;
use crate::skill::filesystem::{self, GrepDetail};

/// What [`fs_grep`] searches for, and where.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct GrepOptions {
    /// A regular expression, or a text when `fixed`.
    pub pattern: String,
    /// A directory or a file; empty means every granted directory.
    #[serde(skip_serializing_if = "is_default")]
    pub path: String,
    /// The pattern is plain text.
    #[serde(skip_serializing_if = "is_default")]
    pub fixed: bool,
    /// Do not tell `a` from `A`.
    #[serde(skip_serializing_if = "is_default")]
    pub case_insensitive: bool,
    /// Levels of directories; 0 means no bound.
    #[serde(skip_serializing_if = "is_default")]
    pub max_depth: i64,
    /// Matching lines a file; 0 means no bound.
    #[serde(skip_serializing_if = "is_default")]
    pub max_count: i64,
    /// Nothing: the host decides.
    #[serde(skip_serializing_if = "is_default")]
    pub workers: i64,
    /// `text`, `code`, `all`, or a language; empty means `text`.
    #[serde(skip_serializing_if = "is_default")]
    pub type_filter: String,
    /// Only files that match one of these globs; empty means all.
    #[serde(skip_serializing_if = "is_default")]
    pub include: Vec<String>,
    /// No files or directories that match one of these globs.
    #[serde(skip_serializing_if = "is_default")]
    pub exclude: Vec<String>,
    /// Names of directories not entered; none means the host's list.
    #[serde(skip_serializing_if = "is_default")]
    pub ignore_dirs: Option<Vec<String>>,
    /// Return the lines' text.
    #[serde(skip_serializing_if = "is_default")]
    pub with_lines: bool,
    /// Return just the files.
    #[serde(skip_serializing_if = "is_default")]
    pub filename_only: bool,
}

/// The matches of one file.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct GrepFileMatch {
    /// The absolute path.
    pub path: String,
    /// Its matching lines.
    pub matches: Vec<GrepLineMatch>,
}

/// One matching line.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct GrepLineMatch {
    /// From 1.
    pub line_num: i64,
    /// The text, when asked for.
    #[serde(skip_serializing_if = "is_default")]
    pub line: String,
    /// Where the matches are in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ranges: Vec<GrepRange>,
}

/// Where a match stands in its line, in bytes.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct GrepRange {
    /// The first byte.
    pub start: i64,
    /// The first one after it.
    pub end: i64,
}

/// Which names [`fs_glob`] finds.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct GlobOptions {
    /// Globs, of which a name matches one.
    pub patterns: Vec<String>,
    /// A directory; empty means every granted one.
    #[serde(skip_serializing_if = "is_default")]
    pub path: String,
    /// Names that begin with a dot, too.
    #[serde(skip_serializing_if = "is_default")]
    pub match_hidden: bool,
    /// Names of directories not entered; none means the host's list.
    #[serde(skip_serializing_if = "is_default")]
    pub ignore_dirs: Option<Vec<String>>,
    /// Levels of directories; 0 means no bound.
    #[serde(skip_serializing_if = "is_default")]
    pub max_depth: i64,
    /// No directories.
    #[serde(skip_serializing_if = "is_default")]
    pub only_files: bool,
    /// Nothing but directories.
    #[serde(skip_serializing_if = "is_default")]
    pub only_dirs: bool,
}

/// One name that was found.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct GlobEntry {
    /// Relative to the directory given; absolute when none was.
    pub path: String,
    /// Whether it is a directory.
    pub is_dir: bool,
}

/// Searches text.
///
/// # Errors
/// As `filesystem::grep`.
pub fn fs_grep(opts: GrepOptions) -> Result<Vec<GrepFileMatch>, SkillError> {
    let options = filesystem::GrepOptions::new();
    options.set_fixed(opts.fixed);
    options.set_case_insensitive(opts.case_insensitive);
    options.set_include(&opts.include);
    options.set_exclude(&opts.exclude);
    if let Some(name) = optional(&opts.type_filter) {
        options.set_type_filter(name);
    }
    if let Some(names) = &opts.ignore_dirs {
        options.set_ignore_dirs(names);
    }
    options.set_max_depth(positive(opts.max_depth).unwrap_or(0));
    options.set_max_count(positive(opts.max_count).unwrap_or(0));
    options.set_detail(match (opts.filename_only, opts.with_lines) {
        (true, _) => GrepDetail::Paths,
        (false, true) => GrepDetail::Lines,
        (false, false) => GrepDetail::Positions,
    });
    let found = filesystem::grep(&opts.pattern, optional(&opts.path), Some(&options))?;
    let files = found.into_iter().map(|file| GrepFileMatch {
        path: file.path,
        matches: file.matches.into_iter().map(GrepLineMatch::from).collect(),
    });
    Ok(files.collect())
}

impl From<filesystem::LineMatch> for GrepLineMatch {
    fn from(found: filesystem::LineMatch) -> Self {
        let ranges = found.ranges.into_iter().map(|range| GrepRange {
            start: range.start.into(),
            end: range.end.into(),
        });
        Self {
            line_num: super::values::signed(found.line_number),
            line: found.line.unwrap_or_default(),
            ranges: ranges.collect(),
        }
    }
}

/// Finds names.
///
/// # Errors
/// As `filesystem::glob`.
pub fn fs_glob(opts: GlobOptions) -> Result<Vec<GlobEntry>, SkillError> {
    let options = filesystem::GlobOptions::new();
    options.set_hidden(opts.match_hidden);
    if let Some(names) = &opts.ignore_dirs {
        options.set_ignore_dirs(names);
    }
    options.set_max_depth(positive(opts.max_depth).unwrap_or(0));
    options.set_only_files(opts.only_files);
    options.set_only_dirs(opts.only_dirs);
    let found = filesystem::glob(&opts.patterns, optional(&opts.path), Some(&options))?;
    let names = found.into_iter().map(|one| GlobEntry {
        path: one.path,
        is_dir: one.is_dir,
    });
    Ok(names.collect())
}
