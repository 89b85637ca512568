//! Commands on a skill's project: making, generating, building, testing.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use luminarys_annotations::Language;

#[derive(Args)]
pub(crate) struct New {
    /// The folder to make; its name is the skill's: a-z, digits and hyphens.
    pub name: PathBuf,
    /// What to write it in.
    #[arg(long, value_enum)]
    pub lang: NewLang,
    /// What it begins as. Python and JavaScript have no `git`.
    #[arg(long, value_enum, default_value = "empty")]
    pub template: Template,
    /// The skill's id: three or more segments, separated by dots. Default: ai.example.<name>
    #[arg(long)]
    pub id: Option<String>,
    /// Rust: a WIT world written by hand instead of annotated functions.
    #[arg(long)]
    pub wit: bool,
    /// Print what was made as JSON.
    #[arg(long)]
    pub json: bool,
}

/// What a new skill is written in.
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
    /// For people.
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

/// What a new skill begins as.
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
    /// One method.
    Empty,
}

impl Template {
    /// As its folder is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Echo => "echo",
            Self::Fs => "fs",
            Self::Web => "web",
            Self::Git => "git",
            Self::Empty => "empty",
        }
    }
}

#[derive(Args)]
pub(crate) struct Generate {
    /// The skill's folder, or its source file.
    #[arg(default_value = ".")]
    pub path: PathBuf,
    /// What it is written in. Default: what is found.
    #[arg(long, value_enum)]
    pub lang: Option<Lang>,
    /// What to generate for. Default: `core`; in Rust `component`, unless Cargo.toml asks for luminarys-sdk 0.x.
    #[arg(long, value_enum)]
    pub abi: Option<Abi>,
    /// The folder to write to. Default: the source's.
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// Write nothing; fail when a file is not as it would be made now.
    #[arg(long)]
    pub check: bool,
    /// Print what was made as JSON.
    #[arg(long)]
    pub json: bool,
}

/// What a skill is written in.
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

/// How the host calls what is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Abi {
    /// A component with a function a method.
    Component,
    /// A core module of the older ABI, on its public SDK; made a component when it is built or signed.
    Core,
}

impl Abi {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Component => "component",
            Self::Core => "core",
        }
    }
}

/// What is built, and with what.
#[derive(Args, Clone)]
pub(crate) struct Source {
    /// The skill's folder.
    #[arg(default_value = ".")]
    pub dir: PathBuf,
    /// Rust: what to build for. Default: wasm32-wasip2; wasm32-wasip1 on the older ABI.
    #[arg(long, env = "GUEST_TARGET")]
    pub target: Option<String>,
    /// Rust: the cargo to build with.
    #[arg(long, env = "LMSK_CARGO", default_value = "cargo")]
    pub cargo: PathBuf,
    /// Rust: further words for cargo, separated by blanks.
    #[arg(
        long,
        env = "LMSK_CARGO_FLAGS",
        default_value = "",
        allow_hyphen_values = true
    )]
    pub cargo_flags: String,
}

#[derive(Args)]
pub(crate) struct Build {
    #[command(flatten)]
    pub source: Source,
    /// Where to put the component or package. Default: <id>.wasm, or <id>.skill when signed, in this directory.
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// Sign what is built: the package, rather than the component, is written.
    #[arg(long)]
    pub sign: bool,
    /// The private key to sign with. Default: ~/.lmsk/key
    #[arg(long, requires = "sign")]
    pub key: Option<PathBuf>,
    /// Print what was made as JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub(crate) struct Test {
    #[command(flatten)]
    pub build: Source,
    /// The tests. Default: skill.test.yaml in the skill's folder.
    #[arg(long)]
    pub cases: Option<PathBuf>,
    /// Test this package or component; nothing is built.
    #[arg(long)]
    pub package: Option<PathBuf>,
    /// Only tests with this in their name.
    #[arg(long)]
    pub filter: Option<String>,
    /// Show the host's log and the skill's.
    #[arg(long)]
    pub log: bool,
    /// Print the outcome as JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub(crate) struct Dev {
    #[command(flatten)]
    pub build: Source,
    /// The package, named by the host's manifest. Default: <id>.skill in the skill's folder.
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// The private key to sign with. Default: ~/.lmsk/key
    #[arg(long)]
    pub key: Option<PathBuf>,
    /// Stop after the first build.
    #[arg(long, hide = true)]
    pub once: bool,
}
