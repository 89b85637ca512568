//! Decisions asked for by the operator rather than by a skill.

use std::sync::Arc;

use luminarys_grants::command::canonical;
use luminarys_grants::{Access, Denial, Grants};

use crate::capabilities::filesystem::{Filesystem, FsError};
use crate::capabilities::http::parse_url;
use crate::network::{Network, NetworkError, NetworkOptions, split_address};

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
    files.explain(path, access).map_err(|error| match error {
        FsError::Denied(denial) => ExplainError::Denied(denial),
        other => ExplainError::Invalid(other.to_string()),
    })
}

/// Splits `line` and decides over the command: the manifest's line that allows it. Nothing is run.
///
/// # Errors
/// [`ExplainError`]
pub fn explain_command(grants: &Grants, line: &str) -> Result<String, ExplainError> {
    let line = canonical(line).map_err(ExplainError::Invalid)?;
    let decision = grants.shell.decide_command(&line);
    decision.map_err(ExplainError::Denied)
}

/// Looks the host of `url` up and decides over URL and addresses, as for a request or a WebSocket: the manifest's line
/// that allows it. Nothing is sent.
///
/// # Errors
/// [`ExplainError`]
pub async fn explain_url(
    grants: &Grants,
    url: &str,
    network: NetworkOptions,
) -> Result<String, ExplainError> {
    let url = parse_url(url, &["http", "https", "ws", "wss"])?;
    let name = grants.http.decide_url(&url).map_err(ExplainError::Denied)?;
    let (host, port) = (
        url.host_str().unwrap_or_default(),
        url.port_or_known_default(),
    );
    let network = new_network(network)?;
    let checked = network.check(
        &grants.http.network,
        &name,
        url.as_str(),
        host,
        port.unwrap_or(0),
    );
    Ok(checked.await?.rule)
}

/// The same for a TCP connection to `host:port`.
///
/// # Errors
/// [`ExplainError`]
pub async fn explain_address(
    grants: &Grants,
    address: &str,
    network: NetworkOptions,
) -> Result<String, ExplainError> {
    let (host, port) = split_address(address)?;
    let name = grants
        .tcp
        .decide_name(&host, port)
        .map_err(ExplainError::Denied)?;
    let network = new_network(network)?;
    let checked = network.check(&grants.tcp.network, &name, address, &host, port);
    Ok(checked.await?.rule)
}

fn new_network(options: NetworkOptions) -> Result<Network, ExplainError> {
    Network::new(options).map_err(|error| ExplainError::Invalid(error.to_string()))
}
