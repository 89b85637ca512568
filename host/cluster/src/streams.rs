//! The streams and buckets of a cluster in JetStream: the first node makes them, and every node checks them before it uses
//! them. A node's permissions let it neither change nor delete them.

use std::time::Duration;

use async_nats::jetstream::context::{CreateStreamErrorKind, GetStreamErrorKind, RequestErrorKind};
use async_nats::jetstream::stream::{Config, DiscardPolicy, Info, StorageType, Stream};
use async_nats::jetstream::{Context, ErrorCode, kv};
use thiserror::Error;

/// A stream or bucket cannot be used.
#[derive(Debug, Error)]
pub enum StreamError {
    /// The server has no JetStream, or the account may not use it.
    #[error(
        "the NATS server does not offer JetStream to this node; set `jetstream` in its configuration"
    )]
    NoJetStream,
    /// It cannot be made.
    #[error("the stream {name} cannot be made: {source}")]
    Create {
        /// Its name.
        name: String,
        /// The client's error.
        source: async_nats::jetstream::context::CreateStreamError,
    },
    /// It cannot be looked at.
    #[error("the stream {name} cannot be used: {source}")]
    Get {
        /// Its name.
        name: String,
        /// The client's error.
        source: async_nats::jetstream::context::GetStreamError,
    },
    /// The bucket cannot be looked at.
    #[error("the bucket {name} cannot be used: {source}")]
    Bucket {
        /// Its name.
        name: String,
        /// The client's error.
        source: async_nats::jetstream::context::KeyValueError,
    },
    /// Somebody has made it otherwise, so that it is not safe to use.
    #[error(
        "the stream {name} was made with other settings ({difference}); delete it with the NATS server's tools, and a node \
         will make it anew"
    )]
    Different {
        /// Its name.
        name: String,
        /// Which setting.
        difference: &'static str,
    },
}

/// Returns the settings of a bucket with one value of at most `max_value` bytes for each key, which lives for `max_age` (zero:
/// for ever).
pub(crate) fn bucket(
    name: &str,
    max_age: Duration,
    max_value: i32,
    storage: StorageType,
) -> Config {
    Config {
        name: format!("KV_{name}"),
        subjects: vec![format!("$KV.{name}.>")],
        max_messages_per_subject: 1,
        max_age,
        max_message_size: max_value,
        discard: DiscardPolicy::New,
        storage,
        // The server would answer a direct request wherever it is told to, with bytes that the asking node has stored: in a
        // bucket of leases, as the lease of another node.
        allow_direct: false,
        deny_delete: true,
        // It must not be longer than values live.
        duplicate_window: match max_age {
            Duration::ZERO => Duration::from_secs(120),
            age => age,
        },
        ..Config::default()
    }
}

/// Returns the stream that `wanted` describes, and makes it if there is none.
///
/// # Errors
/// [`StreamError`].
pub(crate) async fn ensure_stream(
    jetstream: &Context,
    wanted: Config,
) -> Result<Stream<Info>, StreamError> {
    let name = wanted.name.clone();
    let stream = match jetstream.get_stream(&name).await {
        Ok(stream) => stream,
        Err(error) => match error.kind() {
            GetStreamErrorKind::JetStream(it) if it.error_code() == ErrorCode::STREAM_NOT_FOUND => {
                match jetstream.create_stream(wanted.clone()).await {
                    Ok(stream) => stream,
                    // Another node was faster, with other settings.
                    Err(error) if is_taken(&error) => get(jetstream, &name).await?,
                    Err(source) => return Err(StreamError::Create { name, source }),
                }
            }
            _ => return Err(unusable(name, error)),
        },
    };
    let found = &stream.cached_info().config;
    if found.num_replicas < wanted.num_replicas {
        let (has, wanted) = (found.num_replicas, wanted.num_replicas);
        tracing::warn!(
            "the stream {name} has {has} replicas, and not the {wanted} of cluster.nats.replicas; change it with the NATS \
             server's tools"
        );
    }
    match difference(found, &wanted) {
        None => Ok(stream),
        Some(difference) => Err(StreamError::Different { name, difference }),
    }
}

/// Returns the bucket that `wanted` describes, and makes it if there is none.
///
/// # Errors
/// [`StreamError`].
pub(crate) async fn ensure_bucket(
    jetstream: &Context,
    wanted: Config,
) -> Result<kv::Store, StreamError> {
    let name = wanted.name.trim_start_matches("KV_").to_owned();
    ensure_stream(jetstream, wanted).await?;
    jetstream
        .get_key_value(&name)
        .await
        .map_err(|source| StreamError::Bucket { name, source })
}

/// Returns the bucket of `config`, or none when no node has made it.
///
/// # Errors
/// [`StreamError`].
pub(crate) async fn existing_bucket(
    jetstream: &Context,
    config: &Config,
) -> Result<Option<kv::Store>, StreamError> {
    let name = config.name.trim_start_matches("KV_").to_owned();
    if existing_stream(jetstream, &config.name).await?.is_none() {
        return Ok(None);
    }
    let bucket = jetstream.get_key_value(&name).await;
    let bucket = bucket.map_err(|source| StreamError::Bucket { name, source })?;
    Ok(Some(bucket))
}

/// Returns a stream, or none when no node has made it.
///
/// # Errors
/// [`StreamError`].
pub(crate) async fn existing_stream(
    jetstream: &Context,
    name: &str,
) -> Result<Option<Stream<Info>>, StreamError> {
    match jetstream.get_stream(name).await {
        Ok(stream) => Ok(Some(stream)),
        Err(error) => match error.kind() {
            GetStreamErrorKind::JetStream(it) if it.error_code() == ErrorCode::STREAM_NOT_FOUND => {
                Ok(None)
            }
            _ => Err(unusable(name.to_owned(), error)),
        },
    }
}

async fn get(jetstream: &Context, name: &str) -> Result<Stream<Info>, StreamError> {
    let stream = jetstream.get_stream(name).await;
    stream.map_err(|error| unusable(name.to_owned(), error))
}

fn unusable(name: String, source: async_nats::jetstream::context::GetStreamError) -> StreamError {
    let is_off = |code| {
        [
            ErrorCode::JETSTREAM_NOT_ENABLED,
            ErrorCode::JETSTREAM_NOT_ENABLED_FOR_ACCOUNT,
        ]
        .contains(&code)
    };
    match source.kind() {
        GetStreamErrorKind::JetStream(error) if is_off(error.error_code()) => {
            StreamError::NoJetStream
        }
        GetStreamErrorKind::Request if has_no_responders(&source) => StreamError::NoJetStream,
        _ => StreamError::Get { name, source },
    }
}

/// Returns whether nobody in the cluster of servers takes requests to JetStream.
fn has_no_responders(error: &async_nats::jetstream::context::GetStreamError) -> bool {
    let source = std::error::Error::source(error);
    let request =
        source.and_then(|it| it.downcast_ref::<async_nats::jetstream::context::RequestError>());
    request.is_some_and(|it| it.kind() == RequestErrorKind::NoResponders)
}

fn is_taken(error: &async_nats::jetstream::context::CreateStreamError) -> bool {
    matches!(error.kind(), CreateStreamErrorKind::JetStream(it) if it.error_code() == ErrorCode::STREAM_NAME_EXIST)
}

/// Returns a setting in which `found` does something that `wanted` does not. Replicas and places are the operator's matter.
fn difference(found: &Config, wanted: &Config) -> Option<&'static str> {
    // The server writes -1 where there is no limit.
    let is_limit = |found: i64, wanted: i64| found.max(0) == wanted.max(0);
    let rows = [
        (found.subjects == wanted.subjects, "subjects"),
        (found.republish.is_none(), "republish"),
        (found.mirror.is_none(), "mirror"),
        (found.sources.as_ref().is_none_or(Vec::is_empty), "sources"),
        (found.subject_transform.is_none(), "subject_transform"),
        (found.retention == wanted.retention, "retention"),
        (found.discard == wanted.discard, "discard"),
        (found.max_age == wanted.max_age, "max_age"),
        (
            is_limit(
                found.max_messages_per_subject,
                wanted.max_messages_per_subject,
            ),
            "max_msgs_per_subject",
        ),
        (
            is_limit(found.max_messages, wanted.max_messages),
            "max_msgs",
        ),
        (is_limit(found.max_bytes, wanted.max_bytes), "max_bytes"),
        (
            found.allow_message_ttl == wanted.allow_message_ttl,
            "allow_msg_ttl",
        ),
        (
            found.allow_rollup == wanted.allow_rollup,
            "allow_rollup_hdrs",
        ),
        (found.allow_direct == wanted.allow_direct, "allow_direct"),
        (!found.sealed, "sealed"),
        (!found.no_ack, "no_ack"),
    ];
    rows.iter()
        .find(|(is_same, _)| !is_same)
        .map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_would_leak_or_lose_are_different() {
        let wanted = bucket("b", Duration::from_secs(1), 100, StorageType::File);
        assert_eq!(difference(&wanted, &wanted), None);
        let republish = async_nats::jetstream::stream::Republish {
            source: ">".to_owned(),
            destination: "copy.>".to_owned(),
            headers_only: false,
        };
        let changed = |change: &dyn Fn(&mut Config)| {
            let mut found = wanted.clone();
            change(&mut found);
            difference(&found, &wanted)
        };
        assert_eq!(
            changed(&|it| it.subjects = vec!["luminarys.>".to_owned()]),
            Some("subjects")
        );
        assert_eq!(
            changed(&|it| it.republish = Some(republish.clone())),
            Some("republish")
        );
        assert_eq!(
            changed(&|it| it.mirror = Some(Default::default())),
            Some("mirror")
        );
        assert_eq!(
            changed(&|it| it.sources = Some(vec![Default::default()])),
            Some("sources")
        );
        assert_eq!(changed(&|it| it.max_age = Duration::ZERO), Some("max_age"));
        assert_eq!(changed(&|it| it.no_ack = true), Some("no_ack"));
        assert_eq!(changed(&|it| it.max_messages = 1), Some("max_msgs"));
        assert_eq!(changed(&|it| it.max_bytes = -1), None);
        assert_eq!(changed(&|it| it.num_replicas = 3), None);
    }
}
