//! The supervisor of one command: starts the first process, enforces the limits that are measured from outside, and kills
//! everything at the end.

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

use super::bubblewrap;
use super::cgroup::Group;
use super::ending::Ending;
use super::first::{self, Place};
use super::{probe, tree};
use crate::isolation::landlock;
use crate::isolation::namespaces;
use crate::process::role;
use crate::process::spec::{Confinement, End, Isolation, Limits};
use crate::process::wire::{self, Event, GO, Request};

/// How long a command may take to end once it is asked to terminate.
const GRACE: Duration = Duration::from_secs(3);
/// The interval at which processes and their memory are measured.
const COUNTING: Duration = Duration::from_millis(10);

/// How many measurements in a row must exceed the memory limit.
const SURE: u32 = 3;

/// Runs the command that is received on standard input, to its end. Must be called before anything else, while the process
/// has one thread, by a program whose first argument is [`crate::ARGUMENT`].
pub fn supervise() -> ExitCode {
    let mut arguments = std::env::args().skip(2);
    let done = match arguments.next().as_deref() {
        Some(role::LAYERS) => return probe::answer(),
        Some(role::NOTHING) => return ExitCode::SUCCESS,
        Some(role::FIRST) => {
            let paths = arguments.next().unwrap_or_default();
            standard_input().and_then(|link| first::in_bubblewrap(&link, &paths))
        }
        _ => standard_input().and_then(run),
    };
    match done {
        Ok(code) => code,
        // The host is gone: there is nobody to report to.
        Err(_) => ExitCode::FAILURE,
    }
}

/// Takes standard input and replaces it by `/dev/null`: the first process must not keep the host's socket open.
fn standard_input() -> io::Result<UnixStream> {
    let socket = io::stdin().as_fd().try_clone_to_owned()?;
    let nothing = File::open("/dev/null")?;
    // SAFETY: 0 is standard input, which is only replaced, never closed.
    let mut input = std::mem::ManuallyDrop::new(unsafe { OwnedFd::from_raw_fd(0) });
    rustix::io::dup2(&nothing, &mut input)?;
    Ok(UnixStream::from(socket))
}

fn run(socket: UnixStream) -> io::Result<ExitCode> {
    // Descriptors that the host inherited are not for a command.
    close_fds::set_fds_cloexec(3, &[]);
    let (command, handles) = wire::receive(&socket)?;
    // So that no process group of this session is the host's.
    setsid()?;
    set_child_subreaper(Some(getpid()))?;
    let limits = command.limits;
    let isolation = command.confinement.isolation;
    // Before the supervisor changes its user by entering a user namespace.
    let group = Group::make(&limits);
    let begun = if isolation == Isolation::Bubblewrap {
        bubblewrap::start(&command, &handles).map(|(pid, link, errors)| {
            let errors = Some(errors);
            (First { pid, link, errors }, Ending::First(pid))
        })
    } else {
        match isolate(&command.confinement) {
            Ok((place, ending)) => {
                let (own, other) = UnixStream::pair()?;
                // SAFETY: this process has one thread.
                let pid = match unsafe { libc::fork() } {
                    -1 => return Err(io::Error::last_os_error()),
                    0 => {
                        // Only the supervisor may hold these: their other ends must see it exit.
                        drop((own, socket));
                        // The supervisor removes the group.
                        std::mem::forget(group);
                        return Ok(first::run(&other, command, handles, place));
                    }
                    pid => Pid::from_raw(pid).ok_or(io::ErrorKind::NotFound)?,
                };
                let ending = ending.unwrap_or(Ending::First(pid));
                let errors = None;
                let link = own;
                Ok((First { pid, link, errors }, ending))
            }
            Err(text) => Err(text),
        }
    };
    let (first, ending) = match begun {
        Ok(begun) => begun,
        Err(reason) => {
            let missing = false;
            wire::tell(&socket, &Event::Failed { missing, reason })?;
            return Ok(ExitCode::FAILURE);
        }
    };
    drop((command, handles));
    let group = group.filter(|group| group.add_all(first.pid).is_ok());
    // Fails when the first process has exited already.
    let _ = (&first.link).write_all(&[GO]);
    // Nothing may return early between here and `end`: the command is running.
    let outcome = set_dumpable_behavior(DumpableBehavior::NotDumpable)
        .map_err(io::Error::from)
        .and_then(|()| Watch::new(&socket, &first, limits).run(&ending));
    // On success and failure alike, everything is killed first. The first process exits when its link closes, even when
    // it has another parent by now.
    drop(first);
    let too_large = group.as_ref().is_some_and(Group::was_too_large);
    drop(group);
    ending.end();
    match outcome? {
        Some(Event::Ended(End::Signal(KILL))) if too_large => {
            wire::tell(&socket, &Event::Ended(End::TooMuchMemory))?;
        }
        Some(event) => wire::tell(&socket, &event)?,
        None => {}
    }
    Ok(ExitCode::SUCCESS)
}

/// The first process, as the supervisor knows it.
struct First {
    pid: Pid,
    link: UnixStream,
    /// Where the reason is written when it cannot be started.
    errors: Option<File>,
}

/// Isolates what the calling process starts from now on. Returns where the first process continues, and how everything is
/// killed; None when killing the first process is enough.
fn isolate(confinement: &Confinement) -> Result<(Place, Option<Ending>), String> {
    if confinement.isolation == Isolation::Namespaces {
        let begun = namespaces::begin().map_err(|error| format!("namespaces: {error}"))?;
        return Ok((Place::Namespaces(begun), None));
    }
    if confinement.signal_others {
        return Ok((Place::Here, Some(Ending::Tree)));
    }
    match landlock::enclose_signals() {
        Ok(()) => Ok((Place::Here, Some(Ending::Domain))),
        Err(error) if confinement.required => {
            Err(format!("signals cannot be kept to a command: {error}"))
        }
        Err(_) => Ok((Place::Here, Some(Ending::Tree))),
    }
}

/// The supervisor's loop, from the start of the first process to the end of the command.
struct Watch<'a> {
    socket: &'a UnixStream,
    first: &'a First,
    limits: Limits,
    events: BufReader<&'a UnixStream>,
    /// When to kill the command after it was asked to terminate.
    deadline: Option<Instant>,
    started: bool,
    /// How many measurements in a row exceeded the memory limit.
    over: u32,
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
            over: 0,
        }
    }

    /// Waits until the command has ended or must be killed. Returns what to report to the host once everything is gone.
    fn run(mut self, ending: &Ending) -> io::Result<Option<Event>> {
        loop {
            let (from_host, from_first) = self.wait()?;
            if from_first {
                let mut line = String::new();
                // A process that exits with unread input resets the connection: an error means the end as well.
                if self.events.read_line(&mut line).unwrap_or_default() == 0 {
                    return Ok(Some(self.cut_off()));
                }
                match serde_json::from_str(&line)? {
                    Event::Started(inside) => {
                        self.started = true;
                        let below = tree::descendants(self.first.pid);
                        // The deepest one, as `bwrap` itself is above the first process.
                        let shown = below.last();
                        let shown = shown.map_or(inside, |pid| pid.as_raw_nonzero().get());
                        wire::tell(self.socket, &Event::Started(shown))?;
                    }
                    ended => return Ok(Some(ended)),
                }
            }
            if from_host {
                let mut bytes = [0; 2];
                let asked = (&mut &*self.socket).read_exact(&mut bytes).ok();
                let Some(request) = asked.and_then(|()| Request::parse(bytes)) else {
                    // The host has dropped the command, or is gone.
                    return Ok(None);
                };
                if request == Request::Terminate {
                    self.deadline.get_or_insert_with(|| Instant::now() + GRACE);
                }
                // It may have ended already.
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

    /// Returns what it means that the first process has closed its link.
    fn cut_off(&self) -> Event {
        if self.started {
            // Killed from outside.
            return Event::Ended(End::Signal(KILL));
        }
        let mut reason = String::new();
        if let Some(mut errors) = self.first.errors.as_ref() {
            // There may be none.
            let _ = errors.read_to_string(&mut reason);
        }
        let reason = match reason.trim() {
            "" => "its first process was killed before it started".to_owned(),
            reason => reason.to_owned(),
        };
        let missing = false;
        Event::Failed { missing, reason }
    }

    /// Waits for the host or the first process, at most for one interval. Returns which of the two can be read.
    fn wait(&self) -> io::Result<(bool, bool)> {
        if !self.events.buffer().is_empty() {
            return Ok((false, true));
        }
        let mut sources = [
            PollFd::new(self.socket, PollFlags::IN),
            PollFd::new(&self.first.link, PollFlags::IN),
        ];
        let timeout = Timespec {
            tv_sec: 0,
            tv_nsec: i64::from(COUNTING.subsec_nanos()),
        };
        match poll(&mut sources, Some(&timeout)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let [host, first] = sources;
        Ok((!host.revents().is_empty(), !first.revents().is_empty()))
    }

    /// Returns the limit that is exceeded.
    fn exceeded(&mut self) -> Option<End> {
        let found = tree::descendants(getpid());
        // The first process does not count as the command's.
        if found.len() as u64 > self.limits.processes.saturating_add(1) {
            return Some(End::TooManyProcesses);
        }
        if !tree::memory_over(&found, self.limits.memory_bytes) {
            self.over = 0;
            return None;
        }
        // Processes are measured one after the other: what one shares with a process that it is just forking counts twice.
        self.over += 1;
        (self.over >= SURE).then_some(End::TooMuchMemory)
    }
}

const KILL: i32 = 9;
