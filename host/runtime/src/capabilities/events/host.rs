//! The functions of `events`, which the host's `Peers` carry out.

use luminarys_grants::EventGrants;
use serde::de::IgnoredAny;

use super::state::EventsCapability;
use crate::bindings::luminarys::skill::events::{Host, Subscription};
use crate::bindings::luminarys::skill::types::Error;
use crate::environment::View;
use crate::peers::{Event, MAX_DEPTH, MAX_PAYLOAD};

impl Host for View<'_, EventsCapability> {
    async fn emit(&mut self, topic: String, payload: String) -> Result<u32, Error> {
        self.may("emit", &topic)?;
        EventGrants::check_topic(&topic).map_err(Error::Invalid)?;
        if payload.len() > MAX_PAYLOAD {
            let length = payload.len();
            let text = format!("a payload of {length} bytes; at most {MAX_PAYLOAD} are passed on");
            return Err(Error::TooLarge(text));
        }
        let rule = match self.shared.grants.events.decide_emit(&topic) {
            Ok(rule) => rule.to_owned(),
            Err(denial) => return Err(self.denied(denial)),
        };
        let noted = self
            .audit()
            .allowed("events", &format!("emit {topic}"), &rule);
        noted.map_err(|denial| self.denied(denial))?;
        serde_json::from_str::<IgnoredAny>(&payload)
            .map_err(|error| Error::Invalid(format!("the payload is not JSON: {error}")))?;
        let depth = self.call.context.depth + 1;
        if depth > MAX_DEPTH {
            let text =
                format!("events have caused events {MAX_DEPTH} times: {topic} ends the chain");
            return Err(Error::Invalid(text));
        }
        let event = Event {
            topic,
            payload,
            source: self.shared.id.clone(),
            trace_id: self.call.context.trace_id.clone(),
            depth,
        };
        self.on_peers(move |peers, _| peers.emit(event)).await
    }

    async fn subscribe(&mut self, pattern: String, method: String) -> Result<(), Error> {
        self.may("subscribe", &pattern)?;
        EventGrants::check_subscription(&pattern).map_err(Error::Invalid)?;
        let rule = match self.shared.grants.events.decide_subscribe(&pattern) {
            Ok(rule) => rule.to_owned(),
            Err(denial) => return Err(self.denied(denial)),
        };
        let noted = self
            .audit()
            .allowed("events", &format!("subscribe {pattern}"), &rule);
        noted.map_err(|denial| self.denied(denial))?;
        self.on_peers(move |peers, caller| peers.subscribe(caller, &pattern, &method))
            .await
    }

    async fn unsubscribe(&mut self, pattern: String) -> Result<bool, Error> {
        self.may("unsubscribe", &pattern)?;
        self.on_peers(move |peers, caller| peers.unsubscribe(caller, &pattern))
            .await
    }

    async fn subscriptions(&mut self) -> Vec<Subscription> {
        let found = self.on_peers(|peers, caller| Ok(peers.subscriptions(caller)));
        // A host without other skills has no subscriptions.
        let each = found.await.unwrap_or_default().into_iter();
        each.map(|(pattern, method)| Subscription { pattern, method })
            .collect()
    }
}
