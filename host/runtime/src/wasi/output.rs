//! A skill's standard output and error: written to the log as lines, never to the host's own output. The last lines of
//! standard error are kept and shown when the skill crashes: language runtimes write the reason there.
//!
//! Secrets are redacted before the text is split into lines, as a secret may span several.

use std::sync::Arc;

use luminarys_text::{RedactedStream, Redactor};
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};

use crate::environment::{ErrorTail, SkillShared};

/// The maximum length of an unsplit line, in bytes.
const MAX_LINE: usize = 8 << 10;
/// A stream whose lines become log messages.
pub(super) struct LogOutput {
    pub shared: Arc<SkillShared>,
    pub stream: &'static str,
    pub error_tail: Option<ErrorTail>,
}

impl IsTerminal for LogOutput {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for LogOutput {
    fn async_stream(&self) -> Box<dyn tokio::io::AsyncWrite + Send + Sync> {
        Box::new(LineLogger {
            shared: self.shared.clone(),
            stream: self.stream,
            error_tail: self.error_tail.clone(),
            redacted: Redactor::process().stream(),
            line: Vec::new(),
        })
    }
}

struct LineLogger {
    shared: Arc<SkillShared>,
    stream: &'static str,
    error_tail: Option<ErrorTail>,
    redacted: RedactedStream,
    /// The redacted beginning of a line.
    line: Vec<u8>,
}

impl LineLogger {
    /// Accepts redacted text.
    fn write(&mut self, bytes: &[u8]) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            let text = part.strip_suffix(b"\n").unwrap_or(part);
            let room = MAX_LINE.saturating_sub(self.line.len());
            self.line.extend_from_slice(&text[..text.len().min(room)]);
            if text.len() < part.len() {
                self.emit();
            }
        }
    }

    fn emit(&mut self) {
        let text = String::from_utf8_lossy(&self.line);
        if !self.line.is_empty() && self.shared.admits_line() {
            tracing::info!(target: "skill", skill = %self.shared.id, stream = self.stream, "{}", text.escape_debug());
        }
        if let Some(error_tail) = &self.error_tail {
            error_tail.keep(text.into_owned());
        }
        self.line.clear();
    }

    /// Adds text without a line ending, or that may begin a secret, to the tail.
    fn show_unfinished(&self) {
        let Some(error_tail) = &self.error_tail else {
            return;
        };
        let mut text = self.line.clone();
        text.extend(self.redacted.tail(MAX_LINE));
        if !text.is_empty() {
            error_tail.begin(String::from_utf8_lossy(&text).into_owned());
        }
    }

    fn finish(&mut self) {
        let mut rest = Vec::new();
        self.redacted.finish(&mut rest);
        self.write(&rest);
        if !self.line.is_empty() {
            self.emit();
        }
    }
}

impl Drop for LineLogger {
    fn drop(&mut self) {
        self.finish();
    }
}

impl tokio::io::AsyncWrite for LineLogger {
    fn poll_write(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
        bytes: &[u8],
    ) -> std::task::Poll<std::io::Result<usize>> {
        let mut redacted = Vec::new();
        self.redacted.push(bytes, &mut redacted);
        self.write(&redacted);
        self.show_unfinished();
        std::task::Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn poll_shutdown(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        self.finish();
        std::task::Poll::Ready(Ok(()))
    }
}
