//! What reads bytes of a skill, for the fuzz target.

use crate::wire::{Fields as _, decode};

/// Reads `bytes` as each thing that a skill may hand over.
pub fn read(bytes: &[u8]) {
    let _ = crate::describe::descriptor(bytes);
    let _ = crate::invoke::answer(bytes);
    let Ok(value) = decode(bytes) else {
        return;
    };
    for key in ["path", "limit", "headers", "exclude"] {
        let _ = (
            value.text(key),
            value.integer(key),
            value.flag(key),
            value.bytes(key),
            value.texts(key),
        );
    }
    // What is written again is the same value.
    let mut again = crate::wire::Encoder::default();
    again.value(&value);
    let read = decode(&again.0).expect("what was encoded can be decoded");
    assert_eq!(format!("{read:?}"), format!("{value:?}"));
    // And as JSON.
    let json = crate::json::to_json(&value);
    let mut from_json = crate::wire::Encoder::default();
    crate::json::from_json(&json, &mut from_json);
    let read = decode(&from_json.0).expect("what was encoded can be decoded");
    assert_eq!(crate::json::to_json(&read), json);
}
