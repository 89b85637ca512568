//! Comments as text.

use crate::position;

/// The longest documentation that is kept, in bytes.
const LONGEST: usize = 2000;

/// How comments begin that are for programs.
const DIRECTIVES: [&str; 6] = [
    "//go:",
    "//nolint",
    "// eslint-",
    "/* eslint-",
    "// @ts-",
    "#!",
];

/// How comments begin that are documentation. Where one stands, those beside it are notes.
const DOCUMENTATION: [&str; 4] = ["///", "//!", "/**", "/*!"];

/// Says whether a comment of Rust is about what it stands in.
pub fn is_inner(comment: &str) -> bool {
    comment.starts_with("//!") || comment.starts_with("/*!")
}

/// Returns the text of comments without their marks.
pub fn clean(comments: &[&str]) -> Option<String> {
    let is_documentation = |comment: &str| {
        DOCUMENTATION
            .iter()
            .any(|start| comment.trim().starts_with(start))
    };
    let has_documentation = comments.iter().any(|comment| is_documentation(comment));
    let mut lines = Vec::new();
    let mut bytes = 0;
    for comment in comments {
        if bytes > LONGEST {
            break;
        }
        let comment = comment.trim();
        if DIRECTIVES.iter().any(|start| comment.starts_with(start))
            || has_documentation && !is_documentation(comment)
        {
            continue;
        }
        let (inner, is_block) = block(comment);
        for line in inner.lines() {
            let line = line.trim();
            let line = match is_block {
                true => line.trim_start_matches('*'),
                false => line.trim_start_matches(['/', '#', '!', '-']),
            };
            bytes += line.len();
            lines.push(line.trim().to_owned());
        }
    }
    finish(lines)
}

/// Takes a comment in brackets out of them.
fn block(comment: &str) -> (&str, bool) {
    for (open, close) in [("/*", "*/"), ("<!--", "-->")] {
        if let Some(inner) = comment.strip_prefix(open) {
            let inner = inner.strip_suffix(close).unwrap_or(inner);
            return (
                inner.trim_start_matches(['*', '!']).trim_end_matches('*'),
                true,
            );
        }
    }
    (comment, false)
}

/// Returns the text of a Python string literal, without the indentation of its lines.
pub fn docstring(literal: &str) -> Option<String> {
    let inner = literal.trim_start_matches(|letter: char| letter.is_ascii_alphabetic());
    let quote = ["\"\"\"", "'''", "\"", "'"]
        .into_iter()
        .find(|quote| inner.starts_with(quote))?;
    let inner = inner.strip_prefix(quote)?;
    let inner = inner.strip_suffix(quote).unwrap_or(inner);
    finish(inner.lines().map(|line| line.trim().to_owned()).collect())
}

fn finish(lines: Vec<String>) -> Option<String> {
    let text = lines.join("\n");
    let text = text.trim_matches('\n').trim();
    (!text.is_empty()).then(|| position::cut(text, LONGEST))
}

#[cfg(test)]
mod tests {
    use super::{clean, docstring};

    #[test]
    fn marks_are_removed_and_words_stay() {
        let rows: [(&[&str], Option<&str>); 13] = [
            (&["/// A.", "// a note", "/** B. */"], Some("A.\nB.")),
            (&["//! Inner."], Some("Inner.")),
            (&["/* a */", "// b"], Some("a\nb")),
            (&["// One.", "//go:noinline"], Some("One.")),
            (&["// one", "// two"], Some("one\ntwo")),
            (
                &["/// A doc.\n", "///\n", "/// More - or less.\n"],
                Some("A doc.\n\nMore - or less."),
            ),
            (&["/** One. */"], Some("One.")),
            (
                &["/**\n * One.\n * @param a two\n */"],
                Some("One.\n@param a two"),
            ),
            (&["/* one\n   two */"], Some("one\ntwo")),
            (&["# one", "# two"], Some("one\ntwo")),
            (&["<!-- one -->"], Some("one")),
            (&["//", "/**/"], None),
            (&[], None),
        ];
        let wrong: Vec<_> = rows
            .iter()
            .map(|(comments, text)| (comments, clean(comments), text))
            .filter(|(_, is, wanted)| is.as_deref() != **wanted)
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn docstrings_lose_their_quotes() {
        let rows = [
            ("\"\"\"One.\n\n    Two.\n    \"\"\"", Some("One.\n\nTwo.")),
            ("r'''One.'''", Some("One.")),
            ("'One'", Some("One")),
            ("\"\"", None),
            ("x", None),
        ];
        let wrong: Vec<_> = rows
            .iter()
            .map(|(literal, text)| (literal, docstring(literal), text))
            .filter(|(_, is, wanted)| is.as_deref() != **wanted)
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}
