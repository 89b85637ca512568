//! The connections that an instance has open, whatever protocol they speak.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use luminarys_accounts::{Charge, Holder};
use wasmtime::component::Resource;

use super::{Environment, SkillShared};
use crate::bindings::luminarys::skill::types::Error;
use crate::capabilities::hosted::{Command, Hosted, Line};
use crate::network::NetworkError;

/// How many connections an instance holds. Clones count together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Connections(Arc<AtomicU32>);

/// A place among an instance's connections, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Held {
    _place: Place,
    charges: Charges,
}

#[derive(Debug)]
struct Place(Connections);

/// What a connection is charged with, whoever reads it.
#[derive(Debug)]
pub(crate) struct Charges {
    _memory: Charge,
    _descriptor: Charge,
}

impl Held {
    /// Gives the place among the instance's connections back, and keeps what the connection is charged with.
    fn hand_over(self) -> Charges {
        self.charges
    }
}

/// What the system and libraries keep for one connection, in bytes.
const CONNECTION: u64 = 128 << 10;

impl Connections {
    /// Takes a place for a connection of a skill, if there is room for one more.
    ///
    /// # Errors
    /// The limit that leaves none.
    pub(crate) fn hold(&self, shared: &SkillShared) -> Result<Held, String> {
        let limit = shared.limits.max_connections;
        let accounts = &shared.accounts;
        let memory = accounts.held.charge(Holder::Connections, CONNECTION);
        let descriptor = accounts.descriptors.charge(Holder::Connections, 1);
        let memory = memory.map_err(|exhausted| exhausted.to_string())?;
        let descriptor = descriptor.map_err(|exhausted| exhausted.to_string())?;
        let more = |open: u32| (open < limit).then_some(open + 1);
        let taken = (self.0).fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        let full = |_| format!("{limit} connections are open, the skill's runtime.max_connections");
        taken.map_err(full)?;
        Ok(Held {
            _place: Place(self.clone()),
            charges: Charges {
                _memory: memory,
                _descriptor: descriptor,
            },
        })
    }

    fn give_back(&self) {
        let less = |open: u32| open.checked_sub(1);
        // One that is not taken is not given back.
        let _ = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.give_back();
    }
}

impl Environment {
    /// Takes a place for one more connection.
    ///
    /// # Errors
    /// The limit that leaves none.
    pub(crate) fn hold_connection(&self) -> Result<Held, String> {
        self.connections.hold(&self.shared)
    }

    /// Whether the instance may hold one more connection.
    ///
    /// # Errors
    /// `limit-exceeded`, naming the limit.
    pub(crate) fn admit_connection(&self) -> Result<(), Error> {
        self.hold_connection().map(drop).map_err(Error::LimitExceeded)
    }

    /// Hands a connection to the guest.
    ///
    /// # Errors
    /// `limit-exceeded` when there is no room for it.
    pub(crate) fn keep_connection<T: Send + 'static>(
        &mut self,
        connection: T,
    ) -> Result<Resource<T>, Error> {
        let held = self.hold_connection().map_err(Error::LimitExceeded)?;
        let kept = self.table.push(connection);
        let kept = kept.map_err(|error| Error::LimitExceeded(error.to_string()))?;
        self.held.insert(kept.rep(), held);
        Ok(kept)
    }

    /// One that the guest holds.
    ///
    /// # Errors
    /// `closed` when there is none.
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
    /// When the guest has no such connection, which traps.
    pub(crate) fn release_connection<T: Send + 'static>(
        &mut self,
        connection: Resource<T>,
    ) -> wasmtime::Result<()> {
        self.held.remove(&connection.rep());
        drop(self.table.delete(connection)?);
        Ok(())
    }

    /// Has a command carried out on a connection that the host reads.
    ///
    /// # Errors
    /// As [`Hosted::send`].
    pub(crate) fn send_hosted(
        &self,
        id: &str,
        command: Command,
    ) -> impl Future<Output = Result<(), NetworkError>> + Send + use<> {
        let (shared, id) = (self.shared.clone(), id.to_owned());
        async move {
            let account = &shared.accounts.held;
            shared.hosted.send(account, &id, command).await
        }
    }

    /// Takes a connection from the guest, for the host to call `method` with what arrives.
    ///
    /// # Errors
    /// `not-found` when the skill has no such method, `closed` when it has no such connection, `limit-exceeded` when the host
    /// reads as many as it may.
    pub(crate) async fn hand_over<T: Send + 'static>(
        &mut self,
        kind: &str,
        connection: Resource<T>,
        method: String,
    ) -> Result<(T, Line), Error> {
        let asked = method.clone();
        self.on_peers(move |peers, own| peers.has_method(own, &asked))
            .await?;
        let held = self.held.remove(&connection.rep());
        let connection = self.table.delete(connection);
        let connection = connection.map_err(|error| Error::Closed(error.to_string()))?;
        let trace = self.call.context.trace_id.clone();
        let charges = held.map(Held::hand_over);
        let line = Hosted::add(&self.shared, kind, method, trace, charges);
        let line = line.map_err(|error| self.network_failed(error))?;
        Ok((connection, line))
    }
}
