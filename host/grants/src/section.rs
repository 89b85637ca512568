//! The parts of a manifest's sections: entries with their places, and the traits of a section as written and as read.
//!
//! - `reader`: reads lists, so that errors and rules name their lines

use std::path::Path;

use serde::Serialize;

use crate::pattern::Pattern;
use crate::yaml::YamlError;

mod reader;

pub(crate) use reader::{List, Reader, join_directories};
pub use reader::{ModeError, is_like_a_mode, parse_mode, split_mode};

/// The access of a skill to a path or a shared namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Read.
    Read,
    /// Write.
    Write,
}

impl Access {
    /// Returns [`Self::Write`] if `writable`, otherwise [`Self::Read`].
    pub fn of(writable: bool) -> Self {
        match writable {
            true => Self::Write,
            false => Self::Read,
        }
    }

    /// Returns the mode that allows it, as written after an entry of a manifest: `ro` or `rw`.
    pub fn mode(self) -> &'static str {
        match self {
            Self::Read => "ro",
            Self::Write => "rw",
        }
    }
}

/// A pattern with its place.
#[derive(Clone, Debug)]
pub struct Entry {
    /// As written.
    pub pattern: String,
    /// `file:line key[index]`.
    pub rule: String,
}

/// One granted directory, as written.
#[derive(Clone, Debug)]
pub struct DirectoryEntry {
    /// The absolute path, which may contain wildcards. Without a trailing `/**` or slash.
    pub path: String,
    /// Whether the mode is `rw`.
    pub writable: bool,
    /// Its place.
    pub rule: String,
}

// Two manifests grant the same when their sections are equal: an entry's place is for messages only.

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        let Self { pattern, rule: _ } = self;
        *pattern == other.pattern
    }
}

impl PartialEq for DirectoryEntry {
    fn eq(&self, other: &Self) -> bool {
        let Self {
            path,
            writable,
            rule: _,
        } = self;
        (path, writable) == (&other.path, &other.writable)
    }
}

/// A section as written.
pub(crate) trait Written: Sized {
    /// The section as read.
    type Section: Section;

    /// Reads the section, and checks every pattern in it.
    ///
    /// # Errors
    /// [`YamlError`] at the first invalid entry.
    fn read(self, reader: &Reader<'_>) -> Result<Self::Section, YamlError>;

    /// Adds the grants of a line that a denial offered: enabled switches and list entries.
    fn add(&mut self, line: Self);
}

/// A section as read, not opened yet.
pub(crate) trait Section {
    /// Returns its grants, in the order of its lines.
    fn listed(&self) -> Vec<Listed>;

    /// Returns whether it grants an interface that a package imports, such as `http`, or `None` if the interface
    /// belongs to another section or is granted to every skill.
    fn import(&self, interface: &str) -> Option<Import>;

    /// Returns the certificate file that it names.
    fn certificates(&self) -> Option<&Path> {
        None
    }

    /// Returns whether it lets the skill call other skills or send them events.
    fn reaches_skills(&self) -> bool {
        false
    }
}

/// One grant of a manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// Its key, as in `--grant` and `@skill:require`: `fs`, `http`, `events.emit`.
    pub kind: &'static str,
    /// What is granted; for `env` the name only, since the value may be a secret.
    pub what: String,
    /// `ro` or `rw`, for directories and namespaces.
    pub mode: Option<&'static str>,
    /// Its place, or the key.
    pub rule: String,
}

impl Listed {
    /// Lists something without a mode.
    pub(crate) fn new(
        kind: &'static str,
        what: impl Into<String>,
        rule: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            what: what.into(),
            mode: None,
            rule: rule.into(),
        }
    }

    /// Lists an entry of a list.
    pub(crate) fn entry(kind: &'static str, entry: &Entry) -> Self {
        Self::new(kind, &entry.pattern, &entry.rule)
    }

    /// Lists a directory.
    pub(crate) fn directory(kind: &'static str, entry: &DirectoryEntry) -> Self {
        Self {
            mode: Some(Access::of(entry.writable).mode()),
            ..Self::new(kind, &entry.path, &entry.rule)
        }
    }
}

/// Whether a manifest grants an interface that a package imports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// Whether a call of the interface can be allowed at all.
    pub granted: bool,
    /// The entries that decide, or the missing key.
    pub why: String,
}

impl Import {
    /// Returns the answer for a section with `enabled` and a list of entries in which an empty list allows nothing.
    pub(crate) fn of_list<'a>(
        section: &str,
        enabled: bool,
        list: &str,
        entries: impl Iterator<Item = &'a str>,
    ) -> Self {
        let entries: Vec<&str> = entries.collect();
        let (granted, why) = match (enabled, entries.as_slice()) {
            (false, _) => (false, format!("{section}.enabled is not set")),
            (true, []) => (false, format!("{section}.{list} is empty")),
            (true, entries) => (true, format!("{section}.{list}: {}", entries.join(", "))),
        };
        Self { granted, why }
    }

    /// Returns the answer for a section with `enabled` and a list of patterns in which an empty list allows nothing.
    pub(crate) fn of_patterns(section: &str, enabled: bool, entries: &[Entry]) -> Self {
        let entries = entries.iter().map(|entry| entry.pattern.as_str());
        Self::of_list(section, enabled, "allowlist", entries)
    }
}

/// Compiles patterns, each with its place.
pub(crate) fn compile(entries: &[Entry]) -> Vec<(Pattern, String)> {
    // The manifest's parser has compiled each entry, so none is dropped here.
    let compiled = entries
        .iter()
        .filter_map(|entry| Some((Pattern::new(&entry.pattern).ok()?, entry.rule.clone())));
    compiled.collect()
}
