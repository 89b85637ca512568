//! Admits clients with tokens of the authorization server.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use luminarys_orchestrator::{Fetcher, SetupError};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use super::key::KeySet;
use super::metadata;
use super::options::{Fit, OAuthOptions, TokenRule};
use super::source::{KeySource, Unavailable};
use super::token::{Claims, Expected, LEEWAY, TokenError, Unverified};
use crate::auth::options::Token;
use crate::auth::rate::Bucket;
use crate::client::{Access, Client};

/// The maximum number of verified tokens that are cached, and of holders whose calls are counted before those are
/// dropped that have not called for a long time.
const MAX_KNOWN: usize = 4096;

/// The maximum lifetime of a stream in seconds, however long its token is valid: a year.
const MAX_LIFE: u64 = 365 * 24 * 60 * 60;

/// Why a token is refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum NotAdmitted {
    /// It is not valid.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// It cannot be verified now.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// It is valid, but lacks a scope.
    #[error("the token lacks the scope {0:?}")]
    Scopes(String),
    /// It is valid, but no rule matches its holder.
    #[error("no rule of this server matches the holder of this token")]
    Nothing,
}

/// Tokens of one authorization server.
pub(crate) struct OAuth {
    pub options: OAuthOptions,
    expected: Expected,
    keys: Arc<KeySource>,
    /// One for each rule of the options, in their order.
    accesses: Vec<Arc<Access>>,
    buckets: Arc<Buckets>,
    good: Mutex<Good>,
    /// The metadata that clients ask for.
    document: String,
}

/// Tokens that were verified, each with the keys that verified it.
#[derive(Default)]
struct Good {
    keys: Option<Arc<KeySet>>,
    tokens: HashMap<Token, (u64, Client)>,
}

/// The counts of calls by holder and rule.
type Buckets = Mutex<HashMap<([u8; 32], String), Arc<Bucket>>>;

impl OAuth {
    /// Prepares to accept the tokens that `options` describe; state of `before` is kept where the options are the same.
    ///
    /// # Errors
    /// [`SetupError`] when keys can never be fetched.
    pub fn new(options: OAuthOptions, before: Option<&Self>) -> Result<Self, SetupError> {
        let same_source = |it: &&Self| {
            let (old, new) = (&it.options, &options);
            old.issuer == new.issuer && old.jwks_uri == new.jwks_uri && old.network == new.network
        };
        let keys = match before.filter(same_source) {
            Some(before) => before.keys.clone(),
            None => {
                let fetcher = Fetcher::new(&options.network)?;
                let issuer = options.issuer.parse();
                // An invalid URL is rejected before, as it is not secure.
                let failed = |error: url::ParseError| SetupError::Transport(error.into());
                let issuer = issuer.map_err(failed)?;
                KeySource::new(&issuer, &options.issuer, options.jwks_uri.clone(), fetcher)
            }
        };
        let accesses = options.rules.iter().map(|rule| {
            let known = before.and_then(|before| before.access_of(&options, rule));
            match known {
                Some(known) => known.with_rule(rule.rule.clone()),
                None => Access::new(rule.rule.clone()),
            }
        });
        Ok(Self {
            expected: Expected {
                issuer: options.issuer.clone(),
                audience: options.audience.clone(),
                algorithms: options.algorithms.clone(),
            },
            accesses: accesses.collect(),
            buckets: before
                .map(|before| before.buckets.clone())
                .unwrap_or_default(),
            good: Mutex::default(),
            document: metadata::document(&options),
            keys,
            options,
        })
    }

    /// Returns the existing access for `rule` of `options`, if one of the current rules is for the same clients.
    fn access_of(&self, options: &OAuthOptions, rule: &TokenRule) -> Option<&Arc<Access>> {
        let (old, new) = (&self.options, options);
        if old.issuer != new.issuer || old.audience != new.audience || old.scopes != new.scopes {
            return None;
        }
        let same = |it: &TokenRule| {
            it.rule.name == rule.rule.name
                && it.scopes == rule.scopes
                && it.subjects == rule.subjects
                && it.claims == rule.claims
        };
        let index = old.rules.iter().position(same)?;
        self.accesses.get(index)
    }

    /// Returns what the clients of each rule may do.
    pub fn accesses(&self) -> &[Arc<Access>] {
        &self.accesses
    }

    /// Returns the metadata if `path` is its path.
    pub fn metadata(&self, path: &str) -> Option<&str> {
        let is_there = self.options.metadata_paths().iter().any(|it| it == path);
        is_there.then_some(&*self.document)
    }

    /// Fetches the keys, so that the first client does not wait for them.
    ///
    /// # Errors
    /// [`Unavailable`]
    pub async fn prepare(&self) -> Result<(), Unavailable> {
        self.keys.current().await.map(drop)
    }

    /// Returns the client that presents the token `text`.
    ///
    /// # Errors
    /// [`NotAdmitted`]
    pub async fn admit(&self, text: &str) -> Result<Client, NotAdmitted> {
        let token = Token::shown(text.as_bytes());
        let unverified = match self.remembered(&token) {
            Some(_) => None,
            // Before keys are fetched.
            None => Some(Unverified::new(text, &self.expected)?),
        };
        let mut keys = self.keys.current().await?;
        if let Some(client) = self.recall(&token, &keys) {
            return Ok(client);
        }
        let unverified = match unverified {
            Some(unverified) => unverified,
            None => Unverified::new(text, &self.expected)?,
        };
        if !unverified.is_of(&keys)
            && let Some(newer) = self.keys.newer(&keys).await
        {
            keys = newer;
        }
        let claims = unverified.verify(&keys, &self.expected, now())?;
        let client = self.client(&claims)?;
        self.remember(token, &keys, claims.expires, &client);
        Ok(client)
    }

    /// Returns the client for the holder of a verified token.
    fn client(&self, claims: &Claims) -> Result<Client, NotAdmitted> {
        let rule = match self.options.fit(claims) {
            Fit::Rule(rule) => rule,
            Fit::Scopes(scopes) => return Err(NotAdmitted::Scopes(scopes)),
            Fit::Nothing => return Err(NotAdmitted::Nothing),
        };
        let index = self
            .options
            .rules
            .iter()
            .position(|it| std::ptr::eq(it, rule));
        let access = index.and_then(|index| self.accesses.get(index));
        let access = access.ok_or(NotAdmitted::Nothing)?;
        let owner = self.owner(claims);
        let name = format!("{}:{}", rule.rule.name, claims.subject);
        let bucket = self.bucket(&owner, access);
        let left = claims.expires.saturating_add(LEEWAY).saturating_sub(now());
        let expires = Instant::now() + Duration::from_secs(left.min(MAX_LIFE));
        let access = access.clone();
        Ok(Client::with_subject(name, owner, access, bucket, expires))
    }

    /// Returns the owner of a session: one holder with one application.
    fn owner(&self, claims: &Claims) -> [u8; 32] {
        let application = claims.application.as_deref().unwrap_or_default();
        let mut digest = Sha256::new();
        for part in ["oauth", &self.options.issuer, &claims.subject, application] {
            // With its length, so that no two combinations are equal.
            digest.update(part.len().to_le_bytes());
            digest.update(part);
        }
        digest.finalize().into()
    }

    fn bucket(&self, owner: &[u8; 32], access: &Access) -> Option<Arc<Bucket>> {
        let per_minute = access.rule.calls_per_minute?;
        let now = Instant::now();
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MAX_KNOWN {
            buckets.retain(|_, bucket| !bucket.is_full(now));
        }
        let key = (*owner, access.rule.name.clone());
        let bucket = buckets.entry(key);
        let bucket = bucket.or_insert_with(|| Arc::new(Bucket::new(per_minute, now)));
        if bucket.per_minute() != per_minute {
            *bucket = Arc::new(Bucket::new(per_minute, now));
        }
        Some(bucket.clone())
    }

    fn good(&self) -> std::sync::MutexGuard<'_, Good> {
        self.good.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the client of a token that was verified before, whatever the keys are now.
    fn remembered(&self, token: &Token) -> Option<Client> {
        let good = self.good();
        let (expires, client) = good.tokens.get(token)?;
        (expires.saturating_add(LEEWAY) > now()).then(|| client.clone())
    }

    /// Returns the client of a token that was verified by `keys`.
    fn recall(&self, token: &Token, keys: &Arc<KeySet>) -> Option<Client> {
        let is_same = |known: &Arc<KeySet>| Arc::ptr_eq(known, keys);
        if !self.good().keys.as_ref().is_some_and(is_same) {
            return None;
        }
        self.remembered(token)
    }

    fn remember(&self, token: Token, keys: &Arc<KeySet>, expires: u64, client: &Client) {
        let mut good = self.good();
        let is_same = |known: &Arc<KeySet>| Arc::ptr_eq(known, keys);
        // A key that is no longer published no longer verifies anything.
        if !good.keys.as_ref().is_some_and(is_same) {
            good.tokens.clear();
            good.keys = Some(keys.clone());
        }
        if good.tokens.len() >= MAX_KNOWN {
            let now = now();
            good.tokens.retain(|_, (expires, _)| *expires > now);
        }
        if good.tokens.len() < MAX_KNOWN {
            good.tokens.insert(token, (expires, client.clone()));
        }
    }
}

/// Seconds since 1970.
fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| now.as_secs())
}
