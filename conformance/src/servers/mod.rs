//! Servers on this machine that answer correctly, incorrectly, slowly or not at all. They start when
//! the first case names one of them, and stay until the process ends.
//!
//! - `http`: requests, in clear and over TLS; `websocket`; `tcp`; `dns`: a name server that lies; `tls`: certificates

mod dns;
mod http;
mod tcp;
mod tls;
mod websocket;

use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, ensure};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// The number of connections to the server that no case may reach.
static FORBIDDEN: AtomicUsize = AtomicUsize::new(0);

/// An address where connections are neither accepted nor refused, on the ports of the servers.
const STALLED: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 3);

/// The value of each placeholder.
type Places = Vec<(&'static str, String)>;

/// Replaces the placeholders of servers, and starts the servers if there are any.
///
/// `{http}`, `{https}`, `{ws}`, `{wss}` and the `{tcp-…}` are `127.0.0.1:port`, `{name…}` the same port, `{ca}` is the
/// file of the certificate that signs, `{dns}` the name server, and `{forbidden}` a place that must not be reached.
pub fn fill(text: &str) -> String {
    if !text.contains('{') {
        return text.to_owned();
    }
    let mut text = text.to_owned();
    for name in NAMES {
        let pattern = format!("{{{name}}}");
        if text.contains(&pattern) {
            let place = places().iter().find(|(known, _)| known == &name);
            text = text.replace(&pattern, place.map_or("", |(_, place)| place));
        }
    }
    text
}

const NAMES: [&str; 20] = [
    "http",
    "https",
    "ws",
    "wss",
    "tcp-echo",
    "tcp-greet",
    "tcp-reset",
    "tcp-endless",
    "tcp-eof",
    "tcp-silent",
    "tcp-tls",
    "http-port",
    "https-port",
    "ws-port",
    "tcp-port",
    "tcp-tls-port",
    "ca",
    "dns",
    "forbidden",
    "closed",
];

/// Fails when anything has connected to the forbidden server.
pub fn forbidden_untouched() -> anyhow::Result<()> {
    let count = FORBIDDEN.load(Ordering::SeqCst);
    ensure!(count == 0, "something connected to the forbidden server");
    Ok(())
}

fn places() -> &'static Places {
    static PLACES: OnceLock<Places> = OnceLock::new();
    PLACES.get_or_init(|| {
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new();
            let started = runtime
                .context("starting the servers")
                .and_then(|runtime| Ok((runtime.block_on(start())?, runtime)));
            match started {
                Ok((places, runtime)) => {
                    let _ = sender.send(places);
                    runtime.block_on(std::future::pending::<()>());
                }
                Err(error) => eprintln!("cannot start the servers: {error:#}"),
            }
        });
        // Without them every case that uses one fails with a connection error.
        receiver.recv().unwrap_or_default()
    })
}

async fn start() -> anyhow::Result<Places> {
    let tls = tls::Authority::new()?;
    let acceptor = tls.acceptor(&["h2", "http/1.1"])?;
    let plain = tls.acceptor(&[])?;
    let http = serve(http::connection).await?;
    let at = acceptor.clone();
    let https = serve(move |stream| http::secure(at.clone(), stream)).await?;
    let ws = serve(websocket::connection).await?;
    let at = plain.clone();
    let wss = serve(move |stream| websocket::secure(at.clone(), stream)).await?;
    let echo = serve(tcp::echo).await?;
    let at = plain.clone();
    let tcp_tls = serve(move |stream| tcp::tls(at.clone(), stream)).await?;
    for server in [http, ws, echo] {
        stall(server.port()).await?;
    }
    let forbidden = forbidden(&[http, https, ws, wss, echo, tcp_tls]).await?;
    let closed = TcpListener::bind("127.0.0.1:0").await?.local_addr()?;
    Ok(vec![
        ("http", http.to_string()),
        ("https", https.to_string()),
        ("ws", ws.to_string()),
        ("wss", wss.to_string()),
        ("tcp-echo", echo.to_string()),
        ("tcp-greet", serve(tcp::greet).await?.to_string()),
        ("tcp-reset", serve(tcp::reset).await?.to_string()),
        ("tcp-endless", serve(tcp::endless).await?.to_string()),
        ("tcp-eof", serve(tcp::eof).await?.to_string()),
        ("tcp-silent", serve(tcp::silent).await?.to_string()),
        ("tcp-tls", tcp_tls.to_string()),
        ("http-port", http.port().to_string()),
        ("https-port", https.port().to_string()),
        ("ws-port", ws.port().to_string()),
        ("tcp-port", echo.port().to_string()),
        ("tcp-tls-port", tcp_tls.port().to_string()),
        ("ca", tls.file()?),
        ("dns", dns::start().await?.to_string()),
        ("forbidden", forbidden.to_string()),
        ("closed", closed.to_string()),
    ])
}

/// Answers each connection to a port of this machine with `answer`.
async fn serve<F>(answer: impl Fn(TcpStream) -> F + Send + 'static) -> anyhow::Result<SocketAddr>
where
    F: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = stream.set_nodelay(true);
            // The skill judges how a conversation ends.
            tokio::spawn(answer(stream));
        }
    });
    Ok(address)
}

/// Makes connections to `port` of [`STALLED`] hang: the system accepts none once its queue is full.
async fn stall(port: u16) -> anyhow::Result<()> {
    let socket = TcpSocket::new_v4()?;
    let address = SocketAddr::from((STALLED, port));
    socket.bind(address)?;
    let listener = socket.listen(1)?;
    // The queue has one more place than requested.
    let mut waiting = Vec::new();
    for _ in 0..2 {
        waiting.push(TcpStream::connect(address).await?);
    }
    tokio::spawn(async move {
        let _kept = (listener, waiting);
        std::future::pending::<()>().await;
    });
    Ok(())
}

/// Listens on the port of each of `servers` at another address, and on IPv6; returns the address of the first.
async fn forbidden(servers: &[SocketAddr]) -> anyhow::Result<SocketAddr> {
    let mut first = None;
    for server in servers {
        for host in ["127.0.0.2", "[::1]"] {
            let Ok(listener) = TcpListener::bind(format!("{host}:{}", server.port())).await else {
                continue;
            };
            first.get_or_insert(listener.local_addr()?);
            tokio::spawn(async move {
                while listener.accept().await.is_ok() {
                    FORBIDDEN.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
    }
    first.context("no forbidden place")
}
