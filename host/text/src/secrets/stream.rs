//! Redacts text that arrives in pieces: a secret may begin in one and end in another.

use std::collections::VecDeque;
use std::sync::Arc;

use super::MARK;
use super::automaton::{Automaton, Search};
use super::registry::Redactor;

/// Replaces the secrets in a stream of text. A possible beginning of one is held back until that is settled.
#[derive(Debug)]
pub struct RedactedStream {
    redactor: Redactor,
    automaton: Option<Arc<Automaton>>,
    search: Option<Search>,
    held: Held,
}

/// Text that was not passed on yet. Positions are byte offsets in the stream.
#[derive(Clone, Debug, Default)]
struct Held {
    bytes: VecDeque<u8>,
    /// The position of the first of `bytes`.
    start: u64,
    /// The end of the secret that was replaced last.
    hidden: u64,
}

impl Redactor {
    /// Starts a stream of text that arrives in pieces.
    pub fn stream(&self) -> RedactedStream {
        RedactedStream {
            redactor: self.clone(),
            automaton: None,
            search: None,
            held: Held::default(),
        }
    }
}

impl RedactedStream {
    /// Adds the next piece; settled text is appended to `out`.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        if self.search.is_none() {
            // Secrets registered meanwhile are known from here on.
            self.automaton = self.redactor.automaton();
        }
        let Some(automaton) = &self.automaton else {
            out.extend_from_slice(bytes);
            return;
        };
        let search = self.search.get_or_insert_with(|| automaton.search());
        search.feed(automaton, bytes);
        self.held.bytes.extend(bytes);
        let settled = search.settled(automaton);
        self.held.release(search, settled, out);
        search.forget(settled);
        if self.held.bytes.is_empty() {
            self.begin();
        }
    }

    /// Ends the stream: appends the text held back to `out`, redacted. A new stream begins.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        if let Some(search) = &self.search {
            self.held.release(search, search.end(), out);
        }
        self.begin();
    }

    /// Returns what [`RedactedStream::finish`] would append, at most its first `limit` bytes; it stays held back.
    pub fn tail(&self, limit: usize) -> Vec<u8> {
        let mut out = Vec::new();
        if let Some(search) = &self.search {
            let end = search
                .end()
                .min(self.held.start.saturating_add(limit as u64));
            self.held.clone_upto(limit).release(search, end, &mut out);
        }
        out
    }

    fn begin(&mut self) {
        self.search = None;
        self.held = Held::default();
    }
}

impl Held {
    /// Moves the text before `until` to `out`, with the matches of `search` replaced.
    fn release(&mut self, search: &Search, until: u64, out: &mut Vec<u8>) {
        self.skip_hidden(until);
        for found in search.found() {
            if found.start >= until {
                break;
            }
            if found.start >= self.hidden {
                self.copy(found.start, out);
                out.extend_from_slice(MARK.as_bytes());
            }
            self.hidden = self.hidden.max(found.end);
            self.skip_hidden(until);
        }
        self.copy(until, out);
    }

    fn skip_hidden(&mut self, until: u64) {
        let upto = self.hidden.min(until);
        drop(self.bytes.drain(..self.count(upto)));
        self.start = self.start.max(upto);
    }

    fn copy(&mut self, until: u64, out: &mut Vec<u8>) {
        out.extend(self.bytes.drain(..self.count(until)));
        self.start = self.start.max(until);
    }

    /// Returns the number of bytes before `place`.
    fn count(&self, place: u64) -> usize {
        let count = usize::try_from(place.saturating_sub(self.start)).unwrap_or(usize::MAX);
        count.min(self.bytes.len())
    }

    fn clone_upto(&self, limit: usize) -> Self {
        Self {
            bytes: self.bytes.iter().take(limit).copied().collect(),
            ..*self
        }
    }
}
