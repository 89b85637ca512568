//! HTTP over pooled connections, each to the first of its host's addresses that responds. A proxy chooses addresses itself.

use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::{HeaderValue, StatusCode, Uri, header};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use reqwest::dns::Resolve;
use reqwest::{Body, Proxy, Request, Response};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::TlsConnector;
use tower_http::decompression::Decompression;
use tower_service::Service;

use crate::address::bare;
use crate::error::{BoxError, NetworkError};
use crate::network::{Network, Stream};
use crate::race;

/// How long an unused connection stays in the pool.
const IDLE: Duration = Duration::from_secs(60);
/// The headers of one response: how many, and over HTTP/2 their bytes. Over HTTP/1 hyper takes at most 400 KiB.
const MAX_HEADERS: usize = 256;
const MAX_HEADER_BYTES: u32 = 128 << 10;

/// Sends requests without changing them, and follows no redirects. Cheap to clone.
#[derive(Clone)]
pub struct Transport(Way);

const PROXY_REFUSES: &str = "the proxy refuses the host's credentials (status 407); the host's operator must set them in \
                             `network.proxy`";

#[derive(Clone)]
enum Way {
    Plain(Client<Connector, Body>),
    Decoding(Decompression<Client<Connector, Body>>),
    Proxied(reqwest::Client),
}

impl Transport {
    /// Returns a transport that connects to the addresses that `resolver` returns, or through the network's proxy. With
    /// `decode` it decompresses responses.
    ///
    /// # Errors
    /// reqwest's, when the proxy cannot be used.
    pub fn new(
        network: &Network,
        resolver: Arc<dyn Resolve>,
        mut tls: ClientConfig,
        decode: bool,
    ) -> Result<Self, BoxError> {
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        if let Some(proxy) = network.proxy() {
            let client = reqwest::Client::builder()
                .tls_backend_preconfigured(tls)
                .redirect(reqwest::redirect::Policy::none())
                .retry(reqwest::retry::never())
                .referer(false)
                .dns_resolver(resolver)
                .pool_idle_timeout(IDLE)
                .gzip(decode)
                .deflate(decode)
                .brotli(decode)
                .zstd(decode)
                .proxy(Proxy::all(proxy.clone())?);
            return Ok(Self(Way::Proxied(client.build()?)));
        }
        let connector = Connector {
            resolver,
            tls: TlsConnector::from(Arc::new(tls)),
        };
        let client = Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .http1_max_headers(MAX_HEADERS)
            .http2_max_header_list_size(MAX_HEADER_BYTES)
            .build(connector);
        Ok(Self(match decode {
            true => Way::Decoding(Decompression::new(client)),
            false => Way::Plain(client),
        }))
    }

    /// Sends one request, and returns once the head of the response has arrived.
    ///
    /// # Errors
    /// The innermost cause is the last of the error's sources.
    pub fn execute(
        &self,
        mut request: Request,
    ) -> impl Future<Output = Result<Response, BoxError>> + Send + 'static {
        let way = self.0.clone();
        async move {
            let headers = request.headers_mut();
            if !headers.contains_key(header::ACCEPT) {
                headers.insert(header::ACCEPT, HeaderValue::from_static("*/*"));
            }
            match way {
                Way::Proxied(client) => {
                    let answer = client.execute(request).await?;
                    // The proxy's text may repeat the host's credentials.
                    match answer.status() {
                        StatusCode::PROXY_AUTHENTICATION_REQUIRED => Err(PROXY_REFUSES.into()),
                        _ => Ok(answer),
                    }
                }
                Way::Plain(client) => {
                    let answer = client.request(request.try_into()?).await?;
                    Ok(answer.map(Body::wrap).into())
                }
                Way::Decoding(mut client) => {
                    let request: http::Request<Body> = request.try_into()?;
                    let answer = client.call(request).await?;
                    Ok(answer.map(Body::wrap).into())
                }
            }
        }
    }
}

/// Opens connections.
#[derive(Clone)]
struct Connector {
    resolver: Arc<dyn Resolve>,
    tls: TlsConnector,
}

impl Connector {
    async fn connect(self, uri: Uri) -> Result<TokioIo<Link>, BoxError> {
        let secure = uri.scheme_str() == Some("https");
        let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let host = bare(uri.host().unwrap_or_default());
        let addresses: Vec<_> = match host.parse::<IpAddr>() {
            Ok(address) => vec![SocketAddr::new(address, port)],
            Err(_) => {
                let found = self.resolver.resolve(host.parse()?).await?;
                found
                    .map(|found| SocketAddr::new(found.ip(), port))
                    .collect()
            }
        };
        let stream = race::connect(&addresses).await?;
        if !secure {
            let stream = Stream::Left(stream);
            return Ok(TokioIo::new(Link { stream, h2: false }));
        }
        let name = ServerName::try_from(host.to_owned())?;
        let secured = self.tls.connect(name, stream).await;
        let secured = secured.map_err(|error| NetworkError::tls(host, error))?;
        let h2 = secured.get_ref().1.alpn_protocol() == Some(b"h2");
        let stream = Stream::Right(Box::new(secured));
        Ok(TokioIo::new(Link { stream, h2 }))
    }
}

impl Service<Uri> for Connector {
    type Response = TokioIo<Link>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        self.clone().connect(uri).boxed()
    }
}

/// A connection, and whether it negotiated HTTP/2.
struct Link {
    stream: Stream,
    h2: bool,
}

impl Connection for Link {
    fn connected(&self) -> Connected {
        match self.h2 {
            true => Connected::new().negotiated_h2(),
            false => Connected::new(),
        }
    }
}

impl AsyncRead for Link {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Link {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
