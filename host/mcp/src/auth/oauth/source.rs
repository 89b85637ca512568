//! Published keys: cached, fetched again when they are old or when a token names one that is not among
//! them, and no longer trusted after a while if the server does not answer.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use luminarys_orchestrator::{FetchError, Fetcher};
use thiserror::Error;
use url::Url;

use super::discovery::{self, MetadataError};
use super::key::{KeySet, KeySetError};
use crate::auth::rate::Bucket;

/// The age at which keys are refreshed in the background.
const FRESH: Duration = Duration::from_secs(10 * 60);

/// The age at which keys are no longer used.
const STALE: Duration = Duration::from_secs(60 * 60);

/// The time limit for fetching one document.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The limit of fetches per minute that are caused by tokens or earlier failures; they may be made in a burst.
const FETCHES_A_MINUTE: NonZeroU32 = NonZeroU32::new(6).expect("it is not zero");

/// The longest document, in bytes.
const MAX_DOCUMENT: usize = 512 << 10;

/// The keys of an authorization server are not available.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("the keys of the authorization server {issuer} cannot be fetched: {reason}")]
pub(crate) struct Unavailable {
    issuer: String,
    reason: String,
}

/// The failure at one URL.
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
    /// The URLs that its metadata may be at.
    metadata: Vec<Url>,
    /// The URL of its keys, if configured.
    keys: Option<Url>,
    fetcher: Fetcher,
    state: Mutex<State>,
    fetches: Bucket,
    /// Held while keys are fetched.
    fetching: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    /// The keys that were fetched last, and when.
    known: Option<(Arc<KeySet>, Instant)>,
    /// The URL that keys were found at.
    found: Option<Url>,
    /// Why the last attempt failed.
    failed: Option<String>,
    /// Counts attempts.
    attempts: u64,
}

impl KeySource {
    /// Prepares to fetch the keys of `issuer` from `keys`, or from the URL in its metadata.
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

    /// Returns keys newer than `known`, if any, for a token whose key is not among those.
    pub async fn newer(self: &Arc<Self>, known: &Arc<KeySet>) -> Option<Arc<KeySet>> {
        self.fetch_if_affordable().await;
        let state = self.state();
        let (keys, _) = state.known.as_ref()?;
        (!Arc::ptr_eq(keys, known)).then(|| keys.clone())
    }

    /// Fetches the keys in the background while the old ones stay in use.
    fn refresh_beside(self: &Arc<Self>, now: Instant) {
        if self.fetching.try_lock().is_err() || self.fetches.take(now).is_err() {
            return;
        }
        let source = self.clone();
        tokio::spawn(async move { source.fetch(None).await });
    }

    /// Fetches the keys, unless the rate limit is reached.
    async fn fetch_if_affordable(&self) {
        let attempts = self.state().attempts;
        self.fetch(Some(attempts)).await;
    }

    /// Fetches the keys. `since` is the count of attempts at the time of the request: a caller that waits for another's
    /// attempt shares
    /// its outcome and is not counted against the limit.
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
                // The keys may have moved.
                state.found = None;
                if state.failed.as_ref() != Some(&reason) {
                    tracing::error!(
                        issuer = %self.issuer,
                        "the keys of the authorization server cannot be fetched, so its new tokens are refused: {reason}"
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
        let bytes = self.fetcher.json(&url, MAX_DOCUMENT, TIMEOUT).await;
        let bytes = bytes.map_err(|error| SourceError::Fetch(url.clone(), error).to_string())?;
        let keys = KeySet::read(&bytes);
        let keys = keys.map_err(|error| SourceError::Keys(url.clone(), error).to_string())?;
        Ok((keys, url))
    }

    /// Finds the URL of the keys. Metadata that exists but is invalid is an error at once.
    async fn discover(&self) -> Result<Url, String> {
        let mut reasons = Vec::new();
        for url in &self.metadata {
            match self.fetcher.json(url, MAX_DOCUMENT, TIMEOUT).await {
                Ok(bytes) => {
                    let keys = discovery::keys_of(&self.issuer, &bytes);
                    return keys
                        .map_err(|error| SourceError::Metadata(url.clone(), error).to_string());
                }
                Err(error @ FetchError::Status(_)) => {
                    reasons.push(SourceError::Fetch(url.clone(), error).to_string());
                }
                // The other URLs will not answer either.
                Err(error) => return Err(SourceError::Fetch(url.clone(), error).to_string()),
            }
        }
        Err(reasons.join("; "))
    }
}
