//! The supervisor of one command: it makes the first process, limits what is counted from outside, and ends all of it.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::fd::{AsFd as _, FromRawFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{
    DumpableBehavior, Pid, getpid, set_child_subreaper, set_dumpable_behavior, setsid,
};

use crate::ending::Ending;
use crate::init;
use crate::landlock;
use crate::layers;
use crate::namespaces::{self, Identity};
use crate::spec::{Confinement, End, Isolation, Limits};
use crate::tree;
use crate::wire::{self, Event, GO, Request};

/// The first argument by which the host's program knows that it is to be a supervisor.
pub const ARGUMENT: &str = "__supervise";

/// How long a command may take to end when it is asked to.
const GRACE: Duration = Duration::from_secs(3);
/// How often processes and their memory are counted.
const COUNTING: Duration = Duration::from_millis(10);

/// Runs the command that comes through the standard input, to its end. To be called first of all, while there is one
/// thread, by a program whose first argument is [`ARGUMENT`].
pub fn supervise() -> ExitCode {
    if std::env::args().nth(2).as_deref() == Some(layers::QUESTION) {
        return layers::answer();
    }
    match standard_input().and_then(run) {
        Ok(code) => code,
        // Nobody is left who could be told.
        Err(_) => ExitCode::FAILURE,
    }
}

/// Takes the standard input, and leaves nothing in its place: the first process must not hold on to the host's socket.
fn standard_input() -> io::Result<UnixStream> {
    let socket = io::stdin().as_fd().try_clone_to_owned()?;
    let nothing = File::open("/dev/null")?;
    // SAFETY: the number is that of the standard input, which is only replaced, never closed.
    let mut input = std::mem::ManuallyDrop::new(unsafe { OwnedFd::from_raw_fd(0) });
    rustix::io::dup2(&nothing, &mut input)?;
    Ok(UnixStream::from(socket))
}

fn run(socket: UnixStream) -> io::Result<ExitCode> {
    // What the host was given by whoever started it is nothing for a command.
    close_fds::set_fds_cloexec(3, &[]);
    let (command, handles) = wire::receive(&socket)?;
    // Groups of this session are the command's, and none of them is the host's.
    setsid()?;
    set_child_subreaper(Some(getpid()))?;
    let limits = command.limits;
    let identity = match isolate(&command.confinement) {
        Ok(identity) => identity,
        Err(text) => {
            wire::tell(&socket, &Event::Failed(false, text))?;
            return Ok(ExitCode::FAILURE);
        }
    };
    let (own, other) = UnixStream::pair()?;
    // SAFETY: this process has one thread.
    let pid = match unsafe { libc::fork() } {
        -1 => return Err(io::Error::last_os_error()),
        0 => {
            // Both belong to the supervisor alone: that it ends must be seen at their other ends.
            drop((own, socket));
            return Ok(init::run(&other, command, handles, identity.namespaces));
        }
        pid => Pid::from_raw(pid).ok_or(io::ErrorKind::NotFound)?,
    };
    drop((other, command, handles));
    let ending = match identity.ending {
        Some(ending) => ending,
        None => Ending::First(pid),
    };
    let first = First { pid, link: own };
    // Nobody reads it when the first process has ended at once.
    let _ = (&first.link).write_all(&[GO]);
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    let outcome = Watch::new(&socket, &first, limits).run(&ending);
    // Whatever has gone wrong meanwhile: first, nothing goes on.
    ending.end();
    if let Some(event) = outcome? {
        wire::tell(&socket, &event)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The first process, as the supervisor knows it.
struct First {
    pid: Pid,
    link: UnixStream,
}

/// How a command is kept apart.
struct Isolated {
    /// Who it is in the namespaces that the first process goes on with; None when there are none to be made.
    namespaces: Option<Identity>,
    /// How all of it is ended; None when that is the end of the first process.
    ending: Option<Ending>,
}

/// Keeps what the calling process starts from now on apart.
fn isolate(confinement: &Confinement) -> Result<Isolated, String> {
    match confinement.isolation {
        Isolation::Namespaces => {
            let begun = namespaces::begin();
            Ok(Isolated {
                namespaces: Some(begun.map_err(|error| format!("namespaces: {error}"))?),
                ending: None,
            })
        }
        Isolation::Bubblewrap => Ok(Isolated {
            namespaces: None,
            ending: None,
        }),
        Isolation::None => {
            if confinement.signal_others {
                return Ok(Isolated {
                    namespaces: None,
                    ending: Some(Ending::Tree),
                });
            }
            let ending = match landlock::enclose_signals() {
                Ok(()) => Ending::Domain,
                Err(error) if confinement.required => {
                    return Err(format!("signals cannot be kept to a command: {error}"));
                }
                Err(_) => Ending::Tree,
            };
            Ok(Isolated {
                namespaces: None,
                ending: Some(ending),
            })
        }
    }
}

/// What the supervisor waits for.
struct Watch<'a> {
    socket: &'a UnixStream,
    first: &'a First,
    limits: Limits,
    events: BufReader<&'a UnixStream>,
    /// When the command is killed that was asked to end.
    deadline: Option<Instant>,
    started: bool,
}

impl<'a> Watch<'a> {
    fn new(socket: &'a UnixStream, first: &'a First, limits: Limits) -> Self {
        Self {
            socket,
            first,
            limits,
            events: BufReader::new(&first.link),
            deadline: None,
            started: false,
        }
    }

    /// Waits until the command has ended or must; what the host is to be told when all is gone.
    fn run(mut self, ending: &Ending) -> io::Result<Option<Event>> {
        loop {
            let (from_host, from_first) = self.wait()?;
            if from_first {
                let mut line = String::new();
                if self.events.read_line(&mut line)? == 0 {
                    // Killed from outside.
                    return Ok(Some(Event::Ended(End::Signal(KILL))));
                }
                match serde_json::from_str(&line)? {
                    Event::Started(inside) => {
                        self.started = true;
                        let shown = tree::children(self.first.pid).first().copied();
                        let shown = shown.map_or(inside, |pid| pid.as_raw_nonzero().get());
                        wire::tell(self.socket, &Event::Started(shown))?;
                    }
                    over => return Ok(Some(over)),
                }
            }
            if from_host {
                let mut bytes = [0; 2];
                let asked = (&mut &*self.socket).read_exact(&mut bytes).ok();
                let Some(request) = asked.and_then(|()| Request::parse(bytes)) else {
                    // The host has given it up, or is gone.
                    return Ok(None);
                };
                if request == Request::Terminate {
                    self.deadline.get_or_insert_with(|| Instant::now() + GRACE);
                }
                // It may just have ended.
                let _ = (&self.first.link).write_all(&bytes);
            }
            if self
                .deadline
                .is_some_and(|deadline| Instant::now() >= deadline)
            {
                return Ok(Some(Event::Ended(End::Signal(KILL))));
            }
            if self.started
                && let Some(end) = self.exceeded()
            {
                return Ok(Some(Event::Ended(end)));
            }
            ending.reap(self.first.pid);
        }
    }

    /// Waits for news; whether the host and whether the first process has some.
    fn wait(&self) -> io::Result<(bool, bool)> {
        if !self.events.buffer().is_empty() {
            return Ok((false, true));
        }
        let mut sources = [
            PollFd::new(self.socket, PollFlags::IN),
            PollFd::new(&self.first.link, PollFlags::IN),
        ];
        let patience = Timespec {
            tv_sec: 0,
            tv_nsec: i64::from(COUNTING.subsec_nanos()),
        };
        match poll(&mut sources, Some(&patience)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let [host, first] = sources;
        Ok((!host.revents().is_empty(), !first.revents().is_empty()))
    }

    /// Which limit has been passed.
    fn exceeded(&self) -> Option<End> {
        let found = tree::descendants(getpid());
        // The first process is not the command's.
        if found.len() as u64 > self.limits.processes.saturating_add(1) {
            return Some(End::TooManyProcesses);
        }
        let over = tree::memory_over(&found, self.limits.memory_bytes);
        over.then_some(End::TooMuchMemory)
    }
}

const KILL: i32 = 9;
