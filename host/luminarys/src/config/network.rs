//! The servers that the host itself connects to: name servers, a proxy, a language model, registries.

use std::net::{IpAddr, SocketAddr};

use luminarys_grants::yaml::YamlError;
use luminarys_orchestrator::{EndpointOptions, NetworkOptions, ProxyUrl};
use luminarys_text::check_credential;

use super::raw::{RawLlm, RawNetwork, RawRegistry, Text};
use super::reader::Reader;

/// Reads the section `network`.
///
/// # Errors
/// [`YamlError`] with file, line and column.
pub(super) fn network(reader: &Reader<'_>, raw: &RawNetwork) -> Result<NetworkOptions, YamlError> {
    let mut options = NetworkOptions::default();
    for text in &raw.nameservers {
        let server = reader.fill(text)?;
        let parsed = server.parse().or_else(|_| {
            let address = server.parse::<IpAddr>();
            address.map(|address| SocketAddr::new(address, 53))
        });
        let usable = parsed.ok().filter(|address| address.port() != 0);
        options.nameservers.push(usable.ok_or_else(|| {
            let message = format!(
                "network.nameservers: {server:?} is not an address, such as 10.0.0.2 or 10.0.0.2:53"
            );
            reader.at(text.referenced, message)
        })?);
    }
    if let Some(text) = &raw.proxy {
        // Without the value, which may hold a password.
        let message = "network.proxy: this is not a URL with http, https or socks5h and a host, such as http://proxy:3128";
        let proxy = url(reader, text, &["http", "https", "socks5h"], message)?;
        if !matches!(proxy.path(), "" | "/") || proxy.query().is_some() {
            let message = "network.proxy: a proxy's URL has no path; remove it";
            return Err(reader.at(text.referenced, message));
        }
        options.proxy = Some(proxy);
    }
    Ok(options)
}

/// Reads the section `llm`.
///
/// # Errors
/// [`YamlError`] with file, line and column.
pub(super) fn model(
    reader: &Reader<'_>,
    raw: &RawLlm,
) -> Result<Option<EndpointOptions>, YamlError> {
    let (Some(address), Some(name)) = (&raw.url, &raw.model) else {
        let lonely = [&raw.url, &raw.model, &raw.api_key]
            .into_iter()
            .flatten()
            .next();
        return match lonely {
            None => Ok(None),
            Some(text) => {
                let message = "llm: both `url` and `model` are needed".to_owned();
                Err(reader.at(text.referenced, message))
            }
        };
    };
    let message =
        "llm.url: this is not a URL with http or https, such as https://api.openai.com/v1";
    let parsed = url(reader, address, &["http", "https"], message)?;
    if parsed.query().is_some() || parsed.fragment().is_some() {
        // The API's path is appended to it.
        let message = "llm.url: the URL has a query or fragment; it ends before /chat/completions, such as \
                       https://api.openai.com/v1";
        return Err(reader.at(address.referenced, message));
    }
    let key = raw.api_key.as_ref();
    let key = key.map(|key| Ok((key, reader.fill(key)?))).transpose()?;
    // An empty key means no key, as for a local server.
    let key = key.filter(|(_, key)| !key.is_empty());
    if let Some((text, key)) = &key {
        check_credential(key)
            .map_err(|error| reader.at(text.referenced, format!("llm.api_key: the key {error}")))?;
    }
    Ok(Some(EndpointOptions {
        url: parsed,
        model: reader.text("llm.model", Some(name))?.unwrap_or_default(),
        api_key: key.map(|(_, key)| key),
    }))
}

/// Reads `registry.plain_http`.
///
/// # Errors
/// [`YamlError`] with file, line and column.
pub(super) fn plain_http(reader: &Reader<'_>, raw: &RawRegistry) -> Result<Vec<String>, YamlError> {
    reader.list("registry.plain_http", &raw.plain_http, |registry| {
        // In the form that references use.
        let parsed: Option<ProxyUrl> = format!("http://{registry}").parse().ok();
        let host = parsed.as_ref().and_then(|url| url.host_str());
        let port = registry
            .rsplit_once(':')
            .and_then(|(_, port)| port.parse::<u16>().ok());
        let named = |host: &str| match port {
            Some(port) => registry.eq_ignore_ascii_case(&format!("{host}:{port}")),
            None => registry.eq_ignore_ascii_case(host),
        };
        let Some(host) = host.filter(|host| named(host)) else {
            return Err(format!(
                "is {registry:?}, which no reference names; write HOST:PORT such as 127.0.0.1:5000"
            ));
        };
        let address: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
        match address.filter(|address| !address.is_loopback()) {
            Some(address) => Err(format!(
                "is at {address}, which is not this machine: a registry without TLS must be on it"
            )),
            None => Ok(()),
        }
    })
}

/// Parses a URL with one of `schemes` and a host; fails with `message`.
fn url(
    reader: &Reader<'_>,
    text: &Text,
    schemes: &[&str],
    message: &str,
) -> Result<ProxyUrl, YamlError> {
    let parsed: Option<ProxyUrl> = reader.fill(text)?.parse().ok();
    let usable = |url: &ProxyUrl| {
        schemes.contains(&url.scheme()) && url.host_str().is_some_and(|host| !host.is_empty())
    };
    let usable = parsed.filter(usable);
    usable.ok_or_else(|| reader.at(text.referenced, message))
}
