//! An HTTP server (1.1, and 2 over TLS) with one behaviour for each path.

use std::convert::Infallible;
use std::io::{self, Write as _};
use std::time::Duration;

use anyhow::Result;
use bytes::Bytes;
use futures::stream::{self, StreamExt as _};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

type Body = BoxBody<Bytes, io::Error>;

/// The uncompressed size of `/bomb`, in zero bytes.
const BOMB: usize = 256 << 20;

pub async fn connection(stream: TcpStream) -> Result<()> {
    serve(stream).await
}

pub async fn secure(acceptor: TlsAcceptor, stream: TcpStream) -> Result<()> {
    serve(acceptor.accept(stream).await?).await
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> Result<()> {
    let served = Builder::new(TokioExecutor::new())
        .serve_connection(
            TokioIo::new(stream),
            service_fn(|request| async { Ok::<_, Infallible>(answer(request).await) }),
        )
        .await;
    served.map_err(|error| anyhow::anyhow!(error))
}

/// `/echo`, `/status/N`, `/redirect?status=N&to=URL`, `/loop/N`, `/bytes/N`, `/endless`, `/slow/MS`, `/drip/MS/N`,
/// `/cookies?A=B&…`, `/gzip?TEXT`, `/bomb`, `/cut`, `/headers/N`, `/large-header`.
async fn answer(request: Request<Incoming>) -> Response<Body> {
    let path = request.uri().path().to_owned();
    let query = request.uri().query().unwrap_or_default().to_owned();
    let mut parts = path.trim_start_matches('/').split('/');
    let what = parts.next().unwrap_or_default();
    let number = parts.next().and_then(|part| part.parse::<u64>().ok());
    let number = number.unwrap_or_default();
    let second = parts.next().and_then(|part| part.parse::<u64>().ok());
    let response = Response::builder();
    let answered = match what {
        "echo" => return echo(request).await,
        "status" => response
            .status(u16::try_from(number).unwrap_or(500))
            .body(text(path)),
        "redirect" => redirect(&query),
        "loop" => response
            .status(302)
            .header("location", format!("/loop/{}", number + 1))
            .body(text("on")),
        "bytes" => response.body(text("x".repeat(usize::try_from(number).unwrap_or(0)))),
        "endless" => response.body(pieces(u64::MAX, Duration::ZERO)),
        "v1" => return model(request).await,
        "slow" => {
            tokio::time::sleep(Duration::from_millis(number)).await;
            response.body(text("at last"))
        }
        "drip" => response.body(pieces(second.unwrap_or(1), Duration::from_millis(number))),
        "cookies" => {
            let cookies = query.split('&').map(|pair| pair.replace('+', "; "));
            let set = |builder: hyper::http::response::Builder, it: String| {
                builder.header("set-cookie", it)
            };
            cookies.fold(response, set).body(text("set"))
        }
        "gzip" => response.header("content-encoding", "gzip").body(
            Full::new(gzip(query.as_bytes()))
                .map_err(|never| match never {})
                .boxed(),
        ),
        "bomb" => response.header("content-encoding", "gzip").body(
            Full::new(gzip(&vec![0; BOMB]))
                .map_err(|never| match never {})
                .boxed(),
        ),
        "cut" => response.body(cut()),
        "headers" => (0..number)
            .fold(response, |response, n| {
                response.header(format!("x-{n}"), "y")
            })
            .body(text("many")),
        "large-header" => response
            .header("x-large", "y".repeat(usize::try_from(number).unwrap_or(0)))
            .body(text("large")),
        _ => response.status(404).body(text("nothing here")),
    };
    answered.unwrap_or_else(|error| {
        let mut failed = Response::new(text(error.to_string()));
        *failed.status_mut() = StatusCode::BAD_REQUEST;
        failed
    })
}

/// The request as text: a first line, the headers in order, a blank line and the body. The header `x-mirror` comes back.
async fn echo(request: Request<Incoming>) -> Response<Body> {
    let version = match request.version() {
        Version::HTTP_2 => "2",
        _ => "1.1",
    };
    let mut shown = format!("{} {} {version}\n", request.method(), request.uri().path());
    for (name, value) in request.headers() {
        shown += &format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes()));
    }
    let mirrored = request.headers().get("x-mirror").cloned();
    let body = request.into_body().collect().await;
    let body = body
        .map(http_body_util::Collected::to_bytes)
        .unwrap_or_default();
    let body = if body.len() > 4096 {
        format!("{} bytes", body.len())
    } else {
        String::from_utf8_lossy(&body).into_owned()
    };
    let mut response = Response::new(text(format!("{shown}\n{body}")));
    if let Some(value) = mirrored {
        response.headers_mut().insert("x-mirror", value);
    }
    response
}

/// A language model that repeats the question and who asked it.
async fn model(request: Request<Incoming>) -> Response<Body> {
    let key = request.headers().get("authorization").cloned();
    let key = key.map(|key| String::from_utf8_lossy(key.as_bytes()).into_owned());
    let body = request.into_body().collect().await;
    let body = body
        .map(http_body_util::Collected::to_bytes)
        .unwrap_or_default();
    let asked: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
    let mut response = Response::new(text(""));
    if asked["messages"][0]["content"] == "fail" {
        *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        return response;
    }
    let outcome = format!(
        "{} {} {}",
        key.unwrap_or_default(),
        asked["max_tokens"],
        asked["messages"]
    );
    let mut answer = serde_json::json!({
        "model": asked["model"],
        "choices": [{ "message": { "role": "assistant", "content": outcome }, "finish_reason": "stop" }],
    });
    if asked["messages"][0]["content"] == "count" {
        answer["usage"] = serde_json::json!({ "prompt_tokens": 30, "completion_tokens": 5 });
    }
    *response.body_mut() = text(answer.to_string());
    response
}

fn redirect(query: &str) -> hyper::http::Result<Response<Body>> {
    // `to` comes last, and is used verbatim.
    let (rest, to) = query.split_once("to=").unwrap_or((query, ""));
    let status = rest.trim_end_matches('&').strip_prefix("status=");
    let status: u16 = status.and_then(|text| text.parse().ok()).unwrap_or(302);
    let response = Response::builder().status(status);
    let response = response.header("set-cookie", "hop=1; Path=/");
    response.header("location", to).body(text("elsewhere"))
}

fn text(text: impl Into<String>) -> Body {
    let body = Full::new(Bytes::from(text.into()));
    body.map_err(|never| match never {}).boxed()
}

/// Sends 1 KiB this many times, with a pause before each.
fn pieces(count: u64, pause: Duration) -> Body {
    let pieces = stream::iter(0..count).then(move |_| async move {
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        Ok::<_, io::Error>(Frame::data(Bytes::from_static(&[b'x'; 1024])))
    });
    BodyExt::boxed(StreamBody::new(pieces))
}

/// A truncated body.
fn cut() -> Body {
    let pieces = stream::iter([
        Ok(Frame::data(Bytes::from_static(b"the first half"))),
        Err(io::Error::other("broken off")),
    ]);
    BodyExt::boxed(StreamBody::new(pieces))
}

fn gzip(bytes: &[u8]) -> Bytes {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    Bytes::from(written.unwrap_or_default())
}
