//! Messages go to standard error, whatever is served on standard output.
//!
//! What skills and clients choose is in fields and messages: each is made visible and cut when it is formatted, so that it
//! can neither begin an event of its own nor hide anything in one.
//!
//! - `json`: events as lines of JSON

mod json;

use std::io::IsTerminal as _;

use luminarys_text::log_field;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::MakeExt as _;
use tracing_subscriber::fmt::format::debug_fn;

use crate::config::Log;
use crate::output;
use json::JsonEvents;

/// Starts logging. `$RUST_LOG` wins over the configured level.
pub(crate) fn start(log: &Log) {
    // The protocol library tells of every message at `info`; that is for those who ask for details.
    let level = match log.level.as_str() {
        "info" => "info,rmcp=warn",
        other => other,
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(|| output::LogWriter)
        .with_ansi(std::io::stderr().is_terminal() && output::colour_is_wanted());
    // Secrets in a field are replaced here, before it is cut and escaped.
    let redact = |text: String| text;
    // It fails when logging was started before; that logging stays.
    let _ = if log.json {
        builder.event_format(JsonEvents { redact }).try_init()
    } else {
        let fields =
            debug_fn(
                move |writer, field, value| match log_field(field.name(), value, redact) {
                    Some(text) => write!(writer, "{text}"),
                    None => Ok(()),
                },
            );
        builder.fmt_fields(fields.delimited(" ")).try_init()
    };
}
