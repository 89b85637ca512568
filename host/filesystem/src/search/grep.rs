//! `grep`: one thread walks and selects files by their names, a few others search them.

use std::sync::Mutex;
use std::sync::mpsc::sync_channel;

use globset::GlobSet;
use ignore::types::Types;
use luminarys_grants::Access;
use rustix::fs::OFlags;

use super::file_types;
use super::patterns::{Ignored, bound, globs};
use super::scan::{Job, Search};
use crate::error::FsError;
use crate::filesystem::{Cancelled, Filesystem};
use crate::model::{FileKind, FileMatch, GrepOptions};
use crate::place::Place;
use crate::read::open_regular;
use crate::sys;
use crate::walk::{Found, Purpose, walk};

/// Threads that search.
const MAX_THREADS: usize = 4;
/// Files that a thread takes at once: handing over one takes longer than searching a small file.
const BATCH: usize = 64;
/// Batches that wait for a thread.
const QUEUE: usize = 8;

/// Which names are searched.
struct Selection {
    include: GlobSet,
    exclude: GlobSet,
    types: Option<Types>,
    ignored: Ignored,
    depth: usize,
}

impl Filesystem {
    /// Finds the matching lines of every file beneath `path`, or of that one file; `None` searches every granted
    /// directory. Files are in the order of their paths.
    ///
    /// # Errors
    /// [`FsError::Invalid`] for a broken expression, glob or type, [`FsError::TooLarge`] beyond 100,000 matching
    /// lines or the output limit; otherwise as [`Filesystem::read`].
    pub fn grep(
        &self,
        pattern: &str,
        path: Option<&str>,
        options: &GrepOptions,
        cancelled: Cancelled<'_>,
    ) -> Result<Vec<FileMatch>, FsError> {
        let search = Search::new(self, pattern, options, cancelled)?;
        let selection = Selection {
            include: globs(&options.include)?,
            exclude: globs(&options.exclude)?,
            types: file_types::selected(options.type_filter.as_deref())?,
            ignored: Ignored::new(options.ignore_dirs.as_deref()),
            depth: bound(options.max_depth),
        };
        let roots = self.search_roots(path, cancelled)?;
        if let [root] = roots.as_slice()
            && let Place::Entry { stat, .. } = &root.place
            && sys::kind(stat) != FileKind::Directory
        {
            // A file that is asked for is searched, even if the options leave out its name.
            let file = open_regular(root, OFlags::RDONLY)?;
            search
                .file(file, &root.path, &mut search.searcher())
                .map_err(|error| FsError::system(&root.path, error))?;
            return search.finish();
        }
        let threads = std::thread::available_parallelism().map_or(1, |count| count.get());
        let (sender, receiver) = sync_channel(QUEUE);
        let receiver = Mutex::new(receiver);
        let walked = std::thread::scope(|scope| {
            for _ in 0..threads.min(MAX_THREADS) {
                scope.spawn(|| search.work(&receiver));
            }
            // Dropped when the walk ends, which ends the threads.
            let sender = sender;
            let mut batch = Vec::with_capacity(BATCH);
            for root in &roots {
                let mut visit = |found: &Found<'_>| {
                    let own_walk =
                        path.is_none() && roots.iter().any(|root| root.path == found.path);
                    let Some(job) = self.select(found, &selection)? else {
                        return Ok(false);
                    };
                    if found.kind == FileKind::Directory {
                        return Ok(!own_walk);
                    }
                    batch.push(job);
                    if batch.len() < BATCH {
                        return Ok(false);
                    }
                    let full = std::mem::replace(&mut batch, Vec::with_capacity(BATCH));
                    if search.has_stopped() || sender.send(full).is_err() {
                        return Err(FsError::given_up());
                    }
                    Ok(false)
                };
                let directory = root.directory()?;
                walk(
                    &directory,
                    &root.path,
                    &root.guard,
                    Purpose::SEARCH,
                    cancelled,
                    &mut visit,
                )?;
            }
            // Nobody receives it only if the search has failed.
            let _ = sender.send(batch);
            Ok(())
        });
        let found = search.finish()?;
        walked.map(|()| found)
    }

    /// Selects a directory to enter or a file to search.
    fn select(&self, found: &Found<'_>, selection: &Selection) -> Result<Option<Job>, FsError> {
        let Some(name) = found.name.to_str() else {
            return Ok(None);
        };
        let excluded =
            selection.exclude.is_match(name) || selection.exclude.is_match(found.relative);
        let allowed = self.grants.filesystem.allows(found.path, Access::Read);
        if found.leaving || excluded || !allowed {
            return Ok(None);
        }
        let chosen = match found.kind {
            FileKind::Directory => {
                found.depth < selection.depth && !selection.ignored.contains(name)
            }
            FileKind::File => {
                let typed = |types: &Types| types.matched(name, false).is_whitelist();
                (selection.include.is_empty()
                    || selection.include.is_match(name)
                    || selection.include.is_match(found.relative))
                    && selection.types.as_ref().is_none_or(typed)
            }
            FileKind::Symlink | FileKind::Other => false,
        };
        Ok(chosen.then(|| Job {
            parent: found.parent.clone(),
            name: found.name.to_owned(),
            path: found.path.to_owned(),
        }))
    }
}
