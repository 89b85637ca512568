//! A server in the words of each client.

use serde_json::{Value, json};
use thiserror::Error;

/// How a client reaches this host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transport {
    /// It starts the program, and speaks to it on standard input and output.
    Stdio {
        /// The program's whole path.
        command: String,
        /// Its arguments.
        args: Vec<String>,
    },
    /// It connects to a host that runs.
    Http {
        /// Where.
        url: String,
        /// What it shows.
        token: Option<String>,
    },
}

/// This host, as a client is to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// What the client calls it.
    pub name: String,
    /// How it is reached.
    pub transport: Transport,
}

/// A name that not every client takes.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error(
    "a client cannot call a server {0:?}: a name is up to {MAX_NAME} of A-Z a-z 0-9 _ -, a letter first"
)]
pub struct NameError(String);

/// The longest name, in characters: clients put it before the names of tools, of which some take 60 characters in all.
const MAX_NAME: usize = 24;

/// Checks that every client takes `name`.
///
/// # Errors
/// [`NameError`].
pub fn check_name(name: &str) -> Result<(), NameError> {
    let is_known = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic());
    match begins && name.len() <= MAX_NAME && name.chars().all(is_known) {
        true => Ok(()),
        false => Err(NameError(name.to_owned())),
    }
}

/// What goose waits for an answer, in seconds.
const GOOSE_TIMEOUT: u32 = 300;
const DESCRIPTION: &str = "Skills that run in sandboxes of a Luminarys host";

/// `type`, as Claude Code and VS Code have it.
pub(crate) fn typed(server: &Server) -> Value {
    match &server.transport {
        Transport::Stdio { command, args } => {
            json!({ "type": "stdio", "command": command, "args": args })
        }
        Transport::Http { url, token } => {
            with(json!({ "type": "http", "url": url }), "headers", token)
        }
    }
}

/// `command` or `url`, as Cursor has it.
pub(crate) fn plain(server: &Server) -> Value {
    match &server.transport {
        Transport::Stdio { command, args } => json!({ "command": command, "args": args }),
        Transport::Http { url, token } => with(json!({ "url": url }), "headers", token),
    }
}

/// Claude Desktop starts every server of its file; one that is reached by HTTP goes through the npm package `mcp-remote`.
pub(crate) fn through_bridge(server: &Server) -> Value {
    let Transport::Http { url, token } = &server.transport else {
        return plain(server);
    };
    let mut args = vec!["-y", "mcp-remote", url];
    // Else it takes `http:` for `localhost` only.
    if url.starts_with("http:") {
        args.push("--allow-http");
    }
    let Some(token) = token else {
        return json!({ "command": "npx", "args": args });
    };
    // A blank in an argument is lost on Windows.
    args.extend(["--header", "Authorization:${LUMINARYS_AUTHORIZATION}"]);
    let environment = json!({ "LUMINARYS_AUTHORIZATION": bearer(token) });
    json!({ "command": "npx", "args": args, "env": environment })
}

/// `http_headers`, as Codex has it.
pub(crate) fn codex(server: &Server) -> Value {
    match &server.transport {
        Transport::Stdio { .. } => plain(server),
        Transport::Http { url, token } => with(json!({ "url": url }), "http_headers", token),
    }
}

/// `httpUrl`, as Gemini CLI has it: `url` means the older transport there.
pub(crate) fn gemini(server: &Server) -> Value {
    match &server.transport {
        Transport::Stdio { .. } => plain(server),
        Transport::Http { url, token } => with(json!({ "httpUrl": url }), "headers", token),
    }
}

/// An `env` beside the arguments, as Zed has it.
pub(crate) fn zed(server: &Server) -> Value {
    match &server.transport {
        Transport::Stdio { command, args } => {
            json!({ "command": command, "args": args, "env": {} })
        }
        Transport::Http { .. } => plain(server),
    }
}

/// An extension of goose.
pub(crate) fn goose(server: &Server) -> Value {
    let name = &server.name;
    match &server.transport {
        Transport::Stdio { command, args } => json!({
            "enabled": true,
            "type": "stdio",
            "name": name,
            "description": DESCRIPTION,
            "cmd": command,
            "args": args,
            "envs": {},
            "env_keys": [],
            "timeout": GOOSE_TIMEOUT,
        }),
        Transport::Http { url, token } => {
            let mut entry = with(
                json!({
                    "enabled": true,
                    "type": "streamable_http",
                    "name": name,
                    "description": DESCRIPTION,
                    "uri": url,
                    "envs": {},
                    "env_keys": [],
                    "timeout": GOOSE_TIMEOUT,
                }),
                "headers",
                token,
            );
            // It must be there.
            if token.is_none() {
                entry["headers"] = json!({});
            }
            entry
        }
    }
}

/// The entry with a header that shows the token.
fn with(mut entry: Value, headers: &str, token: &Option<String>) -> Value {
    if let Some(token) = token {
        entry[headers] = json!({ "Authorization": bearer(token) });
    }
    entry
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}
