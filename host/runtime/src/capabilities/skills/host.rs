//! The functions of `skills`.

use std::sync::Arc;
use std::task::Poll;

use futures::StreamExt as _;
use luminarys_accounts::{Account, Charge, Holder};
use luminarys_audit::CallAudit;
use luminarys_text::json;
use tokio_util::task::AbortOnDropHandle;

use super::arguments::{check_names, object};
use super::imported::note;
use super::state::SkillsCapability;
use crate::bindings::luminarys::skill::skills::{
    Callable, Failure, FoundPage, Host, MethodName, Outcome, Request, ScheduledCall, Signature,
};
use crate::bindings::luminarys::skill::types::Error;
use crate::environment::{Environment, View};
use crate::peers::PeerError;
use crate::{CallContext, Outcome as Returned};

const MAX_ARGUMENTS: usize = 16 << 20;
const MAX_SCHEDULED_ARGUMENTS: usize = 64 << 10;
const MAX_REQUESTS: usize = 1_000;
const MAX_CONCURRENCY: usize = 64;
const DEFAULT_CONCURRENCY: usize = 16;
/// The memory of a deferred call in addition to its arguments, in bytes.
const DEFERRED: usize = 2 << 10;
const MAX_DELAY: u64 = 366 * 24 * 60 * 60 * 1_000;

impl Environment {
    /// Prepares a call. Nothing is parsed before both policies have allowed it and the decision is recorded.
    fn prepare(
        &self,
        request: Request,
        audit: Arc<CallAudit>,
    ) -> Result<impl Future<Output = Result<Answer, PeerError>> + Send + use<>, PeerError> {
        check_names(&request)?;
        let inner = self.call.inner.clone();
        inner.begin()?;
        inner.carry(request.arguments.len() as u64)?;
        let peers = self.peers()?;
        let context = self.inner_context(&request.skill, &request.method)?;
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
            let answer = Answer::new(call.await?, &account)?;
            inner.carry(answer.held.bytes())?;
            Ok(answer)
        })
    }
}

impl View<'_, SkillsCapability> {
    /// Decides whether the skill may schedule or defer a call, and records the decision. Called before its arguments
    /// are checked.
    fn may_wait(&mut self, operation: &'static str) -> Result<(), Error> {
        self.may(operation, operation)?;
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
}

/// The outcome of a call, with the caller's charge until the guest has it.
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

/// Runs a call of several, as a task of its own if it takes long, so that those that compute use several processors: most
/// calls end before another processor would have begun them. Dropping the future cancels it.
async fn in_parallel<T: Send + 'static>(
    call: impl Future<Output = Result<T, PeerError>> + Send + 'static,
) -> Result<T, PeerError> {
    let mut call = Box::pin(call);
    if let Poll::Ready(ended) = futures::poll!(&mut call) {
        return ended;
    }
    let task = AbortOnDropHandle::new(tokio::spawn(call));
    let ended = task.await;
    ended.unwrap_or_else(|error| Err(PeerError::Broken(error.to_string())))
}

impl Host for View<'_, SkillsCapability> {
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
        let mut calls = Vec::with_capacity(requests.len());
        for request in requests {
            calls.push(self.prepare(request, audit.clone()));
        }
        let is_alone = calls.len() == 1;
        let running = futures::stream::iter(calls).map(|call| async move {
            match call {
                Ok(call) if is_alone => call.await,
                Ok(call) => in_parallel(call).await,
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
            due: i64::try_from(one.due).unwrap_or(i64::MAX),
        });
        Ok(each.collect())
    }

    async fn unschedule(&mut self, id: String) -> Result<bool, Error> {
        self.may("unschedule", &id)?;
        self.on_peers(move |peers, caller| peers.unschedule(caller, &id))
            .await
    }

    fn callable_methods(&mut self) -> Vec<Callable> {
        self.callable()
    }

    fn find(&mut self, query: String, offset: u32, limit: u32) -> FoundPage {
        self.found(&query, offset, limit)
    }

    fn signatures(&mut self, names: Vec<MethodName>) -> Result<Vec<Option<Signature>>, Error> {
        self.signed(&names)
    }

    fn callable_skills(&mut self) -> Vec<String> {
        let peers = self.peers();
        peers.map_or_else(
            |_| Vec::new(),
            |peers| peers.callable_skills(&self.shared.id),
        )
    }
}
