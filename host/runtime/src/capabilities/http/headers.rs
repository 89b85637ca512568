//! What a skill may set, and what it gets to see.

use cookie_store::RawCookie;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};

use crate::bindings::luminarys::skill::http as wit;
use crate::network::NetworkError;

/// Headers of one request.
const MAX_HEADERS: usize = 256;
/// Bytes of all of them together.
const MAX_BYTES: usize = 64 << 10;

/// Headers that say how a message is framed or belong to one connection: with them a skill could smuggle a request that
/// nobody checked.
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

/// The headers of a request, in the order given.
///
/// # Errors
/// [`NetworkError::Invalid`] for a header that is none, or not the skill's to set; [`NetworkError::TooLarge`].
pub(crate) fn from_guest(given: &[wit::Header]) -> Result<HeaderMap, NetworkError> {
    let bytes: usize = given
        .iter()
        .map(|one| one.name.len() + one.value.len())
        .sum();
    if given.len() > MAX_HEADERS || bytes > MAX_BYTES {
        let text = format!(
            "{} headers of {bytes} bytes; at most {MAX_HEADERS} of {MAX_BYTES} are sent",
            given.len()
        );
        return Err(NetworkError::TooLarge(text));
    }
    let mut headers = HeaderMap::new();
    for one in given {
        let failed =
            |reason: &str| NetworkError::Invalid(format!("the header {:?} {reason}", one.name));
        let name = HeaderName::from_bytes(one.name.as_bytes())
            .map_err(|_| failed("is no name of a header"))?;
        if OF_THE_CONNECTION.contains(&name.as_str()) {
            return Err(failed("belongs to the connection and is set by the host"));
        }
        if name == header::HOST && headers.contains_key(header::HOST) {
            return Err(failed("is given twice"));
        }
        let value = HeaderValue::from_str(&one.value)
            .map_err(|_| failed("has a value with a control character"))?;
        headers.append(name, value);
    }
    Ok(headers)
}

/// The value of the header `cookie`.
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
            return Err(NetworkError::Invalid(format!(
                "the cookie {name:?} cannot be sent"
            )));
        }
        if !text.is_empty() {
            text.push_str("; ");
        }
        text.push_str(&format!("{name}={value}"));
    }
    let value = HeaderValue::from_str(&text);
    value
        .map(Some)
        .map_err(|_| NetworkError::Invalid("a cookie is no text of a header".to_owned()))
}

/// The headers of an answer, in the order received.
pub(crate) fn to_guest(headers: &HeaderMap) -> Vec<wit::Header> {
    let each = headers.iter().map(|(name, value)| wit::Header {
        name: name.as_str().to_owned(),
        value: String::from_utf8_lossy(value.as_bytes()).into_owned(),
    });
    each.collect()
}

/// The cookies that an answer sets.
pub(super) fn set_cookies(headers: &HeaderMap) -> Vec<RawCookie<'static>> {
    let values = headers.get_all(header::SET_COOKIE).iter();
    let parsed = values.filter_map(|value| RawCookie::parse(value.to_str().ok()?.to_owned()).ok());
    parsed.collect()
}

/// The same for the guest.
pub(super) fn cookies(headers: &HeaderMap) -> Vec<wit::Cookie> {
    let each = set_cookies(headers).into_iter().map(|cookie| wit::Cookie {
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

/// `max-age` wins over `expires` (RFC 6265).
fn expiry(cookie: &RawCookie<'_>) -> Option<i64> {
    if let Some(age) = cookie.max_age() {
        let now = jiff::Timestamp::now().as_second();
        return Some(now.saturating_add(age.whole_seconds()));
    }
    Some(cookie.expires_datetime()?.unix_timestamp())
}
