//! What a skill under test has written: its standard output and error, and its log.

use std::fmt::{Debug, Write as _};
use std::io::IsTerminal as _;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use luminarys_text::log_field;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::field::MakeExt as _;
use tracing_subscriber::fmt::format::debug_fn;
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

/// The most lines kept of one test.
const MOST: usize = 200;

/// Lines, as they come.
#[derive(Clone, Default)]
pub(super) struct Lines(Arc<Mutex<Vec<String>>>);

impl Lines {
    /// Listens from the first time on: one program has one log. With `all`, the host's log and the skill's are shown on
    /// standard error as well.
    pub fn listen(all: bool) -> &'static Self {
        static LINES: OnceLock<Lines> = OnceLock::new();
        LINES.get_or_init(|| Self::begin(all))
    }

    fn begin(all: bool) -> Self {
        let lines = Self::default();
        let fields =
            debug_fn(
                |writer, field, value| match log_field(field.name(), value, |text| text) {
                    Some(text) => write!(writer, "{text}"),
                    None => Ok(()),
                },
            );
        let shown = tracing_subscriber::fmt::layer()
            .fmt_fields(fields.delimited(" "))
            .with_writer(std::io::stderr)
            .with_ansi(std::io::stderr().is_terminal())
            .with_target(false)
            .without_time();
        let shown = all.then(|| shown.with_filter(tracing_subscriber::filter::LevelFilter::INFO));
        // There is no other log in this program.
        _ = tracing_subscriber::registry()
            .with(lines.clone())
            .with(shown)
            .try_init();
        lines
    }

    /// What was written since the last time.
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
            lines.push(message.0);
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
