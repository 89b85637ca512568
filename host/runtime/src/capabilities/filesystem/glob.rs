//! `glob` and `allowed-dirs`.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use luminarys_grants::pattern::expand_braces;
use luminarys_grants::{Access, DirectoryGrant};

use super::error::FsError;
use super::guard::Guard;
use super::model::{AllowedDir, FileKind, GlobMatch, GlobOptions};
use super::place::{LastLink, Resolved};
use super::walk::{Found, Ignored, Purpose, bound, walk};
use super::{Cancelled, Filesystem};

/// Names that one call returns, at most.
const MAX_NAMES: usize = 100_000;
/// Patterns that one call takes, at most.
const MAX_PATTERNS: usize = 1000;
/// The longest pattern, in bytes.
const MAX_PATTERN: usize = 4096;
/// What one name costs beside its text, in bytes.
const NAME_COST: u64 = 32;

impl Filesystem {
    /// The names beneath `path` that match one of `patterns`, in order; `None` searches every granted directory and
    /// returns absolute paths.
    ///
    /// # Errors
    /// [`FsError::Invalid`] for a broken pattern or a path that is no directory, [`FsError::TooLarge`] beyond
    /// 100,000 names or the output limit, or as any function here.
    pub fn glob(
        &self,
        patterns: &[String],
        path: Option<&str>,
        options: &GlobOptions,
        cancelled: Cancelled<'_>,
    ) -> Result<Vec<GlobMatch>, FsError> {
        let set = globs(patterns)?;
        let dotted = dotted(patterns)?;
        let ignored = Ignored::new(options.ignore_dirs.as_deref());
        let depth = bound(options.max_depth).min(levels(patterns));
        let mut matches: Vec<GlobMatch> = Vec::new();
        let mut cost = 0;
        let roots = self.search_roots(path, cancelled)?;
        for root in &roots {
            let guard = &root.guard;
            let mut visit = |found: &Found<'_>| {
                let Some(name) = found.name.to_str() else {
                    return Ok(false);
                };
                let hidden = name.starts_with('.') && !options.hidden && !dotted.is_match(name);
                let allowed = self.grants.filesystem.allows(found.path, Access::Read);
                if found.leaving || hidden || !allowed {
                    return Ok(false);
                }
                let is_dir = found.kind == FileKind::Directory;
                let wanted = !(options.only_files && is_dir || options.only_dirs && !is_dir);
                let told = if path.is_some() {
                    found.relative
                } else {
                    found.path
                };
                if wanted && (set.is_match(found.relative) || set.is_match(told)) {
                    cost += told.len() as u64 + NAME_COST;
                    self.charge(cost, "the list of names")?;
                    if matches.len() == MAX_NAMES {
                        return Err(FsError::TooLarge(format!(
                            "more than {MAX_NAMES} names match; narrow the patterns or the path"
                        )));
                    }
                    matches.push(GlobMatch {
                        path: told.to_owned(),
                        is_dir,
                    });
                }
                let own_walk = path.is_none() && roots.iter().any(|root| root.path == found.path);
                Ok(is_dir && found.depth < depth && !own_walk && !ignored.contains(name))
            };
            let directory = root.directory()?;
            walk(
                &directory,
                &root.path,
                guard,
                Purpose::SEARCH,
                cancelled,
                &mut visit,
            )?;
        }
        matches.sort_by(|a, b| a.path.cmp(&b.path));
        matches.dedup();
        Ok(matches)
    }

    /// Where a search begins: the path given, or every granted directory.
    pub(super) fn search_roots(
        &self,
        path: Option<&str>,
        cancelled: Cancelled<'_>,
    ) -> Result<Vec<Resolved>, FsError> {
        if let Some(path) = path {
            return Ok(vec![self.resolve(path, LastLink::Follow, Access::Read)?]);
        }
        let granted = &self.grants.filesystem;
        if granted.entries().is_empty() {
            return Err(granted.denial("/", Access::Read).into());
        }
        let mut paths: Vec<String> = self
            .allowed_dirs(cancelled)
            .into_iter()
            .map(|directory| directory.path)
            .collect();
        paths.sort();
        paths.dedup();
        // One that has gone since it was listed is not searched.
        let resolve = |path: &String| self.resolve(path, LastLink::Keep, Access::Read).ok();
        let roots = paths.iter().filter_map(resolve);
        Ok(roots.filter(|root| root.directory().is_ok()).collect())
    }

    /// The granted directories in the manifest's order, a wildcard entry as the directories it matches now.
    pub fn allowed_dirs(&self, cancelled: Cancelled<'_>) -> Vec<AllowedDir> {
        let mut directories = Vec::new();
        for entry in self.grants.filesystem.entries() {
            let allowed = |path: &str| AllowedDir {
                path: path.to_owned(),
                writable: entry.writable,
            };
            if !entry.wildcard {
                directories.push(allowed(&entry.root));
                continue;
            }
            let depth = pattern_depth(entry);
            let mut visit = |found: &Found<'_>| {
                if found.leaving
                    || found.kind != FileKind::Directory
                    || directories.len() >= MAX_NAMES
                {
                    return Ok(false);
                }
                let deciding = self.grants.filesystem.covering(found.path, Access::Read);
                if found.name.to_str().is_some()
                    && deciding.is_some_and(|deciding| deciding.rule == entry.rule)
                {
                    directories.push(allowed(found.path));
                    return Ok(false);
                }
                Ok(found.depth < depth)
            };
            // A list has no way to fail; what was found up to trouble is what there is.
            let _ = walk(
                &entry.dir,
                &entry.root,
                &Guard::new(&self.grants.filesystem),
                Purpose::SEARCH,
                cancelled,
                &mut visit,
            );
        }
        directories
    }
}

/// How deep beneath its root a wildcard entry can match a directory that its parent does not.
fn pattern_depth(entry: &DirectoryGrant) -> usize {
    let inside = entry
        .pattern
        .strip_prefix(&entry.root)
        .unwrap_or(&entry.pattern);
    levels(&[inside.trim_start_matches('/').to_owned()])
}

/// How many levels deep `patterns` can match.
fn levels(patterns: &[String]) -> usize {
    if patterns.iter().any(|pattern| pattern.contains("**")) {
        return usize::MAX;
    }
    let slashes = |pattern: &String| pattern.matches('/').count();
    patterns.iter().map(slashes).max().unwrap_or(0) + 1
}

/// Compiles the names of the patterns that begin with a dot: as in a shell they find such names, which others do not.
fn dotted(patterns: &[String]) -> Result<GlobSet, FsError> {
    let mut names = Vec::new();
    for pattern in patterns {
        // What is more than a few alternatives is taken as it is written.
        let all = expand_braces(pattern, 100).unwrap_or_else(|_| vec![pattern.clone()]);
        let all = all.iter().flat_map(|one| one.split('/'));
        let with_dot = all.filter(|name| name.starts_with('.') && !matches!(*name, "." | ".."));
        names.extend(with_dot.map(str::to_owned));
    }
    names.sort();
    names.dedup();
    names.truncate(MAX_PATTERNS);
    globs(&names)
}

/// Compiles patterns in which `*` and `?` stop at `/`.
pub(super) fn globs(patterns: &[String]) -> Result<GlobSet, FsError> {
    if patterns.len() > MAX_PATTERNS {
        return Err(FsError::Invalid(format!(
            "{} patterns are given, at most {MAX_PATTERNS} are taken",
            patterns.len()
        )));
    }
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let failed = |reason: &dyn std::fmt::Display| {
            let reason = format!("is not a pattern: {reason}");
            FsError::invalid(&format!("{pattern:?}"), &reason)
        };
        if pattern.len() > MAX_PATTERN {
            return Err(failed(&"it is longer than 4096 bytes"));
        }
        let text = pattern.strip_prefix("./").unwrap_or(pattern);
        let glob = GlobBuilder::new(text).literal_separator(true).build();
        set.add(glob.map_err(|error| failed(error.kind()))?);
    }
    set.build()
        .map_err(|error| FsError::Invalid(format!("the patterns are too large: {error}")))
}
