//! One redb file for all skills. It is open while it is used and for a moment after: redb locks it, and `luminarys call` must
//! work beside a running server.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use redb::backends::InMemoryBackend;
use redb::{Database, DatabaseError, ReadableDatabase as _, ReadableTable, TableDefinition};
use thiserror::Error;

/// Namespace and key.
const VALUES: TableDefinition<'_, (&str, &str), &[u8]> = TableDefinition::new("values");
/// Keys and bytes of each namespace.
const USAGE: TableDefinition<'_, &str, (u64, u64)> = TableDefinition::new("usage");

/// How long the file stays open unused.
const IDLE: Duration = Duration::from_millis(500);
/// How long another process is waited for.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(25);

/// How the store fails.
#[derive(Debug, Error)]
pub(crate) enum StoreError {
    /// The namespace would become too large.
    #[error("{0}")]
    TooLarge(String),
    /// Another process keeps the file.
    #[error("another process has kept the store open for {} s", PATIENCE.as_secs())]
    Busy,
    /// The file is damaged, or the disk refuses.
    #[error("the store: {0}")]
    Database(String),
}

impl<E: Into<redb::Error>> From<E> for StoreError {
    fn from(error: E) -> Self {
        Self::Database(error.into().to_string())
    }
}

/// Every skill's keys. Cheap to clone.
#[derive(Clone)]
pub(crate) struct StoreDatabase(Arc<Inner>);

struct Inner {
    /// None keeps everything in memory.
    path: Option<PathBuf>,
    open: Mutex<Option<(Arc<Database>, Instant)>>,
}

/// A change: a key, and its new value or none.
pub(super) type Change = (String, Option<Vec<u8>>);
/// A key and its value.
pub(super) type Pair = (String, Vec<u8>);

impl StoreDatabase {
    /// In `data_dir/store.redb`, which is made when first used; or in memory.
    pub fn new(data_dir: Option<&Path>) -> Self {
        Self(Arc::new(Inner {
            path: data_dir.map(|data_dir| data_dir.join("store.redb")),
            open: Mutex::default(),
        }))
    }

    /// The open database. Blocking.
    fn database(&self) -> Result<Arc<Database>, StoreError> {
        let mut open = self.0.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((database, used)) = open.as_mut() {
            *used = Instant::now();
            return Ok(database.clone());
        }
        let database = Arc::new(self.open()?);
        *open = Some((database.clone(), Instant::now()));
        drop(open);
        if self.0.path.is_some() {
            self.close_when_idle();
        }
        Ok(database)
    }

    fn open(&self) -> Result<Database, StoreError> {
        let Some(path) = &self.0.path else {
            return Ok(Database::builder().create_with_backend(InMemoryBackend::new())?);
        };
        let begun = Instant::now();
        loop {
            match Database::create(path) {
                Ok(database) => return Ok(database),
                Err(DatabaseError::DatabaseAlreadyOpen) if begun.elapsed() < PATIENCE => {
                    std::thread::sleep(PAUSE);
                }
                Err(DatabaseError::DatabaseAlreadyOpen) => return Err(StoreError::Busy),
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn close_when_idle(&self) {
        let inner = Arc::downgrade(&self.0);
        std::thread::spawn(move || {
            loop {
                std::thread::sleep(IDLE);
                let Some(inner) = inner.upgrade() else {
                    return;
                };
                let mut open = inner.open.lock().unwrap_or_else(PoisonError::into_inner);
                match open.as_ref() {
                    // Whoever uses it at this moment holds it too.
                    Some((database, used))
                        if used.elapsed() < IDLE || Arc::strong_count(database) > 1 => {}
                    _ => {
                        *open = None;
                        return;
                    }
                }
            }
        });
    }

    /// The value of a key. Blocking, as all of these.
    pub(super) fn get(&self, namespace: &str, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let database = self.database()?;
        let reading = database.begin_read()?;
        let table = match reading.open_table(VALUES) {
            Ok(table) => table,
            Err(redb::TableError::TableDoesNotExist(_)) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        Ok(table
            .get((namespace, key))?
            .map(|value| value.value().to_vec()))
    }

    /// Keys and values from `first` on that begin with `prefix`, until `enough` says so.
    pub(super) fn each(
        &self,
        namespace: &str,
        prefix: &str,
        after: Option<&str>,
        enough: &mut dyn FnMut(&str, &[u8]) -> bool,
    ) -> Result<(), StoreError> {
        let database = self.database()?;
        let reading = database.begin_read()?;
        let table = match reading.open_table(VALUES) {
            Ok(table) => table,
            Err(redb::TableError::TableDoesNotExist(_)) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let start = after.filter(|after| *after >= prefix).unwrap_or(prefix);
        for found in table.range((namespace, start)..)? {
            let (place, value) = found?;
            let (space, key) = place.value();
            if space != namespace || !key.starts_with(prefix) {
                break;
            }
            if after == Some(key) {
                continue;
            }
            if enough(key, value.value()) {
                break;
            }
        }
        Ok(())
    }

    /// Keys and bytes of a namespace.
    pub(super) fn usage(&self, namespace: &str) -> Result<(u64, u64), StoreError> {
        let database = self.database()?;
        let reading = database.begin_read()?;
        let table = match reading.open_table(USAGE) {
            Ok(table) => table,
            Err(redb::TableError::TableDoesNotExist(_)) => return Ok((0, 0)),
            Err(error) => return Err(error.into()),
        };
        Ok(table.get(namespace)?.map_or((0, 0), |usage| usage.value()))
    }

    /// Carries out `changes` if all of `expected` is so; for each change, whether the key was there before. None when
    /// something was not as expected.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] beyond `most` bytes; nothing has changed then.
    pub(super) fn apply(
        &self,
        namespace: &str,
        most: u64,
        expected: &[Change],
        changes: &[Change],
    ) -> Result<Option<Vec<bool>>, StoreError> {
        let database = self.database()?;
        let writing = database.begin_write()?;
        let mut before = Vec::new();
        {
            let mut values = writing.open_table(VALUES)?;
            let mut usages = writing.open_table(USAGE)?;
            for (key, value) in expected {
                let found = values.get((namespace, key.as_str()))?;
                if found.as_ref().map(|found| found.value()) != value.as_deref() {
                    drop(found);
                    drop((values, usages));
                    writing.abort()?;
                    return Ok(None);
                }
            }
            let (mut keys, mut bytes) =
                usages.get(namespace)?.map_or((0, 0), |usage| usage.value());
            for (key, value) in changes {
                let place = (namespace, key.as_str());
                let size = |value: &[u8]| (key.len() + value.len()) as u64;
                let old = match value {
                    Some(value) => {
                        keys += 1;
                        bytes += size(value);
                        values.insert(place, value.as_slice())?
                    }
                    None => values.remove(place)?,
                };
                before.push(old.is_some());
                if let Some(old) = old {
                    keys -= 1;
                    bytes -= size(old.value());
                }
            }
            let grows = changes.iter().any(|(_, value)| value.is_some());
            if grows && bytes > most {
                return Err(StoreError::TooLarge(format!(
                    "the namespace would hold {bytes} bytes; the skill's permissions.store.max_mb allows {most}"
                )));
            }
            usages.insert(namespace, (keys, bytes))?;
        }
        writing.commit()?;
        Ok(Some(before))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(key: &str, value: &str) -> Change {
        (key.to_owned(), Some(value.as_bytes().to_vec()))
    }

    #[test]
    fn changes_happen_as_a_whole_and_are_counted() {
        let directory = tempfile::tempdir().unwrap();
        let store = StoreDatabase::new(Some(directory.path()));
        assert_eq!(store.get("a", "k").unwrap(), None);
        let done = store.apply("a", 100, &[], &[set("k", "one"), set("l", "two")]);
        assert_eq!(done.unwrap(), Some(vec![false, false]));
        assert_eq!(store.usage("a").unwrap(), (2, 8));
        // Not as expected, and too large: nothing has changed.
        let done = store.apply("a", 100, &[set("k", "other")], &[set("l", "x")]);
        assert_eq!(done.unwrap(), None);
        let done = store.apply("a", 100, &[], &[set("l", "x"), set("m", &"y".repeat(100))]);
        assert!(matches!(done, Err(StoreError::TooLarge(_))));
        assert_eq!(store.get("a", "l").unwrap().as_deref(), Some(&b"two"[..]));
        assert_eq!(store.usage("a").unwrap(), (2, 8));
        let done = store.apply(
            "a",
            100,
            &[("z".to_owned(), None)],
            &[("k".to_owned(), None)],
        );
        assert_eq!(done.unwrap(), Some(vec![true]));
        assert_eq!(store.usage("a").unwrap(), (1, 4));
        assert_eq!(store.usage("b").unwrap(), (0, 0));
        // Another process gets in once this one has rested.
        let other = StoreDatabase::new(Some(directory.path()));
        assert_eq!(other.get("a", "l").unwrap().as_deref(), Some(&b"two"[..]));
    }

    #[test]
    fn pages() {
        let store = StoreDatabase::new(None);
        let changes: Vec<Change> = ["a", "u/1", "u/2", "u/3", "v"]
            .iter()
            .map(|key| set(key, "x"))
            .collect();
        store.apply("n", 1000, &[], &changes).unwrap();
        store.apply("nn", 1000, &[], &changes).unwrap();
        for (prefix, after, expected) in [
            ("", None, "a u/1 u/2 u/3 v"),
            ("u/", None, "u/1 u/2 u/3"),
            ("u/", Some("u/1"), "u/2 u/3"),
            ("u/", Some("a"), "u/1 u/2 u/3"),
            ("u/", Some("u/3"), ""),
            ("w", None, ""),
        ] {
            let mut keys = Vec::new();
            let mut take = |key: &str, _: &[u8]| {
                keys.push(key.to_owned());
                false
            };
            store.each("n", prefix, after, &mut take).unwrap();
            assert_eq!(keys.join(" "), expected, "{prefix} {after:?}");
        }
    }
}
