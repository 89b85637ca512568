//! Hosts with engines, and programs in both languages.

use std::time::Duration;

use luminarys_conformance::package;
use rmcp::model::{CallToolRequest, CallToolResult, ClientRequest};
use rmcp::service::{PeerRequestOptions, RequestHandle};
use serde_json::{Value, json};

use crate::host::{Client, Host, Place, TIMEOUT, TOKEN, asking, call, connect, protocols, text};

/// The languages of programs.
pub const LANGUAGES: [Language; 2] = [Language::JavaScript, Language::Python];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    JavaScript,
    Python,
}

/// The same program in both.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    pub javascript: &'static str,
    pub python: &'static str,
}

impl Language {
    /// The id of its engine's instance.
    pub fn id(self) -> &'static str {
        match self {
            Self::JavaScript => "js",
            Self::Python => "py",
        }
    }

    pub fn package(self) -> &'static str {
        match self {
            Self::JavaScript => "js-engine",
            Self::Python => "python-engine",
        }
    }

    pub fn of(self, program: Program) -> &'static str {
        match self {
            Self::JavaScript => program.javascript,
            Self::Python => program.python,
        }
    }
}

/// What engines need to be code that calls tools: two of their methods, and what they may call.
pub fn manifest(can_invoke: &str, more: &str) -> String {
    format!(
        "mcp: {{exposed_methods: [search, run]}}\ninvoke_policy: {{can_invoke: [{can_invoke}], {more}}}\n"
    )
}

/// Lets the engines call a skill.
pub const OPEN: &str = "invoke_policy: {can_be_invoked_by: [js, py]}\n";

/// An empty place whose compiled code lasts: engines take half a minute to compile.
pub fn place() -> Place {
    let place = Place::new(&[]);
    place.write("luminarys.yaml", &configuration(""));
    place
}

pub fn configuration(clients: &str) -> String {
    let key = package("key").with_extension("pub");
    let lasting = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (cache, secret) = (lasting.join("code-cache"), lasting.join("code-cache.key"));
    format!(
        "skills: ['*.skill.yaml']\ntrust: [{key:?}]\ndata_dir: data\n\
         runtime: {{cache_dir: {cache:?}, cache_key: {secret:?}}}\n\
         http: {{addr: '127.0.0.1:0', auth: {{tokens: [{TOKEN}], clients: [{clients}]}}}}\n"
    )
}

/// Deploys both engines, which may call these skills.
pub fn deploy_engines(place: &Place, can_invoke: &str, policy: &str, more: &str) {
    for language in LANGUAGES {
        let manifest = manifest(can_invoke, policy) + more;
        place.deploy(language.id(), language.package(), &manifest);
    }
}

/// Starts a host, and connects a client once all code is compiled.
pub async fn start(place: &Place) -> (Host, Client) {
    let host = Host::start(place);
    ready(&host).await;
    let [old, _] = protocols();
    let client = connect(&host, TOKEN, old).await.unwrap();
    (host, client)
}

/// Waits until all code is compiled; once it is, later hosts find it.
pub async fn ready(host: &Host) {
    let all = async {
        while host
            .client
            .get(host.url("/readyz"))
            .send()
            .await
            .unwrap()
            .status()
            != 200
        {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    // Compiling an engine takes minutes on a busy machine.
    tokio::time::timeout(10 * TIMEOUT, all).await.unwrap();
}

/// Runs a program.
pub async fn run(client: &Client, language: Language, code: &str) -> CallToolResult {
    let tool = format!("{}_run", language.id());
    call(client, &tool, json!({ "code": code })).await
}

/// Runs a program; returns its value.
pub async fn value(client: &Client, language: Language, program: Program) -> Value {
    let answer = run(client, language, language.of(program)).await;
    value_of(&answer)
}

/// The value of an answer; fails for an error.
pub fn value_of(answer: &CallToolResult) -> Value {
    assert_ne!(answer.is_error, Some(true), "{}", text(answer));
    let outcome = answer.structured_content.as_ref().unwrap();
    let value = outcome["value"].as_str();
    let value = value.unwrap_or_else(|| panic!("no value: {outcome}"));
    serde_json::from_str(value).unwrap_or_else(|error| panic!("{error}: {value}"))
}

/// Starts a program that ends only when it is cancelled.
pub async fn endless(
    client: &Client,
    language: Language,
    program: Program,
) -> RequestHandle<rmcp::RoleClient> {
    let tool = format!("{}_run", language.id());
    let arguments = json!({ "code": language.of(program) });
    let request = CallToolRequest::new(asking(&tool, arguments));
    let sent = client.send_cancellable_request(
        ClientRequest::CallToolRequest(request),
        PeerRequestOptions::no_options(),
    );
    sent.await.unwrap()
}
