//! What an entry may be called, and what is left out.

use std::io;

use luminarys_grants::pattern::Pattern;

use crate::error::{Error, known};

/// The longest name, in bytes.
const MAX_NAME: usize = 4096;
/// The longest part of a name, in bytes.
const MAX_PART: usize = 255;

/// Returns the error that rejects the entry `name`.
pub(crate) fn refused(name: &[u8], reason: impl Into<String>) -> Error {
    let shown = String::from_utf8_lossy(name);
    Error::Entry {
        name: shown
            .chars()
            .take(200)
            .flat_map(char::escape_debug)
            .collect(),
        reason: reason.into(),
    }
}

/// Returns the error that rejects the entry `name`, whose bytes end too early.
pub(crate) fn cut_short(name: &[u8]) -> Error {
    refused(name, "is cut short: the archive ends in it; get it again")
}

/// Returns the error that rejects the entry `name`, whose bytes cannot be read, unless a limit is why.
pub(crate) fn unreadable(name: &[u8], error: impl Into<io::Error>) -> Error {
    let error = error.into();
    match known(&error) {
        Some(known) => known,
        None if error.kind() == io::ErrorKind::UnexpectedEof => cut_short(name),
        None => refused(name, format!("cannot be read: {error}")),
    }
}

/// Cleans a name: relative, its parts separated by one slash, nothing else in it. Empty for the archive's root.
///
/// # Errors
/// [`Error::Entry`] for a name that leads elsewhere.
pub(super) fn clean(name: &[u8]) -> Result<String, Error> {
    let failed = |reason: &str| Err(refused(name, reason));
    let Ok(text) = std::str::from_utf8(name) else {
        return failed("has a name that is not UTF-8");
    };
    if text.len() > MAX_NAME {
        return failed("has too long a name");
    }
    if text.contains('\0') {
        return failed("has a name with a NUL");
    }
    if text.contains('\\') {
        return failed("has a backslash in its name, which may mean a slash");
    }
    if text.starts_with('/') {
        return failed("has an absolute name");
    }
    let mut parts = Vec::new();
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." => return failed("climbs out of the archive"),
            part if part.len() > MAX_PART => return failed("has too long a name"),
            part => parts.push(part),
        }
    }
    Ok(parts.join("/"))
}

/// Returns whether a link `name` to `target` stays in the tree.
pub fn stays(name: &str, target: &str) -> bool {
    if target.is_empty() || target.starts_with('/') || target.contains(['\0', '\\']) {
        return false;
    }
    let mut depth = name.matches('/').count();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => match depth.checked_sub(1) {
                Some(up) => depth = up,
                None => return false,
            },
            _ => depth += 1,
        }
    }
    true
}

/// Patterns of names to leave out.
#[derive(Debug)]
pub struct Exclude(Vec<(Pattern, bool)>);

impl Exclude {
    /// Compiles globs as in manifests. One without a slash applies to every part of a name.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a broken pattern.
    pub fn new(patterns: &[String]) -> Result<Self, Error> {
        let compiled = patterns.iter().filter(|text| !text.is_empty()).map(|text| {
            let text = text.trim_end_matches('/');
            let pattern = Pattern::path(text.trim_start_matches("./"));
            let failed = |error| Error::Invalid(format!("exclude: {text:?}: {error}"));
            Ok((pattern.map_err(failed)?, text.contains('/')))
        });
        compiled.collect::<Result<_, _>>().map(Self)
    }

    /// Returns whether `name`, or a directory that it is in, is left out.
    pub fn covers(&self, name: &str) -> bool {
        self.0.iter().any(|(pattern, whole)| {
            if !whole {
                return name.split('/').any(|part| pattern.matches(part));
            }
            let ends = name.match_indices('/').map(|(end, _)| end);
            let mut prefixes = ends.chain([name.len()]).map(|end| &name[..end]);
            prefixes.any(|prefix| pattern.matches(prefix))
        })
    }
}

/// Returns a name without its first `strip` parts; `None` when nothing is left.
pub(super) fn stripped(name: &str, strip: u32) -> Option<&str> {
    let mut rest = name;
    for _ in 0..strip {
        rest = rest.split_once('/')?.1;
    }
    Some(rest).filter(|rest| !rest.is_empty())
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        let rows = [
            (&b"a/b"[..], Some("a/b")),
            (b"./a//b/", Some("a/b")),
            (b".", Some("")),
            (b"a/./b", Some("a/b")),
            (b"..a/b..", Some("..a/b..")),
            (b"..", None),
            (b"a/../b", None),
            (b"a/..", None),
            (b"/etc/passwd", None),
            (b"//a", None),
            (b"a\\..\\b", None),
            (b"a\0b", None),
            (b"\xff", None),
        ];
        each_row(rows, |(name, expected)| {
            assert_eq!(clean(name).ok().as_deref(), expected, "{name:?}");
        });
        assert!(clean(&[b'a'; 256]).is_err() && clean(&b"a/".repeat(3000)).is_err());
    }

    #[test]
    fn links_stay_or_do_not() {
        let rows = [
            ("a", "b", true),
            ("a", "./b/c", true),
            ("a/b", "../c", true),
            ("a", "..", false),
            ("a/b", "../..", false),
            ("a/b", "c/../../..", false),
            ("a", "/etc/passwd", false),
            ("a", "", false),
        ];
        each_row(rows, |(name, target, expected)| {
            assert_eq!(stays(name, target), expected, "{name} -> {target}");
        });
    }

    #[test]
    fn patterns_leave_out() {
        let rows = [
            ("node_modules", "a/node_modules/b", true),
            (".git", ".gitignore", false),
            ("*.o", "a/b.o", true),
            ("a/b", "a/b/c", true),
            ("a/b", "x/a/b", false),
            ("**/b", "x/a/b/c", true),
            ("{a,b}", "b", true),
            ("target/", "x/target/y", true),
            ("target", "x/target/y", true),
        ];
        each_row(rows, |(pattern, name, expected)| {
            let exclude = Exclude::new(&[pattern.to_owned()]).unwrap();
            assert_eq!(exclude.covers(name), expected, "{pattern} {name}");
        });
        assert!(Exclude::new(&["[".to_owned()]).is_err());
        assert_eq!(stripped("a/b/c", 1), Some("b/c"));
        assert_eq!(stripped("a", 1), None);
        assert_eq!(stripped("a", 0), Some("a"));
    }
}
