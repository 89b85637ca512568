//! Which paths an entry covers, and how two such sets relate: whether one lies within the other, and whether they
//! overlap. Where that would take too much to find out, the answer is the one that grants less.

use std::sync::Arc;

use crate::automaton::{Automaton, has_text};
use crate::kind::PATH;
use crate::pattern::{Pattern, PatternError, is_pattern};

/// The paths that are a directory, or match the pattern of one, and all that is beneath them.
#[derive(Clone, Debug)]
pub(crate) struct PathSet {
    matcher: Matcher,
    /// Up to the first name with a wildcard.
    root: String,
    /// None for one that would be too large.
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
    /// [`PatternError`] for a pattern that cannot be used.
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

    /// The directories of the pattern before the first name that has a wildcard.
    pub fn root(&self) -> &str {
        &self.root
    }

    /// Whether `path` is in the set.
    pub fn matches(&self, path: &str) -> bool {
        match &self.matcher {
            Matcher::Beneath(root) => is_beneath(path, root),
            Matcher::Pattern { directory, inside } => {
                directory.matches(path) || inside.matches(path)
            }
        }
    }

    /// Whether every path of this set is in `other`. False where that cannot be determined.
    pub fn is_within(&self, other: &Self) -> bool {
        match (&self.matcher, &other.matcher) {
            (Matcher::Beneath(own), Matcher::Beneath(root)) => is_beneath(own, root),
            _ if self.is_apart(other) => false,
            _ => self.has_with(other, |own, other| own && !other) == Some(false),
        }
    }

    /// Whether this set has fewer paths than `other`, and none but those.
    pub fn is_narrower(&self, other: &Self) -> bool {
        self.is_within(other) && !other.is_within(self)
    }

    /// Whether some path is in both sets. True where that cannot be determined.
    pub fn overlaps(&self, other: &Self) -> bool {
        !self.is_apart(other) && self.has_with(other, |own, other| own && other) != Some(false)
    }

    /// Whether the parts before the wildcards already rule out a path in both sets.
    fn is_apart(&self, other: &Self) -> bool {
        !is_beneath(&self.root, &other.root) && !is_beneath(&other.root, &self.root)
    }

    /// Whether there is a path of which `wanted` is true, told which of the two sets it is in.
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

/// Whether `path` is `directory` or inside it.
pub(crate) fn is_beneath(path: &str, directory: &str) -> bool {
    let rest = path.strip_prefix(directory.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_relate_as_their_paths_do() {
        for (one, other, within, contains, overlaps) in [
            ("/a", "/a", true, true, true),
            ("/a/b", "/a", true, false, true),
            ("/a", "/ab", false, false, false),
            ("/", "/**", true, true, true),
            ("/a/*", "/a", true, false, true),
            ("/a/**", "/a", true, false, true),
            ("/a/**/b", "/a", true, false, true),
            // What is longer is not narrower.
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
        ] {
            let (a, b) = (PathSet::new(one).unwrap(), PathSet::new(other).unwrap());
            assert_eq!(a.is_within(&b), within, "{one} within {other}");
            assert_eq!(b.is_within(&a), contains, "{other} within {one}");
            assert_eq!(a.overlaps(&b), overlaps, "{one} overlaps {other}");
            assert_eq!(b.overlaps(&a), overlaps, "{other} overlaps {one}");
        }
    }
}
