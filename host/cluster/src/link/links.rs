//! All links of a node.

use std::collections::HashMap;
use std::iter::{once, repeat};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::error::{LinkError, ResetReason};
use crate::link::frame::{Body, Frame, MAX_HEAD, Purpose};
use crate::link::handle::{Link, Table};
use crate::link::state::State;
use crate::link::wire::Wire;
use crate::names::NodeName;
use crate::refusals::Refusals;
use crate::subjects::LinkId;

/// How many links a node has at most.
pub const MAX_LINKS: usize = 1 << 14;
/// How many of them one other node may have opened.
pub const MAX_LINKS_OF_PEER: usize = 1 << 10;
/// How many opened links may wait to be served.
const WAITING: usize = 256;
/// How many answers to frames without a link may wait to be sent. Further ones are dropped.
const ANSWERS: usize = 256;
/// How often all links are looked at.
const TICK: Duration = Duration::from_millis(250);

/// A link that another node has opened.
#[derive(Debug)]
pub struct Incoming {
    /// The node.
    pub from: NodeName,
    /// What it opened the link with.
    pub head: Bytes,
    /// The link.
    pub link: Link,
}

/// All links of a node. Cheap to clone.
#[derive(Clone)]
pub struct Links(Arc<Inner>);

struct Inner {
    me: Weak<Inner>,
    wire: Arc<dyn Wire>,
    table: Mutex<Entries>,
    answers: mpsc::Sender<Answer>,
    refusals: Refusals,
    /// Cancelled when the links are dropped.
    closed: CancellationToken,
    _close: DropGuard,
}

#[derive(Default)]
struct Entries {
    links: HashMap<(NodeName, LinkId), Entry>,
    /// How many links each other node has opened.
    opened: HashMap<NodeName, usize>,
    served: HashMap<Purpose, mpsc::Sender<Incoming>>,
}

/// What another node is told of a link.
struct Answer {
    to: NodeName,
    link: LinkId,
    reason: ResetReason,
}

struct Entry {
    state: Arc<State>,
    is_incoming: bool,
}

impl Links {
    /// Makes links over `wire`. Links are watched by a task until the last clone is dropped.
    pub(crate) fn new(wire: Arc<dyn Wire>) -> Self {
        let (answers, waiting) = mpsc::channel(ANSWERS);
        tokio::spawn(send_answers(wire.clone(), waiting));
        let closed = CancellationToken::new();
        let links = Self(Arc::new_cyclic(|me| Inner {
            me: me.clone(),
            wire,
            table: Mutex::default(),
            answers,
            refusals: Refusals::default(),
            _close: closed.clone().drop_guard(),
            closed,
        }));
        let watched = Arc::downgrade(&links.0);
        tokio::spawn(async move {
            let mut ticks = tokio::time::interval(TICK);
            ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                let Some(inner) = watched.upgrade() else {
                    return;
                };
                let now = Instant::now();
                inner.all().iter().for_each(|state| state.watch(now));
            }
        });
        links
    }

    /// Serves links that other nodes open for `purpose`: they come from the returned receiver. A later call replaces an
    /// earlier one.
    pub fn serve(&self, purpose: Purpose) -> mpsc::Receiver<Incoming> {
        let (sender, receiver) = mpsc::channel(WAITING);
        self.0.lock().served.insert(purpose, sender);
        receiver
    }

    /// Opens a link to another node. It is not known yet whether the node is there: the first message, or
    /// error, tells.
    ///
    /// # Errors
    /// [`LinkError`]: it is this node, the head is too large, there are too many links, or the server cannot be reached.
    pub async fn open(
        &self,
        to: &NodeName,
        purpose: Purpose,
        head: Bytes,
    ) -> Result<Link, LinkError> {
        let link = self.prepare(to, &head)?;
        link.begin(purpose, head).await?;
        Ok(link)
    }

    /// Makes a link to another node, over which nothing has been sent.
    pub(crate) fn prepare(&self, to: &NodeName, head: &Bytes) -> Result<Link, LinkError> {
        let unreachable = |reason| LinkError::Unreachable {
            node: to.clone(),
            reason,
            was_sent: false,
        };
        if head.len() > MAX_HEAD {
            return Err(LinkError::TooLarge {
                node: to.clone(),
                bytes: head.len(),
                most: MAX_HEAD,
            });
        }
        if to == self.0.wire.node() {
            return Err(LinkError::Itself(to.clone()));
        }
        if !self.0.wire.is_connected() {
            return Err(unreachable("this node has no connection to NATS"));
        }
        let no_random = |_| unreachable("the system has no random numbers");
        let id = LinkId::random().map_err(no_random)?;
        let state = Arc::new(State::new(to.clone(), id, self.0.wire.clone(), 0));
        {
            let mut table = self.0.lock();
            if table.links.len() >= MAX_LINKS {
                return Err(LinkError::TooMany(MAX_LINKS));
            }
            let entry = Entry {
                state: state.clone(),
                is_incoming: false,
            };
            table.links.insert((to.clone(), id), entry);
        }
        Ok(Link::new(state, self.0.clone()))
    }

    /// Takes in what `from` has sent on `link`. `is_first` is what the frame's subjects say.
    pub(crate) fn receive(&self, from: &NodeName, link: LinkId, bytes: &Bytes, is_first: bool) {
        let frames = match Frame::parse_all(bytes.clone()) {
            Ok(frames) => frames,
            Err(error) => {
                if let Some(refused) = self.0.refusals.note(Instant::now()) {
                    tracing::warn!(node = %from, %error, refused, "a frame is refused");
                }
                if let Some(state) = self.0.find(from, link) {
                    let (node, reason) = (from.clone(), "it sent what is not a frame");
                    state.finish(LinkError::Protocol { node, reason });
                }
                return self.0.answer(from, link, ResetReason::Protocol);
            }
        };
        for (frame, is_first) in frames.into_iter().zip(once(is_first).chain(repeat(false))) {
            if !self.take(from, link, frame, is_first) {
                return;
            }
        }
    }

    /// Takes a frame in. Returns whether the link goes on.
    fn take(&self, from: &NodeName, link: LinkId, frame: Frame, is_first: bool) -> bool {
        let is_reset = matches!(frame.body, Body::Reset(_));
        let answer = match (self.0.find(from, link), frame.body) {
            (_, body) if is_first != matches!(body, Body::Open { .. }) => {
                Some(ResetReason::Protocol)
            }
            (None, Body::Open { purpose, head }) if frame.sequence == 0 => {
                self.0.accept(from, link, purpose, head).err()
            }
            (Some(state), body) => {
                let sequence = frame.sequence;
                state.receive(Frame { sequence, body }).err()
            }
            (None, _) => Some(ResetReason::Unknown),
        };
        // Answers are not answered.
        if let Some(reason) = answer
            && !is_reset
        {
            self.0.answer(from, link, reason);
        }
        answer.is_none()
    }

    /// Takes note that nobody received a frame of `link` to `node`; `is_first` tells whether it was the first one.
    pub(crate) fn unreceived(&self, node: &NodeName, link: LinkId, is_first: bool) {
        if let Some(state) = self.0.find(node, link) {
            state.finish(state.unreachable("it is not connected to NATS", !is_first));
        }
    }

    /// Ends all links: the connection is lost.
    pub(crate) fn disconnected(&self) {
        for state in self.0.all() {
            state.finish(state.unreachable("this node's connection to NATS was lost", true));
        }
    }

    /// Returns a token that is cancelled when the last clone is dropped, and access to the links until then.
    pub(crate) fn weak(&self) -> (CancellationToken, WeakLinks) {
        (self.0.closed.clone(), WeakLinks(Arc::downgrade(&self.0)))
    }

    /// Returns how many links there are.
    pub fn count(&self) -> usize {
        self.0.lock().links.len()
    }
}

/// Links that may have been dropped.
pub(crate) struct WeakLinks(Weak<Inner>);

impl WeakLinks {
    /// Returns the links, unless they have been dropped.
    pub fn upgrade(&self) -> Option<Links> {
        self.0.upgrade().map(Links)
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn all(&self) -> Vec<Arc<State>> {
        let table = self.lock();
        table.links.values().map(|it| it.state.clone()).collect()
    }

    fn find(&self, node: &NodeName, link: LinkId) -> Option<Arc<State>> {
        let table = self.lock();
        table
            .links
            .get(&(node.clone(), link))
            .map(|entry| entry.state.clone())
    }

    /// Takes a link that `from` opens.
    ///
    /// # Errors
    /// Why not.
    fn accept(
        &self,
        from: &NodeName,
        id: LinkId,
        purpose: Purpose,
        head: Bytes,
    ) -> Result<(), ResetReason> {
        let state = Arc::new(State::new(from.clone(), id, self.wire.clone(), 1));
        let table = self.me.upgrade().ok_or(ResetReason::NotServed)?;
        let place = {
            let mut entries = self.lock();
            let server = entries.served.get(&purpose).ok_or(ResetReason::NotServed)?;
            let place = server
                .clone()
                .try_reserve_owned()
                .map_err(|error| match error {
                    mpsc::error::TrySendError::Full(_) => ResetReason::Busy,
                    mpsc::error::TrySendError::Closed(_) => ResetReason::NotServed,
                })?;
            let opened = entries.opened.get(from).copied().unwrap_or_default();
            if entries.links.len() >= MAX_LINKS || opened >= MAX_LINKS_OF_PEER {
                return Err(ResetReason::Busy);
            }
            entries.opened.insert(from.clone(), opened + 1);
            let entry = Entry {
                state: state.clone(),
                is_incoming: true,
            };
            entries.links.insert((from.clone(), id), entry);
            place
        };
        place.send(Incoming {
            from: from.clone(),
            head,
            link: Link::new(state, table),
        });
        Ok(())
    }

    /// Tells another node that a link has ended, without waiting; drops it when there is too much to tell.
    fn answer(&self, to: &NodeName, link: LinkId, reason: ResetReason) {
        let to = to.clone();
        let _ = self.answers.try_send(Answer { to, link, reason });
    }
}

/// Sends answers, in order: the first one about a link says why it was refused.
async fn send_answers(wire: Arc<dyn Wire>, mut waiting: mpsc::Receiver<Answer>) {
    while let Some(Answer { to, link, reason }) = waiting.recv().await {
        let body = Body::Reset(reason);
        let frame = Frame { sequence: 0, body }.encode();
        let sent = wire.send(&to, link, frame, false);
        let _ = tokio::time::timeout(Duration::from_secs(1), sent).await;
    }
}

impl Table for Inner {
    fn remove(&self, state: &Arc<State>) {
        let mut entries = self.lock();
        let key = (state.peer.clone(), state.id);
        if let Some(entry) = entries.links.get(&key)
            && Arc::ptr_eq(&entry.state, state)
        {
            let is_incoming = entry.is_incoming;
            entries.links.remove(&key);
            if is_incoming && let Some(opened) = entries.opened.get_mut(&state.peer) {
                *opened -= 1;
                if *opened == 0 {
                    entries.opened.remove(&state.peer);
                }
            }
        }
    }

    fn reset(&self, state: &State, reason: ResetReason) {
        self.answer(&state.peer, state.id, reason);
    }
}
