//! WebSocket servers, one behaviour for each path.

use anyhow::Result;
use futures::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::protocol::frame::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

pub async fn secure(acceptor: TlsAcceptor, stream: TcpStream) -> Result<()> {
    let stream = acceptor.accept(stream).await?;
    let (mut socket, path, headers) = accept(stream).await?;
    talk(&mut socket, &path, &headers).await
}

/// `/echo`, `/headers`, `/push`, `/close`, `/reset`, `/silent`, `/big`, `/binary`; `/refuse` and `/redirect` before the
/// handshake is finished.
pub async fn connection(stream: TcpStream) -> Result<()> {
    let (mut socket, path, headers) = accept(stream).await?;
    if path == "/reset" {
        let _ = socket.next().await;
        socket.get_ref().set_zero_linger()?;
        return Ok(());
    }
    talk(&mut socket, &path, &headers).await
}

#[allow(clippy::result_large_err, reason = "the library's own type of refusal")]
async fn accept<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
) -> Result<(WebSocketStream<S>, String, String)> {
    let mut path = String::new();
    let mut headers = String::new();
    let look = |request: &Request, response: Response| -> Result<Response, ErrorResponse> {
        request.uri().path().clone_into(&mut path);
        for (name, value) in request.headers() {
            headers += &format!("{name}: {}\n", value.to_str().unwrap_or_default());
        }
        let refusal = |status: u16| {
            let mut refusal = ErrorResponse::new(None);
            *refusal.status_mut() = status.try_into().unwrap_or_default();
            refusal
        };
        match path.as_str() {
            "/refuse" => Err(refusal(403)),
            "/redirect" => {
                let mut answer = refusal(302);
                let target = request.uri().query().unwrap_or_default().parse();
                if let Ok(target) = target {
                    answer.headers_mut().insert("location", target);
                }
                Err(answer)
            }
            _ => Ok(response),
        }
    };
    let socket = tokio_tungstenite::accept_hdr_async(stream, look).await?;
    Ok((socket, path, headers))
}

async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    socket: &mut WebSocketStream<S>,
    path: &str,
    headers: &str,
) -> Result<()> {
    let goodbye = |code: u16, reason: &str| {
        Message::Close(Some(CloseFrame {
            code: CloseCode::from(code),
            reason: reason.to_owned().into(),
        }))
    };
    match path {
        "/headers" => socket.send(Message::text(headers)).await?,
        "/push" => {
            for text in ["one", "two", "three"] {
                socket.send(Message::text(text)).await?;
            }
            socket.send(goodbye(4001, "enough")).await?;
        }
        "/close" => socket.send(goodbye(4000, "bye")).await?,
        "/big" => socket.send(Message::binary(vec![7; 17 << 20])).await?,
        "/binary" => socket.send(Message::binary(vec![7; 70_000])).await?,
        _ => {}
    }
    while let Some(message) = socket.next().await {
        let message = message?;
        if path != "/silent" && (message.is_text() || message.is_binary()) {
            socket.send(message).await?;
        }
    }
    Ok(())
}
