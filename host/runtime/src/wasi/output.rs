//! What a skill writes to its standard output and error: lines of the log, never the host's own output. Of the errors the
//! last lines are kept, to be shown when the skill crashes: runtimes write there why they give up.
//!
//! Secrets are replaced before the text is split into lines, some of which a secret may have.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use luminarys_text::{RedactedStream, Redactor};
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};

use crate::store::SkillShared;

/// The longest line kept in one piece, in bytes.
const MAX_LINE: usize = 8 << 10;
/// The most that is kept to be shown after a crash, in bytes.
const MAX_LAST_WORDS: usize = 8 << 10;

/// The last lines of a store's standard error. Whole lines, with secrets redacted; clones share them.
#[derive(Clone, Default)]
pub(crate) struct LastWords(Arc<Mutex<Lines>>);

#[derive(Default)]
struct Lines {
    whole: VecDeque<String>,
    bytes: usize,
    /// A line that has no end yet.
    unfinished: String,
}

impl LastWords {
    /// Returns what was written since the last time, with line breaks between the lines.
    pub fn take(&self) -> String {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Lines {
            whole, unfinished, ..
        } = std::mem::take(&mut *lines);
        let all: Vec<String> = whole.into_iter().chain([unfinished]).collect();
        all.join("\n").trim_end().to_owned()
    }

    /// Keeps a whole line.
    pub fn keep(&self, line: String) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.unfinished.clear();
        lines.bytes += line.len();
        lines.whole.push_back(line);
        while lines.bytes > MAX_LAST_WORDS {
            let Some(oldest) = lines.whole.pop_front() else {
                break;
            };
            lines.bytes -= oldest.len();
        }
    }

    fn begin(&self, line: String) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.unfinished = line;
    }
}

/// A stream whose lines become log messages.
pub(super) struct LogOutput {
    pub shared: Arc<SkillShared>,
    pub stream: &'static str,
    pub last_words: Option<LastWords>,
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
            last_words: self.last_words.clone(),
            redacted: Redactor::process().stream(),
            line: Vec::new(),
        })
    }
}

struct LineLogger {
    shared: Arc<SkillShared>,
    stream: &'static str,
    last_words: Option<LastWords>,
    redacted: RedactedStream,
    /// The beginning of a line, redacted.
    line: Vec<u8>,
}

impl LineLogger {
    /// Takes redacted text.
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
        if let Some(last_words) = &self.last_words {
            last_words.keep(text.into_owned());
        }
        self.line.clear();
    }

    /// Lets the last words end with what has no line end yet, or may be the beginning of a secret.
    fn show_unfinished(&self) {
        let Some(last_words) = &self.last_words else {
            return;
        };
        let mut text = self.line.clone();
        text.extend(self.redacted.tail(MAX_LINE));
        if !text.is_empty() {
            last_words.begin(String::from_utf8_lossy(&text).into_owned());
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
