//! The fields of a header.

use std::ops::Range;

use super::number::number;
use crate::error::Error;
use crate::names;

/// The size of the blocks that a tar is made of, in bytes.
pub(super) const BLOCK: usize = 512;

const CHECKSUM: Range<usize> = 148..156;
const MAGIC: Range<usize> = 257..265;
const PREFIX: Range<usize> = 345..500;

/// The block before an entry.
pub(super) struct Header([u8; BLOCK]);

impl Header {
    pub fn new(block: [u8; BLOCK]) -> Self {
        Self(block)
    }

    /// Tells whether its checksum is right: the sum of its bytes, which old programs took for signed.
    pub fn is_whole(&self) -> bool {
        let Ok(expected) = number(&self.0[CHECKSUM]) else {
            return false;
        };
        let (mut sum, mut signed) = (0, 0);
        for (index, byte) in self.0.into_iter().enumerate() {
            let byte = if CHECKSUM.contains(&index) {
                b' '
            } else {
                byte
            };
            sum += i64::from(byte);
            signed += i64::from(byte.cast_signed());
        }
        expected == sum || expected == signed
    }

    /// Returns the byte that tells the kind of the entry.
    pub fn kind(&self) -> u8 {
        self.0[156]
    }

    pub fn is_gnu(&self) -> bool {
        self.0[MAGIC] == *b"ustar  \0"
    }

    /// Returns its name, put together from the two fields of POSIX.
    pub fn name(&self) -> Vec<u8> {
        let name = text(&self.0[..100]);
        let is_posix = self.0[MAGIC].starts_with(b"ustar\0");
        let prefix = if is_posix { text(&self.0[PREFIX]) } else { b"" };
        if prefix.is_empty() {
            return name.to_vec();
        }
        [prefix, b"/", name].concat()
    }

    pub fn target(&self) -> &[u8] {
        text(&self.0[157..257])
    }

    pub fn mode(&self, name: &[u8]) -> Result<u32, Error> {
        let mode = self.field(100..108, "a mode", name)?;
        // Only the permission bits count, whatever else is there.
        Ok(u32::try_from(mode & 0o777).unwrap_or_default())
    }

    pub fn size(&self, name: &[u8]) -> Result<u64, Error> {
        let size = self.field(124..136, "a size", name)?;
        u64::try_from(size).map_err(|_| names::refused(name, "has a size below zero"))
    }

    pub fn modified(&self, name: &[u8]) -> Result<i64, Error> {
        self.field(136..148, "a time", name)
    }

    fn field(&self, range: Range<usize>, what: &str, name: &[u8]) -> Result<i64, Error> {
        number(&self.0[range])
            .map_err(|wrong| names::refused(name, format!("has {what} that {wrong}")))
    }

    /// Returns what GNU tar keeps in the place of the prefix: four parts of a sparse file, whether more follow, its size.
    pub fn sparse(&self) -> (&[u8], bool, &[u8]) {
        (&self.0[386..482], self.0[482] != 0, &self.0[483..495])
    }
}

/// Returns a text up to its NUL.
fn text(field: &[u8]) -> &[u8] {
    let end = field.iter().position(|byte| *byte == 0);
    &field[..end.unwrap_or(field.len())]
}
