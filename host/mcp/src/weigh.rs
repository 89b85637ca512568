//! Computes from JSON text how much memory parsing it takes, before it is parsed: up to two hundred times its length.

use std::mem::size_of;

use serde_json::Value;

/// How deep arrays and objects may be nested.
pub(crate) const MAX_DEPTH: u32 = 64;

/// The overhead of an allocation, in bytes.
const ALLOCATION: usize = 32;

/// Copies of the text's tree that exist at once while rmcp finds out which message it is: serde keeps what it has read
/// until it knows the type, once for each type within a type.
const TREES: usize = 3;

/// A node in such a copy; in an object it has a key beside it.
const NODE: usize = 32;

/// A vector that grows by doubling may have as much spare room as content, and exists twice while it is reallocated.
const GROWTH: usize = 3;

/// The first capacity of a vector.
const FIRST: usize = 4;

/// The parsed value, and the copy that headers are compared with.
const VALUES: usize = 2;

/// An element of an array, however small.
const ELEMENT: usize = GROWTH * (TREES * NODE + VALUES * size_of::<Value>());

/// An entry of an object: its key is a string, and a table finds it.
const ENTRY: usize = GROWTH
    * (TREES * 2 * NODE
        + VALUES * (size_of::<Value>() + size_of::<String>() + 4 * size_of::<usize>()));

/// A string without its bytes.
const STRING: usize = ALLOCATION * (TREES + VALUES);

/// A byte of a string.
const BYTE: usize = TREES + VALUES;

/// An additional byte of a string with escapes: such a string is built in a growing buffer.
const ESCAPED_BYTE: usize = GROWTH;

/// The overhead of an array or object that is not empty.
const CONTAINER: usize = FIRST * ENTRY / GROWTH + ALLOCATION * (TREES + 2 * VALUES);

/// The memory of the smallest message.
const MESSAGE: usize = 8 << 10;

/// Why JSON is rejected before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// Nested deeper than [`MAX_DEPTH`].
    TooDeep,
    /// A list of messages.
    Batch,
}

impl Unfit {
    /// Returns the message for the client.
    pub fn explain(self) -> String {
        match self {
            Self::TooDeep => format!("the JSON is nested deeper than {MAX_DEPTH}"),
            Self::Batch => {
                "a batch of messages is not part of this protocol; send one at a time".to_owned()
            }
        }
    }
}

/// Weighs JSON text that arrives in parts, without allocating. Invalid JSON weighs as much as its beginning, which is
/// all that is parsed.
#[derive(Default)]
pub(crate) struct Scale {
    bytes: usize,
    depth: u32,
    /// A bit for each open level, the innermost the lowest: set for an object.
    objects: u64,
    in_string: bool,
    /// Bytes of this string.
    length: usize,
    /// This string has an escape.
    has_escape: bool,
    /// The next byte is part of an escape.
    escaped: bool,
    /// The innermost array or object has nothing in it yet.
    is_empty: bool,
}

impl Scale {
    /// Weighs the next part of the text.
    ///
    /// # Errors
    /// [`Unfit`], after which no more text may be weighed.
    pub fn add(&mut self, part: &[u8]) -> Result<(), Unfit> {
        for byte in part {
            if self.in_string {
                self.in_text(*byte);
            } else {
                self.between(*byte)?;
            }
        }
        Ok(())
    }

    /// Returns an upper bound of the memory that parsing the text takes, in bytes.
    pub fn bytes(&self) -> usize {
        MESSAGE.saturating_add(self.bytes)
    }

    fn charge(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_add(bytes);
    }

    fn in_text(&mut self, byte: u8) {
        self.length += 1;
        self.charge(BYTE);
        if self.has_escape {
            self.charge(ESCAPED_BYTE);
        }
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' => {
                self.escaped = true;
                if !std::mem::replace(&mut self.has_escape, true) {
                    self.charge(ESCAPED_BYTE.saturating_mul(self.length));
                }
            }
            b'"' => self.in_string = false,
            _ => {}
        }
    }

    fn between(&mut self, byte: u8) -> Result<(), Unfit> {
        match byte {
            b' ' | b'\n' | b'\r' | b'\t' => return Ok(()),
            b']' | b'}' => {
                self.depth = self.depth.saturating_sub(1);
                self.objects >>= 1;
                self.is_empty = false;
                return Ok(());
            }
            _ => {}
        }
        if std::mem::take(&mut self.is_empty) {
            self.charge(CONTAINER);
        }
        match byte {
            b'[' if self.depth == 0 => return Err(Unfit::Batch),
            b'[' | b'{' => {
                if self.depth == MAX_DEPTH {
                    return Err(Unfit::TooDeep);
                }
                self.depth += 1;
                self.objects = self.objects << 1 | u64::from(byte == b'{');
                self.is_empty = true;
            }
            b',' => self.charge(if self.objects & 1 == 1 {
                ENTRY
            } else {
                ELEMENT
            }),
            b'"' => {
                self.in_string = true;
                (self.length, self.has_escape) = (0, false);
                self.charge(STRING);
            }
            _ => {}
        }
        Ok(())
    }
}

/// Returns an upper bound of the memory that parsing a message takes, in bytes, or `None` if the message is rejected
/// because it is nested too deep or is a batch.
pub fn weigh(text: &[u8]) -> Option<usize> {
    let mut scale = Scale::default();
    scale.add(text).ok()?;
    Some(scale.bytes())
}

#[cfg(test)]
#[path = "weigh_tests.rs"]
mod tests;
