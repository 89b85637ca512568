//! Messages between the host and a supervisor: the command with its file descriptors one way, events as lines of JSON the
//! other.

use std::io::{self, IoSlice, IoSliceMut, Read as _, Write as _};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use serde::{Deserialize, Serialize};

use super::spec::{Command, End, Handles};

/// The kernel passes at most 253 file descriptors in one message.
pub(crate) const MAX_HANDLES: usize = 250;
/// The longest message, in bytes.
const MAX_MESSAGE: usize = 16 << 20;

/// What the host asks of a running command: two bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    /// Terminate; it is killed when it has not ended a little later.
    Terminate,
    /// Send this signal to the command, or with `group` to its process group.
    Signal { number: u8, group: bool },
}

impl Request {
    /// Encodes it.
    pub fn bytes(self) -> [u8; 2] {
        match self {
            Self::Terminate => [b't', 0],
            Self::Signal { number, group } => [if group { b'g' } else { b's' }, number],
        }
    }

    /// Decodes it. None when the bytes are not a request.
    pub fn parse(bytes: [u8; 2]) -> Option<Self> {
        match bytes {
            [b't', 0] => Some(Self::Terminate),
            [kind @ (b's' | b'g'), number @ 1..=64] => Some(Self::Signal {
                number,
                group: kind == b'g',
            }),
            _ => None,
        }
    }
}

/// The byte that lets the first process begin.
pub(crate) const GO: u8 = b'g';

#[derive(Deserialize, Serialize)]
struct Message {
    command: Command,
    has_errors: bool,
    has_input: bool,
    writable: Vec<bool>,
}

/// What a supervisor reports.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) enum Event {
    /// The command runs, with this process id.
    Started(i32),
    /// It could not be started.
    Failed {
        /// Whether its program was not found.
        missing: bool,
        /// Why.
        reason: String,
    },
    /// It has ended, with everything that it had started.
    Ended(End),
}

/// Sends a command with its file descriptors.
///
/// # Errors
/// The socket's.
pub(crate) fn send(socket: &UnixStream, command: &Command, handles: &Handles) -> io::Result<()> {
    let message = Message {
        command: command.clone(),
        has_errors: handles.errors.is_some(),
        has_input: handles.input.is_some(),
        writable: handles
            .directories
            .iter()
            .map(|(_, writable)| *writable)
            .collect(),
    };
    let text = serde_json::to_vec(&message)?;
    let mut passed: Vec<BorrowedFd<'_>> = vec![handles.directory.as_fd(), handles.output.as_fd()];
    passed.extend(handles.errors.iter().map(|errors| errors.as_fd()));
    passed.extend(handles.input.iter().map(|input| input.as_fd()));
    passed.extend(handles.directories.iter().map(|(handle, _)| handle.as_fd()));
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_HANDLES))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    if !ancillary.push(SendAncillaryMessage::ScmRights(&passed)) {
        return Err(io::Error::other(format!(
            "a command cannot be given more than {MAX_HANDLES} directories"
        )));
    }
    let length = (text.len() as u64).to_be_bytes();
    sendmsg(
        socket,
        &[IoSlice::new(&length)],
        &mut ancillary,
        SendFlags::NOSIGNAL,
    )?;
    (&*socket).write_all(&text)
}

/// Receives a command with its file descriptors.
///
/// # Errors
/// The socket's; `InvalidData` when the message is not a command.
pub(crate) fn receive(socket: &UnixStream) -> io::Result<(Command, Handles)> {
    let mut length = [0; 8];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_HANDLES))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let received = recvmsg(
        socket,
        &mut [IoSliceMut::new(&mut length)],
        &mut ancillary,
        RecvFlags::CMSG_CLOEXEC | RecvFlags::WAITALL,
    )?;
    let broken = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    if received.bytes != length.len() {
        return Err(broken("the connection closed before a command was sent"));
    }
    let mut passed: Vec<OwnedFd> = Vec::new();
    for message in ancillary.drain() {
        if let RecvAncillaryMessage::ScmRights(handles) = message {
            passed.extend(handles);
        }
    }
    let length = usize::try_from(u64::from_be_bytes(length)).unwrap_or(usize::MAX);
    if length > MAX_MESSAGE {
        return Err(broken("the command is too long"));
    }
    let mut text = vec![0; length];
    (&*socket).read_exact(&mut text)?;
    let message: Message = serde_json::from_slice(&text)?;
    let mut passed = passed.into_iter();
    let mut next = || {
        passed
            .next()
            .ok_or_else(|| broken("a file descriptor is missing"))
    };
    let (directory, output) = (next()?, next()?);
    let errors = message.has_errors.then(&mut next).transpose()?;
    let input = message.has_input.then(&mut next).transpose()?;
    let mut directories = Vec::new();
    for writable in message.writable {
        directories.push((next()?, writable));
    }
    let handles = Handles {
        directory,
        output,
        errors,
        input,
        directories,
    };
    Ok((message.command, handles))
}

/// Reports an event.
///
/// # Errors
/// The socket's.
pub(crate) fn tell(socket: &UnixStream, event: &Event) -> io::Result<()> {
    let mut line = serde_json::to_vec(event)?;
    line.push(b'\n');
    (&*socket).write_all(&line)
}
