//! `lmsk`, the skill author's tool: keys, building, signing, looking into packages.
//!
//! - `cli`: the command line; a file a command
//! - `annotations`, `literals`, `world`: a WIT world becomes a descriptor; `cargo`, `exports`: the crate becomes a
//!   component that keeps it
//! - `ring`: whose packages are trusted; `remote`: registries
//! - `files`: reading with a bound, writing at once or not at all; `report`: what a command prints

mod adapt;
mod annotations;
mod build;
mod cargo;
mod cli;
mod exports;
mod files;
mod genkey;
mod info;
mod keys;
mod literals;
mod publish;
mod pull;
mod remote;
mod report;
mod ring;
mod sign;
mod verify;
mod world;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use crate::report::Report;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let result = match &cli.command {
        cli::Command::Genkey(arguments) => genkey::run(arguments),
        cli::Command::Build(arguments) => build::run(arguments),
        cli::Command::Adapt(arguments) => adapt::run(arguments),
        cli::Command::Sign(arguments) => sign::run(arguments),
        cli::Command::Verify(arguments) => verify::run(arguments),
        cli::Command::Info(arguments) => info::run(arguments),
        cli::Command::Publish(arguments) => publish::run(arguments),
        cli::Command::Pull(arguments) => pull::run(arguments),
        cli::Command::Keys(command) => keys::run(command),
        cli::Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut cli::Cli::command(), "lmsk", &mut script);
            Ok(Report::text(String::from_utf8_lossy(&script)))
        }
    };
    report::print(result)
}
