//! One call: its context and its outcome.

use std::sync::Arc;
use std::time::Duration;

use luminarys_accounts::Charge;
use luminarys_audit::{AuditLog, CallAudit, identity};
use luminarys_grants::Narrowing;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::model::LanguageModel;
use crate::progress::ProgressSink;
use crate::turns::Party;

/// The context of a call: the caller, the limits, and the receivers of its progress.
#[derive(Clone, Debug)]
pub struct CallContext {
    /// Unique to this call; made by [`CallContext::new`].
    pub request_id: Arc<str>,
    /// Shared by all calls that one outer request caused.
    pub trace_id: Arc<str>,
    /// Unique within the process.
    pub(crate) id: u64,
    /// The call that waits for this one.
    pub(crate) parent: Option<u64>,
    /// The request id of that call.
    pub(crate) parent_request: Option<Arc<str>>,
    /// Names the client: its token's name, or its address; `cli` for the command line. `None` for the host's own calls.
    pub client: Option<Arc<str>>,
    /// The client's session id, as the host issued it; empty without a session.
    pub session_id: String,
    /// The instance id of the calling skill.
    pub caller: Option<String>,
    /// The instance ids of all skills whose calls led to this one, the outermost first.
    pub chain: Vec<Arc<str>>,
    /// The narrowing inherited from the outer call.
    pub narrowing: Narrowing,
    /// The length of the chain of events that led to it.
    pub depth: u32,
    /// The maximum duration of the call, if shorter than the skill's own limit.
    pub timeout: Option<Duration>,
    /// Cancelling it stops the skill within 100 ms.
    pub cancel: CancellationToken,
    /// Receives the skill's progress.
    pub progress: Option<ProgressSink>,
    /// The client's language model.
    pub model: Option<Arc<dyn LanguageModel>>,
}

impl CallContext {
    /// Creates a context for a client's session (may be empty), with a fresh request id that is also the trace id.
    pub fn new(session_id: impl Into<String>) -> Self {
        use std::sync::LazyLock;
        use std::sync::atomic::{AtomicU64, Ordering};
        static NEXT: AtomicU64 = AtomicU64::new(1);
        static PROCESS: LazyLock<u32> = LazyLock::new(std::process::id);
        // Unique within the process; the process id distinguishes two hosts that share a log.
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let request_id: Arc<str> = format!("{:x}-{number:x}", *PROCESS).into();
        Self {
            trace_id: request_id.clone(),
            request_id,
            id: number,
            parent: None,
            parent_request: None,
            client: None,
            session_id: session_id.into(),
            caller: None,
            chain: Vec::new(),
            narrowing: Narrowing::default(),
            depth: 0,
            timeout: None,
            cancel: CancellationToken::new(),
            progress: None,
            model: None,
        }
    }
}

impl CallContext {
    /// Makes this call one that `request` of another node has caused, with the trace id of that node.
    #[must_use]
    pub fn caused_by(mut self, request: Arc<str>, trace: Arc<str>) -> Self {
        self.parent_request = Some(request);
        self.trace_id = trace;
        self
    }

    /// Returns the client's name for logs; empty for the host's own calls.
    pub fn client_name(&self) -> String {
        identity(self.client.as_deref().unwrap_or_default()).into_owned()
    }

    /// Returns a handle to `log` for a call of `method` of the skill with instance id `skill`.
    pub fn audit(&self, log: &AuditLog, skill: &str, method: &str) -> CallAudit {
        CallAudit {
            log: log.clone(),
            skill: skill.to_owned(),
            method: method.to_owned(),
            client: self.client.clone(),
            session: identity(&self.session_id).into_owned(),
            request: self.request_id.clone(),
            trace: self.trace_id.clone(),
            caller: self.caller.clone().unwrap_or_default(),
            parent: self.parent_request.clone(),
        }
    }

    /// Returns the party that the call is made for: a client and its session, or the skill whose call led to it.
    pub(crate) fn party(&self) -> Party {
        let session: Arc<str> = self.session_id.as_str().into();
        let client = match (&self.client, self.chain.first()) {
            (Some(client), _) => client.clone(),
            (None, Some(first)) if session.is_empty() => first.clone(),
            (None, _) => session.clone(),
        };
        [client, session]
    }
}

/// The outcome of a successful call.
#[derive(Debug)]
pub struct Outcome {
    /// The result, by the method's output schema (not wrapped).
    pub value: Value,
    /// Additional text from the skill for the model.
    pub text_for_model: Option<String>,
    /// Charges the result to its skill until dropped.
    pub held: Charge,
}
