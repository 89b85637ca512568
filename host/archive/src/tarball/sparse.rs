//! Sparse files, in the four forms that GNU tar writes.

use std::io::Read;

use super::MAX_EXTENSION;
use super::content::{Layout, Part};
use super::header::{BLOCK, Header};
use super::number::number;
use super::pax::{Records, SPARSE, decimal};
use super::tape::Tape;
use crate::error::Error;
use crate::names;

/// Refuses the sparse file `name`.
fn refused(name: &[u8], wrong: &str) -> Error {
    names::refused(
        name,
        format!("is a sparse file that cannot be read: {wrong}; pack it anew, without --sparse"),
    )
}

/// Puts numbers in pairs.
fn parts(numbers: &[u64]) -> Option<Vec<Part>> {
    let (pairs, rest) = numbers.as_chunks();
    let pairs = pairs
        .iter()
        .map(|&[offset, length]| Part { offset, length });
    rest.is_empty().then(|| pairs.collect())
}

/// Reads the map of the oldest form (the kind `S`): in the header, and in blocks behind it.
pub(super) fn of_header<R: Read>(
    header: &Header,
    tape: &mut Tape<R>,
    stored: u64,
    name: &[u8],
) -> Result<Layout, Error> {
    if !header.is_gnu() {
        return Err(refused(name, "it is not in the form of GNU tar"));
    }
    let count = |field: &[u8]| {
        let value = number(field).map_err(|wrong| refused(name, &format!("a number {wrong}")))?;
        u64::try_from(value).map_err(|_| refused(name, "a number is below zero"))
    };
    let mut numbers = Vec::new();
    let mut take = |entries: &[u8]| -> Result<bool, Error> {
        for entry in entries.chunks_exact(24) {
            if entry[12] == 0 {
                return Ok(false);
            }
            numbers.push(count(&entry[..12])?);
            numbers.push(count(&entry[12..])?);
        }
        Ok(true)
    };
    let (entries, mut is_extended, size) = header.sparse();
    let mut is_full = take(entries)?;
    let mut read = 0;
    while is_extended {
        read += BLOCK as u64;
        if !is_full || read > MAX_EXTENSION {
            return Err(refused(name, "its map has a gap, or is too long"));
        }
        let block = tape.block(name)?;
        is_full = take(&block[..504])?;
        is_extended = block[504] != 0;
    }
    let parts = parts(&numbers).unwrap_or_default();
    Layout::sparse(count(size)?, stored, parts).map_err(|wrong| refused(name, wrong))
}

/// Reads the map that an extended header has, or announces; none for a file that is not sparse.
///
/// # Errors
/// [`Error::Entry`] for a form that is none of 0.0, 0.1 and 1.0, and for a broken map.
pub(super) fn of_records<R: Read>(
    records: &Records,
    tape: &mut Tape<R>,
    stored: u64,
    name: &[u8],
) -> Result<Option<Layout>, Error> {
    if records.beginning(SPARSE).next().is_none() {
        return Ok(None);
    }
    let get = |key: &[u8]| records.last(&[SPARSE, key].concat());
    let mut stored = stored;
    let numbers = match (get(b"major"), get(b"minor")) {
        (None, None) | (Some(b"0"), Some(b"0" | b"1")) => match get(b"map") {
            None => listed(records),
            Some(map) => map.split(|byte| *byte == b',').map(decimal).collect(),
        },
        (Some(b"1"), Some(b"0")) => {
            let (numbers, length) = of_content(tape, stored, name)?;
            stored -= length;
            Some(numbers)
        }
        _ => return Err(refused(name, "it is in a form other than 0.0, 0.1 and 1.0")),
    };
    let broken = || refused(name, "its map is broken");
    let parts = numbers.as_deref().and_then(parts).ok_or_else(broken)?;
    if parts.is_empty() {
        return Err(refused(name, "its map is missing"));
    }
    if let Some(count) = get(b"numblocks")
        && decimal(count) != Some(parts.len() as u64)
    {
        return Err(refused(name, "its map is not as long as it says"));
    }
    let size = get(b"realsize").or_else(|| get(b"size")).and_then(decimal);
    let size = size.ok_or_else(|| refused(name, "its size is missing or no number"))?;
    let layout = Layout::sparse(size, stored, parts).map_err(|wrong| refused(name, wrong))?;
    Ok(Some(layout))
}

/// Reads the map of the form 0.0: pairs of records.
fn listed(records: &Records) -> Option<Vec<u64>> {
    let mut numbers = Vec::new();
    for (key, value) in records.beginning(SPARSE) {
        let place = match key {
            b"offset" => 0,
            b"numbytes" => 1,
            _ => continue,
        };
        if numbers.len() % 2 != place {
            return None;
        }
        numbers.push(decimal(value)?);
    }
    Some(numbers)
}

/// Reads the map of the form 1.0, lines in the first blocks of the content, and how long those blocks are.
fn of_content<R: Read>(
    tape: &mut Tape<R>,
    stored: u64,
    name: &[u8],
) -> Result<(Vec<u64>, u64), Error> {
    let (mut numbers, mut line, mut length) = (Vec::new(), Vec::new(), 0);
    loop {
        length += BLOCK as u64;
        if length > stored || length > MAX_EXTENSION {
            return Err(refused(name, "its map has no end, or is too long"));
        }
        for byte in tape.block(name)? {
            if byte != b'\n' {
                line.push(byte);
                continue;
            }
            let number = decimal(&line).ok_or_else(|| refused(name, "its map is broken"))?;
            line.clear();
            numbers.push(number);
            // The first one tells how many pairs follow; what is behind them only fills the block.
            if numbers.len() as u64 > numbers[0].saturating_mul(2) {
                numbers.remove(0);
                return Ok((numbers, length));
            }
        }
    }
}
