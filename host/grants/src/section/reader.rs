//! Reads the lists of a manifest, so that errors and rules name their lines.

use std::path::{Path, PathBuf};

use serde_saphyr::Spanned;
use thiserror::Error;

use super::{Access, DirectoryEntry, Entry};
use crate::kind::{Kind, PATH};
use crate::yaml::YamlError;

/// A list as written.
pub(crate) type List = Vec<Spanned<String>>;

/// Reads the lists of one file.
pub(crate) struct Reader<'a> {
    file: &'a str,
}

impl<'a> Reader<'a> {
    /// Creates the reader of `file`, which errors name.
    pub fn new(file: &'a str) -> Self {
        Self { file }
    }

    /// Returns the file.
    pub fn file(&self) -> &str {
        self.file
    }
}

impl Reader<'_> {
    /// Reads patterns of one kind.
    pub fn patterns(
        &self,
        kind: &'static Kind,
        key: &str,
        list: List,
    ) -> Result<Vec<Entry>, YamlError> {
        self.entries(key, list, |text| kind.pattern(text).map(drop))
    }

    /// Reads names that are not patterns.
    pub fn names(
        &self,
        key: &str,
        list: List,
        check: impl Fn(&str) -> Result<(), String>,
    ) -> Result<Vec<String>, YamlError> {
        let entries = self.entries(key, list, check)?.into_iter();
        Ok(entries.map(|entry| entry.pattern).collect())
    }

    /// Reads one name.
    pub fn name(
        &self,
        key: &str,
        name: Spanned<String>,
        check: impl Fn(&str) -> Result<(), String>,
    ) -> Result<String, YamlError> {
        let line = name.referenced.line();
        check(&name.value)
            .map_err(|error| YamlError::new(self.file, line, format!("{key}: {error}")))?;
        Ok(name.value)
    }

    /// Reads the name of a file, relative to the manifest, and its place.
    pub fn file_name(
        &self,
        key: &str,
        file: Option<Spanned<PathBuf>>,
    ) -> Option<(PathBuf, String)> {
        let file = file?;
        let rule = format!("{}:{} {key}", self.file, file.referenced.line());
        let directory = Path::new(self.file).parent().unwrap_or(Path::new(""));
        Some((directory.join(file.value), rule))
    }

    /// Reads entries and validates each with `check`.
    pub fn entries<E: std::fmt::Display>(
        &self,
        key: &str,
        list: List,
        check: impl Fn(&str) -> Result<(), E>,
    ) -> Result<Vec<Entry>, YamlError> {
        let numbered = list.into_iter().enumerate();
        let read = numbered.map(|(index, entry)| {
            let line = entry.referenced.line();
            check(&entry.value).map_err(|error| {
                YamlError::new(self.file, line, format!("{key}[{index}]: {error}"))
            })?;
            Ok(Entry {
                pattern: entry.value,
                rule: format!("{}:{line} {key}[{index}]", self.file),
            })
        });
        read.collect()
    }

    /// Reads directories; one without a mode is `ro`.
    pub fn directories(&self, key: &str, list: List) -> Result<Vec<DirectoryEntry>, YamlError> {
        let read = self.working_directories(key, list)?;
        Ok(read.into_iter().map(|(entry, _)| entry).collect())
    }

    /// Reads directories, each with whether its mode is explicit.
    pub fn working_directories(
        &self,
        key: &str,
        list: List,
    ) -> Result<Vec<(DirectoryEntry, bool)>, YamlError> {
        let entries = self.entries(key, list, |text| directory(text).map(drop))?;
        let read = entries.into_iter().filter_map(|entry| {
            let (path, mode) = directory(&entry.pattern).ok()?;
            let read = DirectoryEntry {
                path: path.to_owned(),
                writable: mode == Some(Access::Write),
                rule: entry.rule,
            };
            Some((read, mode.is_some()))
        });
        Ok(read.collect())
    }
}

impl DirectoryEntry {
    /// Reads a directory with an optional mode, `ro` by default; `rule` is its place.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn parse(text: &str, rule: &str) -> Result<Self, String> {
        let (path, mode) = directory(text)?;
        Ok(Self {
            path: path.to_owned(),
            writable: mode == Some(Access::Write),
            rule: rule.to_owned(),
        })
    }
}

/// Returns a granted directory without a suffix that means "and all beneath it", and its explicit mode if any.
fn directory(text: &str) -> Result<(&str, Option<Access>), String> {
    let (path, mode) = parse_mode(text).map_err(|error| error.to_string())?;
    if !path.starts_with('/') {
        let advice = match path.trim_start_matches("./") {
            "" => "write the whole path, such as `/srv/data`".to_owned(),
            rest if rest.starts_with(['~', '$']) => {
                "nothing is expanded here; write the whole path".to_owned()
            }
            rest => format!("write the whole path, such as `/srv/{rest}`"),
        };
        return Err(format!("{path:?} must be an absolute path; {advice}"));
    }
    let directory = bare(path);
    match PATH.pattern(directory) {
        Ok(_) => Ok((directory, mode)),
        Err(error) => Err(match resolved(directory) {
            Some(resolved) => format!("{error}, or this one as {resolved:?}"),
            None => error.to_string(),
        }),
    }
}

/// Adds directories, replacing entries for the same ones.
pub(crate) fn join_directories(list: &mut List, additions: List) {
    for addition in additions {
        let same = |text: &str| bare(split_mode(text).0).to_owned();
        let added = same(&addition.value);
        list.retain(|entry| same(&entry.value) != added);
        list.push(addition);
    }
}

/// Returns a path without a suffix that means "and all beneath it".
fn bare(path: &str) -> &str {
    let directory = path.strip_suffix("/**").unwrap_or(path);
    let directory = directory.strip_suffix('/').unwrap_or(directory);
    if directory.is_empty() { "/" } else { directory }
}

/// Resolves `.`, `..` and empty components of a path, or returns `None` if it leads above `/`.
fn resolved(path: &str) -> Option<String> {
    let mut names = Vec::new();
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." => drop(names.pop()?),
            name => names.push(name),
        }
    }
    let resolved = format!("/{}", names.join("/"));
    PATH.pattern(&resolved).is_ok().then_some(resolved)
}

/// An invalid mode after an entry.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error(
    "{entry:?} ends in `:{mode}`, which is neither `:ro` (read) nor `:rw` (read and write); if that is part of the name, \
     append a mode: {:?}",
    format!("{entry}:ro")
)]
pub struct ModeError {
    /// The entry as written.
    pub entry: String,
    /// The text after its last colon.
    pub mode: String,
}

/// Splits an entry as [`split_mode`] does.
///
/// # Errors
/// [`ModeError`] for an entry without a mode whose name ends in text that looks like one, such as `:rwx`.
pub fn parse_mode(text: &str) -> Result<(&str, Option<Access>), ModeError> {
    let (path, mode) = split_mode(text);
    match text.rsplit_once(':') {
        Some((_, word)) if mode.is_none() && is_like_a_mode(word) => Err(ModeError {
            entry: text.to_owned(),
            mode: word.to_owned(),
        }),
        _ => Ok((path, mode)),
    }
}

/// Returns whether a word is a common notation for a mode elsewhere: file permissions, options of `mount`, plain words.
pub fn is_like_a_mode(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    let is_letter = |c: char| "rwxo+-".contains(c);
    let letters = (1..=4).contains(&lower.len()) && lower.chars().all(is_letter);
    letters
        || [
            "read",
            "write",
            "readonly",
            "read-only",
            "readwrite",
            "read-write",
        ]
        .contains(&lower.as_str())
}

/// Splits an entry into its path or name and the mode after it, `:ro` or `:rw`.
pub fn split_mode(text: &str) -> (&str, Option<Access>) {
    match text.rsplit_once(':') {
        Some((path, "rw")) => (path, Some(Access::Write)),
        Some((path, "ro")) => (path, Some(Access::Read)),
        _ => (text, None),
    }
}
