//! Logging to standard error. Standard output is for results and MCP.
//!
//! Fields and messages may hold text of skills and clients: when it is formatted, secrets are redacted, and the text is
//! cut and escaped, so that it
//! can neither forge an event nor hide anything in one.
//!
//! - `json`: events as lines of JSON; `unanswered`: drops needless messages of the protocol library

mod json;
mod unanswered;

use std::io::IsTerminal as _;

use luminarys_text::log_field;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::MakeExt as _;
use tracing_subscriber::fmt::format::debug_fn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::Log;
use crate::output;
use json::JsonEvents;
use unanswered::Unanswered;

/// Returns the directives, with the libraries for MCP and NATS quiet unless they name them: at `info` the first logs every message, and
/// session ids, which are credentials.
fn quiet(directives: &str) -> String {
    let less = ["off", "error"].contains(&directives.trim().to_ascii_lowercase().as_str());
    if less {
        return directives.to_owned();
    }
    let mut quiet = directives.to_owned();
    // Every error response would be a line of any length.
    if !directives.contains("rmcp") {
        quiet.push_str(",rmcp=warn,rmcp::service=error");
    }
    // What it says is said by the host as well, with the node and the server.
    if !directives.contains("async_nats") {
        quiet.push_str(",async_nats=off");
    }
    quiet
}

/// Reads `$RUST_LOG`; `None` if it is empty.
///
/// # Errors
/// Returns the warning about a `$RUST_LOG` that is invalid.
fn of_environment() -> Result<Option<String>, String> {
    let named = std::env::var(EnvFilter::DEFAULT_ENV).ok();
    let Some(named) = named.filter(|text| !text.trim().is_empty()) else {
        return Ok(None);
    };
    match EnvFilter::try_new(&named) {
        Ok(_) => Ok(Some(named)),
        Err(error) => Err(format!(
            "$RUST_LOG is not used, and `log.level` applies: {error}; write directives such as info,luminarys_mcp=debug"
        )),
    }
}

/// Returns the warning about a `$RUST_LOG` that is not used.
pub(crate) fn ignored() -> Option<String> {
    of_environment().err()
}

/// Starts logging. `$RUST_LOG` wins over the configured level.
pub(crate) fn start(log: &Log) {
    let named = of_environment().ok().flatten();
    let directives = named.as_deref().unwrap_or(&log.level);
    let filter = EnvFilter::new(quiet(directives));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(|| output::LogWriter)
        // If a line cannot be written, neither can an error about it: trying would panic in the task that logs.
        .log_internal_errors(false)
        .with_ansi(std::io::stderr().is_terminal() && output::colour_is_wanted());
    // Secrets are redacted here, before the field is cut and escaped.
    let redact = |text: String| luminarys_text::redact(&text).into_owned();
    // Fails if logging was started before, which then stays.
    let _ = if log.json {
        let events = builder.event_format(JsonEvents { redact });
        events.finish().with(Unanswered).try_init()
    } else {
        let fields =
            debug_fn(
                move |writer, field, value| match log_field(field.name(), value, redact) {
                    Some(text) => write!(writer, "{text}"),
                    None => Ok(()),
                },
            );
        let events = builder.fmt_fields(fields.delimited(" "));
        events.finish().with(Unanswered).try_init()
    };
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::quiet;

    #[test]
    fn the_protocol_library_is_quiet_unless_it_is_named() {
        let rows = [
            ("info", "info,rmcp=warn,rmcp::service=error,async_nats=off"),
            (
                "debug",
                "debug,rmcp=warn,rmcp::service=error,async_nats=off",
            ),
            (
                "info,luminarys_mcp=debug",
                "info,luminarys_mcp=debug,rmcp=warn,rmcp::service=error,async_nats=off",
            ),
            ("debug,rmcp=debug", "debug,rmcp=debug,async_nats=off"),
            (
                "info,async_nats=info",
                "info,async_nats=info,rmcp=warn,rmcp::service=error",
            ),
            ("off", "off"),
            ("ERROR", "ERROR"),
        ];
        each_row(rows, |(directives, expected)| {
            assert_eq!(quiet(directives), expected);
        });
    }
}
