//! Deadlock detection.
//!
//! A call that waits for a place proceeds when any holder of such a place does; a call that waits for calls that it
//! made proceeds when all of them do; any other call proceeds by itself. The calls left after removing all that can
//! proceed are deadlocked.

use std::collections::{HashMap, HashSet};

use thiserror::Error;

use super::state::{CallId, State};

/// A wait that would never end.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{waiting} is busy with calls that wait for this one to end: {}", cycle.join(" → "))]
pub struct Deadlock {
    /// The skill whose place was requested.
    pub waiting: String,
    /// The skills that wait for each other, the first again at the end.
    pub cycle: Vec<String>,
}

/// The calls that a call waits for.
enum Waits {
    /// Any of these calls: the holders of a place.
    Any(Vec<CallId>),
    /// All of these calls, which it made.
    All(Vec<CallId>),
    /// Nothing.
    No,
}

/// Returns the deadlock that includes `call`, if it waits as recorded in `state`.
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

/// Follows the deadlocked calls from `call` until one repeats, and describes the cycle.
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
