//! Reads the lists of a manifest, so that errors and rules name their lines.

use std::path::{Path, PathBuf};

use serde_saphyr::Spanned;

use super::sections::{DirectoryEntry, Entry, NetworkSection};
use crate::addresses::AddressRule;
use crate::kind::Kind;
use crate::shell;
use crate::yaml::YamlError;

/// A list as it is written.
pub(super) type List = Vec<Spanned<String>>;

/// Reads the lists of one file.
pub(super) struct Reader<'a> {
    file: &'a str,
}

impl<'a> Reader<'a> {
    /// Makes the reader of `file`, which is named in errors.
    pub fn new(file: &'a str) -> Self {
        Self { file }
    }
}

impl Reader<'_> {
    pub fn patterns(&self, kind: Kind, key: &str, list: List) -> Result<Vec<Entry>, YamlError> {
        self.entries(key, list, |text| kind.pattern(text).map(drop))
    }

    pub fn commands(&self, key: &str, list: List) -> Result<Vec<Entry>, YamlError> {
        self.entries(key, list, |text| shell::matching_command(text).map(drop))
    }

    /// Reads names, none of them a pattern.
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

    fn addresses(&self, key: &str, list: List) -> Result<Vec<Entry>, YamlError> {
        self.entries(key, list, |text| text.parse::<AddressRule>().map(drop))
    }

    pub fn network(
        &self,
        section: &str,
        addresses: List,
        ca_file: Option<Spanned<PathBuf>>,
        allow_insecure: bool,
    ) -> Result<NetworkSection, YamlError> {
        Ok(NetworkSection {
            addresses: self.addresses(&format!("permissions.{section}.addresses"), addresses)?,
            ca_file: self.file_name(&format!("permissions.{section}.ca_file"), ca_file),
            allow_insecure,
        })
    }

    fn file_name(&self, key: &str, file: Option<Spanned<PathBuf>>) -> Option<(PathBuf, String)> {
        let file = file?;
        let rule = format!("{}:{} {key}", self.file, file.referenced.line());
        let directory = Path::new(self.file).parent().unwrap_or(Path::new(""));
        Some((directory.join(file.value), rule))
    }

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

    pub fn directories(&self, key: &str, list: List) -> Result<Vec<DirectoryEntry>, YamlError> {
        let read = self.working_directories(key, list)?;
        Ok(read.into_iter().map(|(entry, _)| entry).collect())
    }

    /// Directories, and whether each has its mode written behind it.
    pub fn working_directories(
        &self,
        key: &str,
        list: List,
    ) -> Result<Vec<(DirectoryEntry, bool)>, YamlError> {
        let entries = self.entries(key, list, |text| directory(text).map(drop))?;
        let taken_apart = entries.into_iter().filter_map(|entry| {
            let (path, writable) = directory(&entry.pattern).ok()?;
            let read = DirectoryEntry {
                path: path.to_owned(),
                writable,
                rule: entry.rule,
            };
            Some((read, has_mode(&entry.pattern)))
        });
        Ok(taken_apart.collect())
    }
}

/// Whether a mode stands behind a path.
fn has_mode(text: &str) -> bool {
    text.ends_with(":ro") || text.ends_with(":rw")
}

/// A granted directory without what only says "and all beneath it", and whether it may be changed.
fn directory(text: &str) -> Result<(&str, bool), String> {
    let (path, writable) = split_mode(text);
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
    match Kind::Path.pattern(directory) {
        Ok(_) => Ok((directory, writable)),
        Err(error) => Err(match resolved(directory) {
            Some(resolved) => format!("{error}, or this one as {resolved:?}"),
            None => error.to_string(),
        }),
    }
}

/// A path without what only says "and all beneath it".
pub(super) fn bare(path: &str) -> &str {
    let directory = path.strip_suffix("/**").unwrap_or(path);
    let directory = directory.strip_suffix('/').unwrap_or(directory);
    if directory.is_empty() { "/" } else { directory }
}

/// The path that is meant by one with `.`, `..` or empty names, unless it leads above `/`.
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
    Kind::Path.pattern(&resolved).is_ok().then_some(resolved)
}

/// A path and whether `:rw` stands behind it; `:ro` is the default.
pub(crate) fn split_mode(text: &str) -> (&str, bool) {
    match text.rsplit_once(':') {
        Some((path, "rw")) => (path, true),
        Some((path, "ro")) => (path, false),
        _ => (text, false),
    }
}
