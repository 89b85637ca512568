//! `glob`: the names beneath a directory that match patterns.

use luminarys_grants::Access;

use super::patterns::{Ignored, bound, dotted, globs, levels};
use crate::error::FsError;
use crate::filesystem::{Cancelled, Filesystem};
use crate::model::{FileKind, GlobMatch, GlobOptions};
use crate::walk::{Found, Purpose, walk};

/// Names that one call returns, at most.
const MAX_NAMES: usize = 100_000;
/// What one name costs beside its text, in bytes.
const NAME_COST: u64 = 32;

impl Filesystem {
    /// Finds the names beneath `path` that match one of `patterns`, in order; `None` searches every granted directory
    /// and returns absolute paths.
    ///
    /// # Errors
    /// [`FsError::Invalid`] for a broken pattern or anything but a directory, [`FsError::TooLarge`] beyond 100,000
    /// names or the output limit; otherwise as [`Filesystem::read`].
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
}
