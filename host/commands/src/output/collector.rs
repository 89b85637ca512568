//! Keeps the beginning of a command's output or its last lines, of all lines or of those that match.

use std::collections::VecDeque;

use regex::bytes::Regex;

/// The longest line, in bytes; a longer one is treated as several.
const MAX_LINE: usize = 1 << 20;

/// Collects output as it arrives.
pub(crate) struct Collector {
    grep: Option<Regex>,
    tail: Option<usize>,
    limit: usize,
    /// The line that has not ended yet.
    line: Vec<u8>,
    /// Only the bytes, as there may be millions of empty lines. Line ends are searched for when lines are dropped.
    kept: VecDeque<u8>,
    /// Lines in it; counted with `tail` only.
    lines: usize,
    truncated: bool,
}

impl Collector {
    /// Keeps at most `limit` bytes: the first ones, or with `tail` as many of the last lines.
    pub fn new(grep: Option<Regex>, tail: Option<usize>, limit: usize) -> Self {
        Self {
            grep,
            tail,
            limit,
            line: Vec::new(),
            kept: VecDeque::new(),
            lines: 0,
            truncated: false,
        }
    }

    /// Adds the next bytes.
    pub fn take(&mut self, bytes: &[u8]) {
        if self.grep.is_none() && self.tail.is_none() {
            return self.keep(bytes);
        }
        for mut piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            while !piece.is_empty() {
                let room = MAX_LINE - self.line.len();
                let (part, rest) = piece.split_at(piece.len().min(room));
                piece = rest;
                self.line.extend_from_slice(part);
                if part.ends_with(b"\n") || self.line.len() == MAX_LINE {
                    self.end_line();
                }
            }
        }
    }

    /// Returns the bytes that it holds, including spare capacity.
    pub fn size(&self) -> u64 {
        (self.kept.capacity() + self.line.capacity()) as u64
    }

    /// Returns the text, and whether something that was asked for is missing from it.
    pub fn finish(mut self) -> (String, bool) {
        if !self.line.is_empty() {
            self.end_line();
        }
        let text = match String::from_utf8(self.kept.into()) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        };
        (text, self.truncated)
    }

    fn end_line(&mut self) {
        let mut line = std::mem::take(&mut self.line);
        let bare = line.strip_suffix(b"\n").unwrap_or(&line);
        if self.grep.as_ref().is_none_or(|grep| grep.is_match(bare)) {
            self.keep(&line);
        }
        line.clear();
        self.line = line;
    }

    fn keep(&mut self, piece: &[u8]) {
        let Some(lines) = self.tail else {
            let room = self.limit - self.kept.len();
            self.truncated |= piece.len() > room;
            self.kept.extend(&piece[..piece.len().min(room)]);
            return;
        };
        self.kept.extend(piece);
        self.lines += 1;
        while self.lines > lines || self.kept.len() > self.limit {
            self.truncated |= self.lines <= lines;
            self.drop_first_line();
        }
    }

    /// A line ends with a line feed, at [`MAX_LINE`], or with the last byte.
    fn drop_first_line(&mut self) {
        let longest = self.kept.len().min(MAX_LINE);
        let end = self.kept.range(..longest).position(|byte| *byte == b'\n');
        self.kept.drain(..end.map_or(longest, |end| end + 1));
        self.lines = self.lines.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn empty_lines_take_no_more_memory_than_their_bytes() {
        let mut collector = Collector::new(None, Some(usize::MAX), 1 << 20);
        for _ in 0..40 {
            collector.take(&[b'\n'; 64 << 10]);
        }
        assert!(collector.kept.capacity() <= 4 << 20);
        assert_eq!(collector.lines, 1 << 20);
        let (text, truncated) = collector.finish();
        assert_eq!((text.len(), truncated), (1 << 20, true));
    }

    #[test]
    fn an_endless_line_is_split() {
        let rows = [(1, 5), (2, MAX_LINE + 5), (3, 2 * MAX_LINE + 5)];
        each_row(rows, |(tail, expected)| {
            let mut collector = Collector::new(None, Some(tail), 8 << 20);
            for _ in 0..32 {
                collector.take(&[b'x'; 64 << 10]);
            }
            collector.take(b"last\n");
            assert_eq!(collector.finish().0.len(), expected, "{tail}");
        });
    }

    #[test]
    fn beginnings_last_lines_and_matches_are_kept() {
        let text = b"one\ntwo\nthree\nfour";
        let rows = [
            (None, None, 100, "one\ntwo\nthree\nfour", false),
            (None, None, 5, "one\nt", true),
            (None, Some(2), 100, "three\nfour", false),
            (None, Some(0), 100, "", false),
            (None, Some(9), 100, "one\ntwo\nthree\nfour", false),
            (None, Some(9), 10, "three\nfour", true),
            (Some("o"), None, 100, "one\ntwo\nfour", false),
            (Some("o"), Some(1), 100, "four", false),
            (Some("^t.*e$"), None, 100, "three\n", false),
            (Some("zero"), None, 100, "", false),
        ];
        each_row(rows, |(grep, tail, limit, expected, truncated)| {
            // In pieces of any size.
            for size in [1, 3, 100] {
                let grep = grep.map(|grep| Regex::new(grep).unwrap());
                let mut collector = Collector::new(grep, tail, limit);
                for piece in text.chunks(size) {
                    collector.take(piece);
                }
                assert_eq!(
                    collector.finish(),
                    (expected.to_owned(), truncated),
                    "{tail:?}"
                );
            }
        });
    }
}
