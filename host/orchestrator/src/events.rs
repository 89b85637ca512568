//! Subscriptions of skills to events.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use tokio::sync::watch;

use crate::queue::Queues;
use crate::topics::TopicPattern;

/// Subscriptions of one skill.
pub(crate) const MAX_SUBSCRIPTIONS: usize = 100;
const MAX_FILE: u64 = 1 << 20;
const FILE: &str = "subscriptions.json";
/// The name that a damaged file is renamed to, replacing an earlier one.
const DAMAGED: &str = "subscriptions.damaged.json";
/// The files in the data directory.
pub(crate) const FILES: [&str; 2] = [FILE, DAMAGED];

/// The stored form: pattern to method, by skill.
type Written = BTreeMap<String, BTreeMap<String, String>>;

/// By skill and pattern.
type BySkill = BTreeMap<String, BTreeMap<String, Subscription>>;

/// The method to call for topics that match a pattern, which may be invalid in an edited file.
#[derive(Clone)]
struct Subscription {
    method: String,
    topics: TopicPattern,
}

impl Subscription {
    fn new(pattern: &str, method: String) -> Self {
        Self {
            method,
            topics: TopicPattern::new(pattern),
        }
    }
}

/// All subscriptions, and the queues of subscribed skills.
pub(crate) struct Events {
    subscriptions: Mutex<BySkill>,
    dir: Option<Dir>,
    /// Counts changes.
    pub changed: watch::Sender<u64>,
    pub queues: Queues,
}

impl Events {
    /// Opens the subscriptions stored in `data_dir`; without one they end with the process. A damaged file is renamed.
    ///
    /// # Errors
    /// The operating system's error.
    pub fn open(data_dir: Option<&Path>) -> io::Result<Self> {
        let mut subscriptions = BySkill::new();
        let mut dir = None;
        if let Some(path) = data_dir {
            std::fs::create_dir_all(path)?;
            let opened = Dir::open_ambient_dir(path, ambient_authority())?;
            subscriptions = compile(read(&opened)?, &BySkill::new());
            dir = Some(opened);
        }
        Ok(Self {
            subscriptions: Mutex::new(subscriptions),
            dir,
            changed: watch::Sender::new(0),
            queues: Queues::default(),
        })
    }

    /// Returns those of one skill: patterns and methods.
    pub fn of(&self, skill: &str) -> Vec<(String, String)> {
        let all = self.lock();
        let own = all.get(skill).into_iter().flatten();
        own.map(|(pattern, one)| (pattern.clone(), one.method.clone()))
            .collect()
    }

    /// Adds or replaces one. If the file would be too large, those of skills that are not `known` are removed.
    ///
    /// # Errors
    /// The operating system's error, or too many subscriptions; nothing is changed then.
    pub fn add(
        &self,
        skill: &str,
        pattern: &str,
        method: &str,
        known: impl Fn(&str) -> bool,
    ) -> io::Result<()> {
        self.change(known, |all| {
            let own = all.entry(skill.to_owned()).or_default();
            let new = Subscription::new(pattern, method.to_owned());
            own.insert(pattern.to_owned(), new);
        })
    }

    /// Removes one, and returns whether it existed.
    ///
    /// # Errors
    /// The operating system's error; nothing is changed then.
    pub fn remove(&self, skill: &str, pattern: &str) -> io::Result<bool> {
        let mut found = false;
        let known = |_: &str| true;
        self.change(known, |all| {
            if let Some(own) = all.get_mut(skill) {
                found = own.remove(pattern).is_some();
            }
            all.retain(|_, own| !own.is_empty());
        })?;
        Ok(found)
    }

    /// Returns the patterns that each skill is subscribed to.
    pub fn patterns(&self) -> BTreeMap<String, Vec<String>> {
        let all = self.lock();
        let each = all.iter();
        each.map(|(skill, own)| (skill.clone(), own.keys().cloned().collect()))
            .collect()
    }

    /// Returns the skills and methods subscribed to `topic`.
    pub fn listeners(&self, topic: &str) -> Vec<(String, String)> {
        let all = self.lock();
        let each = all.iter().flat_map(|(skill, own)| {
            let matching = own.values().filter(|one| one.topics.matches(topic));
            matching.map(|one| (skill.clone(), one.method.clone()))
        });
        each.collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BySkill> {
        self.subscriptions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the subscriptions, on disk first. Another host may share the file.
    fn change(
        &self,
        known: impl Fn(&str) -> bool,
        change: impl FnOnce(&mut BySkill),
    ) -> io::Result<()> {
        let mut own = self.lock();
        let mut next = match &self.dir {
            Some(dir) => compile(read(dir)?, &own),
            None => own.clone(),
        };
        change(&mut next);
        if let Some(dir) = &self.dir {
            let mut text = serde_json::to_vec_pretty(&written(&next))?;
            if text.len() as u64 > MAX_FILE {
                next.retain(|skill, _| known(skill));
                text = serde_json::to_vec_pretty(&written(&next))?;
            }
            if text.len() as u64 > MAX_FILE {
                let text = format!(
                    "{FILE} would exceed {MAX_FILE} bytes; there are too many subscriptions"
                );
                return Err(io::Error::other(text));
            }
            let mut file = cap_tempfile::TempFile::new(dir)?;
            file.write_all(&text)?;
            file.as_file().sync_all()?;
            file.replace(FILE)?;
        }
        *own = next;
        self.changed.send_modify(|changes| *changes += 1);
        Ok(())
    }
}

/// Compiles the patterns, and reuses those of `known`.
fn compile(written: Written, known: &BySkill) -> BySkill {
    let one = |skill: &str, pattern: &str, method: String| {
        let known = known.get(skill).and_then(|own| own.get(pattern));
        match known {
            Some(known) => Subscription {
                method,
                ..known.clone()
            },
            None => Subscription::new(pattern, method),
        }
    };
    let all = written.into_iter().map(|(skill, own)| {
        let own = own.into_iter().map(|(pattern, method)| {
            let subscription = one(&skill, &pattern, method);
            (pattern, subscription)
        });
        let own = own.collect();
        (skill, own)
    });
    all.collect()
}

fn written(all: &BySkill) -> Written {
    let own = |own: &BTreeMap<String, Subscription>| {
        let each = own.iter();
        each.map(|(pattern, one)| (pattern.clone(), one.method.clone()))
            .collect()
    };
    all.iter()
        .map(|(skill, subscriptions)| (skill.clone(), own(subscriptions)))
        .collect()
}

/// Reads the file. A damaged one is renamed and logged, so that it costs the
/// subscriptions in it but does not keep the host from starting.
///
/// # Errors
/// The operating system's error.
fn read(dir: &Dir) -> io::Result<Written> {
    let file = match luminarys_files::open_in(dir, FILE) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Written::new()),
        other => other?,
    };
    let mut bytes = Vec::new();
    file.take(MAX_FILE + 1).read_to_end(&mut bytes)?;
    let wrong = match serde_json::from_slice(&bytes) {
        _ if bytes.len() as u64 > MAX_FILE => format!("it exceeds {MAX_FILE} bytes"),
        Ok(written) => return Ok(written),
        Err(error) => error.to_string(),
    };
    dir.rename(FILE, dir, DAMAGED)?;
    tracing::error!(
        "{FILE} in the data directory is damaged ({wrong}) and was renamed to {DAMAGED}; skills must subscribe to events again"
    );
    Ok(Written::new())
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn subscriptions_are_kept_and_matched() {
        let dir = tempfile::tempdir().unwrap();
        let events = Events::open(Some(dir.path())).unwrap();
        let all = |_: &str| true;
        events.add("a", "orders/**", "on_order", all).unwrap();
        events.add("a", "orders/**", "on_any", all).unwrap();
        events.add("b", "orders/*", "on_one", all).unwrap();
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
    }

    #[test]
    fn a_damaged_file_is_renamed() {
        let large = format!("{{}}{}", " ".repeat(MAX_FILE as usize));
        let rows = ["{", "[]", "\u{0}", r#"{"a": {"x": 1}}"#, &large];
        each_row(rows, |damaged| {
            let dir = tempfile::tempdir().unwrap();
            let path = |name| dir.path().join(name);
            std::fs::write(path(FILE), damaged).unwrap();
            let events = Events::open(Some(dir.path())).unwrap();
            assert!(events.listeners("x").is_empty());
            assert_eq!(std::fs::read_to_string(path(DAMAGED)).unwrap(), damaged);
            // It may be damaged while the host runs.
            events.add("a", "x", "one", |_| true).unwrap();
            std::fs::write(path(FILE), damaged).unwrap();
            events.add("a", "y", "two", |_| true).unwrap();
            let again = Events::open(Some(dir.path())).unwrap();
            assert_eq!(again.of("a"), [("y".to_owned(), "two".to_owned())]);
        });
    }

    #[test]
    fn subscriptions_of_removed_skills_make_room() {
        let dir = tempfile::tempdir().unwrap();
        let own: BTreeMap<String, String> = (0..100)
            .map(|number| (format!("{number:0200}"), "x".to_owned()))
            .collect();
        let full = |skills: u32| -> Written {
            let each = (0..skills).map(|skill| (format!("gone{skill}"), own.clone()));
            each.collect()
        };
        let size = |it: &Written| serde_json::to_vec_pretty(it).unwrap().len() as u64;
        let most = (1..).take_while(|it| size(&full(*it)) <= MAX_FILE).last();
        let text = serde_json::to_vec(&full(most.unwrap())).unwrap();
        std::fs::write(dir.path().join(FILE), text).unwrap();
        let events = Events::open(Some(dir.path())).unwrap();
        let long = "n".repeat(30_000);
        let add = |known: fn(&str) -> bool| events.add("a", &long, "x", known);
        assert!(add(|_| true).is_err());
        assert_eq!((events.of("gone0").len(), events.of("a").len()), (100, 0));
        assert!(add(|skill| skill == "a").is_ok());
        assert_eq!((events.of("gone0").len(), events.of("a").len()), (0, 1));
    }
}
