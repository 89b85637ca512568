//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use luminarys_annotations::Language;

/// Makes signed Luminarys skills.
///
/// Exit codes: 0 done, 1 a package is not to be trusted (verify), 2 anything else.
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
