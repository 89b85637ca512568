//! Hosts and ports as skills write them.

use std::net::{IpAddr, Ipv6Addr};

use luminarys_text::cut;
use url::Url;

use crate::error::NetworkError;

/// Splits `host:port`; an IPv6 address stands in brackets. Returns the host in lower case, without a trailing dot.
///
/// # Errors
/// [`NetworkError::Invalid`]
pub fn split_address(text: &str) -> Result<(String, u16), NetworkError> {
    let failed = |reason: &str| {
        let shown = cut(text, 200);
        NetworkError::Invalid(format!("the address {shown:?} {reason}").into())
    };
    let (host, port) = text
        .rsplit_once(':')
        .ok_or_else(|| failed("is not host:port"))?;
    let port = port.parse().ok().filter(|port| *port > 0);
    let port = port.ok_or_else(|| failed("has no port from 1 to 65535"))?;
    let lower = host.to_ascii_lowercase();
    let host = lower.strip_suffix('.').unwrap_or(&lower);
    let bracketed = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    if let Some(inner) = bracketed {
        let address: Ipv6Addr = inner
            .parse()
            .map_err(|_| failed("has no IPv6 address in its brackets"))?;
        return Ok((format!("[{address}]"), port));
    }
    if host.is_empty() || host.contains([':', '[', ']', '/', '@']) {
        return Err(failed(
            "is not host:port; an IPv6 address stands in brackets",
        ));
    }
    Ok((host.to_owned(), port))
}

/// Returns whether the host of `url` is an address.
pub(crate) fn is_address(url: &Url) -> bool {
    bare(url.host_str().unwrap_or_default())
        .parse::<IpAddr>()
        .is_ok()
}

/// Returns a host without the brackets of an IPv6 address.
pub(crate) fn bare(host: &str) -> &str {
    let inner = host.strip_prefix('[');
    let inner = inner.and_then(|rest| rest.strip_suffix(']'));
    inner.unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn addresses_are_split_or_rejected() {
        let rows = [
            ("a.test:80", Some(("a.test", 80))),
            ("A.Test.:80", Some(("a.test", 80))),
            ("127.0.0.1:65535", Some(("127.0.0.1", 65535))),
            ("[::1]:443", Some(("[::1]", 443))),
            ("[0:0::1]:443", Some(("[::1]", 443))),
            ("a.test", None),
            ("a.test:", None),
            ("a.test:0", None),
            ("a.test:65536", None),
            (":80", None),
            (".:80", None),
            ("::1:80", None),
            ("[::1:80", None),
            ("[a.test]:80", None),
            ("[127.0.0.1]:80", None),
            ("u@a.test:80", None),
            ("a.test/x:80", None),
        ];
        let wrong: Vec<_> = rows
            .into_iter()
            .map(|(text, expected)| (text, expected, split_address(text).ok()))
            .filter(|(_, expected, found)| {
                found.as_ref().map(|(host, port)| (host.as_str(), *port)) != *expected
            })
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn only_literal_addresses_are_addresses() {
        let rows = [
            ("http://127.0.0.1/", true),
            ("http://[::1]:8/", true),
            ("http://0x7f.1/", true),
            ("http://localhost/", false),
            ("http://127.0.0.1.test/", false),
        ];
        each_row(rows, |(url, expected)| {
            assert_eq!(is_address(&url.parse().unwrap()), expected, "{url}");
        });
    }
}
