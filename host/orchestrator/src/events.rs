//! Subscriptions, and events on their way to the skills that listen.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use luminarys_grants::pattern::Pattern;
use luminarys_runtime::{CallContext, Event, Offered};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio_util::task::task_tracker::TaskTrackerToken;

use crate::{Orchestrator, Origin, offered};

/// Subscriptions of one skill.
pub(crate) const MAX_SUBSCRIPTIONS: usize = 100;
/// Events that wait for one skill.
const QUEUE: usize = 1_000;
const MAX_FILE: u64 = 1 << 20;
const FILE: &str = "subscriptions.json";

type BySkill = BTreeMap<String, BTreeMap<String, String>>;

/// All subscriptions, and the queues of those that are told something.
pub(crate) struct Events {
    /// Pattern to method, by skill.
    subscriptions: Mutex<BySkill>,
    dir: Option<Dir>,
    queues: Mutex<HashMap<String, Sender<Delivery>>>,
}

/// An event on its way to a method.
pub(crate) struct Delivery {
    event: Arc<Event>,
    method: String,
    /// Keeps a host that ends from forgetting it.
    _pending: TaskTrackerToken,
}

impl Events {
    /// With the subscriptions kept in `data_dir`; without one they end with the process.
    ///
    /// # Errors
    /// The operating system's; a file that is not as it was written is an error too, since it would be lost.
    pub fn open(data_dir: Option<&Path>) -> io::Result<Self> {
        let mut subscriptions = BySkill::new();
        let mut dir = None;
        if let Some(path) = data_dir {
            std::fs::create_dir_all(path)?;
            let opened = Dir::open_ambient_dir(path, ambient_authority())?;
            subscriptions = read(&opened)?;
            dir = Some(opened);
        }
        Ok(Self {
            subscriptions: Mutex::new(subscriptions),
            dir,
            queues: Mutex::default(),
        })
    }

    /// Those of one skill: patterns and methods.
    pub fn of(&self, skill: &str) -> Vec<(String, String)> {
        let all = self.lock();
        let own = all.get(skill).into_iter().flatten();
        own.map(|(pattern, method)| (pattern.clone(), method.clone()))
            .collect()
    }

    /// Adds or replaces one.
    ///
    /// # Errors
    /// The operating system's; nothing has changed then.
    pub fn add(&self, skill: &str, pattern: &str, method: &str) -> io::Result<()> {
        self.change(|all| {
            let own = all.entry(skill.to_owned()).or_default();
            own.insert(pattern.to_owned(), method.to_owned());
        })
    }

    /// Removes one; whether it was there.
    ///
    /// # Errors
    /// The operating system's; nothing has changed then.
    pub fn remove(&self, skill: &str, pattern: &str) -> io::Result<bool> {
        let mut found = false;
        self.change(|all| {
            if let Some(own) = all.get_mut(skill) {
                found = own.remove(pattern).is_some();
            }
            all.retain(|_, own| !own.is_empty());
        })?;
        Ok(found)
    }

    /// The skills and methods to be told of `topic`.
    fn listeners(&self, topic: &str) -> Vec<(String, String)> {
        let all = self.lock();
        let each = all.iter().flat_map(|(skill, own)| {
            own.iter().filter_map(move |(pattern, method)| {
                let matches = Pattern::new(pattern).ok()?.matches(topic);
                matches.then(|| (skill.clone(), method.clone()))
            })
        });
        each.collect()
    }

    /// Puts an event into the queue of every skill that listens and may; how many. Must be called within a Tokio
    /// runtime.
    pub fn emit(&self, orchestrator: &Orchestrator, event: Event) -> u32 {
        let event = Arc::new(event);
        let registry = orchestrator.registry();
        let mut told = 0;
        for (skill, method) in self.listeners(&event.topic) {
            let running = registry
                .entry(&skill)
                .and_then(|entry| entry.deployed.as_ref());
            let allowed = |topic: &str| {
                running.is_some_and(|it| it.skill.grants().events.decide_subscribe(topic).is_ok())
            };
            // The manifest may have changed since it subscribed.
            if !allowed(&event.topic) {
                continue;
            }
            let delivery = Delivery {
                event: event.clone(),
                method,
                _pending: orchestrator.0.deliveries.token(),
            };
            if self.queue(orchestrator, &skill).try_send(delivery).is_ok() {
                told += 1;
            } else {
                tracing::warn!(
                    skill,
                    topic = event.topic,
                    "an event is lost: {QUEUE} wait already"
                );
            }
        }
        told
    }

    fn queue(&self, orchestrator: &Orchestrator, skill: &str) -> Sender<Delivery> {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        let queue = queues.entry(skill.to_owned()).or_insert_with(|| {
            let (sender, receiver) = channel(QUEUE);
            let weak = Arc::downgrade(&orchestrator.0);
            tokio::spawn(deliver(weak, skill.to_owned(), receiver));
            sender
        });
        queue.clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BySkill> {
        self.subscriptions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes what is kept, on disk first. Another host on this directory may have changed it as well.
    fn change(&self, change: impl FnOnce(&mut BySkill)) -> io::Result<()> {
        let mut own = self.lock();
        let mut next = match &self.dir {
            Some(dir) => read(dir)?,
            None => own.clone(),
        };
        change(&mut next);
        if let Some(dir) = &self.dir {
            let mut file = cap_tempfile::TempFile::new(dir)?;
            file.write_all(&serde_json::to_vec_pretty(&next)?)?;
            file.as_file().sync_all()?;
            file.replace(FILE)?;
        }
        *own = next;
        Ok(())
    }
}

fn read(dir: &Dir) -> io::Result<BySkill> {
    let file = match luminarys_files::open_in(dir, FILE) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BySkill::new()),
        other => other?,
    };
    let mut bytes = Vec::new();
    file.take(MAX_FILE).read_to_end(&mut bytes)?;
    serde_json::from_slice(&bytes).map_err(|error| io::Error::other(format!("{FILE}: {error}")))
}

/// Calls the methods of one skill, one after the other.
async fn deliver(
    inner: std::sync::Weak<crate::orchestrator::Inner>,
    skill: String,
    mut queue: Receiver<Delivery>,
) {
    while let Some(delivery) = queue.recv().await {
        let Some(inner) = inner.upgrade() else { return };
        let orchestrator = Orchestrator(inner);
        let (event, method) = (&delivery.event, delivery.method.as_str());
        let mut context = CallContext::new("");
        context.trace_id = event.trace_id.clone();
        context.depth = event.depth;
        let offered = vec![
            ("topic", Offered::Text(event.topic.clone())),
            ("source", Offered::Text(event.source.clone())),
            ("payload", Offered::Json(event.payload.clone())),
        ];
        let arguments = offered::arguments(&orchestrator, &skill, method, offered);
        let origin = Origin::Skill(skill.clone());
        let call = orchestrator.invoke(origin, &skill, method, arguments, context);
        if let Err(error) = call.await {
            let topic = &event.topic;
            tracing::warn!(skill, method, topic, "an event was not taken: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subscriptions_are_kept_and_matched() {
        let dir = tempfile::tempdir().unwrap();
        let events = Events::open(Some(dir.path())).unwrap();
        events.add("a", "orders/**", "on_order").unwrap();
        events.add("a", "orders/**", "on_any").unwrap();
        events.add("b", "orders/*", "on_one").unwrap();
        let again = Events::open(Some(dir.path())).unwrap();
        assert_eq!(
            again.of("a"),
            [("orders/**".to_owned(), "on_any".to_owned())]
        );
        let names = |topic| {
            again
                .listeners(topic)
                .into_iter()
                .map(|(skill, _)| skill)
                .collect::<Vec<_>>()
        };
        assert_eq!(names("orders/new"), ["a", "b"]);
        assert_eq!(names("orders/new/x"), ["a"]);
        assert!(names("other").is_empty());
        assert!(again.remove("a", "orders/**").unwrap());
        assert!(!again.remove("a", "orders/**").unwrap());
        assert_eq!(names("orders/new"), ["b"]);
        std::fs::write(dir.path().join(FILE), "{").unwrap();
        assert!(Events::open(Some(dir.path())).is_err());
        assert!(
            again.add("a", "x", "y").is_err(),
            "what cannot be read is not overwritten"
        );
    }
}
