//! What is kept of a command's output: its beginning, or the last lines, of those that match.

use std::collections::VecDeque;

use regex::bytes::Regex;

/// The longest line that is looked at as one, in bytes.
const MAX_LINE: usize = 1 << 20;

/// Takes output as it comes.
pub(super) struct Collector {
    grep: Option<Regex>,
    tail: Option<usize>,
    limit: usize,
    /// The line that has not ended yet.
    line: Vec<u8>,
    kept: VecDeque<Vec<u8>>,
    bytes: usize,
    truncated: bool,
}

impl Collector {
    /// Keeps at most `limit` bytes: the first, or with `tail` the last so many lines.
    pub fn new(grep: Option<Regex>, tail: Option<usize>, limit: usize) -> Self {
        Self {
            grep,
            tail,
            limit,
            line: Vec::new(),
            kept: VecDeque::new(),
            bytes: 0,
            truncated: false,
        }
    }

    /// Takes the next bytes.
    pub fn take(&mut self, bytes: &[u8]) {
        if self.grep.is_none() && self.tail.is_none() {
            return self.keep(bytes.to_vec());
        }
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(piece);
            if piece.ends_with(b"\n") || self.line.len() >= MAX_LINE {
                self.end_line();
            }
        }
    }

    /// The text, and whether something is missing from it that was asked for.
    pub fn finish(mut self) -> (String, bool) {
        if !self.line.is_empty() {
            self.end_line();
        }
        let bytes: Vec<u8> = self.kept.into_iter().flatten().collect();
        (String::from_utf8_lossy(&bytes).into_owned(), self.truncated)
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        let bare = line.strip_suffix(b"\n").unwrap_or(&line);
        if self.grep.as_ref().is_none_or(|grep| grep.is_match(bare)) {
            self.keep(line);
        }
    }

    fn keep(&mut self, mut piece: Vec<u8>) {
        let Some(lines) = self.tail else {
            let room = self.limit - self.bytes;
            self.truncated |= piece.len() > room;
            piece.truncate(room);
            self.bytes += piece.len();
            // Pieces may be small, and there may be many.
            match self.kept.back_mut() {
                Some(last) => last.extend_from_slice(&piece),
                None => self.kept.push_back(piece),
            }
            return;
        };
        self.bytes += piece.len();
        self.kept.push_back(piece);
        while self.kept.len() > lines || self.bytes > self.limit {
            self.truncated |= self.kept.len() <= lines;
            match self.kept.pop_front() {
                Some(first) => self.bytes -= first.len(),
                None => break,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings_ends_and_matches() {
        let text = b"one\ntwo\nthree\nfour";
        for (grep, tail, limit, expected, truncated) in [
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
        ] {
            // However it comes.
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
        }
    }
}
