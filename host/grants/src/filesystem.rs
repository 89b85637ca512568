//! `permissions.fs`: directories, opened once, and which of them may be read and written. `narrowed`: for calls that change
//! nothing.

use std::io::ErrorKind;
use std::os::fd::AsRawFd as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use thiserror::Error;

use crate::denial::{Denial, offer};
use crate::manifest::{DirectoryEntry, Manifest, ShellSection};
use crate::path_set::{PathSet, is_beneath};
use crate::pattern::{is_pattern, literal};
use crate::protected::{FileId, Places, Protected};

mod narrowed;

/// What a skill wants to do with a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Look at it.
    Read,
    /// Change it.
    Write,
}

/// A granted directory or file that cannot be opened. The skill does not load.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The operating system's reason.
    #[error(
        "{rule}: the directory {path} cannot be opened: {reason}; create it, or remove the entry"
    )]
    Directory {
        /// The manifest's file, line and key.
        rule: String,
        /// What was to be opened.
        path: String,
        /// Why it could not be.
        reason: String,
    },
    /// A file of certificates cannot be used.
    #[error("{rule}: the certificates {path} cannot be read: {reason}")]
    Certificates {
        /// The manifest's file, line and key.
        rule: String,
        /// What was to be read.
        path: String,
        /// Why it could not be.
        reason: String,
    },
}

/// One entry of `permissions.fs.dirs`.
#[derive(Clone, Debug)]
pub struct DirectoryGrant {
    /// As written, without the mode.
    pub pattern: String,
    /// Whether the mode is `rw`.
    pub writable: bool,
    /// The part before the first name with a wildcard: absolute, without a slash at its end but for `/` itself.
    pub root: String,
    /// Whether the entry is for names in `root` rather than for `root` itself: it has wildcards, or names a file.
    pub wildcard: bool,
    /// Whether there was nothing of that name when the manifest was loaded.
    pub is_missing: bool,
    /// `root`, opened with the manifest.
    pub dir: Arc<Dir>,
    /// `root` and the directories above it, by what the kernel knows them by.
    pub chain: Arc<[FileId]>,
    /// Where it stands: `fs.yaml:7 permissions.fs.dirs[0]`.
    pub rule: String,
    /// The paths that it is about.
    set: PathSet,
}

impl DirectoryGrant {
    /// Whether the entry is about `path`.
    pub(crate) fn covers(&self, path: &str) -> bool {
        self.set.matches(path)
    }
}

/// Directories of `permissions.fs`, or those that commands may run in, opened.
#[derive(Clone, Debug)]
pub struct FilesystemGrants {
    enabled: bool,
    entries: Vec<DirectoryGrant>,
    /// For each entry, those that are narrower.
    narrower: Vec<Vec<usize>>,
    /// What `plain` finds of each entry: asked with every instance, found out once.
    changeable: OnceLock<Vec<bool>>,
    /// What is closed to every skill.
    protected: Protected,
    /// For calls that change nothing: the entries that are writable to others.
    narrowed: Option<Vec<bool>>,
    /// Whose denials name which list of which section.
    capability: &'static str,
    section: &'static str,
    list: &'static str,
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
            capability: "filesystem",
            section: "permissions.fs",
            list: "dirs",
        }
    }
}

impl FilesystemGrants {
    /// Opens every entry of an enabled section: the only place where a path gets its meaning from the process.
    ///
    /// # Errors
    /// [`OpenError`] for the first entry whose directory cannot be opened.
    pub(crate) fn open(manifest: &Manifest) -> Result<Self, OpenError> {
        let section = &manifest.permissions.fs;
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

    /// Opens the directories that commands may run in. One without a mode may be changed, unless these grants say `ro`
    /// for it or for something inside.
    ///
    /// # Errors
    /// [`OpenError`] for the first that cannot be opened.
    pub(crate) fn open_working(&self, section: &ShellSection) -> Result<Self, OpenError> {
        let mut entries = Vec::new();
        for (entry, has_mode) in section.allowed_dirs.iter().filter(|_| section.enabled) {
            let mut opened = open(entry, false)?;
            if !has_mode {
                let can_be_read = self.allows(&entry.path, Access::Read);
                let is_read_only = can_be_read && !self.allows(&entry.path, Access::Write);
                opened.writable = !is_read_only && !self.restricts(&opened.set);
            }
            entries.push(opened);
        }
        if section.allowed_dirs.is_empty() {
            entries.clone_from(&self.entries);
        }
        Ok(Self {
            enabled: section.enabled,
            narrower: narrower(&entries),
            entries,
            changeable: OnceLock::new(),
            protected: Protected::default(),
            narrowed: None,
            capability: "shell",
            section: "permissions.shell",
            list: "allowed_dirs",
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

    /// Closes `protected` to the skill, whatever the entries say.
    pub(crate) fn protect(&mut self, protected: &Protected) {
        self.protected = protected.clone();
    }

    /// What is closed to the skill now, whatever the entries say.
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

    /// The position of the entry that has the say over `path`, where `writable` tells the stricter.
    fn deciding(&self, path: &str, writable: impl Fn(usize) -> bool) -> Option<usize> {
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
        let (mode, verb) = match access {
            Access::Read => ("ro", "read"),
            Access::Write => ("rw", "write"),
        };
        let Self {
            capability,
            section,
            list,
            ..
        } = self;
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

/// Opens an entry. With `files`, one that names no directory is for a file, there or still to be made: it is one for this
/// name alone in the directory above it.
fn open(entry: &DirectoryEntry, files: bool) -> Result<DirectoryGrant, OpenError> {
    let unusable = |path: &str, reason: String| OpenError::Directory {
        rule: entry.rule.clone(),
        path: path.to_owned(),
        reason,
    };
    let set =
        PathSet::new(&entry.path).map_err(|error| unusable(&entry.path, error.to_string()))?;
    let mut root = set.root().to_owned();
    let mut wildcard = is_pattern(&entry.path);
    let is_missing = !wildcard && !Path::new(&root).exists();
    let mut dir = Dir::open_ambient_dir(&root, ambient_authority());
    if files
        && !is_pattern(&entry.path)
        && let Err(error) = &dir
        && matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
        && let Some(parent) = Path::new(&root).parent().and_then(Path::to_str)
    {
        root = parent.to_owned();
        wildcard = true;
        dir = Dir::open_ambient_dir(&root, ambient_authority());
    }
    let dir = dir.map_err(|error| unusable(set.root(), error.to_string()))?;
    let chain = chain(&dir).map_err(|error| unusable(&root, error.to_string()))?;
    Ok(DirectoryGrant {
        chain,
        writable: entry.writable,
        wildcard,
        is_missing,
        dir: Arc::new(dir),
        rule: entry.rule.clone(),
        pattern: entry.path.clone(),
        set,
        root,
    })
}

/// The directory and those above it, up to the root of all.
fn chain(dir: &Dir) -> std::io::Result<Arc<[FileId]>> {
    let opened = dir.try_clone()?.into_std_file();
    let mut chain = vec![FileId::of(&opened.metadata()?)];
    // By the handle: a path could lead elsewhere by now.
    let mut above = PathBuf::from(format!("/proc/self/fd/{}", opened.as_raw_fd()));
    loop {
        above.push("..");
        let id = FileId::of(&std::fs::metadata(&above)?);
        if chain.last() == Some(&id) {
            return Ok(chain.into());
        }
        chain.push(id);
    }
}

/// For each entry, the positions of those that are narrower.
fn narrower(entries: &[DirectoryGrant]) -> Vec<Vec<usize>> {
    let others = |entry: &DirectoryGrant| {
        let others = entries.iter().enumerate();
        let narrower = others.filter(|(_, other)| other.set.is_narrower(&entry.set));
        narrower.map(|(index, _)| index).collect()
    };
    entries.iter().map(others).collect()
}

#[cfg(test)]
#[path = "filesystem_tests.rs"]
pub(crate) mod tests;
