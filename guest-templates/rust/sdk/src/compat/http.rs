//! Requests over HTTP, as `permissions.http` allows.

use std::fmt;

use serde::de::{DeserializeSeed as _, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::messagepack;
use super::values::{is_default, positive};
use crate::SkillError;
use crate::skill::http;

/// One header.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Header {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

impl Header {
    /// A header.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
        }
    }
}

impl From<Header> for http::Header {
    fn from(Header { name, value }: Header) -> Self {
        Self::new(name, value)
    }
}

impl From<http::Header> for Header {
    fn from(header: http::Header) -> Self {
        let value = header.text().into_owned();
        Self {
            name: header.name,
            value,
        }
    }
}

/// A cookie. Of one that is sent, the name and the value count.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Cookie {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Which hosts it is for; empty when the answer says nothing.
    #[serde(skip_serializing_if = "is_default")]
    pub domain: String,
    /// Which paths it is for; empty when the answer says nothing.
    #[serde(skip_serializing_if = "is_default")]
    pub path: String,
    /// Seconds since 1970-01-01 UTC; 0 for a cookie of the session.
    #[serde(skip_serializing_if = "is_default")]
    pub expires: i64,
    /// Only over TLS.
    #[serde(skip_serializing_if = "is_default")]
    pub secure: bool,
    /// Not for scripts.
    #[serde(rename = "httponly", skip_serializing_if = "is_default")]
    pub http_only: bool,
}

impl From<http::Cookie> for Cookie {
    fn from(cookie: http::Cookie) -> Self {
        Self {
            name: cookie.name,
            value: cookie.value,
            domain: cookie.domain.unwrap_or_default(),
            path: cookie.path.unwrap_or_default(),
            expires: cookie.expires.unwrap_or_default().div_euclid(1000),
            secure: cookie.secure,
            http_only: cookie.http_only,
        }
    }
}

/// An answer, whatever its status.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct HttpResponse {
    /// 200 and so on.
    pub status: u32,
    /// In the order in which they came, names in lower case.
    pub headers: Vec<Header>,
    /// Those that the answer sets.
    pub cookies: Vec<Cookie>,
    /// The body, decompressed.
    #[serde(with = "messagepack::bytes")]
    pub body: Vec<u8>,
    /// Whether more would have come.
    pub truncated: bool,
}

impl From<http::Response> for HttpResponse {
    fn from(response: http::Response) -> Self {
        Self {
            status: response.status.into(),
            headers: response.headers.into_iter().map(Header::from).collect(),
            cookies: response.cookies.into_iter().map(Cookie::from).collect(),
            body: response.body,
            truncated: response.truncated,
        }
    }
}

/// Any request.
#[derive(Debug, Clone, Default)]
pub struct HttpRequestOptions {
    /// Empty means `GET`.
    pub method: String,
    /// Absolute.
    pub url: String,
    /// Sent in this order.
    pub headers: Vec<Header>,
    /// Sent beside those of the jar, and before them.
    pub cookies: Vec<Cookie>,
    /// The body.
    pub body: Vec<u8>,
    /// 0 means 30 seconds.
    pub timeout_ms: i64,
    /// 0 means what the manifest says, 1 MiB when it says nothing.
    pub max_bytes: i64,
    /// Up to 10.
    pub follow_redirects: bool,
    /// Sends this skill's cookies, and keeps those that answers set.
    pub use_jar: bool,
}

/// A GET; redirects are followed.
///
/// # Errors
/// As `http::send`.
pub fn http_get(url: &str, timeout_ms: i64, max_bytes: i64) -> Result<HttpResponse, SkillError> {
    http_request(HttpRequestOptions {
        url: url.to_owned(),
        timeout_ms,
        max_bytes,
        follow_redirects: true,
        ..HttpRequestOptions::default()
    })
}

/// A POST; redirects are followed. An empty `content_type` is `application/octet-stream`.
///
/// # Errors
/// As `http::send`.
pub fn http_post(
    url: &str,
    body: Vec<u8>,
    content_type: &str,
    timeout_ms: i64,
    max_bytes: i64,
) -> Result<HttpResponse, SkillError> {
    let content_type = match content_type {
        "" => "application/octet-stream",
        named => named,
    };
    http_request(HttpRequestOptions {
        method: "POST".to_owned(),
        url: url.to_owned(),
        headers: vec![Header::new("content-type", content_type)],
        body,
        timeout_ms,
        max_bytes,
        follow_redirects: true,
        ..HttpRequestOptions::default()
    })
}

/// Any request.
///
/// # Errors
/// As `http::send`.
pub fn http_request(opts: HttpRequestOptions) -> Result<HttpResponse, SkillError> {
    let cookies = opts.cookies.into_iter();
    let request = http::Request {
        method: opts.method,
        url: opts.url,
        headers: opts.headers.into_iter().map(Header::into).collect(),
        cookies: cookies.map(|cookie| (cookie.name, cookie.value)).collect(),
        body: opts.body,
    };
    let options = http::RequestOptions::new();
    options.set_timeout(positive(opts.timeout_ms).unwrap_or(0).into());
    if let Some(max) = u64::try_from(opts.max_bytes).ok().filter(|max| *max > 0) {
        options.set_max_response_bytes(max);
    }
    options.set_follow_redirects(opts.follow_redirects);
    options.set_use_jar(opts.use_jar);
    Ok(http::send(&request, Some(&options))?.into())
}

/// The members of a JSON object as headers, in their order, values that are no strings as JSON. What stands before the object
/// is passed over; where it is broken, the headers end.
pub fn headers_from_json(json: &str) -> Vec<Header> {
    let mut headers = Vec::new();
    if let Some(start) = json.find('{') {
        let mut parser = serde_json::Deserializer::from_str(&json[start..]);
        // What was read before an error stays.
        let _ = Headers(&mut headers).deserialize(&mut parser);
    }
    headers
}

struct Headers<'a>(&'a mut Vec<Header>);

impl<'de> serde::de::DeserializeSeed<'de> for Headers<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Headers<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some((name, value)) = members.next_entry::<String, serde_json::Value>()? {
            let value = match value {
                serde_json::Value::String(text) => text,
                other => other.to_string(),
            };
            self.0.push(Header { name, value });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_keep_their_order() {
        for (json, expected) in [
            ("", vec![]),
            ("{}", vec![]),
            (r#"{"B": "1", "A": "2"}"#, vec![("B", "1"), ("A", "2")]),
            (
                r#"x {"a": "\"q\"", "a": 3} y"#,
                vec![("a", "\"q\""), ("a", "3")],
            ),
            (r#"{"a": "1", "b""#, vec![("a", "1")]),
            ("[1]", vec![]),
        ] {
            let headers = headers_from_json(json);
            let headers: Vec<_> = headers
                .iter()
                .map(|header| (header.name.as_str(), header.value.as_str()))
                .collect();
            assert_eq!(headers, expected, "{json}");
        }
    }
}
