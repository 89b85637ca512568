//! Documents that the host itself fetches, through its own proxy and name servers, with the system's certificates.

use std::sync::Arc;
use std::time::Duration;

use http::header::{ACCEPT, USER_AGENT};
use http::{HeaderValue, Method};
use luminarys_grants::NetworkGrants;
use reqwest::Request;
use thiserror::Error;
use url::{Host, Url};

use crate::error::{BoxError, SetupError};
use crate::names::OwnNames;
use crate::network::{Network, NetworkOptions};
use crate::transport::Transport;

/// Fetches documents. Cheap to clone.
#[derive(Clone)]
pub struct Fetcher {
    transport: Transport,
    has_proxy: bool,
}

/// Why a document cannot be fetched.
#[derive(Debug, Error)]
pub enum FetchError {
    /// The address is not protected by TLS.
    #[error("{0} must use https; http is accepted for a loopback host only, and without a proxy")]
    Insecure(String),
    /// No response arrived.
    #[error("{}", causes(&**.0))]
    Failed(#[source] BoxError),
    /// The response has another status than 200.
    #[error("it answered with status {0}")]
    Status(u16),
    /// The response is too long.
    #[error("its answer is over {0} bytes")]
    TooLarge(usize),
    /// The response did not arrive in time.
    #[error("it did not answer within {} s", .0.as_secs())]
    Timeout(Duration),
}

/// Returns whether nobody on the way can change a document at `url`: it is sent over TLS, or comes from this machine.
pub fn is_secure(url: &Url) -> bool {
    match url.scheme() {
        "https" => url.host().is_some(),
        "http" => match url.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        },
        _ => false,
    }
}

impl Fetcher {
    /// Prepares connections as `options` say.
    ///
    /// # Errors
    /// [`SetupError`] when the name servers or the proxy cannot be used.
    pub fn new(options: &NetworkOptions) -> Result<Self, SetupError> {
        let network = Network::new(options.clone())?;
        let tls = network.tls(&NetworkGrants::default(), false);
        let tls = tls.map_err(|error| SetupError::Transport(error.into()))?;
        let names = Arc::new(OwnNames(network.clone()));
        let transport = Transport::new(&network, names, tls, false);
        Ok(Self {
            transport: transport.map_err(SetupError::Transport)?,
            has_proxy: network.proxy().is_some(),
        })
    }

    /// Fetches the JSON document at `url`, of at most `limit` bytes, within `timeout`. Redirects are not followed.
    ///
    /// # Errors
    /// [`FetchError`]
    pub async fn json(
        &self,
        url: &Url,
        limit: usize,
        timeout: Duration,
    ) -> Result<Vec<u8>, FetchError> {
        if !is_secure(url) || (self.has_proxy && url.scheme() == "http") {
            return Err(FetchError::Insecure(url.to_string()));
        }
        let fetched = tokio::time::timeout(timeout, self.fetch(url, limit)).await;
        fetched.unwrap_or(Err(FetchError::Timeout(timeout)))
    }

    async fn fetch(&self, url: &Url, limit: usize) -> Result<Vec<u8>, FetchError> {
        let mut request = Request::new(Method::GET, url.clone());
        let agent = concat!("luminarys/", env!("CARGO_PKG_VERSION"));
        let headers = request.headers_mut();
        headers.insert(USER_AGENT, HeaderValue::from_static(agent));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let mut response = self
            .transport
            .execute(request)
            .await
            .map_err(FetchError::Failed)?;
        if response.status().as_u16() != 200 {
            return Err(FetchError::Status(response.status().as_u16()));
        }
        let mut bytes = Vec::new();
        while let Some(piece) = response
            .chunk()
            .await
            .map_err(|error| FetchError::Failed(error.without_url().into()))?
        {
            if bytes.len() + piece.len() > limit {
                return Err(FetchError::TooLarge(limit));
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes)
    }
}

/// Returns the text of an error with that of its causes, which often alone tell what is wrong.
fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn only_tls_and_loopback_are_secure() {
        let rows = [
            ("https://login.example/", true),
            ("https://10.0.0.1/", true),
            ("http://127.0.0.1:9000/", true),
            ("http://127.1.2.3/", true),
            ("http://[::1]:9000/", true),
            ("http://localhost:1/", true),
            ("http://a.localhost/", true),
            ("http://login.example/", false),
            ("http://10.0.0.1/", false),
            ("http://localhost.example/", false),
            ("http://127.0.0.1.example/", false),
            ("file:///etc/passwd", false),
            ("data:application/json,{}", false),
        ];
        each_row(rows, |(url, expected)| {
            assert_eq!(is_secure(&url.parse().unwrap()), expected, "{url}");
        });
    }
}
