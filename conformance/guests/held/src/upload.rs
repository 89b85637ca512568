//! A request through `wasi:http` 0.2 whose body is still being written.

use crate::wasi::http0_2_12::outgoing_handler::handle;
use crate::wasi::http0_2_12::types::{
    Fields, FutureIncomingResponse, Method, OutgoingBody, OutgoingRequest, Scheme,
};
use crate::wasi::io::streams::OutputStream;

pub struct Upload {
    // Dropped in this order: a stream before its body.
    stream: OutputStream,
    body: OutgoingBody,
    answer: FutureIncomingResponse,
}

pub fn begin(url: &str) -> Result<Upload, String> {
    let rest = url.strip_prefix("http://").ok_or("no http URL")?;
    let (authority, path) = rest.split_once('/').ok_or("no path")?;
    let request = OutgoingRequest::new(Fields::new());
    let set = |done: Result<(), ()>| done.map_err(|()| "a part of the request is wrong".to_owned());
    set(request.set_method(&Method::Put))?;
    set(request.set_scheme(Some(&Scheme::Http)))?;
    set(request.set_authority(Some(authority)))?;
    set(request.set_path_with_query(Some(&format!("/{path}"))))?;
    let body = request.body().map_err(|()| "no body")?;
    let stream = body.write().map_err(|()| "no stream")?;
    let answer = handle(request, None).map_err(|error| format!("{error:?}"))?;
    Ok(Upload {
        stream,
        body,
        answer,
    })
}

impl Upload {
    pub fn write(&self, bytes: &[u8]) -> Result<(), String> {
        let written = self.stream.blocking_write_and_flush(bytes);
        written.map_err(|error| format!("{error:?}"))
    }

    /// The status and the body of the answer.
    pub fn finish(self) -> Result<String, String> {
        let Self {
            stream,
            body,
            answer,
        } = self;
        drop(stream);
        OutgoingBody::finish(body, None).map_err(|error| format!("{error:?}"))?;
        answer.subscribe().block();
        let answer = answer.get().ok_or("no answer")?.map_err(|()| "taken")?;
        let answer = answer.map_err(|error| format!("{error:?}"))?;
        let incoming = answer.consume().map_err(|()| "no body")?;
        let stream = incoming.stream().map_err(|()| "no stream")?;
        let mut bytes = Vec::new();
        while let Ok(piece) = stream.blocking_read(64 << 10) {
            bytes.extend(piece);
        }
        Ok(format!(
            "{} {}",
            answer.status(),
            String::from_utf8_lossy(&bytes)
        ))
    }
}
