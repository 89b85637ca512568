//! Places in a text.

use tree_sitter::{Node, Point};

/// What is shown of a line or a node at most, in bytes.
pub const SHOWN: usize = 200;

/// Cuts a text to `most` bytes, at a character, and says so.
pub fn cut(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    format!("{}…", &text[..floor(text, most)])
}

/// Returns the last boundary between characters at or before `at`.
pub fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Returns the text between two bytes.
pub fn slice(text: &str, start: usize, end: usize) -> &str {
    &text[floor(text, start)..floor(text, end.max(start))]
}

/// Returns a node's text.
pub fn text<'a>(source: &'a str, node: Node<'_>) -> &'a str {
    slice(source, node.start_byte(), node.end_byte())
}

/// Returns a number of lines or columns, from 1.
pub fn one(number: usize) -> u32 {
    u32::try_from(number).map_or(u32::MAX, |number| number.saturating_add(1))
}

/// Returns the last line of what ends at `end`: the end of a line belongs to that line.
pub fn last_line(end: Point, start: Point) -> u32 {
    match end.column {
        0 if end.row > start.row => one(end.row - 1),
        _ => one(end.row),
    }
}

/// The starts of the lines of a text.
pub struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    /// Finds them.
    pub fn of(text: &str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self {
            starts: std::iter::once(0)
                .chain(ends.map(|(at, _)| at + 1))
                .collect(),
        }
    }

    /// Returns how many there are. A line end at the very end starts no further line.
    pub fn count(&self, text: &str) -> usize {
        match self.starts.last() {
            Some(start) if *start == text.len() => self.starts.len() - 1,
            _ => self.starts.len(),
        }
    }

    /// Returns a line without its end; rows count from 0.
    pub fn line<'a>(&self, text: &'a str, row: usize) -> Option<&'a str> {
        let start = *self.starts.get(row)?;
        let end = self.starts.get(row + 1).map_or(text.len(), |next| next - 1);
        Some(text.get(start..end)?.trim_end_matches('\r'))
    }

    /// Returns the byte of a row and a column, both from 0.
    ///
    /// # Errors
    /// Fails for a place that the text does not have.
    pub fn byte(&self, text: &str, row: usize, column: usize) -> Result<usize, String> {
        // Past a last line that has an end there is one more place: where further lines go.
        let start = *self.starts.get(row).ok_or_else(|| {
            format!(
                "there is no line {}: the text has {}",
                row + 1,
                self.count(text)
            )
        })?;
        let end = self.starts.get(row + 1).map_or(text.len(), |next| next - 1);
        let at = start + column;
        if at > end || !text.is_char_boundary(at) {
            return Err(format!(
                "line {} has no column {}: it has {} bytes, and a column begins a character",
                row + 1,
                column + 1,
                end - start
            ));
        }
        Ok(at)
    }

    /// Returns the row and column of a byte.
    pub fn point(&self, byte: usize) -> Point {
        let row = self.starts.partition_point(|start| *start <= byte) - 1;
        Point::new(row, byte - self.starts[row])
    }
}
