//! Waiting calls, by client and within a client by session.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// The party that a call waits for: a client, and one of its sessions.
pub(crate) type Party = [Arc<str>; 2];

/// Clients take turns, and so do the sessions of a client; within a session calls are first come, first served.
pub(super) type Rotation<T> = Ring<Ring<VecDeque<T>>>;

/// A queue of waiting calls; `names` identifies their party.
pub(super) trait Queue: Default {
    type Item;

    fn push(&mut self, names: &[Arc<str>], item: Self::Item);

    /// Removes and returns the next item.
    fn pop(&mut self) -> Option<Self::Item>;

    /// Removes the first item that matches `wanted`. Returns whether there was one.
    fn remove(&mut self, names: &[Arc<str>], wanted: &dyn Fn(&Self::Item) -> bool) -> bool;

    fn is_empty(&self) -> bool;
}

impl<T> Queue for VecDeque<T> {
    type Item = T;

    fn push(&mut self, _: &[Arc<str>], item: T) {
        self.push_back(item);
    }

    fn pop(&mut self) -> Option<T> {
        self.pop_front()
    }

    fn remove(&mut self, _: &[Arc<str>], wanted: &dyn Fn(&T) -> bool) -> bool {
        let position = self.iter().position(wanted);
        position.is_some_and(|position| VecDeque::remove(self, position).is_some())
    }

    fn is_empty(&self) -> bool {
        VecDeque::is_empty(self)
    }
}

/// Queues that take turns, by name, none of them empty.
#[derive(Debug)]
pub(super) struct Ring<Q> {
    /// The names, the next one first.
    order: VecDeque<Arc<str>>,
    queues: HashMap<Arc<str>, Q>,
}

impl<Q> Default for Ring<Q> {
    fn default() -> Self {
        Self {
            order: VecDeque::new(),
            queues: HashMap::new(),
        }
    }
}

impl<Q: Queue> Queue for Ring<Q> {
    type Item = Q::Item;

    fn push(&mut self, names: &[Arc<str>], item: Q::Item) {
        let Some((name, rest)) = names.split_first() else {
            return;
        };
        let queue = self.queues.entry(name.clone()).or_insert_with(|| {
            self.order.push_back(name.clone());
            Q::default()
        });
        queue.push(rest, item);
    }

    fn pop(&mut self) -> Option<Q::Item> {
        let name = self.order.pop_front()?;
        let queue = self.queues.get_mut(&name)?;
        let item = queue.pop();
        if queue.is_empty() {
            self.queues.remove(&name);
        } else {
            self.order.push_back(name);
        }
        item
    }

    fn remove(&mut self, names: &[Arc<str>], wanted: &dyn Fn(&Q::Item) -> bool) -> bool {
        let Some((name, rest)) = names.split_first() else {
            return false;
        };
        let Some(queue) = self.queues.get_mut(name) else {
            return false;
        };
        let removed = queue.remove(rest, wanted);
        if queue.is_empty() {
            self.queues.remove(name);
            self.order.retain(|known| known != name);
        }
        removed
    }

    fn is_empty(&self) -> bool {
        self.order.is_empty()
    }
}
