//! The functions of `context`.

use std::time::{Instant, SystemTime};

use luminarys_blocking::Lane;
use luminarys_grants::Isolation;
use luminarys_store::{Kind, MAX_STATE_BYTES};

use super::state::ContextCapability;
use crate::bindings::luminarys::skill::context::{Call, Host, Scope};
use crate::bindings::luminarys::skill::types::Error;
use crate::environment::{View, truncate};

/// The maximum length of the text for the model, in bytes.
const MAX_TEXT: usize = 64 << 10;

impl Host for View<'_, ContextCapability> {
    fn get_call(&mut self) -> Call {
        let context = &self.call.context;
        Call {
            request_id: context.request_id.to_string(),
            trace_id: context.trace_id.to_string(),
            session_id: context.session_id.clone(),
            skill: self.shared.id.clone(),
            method: self.call.method.clone(),
            caller: context.caller.clone(),
        }
    }

    fn deadline(&mut self) -> Option<i64> {
        Some(instant(self.call.deadline))
    }

    fn time_left(&mut self) -> Option<u64> {
        let left = self.call.deadline.saturating_duration_since(Instant::now());
        Some(u64::try_from(left.as_millis()).unwrap_or(u64::MAX))
    }

    fn cancelled(&mut self) -> bool {
        self.call.context.cancel.is_cancelled()
    }

    fn progress(&mut self, done: f64, total: Option<f64>, message: Option<String>) {
        self.report(done, total, message);
    }

    fn set_text(&mut self, text: String) {
        self.call.text.clear();
        self.append_text(text);
    }

    fn append_text(&mut self, text: String) {
        self.call.text.push_str(&text);
        truncate(&mut self.call.text, MAX_TEXT);
    }

    fn abort(&mut self, message: String) -> wasmtime::Result<()> {
        Err(wasmtime::Error::new(Aborted(message)))
    }

    fn retire(&mut self) {
        self.call.retired = true;
    }

    fn instance_scope(&mut self) -> Scope {
        let isolation = self.shared.limits.isolation;
        match isolation.kept_for(&self.call.context.session_id) {
            Isolation::Call => Scope::Call,
            Isolation::Session => Scope::Session,
            Isolation::Skill => Scope::Skill,
        }
    }

    async fn get_state(&mut self) -> Result<Vec<u8>, Error> {
        let state = match self.state.state.peek(&self.shared.id) {
            Some(known) => known,
            None => {
                let (state, id) = (self.state.state.clone(), self.shared.id.clone());
                on_thread(&self.shared.lane, move || state.get(Kind::State, &id)).await?
            }
        };
        self.charge_answer(state.len())?;
        Ok(state)
    }

    async fn set_state(&mut self, bytes: Vec<u8>) -> Result<(), Error> {
        self.may("set-state", "set-state")?;
        if bytes.len() > MAX_STATE_BYTES {
            let text = format!(
                "a state of {} bytes; at most {MAX_STATE_BYTES} are kept",
                bytes.len()
            );
            return Err(Error::TooLarge(text));
        }
        let bytes = self.content(bytes)?;
        let (state, id) = (self.state.state.clone(), self.shared.id.clone());
        on_thread(&self.shared.lane, move || {
            state.set(Kind::State, &id, &bytes)
        })
        .await
    }
}

/// Converts a time of the monotonic clock into milliseconds since 1970.
fn instant(deadline: Instant) -> i64 {
    let left = deadline.saturating_duration_since(Instant::now());
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let end = now.unwrap_or_default().saturating_add(left);
    i64::try_from(end.as_millis()).unwrap_or(i64::MAX)
}

/// The error of a skill that aborted its call and instance; the text is the call's error.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Aborted(pub String);

async fn on_thread<T: Send + 'static>(
    lane: &Lane,
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, Error> {
    match lane.run(work).await {
        Ok(result) => result.map_err(|error| Error::Io(format!("state: {error}"))),
        Err(error) => Err(Error::Io(format!("state: {error}"))),
    }
}
