//! Which headers and cookies a skill may set, and which it receives.

use cookie_store::RawCookie;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};

use crate::error::NetworkError;

/// The most headers of one request.
const MAX_HEADERS: usize = 256;
/// The most bytes of all of them together.
const MAX_BYTES: usize = 64 << 10;

/// Headers that frame a message or belong to one connection: with them a skill could smuggle an unchecked request.
const OF_THE_CONNECTION: [&str; 11] = [
    "connection",
    "content-length",
    "expect",
    "http2-settings",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// A header of a request, as a skill sets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// In any case.
    pub name: String,
    /// Bytes without control characters.
    pub value: Vec<u8>,
}

/// A cookie that a response sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cookie {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Its `domain` attribute.
    pub domain: Option<String>,
    /// Its `path` attribute.
    pub path: Option<String>,
    /// Seconds since 1970-01-01 UTC; none for a cookie of the session.
    pub expires: Option<i64>,
    /// Whether it is sent over TLS only.
    pub secure: bool,
    /// Whether scripts of a browser cannot read it.
    pub http_only: bool,
}

/// Checks the headers of a request, and returns them in the order given.
///
/// # Errors
/// [`NetworkError::Invalid`] for an invalid header, or one that only the host sets; [`NetworkError::TooLarge`].
pub(crate) fn from_skill(given: &[Header]) -> Result<HeaderMap, NetworkError> {
    let bytes: usize = given
        .iter()
        .map(|one| one.name.len() + one.value.len())
        .sum();
    if given.len() > MAX_HEADERS || bytes > MAX_BYTES {
        let text = format!(
            "{} headers of {bytes} bytes; at most {MAX_HEADERS} of {MAX_BYTES} are sent",
            given.len()
        );
        return Err(NetworkError::TooLarge(text.into()));
    }
    let mut headers = HeaderMap::new();
    for one in given {
        let failed = |reason: &str| {
            let text = format!("the header {:?} {reason}", one.name);
            NetworkError::Invalid(text.into())
        };
        let name = HeaderName::from_bytes(one.name.as_bytes())
            .map_err(|_| failed("has an invalid name"))?;
        if OF_THE_CONNECTION.contains(&name.as_str()) {
            return Err(failed("belongs to the connection and is set by the host"));
        }
        if name == header::HOST && headers.contains_key(header::HOST) {
            return Err(failed("may be given only once"));
        }
        let value = HeaderValue::from_bytes(&one.value)
            .map_err(|_| failed("has a control character in its value"))?;
        headers.append(name, value);
    }
    Ok(headers)
}

/// Returns the value of the header `cookie`; none without cookies.
///
/// # Errors
/// [`NetworkError::Invalid`] for characters that would end a cookie early.
pub(super) fn cookie_value(
    cookies: &[(String, String)],
) -> Result<Option<HeaderValue>, NetworkError> {
    if cookies.is_empty() {
        return Ok(None);
    }
    let mut text = String::new();
    for (name, value) in cookies {
        let breaks = |text: &str| text.chars().any(|c| c == ';' || c.is_control());
        if name.is_empty() || name.contains('=') || breaks(name) || breaks(value) {
            let text = format!("the cookie {name:?} has an invalid character");
            return Err(NetworkError::Invalid(text.into()));
        }
        if !text.is_empty() {
            text.push_str("; ");
        }
        text.push_str(&format!("{name}={value}"));
    }
    let value = HeaderValue::from_str(&text);
    value
        .map(Some)
        .map_err(|_| NetworkError::Invalid("a cookie has an invalid character".to_owned().into()))
}

/// Returns the cookies that a response sets, as the jar takes them.
pub(super) fn set_cookies(headers: &HeaderMap) -> Vec<RawCookie<'static>> {
    let values = headers.get_all(header::SET_COOKIE).iter();
    let parsed = values.filter_map(|value| RawCookie::parse(value.to_str().ok()?.to_owned()).ok());
    parsed.collect()
}

/// Returns the cookies that a response sets, as a skill receives them.
pub(super) fn cookies(headers: &HeaderMap) -> Vec<Cookie> {
    let each = set_cookies(headers).into_iter().map(|cookie| Cookie {
        expires: expiry(&cookie),
        domain: cookie.domain().map(str::to_owned),
        path: cookie.path().map(str::to_owned),
        secure: cookie.secure().unwrap_or(false),
        http_only: cookie.http_only().unwrap_or(false),
        name: cookie.name().to_owned(),
        value: cookie.value().to_owned(),
    });
    each.collect()
}

/// Returns when the cookie expires, in seconds since 1970. `max-age` takes precedence over `expires` (RFC 6265).
fn expiry(cookie: &RawCookie<'_>) -> Option<i64> {
    if let Some(age) = cookie.max_age() {
        let now = jiff::Timestamp::now().as_second();
        return Some(now.saturating_add(age.whole_seconds()));
    }
    Some(cookie.expires_datetime()?.unix_timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(name: &str, value: impl Into<Vec<u8>>) -> Header {
        let (name, value) = (name.to_owned(), value.into());
        Header { name, value }
    }

    #[test]
    fn headers_are_accepted_or_rejected() {
        let mut rows = vec![
            (vec![header("Accept", "text/html; q=0.9")], true),
            (vec![header("x-a", "1"), header("X-A", "2")], true),
            (vec![header("x-empty", "")], true),
            (vec![header("x-tab", "a\tb")], true),
            (vec![header("x-bytes", [0xe9, 0xff])], true),
            (vec![header("host", "a.test")], true),
            (vec![header("host", "a"), header("Host", "a")], false),
            (vec![header("", "x")], false),
            (vec![header("a b", "x")], false),
            (vec![header("a:", "x")], false),
            (vec![header("a\r\nb", "x")], false),
            (vec![header("x-a", "1\r\nx-b: 2")], false),
            (vec![header("x-a", "1\n")], false),
            (vec![header("x-a", "1\0")], false),
            (vec![header("x-a", "\x7f")], false),
            (vec![header("x-long", "x".repeat(MAX_BYTES - 6))], true),
            (vec![header("x-long", "x".repeat(MAX_BYTES))], false),
            (vec![header("a", "x"); MAX_HEADERS], true),
            (vec![header("a", "x"); MAX_HEADERS + 1], false),
        ];
        for name in OF_THE_CONNECTION {
            rows.push((vec![header(name, "x")], false));
            rows.push((vec![header(&name.to_uppercase(), "x")], false));
        }
        let shown = |given: &[Header]| format!("{:.60}", format!("{given:?}"));
        let wrong: Vec<_> = rows
            .iter()
            .map(|(given, good)| (shown(given), *good, from_skill(given).is_ok()))
            .filter(|(_, good, accepted)| good != accepted)
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn repeated_headers_keep_their_order() {
        let given = [header("x-a", "1"), header("x-b", "2"), header("X-A", "3")];
        let found = from_skill(&given).unwrap();
        let values: Vec<_> = found.get_all("x-a").iter().collect();
        assert_eq!(values, ["1", "3"]);
    }

    #[test]
    fn cookies_are_joined_or_rejected() {
        let rows = [
            (&[][..], Some(None)),
            (&[("a", "1")], Some(Some("a=1"))),
            (&[("a", "1"), ("b", "2=3")], Some(Some("a=1; b=2=3"))),
            (&[("a", "")], Some(Some("a="))),
            (&[("", "1")], None),
            (&[("a=b", "1")], None),
            (&[("a;b", "1")], None),
            (&[("a", "1; b=2")], None),
            (&[("a", "1\r\nx: y")], None),
            (&[("a\0", "1")], None),
        ];
        let mut wrong = Vec::new();
        for (given, expected) in rows {
            let owned: Vec<_> = given
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect();
            let found = cookie_value(&owned).ok();
            let expected = expected.map(|value| value.map(HeaderValue::from_static));
            if found != expected {
                wrong.push((given, found));
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn cookies_of_a_response_are_read() {
        let mut headers = HeaderMap::new();
        for text in [
            "a=1; Path=/x; Domain=a.test; Secure; HttpOnly; Expires=Thu, 01 Jan 1970 00:01:00 GMT",
            "b=2; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
            "=broken",
            "c=3",
        ] {
            headers.append(header::SET_COOKIE, HeaderValue::from_static(text));
        }
        let found = cookies(&headers);
        let first = Cookie {
            name: "a".to_owned(),
            value: "1".to_owned(),
            domain: Some("a.test".to_owned()),
            path: Some("/x".to_owned()),
            expires: Some(60),
            secure: true,
            http_only: true,
        };
        assert_eq!(found[0], first);
        // `max-age` takes precedence: now, not 1970.
        assert!(found[1].expires.unwrap() > 1_000_000_000);
        let names: Vec<_> = found.iter().map(|cookie| cookie.name.as_str()).collect();
        assert_eq!((names, found[2].expires), (vec!["a", "b", "c"], None));
    }
}
