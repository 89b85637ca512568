//! `shell` towards the guest.

use luminarys_commands::{
    CommandError, Commands, Filter, Log, OwnSignals, Prepared, Request, RunOptions,
};

use super::authority::{CallAuthority, ShellError};
use super::convert;
use super::state::ShellCapability;
use crate::bindings::luminarys::skill::shell as wit;
use crate::bindings::luminarys::skill::types::Error;
use crate::capabilities::filesystem::audited;
use crate::capabilities::timeout::timeout;
use crate::environment::View;

/// What a command that is allowed does.
enum Decided {
    /// It signals daemons of the skill, which the host does in its place.
    Signals(OwnSignals),
    /// It runs.
    Runs(Box<Prepared>),
}

impl View<'_, ShellCapability> {
    /// Returns what decides on commands of this call.
    fn authority(&mut self) -> CallAuthority {
        CallAuthority {
            grants: self.shared.grants.clone(),
            audit: self.audit(),
        }
    }

    /// Does what blocks with the skill's commands.
    async fn blocking_commands<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&Commands) -> Result<T, ShellError> + Send + 'static,
    ) -> Result<T, Error> {
        let (lane, state) = (self.shared.lane.clone(), self.state.clone());
        let done = lane.run(move || work(&state.commands)).await;
        let done = done.map_err(ShellError::Blocking).and_then(|done| done);
        done.map_err(|error| convert::error(self, error))
    }

    async fn run_command(
        &mut self,
        request: Request,
        options: RunOptions,
    ) -> Result<wit::Finished, Error> {
        let authority = self.authority();
        let decided = self.blocking_commands(move |commands| {
            let decided = commands.decide(request, &authority)?;
            if let Some(signals) = commands.own_signals(&decided) {
                return Ok(Decided::Signals(signals));
            }
            Ok(Decided::Runs(Box::new(commands.prepare(decided)?)))
        });
        let prepared = match decided.await? {
            Decided::Runs(prepared) => prepared,
            Decided::Signals(signals) => {
                signals.send().await;
                return Ok(wit::Finished {
                    output: String::new(),
                    end: wit::End::Exit(0),
                    truncated: false,
                });
            }
        };
        let _input = self.hold_bytes(options.input.len())?;
        let answer = self.answer();
        let charge = |bytes| answer.reach(bytes).map_err(ShellError::Exhausted);
        let state = self.state.clone();
        let finished = state.commands.run(*prepared, options, charge).await;
        let finished = finished.map_err(|error| convert::error(self, error))?;
        Ok(finished.into())
    }
}

impl wit::Host for View<'_, ShellCapability> {
    async fn run(
        &mut self,
        command: wit::Command,
        options: wit::Options,
    ) -> Result<wit::Finished, Error> {
        self.may("run", "run")?;
        let mut failed = |error: CommandError| convert::error(self, error);
        let filter = Filter::new(options.grep.as_deref(), options.tail).map_err(&mut failed)?;
        let timeout = timeout(options.timeout_ms);
        let checked = self.state.commands.check_timeout(timeout);
        checked.map_err(|error| convert::error(self, error))?;
        let request = convert::request(command, options.directory);
        let input = options.input;
        let options = RunOptions {
            timeout,
            input,
            filter,
        };
        self.run_command(request, options).await
    }

    async fn start(
        &mut self,
        command: wit::Command,
        directory: Option<String>,
        log_file: Option<String>,
    ) -> Result<wit::Daemon, Error> {
        self.may("start", "start")?;
        let place = self.state.commands.reserve();
        let place = place.map_err(|error| convert::error(self, error))?;
        let request = convert::request(command, directory);
        let authority = self.authority();
        let files = self.shared.filesystem.of(self.call.narrowing);
        let files = audited(files, authority.audit.clone());
        let prepared = self.blocking_commands(move |commands| {
            let decided = commands.decide(request, &authority)?;
            let log = match log_file.filter(|path| !path.is_empty()) {
                Some(path) => {
                    let (path, file) = files.open_append(&path)?;
                    Log { path, file }
                }
                None => commands.new_log()?,
            };
            Ok((commands.prepare(decided)?, log))
        });
        let (prepared, log) = prepared.await?;
        let state = self.state.clone();
        let started = state.commands.start(prepared, place, log).await;
        let daemon = started.map_err(|error| convert::error(self, error))?;
        Ok(daemon.into())
    }

    async fn daemons(&mut self) -> Vec<wit::Daemon> {
        let daemons = self.state.commands.daemons();
        daemons.into_iter().map(wit::Daemon::from).collect()
    }

    async fn output(&mut self, id: String, tail: Option<u32>) -> Result<String, Error> {
        let log = self.state.commands.log(&id);
        let log = log.map_err(|error| convert::error(self, error))?;
        self.charge_answer(log.size().saturating_mul(2))?;
        self.blocking_commands(move |_| Ok(log.read(tail)?)).await
    }

    async fn stop(&mut self, id: String) -> Result<wit::Daemon, Error> {
        self.may("stop", &id)?;
        let state = self.state.clone();
        let stopped = state.commands.stop(&id).await;
        let daemon = stopped.map_err(|error| convert::error(self, error))?;
        Ok(daemon.into())
    }
}
