//! Arguments on the command line into JSON, by the method's schema.

use std::io::Read as _;

use anyhow::{Context as _, bail, ensure};
use serde_json::{Map, Value};

/// The largest file or input taken.
const MAX_INPUT: u64 = 256 << 20;

/// `key=value` words. A value is text where the schema wants text, and JSON otherwise.
pub(crate) fn from_words(words: &[String], schema: &Value) -> anyhow::Result<Value> {
    let mut arguments = Map::new();
    for word in words {
        let (key, value) = word
            .split_once('=')
            .with_context(|| format!("{word:?}: key=value was expected"))?;
        let (key, value) = match (key.strip_suffix(':'), value.strip_prefix('@')) {
            (Some(key), _) => {
                let value = serde_json::from_str(value)
                    .with_context(|| format!("{key}: not JSON: {value}"))?;
                (key, value)
            }
            (None, Some(path)) => (key, Value::String(read_file(path)?)),
            (None, None) => (
                key,
                typed(value, schema.pointer(&format!("/properties/{key}"))),
            ),
        };
        ensure!(!key.is_empty(), "{word:?}: the key is empty");
        if arguments.insert(key.to_owned(), value).is_some() {
            bail!("{key} is given twice");
        }
    }
    Ok(Value::Object(arguments))
}

/// `--json`: an object, or `-` for one on standard input.
pub(crate) fn from_json(text: &str) -> anyhow::Result<Value> {
    let text = if text == "-" {
        let mut input = String::new();
        std::io::stdin()
            .take(MAX_INPUT)
            .read_to_string(&mut input)
            .context("reading standard input")?;
        input
    } else {
        text.to_owned()
    };
    let value: Value = serde_json::from_str(&text).context("--json: not JSON")?;
    ensure!(value.is_object(), "--json: an object was expected");
    Ok(value)
}

fn read_file(path: &str) -> anyhow::Result<String> {
    let file = std::fs::File::open(path).with_context(|| format!("reading {path}"))?;
    let mut text = String::new();
    file.take(MAX_INPUT)
        .read_to_string(&mut text)
        .with_context(|| format!("reading {path}"))?;
    Ok(text)
}

fn typed(text: &str, schema: Option<&Value>) -> Value {
    let as_text = || Value::String(text.to_owned());
    // Text where a text will do; what the schema does not know, the host will refuse by name.
    if schema.is_none_or(takes_text) {
        return as_text();
    }
    serde_json::from_str(text).unwrap_or_else(|_| as_text())
}

/// Whether a schema takes any text. Decimal strings and the like do not count.
fn takes_text(schema: &Value) -> bool {
    let plain = schema.get("type").and_then(Value::as_str) == Some("string")
        && schema.get("pattern").is_none();
    plain
        || schema
            .get("anyOf")
            .and_then(Value::as_array)
            .is_some_and(|forms| forms.iter().any(takes_text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_typed_by_the_schema() {
        let schema = json!({ "properties": {
            "s": { "type": "string" },
            "o": { "anyOf": [{ "type": "string" }, { "type": "null" }] },
            "n": { "anyOf": [{ "type": "integer" }, { "type": "string", "pattern": "^[0-9]+$" }] },
            "b": { "type": "boolean" },
            "a": { "type": "array" },
        } });
        let words = [
            "s=5", "o=true", "n=5", "b=true", "a=[1]", "x:=null", "y=z=1",
        ]
        .map(str::to_owned);
        let made = from_words(&words, &schema).unwrap();
        assert_eq!(
            made,
            json!({ "s": "5", "o": "true", "n": 5, "b": true, "a": [1], "x": null, "y": "z=1" })
        );
        for wrong in [
            &["a"][..],
            &["=1"],
            &["a=1", "a=2"],
            &["a:={"],
            &["a=@/none/such"],
        ] {
            let words: Vec<String> = wrong.iter().map(|word| (*word).to_owned()).collect();
            assert!(from_words(&words, &schema).is_err(), "{wrong:?}");
        }
        assert!(from_json("[1]").is_err() && from_json("{").is_err());
    }
}
