//! The route that tells clients which authorization server they need tokens of (RFC 9728).

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::gate::Gate;

/// Answers a request for the metadata. It needs no token, since clients read it before they have one.
pub(crate) async fn answer(State(gate): State<Gate>, request: Request) -> Response {
    match gate.metadata(request.uri().path()) {
        Some(document) => {
            let headers = [
                (header::CONTENT_TYPE, "application/json"),
                (header::CACHE_CONTROL, "max-age=300"),
            ];
            (headers, document).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
