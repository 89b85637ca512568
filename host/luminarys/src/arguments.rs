//! Converts arguments on the command line to JSON, according to each parameter's type.

use std::io::Read;

use anyhow::{Context as _, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use luminarys_orchestrator::{Form, NamedForm};
use serde_json::{Map, Value};

/// The largest file or input accepted, in bytes.
const MAX_INPUT: u64 = 256 << 20;

/// Converts `key=value`, `key=@file` and `key:=json` words. A value is text if the method takes text, and JSON
/// otherwise; a file's content becomes base64 if the method takes bytes.
///
/// # Errors
/// Fails for a word of another form, a key given twice, `:=` without JSON, and a file that cannot be read.
pub(crate) fn from_words(words: &[String], forms: &[NamedForm]) -> anyhow::Result<Value> {
    let mut arguments = Map::new();
    for word in words {
        let (key, value) = word.split_once('=').with_context(|| {
            format!("{word:?} is not an argument; write key=value, key=@file or key:=json")
        })?;
        let (key, is_json) = key
            .strip_suffix(':')
            .map_or((key, false), |key| (key, true));
        ensure!(!key.is_empty(), "{word:?} has no key before the `=`");
        let wanted = forms.iter().find(|known| known.name == key);
        let wanted = wanted.map(|known| &known.form);
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

/// Reads `--json`: an object, or `-` for one on standard input.
///
/// # Errors
/// Fails for text that is not a JSON object, or is longer than 256 MiB.
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

fn from_file(path: &str, wanted: Option<&Form>) -> anyhow::Result<Value> {
    let bytes = limited(std::fs::File::open(path)?)?;
    if wanted == Some(&Form::Bytes) {
        return Ok(Value::String(STANDARD.encode(bytes)));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        anyhow::anyhow!(
            "the file is not UTF-8 at byte {}",
            error.utf8_error().valid_up_to()
        )
    })?;
    Ok(typed(&text, wanted))
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

fn typed(text: &str, wanted: Option<&Form>) -> Value {
    let as_text = || Value::String(text.to_owned());
    // A key that the method does not know is rejected by name later, whatever its value.
    if wanted.is_none_or(|form| form.takes_text(text)) {
        return as_text();
    }
    serde_json::from_str(text).unwrap_or_else(|_| as_text())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use luminarys_testing::each_row;

    use super::*;

    fn forms() -> Vec<NamedForm> {
        let other = || Form::Json { names: Vec::new() };
        let names = vec!["null".to_owned(), "some-of".to_owned()];
        let known = [
            ("s", Form::Text),
            ("n", other()),
            ("v", Form::Json { names }),
            ("raw", Form::Bytes),
        ];
        let named = |(name, form): (&str, Form)| NamedForm {
            name: name.to_owned(),
            form,
        };
        known.map(named).into()
    }

    fn one(word: &str) -> Value {
        let made = from_words(&[word.to_owned()], &forms()).unwrap();
        let (_, value) = made.as_object().unwrap().iter().next().unwrap();
        value.clone()
    }

    #[test]
    fn values_follow_the_parameter_types() {
        let rows = [
            ("s=5", json!("5")),
            ("s=", json!("")),
            ("s=a=b", json!("a=b")),
            ("s=[1]", json!("[1]")),
            ("s=true", json!("true")),
            ("n=5", json!(5)),
            ("n=five", json!("five")),
            ("n=18446744073709551615", json!(u64::MAX)),
            ("n=1.5", json!(1.5)),
            ("n=NaN", json!("NaN")),
            ("n=true", json!(true)),
            ("n=[1,2]", json!([1, 2])),
            ("n={\"k\":null}", json!({ "k": null })),
            ("v=null", json!("null")),
            ("v=some-of", json!("some-of")),
            ("v={}", json!({})),
            ("raw=AAE=", json!("AAE=")),
            ("unknown=5", json!("5")),
            ("s:=null", json!(null)),
            ("unknown:=[true]", json!([true])),
            ("s:=\"@x\"", json!("@x")),
        ];
        each_row(rows, |(word, expected)| {
            assert_eq!(one(word), expected, "{word}");
        });
    }

    #[test]
    fn files_are_text_json_or_bytes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        std::fs::write(&path, "[1]\n").unwrap();
        let at = path.display();
        assert_eq!(one(&format!("s=@{at}")), json!("[1]\n"));
        assert_eq!(one(&format!("n=@{at}")), json!([1]));
        assert_eq!(one(&format!("raw=@{at}")), json!("WzFdCg=="));
        std::fs::write(&path, [0, 0xff]).unwrap();
        assert_eq!(one(&format!("raw=@{at}")), json!("AP8="));
        let error = from_words(&[format!("s=@{at}")], &forms()).unwrap_err();
        assert!(format!("{error:#}").contains("not UTF-8 at byte 1"));
    }

    #[test]
    fn invalid_arguments_are_rejected() {
        let rows = [
            (&["a"][..], "key=value"),
            (&["=1"], "no key"),
            (&[":=1"], "no key"),
            (&["s=1", "s=2"], "s is given twice"),
            (&["s:={"], "s:= must be followed by JSON"),
            (&["s=@/none/such"], "s=@/none/such"),
        ];
        each_row(rows, |(words, part)| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            let error = format!("{:#}", from_words(&words, &forms()).unwrap_err());
            assert!(error.contains(part), "{words:?}: {error}");
        });
        let rows = ["[1]", "{", "5", ""];
        each_row(rows, |text| {
            assert!(from_json(text).is_err(), "{text:?}");
        });
        assert_eq!(from_json("{\"a\": 1}").unwrap(), json!({ "a": 1 }));
    }
}
