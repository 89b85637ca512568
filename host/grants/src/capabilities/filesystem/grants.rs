//! Which of the granted directories may be read and written.

use std::sync::{Arc, OnceLock};

use super::directory::{DirectoryGrant, open};
use super::section::FsSection;
use crate::denial::{Denial, offer};
use crate::open_error::OpenError;
use crate::path_set::{PathSet, is_beneath};
use crate::pattern::literal;
use crate::protected::{Places, Protected};
use crate::section::{Access, DirectoryEntry};

/// The owner of the directories: the capability, section and list that denials name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Owner {
    pub capability: &'static str,
    pub section: &'static str,
    pub list: &'static str,
}

/// The directories for reading and writing files.
const FILES: Owner = Owner {
    capability: "filesystem",
    section: "permissions.fs",
    list: "dirs",
};

/// The opened directories of `permissions.fs`, or those that commands may run in.
#[derive(Clone, Debug)]
pub struct FilesystemGrants {
    pub(super) enabled: bool,
    pub(super) entries: Vec<DirectoryGrant>,
    /// For each entry, the positions of the narrower ones.
    pub(super) narrower: Vec<Vec<usize>>,
    /// The result of `plain` for each entry, computed once because every instance needs it.
    pub(super) changeable: OnceLock<Vec<bool>>,
    /// The places closed to every skill.
    pub(super) protected: Protected,
    /// For read-only calls: which entries other calls may write to.
    pub(super) narrowed: Option<Vec<bool>>,
    pub(super) owner: Owner,
}

impl Default for FilesystemGrants {
    fn default() -> Self {
        Self {
            enabled: false,
            entries: Vec::new(),
            narrower: Vec::new(),
            changeable: OnceLock::new(),
            protected: Protected::default(),
            narrowed: None,
            owner: FILES,
        }
    }
}

impl FilesystemGrants {
    /// Opens every entry of an enabled section.
    ///
    /// # Errors
    /// [`OpenError`] for the first entry whose directory cannot be opened.
    pub(crate) fn open(section: &FsSection) -> Result<Self, OpenError> {
        Self::open_own(FILES, section.enabled, &section.dirs)
    }

    /// Opens the directories and files of `owner`, if its section is enabled.
    ///
    /// # Errors
    /// As [`FilesystemGrants::open`].
    pub(crate) fn open_own(
        owner: Owner,
        enabled: bool,
        directories: &[DirectoryEntry],
    ) -> Result<Self, OpenError> {
        let mut entries = Vec::new();
        for entry in directories.iter().filter(|_| enabled) {
            entries.push(open(entry, true)?);
        }
        Ok(Self {
            enabled,
            narrower: narrower(&entries),
            entries,
            ..Self::closed(owner)
        })
    }

    /// Returns the grants of `owner` that allow nothing.
    pub(crate) fn closed(owner: Owner) -> Self {
        Self {
            owner,
            ..Self::default()
        }
    }

    /// Opens the directories of `owner`, each with whether its mode is explicit. A directory without a mode is
    /// writable, unless these grants make it or something inside it `ro`. An empty `directories` stands for the
    /// directories of these grants.
    ///
    /// # Errors
    /// [`OpenError`] for the first directory that cannot be opened.
    pub(crate) fn open_working(
        &self,
        owner: Owner,
        enabled: bool,
        directories: &[(DirectoryEntry, bool)],
    ) -> Result<Self, OpenError> {
        let mut entries = Vec::new();
        for (entry, has_mode) in directories.iter().filter(|_| enabled) {
            let mut opened = open(entry, false)?;
            if !has_mode {
                let can_be_read = self.allows(&entry.path, Access::Read);
                let is_read_only = can_be_read && !self.allows(&entry.path, Access::Write);
                opened.writable = !is_read_only && !self.restricts(&opened.set);
            }
            entries.push(opened);
        }
        if directories.is_empty() {
            entries.clone_from(&self.entries);
        }
        Ok(Self {
            enabled,
            narrower: narrower(&entries),
            entries,
            owner,
            ..Self::default()
        })
    }

    /// Returns the entries for the operating system's confinement, which supports neither wildcards nor stricter rules
    /// inside a directory, each with whether everything in it may be changed. Entries with wildcards are left out.
    pub fn plain(&self) -> Vec<(&DirectoryGrant, bool)> {
        let changeable = self.changeable.get_or_init(|| {
            let entries = self.entries.iter();
            entries
                .map(|entry| !entry.wildcard && entry.writable && !self.restricts(&entry.set))
                .collect()
        });
        let all = self.entries.iter().zip(changeable.iter().copied());
        all.filter(|(entry, _)| !entry.wildcard).collect()
    }

    /// Returns whether something in `set` is read-only: an entry makes it `ro`, and no narrower entry makes the whole
    /// set `rw`.
    fn restricts(&self, set: &PathSet) -> bool {
        let writable = self.entries.iter().filter(|entry| entry.writable);
        let read_only = self.entries.iter().filter(|entry| !entry.writable);
        let mut overlapping = read_only.filter(|entry| entry.set.overlaps(set));
        overlapping.any(|strict| {
            !writable
                .clone()
                .any(|entry| set.is_within(&entry.set) && entry.set.is_narrower(&strict.set))
        })
    }

    /// Closes `protected` to the skill, even where an entry grants it.
    pub(crate) fn close(&mut self, protected: &Protected) {
        self.protected = protected.clone();
    }

    /// Returns the places that are currently closed to the skill, even where an entry grants them.
    pub fn places(&self) -> Arc<Places> {
        self.protected.now()
    }

    /// Returns whether the section is enabled.
    pub fn enabled(&self) -> bool {
        self.enabled
    }

    /// Returns the entries, in the manifest's order.
    pub fn entries(&self) -> &[DirectoryGrant] {
        &self.entries
    }

    /// Returns the entry that decides whether `path` (absolute, normalised, free of links) may be read or changed: the
    /// narrowest of those that match, by the set of their paths. If neither of two is narrower, the stricter decides.
    ///
    /// # Errors
    /// [`Denial`] when no entry matches, or the entry is `ro` and `access` is to write.
    pub fn decide(&self, path: &str, access: Access) -> Result<&DirectoryGrant, Denial> {
        // Composing a denial costs more than the decision itself.
        self.covering(path, access)
            .ok_or_else(|| self.denial(path, access))
    }

    /// Returns whether `access` to `path` is allowed, without composing a denial.
    pub fn allows(&self, path: &str, access: Access) -> bool {
        self.covering(path, access).is_some()
    }

    /// Returns the entry that [`Self::decide`] finds, without composing a denial.
    pub fn covering(&self, path: &str, access: Access) -> Option<&DirectoryGrant> {
        let entry = self.deciding(path, |index| self.entries[index].writable);
        let entry = entry.map(|index| &self.entries[index]);
        entry.filter(|entry| access == Access::Read || entry.writable)
    }

    /// Returns the position of the entry that decides on `path`; `writable` tells which of two entries is stricter.
    pub(super) fn deciding(&self, path: &str, writable: impl Fn(usize) -> bool) -> Option<usize> {
        let matching: Vec<bool> = self
            .entries
            .iter()
            .map(|entry| entry.set.matches(path))
            .collect();
        let is_decisive = |index: usize| {
            matching[index] && !self.narrower[index].iter().any(|other| matching[*other])
        };
        let decisive = (0..self.entries.len()).filter(|index| is_decisive(*index));
        decisive.min_by_key(|index| writable(*index))
    }

    /// Returns the entry with the longest root that is `path` or contains it: the walk to `path` starts there.
    pub fn anchor(&self, path: &str) -> Option<&DirectoryGrant> {
        let holding = self
            .entries
            .iter()
            .filter(|entry| is_beneath(path, &entry.root));
        holding.max_by_key(|entry| entry.root.len())
    }

    /// Returns whether `path` is the root of an entry without wildcards.
    pub fn is_root(&self, path: &str) -> bool {
        self.entries
            .iter()
            .any(|entry| !entry.wildcard && entry.root == path)
    }

    /// Builds the denial of `access` to `path`.
    pub fn denial(&self, path: &str, access: Access) -> Denial {
        if let Some(denial) = self.narrowed_denial(path, access) {
            return denial;
        }
        let mode = access.mode();
        let verb = match access {
            Access::Read => "read",
            Access::Write => "write",
        };
        let Owner {
            capability,
            section,
            list,
        } = self.owner;
        let mut entries = vec![literal(path)];
        entries.extend(self.as_strict(path, &entries[0]));
        for entry in &mut entries {
            *entry = format!("{entry}:{mode}");
        }
        let rule = offer(section, self.enabled, list, &entries);
        if !self.enabled {
            let reason = format!("{section} is not enabled");
            return Denial::new(capability, path, reason, rule);
        }
        let reason = match self.entries.iter().find(|entry| entry.set.matches(path)) {
            Some(entry) => format!("{} grants it read-only", entry.rule),
            None => format!("no entry of {section}.{list} lets the skill {verb} it"),
        };
        Denial::new(capability, path, reason, rule)
    }

    /// Returns the other patterns that cover exactly the same paths as `entry`: of these, the stricter decides.
    fn as_strict(&self, path: &str, entry: &str) -> Vec<String> {
        let Ok(set) = PathSet::new(entry) else {
            return Vec::new();
        };
        let same = self.entries.iter().filter(|other| {
            !other.writable
                && other.pattern != entry
                && other.set.matches(path)
                && !set.is_narrower(&other.set)
        });
        same.map(|other| other.pattern.clone()).collect()
    }
}

/// Returns for each entry the positions of the narrower ones.
pub(super) fn narrower(entries: &[DirectoryGrant]) -> Vec<Vec<usize>> {
    let others = |entry: &DirectoryGrant| {
        let others = entries.iter().enumerate();
        let narrower = others.filter(|(_, other)| other.set.is_narrower(&entry.set));
        narrower.map(|(index, _)| index).collect()
    };
    entries.iter().map(others).collect()
}
