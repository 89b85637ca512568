//! Admits requests: memory is charged before it is used, and the charge is held until the response has been sent.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http_body_util::BodyExt as _;
use luminarys_orchestrator::ServingMetrics;
use rmcp::ErrorData;
use tokio::time::Instant;

use crate::budget::{Budget, Charge};
use crate::client::Client;
use crate::limits::Limits;
use crate::message;
use crate::refusal::{self, invalid};
use crate::request_id::IdSearch;
use crate::weigh::{Scale, Unfit};

/// The memory of any request, in bytes: its tasks, channels and head.
const REQUEST: usize = 64 << 10;

/// Copies of a body's text that exist at once, while the buffer grows and while it is parsed.
const TEXTS: usize = 3;

/// The limits that requests are admitted under.
#[derive(Clone)]
pub(crate) struct Admission {
    /// The budget that requests are charged to.
    pub budget: Arc<Budget>,
    /// The time limit for a body.
    pub limits: Limits,
    /// The largest body, in bytes.
    pub max_request_bytes: usize,
    /// Counts bodies that took too long.
    pub metrics: ServingMetrics,
}

/// Reads a request's body within all limits, then passes the request on.
pub(crate) async fn admit(
    State(admission): State<Admission>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let Some(client) = parts.extensions.get::<Client>().cloned() else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let open = match admission.budget.open(&client.name) {
        Ok(open) => open,
        Err(exceeded) => return exceeded.into_response(),
    };
    let charge = Arc::new(admission.budget.charge(&client.name));
    let body = match admission.read(&parts, body, &charge).await {
        Ok(body) => body,
        Err(refusal) => return refusal,
    };
    if let Some(wrong) = message::wrong_cursor(&body) {
        return malformed(&wrong, &body);
    }
    parts.extensions.insert(charge.clone());
    // Shared, so that valid bodies are not copied.
    let text = body.clone();
    let mut response = next.run(Request::from_parts(parts, Body::from(body))).await;
    if response.status() == StatusCode::UNSUPPORTED_MEDIA_TYPE
        && let Err(wrong) = message::parse_body(text.clone())
    {
        response = malformed(&wrong, &text);
    }
    drop(text);
    response.map(|body| {
        // Held until the body is dropped.
        let held = (charge, open);
        Body::new(body.map_frame(move |frame| {
            let _held = &held;
            frame
        }))
    })
}

/// Answers a body that is not a valid message, under its id where it has one.
fn malformed(wrong: &ErrorData, body: &[u8]) -> Response {
    let mut search = IdSearch::default();
    search.add(body);
    refusal::malformed(wrong, search.found().as_ref())
}

impl Admission {
    /// Reads a body while `charge` covers it.
    async fn read(&self, parts: &Parts, body: Body, charge: &Charge) -> Result<Bytes, Response> {
        let refused = |exceeded: refusal::Exceeded| exceeded.into_response();
        let length = parts.headers.get(header::CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        let too_large = || {
            let limit = self.max_request_bytes;
            let why = format!("the request is larger than {limit} bytes, `http.max_request_bytes`");
            invalid(StatusCode::PAYLOAD_TOO_LARGE, &why)
        };
        if length.is_some_and(|length| length > self.max_request_bytes) {
            return Err(too_large());
        }
        charge
            .raise_to(REQUEST.saturating_add(texts(length.unwrap_or(0))))
            .map_err(refused)?;
        let begun = Instant::now();
        let (mut text, mut scale, mut body) = (Vec::new(), Scale::default(), body);
        loop {
            let frame = tokio::time::timeout_at(begun + self.time_for(text.len()), body.frame());
            let frame = match frame.await {
                Ok(None) => break,
                Ok(Some(Ok(frame))) => frame,
                Ok(Some(Err(error))) => {
                    let why = format!("the request ended early: {error}");
                    return Err(invalid(StatusCode::BAD_REQUEST, &why));
                }
                Err(_) => {
                    self.metrics.timed_out("body");
                    return Err(late());
                }
            };
            let Ok(part) = frame.into_data() else {
                continue;
            };
            let size = text.len() + part.len();
            if size > self.max_request_bytes {
                return Err(too_large());
            }
            scale.add(&part).map_err(unfit)?;
            let texts = texts(size.max(length.unwrap_or(0)));
            charge
                .raise_to(scale.bytes().saturating_add(texts).saturating_add(REQUEST))
                .map_err(refused)?;
            text.extend_from_slice(&part);
        }
        Ok(text.into())
    }

    /// Returns how long a body may have taken by the time `bytes` of it have arrived.
    fn time_for(&self, bytes: usize) -> Duration {
        let earned = Duration::from_secs(bytes as u64 / Limits::BODY_RATE);
        (Limits::BODY_GRACE + earned).min(self.limits.body_timeout)
    }
}

/// Returns the memory that a body of `size` bytes takes as text.
fn texts(size: usize) -> usize {
    size.saturating_mul(TEXTS)
}

fn late() -> Response {
    let why = format!(
        "the body arrived too slowly: it must begin within {} s, continue at {} bytes a second, and be complete within \
         `http.timeouts.body_ms`",
        Limits::BODY_GRACE.as_secs(),
        Limits::BODY_RATE
    );
    let mut response = invalid(StatusCode::REQUEST_TIMEOUT, &why);
    // The next bytes on this connection would be the rest of the body.
    let close = header::HeaderValue::from_static("close");
    response.headers_mut().insert(header::CONNECTION, close);
    response
}

fn unfit(unfit: Unfit) -> Response {
    invalid(StatusCode::BAD_REQUEST, &unfit.explain())
}
