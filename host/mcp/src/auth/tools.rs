//! Which tools a client sees and may call.

use globset::{Glob, GlobSet};
use thiserror::Error;

/// The longest pattern, in bytes: names of tools are far shorter.
const MAX_PATTERN: usize = 200;

/// The tools that one client sees and may call. The default is all of them.
#[derive(Clone, Debug, Default)]
pub struct ToolFilter(Option<Patterns>);

#[derive(Clone, Debug)]
struct Patterns {
    texts: Vec<String>,
    set: GlobSet,
}

/// A pattern that cannot be used.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{0}; write a tool's name, in which * matches any characters, such as files*")]
pub struct ToolPatternError(String);

/// Checks a pattern of tool names.
///
/// # Errors
/// [`ToolPatternError`] when it is empty, too long, or not a glob.
pub fn check_tool_pattern(pattern: &str) -> Result<(), ToolPatternError> {
    glob(pattern).map(drop)
}

fn glob(pattern: &str) -> Result<Glob, ToolPatternError> {
    if pattern.is_empty() || pattern.len() > MAX_PATTERN {
        let reason = format!(
            "it has {} bytes, and may have 1 to {MAX_PATTERN}",
            pattern.len()
        );
        return Err(ToolPatternError(reason));
    }
    Glob::new(pattern).map_err(|error| ToolPatternError(error.kind().to_string()))
}

impl ToolFilter {
    /// Allows the tools whose whole name matches one of `patterns`; without patterns, none.
    ///
    /// # Errors
    /// [`ToolPatternError`] for the first invalid pattern.
    pub fn new(patterns: Vec<String>) -> Result<Self, ToolPatternError> {
        let mut set = GlobSet::builder();
        for pattern in &patterns {
            set.add(glob(pattern)?);
        }
        let set = set.build();
        let set = set.map_err(|error| ToolPatternError(error.kind().to_string()))?;
        Ok(Self(Some(Patterns {
            texts: patterns,
            set,
        })))
    }

    /// Tells whether it allows every tool.
    pub fn allows_all(&self) -> bool {
        self.0.is_none()
    }

    /// Tells whether the tool with this name may be seen and called.
    pub fn allows(&self, tool: &str) -> bool {
        self.0
            .as_ref()
            .is_none_or(|patterns| patterns.set.is_match(tool))
    }

    /// Returns the patterns that match none of `tools`.
    pub fn idle<'a>(&'a self, tools: &[&str]) -> Vec<&'a str> {
        let texts = self.0.iter().flat_map(|patterns| &patterns.texts);
        let fits = |pattern: &str| {
            let matcher = glob(pattern).map(|glob| glob.compile_matcher());
            matcher.is_ok_and(|matcher| tools.iter().any(|tool| matcher.is_match(tool)))
        };
        let idle = texts.map(String::as_str).filter(|pattern| !fits(pattern));
        idle.collect()
    }
}

impl PartialEq for ToolFilter {
    fn eq(&self, other: &Self) -> bool {
        let texts = |filter: &Self| filter.0.as_ref().map(|patterns| patterns.texts.clone());
        texts(self) == texts(other)
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    fn filter(patterns: &[&str]) -> ToolFilter {
        let patterns = patterns.iter().map(|&pattern| pattern.to_owned());
        ToolFilter::new(patterns.collect()).unwrap()
    }

    #[test]
    fn patterns_match_whole_names() {
        let rows = [
            (&["files_*"][..], "files_read", true),
            (&["files*"], "files/read", true),
            (&["*"], "a/b_c-d", true),
            (&["files_read"], "files_read", true),
            (&["files_read"], "files_read_all", false),
            (&["files_read"], "my_files_read", false),
            (&["*_read"], "files_read", true),
            (&["files_{read,list}"], "files_list", true),
            (&["files_{read,list}"], "files_write", false),
            (&["FILES_*"], "files_read", false),
            (&["a", "b*"], "bc", true),
            (&[], "a", false),
        ];
        each_row(rows, |(patterns, tool, allowed)| {
            assert_eq!(
                filter(patterns).allows(tool),
                allowed,
                "{patterns:?} {tool}"
            );
        });
        assert!(ToolFilter::default().allows("anything"));
    }

    #[test]
    fn invalid_patterns_are_rejected() {
        let rows = ["", "[", "{a", "a[z-a]", &"x".repeat(201)];
        each_row(rows, |wrong| {
            let error = check_tool_pattern(wrong).unwrap_err().to_string();
            assert!(error.contains("write a tool's name"), "{error}");
            assert!(ToolFilter::new(vec![wrong.to_owned()]).is_err());
        });
    }

    #[test]
    fn patterns_without_a_tool_are_found() {
        let found = filter(&["files_*", "web_*"]);
        assert_eq!(found.idle(&["files_read"]), ["web_*"]);
        assert!(ToolFilter::default().idle(&[]).is_empty());
    }
}
