//! Compares an answer with the expected one.

use anyhow::{bail, ensure};
use serde_json::Value;

use crate::case::Expect;
use crate::host::Answer;
use crate::world::World;

/// Fails with a description if `answer` does not match `expect`.
pub fn check(expect: &Expect, answer: &Answer, world: &World) -> anyhow::Result<()> {
    let wants_error = expect.error.is_some() || expect.denied.is_some();
    let wants_result =
        expect.result.is_some() || expect.contains.is_some() || expect.text.is_some() || expect.ok;
    match &answer.result {
        Ok(value) => {
            ensure!(!wants_error, "expected an error, got {value}");
            if let Some(wanted) = &expect.result {
                let wanted = world.fill_value(wanted);
                ensure!(
                    *value == wanted || is_text_of(value, &wanted),
                    "expected {wanted}\n     got {value}"
                );
            }
            if let Some(part) = &expect.contains {
                let part = world.fill_value(part);
                ensure!(
                    contains(value, &part),
                    "expected a result that contains {part}\n     got {value}"
                );
            }
            if let Some(text) = &expect.text {
                let second = answer.blocks.get(1);
                ensure!(
                    second == Some(text),
                    "expected the text {text:?} for the model, got {second:?}"
                );
            }
        }
        Err(text) => {
            // A misspelt method must not count as a refused one.
            let meant = expect.error.as_deref().is_some_and(|part| !part.is_empty());
            ensure!(meant || !text.starts_with("unknown tool"), "{text}");
            if wants_result {
                bail!("expected a result, got the error {text:?}");
            }
            if let Some(part) = &expect.error {
                let part = world.fill(part);
                ensure!(
                    text.contains(&part),
                    "expected an error with {part:?}\n     got {text:?}"
                );
            }
            if let Some(rule) = &expect.denied {
                let rule = world.fill(rule);
                ensure!(text.contains("denied"), "expected a denial, got {text:?}");
                ensure!(
                    text.contains(&rule),
                    "expected a denial that names {rule:?}\n     got {text:?}"
                );
            }
        }
    }
    Ok(())
}

/// Whether `value` is plain text for a number, a boolean or nothing.
fn is_text_of(value: &Value, wanted: &Value) -> bool {
    let plain = matches!(wanted, Value::Null | Value::Bool(_) | Value::Number(_));
    let text = value.as_str().filter(|_| plain);
    text.is_some_and(|text| serde_json::from_str(text).ok().as_ref() == Some(wanted))
}

/// Whether `value` contains everything in `part`.
fn contains(value: &Value, part: &Value) -> bool {
    match (value, part) {
        (Value::String(value), Value::String(part)) => value.contains(part.as_str()),
        (Value::Object(value), Value::Object(part)) => part
            .iter()
            .all(|(key, part)| value.get(key).is_some_and(|value| contains(value, part))),
        (Value::Array(value), Value::Array(part)) => {
            part.len() <= value.len()
                && value
                    .iter()
                    .zip(part)
                    .all(|(value, part)| contains(value, part))
        }
        _ => value == part,
    }
}

#[cfg(test)]
mod tests {
    use super::contains;
    use luminarys_testing::each_row;
    use serde_json::json;

    #[test]
    fn contains_compares_parts() {
        let rows = [
            (json!("abc"), json!("b"), true),
            (json!("abc"), json!("x"), false),
            (json!({"a": 1, "b": [1, 2]}), json!({"b": [1]}), true),
            (json!({"a": 1}), json!({"b": 1}), false),
            (json!([1]), json!([1, 2]), false),
            (json!(1), json!(2), false),
        ];
        each_row(rows, |(value, part, expected)| {
            assert_eq!(contains(&value, &part), expected, "{value} {part}");
        });
    }
}
