//! How skills reach each other. The runtime knows one skill at a time; whoever keeps them all implements [`Peers`].

use std::sync::{Arc, OnceLock, Weak};

use futures::future::BoxFuture;
use luminarys_accounts::{Charge, Exhausted};
use luminarys_grants::{Denial, Narrowing};
use serde_json::Value;
use thiserror::Error;
use wasmtime::component::Val;

use crate::{CallContext, Outcome};

/// Why another skill's method gave no outcome.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum PeerError {
    /// One of the two policies does not allow it.
    #[error("{0}")]
    Denied(Denial),
    /// No such skill or method.
    #[error("{0}")]
    Unknown(String),
    /// Arguments of other types, a chain that is too long or closes, or a schedule that makes no sense.
    #[error("{0}")]
    Invalid(String),
    /// Arguments that are too large.
    #[error("{0}")]
    TooLarge(String),
    /// A limit of either skill is reached.
    #[error("{0}")]
    Limit(String),
    /// It had no time left.
    #[error("{0}")]
    Timeout(String),
    /// It was cancelled.
    #[error("the call was cancelled")]
    Cancelled,
    /// The skill is not loaded, or the host offers no other skills.
    #[error("{0}")]
    Unavailable(String),
    /// It crashed, or the host failed.
    #[error("{0}")]
    Broken(String),
    /// The method's own error.
    #[error("{0}")]
    Returned(String),
}

impl From<Exhausted> for PeerError {
    fn from(exhausted: Exhausted) -> Self {
        Self::Limit(exhausted.to_string())
    }
}

/// Values that one skill passes to another.
pub type Values = Vec<Val>;

/// A method that a skill may call.
#[derive(Clone, Debug, PartialEq)]
pub struct Callable {
    /// The instance id.
    pub skill: String,
    /// The method.
    pub method: String,
    /// For people and models.
    pub description: String,
    /// The JSON Schema of its arguments.
    pub parameters: Value,
}

/// A call that waits for its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Unique.
    pub id: String,
    /// A method of the skill that made it.
    pub method: String,
    /// Milliseconds since 1970-01-01 UTC.
    pub due: u64,
}

/// Something that a skill tells.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// What it is about.
    pub topic: String,
    /// Whatever belongs to it: JSON text.
    pub payload: String,
    /// The skill that tells.
    pub source: String,
    /// The call that it comes from.
    pub trace_id: Arc<str>,
    /// How many events led to it, itself included.
    pub depth: u32,
}

/// Something that a method is given when it has a parameter of that name.
#[derive(Clone, Debug, PartialEq)]
pub enum Offered {
    /// Text.
    Text(String),
    /// A number.
    Number(u64),
    /// Bytes: base64 where the parameter takes bytes, text where it is a string.
    Bytes(Vec<u8>),
    /// JSON text: the value that it is, or the text itself where the parameter is a string.
    Json(String),
}

/// All skills of the host, as one of them sees the others.
pub trait Peers: Send + Sync {
    /// Whether `caller` may call `method` of `skill`, from a call that is narrowed like this.
    ///
    /// # Errors
    /// Why not.
    fn may_invoke(
        &self,
        caller: &str,
        skill: &str,
        method: &str,
        narrowing: Narrowing,
    ) -> Result<(), PeerError>;

    /// Calls `method` of `skill` with a JSON object of arguments for `caller`, as far as both policies allow. Dropping the
    /// future gives the call up.
    fn invoke(
        &self,
        caller: &str,
        skill: String,
        method: String,
        arguments: String,
        context: CallContext,
    ) -> BoxFuture<'static, Result<Outcome, PeerError>>;

    /// The skill that provides an interface which `caller` imports.
    ///
    /// # Errors
    /// [`PeerError::Unavailable`] when there is none any more.
    fn provider(&self, caller: &str, interface: &str) -> Result<String, PeerError>;

    /// Decides whether `caller` may call a function that `skill` exports, from a call that is narrowed like this.
    ///
    /// # Errors
    /// Why not.
    fn may_call_import(
        &self,
        caller: &str,
        skill: &str,
        interface: &str,
        function: &str,
        narrowing: Narrowing,
    ) -> Result<(), PeerError>;

    /// Calls a function (interface and name) that `skill` exports for `caller`, as far as both policies allow. Dropping the
    /// future gives the call up.
    fn call_import(
        &self,
        caller: &str,
        skill: String,
        function: (String, String),
        values: Values,
        context: CallContext,
    ) -> BoxFuture<'static, Result<Values, PeerError>>;

    /// The methods of other skills that `caller` may call.
    fn callable(&self, caller: &str) -> Vec<Callable>;

    /// Lets `caller`'s own `method` be called in `delay` milliseconds with a JSON object of arguments; the schedule's id.
    /// Blocking.
    ///
    /// # Errors
    /// [`PeerError`] when there is no such method, a limit is reached, or it cannot be kept.
    fn schedule(
        &self,
        caller: &str,
        method: &str,
        arguments: &str,
        delay: u64,
    ) -> Result<String, PeerError>;

    /// Calls `caller`'s own `method` without waiting for it, with a JSON object of arguments that `held` is charged with.
    /// Must be called within a Tokio runtime.
    ///
    /// # Errors
    /// [`PeerError`] when there is no such method, or too many calls wait.
    fn defer(
        &self,
        caller: &str,
        method: &str,
        arguments: (String, Charge),
        context: CallContext,
    ) -> Result<(), PeerError>;

    /// The schedules of `caller`, the earliest first. Blocking.
    ///
    /// # Errors
    /// [`PeerError::Broken`] when they cannot be read.
    fn scheduled(&self, caller: &str) -> Result<Vec<Schedule>, PeerError>;

    /// Removes a schedule of `caller`; whether there was one. Blocking.
    ///
    /// # Errors
    /// [`PeerError::Broken`] when it cannot be removed.
    fn unschedule(&self, caller: &str, id: &str) -> Result<bool, PeerError>;

    /// Tells all that listen and may; how many. Must be called within a Tokio runtime.
    ///
    /// # Errors
    /// [`PeerError::Unavailable`] when the host is shutting down.
    fn emit(&self, event: Event) -> Result<u32, PeerError>;

    /// Whether `caller` has such a method.
    ///
    /// # Errors
    /// [`PeerError::Unknown`] when it has not.
    fn has_method(&self, caller: &str, method: &str) -> Result<(), PeerError>;

    /// Calls `caller`'s own `method` with those of `offered` that it has parameters for.
    fn call_back(
        &self,
        caller: &str,
        method: &str,
        offered: Vec<(&'static str, Offered)>,
        context: CallContext,
    ) -> BoxFuture<'static, Result<(), PeerError>>;

    /// Lets `caller`'s own `method` be called for events whose topic matches `pattern`. Blocking.
    ///
    /// # Errors
    /// [`PeerError`] when there is no such method, a limit is reached, or it cannot be kept.
    fn subscribe(&self, caller: &str, pattern: &str, method: &str) -> Result<(), PeerError>;

    /// Takes a subscription back; whether there was one. Blocking.
    ///
    /// # Errors
    /// [`PeerError::Broken`] when it cannot be removed.
    fn unsubscribe(&self, caller: &str, pattern: &str) -> Result<bool, PeerError>;

    /// The subscriptions of `caller`: patterns and methods.
    fn subscriptions(&self, caller: &str) -> Vec<(String, String)>;
}

/// Where the peers will be: they are made of skills, and skills are made first. Cheap to clone.
#[derive(Clone, Default)]
pub struct PeersSlot(Arc<OnceLock<Weak<dyn Peers>>>);

impl PeersSlot {
    /// Sets them, once; later ones are ignored.
    pub fn set(&self, peers: Weak<dyn Peers>) {
        let _ = self.0.set(peers);
    }

    /// Them, while they are there.
    pub fn get(&self) -> Option<Arc<dyn Peers>> {
        self.0.get()?.upgrade()
    }
}

impl std::fmt::Debug for PeersSlot {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("PeersSlot")
    }
}
