//! The host's side of a supervisor.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use thiserror::Error;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

use super::role::ARGUMENT;
use super::spec::{Command, End, Handles};
use super::wire::{self, Event, Request};

/// How long a supervisor may take to read its command: the thread that writes it is not kept for longer.
const SENDING: Duration = Duration::from_secs(10);

/// Why a command does not run.
#[derive(Debug, Error)]
pub enum ConfineError {
    /// There is no such program, or no such directory in its path.
    #[error("there is no program {0:?}")]
    NotFound(String),
    /// The supervisor or the operating system refused.
    #[error("{0}")]
    Failed(String),
}

impl From<io::Error> for ConfineError {
    fn from(error: io::Error) -> Self {
        Self::Failed(format!("no command can be run: {error}"))
    }
}

/// A command that runs. When this is dropped, it and everything it has started is killed.
#[derive(Debug)]
pub struct Running {
    /// The process of the command.
    pub pid: i32,
    events: BufReader<OwnedReadHalf>,
    /// What has come of the next event.
    line: Vec<u8>,
    control: OwnedWriteHalf,
    /// Reaped by the runtime when it has ended.
    _supervisor: tokio::process::Child,
}

/// Starts `command` beneath a supervisor: `program`, which must call [`crate::supervise`] for its first argument.
///
/// # Errors
/// [`ConfineError`]
pub async fn start(
    program: &Path,
    command: Command,
    handles: Handles,
) -> Result<Running, ConfineError> {
    let word = command.words.first().cloned().unwrap_or_default();
    let (own, other) = UnixStream::pair()?;
    let mut supervisor = std::process::Command::new(program);
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
    // The other end stays open in this process otherwise.
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
        Event::Failed(true, _) => return Err(ConfineError::NotFound(word)),
        Event::Failed(false, text) => return Err(ConfineError::Failed(format!("{word}: {text}"))),
        Event::Ended(_) => return Err(ConfineError::Failed("it never began".to_owned())),
    }
    Ok(running)
}

impl Running {
    /// Waits for the end of the command and of everything it has started. May be given up and called again.
    ///
    /// # Errors
    /// [`ConfineError::Failed`] when the supervisor was killed.
    pub async fn wait(&mut self) -> Result<End, ConfineError> {
        match self.next().await? {
            Event::Ended(end) => Ok(end),
            other => Err(ConfineError::Failed(format!("unexpected {other:?}"))),
        }
    }

    /// Kills the command and everything it has started, and returns when nothing is left of it.
    pub async fn kill(mut self) {
        // The supervisor may have ended by itself.
        let _ = self.control.shutdown().await;
        let mut rest = Vec::new();
        // It closes its end when all is gone.
        let _ = self.events.read_to_end(&mut rest).await;
    }

    /// Asks the command to end; after a moment it is killed.
    pub async fn terminate(&mut self) {
        // It may have ended by itself.
        let _ = self.control.write_all(&Request::Terminate.bytes()).await;
    }

    /// Sends a signal by its number, 1 to 64: to the command, or with `group` to all of its process group.
    pub async fn signal(&mut self, number: u8, group: bool) {
        let request = Request::Signal { number, group };
        // It may have ended by itself.
        let _ = self.control.write_all(&request.bytes()).await;
    }

    async fn next(&mut self) -> Result<Event, ConfineError> {
        // Kept when this is given up half-way.
        self.events.read_until(b'\n', &mut self.line).await?;
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            let text = "the command's supervisor was killed";
            return Err(ConfineError::Failed(text.to_owned()));
        }
        serde_json::from_slice(&line).map_err(|error| ConfineError::Failed(error.to_string()))
    }
}
