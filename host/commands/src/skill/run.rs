//! One run of a command: it is fed, read, and ended when it takes too long.

use std::os::fd::OwnedFd;
use std::sync::Arc;
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
/// The longest expression, in bytes: parsing takes a multiple of it in time and memory before the compiled size is known.
const MAX_PATTERN: usize = 4 << 10;
/// Bytes of output in the error of a command that took too long.
const MAX_OUTPUT_OF_ERROR: usize = 4096;
/// Bytes read at once.
const PIECE: usize = 64 << 10;

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
    /// [`CommandError::Grep`], [`CommandError::GrepTooLong`]
    pub fn new(grep: Option<&str>, tail: Option<u32>) -> Result<Self, CommandError> {
        let grep = grep.filter(|text| !text.is_empty());
        if let Some(length) = grep.map(str::len).filter(|length| *length > MAX_PATTERN) {
            let most = MAX_PATTERN;
            return Err(CommandError::GrepTooLong { length, most });
        }
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
    pub input: Arc<Vec<u8>>,
    /// What is kept of its output.
    pub filter: Filter,
    /// Whether its standard error is kept apart from its output.
    pub separate_errors: bool,
}

/// A command that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// Its output, and unless they are apart its errors, in order of arrival; bytes that are not UTF-8 are replaced.
    pub output: String,
    /// Its errors, where they are apart.
    pub errors: String,
    /// How it ended.
    pub exit: Exit,
    /// Whether there was more of either than is kept.
    pub truncated: bool,
}

/// What a command has printed.
pub(super) struct Printed {
    pub output: String,
    pub errors: String,
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
) -> Result<(End, Printed), E> {
    let line = prepared.line.clone();
    let mut collected = Collected::new(&options, limit);
    let output = (&mut collected, charge);
    let end = exchange(prepared, &options.input, output, options.timeout).await;
    let printed = collected.finish();
    match end? {
        Ended::End(end) => Ok((end, printed)),
        Ended::TimedOut => {
            let output = printed.output + &printed.errors;
            Err(E::from(CommandError::TimedOut {
                command: line,
                timeout: options.timeout,
                output: cut(&output, MAX_OUTPUT_OF_ERROR).into_owned(),
            }))
        }
    }
}

/// What a command prints, as it arrives.
struct Collected {
    output: Collector,
    /// Where they are apart.
    errors: Option<Collector>,
}

impl Collected {
    fn new(options: &RunOptions, limit: usize) -> Self {
        let Filter { grep, tail } = &options.filter;
        let collector = || Collector::new(grep.clone(), *tail, limit);
        Self {
            output: collector(),
            errors: options.separate_errors.then(collector),
        }
    }

    fn size(&self) -> u64 {
        self.output.size() + self.errors.as_ref().map_or(0, Collector::size)
    }

    /// Takes what arrives until both ends are closed.
    async fn read<E>(
        &mut self,
        output: pipe::Receiver,
        errors: Option<pipe::Receiver>,
        charge: &mut impl FnMut(u64) -> Result<(), E>,
    ) -> Result<(), E> {
        let (mut output, mut errors) = (Some(output), errors);
        let (mut of_output, mut of_errors) = (vec![0; PIECE], vec![0; PIECE]);
        while output.is_some() || errors.is_some() {
            tokio::select! {
                length = read(&mut output, &mut of_output) => {
                    self.output.take(&of_output[..length]);
                }
                length = read(&mut errors, &mut of_errors) => {
                    if let Some(errors) = &mut self.errors {
                        errors.take(&of_errors[..length]);
                    }
                }
            }
            charge(self.size())?;
        }
        Ok(())
    }

    fn finish(self) -> Printed {
        let (output, truncated) = self.output.finish();
        let (errors, more) = self.errors.map(Collector::finish).unwrap_or_default();
        Printed {
            output,
            errors,
            truncated: truncated || more,
        }
    }
}

/// Reads from an end that is open; never returns for one that is closed. Nothing is lost when the future is dropped.
async fn read(end: &mut Option<pipe::Receiver>, buffer: &mut [u8]) -> usize {
    let Some(open) = end else {
        return std::future::pending().await;
    };
    let length = open.read(buffer).await.unwrap_or(0);
    if length == 0 {
        *end = None;
    }
    length
}

/// Makes a pipe: the host's end, and the command's.
fn output_pipe() -> std::io::Result<(pipe::Receiver, OwnedFd)> {
    let (reader, writer) = std::io::pipe()?;
    let reader = pipe::Receiver::from_owned_fd(OwnedFd::from(reader))?;
    Ok((reader, OwnedFd::from(writer)))
}

async fn exchange<E: From<CommandError>>(
    prepared: Prepared,
    input: &[u8],
    (collected, mut charge): (&mut Collected, impl FnMut(u64) -> Result<(), E>),
    timeout: Duration,
) -> Result<Ended, E> {
    let deadline = Instant::now() + timeout;
    let failed = |error: ProcessError| E::from(error.into());
    let io = |error: std::io::Error| failed(error.into());
    let (output, stdout) = output_pipe().map_err(io)?;
    let (errors, stderr) = match collected.errors.as_ref().map(|_| output_pipe()) {
        Some(made) => made
            .map(|(end, other)| (Some(end), Some(other)))
            .map_err(io)?,
        None => (None, None),
    };
    let (stdin, feed) = if input.is_empty() {
        (None, None)
    } else {
        let (reader, writer) = std::io::pipe().map_err(io)?;
        let feed = pipe::Sender::from_owned_fd(OwnedFd::from(writer)).map_err(io)?;
        (Some(OwnedFd::from(reader)), Some(feed))
    };
    let started = prepared.start(stdout, stderr, stdin).await;
    let mut running = started.map_err(failed)?;
    let feeding = async {
        if let Some(mut feed) = feed {
            // A command need not read all of it.
            let _ = feed.write_all(input).await;
        }
        Ok(())
    };
    let reading = collected.read(output, errors, &mut charge);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_expressions_are_not_parsed() {
        let long = "a".repeat(MAX_PATTERN + 1);
        let error = Filter::new(Some(&long), None).unwrap_err();
        assert!(matches!(error, CommandError::GrepTooLong { .. }), "{error}");
        assert!(Filter::new(Some(&long[1..]), None).is_ok());
    }
}
