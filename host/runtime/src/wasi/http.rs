//! `wasi:http`, sent by the same client as `http` requests.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use http::Response;
use http_body::Frame;
use http_body_util::{BodyDataStream, BodyExt as _};
use luminarys_audit::CallAudit;
use luminarys_grants::Narrowing;
use luminarys_network::http::{Coding, parse_url};
use luminarys_network::{NetworkError, Permit, Permits};
use reqwest::Body;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

use crate::capabilities::http::HttpCapability;
use crate::environment::{Gate, Pass, SkillShared};
use crate::resources::STREAM;

/// The default timeout of a request.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// Outgoing requests of the call being served.
#[derive(Default)]
pub(crate) struct HttpHooks {
    pub call: Option<Served>,
    pub connections: Permits,
}

/// The part of the call that requests need.
#[derive(Clone)]
pub(crate) struct Served {
    pub http: Arc<HttpCapability>,
    pub shared: Arc<SkillShared>,
    pub audit: Arc<CallAudit>,
    pub narrowing: Narrowing,
    pub gate: Gate,
}

type Answer<T> = Box<dyn Future<Output = Result<T, Error>> + Send>;

impl WasiHttpHooks for HttpHooks {
    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        STREAM
    }

    fn p3_outgoing_body_chunk_size(&mut self) -> usize {
        STREAM
    }

    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _sent: Answer<()>,
    ) -> Answer<(Response<WasiBody>, Answer<()>)> {
        let Some(call) = self.call.clone() else {
            return Box::new(async { Err(Error::HttpRequestDenied) });
        };
        let (limit, accounts) = (call.shared.limits.max_connections, &call.shared.accounts);
        let Ok(held) = self.connections.take(limit, accounts) else {
            return Box::new(async { Err(Error::ConnectionLimitReached) });
        };
        // The future may first be polled in a later call.
        let pass = call.gate.pass();
        Box::new(async move {
            let options = options.unwrap_or_default();
            let timeout = options.first_byte_timeout.unwrap_or(DEFAULT_TIMEOUT)
                + options.connect_timeout.unwrap_or_default();
            let pause = options.between_bytes_timeout.unwrap_or(DEFAULT_TIMEOUT);
            let sent = tokio::time::timeout(timeout, send(&call, request, pass));
            let response = sent.await.map_err(|_| Error::HttpResponseTimeout)??;
            let response = response.map(|body| within(body, pause, held));
            let done: Answer<()> = Box::new(async { Ok(()) });
            Ok((response, done))
        })
    }
}

async fn send(
    call: &Served,
    request: http::Request<WasiBody>,
    pass: Pass,
) -> Result<Response<Body>, Error> {
    if !pass.is_valid() {
        return Err(Error::HttpRequestDenied);
    }
    let (shared, audit) = (&*call.shared, &*call.audit);
    let (parts, body) = request.into_parts();
    let url = parse_url(&parts.uri.to_string(), &["http", "https"]);
    let url = url.map_err(|_| Error::HttpRequestUriInvalid)?;
    let mut outgoing = reqwest::Request::new(parts.method, url);
    *outgoing.headers_mut() = parts.headers;
    // wasmtime sets it from the URL, and the guest cannot change it.
    outgoing.headers_mut().remove(http::header::HOST);
    if !http_body::Body::is_end_stream(&body) {
        let pieces = BodyDataStream::new(body);
        let pieces = pieces.map(|piece| piece.map_err(|error| format!("{error:?}")));
        let pieces = unless_narrowed(pieces, pass);
        *outgoing.body_mut() = Some(Body::wrap_stream(pieces));
    }
    let answer = call
        .http
        .client
        .execute(outgoing, Coding::Keep, audit, call.narrowing);
    let answer = answer.await;
    answer
        .map(Into::into)
        .map_err(|error| refused(shared, audit, error))
}

/// Passes the pieces of a request's body until a narrowed call begins: that call may neither extend nor finish a
/// request of an earlier call.
fn unless_narrowed<T>(
    pieces: impl Stream<Item = Result<T, String>>,
    pass: Pass,
) -> impl Stream<Item = Result<T, String>> {
    let ended = futures::stream::once(std::future::ready(None));
    let pieces = pieces.map(Some).chain(ended);
    pieces.filter_map(move |piece| {
        let piece = match pass.is_valid() {
            true => piece,
            false => Some(Err(
                "a read-only call has begun before the request was sent whole".to_owned(),
            )),
        };
        std::future::ready(piece)
    })
}

/// Wraps the body with a timeout of `pause` between its pieces. It holds its connection's permit to its end.
fn within(body: Body, pause: Duration, held: Permit) -> WasiBody {
    let pieces = futures::stream::unfold(Some((body, held)), move |open| async move {
        let (mut body, held) = open?;
        match tokio::time::timeout(pause, body.frame()).await {
            Err(_) => Some((Err(Error::ConnectionReadTimeout), None)),
            Ok(None) => None,
            Ok(Some(Ok(frame))) => Some((Ok::<Frame<Bytes>, Error>(frame), Some((body, held)))),
            Ok(Some(Err(error))) => {
                tracing::debug!("a body ended early: {error:?}");
                Some((Err(Error::HttpResponseIncomplete), None))
            }
        }
    });
    http_body_util::StreamBody::new(pieces).boxed_unsync()
}

/// Returns the error for the guest; the reason for a denial is for the operator.
fn refused(shared: &SkillShared, audit: &CallAudit, error: NetworkError) -> Error {
    match error {
        NetworkError::Denied(denial) => {
            shared.note_denial(audit, &denial);
            Error::HttpRequestDenied
        }
        NetworkError::Invalid(_) => Error::HttpRequestUriInvalid,
        NetworkError::NotFound(_) => Error::DnsError {
            rcode: None,
            info_code: None,
        },
        NetworkError::Timeout(_) => Error::ConnectionTimeout,
        NetworkError::Tls(_) => Error::TlsProtocolError,
        NetworkError::Closed(_) => Error::ConnectionTerminated,
        NetworkError::TooLarge(_) | NetworkError::LimitExceeded(_) | NetworkError::Io(_) => {
            Error::DestinationUnavailable
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(pass: Pass) -> Vec<Result<u8, String>> {
        let pieces = futures::stream::iter([Ok(1), Ok(2)]);
        futures::executor::block_on(unless_narrowed(pieces, pass).collect())
    }

    #[test]
    fn a_body_that_was_not_polled_before_a_narrowed_call_is_not_sent() {
        let gate = Gate::default();
        let pass = gate.pass();
        assert_eq!(sent(pass.clone()), [Ok(1), Ok(2)]);
        gate.begin_era();
        let all = sent(pass);
        assert!(all.iter().all(Result::is_err) && !all.is_empty(), "{all:?}");
        assert_eq!(sent(gate.pass()), [Ok(1), Ok(2)]);
    }
}
