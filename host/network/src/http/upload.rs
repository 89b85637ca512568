//! A file as the body of a request.

use std::fs::File;
use std::io::Read as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use luminarys_blocking::Lane;
use reqwest::Body;

/// Bytes read from the file at once.
const PIECE: usize = 256 << 10;

/// A file that is sent as the body of a request.
pub struct Upload {
    pub(super) body: Body,
    pub(super) length: u64,
    /// Bytes handed to the connection so far.
    pub(super) sent: Arc<AtomicU64>,
}

impl Upload {
    /// Returns the upload of the first `length` bytes of `file`, read on threads of `lane`.
    pub fn new(lane: Lane, file: File, length: u64) -> Self {
        let sent = Arc::new(AtomicU64::new(0));
        let count = sent.clone();
        let file = Arc::new(file);
        // Bytes that are appended to the file meanwhile exceed the announced length.
        let pieces = futures::stream::try_unfold(length, move |left| {
            let (lane, file, count) = (lane.clone(), file.clone(), count.clone());
            async move {
                let piece = lane.run(move || {
                    let mut piece = Vec::new();
                    let room = left.min(PIECE as u64);
                    (&*file).take(room).read_to_end(&mut piece).map(|_| piece)
                });
                let piece = piece.await.map_err(std::io::Error::other)??;
                let length = piece.len() as u64;
                count.fetch_add(length, Ordering::Relaxed);
                let next = (Bytes::from(piece), left - length);
                Ok::<_, std::io::Error>((length > 0).then_some(next))
            }
        });
        Self {
            body: Body::wrap_stream(pieces),
            length,
            sent,
        }
    }
}
