//! Messages go to standard error, whatever is served on standard output, with the secrets in them replaced.

use std::io::IsTerminal as _;

use luminarys_text::{Form, RedactedWriter};
use tracing_subscriber::EnvFilter;

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
    let form = if log.json { Form::Json } else { Form::Text };
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(move || RedactedWriter::new(form, output::LogWriter))
        .with_ansi(std::io::stderr().is_terminal() && output::colour_is_wanted());
    // It fails when logging was started before; that logging stays.
    let _ = if log.json {
        builder.json().try_init()
    } else {
        builder.try_init()
    };
}
