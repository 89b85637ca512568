//! Keys and values of all skills in one redb file. It is open only while it is used and for a moment after: redb locks it,
//! and `luminarys call` must work beside a running server.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use redb::backends::InMemoryBackend;
use redb::{
    Database, DatabaseError, ReadableDatabase as _, ReadableTable, TableDefinition,
    WriteTransaction,
};
use thiserror::Error;

/// Values by namespace and key.
pub(crate) const VALUES: TableDefinition<'_, (&str, &str), &[u8]> = TableDefinition::new("values");
/// How many keys and bytes each namespace has.
pub(crate) const USAGE: TableDefinition<'_, &str, (u64, u64)> = TableDefinition::new("usage");

/// How long the file stays open after its last use.
const IDLE: Duration = Duration::from_millis(500);
/// How long to wait while another process has the file open.
const OPEN_TIMEOUT: Duration = Duration::from_secs(5);
/// How long to wait between two attempts to open the file.
const PAUSE: Duration = Duration::from_millis(25);

/// Reading or changing the database fails.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The namespace would hold more than it may. Nothing has changed.
    #[error(
        "the namespace would hold {bytes} bytes; the skill's permissions.store.max_mb allows {most}"
    )]
    TooLarge {
        /// How many bytes it would hold.
        bytes: u64,
        /// How many bytes it may hold.
        most: u64,
    },
    /// Another process keeps the file open.
    #[error("another process has kept the store open for {} s", OPEN_TIMEOUT.as_secs())]
    Busy,
    /// The file is damaged, or the disk fails.
    #[error("the store: {0}")]
    Database(#[source] redb::Error),
}

impl<E: Into<redb::Error>> From<E> for StoreError {
    fn from(error: E) -> Self {
        Self::Database(error.into())
    }
}

/// What a namespace holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// How many keys.
    pub keys: u64,
    /// The bytes of its keys and values.
    pub bytes: u64,
}

/// The keys and values of all skills. Cheap to clone.
#[derive(Clone)]
pub struct StoreDatabase(Arc<Inner>);

struct Inner {
    /// None: everything is kept in memory.
    path: Option<PathBuf>,
    open: Mutex<Option<(Arc<Database>, Instant)>>,
}

/// A change: a key, and its new value or none.
pub type Change = (String, Option<Vec<u8>>);

impl StoreDatabase {
    /// Keeps keys and values in `data_dir/store.redb`, which is created on first use, or else in memory.
    pub fn new(data_dir: Option<&Path>) -> Self {
        Self(Arc::new(Inner {
            path: data_dir.map(|data_dir| data_dir.join("store.redb")),
            open: Mutex::default(),
        }))
    }

    /// Returns the open database, opening it when necessary. Blocks.
    pub(crate) fn database(&self) -> Result<Arc<Database>, StoreError> {
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
                Err(DatabaseError::DatabaseAlreadyOpen) if begun.elapsed() < OPEN_TIMEOUT => {
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
                    // A function that is using it holds a reference.
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

    /// Returns the value of a key, or none. Blocks, as all of these functions.
    ///
    /// # Errors
    /// [`StoreError::Busy`] or [`StoreError::Database`].
    pub fn get(&self, namespace: &str, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
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

    /// Passes the keys that begin with `prefix` and come after `after`, in order and with their values, to `enough` until
    /// that returns true.
    ///
    /// # Errors
    /// [`StoreError::Busy`] or [`StoreError::Database`].
    pub fn each(
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

    /// Returns what a namespace holds.
    ///
    /// # Errors
    /// [`StoreError::Busy`] or [`StoreError::Database`].
    pub fn usage(&self, namespace: &str) -> Result<Usage, StoreError> {
        let database = self.database()?;
        let reading = database.begin_read()?;
        let table = match reading.open_table(USAGE) {
            Ok(table) => table,
            Err(redb::TableError::TableDoesNotExist(_)) => return Ok(Usage::default()),
            Err(error) => return Err(error.into()),
        };
        let (keys, bytes) = table.get(namespace)?.map_or((0, 0), |usage| usage.value());
        Ok(Usage { keys, bytes })
    }

    /// Makes all `changes` in one transaction if each key of `expected` has the value given there (none: is absent). Returns
    /// for each change whether the key existed before it, or none when a key of `expected` has another value.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] when the namespace would hold more than `most` bytes, [`StoreError::Busy`] or
    /// [`StoreError::Database`]; nothing has changed then.
    pub fn apply(
        &self,
        namespace: &str,
        most: u64,
        expected: &[Change],
        changes: &[Change],
    ) -> Result<Option<Vec<bool>>, StoreError> {
        let writing = self.database()?.begin_write()?;
        let before = try_changes(&writing, namespace, most, expected, changes)?;
        match before {
            Some(_) => writing.commit()?,
            None => writing.abort()?,
        }
        Ok(before)
    }
}

/// Makes changes in a transaction that the caller commits or aborts, as [`StoreDatabase::apply`] says.
pub(crate) fn try_changes(
    writing: &WriteTransaction,
    namespace: &str,
    most: u64,
    expected: &[Change],
    changes: &[Change],
) -> Result<Option<Vec<bool>>, StoreError> {
    {
        let values = writing.open_table(VALUES)?;
        for (key, value) in expected {
            let found = values.get((namespace, key.as_str()))?;
            if found.as_ref().map(|found| found.value()) != value.as_deref() {
                return Ok(None);
            }
        }
    }
    let (before, bytes) = make_changes(writing, namespace, changes)?;
    let grows = changes.iter().any(|(_, value)| value.is_some());
    if grows && bytes > most {
        return Err(StoreError::TooLarge { bytes, most });
    }
    Ok(Some(before))
}

/// Makes changes in a transaction. Returns for each whether the key existed before it, and how many bytes the namespace holds
/// after all.
pub(crate) fn make_changes(
    writing: &WriteTransaction,
    namespace: &str,
    changes: &[Change],
) -> Result<(Vec<bool>, u64), StoreError> {
    let mut before = Vec::new();
    let mut values = writing.open_table(VALUES)?;
    let mut usages = writing.open_table(USAGE)?;
    let (mut keys, mut bytes) = usages.get(namespace)?.map_or((0, 0), |usage| usage.value());
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
    usages.insert(namespace, (keys, bytes))?;
    Ok((before, bytes))
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use luminarys_testing::each_row;

    use super::*;

    fn set(key: &str, value: &str) -> Change {
        (key.to_owned(), Some(value.as_bytes().to_vec()))
    }

    fn usage(keys: u64, bytes: u64) -> Usage {
        Usage { keys, bytes }
    }

    #[test]
    fn changes_are_atomic_and_counted() {
        let directory = tempfile::tempdir().unwrap();
        let store = StoreDatabase::new(Some(directory.path()));
        assert_eq!(store.get("a", "k").unwrap(), None);
        let done = store.apply("a", 100, &[], &[set("k", "one"), set("l", "two")]);
        assert_eq!(done.unwrap(), Some(vec![false, false]));
        assert_eq!(store.usage("a").unwrap(), usage(2, 8));
        // An unexpected value, or too large: nothing has changed.
        let done = store.apply("a", 100, &[set("k", "other")], &[set("l", "x")]);
        assert_eq!(done.unwrap(), None);
        let done = store.apply("a", 100, &[], &[set("l", "x"), set("m", &"y".repeat(100))]);
        assert!(matches!(
            done,
            Err(StoreError::TooLarge {
                bytes: 107,
                most: 100
            })
        ));
        assert_eq!(store.get("a", "l").unwrap().as_deref(), Some(&b"two"[..]));
        assert_eq!(store.usage("a").unwrap(), usage(2, 8));
        let done = store.apply(
            "a",
            100,
            &[("z".to_owned(), None)],
            &[("k".to_owned(), None)],
        );
        assert_eq!(done.unwrap(), Some(vec![true]));
        assert_eq!(store.usage("a").unwrap(), usage(1, 4));
        assert_eq!(store.usage("b").unwrap(), usage(0, 0));
        // Another process can open it once this one is idle.
        let other = StoreDatabase::new(Some(directory.path()));
        assert_eq!(other.get("a", "l").unwrap().as_deref(), Some(&b"two"[..]));
    }

    #[test]
    fn a_damaged_file_is_an_error_with_its_source() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("store.redb"), "not a database").unwrap();
        let store = StoreDatabase::new(Some(directory.path()));
        let error = store.get("a", "k").unwrap_err();
        assert!(matches!(error, StoreError::Database(_)), "{error:?}");
        let source = error
            .source()
            .and_then(|it| it.downcast_ref::<redb::Error>());
        assert!(source.is_some(), "{error:?}");
    }

    #[test]
    fn keys_are_listed_by_prefix_and_from_a_key_on() {
        let store = StoreDatabase::new(None);
        let changes: Vec<Change> = ["a", "u/1", "u/2", "u/3", "v"]
            .iter()
            .map(|key| set(key, "x"))
            .collect();
        store.apply("n", 1000, &[], &changes).unwrap();
        store.apply("nn", 1000, &[], &changes).unwrap();
        let rows = [
            ("", None, "a u/1 u/2 u/3 v"),
            ("u/", None, "u/1 u/2 u/3"),
            ("u/", Some("u/1"), "u/2 u/3"),
            ("u/", Some("a"), "u/1 u/2 u/3"),
            ("u/", Some("u/3"), ""),
            ("w", None, ""),
        ];
        each_row(rows, |(prefix, after, expected)| {
            let mut keys = Vec::new();
            let mut take = |key: &str, _: &[u8]| {
                keys.push(key.to_owned());
                false
            };
            store.each("n", prefix, after, &mut take).unwrap();
            assert_eq!(keys.join(" "), expected, "{prefix} {after:?}");
        });
    }
}
