//! Whether a wait can end.
//!
//! A call that waits for a place goes on when any of those who hold such a place does; a call that waits for calls that
//! it made goes on when all of them do; any other call goes on by itself. What is left when all that can go on is taken
//! away waits for ever.

use std::collections::{HashMap, HashSet};

use thiserror::Error;

use super::state::{CallId, State};

/// A wait that could not end.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{waiting} is busy with calls that wait for this one to end: {}", cycle.join(" → "))]
pub struct Deadlock {
    /// The skill whose turn was asked for.
    pub waiting: String,
    /// The skills that wait for each other, the first again at the end.
    pub cycle: Vec<String>,
}

/// What a call waits for.
enum Waits {
    /// Any of these: the holders of a place.
    Any(Vec<CallId>),
    /// All of these: calls that it made.
    All(Vec<CallId>),
    /// Nothing.
    No,
}

/// The deadlock that `call` would be part of by waiting as the state has it.
pub(super) fn find(state: &State, call: CallId) -> Option<Deadlock> {
    let waits = |call: CallId| -> Waits {
        let place = state.calls.get(&call).and_then(|known| known.waits_for);
        if let Some(place) = place.and_then(|place| state.places.get(&place)) {
            return Waits::Any(place.holders.clone());
        }
        match state.children.get(&call) {
            Some(made) => Waits::All(made.clone()),
            None => Waits::No,
        }
    };
    let mut graph: HashMap<CallId, Waits> = HashMap::new();
    let mut open = vec![call];
    while let Some(next) = open.pop() {
        if graph.contains_key(&next) {
            continue;
        }
        let what = waits(next);
        match &what {
            Waits::Any(others) | Waits::All(others) => open.extend(others),
            Waits::No => {}
        }
        graph.insert(next, what);
    }
    let mut stuck: HashSet<CallId> = graph.keys().copied().collect();
    loop {
        let free: Vec<CallId> = stuck
            .iter()
            .copied()
            .filter(|call| match graph.get(call) {
                Some(Waits::Any(others)) => others.iter().any(|other| !stuck.contains(other)),
                Some(Waits::All(others)) => others.iter().all(|other| !stuck.contains(other)),
                Some(Waits::No) | None => true,
            })
            .collect();
        if free.is_empty() {
            break;
        }
        for call in free {
            stuck.remove(&call);
        }
    }
    stuck
        .contains(&call)
        .then(|| describe(state, &graph, &stuck, call))
}

/// Follows the calls that are stuck from `call` until one comes again.
fn describe(
    state: &State,
    graph: &HashMap<CallId, Waits>,
    stuck: &HashSet<CallId>,
    call: CallId,
) -> Deadlock {
    let mut cycle: Vec<String> = Vec::new();
    let mut seen = HashSet::new();
    let mut next = Some(call);
    while let Some(call) = next.filter(|call| seen.insert(*call)) {
        let place = state.calls.get(&call).and_then(|known| known.waits_for);
        if let Some(place) = place.and_then(|place| state.places.get(&place)) {
            cycle.push(place.skill.clone());
        }
        next = match graph.get(&call) {
            Some(Waits::Any(others) | Waits::All(others)) => {
                others.iter().copied().find(|other| stuck.contains(other))
            }
            Some(Waits::No) | None => None,
        };
    }
    let waiting = cycle.first().cloned().unwrap_or_default();
    cycle.push(waiting.clone());
    Deadlock { waiting, cycle }
}
