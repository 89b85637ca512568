//! Shortens results that are too long to be shown. The result still matches the tool's schema:
//! strings, lists and maps become shorter, and required properties stay.

use luminarys_text::{json, share};
use serde::Serialize;
use serde_json::{Map, Value};

/// The maximum length of the mark at the end of a shortened string, in characters.
const MARK: usize = 40;

/// The minimum room for an element or string below which no part of it is shown, in characters.
const LEAST: usize = 80;

/// Returns the beginning of `text`, at most `max` characters in whole lines; of a single line that is longer, its
/// beginning.
pub(crate) fn beginning(text: &str, max: usize) -> &str {
    let Some((end, _)) = text.char_indices().nth(max) else {
        return text;
    };
    let lines = text[..end].rfind('\n').map_or(0, |at| at + 1);
    match lines {
        0 => &text[..end],
        lines => &text[..lines],
    }
}

/// Returns the length of `value` as JSON, in characters.
pub(crate) fn length(value: &impl Serialize) -> usize {
    json::written(value).characters
}

/// Shortens `value` to about `max` characters of JSON, according to `schema` if there is one.
pub(crate) fn shorten(value: Value, schema: Option<&Value>, max: usize) -> Value {
    let size = length(&value);
    match value {
        value if size <= max => value,
        Value::String(text) => Value::String(string(&text, size, max)),
        Value::Array(items) => Value::Array(list(items, schema, max)),
        Value::Object(members) => Value::Object(object(members, schema, max)),
        value => value,
    }
}

fn string(text: &str, size: usize, max: usize) -> String {
    let characters = text.chars().count();
    // Escapes take room too; they are assumed to be spread evenly.
    let room = max.saturating_sub(MARK);
    let kept = beginning(text, room.saturating_mul(characters) / size.max(1));
    let left_out = characters - kept.chars().count();
    format!("{kept}[{left_out} characters left out]")
}

fn list(items: Vec<Value>, schema: Option<&Value>, max: usize) -> Vec<Value> {
    let least = schema.and_then(|schema| schema.get("minItems")?.as_u64());
    let schema = schema.and_then(|schema| schema.get("items"));
    if least.is_some_and(|least| least >= items.len() as u64) {
        let sizes = items.iter().map(length);
        let most = share(sizes, max.saturating_sub(items.len() + 2));
        return items
            .into_iter()
            .map(|item| shorten(item, schema, most))
            .collect();
    }
    let mut room = max.saturating_sub(2);
    let mut kept = Vec::new();
    for item in items {
        let size = length(&item) + 1;
        if size <= room {
            room -= size;
            kept.push(item);
            continue;
        }
        // A part of the only element says more than an empty list.
        if kept.is_empty() || room > LEAST {
            kept.push(shorten(item, schema, room.saturating_sub(1)));
        }
        break;
    }
    kept
}

fn object(members: Map<String, Value>, schema: Option<&Value>, max: usize) -> Map<String, Value> {
    let required: Vec<&str> = schema
        .and_then(|schema| schema.get("required")?.as_array())
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let key_size = |key: &String| length(key) + 2;
    let mut members: Vec<(String, Value, usize)> = members
        .into_iter()
        .map(|(key, value)| {
            let size = length(&value);
            (key, value, size)
        })
        .collect();
    // Names alone may be too long, as in a map.
    let mut names: usize = members
        .iter()
        .map(|(key, ..)| key_size(key) + LEAST.min(MARK))
        .sum();
    while names > max
        && let Some(at) = members
            .iter()
            .rposition(|(key, ..)| !required.contains(&key.as_str()))
    {
        let (key, ..) = members.remove(at);
        names -= key_size(&key) + LEAST.min(MARK);
    }
    let keys: usize = members.iter().map(|(key, ..)| key_size(key)).sum();
    let most = share(
        members.iter().map(|(.., size)| *size),
        max.saturating_sub(keys + 2),
    );
    members
        .into_iter()
        .map(|(key, value, _)| {
            let schema = schema.and_then(|schema| schema.get("properties")?.get(&key));
            let value = shorten(value, schema, most);
            (key, value)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn text_is_cut_at_a_line() {
        let rows = [
            ("one\ntwo\n", 8, "one\ntwo\n"),
            ("one\ntwo\n", 7, "one\n"),
            ("one\ntwo\n", 4, "one\n"),
            ("one\ntwo\n", 3, "one"),
            ("äöü\nß", 4, "äöü\n"),
            ("äöü", 2, "äö"),
            ("", 0, ""),
            ("x", 0, ""),
        ];
        each_row(rows, |(text, max, expected)| {
            assert_eq!(beginning(text, max), expected, "{text:?} {max}");
        });
    }

    #[test]
    fn large_values_become_shorter() {
        let rows: Vec<Value> = (0..1_000).map(|it| json!({ "id": it })).collect();
        let value =
            json!({ "rows": rows, "log": "line\n".repeat(1_000), "count": 1_000, "ok": true });
        let short = shorten(value, None, 1_000);
        assert_eq!(
            (&short["count"], &short["ok"]),
            (&json!(1_000), &json!(true))
        );
        let rows = short["rows"].as_array().unwrap();
        assert!(
            rows.len() > 20 && rows[20] == json!({ "id": 20 }),
            "{short}"
        );
        let log = short["log"].as_str().unwrap();
        assert!(log.starts_with("line\nline\n") && log.ends_with(" characters left out]"));
        assert!(length(&short) <= 1_000, "{}", length(&short));
        let large = json!(["x".repeat(500)]);
        assert!(shorten(large, None, 200)[0].as_str().unwrap().len() > 100);
        // A tuple keeps its elements.
        let tuple = json!(["x".repeat(500), 7, "y".repeat(500)]);
        let short = shorten(tuple, Some(&json!({ "minItems": 3 })), 300);
        assert!(
            short[1] == 7 && short[2].as_str().unwrap().len() > 100,
            "{short}"
        );
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "(?s).{0,200}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 200, 20, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..20).prop_map(Value::from),
                proptest::collection::btree_map("[a-z]{1,8}", inner, 0..20)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    fn same_shape(short: &Value, long: &Value) -> bool {
        match (short, long) {
            (Value::String(_), Value::String(_)) => true,
            (Value::Array(short), Value::Array(long)) => {
                short.len() <= long.len()
                    && short
                        .iter()
                        .zip(long)
                        .all(|(one, other)| same_shape(one, other))
            }
            (Value::Object(short), Value::Object(long)) => short
                .iter()
                .all(|(key, one)| long.get(key).is_some_and(|other| same_shape(one, other))),
            (short, long) => short == long,
        }
    }

    /// The parts of the value that cannot become shorter: numbers, required names.
    fn fixed(value: &Value) -> usize {
        match value {
            Value::Array(items) => 2 + items.first().map_or(0, fixed),
            Value::Object(members) => {
                let each = members
                    .iter()
                    .map(|(key, value)| length(key) + 2 + fixed(value));
                2 + each.sum::<usize>()
            }
            Value::String(_) => MARK,
            value => length(value),
        }
    }

    proptest! {
        #[test]
        fn the_shape_stays_and_the_limit_holds(value in value(), max in 0_usize..2_000) {
            let schema = json!({ "required": ["a", "b"] });
            let short = shorten(value.clone(), Some(&schema), max);
            prop_assert!(same_shape(&short, &value), "{short} of {value}");
            if length(&value) <= max {
                prop_assert_eq!(&short, &value);
            }
            prop_assert!(length(&short) <= max.max(fixed(&value)) + LEAST, "{} {max}", length(&short));
            for required in ["a", "b"] {
                prop_assert_eq!(short.get(required).is_some(), value.get(required).is_some());
            }
        }
    }
}
