//! Lets calls wait until the code of a skill is compiled.

use std::time::Duration;

use luminarys_runtime::{CallContext, CallError, Progress};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::InvokeError;

/// The delay before a waiting client is told the reason.
const TELL_AFTER: Duration = Duration::from_secs(1);

/// The interval of further messages.
const TELL_INTERVAL: Duration = Duration::from_secs(3);

/// The progress of one second of waiting: less than what skills report, since progress must grow.
const PROGRESS_PER_SECOND: f64 = 1e-6;

/// Whether a skill can be called. Shared by all deployments from one load, under any grants.
#[derive(Default)]
pub(crate) struct Readiness {
    state: watch::Sender<State>,
    wanted: watch::Sender<bool>,
}

#[derive(Clone, Default)]
enum State {
    #[default]
    Waiting,
    Ready,
    Failed(String),
}

impl Readiness {
    pub fn is_ready(&self) -> bool {
        matches!(*self.state.borrow(), State::Ready)
    }

    /// Lets waiting calls continue.
    pub fn set_ready(&self) {
        self.state.send_replace(State::Ready);
    }

    /// Fails waiting calls with a reason.
    pub fn fail(&self, problem: String) {
        self.state.send_replace(State::Failed(problem));
    }

    /// Waits until the code is compiled or has failed.
    ///
    /// # Errors
    /// Returns why it cannot be called.
    async fn known(&self) -> Result<(), String> {
        let mut state = self.state.subscribe();
        let known = state.wait_for(|state| !matches!(state, State::Waiting));
        match known.await.as_deref() {
            Ok(State::Failed(problem)) => Err(problem.clone()),
            _ => Ok(()),
        }
    }

    /// Requests that the code is compiled before that of skills that were not called.
    fn want(&self) {
        self.wanted.send_replace(true);
    }

    /// Waits until the skill is called.
    pub async fn wanted(&self) {
        let mut wanted = self.wanted.subscribe();
        let _ = wanted.wait_for(|wanted| *wanted).await;
    }
}

/// Waits until `skill` can be called, and reports that as the call's progress.
///
/// # Errors
/// [`InvokeError::NotLoaded`] if its code is not valid; [`CallError::Cancelled`].
pub(crate) async fn ready(
    skill: &str,
    readiness: &Readiness,
    context: &CallContext,
) -> Result<(), InvokeError> {
    if readiness.is_ready() {
        return Ok(());
    }
    readiness.want();
    let begun = Instant::now();
    let mut ticks = tokio::time::interval_at(begun + TELL_AFTER, TELL_INTERVAL);
    let mut known = std::pin::pin!(readiness.known());
    loop {
        tokio::select! {
            biased;
            known = &mut known => return known.map_err(|problem| InvokeError::NotLoaded {
                skill: skill.to_owned(),
                problem,
            }),
            () = context.cancel.cancelled() => return Err(CallError::Cancelled.into()),
            _ = ticks.tick() => tell(skill, context, begun.elapsed()),
        }
    }
}

fn tell(skill: &str, context: &CallContext, waited: Duration) {
    let Some(progress) = &context.progress else {
        return;
    };
    let seconds = waited.as_secs();
    let message = format!("the code of {skill} is being compiled ({seconds} s so far)");
    progress.send(Progress {
        done: waited.as_secs_f64() * PROGRESS_PER_SECOND,
        total: None,
        message: Some(message),
    });
}
