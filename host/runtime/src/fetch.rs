//! Documents that the host itself fetches: over its own proxy and name servers, with the system's certificates.

use std::sync::Arc;
use std::time::Duration;

use http::header::{ACCEPT, USER_AGENT};
use http::{HeaderValue, Method};
use luminarys_grants::NetworkGrants;
use reqwest::Request;
use thiserror::Error;
use url::{Host, Url};

use crate::RuntimeError;
use crate::network::{BoxError, Network, NetworkOptions, OwnNames, Transport};

/// Fetches documents. Cheap to clone.
#[derive(Clone)]
pub struct Fetcher {
    transport: Transport,
    has_proxy: bool,
}

/// A document that did not come.
#[derive(Debug, Error)]
pub enum FetchError {
    /// The address may not be asked.
    #[error(
        "{0} has neither https nor a loopback host, with which http is taken where no proxy is between"
    )]
    Insecure(String),
    /// No answer came.
    #[error("{0}")]
    Failed(String),
    /// The answer is not what was asked for.
    #[error("it answered with status {0}")]
    Status(u16),
    /// The answer is too long.
    #[error("its answer is over {0} bytes")]
    TooLarge(usize),
    /// The answer did not come in time.
    #[error("it did not answer within {} s", .0.as_secs())]
    Timeout(Duration),
}

/// Tells whether a document at `url` comes from its host as it is: over TLS, or from this machine.
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
    /// [`RuntimeError`] when name servers or proxy cannot be used.
    pub fn new(options: &NetworkOptions) -> Result<Self, RuntimeError> {
        let network = Network::new(options.clone())?;
        let failed = |error: String| RuntimeError::Fetcher(error);
        let tls = network.tls(&NetworkGrants::default(), false);
        let tls = tls.map_err(|error| failed(error.to_string()))?;
        let names = Arc::new(OwnNames(network.clone()));
        let transport = Transport::new(&network, names, tls, false);
        Ok(Self {
            transport: transport.map_err(|error| failed(error.to_string()))?,
            has_proxy: network.proxy().is_some(),
        })
    }

    /// Fetches the JSON document at `url`, of at most `limit` bytes, within `patience`. Redirects are not followed.
    ///
    /// # Errors
    /// [`FetchError`]
    pub async fn json(
        &self,
        url: &Url,
        limit: usize,
        patience: Duration,
    ) -> Result<Vec<u8>, FetchError> {
        if !is_secure(url) || (self.has_proxy && url.scheme() == "http") {
            return Err(FetchError::Insecure(url.to_string()));
        }
        let fetched = tokio::time::timeout(patience, self.fetch(url, limit)).await;
        fetched.unwrap_or(Err(FetchError::Timeout(patience)))
    }

    async fn fetch(&self, url: &Url, limit: usize) -> Result<Vec<u8>, FetchError> {
        let failed = |error: BoxError| FetchError::Failed(causes(&*error));
        let mut request = Request::new(Method::GET, url.clone());
        let agent = concat!("luminarys/", env!("CARGO_PKG_VERSION"));
        let headers = request.headers_mut();
        headers.insert(USER_AGENT, HeaderValue::from_static(agent));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let mut response = self.transport.execute(request).await.map_err(failed)?;
        if response.status().as_u16() != 200 {
            return Err(FetchError::Status(response.status().as_u16()));
        }
        let mut bytes = Vec::new();
        while let Some(piece) = response
            .chunk()
            .await
            .map_err(|error| failed(error.without_url().into()))?
        {
            if bytes.len() + piece.len() > limit {
                return Err(FetchError::TooLarge(limit));
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes)
    }
}

/// An error with what caused it, which alone often says what is wrong.
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
    use super::*;

    #[test]
    fn only_what_comes_as_it_is_is_secure() {
        for (url, expected) in [
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
        ] {
            assert_eq!(is_secure(&url.parse().unwrap()), expected, "{url}");
        }
    }
}
