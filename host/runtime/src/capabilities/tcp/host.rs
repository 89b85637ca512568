//! The functions of `tcp`.

use luminarys_network::NetworkError;
use luminarys_network::hosted::Command;
use luminarys_network::tcp::{Connection, MAX_PIECE};
use tokio::time::Instant;
use wasmtime::component::Resource;

use super::resources::{ConnectOptions, Delivery, Given};
use super::state::TcpCapability;
use crate::bindings::luminarys::skill::tcp as wit;
use crate::bindings::luminarys::skill::types::Error;
use crate::environment::View;

/// Maximum size in bytes of a reply if the skill sets no limit.
const DEFAULT_REPLY: usize = 1 << 20;

impl View<'_, TcpCapability> {
    async fn tcp_connect(
        &mut self,
        address: &str,
        options: Given,
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
        options: Option<Resource<ConnectOptions>>,
    ) -> Result<Resource<Connection>, Error> {
        self.may("connect", &address)?;
        self.admit_connection()?;
        let options = self.options(options, Given::default())?;
        let connected = self.tcp_connect(&address, options).await;
        let connection = connected.map_err(|error| self.network_failed(error))?;
        self.keep_connection(connection)
    }

    async fn request(
        &mut self,
        address: String,
        data: Vec<u8>,
        max: Option<u32>,
        options: Option<Resource<ConnectOptions>>,
    ) -> Result<Vec<u8>, Error> {
        self.may("request", &address)?;
        let options = self.options(options, Given::default())?;
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
    ) -> Result<Resource<Delivery>, Error> {
        let taken = self.take_connection(connection)?;
        self.may("deliver", "deliver")?;
        let (connection, hosted) = self.hand_over("tcp", taken, method).await?;
        let delivery = self.keep(Delivery(hosted.id().to_owned()))?;
        tokio::spawn(connection.serve(hosted));
        Ok(delivery)
    }
}

impl wit::HostDelivery for View<'_, TcpCapability> {
    async fn find(&mut self, id: String) -> Result<Resource<Delivery>, Error> {
        self.find_hosted("tcp", &id)?;
        self.keep(Delivery(id))
    }

    async fn id(&mut self, delivery: Resource<Delivery>) -> String {
        let found = self.connection(&delivery);
        found.map(|found| found.0.clone()).unwrap_or_default()
    }

    async fn send(&mut self, delivery: Resource<Delivery>, data: Vec<u8>) -> Result<(), Error> {
        let id = self.connection(&delivery)?.0.clone();
        self.may("delivery.send", &id)?;
        self.send_hosted(&id, Command::Bytes(data)).await
    }

    async fn close(&mut self, delivery: Resource<Delivery>) -> Result<(), Error> {
        let id = self.connection(&delivery)?.0.clone();
        self.may("delivery.close", &id)?;
        self.send_hosted(&id, Command::Close(0, String::new()))
            .await
    }

    async fn drop(&mut self, delivery: Resource<Delivery>) -> wasmtime::Result<()> {
        drop(self.table.delete(delivery)?);
        Ok(())
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
