//! The manifest's patterns: `*` any run without `/`, `**` any run, `?` one character except `/`, `[a-z]` and `[!a-z]`,
//! `{a,b}` alternatives, which may nest. Anchored and case-sensitive. Compiled once, to an automaton whose time is
//! linear.

use regex::{Regex, RegexBuilder};
use thiserror::Error;

/// The maximum length of a pattern, in bytes.
const MAX_PATTERN: usize = 4096;
/// The maximum nesting depth of braces.
const MAX_DEPTH: usize = 16;

/// An invalid pattern, with the reason.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("the pattern {pattern:?} {reason}")]
pub struct PatternError {
    /// As written.
    pub pattern: String,
    /// The reason.
    pub reason: String,
}

/// A compiled pattern.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    regex: Regex,
}

impl Pattern {
    /// Compiles a pattern for text such as URLs and commands.
    ///
    /// # Errors
    /// [`PatternError`] when brackets or braces are not closed, or the pattern is too long or too large.
    pub fn new(text: &str) -> Result<Self, PatternError> {
        Self::compile(text, false)
    }

    /// Compiles a pattern for paths, in which `**/` may also match no directory.
    ///
    /// # Errors
    /// As [`Pattern::new`].
    pub fn path(text: &str) -> Result<Self, PatternError> {
        Self::compile(text, true)
    }

    fn compile(text: &str, paths: bool) -> Result<Self, PatternError> {
        let failed = |reason: &str| PatternError {
            pattern: text.to_owned(),
            reason: reason.to_owned(),
        };
        if text.len() > MAX_PATTERN {
            return Err(failed(&format!("is longer than {MAX_PATTERN} bytes")));
        }
        if text.contains('\0') {
            return Err(failed("holds a NUL character"));
        }
        let source = translate(text, paths).map_err(failed)?;
        let regex = RegexBuilder::new(&source)
            .size_limit(1 << 20)
            .dot_matches_new_line(true)
            .build()
            .map_err(|error| match error {
                regex::Error::CompiledTooBig(_) => failed("is too large"),
                _ => failed("has a range in brackets that begins after its end"),
            })?;
        Ok(Self {
            text: text.to_owned(),
            regex,
        })
    }

    /// Returns whether the pattern matches all of `subject`.
    pub fn matches(&self, subject: &str) -> bool {
        self.regex.is_match(subject)
    }

    /// Returns the regular expression that a subject must match in full; `.` also matches a line break.
    pub(crate) fn source(&self) -> &str {
        self.regex.as_str()
    }

    /// Returns the pattern as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// Returns whether `text` contains a character that is special in patterns.
pub fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '[', '{'])
}

/// Returns the pattern that matches `text` only: each wildcard is bracketed.
pub fn literal(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        if is_pattern(character.encode_utf8(&mut [0; 4])) {
            out.extend(['[', character, ']']);
        } else {
            out.push(character);
        }
    }
    out
}

fn translate(text: &str, paths: bool) -> Result<String, &'static str> {
    let mut out = String::from("^(?:");
    let mut depth = 0_usize;
    let mut rest = text.chars().peekable();
    let mut at_start_of_name = true;
    while let Some(character) = rest.next() {
        let name_start = at_start_of_name;
        at_start_of_name = character == '/';
        match character {
            '*' if rest.next_if_eq(&'*').is_some() => {
                while rest.next_if_eq(&'*').is_some() {}
                if paths && name_start && rest.next_if_eq(&'/').is_some() {
                    at_start_of_name = true;
                    out.push_str("(?:.*/)?");
                } else {
                    out.push_str(".*");
                }
            }
            '*' => out.push_str("[^/]*"),
            '?' => out.push_str("[^/]"),
            '[' => set(&mut rest, &mut out)?,
            '{' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err("nests braces too deep");
                }
                out.push_str("(?:");
            }
            '}' if depth > 0 => {
                depth -= 1;
                out.push(')');
            }
            ',' if depth > 0 => out.push('|'),
            other => out.push_str(&regex::escape(other.encode_utf8(&mut [0; 4]))),
        }
    }
    if depth > 0 {
        return Err("has a brace that is not closed");
    }
    out.push_str(")$");
    Ok(out)
}

fn set(
    rest: &mut std::iter::Peekable<std::str::Chars<'_>>,
    out: &mut String,
) -> Result<(), &'static str> {
    out.push('[');
    if rest.next_if(|c| matches!(c, '!' | '^')).is_some() {
        // A negated set does not match `/` either.
        out.push_str("^/");
    }
    let mut first = true;
    loop {
        match rest.next().ok_or("has a bracket that is not closed")? {
            ']' if !first => break,
            '-' => out.push(if first || rest.peek() == Some(&']') {
                '\x00'
            } else {
                '-'
            }),
            character => out.push_str(&escape_in_set(character)),
        }
        if out.ends_with('\x00') {
            out.pop();
            out.push_str("\\-");
        }
        first = false;
    }
    out.push(']');
    Ok(())
}

fn escape_in_set(character: char) -> String {
    match character {
        '\\' | ']' | '[' | '^' | '&' | '~' | '-' => format!("\\{character}"),
        other => other.to_string(),
    }
}

/// Returns the alternatives of a text with braces, as a shell does: `a{b,c}` is `ab` and `ac`; several groups make every
/// combination; braces without a comma between them are text.
///
/// # Errors
/// [`PatternError`] when a brace is not closed, or there would be more than `limit` alternatives.
pub fn expand_braces(text: &str, limit: usize) -> Result<Vec<String>, PatternError> {
    let failed = |reason: String| PatternError {
        pattern: text.to_owned(),
        reason,
    };
    let mut done = Vec::new();
    // Each text with the offset before which no group is left.
    let mut todo = vec![(text.to_owned(), 0)];
    while let Some((next, from)) = todo.pop() {
        let Some(open) = next[from..].find('{').map(|found| from + found) else {
            done.push(next);
            if done.len() > limit {
                return Err(failed(format!("stands for more than {limit} names")));
            }
            continue;
        };
        let (parts, close) = alternatives(&next[open..]).ok_or_else(|| {
            failed("has a brace that is not closed, or nested too deep".to_owned())
        })?;
        if parts.len() == 1 {
            todo.push((next, open + 1));
            continue;
        }
        if todo.len() + parts.len() > limit {
            return Err(failed(format!("stands for more than {limit} names")));
        }
        // Pushed in reverse, so that the first alternative is popped first.
        for part in parts.iter().rev() {
            let whole = format!("{}{part}{}", &next[..open], &next[open + close + 1..]);
            todo.push((whole, open));
        }
    }
    Ok(done)
}

/// Returns the alternatives of the group at the start of `text`, and where it closes.
fn alternatives(text: &str) -> Option<(Vec<&str>, usize)> {
    let mut depth = 0;
    let mut start = 1;
    let mut parts = Vec::new();
    for (index, character) in text.char_indices() {
        match character {
            '{' if depth >= MAX_DEPTH => return None,
            '{' => depth += 1,
            ',' if depth == 1 => {
                parts.push(&text[start..index]);
                start = index + 1;
            }
            '}' if depth == 1 => {
                parts.push(&text[start..index]);
                return Some((parts, index));
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn patterns_match_as_documented() {
        let rows = [
            (
                "git **",
                &["git status --porcelain", "git a/b"][..],
                &["git", "gitx a"][..],
            ),
            (
                "go *",
                &["go vet", "go build -v"],
                &["go build ./...", "go"],
            ),
            ("./**", &["./run a b", "./"], &["../run", "x./run"]),
            (
                "https://*.corp/**",
                &["https://a.b.corp/x/y"],
                &["https://corp/x", "http://a.corp/x"],
            ),
            ("*:5432", &["db:5432"], &["db:54321", "a/b:5432"]),
            ("a?c", &["abc", "aéc"], &["a/c", "ac"]),
            ("[a-c]x", &["ax", "cx"], &["dx", "-x"]),
            ("[!a-c]x", &["dx"], &["ax", "/x"]),
            ("[]a]", &["]", "a"], &["b"]),
            ("[a-]", &["a", "-"], &["b"]),
            ("{a,b{c,d}}", &["a", "bc", "bd"], &["b", "ab"]),
            ("a.b+(c)", &["a.b+(c)"], &["aab+(c)"]),
            ("**", &["", "a/b", "x\ny"], &[]),
            ("A", &["A"], &["a"]),
        ];
        each_row(rows, |(pattern, yes, no)| {
            let compiled = Pattern::new(pattern).unwrap();
            for subject in yes {
                assert!(
                    compiled.matches(subject),
                    "{pattern} should match {subject:?}"
                );
            }
            for subject in no {
                assert!(
                    !compiled.matches(subject),
                    "{pattern} should not match {subject:?}"
                );
            }
        });
    }

    #[test]
    fn in_paths_two_stars_may_match_nothing() {
        let pattern = Pattern::path("/a/**/b").unwrap();
        assert!(pattern.matches("/a/b") && pattern.matches("/a/x/y/b"));
        assert!(!pattern.matches("/a/xb"));
    }

    #[test]
    fn broken_patterns_are_errors() {
        let rows = [
            "{a",
            "[a",
            "a{b,{c}",
            "a\0b",
            &"{".repeat(40),
            &"x".repeat(5000),
            "[",
        ];
        each_row(rows, |pattern| {
            assert!(Pattern::new(pattern).is_err(), "{pattern}");
        });
    }

    #[test]
    fn braces_expand_in_order_and_within_the_limit() {
        let rows = [
            ("a", vec!["a"]),
            ("/d/{x,y}", vec!["/d/x", "/d/y"]),
            ("{a,b}{1,2}", vec!["a1", "a2", "b1", "b2"]),
            ("{a,{b,c}d}", vec!["a", "bd", "cd"]),
            ("{}", vec!["{}"]),
            ("{{name}}", vec!["{{name}}"]),
            ("{a{b,c}}", vec!["{ab}", "{ac}"]),
            ("{a}{b,c}", vec!["{a}b", "{a}c"]),
            ("{a,{b}}", vec!["a", "{b}"]),
            ("{,a}", vec!["", "a"]),
        ];
        each_row(rows, |(text, expected)| {
            assert_eq!(expand_braces(text, 100).unwrap(), expected, "{text}");
        });
        assert!(expand_braces(&"{a,b}".repeat(20), 1000).is_err());
        assert!(expand_braces("{a", 10).is_err());
    }
}
