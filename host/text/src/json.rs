//! The size of JSON before it is parsed.

use std::mem::size_of;

use serde_json::Value;

/// What a value takes in an array, where there is room for twice as many as there are.
const ITEM: u64 = 2 * size_of::<Value>() as u64;
/// What the first value of an array takes: there is room for four.
const ARRAY: u64 = 4 * size_of::<Value>() as u64;
/// An entry of an object: key, value and hash.
const BUCKET: u64 = (size_of::<String>() + size_of::<Value>() + size_of::<usize>()) as u64;
/// What the first entry of an object takes, with the object's index.
const OBJECT: u64 = 4 * BUCKET + 64;
/// What another entry takes beside its value.
const ENTRY: u64 = BUCKET + 32;
/// What a text takes beside its bytes.
const TEXT: u64 = 32;

/// The most bytes that JSON text takes once it is parsed into `serde_json`'s values. Linear, and without allocating; for
/// text that is not JSON the number means nothing.
pub fn weigh(text: &[u8]) -> u64 {
    let mut weight = ITEM;
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        weight += match byte {
            b'[' => ARRAY,
            b'{' => OBJECT,
            b',' => ITEM,
            b':' => ENTRY,
            b'"' => {
                let length = string(rest);
                rest = &rest[length..];
                TEXT + length as u64
            }
            _ => 0,
        };
    }
    weight
}

/// Bytes to the end of a string, its closing quote included.
fn string(text: &[u8]) -> usize {
    let mut escaped = false;
    for (index, byte) in text.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return index + 1,
            _ => {}
        }
    }
    text.len()
}
