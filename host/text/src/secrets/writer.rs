//! Whole events of a log, each of which is one write.

use std::borrow::Cow;
use std::io::{self, Write};

use serde_json::Value;

use super::registry::Redactor;

/// How events are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As text.
    Text,
    /// As one JSON object each. Its strings are redacted before they are escaped, so that it stays JSON.
    Json,
}

/// Redacts each event on its way to a writer. An event is what one call of `write` is given, as `tracing`'s formatter does.
#[derive(Debug)]
pub struct RedactedWriter<W> {
    redactor: Redactor,
    form: Form,
    inner: W,
}

impl<W: Write> RedactedWriter<W> {
    /// Redacts with the secrets of this process what goes to `inner`.
    pub fn new(form: Form, inner: W) -> Self {
        Self::with(Redactor::process().clone(), form, inner)
    }

    /// Redacts with those that `redactor` knows.
    pub fn with(redactor: Redactor, form: Form, inner: W) -> Self {
        Self {
            redactor,
            form,
            inner,
        }
    }

    fn json(&self, event: &str) -> Option<String> {
        let mut value: Value = serde_json::from_str(event).ok()?;
        self.redactor.redact_json(&mut value);
        Some(format!("{value}\n"))
    }
}

impl<W: Write> Write for RedactedWriter<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let json = match self.form {
            Form::Json => self.json(&text),
            Form::Text => None,
        };
        let redacted = json.map_or_else(|| self.redactor.redact(&text), Cow::Owned);
        self.inner.write_all(redacted.as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
