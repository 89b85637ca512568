//! The commands.

mod call;
mod serve;
mod show;

use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::ProgressBar;
use luminarys_orchestrator::{Orchestrator, Settings};

use crate::cli::{Cli, Command, Serve};
use crate::config::Config;
use crate::logging;

/// Runs the command; the exit code.
pub(crate) async fn run(cli: Cli) -> anyhow::Result<u8> {
    let mut config = Config::find(cli.config.as_deref())?;
    let command = cli.command.unwrap_or(Command::Serve(Serve::default()));
    if !matches!(command, Command::Serve(_)) && std::env::var_os("RUST_LOG").is_none() {
        // A command prints what it was asked for; what went wrong is in its report.
        "off".clone_into(&mut config.log.level);
    }
    logging::start(&config.log);
    match command {
        Command::Serve(arguments) => serve::run(config, arguments).await,
        Command::Call(arguments) => call::run(config, arguments).await,
        Command::List { json } => show::list(config, json).await,
        Command::Inspect { skill, json } => show::inspect(config, &skill, json).await,
        Command::Check { json } => show::check(config, json).await,
        // Needs no configuration, so `main` has done it.
        Command::Completions { .. } => Ok(crate::exit::OK),
    }
}

/// Loads the skills, telling a person who waits.
async fn load(settings: Settings) -> anyhow::Result<Orchestrator> {
    let progress = if std::io::stderr().is_terminal() {
        ProgressBar::new_spinner()
    } else {
        ProgressBar::hidden()
    };
    progress.enable_steady_tick(Duration::from_millis(100));
    let shown = progress.clone();
    let orchestrator = Orchestrator::start(settings, move |manifest| {
        shown.set_message(format!("loading {manifest}"))
    })
    .await?;
    progress.finish_and_clear();
    Ok(orchestrator)
}
