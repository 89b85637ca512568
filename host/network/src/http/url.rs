//! Which URLs are accepted at all.

use luminarys_text::cut;
use url::Url;

use crate::error::NetworkError;

/// The longest URL, in bytes.
const MAX_URL: usize = 8 << 10;
/// How many nested percent encodings are decoded.
const MAX_ESCAPES: usize = 3;

/// Parses an absolute URL with one of `schemes`.
///
/// # Errors
/// [`NetworkError::Invalid`] also for a URL with a user name or password, or with a hidden `..` that a server might follow
/// to a path that the manifest does not allow.
pub fn parse_url(text: &str, schemes: &[&str]) -> Result<Url, NetworkError> {
    let failed = |reason: &str| {
        let shown = cut(text, 200);
        let shown = shown.escape_debug();
        let text = format!("the URL {shown} {reason}");
        Err(NetworkError::Invalid(text.into()))
    };
    if text.len() > MAX_URL {
        return failed("is longer than 8192 bytes");
    }
    if text.chars().any(|c| c.is_control() || c == ' ') {
        return failed("contains a space or a control character");
    }
    let mut url = match Url::parse(text) {
        Ok(url) => url,
        Err(error) => return failed(&format!("cannot be read: {error}")),
    };
    if !schemes.contains(&url.scheme()) {
        return failed(&format!("has none of the schemes {}", schemes.join(", ")));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return failed("has no host");
    }
    if url.port() == Some(0) {
        return failed("has port 0");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return failed("contains a user name or password; use the header `authorization`");
    }
    if hides_parent(url.path()) {
        return failed("hides `..` in its path");
    }
    url.set_fragment(None);
    Ok(url)
}

/// Returns whether a server might see `..` in `path`. The parser has resolved plain ones.
fn hides_parent(path: &str) -> bool {
    let mut path = path.to_owned();
    for _ in 0..MAX_ESCAPES {
        let plain = path.replace('\\', "/");
        // Some servers treat what follows a semicolon as a parameter.
        let mut names = plain
            .split('/')
            .map(|name| name.split(';').next().unwrap_or_default());
        if names.any(|name| name == "..") {
            return true;
        }
        let decoded = decode(&path);
        if decoded == path {
            return false;
        }
        path = decoded;
    }
    false
}

fn decode(text: &str) -> String {
    let decoded: Vec<u8> = percent_encoding::percent_decode_str(text).collect();
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn urls_with_hidden_parts_are_rejected() {
        let rows = [
            ("https://a.test/x?y=..%2f#z", true),
            ("http://[::1]:80/", true),
            ("https://a.test/v1/../x", true),
            ("https://a.test/a..b/..c", true),
            ("https://a.test/v1/..%2fadmin", false),
            ("https://a.test/v1/%2e%2e%2fadmin", false),
            ("https://a.test/v1/..%5cadmin", false),
            ("https://a.test/v1/..%252fadmin", false),
            ("https://a.test/v1/..;/admin", false),
            ("https://u@a.test/", false),
            ("https://u:p@a.test/", false),
            ("https://a.test:0/", false),
            ("ftp://a.test/", false),
            ("file:///etc/passwd", false),
            ("data:text/plain,x", false),
            ("/relative", false),
            ("https://", false),
            ("https://a.test/ x", false),
            ("https://a.test/\nx", false),
            ("", false),
        ];
        each_row(rows, |(text, good)| {
            let read = parse_url(text, &["http", "https"]);
            assert_eq!(read.is_ok(), good, "{text}: {read:?}");
        });
        let long = format!("https://a.test/{}", "x".repeat(9000));
        assert!(parse_url(&long, &["https"]).is_err());
    }
}
