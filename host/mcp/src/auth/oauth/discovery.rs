//! Discovery of an authorization server's keys (RFC 8414, OpenID Connect Discovery).

use luminarys_orchestrator::is_secure;
use serde::Deserialize;
use thiserror::Error;
use url::Url;

/// Metadata that does not lead to the keys.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum MetadataError {
    /// It is something else.
    #[error("its metadata cannot be read: {0}")]
    Malformed(String),
    /// It is another server's.
    #[error("its metadata is that of the issuer {0:?}")]
    Issuer(String),
    /// The keys would come over a connection that anyone can tamper with.
    #[error("its metadata has the `jwks_uri` {0:?}, which is neither https nor on this machine")]
    Insecure(String),
}

#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    jwks_uri: String,
}

/// Returns the URLs that the metadata of `issuer` may be at, the likeliest first.
pub(crate) fn places(issuer: &Url) -> Vec<Url> {
    let path = issuer.path().trim_end_matches('/');
    let mut paths = vec![
        format!("/.well-known/oauth-authorization-server{path}"),
        format!("/.well-known/openid-configuration{path}"),
    ];
    if !path.is_empty() {
        paths.push(format!("{path}/.well-known/openid-configuration"));
    }
    let at = |path: String| {
        let mut url = issuer.clone();
        url.set_path(&path);
        url.set_query(None);
        url.set_fragment(None);
        url
    };
    paths.into_iter().map(at).collect()
}

/// Reads the URL of the keys of `issuer` from its metadata.
///
/// # Errors
/// [`MetadataError`]
pub(crate) fn keys_of(issuer: &str, bytes: &[u8]) -> Result<Url, MetadataError> {
    let metadata: Metadata = serde_json::from_slice(bytes)
        .map_err(|error| MetadataError::Malformed(error.to_string()))?;
    if metadata.issuer != issuer {
        return Err(MetadataError::Issuer(metadata.issuer));
    }
    let url: Option<Url> = metadata.jwks_uri.parse().ok();
    let url = url.filter(is_secure);
    url.ok_or(MetadataError::Insecure(metadata.jwks_uri))
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn metadata_is_looked_for_where_both_specifications_put_it() {
        let rows = [
            (
                "https://a.example",
                &[
                    "https://a.example/.well-known/oauth-authorization-server",
                    "https://a.example/.well-known/openid-configuration",
                ][..],
            ),
            (
                "https://a.example:8443/realms/x/",
                &[
                    "https://a.example:8443/.well-known/oauth-authorization-server/realms/x",
                    "https://a.example:8443/.well-known/openid-configuration/realms/x",
                    "https://a.example:8443/realms/x/.well-known/openid-configuration",
                ],
            ),
        ];
        each_row(rows, |(issuer, expected)| {
            let found = places(&issuer.parse().unwrap());
            let found: Vec<&str> = found.iter().map(Url::as_str).collect();
            assert_eq!(found, expected);
        });
    }

    #[test]
    fn metadata_of_another_issuer_is_rejected() {
        let issuer = "https://a.example/";
        let read = |issuer_in: &str, keys: &str| {
            let text = serde_json::json!({ "issuer": issuer_in, "jwks_uri": keys, "more": [1] });
            keys_of(issuer, text.to_string().as_bytes())
        };
        let keys = "https://keys.example/jwks";
        assert_eq!(read(issuer, keys).unwrap().as_str(), keys);
        let rows = ["https://a.example", "https://b.example/", ""];
        each_row(rows, |foreign| {
            let error = read(foreign, keys).unwrap_err();
            assert_eq!(error, MetadataError::Issuer(foreign.to_owned()));
        });
        let rows = ["http://keys.example/", "file:///etc/passwd", "jwks", ""];
        each_row(rows, |insecure| {
            let error = read(issuer, insecure).unwrap_err();
            assert_eq!(error, MetadataError::Insecure(insecure.to_owned()));
        });
        let rows = ["", "[]", "{}", r#"{"issuer":"https://a.example/"}"#];
        each_row(rows, |malformed| {
            let error = keys_of(issuer, malformed.as_bytes()).unwrap_err();
            assert!(matches!(error, MetadataError::Malformed(_)), "{error}");
        });
    }
}
