//! Sets of strings as automata that run in parallel, so that two sets are compared exactly.

use std::collections::HashSet;

use regex_automata::dfa::{Automaton as _, StartKind, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::{start, syntax};
use regex_automata::{Anchored, MatchKind};

/// The maximum size of an automaton, in bytes.
const MAX_AUTOMATON: usize = 4 << 20;
/// The maximum number of states visited to compare sets.
const MAX_VISITED: usize = 100_000;

/// A set of strings.
#[derive(Debug)]
pub(crate) struct Automaton(dense::DFA<Vec<u32>>);

impl Automaton {
    /// Compiles the set of strings that any of the expressions matches in full, or returns `None` when the automaton
    /// would be too large. `.` also matches a line break.
    pub fn new(expressions: &[String]) -> Option<Self> {
        let config = dense::Config::new()
            .match_kind(MatchKind::All)
            .start_kind(StartKind::Anchored)
            .dfa_size_limit(Some(MAX_AUTOMATON))
            .determinize_size_limit(Some(MAX_AUTOMATON));
        let built = dense::Builder::new()
            .configure(config)
            .thompson(thompson::Config::new().nfa_size_limit(Some(MAX_AUTOMATON)))
            .syntax(syntax::Config::new().dot_matches_new_line(true))
            .build_many(expressions);
        built.ok().map(Self)
    }
}

/// Returns whether `universe` contains a string for which `wanted` is true, given whether the string is in `first` and
/// in `second`. Returns `None` when too many states would be visited.
pub(crate) fn has_text(
    first: &Automaton,
    second: &Automaton,
    universe: &Automaton,
    wanted: impl Fn(bool, bool) -> bool,
) -> Option<bool> {
    let all = [&first.0, &second.0, &universe.0];
    // Bytes of the same equivalence class lead to the same states: one byte of each class is enough.
    let mut kinds = HashSet::new();
    let bytes: Vec<u8> = (0..=u8::MAX)
        .filter(|byte| kinds.insert(all.map(|one| one.byte_classes().get(*byte))))
        .collect();
    let from = start::Config::new().anchored(Anchored::Yes);
    let mut starts = Vec::new();
    for one in all {
        starts.push(one.start_state(&from).ok()?);
    }
    let starts = [*starts.first()?, *starts.get(1)?, *starts.get(2)?];
    let mut seen = HashSet::from([starts]);
    let mut todo = vec![starts];
    while let Some(states) = todo.pop() {
        let mut position = 0;
        let accepts = states.map(|state| {
            position += 1;
            let one = all[position - 1];
            one.is_match_state(one.next_eoi_state(state))
        });
        if accepts[2] && wanted(accepts[0], accepts[1]) {
            return Some(true);
        }
        for byte in &bytes {
            let mut position = 0;
            let next = states.map(|state| {
                position += 1;
                all[position - 1].next_state(state, *byte)
            });
            // A string outside the first set or the universe cannot be a witness.
            let is_over = all[0].is_dead_state(next[0]) || all[2].is_dead_state(next[2]);
            if !is_over && seen.insert(next) {
                todo.push(next);
            }
        }
        if seen.len() > MAX_VISITED {
            return None;
        }
    }
    Some(false)
}
