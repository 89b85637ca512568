//! Events that wait to be sent to one node: the newest are kept.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use luminarys_cluster::NodeName;
use luminarys_orchestrator::{Charge, Event};
use tokio::sync::Notify;

/// How many events may wait for one node.
const QUEUE: usize = 1_000;

/// An event that waits to be sent.
pub(super) struct Waiting {
    pub event: Arc<Event>,
    /// The skills of the other node that it is for.
    pub skills: Vec<String>,
    /// What is held of it, charged to the skill that emits.
    pub held: Charge,
}

/// The events that wait for one node.
#[derive(Default)]
pub(super) struct Outgoing {
    queue: Mutex<Queue>,
    arrived: Notify,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    /// How many were lost, and of those how many are logged.
    lost: u64,
    told: u64,
}

impl Outgoing {
    /// Adds an event, in place of the oldest where too many wait.
    pub fn put(&self, node: &NodeName, waiting: Waiting) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.waiting.len() >= QUEUE {
            queue.waiting.pop_front();
            queue.lost += 1;
            if queue.lost > 2 * queue.told {
                queue.told = queue.lost;
                let lost = queue.lost;
                tracing::warn!(%node, lost, "events are lost: at most {QUEUE} may wait for one node");
            }
        }
        queue.waiting.push_back(waiting);
        drop(queue);
        self.arrived.notify_one();
    }

    /// Waits for the next event. Nothing is lost when the future is dropped. One task at a time may wait.
    pub async fn next(&self) -> Waiting {
        loop {
            let next = {
                let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
                queue.waiting.pop_front()
            };
            match next {
                Some(next) => return next,
                None => self.arrived.notified().await,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_newest_events_are_kept_in_order() {
        let outgoing = Outgoing::default();
        let node = NodeName::new("a").unwrap();
        for number in 0..QUEUE + 2 {
            let event = Event {
                topic: number.to_string(),
                payload: "0".to_owned(),
                source: "s".to_owned(),
                trace_id: "t".into(),
                depth: 1,
            };
            let waiting = Waiting {
                event: Arc::new(event),
                skills: Vec::new(),
                held: Charge::default(),
            };
            outgoing.put(&node, waiting);
        }
        assert_eq!(outgoing.next().await.event.topic, "2");
        assert_eq!(outgoing.next().await.event.topic, "3");
    }
}
