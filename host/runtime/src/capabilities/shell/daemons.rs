//! Commands that go on after the call that started them, as long as their skill is loaded.

use std::collections::BTreeMap;
use std::fs::File;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use luminarys_commands::{End, Running};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::own::Kill;
use crate::bindings::luminarys::skill::shell as wit;

/// Daemons that have ended and are still listed.
const MAX_ENDED: usize = 16;
/// Signals to one daemon that wait to be sent.
const MAX_SIGNALS: usize = 16;

/// The daemons of one skill. They end with it.
pub(crate) struct Daemons {
    next: AtomicU64,
    known: Mutex<BTreeMap<u64, Daemon>>,
    /// How many go on or are being started.
    places: Arc<AtomicU64>,
    end: CancellationToken,
    _end_with_skill: DropGuard,
}

#[derive(Clone)]
struct Daemon {
    shown: wit::Daemon,
    log: Arc<File>,
    stop: CancellationToken,
    signals: mpsc::Sender<(u8, bool)>,
    ended: watch::Receiver<Option<wit::End>>,
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

/// What is known of a daemon that has been started.
pub(super) struct Started {
    pub running: Running,
    pub line: String,
    pub directory: String,
    pub log_file: String,
    pub log: Arc<File>,
    pub place: Place,
}

/// One of the daemons that a skill may have at once. Free again when this is dropped.
pub(super) struct Place(Arc<AtomicU64>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Daemons {
    /// Takes a place for a daemon before it is started: calls start them side by side. None when `most` go on.
    pub(super) fn reserve(&self, most: u64) -> Option<Place> {
        let more = |taken| (taken < most).then_some(taken + 1);
        let taken = self
            .places
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, more);
        taken.ok().map(|_| Place(self.places.clone()))
    }

    /// Watches over a daemon from now on.
    pub(super) fn add(&self, started: Started) -> wit::Daemon {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let (tell, ended) = watch::channel(None);
        let (signals, received) = mpsc::channel(MAX_SIGNALS);
        let stop = self.end.child_token();
        let shown = wit::Daemon {
            id: format!("daemon-{number}"),
            pid: started.running.pid,
            command: started.line,
            directory: started.directory,
            log_file: started.log_file,
            started: jiff::Timestamp::now().as_second(),
            end: None,
        };
        let daemon = Daemon {
            shown: shown.clone(),
            log: started.log,
            stop: stop.clone(),
            signals,
            ended,
        };
        let mut known = self.known();
        let over: Vec<u64> = known
            .iter()
            .filter(|(_, daemon)| daemon.ended.borrow().is_some())
            .map(|(number, _)| *number)
            .collect();
        for number in over.iter().take(over.len().saturating_sub(MAX_ENDED)) {
            known.remove(number);
        }
        known.insert(number, daemon);
        drop(known);
        let place = started.place;
        tokio::spawn(watch_over(started.running, stop, received, tell, place));
        shown
    }

    /// Ends all of them, and each that is still started.
    pub fn end(&self) {
        self.end.cancel();
    }

    /// Sends a signal to daemons that go on. False, and nothing is sent, when one of the targets is none of them.
    pub(super) async fn signal(&self, kill: &Kill) -> bool {
        let mut found = Vec::new();
        for (pid, group) in &kill.targets {
            let known = self.known();
            let mut going = known
                .values()
                .filter(|daemon| daemon.ended.borrow().is_none());
            match going.find(|daemon| daemon.shown.pid == *pid) {
                Some(daemon) => found.push((daemon.signals.clone(), *group)),
                None => return false,
            }
        }
        if kill.signal > 0 {
            for (signals, group) in found {
                // It may have ended meanwhile.
                let _ = signals.send((kill.signal, group)).await;
            }
        }
        true
    }

    /// All that are known.
    pub fn list(&self) -> Vec<wit::Daemon> {
        let known = self.known();
        known.values().map(Daemon::shown).collect()
    }

    /// The log of one.
    pub fn log(&self, id: &str) -> Option<Arc<File>> {
        Some(self.find(id)?.1.log)
    }

    /// Ends one and forgets it; how it ended. None when there is no such.
    pub async fn stop(&self, id: &str) -> Option<wit::Daemon> {
        let (number, mut daemon) = self.find(id)?;
        daemon.stop.cancel();
        // Fails when the host ends meanwhile, and then the daemon ends too.
        let _ = daemon.ended.wait_for(Option::is_some).await;
        self.known().remove(&number);
        Some(daemon.shown())
    }

    fn find(&self, id: &str) -> Option<(u64, Daemon)> {
        let known = self.known();
        let mut found = known.iter().filter(|(_, daemon)| daemon.shown.id == id);
        found
            .next()
            .map(|(number, daemon)| (*number, daemon.clone()))
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<u64, Daemon>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Daemon {
    fn shown(&self) -> wit::Daemon {
        wit::Daemon {
            end: *self.ended.borrow(),
            ..self.shown.clone()
        }
    }
}

async fn watch_over(
    mut running: Running,
    stop: CancellationToken,
    mut signals: mpsc::Receiver<(u8, bool)>,
    tell: watch::Sender<Option<wit::End>>,
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
    let end = match end {
        Ok(End::Exit(code)) => wit::End::Exit(code),
        Ok(End::Signal(signal)) => wit::End::Signal(signal),
        // Killed for passing a limit, or with its supervisor.
        Ok(End::TooManyProcesses | End::TooMuchMemory) | Err(_) => wit::End::Signal(KILL),
    };
    drop(place);
    tell.send_replace(Some(end));
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
