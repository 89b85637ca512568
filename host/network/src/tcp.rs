//! TCP connections of a skill, in clear or with TLS, to addresses that were checked.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use luminarys_accounts::Answer;
use luminarys_audit::CallAudit;
use luminarys_grants::TcpGrants;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, ReadHalf, WriteHalf};
use tokio::time::Instant;

use crate::address::split_address;
use crate::error::NetworkError;
use crate::hosted::{Command, Commands, Event, Events, HostedConnection, Pending};
use crate::network::{Network, Stream, Tls};
use crate::timeout::{IDLE, check_idle, idle, within};

/// The largest piece returned, in bytes.
pub const MAX_PIECE: usize = 1 << 20;
/// Bytes of one event of a connection that the host reads.
const EVENT_PIECE: usize = 64 << 10;

/// How a connection is made.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whether to use TLS.
    pub tls: bool,
    /// Whether to accept any certificate.
    pub insecure: bool,
    /// The name in the certificate; none for the host of the address.
    pub server_name: Option<String>,
    /// For connecting, and for each read and write.
    pub timeout: Duration,
}

/// An open connection.
pub struct Connection {
    stream: Stream,
    target: String,
    peer: SocketAddr,
    timeout: Duration,
    used: Instant,
}

impl Connection {
    /// Connects to `host:port`, once `grants` allow it and the decision is in the audit log.
    ///
    /// # Errors
    /// [`NetworkError`]
    pub async fn connect(
        network: &Network,
        grants: &TcpGrants,
        audit: &CallAudit,
        address: &str,
        options: &Options,
    ) -> Result<Self, NetworkError> {
        let (host, port) = split_address(address)?;
        let target = format!("{host}:{port}");
        let timeout = options.timeout;
        let connect = async {
            let name = grants
                .decide_name(&host, port)
                .map_err(NetworkError::Denied)?;
            let checked = network
                .check(&grants.network, &name, &target, &host, port)
                .await?;
            let noted = audit.allowed("tcp", &target, &checked.rule);
            noted.map_err(NetworkError::Denied)?;
            let tls = options.tls.then(|| Tls {
                insecure: options.insecure,
                server_name: options.server_name.as_deref().unwrap_or(&host),
            });
            network.open(&grants.network, &target, &checked, tls).await
        };
        let stream = within(timeout, &target, "not connected", connect).await??;
        let socket = match &stream {
            Stream::Left(socket) => socket,
            Stream::Right(tls) => tls.get_ref().0,
        };
        let peer = socket
            .peer_addr()
            .map_err(|error| NetworkError::io(&target, error))?;
        Ok(Self {
            stream,
            target,
            peer,
            timeout,
            used: Instant::now(),
        })
    }

    /// Returns the address that it is connected to.
    pub fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// Reads the next bytes, at most `max` (and 1 MiB); none at the end.
    ///
    /// # Errors
    /// [`NetworkError`], with [`NetworkError::Timeout`] when nothing arrives in time.
    pub async fn read(&mut self, max: usize) -> Result<Vec<u8>, NetworkError> {
        check_idle(&self.target, self.used)?;
        let mut buffer = vec![0; max.clamp(1, MAX_PIECE)];
        let read = self.stream.read(&mut buffer);
        let read = within(self.timeout, &self.target, "no data", read).await?;
        let length = or_end(read).map_err(|error| NetworkError::io(&self.target, error))?;
        self.used = Instant::now();
        buffer.truncate(length);
        Ok(buffer)
    }

    /// Sends all of `data`.
    ///
    /// # Errors
    /// [`NetworkError`]
    pub async fn write(&mut self, data: &[u8]) -> Result<(), NetworkError> {
        check_idle(&self.target, self.used)?;
        let write = async {
            self.stream.write_all(data).await?;
            self.stream.flush().await
        };
        let written = within(self.timeout, &self.target, "not all data sent", write).await?;
        written.map_err(|error| NetworkError::io(&self.target, error))?;
        self.used = Instant::now();
        Ok(())
    }

    /// Tells the peer that no more bytes follow; reading goes on.
    ///
    /// # Errors
    /// [`NetworkError`]
    pub async fn finish(&mut self) -> Result<(), NetworkError> {
        let finished = self.stream.shutdown().await;
        finished.map_err(|error| NetworkError::io(&self.target, error))
    }

    /// Sends `data`, and reads until the peer ends, `max` bytes have arrived, or the timeout, less the time since `began`,
    /// has passed. What is read is charged to `answer`.
    ///
    /// # Errors
    /// [`NetworkError`], when nothing has arrived before.
    pub async fn request(
        &mut self,
        data: &[u8],
        max: usize,
        began: Instant,
        answer: &Answer,
    ) -> Result<Vec<u8>, NetworkError> {
        let whole = self.timeout;
        let left = || whole.saturating_sub(began.elapsed());
        self.timeout = left();
        self.write(data).await?;
        let mut reply = Vec::new();
        while reply.len() < max {
            self.timeout = left();
            match self.read(max - reply.len()).await {
                Ok(piece) if piece.is_empty() => break,
                Ok(piece) => {
                    // The capacity of a growing vector is at most twice its length.
                    answer.reach(2 * (reply.len() + piece.len()) as u64)?;
                    reply.extend_from_slice(&piece);
                }
                Err(_) if !reply.is_empty() => break,
                Err(error) => return Err(error),
            }
        }
        Ok(reply)
    }

    /// Reads the connection for its skill, and carries out the skill's commands, until it ends.
    pub async fn serve(self, hosted: HostedConnection) {
        let (reader, writer) = tokio::io::split(self.stream);
        let target: Arc<str> = self.target.into();
        let read = |events| read(reader, target.clone(), events);
        let write =
            |commands, events| write(writer, target.clone(), self.timeout, commands, events);
        hosted.serve(read, write).await;
    }
}

/// Treats a TLS connection that ends without `close_notify` as ended: what the data means is up to the skill.
fn or_end(read: io::Result<usize>) -> io::Result<usize> {
    match read {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(0),
        other => other,
    }
}

async fn read(mut reader: ReadHalf<Stream>, target: Arc<str>, events: Arc<Events>) {
    let mut buffer = vec![0; EVENT_PIECE];
    loop {
        let read = tokio::time::timeout(IDLE, reader.read(&mut buffer)).await;
        let Ok(read) = read else {
            return events.send(Event::Failed(idle(&target))).await;
        };
        match or_end(read) {
            Ok(0) => return events.send(Event::End).await,
            Ok(length) => events.send(Event::Data(buffer[..length].to_vec())).await,
            Err(error) => {
                let error = NetworkError::io(&target, error);
                return events.send(Event::Failed(error)).await;
            }
        }
    }
}

async fn write(
    mut writer: WriteHalf<Stream>,
    target: Arc<str>,
    timeout: Duration,
    mut commands: Commands,
    events: Arc<Events>,
) {
    while let Some(pending) = commands.next().await {
        let Pending {
            command,
            result,
            held: _held,
        } = pending;
        let data = match command {
            Command::Bytes(data) => data,
            Command::Text(text) => text.into_bytes(),
            Command::Close(..) => {
                let _ = writer.shutdown().await;
                events.unregister();
                let _ = result.send(Ok(()));
                return commands.end();
            }
        };
        let write = async {
            writer.write_all(&data).await?;
            writer.flush().await
        };
        let written = within(timeout, &target, "not all data sent", write).await;
        let written =
            written.and_then(|done| done.map_err(|error| NetworkError::io(&target, error)));
        // Nobody receives it when the call was given up.
        let _ = result.send(written);
    }
}

#[cfg(test)]
mod tests;
