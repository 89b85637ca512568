//! The URL of a running host, and the token for it.

use anyhow::{Context as _, bail};
use luminarys_clients::Transport;
use luminarys_mcp::Token;

use crate::cli::Connect;
use crate::config::{Auth, Http};

/// The path of MCP.
const PATH: &str = "/mcp";

/// Returns how a client connects to a host with this configuration.
///
/// # Errors
/// Fails if the address or the client's token is not known.
pub(super) fn transport(http: &Http, arguments: &Connect) -> anyhow::Result<Transport> {
    let url = match &arguments.url {
        Some(url) if url.starts_with("http://") || url.starts_with("https://") => url.clone(),
        Some(url) => bail!("--url {url:?} must begin with http:// or https://"),
        None => url(http)?,
    };
    let token = token(&http.auth, arguments.client_name.as_deref())?;
    Ok(Transport::Http { url, token })
}

fn url(http: &Http) -> anyhow::Result<String> {
    // Clients of an authorization server must use the one URL that is registered there.
    if let Some(oauth) = &http.auth.options.oauth
        && http.auth.secrets.is_empty()
    {
        return Ok(oauth.resource.to_string());
    }
    let authority = http.addr.local_authority().with_context(|| {
        format!(
            "http.addr is {}, a different port at each start: set a port, or give the host's URL with --url",
            http.addr
        )
    })?;
    let scheme = http.scheme();
    Ok(format!("{scheme}://{authority}{PATH}"))
}

/// Finds the token of the client `wanted`. Without a name it is one of `tokens`, or that of the only client; `None`
/// if no token is required, or clients sign in elsewhere.
fn token(auth: &Auth, wanted: Option<&str>) -> anyhow::Result<Option<String>> {
    let known = |token: &Token| {
        let mut secrets = auth.secrets.iter();
        secrets.find(|secret| Token::new(secret).is_ok_and(|it| it == *token))
    };
    let clients = &auth.options.clients;
    let names = || {
        let names = clients.iter().map(|client| client.rule.name.as_str());
        names.collect::<Vec<_>>().join(", ")
    };
    let client = match (wanted, auth.options.tokens.as_slice(), clients.as_slice()) {
        (Some(wanted), ..) => {
            let mut named = clients.iter();
            let client = named.find(|client| client.rule.name == wanted);
            client.with_context(|| match clients.is_empty() {
                true => format!("--as {wanted:?}: the configuration has no http.auth.clients"),
                false => format!(
                    "--as {wanted:?}: http.auth.clients has no such client; it has {}",
                    names()
                ),
            })?
        }
        (None, [first, ..], _) => return Ok(known(first).cloned()),
        (None, [], []) => return Ok(None),
        (None, [], [only]) => only,
        // Clients differ in what they may do.
        (None, [], _) => bail!(
            "choose a client of http.auth.clients with --as NAME: {}",
            names()
        ),
    };
    let token = known(&client.token).with_context(|| {
        format!(
            "http.auth.clients has only the digest of {}'s token, so it cannot be given to a client: name it there by \
             `token_from_file` or `token_from_env`, or put it into the client's file yourself",
            client.rule.name
        )
    })?;
    Ok(Some(token.clone()))
}

#[cfg(test)]
mod tests {
    use luminarys_mcp::{AuthOptions, ClientRule, TokenClient};

    use luminarys_testing::each_row;

    use super::*;

    fn auth(plain: &[&str], named: &[(&str, &str)], secrets: &[&str]) -> Auth {
        let token = |text: &str| Token::new(text).unwrap();
        let clients = named.iter().map(|(name, text)| TokenClient {
            token: token(text),
            rule: ClientRule::new(*name),
        });
        Auth {
            options: AuthOptions {
                tokens: plain.iter().map(|text| token(text)).collect(),
                clients: clients.collect(),
                ..AuthOptions::default()
            },
            secrets: secrets.iter().map(|text| (*text).to_owned()).collect(),
            ..Auth::default()
        }
    }

    #[test]
    fn no_client_gets_the_token_of_another() {
        let named = [("laptop", "t-laptop"), ("admin", "t-admin")];
        let rows = [
            (auth(&[], &[], &[]), None, Ok(None)),
            (auth(&["plain"], &[], &["plain"]), None, Ok(Some("plain"))),
            // Unnamed tokens come before named ones.
            (
                auth(&["plain"], &named, &["t-admin", "plain", "t-laptop"]),
                None,
                Ok(Some("plain")),
            ),
            (
                auth(&[], &named[..1], &["t-laptop"]),
                None,
                Ok(Some("t-laptop")),
            ),
            (
                auth(&[], &named, &["t-laptop", "t-admin"]),
                Some("admin"),
                Ok(Some("t-admin")),
            ),
            (
                auth(&["plain"], &named, &["plain", "t-laptop", "t-admin"]),
                Some("laptop"),
                Ok(Some("t-laptop")),
            ),
            (
                auth(&[], &named, &["t-laptop", "t-admin"]),
                None,
                Err("--as NAME: laptop, admin"),
            ),
            (
                auth(&["plain"], &named, &["plain"]),
                Some("nobody"),
                Err("no such client"),
            ),
            (
                auth(&[], &named[..1], &[]),
                None,
                Err("only the digest of laptop's token"),
            ),
        ];
        each_row(rows, |(auth, wanted, expected)| {
            let found = token(&auth, wanted).map_err(|error| error.to_string());
            match (found, expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found.as_deref(), expected),
                (Err(error), Err(part)) => assert!(error.contains(part), "{error}"),
                (found, expected) => panic!("{found:?}, not {expected:?}"),
            }
        });
    }
}
