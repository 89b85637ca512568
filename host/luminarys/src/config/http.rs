//! Interprets `http`: how HTTP is served.

use std::time::Duration;

use luminarys_grants::yaml::YamlError;
use luminarys_mcp::{CERT_KEY, KEY_KEY, Limits, NameError, TlsFiles, check_host, check_origin};
use luminarys_orchestrator::NetworkOptions;

use super::raw::{RawHttp, RawTls, Text};
use super::reader::Reader;
use super::{Http, auth};
use crate::listen::Listen;

/// The minimum of `http.max_inflight_mb`: a client's share of less would not hold its sessions.
const LEAST_INFLIGHT_MB: u64 = 64;

/// The default address.
const ADDRESS: &str = "127.0.0.1:8080";

/// Reads the section `http`; adds to `notes` what is probably a mistake.
///
/// # Errors
/// [`YamlError`] with file, line and column.
pub(super) fn read(
    reader: &Reader<'_>,
    raw: &RawHttp,
    network: &NetworkOptions,
    notes: &mut Vec<String>,
) -> Result<Http, YamlError> {
    let auth = auth::read(reader, &raw.auth, network, notes)?;
    let limits = limits(reader, raw, notes)?;
    let key = "http.max_request_bytes";
    let most = u64::MAX >> 1;
    let max_request_bytes = reader.whole(key, raw.max_request_bytes.as_ref(), 1..=most)?;
    let max_request_bytes = max_request_bytes.unwrap_or(16 << 20);
    let written = raw
        .max_request_bytes
        .as_ref()
        .or(raw.max_inflight_mb.as_ref());
    if let Some(text) = written
        && max_request_bytes > limits.client_bytes()
    {
        let note = format!(
            "{key}: {max_request_bytes} is more than the quarter of http.max_inflight_mb that one client may hold, {} bytes; \
             larger requests are refused all the same",
            limits.client_bytes()
        );
        notes.push(reader.at(text.referenced, note).to_string());
    }
    let name = |checked: Result<(), NameError>| checked.map_err(|error| format!("is {error}"));
    let mut allowed_hosts = reader.list("http.allowed_hosts", &raw.allowed_hosts, |host| {
        name(check_host(host))
    })?;
    // Clients reach the host under the URL that they are given.
    let resource = auth.options.oauth.as_ref().map(|oauth| &oauth.resource);
    allowed_hosts.extend(resource.and_then(|url| url.host_str()).map(str::to_owned));
    Ok(Http {
        addr: address(reader, raw.addr.as_ref())?,
        tls: tls(reader, raw.tls.as_ref())?,
        auth,
        allowed_hosts,
        allowed_origins: reader.list("http.allowed_origins", &raw.allowed_origins, |origin| {
            name(check_origin(origin))
        })?,
        max_request_bytes,
        limits,
    })
}

fn address(reader: &Reader<'_>, text: Option<&Text>) -> Result<Listen, YamlError> {
    let key = "http.addr";
    let written = reader.text(key, text)?;
    let address = written.as_deref().unwrap_or(ADDRESS);
    address.parse().map_err(|error| {
        let message = format!("{key}: cannot listen on {address:?}: {error}");
        match text {
            Some(text) => reader.at(text.referenced, message),
            None => YamlError::new(reader.name, 0, message),
        }
    })
}

/// Reads the certificate's files; `None` serves without TLS.
fn tls(reader: &Reader<'_>, raw: Option<&RawTls>) -> Result<Option<TlsFiles>, YamlError> {
    let Some(raw) = raw else { return Ok(None) };
    let cert = reader.path(CERT_KEY, raw.cert.as_ref())?;
    let key = reader.path(KEY_KEY, raw.key.as_ref())?;
    let lacks = |there: &Option<Text>, key: &str| {
        let message = format!(
            "{key} is missing: TLS needs both files, such as tls: {{ cert: cert.pem, key: key.pem }}"
        );
        match there {
            Some(text) => reader.at(text.referenced, message),
            None => YamlError::new(reader.name, 0, message),
        }
    };
    match (cert, key) {
        (Some(cert), Some(key)) => Ok(Some(TlsFiles { cert, key })),
        (None, _) => Err(lacks(&raw.key, CERT_KEY)),
        (_, None) => Err(lacks(&raw.cert, KEY_KEY)),
    }
}

fn limits(
    reader: &Reader<'_>,
    raw: &RawHttp,
    notes: &mut Vec<String>,
) -> Result<Limits, YamlError> {
    let mut limits = Limits::default();
    for (key, text, limit) in [
        (
            "http.max_connections",
            &raw.max_connections,
            &mut limits.max_connections,
        ),
        (
            "http.max_connections_per_peer",
            &raw.max_connections_per_peer,
            &mut limits.max_connections_per_peer,
        ),
        (
            "http.max_sessions",
            &raw.max_sessions,
            &mut limits.max_sessions,
        ),
        (
            "http.max_sessions_per_client",
            &raw.max_sessions_per_client,
            &mut limits.max_sessions_per_client,
        ),
        (
            "http.max_requests_per_client",
            &raw.max_requests_per_client,
            &mut limits.max_requests_per_client,
        ),
    ] {
        // Bounded as well, so that no sum overflows.
        set(
            reader.whole(key, text.as_ref(), 1..=u32::MAX.into())?,
            limit,
        );
    }
    for (key, text, part, whole, total) in [
        (
            "http.max_connections_per_peer",
            &raw.max_connections_per_peer,
            limits.max_connections_per_peer,
            "http.max_connections",
            limits.max_connections,
        ),
        (
            "http.max_sessions_per_client",
            &raw.max_sessions_per_client,
            limits.max_sessions_per_client,
            "http.max_sessions",
            limits.max_sessions,
        ),
    ] {
        if let Some(text) = text
            && part > total
        {
            let note = format!("{key}: {part} is more than {whole}, {total}, and limits nothing");
            notes.push(reader.at(text.referenced, note).to_string());
        }
    }
    let (key, text) = ("http.max_inflight_mb", raw.max_inflight_mb.as_ref());
    let bytes = reader.mebibytes(key, text, LEAST_INFLIGHT_MB)?;
    set(
        bytes.and_then(|bytes| usize::try_from(bytes).ok()),
        &mut limits.max_inflight_bytes,
    );
    let timeouts = &raw.timeouts;
    for (key, text, limit) in [
        (
            "handshake_ms",
            &timeouts.handshake_ms,
            &mut limits.handshake_timeout,
        ),
        ("head_ms", &timeouts.head_ms, &mut limits.head_timeout),
        ("body_ms", &timeouts.body_ms, &mut limits.body_timeout),
        ("idle_ms", &timeouts.idle_ms, &mut limits.idle_timeout),
        ("write_ms", &timeouts.write_ms, &mut limits.write_timeout),
        (
            "session_ms",
            &timeouts.session_ms,
            &mut limits.session_timeout,
        ),
    ] {
        let key = format!("http.timeouts.{key}");
        // Of 32 bits, so that no sum of times overflows.
        let count: Option<u64> = reader.whole(&key, text.as_ref(), 1..=u32::MAX.into())?;
        set(count.map(Duration::from_millis), limit);
    }
    Ok(limits)
}

fn set<T>(found: Option<T>, limit: &mut T) {
    if let Some(found) = found {
        *limit = found;
    }
}
