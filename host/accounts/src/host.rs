//! The accounts of one host and its skills.

use std::sync::{Arc, Mutex, PoisonError};

use crate::account::{Account, Charge, Exhausted, Holder, Usage};
use crate::machine;

/// The limits of one host, over all its skills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostLimits {
    /// Bytes that the host holds for skills and clients: `runtime.max_held_mb` of the configuration.
    pub held: u64,
    /// Memory of all live instances, in bytes: `runtime.max_guest_memory_mb` of the configuration.
    pub guest_memory: u64,
    /// Files and sockets that skills have open: half of what the process may have (`RLIMIT_NOFILE`).
    pub descriptors: u64,
}

impl Default for HostLimits {
    /// Half of the machine's memory (at least 512 MiB) for instances, an eighth of it (at least 256 MiB) for what the host
    /// holds, and half of the process's descriptors.
    fn default() -> Self {
        let machine = machine::memory();
        Self {
            held: (machine / 8).max(256 << 20),
            guest_memory: (machine / 2).max(512 << 20),
            descriptors: machine::descriptors() / 2,
        }
    }
}

/// The accounts of one host and its skills. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Accounts(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    held: Account,
    guest_memory: Account,
    descriptors: Account,
    skills: Mutex<Vec<(String, Usage)>>,
}

/// What one holder holds for one skill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The instance id.
    pub skill: String,
    /// What it is held for.
    pub holder: Holder,
    /// How much, in bytes.
    pub bytes: u64,
}

impl Default for Accounts {
    fn default() -> Self {
        Self::new(HostLimits::default())
    }
}

impl Accounts {
    /// Opens empty accounts with these limits.
    pub fn new(limits: HostLimits) -> Self {
        let host = "the host";
        Self(Arc::new(Inner {
            held: Account::new(
                host,
                "the configuration's runtime.max_held_mb",
                limits.held,
                None,
            ),
            guest_memory: Account::new(
                host,
                "the configuration's runtime.max_guest_memory_mb",
                limits.guest_memory,
                None,
            ),
            descriptors: Account::of_descriptors(
                host,
                "half of the process's RLIMIT_NOFILE",
                limits.descriptors,
            ),
            skills: Mutex::default(),
        }))
    }

    /// Changes the limits; what is held stays held.
    pub fn set_limits(&self, limits: HostLimits) {
        self.0.held.set_limit(limits.held);
        self.0.guest_memory.set_limit(limits.guest_memory);
        self.0.descriptors.set_limit(limits.descriptors);
    }

    /// Charges `bytes` that the host holds for a client.
    ///
    /// # Errors
    /// [`Exhausted`] when the host would hold more than its limit.
    pub fn charge(&self, holder: Holder, bytes: u64) -> Result<Charge, Exhausted> {
        self.0.held.charge(holder, bytes)
    }

    /// Returns what is charged to the host now: bytes that it holds, bytes of instances, and descriptors.
    pub fn totals(&self) -> [(&'static str, u64); 3] {
        [
            ("held", self.0.held.used()),
            ("guest_memory", self.0.guest_memory.used()),
            ("descriptors", self.0.descriptors.used()),
        ]
    }

    /// Returns what is held for each skill, by holder; omits skills that hold nothing.
    pub fn held(&self) -> Vec<Held> {
        let mut skills = self.0.skills.lock().unwrap_or_else(PoisonError::into_inner);
        skills.retain(|(_, usage)| usage.is_alive());
        let mut found: Vec<Held> = Vec::new();
        for (skill, usage) in &*skills {
            for (holder, bytes) in usage.by_holder() {
                // A reloaded skill has two accounts while calls of the old version run.
                let same = |held: &&mut Held| held.skill == *skill && held.holder == holder;
                match found.iter_mut().find(same) {
                    Some(held) => held.bytes += bytes,
                    None => found.push(Held {
                        skill: skill.clone(),
                        holder,
                        bytes,
                    }),
                }
            }
        }
        found
    }

    /// Opens the accounts of a skill: at most `held` bytes held for it and `live_memory` bytes of live instances (by default
    /// half of the limit of all skills).
    pub fn skill(&self, id: &str, held: u64, live_memory: Option<u64>) -> SkillAccounts {
        let host = self.0.guest_memory.limit();
        // Half is left to the others.
        let live_memory = live_memory.unwrap_or(host / 2);
        let accounts = SkillAccounts {
            held: Account::new(id, "its runtime.max_held_mb", held, Some(&self.0.held)),
            memory: Account::new(
                id,
                "its runtime.max_live_memory_mb",
                live_memory,
                Some(&self.0.guest_memory),
            ),
            // A quarter is enough for one, and leaves some to the others.
            descriptors: Account::new(
                id,
                "its share of open files and sockets",
                self.0.descriptors.limit() / 4,
                Some(&self.0.descriptors),
            ),
        };
        let mut skills = self.0.skills.lock().unwrap_or_else(PoisonError::into_inner);
        skills.retain(|(_, usage)| usage.is_alive());
        skills.push((id.to_owned(), accounts.held.usage()));
        skills.push((id.to_owned(), accounts.memory.usage()));
        accounts
    }
}

/// The accounts of one deployed skill.
#[derive(Clone, Debug)]
pub struct SkillAccounts {
    /// What the host holds for it.
    pub held: Account,
    /// The memory of its instances.
    pub memory: Account,
    /// Its open files and sockets.
    pub descriptors: Account,
}
