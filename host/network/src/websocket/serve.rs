//! A connection that the host reads.

use std::sync::Arc;
use std::time::Duration;

use futures::stream::{SplitSink, SplitStream, Stream};
use futures::{Sink, SinkExt as _, StreamExt as _};
use luminarys_accounts::Answer;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::close::{close_frame, closed};
use super::failure::failed;
use crate::error::NetworkError;
use crate::hosted::{Command, Commands, Event, Events, HostedConnection, Pending};
use crate::timeout::{IDLE, idle, within};

/// Reads `socket` for its skill, and carries out the skill's commands, until it ends.
pub(super) async fn serve<S>(
    socket: S,
    incoming: Answer,
    target: String,
    timeout: Duration,
    hosted: HostedConnection,
) where
    S: Stream<Item = Result<Message, Error>> + Sink<Message, Error = Error> + Send + 'static,
{
    let (sink, messages) = socket.split();
    let target: Arc<str> = target.into();
    let read = |events| read(messages, incoming, target.clone(), events);
    let write = |commands, events| write(sink, target.clone(), timeout, commands, events);
    hosted.serve(read, write).await;
}

async fn read<S: Stream<Item = Result<Message, Error>>>(
    mut messages: SplitStream<S>,
    incoming: Answer,
    target: Arc<str>,
    events: Arc<Events>,
) {
    loop {
        // The skill has received the previous message.
        incoming.reset();
        let Ok(next) = tokio::time::timeout(IDLE, messages.next()).await else {
            return events.send(Event::Failed(idle(&target))).await;
        };
        match next {
            Some(Ok(Message::Text(text))) => {
                events.send(Event::Text(text.as_str().to_owned())).await;
            }
            Some(Ok(Message::Binary(bytes))) => events.send(Event::Binary(bytes.to_vec())).await,
            Some(Ok(Message::Close(frame))) => return events.send(closed(frame)).await,
            None | Some(Err(Error::ConnectionClosed)) => return events.send(closed(None)).await,
            Some(Ok(_)) => {}
            Some(Err(error)) => {
                let error = failed(&target, error);
                return events.send(Event::Failed(error)).await;
            }
        }
    }
}

async fn write<S: Sink<Message, Error = Error>>(
    mut sink: SplitSink<S, Message>,
    target: Arc<str>,
    timeout: Duration,
    mut commands: Commands,
    events: Arc<Events>,
) {
    while let Some(pending) = commands.next().await {
        let Pending {
            command,
            result,
            held: _held,
        } = pending;
        let closes = matches!(command, Command::Close(..));
        let message = match command {
            Command::Bytes(bytes) => Ok(Message::binary(bytes)),
            Command::Text(text) => Ok(Message::text(text)),
            Command::Close(code, reason) => close_frame(code, reason),
        };
        let sent = match message {
            Err(error) => Err(error),
            Ok(message) => {
                let sending = sink.send(message);
                let sent = within(timeout, &target, "not all data sent", sending).await;
                sent.and_then(|sent| sent.map_err(|error| failed(&target, error)))
            }
        };
        let closed = closes && sent.is_ok();
        if closed {
            events.unregister();
        }
        // Nobody receives it when the call was given up.
        let _: Result<(), Result<(), NetworkError>> = result.send(sent);
        if closed {
            return commands.end();
        }
    }
}
