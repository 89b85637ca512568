//! YAML: text is inserted or replaced at the parser's positions, and the result is compared afterwards.
//!
//! - `tree`: values and their positions; `plan`: possible edits; `render`: values as text

mod plan;
mod render;
mod tree;

use serde_json::Value;

use crate::EditError;

pub use render::{render, render_line};
use tree::{Content, Node};

/// Reads the whole text.
pub(crate) fn read(text: &str) -> Result<Value, EditError> {
    // The parser does not treat an empty document as a value.
    if Node::parse(text)?.is_none() {
        return Ok(Value::Null);
    }
    serde_saphyr::from_str(text).map_err(|error| syntax(error.without_snippet()))
}

/// Sets the entry at `path`.
pub(crate) fn set(text: &str, path: &[&str], value: &Value) -> Result<String, EditError> {
    let before = Node::parse(text)?;
    let made = Node::parse(&render(value))?.unwrap_or_default();
    let ways = plan::set(text, before.as_ref(), path, value)?;
    let before = before.unwrap_or_default();
    let says = |way: &Way| {
        let mut expected = before.clone();
        expected.put(path, made.clone(), way.leads);
        way.says(&expected)
    };
    let way = ways.into_iter().find(says);
    way.map(|way| way.text)
        .ok_or_else(|| EditError::entangled(path))
}

/// Appends an item to the list at `path`.
pub(crate) fn append(text: &str, path: &[&str], value: &Value) -> Result<String, EditError> {
    let before = Node::parse(text)?;
    let list = before.as_ref().and_then(|root| root.at(path));
    let Some(list) = list.filter(|list| !list.is_null()) else {
        return set(text, path, &Value::Array(vec![value.clone()]));
    };
    let ways = plan::append(text, list, path, value)?;
    let made = Node::parse(&render(value))?.unwrap_or_default();
    let mut expected = before.clone().unwrap_or_default();
    if let Some(Content::List { items, .. }) = expected.at_mut(path).map(|node| &mut node.content) {
        items.push(made);
    }
    let way = ways.into_iter().find(|way| way.says(&expected));
    way.map(|way| way.text)
        .ok_or_else(|| EditError::entangled(path))
}

/// A possible edit.
struct Way {
    text: String,
    /// Whether the new entry comes before the existing ones.
    leads: bool,
}

impl Way {
    fn says(&self, expected: &Node) -> bool {
        Node::parse(&self.text).is_ok_and(|found| found.as_ref() == Some(expected))
    }
}

fn syntax(error: impl std::fmt::Display) -> EditError {
    let text = error.to_string();
    let first = text.lines().next().unwrap_or_default();
    EditError::Syntax {
        format: "YAML",
        reason: first.trim_start_matches("error: ").to_owned(),
    }
}
