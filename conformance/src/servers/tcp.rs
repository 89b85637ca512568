//! Plain TCP servers, one for each behaviour.

use anyhow::Result;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

/// Echoes until the other side closes.
pub async fn echo(mut stream: TcpStream) -> Result<()> {
    let (mut read, mut write) = stream.split();
    tokio::io::copy(&mut read, &mut write).await?;
    Ok(write.shutdown().await?)
}

/// Says hello, then echoes.
pub async fn greet(mut stream: TcpStream) -> Result<()> {
    stream.write_all(b"hello\n").await?;
    echo(stream).await
}

/// Resets the connection at the first byte.
pub async fn reset(mut stream: TcpStream) -> Result<()> {
    let mut byte = [0];
    stream.read_exact(&mut byte).await?;
    stream.set_zero_linger()?;
    Ok(())
}

/// Never stops sending.
pub async fn endless(mut stream: TcpStream) -> Result<()> {
    let bytes = [b'x'; 65536];
    loop {
        stream.write_all(&bytes).await?;
    }
}

/// Closes at once.
pub async fn eof(mut stream: TcpStream) -> Result<()> {
    Ok(stream.shutdown().await?)
}

/// Reads everything and sends nothing.
pub async fn silent(mut stream: TcpStream) -> Result<()> {
    tokio::io::copy(&mut stream, &mut tokio::io::sink()).await?;
    Ok(())
}

/// Echoes over TLS, after sending the client's server name.
pub async fn tls(acceptor: TlsAcceptor, stream: TcpStream) -> Result<()> {
    let mut stream = acceptor.accept(stream).await?;
    let name = stream.get_ref().1.server_name().unwrap_or("-");
    let greeting = format!("{name}\n");
    stream.write_all(greeting.as_bytes()).await?;
    let (mut read, mut write) = tokio::io::split(stream);
    tokio::io::copy(&mut read, &mut write).await?;
    Ok(write.shutdown().await?)
}
