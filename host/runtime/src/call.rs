//! One call: what it is told and what it gives back.

use std::sync::Arc;
use std::time::Duration;

use luminarys_accounts::Charge;
use luminarys_audit::{AuditLog, CallAudit, identity};
use luminarys_grants::Narrowing;
use serde_json::Value;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::model::LanguageModel;
use crate::turns::Party;

/// How far a call is, as the skill reports it.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// Grows towards `total`, in the skill's own unit.
    pub done: f64,
    /// What `done` will reach, when the skill knows.
    pub total: Option<f64>,
    /// What is being done.
    pub message: Option<String>,
}

/// Who calls, for how long, and where news of the call goes.
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
    /// Names the client: its token's name, or its address; `cli` for the command line. None for the host's own calls.
    pub client: Option<Arc<str>>,
    /// The client's session, as the host issued it; empty where there is none.
    pub session_id: String,
    /// The instance id of the calling skill.
    pub caller: Option<String>,
    /// The instance ids of all skills whose calls led to this one, the first first.
    pub chain: Vec<Arc<str>>,
    /// What it may not do because the call that it serves may not.
    pub narrowing: Narrowing,
    /// How many events led to it, one causing the next.
    pub depth: u32,
    /// How long the call may take, if shorter than the skill's own limit.
    pub timeout: Option<Duration>,
    /// Cancelling it stops the skill within 100 ms.
    pub cancel: CancellationToken,
    /// Receives the skill's progress: the newest report, in place of one that was not read yet.
    pub progress: Option<watch::Sender<Option<Progress>>>,
    /// The client's language model.
    pub model: Option<Arc<dyn LanguageModel>>,
}

impl CallContext {
    /// A context with a fresh request id, which is the trace id too, for a client's session (may be empty).
    pub fn new(session_id: impl Into<String>) -> Self {
        use std::sync::LazyLock;
        use std::sync::atomic::{AtomicU64, Ordering};
        static NEXT: AtomicU64 = AtomicU64::new(1);
        static PROCESS: LazyLock<u32> = LazyLock::new(std::process::id);
        // Unique within the process; the process id keeps two hosts that share a log apart.
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let request_id: Arc<str> = format!("{:x}-{number:x}", *PROCESS).into();
        Self {
            trace_id: request_id.clone(),
            request_id,
            id: number,
            parent: None,
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
    /// Returns the client's name as it may stand in logs; empty where the host itself called.
    pub fn client_name(&self) -> String {
        identity(self.client.as_deref().unwrap_or_default()).into_owned()
    }

    /// Returns `log` as a call of `method` of the skill with instance id `skill` writes it.
    pub fn audit(&self, log: &AuditLog, skill: &str, method: &str) -> CallAudit {
        CallAudit {
            log: log.clone(),
            skill: skill.to_owned(),
            method: method.to_owned(),
            client: self.client.clone(),
            session: identity(&self.session_id).into_owned(),
            request: self.request_id.clone(),
            trace: self.trace_id.clone(),
        }
    }

    /// For whom the call is made: a client and its session, or the skill whose call led to it.
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

/// What a method returned.
#[derive(Debug)]
pub struct Outcome {
    /// The result, by the method's output schema (not wrapped).
    pub value: Value,
    /// What the skill wants the model to read beside the result.
    pub text_for_model: Option<String>,
    /// Charges the result to its skill while it is here.
    pub held: Charge,
}
