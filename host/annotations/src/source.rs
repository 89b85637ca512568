//! The result of parsing a file, for all languages.

use std::ops::Range;

use crate::{Diagnostic, Function};

/// The result of parsing one file.
#[derive(Debug, Default)]
pub(crate) struct Parsed {
    pub blocks: Vec<Block>,
    pub diagnostics: Vec<Diagnostic>,
}

/// A comment and the item below it.
#[derive(Debug)]
pub(crate) struct Block {
    pub lines: Vec<Line>,
    pub below: Below,
}

/// A comment's line without its marker and surrounding spaces.
#[derive(Debug, PartialEq)]
pub(crate) struct Line {
    pub text: String,
    /// The byte range of that text in the file.
    pub range: Range<usize>,
}

/// The item directly below a comment.
#[derive(Debug)]
pub(crate) enum Below {
    /// A function that may be a method.
    Function(Box<Function>),
    /// The file itself, or its package clause.
    File,
    /// Something that cannot be a method: what it is, and how to fix it.
    Other(String),
}

/// Returns a comment's lines. `start` is its offset in the file.
pub(crate) fn lines(comment: &str, start: usize) -> Vec<Line> {
    let is_block = comment.starts_with("/*");
    let body_end = comment.len()
        - if is_block && comment.ends_with("*/") {
            2
        } else {
            0
        };
    let mut offset = 0;
    let mut lines = Vec::new();
    for raw in comment[..body_end].split_inclusive('\n') {
        let mut text = raw.trim_start();
        if is_block {
            let leader = if offset == 0 { "/*" } else { "" };
            text = text.strip_prefix(leader).unwrap_or(text);
            text = text.trim_start_matches(['*', '!']);
        } else {
            text = text.strip_prefix("//").unwrap_or(text);
            text = text.strip_prefix(['/', '!']).unwrap_or(text);
        }
        let text = text.trim_start();
        let begin = start + offset + (raw.len() - text.len());
        let text = text.trim_end();
        lines.push(Line {
            text: text.to_owned(),
            range: begin..begin + text.len(),
        });
        offset += raw.len();
    }
    lines
}

/// Whether any line is an annotation.
pub(crate) fn is_annotated(lines: &[Line]) -> bool {
    lines.iter().any(|line| line.text.starts_with("@skill:"))
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn comment_markers_are_removed_and_offsets_stay() {
        let rows = [
            ("// @skill:id a", vec!["@skill:id a"]),
            ("/// a", vec!["a"]),
            ("//! a ", vec!["a"]),
            ("//", vec![""]),
            ("/** a */", vec!["a"]),
            (
                "/**\n * @skill:id a\n * b\n */",
                vec!["", "@skill:id a", "b", ""],
            ),
            ("/*! a\n b */", vec!["a", "b"]),
            ("/**\r\n * a\r\n */", vec!["", "a", ""]),
        ];
        each_row(rows, |(comment, expected)| {
            let text = format!("xx{comment}");
            let lines = lines(comment, 2);
            let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
            assert_eq!(texts, expected, "{comment}");
            for line in &lines {
                assert_eq!(&text[line.range.clone()], line.text, "{comment}");
            }
        });
    }
}
