//! `skills`: other skills, through whoever keeps them all.

use std::sync::Arc;
use std::time::Instant;

use futures::StreamExt as _;
use luminarys_accounts::{Account, Charge, Holder};
use luminarys_audit::CallAudit;
use luminarys_text::json;
use serde::de::IgnoredAny;

use crate::bindings::luminarys::skill::skills::{
    Callable, Failure, Host, Outcome, Request, ScheduledCall,
};
use crate::bindings::luminarys::skill::types::Error;
use crate::imports::Values;
use crate::peers::{PeerError, Peers};
use crate::store::SkillStore;
use crate::values::values_memory;
use crate::{CallContext, Outcome as Returned};

/// Skills in one chain of calls.
const MAX_CHAIN: usize = 16;
const MAX_ARGUMENTS: usize = 16 << 20;
/// The longest name of a skill or method, in bytes.
const MAX_NAME: usize = 256;
const MAX_SCHEDULED_ARGUMENTS: usize = 64 << 10;
const MAX_REQUESTS: usize = 1_000;
const MAX_CONCURRENCY: usize = 64;
const DEFAULT_CONCURRENCY: usize = 16;
/// What a deferred call takes beside its arguments, in bytes.
const DEFERRED: usize = 2 << 10;
const MAX_DELAY: u64 = 366 * 24 * 60 * 60 * 1_000;

impl SkillStore {
    fn peers(&self) -> Result<Arc<dyn Peers>, PeerError> {
        let peers = self.shared.peers.get();
        peers.ok_or_else(|| PeerError::Unavailable("this host offers no other skills".to_owned()))
    }

    /// The context of a call that this one makes.
    fn inner_context(&self, target: &str) -> Result<CallContext, PeerError> {
        let outer = &self.call.context;
        let mut chain = outer.chain.clone();
        chain.push(self.shared.id.as_str().into());
        let shown = || chain.join(" → ");
        if chain.iter().any(|skill| **skill == *target) {
            let text = format!("{target} is being called already: {} → {target}", shown());
            return Err(PeerError::Invalid(text));
        }
        if chain.len() >= MAX_CHAIN {
            let text = format!("a chain of more than {MAX_CHAIN} calls: {}", shown());
            return Err(PeerError::Invalid(text));
        }
        let mut context = CallContext::new(outer.session_id.clone());
        context.trace_id = outer.trace_id.clone();
        context.timeout = Some(self.call.deadline.saturating_duration_since(Instant::now()));
        context.cancel = outer.cancel.child_token();
        context.chain = chain;
        context.parent = Some(outer.id);
        context.client.clone_from(&outer.client);
        context.depth = outer.depth;
        context.narrowing = self.call.narrowing;
        context.model.clone_from(&outer.model);
        Ok(context)
    }

    /// Calls a function of an interface that another skill provides.
    ///
    /// # Errors
    /// Why there are no results; a function has no place to say so, so that the skill ends with it.
    pub(crate) async fn call_import(
        &mut self,
        interface: &str,
        function: &str,
        values: Values,
    ) -> Result<Values, String> {
        // Both what goes there and what comes back are in this skill's hands.
        let account = &self.call.account;
        let mut held = account
            .charge(Holder::Arguments, values_memory(&values))
            .map_err(|exhausted| format!("{interface}#{function}: {exhausted}"))?;
        let audit = self.audit();
        let called = match self.prepare_import(interface, function, values, &audit) {
            Ok(call) => call.await,
            Err(error) => Err(error),
        };
        if let Ok(results) = &called {
            held.resize(values_memory(results))
                .map_err(|exhausted| format!("{interface}#{function}: {exhausted}"))?;
        }
        called.map_err(|error| {
            let text = format!("{interface}#{function}: {error}");
            // A denial is noted.
            self.peer_error(error);
            text
        })
    }

    fn prepare_import(
        &self,
        interface: &str,
        function: &str,
        values: Values,
        audit: &CallAudit,
    ) -> Result<impl Future<Output = Result<Values, PeerError>> + Send + use<>, PeerError> {
        let peers = self.peers()?;
        let caller = &self.shared.id;
        let provider = peers.provider(caller, interface)?;
        let context = self.inner_context(&provider)?;
        let narrowing = context.narrowing;
        peers.may_call_import(caller, &provider, interface, function, narrowing)?;
        note(audit, &format!("{interface}#{function}"))?;
        let target = (interface.to_owned(), function.to_owned());
        Ok(peers.call_import(caller, provider, target, values, context))
    }

    /// A call that is ready to be made. Nothing is parsed before both policies have allowed it, and that is noted.
    fn prepare(
        &self,
        request: Request,
        audit: Arc<CallAudit>,
    ) -> Result<impl Future<Output = Result<Answer, PeerError>> + Send + use<>, PeerError> {
        check_names(&request)?;
        let peers = self.peers()?;
        let context = self.inner_context(&request.skill)?;
        let (caller, account) = (self.shared.id.clone(), self.call.account.clone());
        Ok(async move {
            let Request {
                skill,
                method,
                arguments,
            } = request;
            peers.may_invoke(&caller, &skill, &method, context.narrowing)?;
            note(&audit, &format!("{skill}/{method}"))?;
            let arguments = object(arguments, MAX_ARGUMENTS)?;
            let weight = json::weigh(arguments.as_bytes());
            let _parsed = account.charge(Holder::Arguments, weight)?;
            let call = peers.invoke(&caller, skill, method, arguments, context);
            Answer::new(call.await?, &account)
        })
    }

    /// Decides whether a call of the skill's own may wait, and notes it. Before its arguments are looked at.
    fn may_wait(&mut self, operation: &'static str) -> Result<(), Error> {
        self.may(("skills", operation), operation)?;
        let decided = self.shared.grants.schedule.decide(operation);
        let noted = decided.and_then(|rule| self.audit().allowed("skills", operation, rule));
        noted.map_err(|denial| self.denied(denial))
    }

    fn peer_failure(&mut self, error: PeerError) -> Failure {
        match error {
            PeerError::Returned(text) => Failure::Returned(text),
            other => Failure::Failed(self.peer_error(other)),
        }
    }

    fn peer_error(&mut self, error: PeerError) -> Error {
        match error {
            PeerError::Denied(denial) => self.denied(denial),
            PeerError::Unknown(text) => Error::NotFound(text),
            PeerError::Invalid(text) => Error::Invalid(text),
            PeerError::Limit(text) => Error::TooLarge(text),
            PeerError::Timeout(text) => Error::Timeout(text),
            PeerError::Cancelled => Error::Closed(error.to_string()),
            PeerError::Unavailable(text) => Error::Unavailable(text),
            PeerError::Broken(text) | PeerError::Returned(text) => Error::Io(text),
        }
    }

    pub(super) async fn on_peers<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&dyn Peers, &str) -> Result<T, PeerError> + Send + 'static,
    ) -> Result<T, Error> {
        let result = match self.peers() {
            Ok(peers) => {
                let shared = self.shared.clone();
                let done = self
                    .shared
                    .lane
                    .run(move || work(&*peers, &shared.id))
                    .await;
                done.unwrap_or_else(|error| Err(PeerError::Broken(error.to_string())))
            }
            Err(error) => Err(error),
        };
        result.map_err(|error| self.peer_error(error))
    }
}

/// Notes that both policies allow a call, before it is made.
///
/// # Errors
/// [`PeerError::Denied`] when it must be noted and cannot.
fn note(audit: &CallAudit, target: &str) -> Result<(), PeerError> {
    let noted = audit.allowed("skills", target, "invoke_policy.can_invoke");
    noted.map_err(PeerError::Denied)
}

/// What a call came to, and what the caller is charged with until the guest has it.
struct Answer {
    outcome: Outcome,
    held: Charge,
}

impl Answer {
    fn new(returned: Returned, account: &Account) -> Result<Self, PeerError> {
        let value = returned.value.to_string();
        let text = returned.text_for_model.as_ref().map_or(0, String::len);
        let held = account.charge(Holder::Results, (value.len() + text) as u64)?;
        Ok(Self {
            outcome: Outcome {
                value,
                text: returned.text_for_model,
            },
            held,
        })
    }
}

impl Host for SkillStore {
    async fn invoke(&mut self, request: Request) -> Result<Outcome, Failure> {
        let audit = self.audit();
        let result = match self.prepare(request, audit) {
            Ok(call) => call.await,
            Err(error) => Err(error),
        };
        match result {
            Ok(answer) => {
                self.keep_answers(vec![answer.held]);
                Ok(answer.outcome)
            }
            Err(error) => Err(self.peer_failure(error)),
        }
    }

    async fn batch(
        &mut self,
        requests: Vec<Request>,
        concurrency: u32,
    ) -> Result<Vec<Result<Outcome, Failure>>, Error> {
        if requests.len() > MAX_REQUESTS {
            let count = requests.len();
            let text = format!("{count} requests; at most {MAX_REQUESTS} in one batch");
            return Err(Error::TooLarge(text));
        }
        let texts = requests.iter().map(|request| request.arguments.len());
        for request in &requests {
            check_names(request).map_err(|error| self.peer_error(error))?;
        }
        let _held = self.hold_bytes(texts.sum())?;
        let concurrency = match usize::try_from(concurrency) {
            Ok(0) => DEFAULT_CONCURRENCY,
            Ok(asked) => asked.min(MAX_CONCURRENCY),
            Err(_) => MAX_CONCURRENCY,
        };
        let audit = self.audit();
        let calls: Vec<_> = requests
            .into_iter()
            .map(|request| self.prepare(request, audit.clone()))
            .collect();
        let running = futures::stream::iter(calls).map(|call| async {
            match call {
                Ok(call) => call.await,
                Err(error) => Err(error),
            }
        });
        let results: Vec<_> = running.buffered(concurrency).collect().await;
        let mut answers = Vec::with_capacity(results.len());
        let mut held = Vec::with_capacity(results.len());
        for result in results {
            answers.push(match result {
                Ok(answer) => {
                    held.push(answer.held);
                    Ok(answer.outcome)
                }
                Err(error) => Err(self.peer_failure(error)),
            });
        }
        self.keep_answers(held);
        Ok(answers)
    }

    async fn schedule(
        &mut self,
        method: String,
        text: String,
        delay: u64,
    ) -> Result<String, Error> {
        self.may_wait("schedule")?;
        if delay > MAX_DELAY {
            return Err(Error::TooLarge(format!(
                "a delay of {delay} ms; at most {MAX_DELAY} (366 days)"
            )));
        }
        self.on_peers(move |peers, caller| {
            peers.has_method(caller, &method)?;
            let arguments = object(text, MAX_SCHEDULED_ARGUMENTS)?;
            peers.schedule(caller, &method, &arguments, delay)
        })
        .await
    }

    fn defer(&mut self, method: String, text: String) -> Result<(), Error> {
        self.may_wait("defer")?;
        let mut context = CallContext::new(self.call.context.session_id.clone());
        context.trace_id = self.call.context.trace_id.clone();
        context.depth = self.call.context.depth;
        context.client.clone_from(&self.call.context.client);
        let shared = &self.shared;
        let deferred = self.peers().and_then(|peers| {
            peers.has_method(&shared.id, &method)?;
            let size = (text.len() + DEFERRED) as u64;
            let held = shared.accounts.held.charge(Holder::Deferred, size)?;
            let arguments = object(text, MAX_ARGUMENTS)?;
            peers.defer(&shared.id, &method, (arguments, held), context)
        });
        deferred.map_err(|error| self.peer_error(error))
    }

    async fn scheduled(&mut self) -> Result<Vec<ScheduledCall>, Error> {
        let found = self
            .on_peers(|peers, caller| peers.scheduled(caller))
            .await?;
        let each = found.into_iter().map(|one| ScheduledCall {
            id: one.id,
            method: one.method,
            due: one.due,
        });
        Ok(each.collect())
    }

    async fn unschedule(&mut self, id: String) -> Result<bool, Error> {
        self.may(("skills", "unschedule"), &id)?;
        self.on_peers(move |peers, caller| peers.unschedule(caller, &id))
            .await
    }

    fn callable_methods(&mut self) -> Vec<Callable> {
        let Ok(peers) = self.peers() else {
            return Vec::new();
        };
        let each = peers.callable(&self.shared.id).into_iter();
        each.map(|one| Callable {
            skill: one.skill,
            method: one.method,
            description: one.description,
            parameters: one.parameters.to_string(),
        })
        .collect()
    }
}

/// Refuses names that no skill and no method has: they would be repeated in errors and logs.
fn check_names(request: &Request) -> Result<(), PeerError> {
    if request.skill.len() > MAX_NAME || request.method.len() > MAX_NAME {
        let text = format!("names of skills and methods have at most {MAX_NAME} bytes");
        return Err(PeerError::Invalid(text));
    }
    Ok(())
}

fn check_size(text: &str, limit: usize) -> Result<(), PeerError> {
    if text.len() > limit {
        let length = text.len();
        return Err(PeerError::Limit(format!(
            "arguments of {length} bytes; at most {limit} are taken"
        )));
    }
    Ok(())
}

/// `text` when it is a JSON object, of at most `limit` bytes; an empty one for no text. Nothing is built of it.
///
/// # Errors
/// [`PeerError::Limit`] and [`PeerError::Invalid`].
fn object(text: String, limit: usize) -> Result<String, PeerError> {
    check_size(&text, limit)?;
    let start = text.trim_start();
    if start.is_empty() {
        return Ok("{}".to_owned());
    }
    serde_json::from_str::<IgnoredAny>(&text)
        .map_err(|error| PeerError::Invalid(format!("the arguments are not JSON: {error}")))?;
    let kind = match start.as_bytes().first() {
        Some(b'{') => return Ok(text),
        Some(b'[') => "an array",
        Some(b'n') => "null",
        _ => "a single value",
    };
    Err(PeerError::Invalid(format!(
        "the arguments must be a JSON object, not {kind}"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn arguments_are_objects() {
        for (text, expected) in [
            ("", Some("{}")),
            (" ", Some("{}")),
            (" {\"a\": 1}", Some(" {\"a\": 1}")),
            ("[]", None),
            ("null", None),
            ("1", None),
            ("{", None),
            ("{\"a\": \"aaaaaaaaaaaaaaaaaaaaa\"}", None),
        ] {
            let taken = object(text.to_owned(), 20).ok();
            assert_eq!(taken.as_deref(), expected, "{text}");
        }
    }
}
