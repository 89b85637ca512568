//! What transfers need of the file system. The host implements it over the directories that it has opened.

use bytes::Bytes;
use futures::future::BoxFuture;

use crate::names::NodeName;
use crate::transfer::head::{FileHead, Listed, TransferFailure, TransferId};

/// The files of this node that other nodes may reach. Each function decides by this node's own configuration: the node that asks
/// has decided by its own, which may differ. Paths must be resolved beneath directories that are allowed.
pub trait Files: Send + Sync + 'static {
    /// Opens a file that `from` fetches.
    ///
    /// # Errors
    /// Why it may not.
    fn read<'a>(
        &'a self,
        from: &'a NodeName,
        head: &'a FileHead,
    ) -> BoxFuture<'a, Result<Box<dyn Reading>, TransferFailure>>;

    /// Opens a place for a file of `size` bytes that `from` sends.
    ///
    /// # Errors
    /// Why it may not.
    fn write<'a>(
        &'a self,
        from: &'a NodeName,
        head: &'a FileHead,
        size: u64,
        transfer: &'a TransferId,
    ) -> BoxFuture<'a, Result<Box<dyn Writing>, TransferFailure>>;

    /// Lists what a directory holds, as far as `from` may reach it.
    ///
    /// # Errors
    /// Why it may not.
    fn list<'a>(
        &'a self,
        from: &'a NodeName,
        head: &'a FileHead,
    ) -> BoxFuture<'a, Result<Vec<Listed>, TransferFailure>>;
}

/// A file that has arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// The number of its bytes.
    pub size: u64,
    /// The SHA-256 of its content, in hexadecimal.
    pub sha256: String,
}

/// A file that is open for reading.
pub trait Reading: Send {
    /// Returns how many bytes it has; they must not become more or fewer.
    fn size(&self) -> u64;

    /// Reads at most `most` bytes from `offset` on; none only at the end.
    ///
    /// # Errors
    /// Why they cannot be read.
    fn read(&mut self, offset: u64, most: usize) -> BoxFuture<'_, Result<Bytes, TransferFailure>>;
}

/// A file that is being received. It has a temporary name, made of the transfer's id, which nobody takes for the file, until
/// [`Writing::commit`]. When it is dropped, what was received stays, so that the transfer can go on; whoever implements it
/// removes what is old.
pub trait Writing: Send {
    /// Returns how many bytes have been received, in this or an earlier try.
    fn received(&self) -> u64;

    /// Returns how many more bytes there is space for.
    ///
    /// # Errors
    /// Why this is not known.
    fn free_space(&mut self) -> BoxFuture<'_, Result<u64, TransferFailure>>;

    /// Reads at most `most` of the received bytes from `offset` on.
    ///
    /// # Errors
    /// Why they cannot be read.
    fn read_back(
        &mut self,
        offset: u64,
        most: usize,
    ) -> BoxFuture<'_, Result<Bytes, TransferFailure>>;

    /// Appends bytes to what was received.
    ///
    /// # Errors
    /// Why they cannot be written.
    fn append(&mut self, bytes: Bytes) -> BoxFuture<'_, Result<(), TransferFailure>>;

    /// Gives the file its name, once it is on the disk.
    ///
    /// # Errors
    /// The reason; the name is then unchanged: it has no file, or still the earlier one.
    fn commit(self: Box<Self>) -> BoxFuture<'static, Result<(), TransferFailure>>;

    /// Removes what was received.
    fn discard(self: Box<Self>) -> BoxFuture<'static, ()>;
}
