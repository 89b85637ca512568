//! How HTTP is served: from what is written to what is meant.

use std::time::Duration;

use luminarys_grants::yaml::YamlError;
use luminarys_mcp::Limits;

use super::Http;
use super::raw::{RawHttp, Text};
use super::read::Reader;

/// The least that `http.max_inflight_mb` may be: a client's share of less would not hold its sessions.
const LEAST_INFLIGHT_MB: usize = 64;

/// Reads the section `http`.
///
/// # Errors
/// [`YamlError`] with file, line and column.
pub(super) fn read(reader: &Reader<'_>, raw: &RawHttp) -> Result<Http, YamlError> {
    Ok(Http {
        addr: reader
            .text(raw.addr.as_ref())?
            .unwrap_or_else(|| "127.0.0.1:8080".to_owned()),
        tokens: reader.not_empty("http.auth.tokens", &raw.auth.tokens)?,
        allowed_hosts: reader.not_empty("http.allowed_hosts", &raw.allowed_hosts)?,
        allowed_origins: reader.not_empty("http.allowed_origins", &raw.allowed_origins)?,
        max_request_bytes: reader
            .positive("http.max_request_bytes", raw.max_request_bytes.as_ref())?
            .unwrap_or(16 << 20),
        limits: limits(reader, raw)?,
    })
}

fn limits(reader: &Reader<'_>, raw: &RawHttp) -> Result<Limits, YamlError> {
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
        set(reader.positive(key, text.as_ref())?, limit);
    }
    let key = "http.max_inflight_mb";
    if let (Some(text), Some(size)) = (
        &raw.max_inflight_mb,
        reader.positive::<usize>(key, raw.max_inflight_mb.as_ref())?,
    ) {
        if size < LEAST_INFLIGHT_MB {
            let message = format!("{key}: must be at least {LEAST_INFLIGHT_MB}");
            return Err(reader.at(text.referenced, message));
        }
        limits.max_inflight_bytes = size.saturating_mul(1 << 20);
    }
    let timeouts = &raw.timeouts;
    for (key, text, limit) in [
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
        set(milliseconds(reader, key, text.as_ref())?, limit);
    }
    Ok(limits)
}

fn milliseconds(
    reader: &Reader<'_>,
    key: &str,
    text: Option<&Text>,
) -> Result<Option<Duration>, YamlError> {
    // A u32, so that no sum of times overflows.
    let count: Option<u32> = reader.positive(&format!("http.timeouts.{key}"), text)?;
    Ok(count.map(|count| Duration::from_millis(count.into())))
}

fn set<T>(found: Option<T>, limit: &mut T) {
    if let Some(found) = found {
        *limit = found;
    }
}
