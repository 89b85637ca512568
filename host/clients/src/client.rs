//! The supported clients. Each entry links to the client's documentation.

use std::path::{Path, PathBuf};

use luminarys_edit::Format;
use serde_json::Value;

use crate::entry::{self, Server};
use crate::places::{Places, System};

/// A client.
#[derive(Debug)]
pub struct Client {
    /// Its name on the command line.
    pub id: &'static str,
    /// Its product name.
    pub title: &'static str,
    /// The format of its file.
    pub format: Format,
    /// The key of the servers in the file.
    pub servers: &'static str,
    /// The file of a project, relative to its directory; `None` if there is none.
    pub project_file: Option<&'static str>,
    /// What the user has to do afterwards.
    pub afterwards: &'static str,
    /// A note on HTTP.
    pub over_http: Option<&'static str>,
    entry: fn(&Server) -> Value,
    file: fn(&Places) -> PathBuf,
    /// Files that exist if it is installed.
    traces: fn(&Places) -> Vec<PathBuf>,
    programs: &'static [&'static str],
}

impl Client {
    /// Returns the client with this name.
    pub fn named(id: &str) -> Option<&'static Self> {
        ALL.iter().find(|client| client.id == id)
    }

    /// Returns the user's file.
    pub fn file(&self, places: &Places) -> PathBuf {
        (self.file)(places)
    }

    /// Returns the file for the project in `directory`; `None` if the client has none.
    pub fn file_of_project(&self, directory: &Path) -> Option<PathBuf> {
        self.project_file.map(|file| directory.join(file))
    }

    /// Returns the path of `server` in the file.
    pub fn path<'a>(&self, server: &'a str) -> [&'a str; 2]
    where
        'static: 'a,
    {
        [self.servers, server]
    }

    /// Returns the entry for `server`.
    pub fn entry(&self, server: &Server) -> Value {
        (self.entry)(server)
    }

    /// Tells whether it seems to be installed.
    pub fn is_found(&self, places: &Places) -> bool {
        let is_program = |directory: &PathBuf| {
            let mut names = self.programs.iter();
            names.any(|name| directory.join(name).is_file())
        };
        (self.traces)(places).iter().any(|trace| trace.exists())
            || places.programs.iter().any(is_program)
    }
}

/// All clients, by name.
pub static ALL: [Client; 8] = [
    // https://code.claude.com/docs/en/mcp
    Client {
        id: "claude-code",
        title: "Claude Code",
        format: Format::Jsonc,
        servers: "mcpServers",
        project_file: Some(".mcp.json"),
        afterwards: "start a new session; /mcp shows the server, and asks for approval of one in a project",
        over_http: None,
        entry: entry::typed,
        file: |places| {
            let directory = places.claude.as_ref().unwrap_or(&places.home);
            directory.join(".claude.json")
        },
        traces: |places| {
            let directory = places.home.join(".claude");
            vec![
                places.claude.clone().unwrap_or(directory),
                places.home.join(".claude.json"),
            ]
        },
        programs: &["claude"],
    },
    // https://modelcontextprotocol.io/docs/develop/connect-local-servers; of HTTP,
    // https://www.npmjs.com/package/mcp-remote
    Client {
        id: "claude-desktop",
        title: "Claude Desktop",
        format: Format::Jsonc,
        servers: "mcpServers",
        project_file: None,
        afterwards: "quit Claude Desktop and start it again",
        over_http: Some(
            "it only starts local servers, so this one is reached through `npx mcp-remote`, which needs Node.js; \
             without --http it needs nothing",
        ),
        entry: entry::through_bridge,
        file: |places| {
            places
                .applications
                .join("Claude/claude_desktop_config.json")
        },
        traces: |places| vec![places.applications.join("Claude")],
        programs: &[],
    },
    // https://cursor.com/docs/context/mcp
    Client {
        id: "cursor",
        title: "Cursor",
        format: Format::Jsonc,
        servers: "mcpServers",
        project_file: Some(".cursor/mcp.json"),
        afterwards: "turn the server on under Settings, MCP, if it is not on already",
        over_http: None,
        entry: entry::plain,
        file: |places| places.home.join(".cursor/mcp.json"),
        traces: |places| vec![places.home.join(".cursor")],
        programs: &["cursor"],
    },
    // https://code.visualstudio.com/docs/agents/reference/mcp-configuration
    Client {
        id: "vscode",
        title: "VS Code",
        format: Format::Jsonc,
        servers: "servers",
        project_file: Some(".vscode/mcp.json"),
        afterwards: "run `MCP: List Servers` and start the server",
        over_http: None,
        entry: entry::typed,
        file: |places| places.applications.join("Code/User/mcp.json"),
        traces: |places| vec![places.applications.join("Code/User")],
        programs: &["code"],
    },
    // https://developers.openai.com/codex/mcp
    Client {
        id: "codex",
        title: "Codex",
        format: Format::Toml,
        servers: "mcp_servers",
        project_file: Some(".codex/config.toml"),
        afterwards: "start a new session; /mcp shows the server (one of a project only if the project is trusted)",
        over_http: None,
        entry: entry::codex,
        file: |places| {
            let own = || places.home.join(".codex");
            places.codex.clone().unwrap_or_else(own).join("config.toml")
        },
        traces: |places| {
            let own = || places.home.join(".codex");
            vec![places.codex.clone().unwrap_or_else(own)]
        },
        programs: &["codex"],
    },
    // https://geminicli.com/docs/tools/mcp-server
    Client {
        id: "gemini",
        title: "Gemini CLI",
        format: Format::Jsonc,
        servers: "mcpServers",
        project_file: Some(".gemini/settings.json"),
        afterwards: "start a new session in a trusted folder; /mcp shows the server",
        over_http: None,
        entry: entry::gemini,
        file: |places| places.home.join(".gemini/settings.json"),
        traces: |places| vec![places.home.join(".gemini")],
        programs: &["gemini"],
    },
    // https://zed.dev/docs/ai/mcp
    Client {
        id: "zed",
        title: "Zed",
        format: Format::Jsonc,
        servers: "context_servers",
        project_file: Some(".zed/settings.json"),
        afterwards: "the agent panel's settings show the server at once",
        over_http: None,
        entry: entry::zed,
        file: |places| zed_directory(places).join("settings.json"),
        traces: |places| vec![zed_directory(places)],
        programs: &["zed", "zeditor"],
    },
    // https://block.github.io/goose/docs/guides/config-files
    Client {
        id: "goose",
        title: "goose",
        format: Format::Yaml,
        servers: "extensions",
        project_file: None,
        afterwards: "start a new session",
        over_http: None,
        entry: entry::goose,
        file: |places| goose_directory(places).join("config.yaml"),
        traces: |places| vec![goose_directory(places)],
        programs: &["goose"],
    },
];

fn zed_directory(places: &Places) -> PathBuf {
    match places.system {
        System::Linux => places.config.join("zed"),
        System::MacOs => places.home.join(".config/zed"),
        System::Windows => places.applications.join("Zed"),
    }
}

fn goose_directory(places: &Places) -> PathBuf {
    match places.system {
        System::Windows => places.applications.join("Block/goose/config"),
        _ => places.config.join("goose"),
    }
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
