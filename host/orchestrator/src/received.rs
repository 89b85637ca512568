//! Events of other nodes, and what these are told of subscriptions.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use luminarys_grants::EventGrants;
use luminarys_runtime::{Event, MAX_DEPTH, MAX_PAYLOAD};
use serde::de::IgnoredAny;
use thiserror::Error;
use tokio::sync::watch;

use crate::Orchestrator;
use crate::emit::deliver_to;

/// The longest trace id of an event, in bytes.
const MAX_TRACE: usize = 128;

/// An event of another node is refused.
#[derive(Debug, Error)]
pub enum EventError {
    /// It breaks a rule for events.
    #[error("{0}")]
    Invalid(String),
    /// The skill that it names as its source runs here too, and may not emit it.
    #[error("{skill} emits {topic}, which its manifest on this node does not allow")]
    Denied {
        /// The source.
        skill: String,
        /// The topic.
        topic: String,
    },
}

impl Orchestrator {
    /// Returns the patterns that the skills that run here are subscribed to, and may be.
    pub fn subscriptions(&self) -> BTreeMap<String, Vec<String>> {
        let registry = self.registry();
        let mut all = self.0.events.patterns();
        for (skill, patterns) in &mut all {
            let deployed = registry.entry(skill).and_then(|it| it.deployed.as_ref());
            patterns.retain(|pattern| {
                deployed.is_some_and(|deployed| {
                    let grants = &deployed.skill.grants().events;
                    grants.decide_subscribe(pattern).is_ok()
                })
            });
        }
        all.retain(|_, patterns| !patterns.is_empty());
        all
    }

    /// Returns a counter of changes of the subscriptions.
    pub fn subscriptions_changed(&self) -> watch::Receiver<u64> {
        self.0.events.changed.subscribe()
    }

    /// Delivers an event of another node to those of `skills` that run here, are subscribed to it and may be. Returns how many
    /// methods are called. Must be called within a Tokio runtime.
    ///
    /// # Errors
    /// [`EventError`]; nothing is delivered then.
    pub fn deliver_event(&self, event: Event, skills: &HashSet<String>) -> Result<u32, EventError> {
        check(&event)?;
        let registry = self.registry();
        let source = registry.entry(&event.source);
        if let Some(source) = source.and_then(|it| it.deployed.as_ref())
            && source
                .skill
                .grants()
                .events
                .decide_emit(&event.topic)
                .is_err()
        {
            let (skill, topic) = (event.source, event.topic);
            return Err(EventError::Denied { skill, topic });
        }
        let event = Arc::new(event);
        Ok(deliver_to(self, &event, |own| {
            own.intersection(skills).cloned().collect()
        }))
    }
}

/// Checks what the capability checks of an event that is emitted here.
fn check(event: &Event) -> Result<(), EventError> {
    EventGrants::check_topic(&event.topic).map_err(EventError::Invalid)?;
    let invalid = |text: String| Err(EventError::Invalid(text));
    if event.payload.len() > MAX_PAYLOAD {
        let bytes = event.payload.len();
        return invalid(format!(
            "a payload of {bytes} bytes; at most {MAX_PAYLOAD} are passed on"
        ));
    }
    if event.depth == 0 || event.depth > MAX_DEPTH {
        return invalid(format!(
            "number {} of a chain; 1 to {MAX_DEPTH} are allowed",
            event.depth
        ));
    }
    let is_plain = event.trace_id.bytes().all(|byte| byte.is_ascii_graphic());
    if event.trace_id.len() > MAX_TRACE || !is_plain {
        return invalid(format!(
            "a trace id is at most {MAX_TRACE} visible ASCII characters"
        ));
    }
    serde_json::from_str::<IgnoredAny>(&event.payload)
        .map(drop)
        .or_else(|error| invalid(format!("the payload is not JSON: {error}")))
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn events_of_other_nodes_keep_the_rules() {
        let event = |topic: &str, payload: &str, trace: &str, depth| Event {
            topic: topic.to_owned(),
            payload: payload.to_owned(),
            source: "s".to_owned(),
            trace_id: trace.into(),
            depth,
        };
        let large = format!("\"{}\"", "x".repeat(MAX_PAYLOAD));
        check(&event("a/b", "{}", "t-1", 16)).unwrap();
        let rows = [
            (event("a/*", "{}", "t", 1), "a/*"),
            (event("", "{}", "t", 1), "topic"),
            (event("a", "{", "t", 1), "not JSON"),
            (event("a", &large, "t", 1), "a payload of 1048578 bytes"),
            (event("a", "{}", "t", 0), "number 0 of a chain"),
            (event("a", "{}", "t", 17), "number 17 of a chain"),
            (event("a", "{}", "t\n", 1), "trace id"),
            (event("a", "{}", &"t".repeat(129), 1), "trace id"),
        ];
        each_row(rows, |(event, expected)| {
            let error = check(&event).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        });
    }
}
