//! Kills a command and everything that it has started.

use std::time::Duration;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, getpid, kill_process, wait, waitpid};

use super::tree::{self, Killer};

/// How everything is killed.
pub(crate) enum Ending {
    /// Killing the first process of a PID namespace: the kernel kills the others, and reports its end only when they are
    /// gone.
    First(Pid),
    /// A signal to all processes, sent from within a Landlock domain that signals do not leave.
    Domain,
    /// A walk through `/proc`, where nothing better is available: commands that may signal others, and old kernels where
    /// confinement is not required.
    Tree,
}

impl Ending {
    /// Kills everything, and returns once nothing is left.
    pub fn end(&self) {
        match self {
            Self::First(pid) => {
                // It may have ended already.
                let _ = kill_process(*pid, Signal::KILL);
                // Its children are adopted by this process. `bwrap` forks the process that becomes the first one; when `bwrap`
                // is killed in between, that process does not end by itself.
                while !matches!(wait(WaitOptions::empty()), Err(Errno::CHILD)) {
                    for child in tree::children(getpid()) {
                        let _ = kill_process(child, Signal::KILL);
                    }
                }
            }
            Self::Domain => {
                // Processes that are exiting fork no more; the loop is for those that were just being forked.
                loop {
                    // SAFETY: a signal to other processes touches no memory.
                    let _ = unsafe { libc::kill(-1, libc::SIGKILL) };
                    match wait(WaitOptions::empty()) {
                        Ok(_) | Err(Errno::INTR) => {}
                        Err(_) => return,
                    }
                }
            }
            Self::Tree => {
                let mut killer = Killer::new();
                loop {
                    match wait(WaitOptions::NOHANG) {
                        Ok(Some(_)) => {}
                        Ok(None) => {
                            killer.round(getpid());
                            std::thread::sleep(Duration::from_millis(1));
                        }
                        Err(_) => return,
                    }
                }
            }
        }
    }

    /// Reaps adopted processes that have ended.
    pub fn reap(&self, first: Pid) {
        if matches!(self, Self::First(_)) {
            return;
        }
        for pid in tree::children(getpid()) {
            if pid != first {
                // Most of them are still running.
                let _ = waitpid(Some(pid), WaitOptions::NOHANG);
            }
        }
    }
}
