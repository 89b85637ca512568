//! Writes values as YAML.

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// Plain scalars that are not strings, or were not in older YAML versions.
const WORDS: [&str; 9] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];

/// Writes a value: mappings with one entry per line, lists in brackets.
pub fn render(value: &Value) -> String {
    match value {
        Value::Object(entries) if !entries.is_empty() => block(entries, 0, "\n"),
        value => flow(value) + "\n",
    }
}

/// Writes an entry of a mapping in one line, without a line end.
pub fn render_line(key: &str, value: &Value) -> String {
    format!("{}: {}", scalar(key), flow(value))
}

/// Writes the entries of a mapping, each line with `indent` spaces and `line_end`.
pub(super) fn block(entries: &Map<String, Value>, indent: usize, line_end: &str) -> String {
    let mut out = String::new();
    for (key, value) in entries {
        let (margin, key) = (" ".repeat(indent), scalar(key));
        let written = match value {
            Value::Object(entries) if !entries.is_empty() => {
                let inside = block(entries, indent + 2, line_end);
                write!(out, "{margin}{key}:{line_end}{inside}")
            }
            value => write!(out, "{margin}{key}: {}{line_end}", flow(value)),
        };
        // Writing to a String cannot fail.
        _ = written;
    }
    out
}

/// Writes a value in one line.
pub(super) fn flow(value: &Value) -> String {
    match value {
        Value::Object(entries) if entries.is_empty() => "{}".to_owned(),
        Value::Object(entries) => {
            let entries = entries.iter();
            let each = entries.map(|(key, value)| format!("{}: {}", scalar(key), flow(value)));
            format!("{{ {} }}", each.collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => {
            let each: Vec<String> = items.iter().map(flow).collect();
            format!("[{}]", each.join(", "))
        }
        Value::String(text) => scalar(text),
        other => other.to_string(),
    }
}

/// Writes a string, in quotes if necessary.
pub(super) fn scalar(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    let mut out = String::from('"');
    for character in text.chars() {
        let code = u32::from(character);
        let written = match character {
            '"' | '\\' => write!(out, "\\{character}"),
            '\n' => write!(out, "\\n"),
            '\t' => write!(out, "\\t"),
            _ if code < 0x20 || (0x7f..0xa0).contains(&code) => write!(out, "\\x{code:02x}"),
            // Line breaks and invisible characters.
            '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{200b}'..='\u{200f}'
            | '\u{feff}'
            | '\u{fffe}'
            | '\u{ffff}' => {
                write!(out, "\\u{code:04x}")
            }
            _ => write!(out, "{character}"),
        };
        _ = written;
    }
    out.push('"');
    out
}

/// Whether a string can be written without quotes at any place.
pub(super) fn is_plain(text: &str) -> bool {
    let is_known = |c: char| c.is_ascii_alphanumeric() || "_./-".contains(c);
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || "_/".contains(c));
    let is_word = WORDS.iter().any(|word| text.eq_ignore_ascii_case(word));
    begins && text.chars().all(is_known) && !is_word
}
