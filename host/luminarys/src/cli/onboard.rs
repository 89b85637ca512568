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

/// What --grant takes, in the words of the manifest.
pub(super) fn grants() -> String {
    let mut text = String::from("What --grant takes, in the words of the manifest:");
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
  luminarys connect                         the clients, and which are here
  luminarys connect cursor                  what to paste, and where
  luminarys connect cursor --write          or merged into ~/.cursor/mcp.json
  luminarys connect vscode --write --project   into .vscode/mcp.json of this directory
  luminarys connect codex --http            through a host that runs, with its token";

#[derive(Args, Debug)]
pub(crate) struct Init {
    /// Where the configuration is to be; made when it is not there. Default: this directory.
    pub directory: Option<PathBuf>,
    /// Print what was made as a JSON object.
    #[arg(long)]
    pub json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Add {
    /// The package: a file, or oci://HOST/REPOSITORY[:TAG][@sha256:…].
    #[arg(value_name = "FILE|oci://…")]
    pub package: String,
    /// What the skill is called here, the first part of its tools' names. Default: the last part of the package's id.
    #[arg(long)]
    pub id: Option<String>,
    /// Grant this as well; may be given several times.
    #[arg(long, value_name = "KEY=VALUE")]
    pub grant: Vec<String>,
    /// Grant what the package requires without asking. It does not trust a key.
    #[arg(long, short)]
    pub yes: bool,
    /// Trust the key that signed the package: its id as shown here, its `.pub` file, or its text. It is added to `trust`.
    #[arg(long, value_name = "ID|FILE|TEXT")]
    pub trust_key: Option<String>,
    /// Replace the package of a skill that was added before by a newer version; what was granted stays.
    #[arg(long)]
    pub upgrade: bool,
    /// Print what was added as a JSON object; nothing is asked.
    #[arg(long)]
    pub json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Connect {
    /// The client.
    #[arg(value_parser = PossibleValuesParser::new(luminarys_clients::ALL.iter().map(|client| client.id)))]
    pub client: Option<String>,
    /// Merge it into the client's file rather than print it.
    #[arg(long, requires = "client")]
    pub write: bool,
    /// Have the client connect to a host that runs, rather than start one.
    #[arg(long, requires = "client")]
    pub http: bool,
    /// Where that host is reached, when it is not where http.addr says.
    #[arg(long, value_name = "URL", requires = "http")]
    pub url: Option<String>,
    /// As which of http.auth.clients it comes, whose token it is given. Default: with one of http.auth.tokens.
    #[arg(long = "as", value_name = "NAME", requires = "http")]
    pub client_name: Option<String>,
    /// For the project in this directory rather than for all of yours.
    #[arg(long, requires = "client", conflicts_with = "file")]
    pub project: bool,
    /// The client's file, when it is not in its usual place.
    #[arg(long, requires = "client")]
    pub file: Option<PathBuf>,
    /// What the client calls this host.
    #[arg(long, default_value = "luminarys", requires = "client")]
    pub name: String,
    /// Replace another entry of this name.
    #[arg(long, requires = "write")]
    pub force: bool,
    /// Print it as JSON.
    #[arg(long)]
    pub json: bool,
}
