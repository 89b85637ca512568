//! Claims over NATS: one record for each firing, which is written by compare-and-set.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_nats::jetstream::context::{Context, ContextBuilder, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{Config, LastRawMessageErrorKind, StorageType, Stream};
use bytes::Bytes;
use thiserror::Error;
use tokio::time::Instant;

use crate::claims::record::{Firing, MAX_RECORD, Record, RecordError, Stage};
use crate::connection::{Connection, patience};
use crate::names::NodeName;
use crate::streams::{StreamError, bucket, ensure_stream};

/// How long claims are kept that nobody finishes.
pub const KEPT: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// How long a record is kept of a firing that was made or reported.
const KEPT_FINISHED: Duration = Duration::from_secs(48 * 60 * 60);
/// How late a firing can be claimed: later, its record may be gone.
pub const MAX_LATENESS: Duration = Duration::from_secs(24 * 60 * 60);
/// How early a firing can be claimed: clocks of machines differ.
pub const MAX_EARLINESS: Duration = Duration::from_secs(5 * 60);
/// How long the server may take to answer.
const ANSWER: Duration = Duration::from_millis(1_500);
/// How long to try again.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long to wait before trying again.
const PAUSE: Duration = Duration::from_millis(50);
/// How many records are looked through at most.
const MAX_LISTED: usize = 100_000;

/// A firing cannot be claimed, or its claim cannot be changed.
#[derive(Debug, Error)]
pub enum ClaimError {
    /// The bucket cannot be used.
    #[error(transparent)]
    Stream(#[from] StreamError),
    /// The firing is invalid.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The firing is too late: it may have been made, and its record be gone.
    #[error("the firing is more than {} h late and is not made", MAX_LATENESS.as_secs() / 3600)]
    TooLate,
    /// The firing is too early: its record would be gone too soon.
    #[error("the firing is due in more than {} min; this node's clock may be wrong", MAX_EARLINESS.as_secs() / 60)]
    TooEarly,
    /// The server cannot be reached. A firing must not be made then; if it was claimed all the same, it is reported.
    #[error("the firing cannot be claimed or its claim changed: {0}")]
    Unavailable(String),
    /// Another node has the claim now.
    #[error("another node has taken this node's claim: it was not known to be alive")]
    TakenOver,
}

/// Claims the firings of schedules for this node. Cheap to clone.
#[derive(Clone)]
pub struct Claims(Arc<Inner>);

struct Inner {
    context: Context,
    stream: Stream,
    connection: Connection,
    bucket: String,
    process: String,
}

/// A firing that this node has claimed. It is its only maker until it ends it.
#[derive(Debug)]
pub struct Claim {
    record: Record,
    revision: u64,
}

/// A firing that was claimed and not finished, by a node that is gone.
#[derive(Clone, Debug)]
pub struct Unfinished {
    record: Record,
    revision: u64,
}

impl Claim {
    /// Returns the firing.
    pub fn firing(&self) -> &Firing {
        &self.record.firing
    }
}

impl Unfinished {
    /// Returns the firing.
    pub fn firing(&self) -> &Firing {
        &self.record.firing
    }

    /// Returns the node that had claimed it.
    pub fn node(&self) -> &NodeName {
        &self.record.node
    }
}

/// How far a firing is.
#[derive(Debug)]
pub enum Standing {
    /// There is no record of it.
    Unclaimed,
    /// A process that is alive is making it.
    Running,
    /// It was made, or is reported.
    Over,
    /// It was claimed and not finished by a process that is not alive.
    Unfinished(Unfinished),
}

/// What came of writing a record.
enum Written {
    /// It has this revision.
    Done(u64),
    /// There is another one.
    Conflict,
}

impl Claims {
    /// Opens the bucket of claims, and makes it if there is none. `process` is how this node's lease names its process
    /// ([`crate::Lease::process`]).
    ///
    /// # Errors
    /// [`StreamError`].
    pub async fn open(connection: &Connection, process: &str) -> Result<Self, StreamError> {
        let context = ContextBuilder::new()
            .timeout(ANSWER)
            .ack_timeout(ANSWER)
            .build(connection.client().clone());
        let name = connection.subjects().claims_bucket();
        let max = i32::try_from(MAX_RECORD + 1024).unwrap_or(i32::MAX);
        let config = Config {
            num_replicas: connection.replicas(),
            allow_message_ttl: true,
            // Only the server that leads is asked: others may be behind.
            allow_direct: false,
            duplicate_window: Duration::from_secs(120),
            ..bucket(&name, KEPT, max, StorageType::File)
        };
        let stream = ensure_stream(&context, config).await?;
        Ok(Self(Arc::new(Inner {
            context,
            stream,
            connection: connection.clone(),
            bucket: name,
            process: process.to_owned(),
        })))
    }

    /// Claims a firing for this node; none when it was claimed before. At most one node ever gets it, unless
    /// [`Claims::take_over`] is called.
    ///
    /// # Errors
    /// [`ClaimError`]; the firing must not be made then.
    pub async fn claim(&self, firing: &Firing) -> Result<Option<Claim>, ClaimError> {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        if now.saturating_sub(Duration::from_millis(firing.due)) > MAX_LATENESS {
            return Err(ClaimError::TooLate);
        }
        if Duration::from_millis(firing.due).saturating_sub(now) > MAX_EARLINESS {
            return Err(ClaimError::TooEarly);
        }
        let record = self.0.record(firing.clone())?;
        self.0.write_claim(record, 0).await
    }

    /// Takes note that a firing was made, however it ended.
    ///
    /// # Errors
    /// [`ClaimError`]; it is reported as unfinished once this node is gone.
    pub async fn finish(&self, claim: &Claim) -> Result<(), ClaimError> {
        let mut record = claim.record.clone();
        record.stage = Stage::Finished;
        match self.0.write_persistently(&record, claim.revision).await? {
            Written::Done(_) => Ok(()),
            Written::Conflict => Err(ClaimError::TakenOver),
        }
    }

    /// Returns the firings that were claimed and not finished by processes that are not alive, the earliest first.
    ///
    /// # Errors
    /// [`ClaimError::Unavailable`].
    pub async fn unfinished(
        &self,
        is_alive: impl Fn(&NodeName, &str) -> bool,
    ) -> Result<Vec<Unfinished>, ClaimError> {
        let mut found = Vec::new();
        let (mut sequence, mut looked_at) = (0_u64, 0);
        let prefix = format!("$KV.{}.", self.0.bucket);
        while looked_at < MAX_LISTED {
            let next = sequence.saturating_add(1);
            let subject = async_nats::Subject::from(format!("{prefix}*"));
            let message = match self
                .0
                .stream
                .get_first_raw_message_by_subject(subject, next)
                .await
            {
                Ok(message) => message,
                Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => break,
                Err(error) => return Err(ClaimError::Unavailable(error.to_string())),
            };
            (sequence, looked_at) = (message.sequence, looked_at + 1);
            let key = message.subject.strip_prefix(&prefix).unwrap_or_default();
            match Record::parse(key, &message.payload) {
                Ok(record) => {
                    let is_over =
                        record.stage != Stage::Claimed || is_alive(&record.node, &record.process);
                    if !is_over {
                        found.push(Unfinished {
                            record,
                            revision: sequence,
                        });
                    }
                }
                Err(error) => tracing::warn!(%error, "a claim is refused"),
            }
        }
        found.sort_by_key(|one| one.record.firing.due);
        Ok(found)
    }

    /// Returns how far a firing is.
    ///
    /// # Errors
    /// [`ClaimError::Unavailable`], or [`ClaimError::Record`] when its record cannot be read.
    pub async fn standing(
        &self,
        firing: &Firing,
        is_alive: impl Fn(&NodeName, &str) -> bool,
    ) -> Result<Standing, ClaimError> {
        let key = firing.key();
        let Some((revision, bytes)) = self.0.last(&key).await? else {
            return Ok(Standing::Unclaimed);
        };
        let record = Record::parse(&key, &bytes)?;
        Ok(match record.stage {
            Stage::Finished | Stage::Reported => Standing::Over,
            Stage::Claimed if is_alive(&record.node, &record.process) => Standing::Running,
            Stage::Claimed => Standing::Unfinished(Unfinished { record, revision }),
        })
    }

    /// Takes note that an unfinished firing is reported. Returns whether this node is the one to do so: another may have been
    /// faster.
    ///
    /// # Errors
    /// [`ClaimError`].
    pub async fn report(&self, unfinished: &Unfinished) -> Result<bool, ClaimError> {
        let mut record = self.0.record(unfinished.record.firing.clone())?;
        record.stage = Stage::Reported;
        let written = self
            .0
            .write_persistently(&record, unfinished.revision)
            .await?;
        Ok(matches!(written, Written::Done(_)))
    }

    /// Claims an unfinished firing for this node, to make it once more; none when another node was faster. Only what may be made
    /// more than once may be repeated: it is not known how far it was.
    ///
    /// # Errors
    /// [`ClaimError`]; the firing must not be made then.
    pub async fn take_over(&self, unfinished: &Unfinished) -> Result<Option<Claim>, ClaimError> {
        let record = self.0.record(unfinished.record.firing.clone())?;
        self.0.write_claim(record, unfinished.revision).await
    }
}

impl Inner {
    /// Makes a record of this node, with a token of its own.
    fn record(&self, firing: Firing) -> Result<Record, ClaimError> {
        let mut token = [0; 16];
        getrandom::fill(&mut token).map_err(|error| {
            ClaimError::Unavailable(format!("the system has no random numbers: {error}"))
        })?;
        Ok(Record {
            firing,
            node: self.connection.node().clone(),
            process: self.process.clone(),
            token: format!("{:032x}", u128::from_be_bytes(token)),
            stage: Stage::Claimed,
        })
    }

    async fn write_claim(
        &self,
        record: Record,
        expected: u64,
    ) -> Result<Option<Claim>, ClaimError> {
        match self.write_persistently(&record, expected).await? {
            Written::Done(revision) => Ok(Some(Claim { record, revision })),
            Written::Conflict => Ok(None),
        }
    }

    /// Writes a record, and tries again where it is not known whether it was written.
    async fn write_persistently(
        &self,
        record: &Record,
        expected: u64,
    ) -> Result<Written, ClaimError> {
        let key = record.firing.key();
        let bytes = Bytes::from(record.encode()?);
        let begun = Instant::now();
        loop {
            let tried = match self.write(&key, &bytes, record.stage, expected).await {
                Ok(Written::Conflict) => self.is_own(&key, record).await,
                other => other,
            };
            match tried {
                Err(ClaimError::Unavailable(_))
                    if begun.elapsed() < patience(self.connection.lost_for(), PATIENCE) =>
                {
                    tokio::time::sleep(PAUSE).await;
                }
                other => return other,
            }
        }
    }

    /// Writes a record once.
    async fn write(
        &self,
        key: &str,
        bytes: &Bytes,
        stage: Stage,
        expected: u64,
    ) -> Result<Written, ClaimError> {
        // Otherwise it would be kept back, and sent when nobody waits for it any more.
        if !self.connection.is_connected() {
            let text = "this node has no connection to NATS";
            return Err(ClaimError::Unavailable(text.to_owned()));
        }
        let message = PublishMessage::build()
            .payload(bytes.clone())
            .expected_stream(format!("KV_{}", self.bucket))
            .expected_last_subject_sequence(expected);
        let message = match stage {
            Stage::Claimed => message,
            Stage::Finished | Stage::Reported => message.ttl(KEPT_FINISHED),
        };
        let subject = format!("$KV.{}.{key}", self.bucket);
        let written = async {
            let sent = self.context.send_publish(subject, message).await?;
            sent.await
        };
        match written.await {
            Ok(confirmed) => Ok(Written::Done(confirmed.sequence)),
            Err(error) if error.kind() == PublishErrorKind::WrongLastSequence => {
                Ok(Written::Conflict)
            }
            Err(error) => Err(ClaimError::Unavailable(error.to_string())),
        }
    }

    /// Finds out whether the record that is there is `record`, whose confirmation was lost.
    async fn is_own(&self, key: &str, record: &Record) -> Result<Written, ClaimError> {
        Ok(match self.last(key).await? {
            Some((revision, bytes)) if Record::parse(key, &bytes).is_ok_and(|it| it == *record) => {
                Written::Done(revision)
            }
            _ => Written::Conflict,
        })
    }

    /// Returns the record that is there, and its revision.
    async fn last(&self, key: &str) -> Result<Option<(u64, Bytes)>, ClaimError> {
        let subject = format!("$KV.{}.{key}", self.bucket);
        match self.stream.get_last_raw_message_by_subject(&subject).await {
            Ok(message) => Ok(Some((message.sequence, message.payload))),
            Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => Ok(None),
            Err(error) => Err(ClaimError::Unavailable(error.to_string())),
        }
    }
}
