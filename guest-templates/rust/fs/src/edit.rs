//! Changing files, and showing what changed.

use similar::{ChangeTag, TextDiff};

use crate::lines::{self, Lines};
use crate::luminarys::skill::filesystem;
use crate::luminarys::skill::types::Error;
use crate::{Answer, report};

/// Unchanged lines shown around a change.
const CONTEXT: usize = 3;
/// Bytes at a file's end that are read for its line end.
const TAIL: u64 = 64 * 1024;

/// Makes the file's content `content`.
pub fn write(path: &str, content: &str) -> Answer {
    let before = match filesystem::read(path) {
        Ok(bytes) => Some(bytes),
        Err(Error::NotFound(_)) => {
            filesystem::write(path, content.as_bytes()).map_err(report::error)?;
            return Ok(created(path, content));
        }
        // Too long to compare, yet it may be replaced.
        Err(Error::TooLarge(_)) => None,
        Err(error) => return Err(report::error(error)),
    };
    filesystem::write(path, content.as_bytes()).map_err(report::error)?;
    Ok(
        match before.and_then(|bytes| report::text(path, bytes).ok()) {
            Some(before) => changed("Wrote", path, &before, content),
            None => format!(
                "Wrote {path} ({}, in place of a long or binary file)",
                report::size(content.len() as u64)
            ),
        },
    )
}

/// Adds `line` to the file's end.
pub fn append_line(path: &str, line: &str) -> Answer {
    let size = match filesystem::stat(path) {
        Ok(entry) => entry.size,
        Err(Error::NotFound(_)) => 0,
        Err(error) => return Err(report::error(error)),
    };
    let start = size.saturating_sub(TAIL);
    let tail = match size {
        0 => Vec::new(),
        _ => filesystem::read_range(path, start, size - start).map_err(report::error)?,
    };
    let end = lines::last_end(&tail);
    let mut addition = format!("{line}{end}");
    if size > 0 && !tail.ends_with(end.as_bytes()) {
        // The last line had no end: without one, the two would become one.
        addition.insert_str(0, end);
    }
    filesystem::append(path, addition.as_bytes()).map_err(report::error)?;
    Ok(format!("Appended to {path}: {line}"))
}

/// Replaces `old` by `new`, once or everywhere.
pub fn edit(path: &str, old: &str, new: &str, everywhere: bool) -> Answer {
    let bytes = match filesystem::read(path) {
        Ok(bytes) => bytes,
        Err(Error::NotFound(_)) if old.is_empty() => {
            filesystem::write(path, new.as_bytes()).map_err(report::error)?;
            return Ok(created(path, new));
        }
        Err(Error::NotFound(_)) => {
            return Err(format!(
                "not found: {path}; give an empty old_string to make a new file"
            ));
        }
        Err(error) => return Err(report::error(error)),
    };
    if old.is_empty() {
        return Err(format!(
            "{path} exists already; old_string must be the text to replace"
        ));
    }
    let before = Lines::new(&report::text(path, bytes)?);
    let (old, new) = (before.argument(old), before.argument(new));
    if old == new {
        return Err(
            "old_string and new_string are the same: there is nothing to change".to_owned(),
        );
    }
    let after = match before.text.matches(&old).count() {
        0 => {
            return Err(format!(
                "old_string was not found in {path}; it must match exactly, blanks included"
            ));
        }
        hits if hits > 1 && !everywhere => {
            return Err(format!(
                "old_string is at {hits} locations in {path}; add lines around it until it is at one, or set replace_all"
            ));
        }
        _ => before.replace(&old, &new),
    };
    filesystem::write(path, after.file().as_bytes()).map_err(report::error)?;
    Ok(changed("Edited", path, &before.text, &after.text))
}

fn created(path: &str, content: &str) -> String {
    format!(
        "Created new file: {path}\n\n{}",
        unified(path, "", content).text
    )
}

fn changed(verb: &str, path: &str, before: &str, after: &str) -> String {
    let diff = unified(path, before, after);
    format!(
        "{verb} {path} (+{}/-{} lines)\n\n{}",
        diff.added, diff.removed, diff.text
    )
}

struct Unified {
    text: String,
    added: usize,
    removed: usize,
}

/// The difference as a unified diff. Both counts stand in every hunk header, and an empty side begins at 1.
fn unified(path: &str, before: &str, after: &str) -> Unified {
    let name = path.rsplit('/').next().unwrap_or(path);
    let diff = TextDiff::from_lines(before, after);
    let mut result = Unified {
        text: String::new(),
        added: 0,
        removed: 0,
    };
    for hunk in diff.grouped_ops(CONTEXT) {
        let (Some(first), Some(last)) = (hunk.first(), hunk.last()) else {
            continue;
        };
        let (old, new) = (
            first.old_range().start..last.old_range().end,
            first.new_range().start..last.new_range().end,
        );
        result.text += &format!(
            "@@ -{},{} +{},{} @@\n",
            old.start + 1,
            old.len(),
            new.start + 1,
            new.len()
        );
        for change in hunk
            .iter()
            .flat_map(|operation| diff.iter_changes(operation))
        {
            let sign = match change.tag() {
                ChangeTag::Equal => ' ',
                ChangeTag::Delete => {
                    result.removed += 1;
                    '-'
                }
                ChangeTag::Insert => {
                    result.added += 1;
                    '+'
                }
            };
            result.text.push(sign);
            result.text += change.value().trim_end_matches('\n');
            result.text.push('\n');
            if change.missing_newline() {
                result.text += "\\ No newline at end of file\n";
            }
        }
    }
    result.text = match result.text.trim_end_matches('\n') {
        "" => "(no changes)".to_owned(),
        hunks => format!("--- {name} (original)\n+++ {name} (modified)\n{hunks}"),
    };
    result
}
