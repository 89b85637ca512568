//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

const PUBLISH_HELP: &str = "Example:
  lmsk publish ai.example.fs.skill oci://ghcr.io/example/fs";

const PULL_HELP: &str = "Examples:
  lmsk pull oci://ghcr.io/example/fs:1.0.0
  lmsk pull oci://ghcr.io/example/fs@sha256:… --key team.pub --out fs.skill";

/// Makes signed Luminarys skills.
///
/// Exit codes: 0 done, 1 a package is not to be trusted (verify, pull), 2 anything else.
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
    /// Put a signed package into an OCI registry, and print its reference with the digest that pins it.
    #[command(after_help = PUBLISH_HELP)]
    Publish(Publish),
    /// Fetch a package from an OCI registry, and keep it if its signer is trusted.
    #[command(after_help = PULL_HELP)]
    Pull(Pull),
    /// The key ring: whose packages `verify` and `pull` trust.
    #[command(subcommand)]
    Keys(Keys),
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
    /// Public keys to trust: files, or their text. Default: the key ring, `lmsk keys`.
    #[arg(long)]
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

#[derive(Args)]
pub(crate) struct Publish {
    /// The package, signed.
    pub file: PathBuf,
    /// Where to: oci://HOST/REPOSITORY[:TAG]. Default for the tag: the skill's version.
    #[arg(value_name = "REFERENCE")]
    pub reference: String,
    #[command(flatten)]
    pub access: Access,
    /// Print what was published as JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub(crate) struct Pull {
    /// Where from: oci://HOST/REPOSITORY[:TAG][@sha256:…]. Default for the tag: latest.
    #[arg(value_name = "REFERENCE")]
    pub reference: String,
    /// Where to put the package. Default: <id>.skill in this directory.
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// Public keys to trust: files, or their text. Default: the key ring, `lmsk keys`.
    #[arg(long)]
    pub key: Vec<String>,
    #[command(flatten)]
    pub access: Access,
    /// Print what was pulled as JSON.
    #[arg(long)]
    pub json: bool,
}

/// How a registry is reached.
#[derive(Args)]
pub(crate) struct Access {
    /// The user, whose password is in the variable LMSK_PASSWORD. Default: what ~/.docker/config.json says in `auths`.
    #[arg(long)]
    pub username: Option<String>,
    /// Do without TLS, for a registry on this machine.
    #[arg(long)]
    pub plain_http: bool,
    /// Do without TLS anywhere: whoever is between reads the password.
    #[arg(long, requires = "plain_http")]
    pub insecure: bool,
    /// An HTTP or SOCKS proxy for all but this machine.
    #[arg(long, env = "HTTPS_PROXY", value_name = "URL")]
    pub proxy: Option<String>,
}

#[derive(Subcommand)]
pub(crate) enum Keys {
    /// List the trusted keys: name, id, and whether it is your own.
    List {
        /// Print them as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Trust packages signed by a key.
    Trust {
        /// The public key: its file, or its text.
        #[arg(value_name = "FILE|TEXT")]
        key: String,
        /// What to call it. Default: the file's name without `.pub`; for a text, the key's id.
        #[arg(long)]
        name: Option<String>,
    },
    /// Trust a key no longer. What it signed and was pulled before stays where it is.
    Revoke {
        /// The key's name or id.
        #[arg(value_name = "NAME|ID")]
        which: String,
    },
}
