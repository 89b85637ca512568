//! A proxy between a node and its NATS server, which does to the connection what bad networks do.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::world::MIDDLE;

/// A road to a server.
#[derive(Clone)]
pub struct Road(Arc<Inner>);

struct Inner {
    address: SocketAddr,
    /// How long each piece of data takes, in milliseconds.
    delay: AtomicU64,
    /// Whether nothing arrives any more, though connections stay.
    is_stalled: AtomicBool,
    /// How many bytes have been carried, in both directions.
    carried: AtomicU64,
    /// Ends the connections of now.
    breaks: std::sync::Mutex<CancellationToken>,
}

impl Road {
    /// Makes a road to a server in the middle.
    pub async fn to(port: u16) -> Self {
        let listener = TcpListener::bind((MIDDLE, 0)).await.unwrap();
        let road = Self(Arc::new(Inner {
            address: listener.local_addr().unwrap(),
            delay: AtomicU64::new(0),
            is_stalled: AtomicBool::new(false),
            carried: AtomicU64::new(0),
            breaks: Default::default(),
        }));
        let served = road.clone();
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let road = served.clone();
                tokio::spawn(async move {
                    let Ok(server) = TcpStream::connect((MIDDLE, port)).await else {
                        return;
                    };
                    let broken = road.0.breaks.lock().unwrap().clone();
                    let (client_in, client_out) = client.into_split();
                    let (server_in, server_out) = server.into_split();
                    let both = async {
                        tokio::select! {
                            () = road.carry(client_in, server_out) => {}
                            () = road.carry(server_in, client_out) => {}
                        }
                    };
                    broken.run_until_cancelled(both).await;
                });
            }
        });
        road
    }

    /// Returns the address to connect to.
    pub fn url(&self) -> String {
        format!("nats://{}", self.0.address)
    }

    async fn carry(&self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
        let mut buffer = vec![0; 64 << 10];
        loop {
            let count = match from.read(&mut buffer).await {
                Ok(0) | Err(_) => return,
                Ok(count) => count,
            };
            let delay = self.0.delay.load(Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(delay)).await;
            while self.0.is_stalled.load(Ordering::Relaxed) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            if to.write_all(&buffer[..count]).await.is_err() {
                return;
            }
            self.0.carried.fetch_add(count as u64, Ordering::Relaxed);
        }
    }

    /// Returns how many bytes have been carried, in both directions.
    pub fn carried(&self) -> u64 {
        self.0.carried.load(Ordering::Relaxed)
    }

    /// Waits until so many bytes have been carried.
    pub async fn until_carried(&self, bytes: u64) {
        while self.carried() < bytes {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Makes every piece of data late.
    pub fn slow(&self, delay: Duration) {
        let delay = u64::try_from(delay.as_millis()).unwrap();
        self.0.delay.store(delay, Ordering::Relaxed);
    }

    /// Lets nothing arrive, or everything again.
    pub fn stall(&self, is_stalled: bool) {
        self.0.is_stalled.store(is_stalled, Ordering::Relaxed);
    }

    /// Breaks the connections of now; new ones may be made.
    pub fn break_connections(&self) {
        let mut breaks = self.0.breaks.lock().unwrap();
        std::mem::take(&mut *breaks).cancel();
    }
}
