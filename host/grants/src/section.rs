//! What the sections of a manifest are made of: entries, each with its place, and the traits of a section as it is written
//! and as it is read.
//!
//! - `reader`: lists, so that errors and rules name their lines

use std::path::Path;

use serde::Serialize;

use crate::pattern::Pattern;
use crate::yaml::YamlError;

mod reader;

pub(crate) use reader::{List, Reader, join_directories};
pub use reader::{ModeError, is_like_a_mode, parse_mode, split_mode};

/// What a skill does with a path or a shared namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Look at it.
    Read,
    /// Change it.
    Write,
}

impl Access {
    /// The access to what may be changed, or only read.
    pub fn of(writable: bool) -> Self {
        match writable {
            true => Self::Write,
            false => Self::Read,
        }
    }

    /// The mode that allows it, as a manifest has it behind an entry: `ro` or `rw`.
    pub fn mode(self) -> &'static str {
        match self {
            Self::Read => "ro",
            Self::Write => "rw",
        }
    }
}

/// A pattern and where it stands.
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
    /// Absolute; may hold wildcards. Without `/**` or a slash at its end.
    pub path: String,
    /// Whether the mode is `rw`.
    pub writable: bool,
    /// Where it stands.
    pub rule: String,
}

// Two manifests grant the same when their sections are equal: where an entry stands is for messages only.

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

/// A section as it is written.
pub(crate) trait Written: Sized {
    /// What it is read to.
    type Section: Section;

    /// Reads the section, and checks every pattern in it.
    ///
    /// # Errors
    /// [`YamlError`] at the first entry that cannot be used.
    fn read(self, reader: &Reader<'_>) -> Result<Self::Section, YamlError>;

    /// Adds what a line holds that a denial offered: switches that are on, and entries of lists.
    fn add(&mut self, line: Self);
}

/// A section that was read, with nothing opened yet.
pub(crate) trait Section {
    /// What it grants, in the order of its lines.
    fn listed(&self) -> Vec<Listed>;

    /// Whether it opens an interface that a package imports, such as `http`. None for an interface that is not its own,
    /// and for one that is open to every skill.
    fn import(&self, interface: &str) -> Option<Import>;

    /// The file of certificates that it names.
    fn certificates(&self) -> Option<&Path> {
        None
    }

    /// Whether it lets the skill call other skills, or send them events.
    fn reaches_skills(&self) -> bool {
        false
    }
}

/// One thing that a manifest grants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// The word for it, as in `--grant` and `@skill:require`: `fs`, `http`, `events.emit`.
    pub kind: &'static str,
    /// What is granted; for `env` the name only, since the value may be a secret.
    pub what: String,
    /// `ro` or `rw`, for directories and namespaces.
    pub mode: Option<&'static str>,
    /// Where it stands, or the key.
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

/// Whether a manifest opens an interface that a package imports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// Whether a call of the interface can be allowed at all.
    pub granted: bool,
    /// The entries that decide, or the key that is missing.
    pub why: String,
}

impl Import {
    /// The answer for a section with `enabled` and a list of entries, where an empty list allows nothing.
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

    /// The same for a list of patterns.
    pub(crate) fn of_patterns(section: &str, enabled: bool, entries: &[Entry]) -> Self {
        let entries = entries.iter().map(|entry| entry.pattern.as_str());
        Self::of_list(section, enabled, "allowlist", entries)
    }
}

/// Compiles patterns, each with its place.
pub(crate) fn compile(entries: &[Entry]) -> Vec<(Pattern, String)> {
    // The manifest's parser has compiled each of them once, so none is lost here.
    let compiled = entries
        .iter()
        .filter_map(|entry| Some((Pattern::new(&entry.pattern).ok()?, entry.rule.clone())));
    compiled.collect()
}
