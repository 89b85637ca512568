//! All places at one time, by what the kernel knows them by: links, hard links and bind mounts lead to the same inode.

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

/// Entries of protected directories that are looked at, at most: beyond, hard links to them made by others are not known.
const MAX_ENTRIES: usize = 100_000;

/// Why a place is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What gives authority here, as in "it is …".
    pub what: String,
    /// Where that is.
    pub path: PathBuf,
    /// How far it is closed.
    pub protection: Protection,
    /// Whether it is a directory, where there is one.
    pub directory: bool,
    /// Whether it gives no authority by being made.
    pub only_secret: bool,
}

#[derive(Clone, Debug)]
enum Name {
    Exactly(OsString),
    Matching(GlobMatcher),
}

/// A name in a directory that has to stay what it is, or stay absent.
#[derive(Clone, Debug)]
struct Kept {
    name: Name,
    rule: Arc<Rule>,
    /// Whether the name only leads to the place.
    leads: bool,
}

/// A place as it was found.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub rule: Arc<Rule>,
    /// Its path without links.
    pub path: PathBuf,
    pub exists: bool,
    /// The place is not the directory itself but the names in it that match.
    pub names: Option<String>,
}

/// The places that give authority, as they were found on the disk.
#[derive(Debug, Default)]
pub struct Places {
    /// The places themselves, the directories in them, and what in them has other names as well.
    objects: HashMap<FileId, Arc<Rule>>,
    /// Names by the directory that holds them.
    names: HashMap<FileId, Vec<Kept>>,
    /// The directories on the way.
    above: HashMap<FileId, Arc<Rule>>,
    found: Vec<Found>,
}

impl Places {
    /// Looks for every place. Blocking.
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

    /// Whether there is no place.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Why the file or directory itself is closed, whatever it is called.
    pub fn object(&self, id: FileId) -> Option<&Arc<Rule>> {
        self.objects.get(&id)
    }

    /// Why what is called `name` in `directory` is closed, whatever it is.
    pub fn named(&self, directory: FileId, name: &OsStr) -> Option<&Arc<Rule>> {
        let kept = self.kept(directory, name).filter(|kept| !kept.leads);
        strictest(kept.map(|kept| &kept.rule))
    }

    /// Why nothing else may get the name `name` in `directory`: a place has it, or the way to one leads over it.
    pub fn reserved(&self, directory: FileId, name: &OsStr) -> Option<&Arc<Rule>> {
        strictest(self.kept(directory, name).map(|kept| &kept.rule))
    }

    /// Why the directory stays what it is and where it is: a place lies beneath it.
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

    /// Adds every name that the pattern can match: level by level, in the directories that are there.
    fn add_pattern(&mut self, place: &AuthorityPlace, pattern: &str, left: &mut usize) {
        let directory = trace(&place.path);
        let rule = Arc::new(rule(place, directory.path.clone()));
        for step in directory.steps {
            self.keep_step(step, &rule, true);
        }
        let levels = levels(pattern);
        let (Some(id), Some(levels)) = (directory.object, levels) else {
            // One that may match at any depth closes the whole directory.
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
        // A link is no place, but must go on leading where it does.
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

    /// Closes what in a directory can be reached otherwise: a directory by a bind mount, a file by a hard link.
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

/// The names in a directory, of which `left` are still looked at.
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

/// What names must match, level by level; none for a pattern that is not made of levels.
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
