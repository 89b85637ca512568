//! Reading, writing and describing what is open.

use super::descriptors::{APPEND, File, Open, file_type, on, on_file};
use super::errno::Errno;
use super::functions;
use super::memory::{gather, room, scatter, store, store_u32, store_u64};
use crate::bindings::wasi::filesystem0_2_12::types::{
    Datetime, DescriptorStat, DescriptorType, NewTimestamp,
};

/// Where `fd_seek` counts from.
const START: u32 = 0;
const CURRENT: u32 = 1;
const END: u32 = 2;
/// Flags of times to be set.
const ATIM: u32 = 1;
const ATIM_NOW: u32 = 2;
const MTIM: u32 = 4;
const MTIM_NOW: u32 = 8;
/// Bytes of a directory's entry before its name.
const ENTRY: usize = 24;

fn read_at(file: &File, length: u32, position: u64) -> Result<Vec<u8>, Errno> {
    if file.kind == DescriptorType::Directory {
        return Err(Errno::Isdir);
    }
    let (bytes, _) = file.descriptor.read(length.into(), position)?;
    Ok(bytes)
}

fn write_at(file: &File, bytes: &[u8], position: u64) -> Result<u32, Errno> {
    Ok(file.descriptor.write(bytes, position)? as u32)
}

functions! {
    fd_read(descriptor: u32, pieces: u32, count: u32, out: u32) {
        let length = room(pieces, count)?;
        let bytes = on(descriptor, |open| match open {
            Open::Input => Ok(Vec::new()),
            Open::Output(_) => Err(Errno::Badf),
            Open::File(file) => {
                let bytes = read_at(file, length, file.position)?;
                file.position += bytes.len() as u64;
                Ok(bytes)
            }
        })?;
        scatter(pieces, count, &bytes)?;
        store_u32(out, bytes.len() as u32)
    }
    fd_pread(descriptor: u32, pieces: u32, count: u32, position: u64, out: u32) {
        let length = room(pieces, count)?;
        let bytes = on_file(descriptor, |file| read_at(file, length, position))?;
        scatter(pieces, count, &bytes)?;
        store_u32(out, bytes.len() as u32)
    }
    fd_write(descriptor: u32, pieces: u32, count: u32, out: u32) {
        let bytes = gather(pieces, count)?;
        let written = on(descriptor, |open| match open {
            Open::Input => Err(Errno::Badf),
            Open::Output(output) => {
                output.write(&bytes);
                Ok(bytes.len() as u32)
            }
            Open::File(file) => {
                if file.flags & APPEND != 0 {
                    file.position = file.descriptor.stat()?.size;
                }
                let written = write_at(file, &bytes, file.position)?;
                file.position += u64::from(written);
                Ok(written)
            }
        })?;
        store_u32(out, written)
    }
    fd_pwrite(descriptor: u32, pieces: u32, count: u32, position: u64, out: u32) {
        let bytes = gather(pieces, count)?;
        let written = on_file(descriptor, |file| write_at(file, &bytes, position))?;
        store_u32(out, written)
    }
    fd_seek(descriptor: u32, offset: i64, whence: u32, out: u32) {
        let position = on(descriptor, |open| {
            let Open::File(file) = open else {
                return Err(Errno::Spipe);
            };
            let from = match whence {
                START => 0,
                CURRENT => file.position,
                END => file.descriptor.stat()?.size,
                _ => return Err(Errno::Inval),
            };
            file.position = from.checked_add_signed(offset).ok_or(Errno::Inval)?;
            Ok(file.position)
        })?;
        store_u64(out, position)
    }
    fd_sync(descriptor: u32) {
        on_file(descriptor, |file| Ok(file.descriptor.sync()?))
    }
    fd_datasync(descriptor: u32) {
        on_file(descriptor, |file| Ok(file.descriptor.sync_data()?))
    }
    fd_advise(descriptor: u32, _offset: u64, _length: u64, _advice: u32) {
        on_file(descriptor, |_| Ok(()))
    }
    fd_allocate(_descriptor: u32, _offset: u64, _length: u64) {
        Err(Errno::Notsup)
    }
    fd_filestat_get(descriptor: u32, out: u32) {
        let stat = on(descriptor, |open| match open {
            Open::File(file) => Ok(Some(file.descriptor.stat()?)),
            _ => Ok(None),
        })?;
        store(out, &match stat {
            Some(stat) => file_stat(&stat),
            None => character_device(),
        })
    }
    fd_filestat_set_size(descriptor: u32, size: u64) {
        on_file(descriptor, |file| Ok(file.descriptor.set_size(size)?))
    }
    fd_filestat_set_times(descriptor: u32, accessed: u64, modified: u64, flags: u32) {
        let (accessed, modified) = times(accessed, modified, flags)?;
        on_file(descriptor, |file| Ok(file.descriptor.set_times(accessed, modified)?))
    }
    fd_readdir(descriptor: u32, pointer: u32, length: u32, cookie: u64, out: u32) {
        let listed = on_file(descriptor, |file| list(file, cookie, length as usize))?;
        store(pointer, &listed)?;
        store_u32(out, listed.len() as u32)
    }
}

/// Entries of a directory from the `cookie`th on, cut at `length` bytes: who finds the buffer full asks again.
fn list(file: &mut File, cookie: u64, length: usize) -> Result<Vec<u8>, Errno> {
    if cookie == 0 || file.entries.is_none() {
        let entries = file.descriptor.read_directory()?;
        let mut found = Vec::new();
        while let Some(entry) = entries.read_directory_entry()? {
            found.push((entry.name, entry.type_));
        }
        file.entries = Some(found);
    }
    let first = usize::try_from(cookie).map_err(|_| Errno::Inval)?;
    let mut listed = Vec::new();
    for (index, (name, kind)) in file.entries.iter().flatten().enumerate().skip(first) {
        let mut entry = [0; ENTRY];
        entry[..8].copy_from_slice(&(index as u64 + 1).to_le_bytes());
        entry[16..20].copy_from_slice(&(name.len() as u32).to_le_bytes());
        entry[20] = file_type(*kind);
        listed.extend(entry);
        listed.extend(name.as_bytes());
        if listed.len() >= length {
            break;
        }
    }
    listed.truncate(length);
    Ok(listed)
}

/// A `filestat` of 64 bytes.
pub fn file_stat(stat: &DescriptorStat) -> [u8; 64] {
    let time = |time: Option<Datetime>| {
        time.map_or(0, |time| {
            time.seconds
                .saturating_mul(1_000_000_000)
                .saturating_add(time.nanoseconds.into())
        })
    };
    let mut made = [0; 64];
    made[16] = file_type(stat.type_);
    for (at, value) in [
        (24, stat.link_count),
        (32, stat.size),
        (40, time(stat.data_access_timestamp)),
        (48, time(stat.data_modification_timestamp)),
        (56, time(stat.status_change_timestamp)),
    ] {
        made[at..at + 8].copy_from_slice(&value.to_le_bytes());
    }
    made
}

fn character_device() -> [u8; 64] {
    let mut made = [0; 64];
    made[16] = file_type(DescriptorType::CharacterDevice);
    made
}

/// Times to be set, by their flags.
pub fn times(
    accessed: u64,
    modified: u64,
    flags: u32,
) -> Result<(NewTimestamp, NewTimestamp), Errno> {
    let new = |time: u64, set: u32, now: u32| match (flags & set != 0, flags & now != 0) {
        (true, true) => Err(Errno::Inval),
        (true, false) => Ok(NewTimestamp::Timestamp(Datetime {
            seconds: time / 1_000_000_000,
            nanoseconds: (time % 1_000_000_000) as u32,
        })),
        (false, true) => Ok(NewTimestamp::Now),
        (false, false) => Ok(NewTimestamp::NoChange),
    };
    Ok((
        new(accessed, ATIM, ATIM_NOW)?,
        new(modified, MTIM, MTIM_NOW)?,
    ))
}
