//! Finds every form of every secret in one pass, regardless of their number.

use std::collections::BTreeSet;
use std::ops::Range;

use aho_corasick::automaton::{Automaton as _, StateID};
use aho_corasick::nfa::noncontiguous::{Builder, NFA};
use aho_corasick::{Anchored, MatchKind};

/// An automaton over the forms.
#[derive(Debug)]
pub(super) struct Automaton {
    /// `None` if there are too many forms: then every text is replaced as a whole.
    nfa: Option<NFA>,
    start: StateID,
    /// For each state, the length of the prefix that it represents.
    depths: Vec<u32>,
}

impl Automaton {
    /// Makes an automaton over bytes; `None` without forms.
    pub fn new(forms: &BTreeSet<Vec<u8>>) -> Option<Self> {
        if forms.is_empty() {
            return None;
        }
        // Standard semantics: each state has all the forms that end there, so overlapping secrets are all found.
        let built = Builder::new()
            .match_kind(MatchKind::Standard)
            .prefilter(false)
            .build(forms);
        let started = built.ok().and_then(|nfa| {
            let starts = (
                nfa.start_state(Anchored::No).ok()?,
                nfa.start_state(Anchored::Yes).ok()?,
            );
            Some((nfa, starts))
        });
        let Some((nfa, (start, root))) = started else {
            return Some(Self {
                nfa: None,
                start: StateID::ZERO,
                depths: Vec::new(),
            });
        };
        let mut depths = vec![0; 1];
        for form in forms {
            let mut state = root;
            for (depth, byte) in (1..).zip(form) {
                state = nfa.next_state(Anchored::Yes, state, *byte);
                if depths.len() <= state.as_usize() {
                    depths.resize(state.as_usize() + 1, 0);
                }
                depths[state.as_usize()] = depth;
            }
        }
        Some(Self {
            nfa: Some(nfa),
            start,
            depths,
        })
    }

    /// Starts a search.
    pub fn search(&self) -> Search {
        Search {
            state: self.start,
            end: 0,
            found: Vec::new(),
        }
    }
}

/// A search in text that may arrive in pieces. Positions are byte offsets from its beginning.
#[derive(Debug)]
pub(super) struct Search {
    state: StateID,
    end: u64,
    /// Matches in order; overlapping ones are merged.
    found: Vec<Range<u64>>,
}

impl Search {
    /// Searches the next piece.
    pub fn feed(&mut self, automaton: &Automaton, bytes: &[u8]) {
        let Some(nfa) = &automaton.nfa else {
            let end = self.end + bytes.len() as u64;
            self.add(self.end..end);
            self.end = end;
            return;
        };
        for byte in bytes {
            self.state = nfa.next_state(Anchored::No, self.state, *byte);
            self.end += 1;
            if nfa.is_match(self.state) {
                let lengths = (0..nfa.match_len(self.state))
                    .map(|index| nfa.pattern_len(nfa.match_pattern(self.state, index)));
                let longest = lengths.max().unwrap_or_default() as u64;
                self.add(self.end.saturating_sub(longest)..self.end);
            }
        }
    }

    fn add(&mut self, mut new: Range<u64>) {
        while let Some(last) = self.found.last()
            && last.end > new.start
        {
            new.start = new.start.min(last.start);
            self.found.pop();
        }
        self.found.push(new);
    }

    /// Returns the position up to which the text is settled: later text cannot make it part of a secret.
    pub fn settled(&self, automaton: &Automaton) -> u64 {
        let depth = automaton.depths.get(self.state.as_usize());
        self.end - u64::from(depth.copied().unwrap_or_default())
    }

    /// Returns the matches that were not taken yet.
    pub fn found(&self) -> &[Range<u64>] {
        &self.found
    }

    /// Forgets matches that begin before `place`.
    pub fn forget(&mut self, place: u64) {
        let count = self.found.partition_point(|one| one.start < place);
        self.found.drain(..count);
    }

    /// Returns the length of the text so far.
    pub fn end(&self) -> u64 {
        self.end
    }
}
