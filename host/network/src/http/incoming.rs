//! Response bodies, read piece by piece.

use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_LENGTH;
use luminarys_accounts::Answer;
use reqwest::Response;

use super::headers::{self, Cookie};
use crate::error::NetworkError;

/// The largest piece returned, in bytes.
const MAX_PIECE: usize = 1 << 20;

/// What is known of a response before its body.
#[derive(Clone, Debug)]
pub struct Head {
    /// The status.
    pub status: u16,
    /// The last URL of the redirects.
    pub url: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The cookies that it sets.
    pub cookies: Vec<Cookie>,
}

impl Head {
    pub(super) fn new(url: String, response: &Response) -> Self {
        Self {
            status: response.status().as_u16(),
            url,
            headers: response.headers().clone(),
            cookies: headers::cookies(response.headers()),
        }
    }

    /// Returns the length of the body, in bytes, where the server announces it.
    pub fn content_length(&self) -> Option<u64> {
        let mut lengths = self.headers.get_all(CONTENT_LENGTH).iter();
        lengths.next_back()?.to_str().ok()?.parse().ok()
    }
}

/// A response whose body is read piece by piece.
pub struct Incoming {
    /// What came before the body.
    pub head: Head,
    response: Response,
    rest: Bytes,
    timeout: Duration,
}

impl Incoming {
    pub(super) fn new(head: Head, response: Response, timeout: Duration) -> Self {
        Self {
            head,
            response,
            rest: Bytes::new(),
            timeout,
        }
    }

    /// Reads the next bytes, at most `max` (and 1 MiB); none at the end.
    ///
    /// # Errors
    /// [`NetworkError`], with [`NetworkError::Timeout`] when nothing arrives in time.
    pub async fn read(&mut self, max: usize) -> Result<Bytes, NetworkError> {
        if self.rest.is_empty() {
            self.rest = self.piece().await?.unwrap_or_default();
        }
        let length = self.rest.len().min(max.clamp(1, MAX_PIECE));
        Ok(self.rest.split_to(length))
    }

    /// Reads the next bytes as they arrive; none at the end.
    ///
    /// # Errors
    /// As of [`Self::read`].
    pub async fn piece(&mut self) -> Result<Option<Bytes>, NetworkError> {
        loop {
            let piece = tokio::time::timeout(self.timeout, self.response.chunk()).await;
            let late = || {
                let (url, waited) = (&self.head.url, self.timeout.as_millis());
                NetworkError::Timeout(format!("{url}: no data for {waited} ms").into())
            };
            let piece = piece.map_err(|_| late())?;
            let piece =
                piece.map_err(|error| NetworkError::of_exchange(&self.head.url, error.into()))?;
            // Some decoders return empty pieces in between.
            if piece.as_ref().is_none_or(|bytes| !bytes.is_empty()) {
                return Ok(piece);
            }
        }
    }

    /// Reads the first `limit` bytes, charged to `answer`, and whether there are more.
    pub(super) async fn collect(
        &mut self,
        limit: usize,
        answer: &Answer,
    ) -> Result<(Vec<u8>, bool), NetworkError> {
        let mut body = Vec::new();
        while let Some(piece) = self.piece().await? {
            let room = limit - body.len();
            // The capacity of a growing vector is at most twice its length.
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
