//! Waiting calls, by party.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// Parties take turns; within a party the first comes first.
#[derive(Debug)]
pub(super) struct Rotation<T> {
    /// The parties that have something waiting, the next one first.
    parties: VecDeque<Arc<str>>,
    waiting: HashMap<Arc<str>, VecDeque<T>>,
}

impl<T> Default for Rotation<T> {
    fn default() -> Self {
        Self {
            parties: VecDeque::new(),
            waiting: HashMap::new(),
        }
    }
}

impl<T> Rotation<T> {
    pub fn push(&mut self, party: Arc<str>, item: T) {
        let queue = self.waiting.entry(party.clone()).or_default();
        if queue.is_empty() {
            self.parties.push_back(party);
        }
        queue.push_back(item);
    }

    /// The next, whose party then comes last.
    pub fn pop(&mut self) -> Option<T> {
        let party = self.parties.pop_front()?;
        let queue = self.waiting.get_mut(&party)?;
        let item = queue.pop_front();
        if queue.is_empty() {
            self.waiting.remove(&party);
        } else {
            self.parties.push_back(party);
        }
        item
    }

    /// Takes the first that fits `wanted` out of its party; whether there was one.
    pub fn remove(&mut self, party: &str, wanted: impl Fn(&T) -> bool) -> bool {
        let Some(queue) = self.waiting.get_mut(party) else {
            return false;
        };
        let Some(position) = queue.iter().position(wanted) else {
            return false;
        };
        queue.remove(position);
        if queue.is_empty() {
            self.waiting.remove(party);
            self.parties.retain(|known| **known != *party);
        }
        true
    }
}
