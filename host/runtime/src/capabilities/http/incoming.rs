//! Bodies, read piece by piece.

use std::time::Duration;

use bytes::Bytes;
use luminarys_accounts::Answer;
use reqwest::Response;

use super::client::explain;
use crate::bindings::luminarys::skill::http as wit;
use crate::network::NetworkError;

/// The largest piece handed out, in bytes.
const MAX_PIECE: usize = 1 << 20;

/// An answer whose body is still to come.
pub struct Incoming {
    pub(super) head: wit::Head,
    response: Response,
    rest: Bytes,
    patience: Duration,
}

impl Incoming {
    pub(super) fn new(head: wit::Head, response: Response, patience: Duration) -> Self {
        Self {
            head,
            response,
            rest: Bytes::new(),
            patience,
        }
    }

    /// The next bytes, at most `max`; none at the end.
    pub(super) async fn read(&mut self, max: usize) -> Result<Bytes, NetworkError> {
        if self.rest.is_empty() {
            self.rest = self.piece().await?.unwrap_or_default();
        }
        let length = self.rest.len().min(max.clamp(1, MAX_PIECE));
        Ok(self.rest.split_to(length))
    }

    /// The next bytes as they arrive.
    pub(super) async fn piece(&mut self) -> Result<Option<Bytes>, NetworkError> {
        loop {
            let piece = tokio::time::timeout(self.patience, self.response.chunk()).await;
            let late = || {
                let waited = self.patience.as_millis();
                NetworkError::Timeout(format!("{}: nothing came for {waited} ms", self.head.url))
            };
            let piece = piece.map_err(|_| late())?;
            let piece = piece.map_err(|error| explain(&self.head.url, &error.into()))?;
            // Some decoders give empty pieces in between.
            if piece.as_ref().is_none_or(|bytes| !bytes.is_empty()) {
                return Ok(piece);
            }
        }
    }

    /// The first `limit` bytes, charged to `answer`, and whether there are more.
    pub(super) async fn collect(
        &mut self,
        limit: usize,
        answer: &Answer,
    ) -> Result<(Vec<u8>, bool), NetworkError> {
        let mut body = Vec::new();
        while let Some(piece) = self.piece().await? {
            let room = limit - body.len();
            // A vector that grows has twice the room that it needs, at most.
            let size = 2 * (body.len() + piece.len().min(room));
            answer.reach(size as u64)?;
            if piece.len() > room {
                body.extend_from_slice(&piece[..room]);
                return Ok((body, true));
            }
            body.extend_from_slice(&piece);
        }
        Ok((body, false))
    }
}
