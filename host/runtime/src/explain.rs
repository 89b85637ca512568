//! Answers the operator's questions that a manifest alone does not decide.

use std::sync::Arc;

use luminarys_filesystem::{Filesystem, FsError};
use luminarys_grants::{Access, ExplainError, Grants, Outside};
use luminarys_network::http::parse_url;
use luminarys_network::{Network, NetworkError, NetworkOptions, split_address};

/// Decides on the disk's links or the host's addresses, as for a skill with `grants`. Returns the manifest's line that
/// allows the operation. Sends and runs nothing. Blocks while it reads the disk.
///
/// # Errors
/// [`ExplainError`] with the denial, or for an invalid question.
pub async fn explain(
    grants: Arc<Grants>,
    outside: Outside,
    network: NetworkOptions,
) -> Result<String, ExplainError> {
    match outside {
        Outside::Path { path, access } => {
            let files = Filesystem::new(grants, 0);
            files.explain(&path, access).map_err(of_files)
        }
        Outside::Directory { rule, directory } => {
            let files = Filesystem::working(grants);
            let decided = files.explain(&directory, Access::Read);
            decided.map(|_| rule).map_err(of_files)
        }
        Outside::Transfer { rule, path, access } => {
            let files = Filesystem::exchanged(&grants.file_transfer.directories);
            let local = files.explain(&path, access).map_err(of_files)?;
            Ok(format!("{rule}, {local}"))
        }
        Outside::Request { url } => request(&grants, &url, network).await,
        Outside::WebSocket { url, insecure } => websocket(&grants, &url, insecure, network).await,
        Outside::Connection { address, insecure } => {
            connection(&grants, &address, insecure, network).await
        }
    }
}

fn of_network(error: NetworkError) -> ExplainError {
    match error {
        NetworkError::Denied(denial) => ExplainError::Denied(denial),
        other => ExplainError::Invalid(other.to_string()),
    }
}

fn of_files(error: FsError) -> ExplainError {
    match error {
        FsError::Denied(denial) => ExplainError::Denied(denial),
        other => ExplainError::Invalid(other.to_string()),
    }
}

/// Decides on an HTTP request by its host's addresses, or by its name if a proxy resolves it.
async fn request(
    grants: &Grants,
    url: &str,
    network: NetworkOptions,
) -> Result<String, ExplainError> {
    let url = parse_url(url, &["http", "https"]).map_err(of_network)?;
    let network = new_network(network)?;
    let decided = network.decide_request(&grants.http, &url, url.as_str());
    Ok(decided.await.map_err(of_network)?.rule)
}

/// Decides on a WebSocket, which bypasses the proxy; `insecure` is whether certificate verification is skipped.
async fn websocket(
    grants: &Grants,
    url: &str,
    insecure: bool,
    network: NetworkOptions,
) -> Result<String, ExplainError> {
    let url = parse_url(url, &["ws", "wss"]).map_err(of_network)?;
    let network = new_network(network)?;
    let decided = network.decide_direct(&grants.http, &url, url.as_str());
    let rule = decided.await.map_err(of_network)?.rule;
    if insecure {
        grants.http.network.decide_insecure(url.as_str())?;
    }
    Ok(rule)
}

/// Decides on a TCP connection to `host:port`.
async fn connection(
    grants: &Grants,
    address: &str,
    insecure: bool,
    network: NetworkOptions,
) -> Result<String, ExplainError> {
    let (host, port) = split_address(address).map_err(of_network)?;
    let name = grants.tcp.decide_name(&host, port)?;
    let network = new_network(network)?;
    let checked = network.check(&grants.tcp.network, &name, address, &host, port);
    let rule = checked.await.map_err(of_network)?.rule;
    if insecure {
        grants.tcp.network.decide_insecure(address)?;
    }
    Ok(rule)
}

fn new_network(options: NetworkOptions) -> Result<Network, ExplainError> {
    Network::new(options).map_err(|error| ExplainError::Invalid(error.to_string()))
}
