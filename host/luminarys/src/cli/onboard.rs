//! The command line of `init`, `add` and `connect`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;
use luminarys_grants::keys;

pub(super) const INIT_EXAMPLES: &str = "Examples:
  luminarys init
  luminarys init ~/.config/luminarys-work";

pub(super) const ADD_EXAMPLES: &str = "Examples:
  luminarys add fs.skill --grant fs=/home/me/project:rw
  luminarys add oci://ghcr.io/team/web:1.2.0 --grant 'http=https://api.example.com/**'
  luminarys add mail.skill --yes --trust-key team.pub --grant env.API_KEY=@/run/secrets/mail
  luminarys add fs.skill --upgrade";

/// Describes the values of --grant, with the names of the manifest.
pub(super) fn grants() -> String {
    let mut text = String::from("Values of --grant, with the names of the manifest:");
    for key in keys() {
        let written = match key.form {
            "" => key.written(),
            form => format!("{}={form}", key.written()),
        };
        text += &format!("\n  {written:<24} {}", key.help);
    }
    text
}

pub(super) const CONNECT_EXAMPLES: &str = "Examples:
  luminarys connect                         the clients, and which are installed
  luminarys connect cursor                  the entry to paste, and into which file
  luminarys connect cursor --write          or merge it into ~/.cursor/mcp.json
  luminarys connect vscode --write --project   into .vscode/mcp.json of this directory
  luminarys connect codex --http            connect to a running host, with its token";

#[derive(Args, Debug)]
pub(crate) struct Init {
    /// The directory of the configuration, created if it does not exist. Default: the current directory.
    pub directory: Option<PathBuf>,
    /// Print the created files as a JSON object.
    #[arg(long)]
    pub json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Add {
    /// The package: a file, or oci://HOST/REPOSITORY[:TAG][@sha256:…].
    #[arg(value_name = "FILE|oci://…")]
    pub package: String,
    /// The skill's id on this host, the first part of its tools' names. Default: the last part of the package's id.
    #[arg(long)]
    pub id: Option<String>,
    /// Grant this too; may be repeated.
    #[arg(long, value_name = "KEY=VALUE")]
    pub grant: Vec<String>,
    /// Grant what the package requires without asking. This does not trust a key.
    #[arg(long, short)]
    pub yes: bool,
    /// Trust the key that signed the package: its id as shown here, its `.pub` file, or its text. It is added to
    /// `trust`.
    #[arg(long, value_name = "ID|FILE|TEXT")]
    pub trust_key: Option<String>,
    /// Replace the package of an existing skill by a newer version; its grants stay.
    #[arg(long)]
    pub upgrade: bool,
    /// Print the added skill as a JSON object; never ask.
    #[arg(long)]
    pub json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Connect {
    /// The client.
    #[arg(value_parser = PossibleValuesParser::new(luminarys_clients::ALL.iter().map(|client| client.id)))]
    pub client: Option<String>,
    /// Merge the entry into the client's file instead of printing it.
    #[arg(long, requires = "client")]
    pub write: bool,
    /// Have the client connect to a running host over HTTP instead of starting one.
    #[arg(long, requires = "client")]
    pub http: bool,
    /// The URL of that host, if http.addr does not give it.
    #[arg(long, value_name = "URL", requires = "http")]
    pub url: Option<String>,
    /// The entry of http.auth.clients whose token the client gets. Default: one of http.auth.tokens.
    #[arg(long = "as", value_name = "NAME", requires = "http")]
    pub client_name: Option<String>,
    /// Configure the project in this directory only, instead of the user.
    #[arg(long, requires = "client", conflicts_with = "file")]
    pub project: bool,
    /// The client's configuration file, if it is not in its usual place.
    #[arg(long, requires = "client")]
    pub file: Option<PathBuf>,
    /// The name of this host in the client.
    #[arg(long, default_value = "luminarys", requires = "client")]
    pub name: String,
    /// Replace a different entry with this name.
    #[arg(long, requires = "write")]
    pub force: bool,
    /// Print it as JSON.
    #[arg(long)]
    pub json: bool,
}
