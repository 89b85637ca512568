//! Responses when a limit is reached: the status, when to try again, and a JSON-RPC error that names the
//! limit.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rmcp::model::{ErrorData, RequestId};
use serde_json::json;
use thiserror::Error;

/// The `Retry-After`, in seconds.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");

/// The error code of a server that is busy; the protocol leaves the range to implementations.
const BUSY: i32 = -32000;

/// The error code of an invalid request.
const INVALID_REQUEST: i32 = -32600;

/// A limit that a request would exceed.
#[derive(Debug, Error)]
pub(crate) enum Exceeded {
    /// The client's requests.
    #[error(
        "{0} requests of this client are open already, `http.max_requests_per_client`; wait for one, then try again"
    )]
    ClientRequests(usize),
    /// The client's share of the bytes in flight.
    #[error(
        "the requests of this client, and its responses that are not read yet, may hold {} MiB in all, a quarter of \
         `http.max_inflight_mb`; try again when fewer are open", .0 >> 20
    )]
    ClientBytes(usize),
    /// The bytes in flight.
    #[error("the requests of all clients hold {} MiB, `http.max_inflight_mb`; try again", .0 >> 20)]
    HostBytes(usize),
    /// More than the client's share, whatever else is open.
    #[error(
        "this needs {} MiB of memory, and one client may have {} MiB, a quarter of `http.max_inflight_mb`; ask for less at once",
        .bytes.div_ceil(1 << 20), .limit >> 20
    )]
    Never {
        /// What it needs.
        bytes: usize,
        /// What a client may have.
        limit: usize,
    },
}

impl Exceeded {
    /// Returns the limit's name in counters.
    pub fn name(&self) -> &'static str {
        match self {
            Self::ClientRequests(_) => "client_requests",
            Self::ClientBytes(_) | Self::Never { .. } => "client_bytes",
            Self::HostBytes(_) => "host_bytes",
        }
    }
}

impl IntoResponse for Exceeded {
    fn into_response(self) -> Response {
        let status = match self {
            Self::ClientRequests(_) | Self::ClientBytes(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::HostBytes(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Never { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        };
        let mut response = (status, error(BUSY, &self.to_string(), None)).into_response();
        if status != StatusCode::PAYLOAD_TOO_LARGE {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, RETRY_AFTER);
        }
        response
    }
}

/// Creates a response with `status` and a JSON-RPC error that says why.
pub(crate) fn invalid(status: StatusCode, why: &str) -> Response {
    (status, error(INVALID_REQUEST, why, None)).into_response()
}

/// Creates a response to a body that is not a message, with the id of the request if it has one.
pub(crate) fn malformed(wrong: &ErrorData, id: Option<&RequestId>) -> Response {
    let error = error(wrong.code.0, &wrong.message, id);
    (StatusCode::BAD_REQUEST, error).into_response()
}

fn error(code: i32, message: &str, id: Option<&RequestId>) -> Json<serde_json::Value> {
    Json(json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } }))
}
