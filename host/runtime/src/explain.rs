//! Decisions asked for by the operator rather than by a skill.

use std::sync::Arc;

use luminarys_filesystem::{Filesystem, FsError};
use luminarys_grants::command::canonical;
use luminarys_grants::{Access, Denial, Grants};
use luminarys_network::http::parse_url;
use luminarys_network::{Network, NetworkError, NetworkOptions, split_address};

use crate::capabilities::events;
use crate::capabilities::store::check_namespace;

/// Why there is no answer, or not the one hoped for.
#[derive(Clone, Debug, thiserror::Error, PartialEq)]
pub enum ExplainError {
    /// The manifest does not allow it.
    #[error(transparent)]
    Denied(Denial),
    /// The question makes no sense, such as a relative path.
    #[error("{0}")]
    Invalid(String),
}

impl From<NetworkError> for ExplainError {
    fn from(error: NetworkError) -> Self {
        match error {
            NetworkError::Denied(denial) => Self::Denied(denial),
            other => Self::Invalid(other.to_string()),
        }
    }
}

impl From<FsError> for ExplainError {
    fn from(error: FsError) -> Self {
        match error {
            FsError::Denied(denial) => Self::Denied(denial),
            other => Self::Invalid(other.to_string()),
        }
    }
}

/// Resolves `path` as a skill with `grants` would have it, links followed, and decides: the manifest's line that allows
/// `access`. Blocking.
///
/// # Errors
/// [`ExplainError`]
pub fn explain_path(
    grants: Arc<Grants>,
    path: &str,
    access: Access,
) -> Result<String, ExplainError> {
    let files = Filesystem::new(grants, 0);
    files.explain(path, access).map_err(ExplainError::from)
}

/// Splits `line` and decides on the command, and on the directory that it would run in where one is named: the
/// manifest's line that allows the command. Nothing is run. Blocking.
///
/// # Errors
/// [`ExplainError`]
pub fn explain_command(
    grants: &Arc<Grants>,
    line: &str,
    directory: Option<&str>,
) -> Result<String, ExplainError> {
    let line = canonical(line).map_err(ExplainError::Invalid)?;
    let decision = grants.shell.decide_command(&line);
    let rule = decision.map_err(ExplainError::Denied)?;
    if let Some(directory) = directory {
        let files = Filesystem::working(grants.clone());
        files
            .explain(directory, Access::Read)
            .map_err(ExplainError::from)?;
    }
    Ok(rule)
}

/// Decides over an HTTP request for `url`, by its host's addresses, or by its name where a proxy looks that up: the
/// manifest's line that allows it. Nothing is sent.
///
/// # Errors
/// [`ExplainError`]
pub async fn explain_request(
    grants: &Grants,
    url: &str,
    network: NetworkOptions,
) -> Result<String, ExplainError> {
    let url = parse_url(url, &["http", "https"])?;
    let network = new_network(network)?;
    let decided = network.decide_request(&grants.http, &url, url.as_str());
    Ok(decided.await?.rule)
}

/// The same for a WebSocket, which goes past the proxy; `insecure` is whether any certificate would do.
///
/// # Errors
/// [`ExplainError`]
pub async fn explain_websocket(
    grants: &Grants,
    url: &str,
    insecure: bool,
    network: NetworkOptions,
) -> Result<String, ExplainError> {
    let url = parse_url(url, &["ws", "wss"])?;
    let network = new_network(network)?;
    let decided = network.decide_direct(&grants.http, &url, url.as_str());
    let rule = decided.await?.rule;
    if insecure {
        let decided = grants.http.network.decide_insecure(url.as_str());
        decided.map_err(ExplainError::Denied)?;
    }
    Ok(rule)
}

/// The same for a TCP connection to `host:port`.
///
/// # Errors
/// [`ExplainError`]
pub async fn explain_address(
    grants: &Grants,
    address: &str,
    insecure: bool,
    network: NetworkOptions,
) -> Result<String, ExplainError> {
    let (host, port) = split_address(address)?;
    let name = grants
        .tcp
        .decide_name(&host, port)
        .map_err(ExplainError::Denied)?;
    let network = new_network(network)?;
    let checked = network.check(&grants.tcp.network, &name, address, &host, port);
    let rule = checked.await?.rule;
    if insecure {
        let decided = grants.tcp.network.decide_insecure(address);
        decided.map_err(ExplainError::Denied)?;
    }
    Ok(rule)
}

/// Decides whether the addresses of `host` may be asked for: the manifest's line that allows it. Nobody is asked.
///
/// # Errors
/// [`ExplainError::Denied`]
pub fn explain_lookup(grants: &Grants, host: &str) -> Result<String, ExplainError> {
    let decided = grants.tcp.decide_lookup(host);
    decided.map_err(ExplainError::Denied)
}

/// Decides over a topic that is emitted, or over a pattern or topic that is subscribed to: the manifest's line that allows
/// it.
///
/// # Errors
/// [`ExplainError`]
pub fn explain_event(
    grants: &Grants,
    topic: &str,
    subscribe: bool,
) -> Result<String, ExplainError> {
    let (checked, decided) = match subscribe {
        true => (
            events::check_subscription(topic),
            grants.events.decide_subscribe(topic),
        ),
        false => (events::check_topic(topic), grants.events.decide_emit(topic)),
    };
    checked.map_err(ExplainError::Invalid)?;
    decided.map(str::to_owned).map_err(ExplainError::Denied)
}

/// Decides over a shared namespace of the store: the manifest's line that allows `access`.
///
/// # Errors
/// [`ExplainError`]
pub fn explain_store(
    grants: &Grants,
    namespace: &str,
    access: Access,
) -> Result<String, ExplainError> {
    check_namespace(namespace).map_err(ExplainError::Invalid)?;
    let decided = grants.store.decide(namespace, access);
    decided.map(str::to_owned).map_err(ExplainError::Denied)
}

/// Decides whether a language model may be asked: the manifest's key that allows it.
///
/// # Errors
/// [`ExplainError::Denied`]
pub fn explain_model(grants: &Grants) -> Result<String, ExplainError> {
    let decided = grants.llm.decide();
    decided.map(str::to_owned).map_err(ExplainError::Denied)
}

/// Decides whether the skill's own methods may be called later; `operation` is `schedule` or `defer`: the manifest's key
/// that allows it.
///
/// # Errors
/// [`ExplainError`]
pub fn explain_schedule(grants: &Grants, operation: &str) -> Result<String, ExplainError> {
    if !matches!(operation, "schedule" | "defer") {
        let text = format!("{operation:?} is neither `schedule` nor `defer`");
        return Err(ExplainError::Invalid(text));
    }
    let decided = grants.schedule.decide(operation);
    decided.map(str::to_owned).map_err(ExplainError::Denied)
}

fn new_network(options: NetworkOptions) -> Result<Network, ExplainError> {
    Network::new(options).map_err(|error| ExplainError::Invalid(error.to_string()))
}
