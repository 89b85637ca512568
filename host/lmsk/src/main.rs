//! `lmsk`, the skill author's tool: keys, building, signing, looking into packages.
//!
//! - `cli`: the command line; a file a command; `annotations` and `world`: a WIT world becomes a descriptor
//! - `files`: reading with a bound, writing at once or not at all

mod annotations;
mod build;
mod cli;
mod files;
mod genkey;
mod info;
mod sign;
mod verify;
mod world;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let result = match &cli.command {
        cli::Command::Genkey(arguments) => genkey::run(arguments),
        cli::Command::Build(arguments) => build::run(arguments),
        cli::Command::Sign(arguments) => sign::run(arguments),
        cli::Command::Verify(arguments) => return verify::run(arguments),
        cli::Command::Info(arguments) => info::run(arguments),
        cli::Command::Completions { shell } => {
            clap_complete::generate(
                *shell,
                &mut cli::Cli::command(),
                "lmsk",
                &mut std::io::stdout(),
            );
            Ok(())
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("lmsk: {error:#}");
            ExitCode::from(2)
        }
    }
}
