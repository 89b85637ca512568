//! Searching the content of files: ripgrep's searcher, on files that are opened from handles.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::Receiver;
use std::sync::{Mutex, PoisonError};

use grep_matcher::{LineTerminator, Matcher as _};
use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use grep_searcher::{BinaryDetection, Searcher, SearcherBuilder, Sink, SinkFinish, SinkMatch};
use luminarys_grants::Access;
use rustix::fs::OFlags;

use super::patterns::MAX_PATTERN;
use crate::error::FsError;
use crate::filesystem::{Cancelled, Filesystem};
use crate::guard::Guard;
use crate::model::{FileMatch, GrepOptions, LineMatch, Range};
use crate::read::must_be_regular;
use crate::sys::{self, Handle};

/// Matching lines that one call returns, at most.
const MAX_LINES: u64 = 100_000;
/// Bytes of one line that are returned and searched for ranges.
const MAX_LINE: usize = 64 << 10;
/// Bytes of one line that are searched; a file with a longer one is not text.
const MAX_HEAP: usize = 16 << 20;
/// Bytes that a compiled expression takes, at most.
const MAX_EXPRESSION: usize = 10 << 20;
/// What one line and one file cost beside their text, and one range, in bytes.
const LINE_COST: u64 = 48;
const RANGE_COST: u64 = 8;

/// A file to search.
pub(super) struct Job {
    pub parent: Handle,
    pub name: OsString,
    pub path: String,
}

/// A search as its threads share it.
pub(super) struct Search<'a> {
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

impl<'a> Search<'a> {
    /// Prepares the search for `pattern`.
    ///
    /// # Errors
    /// [`FsError::Invalid`] for a broken expression.
    pub(super) fn new(
        files: &'a Filesystem,
        pattern: &str,
        options: &'a GrepOptions,
        cancelled: Cancelled<'a>,
    ) -> Result<Self, FsError> {
        Ok(Self {
            files,
            matcher: compile(pattern, options)?,
            options,
            cancelled,
            lines: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            stop: AtomicBool::new(false),
            failure: Mutex::new(None),
            guard: Guard::new(&files.grants.filesystem),
            results: Mutex::new(Vec::new()),
        })
    }

    /// Returns whether a limit has ended the search.
    pub(super) fn has_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Searches what the walk sends until it ends. Receives even after a failure, as the walk may be waiting.
    pub(super) fn work(&self, jobs: &Mutex<Receiver<Vec<Job>>>) {
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

    /// Searches one file. One that cannot be opened, or read to its end, is passed over like a binary one.
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

    pub(super) fn searcher(&self) -> Searcher {
        SearcherBuilder::new()
            .binary_detection(BinaryDetection::quit(0))
            .line_terminator(LineTerminator::crlf())
            .line_number(true)
            .heap_limit(Some(MAX_HEAP))
            .build()
    }

    pub(super) fn file(&self, file: File, path: &str, searcher: &mut Searcher) -> io::Result<()> {
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

    /// Counts what is found; returns `false` when a limit is reached, which fails the search.
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

    pub(super) fn finish(self) -> Result<Vec<FileMatch>, FsError> {
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

/// A file that cannot be read any more once the search has ended.
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

/// The matches of one file.
struct Collector<'a> {
    search: &'a Search<'a>,
    matches: Vec<LineMatch>,
    found: bool,
    binary: bool,
    /// Bytes that are not yet counted.
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
    /// Finds the first match in a line, and every other that begins in the part that is returned.
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

/// Returns a line as text, cut between two characters.
fn shortened(line: &[u8]) -> String {
    let part = &line[..line.len().min(MAX_LINE)];
    let mut text = String::from_utf8_lossy(part).into_owned();
    // Replacement makes the text longer, and also replaces a character that was cut in two.
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

fn compile(pattern: &str, options: &GrepOptions) -> Result<RegexMatcher, FsError> {
    // Parsing takes a multiple of the length in time and memory before the compiled size is known.
    if pattern.len() > MAX_PATTERN {
        let length = pattern.len();
        let text = format!("an expression of {length} bytes; at most {MAX_PATTERN} are compiled");
        return Err(FsError::TooLarge(text));
    }
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
