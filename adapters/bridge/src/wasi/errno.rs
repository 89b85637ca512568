//! The error codes of preview 1.

use crate::bindings::wasi::filesystem0_2_12::types::ErrorCode;

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum Errno {
    Acces = 2,
    Again = 6,
    Already = 7,
    Badf = 8,
    Busy = 10,
    Deadlk = 16,
    Dquot = 19,
    Exist = 20,
    Fault = 21,
    Fbig = 22,
    Ilseq = 25,
    Inprogress = 26,
    Intr = 27,
    Inval = 28,
    Io = 29,
    Isdir = 31,
    Loop = 32,
    Mlink = 34,
    Msgsize = 35,
    Nametoolong = 37,
    Nodev = 43,
    Noent = 44,
    Nolck = 46,
    Nomem = 48,
    Nospc = 51,
    Notdir = 54,
    Notempty = 55,
    Notrecoverable = 56,
    Notsup = 58,
    Notty = 59,
    Nxio = 60,
    Overflow = 61,
    Perm = 63,
    Pipe = 64,
    Rofs = 69,
    Spipe = 70,
    Txtbsy = 74,
    Xdev = 75,
}

/// 0 for success.
pub fn code(outcome: Result<(), Errno>) -> u32 {
    outcome.err().map_or(0, |errno| errno as u32)
}

impl From<ErrorCode> for Errno {
    fn from(code: ErrorCode) -> Self {
        match code {
            ErrorCode::Access => Self::Acces,
            ErrorCode::WouldBlock => Self::Again,
            ErrorCode::Already => Self::Already,
            ErrorCode::BadDescriptor => Self::Badf,
            ErrorCode::Busy => Self::Busy,
            ErrorCode::Deadlock => Self::Deadlk,
            ErrorCode::Quota => Self::Dquot,
            ErrorCode::Exist => Self::Exist,
            ErrorCode::FileTooLarge => Self::Fbig,
            ErrorCode::IllegalByteSequence => Self::Ilseq,
            ErrorCode::InProgress => Self::Inprogress,
            ErrorCode::Interrupted => Self::Intr,
            ErrorCode::Invalid => Self::Inval,
            ErrorCode::Io => Self::Io,
            ErrorCode::IsDirectory => Self::Isdir,
            ErrorCode::Loop => Self::Loop,
            ErrorCode::TooManyLinks => Self::Mlink,
            ErrorCode::MessageSize => Self::Msgsize,
            ErrorCode::NameTooLong => Self::Nametoolong,
            ErrorCode::NoDevice => Self::Nodev,
            ErrorCode::NoEntry => Self::Noent,
            ErrorCode::NoLock => Self::Nolck,
            ErrorCode::InsufficientMemory => Self::Nomem,
            ErrorCode::InsufficientSpace => Self::Nospc,
            ErrorCode::NotDirectory => Self::Notdir,
            ErrorCode::NotEmpty => Self::Notempty,
            ErrorCode::NotRecoverable => Self::Notrecoverable,
            ErrorCode::Unsupported => Self::Notsup,
            ErrorCode::NoTty => Self::Notty,
            ErrorCode::NoSuchDevice => Self::Nxio,
            ErrorCode::Overflow => Self::Overflow,
            ErrorCode::NotPermitted => Self::Perm,
            ErrorCode::Pipe => Self::Pipe,
            ErrorCode::ReadOnly => Self::Rofs,
            ErrorCode::InvalidSeek => Self::Spipe,
            ErrorCode::TextFileBusy => Self::Txtbsy,
            ErrorCode::CrossDevice => Self::Xdev,
        }
    }
}
