//! Where the bytes of a file are in a tar.

use std::io::{self, Read};

use super::header::BLOCK;
use super::tape::Tape;

/// A part of a file that is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub offset: u64,
    pub length: u64,
}

/// The parts of a file that are stored, in their order; between them, and behind the last, it is zeros.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Layout {
    size: u64,
    parts: Vec<Part>,
}

impl Layout {
    /// Lays out a file that is stored whole.
    pub fn whole(size: u64) -> Self {
        let parts = vec![Part {
            offset: 0,
            length: size,
        }];
        Self { size, parts }
    }

    /// Lays out a file of `size` bytes, of which `stored` are in the archive.
    ///
    /// # Errors
    /// What is wrong with the map.
    pub fn sparse(size: u64, stored: u64, parts: Vec<Part>) -> Result<Self, &'static str> {
        let (mut end, mut sum, mut is_aligned) = (0, 0_u64, true);
        for part in &parts {
            if part.offset < end {
                return Err("parts overlap or are out of order");
            }
            if part.length > 0 && !is_aligned {
                // Some readers begin each part at a block, others do not.
                return Err("a part before the last fills no whole blocks");
            }
            is_aligned &= part.length % BLOCK as u64 == 0;
            end = part
                .offset
                .checked_add(part.length)
                .filter(|end| *end <= size)
                .ok_or("a part is behind the end of the file")?;
            // No more than `size`, as parts do not overlap.
            sum += part.length;
        }
        if sum != stored {
            return Err("the parts are not as long as what is stored");
        }
        Ok(Self { size, parts })
    }

    /// Returns how large the file is.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Returns how much of it the archive holds.
    pub fn stored(&self) -> u64 {
        self.parts.iter().map(|part| part.length).sum()
    }

    /// Reads the file from where `tape` is.
    pub fn reader<'a, R: Read>(&'a self, tape: &'a mut Tape<R>) -> Content<'a, R> {
        Content {
            tape,
            size: self.size,
            parts: &self.parts,
            position: 0,
        }
    }
}

/// The bytes of a file.
pub(super) struct Content<'a, R> {
    tape: &'a mut Tape<R>,
    size: u64,
    parts: &'a [Part],
    position: u64,
}

impl<R: Read> Read for Content<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some((part, rest)) = self.parts.split_first()
            && part.offset + part.length <= self.position
        {
            self.parts = rest;
        }
        let (end, is_stored) = match self.parts.first() {
            Some(part) if part.offset <= self.position => (part.offset + part.length, true),
            Some(part) => (part.offset, false),
            None => (self.size, false),
        };
        let room = usize::try_from(end - self.position).unwrap_or(usize::MAX);
        let room = room.min(buffer.len());
        let buffer = &mut buffer[..room];
        let length = if is_stored {
            self.tape.read(buffer)?
        } else {
            buffer.fill(0);
            room
        };
        self.position += length as u64;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn broken_maps_are_refused() {
        let rows = [
            (10, 10, &[(0, 10)][..], None),
            (1000, 512, &[(0, 0), (100, 512), (1000, 0)], None),
            (1000, 0, &[], None),
            (9, 10, &[(0, 10)], Some("behind the end")),
            (1000, 0, &[(1001, 0)], Some("behind the end")),
            (u64::MAX, 0, &[(u64::MAX, 2)], Some("behind the end")),
            (2000, 1024, &[(600, 512), (0, 512)], Some("out of order")),
            (2000, 1024, &[(0, 512), (511, 512)], Some("out of order")),
            (2000, 513, &[(0, 1), (600, 512)], Some("no whole blocks")),
            (2000, 1024, &[(0, 512)], Some("what is stored")),
            (2000, 0, &[(0, 512)], Some("what is stored")),
        ];
        each_row(rows, |(size, stored, parts, expected)| {
            let parts = parts.iter();
            let parts = parts.map(|&(offset, length)| Part { offset, length });
            let layout = Layout::sparse(size, stored, parts.collect());
            match (layout, expected) {
                (Ok(_), None) => {}
                (Err(text), Some(expected)) if text.contains(expected) => {}
                (layout, _) => panic!("{size} {stored}: {layout:?}, not {expected:?}"),
            }
        });
    }

    proptest! {
        /// Holes are zeros, parts are where the map says, however small the buffer is.
        #[test]
        fn parts_come_to_their_places(
            blocks in proptest::collection::vec((0_usize..700, 0_usize..3), 0..8),
            last in 0_usize..600,
            tail in 0_usize..600,
            chunk in 1_usize..900,
        ) {
            let (mut expected, mut stored, mut parts) = (Vec::new(), Vec::new(), Vec::new());
            let lengths = blocks.iter().map(|(hole, blocks)| (*hole, blocks * BLOCK));
            for (hole, length) in lengths.chain([(0, last)]) {
                expected.resize(expected.len() + hole, 0);
                parts.push(Part { offset: expected.len() as u64, length: length as u64 });
                for _ in 0..length {
                    let byte = (stored.len() % 251) as u8 + 1;
                    stored.push(byte);
                    expected.push(byte);
                }
            }
            expected.resize(expected.len() + tail, 0);
            let layout = Layout::sparse(expected.len() as u64, stored.len() as u64, parts).unwrap();
            let mut tape = Tape::new(stored.as_slice());
            let mut content = layout.reader(&mut tape);
            let (mut read, mut buffer) = (Vec::<u8>::new(), vec![7; chunk]);
            loop {
                let length = content.read(&mut buffer).unwrap();
                if length == 0 {
                    break;
                }
                read.extend(&buffer[..length]);
            }
            prop_assert_eq!(read, expected);
        }
    }
}
