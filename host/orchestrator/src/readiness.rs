//! Whether the code of a skill is compiled, which its calls wait for.

use std::time::Duration;

use luminarys_runtime::{CallContext, CallError, Progress};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::InvokeError;

/// How long a client waits before it is told why.
const TELL_AFTER: Duration = Duration::from_secs(1);

/// How often it is told then.
const TELL_INTERVAL: Duration = Duration::from_secs(3);

/// What one second of waiting is as progress: less than what skills report, since progress must grow.
const PROGRESS_PER_SECOND: f64 = 1e-6;

/// Whether a skill can be called. Shared by all that is made of one load, under whatever grants.
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

    /// Lets those that wait go on.
    pub fn set_ready(&self) {
        self.state.send_replace(State::Ready);
    }

    /// Tells those that wait why they wait in vain.
    pub fn fail(&self, problem: String) {
        self.state.send_replace(State::Failed(problem));
    }

    /// Waits until it is known whether the skill can be called.
    ///
    /// # Errors
    /// Why it cannot.
    async fn known(&self) -> Result<(), String> {
        let mut state = self.state.subscribe();
        let known = state.wait_for(|state| !matches!(state, State::Waiting));
        match known.await.as_deref() {
            Ok(State::Failed(problem)) => Err(problem.clone()),
            _ => Ok(()),
        }
    }

    /// Asks for the code to be compiled before that of skills that nobody has called.
    fn want(&self) {
        self.wanted.send_replace(true);
    }

    /// Waits until somebody wants it.
    pub async fn wanted(&self) {
        let mut wanted = self.wanted.subscribe();
        let _ = wanted.wait_for(|wanted| *wanted).await;
    }
}

/// Waits until `skill` can be called, and tells whoever reads the call's progress.
///
/// # Errors
/// [`InvokeError::NotLoaded`] when its code is not valid; [`CallError::Cancelled`].
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
    let message = format!("the code of {skill} is being compiled, for {seconds} s so far");
    progress.send_replace(Some(Progress {
        done: waited.as_secs_f64() * PROGRESS_PER_SECOND,
        total: None,
        message: Some(message),
    }));
}
