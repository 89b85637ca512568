//! `luminarys completions`

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::cli::Cli;
use crate::output;

pub(super) fn run(shell: Shell) -> anyhow::Result<()> {
    // Not directly to standard output: a closed pipe would panic.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "luminarys", &mut script);
    output::print(&String::from_utf8_lossy(&script))
}
