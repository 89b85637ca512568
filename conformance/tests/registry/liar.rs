//! A registry with programmed responses.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures::stream;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::runtime::Runtime;

type Body = UnsyncBoxBody<Bytes, Infallible>;

/// A programmed response.
#[derive(Clone, Debug)]
pub enum Answer {
    Bytes(Vec<u8>),
    /// Without a length, and without an end.
    Endless,
    Redirect(String),
    /// With this challenge.
    Unauthorized(String),
    /// With this challenge and body.
    Refused(String, Vec<u8>),
    /// With this challenge, until there is an authorization.
    Once(String, Vec<u8>),
}

/// A server on a free port; the response is the first whose path is a prefix of the request's.
pub struct Liar {
    pub address: String,
    requests: Arc<Mutex<Vec<String>>>,
    _runtime: Runtime,
}

impl Liar {
    pub fn start(answers: Vec<(&'static str, Answer)>) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let listener = runtime
            .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
            .unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (answers, seen) = (Arc::new(answers), requests.clone());
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (answers, seen) = (answers.clone(), seen.clone());
                let service = service_fn(move |request: Request<Incoming>| {
                    let response = answer(&answers, &seen, &request);
                    async move { Ok::<_, Infallible>(response) }
                });
                tokio::spawn(async move {
                    let builder =
                        hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
                    let _ = builder
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        Self {
            address,
            requests,
            _runtime: runtime,
        }
    }

    /// The requests so far: path and authorization.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn answer(
    answers: &[(&str, Answer)],
    seen: &Mutex<Vec<String>>,
    request: &Request<Incoming>,
) -> Response<Body> {
    let path = request.uri().path();
    let who = request.headers().get("authorization");
    let who = who.map(|value| value.to_str().unwrap().to_owned());
    let line = format!("{path} {}", who.as_deref().unwrap_or_default());
    seen.lock().unwrap().push(line);
    let found = answers.iter().find(|(prefix, _)| path.starts_with(prefix));
    let respond = |status: u16, header: Option<(&str, &str)>, body: Body| {
        let mut builder = Response::builder().status(status);
        if let Some((name, value)) = header {
            builder = builder.header(name, value);
        }
        builder.body(body).unwrap()
    };
    let full = |bytes: &[u8]| Full::new(Bytes::copy_from_slice(bytes)).boxed_unsync();
    match found.map(|(_, answer)| answer) {
        None => respond(404, None, full(b"")),
        Some(Answer::Bytes(bytes)) => respond(200, None, full(bytes)),
        Some(Answer::Endless) => {
            let chunk = || Ok::<_, Infallible>(Frame::data(Bytes::from_static(&[b'x'; 16384])));
            let frames = stream::repeat_with(chunk);
            respond(200, None, StreamBody::new(frames).boxed_unsync())
        }
        Some(Answer::Redirect(to)) => respond(307, Some(("location", to)), full(b"")),
        Some(Answer::Once(_, bytes)) if who.is_some() => respond(200, None, full(bytes)),
        Some(Answer::Refused(challenge, body)) => {
            respond(401, Some(("www-authenticate", challenge)), full(body))
        }
        Some(Answer::Unauthorized(challenge) | Answer::Once(challenge, _)) => {
            respond(401, Some(("www-authenticate", challenge)), full(b""))
        }
    }
}
