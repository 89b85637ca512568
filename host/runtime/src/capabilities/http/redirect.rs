//! From hop to hop. Each is checked like the first.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use luminarys_audit::CallAudit;
use luminarys_blocking::Lane;
use luminarys_grants::Narrowing;
use reqwest::{Body, Request, Response};
use url::Url;

use super::client::{Coding, HttpClient};
use super::headers;
use super::jar::Jar;
use crate::network::NetworkError;

/// Hops after the first.
const MAX_REDIRECTS: usize = 10;

/// A request as it goes from hop to hop.
pub(super) struct Outgoing {
    pub method: Method,
    pub url: Url,
    pub headers: HeaderMap,
    pub cookies: Vec<(String, String)>,
    pub body: Bytes,
    pub follow: bool,
    pub jar: Option<Arc<Jar>>,
    pub narrowing: Narrowing,
}

impl Outgoing {
    /// Sends it, and follows redirects when it may. `stream` takes the place of the body and is sent once.
    pub async fn send(
        &mut self,
        client: &HttpClient,
        lane: &Lane,
        mut stream: Option<Body>,
        audit: &CallAudit,
    ) -> Result<Response, NetworkError> {
        for _ in 0..=MAX_REDIRECTS {
            let request = self.request(lane, stream.take()).await?;
            let response = client
                .execute(request, Coding::Decode, audit, self.narrowing)
                .await?;
            self.keep_cookies(lane, &response).await?;
            let Some(next) = self.next(&response)? else {
                return Ok(response);
            };
            self.go_to(next, response.status());
        }
        let text = format!(
            "more than {MAX_REDIRECTS} redirects, the last to {}",
            super::client::shown(&self.url)
        );
        Err(NetworkError::TooLarge(text))
    }

    async fn request(&self, lane: &Lane, stream: Option<Body>) -> Result<Request, NetworkError> {
        let mut request = Request::new(self.method.clone(), self.url.clone());
        let mut cookies = self.cookies.clone();
        if let Some(jar) = &self.jar {
            let (jar, url) = (jar.clone(), self.url.clone());
            let kept = lane.run(move || jar.cookies(&url)).await;
            let kept = kept.unwrap_or_default();
            let new =
                |(name, _): &(String, String)| !self.cookies.iter().any(|(own, _)| own == name);
            cookies.extend(kept.into_iter().filter(new));
        }
        let target = request.headers_mut();
        *target = self.headers.clone();
        if let Some(value) = headers::cookie_value(&cookies)? {
            target.append(header::COOKIE, value);
        }
        if !target.contains_key(header::USER_AGENT) {
            let agent = concat!("luminarys/", env!("CARGO_PKG_VERSION"));
            target.insert(header::USER_AGENT, HeaderValue::from_static(agent));
        }
        let takes_body = !matches!(self.method, Method::GET | Method::HEAD);
        *request.body_mut() = match stream {
            Some(stream) => Some(stream),
            None if self.body.is_empty() && !takes_body => None,
            None => Some(self.body.clone().into()),
        };
        Ok(request)
    }

    async fn keep_cookies(&self, lane: &Lane, response: &Response) -> Result<(), NetworkError> {
        let Some(jar) = self.jar.clone() else {
            return Ok(());
        };
        if self.narrowing.read_only {
            return Ok(());
        }
        let set = headers::set_cookies(response.headers());
        if set.is_empty() {
            return Ok(());
        }
        let url = self.url.clone();
        let kept = lane.run(move || jar.keep(&url, set)).await;
        let failed =
            |reason: String| NetworkError::Io(format!("the cookies cannot be kept: {reason}"));
        kept.map_err(|error| failed(error.to_string()))?
            .map_err(|error| failed(error.to_string()))
    }

    /// Where the answer sends us, when it does and we follow.
    fn next(&self, response: &Response) -> Result<Option<Url>, NetworkError> {
        use StatusCode as Status;
        let redirects = matches!(
            response.status(),
            Status::MOVED_PERMANENTLY
                | Status::FOUND
                | Status::SEE_OTHER
                | Status::TEMPORARY_REDIRECT
                | Status::PERMANENT_REDIRECT
        );
        let location = response.headers().get(header::LOCATION);
        let Some(location) = location.filter(|_| redirects && self.follow) else {
            return Ok(None);
        };
        let text = String::from_utf8_lossy(location.as_bytes());
        let failed = |_| NetworkError::Invalid(format!("redirected to {text:?}, which is no URL"));
        let joined = self.url.join(&text).map_err(failed)?;
        super::parse_url(joined.as_str(), &["http", "https"]).map(Some)
    }

    fn go_to(&mut self, next: Url, status: StatusCode) {
        let becomes_get = match status {
            StatusCode::SEE_OTHER => self.method != Method::HEAD,
            StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => self.method == Method::POST,
            _ => false,
        };
        if becomes_get {
            self.method = Method::GET;
            self.body = Bytes::new();
            let of_the_body = |name: &HeaderName| name.as_str().starts_with("content-");
            let names: Vec<_> = self
                .headers
                .keys()
                .filter(|name| of_the_body(name))
                .cloned()
                .collect();
            for name in names {
                self.headers.remove(name);
            }
        }
        if next.origin() != self.url.origin() {
            self.cookies.clear();
            for name in [
                header::AUTHORIZATION,
                header::COOKIE,
                header::PROXY_AUTHORIZATION,
                header::HOST,
            ] {
                self.headers.remove(name);
            }
        }
        self.url = next;
    }
}
