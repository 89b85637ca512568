//! `tcp`: connections to addresses that were checked.

mod state;

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, ReadHalf, WriteHalf};
use tokio::time::Instant;
use wasmtime::component::Resource;

use super::connections::{fresh, patience, within};
use super::hosted::{self, Command, IDLE, Line, Request, Teller};
use crate::bindings::luminarys::skill::tcp as wit;
use crate::bindings::luminarys::skill::types::Error;
use crate::environment::View;
use crate::network::{NetworkError, Stream, Tls, split_address};
use crate::peers::Offered;
pub(crate) use state::TcpCapability;

/// The largest piece handed out, in bytes.
const MAX_PIECE: usize = 1 << 20;
/// Bytes read at once for a skill's method.
const EVENT_PIECE: usize = 64 << 10;

/// An open connection.
pub struct Connection {
    stream: Stream,
    target: String,
    peer: SocketAddr,
    patience: Duration,
    used: Instant,
}

impl Connection {
    async fn read(&mut self, max: usize) -> Result<Vec<u8>, NetworkError> {
        fresh(&self.target, self.used)?;
        let mut buffer = vec![0; max.clamp(1, MAX_PIECE)];
        let read = self.stream.read(&mut buffer);
        let read = within(self.patience, &self.target, "nothing came", read).await?;
        let length = ended(read).map_err(|error| NetworkError::io(&self.target, &error))?;
        self.used = Instant::now();
        buffer.truncate(length);
        Ok(buffer)
    }

    async fn write(&mut self, data: &[u8]) -> Result<(), NetworkError> {
        fresh(&self.target, self.used)?;
        let write = async {
            self.stream.write_all(data).await?;
            self.stream.flush().await
        };
        let written = within(self.patience, &self.target, "not all was taken", write).await?;
        written.map_err(|error| NetworkError::io(&self.target, &error))?;
        self.used = Instant::now();
        Ok(())
    }
}

/// TLS without a farewell is the end as well: what the data means is the skill's affair.
fn ended(read: std::io::Result<usize>) -> std::io::Result<usize> {
    match read {
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(0),
        other => other,
    }
}

impl View<'_, TcpCapability> {
    async fn tcp_connect(
        &mut self,
        address: &str,
        options: &wit::Options,
    ) -> Result<Connection, NetworkError> {
        let (shared, audit) = (self.shared.clone(), self.audit());
        let (host, port) = split_address(address)?;
        let target = format!("{host}:{port}");
        let patience = patience(options.timeout_ms);
        let connect = async {
            let grants = &shared.grants.tcp;
            let name = grants
                .decide_name(&host, port)
                .map_err(NetworkError::Denied)?;
            let network = &shared.network;
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
        let stream = within(patience, &target, "not connected", connect).await??;
        let socket = match &stream {
            Stream::Left(socket) => socket,
            Stream::Right(tls) => tls.get_ref().0,
        };
        let peer = socket
            .peer_addr()
            .map_err(|error| NetworkError::io(&target, &error))?;
        Ok(Connection {
            stream,
            target,
            peer,
            patience,
            used: Instant::now(),
        })
    }
}

impl wit::Host for View<'_, TcpCapability> {
    async fn connect(
        &mut self,
        address: String,
        options: wit::Options,
    ) -> Result<Resource<Connection>, Error> {
        self.may("connect", &address)?;
        self.admit_connection()?;
        let connected = self.tcp_connect(&address, &options).await;
        let connection = connected.map_err(|error| self.network_failed(error))?;
        self.keep_connection(connection)
    }

    async fn request(
        &mut self,
        address: String,
        data: Vec<u8>,
        max: Option<u32>,
        options: wit::Options,
    ) -> Result<Vec<u8>, Error> {
        self.may("request", &address)?;
        let began = Instant::now();
        let data = self.content(data)?;
        let charge = self.answer();
        let max = max
            .filter(|max| *max > 0)
            .map_or(1 << 20, |max| max as usize);
        let max =
            max.min(usize::try_from(self.shared.limits.max_output_bytes).unwrap_or(usize::MAX));
        let mut answer = Vec::new();
        let exchange = async {
            let mut connection = self.tcp_connect(&address, &options).await?;
            let whole = connection.patience;
            let left = |began: Instant| whole.saturating_sub(began.elapsed());
            connection.patience = left(began);
            connection.write(&data).await?;
            while answer.len() < max {
                connection.patience = left(began);
                match connection.read(max - answer.len()).await {
                    Ok(piece) if piece.is_empty() => break,
                    Ok(piece) => {
                        charge.reach(2 * (answer.len() + piece.len()) as u64)?;
                        answer.extend_from_slice(&piece);
                    }
                    Err(_) if !answer.is_empty() => break,
                    Err(error) => return Err(error),
                }
            }
            Ok(())
        };
        let ended = exchange.await;
        ended.map_err(|error| self.network_failed(error))?;
        Ok(answer)
    }

    async fn deliver(
        &mut self,
        connection: Resource<Connection>,
        method: String,
    ) -> Result<String, Error> {
        self.may("deliver", "deliver")?;
        let (connection, line) = self.hand_over("tcp", connection, method).await?;
        let id = line.id.clone();
        tokio::spawn(serve(connection, line));
        Ok(id)
    }

    async fn send(&mut self, id: String, data: Vec<u8>) -> Result<(), Error> {
        self.may("send", &id)?;
        let sent = self.send_hosted(&id, Command::Bytes(data)).await;
        sent.map_err(|error| self.network_failed(error))
    }

    async fn close(&mut self, id: String) -> bool {
        let command = Command::Close(0, String::new());
        self.may("close", &id).is_ok() && self.send_hosted(&id, command).await.is_ok()
    }
}

impl wit::HostConnection for View<'_, TcpCapability> {
    async fn peer(&mut self, connection: Resource<Connection>) -> String {
        let found = self.connection(&connection);
        found
            .map(|found| found.peer.to_string())
            .unwrap_or_default()
    }

    async fn read(&mut self, connection: Resource<Connection>, max: u32) -> Result<Vec<u8>, Error> {
        self.may("connection.read", "read")?;
        let max = (max as usize).clamp(1, MAX_PIECE);
        self.charge_answer(max)?;
        let read = self.connection(&connection)?.read(max).await;
        read.map_err(|error| self.network_failed(error))
    }

    async fn write(
        &mut self,
        connection: Resource<Connection>,
        data: Vec<u8>,
    ) -> Result<(), Error> {
        self.may("connection.write", "write")?;
        let data = self.content(data)?;
        let written = self.connection(&connection)?.write(&data).await;
        written.map_err(|error| self.network_failed(error))
    }

    async fn finish(&mut self, connection: Resource<Connection>) -> Result<(), Error> {
        self.may("connection.finish", "finish")?;
        let found = self.connection(&connection)?;
        let finished = found.stream.shutdown().await;
        let finished = finished.map_err(|error| NetworkError::io(&found.target, &error));
        finished.map_err(|error| self.network_failed(error))
    }

    async fn drop(&mut self, connection: Resource<Connection>) -> wasmtime::Result<()> {
        self.release_connection(connection)
    }
}

/// Reads a connection for its skill and sends what the skill wants sent.
async fn serve(connection: Connection, line: Line) {
    let Connection {
        stream,
        target,
        patience,
        ..
    } = connection;
    let (reader, writer) = tokio::io::split(stream);
    let teller = line.teller.clone();
    let read = read(reader, &target, &teller);
    let write = |line| write(writer, target.clone(), patience, line);
    hosted::serve(line, write, read).await;
}

async fn read(mut reader: ReadHalf<Stream>, target: &str, teller: &Teller) {
    let mut buffer = vec![0; EVENT_PIECE];
    loop {
        let read = tokio::time::timeout(IDLE, reader.read(&mut buffer)).await;
        let Ok(read) = read else {
            let text = format!("{target}: nothing came for {} s", IDLE.as_secs());
            return teller.fail(&NetworkError::Timeout(text)).await;
        };
        match ended(read) {
            Ok(0) => return teller.tell("eof", Vec::new()).await,
            Ok(length) => {
                let data = Offered::Bytes(buffer[..length].to_vec());
                teller.tell("data", vec![("data", data)]).await;
            }
            Err(error) => return teller.fail(&NetworkError::io(target, &error)).await,
        }
    }
}

async fn write(mut writer: WriteHalf<Stream>, target: String, patience: Duration, mut line: Line) {
    while let Some(request) = line.next().await {
        let Request {
            command,
            outcome,
            held: _held,
        } = request;
        let data = match command {
            Command::Bytes(data) => data,
            Command::Text(text) => text.into_bytes(),
            Command::Close(..) => {
                let _ = writer.shutdown().await;
                line.teller.forget();
                let _ = outcome.send(Ok(()));
                line.end.cancel();
                return;
            }
        };
        let write = async {
            writer.write_all(&data).await?;
            writer.flush().await
        };
        let written = within(patience, &target, "not all was taken", write).await;
        let written =
            written.and_then(|done| done.map_err(|error| NetworkError::io(&target, &error)));
        // Nobody waits when the call was given up.
        let _ = outcome.send(written);
    }
}
