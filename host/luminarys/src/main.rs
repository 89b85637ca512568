//! `luminarys`, the host: configuration, the command line, and wiring. Everything else is in the crates it wires.
//!
//! - `cli`: the command line; `commands`: one file per command; `arguments`: `k=v` to JSON
//! - `config`: the configuration file; `listen`: the HTTP address; `exit`: exit codes
//! - `output`: printing; `logging`: log messages

mod arguments;
#[allow(
    rustdoc::broken_intra_doc_links,
    rustdoc::invalid_html_tags,
    reason = "the comments are what `--help` prints"
)]
mod cli;
mod commands;
mod config;
mod exit;
mod listen;
mod logging;
mod output;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    if std::env::args_os()
        .nth(1)
        .is_some_and(|first| first == luminarys_commands::ARGUMENT)
    {
        return luminarys_commands::supervise();
    }
    let cli = cli::Cli::parse();
    let code = tokio::runtime::Builder::new_multi_thread()
        .max_blocking_threads(luminarys_orchestrator::BLOCKING_THREADS)
        .enable_all()
        .build()
        .map_err(anyhow::Error::from)
        .and_then(|runtime| {
            let code = runtime.block_on(commands::run(cli));
            // Does not wait for blocking work, such as reading an input that is never closed.
            runtime.shutdown_background();
            code
        });
    code.unwrap_or_else(|error| {
        output::tell(format_args!("{error:#}"));
        exit::USAGE
    })
    .into()
}
