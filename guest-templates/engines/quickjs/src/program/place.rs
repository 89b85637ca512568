//! Lines and columns of a program, as its author wrote it.

use super::edits::Map;

/// A program's text, and how it was changed.
#[derive(Debug, Default)]
pub(crate) struct Source {
    /// As written.
    pub original: String,
    /// As compiled.
    pub code: String,
    /// Where its parts were.
    pub map: Map,
    /// Whether it is compiled as strict code.
    pub strict: bool,
    /// Whether it is compiled as written, since it is nested too deep to be changed.
    pub is_unread: bool,
}

/// What follows a syntax error where a source was compiled as written.
pub(crate) const UNREAD: &str = "\nNote: the source is nested too deep for types to be removed and for `import`, `export` and `return` outside of functions: nest less, or write plain JavaScript.";

/// A line and a column, both from 1; columns are characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub line: usize,
    pub column: usize,
}

/// The longest part of a line that is shown.
const SHOWN: usize = 160;

impl Source {
    /// The place in the original of a line and a column in bytes of the compiled text.
    pub fn original_place(&self, line: usize, column: usize) -> Place {
        let start = line_start(&self.code, line);
        let rest = &self.code[start..];
        let rest = rest.lines().next().unwrap_or_default();
        // QuickJS counts bytes.
        let offset = column.saturating_sub(1).min(rest.len());
        self.place(self.map.original(start + offset))
    }

    /// The line and column of an offset in the original.
    pub fn place(&self, offset: usize) -> Place {
        let mut offset = offset.min(self.original.len());
        while !self.original.is_char_boundary(offset) {
            offset -= 1;
        }
        let before = &self.original[..offset];
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        Place {
            line: before.matches('\n').count() + 1,
            column: before[start..].chars().count() + 1,
        }
    }

    /// The text of a line with its number, for messages.
    pub fn excerpt(&self, line: usize) -> Option<String> {
        let start = line_start(&self.original, line);
        let text = self.original[start..].lines().next()?.trim_end();
        if text.trim().is_empty() {
            return None;
        }
        let mut shown: String = text.chars().take(SHOWN).collect();
        if shown.len() < text.len() {
            shown.push('…');
        }
        Some(format!("  {line} | {shown}"))
    }
}

/// The offset of a line's first byte.
fn line_start(text: &str, line: usize) -> usize {
    let ends = text.match_indices('\n').map(|(at, _)| at + 1);
    std::iter::once(0)
        .chain(ends)
        .nth(line.saturating_sub(1))
        .unwrap_or(text.len())
}
