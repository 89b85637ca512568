//! The entry of a server in each client's format.

use serde_json::{Value, json};
use thiserror::Error;

/// How a client reaches this host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transport {
    /// It starts the program, and uses its standard input and output.
    Stdio {
        /// The program's absolute path.
        command: String,
        /// Its arguments.
        args: Vec<String>,
    },
    /// It connects to a running host.
    Http {
        /// The URL.
        url: String,
        /// The token.
        token: Option<String>,
    },
}

/// The host as a server of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Its name in the client.
    pub name: String,
    /// How the client connects to it.
    pub transport: Transport,
}

/// A name that not every client accepts.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error(
    "{0:?} is not a valid name for a server: use up to {MAX_NAME} of A-Z a-z 0-9 _ -, starting with a letter"
)]
pub struct NameError(String);

/// The longest name, in characters: clients prefix tool names with it, and some allow 60 characters in all.
const MAX_NAME: usize = 24;

/// Checks that every client accepts `name`.
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

/// The timeout for goose, in seconds.
const GOOSE_TIMEOUT: u32 = 300;
const DESCRIPTION: &str = "Skills in the sandboxes of a Luminarys host";

/// Returns an entry with `type`, for Claude Code and VS Code.
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

/// Returns an entry with `command` or `url`, for Cursor.
pub(crate) fn plain(server: &Server) -> Value {
    match &server.transport {
        Transport::Stdio { command, args } => json!({ "command": command, "args": args }),
        Transport::Http { url, token } => with(json!({ "url": url }), "headers", token),
    }
}

/// Returns an entry for Claude Desktop, which starts all its servers: HTTP goes through the npm package `mcp-remote`.
pub(crate) fn through_bridge(server: &Server) -> Value {
    let Transport::Http { url, token } = &server.transport else {
        return plain(server);
    };
    let mut args = vec!["-y", "mcp-remote", url];
    // Otherwise it accepts `http:` for `localhost` only.
    if url.starts_with("http:") {
        args.push("--allow-http");
    }
    let Some(token) = token else {
        return json!({ "command": "npx", "args": args });
    };
    // Spaces in arguments are lost on Windows.
    args.extend(["--header", "Authorization:${LUMINARYS_AUTHORIZATION}"]);
    let environment = json!({ "LUMINARYS_AUTHORIZATION": bearer(token) });
    json!({ "command": "npx", "args": args, "env": environment })
}

/// Returns an entry with `http_headers`, for Codex.
pub(crate) fn codex(server: &Server) -> Value {
    match &server.transport {
        Transport::Stdio { .. } => plain(server),
        Transport::Http { url, token } => with(json!({ "url": url }), "http_headers", token),
    }
}

/// Returns an entry with `httpUrl`, for Gemini CLI: `url` means the older transport there.
pub(crate) fn gemini(server: &Server) -> Value {
    match &server.transport {
        Transport::Stdio { .. } => plain(server),
        Transport::Http { url, token } => with(json!({ "httpUrl": url }), "headers", token),
    }
}

/// Returns an entry with `env` beside the arguments, for Zed.
pub(crate) fn zed(server: &Server) -> Value {
    match &server.transport {
        Transport::Stdio { command, args } => {
            json!({ "command": command, "args": args, "env": {} })
        }
        Transport::Http { .. } => plain(server),
    }
}

/// Returns an extension of goose.
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
            // Required.
            if token.is_none() {
                entry["headers"] = json!({});
            }
            entry
        }
    }
}

/// Adds a header with the token to the entry.
fn with(mut entry: Value, headers: &str, token: &Option<String>) -> Value {
    if let Some(token) = token {
        entry[headers] = json!({ "Authorization": bearer(token) });
    }
    entry
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}
