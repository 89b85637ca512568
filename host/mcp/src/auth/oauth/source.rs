//! Keys as their server publishes them: kept, fetched anew when they are old or when a token names one that is not among
//! them, and not believed for ever where the server does not answer.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use luminarys_orchestrator::{FetchError, Fetcher};
use thiserror::Error;
use url::Url;

use super::discovery::{self, MetadataError};
use super::key::{KeySet, KeySetError};
use crate::auth::rate::Bucket;

/// After this long, keys are fetched anew beside the requests that use them.
const FRESH: Duration = Duration::from_secs(10 * 60);

/// After this long without a new copy, keys are not used any more.
const STALE: Duration = Duration::from_secs(60 * 60);

/// How long one document may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often keys are fetched because a token asks for it, or because it failed before: a minute's fetches may come at
/// once.
const FETCHES_A_MINUTE: NonZeroU32 = NonZeroU32::new(6).expect("it is not zero");

/// The longest document, in bytes.
const MAX_DOCUMENT: usize = 512 << 10;

/// The keys of an authorization server are not to be had.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("the keys of the authorization server {issuer} cannot be fetched: {reason}")]
pub(crate) struct Unavailable {
    issuer: String,
    reason: String,
}

/// What went wrong at one address.
#[derive(Debug, Error)]
enum SourceError {
    #[error("{0}: {1}")]
    Fetch(Url, #[source] FetchError),
    #[error("{0}: {1}")]
    Metadata(Url, #[source] MetadataError),
    #[error("{0}: {1}")]
    Keys(Url, #[source] KeySetError),
}

/// The keys of one authorization server.
pub(crate) struct KeySource {
    issuer: String,
    /// Where its metadata may be.
    metadata: Vec<Url>,
    /// Where its keys are, when the configuration says so.
    keys: Option<Url>,
    fetcher: Fetcher,
    state: Mutex<State>,
    fetches: Bucket,
    /// Held while keys are fetched.
    fetching: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    /// What was fetched last, and when.
    known: Option<(Arc<KeySet>, Instant)>,
    /// Where keys were found.
    found: Option<Url>,
    /// Why the last attempt failed.
    failed: Option<String>,
    /// Counts attempts.
    attempts: u64,
}

impl KeySource {
    /// Prepares fetching the keys of `issuer`, at `keys` or where its metadata says.
    pub fn new(issuer: &Url, name: &str, keys: Option<Url>, fetcher: Fetcher) -> Arc<Self> {
        Arc::new(Self {
            issuer: name.to_owned(),
            metadata: discovery::places(issuer),
            keys,
            fetcher,
            state: Mutex::default(),
            fetches: Bucket::new(FETCHES_A_MINUTE, Instant::now()),
            fetching: tokio::sync::Mutex::default(),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the keys. Fetches them first if no usable keys are cached.
    ///
    /// # Errors
    /// [`Unavailable`]
    pub async fn current(self: &Arc<Self>) -> Result<Arc<KeySet>, Unavailable> {
        let now = Instant::now();
        let known = self.state().known.clone();
        if let Some((keys, since)) = known {
            let age = now.saturating_duration_since(since);
            if age < FRESH {
                return Ok(keys);
            }
            if age < STALE {
                self.refresh_beside(now);
                return Ok(keys);
            }
        }
        self.fetch_if_affordable().await;
        let state = self.state();
        let usable = |since: &Instant| since.elapsed() < STALE;
        match &state.known {
            Some((keys, since)) if usable(since) => Ok(keys.clone()),
            _ => Err(Unavailable {
                issuer: self.issuer.clone(),
                reason: state.failed.clone().unwrap_or_default(),
            }),
        }
    }

    /// Returns keys newer than `known`, if there are: for a token with a key that is not among them.
    pub async fn newer(self: &Arc<Self>, known: &Arc<KeySet>) -> Option<Arc<KeySet>> {
        self.fetch_if_affordable().await;
        let state = self.state();
        let (keys, _) = state.known.as_ref()?;
        (!Arc::ptr_eq(keys, known)).then(|| keys.clone())
    }

    /// Fetches the keys while others go on with the old ones.
    fn refresh_beside(self: &Arc<Self>, now: Instant) {
        if self.fetching.try_lock().is_err() || self.fetches.take(now).is_err() {
            return;
        }
        let source = self.clone();
        tokio::spawn(async move { source.fetch(None).await });
    }

    /// Fetches the keys, unless that was done too often of late.
    async fn fetch_if_affordable(&self) {
        let attempts = self.state().attempts;
        self.fetch(Some(attempts)).await;
    }

    /// Fetches the keys. `since` is the count of attempts when it was asked for: whoever waits for another's attempt takes
    /// what comes of it, and pays for none.
    async fn fetch(&self, since: Option<u64>) {
        let _one = self.fetching.lock().await;
        if let Some(since) = since
            && (self.state().attempts != since || self.fetches.take(Instant::now()).is_err())
        {
            return;
        }
        let fetched = self.attempt().await;
        let mut state = self.state();
        state.attempts += 1;
        match fetched {
            Ok((keys, found)) => {
                if state.failed.take().is_some() {
                    tracing::warn!(issuer = %self.issuer, "the keys of the authorization server are fetched again");
                }
                state.found = Some(found);
                state.known = Some((Arc::new(keys), Instant::now()));
            }
            Err(reason) => {
                // Elsewhere by now, perhaps.
                state.found = None;
                if state.failed.as_ref() != Some(&reason) {
                    tracing::error!(
                        issuer = %self.issuer,
                        "the keys of the authorization server cannot be fetched, so no new token of it is taken: {reason}"
                    );
                }
                state.failed = Some(reason);
            }
        }
    }

    async fn attempt(&self) -> Result<(KeySet, Url), String> {
        let known = self.keys.clone().or_else(|| self.state().found.clone());
        let url = match known {
            Some(url) => url,
            None => self.discover().await?,
        };
        let bytes = self.fetcher.json(&url, MAX_DOCUMENT, PATIENCE).await;
        let bytes = bytes.map_err(|error| SourceError::Fetch(url.clone(), error).to_string())?;
        let keys = KeySet::read(&bytes);
        let keys = keys.map_err(|error| SourceError::Keys(url.clone(), error).to_string())?;
        Ok((keys, url))
    }

    /// Finds out where the keys are. Metadata that is there and wrong is an error at once.
    async fn discover(&self) -> Result<Url, String> {
        let mut reasons = Vec::new();
        for url in &self.metadata {
            match self.fetcher.json(url, MAX_DOCUMENT, PATIENCE).await {
                Ok(bytes) => {
                    let keys = discovery::keys_of(&self.issuer, &bytes);
                    return keys
                        .map_err(|error| SourceError::Metadata(url.clone(), error).to_string());
                }
                Err(error @ FetchError::Status(_)) => {
                    reasons.push(SourceError::Fetch(url.clone(), error).to_string());
                }
                // Nor will the others answer.
                Err(error) => return Err(SourceError::Fetch(url.clone(), error).to_string()),
            }
        }
        Err(reasons.join("; "))
    }
}
