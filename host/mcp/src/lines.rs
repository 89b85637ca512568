//! Messages of standard input, one per line, within the limits of HTTP bodies. A line that exceeds a limit, or is
//! not a message, is answered with an error, and the next line is read.

use futures::FutureExt as _;
use futures::future::BoxFuture;
use rmcp::RoleServer;
use rmcp::model::{ErrorData, RequestId};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use rmcp::transport::async_rw::AsyncRwTransport;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, BufReader, Empty};
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use crate::message::parse;
use crate::request_id::IdSearch;
use crate::weigh::{Scale, Unfit};

/// The read buffer, in bytes.
const BUFFER: usize = 64 << 10;

/// The limits of one message.
#[derive(Clone, Copy, Debug)]
pub struct MessageLimits {
    /// The longest line, in bytes.
    pub max_bytes: usize,
    /// The most memory that parsing it may take, in bytes.
    pub max_memory: usize,
}

/// A line that has been read: its text, unless it exceeds a limit, and the id that an error is answered under.
struct Read {
    text: Result<Vec<u8>, String>,
    id: Option<RequestId>,
}

/// A transport over an input and an output that enforces limits on messages.
pub(crate) struct Lines<W: AsyncWrite> {
    inner: AsyncRwTransport<RoleServer, Empty, W>,
    lines: mpsc::Receiver<Read>,
    /// An error that is being written.
    answering: Option<BoxFuture<'static, std::io::Result<()>>>,
    _reading: AbortOnDropHandle<()>,
}

impl<W: AsyncWrite + Send + Unpin + 'static> Lines<W> {
    /// Reads lines from `input` until it ends; answers go to `output`. Must be called within a Tokio runtime.
    pub fn new(
        input: impl AsyncRead + Send + Unpin + 'static,
        output: W,
        limits: MessageLimits,
    ) -> Self {
        // One line waits while the next is read: more would be memory that is not accounted for.
        let (read_lines, lines) = mpsc::channel(1);
        let reading = tokio::spawn(read(input, read_lines, limits));
        Self {
            inner: AsyncRwTransport::new(tokio::io::empty(), output),
            lines,
            answering: None,
            _reading: AbortOnDropHandle::new(reading),
        }
    }
}

impl<W: AsyncWrite + Send + Unpin + 'static> Transport<RoleServer> for Lines<W> {
    type Error = std::io::Error;

    fn send(
        &mut self,
        item: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        self.inner.send(item)
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        loop {
            // Kept for cancel safety: this future may be dropped at any await.
            if let Some(answering) = &mut self.answering {
                let answered = answering.await;
                self.answering = None;
                answered.ok()?;
            }
            let Read { text, id } = self.lines.recv().await?;
            let parsed = match text {
                Ok(text) => parse(text),
                Err(why) => Err(ErrorData::invalid_request(why, None)),
            };
            match parsed {
                Ok(Some(message)) => return Some(message),
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!("a line of standard input is rejected: {}", error.message);
                    let answer = TxJsonRpcMessage::<RoleServer>::error(error, id);
                    self.answering = Some(self.inner.send(answer).boxed());
                }
            }
        }
    }

    async fn close(&mut self) -> Result<(), Self::Error> {
        self.inner.close().await
    }
}

/// Passes lines on until the input ends. Text after the last line end is a line as well.
async fn read(input: impl AsyncRead + Unpin, lines: mpsc::Sender<Read>, limits: MessageLimits) {
    let mut input = BufReader::with_capacity(BUFFER, input);
    let mut line = Line::new(limits);
    loop {
        let (taken, consumed, has_ended) = match input.fill_buf().await {
            Ok([]) | Err(_) => break,
            Ok(bytes) => match bytes.iter().position(|byte| *byte == b'\n') {
                Some(end) => (&bytes[..end], end + 1, true),
                None => (bytes, bytes.len(), false),
            },
        };
        line.add(taken);
        input.consume(consumed);
        if has_ended
            && let Some(read) = std::mem::replace(&mut line, Line::new(limits)).end()
            && lines.send(read).await.is_err()
        {
            return;
        }
    }
    if let Some(read) = line.end() {
        // There is no receiver once the transport is closed.
        lines.send(read).await.ok();
    }
}

/// A line that is being read.
struct Line {
    limits: MessageLimits,
    /// Empty for a line that is rejected.
    text: Vec<u8>,
    scale: Scale,
    id: IdSearch,
    wrong: Option<String>,
}

impl Line {
    fn new(limits: MessageLimits) -> Self {
        Self {
            limits,
            text: Vec::new(),
            scale: Scale::default(),
            id: IdSearch::default(),
            wrong: None,
        }
    }

    fn add(&mut self, part: &[u8]) {
        self.id.add(part);
        if self.wrong.is_some() {
            return;
        }
        self.text.extend_from_slice(part);
        if let Err(why) = self.check(part) {
            self.wrong = Some(why);
            self.text = Vec::new();
        }
    }

    fn check(&mut self, part: &[u8]) -> Result<(), String> {
        let MessageLimits {
            max_bytes,
            max_memory,
        } = self.limits;
        if self.text.len() > max_bytes {
            return Err(format!(
                "the message is longer than {max_bytes} bytes, `http.max_request_bytes`"
            ));
        }
        self.scale.add(part).map_err(Unfit::explain)?;
        if self.scale.bytes() > max_memory {
            return Err(format!(
                "the message takes more than {} MiB of memory when parsed, a quarter of `http.max_inflight_mb`",
                max_memory >> 20
            ));
        }
        Ok(())
    }

    /// Returns the line; `None` for an empty one.
    fn end(self) -> Option<Read> {
        if self.wrong.is_none() && self.text.trim_ascii().is_empty() {
            return None;
        }
        Some(Read {
            text: match self.wrong {
                None => Ok(self.text),
                Some(why) => Err(why),
            },
            id: self.id.found(),
        })
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    const LIMITS: MessageLimits = MessageLimits {
        max_bytes: 10_000,
        max_memory: 1 << 20,
    };

    /// Messages with an id at the beginning, in the middle and at the end.
    fn messages(id: &str, text: &str) -> [String; 3] {
        let params = format!("\"params\":{{\"x\":{text}}}");
        [
            format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"m\",{params}}}"),
            format!("{{{params},\"id\":{id},\"y\":1,\"method\":\"m\"}}"),
            format!("{{\"method\":\"m\",{params},\"jsonrpc\":\"2.0\",\"id\":{id}}}"),
        ]
    }

    fn read(line: &str, parts: usize) -> Read {
        let mut read = Line::new(LIMITS);
        line.as_bytes()
            .chunks(parts)
            .for_each(|part| read.add(part));
        read.end().unwrap()
    }

    #[test]
    fn a_line_over_a_limit_is_rejected_with_the_limit_and_the_id() {
        let nested = format!("{}{}", "[".repeat(100), "]".repeat(100));
        let long = format!("\"{}\"", "\"id\":9} ".replace('"', "\\\"").repeat(3_000));
        let heavy = format!("[{}0]", "[],".repeat(3_000));
        let rows = [
            ("1", ""),
            (&*nested, "nested deeper"),
            (&*long, "max_request_bytes"),
            (&*heavy, "max_inflight_mb"),
        ];
        each_row(rows, |(text, wrong)| {
            let rows = [
                ("7", RequestId::Number(7)),
                ("\"a\"", RequestId::String("a".into())),
            ];
            each_row(rows, |(id, parsed)| {
                for line in messages(id, text) {
                    for parts in [1, 100, line.len()] {
                        let read = read(&line, parts);
                        assert_eq!(read.id, Some(parsed.clone()), "{wrong}");
                        match read.text {
                            Ok(text) => assert_eq!((text, wrong), (line.clone().into_bytes(), "")),
                            Err(why) => assert!(!wrong.is_empty() && why.contains(wrong)),
                        }
                    }
                }
            });
        });
        assert!(read("[{}]", 9).text.is_err_and(|why| why.contains("batch")));
    }

    #[test]
    fn rejected_lines_are_not_buffered() {
        let mut line = Line::new(LIMITS);
        for _ in 0..10_000 {
            line.add(&[b'x'; 1_000]);
            assert!(line.text.len() <= LIMITS.max_bytes + 1_000);
        }
        assert!(line.text.is_empty());
        assert!(line.end().is_some_and(|read| read.text.is_err()));
    }
}
