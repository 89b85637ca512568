//! The functions of `websocket`.

use luminarys_network::NetworkError;
use luminarys_network::hosted::Command;
use luminarys_network::websocket::{Connection, Message};
use tokio::time::Instant;
use wasmtime::component::Resource;

use super::resources::{ConnectOptions, Delivery, Given};
use super::state::WebsocketCapability;
use crate::bindings::luminarys::skill::types::Error;
use crate::bindings::luminarys::skill::websocket as wit;
use crate::environment::View;

impl From<wit::Message> for Message {
    fn from(message: wit::Message) -> Self {
        match message {
            wit::Message::Text(text) => Self::Text(text),
            wit::Message::Binary(bytes) => Self::Binary(bytes),
        }
    }
}

impl From<Message> for wit::Message {
    fn from(message: Message) -> Self {
        match message {
            Message::Text(text) => Self::Text(text),
            Message::Binary(bytes) => Self::Binary(bytes),
        }
    }
}

impl View<'_, WebsocketCapability> {
    async fn websocket_connect(
        &mut self,
        url: &str,
        options: Given,
    ) -> Result<Connection, NetworkError> {
        let (shared, audit) = (self.shared.clone(), self.audit());
        let (network, grants) = (&shared.network, &shared.grants.http);
        let account = &shared.accounts.held;
        Connection::connect(network, grants, &audit, account, url, &options.into()).await
    }
}

impl wit::Host for View<'_, WebsocketCapability> {
    async fn connect(
        &mut self,
        url: String,
        options: Option<Resource<ConnectOptions>>,
    ) -> Result<Resource<Connection>, Error> {
        self.may("connect", &url)?;
        self.admit_connection()?;
        let options = self.options(options, Given::default())?;
        let connected = self.websocket_connect(&url, options).await;
        let connection = connected.map_err(|error| self.network_failed(error))?;
        self.keep_connection(connection)
    }

    async fn request(
        &mut self,
        url: String,
        asked: wit::Message,
        options: Option<Resource<ConnectOptions>>,
    ) -> Result<wit::Message, Error> {
        self.may("request", &url)?;
        let options = self.options(options, Given::default())?;
        let asked = Message::from(asked);
        let _held = self.hold_bytes(asked.size())?;
        let exchange = async {
            let began = Instant::now();
            let mut connection = self.websocket_connect(&url, options).await?;
            connection.request(asked, began).await
        };
        let reply = exchange.await;
        let reply = reply.map_err(|error| self.network_failed(error))?;
        self.charge_answer(reply.size())?;
        Ok(reply.into())
    }

    async fn deliver(
        &mut self,
        connection: Resource<Connection>,
        method: String,
    ) -> Result<Resource<Delivery>, Error> {
        let taken = self.take_connection(connection)?;
        self.may("deliver", "deliver")?;
        let (connection, hosted) = self.hand_over("websocket", taken, method).await?;
        let delivery = self.keep(Delivery(hosted.id().to_owned()))?;
        tokio::spawn(connection.serve(hosted));
        Ok(delivery)
    }
}

impl wit::HostDelivery for View<'_, WebsocketCapability> {
    async fn find(&mut self, id: String) -> Result<Resource<Delivery>, Error> {
        self.find_hosted("websocket", &id)?;
        self.keep(Delivery(id))
    }

    async fn id(&mut self, delivery: Resource<Delivery>) -> String {
        let found = self.connection(&delivery);
        found.map(|found| found.0.clone()).unwrap_or_default()
    }

    async fn send(
        &mut self,
        delivery: Resource<Delivery>,
        message: wit::Message,
    ) -> Result<(), Error> {
        let id = self.connection(&delivery)?.0.clone();
        self.may("delivery.send", &id)?;
        let command = match message {
            wit::Message::Text(text) => Command::Text(text),
            wit::Message::Binary(bytes) => Command::Bytes(bytes),
        };
        self.send_hosted(&id, command).await
    }

    async fn close(
        &mut self,
        delivery: Resource<Delivery>,
        code: u16,
        reason: String,
    ) -> Result<(), Error> {
        let id = self.connection(&delivery)?.0.clone();
        self.may("delivery.close", &id)?;
        self.send_hosted(&id, Command::Close(code, reason)).await
    }

    async fn drop(&mut self, delivery: Resource<Delivery>) -> wasmtime::Result<()> {
        drop(self.table.delete(delivery)?);
        Ok(())
    }
}

impl wit::HostConnection for View<'_, WebsocketCapability> {
    async fn read(
        &mut self,
        connection: Resource<Connection>,
    ) -> Result<Option<wit::Message>, Error> {
        self.may("connection.read", "read")?;
        let read = self.connection(&connection)?.read().await;
        let read = read.map_err(|error| self.network_failed(error))?;
        Ok(read.map(Into::into))
    }

    async fn write(
        &mut self,
        connection: Resource<Connection>,
        asked: wit::Message,
    ) -> Result<(), Error> {
        self.may("connection.write", "write")?;
        let asked = Message::from(asked);
        let _held = self.hold_bytes(asked.size())?;
        let written = self.connection(&connection)?.write(asked).await;
        written.map_err(|error| self.network_failed(error))
    }

    async fn close(
        &mut self,
        connection: Resource<Connection>,
        code: u16,
        reason: String,
    ) -> Result<(), Error> {
        self.may("connection.close", "close")?;
        let closed = self.connection(&connection)?.close(code, reason).await;
        closed.map_err(|error| self.network_failed(error))
    }

    async fn drop(&mut self, connection: Resource<Connection>) -> wasmtime::Result<()> {
        self.release_connection(connection)
    }
}
