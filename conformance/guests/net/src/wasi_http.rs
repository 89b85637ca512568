//! `wasi:http`, by its interfaces.

use crate::wasi::http0_2_12::outgoing_handler::handle;
use crate::wasi::http0_2_12::types::{Fields, Method, OutgoingBody, OutgoingRequest, Scheme};

/// Sends `count` requests and reads none of the answers, then lets them go; how many there were.
pub fn hold(url: &str, count: u32) -> Result<u32, String> {
    let mut open = Vec::new();
    for _ in 0..count {
        let (request, body) = request(url)?;
        OutgoingBody::finish(body, None).map_err(|error| format!("{error:?}"))?;
        let answer = handle(request, None).map_err(|error| format!("{error:?}"))?;
        answer.subscribe().block();
        let response = answer.get().ok_or("no answer")?.map_err(|()| "taken")?;
        let response = response.map_err(|error| format!("after {}: {error:?}", open.len()))?;
        open.push(response);
    }
    Ok(open.len() as u32)
}

pub fn get(url: &str, content: Option<String>) -> Result<String, String> {
    let (request, body) = request(url)?;
    if let Some(content) = content {
        request.set_method(&Method::Post).map_err(|()| "method")?;
        let stream = body.write().map_err(|()| "stream")?;
        let answer = handle(request, None).map_err(|error| format!("{error:?}"))?;
        stream
            .blocking_write_and_flush(content.as_bytes())
            .map_err(|error| error.to_string())?;
        drop(stream);
        OutgoingBody::finish(body, None).map_err(|error| format!("{error:?}"))?;
        return read(answer);
    }
    OutgoingBody::finish(body, None).map_err(|error| format!("{error:?}"))?;
    read(handle(request, None).map_err(|error| format!("{error:?}"))?)
}

fn request(url: &str) -> Result<(OutgoingRequest, OutgoingBody), String> {
    let (scheme, rest) = url.split_once("://").ok_or("no scheme")?;
    let (authority, path) = match rest.find('/') {
        Some(slash) => rest.split_at(slash),
        None => (rest, "/"),
    };
    let scheme = if scheme == "https" {
        Scheme::Https
    } else {
        Scheme::Http
    };
    let request = OutgoingRequest::new(Fields::new());
    request.set_scheme(Some(&scheme)).map_err(|()| "scheme")?;
    request
        .set_authority(Some(authority))
        .map_err(|()| "authority")?;
    request
        .set_path_with_query(Some(path))
        .map_err(|()| "path")?;
    let body = request.body().map_err(|()| "body")?;
    Ok((request, body))
}

fn read(answer: crate::wasi::http0_2_12::types::FutureIncomingResponse) -> Result<String, String> {
    answer.subscribe().block();
    let response = answer.get().ok_or("no answer")?.map_err(|()| "taken")?;
    let response = response.map_err(|error| format!("{error:?}"))?;
    let body = response.consume().map_err(|()| "body")?;
    let stream = body.stream().map_err(|()| "stream")?;
    let mut text = Vec::new();
    while let Ok(piece) = stream.blocking_read(65536) {
        text.extend_from_slice(&piece);
        if text.len() > 1 << 20 {
            break;
        }
    }
    Ok(format!(
        "{}\n{}",
        response.status(),
        String::from_utf8_lossy(&text)
    ))
}
