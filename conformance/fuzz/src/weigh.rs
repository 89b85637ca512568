//! What a client's JSON is said to take: no less than its value, and nothing for what is nested too deep.

use luminarys_mcp::weigh;
use serde_json::Value;

/// How deep a message may be nested.
const MAX_DEPTH: usize = 64;

/// Weighs a message, and measures what it says.
pub fn check(bytes: &[u8]) {
    let weight = weigh(bytes);
    let Ok(value) = serde_json::from_slice::<Value>(bytes) else {
        return;
    };
    let (held, depth) = measure(&value);
    match weight {
        Some(weight) => {
            assert!(held <= weight, "{held} bytes held, {weight} weighed");
            assert!(depth <= MAX_DEPTH, "{depth} deep");
        }
        None => assert!(value.is_array() || depth > MAX_DEPTH, "refused: {value}"),
    }
}

/// The bytes of a value and all that is in it, and how deep that is.
fn measure(value: &Value) -> (usize, usize) {
    let own = size_of::<Value>();
    let inner = |values: &mut dyn Iterator<Item = &Value>| {
        values
            .map(measure)
            .fold((own, 1), |(bytes, depth), (more, below)| {
                (bytes + more, depth.max(below + 1))
            })
    };
    match value {
        Value::String(text) => (own + text.len(), 0),
        Value::Array(values) => inner(&mut values.iter()),
        Value::Object(entries) => {
            let keys: usize = entries
                .keys()
                .map(|key| size_of::<String>() + key.len())
                .sum();
            let (bytes, depth) = inner(&mut entries.values());
            (bytes + keys, depth)
        }
        _ => (own, 0),
    }
}
