//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Makes signed Luminarys skills.
///
/// Exit codes: 0 done, 1 a package is not to be trusted (verify), 2 anything else.
#[derive(Parser)]
#[command(
    name = "lmsk",
    version,
    after_help = "The usual way:\n  lmsk genkey\n  lmsk build . --out skill.wasm\n  lmsk sign skill.wasm\n  lmsk info ai.example.my-skill.skill"
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make a signing key: a private file of mode 0600 and a `.pub` beside it for those who trust you.
    Genkey(Genkey),
    /// Build a Rust skill and put its descriptor in, from the WIT world's documentation.
    Build(Build),
    /// Make a component of a skill of the older ABI, a core module; `sign` does so by itself.
    Adapt(Adapt),
    /// Sign a built component, or a skill of the older ABI.
    Sign(Sign),
    /// Check that a package was signed by one of these keys.
    Verify(Verify),
    /// Show what a package is, without running it.
    Info(Info),
    /// Print completions for a shell, to be sourced by it.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

#[derive(Args)]
pub(crate) struct Genkey {
    /// The private key's file; the public one has `.pub` added. Default: ~/.lmsk/key
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// Replace a key that is there. Packages signed by it stay signed by it.
    #[arg(long)]
    pub force: bool,
}

#[derive(Args)]
pub(crate) struct Build {
    /// The crate's directory.
    #[arg(default_value = ".")]
    pub dir: PathBuf,
    /// Where to put the component. Default: <id>.wasm in this directory.
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// What to build for.
    #[arg(long, env = "GUEST_TARGET", default_value = "wasm32-wasip2")]
    pub target: String,
    /// The cargo to build with.
    #[arg(long, env = "LMSK_CARGO", default_value = "cargo")]
    pub cargo: PathBuf,
    /// Further words for cargo, separated by blanks.
    #[arg(
        long,
        env = "LMSK_CARGO_FLAGS",
        default_value = "",
        allow_hyphen_values = true
    )]
    pub cargo_flags: String,
    /// Print what was made as JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub(crate) struct Adapt {
    /// The core module, as its compiler made it.
    pub file: PathBuf,
    /// Where to put the component. Default: <id>.wasm in this directory.
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// Print what was made as JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub(crate) struct Sign {
    /// A component made by `lmsk build`, or a core module of the older ABI.
    pub file: PathBuf,
    /// The private key. Default: ~/.lmsk/key
    #[arg(long)]
    pub key: Option<PathBuf>,
    /// Where to put the package. Default: <id>.skill in this directory.
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// Print what was made as JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub(crate) struct Verify {
    /// The package.
    pub file: PathBuf,
    /// Public keys to trust: files, or their text.
    #[arg(long, required = true)]
    pub key: Vec<String>,
    /// Print the outcome as JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub(crate) struct Info {
    /// The package, or a component made by `lmsk build` or `lmsk adapt`.
    pub file: PathBuf,
    /// Print it as JSON.
    #[arg(long)]
    pub json: bool,
}
