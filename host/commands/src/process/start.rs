//! Starts a command beneath a supervisor, and is the host's end of the connection to it.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::Stdio;
use std::time::Duration;

use thiserror::Error;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

use super::role::{ARGUMENT, PROGRAM};
use super::spec::{Command, End, Handles};
use super::wire::{self, Event, Request};

/// How long a supervisor may take to read its command: the thread that writes it waits no longer.
const SENDING: Duration = Duration::from_secs(10);

/// Why a process does not run.
#[derive(Debug, Error)]
pub enum ProcessError {
    /// There is no such program, or no such directory in its path.
    #[error("there is no program {0:?}")]
    NotFound(String),
    /// The supervisor could not start it.
    #[error("{program}: {reason}")]
    NotStarted {
        /// The first word of the command.
        program: String,
        /// What the supervisor reports.
        reason: String,
    },
    /// The supervisor was killed, and the command with it.
    #[error("the command's supervisor was killed")]
    SupervisorKilled,
    /// The supervisor sent an event out of order.
    #[error("unexpected {0} from the command's supervisor")]
    Unexpected(String),
    /// The supervisor sent what is not an event.
    #[error("the command's supervisor: {0}")]
    Message(#[from] serde_json::Error),
    /// The operating system refused to start the supervisor or to connect to it.
    #[error("no command can be run: {0}")]
    System(#[from] io::Error),
}

/// A running command. When this is dropped, the command and everything it has started is killed.
#[derive(Debug)]
pub struct Running {
    /// The process id of the command.
    pub pid: i32,
    events: BufReader<OwnedReadHalf>,
    /// The part of the next event that has been read.
    line: Vec<u8>,
    control: OwnedWriteHalf,
    /// Reaped by tokio once it has exited.
    _supervisor: tokio::process::Child,
}

/// Starts `command` beneath a supervisor: the calling program once more, which must call [`crate::supervise`] when its
/// first argument is [`crate::ARGUMENT`].
///
/// # Errors
/// [`ProcessError`]
pub async fn start(command: Command, handles: Handles) -> Result<Running, ProcessError> {
    let program = command.words.first().cloned().unwrap_or_default();
    let (own, other) = UnixStream::pair()?;
    let mut supervisor = std::process::Command::new(PROGRAM);
    supervisor
        .arg(ARGUMENT)
        .env_clear()
        .stdin(Stdio::from(OwnedFd::from(other)))
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut supervisor = tokio::process::Command::from(supervisor);
    let sent = tokio::task::spawn_blocking(move || {
        own.set_write_timeout(Some(SENDING))?;
        wire::send(&own, &command, &handles)?;
        own.set_nonblocking(true)?;
        Ok::<_, io::Error>(own)
    });
    let child = supervisor.spawn()?;
    // Otherwise the other end would stay open in this process.
    drop(supervisor);
    let own = sent.await.map_err(io::Error::other)??;
    let (events, control) = tokio::net::UnixStream::from_std(own)?.into_split();
    let mut running = Running {
        pid: 0,
        events: BufReader::new(events),
        line: Vec::new(),
        control,
        _supervisor: child,
    };
    match running.next().await? {
        Event::Started(pid) => running.pid = pid,
        Event::Failed { missing: true, .. } => return Err(ProcessError::NotFound(program)),
        Event::Failed { reason, .. } => return Err(ProcessError::NotStarted { program, reason }),
        ended @ Event::Ended(_) => return Err(ProcessError::Unexpected(format!("{ended:?}"))),
    }
    Ok(running)
}

impl Running {
    /// Waits until the command and everything it has started has ended. Safe to cancel and call again.
    ///
    /// # Errors
    /// [`ProcessError::SupervisorKilled`]
    pub async fn wait(&mut self) -> Result<End, ProcessError> {
        match self.next().await? {
            Event::Ended(end) => Ok(end),
            other => Err(ProcessError::Unexpected(format!("{other:?}"))),
        }
    }

    /// Kills the command and everything it has started, and returns once all of it is gone.
    pub async fn kill(mut self) {
        // The supervisor may have exited already.
        let _ = self.control.shutdown().await;
        let mut rest = Vec::new();
        // It closes its end once all is gone.
        let _ = self.events.read_to_end(&mut rest).await;
    }

    /// Asks the command to terminate; it is killed three seconds later.
    pub async fn terminate(&mut self) {
        // It may have ended already.
        let _ = self.control.write_all(&Request::Terminate.bytes()).await;
    }

    /// Sends the signal `number`, 1 to 64, to the command, or with `group` to its process group.
    pub async fn signal(&mut self, number: u8, group: bool) {
        let request = Request::Signal { number, group };
        // It may have ended already.
        let _ = self.control.write_all(&request.bytes()).await;
    }

    async fn next(&mut self) -> Result<Event, ProcessError> {
        // Kept when this is cancelled half-way.
        self.events.read_until(b'\n', &mut self.line).await?;
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            return Err(ProcessError::SupervisorKilled);
        }
        Ok(serde_json::from_slice(&line)?)
    }
}
