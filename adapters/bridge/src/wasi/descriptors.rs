//! The table of descriptors: standard streams, directories that are granted, what was opened.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::mem::ManuallyDrop;

use super::errno::Errno;
use super::functions;
use super::memory::{store, store_u32, store_u64};
use super::output::Stream;
use crate::bindings::wasi::filesystem0_2_12::preopens::get_directories;
use crate::bindings::wasi::filesystem0_2_12::types::{Descriptor, DescriptorType};

/// More are refused.
const MAX_OPEN: u32 = 1024;
/// The first after the standard streams.
const FIRST: u32 = 3;
pub const APPEND: u16 = 1;
/// All rights: the host decides over each operation.
const RIGHTS: u64 = !0;

/// What is open.
pub enum Open {
    Input,
    Output(Stream),
    File(File),
}

/// A file or a directory.
pub struct File {
    pub descriptor: Descriptor,
    pub kind: DescriptorType,
    /// Where reading and writing go on.
    pub position: u64,
    /// Flags as preview 1 has them.
    pub flags: u16,
    /// The name of a directory that was there from the beginning.
    pub granted: Option<String>,
    /// Names and kinds of a directory, read once and kept for the next part.
    pub entries: Option<Vec<(String, DescriptorType)>>,
}

impl File {
    pub fn new(descriptor: Descriptor, kind: DescriptorType, flags: u16) -> Self {
        Self {
            descriptor,
            kind,
            position: 0,
            flags,
            granted: None,
            entries: None,
        }
    }
}

thread_local! {
    /// Made by the first that needs it, and never dropped: what makes or drops it would be in every skill, and with it the
    /// imports that this needs.
    static TABLE: RefCell<ManuallyDrop<BTreeMap<u32, Open>>> = const { RefCell::new(ManuallyDrop::new(BTreeMap::new())) };
    static MADE: Cell<bool> = const { Cell::new(false) };
}

/// Works with the table.
fn on_table<T>(work: impl FnOnce(&mut BTreeMap<u32, Open>) -> T) -> T {
    TABLE.with_borrow_mut(|table| {
        if !MADE.replace(true) {
            table.insert(0, Open::Input);
            table.insert(1, Open::Output(Stream::Output));
            table.insert(2, Open::Output(Stream::Errors));
        }
        work(table)
    })
}

/// Works with what is open.
pub fn on<T>(
    descriptor: u32,
    work: impl FnOnce(&mut Open) -> Result<T, Errno>,
) -> Result<T, Errno> {
    on_table(|table| work(table.get_mut(&descriptor).ok_or(Errno::Badf)?))
}

/// Works with a file or directory.
pub fn on_file<T>(
    descriptor: u32,
    work: impl FnOnce(&mut File) -> Result<T, Errno>,
) -> Result<T, Errno> {
    on(descriptor, |open| match open {
        Open::File(file) => work(file),
        _ => Err(Errno::Badf),
    })
}

/// Works with two directories, which may be one.
pub fn on_two<T>(
    one: u32,
    other: u32,
    work: impl FnOnce(&Descriptor, &Descriptor) -> Result<T, Errno>,
) -> Result<T, Errno> {
    on_table(|table| match (table.get(&one), table.get(&other)) {
        (Some(Open::File(one)), Some(Open::File(other))) => {
            work(&one.descriptor, &other.descriptor)
        }
        _ => Err(Errno::Badf),
    })
}

/// Adds what was opened, under the lowest number that is free.
pub fn add(file: File) -> Result<u32, Errno> {
    on_table(|table| {
        let free = (FIRST..FIRST + MAX_OPEN).find(|number| !table.contains_key(number));
        let number = free.ok_or(Errno::Nomem)?;
        table.insert(number, Open::File(file));
        Ok(number)
    })
}

/// As preview 1 numbers it.
pub fn file_type(kind: DescriptorType) -> u8 {
    match kind {
        DescriptorType::BlockDevice => 1,
        DescriptorType::CharacterDevice => 2,
        DescriptorType::Directory => 3,
        DescriptorType::RegularFile => 4,
        DescriptorType::Socket => 6,
        DescriptorType::SymbolicLink => 7,
        DescriptorType::Fifo | DescriptorType::Unknown => 0,
    }
}

/// The directories that are granted take their places when they are asked for first, which skills do at their start.
fn open_granted() {
    thread_local! {
        static DONE: RefCell<bool> = const { RefCell::new(false) };
    }
    if DONE.replace(true) {
        return;
    }
    for (descriptor, name) in get_directories() {
        let mut file = File::new(descriptor, DescriptorType::Directory, 0);
        file.granted = Some(name);
        let _ = add(file);
    }
}

/// The name of a granted directory.
fn granted(descriptor: u32) -> Result<String, Errno> {
    open_granted();
    on_file(descriptor, |file| file.granted.clone().ok_or(Errno::Badf))
}

functions! {
    fd_prestat_get(descriptor: u32, out: u32) {
        let name = granted(descriptor)?;
        store_u32(out, 0)?;
        store_u32(out.wrapping_add(4), name.len() as u32)
    }
    // For skills that open nothing: they need no directories.
    fd_prestat_get_none(_descriptor: u32, _out: u32) {
        Err(Errno::Badf)
    }
    fd_prestat_dir_name(descriptor: u32, pointer: u32, length: u32) {
        let name = granted(descriptor)?;
        if name.len() > length as usize {
            return Err(Errno::Nametoolong);
        }
        store(pointer, name.as_bytes())
    }
    fd_prestat_dir_name_none(_descriptor: u32, _pointer: u32, _length: u32) {
        Err(Errno::Badf)
    }
    fd_fdstat_get(descriptor: u32, out: u32) {
        let (kind, flags) = on(descriptor, |open| Ok(match open {
            Open::Input => (file_type(DescriptorType::CharacterDevice), 0),
            Open::Output(_) => (file_type(DescriptorType::CharacterDevice), APPEND),
            Open::File(file) => (file_type(file.kind), file.flags),
        }))?;
        let mut stat = [0; 24];
        stat[0] = kind;
        stat[2..4].copy_from_slice(&flags.to_le_bytes());
        stat[8..16].copy_from_slice(&RIGHTS.to_le_bytes());
        stat[16..24].copy_from_slice(&RIGHTS.to_le_bytes());
        store(out, &stat)
    }
    fd_fdstat_set_flags(descriptor: u32, flags: u32) {
        on(descriptor, |open| {
            if let Open::File(file) = open {
                file.flags = flags as u16;
            }
            Ok(())
        })
    }
    fd_fdstat_set_rights(descriptor: u32, _base: u64, _inheriting: u64) {
        on(descriptor, |_| Ok(()))
    }
    fd_close(descriptor: u32) {
        let closed = on_table(|table| table.remove(&descriptor));
        closed.map(drop).ok_or(Errno::Badf)
    }
    fd_renumber(from: u32, to: u32) {
        on_table(|table| {
            if !table.contains_key(&to) {
                return Err(Errno::Badf);
            }
            let moved = table.remove(&from).ok_or(Errno::Badf)?;
            table.insert(to, moved);
            Ok(())
        })
    }
    fd_tell(descriptor: u32, out: u32) {
        let position = on_file(descriptor, |file| Ok(file.position))?;
        store_u64(out, position)
    }
}
