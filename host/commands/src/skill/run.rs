//! One run of a command: it is fed, read, and ended when it takes too long.

use std::os::fd::OwnedFd;
use std::time::Duration;

use luminarys_text::cut;
use regex::bytes::{Regex, RegexBuilder};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::unix::pipe;
use tokio::time::Instant;

use super::prepare::Prepared;
use crate::error::CommandError;
use crate::output::collector::Collector;
use crate::process::spec::{End, Exit};
use crate::process::start::ProcessError;

/// The largest compiled expression, in bytes.
const MAX_REGEX: usize = 1 << 20;
/// Bytes of output in the error of a command that took too long.
const MAX_OUTPUT_OF_ERROR: usize = 4096;

/// Which lines of the output are kept; by default all.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    grep: Option<Regex>,
    tail: Option<usize>,
}

impl Filter {
    /// Keeps the lines in which `grep` is found, and the last `tail` of these. An empty expression and 0 lines keep all.
    ///
    /// # Errors
    /// [`CommandError::Grep`]
    pub fn new(grep: Option<&str>, tail: Option<u32>) -> Result<Self, CommandError> {
        let grep = grep.filter(|text| !text.is_empty());
        let grep = grep.map(|text| RegexBuilder::new(text).size_limit(MAX_REGEX).build());
        let tail = tail.filter(|lines| *lines > 0);
        Ok(Self {
            grep: grep.transpose().map_err(CommandError::Grep)?,
            tail: tail.map(|lines| usize::try_from(lines).unwrap_or(usize::MAX)),
        })
    }
}

/// How a command is run, beside what it is.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// After which it is killed.
    pub timeout: Duration,
    /// What it reads.
    pub input: Vec<u8>,
    /// What is kept of its output.
    pub filter: Filter,
}

/// A command that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// Its output and errors in the order in which they came; bytes that are not UTF-8 are replaced.
    pub output: String,
    /// How it ended.
    pub exit: Exit,
    /// Whether there was more output than is kept.
    pub truncated: bool,
}

/// How a command ended that was waited for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// In time.
    End(End),
    /// It took too long and was killed; nothing is left of it.
    TimedOut,
}

/// Runs a command to its end. `charge` is told how many bytes are held for its output, and ends it with its error.
///
/// # Errors
/// [`CommandError::Process`], [`CommandError::TimedOut`]; those of `charge`.
pub(super) async fn run<E: From<CommandError>>(
    prepared: Prepared,
    options: RunOptions,
    limit: usize,
    charge: impl FnMut(u64) -> Result<(), E>,
) -> Result<(End, String, bool), E> {
    let line = prepared.line.clone();
    let Filter { grep, tail } = options.filter;
    let mut collector = Collector::new(grep, tail, limit);
    let output = (&mut collector, charge);
    let end = exchange(prepared, options.input, output, options.timeout).await;
    let (output, truncated) = collector.finish();
    match end? {
        Ended::End(end) => Ok((end, output, truncated)),
        Ended::TimedOut => Err(E::from(CommandError::TimedOut {
            command: line,
            timeout: options.timeout,
            output: cut(&output, MAX_OUTPUT_OF_ERROR).into_owned(),
        })),
    }
}

async fn exchange<E: From<CommandError>>(
    prepared: Prepared,
    input: Vec<u8>,
    (collector, mut charge): (&mut Collector, impl FnMut(u64) -> Result<(), E>),
    timeout: Duration,
) -> Result<Ended, E> {
    let deadline = Instant::now() + timeout;
    let failed = |error: ProcessError| E::from(error.into());
    let io = |error: std::io::Error| failed(error.into());
    let (reader, writer) = std::io::pipe().map_err(io)?;
    let reader = OwnedFd::from(reader);
    let mut output = pipe::Receiver::from_owned_fd(reader).map_err(io)?;
    let (stdin, feed) = if input.is_empty() {
        (None, None)
    } else {
        let (reader, writer) = std::io::pipe().map_err(io)?;
        let feed = pipe::Sender::from_owned_fd(OwnedFd::from(writer)).map_err(io)?;
        (Some(OwnedFd::from(reader)), Some(feed))
    };
    let started = prepared.start(OwnedFd::from(writer), stdin).await;
    let mut running = started.map_err(failed)?;
    let feeding = async {
        if let Some(mut feed) = feed {
            // A command need not read all of it.
            let _ = feed.write_all(&input).await;
        }
        Ok(())
    };
    let reading = async {
        let mut buffer = vec![0; 64 << 10];
        while let Ok(length) = output.read(&mut buffer).await
            && length > 0
        {
            collector.take(&buffer[..length]);
            charge(collector.size())?;
        }
        Ok(())
    };
    let work = async {
        let ending = async { running.wait().await.map_err(failed) };
        tokio::try_join!(ending, reading, feeding).map(|(end, (), ())| end)
    };
    match tokio::time::timeout_at(deadline, work).await {
        Ok(Ok(end)) => Ok(Ended::End(end)),
        Ok(Err(error)) => {
            running.kill().await;
            Err(error)
        }
        Err(_) => {
            running.kill().await;
            Ok(Ended::TimedOut)
        }
    }
}
