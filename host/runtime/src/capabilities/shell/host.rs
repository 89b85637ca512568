//! `shell` towards the guest.

use std::fs::File;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;
use std::time::Duration;

use luminarys_accounts::Answer;
use luminarys_confine::{ConfineError, End};
use luminarys_filesystem::FsError;
use luminarys_text::cut;
use regex::bytes::RegexBuilder;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::unix::pipe;

use super::daemons::Started;
use super::output::Collector;
use super::own;
use super::run::{self, Decided, Pipes};
use super::scratch::Made;
use super::state::ShellCapability;
use crate::bindings::luminarys::skill::shell as wit;
use crate::bindings::luminarys::skill::types::Error;
use crate::capabilities::filesystem::{audited, failed};
use crate::capabilities::timeout::timeout;
use crate::environment::{SkillShared, View, too_large};

/// The largest compiled expression, in bytes.
const MAX_REGEX: usize = 1 << 20;

impl View<'_, ShellCapability> {
    async fn decide_command(
        &mut self,
        command: wit::Command,
        directory: Option<String>,
    ) -> Result<Decided, Error> {
        let (shared, audit) = (self.shared.clone(), self.audit());
        let (lane, state) = (shared.lane.clone(), self.state.clone());
        let decided = lane.run(move || run::decide(&state, &shared, &audit, command, directory));
        match decided.await {
            Ok(decided) => decided.map_err(|error| failed(self, error)),
            Err(error) => Err(Error::Io(error.to_string())),
        }
    }

    fn output_limit(&self) -> usize {
        usize::try_from(self.shared.limits.max_output_bytes).unwrap_or(usize::MAX)
    }
}

impl wit::Host for View<'_, ShellCapability> {
    async fn run(
        &mut self,
        command: wit::Command,
        options: wit::Options,
    ) -> Result<wit::Finished, Error> {
        self.may("run", "run")?;
        let grep = options.grep.filter(|text| !text.is_empty());
        let grep = grep.map(|text| RegexBuilder::new(&text).size_limit(MAX_REGEX).build());
        let grep = grep
            .transpose()
            .map_err(|error| Error::Invalid(format!("grep: {error}")))?;
        let most = Duration::from_secs(self.shared.grants.shell.limits.max_timeout_seconds);
        let patience = timeout(options.timeout_ms);
        if patience > most {
            return Err(Error::TooLarge(format!(
                "a timeout of {} s; permissions.shell.max_timeout_seconds is {}",
                patience.as_secs(),
                most.as_secs()
            )));
        }
        let decided = self.decide_command(command, options.directory).await?;
        if let Some(kill) = own::parse(&decided.words)
            && self.state.daemons.signal(&kill).await
        {
            return Ok(wit::Finished {
                output: String::new(),
                end: wit::End::Exit(0),
                truncated: false,
            });
        }
        let line = decided.line.clone();
        let tail = options
            .tail
            .filter(|lines| *lines > 0)
            .map(|lines| lines as usize);
        let _input = self.hold_bytes(options.input.len())?;
        let answer = self.answer();
        let mut collector = Collector::new(grep, tail, self.output_limit());
        let work = exchange(
            (self.state.clone(), self.shared.clone()),
            decided,
            options.input,
            (&mut collector, &answer),
            patience,
        );
        let end = work.await;
        let (output, truncated) = collector.finish();
        let end = match end? {
            Some(end) => end,
            None => {
                let waited = patience.as_millis();
                let so_far = cut(&output, 4096);
                let text =
                    format!("{line}: killed after {waited} ms; its output until then:\n{so_far}");
                return Err(Error::Timeout(text));
            }
        };
        let end = match end {
            End::Exit(code) => wit::End::Exit(code),
            End::Signal(signal) => wit::End::Signal(signal),
            End::TooManyProcesses => {
                let most = self.shared.grants.shell.limits.max_processes;
                let text = format!(
                    "{line}: killed with more than {most} processes, the skill's permissions.shell.max_processes"
                );
                return Err(Error::TooLarge(text));
            }
            End::TooMuchMemory => {
                let most = self.shared.grants.shell.limits.max_memory_mb;
                let text = format!(
                    "{line}: killed with more than {most} MiB of memory, the skill's permissions.shell.max_memory_mb"
                );
                return Err(Error::TooLarge(text));
            }
        };
        Ok(wit::Finished {
            output,
            end,
            truncated,
        })
    }

    async fn start(
        &mut self,
        command: wit::Command,
        directory: Option<String>,
        log_file: Option<String>,
    ) -> Result<wit::Daemon, Error> {
        self.may("start", "start")?;
        let most = self.shared.grants.shell.limits.max_daemons;
        let place = self.state.daemons.reserve(most).ok_or_else(|| {
            Error::TooLarge(format!(
                "{most} daemons go on, the skill's permissions.shell.max_daemons"
            ))
        })?;
        let decided = self.decide_command(command, directory).await?;
        let (shared, audit) = (self.shared.clone(), self.audit());
        let narrowing = self.call.narrowing;
        let (lane, state) = (shared.lane.clone(), self.state.clone());
        let opened = lane.run(move || match log_file {
            Some(path) if !path.is_empty() => {
                let files = audited(shared.filesystem.of(narrowing), audit);
                files.open_append(&path)
            }
            _ => {
                let made = state.scratch.made().and_then(Made::new_log);
                let made = made.map_err(|error| FsError::Io(format!("a log file: {error}")));
                made.map(|(path, file)| (path.to_string_lossy().into_owned(), file))
            }
        });
        let opened = opened.await.map_err(|error| Error::Io(error.to_string()))?;
        let (log_file, log) = opened.map_err(|error| failed(self, error))?;
        let (line, directory) = (decided.line.clone(), decided.directory.clone());
        let output = log.as_fd().try_clone_to_owned();
        let pipes = Pipes {
            output: output.map_err(|error| Error::Io(error.to_string()))?,
            input: None,
        };
        let running = run::start(self.state.clone(), self.shared.clone(), decided, pipes)
            .await
            .map_err(not_run)?;
        Ok(self.state.daemons.add(Started {
            running,
            line,
            directory,
            log_file,
            log: Arc::new(log),
            place,
        }))
    }

    async fn daemons(&mut self) -> Vec<wit::Daemon> {
        self.state.daemons.list()
    }

    async fn output(&mut self, id: String, tail: Option<u32>) -> Result<String, Error> {
        let log = self.state.daemons.log(&id).ok_or_else(|| unknown(&id))?;
        let limit = self.output_limit();
        let tail = tail.map_or(usize::MAX, |lines| lines as usize);
        let size = log.metadata().map_or(0, |log| log.len());
        let size = usize::try_from(size).unwrap_or(usize::MAX).min(limit);
        self.charge_answer(size.saturating_mul(2))?;
        let lane = &self.shared.lane;
        let read = lane.run(move || end_of(&log, tail, limit)).await;
        let read = read.map_err(|error| Error::Io(error.to_string()))?;
        read.map_err(|error| Error::Io(format!("the log of {id}: {error}")))
    }

    async fn stop(&mut self, id: String) -> Result<wit::Daemon, Error> {
        self.may("stop", &id)?;
        let stopped = self.state.clone().daemons.stop(&id).await;
        stopped.ok_or_else(|| unknown(&id))
    }
}

fn unknown(id: &str) -> Error {
    Error::NotFound(format!("this skill has no daemon {id:?}"))
}

fn not_run(error: ConfineError) -> Error {
    match error {
        ConfineError::NotFound(_) => Error::NotFound(error.to_string()),
        ConfineError::Failed(text) => Error::Io(text),
    }
}

/// Runs a command to its end, feeding it and reading it. None when it took longer than `patience`: then it has been killed,
/// and nothing is left of it.
async fn exchange(
    (state, shared): (Arc<ShellCapability>, Arc<SkillShared>),
    decided: Decided,
    input: Vec<u8>,
    (collector, answer): (&mut Collector, &Answer),
    patience: Duration,
) -> Result<Option<End>, Error> {
    let deadline = tokio::time::Instant::now() + patience;
    let io = |error: std::io::Error| Error::Io(error.to_string());
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
    let pipes = Pipes {
        output: OwnedFd::from(writer),
        input: stdin,
    };
    let mut running = run::start(state, shared, decided, pipes)
        .await
        .map_err(not_run)?;
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
            answer.reach(collector.size()).map_err(too_large)?;
        }
        Ok(())
    };
    let work = async {
        let ending = async { running.wait().await.map_err(not_run) };
        tokio::try_join!(ending, reading, feeding).map(|(end, (), ())| end)
    };
    match tokio::time::timeout_at(deadline, work).await {
        Ok(Ok(end)) => Ok(Some(end)),
        Ok(Err(error)) => {
            running.kill().await;
            Err(error)
        }
        Err(_) => {
            running.kill().await;
            Ok(None)
        }
    }
}

/// The last lines of a file, which others read at the same time.
fn end_of(log: &File, lines: usize, limit: usize) -> std::io::Result<String> {
    let end = log.metadata()?.len();
    let mut at = end.saturating_sub(limit as u64);
    let mut collector = Collector::new(None, Some(lines), limit);
    let mut buffer = vec![0; 64 << 10];
    while at < end {
        match log.read_at(&mut buffer, at) {
            Ok(0) => break,
            Ok(length) => {
                collector.take(&buffer[..length]);
                at += length as u64;
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(collector.finish().0)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_log_is_read_side_by_side() {
        let mut file = tempfile::tempfile().unwrap();
        for number in 0..50_000 {
            writeln!(file, "{number}").unwrap();
        }
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..20 {
                        let end = end_of(&file, 2, 1 << 20).unwrap();
                        assert_eq!(end, "49998\n49999\n");
                        let all = end_of(&file, usize::MAX, 1 << 20).unwrap();
                        assert_eq!(all.lines().count(), 50_000);
                    }
                });
            }
        });
        assert_eq!(end_of(&file, usize::MAX, 7).unwrap(), "\n49999\n");
    }
}
