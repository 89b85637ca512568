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
/// Exit codes: 0 success, 1 a package is not trusted (verify, pull) or a test has failed, 2 any other error.
#[derive(Parser)]
#[command(
    name = "lmsk",
    version,
    after_help = "A typical session:\n  lmsk genkey                          # once\n  lmsk new my-skill --lang go\n  cd my-skill\n  lmsk test\n  lmsk build --sign\n  lmsk info ai.example.my-skill.skill"
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Create a new skill: a folder that builds, with a test and a manifest.
    New(New),
    /// Create a signing key: a private file with mode 0600, and a public `.pub` file beside it for those who trust you.
    Genkey(Genkey),
    /// Generate the code between annotated functions and the host.
    ///
    /// Looks for `skill.rs`, `skill.ts` or Go files with `@skill:` lines in the folder, in its `src` or in its
    /// `assembly`, and writes `lib.rs` (and for components `wit/skill.wit`), `lib.ts` or `main.go` beside them. A file
    /// that was not generated is never replaced. `lmsk annotations` explains the lines.
    #[command(visible_alias = "gen")]
    Generate(Generate),
    /// Print the reference of `@skill:` lines as Markdown.
    Annotations,
    /// Build a skill with its language's own tools to a component with its descriptor.
    ///
    /// The language is detected from the folder: Cargo.toml, go.mod, asconfig.json (AssemblyScript), package.json
    /// (JavaScript), app.py (Python). For annotated sources, code is generated first, as `lmsk generate` does;
    /// otherwise the comments of the WIT world in `wit/` describe the skill.
    Build(Build),
    /// Build a skill and run its tests, the calls in skill.test.yaml.
    ///
    /// Each test has its own host and an empty folder, `{dir}`; the skill may do what the file's `permissions` grant,
    /// as in a manifest. The exit code is 1 if a test fails.
    Test(Test),
    /// Build, sign and test again whenever a source changes; a running host reloads the package.
    Dev(Dev),
    /// Convert a skill of the older ABI, a core module, to a component; `sign` does so by itself.
    Adapt(Adapt),
    /// Sign a built component, or a skill of the older ABI.
    Sign(Sign),
    /// Check that a package was signed by one of these keys.
    Verify(Verify),
    /// Show what a package is, without running it.
    Info(Info),
    /// Upload a signed package to an OCI registry, and print its reference with the digest that pins it.
    #[command(after_help = PUBLISH_HELP)]
    Publish(Publish),
    /// Download a package from an OCI registry, and keep it if its signer is trusted.
    #[command(after_help = PULL_HELP)]
    Pull(Pull),
    /// Manage the key ring: the signers that `verify` and `pull` trust.
    #[command(subcommand)]
    Keys(Keys),
    /// Print completions for a shell.
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
    /// Replace an existing key. Packages signed with the old key keep that signature.
    #[arg(long)]
    pub force: bool,
}

#[derive(Args)]
pub(crate) struct Adapt {
    /// The core module, as built by its compiler.
    pub file: PathBuf,
    /// The output file. Default: <id>.wasm in this directory.
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// Print the result as JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub(crate) struct Sign {
    /// A component built by `lmsk build`, or a core module of the older ABI.
    pub file: PathBuf,
    /// The private key. Default: ~/.lmsk/key
    #[arg(long)]
    pub key: Option<PathBuf>,
    /// The output file. Default: <id>.skill in this directory.
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// Print the result as JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub(crate) struct Verify {
    /// The package.
    pub file: PathBuf,
    /// Public keys to trust, as files or text. Default: the key ring, `lmsk keys`.
    #[arg(long)]
    pub key: Vec<String>,
    /// Print the result as JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub(crate) struct Info {
    /// A package, a component, or a core module.
    pub file: PathBuf,
    /// Show what this manifest grants and denies it.
    #[arg(long)]
    pub manifest: Option<PathBuf>,
    /// Print it as JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub(crate) struct Publish {
    /// The signed package.
    pub file: PathBuf,
    /// The destination: oci://HOST/REPOSITORY[:TAG]. Default tag: the skill's version.
    #[arg(value_name = "REFERENCE")]
    pub reference: String,
    #[command(flatten)]
    pub access: Access,
    /// Print the published package as JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub(crate) struct Pull {
    /// The source: oci://HOST/REPOSITORY[:TAG][@sha256:…]. Default tag: latest.
    #[arg(value_name = "REFERENCE")]
    pub reference: String,
    /// The output file. Default: <id>.skill in this directory.
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// Public keys to trust, as files or text. Default: the key ring, `lmsk keys`.
    #[arg(long)]
    pub key: Vec<String>,
    #[command(flatten)]
    pub access: Access,
    /// Print the pulled package as JSON.
    #[arg(long)]
    pub json: bool,
}

/// Options for connecting to a registry.
#[derive(Args)]
pub(crate) struct Access {
    /// The user, whose password is in the variable LMSK_PASSWORD. Default: `auths` in ~/.docker/config.json.
    #[arg(long)]
    pub username: Option<String>,
    /// Connect without TLS to a registry on this machine.
    #[arg(long)]
    pub plain_http: bool,
    /// Connect without TLS to any registry: others on the network can read the password.
    #[arg(long, requires = "plain_http")]
    pub insecure: bool,
    /// An HTTP or SOCKS proxy for all hosts except this machine.
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
        /// The public key, as a file or text.
        #[arg(value_name = "FILE|TEXT")]
        key: String,
        /// Its name in the key ring. Default: the file's name without `.pub`; for text, the key's id.
        #[arg(long)]
        name: Option<String>,
    },
    /// Stop trusting a key. Packages pulled before stay where they are.
    Revoke {
        /// The key's name or id.
        #[arg(value_name = "NAME|ID")]
        which: String,
    },
}
