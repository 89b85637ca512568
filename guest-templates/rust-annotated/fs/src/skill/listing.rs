//! Looking at files and directories.

use std::fmt::Write as _;

use luminarys_sdk::SkillError;
use luminarys_sdk::skill::filesystem::{self, Entry, FileKind, GlobMatch, GlobOptions, Lines};
use luminarys_sdk::skill::{Error, list_all};

use super::report;

/// Levels that `tree` shows when it is not told.
const TREE_DEPTH: u32 = 3;

/// Lines `start` to `end`, both from 1; `end` 0 means the last.
pub fn lines(path: &str, start: i64, end: i64) -> Result<String, SkillError> {
    let start = start.max(1);
    if end != 0 && end < start {
        return Err(format!("end ({end}) is before start ({start})").into());
    }
    let (start, end) = (start.unsigned_abs(), end.unsigned_abs());
    let limit = if end == 0 { 0 } else { end - start + 1 };
    let found = filesystem::read_lines(path, start - 1, limit)?;
    Ok(numbered(path, start, &found))
}

/// Lines with their numbers, the first of which is `start`.
fn numbered(path: &str, start: u64, found: &Lines) -> String {
    let total = found.total;
    if found.lines.is_empty() {
        return format!("No lines from {start} on: {path} has {total}");
    }
    let last = start + found.lines.len() as u64 - 1;
    let more = if found.truncated { " (truncated)" } else { "" };
    let mut text = format!("Showing lines {start}-{last} of {total} total{more}");
    for (number, line) in (start..).zip(&found.lines) {
        let _ = write!(text, "\n{number:5}: {line}");
    }
    text
}

/// A directory's entries.
pub fn list(path: &str, detailed: bool) -> Result<String, SkillError> {
    Ok(listed(path, &list_all(path, detailed)?))
}

fn listed(path: &str, entries: &[Entry]) -> String {
    if entries.is_empty() {
        return format!("(empty directory: {path})");
    }
    let mut text = format!("{path}:");
    for Entry {
        name,
        kind,
        size,
        details,
    } in entries
    {
        let _ = match kind {
            FileKind::Directory => write!(text, "\n  {name}/\t[dir]"),
            FileKind::Symlink => write!(text, "\n  {name}\t[link]"),
            FileKind::File | FileKind::Other => write!(text, "\n  {name}\t{}", report::size(*size)),
        };
        if let Some(details) = details {
            let time = report::time(details.modified);
            let _ = write!(text, "\t{time}\t{}", details.mode_string);
        }
    }
    text
}

/// What stands at `path`.
pub fn stat(path: &str) -> Result<String, SkillError> {
    match filesystem::stat(path) {
        Ok(entry) => Ok(described(path, &entry)),
        Err(Error::NotFound(_)) => Ok(format!("path: {path}\nexists: false")),
        Err(error) => Err(error.into()),
    }
}

fn described(path: &str, entry: &Entry) -> String {
    let kind = match entry.kind {
        FileKind::Directory => "directory",
        FileKind::File => "file",
        FileKind::Symlink => "symlink",
        FileKind::Other => "other",
    };
    let mut text = format!(
        "path: {path}\nexists: true\ntype: {kind}\nsize: {} ({})",
        entry.size,
        report::size(entry.size)
    );
    if let Some(details) = &entry.details {
        let _ = write!(
            text,
            "\nmodified: {} UTC\nmode: {:04o} ({})",
            report::time(details.modified),
            details.mode,
            details.mode_string
        );
    }
    text
}

/// Names beneath `path` that match `pattern`.
pub fn find(path: &str, pattern: &str, options: &GlobOptions) -> Result<String, SkillError> {
    let found = filesystem::glob(&[pattern.to_owned()], Some(path), Some(options))?;
    if found.is_empty() {
        return Ok(format!("(no matches for: {pattern})"));
    }
    let base = path.trim_end_matches('/');
    let names = found
        .iter()
        .map(|entry| format!("{base}/{}{}", entry.path, slash(entry)));
    Ok(names.collect::<Vec<_>>().join("\n"))
}

/// Everything beneath `path`, indented by level.
pub fn tree(path: &str, max_depth: u32, hidden: bool) -> Result<String, SkillError> {
    let options = GlobOptions::new();
    options.set_hidden(hidden);
    options.set_max_depth(match max_depth {
        0 => TREE_DEPTH,
        levels => levels,
    });
    let found = filesystem::glob(&["**".to_owned()], Some(path), Some(&options))?;
    Ok(indented(path, &found))
}

fn indented(path: &str, found: &[GlobMatch]) -> String {
    let mut text = format!("{}/", path.trim_end_matches('/'));
    if found.is_empty() {
        text += "\n  (empty)";
    }
    for entry in found {
        let level = entry.path.matches('/').count() + 1;
        let name = entry.path.rsplit('/').next().unwrap_or(&entry.path);
        let _ = write!(text, "\n{}{name}{}", "  ".repeat(level), slash(entry));
    }
    text
}

fn slash(entry: &GlobMatch) -> &'static str {
    if entry.is_dir { "/" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use luminarys_sdk::skill::filesystem::Details;

    fn entry(name: &str, kind: FileKind, size: u64) -> Entry {
        Entry {
            name: name.to_owned(),
            kind,
            size,
            details: None,
        }
    }

    #[test]
    fn directories_and_links_are_told() {
        let mut entries = [
            entry("d", FileKind::Directory, 0),
            entry("f", FileKind::File, 1536),
            entry("l", FileKind::Symlink, 0),
        ];
        let text = listed("/p", &entries);
        assert_eq!(text, "/p:\n  d/\t[dir]\n  f\t1.5KB\n  l\t[link]");
        assert_eq!(listed("/p", &[]), "(empty directory: /p)");
        entries[1].details = Some(Details {
            modified: 0,
            mode: 0o644,
            mode_string: "-rw-r--r--".to_owned(),
        });
        let text = listed("/p", &entries[1..2]);
        assert_eq!(text, "/p:\n  f\t1.5KB\t1970-01-01 00:00\t-rw-r--r--");
        let text = described("/p", &entries[1]);
        let lines = "type: file\nsize: 1536 (1.5KB)\nmodified: 1970-01-01 00:00 UTC\nmode: 0644 (-rw-r--r--)";
        assert_eq!(text, format!("path: /p\nexists: true\n{lines}"));
    }

    #[test]
    fn a_tree_is_indented() {
        let found = [("a", true), ("a/b", false)].map(|(path, is_dir)| GlobMatch {
            path: path.to_owned(),
            is_dir,
        });
        assert_eq!(indented("/p/", &found), "/p/\n  a/\n    b");
        assert_eq!(indented("/p", &[]), "/p/\n  (empty)");
    }

    #[test]
    fn lines_have_numbers() {
        let mut found = Lines {
            lines: vec!["x".to_owned()],
            total: 3,
            offset: 1,
            truncated: true,
        };
        let text = numbered("/p", 2, &found);
        assert_eq!(text, "Showing lines 2-2 of 3 total (truncated)\n    2: x");
        found.lines.clear();
        assert_eq!(numbered("/p", 5, &found), "No lines from 5 on: /p has 3");
        for (start, end) in [(3, 2), (1, -1)] {
            let error = lines("/p", start, end).unwrap_err().0;
            assert!(error.contains("is before start"), "{error}");
        }
    }
}
