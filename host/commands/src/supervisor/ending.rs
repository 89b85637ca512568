//! Ends a command and all that it has begun.

use std::time::Duration;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, getpid, kill_process, wait, waitpid};

use super::tree::{self, Killer};

/// What ends everything.
pub(crate) enum Ending {
    /// The end of the first process in a process namespace: the kernel ends the others, and does not report it before
    /// they are gone.
    First(Pid),
    /// A signal to all processes, sent from a Landlock domain that it does not leave.
    Domain,
    /// A walk through `/proc`, where there is nothing better: commands that may signal others, and old kernels without
    /// required confinement.
    Tree,
}

impl Ending {
    /// Ends everything, and returns when nothing is left.
    pub fn end(&self) {
        match self {
            Self::First(pid) => {
                // It may have ended by itself.
                let _ = kill_process(*pid, Signal::KILL);
                // What it was itself the parent of is adopted. `bwrap` makes the process that becomes the first one, which
                // waits for it, and does not end by itself when it is killed meanwhile.
                while !matches!(wait(WaitOptions::empty()), Err(Errno::CHILD)) {
                    for child in tree::children(getpid()) {
                        let _ = kill_process(child, Signal::KILL);
                    }
                }
            }
            Self::Domain => {
                // Those that are on their way out give birth to none; the loop is for those that were just being born.
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

    /// Takes notice of adopted processes that have ended.
    pub fn reap(&self, first: Pid) {
        if matches!(self, Self::First(_)) {
            return;
        }
        for pid in tree::children(getpid()) {
            if pid != first {
                // Most of them go on.
                let _ = waitpid(Some(pid), WaitOptions::NOHANG);
            }
        }
    }
}
