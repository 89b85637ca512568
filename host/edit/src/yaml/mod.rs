//! YAML: text is inserted or replaced at the places that the parser names, and compared afterwards.
//!
//! - `tree`: what stands where; `plan`: the ways to write a change; `render`: values as text

mod plan;
mod render;
mod tree;

use serde_json::Value;

use crate::EditError;

pub use render::{render, render_line};
use tree::{Content, Node};

/// Reads the whole text.
pub(crate) fn read(text: &str) -> Result<Value, EditError> {
    // The parser takes no empty document for a value.
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
    let mut expected = before.unwrap_or_default();
    expected.put(path, made);
    first_that_says(&expected, ways).ok_or_else(|| EditError::entangled(path))
}

/// Adds an item to the end of the list at `path`.
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
    first_that_says(&expected, ways).ok_or_else(|| EditError::entangled(path))
}

fn first_that_says(expected: &Node, ways: Vec<String>) -> Option<String> {
    let says =
        |text: &String| Node::parse(text).is_ok_and(|found| found.as_ref() == Some(expected));
    ways.into_iter().find(says)
}

fn syntax(error: impl std::fmt::Display) -> EditError {
    let text = error.to_string();
    let first = text.lines().next().unwrap_or_default();
    EditError::Syntax {
        format: "YAML",
        reason: first.trim_start_matches("error: ").to_owned(),
    }
}
