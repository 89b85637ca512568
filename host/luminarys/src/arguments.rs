//! Arguments on the command line into JSON, by the method's schema.

use std::io::Read;

use anyhow::{Context as _, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

/// The largest file or input taken, in bytes.
const MAX_INPUT: u64 = 256 << 20;

/// `key=value`, `key=@file` and `key:=json` words. A value is text where the schema takes text, and JSON otherwise; a
/// file's content becomes base64 where the schema wants bytes.
///
/// # Errors
/// A word of another form, a key given twice, `:=` without JSON, a file that cannot be read.
pub(crate) fn from_words(words: &[String], schema: &Value) -> anyhow::Result<Value> {
    let mut arguments = Map::new();
    for word in words {
        let (key, value) = word.split_once('=').with_context(|| {
            format!("{word:?} is no argument; write key=value, key=@file or key:=json")
        })?;
        let (key, is_json) = key
            .strip_suffix(':')
            .map_or((key, false), |key| (key, true));
        ensure!(!key.is_empty(), "{word:?} has no key before the `=`");
        let wanted = schema
            .get("properties")
            .and_then(|properties| properties.get(key));
        let value = if is_json {
            serde_json::from_str(value)
                .with_context(|| format!("{key}:= must be followed by JSON"))?
        } else if let Some(path) = value.strip_prefix('@') {
            from_file(path, wanted).with_context(|| format!("{key}=@{path}"))?
        } else {
            typed(value, wanted)
        };
        if arguments.insert(key.to_owned(), value).is_some() {
            bail!("{key} is given twice");
        }
    }
    Ok(Value::Object(arguments))
}

/// `--json`: an object, or `-` for one on standard input.
///
/// # Errors
/// What is no JSON object, or over 256 MiB.
pub(crate) fn from_json(text: &str) -> anyhow::Result<Value> {
    let value: Value = if text == "-" {
        let input = limited(std::io::stdin().lock()).context("reading standard input")?;
        serde_json::from_slice(&input).context("standard input is not JSON")?
    } else {
        serde_json::from_str(text).context("--json: not JSON")?
    };
    ensure!(
        value.is_object(),
        "the arguments must be a JSON object, such as {{\"path\": \"/data\"}}"
    );
    Ok(value)
}

fn from_file(path: &str, schema: Option<&Value>) -> anyhow::Result<Value> {
    let bytes = limited(std::fs::File::open(path)?)?;
    if schema.is_some_and(takes_bytes) {
        return Ok(Value::String(STANDARD.encode(bytes)));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        anyhow::anyhow!(
            "the file is not UTF-8 at byte {}",
            error.utf8_error().valid_up_to()
        )
    })?;
    Ok(typed(&text, schema))
}

fn limited(input: impl Read) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(MAX_INPUT + 1).read_to_end(&mut bytes)?;
    ensure!(
        bytes.len() as u64 <= MAX_INPUT,
        "more than {MAX_INPUT} bytes"
    );
    Ok(bytes)
}

fn typed(text: &str, schema: Option<&Value>) -> Value {
    let as_text = || Value::String(text.to_owned());
    // A key that the schema does not know will be refused by name, whatever its value.
    if schema.is_none_or(|schema| takes_text(schema, text)) {
        return as_text();
    }
    serde_json::from_str(text).unwrap_or_else(|_| as_text())
}

/// Whether a schema takes this text as text. The decimal digits of a wide integer are rather a number.
fn takes_text(schema: &Value, text: &str) -> bool {
    let listed = |list: &Vec<Value>| list.iter().any(|known| known.as_str() == Some(text));
    if let Some(names) = schema.get("enum").and_then(Value::as_array) {
        return listed(names);
    }
    let is_string = match schema.get("type") {
        Some(Value::String(kind)) => kind == "string",
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "string"),
        _ => false,
    };
    (is_string && schema.get("pattern").is_none())
        || forms(schema).any(|form| takes_text(form, text))
}

fn takes_bytes(schema: &Value) -> bool {
    let encoding = schema.get("contentEncoding").and_then(Value::as_str);
    encoding == Some("base64") || forms(schema).any(takes_bytes)
}

fn forms(schema: &Value) -> impl Iterator<Item = &Value> {
    let lists = ["anyOf", "oneOf"].map(|key| schema.get(key).and_then(Value::as_array));
    lists.into_iter().flatten().flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema() -> Value {
        json!({ "properties": {
            "s": { "type": "string" },
            "t": { "type": ["string", "null"] },
            "o": { "anyOf": [{ "type": "string" }, { "type": "null" }] },
            "n": { "type": "integer" },
            "w": { "anyOf": [{ "type": "integer" }, { "type": "string", "pattern": "^[0-9]{1,20}$" }] },
            "f": { "anyOf": [{ "type": "number" }, { "enum": ["NaN"] }] },
            "b": { "type": "boolean" },
            "a": { "type": "array" },
            "m": { "type": "object" },
            "e": { "type": "string", "enum": ["true", "7"] },
            "v": { "anyOf": [{ "enum": ["null"] }, { "type": "object" }] },
            "raw": { "anyOf": [{ "type": "string", "contentEncoding": "base64" }, { "type": "null" }] },
        } })
    }

    fn one(word: &str) -> Value {
        let made = from_words(&[word.to_owned()], &schema()).unwrap();
        let (_, value) = made.as_object().unwrap().iter().next().unwrap();
        value.clone()
    }

    #[test]
    fn values_are_typed_by_the_schema() {
        for (word, expected) in [
            ("s=5", json!("5")),
            ("s=", json!("")),
            ("s=a=b", json!("a=b")),
            ("s=[1]", json!("[1]")),
            ("t=5", json!("5")),
            ("o=true", json!("true")),
            ("n=5", json!(5)),
            ("n=five", json!("five")),
            ("w=18446744073709551615", json!(u64::MAX)),
            ("f=1.5", json!(1.5)),
            ("f=NaN", json!("NaN")),
            ("b=true", json!(true)),
            ("a=[1,2]", json!([1, 2])),
            ("m={\"k\":null}", json!({ "k": null })),
            ("e=true", json!("true")),
            ("e=7", json!("7")),
            ("v=null", json!("null")),
            ("v={}", json!({})),
            ("raw=AAE=", json!("AAE=")),
            ("unknown=5", json!("5")),
            ("s:=null", json!(null)),
            ("unknown:=[true]", json!([true])),
            ("s:=\"@x\"", json!("@x")),
        ] {
            assert_eq!(one(word), expected, "{word}");
        }
    }

    #[test]
    fn files_are_text_json_or_bytes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        std::fs::write(&path, "[1]\n").unwrap();
        let at = path.display();
        assert_eq!(one(&format!("s=@{at}")), json!("[1]\n"));
        assert_eq!(one(&format!("a=@{at}")), json!([1]));
        assert_eq!(one(&format!("raw=@{at}")), json!("WzFdCg=="));
        std::fs::write(&path, [0, 0xff]).unwrap();
        assert_eq!(one(&format!("raw=@{at}")), json!("AP8="));
        let error = from_words(&[format!("s=@{at}")], &schema()).unwrap_err();
        assert!(format!("{error:#}").contains("not UTF-8 at byte 1"));
    }

    #[test]
    fn what_is_no_argument() {
        for (words, part) in [
            (&["a"][..], "key=value"),
            (&["=1"], "no key"),
            (&[":=1"], "no key"),
            (&["s=1", "s=2"], "s is given twice"),
            (&["s:={"], "s:= must be followed by JSON"),
            (&["s=@/none/such"], "s=@/none/such"),
        ] {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            let error = format!("{:#}", from_words(&words, &schema()).unwrap_err());
            assert!(error.contains(part), "{words:?}: {error}");
        }
        for text in ["[1]", "{", "5", ""] {
            assert!(from_json(text).is_err(), "{text:?}");
        }
        assert_eq!(from_json("{\"a\": 1}").unwrap(), json!({ "a": 1 }));
    }
}
