//! Messages of standard input, a line each, within the limits that bodies have over HTTP: a line that exceeds one is answered
//! with an error that names the limit, and the next line is read.

use futures::FutureExt as _;
use futures::future::BoxFuture;
use rmcp::RoleServer;
use rmcp::model::{ErrorData, RequestId};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use rmcp::transport::async_rw::AsyncRwTransport;
use serde::Deserialize;
use serde_json::Value;
use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader, DuplexStream,
};
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use crate::weigh::{Scale, Unfit};

/// What is on its way from the input to the protocol, in bytes.
const PIPE: usize = 64 << 10;

/// Of a line that is too long, so many bytes at its beginning and at its end are searched for the request's id.
const SEARCHED: usize = 512;

/// Errors that wait to be written.
const WAITING: usize = 16;

/// The limits of one message.
#[derive(Clone, Copy, Debug)]
pub struct MessageLimits {
    /// The longest line, in bytes.
    pub max_bytes: usize,
    /// The most memory that parsing it may take, in bytes.
    pub max_memory: usize,
}

/// An error for a line that is not passed on.
struct Refusal {
    why: String,
    id: Option<RequestId>,
}

/// A transport over an input and an output, whose messages keep to limits.
pub(crate) struct Lines<W: AsyncWrite> {
    inner: AsyncRwTransport<RoleServer, DuplexStream, W>,
    refusals: mpsc::Receiver<Refusal>,
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
        let (passed, messages) = tokio::io::duplex(PIPE);
        let (refused, refusals) = mpsc::channel(WAITING);
        let reading = tokio::spawn(read(input, passed, refused, limits));
        let inner = AsyncRwTransport::new(messages, output);
        Self {
            // Each line has been measured already.
            inner: inner.with_max_line_length(usize::MAX),
            refusals,
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
            // Kept, since this future may be dropped at any await.
            if let Some(answering) = &mut self.answering {
                let answered = answering.await;
                self.answering = None;
                answered.ok()?;
            }
            let refusal = tokio::select! {
                biased;
                Some(refusal) = self.refusals.recv() => refusal,
                message = self.inner.receive() => return message,
            };
            let error = ErrorData::invalid_request(refusal.why, None);
            let answer = TxJsonRpcMessage::<RoleServer>::error(error, refusal.id);
            self.answering = Some(self.inner.send(answer).boxed());
        }
    }

    async fn close(&mut self) -> Result<(), Self::Error> {
        self.inner.close().await
    }
}

/// Passes lines on that keep to the limits.
async fn read(
    input: impl AsyncRead + Unpin,
    mut passed: DuplexStream,
    refused: mpsc::Sender<Refusal>,
    limits: MessageLimits,
) {
    let mut input = BufReader::with_capacity(PIPE, input);
    let mut line = Line::new(limits);
    loop {
        // What is no line end yet is nothing: the input ended within a message.
        let (taken, has_ended) = match input.fill_buf().await {
            Ok([]) | Err(_) => return,
            Ok(bytes) => match bytes.iter().position(|byte| *byte == b'\n') {
                Some(end) => (&bytes[..=end], true),
                None => (bytes, false),
            },
        };
        line.add(taken);
        let taken = taken.len();
        input.consume(taken);
        if !has_ended {
            continue;
        }
        let done = match std::mem::replace(&mut line, Line::new(limits)).end() {
            Ok(text) => passed.write_all(&text).await.is_ok(),
            Err(refusal) => refused.send(refusal).await.is_ok(),
        };
        if !done {
            return;
        }
    }
}

/// A line that is being read.
struct Line {
    limits: MessageLimits,
    /// Of a line that is refused only what its id is searched in.
    text: Vec<u8>,
    scale: Scale,
    wrong: Option<String>,
}

impl Line {
    fn new(limits: MessageLimits) -> Self {
        Self {
            limits,
            text: Vec::new(),
            scale: Scale::default(),
            wrong: None,
        }
    }

    fn add(&mut self, part: &[u8]) {
        self.text.extend_from_slice(part);
        if self.wrong.is_none() {
            self.wrong = self.check(part).err();
        }
        let keep = 2 * SEARCHED;
        if self.wrong.is_some() && self.text.len() > keep {
            self.text.drain(SEARCHED..self.text.len() - SEARCHED);
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

    fn end(self) -> Result<Vec<u8>, Refusal> {
        match self.wrong {
            None => Ok(self.text),
            Some(why) => Err(Refusal {
                why,
                id: id_in(&self.text),
            }),
        }
    }
}

/// Finds the id of a request of which only the beginning and the end are known: clients write it first or last.
fn id_in(text: &[u8]) -> Option<RequestId> {
    let text = String::from_utf8_lossy(text);
    let (first, last) = (text.find("\"id\""), text.rfind("\"id\""));
    // At the beginning no object or array may have begun in between, at the end none may end.
    let at_beginning = first.filter(|at| !text[1..*at].contains(['{', '[']));
    let at_end = last.filter(|at| text[*at..].matches(['}', ']']).count() == 1);
    [at_beginning, at_end].into_iter().flatten().find_map(|at| {
        let value = text[at + "\"id\"".len()..].trim_start().strip_prefix(':')?;
        let mut values = serde_json::Deserializer::from_str(value).into_iter::<Value>();
        RequestId::deserialize(values.next()?.ok()?).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: MessageLimits = MessageLimits {
        max_bytes: 10_000,
        max_memory: 1 << 20,
    };

    fn message(id: &str, text: &str) -> [String; 2] {
        [
            format!(
                "{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"m\",\"params\":{{\"x\":{text}}}}}\n"
            ),
            format!(
                "{{\"method\":\"m\",\"params\":{{\"x\":{text}}},\"jsonrpc\":\"2.0\",\"id\":{id}}}\n"
            ),
        ]
    }

    fn read(line: &str, parts: usize) -> Result<Vec<u8>, Refusal> {
        let mut read = Line::new(LIMITS);
        line.as_bytes()
            .chunks(parts)
            .for_each(|part| read.add(part));
        read.end()
    }

    #[test]
    fn a_line_over_a_limit_is_refused_with_the_limit_and_the_id() {
        let nested = format!("{}{}", "[".repeat(100), "]".repeat(100));
        let long = format!("\"{}\"", "\"id\":9} ".replace('"', "\\\"").repeat(3_000));
        let heavy = format!("[{}0]", "[],".repeat(3_000));
        for (text, wrong) in [
            ("1", ""),
            (&*nested, "nested deeper"),
            (&*long, "max_request_bytes"),
            (&*heavy, "max_inflight_mb"),
        ] {
            for (id, parsed) in [
                ("7", RequestId::Number(7)),
                ("\"a\"", RequestId::String("a".into())),
            ] {
                for line in message(id, text) {
                    for parts in [1, 100, line.len()] {
                        match read(&line, parts) {
                            Ok(text) => assert_eq!((text, wrong), (line.clone().into_bytes(), "")),
                            Err(refusal) => {
                                assert!(!wrong.is_empty() && refusal.why.contains(wrong));
                                assert_eq!(refusal.id, Some(parsed.clone()), "{wrong}");
                            }
                        }
                    }
                }
            }
        }
        assert!(read("[{}]\n", 9).is_err_and(|refusal| refusal.why.contains("batch")));
    }

    #[test]
    fn what_is_refused_is_not_held() {
        let mut line = Line::new(LIMITS);
        for _ in 0..10_000 {
            line.add(&[b'x'; 1_000]);
            assert!(line.text.len() <= LIMITS.max_bytes + 1_000);
        }
        assert!(line.end().is_err());
    }
}
