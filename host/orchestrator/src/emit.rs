//! Emitting events, and delivering them to the skills that listen.

use std::collections::HashSet;
use std::sync::{Arc, Weak};

use luminarys_runtime::{CallContext, Event, Holder, Offered};

use crate::orchestrator::Inner;
use crate::queue::{Delivery, Queue};
use crate::router::Routed;
use crate::{Orchestrator, offered};

/// The memory of an event on its way to other nodes besides its texts, in bytes.
const SENT: usize = 1 << 10;

impl Orchestrator {
    /// Queues an event for every skill that is subscribed and may be, and returns how many: also those on other nodes. Whether its
    /// source may emit it is decided before. Must be called within a Tokio runtime.
    pub fn emit(&self, event: Event) -> u32 {
        let event = Arc::new(event);
        let mut elsewhere = 0;
        let told = deliver_to(self, &event, |own| {
            let routed = route(self, &event, own);
            elsewhere = routed.elsewhere;
            routed.here
        });
        told.saturating_add(elsewhere)
    }
}

/// Decides where an event goes: to the skills of this host alone, if it is no node.
fn route(orchestrator: &Orchestrator, event: &Arc<Event>, own: HashSet<String>) -> Routed {
    let Some(router) = &orchestrator.0.router else {
        return Routed {
            here: own,
            elsewhere: 0,
        };
    };
    let registry = orchestrator.registry();
    let hold = || {
        let source = registry.entry(&event.source)?.deployed.as_ref()?;
        let size = event.topic.len() + event.payload.len() + SENT;
        source.skill.hold(Holder::Events, size as u64).ok()
    };
    router.route(event, own, &hold)
}

/// Queues an event for those of the skills that are subscribed here and may be, which `choose` chooses. Returns for how many
/// methods.
pub(crate) fn deliver_to(
    orchestrator: &Orchestrator,
    event: &Arc<Event>,
    choose: impl FnOnce(HashSet<String>) -> HashSet<String>,
) -> u32 {
    let events = &orchestrator.0.events;
    let registry = orchestrator.registry();
    let running = |skill: &str| registry.entry(skill).and_then(|it| it.deployed.as_ref());
    let mut listeners = events.listeners(&event.topic);
    listeners.retain(|(skill, _)| {
        // The manifest may have changed since it subscribed.
        running(skill).is_some_and(|it| {
            let grants = &it.skill.grants().events;
            grants.decide_delivery(&event.topic).is_ok()
        })
    });
    let chosen = choose(listeners.iter().map(|(skill, _)| skill.clone()).collect());
    let mut told = 0;
    for (skill, method) in listeners {
        let Some(listener) = running(&skill).filter(|_| chosen.contains(&skill)) else {
            continue;
        };
        let pending = orchestrator.0.deliveries.token();
        let inner = Arc::downgrade(&orchestrator.0);
        let begin = |queue| drop(tokio::spawn(deliver(inner, skill, queue)));
        if events.queues.put(listener, event, method, pending, begin) {
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
