//! Follows redirects: each hop is checked like the first.

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use luminarys_audit::CallAudit;
use luminarys_grants::Narrowing;
use reqwest::{Body, Request, Response};
use url::Url;

use super::client::{Coding, HttpClient};
use super::headers;
use crate::error::{Failure, NetworkError};

/// The most hops after the first.
const MAX_REDIRECTS: usize = 10;

/// A request on its way from hop to hop.
pub(super) struct Outgoing {
    pub method: Method,
    pub url: Url,
    pub headers: HeaderMap,
    pub cookies: Vec<(String, String)>,
    pub body: Bytes,
    pub follow: bool,
    pub use_jar: bool,
    pub narrowing: Narrowing,
}

impl Outgoing {
    /// Sends the request, and follows redirects when `follow` is set. `stream` replaces the body and is sent once.
    pub async fn send(
        &mut self,
        client: &HttpClient,
        mut stream: Option<Body>,
        audit: &CallAudit,
    ) -> Result<Response, NetworkError> {
        for _ in 0..=MAX_REDIRECTS {
            let request = self.request(client, stream.take()).await?;
            let response = client
                .execute(request, Coding::Decode, audit, self.narrowing)
                .await?;
            self.keep_cookies(client, &response).await?;
            let location = response.headers().get(header::LOCATION);
            let Some(next) = self.next(response.status(), location)? else {
                return Ok(response);
            };
            self.go_to(next, response.status());
        }
        let text = format!(
            "more than {MAX_REDIRECTS} redirects, the last to {}",
            super::client::shown(&self.url)
        );
        Err(NetworkError::LimitExceeded(text.into()))
    }

    async fn request(
        &self,
        client: &HttpClient,
        stream: Option<Body>,
    ) -> Result<Request, NetworkError> {
        let mut request = Request::new(self.method.clone(), self.url.clone());
        let mut cookies = self.cookies.clone();
        if self.use_jar {
            let (jar, url) = (client.jar.clone(), self.url.clone());
            let kept = client.lane.run(move || jar.cookies(&url)).await;
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

    async fn keep_cookies(
        &self,
        client: &HttpClient,
        response: &Response,
    ) -> Result<(), NetworkError> {
        if !self.use_jar || self.narrowing.read_only {
            return Ok(());
        }
        let set = headers::set_cookies(response.headers());
        if set.is_empty() {
            return Ok(());
        }
        let (jar, url) = (client.jar.clone(), self.url.clone());
        let kept = client.lane.run(move || jar.keep(&url, set)).await;
        let target = "the cookies cannot be stored";
        kept.map_err(|error| NetworkError::Io(Failure::of(target, error)))?
            .map_err(|error| NetworkError::Io(Failure::of(target, error)))
    }

    /// Returns the URL that a response with `status` redirects to; none when the response is final.
    fn next(
        &self,
        status: StatusCode,
        location: Option<&HeaderValue>,
    ) -> Result<Option<Url>, NetworkError> {
        use StatusCode as Status;
        let redirects = matches!(
            status,
            Status::MOVED_PERMANENTLY
                | Status::FOUND
                | Status::SEE_OTHER
                | Status::TEMPORARY_REDIRECT
                | Status::PERMANENT_REDIRECT
        );
        let Some(location) = location.filter(|_| redirects && self.follow) else {
            return Ok(None);
        };
        let text = String::from_utf8_lossy(location.as_bytes());
        let failed = |error| {
            let text = format!("redirected to the invalid URL {text:?}");
            NetworkError::Invalid(Failure::with_text(text, error))
        };
        let joined = self.url.join(&text).map_err(failed)?;
        super::parse_url(joined.as_str(), &["http", "https"]).map(Some)
    }

    /// Makes the request that of the next hop: without the body where the method becomes GET, and without credentials where
    /// the origin changes.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn outgoing(method: &str, follow: bool) -> Outgoing {
        let set = [
            ("accept", "a"),
            ("authorization", "secret"),
            ("content-type", "text/plain"),
            ("cookie", "own=1"),
            ("host", "b.test"),
            ("proxy-authorization", "secret"),
        ];
        let set = set.map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        });
        Outgoing {
            method: method.parse().unwrap(),
            url: "https://a.test/x/y?q".parse().unwrap(),
            headers: set.into_iter().collect(),
            cookies: vec![("c".to_owned(), "1".to_owned())],
            body: Bytes::from_static(b"body"),
            follow,
            use_jar: false,
            narrowing: Narrowing::default(),
        }
    }

    #[test]
    fn only_redirects_with_a_location_are_followed() {
        let to = |text: &'static str| Some(text);
        let rows = [
            (301, to("/z"), Ok(Some("https://a.test/z"))),
            (302, to("z"), Ok(Some("https://a.test/x/z"))),
            (303, to("//b.test/z"), Ok(Some("https://b.test/z"))),
            (307, to("http://b.test/"), Ok(Some("http://b.test/"))),
            (308, to("?r#f"), Ok(Some("https://a.test/x/y?r"))),
            (301, None, Ok(None)),
            (200, to("/z"), Ok(None)),
            (201, to("/z"), Ok(None)),
            (300, to("/z"), Ok(None)),
            (304, to("/z"), Ok(None)),
            (305, to("/z"), Ok(None)),
            (401, to("/z"), Ok(None)),
            (302, to("http://[broken/"), Err(())),
            (302, to("file:///etc/passwd"), Err(())),
            (302, to("https://u:p@b.test/"), Err(())),
            (302, to("/..%2f"), Err(())),
            (302, to("http://b.test:0/"), Err(())),
        ];
        let mut wrong = Vec::new();
        for (status, location, expected) in rows {
            let status = StatusCode::from_u16(status).unwrap();
            let value = location.map(HeaderValue::from_static);
            let found = outgoing("GET", true).next(status, value.as_ref());
            let found = found.map(|url| url.map(String::from)).map_err(|_| ());
            if found.as_ref().map(Option::as_deref) != expected.as_ref().copied() {
                wrong.push(format!("{status} {location:?}: {found:?}"));
            }
            let not_followed = outgoing("GET", false).next(status, value.as_ref());
            if !matches!(not_followed, Ok(None)) {
                wrong.push(format!("{status} {location:?} without follow"));
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn method_body_and_credentials_follow_the_redirect_rules() {
        let same = "https://a.test:443/z";
        let all = "accept authorization content-type cookie host proxy-authorization";
        let bodiless = "accept authorization cookie host proxy-authorization";
        let rows = [
            (301, "GET", same, "GET", true, all),
            (301, "POST", same, "GET", false, bodiless),
            (302, "POST", same, "GET", false, bodiless),
            (302, "PUT", same, "PUT", true, all),
            (303, "POST", same, "GET", false, bodiless),
            (303, "PUT", same, "GET", false, bodiless),
            (303, "HEAD", same, "HEAD", true, all),
            (307, "POST", same, "POST", true, all),
            (308, "POST", same, "POST", true, all),
            // Another scheme, host or port is another origin.
            (
                307,
                "POST",
                "http://a.test/z",
                "POST",
                true,
                "accept content-type",
            ),
            (
                307,
                "POST",
                "https://b.test/z",
                "POST",
                true,
                "accept content-type",
            ),
            (
                307,
                "POST",
                "https://a.test:444/z",
                "POST",
                true,
                "accept content-type",
            ),
            (303, "POST", "https://b.test/z", "GET", false, "accept"),
        ];
        let mut wrong = Vec::new();
        for row in rows {
            let (status, method, next, becomes, keeps_body, headers) = row;
            let mut hop = outgoing(method, true);
            let next: Url = next.parse().unwrap();
            hop.go_to(next.clone(), StatusCode::from_u16(status).unwrap());
            let mut left: Vec<_> = hop.headers.keys().map(HeaderName::as_str).collect();
            left.sort_unstable();
            let left = left.join(" ");
            let keeps_credentials = headers.contains("authorization");
            let good = hop.method.as_str() == becomes
                && hop.body.is_empty() != keeps_body
                && left == headers
                && hop.cookies.is_empty() != keeps_credentials
                && hop.url == next;
            if !good {
                let body = hop.body.len();
                wrong.push(format!("{row:?}: {} {body} {left}", hop.method));
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}
