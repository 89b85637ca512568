//! Looking at files and directories.

use std::fmt::Write as _;

use crate::luminarys::skill::filesystem::{self, Entry, FileKind, GlobOptions, ListOptions};
use crate::luminarys::skill::types::Error;
use crate::{Answer, report};

/// Levels that `tree` shows when it is not told.
const TREE_DEPTH: u32 = 3;

/// Lines `start` to `end`, both from 1; `end` 0 means the last.
pub fn lines(path: &str, start: u64, end: u64) -> Answer {
    if end != 0 && end < start {
        return Err(format!("end ({end}) is before start ({start})"));
    }
    let limit = if end == 0 { 0 } else { end - start + 1 };
    let slice = filesystem::read_lines(path, start - 1, limit).map_err(report::error)?;
    if slice.lines.is_empty() {
        return Ok(format!(
            "No lines from {start} on: {path} has {}",
            slice.total
        ));
    }
    let last = start + slice.lines.len() as u64 - 1;
    let more = if slice.truncated { " (truncated)" } else { "" };
    let mut text = format!(
        "Showing lines {start}-{last} of {} total{more}",
        slice.total
    );
    for (number, line) in (start..).zip(&slice.lines) {
        let _ = write!(text, "\n{number:5}: {line}");
    }
    Ok(text)
}

/// A directory's entries.
pub fn list(path: &str, detailed: bool) -> Answer {
    let entries = entries(path, detailed).map_err(report::error)?;
    if entries.is_empty() {
        return Ok(format!("(empty directory: {path})"));
    }
    let mut text = format!("{path}:");
    for entry in &entries {
        let _ = match entry.kind {
            FileKind::Directory => write!(text, "\n  {}/\t[dir]", entry.name),
            FileKind::Symlink => write!(text, "\n  {}\t[link]", entry.name),
            FileKind::File | FileKind::Other => {
                write!(text, "\n  {}\t{}", entry.name, report::size(entry.size))
            }
        };
        if let Some(details) = &entry.details {
            let _ = write!(
                text,
                "\t{}\t{}",
                report::time(details.modified),
                details.mode_string
            );
        }
    }
    Ok(text)
}

/// Reads all entries of a directory, page by page.
fn entries(path: &str, detailed: bool) -> Result<Vec<Entry>, Error> {
    let options = ListOptions::new();
    options.set_details(detailed);
    let mut page = filesystem::list(path, None, Some(&options))?;
    let mut entries = page.entries;
    while let Some(after) = page.next {
        page = filesystem::list(path, Some(&after), Some(&options))?;
        entries.append(&mut page.entries);
    }
    Ok(entries)
}

/// What stands at `path`.
pub fn stat(path: &str) -> Answer {
    let Entry {
        kind,
        size,
        details,
        ..
    } = match filesystem::stat(path) {
        Ok(entry) => entry,
        Err(Error::NotFound(_)) => return Ok(format!("path: {path}\nexists: false")),
        Err(error) => return Err(report::error(error)),
    };
    let kind = match kind {
        FileKind::Directory => "directory",
        FileKind::File => "file",
        FileKind::Symlink => "symlink",
        FileKind::Other => "other",
    };
    let mut text = format!(
        "path: {path}\nexists: true\ntype: {kind}\nsize: {size} ({})",
        report::size(size)
    );
    if let Some(details) = details {
        let _ = write!(
            text,
            "\nmodified: {} UTC\nmode: {:04o} ({})",
            report::time(details.modified),
            details.mode,
            details.mode_string
        );
    }
    Ok(text)
}

/// Names beneath `path` that match `pattern`.
pub fn find(path: &str, pattern: &str, only_files: bool, hidden: bool, max_depth: u32) -> Answer {
    let options = GlobOptions::new();
    options.set_hidden(hidden);
    options.set_max_depth(max_depth);
    options.set_only_files(only_files);
    let found = filesystem::glob(&[pattern.to_owned()], Some(path), Some(&options))
        .map_err(report::error)?;
    if found.is_empty() {
        return Ok(format!("(no matches for: {pattern})"));
    }
    let base = path.trim_end_matches('/');
    let names = found.iter().map(|entry| {
        format!(
            "{base}/{}{}",
            entry.path,
            if entry.is_dir { "/" } else { "" }
        )
    });
    Ok(names.collect::<Vec<_>>().join("\n"))
}

/// Everything beneath `path`, indented by level.
pub fn tree(path: &str, max_depth: u32, hidden: bool) -> Answer {
    let max_depth = if max_depth == 0 {
        TREE_DEPTH
    } else {
        max_depth
    };
    let options = GlobOptions::new();
    options.set_hidden(hidden);
    options.set_max_depth(max_depth);
    let found =
        filesystem::glob(&["**".to_owned()], Some(path), Some(&options)).map_err(report::error)?;
    let mut text = format!("{}/", path.trim_end_matches('/'));
    for entry in &found {
        let level = entry.path.matches('/').count() + 1;
        let name = entry.path.rsplit('/').next().unwrap_or(&entry.path);
        let slash = if entry.is_dir { "/" } else { "" };
        let _ = write!(text, "\n{}{name}{slash}", "  ".repeat(level));
    }
    if found.is_empty() {
        text += "\n  (empty)";
    }
    Ok(text)
}
