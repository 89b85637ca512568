//! Emitting events, and delivering them to the skills that listen.

use std::sync::{Arc, Weak};

use luminarys_runtime::{CallContext, Event, Offered};

use crate::orchestrator::Inner;
use crate::queue::{Delivery, Queue};
use crate::{Orchestrator, offered};

/// Queues an event for every skill that is subscribed and may be, and returns how many. Must be called within a Tokio
/// runtime.
pub(crate) fn emit(orchestrator: &Orchestrator, event: Event) -> u32 {
    let events = &orchestrator.0.events;
    let event = Arc::new(event);
    let registry = orchestrator.registry();
    let mut told = 0;
    for (skill, method) in events.listeners(&event.topic) {
        let running = registry
            .entry(&skill)
            .and_then(|entry| entry.deployed.as_ref());
        let allowed = |topic: &str| {
            running.is_some_and(|it| it.skill.grants().events.decide_delivery(topic).is_ok())
        };
        // The manifest may have changed since it subscribed.
        if !allowed(&event.topic) {
            continue;
        }
        let Some(listener) = running else {
            continue;
        };
        let pending = orchestrator.0.deliveries.token();
        let inner = Arc::downgrade(&orchestrator.0);
        let begin = |queue| drop(tokio::spawn(deliver(inner, skill, queue)));
        if events.queues.put(listener, &event, method, pending, begin) {
            told += 1;
        }
    }
    told
}

/// Calls the methods of one skill, one after the other.
async fn deliver(inner: Weak<Inner>, skill: String, queue: Arc<Queue>) {
    while let Some(delivery) = queue.next() {
        let Some(inner) = inner.upgrade() else { return };
        let Delivery {
            event,
            method,
            held,
            revoked,
            pending,
        } = delivery;
        if revoked.is_cancelled() {
            continue;
        }
        let mut context = CallContext::new("");
        context.trace_id = event.trace_id.clone();
        context.depth = event.depth;
        let offered = vec![
            ("topic", Offered::Text(event.topic.clone())),
            ("source", Offered::Text(event.source.clone())),
            ("payload", Offered::Json(event.payload.clone())),
        ];
        let orchestrator = Orchestrator(inner);
        let call = offered::call(&orchestrator, &skill, &method, offered, context);
        if let Err(error) = call.await
            && orchestrator.admits_line(&skill)
        {
            let topic = &event.topic;
            tracing::warn!(
                skill,
                method,
                topic,
                "the callback for an event failed: {error}"
            );
        }
        drop((held, pending));
    }
}
