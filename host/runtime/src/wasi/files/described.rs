//! Converts the operating system's file status to WASI's.

use std::fs::File;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use luminarys_filesystem::{Failure, time};
use rustix::fs::{FileType, Stat, Timespec, Timestamps, UTIME_NOW, UTIME_OMIT};
use wasmtime_wasi::p2::bindings::clocks::wall_clock::Datetime;
use wasmtime_wasi::p2::bindings::filesystem::types as p2;
use wasmtime_wasi::p3::bindings::clocks::system_clock::Instant;
use wasmtime_wasi::p3::bindings::filesystem::types as p3;

/// Returns the status of the open file at `path`.
pub(super) fn status(file: &File, path: &str) -> Result<Stat, Failure> {
    rustix::fs::fstat(file).map_err(|errno| Failure::system(path, errno))
}

/// Returns two numbers that identify a file without revealing anything else.
pub(super) fn identity(stat: &Stat) -> (u64, u64) {
    let hash = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        (salt, stat.st_dev, stat.st_ino).hash(&mut hasher);
        hasher.finish()
    };
    (hash(0), hash(1))
}

fn size(stat: &Stat) -> u64 {
    stat.st_size.unsigned_abs()
}

/// Returns seconds and nanoseconds of the times of access, modification and status change.
fn times(stat: &Stat) -> [(i64, u32); 3] {
    let time = |seconds, nanoseconds| (seconds, u32::try_from(nanoseconds).unwrap_or(0));
    [
        time(stat.st_atime, stat.st_atime_nsec),
        time(stat.st_mtime, stat.st_mtime_nsec),
        time(stat.st_ctime, stat.st_ctime_nsec),
    ]
}

pub(super) fn p2_kind(stat: &Stat) -> p2::DescriptorType {
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => p2::DescriptorType::RegularFile,
        FileType::Directory => p2::DescriptorType::Directory,
        FileType::Symlink => p2::DescriptorType::SymbolicLink,
        FileType::Fifo => p2::DescriptorType::Fifo,
        FileType::Socket => p2::DescriptorType::Socket,
        FileType::CharacterDevice => p2::DescriptorType::CharacterDevice,
        FileType::BlockDevice => p2::DescriptorType::BlockDevice,
        FileType::Unknown => p2::DescriptorType::Unknown,
    }
}

pub(super) fn p2_status(stat: &Stat) -> p2::DescriptorStat {
    // WASI 0.2 cannot represent times before 1970.
    let [accessed, modified, changed] = times(stat).map(|(seconds, nanoseconds)| {
        let seconds = u64::try_from(seconds).ok()?;
        Some(Datetime {
            seconds,
            nanoseconds,
        })
    });
    p2::DescriptorStat {
        type_: p2_kind(stat),
        link_count: stat.st_nlink,
        size: size(stat),
        data_access_timestamp: accessed,
        data_modification_timestamp: modified,
        status_change_timestamp: changed,
    }
}

pub(super) fn p3_status(stat: &Stat) -> p3::DescriptorStat {
    let [accessed, modified, changed] = times(stat).map(|(seconds, nanoseconds)| {
        Some(Instant {
            seconds,
            nanoseconds,
        })
    });
    p3::DescriptorStat {
        type_: match p2_kind(stat) {
            p2::DescriptorType::RegularFile => p3::DescriptorType::RegularFile,
            p2::DescriptorType::Directory => p3::DescriptorType::Directory,
            p2::DescriptorType::SymbolicLink => p3::DescriptorType::SymbolicLink,
            p2::DescriptorType::Fifo => p3::DescriptorType::Fifo,
            p2::DescriptorType::Socket => p3::DescriptorType::Socket,
            p2::DescriptorType::CharacterDevice => p3::DescriptorType::CharacterDevice,
            p2::DescriptorType::BlockDevice => p3::DescriptorType::BlockDevice,
            p2::DescriptorType::Unknown => p3::DescriptorType::Other(None),
        },
        link_count: stat.st_nlink,
        size: size(stat),
        data_access_timestamp: accessed,
        data_modification_timestamp: modified,
        status_change_timestamp: changed,
    }
}

const OMIT: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: UTIME_OMIT,
};

const NOW: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: UTIME_NOW,
};

fn p2_time(wanted: p2::NewTimestamp) -> Timespec {
    match wanted {
        p2::NewTimestamp::NoChange => OMIT,
        p2::NewTimestamp::Now => NOW,
        p2::NewTimestamp::Timestamp(at) => time(
            i64::try_from(at.seconds).unwrap_or(i64::MAX),
            at.nanoseconds,
        ),
    }
}

pub(super) fn p2_times(accessed: p2::NewTimestamp, modified: p2::NewTimestamp) -> Timestamps {
    Timestamps {
        last_access: p2_time(accessed),
        last_modification: p2_time(modified),
    }
}

fn p3_time(wanted: p3::NewTimestamp) -> Timespec {
    match wanted {
        p3::NewTimestamp::NoChange => OMIT,
        p3::NewTimestamp::Now => NOW,
        p3::NewTimestamp::Timestamp(at) => time(at.seconds, at.nanoseconds),
    }
}

pub(super) fn p3_times(accessed: p3::NewTimestamp, modified: p3::NewTimestamp) -> Timestamps {
    Timestamps {
        last_access: p3_time(accessed),
        last_modification: p3_time(modified),
    }
}
