//! Commands on a skill's project: making, generating, building, testing.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use luminarys_annotations::Language;

#[derive(Args)]
pub(crate) struct New {
    /// The folder to create; its name is the skill's: a-z, digits and hyphens.
    pub name: PathBuf,
    /// The language.
    #[arg(long, value_enum)]
    pub lang: NewLang,
    /// The template. Python and JavaScript have neither `git` nor `file-transfer`; Rust has the latter with `--wit`.
    #[arg(long, value_enum, default_value = "empty")]
    pub template: Template,
    /// The skill's id: three or more segments, separated by dots. Default: ai.example.<name>
    #[arg(long)]
    pub id: Option<String>,
    /// Rust: a WIT world written by hand instead of annotated functions.
    #[arg(long)]
    pub wit: bool,
    /// Print the result as JSON.
    #[arg(long)]
    pub json: bool,
}

/// The language of a new skill.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum NewLang {
    /// Rust.
    Rust,
    /// Go.
    Go,
    /// AssemblyScript.
    As,
    /// Python.
    Python,
    /// JavaScript.
    Js,
}

impl NewLang {
    /// Returns the name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Rust => "Rust",
            Self::Go => "Go",
            Self::As => "AssemblyScript",
            Self::Python => "Python",
            Self::Js => "JavaScript",
        }
    }
}

/// A template of a new skill.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Template {
    /// Repeats, answers and reverses text.
    Echo,
    /// Reads, writes and searches files.
    Fs,
    /// Fetches over HTTP.
    Web,
    /// Works with git repositories.
    Git,
    /// Copies files between the nodes of a cluster.
    FileTransfer,
    /// One method.
    Empty,
}

impl Template {
    /// Returns the name of its folder.
    pub fn name(self) -> &'static str {
        match self {
            Self::Echo => "echo",
            Self::Fs => "fs",
            Self::Web => "web",
            Self::Git => "git",
            Self::FileTransfer => "file-transfer",
            Self::Empty => "empty",
        }
    }
}

#[derive(Args)]
pub(crate) struct Generate {
    /// The skill's folder, or its source file.
    #[arg(default_value = ".")]
    pub path: PathBuf,
    /// The language. Default: detected from the files.
    #[arg(long, value_enum)]
    pub lang: Option<Lang>,
    /// The ABI to generate for. Default: `core`; in Rust `component`, unless Cargo.toml depends on luminarys-sdk 0.x.
    #[arg(long, value_enum)]
    pub abi: Option<Abi>,
    /// The output folder. Default: the source's.
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// Write nothing; fail if a generated file is out of date.
    #[arg(long)]
    pub check: bool,
    /// Print the result as JSON.
    #[arg(long)]
    pub json: bool,
}

/// The language of a skill.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lang {
    /// Rust.
    Rust,
    /// Go.
    Go,
    /// AssemblyScript.
    As,
}

impl From<Lang> for Language {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::Rust => Self::Rust,
            Lang::Go => Self::Go,
            Lang::As => Self::AssemblyScript,
        }
    }
}

/// The ABI between host and skill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Abi {
    /// A component with one function per method.
    Component,
    /// A core module of the older ABI, on its public SDK; converted to a component when it is built or signed.
    Core,
}

impl Abi {
    /// Returns its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Component => "component",
            Self::Core => "core",
        }
    }
}

/// The project and its build options.
#[derive(Args, Clone)]
pub(crate) struct Source {
    /// The skill's folder.
    #[arg(default_value = ".")]
    pub dir: PathBuf,
    /// Rust: the target. Default: wasm32-wasip2; wasm32-wasip1 for the older ABI.
    #[arg(long, env = "GUEST_TARGET")]
    pub target: Option<String>,
    /// Rust: the path of cargo.
    #[arg(long, env = "LMSK_CARGO", default_value = "cargo")]
    pub cargo: PathBuf,
    /// Rust: more arguments for cargo, separated by spaces.
    #[arg(
        long,
        env = "LMSK_CARGO_FLAGS",
        default_value = "",
        allow_hyphen_values = true
    )]
    pub cargo_flags: String,
    /// Rust with a WIT world: run the world's `initialize: func()` once when building, so that each instance starts with
    /// the memory that it leaves. Default: `snapshot` in [package.metadata.luminarys] of Cargo.toml.
    ///
    /// It runs with WASI 0.2 and nothing granted, fixed clocks and fixed random numbers: seed and open things at the first
    /// call instead. With `snapshot`, `initialize` is not a method that others can call.
    #[arg(long, overrides_with = "no_snapshot")]
    pub snapshot: bool,
    /// Build without a snapshot, whatever Cargo.toml says.
    #[arg(long, overrides_with = "snapshot")]
    pub no_snapshot: bool,
}

#[derive(Args)]
pub(crate) struct Build {
    #[command(flatten)]
    pub source: Source,
    /// The output file. Default: <id>.wasm, or <id>.skill with --sign, in this directory.
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// Sign the result: write the package instead of the component.
    #[arg(long)]
    pub sign: bool,
    /// The private key to sign with. Default: ~/.lmsk/key
    #[arg(long, requires = "sign")]
    pub key: Option<PathBuf>,
    /// Print the result as JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub(crate) struct Test {
    #[command(flatten)]
    pub build: Source,
    /// The file of tests. Default: skill.test.yaml in the skill's folder.
    #[arg(long)]
    pub cases: Option<PathBuf>,
    /// Test this package or component instead of building one.
    #[arg(long)]
    pub package: Option<PathBuf>,
    /// Run only tests whose name contains this text.
    #[arg(long)]
    pub filter: Option<String>,
    /// Show the logs of the host and the skill.
    #[arg(long)]
    pub log: bool,
    /// Print the result as JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub(crate) struct Dev {
    #[command(flatten)]
    pub build: Source,
    /// The package file that the host's manifest names. Default: <id>.skill in the skill's folder.
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// The private key to sign with. Default: ~/.lmsk/key
    #[arg(long)]
    pub key: Option<PathBuf>,
    /// Stop after the first build.
    #[arg(long, hide = true)]
    pub once: bool,
}
