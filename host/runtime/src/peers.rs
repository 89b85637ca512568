//! How skills call each other. The runtime knows one skill at a time; the owner of all skills implements [`Peers`].

use std::sync::{Arc, OnceLock, Weak};

use futures::future::BoxFuture;
use luminarys_accounts::{Charge, Exhausted};
use luminarys_grants::{Denial, Narrowing};
use luminarys_package::Effects;
use thiserror::Error;
use wasmtime::component::Val;

use crate::{CallContext, Outcome};

/// The error of a call to another skill's method.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum PeerError {
    /// One of the two policies denies it.
    #[error("{0}")]
    Denied(Denial),
    /// No such skill or method.
    #[error("{0}")]
    Unknown(String),
    /// Arguments of other types, a chain that is too long or circular, or an invalid schedule.
    #[error("{0}")]
    Invalid(String),
    /// Arguments that are too large.
    #[error("{0}")]
    TooLarge(String),
    /// A limit of either skill is reached.
    #[error("{0}")]
    Limit(String),
    /// It timed out.
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

/// Values passed from one skill to another.
pub type Values = Vec<Val>;

/// A method that a skill may call.
#[derive(Clone, Debug, PartialEq)]
pub struct Callable {
    /// The instance id.
    pub skill: String,
    /// The method.
    pub method: String,
    /// A description for people and models.
    pub description: String,
    /// The JSON Schema of its arguments, as text.
    pub parameters: Arc<str>,
}

/// A method that a skill may call, without its types.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The instance id.
    pub skill: String,
    /// The method.
    pub method: String,
    /// The first sentence of its description.
    pub summary: Arc<str>,
    /// The possible effects of its calls.
    pub effects: Effects,
}

/// Some of the methods that were found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FoundPage {
    /// Those of the page.
    pub methods: Vec<Found>,
    /// How many there are on all pages.
    pub total: u32,
}

/// A method that a skill may call, with its types.
#[derive(Clone, Debug, PartialEq)]
pub struct Signature {
    /// The instance id.
    pub skill: String,
    /// The method.
    pub method: String,
    /// A description for people and models.
    pub description: String,
    /// The possible effects of its calls.
    pub effects: Effects,
    /// The JSON Schema of its arguments, as text.
    pub parameters: Arc<str>,
    /// The JSON Schema of its result, as text.
    pub returns: Option<Arc<str>>,
}

/// A scheduled call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// The unique id.
    pub id: String,
    /// The method of the skill that scheduled it.
    pub method: String,
    /// Milliseconds since 1970-01-01 UTC.
    pub due: u64,
}

/// An event that a skill emits.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its topic.
    pub topic: String,
    /// Its data: JSON text.
    pub payload: String,
    /// The emitting skill.
    pub source: String,
    /// The trace id of the emitting call.
    pub trace_id: Arc<str>,
    /// The length of the chain of events up to and including it.
    pub depth: u32,
}

/// The largest payload of an event, in bytes.
pub const MAX_PAYLOAD: usize = 1 << 20;
/// Maximum length of a chain of events that cause events.
pub const MAX_DEPTH: u32 = 16;

/// A value that a method receives if it has a parameter of that name.
#[derive(Clone, Debug, PartialEq)]
pub enum Offered {
    /// Text.
    Text(String),
    /// A number.
    Number(u64),
    /// Bytes: base64 for a parameter of bytes, text for a string.
    Bytes(Vec<u8>),
    /// JSON text: the parsed value, or the text itself for a parameter of type string.
    Json(String),
}

/// All skills of the host, as one of them sees the others.
pub trait Peers: Send + Sync {
    /// Decides whether `caller` may call `method` of `skill`, from a call with this narrowing.
    ///
    /// # Errors
    /// The reason that it may not.
    fn may_invoke(
        &self,
        caller: &str,
        skill: &str,
        method: &str,
        narrowing: Narrowing,
    ) -> Result<(), PeerError>;

    /// Calls `method` of `skill` with a JSON object of arguments for `caller`, if both policies allow it. Dropping the
    /// future cancels the call.
    fn invoke(
        &self,
        caller: &str,
        skill: String,
        method: String,
        arguments: String,
        context: CallContext,
    ) -> BoxFuture<'static, Result<Outcome, PeerError>>;

    /// Returns the skill that provides an interface that `caller` imports.
    ///
    /// # Errors
    /// [`PeerError::Unavailable`] when there is none.
    fn provider(&self, caller: &str, interface: &str) -> Result<String, PeerError>;

    /// Decides whether `caller` may call a function that `skill` exports, from a call with this narrowing.
    ///
    /// # Errors
    /// The reason that it may not.
    fn may_call_import(
        &self,
        caller: &str,
        skill: &str,
        interface: &str,
        function: &str,
        narrowing: Narrowing,
    ) -> Result<(), PeerError>;

    /// Calls a function (interface and name) that `skill` exports for `caller`, if both policies allow it. Dropping the
    /// future cancels the call.
    fn call_import(
        &self,
        caller: &str,
        skill: String,
        function: (String, String),
        values: Values,
        context: CallContext,
    ) -> BoxFuture<'static, Result<Values, PeerError>>;

    /// Returns the methods of other skills that `caller` may call.
    fn callable(&self, caller: &str) -> Vec<Callable>;

    /// Returns the ids of all skills that run, sorted.
    fn running(&self) -> Vec<String>;

    /// Returns the ids of the skills of which `caller` may call methods, sorted.
    fn callable_skills(&self, caller: &str) -> Vec<String>;

    /// Returns the methods of other skills that `caller` may call and that fit the words of `query`, the best first; all of
    /// them by name when it has no words. Skips `offset`, and returns at most `limit`.
    fn find(&self, caller: &str, query: &str, offset: u32, limit: u32) -> FoundPage;

    /// Returns the types of a method of another skill that `caller` may call.
    fn signature(&self, caller: &str, skill: &str, method: &str) -> Option<Signature>;

    /// Schedules a call of `caller`'s own `method` in `delay` milliseconds with a JSON object of arguments. Returns the
    /// schedule's id. Blocking.
    ///
    /// # Errors
    /// [`PeerError`] when there is no such method, a limit is reached, or it cannot be stored.
    fn schedule(
        &self,
        caller: &str,
        method: &str,
        arguments: &str,
        delay: u64,
    ) -> Result<String, PeerError>;

    /// Calls `caller`'s own `method` without waiting for it, with a JSON object of arguments charged to `held`. Must be
    /// called within a Tokio runtime.
    ///
    /// # Errors
    /// [`PeerError`] when there is no such method, or too many calls are pending.
    fn defer(
        &self,
        caller: &str,
        method: &str,
        arguments: (String, Charge),
        context: CallContext,
    ) -> Result<(), PeerError>;

    /// Returns the schedules of `caller`, the earliest first. Blocking.
    ///
    /// # Errors
    /// [`PeerError::Broken`] when they cannot be read.
    fn scheduled(&self, caller: &str) -> Result<Vec<Schedule>, PeerError>;

    /// Removes a schedule of `caller`. Returns whether it existed. Blocking.
    ///
    /// # Errors
    /// [`PeerError::Broken`] when it cannot be removed.
    fn unschedule(&self, caller: &str, id: &str) -> Result<bool, PeerError>;

    /// Delivers an event to all subscribers that are allowed to receive it. Returns their number. Must be called within
    /// a Tokio runtime.
    ///
    /// # Errors
    /// [`PeerError::Unavailable`] when the host is shutting down.
    fn emit(&self, event: Event) -> Result<u32, PeerError>;

    /// Checks that `caller` has such a method.
    ///
    /// # Errors
    /// [`PeerError::Unknown`] when it does not.
    fn has_method(&self, caller: &str, method: &str) -> Result<(), PeerError>;

    /// Calls `caller`'s own `method` with the values of `offered` that it has parameters for.
    fn call_back(
        &self,
        caller: &str,
        method: &str,
        offered: Vec<(&'static str, Offered)>,
        context: CallContext,
    ) -> BoxFuture<'static, Result<(), PeerError>>;

    /// Subscribes `caller`'s own `method` to events whose topic matches `pattern`. Blocking.
    ///
    /// # Errors
    /// [`PeerError`] when there is no such method, a limit is reached, or it cannot be stored.
    fn subscribe(&self, caller: &str, pattern: &str, method: &str) -> Result<(), PeerError>;

    /// Removes a subscription. Returns whether it existed. Blocking.
    ///
    /// # Errors
    /// [`PeerError::Broken`] when it cannot be removed.
    fn unsubscribe(&self, caller: &str, pattern: &str) -> Result<bool, PeerError>;

    /// Returns the subscriptions of `caller`: patterns and methods.
    fn subscriptions(&self, caller: &str) -> Vec<(String, String)>;
}

/// A slot for the peers, which are created after the skills. Cheap to clone.
#[derive(Clone, Default)]
pub struct PeersSlot(Arc<OnceLock<Weak<dyn Peers>>>);

impl PeersSlot {
    /// Sets the peers once; later calls are ignored.
    pub fn set(&self, peers: Weak<dyn Peers>) {
        let _ = self.0.set(peers);
    }

    /// Returns the peers while they exist.
    pub fn get(&self) -> Option<Arc<dyn Peers>> {
        self.0.get()?.upgrade()
    }
}

impl std::fmt::Debug for PeersSlot {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("PeersSlot")
    }
}
