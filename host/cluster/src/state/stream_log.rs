//! The logs of shared namespaces in one stream of JetStream.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::context::{Context, ContextBuilder, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{
    Config, DiscardPolicy, LastRawMessageErrorKind, RawMessageError, StorageType, Stream,
};
use async_nats::subject::ToSubject;
use bytes::Bytes;
use futures::future::BoxFuture;

use crate::connection::Connection;
use crate::state::entry::BlobId;
use crate::state::log::{Log, LogError};
use crate::streams::{StreamError, ensure_stream};
use crate::subjects::Subjects;

/// How long the server may take to answer.
const ANSWER: Duration = Duration::from_millis(1_500);
/// How long what marks a part as removed stays.
const MARK: Duration = Duration::from_secs(60);
/// The largest entry and part, in bytes.
const MAX_BYTES: usize = 512 << 10;
/// The room for headers in a message, in bytes.
const HEADERS: usize = 1 << 10;

/// The stream with the logs of all shared namespaces. Cheap to clone.
#[derive(Clone)]
pub struct SharedState {
    context: Context,
    stream: Arc<Stream>,
    connection: Connection,
}

impl SharedState {
    /// Opens the stream, and makes it if there is none.
    ///
    /// # Errors
    /// [`StreamError`].
    pub async fn open(connection: &Connection) -> Result<Self, StreamError> {
        let context = ContextBuilder::new()
            .timeout(ANSWER)
            .ack_timeout(ANSWER)
            .build(connection.client().clone());
        let stream = ensure_stream(&context, config(connection)).await?;
        Ok(Self {
            context,
            stream: Arc::new(stream),
            connection: connection.clone(),
        })
    }

    /// Returns the log of a namespace.
    pub fn log(&self, namespace: &str) -> StreamLog {
        StreamLog {
            state: self.clone(),
            subject: self.subjects().state_log(namespace),
            namespace: namespace.to_owned(),
        }
    }

    fn subjects(&self) -> &Subjects {
        self.connection.subjects()
    }

    /// Returns why the stream cannot be read. Makes it anew when servers have lost it altogether: whoever has a copy notices that
    /// its entries are gone.
    async fn unusable(&self, error: RawMessageError) -> LogError {
        let is_gone = |error: &async_nats::jetstream::Error| {
            error.error_code() == ErrorCode::STREAM_NOT_FOUND
        };
        if let LastRawMessageErrorKind::JetStream(inner) = error.kind()
            && is_gone(&inner)
        {
            tracing::error!(
                stream = self.subjects().state_stream(),
                "the NATS servers have lost the stream of what the nodes share; it is made anew"
            );
            if let Err(error) = ensure_stream(&self.context, config(&self.connection)).await {
                return unavailable(error);
            }
        }
        unavailable(error)
    }
}

/// Returns the settings of the stream.
fn config(connection: &Connection) -> Config {
    let subjects = connection.subjects();
    Config {
        name: subjects.state_stream(),
        subjects: vec![subjects.state()],
        discard: DiscardPolicy::New,
        storage: StorageType::File,
        num_replicas: connection.replicas(),
        // Summaries replace what was before them, and marks of what was removed go away.
        allow_rollup: true,
        allow_message_ttl: true,
        deny_delete: true,
        // Only the server that leads is asked: others may be behind.
        allow_direct: false,
        ..Config::default()
    }
}

/// The log of one namespace.
pub struct StreamLog {
    state: SharedState,
    subject: String,
    namespace: String,
}

fn unavailable(error: impl std::fmt::Display) -> LogError {
    LogError::Unavailable(error.to_string())
}

impl StreamLog {
    /// Fails while there is no connection: otherwise what is sent would be kept back, until nobody waits for it any more.
    fn check(&self) -> Result<(), LogError> {
        match self.state.connection.is_connected() {
            true => Ok(()),
            false => Err(unavailable("this node has no connection to NATS")),
        }
    }

    async fn publish(&self, subject: String, message: PublishMessage) -> Result<u64, LogError> {
        self.check()?;
        let message = message.expected_stream(self.state.subjects().state_stream());
        let told = |error: async_nats::jetstream::context::PublishError| match error.kind() {
            PublishErrorKind::WrongLastSequence => LogError::Conflict,
            // As a server does whose disk is full.
            PublishErrorKind::TimedOut => LogError::Unavailable(format!(
                "no NATS server has confirmed the write within {} ms; their logs may say why",
                ANSWER.as_millis()
            )),
            _ => unavailable(error),
        };
        let sent = self.state.context.send_publish(subject, message).await;
        let confirmed = sent.map_err(told)?.await.map_err(told)?;
        Ok(confirmed.sequence)
    }

    fn part_subject(&self, blob: BlobId, number: u32) -> String {
        self.state
            .subjects()
            .state_part(&self.namespace, &blob, number)
    }
}

/// Has a message replace those before it on its subject.
fn replacing(message: PublishMessage) -> PublishMessage {
    message.header(async_nats::header::NATS_ROLLUP, "sub")
}

impl Log for StreamLog {
    fn lost_for(&self) -> Option<Duration> {
        self.state.connection.lost_for()
    }

    fn next(&self, after: u64) -> BoxFuture<'_, Result<Option<(u64, Bytes)>, LogError>> {
        Box::pin(async move {
            self.check()?;
            let subject = self.subject.to_subject();
            let next = after.saturating_add(1);
            let found = self
                .state
                .stream
                .get_first_raw_message_by_subject(subject, next)
                .await;
            match found {
                Ok(message) => Ok(Some((message.sequence, message.payload))),
                Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => Ok(None),
                Err(error) => Err(self.state.unusable(error).await),
            }
        })
    }

    fn last(&self) -> BoxFuture<'_, Result<Option<(u64, Bytes)>, LogError>> {
        Box::pin(async move {
            self.check()?;
            match self
                .state
                .stream
                .get_last_raw_message_by_subject(&self.subject)
                .await
            {
                Ok(message) => Ok(Some((message.sequence, message.payload))),
                Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => Ok(None),
                Err(error) => Err(self.state.unusable(error).await),
            }
        })
    }

    fn append(
        &self,
        expected: u64,
        entry: Bytes,
        replaces: bool,
    ) -> BoxFuture<'_, Result<u64, LogError>> {
        let message = PublishMessage::build()
            .payload(entry)
            .expected_last_subject_sequence(expected);
        let message = if replaces {
            replacing(message)
        } else {
            message
        };
        Box::pin(self.publish(self.subject.clone(), message))
    }

    fn max_bytes(&self) -> usize {
        let most = self.state.context.client().max_payload();
        most.saturating_sub(HEADERS).min(MAX_BYTES)
    }

    fn put_part(
        &self,
        blob: BlobId,
        number: u32,
        bytes: Bytes,
    ) -> BoxFuture<'_, Result<(), LogError>> {
        let message = replacing(PublishMessage::build().payload(bytes));
        Box::pin(async move {
            let subject = self.part_subject(blob, number);
            self.publish(subject, message).await.map(drop)
        })
    }

    fn part(&self, blob: BlobId, number: u32) -> BoxFuture<'_, Result<Option<Bytes>, LogError>> {
        Box::pin(async move {
            let subject = self.part_subject(blob, number);
            match self
                .state
                .stream
                .get_last_raw_message_by_subject(&subject)
                .await
            {
                Ok(message) if message.payload.is_empty() => Ok(None),
                Ok(message) => Ok(Some(message.payload)),
                Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => Ok(None),
                Err(error) => Err(unavailable(error)),
            }
        })
    }

    fn remove_part(&self, blob: BlobId, number: u32) -> BoxFuture<'_, Result<(), LogError>> {
        let message = replacing(PublishMessage::build().ttl(MARK));
        Box::pin(async move {
            let subject = self.part_subject(blob, number);
            self.publish(subject, message).await.map(drop)
        })
    }
}
