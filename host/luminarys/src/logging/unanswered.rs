//! Drops messages that the protocol library logs as errors although they are not: a response to a client that has
//! disconnected. The end of its call
//! is logged by the host.

use std::fmt::Debug;

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// Drops those events before any other layer gets them.
pub(super) struct Unanswered;

impl<S: Subscriber> Layer<S> for Unanswered {
    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        let mut seen = Seen {
            channel_closed: false,
        };
        if event.metadata().target() == "rmcp::service" {
            event.record(&mut seen);
        }
        !seen.channel_closed
    }
}

/// The fields of an event that identify such a message. The channel leads to the client's connection.
struct Seen {
    channel_closed: bool,
}

impl Visit for Seen {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.channel_closed |= field.name() == "error" && format!("{value:?}") == "channel closed";
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    struct Count(Arc<Mutex<usize>>);

    impl<S: Subscriber> Layer<S> for Count {
        fn on_event(&self, _: &Event<'_>, _: Context<'_, S>) {
            *self.0.lock().unwrap() += 1;
        }
    }

    #[test]
    fn only_responses_to_disconnected_clients_are_dropped() {
        let count = Arc::new(Mutex::new(0));
        let subscriber = tracing_subscriber::registry()
            .with(Count(count.clone()))
            .with(Unanswered);
        tracing::subscriber::with_default(subscriber, || {
            let (closed, other) = ("channel closed", "disk full");
            tracing::error!(target: "rmcp::service", error = %closed, "fail to response message");
            tracing::error!(target: "rmcp::service", error = %closed, "response send task failed");
            assert_eq!(*count.lock().unwrap(), 0);
            tracing::error!(target: "rmcp::service", error = %other, "fail to response message");
            tracing::error!(target: "rmcp::service", "channel closed");
            tracing::error!(error = %closed, "fail to response message");
            assert_eq!(*count.lock().unwrap(), 3);
        });
    }
}
