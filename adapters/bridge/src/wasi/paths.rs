//! Names beneath directories.

use super::descriptors::{File, add, on_file, on_two};
use super::files::{file_stat, times};
use super::functions;
use super::memory::{path, store, store_u32};
use crate::bindings::wasi::filesystem0_2_12::types::{DescriptorFlags, OpenFlags, PathFlags};

/// Rights that say what a file is opened for.
const READ: u64 = 1 << 1;
const WRITE: u64 = 1 << 6;
const READDIR: u64 = 1 << 14;
/// Flags of a descriptor that wait for the disk.
const DSYNC: u32 = 1 << 1;
const SYNC: u32 = 1 << 4;

fn path_flags(flags: u32) -> PathFlags {
    PathFlags::from_bits_truncate(flags as u8)
}

functions! {
    path_open(
        directory: u32, lookup: u32, pointer: u32, length: u32, open: u32, rights: u64, _inheriting: u64, flags: u32, out: u32
    ) {
        let name = path(pointer, length)?;
        let open = OpenFlags::from_bits_truncate(open as u8);
        let mut wanted = DescriptorFlags::empty();
        wanted.set(DescriptorFlags::READ, rights & (READ | READDIR) != 0);
        wanted.set(DescriptorFlags::WRITE, rights & WRITE != 0 && !open.contains(OpenFlags::DIRECTORY));
        wanted.set(DescriptorFlags::FILE_INTEGRITY_SYNC, flags & SYNC != 0);
        wanted.set(DescriptorFlags::DATA_INTEGRITY_SYNC, flags & DSYNC != 0);
        let file = on_file(directory, |at| {
            let at = &at.descriptor;
            let opened = match at.open_at(path_flags(lookup), &name, open, wanted) {
                // Asked for with all rights: a directory is opened to be read.
                Err(crate::bindings::wasi::filesystem0_2_12::types::ErrorCode::IsDirectory)
                    if !open.intersects(OpenFlags::CREATE | OpenFlags::TRUNCATE) =>
                {
                    at.open_at(path_flags(lookup), &name, open, DescriptorFlags::READ)?
                }
                opened => opened?,
            };
            let kind = opened.get_type()?;
            Ok(File::new(opened, kind, flags as u16))
        })?;
        store_u32(out, add(file)?)
    }
    path_create_directory(directory: u32, pointer: u32, length: u32) {
        let name = path(pointer, length)?;
        on_file(directory, |at| Ok(at.descriptor.create_directory_at(&name)?))
    }
    path_remove_directory(directory: u32, pointer: u32, length: u32) {
        let name = path(pointer, length)?;
        on_file(directory, |at| Ok(at.descriptor.remove_directory_at(&name)?))
    }
    path_unlink_file(directory: u32, pointer: u32, length: u32) {
        let name = path(pointer, length)?;
        on_file(directory, |at| Ok(at.descriptor.unlink_file_at(&name)?))
    }
    path_filestat_get(directory: u32, lookup: u32, pointer: u32, length: u32, out: u32) {
        let name = path(pointer, length)?;
        let stat = on_file(directory, |at| Ok(at.descriptor.stat_at(path_flags(lookup), &name)?))?;
        store(out, &file_stat(&stat))
    }
    path_filestat_set_times(
        directory: u32, lookup: u32, pointer: u32, length: u32, accessed: u64, modified: u64, flags: u32
    ) {
        let name = path(pointer, length)?;
        let (accessed, modified) = times(accessed, modified, flags)?;
        on_file(directory, |at| {
            Ok(at.descriptor.set_times_at(path_flags(lookup), &name, accessed, modified)?)
        })
    }
    path_readlink(directory: u32, pointer: u32, length: u32, buffer: u32, size: u32, out: u32) {
        let name = path(pointer, length)?;
        let mut target = on_file(directory, |at| Ok(at.descriptor.readlink_at(&name)?))?.into_bytes();
        target.truncate(size as usize);
        store(buffer, &target)?;
        store_u32(out, target.len() as u32)
    }
    path_symlink(old: u32, old_length: u32, directory: u32, new: u32, new_length: u32) {
        let (target, name) = (path(old, old_length)?, path(new, new_length)?);
        on_file(directory, |at| Ok(at.descriptor.symlink_at(&target, &name)?))
    }
    path_rename(directory: u32, old: u32, old_length: u32, to: u32, new: u32, new_length: u32) {
        let (old, new) = (path(old, old_length)?, path(new, new_length)?);
        on_two(directory, to, |from, to| Ok(from.rename_at(&old, to, &new)?))
    }
    path_link(directory: u32, lookup: u32, old: u32, old_length: u32, to: u32, new: u32, new_length: u32) {
        let (old, new) = (path(old, old_length)?, path(new, new_length)?);
        on_two(directory, to, |from, to| Ok(from.link_at(path_flags(lookup), &old, to, &new)?))
    }
}
