//! The command line.

mod project;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub(crate) use project::{Abi, Build, Dev, Generate, New, NewLang, Source, Template, Test};

const PUBLISH_HELP: &str = "Example:
  lmsk publish ai.example.fs.skill oci://ghcr.io/example/fs";

const PULL_HELP: &str = "Examples:
  lmsk pull oci://ghcr.io/example/fs:1.0.0
  lmsk pull oci://ghcr.io/example/fs@sha256:… --key team.pub --out fs.skill";

/// Makes signed Luminarys skills.
///
/// Exit codes: 0 done, 1 a package is not to be trusted (verify, pull) or a test has failed, 2 anything else.
#[derive(Parser)]
#[command(
    name = "lmsk",
    version,
    after_help = "The usual way:\n  lmsk genkey                          # once\n  lmsk new my-skill --lang go\n  cd my-skill\n  lmsk test\n  lmsk build --sign\n  lmsk info ai.example.my-skill.skill"
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make a new skill: a folder that builds, with a test and a manifest.
    New(New),
    /// Make a signing key: a private file of mode 0600 and a `.pub` beside it for those who trust you.
    Genkey(Genkey),
    /// Make the code between annotated functions and the host.
    ///
    /// Looks for `skill.rs`, `skill.ts` or Go files with `@skill:` lines in the folder, in its `src` or in its `assembly`,
    /// and writes `lib.rs` (and for components `wit/skill.wit`), `lib.ts` or `main.go` beside them. A file that was not
    /// generated is never replaced. `lmsk annotations` explains the lines.
    #[command(visible_alias = "gen")]
    Generate(Generate),
    /// Print what `@skill:` lines there are, as Markdown.
    Annotations,
    /// Build a skill with its language's own tools and make it a component with its descriptor.
    ///
    /// The folder tells the language: Cargo.toml, go.mod, asconfig.json (AssemblyScript), package.json (JavaScript),
    /// app.py (Python). Annotated sources are generated from first, as `lmsk generate` does; otherwise the comments of the
    /// WIT world in `wit/` say what the skill is.
    Build(Build),
    /// Build a skill and run its tests, the calls in skill.test.yaml.
    ///
    /// Each test has a host of its own and an empty folder, `{dir}`; the skill may do what the file's `permissions` say, as
    /// in a manifest. Exit code 1 when a test fails.
    Test(Test),
    /// Build, sign and test again whenever a source changes; a running host reloads the package.
    Dev(Dev),
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
    /// A package, a component, or a core module.
    pub file: PathBuf,
    /// Show what this manifest would grant and deny it.
    #[arg(long)]
    pub manifest: Option<PathBuf>,
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
