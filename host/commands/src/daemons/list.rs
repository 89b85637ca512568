//! Commands that keep running after the call that started them, until they end or their skill is unloaded.

use std::collections::BTreeMap;
use std::fs::File;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, watch};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::kill::Kill;
use crate::process::spec::{End, Exit};
use crate::process::start::Running;

/// How many daemons that have ended are still listed.
const MAX_ENDED: usize = 16;
/// How many signals to one daemon may wait to be sent.
const MAX_SIGNALS: usize = 16;

/// The daemons of one skill. They are stopped when this is dropped.
pub(crate) struct Daemons {
    next: AtomicU64,
    known: Mutex<BTreeMap<u64, Known>>,
    /// How many are running or being started.
    places: Arc<AtomicU64>,
    end: CancellationToken,
    _end_with_skill: DropGuard,
}

/// A daemon, as a skill sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Daemon {
    /// Its name among those of the skill.
    pub id: String,
    /// The command's process.
    pub pid: i32,
    /// Its words on one line.
    pub command: String,
    /// Where it was started.
    pub directory: String,
    /// Where its output goes.
    pub log_file: String,
    /// When it was started, in milliseconds since 1970-01-01 UTC.
    pub started: i64,
    /// How it ended, once it has.
    pub exit: Option<Exit>,
}

#[derive(Clone)]
struct Known {
    shown: Daemon,
    log: Arc<File>,
    stop: CancellationToken,
    signals: mpsc::Sender<(u8, bool)>,
    ended: watch::Receiver<Option<Exit>>,
}

/// Signals to running daemons, not sent yet.
#[derive(Debug)]
pub struct OwnSignals {
    signal: u8,
    to: Vec<(mpsc::Sender<(u8, bool)>, bool)>,
}

impl OwnSignals {
    /// Sends them.
    pub async fn send(self) {
        if self.signal == 0 {
            return;
        }
        for (daemon, group) in self.to {
            // It may have ended meanwhile.
            let _ = daemon.send((self.signal, group)).await;
        }
    }
}

impl Default for Daemons {
    fn default() -> Self {
        let end = CancellationToken::new();
        Self {
            next: AtomicU64::new(1),
            known: Mutex::default(),
            places: Arc::default(),
            _end_with_skill: end.clone().drop_guard(),
            end,
        }
    }
}

/// A daemon that has just been started.
pub(crate) struct Started {
    pub running: Running,
    pub line: String,
    pub directory: String,
    pub log_file: String,
    pub log: Arc<File>,
    pub place: Place,
}

/// The right to run one of the daemons that a skill may have at once. Returned when this is dropped.
#[derive(Debug)]
pub struct Place(Arc<AtomicU64>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Daemons {
    /// Takes a place for a daemon before it is started, as calls start them concurrently. None when `most` are running.
    pub(crate) fn reserve(&self, most: u64) -> Option<Place> {
        let more = |taken| (taken < most).then_some(taken + 1);
        let taken = self
            .places
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, more);
        taken.ok().map(|_| Place(self.places.clone()))
    }

    /// Adds a daemon, and watches it until it ends.
    pub(crate) fn add(&self, started: Started) -> Daemon {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let (tell, ended) = watch::channel(None);
        let (signals, received) = mpsc::channel(MAX_SIGNALS);
        let stop = self.end.child_token();
        let shown = Daemon {
            id: format!("daemon-{number}"),
            pid: started.running.pid,
            command: started.line,
            directory: started.directory,
            log_file: started.log_file,
            started: jiff::Timestamp::now().as_millisecond(),
            exit: None,
        };
        let daemon = Known {
            shown: shown.clone(),
            log: started.log,
            stop: stop.clone(),
            signals,
            ended,
        };
        let mut known = self.known();
        let ended_before: Vec<u64> = known
            .iter()
            .filter(|(_, daemon)| daemon.ended.borrow().is_some())
            .map(|(number, _)| *number)
            .collect();
        for number in ended_before
            .iter()
            .take(ended_before.len().saturating_sub(MAX_ENDED))
        {
            known.remove(number);
        }
        known.insert(number, daemon);
        drop(known);
        let place = started.place;
        tokio::spawn(watch_over(started.running, stop, received, tell, place));
        shown
    }

    /// Stops all of them, and each that is started later.
    pub fn end(&self) {
        self.end.cancel();
    }

    /// Returns the signals that `kill` asks for. None when one of its targets is not a running daemon of this skill.
    pub(crate) fn signals(&self, kill: &Kill) -> Option<OwnSignals> {
        let known = self.known();
        let mut to = Vec::new();
        for (pid, group) in &kill.targets {
            let mut going = known
                .values()
                .filter(|daemon| daemon.ended.borrow().is_none());
            let daemon = going.find(|daemon| daemon.shown.pid == *pid)?;
            to.push((daemon.signals.clone(), *group));
        }
        let signal = kill.signal;
        Some(OwnSignals { signal, to })
    }

    /// Lists all that are known.
    pub fn list(&self) -> Vec<Daemon> {
        let known = self.known();
        known.values().map(Known::shown).collect()
    }

    /// Returns the log of one.
    pub fn log(&self, id: &str) -> Option<Arc<File>> {
        Some(self.find(id)?.1.log)
    }

    /// Stops one and forgets it. Returns how it ended, or None when there is none with this id.
    pub async fn stop(&self, id: &str) -> Option<Daemon> {
        let (number, mut daemon) = self.find(id)?;
        daemon.stop.cancel();
        // Fails when the host shuts down meanwhile, and then the daemon ends as well.
        let _ = daemon.ended.wait_for(Option::is_some).await;
        self.known().remove(&number);
        Some(daemon.shown())
    }

    fn find(&self, id: &str) -> Option<(u64, Known)> {
        let known = self.known();
        let mut found = known.iter().filter(|(_, daemon)| daemon.shown.id == id);
        found
            .next()
            .map(|(number, daemon)| (*number, daemon.clone()))
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<u64, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn shown(&self) -> Daemon {
        Daemon {
            exit: *self.ended.borrow(),
            ..self.shown.clone()
        }
    }
}

async fn watch_over(
    mut running: Running,
    stop: CancellationToken,
    mut signals: mpsc::Receiver<(u8, bool)>,
    tell: watch::Sender<Option<Exit>>,
    place: Place,
) {
    let end = loop {
        tokio::select! {
            end = running.wait() => break end,
            () = stop.cancelled() => {
                running.terminate().await;
                break running.wait().await;
            }
            Some((signal, group)) = signals.recv() => running.signal(signal, group).await,
        }
    };
    let exit = match end {
        Ok(End::Exit(code)) => Exit::Code(code),
        Ok(End::Signal(signal)) => Exit::Signal(signal),
        // Killed for exceeding a limit, or with its supervisor.
        Ok(End::TooManyProcesses | End::TooMuchMemory) | Err(_) => Exit::Signal(KILL),
    };
    drop(place);
    tell.send_replace(Some(exit));
}

const KILL: i32 = 9;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_taken_before_a_daemon_is_started() {
        let daemons = Daemons::default();
        let first = daemons.reserve(2);
        let second = daemons.reserve(2);
        assert!(first.is_some() && second.is_some());
        assert!(daemons.reserve(2).is_none());
        drop(first);
        assert!(daemons.reserve(2).is_some());
        assert!(daemons.reserve(0).is_none());
    }
}
