//! The command line.

mod cluster;
mod explain;
mod onboard;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use cluster::{ClusterCommand, Permissions};
pub(crate) use explain::{Explain, Flags};
pub(crate) use onboard::{Add, Connect, Init};

use crate::listen::Listen;

const EXIT_CODES: &str = "Exit codes:
  0  done
  1  the skill returned an error, crashed or was cancelled
  2  wrong usage or configuration; for `check`: a skill cannot be loaded
  3  denied by the manifest or the policy between skills
  4  a limit was exceeded";

const START: &str = "To start:
  luminarys init                           luminarys.yaml, with a new token
  luminarys add fs.skill --grant fs=$PWD   add a package and its grants
  luminarys connect claude-code --write    configure a client

Then:
  luminarys check                          show requirements, grants, and why
  luminarys call fs read path=$PWD/notes.txt
  luminarys                                serve http://127.0.0.1:8080/mcp

A package of your own: lmsk genkey, lmsk new, lmsk build --sign.";

const CONFIGURATION: &str = "The configuration, luminarys.yaml (README.md has every key):
  skills     manifests, as names or patterns: [files.yaml, 'skills/*.yaml']
  trust      public keys of trusted signers: [team.pub]; or any
  http       addr, auth, allowed_hosts, allowed_origins, limits and timeouts
  mcp        max_result_chars
  runtime    memory_limit_mb, max_held_mb, max_guest_memory_mb, cache_dir, cache_key
  data_dir   the directory of skills' state
  log        level, format, skill_log
  audit      path, decisions, required, max_mb, keep, keep_days
  network    nameservers, proxy
  llm        url, model, api_key
  registry   plain_http, pull_timeout_seconds
  cluster    enabled, id, node, file_transfer, nats: {urls, nkey, credentials, tls, replicas}
`luminarys check` reports what in it is invalid or ignored.";

const CALL_EXAMPLES: &str = "Examples:
  luminarys call files read path=/data/notes.txt
  luminarys call files write path=/data/a.txt content=@draft.txt
  luminarys call files search --json '{\"pattern\": \"TODO\"}'
  echo '{\"path\": \"/data\"}' | luminarys call files list --json -

A value is text if the method takes text, and JSON if it takes anything else. A value that begins
with @ is the name of a file whose content is passed; to pass such text itself, write
key:='\"@text\"'.
`luminarys inspect SKILL` lists the methods and their arguments.";

/// Runs sandboxed WebAssembly skills as tools for AI agents.
///
/// Without a command it serves MCP over HTTP. The configuration is --config, $LUMINARYS_CONFIG, ./luminarys.yaml,
/// ./host.yaml or ~/.config/luminarys/config.yaml, the first that exists; without any, the manifests ./skills/*.yaml
/// are served on 127.0.0.1:8080.
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
    /// Create a configuration: luminarys.yaml, a new token, and directories for skills and their state.
    ///
    /// Existing files are never replaced.
    #[command(after_help = onboard::INIT_EXAMPLES)]
    Init(Init),
    /// Add a package: show its description, signer and requirements, and write its manifest.
    ///
    /// The manifest grants what the package requires and what --grant adds, and nothing else; it identifies the package
    /// by its id, signer, version and digest. On a terminal, add asks before it grants or trusts anything. Nothing is
    /// written unless the host can load the skill.
    #[command(after_help = onboard::ADD_EXAMPLES, after_long_help = format!("{}\n\n{}", onboard::grants(), onboard::ADD_EXAMPLES))]
    Add(Add),
    /// Connect an MCP client: print the entry that its configuration needs for this host, or merge it with --write.
    ///
    /// Without CLIENT, lists the supported clients and which of them are found on this machine. Merging changes one
    /// entry of the client's file and nothing else: comments, order and symbolic links stay.
    #[command(after_help = onboard::CONNECT_EXAMPLES)]
    Connect(Connect),
    /// Serve the skills to MCP clients.
    ///
    /// Skills are reloaded when the configuration, a manifest or a package changes; running calls finish on the
    /// version they started with, unless their grants have changed. Changes to `http`, `log`, `audit` and `cluster`
    /// take effect at the next start.
    #[command(after_long_help = CONFIGURATION)]
    Serve(Serve),
    /// Call one method and print its result.
    #[command(after_help = format!("{CALL_EXAMPLES}\n\n{EXIT_CODES}"))]
    Call(Call),
    /// List the configured skills and their methods.
    List {
        /// List the skills of all nodes of the cluster instead, with the nodes that run each.
        #[arg(long)]
        cluster: bool,
        /// Print the reports as a JSON array.
        #[arg(long)]
        json: bool,
    },
    /// List the nodes of the cluster: their versions, what they have to do, and the skills they run.
    Nodes {
        /// Print the nodes as a JSON array.
        #[arg(long)]
        json: bool,
    },
    /// Set up a cluster: keys of nodes, and the configuration of its NATS server.
    #[command(after_help = cluster::EXAMPLES)]
    Cluster {
        #[command(subcommand)]
        command: ClusterCommand,
    },
    /// Show one skill: methods, schemas, requirements, grants, signer.
    Inspect {
        /// The skill's id.
        skill: String,
        /// Print the report as a JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Check every manifest and package: show what is required, what is granted, and why.
    ///
    /// No skill is run. The exit code is 2 if one of them cannot be loaded.
    Check {
        /// Record the package that this skill has now as the one that its manifest authorises, replacing what was
        /// recorded before.
        #[arg(long, value_name = "SKILL")]
        accept: Option<String>,
        /// Print the reports as a JSON array.
        #[arg(long)]
        json: bool,
    },
    /// Explain whether a skill may do something, and which line of its manifest decides.
    ///
    /// Nothing is accessed and no skill is run. The exit code is 0 if it is allowed and 3 if it is denied.
    #[command(
        after_help = "Examples:\n  luminarys explain files filesystem /data/notes.txt --write\n  \
                            luminarys explain web http https://example.com/api\n  \
                            luminarys explain git shell 'git status' --directory /data\n  \
                            luminarys explain orders events orders/new --subscribe\n  \
                            luminarys explain notes store team --write\n  \
                            luminarys explain notes llm"
    )]
    Explain(Explain),
    /// Show decisions: what skills asked for, and the line of the manifest that allowed it or would allow it.
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
    /// Serve MCP on standard input and output, for clients that start their servers.
    #[arg(long)]
    pub stdio: bool,
    /// Listen at this address instead of http.addr.
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
    /// All arguments as a JSON object; `-` reads them from standard input.
    #[arg(long, value_name = "JSON", conflicts_with = "arguments")]
    pub json: Option<String>,
    /// The format of the result.
    #[arg(long, value_enum, default_value_t = Output::Text)]
    pub output: Output,
}

#[derive(Args, Debug)]
pub(crate) struct Audit {
    /// Only decisions about this skill.
    #[arg(long)]
    pub skill: Option<String>,
    /// Only decisions about this capability, such as `filesystem`.
    #[arg(long)]
    pub capability: Option<String>,
    /// Only decisions in calls of this client, such as `cli`.
    #[arg(long)]
    pub client: Option<String>,
    /// Only decisions in calls with this trace id.
    #[arg(long, value_name = "ID")]
    pub trace: Option<String>,
    /// Only denials.
    #[arg(long)]
    pub denied: bool,
    /// Show this many of the latest decisions first [default: 100, with `--trace` all].
    #[arg(long, short = 'n', value_name = "COUNT")]
    pub last: Option<usize>,
    /// Keep running and print new decisions.
    #[arg(long, short)]
    pub follow: bool,
    /// Print each decision as a line of JSON.
    #[arg(long)]
    pub json: bool,
}

/// The format of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// Text as it is, anything else as indented JSON; then, after an empty line, the text for the model.
    Text,
    /// One line: `{"result": …, "text": …}` or `{"error": {"message": …, "exit": …, "denial": …}}`.
    Json,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
        let rows = [
            &["call", "a"][..],
            &["call", "a", "b", "k=v", "--json", "{}"],
            &["serve", "--stdio", "--addr", "x:1"],
            &["nonsense"],
        ];
        each_row(rows, |wrong| {
            let words = std::iter::once(&"luminarys").chain(wrong);
            assert!(Cli::try_parse_from(words).is_err(), "{wrong:?}");
        });
        assert!(
            Cli::try_parse_from(["luminarys"])
                .unwrap()
                .command
                .is_none()
        );
    }
}
