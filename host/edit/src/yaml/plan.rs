//! Possible edits for a change, the best first. Each result is checked afterwards, so an edit may be wrong.

use std::ops::Range;

use serde_json::{Map, Value};

use super::Way;
use super::render::{block, flow, scalar};
use super::tree::{Content, Node};
use crate::EditError;

/// An edit of a text at one place.
struct Text<'a> {
    text: &'a str,
    line_end: &'static str,
}

/// Returns the possible edits that set the entry at `path`.
///
/// # Errors
/// [`EditError`] if a value on the path is not a mapping.
pub(super) fn set(
    text: &str,
    root: Option<&Node>,
    path: &[&str],
    value: &Value,
) -> Result<Vec<Way>, EditError> {
    let text = Text::new(text);
    let Some(root) = root.filter(|root| !root.is_null() || !root.range.is_empty()) else {
        return Ok(vec![text.at_end(&nested(path, value))]);
    };
    let mut place = Place {
        key: None,
        node: root,
        indent: 0,
        is_flow: false,
    };
    for (depth, name) in path.iter().enumerate() {
        let node = place.node;
        if node.is_anchored {
            return Err(EditError::entangled(&path[..depth]));
        }
        let rest = nested(&path[depth..], value);
        match &node.content {
            Content::Mapping { is_flow, entries } => {
                let Some((key, value)) = node.get(name) else {
                    return Ok(match (entries.last(), is_flow) {
                        (None, _) => text.fill(&place, &rest),
                        (Some((_, last)), true) => vec![text.behind_in_flow(last, &rest)],
                        (Some(_), false) => text.beneath(node, &rest),
                    });
                };
                place = Place {
                    key: Some(key),
                    node: value,
                    indent: node.column + 2,
                    is_flow: place.is_flow || *is_flow,
                };
            }
            _ if node.is_null() => return Ok(text.fill(&place, &rest)),
            _ => return Err(EditError::kind(&path[..depth], node.kind(), "a mapping")),
        }
    }
    Ok(text.fill(&place, value))
}

/// Returns the possible edits that append an item to `list`, which is at `path`.
///
/// # Errors
/// [`EditError::Kind`] if it is not a list.
pub(super) fn append(
    text: &str,
    list: &Node,
    path: &[&str],
    value: &Value,
) -> Result<Vec<Way>, EditError> {
    let text = Text::new(text);
    let Content::List { is_flow, items } = &list.content else {
        return Err(EditError::kind(path, list.kind(), "a list"));
    };
    if list.is_anchored {
        return Err(EditError::entangled(path));
    }
    let item = flow(value);
    let (Some(first), Some(last)) = (items.first(), items.last()) else {
        return Ok(vec![text.with(list.range.clone(), &format!("[{item}]"))]);
    };
    if *is_flow {
        let end = last.range.end;
        return Ok(vec![text.with(end..end, &format!(", {item}"))]);
    }
    let line = text.text[..first.range.start]
        .rfind('\n')
        .map_or(0, |at| at + 1);
    let margin = &text.text[line..first.range.start];
    let margin = &margin[..margin.len() - margin.trim_start().len()];
    let end = text.line_end_after(last.range.end);
    Ok(vec![text.with(
        end..end,
        &format!("{}{margin}- {item}", text.line_end),
    )])
}

/// The place of an existing or new value.
struct Place<'a> {
    /// Its key; `None` for the root.
    key: Option<&'a Node>,
    node: &'a Node,
    /// The indentation of the entries of a block mapping here.
    indent: usize,
    is_flow: bool,
}

impl<'a> Text<'a> {
    fn new(text: &'a str) -> Self {
        let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
        Self { text, line_end }
    }

    fn with(&self, range: Range<usize>, new: &str) -> Way {
        let (before, after) = (&self.text[..range.start], &self.text[range.end..]);
        Way {
            text: format!("{before}{new}{after}"),
            leads: false,
        }
    }

    /// Returns the end of the line that contains `end`.
    fn line_end_after(&self, end: usize) -> usize {
        let end = self.text[..end].trim_end().len();
        let rest = &self.text[end..];
        let at = rest.find('\n').map_or(rest.len(), |at| at);
        let line = &rest[..at];
        end + line.strip_suffix('\r').unwrap_or(line).len()
    }

    /// Inserts at the end, for example after comments.
    fn at_end(&self, value: &Value) -> Way {
        let gap = match self.text.is_empty() || self.text.ends_with('\n') {
            true => "",
            false => self.line_end,
        };
        let written = match value {
            Value::Object(entries) if !entries.is_empty() => block(entries, 0, self.line_end),
            value => flow(value) + self.line_end,
        };
        let end = self.text.len();
        self.with(end..end, &format!("{gap}{written}"))
    }

    /// Inserts into a block mapping with entries: after the last, or before the first.
    fn beneath(&self, mapping: &Node, new: &Value) -> Vec<Way> {
        let Value::Object(new) = new else {
            return Vec::new();
        };
        let lines = block(new, mapping.column, self.line_end);
        let lines = lines.strip_suffix(self.line_end).unwrap_or(&lines);
        let end = self.line_end_after(mapping.range.end);
        let start = mapping.range.start;
        let margin = " ".repeat(mapping.column);
        vec![
            self.with(end..end, &format!("{}{lines}", self.line_end)),
            Way {
                leads: true,
                ..self.with(
                    start..start,
                    &format!("{}{}{margin}", lines.trim_start(), self.line_end),
                )
            },
        ]
    }

    fn behind_in_flow(&self, last: &Node, new: &Value) -> Way {
        let entries = new.as_object().into_iter().flatten();
        let each = entries.map(|(key, value)| format!("{}: {}", scalar(key), flow(value)));
        let end = self.text[..last.range.end].trim_end().len();
        self.with(
            end..end,
            &format!(", {}", each.collect::<Vec<_>>().join(", ")),
        )
    }

    /// Replaces a value, or a missing one.
    fn fill(&self, place: &Place<'_>, value: &Value) -> Vec<Way> {
        let mut ways = Vec::new();
        let Some(key) = place.key else {
            let written = match value {
                Value::Object(entries) if !entries.is_empty() => block(entries, 0, self.line_end),
                value => flow(value),
            };
            let range = place.node.range.clone();
            ways.push(self.with(range, written.trim_end()));
            return ways;
        };
        let after_key = &self.text[key.range.end..];
        let Some(colon) = after_key.find(':').map(|at| key.range.end + at + 1) else {
            return ways;
        };
        let is_nothing = place.node.range.is_empty();
        let end = self.text[..place.node.range.end]
            .trim_end()
            .len()
            .max(colon);
        if let Value::Object(entries) = value
            && !entries.is_empty()
            && !place.is_flow
        {
            let lines = block(entries, place.indent, self.line_end);
            let lines = lines.strip_suffix(self.line_end).unwrap_or(&lines);
            let lines = format!("{}{lines}", self.line_end);
            if is_nothing {
                // After a comment in the key's line.
                let end = self.line_end_after(colon);
                ways.push(self.with(end..end, &lines));
            }
            ways.push(self.with(colon..end, &lines));
        }
        ways.push(self.with(colon..end, &format!(" {}", flow(value))));
        ways
    }
}

/// Wraps `value` in a mapping for each key of `path`.
fn nested(path: &[&str], value: &Value) -> Value {
    path.iter().rev().fold(value.clone(), |inside, key| {
        let entry = ((*key).to_owned(), inside);
        Value::Object(Map::from_iter([entry]))
    })
}
