//! Files that are sent from node to node, beside messages of the same size that are published and received.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_nats::{Client, Subscriber};
use bytes::Bytes;
use futures::StreamExt as _;
use futures::future::BoxFuture;
use luminarys_cluster::{
    FileHead, Files, Links, Listed, NodeName, Reading, Transfer, TransferFailure,
    TransferFailureKind, TransferId, Writing, send_file, serve_transfers,
};

use sha2::{Digest as _, Sha256};

use crate::client;
use crate::server::{Server, node};

const SIZE: u64 = 4 << 30;
/// The bytes of one message: those of a part of a file.
const PART: usize = 256 << 10;
const ROUNDS: usize = 3;

/// A file without a disk, so that the way between the nodes is measured and nothing else.
struct Zeros(Bytes);

impl Reading for Zeros {
    fn size(&self) -> u64 {
        SIZE
    }

    fn read(&mut self, offset: u64, most: usize) -> BoxFuture<'_, Result<Bytes, TransferFailure>> {
        let left = usize::try_from(SIZE - offset).unwrap();
        Box::pin(async move {
            // A disk is not read in the task either.
            tokio::task::yield_now().await;
            Ok(self.0.slice(..most.min(PART).min(left)))
        })
    }
}

#[derive(Default)]
struct Nowhere(u64);

impl Writing for Nowhere {
    fn received(&self) -> u64 {
        self.0
    }

    fn free_space(&mut self) -> BoxFuture<'_, Result<u64, TransferFailure>> {
        Box::pin(async { Ok(u64::MAX) })
    }

    fn read_back(&mut self, _: u64, _: usize) -> BoxFuture<'_, Result<Bytes, TransferFailure>> {
        Box::pin(async { Err(none()) })
    }

    fn append(&mut self, bytes: Bytes) -> BoxFuture<'_, Result<(), TransferFailure>> {
        self.0 += bytes.len() as u64;
        Box::pin(async {
            tokio::task::yield_now().await;
            Ok(())
        })
    }

    fn commit(self: Box<Self>) -> BoxFuture<'static, Result<(), TransferFailure>> {
        assert_eq!(self.0, SIZE);
        Box::pin(async { Ok(()) })
    }

    fn discard(self: Box<Self>) -> BoxFuture<'static, ()> {
        Box::pin(async {})
    }
}

fn none() -> TransferFailure {
    TransferFailure::new(TransferFailureKind::NotFound, "there is no file")
}

struct Store;

impl Files for Store {
    fn read<'a>(
        &'a self,
        _: &'a NodeName,
        _: &'a FileHead,
    ) -> BoxFuture<'a, Result<Box<dyn Reading>, TransferFailure>> {
        Box::pin(async { Err(none()) })
    }

    fn write<'a>(
        &'a self,
        _: &'a NodeName,
        _: &'a FileHead,
        _: u64,
        _: &'a TransferId,
    ) -> BoxFuture<'a, Result<Box<dyn Writing>, TransferFailure>> {
        Box::pin(async { Ok(Box::<Nowhere>::default() as Box<dyn Writing>) })
    }

    fn list<'a>(
        &'a self,
        _: &'a NodeName,
        _: &'a FileHead,
    ) -> BoxFuture<'a, Result<Vec<Listed>, TransferFailure>> {
        Box::pin(async { Err(none()) })
    }
}

async fn transferred(links: &Links) {
    let transfer = Transfer {
        node: node("b"),
        skill: None,
        request_id: "bench".to_owned(),
        path: "/file".to_owned(),
    };
    let id = TransferId::random().unwrap();
    let mut file = Zeros(Bytes::from(vec![0; PART]));
    send_file(links, &transfer, &id, &mut file, &mut |_, _| ())
        .await
        .unwrap();
}

/// Prints the bytes per second of both.
pub async fn measure(a: &Links, b: &Links, plain: &Server) {
    let b = b.clone();
    tokio::spawn(async move { serve_transfers(&b, Arc::new(Store)).await });
    let (sender, receiver) = (client(plain).await, client(plain).await);
    let mut messages = receiver.subscribe("bench.bytes").await.unwrap();
    receiver.flush().await.unwrap();
    // Until they are served.
    tokio::time::sleep(Duration::from_millis(100)).await;
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        transferred(a).await;
        let ours = SIZE as f64 / begun.elapsed().as_secs_f64();
        let plain = published(&sender, &mut messages, false).await;
        let hashed = published(&sender, &mut messages, true).await;
        println!(
            "transfer {:.0} MB/s; published {:.0} MB/s, ratio {:.2}; with the digest at both ends {:.0} MB/s, ratio {:.2}",
            ours / 1e6,
            plain / 1e6,
            ours / plain,
            hashed / 1e6,
            ours / hashed
        );
    }
}

/// Publishes and receives the bytes of a file, and returns how many a second arrive. Both ends can make its digest, as transfers
/// do.
async fn published(sender: &Client, messages: &mut Subscriber, is_hashed: bool) -> f64 {
    let part = Bytes::from(vec![0; PART]);
    let begun = Instant::now();
    let sender = sender.clone();
    let publishing = tokio::spawn(async move {
        let mut digest = Sha256::new();
        for _ in 0..SIZE / PART as u64 {
            if is_hashed {
                digest.update(&part);
            }
            sender.publish("bench.bytes", part.clone()).await.unwrap();
            tokio::task::yield_now().await;
        }
        sender.flush().await.unwrap();
        digest.finalize()
    });
    let mut digest = Sha256::new();
    for _ in 0..SIZE / PART as u64 {
        let message = messages.next().await.unwrap();
        if is_hashed {
            digest.update(&message.payload);
        }
    }
    assert_eq!(publishing.await.unwrap(), digest.finalize());
    SIZE as f64 / begun.elapsed().as_secs_f64()
}
