//! Options of searches: patterns of names, directories to leave out, depths.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use luminarys_grants::pattern::expand_braces;

use crate::error::FsError;

/// Patterns that one call takes, at most.
const MAX_PATTERNS: usize = 1000;
/// The longest pattern, in bytes.
pub(super) const MAX_PATTERN: usize = 4096;

/// Compiles patterns in which `*` and `?` stop at `/`.
pub(super) fn globs(patterns: &[String]) -> Result<GlobSet, FsError> {
    if patterns.len() > MAX_PATTERNS {
        return Err(FsError::Invalid(format!(
            "{} patterns are given, at most {MAX_PATTERNS} are allowed",
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

/// Compiles the parts of the patterns that begin with a dot: as in a shell, only these match hidden names.
pub(super) fn dotted(patterns: &[String]) -> Result<GlobSet, FsError> {
    let mut names = Vec::new();
    for pattern in patterns {
        // Too many alternatives are not expanded.
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

/// Returns how many levels deep `patterns` can match.
pub(super) fn levels(patterns: &[String]) -> usize {
    if patterns.iter().any(|pattern| pattern.contains("**")) {
        return usize::MAX;
    }
    let slashes = |pattern: &String| pattern.matches('/').count();
    patterns.iter().map(slashes).max().unwrap_or(0) + 1
}

/// Names of directories that a search does not enter.
pub(super) struct Ignored(Vec<String>);

impl Ignored {
    /// Takes the given names, or else the usual ones.
    pub(super) fn new(names: Option<&[String]>) -> Self {
        let usual = [
            ".git",
            ".hg",
            ".svn",
            "node_modules",
            "__pycache__",
            ".venv",
            "target",
        ];
        Self(match names {
            Some(names) => names.to_vec(),
            None => usual.map(str::to_owned).to_vec(),
        })
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|ignored| ignored == name)
    }
}

/// Converts a depth from a skill, where 0 stands for no limit.
pub(super) fn bound(levels: u32) -> usize {
    match levels {
        0 => usize::MAX,
        levels => usize::try_from(levels).unwrap_or(usize::MAX),
    }
}
