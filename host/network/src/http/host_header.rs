//! The header `host`, which asks a server for another host's pages.

use http::HeaderValue;
use url::Url;

use crate::NetworkError;

/// Returns the URL that a request to `url` asks for with this `host` header (RFC 9110, section 7.2).
///
/// # Errors
/// [`NetworkError::Invalid`] unless the header is a host with or without a port, written as it is understood: servers would
/// read anything else in their own ways, and what is decided here must be what they read.
pub(super) fn requested(url: &Url, host: &HeaderValue) -> Result<Url, NetworkError> {
    let invalid = || {
        let text = format!(
            "the header \"host\" must be a host name or an address, with or without a port: {host:?}"
        );
        NetworkError::Invalid(text.into())
    };
    let text = host.to_str().map_err(|_| invalid())?;
    let end = match text.strip_prefix('[') {
        Some(address) => address.find(']').map(|end| end + 2),
        None => text.find(':'),
    };
    let (name, port) = text.split_at(end.unwrap_or(text.len()));
    let mut requested = Url::parse(&format!("{}://{text}", url.scheme())).map_err(|_| invalid())?;
    let is_port = match port.strip_prefix(':') {
        None => port.is_empty(),
        Some(digits) => {
            let number = digits.parse::<u16>().ok();
            digits.bytes().all(|byte| byte.is_ascii_digit())
                && number.is_some()
                && requested.port_or_known_default() == number
        }
    };
    let parsed = requested.host_str().unwrap_or_default();
    if !is_port || name.is_empty() || !parsed.eq_ignore_ascii_case(name) {
        return Err(invalid());
    }
    requested.set_path(url.path());
    requested.set_query(url.query());
    Ok(requested)
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn a_host_header_is_a_host_and_a_port() {
        let url = Url::parse("http://server.test:81/a/b?c=d").unwrap();
        let rows = [
            ("other.test", Some("http://other.test/a/b?c=d")),
            ("Other.Test", Some("http://other.test/a/b?c=d")),
            ("other.test:8080", Some("http://other.test:8080/a/b?c=d")),
            ("other.test:80", Some("http://other.test/a/b?c=d")),
            ("127.0.0.1:81", Some("http://127.0.0.1:81/a/b?c=d")),
            ("[::1]", Some("http://[::1]/a/b?c=d")),
            ("[::1]:81", Some("http://[::1]:81/a/b?c=d")),
            ("", None),
            (":81", None),
            ("other.test:", None),
            ("other.test:+81", None),
            ("other.test:99999", None),
            ("server.test:81?.other.test", None),
            ("server.test:81#.other.test", None),
            ("server.test:81/.other.test", None),
            ("server.test:81\\.other.test", None),
            ("/server.test:81", None),
            ("user@server.test", None),
            ("user:word@server.test", None),
            ("2130706433:81", None),
            ("0x7f.1", None),
            ("127.1", None),
            ("%6fther.test", None),
            ("a b", None),
            ("[::1", None),
            ("[::1]x", None),
            ("[0:0::1]", None),
        ];
        each_row(rows, |(text, expected)| {
            let value = HeaderValue::from_str(text).unwrap();
            let found = requested(&url, &value).ok();
            assert_eq!(found.as_ref().map(Url::as_str), expected, "{text:?}");
        });
        for bytes in [&b"other.test\xff"[..], b"\xff"] {
            let value = HeaderValue::from_bytes(bytes).unwrap();
            assert!(requested(&url, &value).is_err(), "{value:?}");
        }
    }
}
