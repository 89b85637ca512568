//! The progress of a call, and who receives it: the client, or the call that made it.
//!
//! What a call makes other calls do is its own progress until it reports itself: it has done as many of them as have ended,
//! and a part of each that is running.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

/// The minimum interval between reports of one call; those in between are dropped.
pub(crate) const PROGRESS_INTERVAL: Duration = Duration::from_millis(50);
/// The part of a running call that can be done at most.
const NEARLY: f64 = 0.99;

/// The progress of a call, as the skill reports it.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// Grows towards `total`, in the skill's own unit.
    pub done: f64,
    /// The final value of `done`, if the skill knows it.
    pub total: Option<f64>,
    /// A description of the current step.
    pub message: Option<String>,
}

/// The receiver of a call's progress.
#[derive(Clone, Debug)]
pub enum ProgressSink {
    /// A client: the latest report replaces one that was not read yet.
    Client(watch::Sender<Option<Progress>>),
    /// The call that made this one.
    Call(Arc<PartOfCall>),
}

impl From<watch::Sender<Option<Progress>>> for ProgressSink {
    fn from(sender: watch::Sender<Option<Progress>>) -> Self {
        Self::Client(sender)
    }
}

impl ProgressSink {
    /// Passes a report on. The receiver may be gone; the call continues.
    pub fn send(&self, progress: Progress) {
        match self {
            Self::Client(sender) => drop(sender.send_replace(Some(progress))),
            Self::Call(part) => part.report(&progress),
        }
    }
}

/// The progress of a call that makes others.
#[derive(Debug)]
pub(crate) struct WholeCall {
    sink: ProgressSink,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Calls that were asked for.
    asked: u64,
    ended: u64,
    /// How much of each running call is done, below 1, and how many reports it made.
    running: HashMap<u64, (f64, u64)>,
    /// Whether the call reports for itself.
    is_own: bool,
    sent: f64,
    last: Option<Instant>,
}

impl State {
    fn done(&self) -> f64 {
        let running = self.running.values().map(|(part, _)| part);
        self.ended as f64 + running.sum::<f64>()
    }
}

impl WholeCall {
    pub fn new(sink: ProgressSink) -> Arc<Self> {
        Arc::new(Self {
            sink,
            state: Mutex::default(),
        })
    }

    /// Returns the receiver of the progress of a call that this one makes; `name` is shown.
    pub fn part(self: &Arc<Self>, name: String) -> ProgressSink {
        let mut state = self.lock();
        state.asked += 1;
        ProgressSink::Call(Arc::new(PartOfCall {
            whole: self.clone(),
            number: state.asked,
            name,
        }))
    }

    /// Ends reports about calls that this one makes: it reports for itself.
    pub fn reports_itself(&self) {
        self.lock().is_own = true;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reports what is done, unless too little time has passed or nothing more is done than before.
    fn tell(&self, mut state: MutexGuard<'_, State>, message: impl FnOnce() -> String) {
        let is_early = state
            .last
            .is_some_and(|last| last.elapsed() < PROGRESS_INTERVAL);
        if state.is_own || is_early {
            return;
        }
        let done = state.done();
        if done <= state.sent {
            return;
        }
        state.last = Some(Instant::now());
        state.sent = done;
        // One call after another: nobody knows how many follow.
        let total = (state.asked > state.ended + 1).then_some(state.asked as f64);
        drop(state);
        self.sink.send(Progress {
            done,
            total,
            message: Some(message()),
        });
    }
}

/// A call as the one that made it sees its progress. It has ended when this is dropped.
#[derive(Debug)]
pub struct PartOfCall {
    whole: Arc<WholeCall>,
    number: u64,
    /// The skill and the method.
    name: String,
}

impl PartOfCall {
    fn report(&self, progress: &Progress) {
        let mut state = self.whole.lock();
        let (part, count) = state.running.entry(self.number).or_default();
        *count += 1;
        let now = match progress.total {
            Some(total) if total > 0.0 => progress.done / total,
            // Without an end, each report is a smaller step.
            _ => 1.0 - 1.0 / (*count as f64 + 1.0),
        };
        *part = part.max(now.clamp(0.0, NEARLY));
        self.whole.tell(state, || match &progress.message {
            Some(message) => format!("{}: {message}", self.name),
            None => self.name.clone(),
        });
    }
}

impl Drop for PartOfCall {
    fn drop(&mut self) {
        let mut state = self.whole.lock();
        state.running.remove(&self.number);
        state.ended += 1;
        self.whole.tell(state, || self.name.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> (Arc<WholeCall>, watch::Receiver<Option<Progress>>) {
        let (sender, receiver) = watch::channel(None);
        (WholeCall::new(sender.into()), receiver)
    }

    /// Forgets when the last report was made.
    fn later(whole: &WholeCall) {
        whole.lock().last = None;
    }

    fn told(
        receiver: &mut watch::Receiver<Option<Progress>>,
    ) -> Option<(f64, Option<f64>, String)> {
        let is_new = receiver.has_changed().unwrap();
        let progress = receiver.borrow_and_update().clone().filter(|_| is_new)?;
        Some((
            progress.done,
            progress.total,
            progress.message.unwrap_or_default(),
        ))
    }

    fn report(sink: &ProgressSink, done: f64, total: Option<f64>, message: &str) {
        sink.send(Progress {
            done,
            total,
            message: Some(message.to_owned()).filter(|text| !text.is_empty()),
        });
    }

    #[test]
    fn calls_that_run_and_end_are_the_progress_of_the_one_that_made_them() {
        let (whole, mut receiver) = whole();
        let (one, other) = (whole.part("a/x".into()), whole.part("b/y".into()));
        assert_eq!(told(&mut receiver), None);
        report(&one, 1.0, Some(4.0), "reads");
        assert_eq!(
            told(&mut receiver),
            Some((0.25, Some(2.0), "a/x: reads".into()))
        );
        report(&one, 3.0, Some(4.0), "too soon");
        assert_eq!(told(&mut receiver), None);
        later(&whole);
        drop(one);
        assert_eq!(told(&mut receiver), Some((1.0, None, "a/x".into())));
        later(&whole);
        report(&other, 7.0, None, "");
        assert_eq!(told(&mut receiver), Some((1.5, None, "b/y".into())));
        later(&whole);
        report(&other, 7.0, Some(0.0), "");
        let (done, ..) = told(&mut receiver).unwrap();
        assert!((1.5..2.0).contains(&done), "{done}");
        later(&whole);
        report(&other, 0.0, Some(100.0), "back to the start");
        assert_eq!(told(&mut receiver), None);
        drop(other);
        assert_eq!(told(&mut receiver), Some((2.0, None, "b/y".into())));
    }

    #[test]
    fn progress_goes_up_through_every_call_of_a_chain() {
        let (outer, mut receiver) = whole();
        let inner = WholeCall::new(outer.part("a/x".into()));
        let last = inner.part("b/y".into());
        report(&last, 1.0, Some(2.0), "half");
        let expected = "a/x: b/y: half".to_owned();
        let (done, _, message) = told(&mut receiver).unwrap();
        assert_eq!(message, expected);
        assert!(done > 0.0 && done < 1.0, "{done}");
    }

    #[test]
    fn a_call_that_reports_itself_has_the_last_word() {
        let (whole, mut receiver) = whole();
        let part = whole.part("a/x".into());
        whole.reports_itself();
        report(&part, 1.0, Some(2.0), "half");
        drop(part);
        assert_eq!(told(&mut receiver), None);
    }
}
