//! Expected text, kept in a file beside the test. `BLESS=1` rewrites the files.

use std::fmt::Write as _;
use std::path::Path;

/// Returns whether this run rewrites expected files instead of comparing them: whether `BLESS` is set.
pub fn blessing() -> bool {
    std::env::var_os("BLESS").is_some_and(|value| !value.is_empty() && value != "0")
}

/// Compares `actual` with the file at `path`, or writes it there when [`blessing`].
///
/// # Errors
/// Returns the lines that differ, or why the file cannot be read or written.
pub fn matches_file(path: &Path, actual: &str) -> Result<(), String> {
    if blessing() {
        return std::fs::write(path, actual)
            .map_err(|error| format!("cannot write {}: {error}", path.display()));
    }
    let expected = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(format!("cannot read {}: {error}", path.display())),
    };
    if expected == actual {
        return Ok(());
    }
    Err(format!(
        "{} differs (BLESS=1 rewrites it):\n{}",
        path.display(),
        difference(&expected, actual)
    ))
}

/// Panics unless `actual` is what the file at `path` holds.
#[track_caller]
#[allow(clippy::panic, reason = "a test fails by panicking")]
pub fn expect_file(path: &Path, actual: &str) {
    if let Err(message) = matches_file(path, actual) {
        panic!("{message}");
    }
}

/// Returns the lines that differ, as a unified diff does: `-` before those expected, `+` before those found.
pub fn difference(expected: &str, actual: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (lines(expected), lines(actual));
    // common[i][j] is the length of the longest common subsequence of old[i..] and new[j..].
    let mut common = vec![vec![0_usize; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i][j] = match old[i] == new[j] {
                true => common[i + 1][j + 1] + 1,
                false => common[i + 1][j].max(common[i][j + 1]),
            };
        }
    }
    let mut out = String::new();
    let (mut i, mut j) = (0, 0);
    let mut at = None;
    while i < old.len() || j < new.len() {
        let is_same = i < old.len() && j < new.len() && old[i] == new[j];
        if is_same {
            (i, j) = (i + 1, j + 1);
            continue;
        }
        if at != Some((i, j)) {
            let _ = writeln!(out, "@ line {}", j + 1);
        }
        let removes = j == new.len() || (i < old.len() && common[i + 1][j] >= common[i][j + 1]);
        let (sign, line) = match removes {
            true => ('-', old[i]),
            false => ('+', new[j]),
        };
        let _ = writeln!(out, "{sign}{line}");
        match removes {
            true => i += 1,
            false => j += 1,
        }
        at = Some((i, j));
    }
    out
}

/// Lines without their ends; one whose end is missing or is CRLF differs from one that ends with LF.
fn lines(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.split('\n').collect();
    match lines.last() {
        Some(&"") => drop(lines.pop()),
        _ => lines.push("\\ no newline at the end"),
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_shows_the_lines_that_differ() {
        let cases = [
            ("a\nb\nc\n", "a\nb\nc\n", ""),
            ("a\nb\nc\n", "a\nx\nc\n", "@ line 2\n-b\n+x\n"),
            ("a\nc\n", "a\nb\nc\n", "@ line 2\n+b\n"),
            ("a\nb\nc\n", "a\nc\n", "@ line 2\n-b\n"),
            (
                "a\nb\nc\nd\n",
                "b\nc\ne\n",
                "@ line 1\n-a\n@ line 3\n-d\n+e\n",
            ),
            ("a\n", "a", "@ line 2\n+\\ no newline at the end\n"),
            ("", "a\n", "@ line 1\n+a\n"),
        ];
        crate::each_row(cases, |(old, new, shown)| {
            assert_eq!(difference(old, new), shown);
        });
    }
}
