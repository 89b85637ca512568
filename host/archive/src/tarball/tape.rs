//! The blocks of a tar.

use std::io::{self, Read};

use super::header::{BLOCK, Header};
use crate::error::{Error, broken};
use crate::names;

/// A tar, read from its beginning to its end.
pub(super) struct Tape<R> {
    inner: R,
    position: u64,
}

impl<R: Read> Tape<R> {
    pub fn new(inner: R) -> Self {
        Self { inner, position: 0 }
    }

    /// Reads the next header; none at the mark of the end, or where the bytes end.
    pub fn header(&mut self) -> Result<Option<Header>, Error> {
        let at = self.position;
        let mut block = [0; BLOCK];
        let mut length = 0;
        while length < BLOCK {
            match self.read(&mut block[length..]) {
                Ok(0) => break,
                Ok(more) => length += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(broken(error)),
            }
        }
        if length == 0 || (length == BLOCK && block == [0; BLOCK]) {
            return Ok(None);
        }
        let header = Header::new(block);
        if length < BLOCK || !header.is_whole() {
            return Err(Error::Invalid(format!(
                "the archive cannot be read: there is no header at byte {at} of the tar, where one must be; \
                 it is damaged or no tar, get it again"
            )));
        }
        Ok(Some(header))
    }

    /// Reads a whole block of an entry.
    pub fn block(&mut self, name: &[u8]) -> Result<[u8; BLOCK], Error> {
        let mut block = [0; BLOCK];
        self.read_exact(&mut block)
            .map_err(|error| names::unreadable(name, error))?;
        Ok(block)
    }

    /// Passes over bytes of an entry.
    pub fn skip(&mut self, length: u64, name: &[u8]) -> Result<(), Error> {
        let skipped = io::copy(&mut self.by_ref().take(length), &mut io::sink());
        match skipped.map_err(|error| names::unreadable(name, error))? {
            skipped if skipped < length => Err(names::cut_short(name)),
            _ => Ok(()),
        }
    }

    /// Reads what is behind the mark of the end: only there does compression tell whether all was right.
    pub fn finish(&mut self) -> Result<(), Error> {
        io::copy(self, &mut io::sink()).map(drop).map_err(broken)
    }
}

impl<R: Read> Read for Tape<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.position += length as u64;
        Ok(length)
    }
}

/// Counts the bytes that fill the last block of so many.
pub(super) fn padding(length: u64) -> u64 {
    let block = BLOCK as u64;
    (block - length % block) % block
}
