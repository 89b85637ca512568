//! `tcp` towards the guest.

use luminarys_network::NetworkError;
use luminarys_network::hosted::Command;
use luminarys_network::tcp::{Connection, MAX_PIECE, Options};
use tokio::time::Instant;
use wasmtime::component::Resource;

use super::state::TcpCapability;
use crate::bindings::luminarys::skill::tcp as wit;
use crate::bindings::luminarys::skill::types::Error;
use crate::capabilities::timeout::timeout;
use crate::environment::View;

/// Bytes of a reply that are read when the skill sets no limit.
const DEFAULT_REPLY: usize = 1 << 20;

impl From<wit::Options> for Options {
    fn from(options: wit::Options) -> Self {
        Self {
            tls: options.tls,
            insecure: options.insecure,
            server_name: options.server_name,
            timeout: timeout(options.timeout_ms),
        }
    }
}

impl View<'_, TcpCapability> {
    async fn tcp_connect(
        &mut self,
        address: &str,
        options: wit::Options,
    ) -> Result<Connection, NetworkError> {
        let (shared, audit) = (self.shared.clone(), self.audit());
        let (network, grants) = (&shared.network, &shared.grants.tcp);
        Connection::connect(network, grants, &audit, address, &options.into()).await
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
        let connected = self.tcp_connect(&address, options).await;
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
            .map_or(DEFAULT_REPLY, |max| max as usize);
        let max =
            max.min(usize::try_from(self.shared.limits.max_output_bytes).unwrap_or(usize::MAX));
        let exchange = async {
            let mut connection = self.tcp_connect(&address, options).await?;
            connection.request(&data, max, began, &charge).await
        };
        let reply = exchange.await;
        reply.map_err(|error| self.network_failed(error))
    }

    async fn deliver(
        &mut self,
        connection: Resource<Connection>,
        method: String,
    ) -> Result<String, Error> {
        self.may("deliver", "deliver")?;
        let (connection, hosted) = self.hand_over("tcp", connection, method).await?;
        let id = hosted.id().to_owned();
        tokio::spawn(connection.serve(hosted));
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
            .map(|found| found.peer().to_string())
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
        let finished = self.connection(&connection)?.finish().await;
        finished.map_err(|error| self.network_failed(error))
    }

    async fn drop(&mut self, connection: Resource<Connection>) -> wasmtime::Result<()> {
        self.release_connection(connection)
    }
}
