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

/// Whose directories they are: what denials call the capability, its section and its list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Owner {
    pub capability: &'static str,
    pub section: &'static str,
    pub list: &'static str,
}

/// Those that files are read and written in.
const FILES: Owner = Owner {
    capability: "filesystem",
    section: "permissions.fs",
    list: "dirs",
};

/// Directories of `permissions.fs`, or those that commands may run in, opened.
#[derive(Clone, Debug)]
pub struct FilesystemGrants {
    pub(super) enabled: bool,
    pub(super) entries: Vec<DirectoryGrant>,
    /// For each entry, those that are narrower.
    pub(super) narrower: Vec<Vec<usize>>,
    /// What `plain` finds of each entry: asked with every instance, found out once.
    pub(super) changeable: OnceLock<Vec<bool>>,
    /// What is closed to every skill.
    pub(super) protected: Protected,
    /// For calls that change nothing: the entries that are writable to others.
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
        let mut entries = Vec::new();
        for entry in section.dirs.iter().filter(|_| section.enabled) {
            entries.push(open(entry, true)?);
        }
        Ok(Self {
            enabled: section.enabled,
            narrower: narrower(&entries),
            entries,
            ..Self::default()
        })
    }

    /// Opens the directories of `owner`, each with whether its mode is written. One without a mode may be changed, unless
    /// these grants say `ro` for it or for something inside. With `directories` empty they are those of these grants.
    ///
    /// # Errors
    /// [`OpenError`] for the first that cannot be opened.
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

    /// The entries as something can be given them that knows no wildcards and nothing stricter inside: the operating
    /// system's own confinement. Each with whether all that is in it may be changed. An entry with a wildcard
    /// is left out.
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

    /// Whether something in `set` may be read but not changed: an entry says `ro` for it, and no narrower one says `rw`
    /// for the whole set.
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

    /// What is closed to the skill now, even where an entry grants it.
    pub fn places(&self) -> Arc<Places> {
        self.protected.now()
    }

    /// Whether the section is enabled.
    pub fn enabled(&self) -> bool {
        self.enabled
    }

    /// The entries, in the manifest's order.
    pub fn entries(&self) -> &[DirectoryGrant] {
        &self.entries
    }

    /// Returns the entry that decides whether `path` (absolute, normalised, with no link left in it) may be read or
    /// changed: of those that match the narrowest, by the set of their paths. Where neither of two is narrower, the
    /// stricter decides.
    ///
    /// # Errors
    /// [`Denial`] when nothing matches, or the entry is `ro` and `access` is to write.
    pub fn decide(&self, path: &str, access: Access) -> Result<&DirectoryGrant, Denial> {
        // A denial takes longer to find words for than all the rest.
        self.covering(path, access)
            .ok_or_else(|| self.denial(path, access))
    }

    /// Whether `access` to `path` is allowed, where nobody asks why not.
    pub fn allows(&self, path: &str, access: Access) -> bool {
        self.covering(path, access).is_some()
    }

    /// The entry that [`Self::decide`] finds, where nobody asks why there is none.
    pub fn covering(&self, path: &str, access: Access) -> Option<&DirectoryGrant> {
        let entry = self.deciding(path, |index| self.entries[index].writable);
        let entry = entry.map(|index| &self.entries[index]);
        entry.filter(|entry| access == Access::Read || entry.writable)
    }

    /// Returns the position of the entry that decides on `path`, where `writable` tells the stricter.
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

    /// The entry whose root is the longest that is `path` or holds it: where walking to `path` starts.
    pub fn anchor(&self, path: &str) -> Option<&DirectoryGrant> {
        let holding = self
            .entries
            .iter()
            .filter(|entry| is_beneath(path, &entry.root));
        holding.max_by_key(|entry| entry.root.len())
    }

    /// Whether `path` is the root of an entry without wildcards.
    pub fn is_root(&self, path: &str) -> bool {
        self.entries
            .iter()
            .any(|entry| !entry.wildcard && entry.root == path)
    }

    /// The denial of `access` to `path`.
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

    /// Other patterns for exactly what `entry` stands for: of these, the stricter decides.
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

/// For each entry, the positions of those that are narrower.
pub(super) fn narrower(entries: &[DirectoryGrant]) -> Vec<Vec<usize>> {
    let others = |entry: &DirectoryGrant| {
        let others = entries.iter().enumerate();
        let narrower = others.filter(|(_, other)| other.set.is_narrower(&entry.set));
        narrower.map(|(index, _)| index).collect()
    };
    entries.iter().map(others).collect()
}
