//! An account, which has a limit, and charges to it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use thiserror::Error;

/// What bytes are held for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Holder {
    /// Arguments of calls that run or wait for their turn.
    Arguments,
    /// Results that no client has fetched yet.
    Results,
    /// Deferred calls.
    Deferred,
    /// Events in queues.
    Events,
    /// Data that capabilities read and write for a call.
    Buffers,
    /// Connections.
    Connections,
    /// WASI resources.
    Resources,
    /// Requests of clients, and responses that they have not read yet.
    Clients,
    /// Memories, tables and stacks of instances.
    Instances,
}

impl Holder {
    const ALL: [Self; 9] = [
        Self::Arguments,
        Self::Results,
        Self::Deferred,
        Self::Events,
        Self::Buffers,
        Self::Connections,
        Self::Resources,
        Self::Clients,
        Self::Instances,
    ];

    /// Returns its name in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Arguments => "arguments",
            Self::Results => "results",
            Self::Deferred => "deferred",
            Self::Events => "events",
            Self::Buffers => "buffers",
            Self::Connections => "connections",
            Self::Resources => "resources",
            Self::Clients => "clients",
            Self::Instances => "instances",
        }
    }
}

/// A charge would exceed a limit.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error(
    "{asked} {unit} more for {} would exceed {limit_name} of {limit} {unit}: {used} are held for {owner} already",
    holder.name()
)]
pub struct Exhausted {
    /// The skill, or `the host`.
    pub owner: String,
    /// The key of the limit, and whose it is.
    pub limit_name: &'static str,
    /// What is counted.
    pub unit: &'static str,
    /// What would be held.
    pub holder: Holder,
    /// How much was asked for.
    pub asked: u64,
    /// How much is charged already.
    pub used: u64,
    /// How much is allowed.
    pub limit: u64,
}

impl Exhausted {
    /// Returns the key of the limit alone.
    pub fn key(&self) -> &'static str {
        self.limit_name
            .rsplit_once('.')
            .map_or(self.limit_name, |(_, key)| key)
    }
}

/// A limited number of bytes or descriptors, as a part of its parent's. Charges count for both. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Account(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    owner: Arc<str>,
    limit_name: &'static str,
    unit: &'static str,
    limit: AtomicU64,
    used: AtomicU64,
    by_holder: [AtomicU64; Holder::ALL.len()],
    parent: Option<Account>,
}

impl Account {
    /// Opens an empty account of at most `limit` units of `parent` (bytes when there is no parent).
    pub fn new(
        owner: impl Into<Arc<str>>,
        limit_name: &'static str,
        limit: u64,
        parent: Option<&Self>,
    ) -> Self {
        Self(Arc::new(Inner {
            owner: owner.into(),
            limit_name,
            unit: parent.map_or("bytes", |parent| parent.0.unit),
            limit: AtomicU64::new(limit),
            used: AtomicU64::new(0),
            by_holder: Default::default(),
            parent: parent.cloned(),
        }))
    }

    /// Returns a charge of nothing yet, to be grown.
    pub fn open(&self, holder: Holder) -> Charge {
        Charge {
            account: Some(self.clone()),
            holder,
            bytes: 0,
        }
    }

    /// Charges `bytes` until the charge is dropped.
    ///
    /// # Errors
    /// [`Exhausted`] of the first account in the chain of parents that has no room; nothing is charged then.
    pub fn charge(&self, holder: Holder, bytes: u64) -> Result<Charge, Exhausted> {
        let mut charge = self.open(holder);
        charge.grow(bytes)?;
        Ok(charge)
    }

    /// Opens an empty account of at most `limit` open files and sockets.
    pub fn of_descriptors(owner: &str, limit_name: &'static str, limit: u64) -> Self {
        Self(Arc::new(Inner {
            owner: owner.into(),
            limit_name,
            unit: "descriptors",
            limit: AtomicU64::new(limit),
            used: AtomicU64::new(0),
            by_holder: Default::default(),
            parent: None,
        }))
    }

    /// Opens an account that is a part of this one, with the same owner.
    pub fn part(&self, limit_name: &'static str, limit: u64) -> Self {
        Self::new(self.0.owner.clone(), limit_name, limit, Some(self))
    }

    /// Changes the limit; what is charged stays charged.
    pub fn set_limit(&self, limit: u64) {
        self.0.limit.store(limit, Ordering::Relaxed);
    }

    /// Returns how much may be charged.
    pub fn limit(&self) -> u64 {
        self.0.limit.load(Ordering::Relaxed)
    }

    /// Returns how much is charged.
    pub fn used(&self) -> u64 {
        self.0.used.load(Ordering::Relaxed)
    }

    /// Returns how much more may be charged, by this account's limit and its parents'.
    pub fn room(&self) -> u64 {
        let room = self.limit().saturating_sub(self.used());
        let parent = self.0.parent.as_ref();
        parent.map_or(room, |parent| room.min(parent.room()))
    }

    pub(crate) fn usage(&self) -> Usage {
        Usage(Arc::downgrade(&self.0))
    }

    fn take(&self, holder: Holder, bytes: u64) -> Result<(), Exhausted> {
        let limit = self.limit();
        let more = |used: u64| used.checked_add(bytes).filter(|used| *used <= limit);
        let taken = (self.0.used).fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        taken.map_err(|used| Exhausted {
            owner: self.0.owner.to_string(),
            limit_name: self.0.limit_name,
            unit: self.0.unit,
            holder,
            asked: bytes,
            used,
            limit,
        })?;
        if let Some(parent) = &self.0.parent
            && let Err(exhausted) = parent.take(holder, bytes)
        {
            self.0.used.fetch_sub(bytes, Ordering::Relaxed);
            return Err(exhausted);
        }
        self.0.by_holder[holder as usize].fetch_add(bytes, Ordering::Relaxed);
        Ok(())
    }

    fn give_back(&self, holder: Holder, bytes: u64) {
        self.0.by_holder[holder as usize].fetch_sub(bytes, Ordering::Relaxed);
        self.0.used.fetch_sub(bytes, Ordering::Relaxed);
        if let Some(parent) = &self.0.parent {
            parent.give_back(holder, bytes);
        }
    }
}

/// What an account is charged with. Does not keep the account open.
#[derive(Debug)]
pub(crate) struct Usage(Weak<Inner>);

impl Usage {
    /// Whether the account is still open.
    pub fn is_alive(&self) -> bool {
        self.0.strong_count() > 0
    }

    /// Returns what each holder holds; omits those that hold nothing.
    pub fn by_holder(&self) -> Vec<(Holder, u64)> {
        let Some(account) = self.0.upgrade() else {
            return Vec::new();
        };
        let each = Holder::ALL.into_iter();
        each.map(|holder| {
            let bytes = account.by_holder[holder as usize].load(Ordering::Relaxed);
            (holder, bytes)
        })
        .filter(|(_, bytes)| *bytes > 0)
        .collect()
    }
}

/// Bytes charged to an account until this is dropped. The default is charged to no account.
#[derive(Debug)]
pub struct Charge {
    account: Option<Account>,
    holder: Holder,
    bytes: u64,
}

impl Default for Charge {
    fn default() -> Self {
        Self {
            account: None,
            holder: Holder::Buffers,
            bytes: 0,
        }
    }
}

impl Charge {
    /// Charges `bytes` more.
    ///
    /// # Errors
    /// [`Exhausted`]; the charge is then unchanged.
    pub fn grow(&mut self, bytes: u64) -> Result<(), Exhausted> {
        if let Some(account) = &self.account {
            account.take(self.holder, bytes)?;
            self.bytes += bytes;
        }
        Ok(())
    }

    /// Changes the charge to `bytes`, which may be more or less than before.
    ///
    /// # Errors
    /// [`Exhausted`]; the charge is then unchanged.
    pub fn resize(&mut self, bytes: u64) -> Result<(), Exhausted> {
        match bytes.checked_sub(self.bytes) {
            Some(more) => self.grow(more),
            None => {
                self.shrink(bytes);
                Ok(())
            }
        }
    }

    /// Reduces the charge to `bytes`; does nothing when it is smaller already.
    pub fn shrink(&mut self, bytes: u64) {
        let Some(less) = self.bytes.checked_sub(bytes) else {
            return;
        };
        if let Some(account) = &self.account {
            account.give_back(self.holder, less);
        }
        self.bytes = bytes;
    }

    /// Returns the bytes charged.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.shrink(0);
    }
}
