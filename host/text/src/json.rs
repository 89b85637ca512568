//! The size of JSON in memory: before it is parsed, and once it is.

use std::io;
use std::mem::size_of;

use serde::Serialize;
use serde_json::Value;

/// What an allocation takes beside what is asked for.
const ALLOCATION: u64 = 32;
/// What a value takes in an array, where there is room for twice as many as there are.
const ITEM: u64 = 2 * size_of::<Value>() as u64;
/// What the first value of an array takes: there is room for four.
const ARRAY: u64 = 4 * size_of::<Value>() as u64 + ALLOCATION;
/// An entry of an object: key, value and hash.
const BUCKET: u64 = (size_of::<String>() + size_of::<Value>() + size_of::<usize>()) as u64;
/// What the first entry of an object takes, with the object's index.
const OBJECT: u64 = 4 * BUCKET + 64;
/// What another entry takes beside its value.
const ENTRY: u64 = BUCKET + 32;
/// What a text takes beside its bytes.
const TEXT: u64 = ALLOCATION;
/// An entry of an object with its places in the index.
const INDEXED: u64 = BUCKET + 2 * size_of::<usize>() as u64;

/// How long a value is as JSON.
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
        // The bytes of UTF-8 that begin a character.
        self.characters += part.iter().filter(|byte| **byte & 0xc0 != 0x80).count();
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Measures `value` as JSON, without making it.
pub fn written(value: &impl Serialize) -> Written {
    let mut written = Written::default();
    // Counting does not fail, nor does writing what is JSON already.
    let _ = serde_json::to_writer(&mut written, value);
    written
}

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

/// The bytes that a value takes, itself included.
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
            // Its table has room for more than it holds, which it does not tell: an eighth stays free.
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
        /// What is charged before text is parsed is enough for what it is parsed into.
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
    fn nested_values_count_by_what_they_take() {
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
