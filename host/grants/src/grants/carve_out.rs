//! The protected places inside a skill's granted directories.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Grants;
use crate::capabilities::{DirectoryGrant, FilesystemGrants};
use crate::protected::{Places, Protection, Rule};

/// A protected place inside a granted directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarveOut {
    /// The granted directory.
    pub granted: PathBuf,
    /// Its path as the skill sees it: beneath the granted directory, or that directory itself.
    pub path: PathBuf,
    /// The degree of protection.
    pub protection: Protection,
    /// The rule that protects it, with the real path.
    pub place: Arc<Rule>,
    /// The manifest's line that grants the directory.
    pub granted_by: String,
    /// Whether it exists. A missing one must not be created.
    pub exists: bool,
    /// If set, `path` is a directory in which only the names that match this glob are closed: none may be created,
    /// removed or changed. A confinement that cannot match names closes the whole directory.
    pub names: Option<String>,
    /// Whether the granted directory itself lies in the protected place, so that nothing in it is accessible.
    pub whole: bool,
}

impl CarveOut {
    /// Returns the directories from the granted one down to `path`: none may be moved or removed, or `path` could be
    /// replaced.
    pub fn above(&self) -> Vec<&Path> {
        let above = self.path.ancestors().skip(1);
        let mut above: Vec<&Path> = above.take_while(|path| *path != self.granted).collect();
        above.reverse();
        match self.path.starts_with(&self.granted) && self.path != self.granted {
            true => above,
            false => Vec::new(),
        }
    }
}

impl Grants {
    /// Returns the protected places in or above a directory granted to the skill or to its commands, each once.
    pub fn carve_outs(&self) -> Vec<CarveOut> {
        let places = self.filesystem.places();
        let mut carve_outs = Vec::new();
        for granted in [&self.filesystem, &self.shell.directories] {
            carve_outs.extend(of(granted, &places));
        }
        carve_outs.sort_by(|a, b| a.path.cmp(&b.path).then_with(|| a.names.cmp(&b.names)));
        carve_outs.dedup_by(|a, b| (&a.path, &a.names) == (&b.path, &b.names));
        // A place inside a hidden one needs no carve-out of its own.
        let hidden = carve_outs.iter().filter(|one| {
            one.protection == Protection::Hidden && one.names.is_none() && one.exists
        });
        let hidden: Vec<PathBuf> = hidden.map(|one| one.path.clone()).collect();
        carve_outs.retain(|one| {
            let is_hidden = one.protection == Protection::Hidden && one.names.is_none();
            let mut hidden = hidden.iter().filter(|path| one.path.starts_with(path));
            one.whole || !hidden.any(|path| !is_hidden || *path != one.path)
        });
        carve_outs
    }
}

fn of(granted: &FilesystemGrants, places: &Places) -> Vec<CarveOut> {
    let mut carve_outs = Vec::new();
    for entry in granted.entries() {
        let real = real_path(entry);
        for found in places.found() {
            let (path, whole) = match found.path.strip_prefix(&real) {
                Ok(inside) if inside.as_os_str().is_empty() => {
                    (PathBuf::from(&entry.root), found.names.is_none())
                }
                Ok(inside) => (Path::new(&entry.root).join(inside), false),
                Err(_) if found.names.is_none() && real.starts_with(&found.path) => {
                    (PathBuf::from(&entry.root), true)
                }
                Err(_) => continue,
            };
            if entry.wildcard && !path.to_str().is_some_and(|path| entry.covers(path)) {
                continue;
            }
            carve_outs.push(CarveOut {
                granted: PathBuf::from(&entry.root),
                path,
                protection: found.rule.protection,
                place: found.rule.clone(),
                granted_by: entry.rule.clone(),
                exists: found.exists,
                names: found.names.clone(),
                whole,
            });
        }
    }
    carve_outs
}

/// Returns the real path of a granted directory.
fn real_path(entry: &DirectoryGrant) -> PathBuf {
    std::fs::canonicalize(&entry.root).unwrap_or_else(|_| PathBuf::from(&entry.root))
}
