//! Archives for tests, and how they are read.

#![allow(dead_code, reason = "each test file uses some of it")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt;
use std::io::Cursor;

use luminarys_archive::{Budget, Error, Format, Member, broken, read};

/// Returns an archive that `data/make` made.
pub fn made(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// Returns all entries with their content, up to 64 MiB.
pub fn entries(bytes: &[u8], format: Format) -> Result<Vec<(Member, Vec<u8>)>, Error> {
    let mut entries = Vec::new();
    let budget = Budget::new(1000, 1 << 26, bytes.len() as u64);
    read(
        Cursor::new(bytes),
        format,
        &budget,
        &mut |member, content| {
            let mut bytes = Vec::new();
            content.read_to_end(&mut bytes).map_err(broken)?;
            entries.push((member, bytes));
            Ok::<_, Error>(())
        },
    )?;
    Ok(entries)
}

/// Returns all entries, of whose content nothing is asked.
pub fn listed(bytes: &[u8], format: Format) -> Result<Vec<Member>, Error> {
    let mut entries = Vec::new();
    let budget = Budget::new(1000, 1 << 26, bytes.len() as u64);
    read(Cursor::new(bytes), format, &budget, &mut |member, _| {
        entries.push(member);
        Ok::<_, Error>(())
    })?;
    Ok(entries)
}

/// An entry of a tar, written as it stands.
pub struct Block(pub [u8; 512], pub Vec<u8>);

impl Block {
    /// Begins an entry as GNU tar does, with its size.
    pub fn new(kind: u8, name: &str, content: &[u8]) -> Self {
        let mut block = Self([0; 512], content.to_vec());
        block.put(0, name.as_bytes());
        for (at, text) in [(100, "0000644"), (108, "0000000"), (116, "0000000")] {
            block.put(at, text.as_bytes());
        }
        block.put(124, format!("{:011o}", content.len()).as_bytes());
        block.put(136, b"00000000000");
        block.put(156, &[kind]);
        block.put(257, b"ustar  \0");
        block
    }

    /// Begins an extended header.
    pub fn pax(kind: u8, records: &[(&str, &str)]) -> Self {
        let mut content = String::new();
        for (key, value) in records {
            let rest = key.len() + value.len() + 3;
            let length = (rest..).find(|all| rest + all.to_string().len() == *all);
            content += &format!("{} {key}={value}\n", length.unwrap());
        }
        Self::new(kind, "pax", content.as_bytes())
    }

    pub fn put(&mut self, at: usize, bytes: &[u8]) {
        self.0[at..at + bytes.len()].copy_from_slice(bytes);
    }

    /// The same with other bytes in its header.
    pub fn with(mut self, at: usize, bytes: &[u8]) -> Self {
        self.put(at, bytes);
        self
    }
}

/// Shows the kind, the name and the content, and not the whole header.
impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.0[..100].split(|byte| *byte == 0).next();
        f.debug_tuple("Block")
            .field(&char::from(self.0[156]))
            .field(&String::from_utf8_lossy(name.unwrap_or_default()))
            .field(&String::from_utf8_lossy(&self.1))
            .finish()
    }
}

/// Puts entries together, with checksums and the mark of the end.
pub fn tar(entries: Vec<Block>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for Block(mut header, content) in entries {
        seal(&mut header);
        bytes.extend(header);
        bytes.extend(content);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
    }
    bytes.resize(bytes.len() + 1024, 0);
    bytes
}

/// Puts the checksum into a header.
pub fn seal(header: &mut [u8]) {
    header[148..156].fill(b' ');
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
}
