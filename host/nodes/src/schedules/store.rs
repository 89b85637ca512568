//! Keeps scheduled calls for the orchestrator.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use luminarys_cluster::{MAX_SHARED, NodeName, Replica};
use luminarys_orchestrator::{
    Abandoned, Schedule, ScheduleError, ScheduleName, ScheduleStore, ScheduledCall, Taken,
};
use tokio::runtime::Handle;

use crate::schedules::entries::{self, ADDED, MAKING, Made, WAITING, waiting};
use crate::schedules::makers::Makers;
use crate::schedules::taking::{Making, Taking, told};
use crate::state::Replicas;

/// How often to look for calls that other nodes have added or abandoned.
const INTERVAL: Duration = Duration::from_secs(3);
/// How many bytes the waiting calls of one skill may have: the rest of their namespace is for those that are being made.
const MAX_WAITING: u64 = MAX_SHARED / 2;
/// How long taking note of an end may keep the orchestrator waiting. It goes on after that.
const END: Duration = Duration::from_secs(10);

/// Scheduled calls that all nodes of a cluster keep together.
pub(crate) struct ClusterSchedules {
    replicas: Replicas,
    runtime: Handle,
    /// Set once the node has joined.
    taking: OnceLock<Arc<Taking>>,
    makers: Mutex<Makers>,
}

impl ClusterSchedules {
    /// Keeps calls in these namespaces. Must be called within a Tokio runtime; its functions must be called on other threads.
    pub fn new(replicas: Replicas) -> Self {
        Self {
            replicas,
            runtime: Handle::current(),
            taking: OnceLock::new(),
            makers: Mutex::default(),
        }
    }

    /// Takes note that the node has joined the cluster; later calls are ignored.
    pub fn join(&self, making: Making) {
        let taking = Taking::new(self.replicas.clone(), making);
        let _ = self.taking.set(Arc::new(taking));
    }

    fn taking(&self) -> Result<&Arc<Taking>, ScheduleError> {
        let cluster = self.replicas.cluster();
        self.taking.get().ok_or_else(|| {
            ScheduleError::Unavailable(format!(
                "the cluster {cluster} keeps scheduled calls, and this node is not part of it yet; its log says why"
            ))
        })
    }

    fn replica(&self, skill: &str) -> Result<Arc<Replica>, ScheduleError> {
        let replica = self.replicas.get(&entries::namespace(skill));
        replica.map_err(|reason| {
            ScheduleError::Unavailable(format!(
                "the scheduled calls of {skill} cannot be used: {reason}"
            ))
        })
    }

    /// Reads the calls of a skill whose keys begin with `prefix`: what `read` makes of them, in order of time.
    fn read<T: Send + 'static>(
        &self,
        skill: &str,
        prefix: &'static str,
        read: impl Fn(ScheduleName, &[u8]) -> Option<T> + Send + 'static,
    ) -> Result<Vec<T>, ScheduleError> {
        let replica = self.replica(skill)?;
        let of = skill.to_owned();
        let add = move |found: &mut Vec<T>, key: &str, value: &[u8]| {
            let id = key.strip_prefix(prefix).unwrap_or_default();
            found.extend(ScheduleName::parse(id, &of).and_then(|name| read(name, value)));
            false
        };
        let found = self
            .runtime
            .block_on(replica.each(prefix, None, Vec::new(), add));
        found.map_err(|error| told(skill, error))
    }
}

impl ScheduleStore for ClusterSchedules {
    /// Lists none while this node is not known to be a member: the others would think that it is gone.
    fn waiting(&self, skills: &[String]) -> Result<Vec<ScheduleName>, ScheduleError> {
        let Some(taking) = self.taking.get().filter(|taking| taking.is_member()) else {
            return Ok(Vec::new());
        };
        let mut names = taking.claimed();
        names.retain(|name| skills.iter().any(|skill| skill == name.skill()));
        for skill in skills {
            names.extend(self.read(skill, WAITING, |name, _| Some(name))?);
        }
        names.sort();
        names.dedup();
        Ok(names)
    }

    fn of(&self, skill: &str) -> Result<Vec<Schedule>, ScheduleError> {
        self.read(skill, WAITING, |name, value| {
            let call = entries::parse::<ScheduledCall>(value)?;
            Some(Schedule {
                id: name.id(),
                method: call.method,
                due: name.due(),
            })
        })
    }

    fn add(
        &self,
        skill: &str,
        due: u64,
        call: &ScheduledCall,
        most: u64,
    ) -> Result<String, ScheduleError> {
        let replica = self.replica(skill)?;
        let name = ScheduleName::new(due, skill)?;
        let text = serde_json::to_vec(call);
        let text = text.map_err(|error| ScheduleError::Broken(error.to_string()))?;
        loop {
            // Read first: if another node adds one after it, the number of added ones is another.
            let added = self.runtime.block_on(replica.get(ADDED));
            let added = added.map_err(|error| told(skill, error))?;
            let waits = self.read(skill, WAITING, |_, _| Some(()))?.len() as u64;
            if waits >= most {
                return Err(ScheduleError::Full(waits));
            }
            let next = next(added.as_deref());
            let expected = [(ADDED.to_owned(), added)];
            let changes = [
                (ADDED.to_owned(), Some(next)),
                (waiting(&name), Some(text.clone())),
            ];
            let applied = replica.apply(MAX_WAITING, &expected, &changes);
            let applied = self.runtime.block_on(applied);
            if applied.map_err(|error| told(skill, error))?.is_some() {
                return Ok(name.id());
            }
        }
    }

    fn remove(&self, skill: &str, id: &str) -> Result<bool, ScheduleError> {
        let Some(name) = ScheduleName::parse(id, skill) else {
            return Ok(false);
        };
        let replica = self.replica(skill)?;
        let changes = [(waiting(&name), None)];
        let removed = self
            .runtime
            .block_on(replica.apply(MAX_SHARED, &[], &changes));
        let removed = removed.map_err(|error| told(skill, error))?;
        Ok(removed.is_some_and(|before| before.contains(&true)))
    }

    fn take(&self, name: &ScheduleName) -> Result<Taken, ScheduleError> {
        let taking = self.taking()?;
        match taking.is_member() {
            true => self.runtime.block_on(taking.take(name)),
            false => Ok(Taken::Elsewhere),
        }
    }

    fn ended(&self, name: &ScheduleName) {
        let Some(taking) = self.taking.get().cloned() else {
            return;
        };
        let name = name.clone();
        let ending = self.runtime.spawn(async move { taking.end(&name).await });
        let waited = self
            .runtime
            .block_on(async { tokio::time::timeout(END, ending).await });
        if waited.is_err() {
            tracing::warn!("the end of a scheduled call cannot be noted yet; this is tried again");
        }
    }

    fn abandoned(&self, skills: &[String]) -> Result<Vec<Abandoned>, ScheduleError> {
        let Some(taking) = self.taking.get() else {
            return Ok(Vec::new());
        };
        let mut makers = self.makers.lock().unwrap_or_else(PoisonError::into_inner);
        if !taking.is_member() {
            makers.forget();
            return Ok(Vec::new());
        }
        let own = taking.own();
        let mut found: HashMap<(NodeName, String), Vec<Abandoned>> = HashMap::new();
        for skill in skills {
            for (name, made) in self.read(skill, MAKING, |name, value| {
                Some((name, entries::parse::<Made>(value)))
            })? {
                let Some(made) = made else {
                    let id = name.id();
                    tracing::error!(
                        skill,
                        id,
                        "what is kept of a scheduled call that a node makes is damaged, and is removed"
                    );
                    self.runtime.block_on(taking.discard(&name))?;
                    continue;
                };
                let abandoned = Abandoned {
                    name,
                    method: made.call.method,
                    node: made.node.to_string(),
                };
                let maker = (made.node, made.process);
                if maker != own {
                    found.entry(maker).or_default().push(abandoned);
                }
            }
        }
        let alive = taking.alive();
        let is_alive =
            |node: &NodeName, process: &str| alive.contains(&(node.clone(), process.to_owned()));
        let gone = makers.gone(found.keys().cloned(), is_alive, Instant::now());
        let mut abandoned: Vec<_> = gone
            .iter()
            .filter_map(|maker| found.remove(maker))
            .flatten()
            .collect();
        abandoned.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(abandoned)
    }

    fn take_over(&self, abandoned: &Abandoned) -> Result<Taken, ScheduleError> {
        self.runtime.block_on(self.taking()?.take_over(abandoned))
    }

    fn give_up(&self, abandoned: &Abandoned) -> Result<bool, ScheduleError> {
        self.runtime.block_on(self.taking()?.give_up(abandoned))
    }

    fn interval(&self) -> Duration {
        INTERVAL
    }
}

/// Returns the number behind `added`. What is not a number counts as none: any other value would do.
fn next(added: Option<&[u8]>) -> Vec<u8> {
    let number = added.and_then(|bytes| std::str::from_utf8(bytes).ok()?.parse::<u64>().ok());
    number
        .map_or(1, |number| number.wrapping_add(1))
        .to_string()
        .into_bytes()
}
