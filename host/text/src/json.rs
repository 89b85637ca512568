//! The size of JSON in memory: before it is parsed, and once it is.

use std::io;
use std::mem::size_of;

use serde::Serialize;
use serde_json::Value;

/// What an allocation takes beside what is asked for.
const ALLOCATION: u64 = 32;
/// The memory of a value in an array, which may have capacity for twice as many.
const ITEM: u64 = 2 * size_of::<Value>() as u64;
/// The memory of an array's first value: the capacity is four.
const ARRAY: u64 = 4 * size_of::<Value>() as u64 + ALLOCATION;
/// An entry of an object: key, value and hash.
const BUCKET: u64 = (size_of::<String>() + size_of::<Value>() + size_of::<usize>()) as u64;
/// The memory of an object's first entry, with the object's index.
const OBJECT: u64 = 4 * BUCKET + 64;
/// The memory of another entry without its value.
const ENTRY: u64 = BUCKET + 32;
/// The memory of a string without its bytes.
const TEXT: u64 = ALLOCATION;
/// An entry of an object with its places in the index.
const INDEXED: u64 = BUCKET + 2 * size_of::<usize>() as u64;

/// The length of a value as JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// In bytes.
    pub bytes: usize,
    /// In characters.
    pub characters: usize,
}

impl io::Write for Written {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        self.bytes += part.len();
        // UTF-8 bytes that begin a character.
        self.characters += part.iter().filter(|byte| **byte & 0xc0 != 0x80).count();
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Measures `value` as JSON, without serialising it to memory.
pub fn written(value: &impl Serialize) -> Written {
    let mut written = Written::default();
    // Counting does not fail, and neither does serialising a JSON value.
    let _ = serde_json::to_writer(&mut written, value);
    written
}

/// Returns an upper bound of the bytes that JSON text takes once parsed into `serde_json`'s values. Linear, without
/// allocating; for
/// text that is not JSON the number is meaningless.
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

/// Returns the bytes to the end of a string, including its closing quote.
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

/// Returns the bytes that a value takes, including itself.
pub fn memory(value: &Value) -> u64 {
    size_of::<Value>() as u64 + content(value)
}

fn content(value: &Value) -> u64 {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(text) => text.capacity() as u64 + ALLOCATION,
        Value::Array(items) => {
            let room = (items.capacity() * size_of::<Value>()) as u64;
            room + ALLOCATION + items.iter().map(content).sum::<u64>()
        }
        Value::Object(entries) if entries.is_empty() => 0,
        Value::Object(entries) => {
            // The table's capacity is larger and not exposed: an eighth stays free.
            let room = (entries.len() * 8 / 7 + 1).next_power_of_two().max(4);
            let room = room as u64 * INDEXED;
            let each = entries.iter();
            let each = each.map(|(key, value)| key.capacity() as u64 + ALLOCATION + content(value));
            room + 2 * ALLOCATION + each.sum::<u64>()
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<i64>().prop_map(Value::from),
            ".{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 200, 20, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..20).prop_map(Value::from),
                prop::collection::vec((".{0,6}", inner), 0..20)
                    .prop_map(|entries| Value::Object(entries.into_iter().collect())),
            ]
        })
    }

    proptest! {
        /// The bound for text is enough for the parsed value.
        #[test]
        fn parsed_json_takes_no_more_than_its_text_weighs(value in any_json()) {
            for text in [value.to_string(), format!("{value:#}")] {
                let parsed: Value = serde_json::from_str(&text).unwrap();
                let weight = weigh(text.as_bytes());
                prop_assert!(memory(&parsed) <= weight, "{weight} for {text}");
            }
        }
    }

    #[test]
    fn nested_values_count_with_their_memory() {
        let none = memory(&json!(null));
        assert_eq!(none, size_of::<Value>() as u64);
        // Parsed arrays take many times their text.
        let text = format!("[{}]", vec!["[]"; 1000].join(","));
        let parsed: Value = serde_json::from_str(&text).unwrap();
        let size = memory(&parsed);
        assert!(size >= 1000 * none && size < 3000 * none, "{size}");
        let object: Value = serde_json::from_str(r#"{"abc": "0123456789"}"#).unwrap();
        assert!(memory(&object) >= none + 13 + INDEXED);
    }
}
