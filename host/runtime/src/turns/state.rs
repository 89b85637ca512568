//! The state of a board: the places, their holders and the waiting calls.

use std::collections::HashMap;

use tokio::sync::oneshot;

use super::rotation::{Party, Rotation};

/// A call, unique within the process.
pub(crate) type CallId = u64;
/// A set of places, unique on its board.
pub(super) type PlaceId = u64;

#[derive(Debug, Default)]
pub(super) struct State {
    pub next: PlaceId,
    pub places: HashMap<PlaceId, Place>,
    /// The calls that hold a place or wait.
    pub calls: HashMap<CallId, Call>,
    /// The calls by their parent.
    pub children: HashMap<CallId, Vec<CallId>>,
}

#[derive(Debug)]
pub(super) struct Place {
    pub skill: String,
    pub free: u32,
    pub holders: Vec<CallId>,
    pub queue: Rotation<(CallId, oneshot::Sender<()>)>,
}

#[derive(Debug, Default)]
pub(super) struct Call {
    pub parent: Option<CallId>,
    pub waits_for: Option<PlaceId>,
    pub party: Party,
    /// The number of places that it holds.
    pub holds: u32,
}
