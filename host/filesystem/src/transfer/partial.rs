//! What was received of a file so far. It stands beside the file's place under a name of its own, which no transfer reads,
//! writes or lists, and is removed when a day has passed without progress.

use std::fs::File;
use std::time::{Duration, SystemTime};

use rustix::fs::{FlockOperation, OFlags, Stat};
use rustix::io::Errno;

use crate::error::FsError;
use crate::filesystem::{Cancelled, Filesystem};
use crate::guard::Guard;
use crate::model::FileKind;
use crate::sys::{self, Handle};
use crate::walk::{Found, Purpose, walk};
use crate::writer::Destination;

/// What the names of partial files begin with. A key of 32 hexadecimal digits follows.
const PREFIX: &str = ".luminarys-part-";
/// How long what was received is kept after the last progress.
const MAX_AGE: Duration = Duration::from_secs(24 * 60 * 60);
/// How many names of a directory are looked at for old ones.
const MAX_NAMES: usize = 100_000;
/// How many names of a tree are.
const MAX_WALKED: usize = 1_000_000;
/// How often a name may be exchanged while it is opened.
const TRIES: usize = 8;

/// Returns whether a name is that of a partial file, in any case of letters.
pub(super) fn is_partial(name: &str) -> bool {
    let begin = name.as_bytes().get(..PREFIX.len());
    begin.is_some_and(|begin| begin.eq_ignore_ascii_case(PREFIX.as_bytes()))
}

/// Refuses a path, free of links, that leads to a partial file, as if there were nothing.
pub(super) fn must_be_whole(path: &str) -> Result<(), FsError> {
    match path.split('/').any(is_partial) {
        true => Err(FsError::not_found(path)),
        false => Ok(()),
    }
}

/// Returns the name of a partial file.
///
/// # Errors
/// [`FsError::Invalid`] unless `key` is 32 hexadecimal digits in lower case.
pub(super) fn name_of(key: &str) -> Result<String, FsError> {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if key.len() != 32 || !key.bytes().all(is_digit) {
        return Err(FsError::invalid(key, "is not the key of a transfer"));
    }
    Ok(format!("{PREFIX}{key}"))
}

/// Opens a partial file for one transfer alone, creating it when absent. What is too old, or was made by somebody else, is
/// replaced by an empty one.
///
/// # Errors
/// [`FsError::Io`] while another transfer has it open; [`FsError::System`].
pub(super) fn open(place: &Destination, name: &str, mode: u32) -> Result<File, FsError> {
    let parent = &place.parent;
    for _ in 0..TRIES {
        let flags = OFlags::RDWR | OFlags::CREATE;
        let file = match sys::open_file(parent, name, flags, mode) {
            Ok(file) => file,
            // A link, or a pipe without a reader.
            Err(Errno::LOOP | Errno::NXIO) => {
                place.check(sys::unlink(parent, name))?;
                continue;
            }
            Err(error) => return place.check(Err(error)),
        };
        let stat = place.check(rustix::fs::fstat(&file))?;
        if !is_own(&stat) {
            place.check(sys::unlink(parent, name))?;
            continue;
        }
        if !lock(&file)? {
            return Err(FsError::Io(format!(
                "{} is being received by another transfer; try again when that has ended",
                place.path
            )));
        }
        // It may have got its final name, or been removed, before it was locked.
        if !is_still(parent, name, &stat) {
            continue;
        }
        if is_old(&stat, SystemTime::now()) {
            place.check(file.set_len(0))?;
        }
        return Ok(file);
    }
    Err(FsError::Io(format!(
        "{}: the place for what is received keeps changing",
        place.path
    )))
}

/// Returns whether a file can only be what this host wrote: a regular one with one name.
fn is_own(stat: &Stat) -> bool {
    sys::kind(stat) == FileKind::File
        && stat.st_nlink == 1
        && stat.st_uid == rustix::process::geteuid().as_raw()
}

/// Locks a file as long as it is open. Returns whether nobody else has.
fn lock(file: &File) -> Result<bool, FsError> {
    match rustix::fs::flock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(true),
        Err(Errno::WOULDBLOCK) => Ok(false),
        Err(error) => Err(FsError::system("a lock", error)),
    }
}

/// Returns whether a name is still that of a file.
pub(super) fn is_still(parent: &Handle, name: &str, stat: &Stat) -> bool {
    let now = sys::status(parent, name);
    now.is_ok_and(|now| (now.st_dev, now.st_ino) == (stat.st_dev, stat.st_ino))
}

fn is_old(stat: &Stat, now: SystemTime) -> bool {
    let since = u64::try_from(stat.st_mtime).unwrap_or(0);
    let written = SystemTime::UNIX_EPOCH + Duration::from_secs(since);
    now.duration_since(written).is_ok_and(|age| age > MAX_AGE)
}

/// Removes partial files of a directory that nobody has written to for a day, as of `now`. Nothing fails because of those that
/// cannot be removed.
pub(super) fn remove_old_in(parent: &Handle, now: SystemTime) {
    let Ok(names) = sys::names(parent) else {
        return;
    };
    for entry in names.take(MAX_NAMES).flatten() {
        if let Ok(name) = entry.file_name().to_str() {
            remove_if_old(parent, name, now);
        }
    }
}

/// Removes a partial file that nobody has written to for a day. Returns whether it did.
fn remove_if_old(parent: &Handle, name: &str, now: SystemTime) -> bool {
    if !is_partial(name) {
        return false;
    }
    let Ok(file) = sys::open_file(parent, name, OFlags::RDONLY, 0) else {
        return false;
    };
    let Ok(stat) = rustix::fs::fstat(&file) else {
        return false;
    };
    let is_left = is_own(&stat) && is_old(&stat, now) && lock(&file).unwrap_or(false);
    is_left && is_still(parent, name, &stat) && sys::unlink(parent, name).is_ok()
}

impl Filesystem {
    /// Removes partial files, anywhere in directories that may be written, that nobody has written to for a day, as of `now`.
    /// Returns how many. Nothing fails because of those that cannot be removed; at most a million names are looked at.
    pub fn remove_old_partials(&self, now: SystemTime, cancelled: Cancelled<'_>) -> usize {
        let (mut removed, mut seen) = (0, 0);
        let grants = &self.grants.filesystem;
        let guard = Guard::new(grants);
        for entry in grants.entries().iter().filter(|entry| entry.writable) {
            let mut visit = |found: &Found<'_>| {
                seen += 1;
                if seen > MAX_WALKED {
                    return Err(FsError::given_up());
                }
                if let (FileKind::File, Some(name)) = (found.kind, found.name.to_str()) {
                    removed += usize::from(remove_if_old(found.parent, name, now));
                }
                Ok(true)
            };
            let purpose = Purpose::SEARCH;
            if walk(
                &entry.dir,
                &entry.root,
                &guard,
                purpose,
                cancelled,
                &mut visit,
            )
            .is_err()
            {
                break;
            }
        }
        removed
    }
}
