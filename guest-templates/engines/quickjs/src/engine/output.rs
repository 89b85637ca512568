//! What a program printed, bounded: the beginning and the end are kept.

use std::collections::VecDeque;
use std::fmt::Write as _;

/// Bytes of the beginning that are kept.
const HEAD: usize = 48 << 10;
/// Bytes of the end.
const TAIL: usize = 16 << 10;
/// The longest line.
const LINE: usize = 16 << 10;

#[derive(Default)]
pub(super) struct Output {
    head: String,
    tail: VecDeque<String>,
    tail_bytes: usize,
    left_out: usize,
    is_full: bool,
}

impl Output {
    /// Adds a line.
    pub fn line(&mut self, mut line: String) {
        if line.len() > LINE {
            let bytes = line.len();
            line.truncate(line.floor_char_boundary(LINE));
            let _ = write!(line, "… ({bytes} bytes)");
        }
        line.push('\n');
        if !self.is_full && self.head.len() + line.len() <= HEAD {
            self.head += &line;
            return;
        }
        self.is_full = true;
        self.tail_bytes += line.len();
        self.tail.push_back(line);
        while self.tail_bytes > TAIL && self.tail.len() > 1 {
            let gone = self.tail.pop_front().map_or(0, |line| line.len());
            self.tail_bytes -= gone;
            self.left_out += 1;
        }
    }

    /// Takes all of it, without the last line end.
    pub fn take(&mut self) -> String {
        let this = std::mem::take(self);
        let mut text = this.head;
        if this.left_out > 0 {
            let lines = this.left_out;
            let _ = writeln!(
                text,
                "… {lines} lines are left out: print less, or return it as the value …"
            );
        }
        text.extend(this.tail);
        if text.ends_with('\n') {
            text.pop();
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_keeps_its_beginning_and_its_end() {
        let mut output = Output::default();
        for number in 0..1_000_000 {
            output.line(format!("line {number}"));
        }
        let text = output.take();
        assert!(text.len() <= HEAD + TAIL + 100, "{}", text.len());
        assert!(text.starts_with("line 0\nline 1\n") && text.ends_with("\nline 999999"));
        let kept = text.lines().count() - 1;
        assert!(text.contains(&format!("… {} lines are left out", 1_000_000 - kept)));
        assert_eq!(output.take(), "");
    }

    #[test]
    fn a_long_line_is_cut() {
        let mut output = Output::default();
        output.line("é".repeat(1 << 20));
        assert!(output.take().ends_with("… (2097152 bytes)"));
    }
}
