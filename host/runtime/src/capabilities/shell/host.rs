//! The functions of `shell`.

use luminarys_commands::{
    CommandError, Commands, Filter, Log, OwnSignals, Prepared, Request, RunOptions,
};
use wasmtime::component::Resource;

use super::authority::{CallAuthority, ShellError};
use super::convert;
use super::resources::{self, Daemon, GivenRun, GivenStart, StartOptions};
use super::state::ShellCapability;
use crate::bindings::luminarys::skill::shell as wit;
use crate::bindings::luminarys::skill::types::Error;
use crate::capabilities::filesystem::audited;
use crate::capabilities::timeout::timeout;
use crate::environment::View;

/// How the host carries out an allowed command.
enum Decided {
    /// The command signals the skill's own daemons, and the host sends the signals itself.
    Signals(OwnSignals),
    /// The command runs as a process.
    Runs(Box<Prepared>),
}

impl View<'_, ShellCapability> {
    /// Returns the authority for commands of this call.
    fn authority(&mut self) -> CallAuthority {
        CallAuthority {
            grants: self.shared.grants.clone(),
            audit: self.audit(),
        }
    }

    /// Runs blocking work on the skill's commands.
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
                    errors: String::new(),
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
        options: Option<Resource<resources::RunOptions>>,
    ) -> Result<wit::Finished, Error> {
        self.may("run", "run")?;
        let options = self.options(options, GivenRun::default())?;
        let mut failed = |error: CommandError| convert::error(self, error);
        let filter = Filter::new(options.grep.as_deref(), options.tail).map_err(&mut failed)?;
        let timeout = timeout(options.timeout);
        let checked = self.state.commands.check_timeout(timeout);
        checked.map_err(|error| convert::error(self, error))?;
        let request = convert::request(command, options.directory);
        let options = RunOptions {
            timeout,
            input: options.input,
            filter,
            separate_errors: options.separate_errors,
        };
        self.run_command(request, options).await
    }

    async fn start(
        &mut self,
        command: wit::Command,
        options: Option<Resource<StartOptions>>,
    ) -> Result<Resource<Daemon>, Error> {
        self.may("start", "start")?;
        let options = self.options(options, GivenStart::default())?;
        let place = self.state.commands.reserve();
        let place = place.map_err(|error| convert::error(self, error))?;
        let request = convert::request(command, options.directory);
        let authority = self.authority();
        let files = self.shared.filesystem.of(self.call.narrowing);
        let files = audited(files, authority.audit.clone());
        let prepared = self.blocking_commands(move |commands| {
            let decided = commands.decide(request, &authority)?;
            let log = match options.log_file.filter(|path| !path.is_empty()) {
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
        let kept = self.keep(Daemon(daemon.id.clone()));
        if kept.is_err() {
            // A call that fails leaves nothing behind. The daemon may have ended by itself.
            let _ = state.commands.stop(&daemon.id).await;
        }
        kept
    }

    async fn daemons(&mut self) -> Result<Vec<Resource<Daemon>>, Error> {
        let daemons = self.state.commands.daemons().into_iter();
        let mut kept = Vec::new();
        for daemon in daemons {
            kept.push(self.keep(Daemon(daemon.id))?);
        }
        Ok(kept)
    }
}

impl View<'_, ShellCapability> {
    fn daemon_id(&mut self, daemon: &Resource<Daemon>) -> Result<String, Error> {
        Ok(self.connection(daemon)?.0.clone())
    }
}

impl wit::HostDaemon for View<'_, ShellCapability> {
    async fn find(&mut self, id: String) -> Result<Resource<Daemon>, Error> {
        let found = self.state.commands.daemon(&id);
        found.map_err(|error| convert::error(self, error))?;
        self.keep(Daemon(id))
    }

    async fn info(&mut self, daemon: Resource<Daemon>) -> Result<wit::DaemonInfo, Error> {
        let id = self.daemon_id(&daemon)?;
        let found = self.state.commands.daemon(&id);
        let daemon = found.map_err(|error| convert::error(self, error))?;
        Ok(daemon.into())
    }

    async fn output(
        &mut self,
        daemon: Resource<Daemon>,
        tail: Option<u32>,
    ) -> Result<String, Error> {
        let id = self.daemon_id(&daemon)?;
        let log = self.state.commands.log(&id);
        let log = log.map_err(|error| convert::error(self, error))?;
        self.charge_answer(log.size().saturating_mul(2))?;
        self.blocking_commands(move |_| Ok(log.read(tail)?)).await
    }

    async fn stop(&mut self, daemon: Resource<Daemon>) -> Result<wit::DaemonInfo, Error> {
        let id = self.daemon_id(&daemon)?;
        self.may("daemon.stop", &id)?;
        let state = self.state.clone();
        let stopped = state.commands.stop(&id).await;
        let daemon = stopped.map_err(|error| convert::error(self, error))?;
        Ok(daemon.into())
    }

    async fn drop(&mut self, daemon: Resource<Daemon>) -> wasmtime::Result<()> {
        drop(self.table.delete(daemon)?);
        Ok(())
    }
}
