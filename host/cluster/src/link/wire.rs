//! What links need of the connection below them.

use bytes::Bytes;
use futures::future::BoxFuture;

use crate::names::NodeName;
use crate::subjects::LinkId;

/// The connection is closed for good.
#[derive(Debug)]
pub(crate) struct WireClosed;

/// Sends frames of this node.
pub(crate) trait Wire: Send + Sync + 'static {
    /// Returns the name of this node.
    fn node(&self) -> &NodeName;

    /// Sends a frame, when there is room; frames to one node arrive in order, or not at all. Dropping the future before it
    /// is ready sends nothing.
    fn send<'a>(
        &'a self,
        to: &'a NodeName,
        link: LinkId,
        frame: Bytes,
        is_first: bool,
    ) -> BoxFuture<'a, Result<(), WireClosed>>;

    /// Returns the size of the largest frame, in bytes.
    fn max_frame(&self) -> usize;

    /// Returns whether frames can be sent at the moment.
    fn is_connected(&self) -> bool;
}
