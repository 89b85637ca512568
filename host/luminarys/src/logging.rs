//! Messages go to standard error, whatever is served on standard output.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::config::Log;

/// Starts logging. `$RUST_LOG` wins over the configured level.
pub(crate) fn start(log: &Log) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(&log.level));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none());
    // Set once a process; a second call is a test's.
    let _ = if log.json {
        builder.json().try_init()
    } else {
        builder.try_init()
    };
}
