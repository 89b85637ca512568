//! Small data that skills keep across calls and restarts: one file for each skill and kind beneath the data directory,
//! replaced atomically. Files rather than a database, so that `luminarys call` works beside a running server.

use std::collections::HashMap;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use thiserror::Error;

/// The largest state of one skill, in bytes.
pub const MAX_STATE_BYTES: usize = 1 << 20;
/// The most bytes read of a file.
const MAX_KEPT_BYTES: u64 = 16 << 20;

/// How long a change of the same file by another thread or process is waited for.
const LOCK_TIMEOUT: Duration = Duration::from_secs(5);
/// How long to wait between two attempts to lock.
const PAUSE: Duration = Duration::from_millis(2);

/// The directory of states cannot be used.
#[derive(Debug, Error)]
#[error("the skills' state at {} cannot be opened: {source}; check its permissions or remove it", .path.display())]
pub struct StateError {
    /// The directory.
    pub path: PathBuf,
    /// What the operating system reports.
    pub source: io::Error,
}

/// The states of all skills. Cheap to clone.
#[derive(Clone)]
pub struct StateStore {
    place: Arc<Place>,
}

/// What is kept for a skill. Each kind is a file of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The state that the skill sets itself.
    State,
    /// Its cookies.
    Cookies,
    /// What it has spent on language models.
    Spent,
}

enum Place {
    /// Files in a directory, and the states that were read last.
    Directory(Dir, Mutex<HashMap<String, Known>>),
    Memory(Mutex<HashMap<(Kind, String), Vec<u8>>>),
}

/// A state that was read, and the version of the file that it was read from: another process may have replaced that since.
struct Known {
    stamp: Stamp,
    bytes: Vec<u8>,
}

/// Tells versions of a file apart: each is a new file.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    seconds: i64,
    nanoseconds: u64,
    size: u64,
}

impl From<rustix::fs::Stat> for Stamp {
    fn from(stat: rustix::fs::Stat) -> Self {
        Self {
            inode: stat.st_ino,
            seconds: stat.st_mtime,
            nanoseconds: stat.st_mtime_nsec,
            size: stat.st_size.unsigned_abs(),
        }
    }
}

/// Returns the version of the file `name` in `dir`, without following a link. Runs at every call of a skill that keeps state.
fn stat(dir: &Dir, name: &str) -> io::Result<Stamp> {
    let stat = rustix::fs::statat(dir, name, rustix::fs::AtFlags::SYMLINK_NOFOLLOW)?;
    Ok(stat.into())
}

impl StateStore {
    /// Keeps states in `data_dir/state`, which is created when absent.
    ///
    /// # Errors
    /// [`StateError`] when the directory cannot be created or opened.
    pub fn open(data_dir: &Path) -> Result<Self, StateError> {
        let path = data_dir.join("state");
        let failed = |source| StateError {
            path: path.clone(),
            source,
        };
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path).map_err(failed)?;
        let dir = Dir::open_ambient_dir(&path, ambient_authority()).map_err(failed)?;
        Ok(Self {
            place: Arc::new(Place::Directory(dir, Mutex::default())),
        })
    }

    /// Keeps states until the process ends.
    pub fn in_memory() -> Self {
        Self {
            place: Arc::new(Place::Memory(Mutex::default())),
        }
    }

    /// Returns what is kept for skill `id`; empty when there is nothing. Blocks.
    ///
    /// # Errors
    /// The operating system's, when the file cannot be read.
    pub fn get(&self, kind: Kind, id: &str) -> io::Result<Vec<u8>> {
        match &*self.place {
            Place::Memory(map) => Ok(map
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .get(&(kind, id.to_owned()))
                .cloned()
                .unwrap_or_default()),
            Place::Directory(dir, known) => {
                match luminarys_files::open_in(dir, file_name(kind, id)) {
                    Ok(file) => {
                        let stamp = rustix::fs::fstat(&file)?.into();
                        let mut state = Vec::new();
                        file.take(MAX_KEPT_BYTES).read_to_end(&mut state)?;
                        if kind == Kind::State {
                            let bytes = state.clone();
                            let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
                            known.insert(id.to_owned(), Known { stamp, bytes });
                        }
                        Ok(state)
                    }
                    Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
                    Err(error) => Err(error),
                }
            }
        }
    }

    /// Returns the state of skill `id` if it is known without reading the file: the file is absent, or unchanged since it was
    /// last read. Does not block for long.
    pub fn peek(&self, id: &str) -> Option<Vec<u8>> {
        let Place::Directory(dir, known) = &*self.place else {
            return self.get(Kind::State, id).ok();
        };
        match stat(dir, &file_name(Kind::State, id)) {
            Ok(stamp) => {
                let known = known.lock().unwrap_or_else(PoisonError::into_inner);
                let known = known.get(id)?;
                (known.stamp == stamp).then(|| known.bytes.clone())
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Some(Vec::new()),
            Err(_) => None,
        }
    }

    /// Replaces what is kept for skill `id`, durably; empty bytes remove it. The caller has checked the size. Blocks.
    ///
    /// # Errors
    /// The operating system's; what was kept is then unchanged.
    pub fn set(&self, kind: Kind, id: &str, state: &[u8]) -> io::Result<()> {
        match &*self.place {
            Place::Memory(map) => {
                map.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .insert((kind, id.to_owned()), state.to_vec());
                Ok(())
            }
            Place::Directory(dir, _) if state.is_empty() => {
                match dir.remove_file(file_name(kind, id)) {
                    Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
                    _ => Ok(()),
                }
            }
            Place::Directory(dir, _) => {
                let mut file = cap_tempfile::TempFile::new(dir)?;
                file.write_all(state)?;
                file.as_file().sync_all()?;
                file.replace(file_name(kind, id))
            }
        }
    }

    /// Replaces what is kept for skill `id` by what `change` returns for it, under a lock that excludes other `update`s in this
    /// process and others. Blocks.
    ///
    /// # Errors
    /// That of `change`, or the operating system's; what was kept is then unchanged.
    pub fn update<E: From<io::Error>>(
        &self,
        kind: Kind,
        id: &str,
        change: impl FnOnce(Vec<u8>) -> Result<Vec<u8>, E>,
    ) -> Result<(), E> {
        match &*self.place {
            Place::Memory(map) => {
                let mut map = map.lock().unwrap_or_else(PoisonError::into_inner);
                let kept = map.entry((kind, id.to_owned())).or_default();
                *kept = change(kept.clone())?;
                Ok(())
            }
            Place::Directory(dir, _) => {
                let _lock = lock(dir, &format!("{}.lock", file_name(kind, id)))?;
                let changed = change(self.get(kind, id)?)?;
                Ok(self.set(kind, id, &changed)?)
            }
        }
    }
}

/// Waits up to [`LOCK_TIMEOUT`] for the lock `name` in `dir`, which is released when the returned file is closed.
fn lock(dir: &Dir, name: &str) -> io::Result<std::fs::File> {
    use rustix::fs::{FlockOperation, Mode, OFlags};
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let mode = Mode::from_raw_mode(0o600);
    let file = rustix::fs::openat(dir, name, flags | OFlags::CLOEXEC, mode)?.into();
    let begun = Instant::now();
    loop {
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Err(rustix::io::Errno::WOULDBLOCK) if begun.elapsed() < LOCK_TIMEOUT => {
                std::thread::sleep(PAUSE);
            }
            locked => return locked.map(|()| file).map_err(Into::into),
        }
    }
}

/// Returns the file of a skill. The suffix makes a plain file name even of an id such as `..`.
fn file_name(kind: Kind, id: &str) -> String {
    match kind {
        Kind::State => format!("{id}.state"),
        Kind::Cookies => format!("{id}.cookies"),
        Kind::Spent => format!("{id}.spent"),
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn concurrent_updates_are_all_kept() {
        let directory = tempfile::tempdir().unwrap();
        // Two independent stores, like those of two processes.
        let stores = [
            StateStore::open(directory.path()).unwrap(),
            StateStore::open(directory.path()).unwrap(),
        ];
        let memory = StateStore::in_memory();
        each_row(["files", "memory"], |kind| {
            let (one, other) = match kind {
                "files" => (&stores[0], &stores[1]),
                _ => (&memory, &memory),
            };
            std::thread::scope(|scope| {
                for thread in 0..8_u8 {
                    let store = if thread % 2 == 0 { one } else { other };
                    scope.spawn(move || {
                        for _ in 0..5 {
                            let add = |mut kept: Vec<u8>| {
                                kept.push(thread);
                                Ok::<_, io::Error>(kept)
                            };
                            store.update(Kind::Spent, "s", add).unwrap();
                        }
                    });
                }
            });
            let mut kept = one.get(Kind::Spent, "s").unwrap();
            kept.sort_unstable();
            let expected: Vec<u8> = (0..8).flat_map(|thread| [thread; 5]).collect();
            assert_eq!(kept, expected);
            let refused = |_| Err::<Vec<u8>, _>(io::Error::other("no"));
            assert!(one.update(Kind::Spent, "s", refused).is_err());
            assert_eq!(one.get(Kind::Spent, "s").unwrap().len(), 40);
        });
    }

    #[test]
    fn state_survives_reopening_and_empty_removes() {
        let dir = tempfile::tempdir().unwrap();
        let store = StateStore::open(dir.path()).unwrap();
        assert_eq!(store.get(Kind::State, "a").unwrap(), b"");
        store.set(Kind::State, "a", b"one").unwrap();
        store.set(Kind::State, "..", b"two").unwrap();
        let again = StateStore::open(dir.path()).unwrap();
        assert_eq!(again.peek("a"), None);
        assert_eq!(again.get(Kind::State, "a").unwrap(), b"one");
        assert_eq!(again.peek("a").unwrap(), b"one");
        store.set(Kind::State, "a", b"new").unwrap();
        assert_eq!(again.peek("a"), None);
        assert_eq!(again.get(Kind::State, "a").unwrap(), b"new");
        assert_eq!(again.get(Kind::State, "..").unwrap(), b"two");
        again.set(Kind::State, "a", b"").unwrap();
        again.set(Kind::State, "a", b"").unwrap();
        assert_eq!(store.get(Kind::State, "a").unwrap(), b"");
    }
}
