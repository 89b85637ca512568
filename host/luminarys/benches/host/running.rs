//! A host process, and calls of its tools over plain HTTP.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

const CALLS: u32 = 5_000;
const TICKS_A_SECOND: u64 = 100;
/// The prefix of each named client's token.
const TOKEN: &str = "a-token-of-some-length-";
const MESSAGE: &str = "a message of 24 bytes...";

/// A directory with a configuration.
pub struct Place {
    pub directory: PathBuf,
    pub packages: Vec<PathBuf>,
}

impl Place {
    /// Deploys the given number of skills, cycling through the packages.
    pub fn deploy(&self, count: usize) -> anyhow::Result<()> {
        for number in 0..count {
            let package = &self.packages[number % self.packages.len()];
            let manifest = format!("id: echo{number}\npath: {package:?}\n");
            let name = format!("{number}.skill.yaml");
            std::fs::write(self.directory.join(name), manifest)?;
        }
        self.configure(false)
    }

    /// Writes the configuration: open to everybody, or to a hundred clients, each with its own rights and rate limit.
    pub fn configure(&self, are_named: bool) -> anyhow::Result<()> {
        let mut auth = String::new();
        for number in 0..if are_named { 100 } else { 0 } {
            writeln!(
                auth,
                "    - {{name: client{number}, token: {TOKEN}{number}, tools: ['none_*', 'echo0_*'], calls_per_minute: 1000000}}"
            )?;
        }
        if are_named {
            auth.insert_str(0, "  auth:\n   clients:\n");
        }
        let config = format!(
            "skills: ['*.skill.yaml']\ntrust: any\nhttp:\n  addr: '127.0.0.1:0'\n{auth}log: {{level: error}}\n\
             data_dir: data\nruntime: {{cache_dir: cache}}\n"
        );
        Ok(std::fs::write(
            self.directory.join("luminarys.yaml"),
            config,
        )?)
    }
}

/// A host that serves until it is dropped.
pub struct Host {
    child: Child,
    pub address: SocketAddr,
    pub ready_after: Duration,
}

impl Host {
    /// Starts the host, and returns once it has printed its address.
    pub fn start(place: &Place) -> anyhow::Result<Self> {
        let begun = Instant::now();
        // Another build, such as one that was made before.
        let program = std::env::var_os("LUMINARYS");
        let program = program.unwrap_or_else(|| env!("CARGO_BIN_EXE_luminarys").into());
        let mut child = Command::new(program)
            .arg("serve")
            .current_dir(&place.directory)
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let output = child.stderr.take().context("no standard error")?;
        for line in BufReader::new(output).lines() {
            if let Some((_, rest)) = line?.split_once("http://") {
                let ready_after = begun.elapsed();
                let address = rest.split('/').next().unwrap_or_default().parse()?;
                return Ok(Self {
                    child,
                    address,
                    ready_after,
                });
            }
        }
        anyhow::bail!("the host ended")
    }

    fn proc(&self, file: &str) -> anyhow::Result<String> {
        let path = format!("/proc/{}/{file}", self.child.id());
        Ok(std::fs::read_to_string(path)?)
    }

    /// Resident memory, in KiB.
    pub fn resident(&self) -> anyhow::Result<u64> {
        self.memory("VmRSS:")
    }

    /// The most resident memory that there has been, in KiB.
    #[allow(dead_code, reason = "the benchmark of clusters uses it")]
    pub fn peak_resident(&self) -> anyhow::Result<u64> {
        self.memory("VmHWM:")
    }

    fn memory(&self, key: &'static str) -> anyhow::Result<u64> {
        let status = self.proc("status")?;
        let line = status.lines().find(|line| line.starts_with(key));
        let number = line.and_then(|line| line.split_whitespace().nth(1));
        Ok(number.context(key)?.parse()?)
    }

    /// Processor time spent so far.
    pub fn processor(&self) -> anyhow::Result<Duration> {
        let stat = self.proc("stat")?;
        let (_, fields) = stat.rsplit_once(')').context("no fields")?;
        let times = fields.split_whitespace().skip(11).take(2);
        let ticks: u64 = times.map(|ticks| ticks.parse().unwrap_or(0)).sum();
        Ok(Duration::from_millis(ticks * 1_000 / TICKS_A_SECOND))
    }

    /// Processor time and time of one call, over a kept connection.
    pub fn measure_calls(&self) -> anyhow::Result<(Duration, Duration)> {
        let stream = TcpStream::connect(self.address)?;
        stream.set_nodelay(true)?;
        let mut connection = BufReader::new(stream);
        let arguments = json!({ "message": MESSAGE });
        let request = request(self.address, "echo0_echo", &arguments)?;
        for _ in 0..CALLS / 10 {
            exchange(&mut connection, &request, MESSAGE)?;
        }
        let (cpu, begun) = (self.processor()?, Instant::now());
        for _ in 0..CALLS {
            exchange(&mut connection, &request, MESSAGE)?;
        }
        let wall = begun.elapsed() / CALLS;
        Ok(((self.processor()? - cpu) / CALLS, wall))
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A call in the stateless protocol.
pub fn request(address: SocketAddr, tool: &str, arguments: &Value) -> anyhow::Result<String> {
    let body = json!({
        "jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {
            "name": tool, "arguments": arguments,
            "_meta": {
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientCapabilities": {},
                "io.modelcontextprotocol/clientInfo": { "name": "bench", "version": "1" },
            },
        },
    })
    .to_string();
    let mut text = format!("POST /mcp HTTP/1.1\r\nHost: {address}\r\n");
    for (name, value) in [
        // Not required if no client is named.
        ("Authorization", &*format!("Bearer {TOKEN}42")),
        ("Content-Type", "application/json"),
        ("Accept", "application/json, text/event-stream"),
        ("MCP-Protocol-Version", "2026-07-28"),
        ("Mcp-Method", "tools/call"),
        ("Mcp-Name", tool),
        ("Content-Length", &body.len().to_string()),
    ] {
        write!(text, "{name}: {value}\r\n")?;
    }
    Ok(text + "\r\n" + &body)
}

/// Sends a request and reads the whole response, which must contain `expected`.
pub fn exchange(
    connection: &mut BufReader<TcpStream>,
    request: &str,
    expected: &str,
) -> anyhow::Result<()> {
    connection.get_mut().write_all(request.as_bytes())?;
    let (mut length, mut is_chunked, mut line) = (0, false, String::new());
    connection.read_line(&mut line)?;
    ensure!(line.contains(" 200 "), "answered {line}");
    loop {
        line.clear();
        connection.read_line(&mut line)?;
        let header = line.trim_end().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse()?;
        }
        is_chunked |= header == "transfer-encoding: chunked";
    }
    let mut body = vec![0; length];
    connection.read_exact(&mut body)?;
    while is_chunked {
        line.clear();
        connection.read_line(&mut line)?;
        let size = usize::from_str_radix(line.trim_end(), 16)?;
        let mut chunk = vec![0; size + 2];
        connection.read_exact(&mut chunk)?;
        body.extend_from_slice(&chunk[..size]);
        is_chunked = size > 0;
    }
    let text = String::from_utf8_lossy(&body);
    ensure!(text.contains(expected), "answered {text}");
    Ok(())
}
