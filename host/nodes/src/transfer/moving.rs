//! A file on its way, as the cluster needs it.

use bytes::Bytes;
use futures::future::BoxFuture;
use luminarys_cluster::{Reading, TransferFailure, Writing};
use luminarys_orchestrator::{IncomingFile, OutgoingFile};
use luminarys_text::hexadecimal;
use sha2::{Digest as _, Sha256};

use super::failure::Kept;

/// Returns 32 hexadecimal digits for what identifies a transfer: the same for the same parts.
pub(super) fn key(parts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    let mut key = hexadecimal(&digest.finalize());
    key.truncate(32);
    key
}

/// A file that is sent.
pub(super) struct Sending {
    pub file: OutgoingFile,
    pub kept: Kept,
}

impl Reading for Sending {
    fn size(&self) -> u64 {
        self.file.size()
    }

    fn read(&mut self, offset: u64, most: usize) -> BoxFuture<'_, Result<Bytes, TransferFailure>> {
        Box::pin(async move {
            let read = self.file.read(offset, most).await;
            read.map_err(|error| self.kept.keep(error))
        })
    }
}

/// A file that is received.
pub(super) struct Receiving {
    pub file: IncomingFile,
    pub kept: Kept,
}

impl Writing for Receiving {
    fn received(&self) -> u64 {
        self.file.received()
    }

    fn free_space(&mut self) -> BoxFuture<'_, Result<u64, TransferFailure>> {
        Box::pin(async move {
            let free = self.file.free_space().await;
            free.map_err(|error| self.kept.keep(error))
        })
    }

    fn read_back(
        &mut self,
        offset: u64,
        most: usize,
    ) -> BoxFuture<'_, Result<Bytes, TransferFailure>> {
        Box::pin(async move {
            let read = self.file.read_back(offset, most).await;
            read.map_err(|error| self.kept.keep(error))
        })
    }

    fn append(&mut self, bytes: Bytes) -> BoxFuture<'_, Result<(), TransferFailure>> {
        Box::pin(async move {
            let appended = self.file.append(bytes).await;
            appended.map_err(|error| self.kept.keep(error))
        })
    }

    fn commit(self: Box<Self>) -> BoxFuture<'static, Result<(), TransferFailure>> {
        Box::pin(async move {
            let committed = self.file.commit().await;
            committed.map_err(|error| self.kept.keep(error))
        })
    }

    fn discard(self: Box<Self>) -> BoxFuture<'static, ()> {
        Box::pin(self.file.discard())
    }
}

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn keys_tell_all_parts_apart() {
        let rows: [&[&str]; 5] = [&[], &[""], &["a", "b"], &["ab", ""], &["a", "b", ""]];
        let mut keys: Vec<String> = rows.into_iter().map(key).collect();
        assert!(keys.iter().all(|key| key.len() == 32), "{keys:?}");
        assert_eq!(keys[2], key(&["a", "b"]));
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), rows.len());
    }
}
