//! `permissions.fs`: directories, opened once, and which of them may be read and written.

use std::path::Path;
use std::sync::Arc;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use thiserror::Error;

use crate::denial::{Denial, quoted};
use crate::manifest::{DirectoryEntry, Manifest, ShellSection};
use crate::pattern::{Pattern, is_pattern};

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
    /// Whether the entry has wildcards.
    pub wildcard: bool,
    /// `root`, opened with the manifest.
    pub dir: Arc<Dir>,
    /// Where it stands: `fs.yaml:7 permissions.fs.dirs[0]`.
    pub rule: String,
    matcher: Matcher,
    /// Characters that are not wildcards: how specific the entry is.
    weight: usize,
}

/// How a path is held against an entry. Apart from the handle, so that decisions are testable without a disk.
#[derive(Clone, Debug)]
enum Matcher {
    Beneath(String),
    Pattern { directory: Pattern, inside: Pattern },
}

impl Matcher {
    fn new(pattern: &str) -> Result<Self, crate::pattern::PatternError> {
        if !is_pattern(pattern) {
            return Ok(Self::Beneath(pattern.to_owned()));
        }
        Ok(Self::Pattern {
            directory: Pattern::path(pattern)?,
            inside: Pattern::path(&format!("{pattern}/**"))?,
        })
    }

    fn matches(&self, path: &str) -> bool {
        match self {
            Self::Beneath(root) => is_beneath(path, root),
            Self::Pattern { directory, inside } => directory.matches(path) || inside.matches(path),
        }
    }
}

/// Directories of `permissions.fs`, or those that commands may run in, opened.
#[derive(Clone, Debug)]
pub struct FilesystemGrants {
    enabled: bool,
    entries: Vec<DirectoryGrant>,
    /// Whose denials name which list.
    capability: &'static str,
    section: &'static str,
    list: &'static str,
}

impl Default for FilesystemGrants {
    fn default() -> Self {
        Self {
            enabled: false,
            entries: Vec::new(),
            capability: "filesystem",
            section: "permissions.fs",
            list: "permissions.fs.dirs",
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
            entries.push(open(entry)?);
        }
        Ok(Self {
            enabled: section.enabled,
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
            let mut opened = open(entry)?;
            if !has_mode {
                let read_only = self.decide(&entry.path, Access::Read).is_ok()
                    && self.decide(&entry.path, Access::Write).is_err();
                let mut inside = self.entries.iter();
                let stricter_inside =
                    inside.any(|inner| !inner.writable && is_beneath(&inner.root, &entry.path));
                opened.writable = !read_only && !stricter_inside;
            }
            entries.push(opened);
        }
        if section.allowed_dirs.is_empty() {
            entries.clone_from(&self.entries);
        }
        Ok(Self {
            enabled: section.enabled,
            entries,
            capability: "shell",
            section: "permissions.shell",
            list: "permissions.shell.allowed_dirs",
        })
    }

    /// The entries as something can be given them that knows no wildcards and nothing stricter inside: the operating
    /// system's own confinement, or WASI. An entry with a wildcard is left out, and one with a stricter inside may only
    /// be read.
    pub fn plain(&self) -> Vec<(&DirectoryGrant, bool)> {
        let plain = self.entries.iter().filter(|entry| !entry.wildcard);
        plain
            .map(|entry| {
                let stricter_inside = self
                    .entries
                    .iter()
                    .any(|inner| !inner.writable && is_beneath(&inner.root, &entry.root));
                (entry, entry.writable && !stricter_inside)
            })
            .collect()
    }

    /// Whether the section is enabled.
    pub fn enabled(&self) -> bool {
        self.enabled
    }

    /// The entries, in the manifest's order.
    pub fn entries(&self) -> &[DirectoryGrant] {
        &self.entries
    }

    /// Decides over `path`: absolute, normalised, with no link left in it. The most specific entry that matches has
    /// the say; of two equal ones the stricter.
    ///
    /// # Errors
    /// [`Denial`] when nothing matches, or the entry is `ro` and `access` is to write.
    pub fn decide(&self, path: &str, access: Access) -> Result<&DirectoryGrant, Denial> {
        let matching = self
            .entries
            .iter()
            .filter(|entry| entry.matcher.matches(path));
        let entry = matching.max_by_key(|entry| (entry.weight, !entry.writable));
        match entry {
            Some(entry) if access == Access::Read || entry.writable => Ok(entry),
            _ => Err(self.denial(path, access)),
        }
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
        let (mode, verb) = match access {
            Access::Read => ("ro", "read"),
            Access::Write => ("rw", "write"),
        };
        // For a file the directory that holds it; nobody grants the whole disk by a hint.
        let parent = Path::new(path)
            .parent()
            .and_then(Path::to_str)
            .filter(|parent| *parent != "/");
        let directory = match self.capability {
            "filesystem" => parent.unwrap_or(path),
            _ => path,
        };
        let entry = quoted(&format!("{directory}:{mode}"));
        let Self {
            capability,
            section,
            list,
            ..
        } = self;
        let rule = format!("{list}: [{entry}]");
        if !self.enabled {
            let reason = format!("{section} is not enabled");
            let rule = format!("{section}.enabled: true, {rule}");
            return Denial::new(capability, path, reason, rule);
        }
        let reason = match self
            .entries
            .iter()
            .find(|entry| entry.matcher.matches(path))
        {
            Some(entry) => format!("{} grants it read-only", entry.rule),
            None => format!("no entry of {list} lets the skill {verb} it"),
        };
        Denial::new(capability, path, reason, rule)
    }
}

fn open(entry: &DirectoryEntry) -> Result<DirectoryGrant, OpenError> {
    let root = literal_root(&entry.path);
    let failed = |reason: String| OpenError::Directory {
        rule: entry.rule.clone(),
        path: root.clone(),
        reason,
    };
    let dir = Dir::open_ambient_dir(&root, ambient_authority())
        .map_err(|error| failed(error.to_string()))?;
    let matcher = Matcher::new(&entry.path).map_err(|error| failed(error.to_string()))?;
    Ok(DirectoryGrant {
        writable: entry.writable,
        wildcard: is_pattern(&entry.path),
        dir: Arc::new(dir),
        rule: entry.rule.clone(),
        weight: entry
            .path
            .chars()
            .filter(|c| !matches!(c, '*' | '?' | '[' | ']' | '{' | '}'))
            .count(),
        pattern: entry.path.clone(),
        matcher,
        root,
    })
}

/// The directories of a pattern before the first name that has a wildcard.
fn literal_root(pattern: &str) -> String {
    let literal: Vec<&str> = pattern
        .split('/')
        .take_while(|name| !is_pattern(name))
        .collect();
    let root = literal.join("/");
    if root.is_empty() {
        "/".to_owned()
    } else {
        root
    }
}

/// Whether `path` is `directory` or inside it.
pub(crate) fn is_beneath(path: &str, directory: &str) -> bool {
    let rest = path.strip_prefix(directory.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grants(entries: &[(&str, bool)]) -> FilesystemGrants {
        // Decisions look at text only, so any open directory will do.
        let dir = Arc::new(Dir::open_ambient_dir("/", ambient_authority()).unwrap());
        let entries = entries
            .iter()
            .enumerate()
            .map(|(index, (pattern, writable))| DirectoryGrant {
                pattern: (*pattern).to_owned(),
                writable: *writable,
                root: literal_root(pattern),
                wildcard: is_pattern(pattern),
                dir: dir.clone(),
                rule: format!("m.yaml:{index}"),
                matcher: Matcher::new(pattern).unwrap(),
                weight: pattern.chars().filter(|c| !"*?[]{}".contains(*c)).count(),
            });
        FilesystemGrants {
            enabled: true,
            entries: entries.collect(),
            ..Default::default()
        }
    }

    #[test]
    fn decisions() {
        let plain = &[("/data", true), ("/data/secret", false), ("/ro", false)][..];
        let wild = &[("/data/projects/*/src", true)][..];
        let deep = &[("/a/**/public", false), ("/a/b", true)][..];
        let all = &[("/", false)][..];
        for (entries, path, read, write) in [
            (plain, "/data", true, true),
            (plain, "/data/x/y", true, true),
            (plain, "/database", false, false),
            (plain, "/data/secret", true, false),
            (plain, "/data/secret/a", true, false),
            (plain, "/data/secrets", true, true),
            (plain, "/ro/a", true, false),
            (plain, "/", false, false),
            (plain, "/Data", false, false),
            (wild, "/data/projects/x/src/a/b", true, true),
            (wild, "/data/projects/x/src", true, true),
            (wild, "/data/projects/x/y/src/a", false, false),
            (wild, "/data/projects/x", false, false),
            (deep, "/a/x/y/public/z", true, false),
            (deep, "/a/public", true, false),
            (deep, "/a/b/public", true, false),
            (deep, "/a/b/private", true, true),
            (all, "/etc/passwd", true, false),
        ] {
            let grants = grants(entries);
            assert_eq!(
                grants.decide(path, Access::Read).is_ok(),
                read,
                "{entries:?} read {path}"
            );
            assert_eq!(
                grants.decide(path, Access::Write).is_ok(),
                write,
                "{entries:?} write {path}"
            );
        }
    }

    #[test]
    fn of_equal_entries_the_stricter_decides() {
        for entries in [[("/a", true), ("/a", false)], [("/a", false), ("/a", true)]] {
            assert!(grants(&entries).decide("/a/x", Access::Write).is_err());
        }
    }

    #[test]
    fn the_anchor_is_the_longest_root() {
        let grants = grants(&[("/a", true), ("/a/b/*", true), ("/", false)]);
        for (path, root) in [("/a/b/c", "/a/b"), ("/a/x", "/a"), ("/ab", "/"), ("/", "/")] {
            assert_eq!(grants.anchor(path).unwrap().root, root, "{path}");
        }
        assert!(grants.is_root("/a") && !grants.is_root("/a/b"));
    }

    #[test]
    fn a_denial_names_the_line_to_add() {
        let granted = grants(&[("/data", false)]);
        let denial = granted.decide("/data/x.txt", Access::Write).unwrap_err();
        assert_eq!(denial.rule, r#"permissions.fs.dirs: ["/data:rw"]"#);
        assert!(denial.reason.contains("m.yaml:0"), "{denial}");
        let closed = FilesystemGrants::default();
        let denial = closed
            .decide("/etc/pass\u{1b}wd", Access::Read)
            .unwrap_err();
        assert!(
            denial.rule.contains("permissions.fs.enabled: true"),
            "{denial}"
        );
        assert!(!denial.to_string().contains('\u{1b}'), "{denial:?}");
    }
}
