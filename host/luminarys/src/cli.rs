//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Runs sandboxed WebAssembly skills as tools for AI agents.
///
/// Without a command it serves MCP over HTTP. The configuration is --config, $LUMINARYS_CONFIG, ./luminarys.yaml,
/// ./host.yaml or ~/.config/luminarys/config.yaml, the first there is; without any, the manifests in ./skills.
#[derive(Parser)]
#[command(
    name = "luminarys",
    version,
    after_help = "Exit codes:\n  0  done\n  1  the skill returned an error, or crashed\n  2  wrong usage or configuration\n  \
                  3  the manifest denied it\n  4  a limit was exceeded"
)]
pub(crate) struct Cli {
    /// The configuration file.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Serve the skills to MCP clients.
    Serve(Serve),
    /// Call one method and print its result.
    #[command(
        after_help = "Examples:\n  luminarys call files read path=/data/notes.txt\n  \
                            luminarys call files write path=/data/a.txt content=@draft.txt\n  \
                            luminarys call files search --json '{\"pattern\": \"TODO\"}'"
    )]
    Call(Call),
    /// List the configured skills and their methods.
    List {
        /// Print it as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show one skill: methods, schemas, requirements, signer.
    Inspect {
        /// The skill's id.
        skill: String,
        /// Print it as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Check every manifest and package, requirement by requirement. Exit code 2 when a skill would not load.
    Check {
        /// Print it as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Print completions for a shell, to be sourced by it.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

#[derive(Args, Default)]
pub(crate) struct Serve {
    /// Speak MCP on standard input and output, for clients that start their servers.
    #[arg(long)]
    pub stdio: bool,
    /// Listen here instead of where the configuration says.
    #[arg(long, value_name = "HOST:PORT", conflicts_with = "stdio")]
    pub addr: Option<String>,
}

#[derive(Args)]
pub(crate) struct Call {
    /// The skill's id.
    pub skill: String,
    /// The method.
    pub method: String,
    /// Arguments: key=value, key=@file for a file's text, key:=json for any JSON.
    #[arg(value_name = "KEY=VALUE")]
    pub arguments: Vec<String>,
    /// All arguments as a JSON object; `-` reads it from standard input.
    #[arg(long, value_name = "JSON", conflicts_with = "arguments")]
    pub json: Option<String>,
    /// How the result is printed.
    #[arg(long, value_enum, default_value_t = Output::Text)]
    pub output: Output,
}

/// How a result is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// A text as it is, anything else as indented JSON.
    Text,
    /// `{"result": …}` or `{"error": {…}}` on one line.
    Json,
}
