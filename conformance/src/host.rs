//! The `luminarys` binary under test: as an MCP server on stdio, and as a command.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};

/// Longer than any call may take: a hang fails its case, not the whole run.
pub const TIMEOUT: Duration = Duration::from_secs(60);

/// The repository's root.
pub fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// The binary under test: `$LUMINARYS`, or the development build.
pub fn binary() -> PathBuf {
    std::env::var_os("LUMINARYS").map_or_else(|| target().join("debug/luminarys"), PathBuf::from)
}

/// The authors' tool under test: `$LMSK`, or the one beside [`binary`].
pub fn lmsk() -> PathBuf {
    std::env::var_os("LMSK").map_or_else(|| binary().with_file_name("lmsk"), PathBuf::from)
}

/// The package of a skill.
pub fn package(skill: &str) -> PathBuf {
    target().join("skills").join(format!("{skill}.skill"))
}

/// Runs a program of `conformance/clients`, which `scripts/client-tools` has installed.
pub fn client_program(name: &str) -> Command {
    let place = target().join("clients");
    let (interpreter, program) = match name.ends_with(".py") {
        true => (
            place.join("python/bin/python"),
            repository().join("conformance/clients"),
        ),
        false => (PathBuf::from("node"), place.join("node")),
    };
    let mut command = Command::new(interpreter);
    command.arg(program.join(name));
    command
}

fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| repository().join("target"), PathBuf::from)
}

/// The environment of the host that matters for commands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Machine {
    /// This machine.
    #[default]
    This,
    /// A machine without namespaces, as in most containers.
    Container,
    /// A machine where the host's user is not the superuser.
    Ordinary,
}

impl Machine {
    /// Returns the machines that are available here.
    pub fn all() -> Vec<Self> {
        let tried = Command::new("unshare").args(["--user", "true"]).output();
        if tried.is_ok_and(|output| output.status.success()) {
            vec![Self::This, Self::Container, Self::Ordinary]
        } else {
            vec![Self::This]
        }
    }

    /// Tells whether commands have their own namespaces on it.
    pub fn has_namespaces(self) -> bool {
        static HERE: OnceLock<bool> = OnceLock::new();
        self != Self::Container && *HERE.get_or_init(|| Self::all().len() > 1)
    }

    fn program(self) -> Command {
        let mut command = Command::new(match self {
            Self::This => return Command::new(binary()),
            Self::Container | Self::Ordinary => "unshare",
        });
        match self {
            Self::This => {}
            Self::Container => {
                let script = "echo 0 > /proc/sys/user/max_user_namespaces && exec \"$0\" \"$@\"";
                command.args(["--user", "--map-root-user", "sh", "-c", script]);
            }
            Self::Ordinary => {
                command.args(["--user", "--map-user=1000", "--map-group=1000"]);
            }
        }
        command.arg(binary());
        command
    }
}

/// Runs the binary to its end with nothing on its standard input.
pub fn command(config: &Path, arguments: &[&str]) -> anyhow::Result<Output> {
    command_on(Machine::This, config, arguments)
}

/// The same on another machine.
pub fn command_on(machine: Machine, config: &Path, arguments: &[&str]) -> anyhow::Result<Output> {
    let mut command = machine.program();
    command
        .args(arguments)
        .arg("--config")
        .arg(config)
        .stdin(Stdio::null());
    command
        .output()
        .with_context(|| format!("running {}", binary().display()))
}

/// Compiles packages with an interpreter, which takes long, once, before several hosts do so concurrently. The
/// hosts share the cache.
pub fn compile_once(skill: &str, config: &Path) -> anyhow::Result<()> {
    const LARGE: u64 = 8 << 20;
    static DONE: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    if package(skill).metadata()?.len() < LARGE {
        return Ok(());
    }
    let mut done = DONE.lock().unwrap_or_else(PoisonError::into_inner);
    if done.insert(skill.to_owned()) {
        command(config, &["call", "case", "no_such_method"])?;
    }
    Ok(())
}

/// A server on stdio and its client's half of the conversation.
pub struct Server {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    next: u64,
}

impl Server {
    /// Starts the server and initializes the session.
    pub fn start(config: &Path, log: &Path) -> anyhow::Result<Self> {
        Self::start_on(Machine::This, config, log)
    }

    /// The same on another machine.
    pub fn start_on(machine: Machine, config: &Path, log: &Path) -> anyhow::Result<Self> {
        let mut command = machine.program();
        command.args(["serve", "--stdio", "--config"]).arg(config);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(log)?);
        let mut child = command
            .spawn()
            .with_context(|| format!("starting {}", binary().display()))?;
        let output = child.stdout.take().context("the server has no output")?;
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let mut server = Self {
            input: child.stdin.take(),
            child,
            lines,
            next: 1,
        };
        let answer = server.request(
            "initialize",
            json!({
                "protocolVersion": "2025-11-25",
                "capabilities": {},
                "clientInfo": { "name": "conformance", "version": "1.0.0" },
            }),
        )?;
        ensure!(
            answer.get("result").is_some(),
            "the answer to initialize is {answer}"
        );
        server.send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }))?;
        Ok(server)
    }

    fn send(&mut self, message: &Value) -> anyhow::Result<()> {
        let input = self
            .input
            .as_mut()
            .context("the server's input is closed")?;
        writeln!(input, "{message}")?;
        Ok(input.flush()?)
    }

    /// Sends a request and waits for its response.
    pub fn request(&mut self, method: &str, params: Value) -> anyhow::Result<Value> {
        Ok(self.observe(method, params)?.0)
    }

    /// Sends a request and waits for its response; also returns the notifications in between.
    fn observe(&mut self, method: &str, params: Value) -> anyhow::Result<(Value, Vec<Value>)> {
        let mut notifications = Vec::new();
        let id = self.next;
        self.next += 1;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }))?;
        loop {
            let line = self
                .lines
                .recv_timeout(TIMEOUT)
                .with_context(|| format!("no answer to {method}"))?;
            // All output of the server must be protocol messages.
            let message: Value =
                serde_json::from_str(&line).with_context(|| format!("not JSON: {line:?}"))?;
            if message.get("id").and_then(Value::as_u64) == Some(id) {
                return Ok((message, notifications));
            }
            notifications.push(message);
        }
    }

    /// Calls a tool.
    pub fn call(&mut self, tool: &str, arguments: &Value) -> anyhow::Result<Answer> {
        let params = json!({ "name": tool, "arguments": arguments, "_meta": { "progressToken": self.next } });
        let (response, notifications) = self.observe("tools/call", params)?;
        let progress: Vec<String> = notifications.iter().filter_map(progress).collect();
        if let Some(error) = response.get("error") {
            let text = error
                .get("message")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned();
            return Ok(Answer {
                result: Err(text),
                blocks: Vec::new(),
                progress,
                raw: response.to_string(),
            });
        }
        let result = response
            .get("result")
            .context("a response without result")?;
        let content = result
            .get("content")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        let blocks: Vec<String> = content
            .iter()
            .filter_map(|block| block.get("text").and_then(Value::as_str).map(str::to_owned))
            .collect();
        let failed = result
            .get("isError")
            .and_then(Value::as_bool)
            .unwrap_or(false);
        let outcome = match result.get("structuredContent") {
            _ if failed => Err(blocks.join("\n")),
            Some(Value::Object(map)) if map.len() == 1 && map.contains_key("result") => {
                Ok(map["result"].clone())
            }
            Some(value) => Ok(value.clone()),
            None => Ok(blocks
                .first()
                .map_or(Value::Null, |text| Value::String(text.clone()))),
        };
        Ok(Answer {
            result: outcome,
            blocks,
            progress,
            raw: response.to_string(),
        })
    }

    /// Returns the names of all tools.
    pub fn tools(&mut self) -> anyhow::Result<Vec<String>> {
        let response = self.request("tools/list", json!({}))?;
        let Some(tools) = response.pointer("/result/tools").and_then(Value::as_array) else {
            bail!("the answer to tools/list is {response}");
        };
        Ok(tools
            .iter()
            .filter_map(|tool| tool.get("name")?.as_str().map(str::to_owned))
            .collect())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.input.take());
        // Closing its input ends a server; one that hangs is killed.
        for _ in 0..100 {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Formats a progress notification as in cases.
fn progress(message: &Value) -> Option<String> {
    if message.get("method")? != "notifications/progress" {
        return None;
    }
    let params = message.get("params")?;
    let text = params
        .get("message")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let total = params
        .get("total")
        .map(|total| format!("/{total}"))
        .unwrap_or_default();
    Some(format!("{}{total} {text}", params.get("progress")?))
}

/// The outcome of a call.
#[derive(Debug)]
pub struct Answer {
    /// The result, unwrapped, or the error's text.
    pub result: Result<Value, String>,
    /// The text blocks.
    pub blocks: Vec<String>,
    /// The progress: `done/total message`.
    pub progress: Vec<String>,
    /// The whole response.
    pub raw: String,
}
