//! What values take in memory, for those who are charged with it.

use serde_json::Value;
use wasmtime::component::Val;

/// What an entry of a map takes beside its key's text and its value's content: key, value, hash and a place in the index.
const ENTRY: usize = size_of::<String>() + size_of::<Value>() + 3 * size_of::<usize>();

/// The bytes that a JSON value takes, itself included.
pub(crate) fn json_memory(value: &Value) -> u64 {
    size_of::<Value>() as u64 + content(value)
}

fn content(value: &Value) -> u64 {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(text) => text.capacity() as u64,
        Value::Array(items) => {
            let room = items.capacity() * size_of::<Value>();
            room as u64 + items.iter().map(content).sum::<u64>()
        }
        Value::Object(entries) => {
            // Its table has room for more than it holds, which it does not tell.
            let room = entries.len().next_power_of_two() * ENTRY;
            let each = entries.iter();
            let each = each.map(|(key, value)| key.capacity() as u64 + content(value));
            room as u64 + each.sum::<u64>()
        }
    }
}

/// The bytes that component values take.
pub(crate) fn values_memory(values: &[Val]) -> u64 {
    values.iter().map(value_memory).sum()
}

fn value_memory(value: &Val) -> u64 {
    let own = size_of::<Val>() as u64;
    let boxed = |inner: &Option<Box<Val>>| inner.as_deref().map_or(0, value_memory);
    let text = |text: &String| text.capacity() as u64;
    own + match value {
        Val::String(name) | Val::Enum(name) => text(name),
        Val::List(items) if matches!(items.first(), Some(Val::U8(_))) => items.len() as u64 * own,
        Val::List(items) | Val::FixedLengthList(items) | Val::Tuple(items) => values_memory(items),
        Val::Map(entries) => entries
            .iter()
            .map(|(key, value)| value_memory(key) + value_memory(value))
            .sum(),
        Val::Record(fields) => fields
            .iter()
            .map(|(name, value)| size_of::<String>() as u64 + text(name) + value_memory(value))
            .sum(),
        Val::Variant(name, payload) => text(name) + boxed(payload),
        Val::Flags(names) => names
            .iter()
            .map(|name| size_of::<String>() as u64 + text(name))
            .sum(),
        Val::Option(inner) | Val::Result(Ok(inner) | Err(inner)) => boxed(inner),
        _ => 0,
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
                let weight = luminarys_text::json::weigh(text.as_bytes());
                prop_assert!(json_memory(&parsed) <= weight, "{weight} for {text}");
            }
        }
    }

    #[test]
    fn nested_values_count_by_what_they_take() {
        let none = json_memory(&json!(null));
        assert_eq!(none, size_of::<Value>() as u64);
        // Parsed arrays take many times their text.
        let text = format!("[{}]", vec!["[]"; 1000].join(","));
        let parsed: Value = serde_json::from_str(&text).unwrap();
        let size = json_memory(&parsed);
        assert!(size >= 1000 * none && size < 3000 * none, "{size}");
        let object: Value = serde_json::from_str(r#"{"abc": "0123456789"}"#).unwrap();
        assert!(json_memory(&object) >= none + 13 + ENTRY as u64);
        let bytes = Val::List(vec![Val::U8(0); 100]);
        assert_eq!(value_memory(&bytes), 101 * size_of::<Val>() as u64);
    }
}
