//! `lmsk`, the skill author's tool: keys, building, signing, inspecting packages.
//!
//! - `cli`: the command line; one file per command
//! - `literals`, `world`: convert a WIT world to a descriptor; `exports`: compares it with a component; `wit`: gathers
//!   WIT for componentizers
//! - `embedded`: the embedded WIT packages and templates
//! - `ring`: trusted keys; `remote`: registries
//! - `files`: bounded reads and atomic writes; `report`: a command's output

mod adapt;
mod build;
#[allow(
    rustdoc::broken_intra_doc_links,
    rustdoc::invalid_html_tags,
    reason = "the comments are what `--help` prints"
)]
mod cli;
mod dev;
mod embedded;
mod exports;
mod files;
mod generate;
mod genkey;
mod info;
mod keys;
mod literals;
mod new;
mod older;
mod publish;
mod pull;
mod remote;
mod report;
mod ring;
mod sign;
mod test;
mod verify;
mod wit;
mod world;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use crate::report::Report;

fn main() -> ExitCode {
    // Commands of a skill under test run below a supervisor, which is this program.
    let first = std::env::args_os().nth(1);
    if first.is_some_and(|first| first == luminarys_commands::ARGUMENT) {
        return luminarys_commands::supervise();
    }
    let cli = cli::Cli::parse_from(older::words(std::env::args_os()));
    let result = match &cli.command {
        cli::Command::Genkey(arguments) => genkey::run(arguments),
        cli::Command::New(arguments) => new::run(arguments),
        cli::Command::Test(arguments) => test::run(arguments),
        cli::Command::Dev(arguments) => dev::run(arguments),
        cli::Command::Generate(arguments) => generate::run(arguments),
        cli::Command::Annotations => Ok(Report::text(luminarys_annotations::reference::markdown())),
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
