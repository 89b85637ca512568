//! What reads bytes of a skill, for the fuzz target.

use crate::wire::{Fields as _, decode};

/// Reads `bytes` as each thing that a skill may hand over.
pub fn read(bytes: &[u8]) {
    let _ = crate::describe::descriptor(bytes);
    let _ = crate::values::answer(bytes);
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
    // What is written again stays as it is from then on; texts that are not UTF-8 have become bytes.
    let mut again = crate::wire::Encoder::default();
    again.value(&value);
    let read = decode(&again.0).expect("what was encoded can be decoded");
    let mut third = crate::wire::Encoder::default();
    third.value(&read);
    assert_eq!(third.0, again.0);
    // And as JSON.
    let json = crate::json::to_json(&value);
    let mut from_json = crate::wire::Encoder::default();
    crate::json::from_json(&json, &mut from_json);
    let read = decode(&from_json.0).expect("what was encoded can be decoded");
    assert_eq!(crate::json::to_json(&read), json);
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_was_found() {
        // A key that is not UTF-8.
        super::read(b"\x81\xa3\xf3io\x01");
        // Deeper than is read; longer than there is.
        super::read(&[0x91; 200]);
        super::read(b"\xdf\xff\xff\xff\xff");
        super::read(b"\x82\xa7version\x01\xa7methods\xc0");
    }
}
