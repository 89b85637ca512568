//! The command line.

mod explain;
mod onboard;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use explain::{Explain, Flags};
pub(crate) use onboard::{Add, Connect, Init};

use crate::listen::Listen;

const EXIT_CODES: &str = "Exit codes:
  0  done
  1  the skill returned an error, crashed or was cancelled
  2  wrong usage or configuration; for `check`: a skill would not load
  3  the manifest, or the policy between skills, denied it
  4  a limit was exceeded";

const START: &str = "To start:
  luminarys init                           luminarys.yaml, with a token of its own
  luminarys add fs.skill --grant fs=$PWD   a package, and what it may do
  luminarys connect claude-code --write    a client that uses it

Then:
  luminarys check                          what each skill needs, what it gets, and why
  luminarys call fs read path=$PWD/notes.txt
  luminarys                                serves http://127.0.0.1:8080/mcp

A package of your own: lmsk genkey, lmsk new, lmsk build --sign.";

const CONFIGURATION: &str = "The configuration, luminarys.yaml (README.md has every key):
  skills     manifests, by their names or patterns: [files.yaml, 'skills/*.yaml']
  trust      public keys of those whose packages run: [team.pub]; or any
  http       addr, auth, allowed_hosts, allowed_origins, limits and timeouts
  mcp        max_result_chars
  runtime    memory_limit_mb, max_held_mb, max_guest_memory_mb, cache_dir, cache_key
  data_dir   where skills' state is kept
  log        level, format, skill_log
  audit      path, decisions, required, max_mb, keep, keep_days
  network    nameservers, proxy
  llm        url, model, api_key
  registry   plain_http, pull_timeout_seconds
`luminarys check` says what of it would be refused or ignored.";

const CALL_EXAMPLES: &str = "Examples:
  luminarys call files read path=/data/notes.txt
  luminarys call files write path=/data/a.txt content=@draft.txt
  luminarys call files search --json '{\"pattern\": \"TODO\"}'
  echo '{\"path\": \"/data\"}' | luminarys call files list --json -

A value is text where the method takes text, and JSON where it takes anything else. A value that begins with @ is the
name of a file whose content is passed; to pass such a text itself, write key:='\"@text\"'.
`luminarys inspect SKILL` names the methods and their arguments.";

/// Runs sandboxed WebAssembly skills as tools for AI agents.
///
/// Without a command it serves MCP over HTTP. The configuration is --config, $LUMINARYS_CONFIG, ./luminarys.yaml,
/// ./host.yaml or ~/.config/luminarys/config.yaml, the first there is; without any, the manifests ./skills/*.yaml are
/// served on 127.0.0.1:8080.
#[derive(Debug, Parser)]
#[command(name = "luminarys", version, after_help = EXIT_CODES, after_long_help = format!("{START}\n\n{EXIT_CODES}"))]
pub(crate) struct Cli {
    /// The configuration file.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a configuration: luminarys.yaml, with a fresh token and places for skills and their state.
    ///
    /// Nothing that is there is replaced.
    #[command(after_help = onboard::INIT_EXAMPLES)]
    Init(Init),
    /// Add a package: show what it is, who signed it and what it requires, and write its manifest.
    ///
    /// The manifest grants what the package requires and what --grant says, and nothing else; it names the package by its
    /// id, signer, version and digest. On a terminal each is asked about. Nothing is written unless the host would load it.
    #[command(after_help = onboard::ADD_EXAMPLES, after_long_help = format!("{}\n\n{}", onboard::grants(), onboard::ADD_EXAMPLES))]
    Add(Add),
    /// Connect an MCP client: print, or with --write merge, what its configuration needs to reach this host.
    ///
    /// Without CLIENT, lists the clients that are known and which of them are found on this machine. Merging changes one
    /// entry and nothing else of the client's file: comments, order and links stay.
    #[command(after_help = onboard::CONNECT_EXAMPLES)]
    Connect(Connect),
    /// Serve the skills to MCP clients.
    ///
    /// Skills are loaded anew when the configuration, a manifest or a package changes; calls that run end on the
    /// version they began with, unless what they may do has changed. Changes of `http`, `log` and `audit` wait for the
    /// next start.
    #[command(after_long_help = CONFIGURATION)]
    Serve(Serve),
    /// Call one method and print its result.
    #[command(after_help = format!("{CALL_EXAMPLES}\n\n{EXIT_CODES}"))]
    Call(Call),
    /// List the configured skills and their methods.
    List {
        /// Print the reports as a JSON array.
        #[arg(long)]
        json: bool,
    },
    /// Show one skill: methods, schemas, requirements, grants, signer.
    Inspect {
        /// The skill's id.
        skill: String,
        /// Print the report as a JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Check every manifest and package: what is required, what is granted, and why.
    ///
    /// No skill is run. The exit code is 2 when one of them would not load.
    Check {
        /// Record the package that this skill has now as the one that its manifest authorises, whatever was recorded
        /// before.
        #[arg(long, value_name = "SKILL")]
        accept: Option<String>,
        /// Print the reports as a JSON array.
        #[arg(long)]
        json: bool,
    },
    /// Say whether a skill may do something, and by which line of its manifest.
    ///
    /// Nothing is done and no skill is run. The exit code is 0 when it is allowed and 3 when it is not.
    #[command(
        after_help = "Examples:\n  luminarys explain files filesystem /data/notes.txt --write\n  \
                            luminarys explain web http https://example.com/api\n  \
                            luminarys explain git shell 'git status' --directory /data\n  \
                            luminarys explain orders events orders/new --subscribe\n  \
                            luminarys explain notes store team --write\n  \
                            luminarys explain notes llm"
    )]
    Explain(Explain),
    /// Show the decisions that were made: what skills asked for, and the manifest line that allowed or would allow it.
    #[command(after_help = "Examples:\n  luminarys audit --denied\n  \
                            luminarys audit --follow --skill files --capability filesystem")]
    Audit(Audit),
    /// Print completions for a shell.
    #[command(after_help = "Examples:\n  source <(luminarys completions bash)\n  \
                            luminarys completions fish > ~/.config/fish/completions/luminarys.fish")]
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

#[derive(Args, Debug, Default)]
pub(crate) struct Serve {
    /// Speak MCP on standard input and output, for clients that start their servers.
    #[arg(long)]
    pub stdio: bool,
    /// Listen here instead of where the configuration says.
    #[arg(long, value_name = "HOST:PORT", conflicts_with = "stdio")]
    pub addr: Option<Listen>,
}

#[derive(Args, Debug)]
pub(crate) struct Call {
    /// The skill's id.
    pub skill: String,
    /// The method.
    pub method: String,
    /// Arguments: key=value, key=@file for a file's content, key:=json for any JSON.
    #[arg(value_name = "KEY=VALUE")]
    pub arguments: Vec<String>,
    /// All arguments as a JSON object; `-` reads it from standard input.
    #[arg(long, value_name = "JSON", conflicts_with = "arguments")]
    pub json: Option<String>,
    /// How the result is printed.
    #[arg(long, value_enum, default_value_t = Output::Text)]
    pub output: Output,
}

#[derive(Args, Debug)]
pub(crate) struct Audit {
    /// Only those of this skill.
    #[arg(long)]
    pub skill: Option<String>,
    /// Only those over this capability, such as `filesystem`.
    #[arg(long)]
    pub capability: Option<String>,
    /// Only those of this client, such as `cli`.
    #[arg(long)]
    pub client: Option<String>,
    /// Only what was denied.
    #[arg(long)]
    pub denied: bool,
    /// The last so many, before following.
    #[arg(long, short = 'n', default_value_t = 100, value_name = "COUNT")]
    pub last: usize,
    /// Go on with those that come.
    #[arg(long, short)]
    pub follow: bool,
    /// Print each as a line of JSON.
    #[arg(long)]
    pub json: bool,
}

/// How a result is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// A text as it is, anything else as indented JSON; then, after an empty line, the text for the model.
    Text,
    /// One line: `{"result": …, "text": …}` or `{"error": {"message": …, "exit": …, "denial": …}}`.
    Json,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
        for wrong in [
            &["call", "a"][..],
            &["call", "a", "b", "k=v", "--json", "{}"],
            &["serve", "--stdio", "--addr", "x:1"],
            &["nonsense"],
        ] {
            let words = std::iter::once(&"luminarys").chain(wrong);
            assert!(Cli::try_parse_from(words).is_err(), "{wrong:?}");
        }
        assert!(
            Cli::try_parse_from(["luminarys"])
                .unwrap()
                .command
                .is_none()
        );
    }
}
