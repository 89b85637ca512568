//! A snapshot of all places by device and inode: links, hard links and bind mounts lead to the same inode.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use globset::{GlobBuilder, GlobMatcher};

use super::file_id::FileId;
use super::place::{AuthorityPlace, Protection};
use super::trace::{Step, trace};

/// The maximum number of scanned entries of protected directories. Hard links to further entries are not detected.
const MAX_ENTRIES: usize = 100_000;

/// The reason that a place is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// A description of the place, as in "it is …".
    pub what: String,
    /// Its path.
    pub path: PathBuf,
    /// The degree of protection.
    pub protection: Protection,
    /// Whether it is a directory, if it exists.
    pub directory: bool,
    /// Whether it is only secret: creating it gives no authority.
    pub only_secret: bool,
}

#[derive(Clone, Debug)]
enum Name {
    Exactly(OsString),
    Matching(GlobMatcher),
}

/// A name in a directory that must stay unchanged or absent.
#[derive(Clone, Debug)]
struct Kept {
    name: Name,
    rule: Arc<Rule>,
    /// Whether the name is on the path to the place rather than the place itself.
    leads: bool,
}

/// A place as found on the disk.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub rule: Arc<Rule>,
    /// Its real path.
    pub path: PathBuf,
    pub exists: bool,
    /// If set, the place is not the directory itself but the names in it that match.
    pub names: Option<String>,
}

/// The places that give authority, as found on the disk.
#[derive(Debug, Default)]
pub struct Places {
    /// The places themselves, the directories in them, and the files in them that have other hard links.
    objects: HashMap<FileId, Arc<Rule>>,
    /// Names by the directory that holds them.
    names: HashMap<FileId, Vec<Kept>>,
    /// The ancestors of the places.
    above: HashMap<FileId, Arc<Rule>>,
    found: Vec<Found>,
}

impl Places {
    /// Finds every place on the disk. Blocking.
    pub fn find(places: &[AuthorityPlace]) -> Self {
        let mut all = Self::default();
        let mut left = MAX_ENTRIES;
        for place in places {
            match &place.pattern {
                None => all.add(place, &mut left),
                Some(pattern) => all.add_pattern(place, pattern, &mut left),
            }
        }
        all
    }

    /// Returns whether there are no places.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Returns the rule that closes the file or directory itself, under any name.
    pub fn object(&self, id: FileId) -> Option<&Arc<Rule>> {
        self.objects.get(&id)
    }

    /// Returns the rule that closes `name` in `directory`, for any kind of file.
    pub fn named(&self, directory: FileId, name: &OsStr) -> Option<&Arc<Rule>> {
        let kept = self.kept(directory, name).filter(|kept| !kept.leads);
        strictest(kept.map(|kept| &kept.rule))
    }

    /// Returns the rule that reserves `name` in `directory`: it is a place or on the path to one.
    pub fn reserved(&self, directory: FileId, name: &OsStr) -> Option<&Arc<Rule>> {
        strictest(self.kept(directory, name).map(|kept| &kept.rule))
    }

    /// Returns the rule that keeps the directory from being moved or replaced: a place lies beneath it.
    pub fn holds(&self, directory: FileId) -> Option<&Arc<Rule>> {
        self.above.get(&directory)
    }

    pub(crate) fn found(&self) -> &[Found] {
        &self.found
    }

    fn kept(&self, directory: FileId, name: &OsStr) -> impl Iterator<Item = &Kept> {
        let kept = self.names.get(&directory).into_iter().flatten();
        kept.filter(move |kept| match &kept.name {
            Name::Exactly(exact) => exact == name,
            Name::Matching(matcher) => matcher.is_match(Path::new(name)),
        })
    }

    fn add(&mut self, place: &AuthorityPlace, left: &mut usize) {
        let way = trace(&place.path);
        let rule = Arc::new(rule(place, way.path.clone()));
        let last = way.steps.len().saturating_sub(1);
        for (position, step) in way.steps.into_iter().enumerate() {
            self.keep_step(step, &rule, position < last || way.is_cut);
        }
        if let Some(object) = way.object {
            self.close(object, &rule);
            if way.is_directory {
                self.close_inside(&way.path, &rule, left);
            }
        }
        self.found.push(Found {
            path: way.path,
            exists: way.object.is_some(),
            rule,
            names: None,
        });
    }

    /// Adds every name that the pattern can match, level by level, in the existing directories.
    fn add_pattern(&mut self, place: &AuthorityPlace, pattern: &str, left: &mut usize) {
        let directory = trace(&place.path);
        let rule = Arc::new(rule(place, directory.path.clone()));
        for step in directory.steps {
            self.keep_step(step, &rule, true);
        }
        let levels = levels(pattern);
        let (Some(id), Some(levels)) = (directory.object, levels) else {
            // A pattern that may match at any depth closes the whole directory.
            if let Some(id) = directory.object {
                self.close(id, &rule);
                self.close_inside(&directory.path, &rule, left);
            }
            self.found.push(Found {
                path: directory.path,
                exists: directory.object.is_some(),
                rule,
                names: None,
            });
            return;
        };
        let mut reached = vec![(id, directory.path)];
        for (position, matcher) in levels.iter().enumerate() {
            let leads = position + 1 < levels.len();
            let mut next = Vec::new();
            for (id, path) in reached {
                self.keep(id, Name::Matching(matcher.clone()), &rule, leads);
                for (name, entry) in entries(&path, left).into_iter().filter(|_| leads) {
                    if let Ok(metadata) = fs::metadata(&entry)
                        && metadata.is_dir()
                        && matcher.is_match(Path::new(&name))
                    {
                        next.push((FileId::of(&metadata), entry));
                    }
                }
                self.found.push(Found {
                    path,
                    exists: true,
                    rule: rule.clone(),
                    names: Some(matcher.glob().to_string()),
                });
            }
            reached = next;
        }
    }

    fn keep_step(&mut self, step: Step, rule: &Arc<Rule>, leads: bool) {
        // A link is not a place, but must not be redirected.
        if step.is_link
            && let Some(name) = step.name.to_str()
        {
            self.found.push(Found {
                path: step.path,
                exists: true,
                rule: rule.clone(),
                names: Some(globset::escape(name)),
            });
        }
        self.keep(step.directory, Name::Exactly(step.name), rule, leads);
    }

    fn keep(&mut self, directory: FileId, name: Name, rule: &Arc<Rule>, leads: bool) {
        self.above.entry(directory).or_insert_with(|| rule.clone());
        self.names.entry(directory).or_default().push(Kept {
            name,
            rule: rule.clone(),
            leads,
        });
    }

    fn close(&mut self, object: FileId, rule: &Arc<Rule>) {
        let old = self.objects.entry(object).or_insert_with(|| rule.clone());
        if old.protection < rule.protection {
            *old = rule.clone();
        }
    }

    /// Closes the content of a directory that can be reached by another path: a directory by a bind mount, a file by a
    /// hard link.
    fn close_inside(&mut self, directory: &Path, rule: &Arc<Rule>, left: &mut usize) {
        let mut todo = vec![directory.to_owned()];
        while let Some(directory) = todo.pop() {
            for (_, entry) in entries(&directory, left) {
                match fs::symlink_metadata(&entry) {
                    Ok(metadata) if metadata.is_dir() => {
                        self.close(FileId::of(&metadata), rule);
                        todo.push(entry);
                    }
                    Ok(metadata) if metadata.nlink() > 1 => self.close(FileId::of(&metadata), rule),
                    _ => {}
                }
            }
        }
    }
}

fn rule(place: &AuthorityPlace, path: PathBuf) -> Rule {
    Rule {
        what: place.what.clone(),
        path,
        protection: place.protection,
        directory: place.directory,
        only_secret: place.only_secret,
    }
}

fn strictest<'a>(rules: impl Iterator<Item = &'a Arc<Rule>>) -> Option<&'a Arc<Rule>> {
    rules.max_by_key(|rule| rule.protection)
}

/// Returns the entries of a directory, at most `left`.
fn entries(directory: &Path, left: &mut usize) -> Vec<(OsString, PathBuf)> {
    let Ok(read) = fs::read_dir(directory) else {
        return Vec::new();
    };
    let entries = read.flatten().take(*left);
    let entries: Vec<_> = entries
        .map(|entry| (entry.file_name(), entry.path()))
        .collect();
    *left -= entries.len();
    entries
}

/// Returns the pattern's matchers, one per level, or `None` if the pattern cannot be split into levels.
fn levels(pattern: &str) -> Option<Vec<GlobMatcher>> {
    if pattern.contains("**") || braces_hold_a_slash(pattern) {
        return None;
    }
    let level = |level: &str| {
        let glob = GlobBuilder::new(level).literal_separator(true).build();
        glob.map(|glob| glob.compile_matcher()).ok()
    };
    pattern.split('/').map(level).collect()
}

fn braces_hold_a_slash(pattern: &str) -> bool {
    let mut depth = 0_u32;
    pattern.chars().any(|character| {
        match character {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == '/' && depth > 0
    })
}
