//! `luminarys`, the host: configuration, the command line, and wiring. Everything else is in the crates it wires.
//!
//! - `cli`: the command line; `commands`: a file a command; `arguments`: `k=v` into JSON
//! - `config`: the configuration file; `exit`: what exit codes mean; `logging`: where messages go

mod arguments;
mod cli;
mod commands;
mod config;
mod exit;
mod logging;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    if let Some(cli::Command::Completions { shell }) = &cli.command {
        clap_complete::generate(
            *shell,
            &mut cli::Cli::command(),
            "luminarys",
            &mut std::io::stdout(),
        );
        return ExitCode::SUCCESS;
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("luminarys: the asynchronous runtime could not be started: {error}");
            return exit::USAGE.into();
        }
    };
    let code = match runtime.block_on(commands::run(cli)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("luminarys: {error:#}");
            exit::USAGE
        }
    };
    // Not waiting for blocking work of calls that were given up.
    runtime.shutdown_background();
    code.into()
}
