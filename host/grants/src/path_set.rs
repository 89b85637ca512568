//! The set of paths that an entry covers, and how two such sets relate: whether one contains the other, and whether
//! they overlap. If that is too expensive to determine, the answer is the one that grants less.

use std::sync::Arc;

use crate::automaton::{Automaton, has_text};
use crate::kind::PATH;
use crate::pattern::{Pattern, PatternError, is_pattern};

/// The paths of a directory, or of a pattern of directories, and everything beneath them.
#[derive(Clone, Debug)]
pub(crate) struct PathSet {
    matcher: Matcher,
    /// The path up to the first component with a wildcard.
    root: String,
    /// `None` if the automaton would be too large.
    automaton: Option<Arc<Automaton>>,
}

#[derive(Clone, Debug)]
enum Matcher {
    Beneath(String),
    Pattern { directory: Pattern, inside: Pattern },
}

impl PathSet {
    /// Compiles the set of an entry: an absolute path, or a pattern of paths.
    ///
    /// # Errors
    /// [`PatternError`] for an invalid pattern.
    pub fn new(pattern: &str) -> Result<Self, PatternError> {
        let (matcher, sources) = if is_pattern(pattern) {
            let directory = Pattern::path(pattern)?;
            let inside = Pattern::path(&format!("{pattern}/**"))?;
            let sources = vec![directory.source().to_owned(), inside.source().to_owned()];
            (Matcher::Pattern { directory, inside }, sources)
        } else {
            let root = regex::escape(pattern.trim_end_matches('/'));
            let matcher = Matcher::Beneath(pattern.to_owned());
            (matcher, vec![format!("^{root}(?:/.*)?$")])
        };
        Ok(Self {
            matcher,
            root: literal_root(pattern),
            automaton: Automaton::new(&sources).map(Arc::new),
        })
    }

    /// Returns the pattern's path up to the first component with a wildcard.
    pub fn root(&self) -> &str {
        &self.root
    }

    /// Returns whether `path` is in the set.
    pub fn matches(&self, path: &str) -> bool {
        match &self.matcher {
            Matcher::Beneath(root) => is_beneath(path, root),
            Matcher::Pattern { directory, inside } => {
                directory.matches(path) || inside.matches(path)
            }
        }
    }

    /// Returns whether `other` contains every path of this set; false if that cannot be determined.
    pub fn is_within(&self, other: &Self) -> bool {
        match (&self.matcher, &other.matcher) {
            (Matcher::Beneath(own), Matcher::Beneath(root)) => is_beneath(own, root),
            _ if self.is_apart(other) => false,
            _ => self.has_with(other, |own, other| own && !other) == Some(false),
        }
    }

    /// Returns whether this set is a proper subset of `other`.
    pub fn is_narrower(&self, other: &Self) -> bool {
        self.is_within(other) && !other.is_within(self)
    }

    /// Returns whether some path is in both sets; true if that cannot be determined.
    pub fn overlaps(&self, other: &Self) -> bool {
        !self.is_apart(other) && self.has_with(other, |own, other| own && other) != Some(false)
    }

    /// Returns whether the parts before the wildcards alone make the sets disjoint.
    fn is_apart(&self, other: &Self) -> bool {
        !is_beneath(&self.root, &other.root) && !is_beneath(&other.root, &self.root)
    }

    /// Returns whether `wanted` is true for some path, given which of the two sets contain it.
    fn has_with(&self, other: &Self, wanted: impl Fn(bool, bool) -> bool) -> Option<bool> {
        let (own, other) = (self.automaton.as_deref()?, other.automaton.as_deref()?);
        has_text(own, other, PATH.automaton()?, wanted)
    }
}

fn literal_root(pattern: &str) -> String {
    let literal: Vec<&str> = pattern
        .split('/')
        .take_while(|name| !is_pattern(name))
        .collect();
    let root = literal.join("/");
    if root.is_empty() {
        "/".to_owned()
    } else {
        root
    }
}

/// Returns whether `path` is `directory` or inside it.
pub(crate) fn is_beneath(path: &str, directory: &str) -> bool {
    let rest = path.strip_prefix(directory.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn sets_relate_as_their_paths_do() {
        let rows = [
            ("/a", "/a", true, true, true),
            ("/a/b", "/a", true, false, true),
            ("/a", "/ab", false, false, false),
            ("/", "/**", true, true, true),
            ("/a/*", "/a", true, false, true),
            ("/a/**", "/a", true, false, true),
            ("/a/**/b", "/a", true, false, true),
            // A longer pattern is not necessarily narrower.
            ("/srv/{a,b,c}", "/srv/a/keys", false, true, true),
            ("/srv/a/keys", "/srv/[a-z]", true, false, true),
            ("/srv/{a,b}", "/srv/[ab]", true, true, true),
            ("/srv/{a,b}", "/srv/?", true, false, true),
            ("/srv/*/secret", "/srv/p", false, false, true),
            ("/srv/*/secret", "/srv/*", true, false, true),
            ("/srv/x*", "/srv/*x", false, false, true),
            ("/srv/x", "/srv/y*", false, false, false),
            ("/srv/*.txt", "/srv/*.rs", false, false, false),
            ("/a/?", "/a/bc", false, false, false),
            ("/*/b", "/a/*", false, false, true),
            ("/é*", "/*", true, false, true),
        ];
        each_row(rows, |(one, other, within, contains, overlaps)| {
            let (a, b) = (PathSet::new(one).unwrap(), PathSet::new(other).unwrap());
            assert_eq!(a.is_within(&b), within, "{one} within {other}");
            assert_eq!(b.is_within(&a), contains, "{other} within {one}");
            assert_eq!(a.overlaps(&b), overlaps, "{one} overlaps {other}");
            assert_eq!(b.overlaps(&a), overlaps, "{other} overlaps {one}");
        });
    }
}
