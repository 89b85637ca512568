//! A connection in memory, for tests, which loses frames when told to.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures::future::BoxFuture;
use tokio::sync::mpsc;

use crate::link::links::Links;
use crate::link::wire::{Wire, WireClosed};
use crate::names::NodeName;
use crate::subjects::LinkId;

/// Decides which frames are lost: it gets the sender, the receiver, the number of the frame among all, and its bytes.
pub(crate) type Loss = Box<dyn Fn(&NodeName, &NodeName, u64, &Bytes) -> bool + Send + Sync>;

struct Sent {
    from: NodeName,
    link: LinkId,
    frame: Bytes,
    is_first: bool,
}

/// What the nodes of a test are connected to.
#[derive(Default)]
pub(crate) struct Hub {
    nodes: Mutex<HashMap<NodeName, mpsc::Sender<Sent>>>,
    loss: Mutex<Option<Loss>>,
    number: std::sync::atomic::AtomicU64,
    pub is_down: AtomicBool,
}

struct Node {
    name: NodeName,
    hub: Arc<Hub>,
    max_frame: usize,
    links: std::sync::OnceLock<crate::link::links::WeakLinks>,
}

impl Hub {
    pub fn lose(&self, loss: Loss) {
        *self.loss.lock().unwrap_or_else(PoisonError::into_inner) = Some(loss);
    }

    /// Connects a node whose frames have at most `max_frame` bytes.
    pub fn connect(self: &Arc<Self>, name: &str, max_frame: usize) -> Links {
        let name = NodeName::new(name).unwrap();
        let (sender, mut receiver) = mpsc::channel::<Sent>(64);
        self.nodes.lock().unwrap().insert(name.clone(), sender);
        let node = Arc::new(Node {
            name: name.clone(),
            hub: self.clone(),
            max_frame,
            links: std::sync::OnceLock::new(),
        });
        let links = Links::new(node.clone());
        let (closed, weak) = links.weak();
        assert!(node.links.set(links.weak().1).is_ok());
        let hub = self.clone();
        tokio::spawn(async move {
            loop {
                let sent = tokio::select! {
                    () = closed.cancelled() => break,
                    sent = receiver.recv() => sent,
                };
                let (Some(sent), Some(links)) = (sent, weak.upgrade()) else {
                    break;
                };
                links.receive(&sent.from, sent.link, &sent.frame, sent.is_first);
            }
            hub.nodes.lock().unwrap().remove(&name);
        });
        links
    }
}

impl Wire for Node {
    fn node(&self) -> &NodeName {
        &self.name
    }

    fn send<'a>(
        &'a self,
        to: &'a NodeName,
        link: LinkId,
        frame: Bytes,
        is_first: bool,
    ) -> BoxFuture<'a, Result<(), WireClosed>> {
        Box::pin(async move {
            assert!(frame.len() <= self.max_frame, "{}", frame.len());
            let receiver = self.hub.nodes.lock().unwrap().get(to).cloned();
            let number = self.hub.number.fetch_add(1, Ordering::Relaxed);
            let is_lost = {
                let loss = self.hub.loss.lock().unwrap();
                let lost = |loss: &Loss| loss(&self.name, to, number, &frame);
                loss.as_ref().is_some_and(lost)
            };
            if is_lost {
                return Ok(());
            }
            let sent = Sent {
                from: self.name.clone(),
                link,
                frame,
                is_first,
            };
            let is_received = match receiver {
                Some(receiver) => receiver.send(sent).await.is_ok(),
                None => false,
            };
            if !is_received && let Some(links) = self.links.get().and_then(|it| it.upgrade()) {
                links.unreceived(to, link, is_first);
            }
            Ok(())
        })
    }

    fn max_frame(&self) -> usize {
        self.max_frame
    }

    fn is_connected(&self) -> bool {
        !self.hub.is_down.load(Ordering::Relaxed)
    }
}
