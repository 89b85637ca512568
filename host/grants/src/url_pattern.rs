//! Patterns for URLs. Scheme, authority and the rest are matched separately, so that no wildcard for a host extends
//! into the path: `https://**.example.com/**` does not match `https://evil.test/x.example.com/`.

use std::net::Ipv6Addr;

use url::{Host, Url};

use crate::denial::quoted;
use crate::kind::Kind;
use crate::pattern::{Pattern, PatternError, is_pattern, literal};

/// The scheme of a URL that can be requested.
static SCHEME: Kind = Kind::new(
    || "https?|wss?".to_owned(),
    "the scheme of a URL is `http`, `https`, `ws` or `wss`",
);
/// The host of such a URL, and its port.
pub(crate) static AUTHORITY: Kind = Kind::new(
    || format!("{}(?::{PORT})?", host_expression()),
    "a host is a name or an address without blanks or a dot at its end, with a port from 1 to 65535 or none; write \
     `https://example.com/**` or `https://example.com:8443/**`",
);
/// The rest of such a URL: the path and the query.
pub(crate) static PATH_AND_QUERY: Kind = Kind::new(
    || {
        let class = r##"[^\x00-\x20"#<>?`{}\\/\x7f-\x{10ffff}]"##;
        let undotted = r##"[^\x00-\x20"#<>?`{}\\/.\x7f-\x{10ffff}]"##;
        let segment = SEGMENT.replace('S', undotted).replace('T', class);
        format!(r##"(?:/{segment})+(?:\?[^\x00-\x20"#<>'\x7f-\x{{10ffff}}]*)?"##)
    },
    "a URL is matched as it is sent: without a fragment (`#…`), with `.` and `..` resolved, and with blanks and \
     letters outside ASCII written as `%20` and the like",
);

/// Returns the expression for a host as a URL parser returns it: a name in lower case and punycode, or an address.
pub(crate) fn host_expression() -> String {
    let excluded = r"A-Z\x00-\x20#%./:<>?@\[\\\]^|\x7f-\x{10ffff}";
    let domain = DOMAIN
        .replace('L', &format!("[^{excluded}]"))
        .replace('N', &format!("[^0-9{excluded}]"));
    format!(r"(?:{domain}|{}|\[[0-9a-f:.]+\])", IPV4.replace('O', OCTET))
}

/// An IPv4 address in dotted decimal notation.
const IPV4: &str = r"(?:O\.O\.O\.O)";
/// An octet of such an address.
const OCTET: &str = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
/// A domain name: `L` is a character of a label, `N` one except a digit. A host whose last label is a number is an
/// address.
const DOMAIN: &str = r"(?:(?:L*\.)*(?:N|[0-9]+N)L*)";
/// A port that can be connected to.
pub(crate) const PORT: &str =
    "(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])";
/// A segment of a URL's path except `.` and `..`, which the parser resolves: `T` is a character, `S` one except a dot.
const SEGMENT: &str = r"(?:|(?:S|\.S|\.\.T)T*)";

/// A compiled pattern: `scheme://host/path` with wildcards in each part, or `**` for every URL.
#[derive(Clone, Debug)]
pub struct UrlPattern {
    text: String,
    parts: Option<Parts>,
}

#[derive(Clone, Debug)]
struct Parts {
    scheme: Pattern,
    authority: Pattern,
    rest: Pattern,
    /// The host, if it has no wildcard.
    host: Option<String>,
}

impl UrlPattern {
    /// Compiles a pattern. A pattern without a path stands for the path `/`.
    ///
    /// # Errors
    /// [`PatternError`] when it is not a URL, or brackets or braces are not closed.
    pub fn new(text: &str) -> Result<Self, PatternError> {
        let of = |parts| Self {
            text: text.to_owned(),
            parts,
        };
        if text == "**" {
            return Ok(of(None));
        }
        let failed = |reason: &str| PatternError {
            pattern: text.to_owned(),
            reason: reason.to_owned(),
        };
        let reason = "is neither `**` nor like `https://example.com/**`";
        let (scheme, rest) = text.split_once("://").ok_or_else(|| failed(reason))?;
        let end = authority_end(rest);
        let (authority, path) = rest.split_at(end);
        if authority.contains('@') {
            return Err(failed("holds a user; only the host belongs here"));
        }
        if authority.is_empty() {
            return Err(failed("has no host"));
        }
        let path = if path.is_empty() { "/" } else { path };
        let authority = ascii(&authority.to_lowercase())?;
        Ok(of(Some(Parts {
            scheme: Pattern::new(&scheme.to_lowercase())?,
            host: literal_host(&authority),
            authority: authority_pattern(&authority)?,
            rest: Pattern::new(path)?,
        })))
    }

    /// Compiles a pattern that must match some URL that can be requested.
    ///
    /// # Errors
    /// As for [`UrlPattern::new`], and for a part that matches nothing; the message suggests what to write.
    pub fn matching(text: &str) -> Result<Self, PatternError> {
        let compiled = Self::new(text)?;
        let Some(kind) = compiled.unmatched() else {
            return Ok(compiled);
        };
        let mut reason = format!("can match nothing: {}", kind.advice());
        if let Some(sent) = as_sent(text) {
            reason += &format!("; write {}", quoted(&sent));
        }
        let pattern = text.to_owned();
        Err(PatternError { pattern, reason })
    }

    /// Returns the kind of the first part that matches nothing.
    fn unmatched(&self) -> Option<&'static Kind> {
        let parts = self.parts.as_ref()?;
        let all = [
            (&SCHEME, &parts.scheme),
            (&AUTHORITY, &parts.authority),
            (&PATH_AND_QUERY, &parts.rest),
        ];
        let mut unmatched = all.into_iter().filter(|(kind, part)| !kind.has_match(part));
        unmatched.next().map(|(kind, _)| kind)
    }

    /// Returns whether the pattern covers `url`.
    pub fn matches(&self, url: &Url) -> bool {
        let Some(parts) = &self.parts else {
            return true;
        };
        let host = host(url);
        let port = url.port_or_known_default().unwrap_or(0);
        let authority = match url.port() {
            // A default port may be omitted.
            None => {
                parts.authority.matches(&host) || parts.authority.matches(&format!("{host}:{port}"))
            }
            Some(port) => parts.authority.matches(&format!("{host}:{port}")),
        };
        let rest = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        authority && parts.scheme.matches(url.scheme()) && parts.rest.matches(&rest)
    }

    /// Returns whether it names the host of `url` without any wildcard.
    pub fn names_host(&self, url: &Url) -> bool {
        let named = self.parts.as_ref().and_then(|parts| parts.host.as_deref());
        named.is_some_and(|named| named == host(url))
    }

    /// Returns the pattern as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// Returns the pattern for a text without wildcards in the form in which the URL is sent, or `None` if that matches
/// nothing either.
fn as_sent(text: &str) -> Option<String> {
    let has_wildcard = text.contains(['*', '[', '{']);
    let mut url = Url::parse(text).ok().filter(|_| !has_wildcard)?;
    let query = url.query().map(|query| format!("[?]{}", literal(query)));
    url.set_query(None);
    let sent = covering(&url) + &query.unwrap_or_default();
    let compiled = UrlPattern::new(&sent).ok()?;
    compiled.unmatched().is_none().then_some(sent)
}

/// Returns the pattern that covers `url`. A query becomes a wildcard, as it may hold a key, which is not shown.
pub(crate) fn covering(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}"));
    let any_query = url.query().map(|_| "[?]**");
    format!(
        "{}://{}{}{}{}",
        url.scheme(),
        literal_authority(&host(url)),
        port.unwrap_or_default(),
        literal(url.path()),
        any_query.unwrap_or_default()
    )
}

/// Returns the host of `url` as patterns match it: in lower case, without a trailing dot.
pub(crate) fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    host.strip_suffix('.').unwrap_or(host).to_lowercase()
}

/// Returns the end of the authority: the first slash outside braces.
fn authority_end(rest: &str) -> usize {
    let mut depth = 0_usize;
    for (index, character) in rest.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            '/' if depth == 0 => return index,
            _ => {}
        }
    }
    rest.len()
}

/// Compiles a host with its port. `[::1]` is an address in brackets, not a set of characters.
pub(crate) fn authority_pattern(authority: &str) -> Result<Pattern, PatternError> {
    match bracketed(authority) {
        Some((address, rest)) => Pattern::new(&format!("[[]{address}]{rest}")),
        None => Pattern::new(authority),
    }
}

/// Returns the pattern that matches an authority only: the brackets of an address are kept.
pub(crate) fn literal_authority(authority: &str) -> String {
    match bracketed(authority) {
        Some(_) => authority.to_owned(),
        None => literal(authority),
    }
}

/// Converts an internationalised host to punycode label by label, as a URL parser does.
///
/// # Errors
/// [`PatternError`] for a label with both a wildcard and non-ASCII letters: in punycode it would match nothing.
pub(crate) fn ascii(authority: &str) -> Result<String, PatternError> {
    if authority.is_ascii() {
        return Ok(authority.to_owned());
    }
    let failed = |reason: &str| PatternError {
        pattern: authority.to_owned(),
        reason: reason.to_owned(),
    };
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) => (host, format!(":{port}")),
        None => (authority, String::new()),
    };
    let in_ascii = |label: &str| match Host::parse(label) {
        _ if label.is_ascii() => Ok(label.to_owned()),
        _ if is_pattern(label) || label.contains(['}', ',']) => Err(failed(
            "has a wildcard in a name with letters outside ASCII; write such names in their own entries, or as `xn--…`",
        )),
        Ok(Host::Domain(domain)) => Ok(domain),
        _ => Err(failed("has a host that no name can have")),
    };
    let labels: Result<Vec<String>, _> = host.split('.').map(in_ascii).collect();
    Ok(labels?.join(".") + &port)
}

fn bracketed(authority: &str) -> Option<(Ipv6Addr, &str)> {
    let (address, rest) = authority.strip_prefix('[')?.split_once(']')?;
    Some((address.parse().ok()?, rest))
}

fn literal_host(authority: &str) -> Option<String> {
    if let Some((address, _)) = bracketed(authority) {
        return Some(format!("[{address}]"));
    }
    let host = authority
        .rsplit_once(':')
        .map_or(authority, |(host, _)| host);
    (!is_pattern(host)).then(|| host.to_owned())
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn each_part_is_matched_separately() {
        let rows = [
            ("**", "https://any.test/x", true),
            ("https://a.test/**", "https://a.test/", true),
            ("https://a.test/**", "https://a.test/x/y?q=/z", true),
            ("https://a.test/**", "http://a.test/", false),
            ("https://a.test/**", "https://A.TEST/", true),
            ("https://a.test/**", "https://a.test./", true),
            ("https://a.test/**", "https://a.test:443/", true),
            ("https://a.test:443/**", "https://a.test/", true),
            ("https://a.test/**", "https://a.test:8443/", false),
            ("https://a.test:*/**", "https://a.test:8443/", true),
            ("https://a.test", "https://a.test/", true),
            ("https://a.test", "https://a.test/x", false),
            ("https://*.a.test/**", "https://b.a.test/", true),
            ("https://*.a.test/**", "https://a.test/", false),
            ("https://*.a.test/**", "https://evil.test/x.a.test/", false),
            ("https://**.a.test/**", "https://evil.test/x.a.test/", false),
            ("https://a.test/**", "https://a.test.evil.test/", false),
            ("https://a.test/**", "https://a.test@evil.test/", false),
            ("https://a.test/v1/**", "https://a.test/v1/../admin", false),
            (
                "https://a.test/v1/**",
                "https://a.test/v1/%2e%2e/admin",
                false,
            ),
            ("https://{a,b}.test/**", "https://b.test/", true),
            ("http{,s}://a.test/**", "http://a.test/", true),
            ("http://127.0.0.1/**", "http://0x7f.1/", true),
            ("http://127.0.0.1/**", "http://2130706433/", true),
            ("http://[::1]:80/**", "http://[0:0::1]/", true),
            ("http://[::1]/**", "http://[::2]/", false),
            ("https://a.test/x?k=*", "https://a.test/x?k=1", true),
            ("https://bücher.test/**", "https://bücher.test/", true),
            (
                "https://BÜCHER.test/**",
                "https://xn--bcher-kva.test/",
                true,
            ),
            (
                "https://*.bücher.test:*/**",
                "https://a.bücher.test:8443/",
                true,
            ),
            ("https://bücher.test/**", "https://bucher.test/", false),
            (
                "https://xn--bcher-kva.test/**",
                "https://bücher.test/",
                true,
            ),
        ];
        each_row(rows, |(pattern, url, expected)| {
            let compiled = UrlPattern::new(pattern).unwrap();
            let parsed = Url::parse(url).unwrap();
            assert_eq!(compiled.matches(&parsed), expected, "{pattern} {url}");
        });
    }

    #[test]
    fn invalid_urls_are_rejected() {
        let rows = [
            "a.test/**",
            "*",
            "https:///x",
            "https://u@a.test/",
            "https://{a/**",
            "https://bü*.test/**",
            "https://{bücher,a}.test/**",
            "",
        ];
        each_row(rows, |wrong| {
            assert!(UrlPattern::new(wrong).is_err(), "{wrong}");
        });
    }

    #[test]
    fn a_literal_host_is_recognised() {
        let names = |pattern: &str, url: &str| {
            let url = Url::parse(url).unwrap();
            UrlPattern::new(pattern).unwrap().names_host(&url)
        };
        assert!(names("http://127.0.0.1:*/**", "http://127.0.0.1:80/"));
        assert!(names("http://[::1]:80/**", "http://[::1]/"));
        assert!(names("http://localhost/**", "http://localhost/"));
        assert!(!names("http://*/**", "http://localhost/"));
        assert!(!names("**", "http://127.0.0.1/"));
    }
}
