//! Makes foreign text visible.
//!
//! A hidden character is allowed only where it is legitimate, as defined by [`crate::context`]. All others are rejected
//! in packages ([`check`]) and escaped elsewhere, as Rust escapes it: `\n`, `\u{202e}`. Backslashes stay as they are,
//! so that the operation is idempotent.

use std::borrow::Cow;
use std::fmt::Write as _;

use thiserror::Error;

use crate::context;
use crate::hidden::is_hidden;

/// A character that a package must not have.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error(
    "the character U+{:04X} (line {line}, character {column}) is not visible or changes how other text is shown; remove it",
    u32::from(*.character)
)]
pub struct HiddenCharacter {
    /// The character.
    pub character: char,
    /// Its line, from 1.
    pub line: usize,
    /// Its position in that line in characters, from 1.
    pub column: usize,
}

/// Makes `text` visible in one line: line breaks and tabs are escaped as well.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    escape(text, |_| false)
}

/// Makes `text` visible and keeps its line breaks and tabs: for text shown by itself, such as a result.
#[must_use]
pub fn visible_text(text: &str) -> Cow<'_, str> {
    visible_lines(text, "")
}

/// Makes `text` visible and begins every line after the first with `indent`, so that none looks like the host's own.
/// Tabs stay; empty lines are left empty.
#[must_use]
pub fn visible_lines<'a>(text: &'a str, indent: &str) -> Cow<'a, str> {
    if !text.contains('\n') {
        return escape(text, |character| character == '\t');
    }
    let mut out = String::with_capacity(text.len());
    // With its line feed, since a carriage return is part of a line break only before one.
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let (line, end) = match line.strip_suffix('\n') {
            Some(line) => (line.strip_suffix('\r').unwrap_or(line), "\n"),
            None => (line, ""),
        };
        if index > 0 && !line.is_empty() {
            out.push_str(indent);
        }
        out.push_str(&escape(line, |character| character == '\t'));
        out.push_str(end);
    }
    Cow::Owned(out)
}

/// Checks a string of several lines in a package: no hidden characters except line feeds and tabs.
///
/// # Errors
/// The first hidden character.
pub fn check(text: &str) -> Result<(), HiddenCharacter> {
    first_hidden(text, |character| matches!(character, '\n' | '\t'))
}

/// Checks a name or another string of one line: no hidden characters, line breaks or tabs.
///
/// # Errors
/// The first hidden character.
pub fn check_line(text: &str) -> Result<(), HiddenCharacter> {
    first_hidden(text, |_| false)
}

fn first_hidden(text: &str, kept: impl Fn(char) -> bool) -> Result<(), HiddenCharacter> {
    let Some((at, character)) = hidden_characters(text, kept).next() else {
        return Ok(());
    };
    let before = &text[..at];
    let begin = before.rfind('\n').map_or(0, |line_feed| line_feed + 1);
    Err(HiddenCharacter {
        character,
        line: before.matches('\n').count() + 1,
        column: before[begin..].chars().count() + 1,
    })
}

/// Returns the hidden characters that are neither in `kept` nor legitimate in their context.
fn hidden_characters(
    text: &str,
    kept: impl Fn(char) -> bool,
) -> impl Iterator<Item = (usize, char)> {
    text.char_indices().filter(move |(at, character)| {
        let after = at + character.len_utf8();
        is_hidden(*character)
            && !kept(*character)
            && !context::belongs(&text[..*at], *character, &text[after..])
    })
}

fn escape(text: &str, kept: impl Fn(char) -> bool) -> Cow<'_, str> {
    let mut hidden = hidden_characters(text, kept).peekable();
    if hidden.peek().is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut copied = 0;
    for (at, character) in hidden {
        out.push_str(&text[copied..at]);
        push_escaped(&mut out, character);
        copied = at + character.len_utf8();
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

fn push_escaped(out: &mut String, character: char) {
    match character {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        // Writing to a String cannot fail.
        _ => _ = write!(out, "\\u{{{:x}}}", u32::from(character)),
    }
}

#[cfg(test)]
#[path = "visible_tests.rs"]
pub(crate) mod tests;
