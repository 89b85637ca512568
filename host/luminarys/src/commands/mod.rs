//! The commands and their shared parts.

mod add;
mod audit;
mod call;
mod check;
mod cluster;
mod completions;
mod connect;
mod exchanged;
mod explain;
mod init;
mod inspect;
mod kept;
mod list;
mod loading;
mod made;
mod nodes;
mod preflight;
mod report;
mod serve;

use crate::cli::{Cli, Command, Serve};
use crate::config::Config;
use crate::{exit, logging, output};

/// Runs the command, and returns the exit code.
///
/// # Errors
/// Fails for wrong usage or configuration.
pub(crate) async fn run(cli: Cli) -> anyhow::Result<u8> {
    let file = cli.config;
    let command = cli.command.unwrap_or(Command::Serve(Serve::default()));
    let find = || Config::find(file.as_deref());
    match command {
        Command::Serve(arguments) => {
            let config = find()?;
            logging::start(&config.log);
            serve::run(config, arguments).await
        }
        Command::Call(arguments) => call::run(&find, arguments).await,
        Command::List {
            cluster: false,
            json,
        } => list::run(quiet(find()?), json).await,
        Command::List {
            cluster: true,
            json,
        } => nodes::skills(&quiet(find()?), json).await,
        Command::Nodes { json } => nodes::run(&quiet(find()?), json).await,
        Command::Cluster { command } => cluster::run(&find, command),
        Command::Inspect { skill, json } => inspect::run(quiet(find()?), &skill, json).await,
        Command::Check { json, accept } => check::run(quiet(find()?), json, accept).await,
        Command::Explain(arguments) => explain::run(quiet(find()?), &arguments).await,
        Command::Audit(arguments) => audit::run(quiet(find()?), &arguments).await,
        Command::Add(arguments) => add::run(find()?, file.as_deref(), &arguments).await,
        Command::Init(arguments) => init::run(file.as_deref(), &arguments),
        Command::Connect(arguments) => connect::run(&|| Ok(find()?), &arguments),
        Command::Completions { shell } => {
            completions::run(shell)?;
            Ok(exit::OK)
        }
    }
}

/// Prepares a command that prints a report: problems are in the report, so only errors are logged.
fn quiet(mut config: Config) -> Config {
    "error".clone_into(&mut config.log.level);
    logging::start(&config.log);
    for note in &config.notes {
        output::tell(note);
    }
    config
}
