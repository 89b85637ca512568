//! Captures the output of a skill under test: standard output, standard error, and its log.

use std::fmt::{Debug, Write as _};
use std::io::IsTerminal as _;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use luminarys_text::{log_field, redact};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::field::MakeExt as _;
use tracing_subscriber::fmt::format::debug_fn;
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

/// The maximum number of lines kept for one test.
const MOST: usize = 200;

/// The lines, in order.
#[derive(Clone, Default)]
pub(super) struct Lines(Arc<Mutex<Vec<String>>>);

impl Lines {
    /// Starts capturing at the first call, since a program has one log. With `all`, the logs of host and skill are
    /// printed on standard error as well.
    pub fn listen(all: bool) -> &'static Self {
        static LINES: OnceLock<Lines> = OnceLock::new();
        LINES.get_or_init(|| Self::begin(all))
    }

    fn begin(all: bool) -> Self {
        let lines = Self::default();
        let fields = debug_fn(|writer, field, value| {
            match log_field(field.name(), value, |text| redact(&text).into_owned()) {
                Some(text) => write!(writer, "{text}"),
                None => Ok(()),
            }
        });
        let shown = tracing_subscriber::fmt::layer()
            .fmt_fields(fields.delimited(" "))
            .with_writer(std::io::stderr)
            .with_ansi(std::io::stderr().is_terminal())
            .with_target(false)
            .without_time();
        let shown = all.then(|| shown.with_filter(tracing_subscriber::filter::LevelFilter::INFO));
        // This program has no other log.
        _ = tracing_subscriber::registry()
            .with(lines.clone())
            .with(shown)
            .try_init();
        lines
    }

    /// Returns the lines written since the last call.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() != "skill" {
            return;
        }
        let mut message = Message(String::new());
        event.record(&mut message);
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() < MOST {
            lines.push(redact(&message.0).into_owned());
        }
    }
}

struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            _ = write!(self.0, "{value:?}");
        }
    }
}
