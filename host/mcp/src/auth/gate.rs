//! The clients that are admitted now. They change while the host runs: a client that stays keeps its sessions, one that
//! is removed loses them
//! at once.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Instant;

use axum::http::{HeaderMap, header};
use axum::response::Response;
use subtle::{ConditionallySelectable as _, ConstantTimeEq as _};
use thiserror::Error;
use tokio::sync::watch;

use super::oauth::resource::OAuth;
use super::options::{AuthOptions, Token};
use super::rate::Bucket;
use super::refusal::Refusal;
use super::rule::ClientRule;
use crate::client::{Access, Client, nameless};

/// The name of clients that are told apart by their address, where no token is required.
const ANYONE: &str = "peer";

/// Decides which clients are admitted. Clones share their state.
#[derive(Clone)]
pub struct Gate(Arc<watch::Sender<Arc<Table>>>);

/// The clients at one moment.
pub(crate) struct Table {
    /// The access of clients without a token; `None` if a token is required.
    open: Option<Arc<Access>>,
    tokens: Vec<(Token, Client)>,
    oauth: Option<OAuth>,
}

/// The effect of new rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Clients admitted now: tokens, and rules for the tokens of an authorization server.
    pub clients: usize,
    /// Clients that are no longer admitted: their sessions have ended.
    pub removed: usize,
    /// Whether nobody is admitted: a gate that required tokens stays closed when the last one is removed.
    pub is_closed: bool,
}

/// An authorization server whose tokens cannot be checked.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("http.auth.oauth: {0}")]
pub struct GateError(String);

impl fmt::Display for Change {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            clients, removed, ..
        } = self;
        if self.is_closed {
            return write!(
                formatter,
                "`http.auth` is empty now, so no client is admitted ({removed} removed); add a client, or restart the host \
                 to serve without tokens"
            );
        }
        write!(
            formatter,
            "`http.auth` has changed: {clients} clients are admitted, {removed} were removed"
        )
    }
}

impl Gate {
    /// Creates a gate for the clients of `options`, or one that admits everybody if `options` names no clients.
    ///
    /// # Errors
    /// [`GateError`] when the keys of an authorization server can never be fetched.
    pub fn new(options: &AuthOptions) -> Result<Self, GateError> {
        let open = options.is_empty();
        let open = open.then(|| Access::new(ClientRule::new(ANYONE)));
        let table = Table::new(options, open, None)?;
        Ok(Self(Arc::new(watch::Sender::new(Arc::new(table)))))
    }

    /// Replaces the clients by those of `options`. A client whose token and name stay the same keeps its sessions;
    /// those of all others end. A gate that requires tokens never stops requiring them.
    ///
    /// # Errors
    /// As [`Gate::new`]; the gate is unchanged then.
    pub fn replace(&self, options: &AuthOptions) -> Result<Change, GateError> {
        let before = self.table();
        let open = before.open.clone().filter(|_| options.is_empty());
        let table = Table::new(options, open, Some(&before))?;
        let removed = before.accesses().filter(|access| !table.has(access));
        let removed: Vec<_> = removed.cloned().collect();
        let change = Change {
            clients: table.accesses().count(),
            removed: removed.len(),
            is_closed: table.accesses().next().is_none(),
        };
        // Replaced first: clients admitted after this are admitted by the new rules. Announced last: the task that ends
        // the sessions of removed clients must see which they are.
        self.0.send_if_modified(|now| {
            *now = Arc::new(table);
            false
        });
        for access in removed {
            access.revoked.cancel();
        }
        self.0.send_modify(|_| {});
        Ok(change)
    }

    /// Fetches the keys of the authorization server, so that the first client does not wait for them. A failure is
    /// logged.
    ///
    /// # Errors
    /// [`GateError`]
    pub async fn prepare(&self) -> Result<(), GateError> {
        match &self.table().oauth {
            Some(oauth) => {
                let prepared = oauth.prepare().await;
                prepared.map_err(|error| GateError(error.to_string()))
            }
            None => Ok(()),
        }
    }

    /// Returns the metadata of this server if `path` is its path.
    pub(crate) fn metadata(&self, path: &str) -> Option<String> {
        let table = self.table();
        let oauth = table.oauth.as_ref()?;
        oauth.metadata(path).map(str::to_owned)
    }

    /// Creates the response to a request that is refused.
    pub(crate) fn refuse(&self, refusal: &Refusal) -> Response {
        let table = self.table();
        refusal.respond(table.oauth.as_ref().map(|oauth| &oauth.options))
    }

    /// Returns the current clients.
    pub(crate) fn table(&self) -> Arc<Table> {
        self.0.borrow().clone()
    }

    /// Counts changes of the clients.
    pub(crate) fn changes(&self) -> watch::Receiver<Arc<Table>> {
        self.0.subscribe()
    }

    /// Returns the client that a request comes from, if it is admitted.
    ///
    /// # Errors
    /// [`Refusal`]
    pub(crate) async fn admit(&self, headers: &HeaderMap, peer: IpAddr) -> Result<Client, Refusal> {
        let table = self.table();
        if let Some(open) = &table.open {
            return Ok(Client::at(peer, open.clone()));
        }
        let text = shown(headers)?;
        if let Some(client) = table.find(&Token::shown(text.as_bytes())) {
            return Ok(client);
        }
        match &table.oauth {
            Some(oauth) => Ok(oauth.admit(text).await?),
            None => Err(Refusal::Unknown),
        }
    }
}

impl Table {
    fn new(
        options: &AuthOptions,
        open: Option<Arc<Access>>,
        before: Option<&Self>,
    ) -> Result<Self, GateError> {
        let now = Instant::now();
        let buckets: HashMap<&str, &Arc<Bucket>> = before
            .into_iter()
            .flat_map(|before| &before.tokens)
            .filter_map(|(_, client)| Some((client.access.rule.name.as_str(), client.bucket()?)))
            .collect();
        let bucket = |name: &str, per_minute: NonZeroU32| {
            let kept = buckets.get(name).filter(|it| it.per_minute() == per_minute);
            let kept = kept.map(|bucket| Arc::clone(bucket));
            kept.unwrap_or_else(|| Arc::new(Bucket::new(per_minute, now)))
        };
        let plain = options.tokens.iter();
        let plain = plain.map(|token| (*token, ClientRule::new(nameless(token.digest()))));
        let named = options.clients.iter();
        let named = named.map(|client| (client.token, client.rule.clone()));
        let mut seen = HashSet::new();
        let all = plain.chain(named).filter(|(token, _)| seen.insert(*token));
        let tokens = all.map(|(token, rule)| {
            let bucket = rule.calls_per_minute.map(|rate| bucket(&rule.name, rate));
            let known = before.and_then(|before| before.find(&token));
            let known = known.filter(|known| *known.name == *rule.name);
            let access = match known {
                Some(known) => known.access.with_rule(rule),
                None => Access::new(rule),
            };
            (token, Client::with_token(*token.digest(), access, bucket))
        });
        let tokens = tokens.collect();
        let server_before = before.and_then(|before| before.oauth.as_ref());
        let oauth = options.oauth.clone();
        let oauth = oauth.map(|oauth| OAuth::new(oauth, server_before));
        let oauth = oauth.transpose();
        Ok(Self {
            open,
            tokens,
            oauth: oauth.map_err(|error| GateError(error.to_string()))?,
        })
    }

    /// Returns the client of a token. All tokens are compared in any case, so that the time taken reveals nothing.
    fn find(&self, token: &Token) -> Option<Client> {
        let none = u32::try_from(self.tokens.len()).ok()?;
        let mut found = none;
        for (index, (known, _)) in (0..none).zip(&self.tokens) {
            found.conditional_assign(&index, known.digest().ct_eq(token.digest()));
        }
        let (_, client) = self.tokens.get(usize::try_from(found).ok()?)?;
        Some(client.clone())
    }

    /// Returns the clients that have a token of the configuration.
    pub fn clients(&self) -> impl Iterator<Item = &Client> {
        self.tokens.iter().map(|(_, client)| client)
    }

    fn accesses(&self) -> impl Iterator<Item = &Arc<Access>> {
        let of_tokens = self.clients().map(|client| &client.access);
        let of_server = self.oauth.iter().flat_map(OAuth::accesses);
        self.open.iter().chain(of_tokens).chain(of_server)
    }

    /// Tells whether `access` is still granted, whatever its rights.
    fn has(&self, access: &Access) -> bool {
        self.accesses().any(|it| it.is_of(access))
    }
}

/// Returns the one bearer token of a request.
fn shown(headers: &HeaderMap) -> Result<&str, Refusal> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().ok_or(Refusal::Missing)?;
    if values.next().is_some() {
        return Err(Refusal::Malformed("there is more than one"));
    }
    let value = value
        .to_str()
        .map_err(|_| Refusal::Malformed("it holds characters that are not visible ASCII"))?;
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    let token = token.trim();
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Refusal::Malformed("its scheme is not Bearer"));
    }
    if token.is_empty() || token.contains([' ', '\t']) {
        return Err(Refusal::Malformed("Bearer must be followed by one word"));
    }
    Ok(token)
}

#[cfg(test)]
#[path = "gate_tests.rs"]
mod tests;
