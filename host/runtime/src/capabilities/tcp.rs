//! `tcp`: connections to addresses that were decided over.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, ReadHalf, WriteHalf};
use tokio::time::Instant;
use wasmtime::component::Resource;

use super::hosted::{Command, Hosted, IDLE, Line};
use crate::bindings::luminarys::skill::tcp as wit;
use crate::bindings::luminarys::skill::types::Error;
use crate::network::{NetworkError, Stream, Tls, split_address};
use crate::peers::Offered;
use crate::store::SkillStore;

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);
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
        self.fresh()?;
        let mut buffer = vec![0; max.clamp(1, MAX_PIECE)];
        let read = tokio::time::timeout(self.patience, self.stream.read(&mut buffer)).await;
        let read = read.map_err(|_| self.late("nothing came"))?;
        let length = ended(read).map_err(|error| NetworkError::io(&self.target, &error))?;
        self.used = Instant::now();
        buffer.truncate(length);
        Ok(buffer)
    }

    async fn write(&mut self, data: &[u8]) -> Result<(), NetworkError> {
        self.fresh()?;
        let write = async {
            self.stream.write_all(data).await?;
            self.stream.flush().await
        };
        let written = tokio::time::timeout(self.patience, write).await;
        let written = written.map_err(|_| self.late("not all was taken"))?;
        written.map_err(|error| NetworkError::io(&self.target, &error))?;
        self.used = Instant::now();
        Ok(())
    }

    /// A kept instance may come back to a connection long after.
    fn fresh(&self) -> Result<(), NetworkError> {
        if self.used.elapsed() > IDLE {
            let text = format!(
                "{}: closed after {} s without traffic",
                self.target,
                IDLE.as_secs()
            );
            return Err(NetworkError::Closed(text));
        }
        Ok(())
    }

    fn late(&self, what: &str) -> NetworkError {
        let waited = self.patience.as_millis();
        NetworkError::Timeout(format!("{}: {what} within {waited} ms", self.target))
    }
}

/// TLS without a farewell is the end as well: what the data means is the skill's affair.
fn ended(read: std::io::Result<usize>) -> std::io::Result<usize> {
    match read {
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(0),
        other => other,
    }
}

impl SkillStore {
    async fn tcp_connect(
        &mut self,
        address: &str,
        options: &wit::Options,
    ) -> Result<Connection, NetworkError> {
        let (shared, audit) = (self.shared.clone(), self.audit());
        let (host, port) = split_address(address)?;
        let target = format!("{host}:{port}");
        let asked = options.timeout_ms.filter(|asked| *asked > 0);
        let patience = asked.map_or(DEFAULT_TIMEOUT, |asked| Duration::from_millis(asked.into()));
        let connect = async {
            let grants = &shared.grants.tcp;
            let name = grants
                .decide_name(&host, port)
                .map_err(NetworkError::Denied)?;
            let network = &shared.network;
            let checked = network
                .check(&grants.network, &name, &target, &host, port)
                .await?;
            audit.allowed("tcp", &target, &checked.rule);
            let tls = options.tls.then(|| Tls {
                insecure: options.insecure,
                server_name: options.server_name.as_deref().unwrap_or(&host),
            });
            network.open(&grants.network, &target, &checked, tls).await
        };
        let late = |_| {
            let waited = patience.as_millis();
            NetworkError::Timeout(format!("{target}: not connected within {waited} ms"))
        };
        let stream = tokio::time::timeout(patience, connect)
            .await
            .map_err(late)??;
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

    fn tcp_connection(
        &mut self,
        connection: &Resource<Connection>,
    ) -> Result<&mut Connection, Error> {
        let found = self.table.get_mut(connection);
        found.map_err(|error| Error::Closed(error.to_string()))
    }
}

impl wit::Host for SkillStore {
    async fn connect(
        &mut self,
        address: String,
        options: wit::Options,
    ) -> Result<Resource<Connection>, Error> {
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
        let began = Instant::now();
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
                    Ok(piece) => answer.extend_from_slice(&piece),
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
        let asked = method.clone();
        self.on_peers(move |peers, own| peers.has_method(own, &asked))
            .await?;
        let connection = self.table.delete(connection);
        let connection = connection.map_err(|error| Error::Closed(error.to_string()))?;
        self.connections = self.connections.saturating_sub(1);
        let trace = self.call.context.trace_id.clone();
        let line = Hosted::add(&self.shared, "tcp", method, trace);
        let line = line.map_err(|error| self.network_failed(error))?;
        let id = line.id.clone();
        tokio::spawn(serve(connection, line));
        Ok(id)
    }

    async fn send(&mut self, id: String, data: Vec<u8>) -> Result<(), Error> {
        let sent = self
            .shared
            .clone()
            .hosted
            .send(&id, Command::Bytes(data))
            .await;
        sent.map_err(|error| self.network_failed(error))
    }

    async fn close(&mut self, id: String) -> bool {
        let command = Command::Close(0, String::new());
        self.shared.clone().hosted.send(&id, command).await.is_ok()
    }
}

impl wit::HostConnection for SkillStore {
    async fn peer(&mut self, connection: Resource<Connection>) -> String {
        let found = self.tcp_connection(&connection);
        found
            .map(|found| found.peer.to_string())
            .unwrap_or_default()
    }

    async fn read(&mut self, connection: Resource<Connection>, max: u32) -> Result<Vec<u8>, Error> {
        let read = self.tcp_connection(&connection)?.read(max as usize).await;
        read.map_err(|error| self.network_failed(error))
    }

    async fn write(
        &mut self,
        connection: Resource<Connection>,
        data: Vec<u8>,
    ) -> Result<(), Error> {
        let written = self.tcp_connection(&connection)?.write(&data).await;
        written.map_err(|error| self.network_failed(error))
    }

    async fn finish(&mut self, connection: Resource<Connection>) -> Result<(), Error> {
        let found = self.tcp_connection(&connection)?;
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
    let (end, teller) = (line.end.clone(), line.teller.clone());
    let written = tokio::spawn(write(writer, target.clone(), patience, line));
    tokio::select! {
        () = read(reader, &target, &teller) => end.cancel(),
        () = end.cancelled() => {}
    }
    teller.forget();
    // Ends at once, and closes the connection.
    let _ = written.await;
}

async fn read(mut reader: ReadHalf<Stream>, target: &str, teller: &super::hosted::Teller) {
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
    loop {
        let (command, outcome) = tokio::select! {
            () = line.end.cancelled() => return,
            request = line.requests.recv() => match request {
                Some(request) => request,
                None => return,
            },
        };
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
        let written = match tokio::time::timeout(patience, write).await {
            Ok(written) => written.map_err(|error| NetworkError::io(&target, &error)),
            Err(_) => {
                let waited = patience.as_millis();
                let text = format!("{target}: not all was taken within {waited} ms");
                Err(NetworkError::Timeout(text))
            }
        };
        // Nobody waits when the call was given up.
        let _ = outcome.send(written);
    }
}
