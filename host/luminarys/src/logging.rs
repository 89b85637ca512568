//! Messages go to standard error, whatever is served on standard output.

use std::io::IsTerminal as _;

use luminarys_text::log_field;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::MakeExt as _;
use tracing_subscriber::fmt::format::debug_fn;

use crate::config::Log;
use crate::output;

/// Starts logging. `$RUST_LOG` wins over the configured level.
pub(crate) fn start(log: &Log) {
    // The protocol library tells of every message at `info`; that is for those who ask for details.
    let level = match log.level.as_str() {
        "info" => "info,rmcp=warn",
        other => other,
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let json = log.json;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(move || output::LogWriter { json })
        .with_ansi(std::io::stderr().is_terminal() && output::colour_is_wanted());
    // It fails when logging was started before; that logging stays.
    let _ = if json {
        // Its strings are escaped; the writer escapes what is hidden in them.
        builder.json().try_init()
    } else {
        // Secrets in a field are replaced before it is cut and escaped.
        let redact = |text: String| text;
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
