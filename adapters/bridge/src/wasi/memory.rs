//! What preview 1 reads and writes in the skill's memory.

use super::errno::Errno;
use crate::glue::{self, Place};

/// More pieces in one call are refused.
const MAX_PIECES: u32 = 1024;
/// What one call moves at most; the skill asks again for the rest.
const MAX_BYTES: u32 = 1 << 20;

/// Writes bytes.
pub fn store(pointer: u32, bytes: &[u8]) -> Result<(), Errno> {
    if glue::write(pointer, bytes) {
        Ok(())
    } else {
        Err(Errno::Fault)
    }
}

pub fn store_u32(pointer: u32, value: u32) -> Result<(), Errno> {
    store(pointer, &value.to_le_bytes())
}

pub fn store_u64(pointer: u32, value: u64) -> Result<(), Errno> {
    store(pointer, &value.to_le_bytes())
}

/// Reads bytes.
pub fn load(pointer: u32, length: u32) -> Result<Vec<u8>, Errno> {
    Place { pointer, length }.read().ok_or(Errno::Fault)
}

/// Reads a path.
pub fn path(pointer: u32, length: u32) -> Result<String, Errno> {
    String::from_utf8(load(pointer, length)?).map_err(|_| Errno::Ilseq)
}

/// The places that a vector of `iovec` names.
fn pieces(pointer: u32, count: u32) -> Result<Vec<Place>, Errno> {
    if count > MAX_PIECES {
        return Err(Errno::Inval);
    }
    let bytes = load(pointer, count * 8)?;
    let number = |bytes: &[u8]| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    let pieces = bytes.chunks_exact(8).map(|pair| Place {
        pointer: number(&pair[..4]),
        length: number(&pair[4..]),
    });
    Ok(pieces.collect())
}

/// What is to be written: as much of it as one call moves.
pub fn gather(pointer: u32, count: u32) -> Result<Vec<u8>, Errno> {
    let mut gathered = Vec::new();
    for piece in pieces(pointer, count)? {
        let room = MAX_BYTES - gathered.len() as u32;
        let part = Place {
            length: piece.length.min(room),
            ..piece
        };
        gathered.extend(part.read().ok_or(Errno::Fault)?);
    }
    Ok(gathered)
}

/// How much there is room for in a vector of places, as far as one call goes.
pub fn room(pointer: u32, count: u32) -> Result<u32, Errno> {
    let lengths = pieces(pointer, count)?;
    let total = lengths
        .iter()
        .fold(0_u32, |sum, piece| sum.saturating_add(piece.length));
    Ok(total.min(MAX_BYTES))
}

/// Puts what was read into a vector of places.
pub fn scatter(pointer: u32, count: u32, mut bytes: &[u8]) -> Result<(), Errno> {
    for piece in pieces(pointer, count)? {
        let (now, rest) = bytes.split_at(bytes.len().min(piece.length as usize));
        store(piece.pointer, now)?;
        bytes = rest;
    }
    Ok(())
}
