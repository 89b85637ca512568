//! `grep`: ripgrep's searcher over files that are opened from handles. One thread walks, a few search.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Mutex, PoisonError};

use globset::GlobSet;
use grep_matcher::{LineTerminator, Matcher as _};
use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use grep_searcher::{BinaryDetection, Searcher, SearcherBuilder, Sink, SinkFinish, SinkMatch};
use ignore::types::Types;
use luminarys_grants::Access;
use rustix::fs::OFlags;

use super::error::FsError;
use super::glob::globs;
use super::guard::Guard;
use super::model::{FileKind, FileMatch, GrepOptions, LineMatch, Range};
use super::place::Place;
use super::read::{must_be_regular, open_regular};
use super::sys::{self, Handle};
use super::walk::{Found, Ignored, Purpose, bound, walk};
use super::{Cancelled, Filesystem};

/// Matching lines that one call returns, at most.
const MAX_LINES: u64 = 100_000;
/// Bytes of one line that are returned and searched for ranges.
const MAX_LINE: usize = 64 << 10;
/// Bytes of one line that are searched; a file with a longer one is no text.
const MAX_HEAP: usize = 16 << 20;
/// Bytes that a compiled expression takes, at most.
const MAX_EXPRESSION: usize = 10 << 20;
/// Threads that search.
const MAX_THREADS: usize = 4;
/// Files that a thread takes at once: handing over each by itself takes longer than searching a small one.
const BATCH: usize = 64;
/// Batches that wait for a thread.
const QUEUE: usize = 8;
/// What one line and one file cost beside their text, and one range, in bytes.
const LINE_COST: u64 = 48;
const RANGE_COST: u64 = 8;

/// A file to be searched.
struct Job {
    parent: Handle,
    name: OsString,
    path: String,
}

/// Which names are searched.
struct Selection {
    include: GlobSet,
    exclude: GlobSet,
    types: Option<Types>,
    ignored: Ignored,
    depth: usize,
}

impl Filesystem {
    /// The matching lines of every file beneath `path`, or of that one file; `None` searches every granted
    /// directory. Files come in the order of their paths.
    ///
    /// # Errors
    /// [`FsError::Invalid`] for a broken expression, glob or type, [`FsError::TooLarge`] beyond 100,000 matching
    /// lines or the output limit, or as any function here.
    pub fn grep(
        &self,
        pattern: &str,
        path: Option<&str>,
        options: &GrepOptions,
        cancelled: Cancelled<'_>,
    ) -> Result<Vec<FileMatch>, FsError> {
        let matcher = compile(pattern, options)?;
        let selection = Selection {
            include: globs(&options.include)?,
            exclude: globs(&options.exclude)?,
            types: super::file_types::selected(options.type_filter.as_deref())?,
            ignored: Ignored::new(options.ignore_dirs.as_deref()),
            depth: bound(options.max_depth),
        };
        let search = Search {
            files: self,
            matcher,
            options,
            cancelled,
            lines: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            stop: AtomicBool::new(false),
            failure: Mutex::new(None),
            guard: Guard::new(&self.grants.filesystem),
            results: Mutex::new(Vec::new()),
        };
        let roots = self.search_roots(path, cancelled)?;
        if let [root] = roots.as_slice()
            && let Place::Entry { stat, .. } = &root.place
            && sys::kind(stat) != FileKind::Directory
        {
            // A file that is named is searched whatever its name.
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
                    if search.stop.load(Ordering::Relaxed) || sender.send(full).is_err() {
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
            // Nobody receives only where the search has failed.
            let _ = sender.send(batch);
            Ok(())
        });
        let found = search.finish()?;
        walked.map(|()| found)
    }

    /// What is to be done about a name: enter the directory, search the file, or nothing.
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

fn compile(pattern: &str, options: &GrepOptions) -> Result<RegexMatcher, FsError> {
    let mut builder = RegexMatcherBuilder::new();
    builder
        .fixed_strings(options.fixed)
        .case_insensitive(options.case_insensitive)
        .multi_line(true)
        .crlf(true)
        .size_limit(MAX_EXPRESSION)
        .dfa_size_limit(MAX_EXPRESSION);
    builder.build(pattern).map_err(|error| {
        let reason = format!("is not an expression to search for: {error}");
        FsError::invalid(&format!("{pattern:?}"), &reason)
    })
}

/// A search as its threads share it.
struct Search<'a> {
    files: &'a Filesystem,
    matcher: RegexMatcher,
    options: &'a GrepOptions,
    cancelled: Cancelled<'a>,
    lines: AtomicU64,
    bytes: AtomicU64,
    stop: AtomicBool,
    guard: Guard,
    failure: Mutex<Option<FsError>>,
    results: Mutex<Vec<FileMatch>>,
}

impl Search<'_> {
    /// Searches what the walk sends until it ends. Goes on receiving after a failure, as the walk may be waiting.
    fn work(&self, jobs: &Mutex<Receiver<Vec<Job>>>) {
        let mut searcher = self.searcher();
        loop {
            let batch = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(batch) = batch else { return };
            for job in batch {
                if self.stop.load(Ordering::Relaxed) {
                    break;
                }
                self.one(&job, &mut searcher);
            }
        }
    }

    /// A file that cannot be opened, or read to its end, is passed over as a binary one is.
    fn one(&self, job: &Job, searcher: &mut Searcher) {
        let file = sys::open_file(&job.parent, &job.name, OFlags::RDONLY, 0);
        if let Ok(file) = file
            && let Ok(stat) = rustix::fs::fstat(&file)
            && must_be_regular(&job.path, &stat).is_ok()
            && self.guard.admit(&job.path, &stat, Access::Read).is_ok()
        {
            let _ = self.file(file, &job.path, searcher);
        }
    }

    fn searcher(&self) -> Searcher {
        SearcherBuilder::new()
            .binary_detection(BinaryDetection::quit(0))
            .line_terminator(LineTerminator::crlf())
            .line_number(true)
            .heap_limit(Some(MAX_HEAP))
            .build()
    }

    fn file(&self, file: File, path: &str, searcher: &mut Searcher) -> io::Result<()> {
        let mut collector = Collector {
            search: self,
            matches: Vec::new(),
            found: false,
            binary: false,
            cost: path.len() as u64 + LINE_COST,
        };
        let reader = Watched { file, search: self };
        searcher.search_reader(&self.matcher, reader, &mut collector)?;
        if collector.binary {
            let lines = collector.matches.len() as u64;
            self.lines.fetch_sub(lines, Ordering::Relaxed);
            return Ok(());
        }
        if collector.found && self.spend(collector.cost, 0) {
            let matches = collector.matches;
            let result = FileMatch {
                path: path.to_owned(),
                matches,
            };
            let results = self.results.lock();
            results.unwrap_or_else(PoisonError::into_inner).push(result);
        }
        Ok(())
    }

    /// Counts what is found; `false` when a limit is reached, and then the search fails.
    fn spend(&self, bytes: u64, lines: u64) -> bool {
        let all_bytes = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let all_lines = self.lines.fetch_add(lines, Ordering::Relaxed) + lines;
        let error = if all_lines > MAX_LINES {
            FsError::TooLarge(format!(
                "more than {MAX_LINES} lines match; narrow the expression or the path, or set max-count"
            ))
        } else if let Err(error) = self.files.charge(all_bytes, "what matches") {
            error
        } else {
            return true;
        };
        self.stop.store(true, Ordering::Relaxed);
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        false
    }

    fn finish(self) -> Result<Vec<FileMatch>, FsError> {
        if let Some(error) = self
            .failure
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
        {
            return Err(error);
        }
        if (self.cancelled)() {
            return Err(FsError::given_up());
        }
        let mut results = self
            .results
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        results.sort_by(|a, b| a.path.cmp(&b.path));
        results.dedup_by(|a, b| a.path == b.path);
        Ok(results)
    }
}

/// A file whose reading ends when the search does.
struct Watched<'a> {
    file: File,
    search: &'a Search<'a>,
}

impl Read for Watched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.search.stop.load(Ordering::Relaxed) || (self.search.cancelled)() {
            return Err(io::Error::other("the search was given up"));
        }
        self.file.read(buffer)
    }
}

/// What one file has.
struct Collector<'a> {
    search: &'a Search<'a>,
    matches: Vec<LineMatch>,
    found: bool,
    binary: bool,
    /// Bytes not yet counted.
    cost: u64,
}

impl Sink for Collector<'_> {
    type Error = io::Error;

    fn matched(&mut self, _: &Searcher, found: &SinkMatch<'_>) -> io::Result<bool> {
        self.found = true;
        let options = self.search.options;
        if options.filename_only {
            return Ok(false);
        }
        let line = without_end(found.bytes());
        let ranges = self.ranges(line)?;
        let line = options.with_lines.then(|| shortened(line));
        let text = line.as_ref().map_or(0, String::len) as u64;
        let cost = text + LINE_COST + ranges.len() as u64 * RANGE_COST;
        self.matches.push(LineMatch {
            line_number: found.line_number().unwrap_or(0),
            line,
            ranges,
        });
        let most = usize::try_from(options.max_count).unwrap_or(usize::MAX);
        Ok(self.search.spend(cost, 1) && self.matches.len() != most)
    }

    fn finish(&mut self, _: &Searcher, end: &SinkFinish) -> io::Result<()> {
        self.binary = end.binary_byte_offset().is_some();
        Ok(())
    }
}

impl Collector<'_> {
    /// Every match in a line that begins in the part returned, and the first wherever it is.
    fn ranges(&self, line: &[u8]) -> io::Result<Vec<Range>> {
        let mut ranges = Vec::new();
        let place = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        self.search
            .matcher
            .find_iter(line, |found| {
                if found.start() >= MAX_LINE && !ranges.is_empty() {
                    return false;
                }
                ranges.push(Range {
                    start: place(found.start()),
                    end: place(found.end()),
                });
                true
            })
            .map_err(io::Error::other)?;
        Ok(ranges)
    }
}

fn without_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// A line as text, cut between two characters.
fn shortened(line: &[u8]) -> String {
    let part = &line[..line.len().min(MAX_LINE)];
    let mut text = String::from_utf8_lossy(part).into_owned();
    // Replacing makes the text longer, and a character cut in two is replaced too.
    if part.len() < line.len() && text.ends_with('\u{fffd}') {
        text.pop();
    }
    let mut end = text.len().min(MAX_LINE);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text
}
