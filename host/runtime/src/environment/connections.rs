//! The connections of an instance, for every protocol.

use luminarys_network::hosted::{Command, HostedConnection};
use luminarys_network::{NetworkError, Permit};
use wasmtime::component::Resource;

use super::{Environment, hosted};
use crate::bindings::luminarys::skill::types::Error;

/// A connection that was taken from the guest, with its place among the instance's connections.
pub(crate) type Taken<T> = (T, Option<Permit>);

impl Environment {
    /// Takes a permit for one more connection.
    ///
    /// # Errors
    /// [`NetworkError::LimitExceeded`] that names the limit.
    pub(crate) fn hold_connection(&self) -> Result<Permit, NetworkError> {
        let limit = self.shared.limits.max_connections;
        self.connections.take(limit, &self.shared.accounts)
    }

    /// Checks that the instance may hold one more connection.
    ///
    /// # Errors
    /// `limit-exceeded`, naming the limit.
    pub(crate) fn admit_connection(&mut self) -> Result<(), Error> {
        let held = self.hold_connection();
        held.map(drop).map_err(|error| self.network_failed(error))
    }

    /// Gives a connection to the guest.
    ///
    /// # Errors
    /// `limit-exceeded` when the instance has too many resources.
    pub(crate) fn keep_connection<T: Send + 'static>(
        &mut self,
        connection: T,
    ) -> Result<Resource<T>, Error> {
        let held = self.hold_connection();
        let held = held.map_err(|error| self.network_failed(error))?;
        let kept = self.table.push(connection);
        let kept = kept.map_err(|error| Error::LimitExceeded(error.to_string()))?;
        self.held.insert(kept.rep(), held);
        Ok(kept)
    }

    /// Returns a connection that the guest holds.
    ///
    /// # Errors
    /// `closed` when the guest holds no such connection.
    pub(crate) fn connection<T: Send + 'static>(
        &mut self,
        connection: &Resource<T>,
    ) -> Result<&mut T, Error> {
        let found = self.table.get_mut(connection);
        found.map_err(|error| Error::Closed(error.to_string()))
    }

    /// Takes a connection back and closes it.
    ///
    /// # Errors
    /// An error, which traps, when the guest holds no such connection.
    pub(crate) fn release_connection<T: Send + 'static>(
        &mut self,
        connection: Resource<T>,
    ) -> wasmtime::Result<()> {
        self.held.remove(&connection.rep());
        drop(self.table.delete(connection)?);
        Ok(())
    }

    /// Gives the guest a resource that represents something that outlives it.
    ///
    /// # Errors
    /// `limit-exceeded` when the instance has as many resources as it may.
    pub(crate) fn keep<T: Send + 'static>(&mut self, value: T) -> Result<Resource<T>, Error> {
        let kept = self.table.push(value);
        kept.map_err(|error| Error::LimitExceeded(error.to_string()))
    }

    /// Checks that the host reads the connection `id` of `kind`.
    ///
    /// # Errors
    /// `closed` when the host does not read such a connection.
    pub(crate) fn find_hosted(&mut self, kind: &str, id: &str) -> Result<(), Error> {
        let of_kind = id
            .strip_prefix(kind)
            .is_some_and(|rest| rest.starts_with('-'));
        let found = match of_kind {
            true => self.shared.hosted.find(id),
            false => Err(NetworkError::no_connection(id)),
        };
        found.map_err(|error| self.network_failed(error))
    }

    /// Carries out a command on a connection that the host reads.
    ///
    /// # Errors
    /// The errors of `Hosted::send`.
    pub(crate) async fn send_hosted(&mut self, id: &str, command: Command) -> Result<(), Error> {
        let shared = self.shared.clone();
        let account = &shared.accounts.held;
        let sent = shared.hosted.send(account, id, command).await;
        sent.map_err(|error| self.network_failed(error))
    }

    /// Takes a connection that the guest passes by value: it is closed unless it is put to use.
    ///
    /// # Errors
    /// `closed` when the guest holds no such connection.
    pub(crate) fn take_connection<T: Send + 'static>(
        &mut self,
        connection: Resource<T>,
    ) -> Result<Taken<T>, Error> {
        let held = self.held.remove(&connection.rep());
        let connection = self.table.delete(connection);
        let connection = connection.map_err(|error| Error::Closed(error.to_string()))?;
        Ok((connection, held))
    }

    /// Has the host read a connection from now on, and call `method` with its events.
    ///
    /// # Errors
    /// `not-found` when the skill has no such method, `limit-exceeded` when the host reads as many as it may. The connection
    /// is closed then.
    pub(crate) async fn hand_over<T: Send + 'static>(
        &mut self,
        kind: &str,
        (connection, held): Taken<T>,
        method: String,
    ) -> Result<(T, HostedConnection), Error> {
        let asked = method.clone();
        self.on_peers(move |peers, own| peers.has_method(own, &asked))
            .await?;
        let trace = self.call.context.trace_id.clone();
        let charges = held.map(Permit::into_charges);
        let listener = hosted::listener(&self.shared, method, trace);
        let limit = self.shared.limits.max_connections;
        let hosted = self.shared.hosted.add(kind, limit, charges, listener);
        let hosted = hosted.map_err(|error| self.network_failed(error))?;
        Ok((connection, hosted))
    }
}
