//! gzip, member after member.

use std::io::{self, BufRead, Read};

use flate2::bufread::GzDecoder;

/// Reads all members. As for gzip, zeros may fill up the file behind the last one; anything else there is refused.
pub(super) struct Gzip<R> {
    /// The member that is read; none behind the last one.
    member: Option<GzDecoder<R>>,
}

impl<R: BufRead> Gzip<R> {
    pub fn new(reader: R) -> Self {
        let member = Some(GzDecoder::new(reader));
        Self { member }
    }
}

impl<R: BufRead> Read for Gzip<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let length = member.read(buffer)?;
            if length > 0 || buffer.is_empty() {
                return Ok(length);
            }
            // Its checksum was right.
            let Some(mut rest) = self.member.take().map(GzDecoder::into_inner) else {
                break;
            };
            match rest.fill_buf()?.first() {
                None => {}
                Some(0) => only_zeros(rest)?,
                Some(_) => *self = Self::new(rest),
            }
        }
        Ok(0)
    }
}

/// Reads to the end, where nothing but zeros may be.
fn only_zeros(mut rest: impl BufRead) -> io::Result<()> {
    loop {
        let bytes = rest.fill_buf()?;
        if bytes.is_empty() {
            return Ok(());
        }
        if bytes.iter().any(|byte| *byte != 0) {
            return Err(io::Error::other("there is garbage behind the gzip stream"));
        }
        let length = bytes.len();
        rest.consume(length);
    }
}
