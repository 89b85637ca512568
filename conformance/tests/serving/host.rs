//! A running host and its clients.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use luminarys_conformance::{binary, package};
use rmcp::model::{
    CallToolRequestParams, CallToolResult, ClientConfig, CreateMessageRequestParams,
    CreateMessageResult, JsonObject, ProgressNotificationParam, ProtocolVersion, Role,
    SamplingMessage, SamplingMessageContentBlock,
};
use rmcp::service::{NotificationContext, RequestContext, RunningService};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use rmcp::{ClientHandler, ClientLifecycleMode, ClientServiceExt as _, ErrorData, RoleClient};
use serde_json::Value;
use tokio::sync::Notify;

/// The clients' token.
pub const TOKEN: &str = "conformance-token";

/// A hang fails its test, not the whole run.
pub const TIMEOUT: Duration = Duration::from_secs(60);

/// A directory with a configuration, and manifests named as their skills.
pub struct Place(tempfile::TempDir);

impl Place {
    pub fn new(skills: &[&str]) -> Self {
        // For the tests' client; installed by the first test.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let place = Self(tempfile::tempdir().unwrap());
        for skill in skills {
            place.deploy(skill, skill, "");
        }
        place.write("luminarys.yaml", &place.config(""));
        place
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// The default configuration and `more`.
    pub fn config(&self, more: &str) -> String {
        let key = package("key").with_extension("pub");
        format!(
            "skills: ['*.skill.yaml']\ntrust: [{key:?}]\ndata_dir: data\nruntime: {{cache_dir: cache}}\n\
             http: {{addr: '127.0.0.1:0', auth: {{tokens: [{TOKEN}]}}, max_request_bytes: 1000000}}\n{more}"
        )
    }

    /// Writes the manifest of instance `id`.
    pub fn deploy(&self, id: &str, skill: &str, more: &str) {
        let text = format!("id: {id}\npath: {:?}\n{more}", package(skill));
        self.write(&format!("{id}.skill.yaml"), &text);
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command
            .args(arguments)
            .current_dir(self.0.path())
            .env("HOME", self.0.path());
        command
    }

    /// A command with this limit of file descriptors.
    pub fn command_with_descriptors(&self, count: u32, arguments: &[&str]) -> Command {
        let mut command = Command::new("sh");
        command
            .args(["-c", &format!("ulimit -n {count} && exec \"$0\" \"$@\"")])
            .arg(binary())
            .args(arguments)
            .current_dir(self.0.path())
            .env("HOME", self.0.path());
        command
    }
}

/// A host that serves HTTP until it is dropped.
pub struct Host {
    child: Child,
    pub address: SocketAddr,
    scheme: String,
    /// The HTTP client.
    pub client: reqwest::Client,
    log: Arc<Mutex<String>>,
    logging: Option<JoinHandle<()>>,
}

impl Host {
    pub fn start(place: &Place) -> Self {
        Self::start_by(place.command(&["serve"]))
    }

    /// Runs a host that serves HTTP.
    pub fn start_by(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let log = Arc::new(Mutex::new(String::new()));
        let (scheme, address) = loop {
            let line = lines
                .next()
                .unwrap_or_else(|| panic!("it ended: {}", log.lock().unwrap()))
                .unwrap();
            // Other lines may have addresses as well, of servers that the host contacts.
            let url = line.split_once("clients at ");
            if let Some((scheme, rest)) = url.and_then(|(_, url)| url.split_once("://")) {
                let address = rest.split('/').next().unwrap().parse().unwrap();
                break (scheme.to_owned(), address);
            }
            log.lock().unwrap().push_str(&(line + "\n"));
        };
        let kept = log.clone();
        let logging = std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                kept.lock().unwrap().push_str(&(line + "\n"));
            }
        });
        Self {
            child,
            address,
            scheme,
            client: reqwest::Client::new(),
            log,
            logging: Some(logging),
        }
    }

    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Stops it as an operator does, and returns its log.
    pub fn stop(mut self) -> String {
        let process = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(process, rustix::process::Signal::TERM).unwrap();
        self.child.wait().unwrap();
        if let Some(logging) = self.logging.take() {
            logging.join().unwrap();
        }
        self.log()
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }

    /// The value of a counter or gauge.
    pub async fn metric(&self, name: &str) -> f64 {
        let value = self.metric_if_any(name).await;
        value.unwrap_or_else(|| panic!("no {name}"))
    }

    /// The value of a counter that counts from its first event.
    pub async fn metric_if_any(&self, name: &str) -> Option<f64> {
        let request = self.client.get(self.url("/metrics"));
        let text = request.bearer_auth(TOKEN).send().await.unwrap();
        let text = text.text().await.unwrap();
        let line = text.lines().find(|line| line.starts_with(name))?;
        Some(line.rsplit(' ').next().unwrap().parse().unwrap())
    }

    /// Its resident memory, in MiB.
    pub fn resident_mib(&self) -> u64 {
        memory_mib(&self.child, "VmRSS:")
    }

    /// Its peak resident memory, in MiB.
    pub fn peak_resident_mib(&self) -> u64 {
        memory_mib(&self.child, "VmHWM:")
    }

    /// Waits until the code of all skills is compiled.
    pub async fn until_ready(&self) {
        until(async || {
            let answer = self.client.get(self.url("/readyz")).send().await.unwrap();
            answer.status() == reqwest::StatusCode::OK
        })
        .await;
    }

    /// Waits until this many calls run.
    pub async fn until_running(&self, count: u32) {
        until(async || {
            (self.metric("luminarys_calls_in_flight").await - f64::from(count)).abs() < 0.5
        })
        .await;
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns the memory of a process according to the kernel, in MiB: `VmRSS:` now, `VmHWM:` at most.
pub fn memory_mib(process: &Child, field: &str) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap();
    let line = text.lines().find(|line| line.starts_with(field)).unwrap();
    let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kib >> 10
}

/// Starts a host that serves its standard input and output.
pub fn start_stdio(place: &Place) -> Child {
    place
        .command(&["serve", "--stdio"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Waits until `condition` holds; fails after [`TIMEOUT`].
pub async fn until(mut condition: impl AsyncFnMut() -> bool) {
    let all = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(TIMEOUT, all)
        .await
        .expect("the condition did not hold in time");
}

/// Records the notifications of the server.
#[derive(Clone, Debug, Default)]
pub struct Notifications {
    pub list_changed: Arc<Notify>,
    pub progress: Arc<Mutex<Vec<String>>>,
}

impl ClientHandler for Notifications {
    fn get_info(&self) -> ClientConfig {
        let mut info = ClientConfig::default();
        info.capabilities.sampling = Some(Default::default());
        info
    }

    async fn create_message(
        &self,
        asked: CreateMessageRequestParams,
        _: RequestContext<RoleClient>,
    ) -> Result<CreateMessageResult, ErrorData> {
        let blocks = asked.messages[0].content.clone().into_vec();
        let text = blocks[0]
            .as_text()
            .unwrap()
            .text
            .chars()
            .rev()
            .collect::<String>();
        let text = SamplingMessageContentBlock::text(format!("{text} {}", asked.max_tokens));
        let message = SamplingMessage::new(Role::Assistant, text);
        Ok(CreateMessageResult::new(message, "the client's".to_owned()))
    }

    async fn on_tool_list_changed(&self, _: NotificationContext<RoleClient>) {
        self.list_changed.notify_one();
    }

    async fn on_progress(
        &self,
        params: ProgressNotificationParam,
        _: NotificationContext<RoleClient>,
    ) {
        let text = params.message.unwrap_or_default();
        self.progress.lock().unwrap().push(text);
    }
}

pub type Client = RunningService<RoleClient, Notifications>;

/// Both protocols that are served.
pub fn protocols() -> [ClientLifecycleMode; 2] {
    [
        ClientLifecycleMode::Initialize,
        ClientLifecycleMode::Discover {
            preferred_versions: vec![ProtocolVersion::V_2026_07_28],
        },
    ]
}

/// Connects a client over HTTP; fails with the server's message.
pub async fn connect(
    host: &Host,
    token: &str,
    protocol: ClientLifecycleMode,
) -> Result<Client, String> {
    let mut config = StreamableHttpClientTransportConfig::with_uri(host.url("/mcp"));
    config.auth_header = Some(token.to_owned());
    let transport = StreamableHttpClientTransport::with_client(host.client.clone(), config);
    let ears = Notifications::default();
    let connecting = ears.serve_with_lifecycle(transport, protocol);
    connecting.await.map_err(|error| error.to_string())
}

/// A client that starts its own host.
pub async fn connect_stdio(place: &Place, protocol: ClientLifecycleMode) -> Client {
    let mut command = tokio::process::Command::from(place.command(&["serve", "--stdio"]));
    command.kill_on_drop(true);
    let transport = rmcp::transport::TokioChildProcess::new(command).unwrap();
    Notifications::default()
        .serve_with_lifecycle(transport, protocol)
        .await
        .unwrap()
}

/// Makes the request for a tool.
pub fn asking(tool: &str, arguments: Value) -> CallToolRequestParams {
    let Value::Object(arguments) = arguments else {
        panic!("arguments are an object")
    };
    let arguments: JsonObject = arguments;
    CallToolRequestParams::new(tool.to_owned()).with_arguments(arguments)
}

/// Calls a tool; returns the answer.
pub async fn call(client: &Client, tool: &str, arguments: Value) -> CallToolResult {
    let call = client.call_tool(asking(tool, arguments));
    tokio::time::timeout(TIMEOUT, call).await.unwrap().unwrap()
}

/// The first text of an answer.
pub fn text(result: &CallToolResult) -> String {
    let first = result.content.first().and_then(|block| block.as_text());
    first.map(|text| text.text.clone()).unwrap_or_default()
}

/// Returns the names of all tools.
pub async fn tools(client: &Client) -> Vec<String> {
    let tools = client.list_all_tools().await.unwrap();
    tools
        .into_iter()
        .map(|tool| tool.name.into_owned())
        .collect()
}

/// Copies a built package, so that it can be changed.
pub fn copy_package(skill: &str, to: &Path) {
    std::fs::copy(package(skill), to).unwrap();
}
